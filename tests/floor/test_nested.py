"""Where another program supervises the kernel's processes already, or a container permits no filter: the kernel says so and goes on
without the floor; `--confine` does not start."""
import os
import subprocess
from pathlib import Path

import pytest
import raw_kernel
from built import kernel_command
from held import confined_does_not_start, lists_hold_alone

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
    lists_hold_alone(tmp_path, WHY[command])


def test_a_confined_kernel_does_not_start(tmp_path, command):
    confined_does_not_start(tmp_path, WHY[command])
