"""Kernels on the floor, and a C extension that makes system calls past Python."""
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "protocol")]
from held import Floor, build_extension  # noqa: E402

@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    "A folder with the module rawcall, to be put on a kernel's path."
    return build_extension(tmp_path_factory.mktemp("extension"))


@pytest.fixture
def floor(tmp_path, extension):
    kernel = Floor(tmp_path, extension)
    yield kernel
    kernel.stop()


@pytest.fixture
def other():
    "A process that the notebook did not start, which leads a group."
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory, extension):
    "One kernel for the tests of a file; each makes its own files."
    kernel = Floor(tmp_path_factory.mktemp("floor"), extension)
    yield kernel
    kernel.stop()
