"""Nothing is left behind when cells run again and again: counted in references where there is a debug build of Python, and in
memory always."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from built import BUILD, PYTHONS, ROOT

SCRIPT = Path(__file__).with_name("leaks.py")
DEBUG_PYTHONS = [python for version in PYTHONS if (python := shutil.which(f"python{version}d"))]


def growth(python, what, runs, folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, str(SCRIPT), what, str(runs)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_memory_does_not_grow(python):
    runs, most_bytes = 2000, 128
    grown = growth(python, "memory", runs, BUILD)
    assert grown.pop("a leak on purpose") > most_bytes
    assert {name: by for name, by in grown.items() if by > most_bytes} == {}


@pytest.fixture(scope="module", params=DEBUG_PYTHONS or [None])
def debug_python(request, tmp_path_factory):
    "A debug build of Python, and a folder with the extension for it."
    if request.param is None:
        pytest.skip("no debug build of a supported Python (on Debian: apt-get install python3.11-dbg)")
    folder = tmp_path_factory.mktemp("debug")
    # Debian's headers for it are links to the other ones': by the path behind a link they would include the wrong pyconfig.h.
    for command in (["cmake", "-S", str(ROOT), "-B", str(folder), f"-DSAFEPYRUN_PYTHONS={request.param}", "-DSAFEPYRUN_KERNEL=OFF",
                     "-DSAFEPYRUN_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS=-fno-canonical-system-headers"], ["cmake", "--build", str(folder), "--target", "_safepyrun", "-j2"]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return request.param, folder


def test_no_reference_is_left(debug_python):
    python, folder = debug_python
    grown = growth(python, "refs", 2000, folder)
    assert grown.pop("a leak on purpose") >= 1
    assert {name: by for name, by in grown.items() if by > 0.05} == {}
