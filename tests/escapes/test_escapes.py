"""Each file below this folder is an escape: it works under plain CPython, and has no effect in the sandbox.

A new escape is a new file: a docstring that names the technique, then code that changes something below CANARY (a folder with a
file `victim`; ALLOWED is a folder that may be written to), or state of the host, which "state: EXPRESSION" in the docstring
tells. Only the effect counts, never the exception.

Those in `hostile/` have an effect on the session's own state, in ways that only code which sets out to break it would take:
they are run and counted, and not promised (docs/sandbox.md). What they do to files and processes is held all the same, here
without the floor, and in tests/floor/test_hostile.py on it.
"""
import importlib.util
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from built import BUILD, PYTHONS

HERE = Path(__file__).parent
HOSTILE = sorted((HERE / "hostile").glob("*.py"))
ESCAPES = sorted(path for path in HERE.glob("*/*.py") if path not in HOSTILE)
BATCH = 40
pytestmark = pytest.mark.timeout(1500) # the first test runs them all


# What works under plain CPython is proved with this one.
RUNS = [(sys.executable, "plain"), *((python, mode) for python in PYTHONS.values() for mode in ("closed", "open"))]

# The Pythons whose ways these are. Later ones have closed some of them by themselves: tar's links, warnings of partial objects.
WRITTEN_FOR = sys.version_info < (3, 14)


def run_batch(python, mode, paths):
    "The results of some files, by path."
    environment = dict(os.environ, PYTHONPATH=str(BUILD), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([python, str(HERE / "run_escapes.py"), mode, *map(str, paths)], capture_output=True, text=True,
                          env=environment, timeout=900)
    assert done.returncode == 0, done.stderr
    return {row["file"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="session")
def results():
    "Every escape in every mode: {(python, mode, path): row}."
    paths = ESCAPES + HOSTILE
    batches = [(*run, paths[i:i + BATCH]) for run in RUNS for i in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(2) as pool:
        rows = pool.map(lambda batch: run_batch(*batch), batches)
    return {(python, mode, path): row for (python, mode, _), batch in zip(batches, rows) for path, row in batch.items()}


def missing_libraries(path):
    "Third-party libraries that an escape imports and that are not here."
    names = re.findall(r"^(?:import|from) (\w+)", path.read_text("utf-8"), re.M)
    return [name for name in names if path.parent.name == "libraries" and not importlib.util.find_spec(name)]


def test_none_was_lost():
    assert len(ESCAPES) + len(HOSTILE) >= 1292  # raised with every new one, so that a glob that finds fewer is seen


def test_what_does_nothing_is_not_an_escape(tmp_path):
    harmless = tmp_path / "harmless.py"
    harmless.write_text('"""Computes."""\nsum(range(10))\nopen(ALLOWED + "/x", "w").close()\n')
    for mode in ("plain", "closed", "open"):
        row = run_batch(sys.executable, mode, [harmless])[str(harmless)]
        assert not row["happened"] and not row["error"], (mode, row)


def test_most_are_escapes_in_a_later_python(results):
    here = [path for path in ESCAPES if not missing_libraries(path)]
    happened = [results[sys.executable, "plain", str(path)]["happened"] for path in here]
    assert sum(happened) >= (1 if WRITTEN_FOR else 0.95) * len(here)


@pytest.mark.parametrize("path", ESCAPES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_escape(results, path):
    missing = missing_libraries(path)
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (tests/requirements-packs.txt)")
    assert not WRITTEN_FOR or results[sys.executable, "plain", str(path)]["happened"], "it is no escape: nothing happens under plain CPython"
    for python, mode in RUNS[1:]:
        row = results[python, mode, str(path)]
        assert not row["happened"], f"{python}, {mode}: {row['error']}"
        assert not row["died"], f"{python}, {mode}: the sandbox's process died of it"


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_hostile(results, path, record_property):
    "Told, not promised: of what it does to the session. Its effects on the world are held."
    assert "hostile: " in path.read_text("utf-8"), "its docstring says why no honest code does this"
    rows = {(python, mode): results[python, mode, str(path)] for python, mode in RUNS}
    assert not WRITTEN_FOR or rows[sys.executable, "plain"]["happened"], "it is no escape: nothing happens under plain CPython"
    for (python, mode), row in rows.items():
        record_property("effect", f"{python}, {mode}: {row['happened']}")
        assert mode == "plain" or not row["files"], f"{python}, {mode}"
        assert not row["died"], f"{python}, {mode}: the process died of it"
