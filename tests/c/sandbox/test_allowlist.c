/* Tests of the allowlist: which grant a callable has, by identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sandbox/sandbox.h"

static PyObject *names;

/* The value of `expression` after running `setup`; both host code. */
static PyObject *value(const char *setup, const char *expression)
{
    PyObject *done = PyRun_String(setup, Py_file_input, names, names);
    assert_non_null(done);
    Py_DECREF(done);
    PyObject *found = PyRun_String(expression, Py_eval_input, names, names);
    assert_non_null(found);
    return found;
}

static enum grade grade_of(const char *setup, const char *expression)
{
    PyObject *callable = value(setup, expression);
    const struct grant *grant = allowlist_find(callable);

    assert_null(PyErr_Occurred());
    Py_DECREF(callable);
    return grant ? grant->grade : GRADE_UNKNOWN;
}

struct row {
    const char *setup, *expression;
    enum grade grade;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (grade_of(rows[i].setup, rows[i].expression) != rows[i].grade)
            fail_msg("%s; %s: grade %d, wanted %d", rows[i].setup, rows[i].expression,
                     grade_of(rows[i].setup, rows[i].expression), rows[i].grade);
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

static void ordinary_callables_are_gated(void **state)
{
    static const struct row rows[] = {
        {"", "len", GRADE_GATED},
        {"", "[].append", GRADE_GATED},
        {"", "str.upper", GRADE_GATED},
        {"", "dict.fromkeys", GRADE_GATED},
        {"", "(1).__add__", GRADE_GATED},
        {"", "{}.items().__iter__", GRADE_GATED},
        {"", "(i for i in ()).send", GRADE_GATED},
        {"", "int", GRADE_GATED},
        {"import json", "json.dumps", GRADE_GATED},
        {"import os", "os.path.join", GRADE_GATED},
        {"import os", "os.listdir", GRADE_GATED},
        {"import re", "re.compile('a').match", GRADE_GATED},
        {"import heapq", "heapq.heappush", GRADE_GATED},
        {"import collections", "collections.Counter('a').most_common", GRADE_GATED},
        {"import collections", "collections.OrderedDict", GRADE_GATED},
        {"import functools", "functools.partial(len)", GRADE_GATED},
        {"import functools", "functools.lru_cache(len)", GRADE_GATED},
        {"import operator", "operator.itemgetter(1)", GRADE_GATED},
        {"import threading", "threading.Lock().acquire", GRADE_GATED},
        {"import io", "io.StringIO().write", GRADE_GATED},
        {"import contextlib", "contextlib.contextmanager(len)", GRADE_GATED},
        {"import collections", "collections.namedtuple('P', 'x y')", GRADE_GATED},
        {"import collections", "collections.namedtuple('P', 'x y')._make", GRADE_GATED},
        {"import enum", "enum.Enum('E', 'a b')", GRADE_GATED},
    };
    (void)state;
    CHECK(rows);
}

static void effects_are_denied_or_checked(void **state)
{
    static const struct row rows[] = {
        {"import os", "os.system", GRADE_DENY},
        {"import os", "os.kill", GRADE_DENY},
        {"import os", "os.unlink", GRADE_WRITE},
        {"import posix", "posix.kill", GRADE_DENY},
        {"import os", "os.kill.__call__", GRADE_DENY},
        {"import os, functools", "functools.partial(os.kill, 'x')", GRADE_DENY},
        {"import shutil", "shutil.rmtree", GRADE_WRITE},
        {"import subprocess", "subprocess.run", GRADE_DENY},
        {"import pathlib", "pathlib.Path('x').unlink", GRADE_WRITE},
        {"import sys", "sys._current_frames", GRADE_DENY},
        {"", "type.__subclasses__", GRADE_DENY},
        {"", "object.__getattribute__", GRADE_DENY},
        {"import os", "os.__setattr__", GRADE_DENY},
        {"import types", "types.FunctionType", GRADE_DENY},
        {"", "open", GRADE_WRITE},
        {"import io", "io.open", GRADE_WRITE},
        {"import io", "io.FileIO", GRADE_WRITE},
        {"import pathlib", "pathlib.Path('x').write_text", GRADE_WRITE},
        {"import shutil", "shutil.copy", GRADE_WRITE},
    };
    (void)state;
    CHECK(rows);
}

static void lying_names_do_not_count(void **state)
{
    static const struct row rows[] = {
        {"def f(): pass\nf.__module__, f.__qualname__ = 'json', 'dumps'", "f", GRADE_UNKNOWN},
        {"class C:\n  def __init__(self): pass\nC.__module__, C.__qualname__ = 'json', "
         "'JSONEncoder'",
         "C", GRADE_UNKNOWN},
        {"def g(): pass", "g", GRADE_UNKNOWN},
        {"class S(str): pass\ndef h(): pass\nh.__module__ = S('json')", "h", GRADE_UNKNOWN},
    };
    (void)state;
    CHECK(rows);
}

static void a_changed_code_is_another_function(void **state)
{
    (void)state;
    assert_int_equal(grade_of("import textwrap", "textwrap.indent"), GRADE_GATED);
    PyObject *function = value("import textwrap\nsaved = textwrap.indent.__code__\n"
                               "textwrap.indent.__code__ = (lambda: 0).__code__",
                               "textwrap.indent");
    const struct grant *grant = allowlist_find(function);
    assert_true(!grant || grant->grade != GRADE_TRUSTED);
    Py_DECREF(function);
    Py_DECREF(value("textwrap.indent.__code__ = saved", "0"));
}

static void a_grant_holds_until_it_is_taken_back(void **state)
{
    PyObject *function = value("def mine(): pass", "mine");

    (void)state;
    uint32_t epoch = verdict_epoch;
    assert_true(grants_allow(function, GRADE_GATED, NULL));
    assert_true(verdict_epoch > epoch);
    assert_int_equal(allowlist_find(function)->grade, GRADE_GATED);
    assert_true(grants_deny(function));
    assert_null(allowlist_find(function));
    Py_DECREF(function);
}

static void an_unknown_name_grants_nothing(void **state)
{
    PyObject *name = PyUnicode_FromString("json.dupms");

    (void)state;
    assert_false(grants_allow(name, GRADE_GATED, NULL));
    assert_true(PyErr_ExceptionMatches(PyExc_LookupError));
    PyErr_Clear();
    Py_DECREF(name);
}

static void containers_may_be_written(void **state)
{
    static const struct {
        const char *expression;
        enum writable writable;
    } rows[] = {{"list", WRITABLE_OWN},
                {"dict", WRITABLE_OWN},
                {"bytearray", WRITABLE_OWN},
                {"memoryview", WRITABLE_ALL},
                {"__import__('collections').Counter", WRITABLE_OWN},
                {"__import__('types').SimpleNamespace", WRITABLE_OWN},
                {"__import__('types').ModuleType", WRITABLE_NOT},
                {"type", WRITABLE_NOT},
                {"type(len)", WRITABLE_NOT},
                {"type(lambda: 0)", WRITABLE_NOT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        PyObject *type = value("", rows[i].expression);
        assert_int_equal(allowlist_writable((PyTypeObject *)type), rows[i].writable);
        Py_DECREF(type);
    }
}

static int start(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    names = PyModule_GetDict(PyImport_AddModule("__main__"));
    return allowlist_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_callables_are_gated),
        cmocka_unit_test(effects_are_denied_or_checked),
        cmocka_unit_test(lying_names_do_not_count),
        cmocka_unit_test(a_changed_code_is_another_function),
        cmocka_unit_test(a_grant_holds_until_it_is_taken_back),
        cmocka_unit_test(an_unknown_name_grants_nothing),
        cmocka_unit_test(containers_may_be_written),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
