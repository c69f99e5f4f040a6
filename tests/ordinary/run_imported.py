"""CPython's own tests of statements, imported by a cell as modules of the person's: run_imported.py NAME... prints a line of
JSON for each, {"name", "ran", "failed": {test: last line}}; {"name", "refused": why} where the file looks into the interpreter,
{"name", "missing"} where this Python has no such tests.

The files are copied into a folder that cells may write to, so each is compiled as a cell is, at the import.
"""
import importlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import unittest

HELPERS = ("test.support", "test.support.threading_helper", "test.support.warnings_helper", "test.support.import_helper",
           "test.support.script_helper", "test.support.os_helper")


def run_one(sandbox, folder, name):
    spec = importlib.util.find_spec("test." + name)
    if not spec:
        return {"name": name, "missing": True}
    shutil.copy(spec.origin, os.path.join(folder, f"imported_{name}.py"))
    try:
        sandbox.run(f"import imported_{name}", "<cell>")
    except PermissionError as error:
        if getattr(error, "kind", None) != "reflect":
            raise
        return {"name": name, "refused": str(error)}
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["imported_" + name])
    with open(os.devnull, "w", encoding="utf-8") as quiet:
        result = unittest.TextTestRunner(stream=quiet).run(suite)
    failed = {test.id().partition(".")[2]: text.rstrip().splitlines()[-1] for test, text in result.errors + result.failures}
    return {"name": name, "ran": result.testsRun, "failed": failed}


def main(names):
    import _safepyrun
    folder = tempfile.mkdtemp(prefix="imported")
    _safepyrun.install("open")
    sandbox = _safepyrun.Sandbox({"__name__": "__main__"}, True)
    sandbox.ok_dests = [tempfile.gettempdir()]
    sys.path.insert(0, folder)
    for helper in HELPERS:
        try:
            importlib.import_module(helper)
            _safepyrun.allow(helper)
        except (ImportError, unittest.SkipTest):
            pass # this version has it elsewhere
    for name in names:
        print(json.dumps(run_one(sandbox, folder, name)), flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
