"""CPython's own tests of statements pass as modules that a cell imports from a folder it may write to: assignment and deletion at a
module's top, `with`, `try`, comprehensions, patterns and decorators are compiled there as in a cell, and mean the same."""
import json
import os
import subprocess
import tempfile

import pytest

from built import PYTHONS

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["test_grammar", "test_augassign", "test_with", "test_named_expressions", "test_patma", "test_unpack_ex", "test_listcomps",
         "test_dictcomps", "test_setcomps", "test_genexps", "test_opcodes", "test_global", "test_keywordonlyarg", "test_decorators",
         "test_exception_group"]
# What a cell may not do, or what depends on the file's own name: part of the test's name -> why.
KNOWN = {
    "test_grammar.GrammarTests.test_var_annot": "writes an attribute of int; runs a module of the test package",
    "test_patma.TestTracing": "sys.settrace",
    "test_listcomps.ListComprehensionTest.test_code_replace": "makes code objects",
    "test_listcomps.ListComprehensionTest.test_frame_locals": "frames",
    "test_listcomps.ListComprehensionTest.test_introspecting_frame_locals": "frames",
    "test_exception_group.InstanceCreation.test_no_memory": "_testcapi takes the memory away",
    "test_unpack_ex.__test__": "the name of the module is part of what is printed",
}


@pytest.mark.parametrize("version", PYTHONS)
def test_statements_as_imported_modules(version):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([PYTHONS[version], os.path.join(HERE, "run_imported.py"), *NAMES], capture_output=True, text=True,
                              timeout=300, cwd=folder, stdin=subprocess.DEVNULL)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [answer["name"] for answer in answers] == NAMES, done.stderr[-2000:]
    ran = {answer["name"]: answer for answer in answers if "missing" not in answer}
    if not ran:
        pytest.skip("this Python has no tests of its own (Debian: libpython3.11-testsuite and the like; `.ci/packages test` installs it)")
    failed = {f"{name}.{test}": why for name, answer in ran.items() for test, why in answer.get("failed", {}).items()
              if not any(f"{name}.{test}".startswith(known) for known in KNOWN)}
    assert not failed and sum(answer.get("ran", 0) for answer in ran.values()) > 300
    looks = {"test_with", "test_listcomps", "test_setcomps", "test_dictcomps"} # at code and frames, from 3.13 on
    assert {name for name, answer in ran.items() if "refused" in answer} <= looks
