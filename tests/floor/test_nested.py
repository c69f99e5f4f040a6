"""Where another program supervises the kernel's processes already, or a container permits no filter: the kernel says so and goes on
without the floor; `--confine` does not start."""
import os
import subprocess
from pathlib import Path

import pytest
import raw_kernel
from built import kernel_command
from raw_kernel import RawKernel

WHY = {"supervised": "another program supervises this kernel's processes already", "forbidden": "it is not permitted here: the filter of a container or a service forbids seccomp"}


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    program = tmp_path_factory.mktemp("nested") / "nested"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", str(Path(__file__).parent / "nested.c"), "-o", str(program)], check=True)
    return program


@pytest.fixture(params=WHY)
def command(request, nested, monkeypatch):
    monkeypatch.setattr(raw_kernel, "kernel_command", lambda *options: [str(nested), request.param, *kernel_command(*options)])
    return request.param


def test_it_is_said_and_the_lists_hold(tmp_path, command):
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open")
    try:
        assert kernel.run("1 + 1").plain == "2"
        assert WHY[command] in kernel.run("%policy").stream() + str(kernel.run("%policy").messages)
        assert WHY[command] in kernel.log
        (tmp_path / "file").write_text("mine")
        assert kernel.run(f"open('{tmp_path}/file', 'w')").reply["ename"] == "Denied"
        assert (tmp_path / "file").read_text() == "mine"
    finally:
        kernel.stop()


def test_a_confined_kernel_does_not_start(tmp_path, command):
    kernel = RawKernel(tmp_path / "kernel", "--confine", client=False)
    try:
        assert kernel.ended(20) and kernel.process.returncode != 0
        assert "--confine" in kernel.log and WHY[command] in kernel.log
    finally:
        kernel.stop()
