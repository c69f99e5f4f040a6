"""CPython's own tests of the language, each file run as one cell: run_language.py plain|open NAME... prints a line of JSON for each,
{"name", "ran", "skipped", "failed": {test: last line}, "left_out": {function: why}}; {"name", "missing": why} where this Python has no such tests.

Functions that do not validate (they look into the interpreter) are left out, and named. Needs the `test` package.
"""
import ast
import importlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import unittest

# What the tests have of the `test` package: the person's own.
HELPERS = ["test.support", *(f"test.support.{name}_helper" for name in ("threading", "warnings", "import", "script", "os")), "test.support.testcase",
           *(f"test.{name}" for name in ("mapping_tests", "seq_tests", "list_tests", "string_tests", "test_contextlib", "test_string._support"))]
# Of those, what runs text: as a cell runs it.
RUN_CODE = """def run_code(code, extra_names=None):
    import textwrap
    names = dict(extra_names or {})
    exec(textwrap.dedent(code), names)
    return names
"""


def without(source, lines):
    "(source with the test around each of the lines blanked, names of these functions); None when one has none."
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    text, names = source.splitlines(), set()
    for line in lines:
        around = [node for node in functions if node.lineno <= line <= node.end_lineno]
        outer = [node for node in around if node.name.startswith("test")] or around
        if not outer:
            return None
        node = outer[-1]
        first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
        names.add(node.name)
        text[first - 1:node.end_lineno] = [" " * node.col_offset + "pass"] + [""] * (node.end_lineno - first)
    return "\n".join(text) + "\n", names


def run_validated(sandbox, source, path):
    "Run the file as a cell; {function: why} of what does not validate."
    left_out = {}
    for _ in range(4):
        try:
            sandbox.run(source, path)
            return left_out
        except PermissionError as error:
            if getattr(error, "kind", None) != "reflect":
                raise
            found = re.findall(r"line (\d+), column \d+: (.*)", str(error))
            done = without(source, [int(line) for line, _ in found])
            if not done:
                raise
            source, names = done
            left_out.update(dict.fromkeys(names, "; ".join(sorted({reason for _, reason in found}))))
    raise RuntimeError("does not validate")


def run_in_sandbox(mode, module, source):
    import _safepyrun
    _safepyrun.install(mode)
    sandbox = run_in_sandbox.kept = _safepyrun.Sandbox(module.__dict__, True)
    sandbox.ok_dests = [tempfile.gettempdir()]
    for helper in HELPERS:
        try:
            importlib.import_module(helper)
            _safepyrun.allow(helper)
        except (ImportError, unittest.SkipTest):
            pass # this version has it elsewhere
    sandbox.run(RUN_CODE, "<cell>")
    sys.modules["test.support"].run_code = module.__dict__.pop("run_code")
    return run_validated(sandbox, source, module.__file__)


def run_one(mode, name):
    "The tests of one file, in this process."
    spec = importlib.util.find_spec("test." + name)
    if not spec:
        return {"missing": "this Python has no such tests"}
    module = sys.modules["test." + name] = importlib.util.module_from_spec(spec)
    with open(spec.origin, encoding="utf-8") as file:
        source = file.read()
    left_out = {}
    try:
        if mode == "plain":
            exec(compile(source, spec.origin, "exec", dont_inherit=True), module.__dict__)
        else:
            left_out = run_in_sandbox(mode, module, source)
    except unittest.SkipTest as error:
        return {"missing": str(error)}
    except BaseException as error:
        return {"ran": 0, "skipped": 0, "failed": {"(the file)": f"{type(error).__name__}: {error}"}, "left_out": {}}
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    with open(os.devnull, "w", encoding="utf-8") as quiet:
        result = unittest.TextTestRunner(stream=quiet).run(suite)
    failed = {re.sub(r"\s+", " ", test.id()).removeprefix(f"test.{name}."): text.rstrip().splitlines()[-1]
              for test, text in result.errors + result.failures}
    return {"ran": result.testsRun, "skipped": len(result.skipped), "failed": failed, "left_out": left_out}


def main(mode, names):
    for name in names:
        sys.stdout.flush()
        child = os.fork() # the sandbox is the whole process's
        if child == 0:
            sys.__stdout__.write(json.dumps({"name": name, **run_one(mode, name)}) + "\n")
            sys.__stdout__.flush()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status:
            print(json.dumps({"name": name, "ran": 0, "skipped": 0, "failed": {"(the file)": f"died: {status}"}, "left_out": {}}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
