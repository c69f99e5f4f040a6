"""The package as built from this tree: the extension from the build directory, the Python part from the source."""
import asyncio
import glob
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SAFEPYRUN_BUILD", os.path.join(ROOT, "build"))
for path in (os.path.join(ROOT, "python"), BUILD):
    if glob.glob(os.path.join(path, "_safepyrun*.so")) or path.endswith("python"):
        sys.path.insert(0, path)


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
