"""Ordinary programs run unchanged: same output, same value, same traceback as under plain Python.

`programs/TOPIC.py` holds them, each under a line `# %% name`, with `[3.12]` (that version or newer) or `[numpy]` (that package)
where it needs something. Each runs once plain and once in the sandbox in either mode, a process for each program.
"""
import functools
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

import pytest

import data_files
from known import KNOWN
from run_programs import programs

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = sorted(glob.glob(os.path.join(HERE, "programs", "*.py")))
BASE = tempfile.mkdtemp(prefix="ordinary")


def missing(conditions):
    "The first condition that this Python does not meet, or None."
    for condition in conditions.replace(",", " ").split():
        if condition[0].isdigit():
            if sys.version_info < tuple(map(int, condition.split("."))):
                return "Python " + condition
        elif not importlib.util.find_spec(condition):
            return condition
    return None


@functools.cache
def results(mode, path):
    "name -> result of every program of a file."
    base = os.path.join(BASE, mode, os.path.basename(path)[:-3])
    os.makedirs(base)
    data_files.make(os.path.join(base, "data"))
    names = [name for name, conditions, _ in programs(path) if not missing(conditions)]
    out = os.path.join(base, "results")
    command = [sys.executable, os.path.join(HERE, "run_programs.py"), mode, path, base, out, *names]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    died = {"stdout": "", "value": None, "error": f"died: {done.stderr[-2000:]}"}
    with open(out, encoding="utf-8") as lines:
        return dict.fromkeys(names, died) | {result["name"]: result for result in map(json.loads, lines)}


def plain_text(result):
    "A result as text to compare, without addresses and the exact depth of a recursion."
    text = f"{result['stdout']}\n--> {result['value']}\n{result['error'] or ''}"
    return re.sub(r"0x[0-9a-f]{6,}|repeated \d+ more", "0x", text)


def cases():
    for path in FILES:
        for name, conditions, _ in programs(path):
            for mode in ("open", "closed"):
                topic = os.path.basename(path)[:-3]
                reason = KNOWN.get(f"{topic}.{name}") or KNOWN.get(f"{topic}.{name}.{mode}")
                marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
                yield pytest.param(path, name, conditions, mode, id=f"{topic}.{name}.{mode}", marks=marks)


@pytest.mark.parametrize("path, name, conditions, mode", list(cases()))
def test_program(path, name, conditions, mode):
    if missing(conditions):
        pytest.skip("needs " + missing(conditions))
    expected = results("plain", path)[name]
    topic = os.path.basename(path)
    assert topic == "errors.py" or not expected["error"], "fails under plain Python"
    assert plain_text(results(mode, path)[name]) == plain_text(expected)
