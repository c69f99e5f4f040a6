"""Kernels on the floor, and a C extension that makes system calls past Python."""
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "protocol")]
from held import Floor  # noqa: E402

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    "A folder with the module rawcall, to be put on a kernel's path."
    folder = tmp_path_factory.mktemp("extension")
    target = folder / ("rawcall" + sysconfig.get_config_var("EXT_SUFFIX"))
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-I", sysconfig.get_path("include"),
                    str(HERE / "rawcall.c"), "-o", str(target), "-lpthread"], check=True)
    return folder


@pytest.fixture
def floor(tmp_path, extension):
    kernel = Floor(tmp_path, extension)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory, extension):
    "One kernel for the tests of a file; each makes its own files."
    kernel = Floor(tmp_path_factory.mktemp("floor"), extension)
    yield kernel
    kernel.stop()
