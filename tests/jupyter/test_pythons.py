"""Every Python that the build found, and virtual environments of it."""
import subprocess

import pytest
from client import Kernel

from_build = pytest.mark.parametrize("line", range(3))


@pytest.fixture
def python(build, line):
    """The (version, path) of the build's Python number `line`."""
    lines = (build / "pythons").read_text().splitlines()
    if line >= len(lines):
        pytest.skip(f"the build found {len(lines)} Pythons")
    return lines[line].split(" ", 1)


@pytest.fixture
def value_in(program, tmp_path):
    """Run a cell in a fresh kernel of a Python; the text of its result."""
    def run(python, code):
        subprocess.run([program, "install", "--prefix", tmp_path, "--python", python], check=True,
                       stdout=subprocess.DEVNULL)
        kernel = Kernel(tmp_path / "share/jupyter/kernels/safepyrun")
        try:
            _, reply, result = kernel.run(code)
            assert reply["status"] == "ok", reply
            return result
        finally:
            kernel.stop()
    return run


@from_build
def test_the_worker_is_of_that_version(python, value_in):
    version, path = python
    assert value_in(path, "import sys\n'%d.%d' % sys.version_info[:2]") == repr(version)


@from_build
def test_a_virtual_environment_is_itself_in_a_cell(python, value_in, tmp_path):
    version, path = python
    environment = tmp_path / "env"
    subprocess.run([path, "-m", "venv", "--without-pip", environment], check=True)
    (environment / f"lib/python{version}/site-packages/only_here.py").write_text("ANSWER = 42\n")
    inside = str(environment / "bin/python")
    assert value_in(inside, "import sys, only_here\n(sys.prefix, sys.executable, only_here.ANSWER)"
                    ).replace("\n ", " ") == repr((str(environment), inside, 42))
