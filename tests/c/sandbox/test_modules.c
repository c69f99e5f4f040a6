/* What modules are and own: names and objects, packs, belongings, imports, what libraries call
 * later, what the host hears. */
#include "tests/c/sandbox/embedded.h"

#include <unistd.h>

#include "sandbox/sandbox.h"
#include "sandbox/gate/caches.h"
#include "sandbox/guards/guard_object.h"
#include "sandbox/patch/interpose.h"
#include "base/keywords.h"
#include "sandbox/list/packs.h"

static char inside[] = "/tmp/modules-in-XXXXXX", outside[] = "/tmp/modules-out-XXXXXX";

static int start(void **state)
{
    if (!mkdtemp(inside) || !mkdtemp(outside) || embedded_start(state) < 0)
        return -1;
    AUTO_REF PyObject *dests = Py_BuildValue("[s]", inside);
    AUTO_REF PyObject *in = PyUnicode_FromString(inside), *out = PyUnicode_FromString(outside);
    PyObject *const names[] = {host_names, cell_names};
    for (size_t i = 0; i < 2; i++) {
        PyDict_SetItemString(names[i], "I", in);
        PyDict_SetItemString(names[i], "O", out);
    }
    host_run("import os, sys, json, functools, types");
    return sandbox_set_ok_dests(sandbox, dests) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    host_run("import shutil\nshutil.rmtree(I)\nshutil.rmtree(O)");
    return 0;
}

/* ---- resolve ---- */

static void names_lead_to_objects_without_running_code(void **state)
{
    static const struct {
        const char *name, *expression;
    } rows[] = {{"json.dumps", "json.dumps"},
                {"json", "json"},
                {"len", "len"},
                {"json.JSONEncoder.encode", "json.JSONEncoder.encode"},
                {"builtins.str.upper", "str.upper"},
                {"os.path.join", "os.path.join"}};
    static const char *const missing[] = {"",
                                          ".",
                                          "..",
                                          "json.",
                                          ".json",
                                          "json..dumps",
                                          "json.dupms",
                                          "no_module.x",
                                          "json.dumps.x",
                                          "property_module.trap"};

    (void)state;
    host_run("trapped = []\n"
             "class Trap(types.ModuleType):\n"
             "    def __getattr__(self, name): trapped.append(name); return len\n"
             "sys.modules['property_module'] = Trap('property_module')");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *wanted = host_value(rows[i].expression);
        Py_ssize_t before = Py_REFCNT(wanted);
        PyObject *found = resolve_object(rows[i].name);
        assert_ptr_equal(found, wanted);
        Py_DECREF(found);
        assert_int_equal(Py_REFCNT(wanted), before);
    }
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        if (resolve_object(missing[i]))
            fail_msg("%s is found", missing[i]);
        assert_null(PyErr_Occurred());
    }
    assert_true(host_holds("trapped == []"));
    assert_ptr_equal(loaded_find("json.dumps", 4), PyDict_GetItemString(host_names, "json"));
    assert_null(loaded_find("json.dumps", 10));
}

static void objects_say_what_they_are(void **state)
{
    static const struct {
        const char *expression, *name;
        bool proven, instance;
    } rows[] = {
        {"json.dumps", "json.dumps", true, false},
        {"len", "builtins.len", true, false},
        {"str.upper", "builtins.str.upper", true, false},
        {"'x'.upper", "builtins.str.upper", true, false},
        {"int", "builtins.int", true, false},
        {"json.JSONEncoder", "json.encoder.JSONEncoder", true, false},
        {"json.JSONEncoder().encode", "json.encoder.JSONEncoder.encode", true, false},
        {"(1).__add__", "builtins.int.__add__", true, false},
        {"lying", "__main__.lying", true, false},
        {"Lying", "json.JSONDecoder", false, false},
        {"Called()", "__main__.Called.__call__", true, true},
    };

    (void)state;
    host_run("def lying(): pass\nlying.__module__, lying.__qualname__ = 'json', 'dumps'\n"
             "class Lying: pass\nLying.__module__, Lying.__qualname__ = 'json', 'JSONDecoder'\n"
             "class Called:\n    def __call__(self): pass");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *object = host_value(rows[i].expression);
        struct identity identity;
        assert_true(resolve_identity(object, &identity));
        assert_null(PyErr_Occurred());
        if (strcmp(identity.name, rows[i].name) != 0 || identity.instance != rows[i].instance ||
            (identity.proven && !rows[i].proven))
            fail_msg("%s: %s", rows[i].expression, identity.name);
        AUTO_REF PyObject *name = resolve_name(object);
        assert_true(PyUnicode_CheckExact(name));
    }
    struct identity identity;
    assert_false(resolve_identity(Py_None, &identity));
    AUTO_REF PyObject *wrapper = host_value("'x'.__add__");
    assert_true(resolve_is_method_wrapper(wrapper) && !resolve_is_method_wrapper(Py_None));
    char small[8];
    bool proven;
    assert_false(resolve_type_name(&PyUnicode_Type, small, sizeof small, &proven));
}

/* ---- packs ---- */

static void the_most_specific_entry_of_a_pack_decides(void **state)
{
    const struct pack *pack = NULL;

    (void)state;
    assert_int_equal(packs_find("os.kill", &pack)->grade, GRADE_DENY);
    assert_string_equal(pack->name, "stdlib");
    assert_null(packs_find("no_such_library.f", &pack));
    assert_null(packs_find("", &pack));
    char name[1200];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = 0;
    name[600] = '.';
    assert_null(packs_find(name, &pack));
    for (const struct pack *const *at = packs; *at; at++)
        for (size_t i = 0; i < (*at)->count; i++) {
            const struct pack_entry *entry = &(*at)->entries[i];
            assert_true(i == 0 || strcmp((*at)->entries[i - 1].name, entry->name) < 0);
            assert_true(entry->grade > GRADE_UNKNOWN && entry->grade <= GRADE_TRUSTED);
            int kind = entry->policy ? entry->policy->kind : POLICY_NONE;
            assert_true(
                !entry->policy || entry->grade == GRADE_WRITE ||
                (entry->grade == GRADE_DENY && kind == POLICY_NEVER_CALL) ||
                (entry->grade == GRADE_NET && kind == POLICY_VERB) ||
                (entry->grade == GRADE_GATED &&
                 (kind == POLICY_SOURCE || kind == POLICY_GUARDED || kind == POLICY_SENDS)));
            const struct pack_entry *found = packs_find(entry->name, &pack);
            if (!packs_is_pattern(entry) && (!found || strcmp(found->name, entry->name) != 0))
                fail_msg("%s is not found", entry->name);
        }
    assert_true(packs_writable("argparse.Namespace") && !packs_writable("types.ModuleType") &&
                !packs_writable(""));
    assert_false(packs_own("no_such_library.Class"));
}

/* ---- belongings ---- */

static size_t listed;

static void count_one(const PyObject *container)
{
    (void)container;
    listed++;
}

/* ---- who came ---- */

static struct libraries_seen growing;
static PyObject *looked_at; /* set of names */

/* Looking may import, and who is imported may look again: the rows grow, and move, while the first
 * one goes through them. */
static bool look_and_import(PyObject *module)
{
    AUTO_REF PyObject *name = PyModule_GetNameObject(module);
    bool first = PySet_GET_SIZE(looked_at) == 0;

    assert_true(name && PySet_Add(looked_at, name) == 0);
    if (first) {
        host_run(
            "for i in range(5000):\n    sys.modules[f'came{i}'] = types.ModuleType(f'came{i}')");
        return libraries_each_changed(&growing, look_and_import);
    }
    return true;
}

static bool look_at_none(PyObject *module)
{
    fail_msg("%s is looked at again", PyModule_GetName(module));
    return false;
}

static void looking_at_modules_may_import_more(void **state)
{
    (void)state;
    looked_at = PySet_New(NULL);
    assert_true(libraries_each_changed(&growing, look_and_import));
    assert_true(growing.most >= PyDict_Size(PyImport_GetModuleDict()));
    assert_true(libraries_each_changed(&growing, look_at_none));
    PyDict_SetItemString(host_names, "looked_at", looked_at);
    assert_true(
        host_holds("{f'came{i}' for i in range(5000)} <= looked_at and 'json' in looked_at"));
    host_run("for i in range(5000): del sys.modules[f'came{i}']\ndel looked_at");
    Py_CLEAR(looked_at);
}

static void what_modules_name_is_theirs(void **state)
{
    static const struct {
        const char *expression;
        bool belongs, installed;
    } rows[] = {{"keyword.kwlist", true, true}, {"owned.registry", true, false},
                {"owned.items", true, false},   {"sys.path", false, false},
                {"sys.argv", false, false},     {"[]", false, false},
                {"lent", false, false},         {"5", false, false},
                {"owned", false, false},        {"owned.text", false, false},
                {"owned.taken", false, false}};

    (void)state;
    host_run("import keyword\n"
             "owned = types.ModuleType('owned')\n"
             "owned.registry, owned.items, owned.text, owned.taken = {'a': 1}, [1], 'text', [2]\n"
             "sys.modules['owned'] = owned\nlent = [3]\nsys.argv = ['x']");
    shared_find(PyImport_GetModuleDict(), count_one);
    assert_true(listed > 10);
    AUTO_REF PyObject *kept = host_value("owned.taken"); /* freed, its address would be another's */
    host_run("owned.taken = None");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *object = strcmp(rows[i].expression, "owned.taken") == 0
                                        ? Py_NewRef(kept)
                                        : host_value(rows[i].expression);
        Py_ssize_t before = Py_REFCNT(object);
        if (shared_is_of_module(sandbox, object) != rows[i].belongs ||
            shared_is_of_library(sandbox, object) != rows[i].installed)
            fail_msg("%s", rows[i].expression);
        assert_null(PyErr_Occurred());
        assert_int_equal(Py_REFCNT(object), before);
    }
    AUTO_REF PyObject *globals = host_value("{'given': owned.items, 'own': [], 'text': 'x'}");
    AUTO_REF PyObject *given = shared_given(globals);
    assert_int_equal(PyList_GET_SIZE(given), 1);
    assert_null(cell_run("import owned\nowned.registry['b'] = 2"));
    assert_denied();
    assert_null(cell_run("import owned\nowned.items.append(2)"));
    assert_denied();
    assert_true(host_holds("owned.registry == {'a': 1} and owned.items == [1]"));
}

/* ---- imports ---- */

static void modules_where_cells_write_are_code_of_cells(void **state)
{
    (void)state;
    host_run(
        "open(O + '/made_outside.py', 'w').write('import os\\ndef act(path): open(path, "
        "\"w\").close()')\n"
        "import zipfile\nzipfile.ZipFile(I + '/pack.zip', 'w').writestr('zipped.py', 'x = 1')\n"
        "import py_compile\nopen(I + '/bare.py', 'w').write('x = 1')\n"
        "py_compile.compile(I + '/bare.py', cfile=I + '/bare.pyc')\nos.unlink(I + '/bare.py')\n"
        "sys.path[:0] = [I, O, I + '/pack.zip']");
    assert_cell("open(I + '/made_inside.py', 'w').write('import os\\ndef act(path): "
                "os.mkdir(path)\\nvalue = 5') > 0");
    assert_cell("import made_inside\nmade_inside.value == 5");
    assert_null(cell_run("made_inside.act(O + '/new')"));
    assert_denied();
    assert_null(cell_run("import bare"));
    assert_raised(refusal_type());
    assert_null(cell_run("import zipped"));
    assert_raised(refusal_type());
    assert_true(cell_run("open(I + '/reads.py', 'w').write('x = (lambda: 0).__globals__')") !=
                NULL);
    assert_null(cell_run("import reads"));
    assert_denied();
    assert_true(host_holds("not os.path.exists(O + '/new')"));
    assert_true(
        host_holds("__import__('bare').x == 1 and __import__('zipped').x == 1")); /* the host may */
    host_run("del sys.path[:3]");
}

/* ---- what is called later ---- */

static void what_is_carried_looks_like_what_it_is(void **state)
{
    (void)state;
    AUTO_REF PyObject *function = host_value("functools.partial(os.mkdir, O + '/carried')");
    Py_ssize_t before = Py_REFCNT(function);
    PyObject *carried = deferred_new(sandbox, function);
    assert_ptr_equal(deferred_original(carried), function);
    assert_ptr_equal(deferred_original(function), function);
    PyObject *again = deferred_new(sandbox, carried);
    assert_ptr_equal(again, carried);
    Py_DECREF(again);
    AUTO_REF PyObject *shown = PyObject_Repr(carried);
    AUTO_REF PyObject *wanted = PyObject_Repr(function);
    assert_int_equal(PyUnicode_Compare(shown, wanted), 0);
    assert_int_equal(PyObject_RichCompareBool(carried, function, Py_EQ), 1);
    assert_null(PyObject_CallNoArgs(carried)); /* by host code, for the sandbox */
    assert_denied();
    assert_true(host_holds("not os.path.exists(O + '/carried')"));
    Py_DECREF(carried);
    assert_int_equal(Py_REFCNT(function), before);
    AUTO_REF PyObject *own = cell_run("def own(): pass\nown");
    AUTO_REF PyObject *same = deferred_new(sandbox, own);
    assert_ptr_equal(same, own);
}

static int seen_calls;
static const char *replacement, *added;

/* Sees the calls; gives another first argument where there is a replacement, and a named one. */
static bool see(const void *row, PyObject *arguments, PyObject *keywords)
{
    (void)row;
    seen_calls++;
    if (keywords_item(keywords, "refuse"))
        return PyErr_Format(PyExc_ValueError, "refused") != NULL;
    AUTO_REF PyObject *more = added ? PyUnicode_FromString(added) : NULL;
    if (more && PyDict_SetItemString(keywords, "c", more) < 0)
        return false;
    return !replacement || PyTuple_SetItem(arguments, 0, PyUnicode_FromString(replacement)) == 0;
}

static void a_function_that_is_interposed_stays_itself(void **state)
{
    (void)state;
    host_run("class Key(str):\n"
             "    def __hash__(self): return 5\n"
             "    def __eq__(self, other): return str.__eq__(self, other)\n"
             "def plain(a, b=2, *rest, c=3, **more): return a, b, rest, c, more\n"
             "alias, partial = plain, functools.partial(plain, 1)");
    AUTO_REF PyObject *function = host_value("plain");
    assert_false(interpose_is_done(function));
    assert_true(interpose_function(function, see, NULL) && interpose_function(function, see, NULL));
    assert_true(interpose_is_done(function));
    assert_true(
        host_holds("plain is alias and plain.__name__ == 'plain' and plain.__defaults__ == (2,)"));
    assert_true(host_holds(
        "alias(1, c=4) == (1, 2, (), 4, {}) and partial(5, 6, d=7) == (1, 5, (6,), 3, {'d': 7})"));
    assert_true(host_holds("list(map(plain, [1])) == [(1, 2, (), 3, {})] and plain(1, **{Key('c'): "
                           "9}) == (1, 2, (), 9, {})"));
    assert_int_equal(seen_calls, 4);
    replacement = "other";
    assert_true(host_holds("plain('one') == ('other', 2, (), 3, {})"));
    replacement = NULL;
    added = "named";
    assert_true(host_holds("plain(1) == (1, 2, (), 'named', {}) and list(map(plain, [1])) == "
                           "[plain(1)] and plain(1, d=4) == (1, 2, (), 'named', {'d': 4})"));
    added = NULL;
    static const char *const refused[] = {"plain(1, refuse=1)", "plain(1, **{Key('refuse'): 1})"};
    for (size_t i = 0; i < 2; i++) {
        assert_null(PyRun_String(refused[i], Py_eval_input, host_names, host_names));
        assert_raised(PyExc_ValueError);
    }
    assert_null(
        PyRun_String("plain(1, **{Key('c'): 1, 'c': 2})", Py_eval_input, host_names, host_names));
    assert_raised(PyExc_TypeError);
    assert_null(PyRun_String("plain()", Py_eval_input, host_names, host_names));
    assert_raised(PyExc_TypeError);
}

/* ---- keywords, reflect ---- */

static void keywords_are_exact(void **state)
{
    (void)state;
    host_run("class Key(str):\n"
             "    def __hash__(self): return 5\n"
             "    def __eq__(self, other): return str.__eq__(self, other)");
    AUTO_REF PyObject *plain = host_value("{'a': 1}");
    AUTO_REF PyObject *same = keywords_exact(plain);
    assert_ptr_equal(same, plain);
    AUTO_REF PyObject *odd = host_value("{Key('a'): 1, 'b': 2}");
    AUTO_REF PyObject *exact = keywords_exact(odd);
    assert_true(exact != odd && PyDict_GET_SIZE(exact) == 2 && keywords_item(exact, "a") &&
                !keywords_item(odd, "a"));
    AUTO_REF PyObject *twice = host_value("{Key('a'): 1, 'a': 2}");
    assert_null(keywords_exact(twice));
    assert_raised(PyExc_TypeError);
    AUTO_REF PyObject *number = host_value("{5: 1}");
    assert_null(keywords_exact(number));
    assert_raised(PyExc_TypeError);
    PyObject *taken = Py_None;
    assert_true(keywords_take(NULL, &taken));
    assert_null(taken);
    assert_null(keywords_item(NULL, "a"));
    assert_null(PyErr_Occurred());
}

static void reflective_names_are_known_however_they_are_written(void **state)
{
    static const struct {
        const char *format;
        bool reaches;
    } rows[] = {{"'{0.__globals__}'", true},
                {"'{a.b.__code__}'", true},
                {"'{}'", false},
                {"'__globals__'", false},
                {"'{__globals__}'", false},
                {"'\\ud800{0.__globals__}'", false},
                {"'{0.real}'", false}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *format = host_value(rows[i].format);
        if (!reflect_in_format(format) == rows[i].reaches)
            fail_msg("%s", rows[i].format);
        assert_null(PyErr_Occurred());
    }
    AUTO_REF PyObject *name = PyUnicode_FromString("__globals__");
    AUTO_REF PyObject *free_name = PyUnicode_FromString("globals");
    AUTO_REF PyObject *dict = PyUnicode_FromString("__dict__");
    AUTO_REF PyObject *odd = host_value("'\\ud800'");
    assert_non_null(reflect_reason(name));
    assert_null(reflect_reason(free_name));
    assert_null(reflect_reason(Py_None));
    assert_true(reflect_is_guarded(dict) && !reflect_is_guarded(name));
    assert_null(reflect_refuse(odd, "why"));
    assert_denied();
}

/* ---- refusals, hooks ---- */

static int heard;

static void hear(void *context, const char *kind, const char *callable, const char *reason,
                 const char *rule)
{
    heard +=
        context == &heard && strcmp(kind, "call") == 0 && callable && reason && strchr(rule, ':');
}

static void a_refusal_says_what_where_and_why(void **state)
{
    (void)state;
    refusal_listen(hear, &heard);
    assert_null(refusal_raise("call", "a.b", "because", &(struct remedy){REMEDY_SAID, "do so"}));
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    AUTO_REF PyObject *denied = error;
    PyDict_SetItemString(host_names, "denied", denied);
    assert_true(host_holds("isinstance(denied, PermissionError) and denied.errno == 13"));
    assert_true(host_holds("(denied.callable, denied.kind, denied.reason, denied.remedy) == "
                           "('a.b', 'call', 'because', 'do so')"));
    assert_true(host_holds("denied.lineno is None and denied.violations == ()"));
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    PyDict_DelItemString(host_names, "denied");
    assert_int_equal(heard, 1);
    assert_null(refusal_raise("write", NULL, NULL, NULL));
    assert_non_null(strstr(error_text(), "not allowed"));
    assert_null(refusal_raise("call", "\xff", "\xff", &(struct remedy){REMEDY_SAID, "\xff"}));
    assert_denied();
    assert_cell("import os\ntry:\n    1 + 1\n    os.kill('x')\nexcept PermissionError as e: got "
                "= e\ngot.lineno == 4 and got.col_offset == 4");
    assert_int_equal(heard, 3);
    refusal_listen(NULL, NULL);
}

static void hooks_hear_of_calls_and_may_let_pass(void **state)
{
    (void)state;
    host_run("calls, asked, passes = [], [], False\n"
             "def on_call(caller, callee, fn, code, off, data): calls.append((callee, data))\n"
             "def before_deny(event, args, frame, msg, data): asked.append(event); return passes\n"
             "class Bad:\n    def __bool__(self): raise ValueError('no answer')");
    AUTO_REF PyObject *on_call = host_value("on_call");
    AUTO_REF PyObject *before_deny = host_value("before_deny");
    AUTO_REF PyObject *data = PyUnicode_FromString("data");
    Py_ssize_t before = Py_REFCNT(on_call);
    assert_true(hooks_set(sandbox, on_call, before_deny, data));
    assert_true(hooks_watch_calls(sandbox) && hooks_ask_first(sandbox));
    assert_cell("import json\njson.dumps([1]) == '[1]'");
    assert_true(host_holds("calls == [('json.dumps', 'data')]"));
    assert_null(cell_run("import os\nos.mkdir(O + '/asked')"));
    assert_denied();
    assert_true(host_holds("len(asked) > 0 and not os.path.exists(O + '/asked')"));
    host_run("passes = True");
    assert_cell("import os\nos.mkdir(O + '/asked')\nTrue");
    assert_true(host_holds("os.path.isdir(O + '/asked')"));
    host_run("passes = Bad()");
    assert_null(cell_run("import os\nos.unlink(O + '/asked')"));
    assert_raised(PyExc_ValueError);
    assert_true(hooks_set(sandbox, NULL, Py_None, Py_None));
    assert_false(hooks_watch_calls(sandbox) || hooks_ask_first(sandbox));
    assert_int_equal(Py_REFCNT(on_call), before);
}

static void classes_know_their_sandbox(void **state)
{
    (void)state;
    AUTO_REF PyObject *own = cell_run("class Own: pass\nOwn");
    AUTO_REF PyObject *made = cell_run("type('Made', (), {})");
    AUTO_REF PyObject *others = host_value("json.JSONEncoder");
    assert_ptr_equal(classes_sandbox((PyTypeObject *)own), sandbox);
    assert_null(classes_sandbox((PyTypeObject *)others));
    assert_int_equal(classes_run((PyTypeObject *)own), sandbox->run);
    assert_int_equal(classes_run((PyTypeObject *)others), 0);
    assert_true(classes_is_born(sandbox, (PyTypeObject *)own) &&
                classes_is_born(sandbox, (PyTypeObject *)made));
    assert_false(classes_is_born(sandbox, (PyTypeObject *)others) ||
                 classes_is_born(sandbox, &PyLong_Type));
    AUTO_REF PyObject *path = PyUnicode_FromString("/etc/x");
    assert_false(caches_is_written(path, -1, DEST_CONTENT));
}

static void use_everything(void)
{
    static const char *const cells[] = {
        "class C:\n    def __repr__(self): return 'C'\nrepr(C())",
        "import functools\nclass D: __repr__ = functools.partial(str, 5)\nrepr(D())",
        "import weakref\nclass E: pass\ne = E()\nweakref.finalize(e, len, '')\ndel e",
        "import collections\ncollections.namedtuple('P', 'x y')(1, 2)",
        "import copyreg\ncopyreg.pickle(complex, len)",
        "import threading\nt = threading.Thread(target=len, args=('',)); t.start(); t.join()",
        "exec('a = 1')\neval('a')",
        "import keyword\nkeyword.kwlist.append('x')",
        "getattr(len, '__self__', None)\nvars()",
    };

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        Py_XDECREF(cell_run(cells[i]));
        PyErr_Clear();
    }
}

static void modules_keep_nothing(void **state)
{
    (void)state;
    assert_keeps_nothing(use_everything);
}

/* One module goes and another comes: there are as many as before. */
static void a_library_in_the_place_of_another_is_covered(void **state)
{
    (void)state;
    host_run("import sys, types\n"
             "sys.modules.pop('timeit', None)\n"
             "sys.modules['leaves'] = types.ModuleType('leaves')");
    verdict_epoch++;
    assert_cell("abs(-1) == 1");
    host_run("del sys.modules['leaves']\n"
             "sys.modules['timeit'] = types.ModuleType('timeit')");
    verdict_epoch++;
    assert_cell("divmod(3, 2) == (1, 1)");
    assert_true(host_holds("'compile' in vars(sys.modules.pop('timeit'))"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_in_the_place_of_another_is_covered),
        cmocka_unit_test(names_lead_to_objects_without_running_code),
        cmocka_unit_test(objects_say_what_they_are),
        cmocka_unit_test(the_most_specific_entry_of_a_pack_decides),
        cmocka_unit_test(looking_at_modules_may_import_more),
        cmocka_unit_test(what_modules_name_is_theirs),
        cmocka_unit_test(modules_where_cells_write_are_code_of_cells),
        cmocka_unit_test(what_is_carried_looks_like_what_it_is),
        cmocka_unit_test(a_function_that_is_interposed_stays_itself),
        cmocka_unit_test(keywords_are_exact),
        cmocka_unit_test(reflective_names_are_known_however_they_are_written),
        cmocka_unit_test(a_refusal_says_what_where_and_why),
        cmocka_unit_test(hooks_hear_of_calls_and_may_let_pass),
        cmocka_unit_test(classes_know_their_sandbox),
        cmocka_unit_test(modules_keep_nothing),
    };
    return cmocka_run_group_tests(tests, start, end);
}
