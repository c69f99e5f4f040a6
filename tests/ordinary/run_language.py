"""CPython's own language tests through the sandbox: run_language.py [NAME ...] lists what is refused and why.

Each test file is run as a cell; then each of its test cases, of the classes born in that cell. Needs the `test` package.
"""
import importlib.util
import os
import sys
import tempfile
import types
import unittest

NAMES = ["test_grammar", "test_generators", "test_scope", "test_class", "test_descr", "test_decorators", "test_augassign",
         "test_with", "test_named_expressions", "test_patma", "test_fstring", "test_super", "test_unpack_ex", "test_listcomps",
         "test_dictcomps", "test_setcomps", "test_genexps", "test_raise", "test_exception_group", "test_coroutines",
         "test_property", "test_dataclasses", "test_enum", "test_keywordonlyarg", "test_positional_only_arg"]


def run_file(name):
    "(cases run, refusals: test -> reason, other failures: test -> last line) of one test file; None where it does not start."
    import _safepyrun
    spec = importlib.util.find_spec("test." + name)
    if not spec:
        return "this Python has no such tests"
    path = spec.submodule_search_locations[0] + "/__init__.py" if spec.submodule_search_locations else spec.origin
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__file__ = path
    _safepyrun.install("open")
    sandbox = _safepyrun.Sandbox(module.__dict__, True)
    sandbox.ok_dests = [tempfile.gettempdir()]
    with open(path, encoding="utf-8") as file:
        source = file.read()
    module.__name__ = "test." + name
    try:
        sandbox.run(source, path)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    with open(os.devnull, "w", encoding="utf-8") as quiet:
        result = unittest.TextTestRunner(stream=quiet).run(suite)
    refused, failed = {}, {}
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
