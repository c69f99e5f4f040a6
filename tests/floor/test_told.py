"""What is said of a refusal that the sandbox did not see, and of a floor that is not there."""
import errno
import os
import subprocess
import sys

from built import kernel_command
from held import NUMBERS, Floor


def test_a_swallowed_refusal_is_one_line_and_one_record(floor):
    cell = floor.good(f"rawcall.call('here', {NUMBERS['unlink']}, {os.fsencode(floor.out / 'a')!r})")
    assert cell.plain == str(-errno.ENOENT) and cell.stream("stderr") == ""  # it only probed
    (floor.out / "a").write_text("mine")
    code = f"rawcall.call('here', {NUMBERS['unlink']}, {os.fsencode(floor.out / 'a')!r})"
    cell = floor.good(code)
    line, = cell.stream("stderr").splitlines()
    assert str(floor.out / "a") in line and f"%ok_dests --add {floor.out}" in line
    assert f"unlink {floor.out / 'a'}" in str(floor.good("%audit").messages)
    floor.good(line.partition("to permit it: ")[2])
    floor.good(code)
    assert not (floor.out / "a").exists()


def test_layers_are_told(floor):
    assert "the floor" in floor.good("%policy").stream()
    floor.request("kernel_info_request")
    assert floor.reply()["content"]["safepyrun"] == {"layers": {"floor": True}}


def test_without_a_floor_the_kernel_works_and_says_so(tmp_path, extension):
    kernel = Floor(tmp_path, extension, "--floor", "off")
    try:
        assert "does not hold what native code does: it was turned off" in kernel.good("%policy").stream()
        assert kernel.raw("mkdir", kernel.out / "a", 0o755) == 0
        assert kernel.run(f"os.mkdir({str(kernel.out / 'b')!r})").reply["ename"] == "Denied"
    finally:
        kernel.stop()


def test_confine_does_not_start_without_it(tmp_path):
    done = subprocess.run(kernel_command("-f", tmp_path / "c.json", "--floor", "off", "--confine"), capture_output=True, text=True)
    assert done.returncode != 0


def test_a_floor_in_a_floor_is_said(floor, tmp_path):
    floor.good("%allow --shell " + sys.executable)
    script = tmp_path / "inner.py"
    script.write_text(f'''
import json, subprocess, sys
from jupyter_client.connect import write_connection_file
write_connection_file({str(tmp_path / "c.json")!r}, ip="127.0.0.1", key=b"k")
p = subprocess.Popen({kernel_command("-f", tmp_path / "c.json", "--history", ":memory:")!r}, stderr=subprocess.PIPE, text=True)
print(p.stderr.readline()); p.kill()
''')
    cell = floor.good(f"!{sys.executable} {script}")
    assert "another program supervises" in cell.stream()
