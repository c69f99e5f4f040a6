"""pyright, strict, on the program that mypy checks (tests/python/test_types.py): it uses every public name."""
import ast
import json
import os
import subprocess
import sys

import pytest
from built import ROOT

pytest.importorskip("pyright", reason="it is in tests/requirements-frameworks.txt")
TREE = ast.parse((ROOT / "tests" / "python" / "test_types.py").read_text())
USER = next(ast.literal_eval(node.value) for node in TREE.body if isinstance(node, ast.Assign) and node.targets[0].id == "USER")


def errors(folder, text):
    "What pyright says of a program: (line, rule)."
    (folder / "program.py").write_text(text)
    (folder / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT / "python")], "typeCheckingMode": "strict"}))
    done = subprocess.run([sys.executable, "-m", "pyright", "--outputjson", "program.py"], capture_output=True, text=True, cwd=folder,
                          env=dict(os.environ, PYRIGHT_PYTHON_IGNORE_WARNINGS="1"))
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return [(found["message"], found.get("rule")) for found in json.loads(done.stdout)["generalDiagnostics"]]


def test_a_users_program_passes(tmp_path):
    assert errors(tmp_path, USER) == []


def test_they_are_types(tmp_path):
    rules = [rule for _, rule in errors(tmp_path, USER + "\nrun_code(1)\nSafeExec('1').run(2)\nLocalEngine().start().x\n")]
    assert "reportArgumentType" in rules and "reportAttributeAccessIssue" in rules and len(rules) >= 3
