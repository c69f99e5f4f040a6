"""The kernel of the build tree, installed where this test run's Jupyter looks."""
import os
import subprocess
import sys

import pytest
from built import BUILD

KERNEL_NAME = "safepyrun"


@pytest.fixture(scope="session")
def build():
    """The build folder."""
    return BUILD


@pytest.fixture(scope="session")
def program(build):
    """Path of the built safepyrun-kernel."""
    path = build / "safepyrun-kernel"
    if not path.exists():
        pytest.fail(f"{path} is not built")
    return path


@pytest.fixture(scope="session", autouse=True)
def kernelspec(program, tmp_path_factory):
    """The folder of an installed kernelspec whose cells run in this Python; Jupyter finds it."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([program, "install", "--prefix", prefix, "--name", KERNEL_NAME, "--python",
                    sys.executable], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        patch.setenv("XDG_DATA_HOME", str(prefix / "data"))  # a history of their own: searches find what was run here
        yield prefix / "share" / "jupyter" / "kernels" / KERNEL_NAME
