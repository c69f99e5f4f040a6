"""CPython's own language tests through the sandbox: run_language.py [NAME ...] lists what is refused and why.

Each test file is run as a cell; then each of its test cases, of the classes born in that cell. Functions that do not
validate (they reflect) are listed and left out. Needs the `test` package.
"""
import ast
import importlib
import importlib.util
import os
import re
import sys
import tempfile
import types
import unittest

NAMES = ["test_grammar", "test_generators", "test_scope", "test_class", "test_descr", "test_decorators", "test_augassign",
         "test_with", "test_named_expressions", "test_patma", "test_fstring", "test_super", "test_unpack_ex", "test_listcomps",
         "test_dictcomps", "test_setcomps", "test_genexps", "test_raise", "test_exception_group", "test_coroutines",
         "test_property", "test_dataclasses", "test_enum", "test_keywordonlyarg", "test_positional_only_arg"]


def without(source, lines):
    "(source with the innermost function around each of the lines blanked, names of these functions); None when one has none."
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


def run_validated(sandbox, source, path, left_out):
    "Run the file; what does not validate goes to `left_out`: name -> reason."
    for _ in range(4):
        try:
            return sandbox.run(source, path)
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


def run_file(name):
    "(cases run, refusals: test -> reason, other failures: test -> last line) of one test file; None where it does not start."
    import _safepyrun
    spec = importlib.util.find_spec("test." + name)
    if not spec:
        return "this Python has no such tests"
    path = spec.submodule_search_locations[0] + "/__init__.py" if spec.submodule_search_locations else spec.origin
    module = sys.modules["test." + name] = types.ModuleType("test." + name)
    module.__file__ = path
    _safepyrun.install("open")
    sandbox = _safepyrun.Sandbox(module.__dict__, True)
    sandbox.ok_dests = [tempfile.gettempdir()]
    for helper in ("test.support", "test.support.threading_helper", "test.support.warnings_helper", "test.support.import_helper",
                   "test.support.script_helper", "test.support.os_helper", "test.mapping_tests"):
        try:
            importlib.import_module(helper)
            _safepyrun.allow(helper)
        except (ImportError, unittest.SkipTest):
            pass
    with open(path, encoding="utf-8") as file:
        source = file.read()
    refused, failed = {}, {}
    try:
        run_validated(sandbox, source, path, refused)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    with open(os.devnull, "w", encoding="utf-8") as quiet:
        result = unittest.TextTestRunner(stream=quiet).run(suite)
    for test, text in result.errors + result.failures:
        last = text.rstrip().splitlines()[-1]
        (refused if "safepyrun.Denied" in text else failed)[test.id().split(".", 1)[-1]] = last
    return result.testsRun, refused, failed


def main(names):
    for name in names or NAMES:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            answer = run_file(name)
            if isinstance(answer, str):
                print(f"{name}: not run: {answer[:1500]}")
            else:
                ran, refused, failed = answer
                print(f"{name}: {ran} run, {len(refused)} refused, {len(failed)} failed")
                for kind, found in (("refused", refused), ("failed", failed)):
                    for test, why in sorted(found.items()):
                        print(f"  {kind} {test}: {why[:200]}")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
