"""Programs that differ in the sandbox, "topic.name" (or "topic.name.mode") -> why; each is an expected failure, and strict."""
KNOWN = {
    "files.sqlite_read": "a database is named by its path, not by an URI",
    "libs.mock_patch": "mock.patch overwrites classes, whoever made them",
    "libs.selftest_cprofile": "profilers are hooks of the interpreter",
    "refused.types_coroutine": "the function's code is replaced by one that did not pass the sandbox",
    "refused.logging_config": "makes handlers by name",
    "refused.copyreg_pickle": "changes how others pickle",
    "refused.codecs_register_error": "changes the codecs of the process",
    "refused.mkstemp_write": "os.write acts on raw descriptors; os.fdopen is judged",
    "refused.pandas_query": "runs code from text",
    "refused.pickle_builtins": "the stand-ins of builtins do not pickle by name",
    "refused.closure_cells": "cells of closures and code objects are the interpreter's",
}
