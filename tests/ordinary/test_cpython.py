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
def results(version, mode):
    "{name: what run_language.py says of it}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([PYTHONS[version], os.path.join(HERE, "run_language.py"), mode, *(f"test_{name}" for name in NAMES)],
                              capture_output=True, text=True, timeout=600, cwd=folder, stdin=subprocess.DEVNULL)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    assert [result["name"] for result in found] == [f"test_{name}" for name in NAMES], done.stderr[-3000:]
    return dict(zip(NAMES, found))


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_cpythons(name, version):
    plain = results(version, "plain")[name]
    if "missing" in plain:
        pytest.skip(plain["missing"])
    here = results(version, "open")[name]
    told = [f"{name}.{test}: {why}" for test, why in here["failed"].items() if test not in plain["failed"]]
    assert [line for line in told if not any(re.search(known, line) for known in LANGUAGE)] == []
    assert [f"{name}.{test}: {why}" for test, why in here["left_out"].items() if not all(any(re.search(known, part) for known in LANGUAGE_LEFT_OUT)
                                                                                      for part in why.split("; "))] == []
    assert here["ran"] >= plain["ran"] - len(here["left_out"]) and here["ran"] > 0 and here["skipped"] <= plain["skipped"]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_tests_are_there(version):
    "Debian has them in a package of their own, which `.ci/packages test` installs."
    ran = [result["ran"] for result in results(version, "plain").values() if "missing" not in result]
    if not ran:
        pytest.skip("this Python has no tests of its own (Debian: libpython3.11-testsuite and the like; `.ci/packages test` installs it)")
    assert len(ran) > 40 and sum(ran) > 3000
