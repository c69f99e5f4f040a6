"""CPython's own tests of the language, file by file as a cell: what passes in plain Python passes here, but for what a cell may not do."""
import functools
import json
import os
import re
import subprocess
import tempfile

import pytest

from built import PYTHONS
from known import LANGUAGE, LANGUAGE_LEFT_OUT

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = """annotationlib asyncgen augassign baseexception class contextlib contextlib_async coroutines dataclasses decorators descr dict
    dictcomps enum enumerate except_star exception_group exceptions fstring generator_stop generators genexps genericalias grammar
    isinstance iter keywordonlyarg lazy_import list listcomps named_expressions patma positional_only_arg property raise range scope
    set setcomps slice string_literals subclassinit super tuple type_aliases type_annotations type_params tstring unpack_ex with
    yield_from""".split()


@functools.cache
def results(version):
    "({name: what run_language.py says of it} in plain Python, the same of the sandbox)"
    names = [f"test_{name}" for name in NAMES]
    with tempfile.TemporaryDirectory() as folder:
        started = [subprocess.Popen([PYTHONS[version], os.path.join(HERE, "run_language.py"), mode, *names], stdin=subprocess.DEVNULL, cwd=folder,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for mode in ("plain", "open")]
        answers = [process.communicate(timeout=1500)[0] for process in started]
    found = [[json.loads(line) for line in answer.splitlines() if line.startswith('{"name"')] for answer in answers]
    assert all([result["name"] for result in results] == names for results in found), found
    return [dict(zip(NAMES, results)) for results in found]


@pytest.mark.timeout(1800) # the first of a version waits for all
@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_cpythons(name, version):
    plain, here = (of[name] for of in results(version))
    if "missing" in plain:
        pytest.skip(plain["missing"])
    told = [f"{name}.{test}: {why}" for test, why in here["failed"].items() if test not in plain["failed"]]
    assert [line for line in told if not any(re.search(known, line) for known in LANGUAGE)] == []
    assert [f"{name}.{test}: {why}" for test, why in here["left_out"].items() if not all(any(re.search(known, part) for known in LANGUAGE_LEFT_OUT)
                                                                                      for part in why.split("; "))] == []
    assert here["ran"] >= plain["ran"] - len(here["left_out"]) and here["ran"] > 0 and here["skipped"] <= plain["skipped"]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_tests_are_there(version):
    "Debian has them in a package of their own, which `.ci/packages test` installs."
    ran = [result["ran"] for result in results(version)[0].values() if "missing" not in result]
    if not ran:
        pytest.skip("this Python has no tests of its own (Debian: libpython3.11-testsuite and the like; `.ci/packages test` installs it)")
    assert len(ran) > 40 and sum(ran) > 3000
