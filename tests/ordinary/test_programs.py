"""Ordinary programs run unchanged: same output, same value, same traceback as under plain Python.

`programs/TOPIC.py` holds them, each under a line `# %% name`, with `[3.12]` (that version or newer) or `[numpy]` (that package)
where it needs something. Each runs once plain and once in the sandbox in either mode, a process for each program, in every
Python that the extension was built for.
"""
import functools
import glob
import json
import os
import re
import subprocess
import tempfile

import pytest

import data_files
from built import BUILD, PYTHONS
from known import KNOWN
from run_programs import programs

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = sorted(glob.glob(os.path.join(HERE, "programs", "*.py")))
BASE = tempfile.mkdtemp(prefix="ordinary")


@functools.cache
def has_package(version, name):
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return subprocess.run([PYTHONS[version], "-c", code]).returncode == 0


def missing(conditions, version):
    "The first condition that this Python does not meet, or None."
    for condition in conditions.replace(",", " ").split():
        if condition[0].isdigit():
            if tuple(map(int, version.split("."))) < tuple(map(int, condition.split("."))):
                return "Python " + condition
        elif not has_package(version, condition):
            return condition
    return None


@functools.cache
def results(version, mode, path):
    "name -> result of every program of a file."
    base = os.path.join(BASE, version, mode, os.path.basename(path)[:-3])
    os.makedirs(base)
    data_files.make(os.path.join(base, "data"))
    names = [name for name, conditions, _ in programs(path) if not missing(conditions, version)]
    out = os.path.join(base, "results")
    command = [PYTHONS[version], os.path.join(HERE, "run_programs.py"), mode, path, base, out, *names]
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


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("path, name, conditions, mode", list(cases()))
def test_program(path, name, conditions, mode, version):
    if missing(conditions, version):
        pytest.skip("needs " + missing(conditions, version))
    expected = results(version, "plain", path)[name]
    topic = os.path.basename(path)
    assert topic == "errors.py" or not expected["error"], "fails under plain Python"
    assert plain_text(results(version, mode, path)[name]) == plain_text(expected)


def test_there_is_an_extension():
    assert PYTHONS, f"{BUILD} has no _safepyrun extension; build it, or set SAFEPYRUN_BUILD"
