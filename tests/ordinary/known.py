"""Programs that differ in the sandbox, "topic.name" (or "topic.name.mode") -> why; each is an expected failure, and strict."""
KNOWN = {
    "refused.pickle_builtins": "the stand-ins of getattr and the like do not pickle by name",
    "refused.closure_cells": "cells of closures and code objects are the interpreter's",
}

# CPython's own tests that differ in the sandbox: part of "file.test: last line" -> why.
LANGUAGE = {
    r"_test(internal|limited)?capi|xxsubtype": "helpers in C that take the interpreter apart",
    r"Denied: subprocess\.(Popen: not allowed from a cell|run: starts a program)": "programs",
    r"^lazy_import\..*: AssertionError$": "each begins by taking modules out of sys.modules, which is not a cell's",
    r"^annotationlib\..*lazy_import: ValueError": "in text of exec() what `lazy from` names is judged, and so loaded, at once",
    r"Denied: os\.(chdir|putenv|unsetenv): ": "the process's own, which a host program shares",
    r"Denied: (int|float|str|list|object|dict|type|range|typing\.TypeAliasType|_typing\._ConstEvaluator): it is not yours to change": "classes of everybody's: expected is a TypeError",
    r"Denied: (sys|builtins|warnings|signal|os|dict object): it is not yours to change": "the interpreter's modules, and sys.modules",
    r"Denied: sys\.\w+: hooks the interpreter": "tracing",
    r"frames reach the variables of other code": "frames, by text that is run later",
    r"Denied: code\.replace: makes code out of parts": "code objects",
    r"Denied: types\.FunctionType: makes code": "code objects",
    r"Denied: gc\.\w+: reaches every object of the process": "the collector",
    r"Denied: append: it belongs to the interpreter": "gc.callbacks",
    r"Denied: \w+(\.\w+)?: reaches past the rules for attributes": "descriptors of types, called by hand",
    r"Denied: object\.__setattr__: the class of what is not yours is not changed": "expected is a TypeError",
    r"Denied: pickle\._\w+: the C halves are the ones that are checked": "pickle in Python",
    r"Denied: test\.(typinganndata\.ann_module3|ann_module3|shadowed_super|test_inspect)": "modules beside the tests, which are nobody's here",
    r"annotationlib\.TestGetAnnotations\..*(NameError: name '(MyClass|Unpack)'|inspect_stock_annotations\.MyClass)":
        "functions of such a module are locked here, and so are the names that texts of their annotations mean",
    r"Denied: run_in_subinterp": "another interpreter",
    r"generators\.SignalAndYieldFromTest": "_testcapi raises the signal",
    r"generators\.__test__\.conjoin|fstring.*__test__": "doctests that the host runs: their functions are not a cell's",
    r"exceptions\.(PEP626Tests|ExceptionTests\.testSettingException)": "helpers of theirs look at frames or _testcapi, and are left out",
    r"enum\.TestSpecial\.test_subclasses_with_direct_pickle_support": "the stand-ins of getattr and the like do not pickle by name",
    r"iter\.TestCase\.test_reduce_mutating_builtins_iter": "takes names of builtins away",
}
# Functions that do not validate: part of the reason -> why.
LANGUAGE_LEFT_OUT = {
    "frames reach the variables of other code": "frames",
    "code objects are the interpreter's": "code",
    "it reaches the variables of other code": "closures, globals",
    "__subclasses__: it reaches classes that are not yours|^it reaches classes that are not yours": "classes that others make",
}
