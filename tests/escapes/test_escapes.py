"""Each file below this folder is an escape: it works under plain CPython, and has no effect in the sandbox.

A new escape is a new file: a docstring that names the technique, then code that changes something below CANARY (a folder with a
file `victim`; ALLOWED is a folder that may be written to), or state of the host, which "state: EXPRESSION" in the docstring
tells. Only the effect counts, never the exception.
"""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILD = os.environ.get("SAFEPYRUN_BUILD", str(HERE.parents[1] / "build"))
ESCAPES = sorted(path for path in HERE.glob("*/*.py"))
BATCH = 40


def run_batch(mode, paths):
    "The results of some files, by path."
    environment = dict(os.environ, PYTHONPATH=BUILD)
    done = subprocess.run([sys.executable, str(HERE / "run_escapes.py"), mode, *map(str, paths)], capture_output=True, text=True,
                          env=environment, timeout=600)
    assert done.returncode == 0, done.stderr
    return {row["file"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="session")
def results():
    "Every escape in every mode: {(mode, path): row}."
    batches = [(mode, ESCAPES[i:i + BATCH]) for mode in ("plain", "closed", "open") for i in range(0, len(ESCAPES), BATCH)]
    with ThreadPoolExecutor(2) as pool:
        rows = pool.map(lambda batch: run_batch(*batch), batches)
    return {(mode, path): row for (mode, _), batch in zip(batches, rows) for path, row in batch.items()}


def test_there_are_at_least_two_hundred():
    assert len(ESCAPES) >= 200


def test_what_does_nothing_is_not_an_escape(tmp_path):
    harmless = tmp_path / "harmless.py"
    harmless.write_text('"""Computes."""\nsum(range(10))\nopen(ALLOWED + "/x", "w").close()\n')
    for mode in ("plain", "closed", "open"):
        row = run_batch(mode, [harmless])[str(harmless)]
        assert not row["happened"] and not row["error"], (mode, row)


@pytest.mark.parametrize("path", ESCAPES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_escape(results, path):
    assert results["plain", str(path)]["happened"], "it is no escape: nothing happens under plain CPython"
    for mode in ("closed", "open"):
        assert not results[mode, str(path)]["happened"], f"{mode}: {results[mode, str(path)]['error']}"
