/* Given that an allocation fails, wherever it is, then what is asked gives a value or an exception
 * and never neither; what is refused stays refused; and the next time everything is as it was. */
#include "tests/c/sandbox/embedded.h"

#include "sandbox/sandbox.h"
#include "sandbox/guards/guard_object.h"
#include "sandbox/patch/interpose.h"

static const char *asked; /* a placeholder, or what the attempt is about */

static PyObject *through_guard(PyObject *object)
{
    verdict_epoch++; /* nothing is remembered */
    AUTO_REF PyObject *guard = guard_new(sandbox, asked);

    return guard ? PyObject_GetItem(guard, object) : NULL;
}

static PyObject *answer(bool yes)
{
    return yes ? Py_NewRef(Py_True) : NULL;
}

static PyObject *find_grant(PyObject *callable)
{
    verdict_epoch++;
    const struct grant *grant = allowlist_find(callable);

    if (PyErr_Occurred() || (grant && grant->grade != GRADE_DENY))
        return Py_NewRef(Py_True);
    return PyErr_NoMemory(); /* "denied" is no exception of its own */
}

static PyObject *write_to(PyObject *object)
{
    verdict_epoch++;
    return answer(stores_check(sandbox, object));
}

/* Of the source, what is compiled beforehand: CPython's parser itself does not survive. */
static PyObject *run_code(PyObject *code)
{
    return PyEval_EvalCode(code, cell_names, cell_names);
}

struct row {
    const char *placeholder, *expression;
    enum outcome outcome;
};

static void check(const struct row *rows, size_t count, PyObject *(*attempt)(PyObject *))
{
    for (size_t i = 0; i < count; i++) {
        AUTO_REF PyObject *object = host_value(rows[i].expression);
        char what[200];
        asked = rows[i].placeholder;
        snprintf(what, sizeof what, "%s of %s", asked, rows[i].expression);
        assert_survives(what, attempt, object, rows[i].outcome);
    }
}
#define CHECK(rows, attempt) check(rows, sizeof(rows) / sizeof *(rows), attempt)

static void import_what_is_asked_about(void)
{
    host_run(
        "import sys\nsys.unraisablehook = lambda told: None"); /* 3.13 tells what it swallows */
    host_run("import os, sys, json, functools, types, keyword, collections, dataclasses, pathlib\n"
             "def mine(): pass\n"
             "class Mine:\n"
             "    def __init__(self): pass\n"
             "    def method(self): pass\n"
             "class Made(Mine): pass\n"
             "point = collections.namedtuple('Point', 'x y')\n"
             "data = dataclasses.make_dataclass('Data', ['x'])");
}

static void guards_survive(void **state)
{
    static const struct row rows[] = {
        {"G", "len", PASSES},
        {"G", "json.dumps", PASSES},
        {"G", "dict.fromkeys", PASSES},
        {"G", "[].append", PASSES},
        {"G", "functools.partial(len)", PASSES},
        {"G", "point", PASSES},
        {"G", "data", PASSES},
        {"G", "getattr", PASSES},
        {"G", "object.__setattr__", PASSES},
        {"G", "open", PASSES},
        {"G", "pathlib.Path('x').write_text", PASSES},
        {"G", "os.system", REFUSED},
        {"G", "os.kill", REFUSED},
        {"G", "mine", REFUSED},
        {"G", "Made", REFUSED},
        {"G", "Mine().method", REFUSED},
        {"G", "functools.partial(os.kill)", REFUSED},
        {"G", "sys._current_frames", REFUSED},
        {"G", "os.kill.__call__", REFUSED},
        {"G", "json.__setattr__", REFUSED},
        {"G", "'{0.__globals__}'.format", REFUSED},
        {"M:append", "[]", PASSES},
        {"M:dumps", "json", PASSES},
        {"M:system", "os", REFUSED},
        {"M:method", "Mine()", REFUSED},
        {"M:update", "sys.modules", REFUSED},
        {"M:append", "keyword.kwlist", REFUSED},
        {"T", "len", PASSES},
        {"T", "os.kill", PASSES},
        {"T", "sys.modules", PASSES},
        {"T", "keyword.kwlist", PASSES},
        {"T", "sys.modules.update", PASSES},
        {"T", "int.__subclasses__", PASSES},
        {"T", "'{0.__globals__}'.format", REFUSED},
        {"A:__dict__", "json.JSONEncoder", PASSES},
        {"A:__dict__", "json", PASSES},
        {"A:__globals__", "json.dumps", REFUSED},
        {"W", "{}", PASSES},
        {"W", "types.SimpleNamespace()", PASSES},
        {"W", "os", REFUSED},
        {"W", "sys.modules", REFUSED},
        {"W", "json.JSONEncoder", REFUSED},
        {"W", "vars(os)", REFUSED},
        {"W", "json.dumps", REFUSED},
        {"I:co_name", "mine.__code__", PASSES},
        {"C", "mine.__code__", REFUSED},
    };

    (void)state;
    import_what_is_asked_about();
    CHECK(rows, through_guard);
}

static void grants_are_found_again(void **state)
{
    static const struct row rows[] = {
        {"grant", "len", PASSES},        {"grant", "json.dumps", PASSES},
        {"grant", "point", PASSES},      {"grant", "data", PASSES},
        {"grant", "str.upper", PASSES},  {"grant", "json.JSONEncoder", PASSES},
        {"grant", "os.system", REFUSED}, {"grant", "mine", REFUSED},
        {"grant", "Made", REFUSED},      {"grant", "os.kill.__call__", REFUSED},
    };

    (void)state;
    import_what_is_asked_about();
    CHECK(rows, find_grant);
}

static void what_may_be_written_to_is_found_again(void **state)
{
    static const struct row rows[] = {
        {"write", "{}", PASSES},
        {"write", "types.SimpleNamespace()", PASSES},
        {"write", "collections.Counter()", PASSES},
        {"write", "os", REFUSED},
        {"write", "json.JSONEncoder()", PASSES},
        {"write", "Mine()", REFUSED},
        {"write", "keyword.kwlist", REFUSED},
    };

    (void)state;
    import_what_is_asked_about();
    CHECK(rows, write_to);
}

/* None of it makes a function: CPython 3.12 loses its code when that fails. */
static void running_code_survives(void **state)
{
    static const struct {
        const char *source;
        enum outcome outcome;
    } rows[] = {
        {"o.a = [1, 2]\nlen(o.a)\ndel o.a", PASSES},
        {"C().m()", PASSES},
        {"o.__code__.co_name", PASSES},
        {"vars(C)['m']; getattr(C, 'm'); print.__doc__; '{}'.format(1); sorted(C.__subclasses__())",
         PASSES},
        {"getattr(C.m, '__globals__')", REFUSED},
        {"import os\nos.kill('/no/such/file')", REFUSED},
        {"import os\nlist(map(os.kill, ['/no/such/file']))", REFUSED},
        {"import json\njson.dumps = 1", REFUSED},
    };
    AUTO_REF PyObject *filename = PyUnicode_FromString("<cell>");

    (void)state;
    assert_cell(
        "def o(): pass\nclass C:\n    def m(self): self.x = 1; return super().__init__()\nTrue");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *source = PyUnicode_FromString(rows[i].source);
        struct sandbox_code code;
        assert_true(compile_source(sandbox, source, filename, Py_file_input, 0, &code));
        AUTO_REF PyObject *owned = code.code;
        assert_survives(rows[i].source, run_code, owned, rows[i].outcome);
    }
}

/* ---- what covers libraries ---- */

static int seen_calls;

static bool see(const void *row, PyObject *arguments, PyObject *keywords)
{
    (void)row, (void)arguments, (void)keywords;
    seen_calls++;
    return true;
}

/* What is covered in part, or only listed, would be taken for covered later. */
static void what_is_interposed_is_seen(void **state)
{
    (void)state;
    for (long at = 0, failed = -1; failed != memory.failed && at < 500; at++) {
        host_run("def shared(a, b=2, *, c=3): return a + b + c");
        AUTO_REF PyObject *function = host_value("shared");
        failed = memory.failed;
        memory.once = true;
        memory.until = at;
        bool taken = interpose_function(function, see, NULL);
        memory.until = -1;
        assert_true(taken == !PyErr_Occurred());
        PyErr_Clear();
        assert_true(taken == interpose_is_done(function));
        assert_true(interpose_function(function, see, NULL));
        seen_calls = 0;
        assert_true(host_holds("shared(1, c=4) == 7"));
        if (seen_calls != 1)
            fail_msg("allocation %ld: seen %d times", at, seen_calls);
    }
}

/* ---- sandboxes ---- */

static PyObject *make_sandbox(PyObject *globals)
{
    struct sandbox *own = sandbox_new(globals, true);

    if (!own)
        return NULL;
    sandbox_destroy(&own);
    return Py_NewRef(Py_None);
}

static PyObject *set_dests(PyObject *dests)
{
    return answer(sandbox_set_ok_dests(sandbox, dests));
}

static PyObject *set_hooks(PyObject *hook)
{
    return answer(hooks_set(sandbox, NULL, NULL, hook));
}

static PyObject *refuse(PyObject *unused)
{
    (void)unused;
    return refusal_raise("call", "a.b", "why", &(struct remedy){REMEDY_SAID, "remedy"});
}

static PyObject *refuse_dest(PyObject *path)
{
    dests_refuse(path, DEST_CONTENT, NULL, "a.b");
    return NULL;
}

static PyObject *check_dest(PyObject *path)
{
    AUTO_REF PyObject *dests = Py_BuildValue("[s]", "/tmp");

    return dests ? answer(dests_check(path, dests)) : NULL;
}

static PyObject *listing(PyObject *unused)
{
    (void)unused;
    return grants_list();
}

static PyObject *search(PyObject *needle)
{
    return grants_search(PyUnicode_AsUTF8(needle));
}

static void the_rest_survives(void **state)
{
    static const struct {
        const char *what;
        PyObject *(*attempt)(PyObject *);
        const char *expression;
        enum outcome outcome;
    } rows[] = {
        {"a new sandbox", make_sandbox, "{'a': [], 'b': {}}", PASSES},
        {"ok_dests", set_dests, "['/tmp', b'.', pathlib.Path('/tmp')]", PASSES},
        {"ok_dests of no paths", set_dests, "[5]", REFUSED},
        {"hooks", set_hooks, "None", PASSES},
        {"a refusal", refuse, "None", REFUSED},
        {"a refused destination", refuse_dest, "'/etc/x'", REFUSED},
        {"a destination", check_dest, "pathlib.Path('/tmp/x')", PASSES},
        {"a destination outside", check_dest, "'/etc/x'", REFUSED},
        {"the name of a method", resolve_name, "json.JSONEncoder.encode", PASSES},
        {"the name of an instance", resolve_name, "Mine()", PASSES},
        {"grants", listing, "None", PASSES},
        {"a search", search, "'json'", PASSES},
        {"an exact path", dests_exact, "pathlib.Path('x')", PASSES},
        {"the bytes of a path", dests_bytes, "pathlib.Path('x')", PASSES},
    };

    (void)state;
    import_what_is_asked_about();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *object = host_value(rows[i].expression);
        assert_survives(rows[i].what, rows[i].attempt, object, rows[i].outcome);
    }
    sandbox_set_ok_dests(sandbox, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guards_survive),
        cmocka_unit_test(grants_are_found_again),
        cmocka_unit_test(what_may_be_written_to_is_found_again),
        cmocka_unit_test(running_code_survives),
        cmocka_unit_test(what_is_interposed_is_seen),
        cmocka_unit_test(the_rest_survives),
    };
    return cmocka_run_group_tests(tests, embedded_start, NULL);
}
