"""The package as built from this tree: the extension from the build directory, the Python part from the source."""
import asyncio
import glob
import sys

import pytest
from built import BUILD, ROOT

sys.path.insert(0, str(ROOT / "python"))
if glob.glob(str(BUILD / "_safepyrun*.so")): # otherwise the one that is installed
    sys.path.insert(0, str(BUILD))


@pytest.fixture
def run():
    "Run an awaitable to its end, as the reader of the examples does at a prompt."
    return lambda awaitable: asyncio.run(awaitable)


@pytest.fixture
def home(tmp_path, monkeypatch):
    "A home directory of the test's own, which is also the working directory."
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path
