/* The guards: given an object that a cell asks about, then what it gets is what their headers say,
 * with the references that they say: calls, methods, stores, attributes, insides, twins. */
#include "tests/c/sandbox/embedded.h"

#include "sandbox/patch/attributes.h"
#include "sandbox/guards/guard_object.h"
#include "sandbox/compile/reflection.h"

/* guard[object]; new reference. */
static PyObject *through(const char *placeholder, PyObject *object)
{
    AUTO_REF PyObject *guard = guard_new(sandbox, placeholder);

    assert_non_null(guard);
    return PyObject_GetItem(guard, object);
}

/* The same of a host expression. */
static PyObject *through_value(const char *placeholder, const char *expression)
{
    AUTO_REF PyObject *object = host_value(expression);

    return through(placeholder, object);
}

static void unknown_placeholders_make_no_guard(void **state)
{
    (void)state;
    assert_null(guard_new(sandbox, "X"));
    assert_raised(PyExc_SystemError);
    assert_null(guard_new(sandbox, ""));
    assert_raised(PyExc_SystemError);
}

/* ---- calls ---- */

static void allowed_callables_come_back_themselves(void **state)
{
    static const char *const expressions[] = {"len", "[].append", "str.upper", "int",
                                              "dict.fromkeys"};

    (void)state;
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        AUTO_REF PyObject *callable = host_value(expressions[i]);
        Py_ssize_t before = Py_REFCNT(callable);
        PyObject *checked = calls_check(sandbox, callable);
        assert_ptr_equal(checked, callable);
        Py_DECREF(checked);
        PyObject *again = through("G", callable);
        assert_ptr_equal(again, callable);
        Py_DECREF(again);
        assert_true(Py_REFCNT(callable) <= before + 1); /* the allowlist may keep it */
    }
}

static void refused_callables_raise_denied(void **state)
{
    static const char *const expressions[] = {"os.system",
                                              "os.kill",
                                              "type.__subclasses__",
                                              "sys._current_frames",
                                              "mine",
                                              "Mine",
                                              "Mine().method",
                                              "functools.partial(os.kill, 'x')",
                                              "os.kill.__call__",
                                              "'{0.__globals__}'.format"};

    (void)state;
    host_run("import os, sys, functools\n"
             "def mine(): pass\n"
             "class Mine:\n"
             "    def __init__(self): pass\n"
             "    def method(self): pass");
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        AUTO_REF PyObject *callable = host_value(expressions[i]);
        if (calls_check(sandbox, callable))
            fail_msg("%s passes", expressions[i]);
        assert_denied();
        Py_ssize_t before = Py_REFCNT(callable);
        assert_null(through("G", callable));
        assert_denied();
        assert_int_equal(Py_REFCNT(callable), before);
    }
}

static void what_cannot_be_called_is_pythons_own_error(void **state)
{
    (void)state;
    AUTO_REF PyObject *number = host_value("5");
    PyObject *same = calls_check(sandbox, number);
    assert_ptr_equal(same, number);
    Py_DECREF(same);
    assert_null(cell_run("five = 5\nfive(1)"));
    assert_raised(PyExc_TypeError);
}

static void builtins_that_reach_far_are_stood_in_for(void **state)
{
    static const char *const names[] = {"getattr", "setattr", "delattr", "vars",      "eval",
                                        "exec",    "compile", "type",    "breakpoint"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_REF PyObject *builtin = host_value(names[i]);
        AUTO_REF PyObject *checked = calls_check(sandbox, builtin);
        assert_non_null(checked);
        assert_ptr_not_equal(checked, builtin);
        assert_true(builtins_is_stand_in(checked));
        assert_false(builtins_is_stand_in(builtin));
        assert_ptr_equal(checked, builtins_stand_in(builtin));
    }
}

/* A name that is no text: half a surrogate pair. */
static void functions_may_be_called_anything(void **state)
{
    (void)state;
    assert_cell("import contextlib\n"
                "def f(): yield 1\n"
                "f.__qualname__ = f.__name__ = '\\ud800'\n"
                "with contextlib.contextmanager(f)() as got: pass\n"
                "got == 1");
    assert_cell("class C: pass\n"
                "C.__qualname__ = '\\ud800'\n"
                "isinstance(C(), C)");
}

/* ---- methods ---- */

static void a_method_guard_gives_the_receiver_back(void **state)
{
    (void)state;
    AUTO_REF PyObject *list = PyList_New(0);
    Py_ssize_t before = Py_REFCNT(list);
    PyObject *same = through("M:append", list);
    assert_ptr_equal(same, list);
    Py_DECREF(same);
    same = through("M:index", list);
    assert_ptr_equal(same, list);
    Py_DECREF(same);
    assert_int_equal(Py_REFCNT(list), before);
}

static void a_method_guard_refuses_what_a_call_would(void **state)
{
    (void)state;
    host_run("import os, pathlib, sys\nstate = {}");
    assert_null(through_value("M:system", "os"));
    assert_denied();
    assert_null(through_value("M:update", "sys.modules"));
    assert_denied();
    assert_null(through_value("M:format", "'{0.__globals__}'"));
    assert_denied();
    assert_null(through_value("M:no_such_method", "[]"));
    assert_raised(PyExc_AttributeError);
}

/* The attribute is fetched once: what was checked is what is called. */
static void what_is_fetched_is_what_is_called(void **state)
{
    (void)state;
    host_run("import os\n"
             "class Changing:\n"
             "    asked = 0\n"
             "    def __getattr__(self, name):\n"
             "        self.asked += 1\n"
             "        return len if self.asked == 1 else os.system\n"
             "changing = Changing()");
    AUTO_REF PyObject *holder = through_value("M:run", "changing");
    assert_non_null(holder);
    for (int i = 0; i < 3; i++) {
        AUTO_REF PyObject *called = PyObject_GetAttrString(holder, "run");
        AUTO_REF PyObject *len = host_value("len");
        assert_ptr_equal(called, len);
    }
    assert_true(host_holds("changing.asked == 1"));
}

/* ---- stores ---- */

static void values_leave_as_they_are_or_as_twins(void **state)
{
    (void)state;
    host_run("import os, sys, keyword");
    AUTO_REF PyObject *list = PyList_New(0);
    Py_ssize_t before = Py_REFCNT(list);
    PyObject *same = values_leave(sandbox, list);
    assert_ptr_equal(same, list);
    Py_DECREF(same);
    assert_int_equal(Py_REFCNT(list), before);
    AUTO_REF PyObject *kill = host_value("os.kill");
    AUTO_REF PyObject *twin = values_leave(sandbox, kill);
    AUTO_REF PyObject *second = through("T", kill);
    assert_true(twin_is(twin));
    assert_ptr_equal(twin, second);
    assert_ptr_equal(twin_original(twin), kill);
    AUTO_REF PyObject *modules = host_value("sys.modules");
    AUTO_REF PyObject *copy = values_leave(sandbox, modules);
    assert_true(PyDict_CheckExact(copy) && copy != modules);
    AUTO_REF PyObject *keywords = host_value("keyword.kwlist");
    AUTO_REF PyObject *list_copy = through("T", keywords);
    assert_true(PyList_CheckExact(list_copy) && list_copy != keywords);
}

static void what_may_be_written_to(void **state)
{
    static const struct {
        const char *expression;
        bool writable;
    } rows[] = {{"[]", true},
                {"{}", true},
                {"bytearray()", true},
                {"types.SimpleNamespace()", true},
                {"5", true},
                {"None", true},
                {"sys", false},
                {"os", false},
                {"sys.modules", false},
                {"sys.meta_path", false},
                {"vars(os)", false},
                {"int", false},
                {"json.JSONEncoder", false},
                {"json.dumps", false},
                {"__builtins__.__dict__", false},
                {"weakref.proxy(json.JSONEncoder)", false},
                {"keyword.kwlist", false},
                {"collections.deque()", true},
                {"array.array('i')", true},
                {"set()", true},
                {"Own()", true},
                {"typing._overload_registry", false},
                {"threading._dangling", false}};

    (void)state;
    host_run(
        "import os, sys, types, json, weakref, keyword, typing, threading, collections, array\n"
        "class Own(list): pass");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *object = host_value(rows[i].expression);
        stores_check(sandbox, object);
        PyErr_Clear();
        Py_ssize_t before = Py_REFCNT(object);
        if (stores_check(sandbox, object) != rows[i].writable)
            fail_msg("%s: %s", rows[i].expression,
                     rows[i].writable ? error_text() : "may be written to");
        if (!rows[i].writable)
            assert_denied();
        assert_null(PyErr_Occurred());
        assert_int_equal(Py_REFCNT(object), before);
    }
}

static void which_classes_are_containers(void **state)
{
    static const struct {
        const char *expression;
        bool plain, special;
    } rows[] = {{"[]", true, false},
                {"{}", true, false},
                {"set()", true, false},
                {"bytearray()", false, true},
                {"collections.deque()", false, true},
                {"collections.Counter()", false, true},
                {"collections.ChainMap()", false, true},
                {"array.array('i')", false, true},
                {"weakref.WeakSet()", false, true},
                {"type('Q', (collections.deque,), {})()", false, true},
                {"type('S', (set,), {})()", false, true},
                {"()", false, false},
                {"b''", false, false},
                {"frozenset()", false, false},
                {"types.SimpleNamespace()", false, false},
                {"len", false, false}};

    (void)state;
    host_run("import array, collections, types, weakref");
    others_forget();
    others_renew(); /* array has come */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *object = host_value(rows[i].expression);
        if (shared_is_container(object) != rows[i].plain ||
            shared_is_special(object) != rows[i].special)
            fail_msg("%s", rows[i].expression);
    }
}

static void namespaces_of_others_are_read_as_copies(void **state)
{
    (void)state;
    host_run("import json");
    AUTO_REF PyObject *type = host_value("json.JSONEncoder");
    AUTO_REF PyObject *name = PyUnicode_FromString("__dict__");
    AUTO_REF PyObject *read = values_read(sandbox, type, name, NULL);
    assert_true(Py_IS_TYPE(read, &PyDictProxy_Type));
    AUTO_REF PyObject *module = host_value("json");
    AUTO_REF PyObject *namespace = values_read(sandbox, module, name, NULL);
    assert_true(PyDict_CheckExact(namespace) && namespace != PyModule_GetDict(module));
    AUTO_REF PyObject *globals = PyUnicode_FromString("__globals__");
    AUTO_REF PyObject *function = host_value("json.dumps");
    assert_null(values_read(sandbox, function, globals, NULL));
    assert_denied();
    AUTO_REF PyObject *missing = PyUnicode_FromString("missing");
    assert_null(values_read(sandbox, function, missing, NULL));
    assert_raised(PyExc_AttributeError);
    AUTO_REF PyObject *fallback = values_read(sandbox, function, missing, Py_None);
    assert_ptr_equal(fallback, Py_None);
    assert_null(PyErr_Occurred());
}

/* Keys of a cell's own: their code runs while the copy is made. */
static void keys_that_do_not_find_themselves_are_an_error(void **state)
{
    (void)state;
    assert_null(cell_run("import contextlib\n"
                         "class Key:\n"
                         "    bad = False\n"
                         "    def __hash__(self):\n"
                         "        if Key.bad: raise ValueError('no hash')\n"
                         "        return 1\n"
                         "def f(): yield 1\n"
                         "f.__dict__[Key()] = 1\n"
                         "g = contextlib.contextmanager(f)\n"
                         "Key.bad = True\n"
                         "g.__dict__"));
    assert_raised(PyExc_ValueError);
    assert_null(cell_run("class Key:\n"
                         "    calls = 0\n"
                         "    def __hash__(self): Key.calls += 1; return Key.calls\n"
                         "def f(): yield 1\n"
                         "f.__dict__[Key()] = 1\n"
                         "g = contextlib.contextmanager(f)\n"
                         "g.__dict__"));
    assert_raised(PyExc_KeyError);
}

/* ---- attributes ---- */

static void the_functions_that_store_look_at_who_calls(void **state)
{
    static const char *const cells[] = {
        "import json\nlist(map(setattr, [json], ['dumps'], [None]))",
        "import functools, json\nfunctools.partial(setattr, json, 'dumps')(None)",
        "import json\njson.dumps = None",
        "import json\ndel json.dumps",
        "import json\njson.JSONEncoder.encode = None",
        "import json\ntype.__setattr__(json.JSONEncoder, 'encode', None)",
        "import os\nos.environ.encodekey = None",
        "import json\njson.dumps.__defaults__ = ()",
    };

    (void)state;
    host_run("import json, os\nkept = json.dumps, json.JSONEncoder.encode, os.environ.encodekey, "
             "json.dumps.__defaults__");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        AUTO_REF PyObject *value = cell_run(cells[i]);
        PyErr_Clear();
        if (!host_holds("kept == (json.dumps, json.JSONEncoder.encode, os.environ.encodekey, "
                        "json.dumps.__defaults__)"))
            fail_msg("stored: %s", cells[i]);
    }
    host_run("json.own_name = 1; setattr(json, 'own_name', 2); del json.own_name"); /* the host's is
                                                                                       its own */
}

/* ---- insides ---- */

static void insides_are_read_as_far_as_text_and_numbers(void **state)
{
    (void)state;
    host_run("import warnings\nwarnings.simplefilter('error')"); /* none of what the guards look
                                                                    like to the compiler */
    assert_cell("(lambda a: 0).__code__.co_varnames == ('a',)");
    assert_cell("(i for i in ()).gi_frame.f_code.co_name == '<genexpr>'");
    host_run("warnings.resetwarnings()");
    assert_cell("def g(): yield\n"
                "g().gi_frame.f_code.co_name == 'g'");
    assert_cell("class Base: pass\n"
                "class Derived(Base): pass\n"
                "Base.__subclasses__() == [Derived]");
    assert_null(cell_run("(lambda: 0).__code__"));
    assert_denied();
    assert_null(cell_run("object.__subclasses__()"));
    assert_denied();
    assert_null(cell_run("n = (lambda: 0).__code__.co_consts"));
    assert_denied();
}

static void only_classes_of_the_sandbox_tell_their_subclasses(void **state)
{
    (void)state;
    AUTO_REF PyObject *own = cell_run("class Own: pass\nOwn");
    AUTO_REF PyObject *asked = PyObject_GetAttrString(own, "__subclasses__");
    AUTO_REF PyObject *others = host_value("Exception.__subclasses__");
    AUTO_REF PyObject *plain = host_value("len");
    assert_true(calls_tells_subclasses(sandbox, asked));
    assert_false(calls_tells_subclasses(sandbox, others));
    assert_false(calls_tells_subclasses(sandbox, plain));
    assert_false(calls_tells_subclasses(sandbox, Py_None));
}

/* What is checked by the name `super` is looked up again: nothing that may be called on terms only
 * goes under it, with arguments or without. */
static void super_is_itself_or_called_as_it_is(void **state)
{
    static const char *const calls[] = {
        "from shutil import copy as super\nsuper('a', 'b').m()",
        "from os import unlink as super\nsuper('a', 'b').m()",
        "from os import mkdir as super\nsuper().m()",
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        assert_null(cell_run(calls[i]));
        assert_denied();
        assert_cell("del super\nTrue");
    }
    assert_cell(
        "class A:\n    def m(self, x): return x\n    @classmethod\n    def c(cls): return cls\n"
        "class B(A):\n    def m(self, x): return super(B, self).m(x) + super().m(1)\n"
        "    @classmethod\n    def c(cls): return super(B, cls).c()\n"
        "B().m(1) == 2 and B.c() is B");
    assert_cell(
        "class super:\n    def __init__(self, *a): self.a = a\n    def m(self): return self.a\n"
        "super(1, 2).m() == (1, 2) and super().m() == ()");
    assert_cell("del super\nTrue");
}

/* A slot of a builtin class is remembered; those that store are judged by what they store to. */
static void remembered_slots_do_not_speak_for_others(void **state)
{
    (void)state;
    assert_cell("class C:\n    def __init__(self): super().__init__(); self.a = 1\n"
                "    def put(self, x): super().__setattr__('a', x)\n"
                "c = C()\nC().put(2)\nc.put(3)\nc.a == 3");
    for (int times = 0; times < 2; times++) {
        assert_cell("object().__init__()\nc.put(4)\nc.a == 4");
        assert_null(
            cell_run("import fractions\n"
                     "super(type, fractions.Fraction).__setattr__('limit_denominator', 5)"));
        assert_denied();
    }
}

/* A str that says one thing and is found as another, by hash and comparison: at once, or the second
 * time that it is asked. */
static void names_are_taken_for_what_they_say(void **state)
{
    static const char *const reads[] = {
        "operator.attrgetter(Lying('a'))(f)",
        "operator.attrgetter('__name__', Lying('a'))(f)",
        "object.__getattribute__(f, Lying('a'))",
        "type(f).__getattribute__(f, Lying('a'))",
        "super(type(f), f).__getattribute__(Lying('a'))",
        "f.__getattribute__(Lying('a'))",
        "getattr(f, Lying('a'))",
        "list(map(getattr, [f], [Lying('a')]))",
        "operator.methodcaller('__getattribute__', Lying('a'))(f)",
        "object.__getattribute__(f, Late('__globals__'))",
        "f.__getattribute__(Late('__globals__'))",
        "getattr(f, Late('__globals__'))",
        "operator.methodcaller('__getattribute__', '__globals__')(f)",
        "operator.methodcaller('__getattribute__', Late('__globals__'))(f)",
        "list(map(type(f).__dict__['__globals__'].__get__, [f]))",
        "'__globals__ {0.__globals__}'.format(f)",
    };

    (void)state;
    assert_cell("import operator\n"
                "class Lying(str):\n"
                "    def __hash__(self): return hash('__globals__')\n"
                "    def __eq__(self, other): return True\n"
                "class Late(str):\n"
                "    asked = 0\n"
                "    def __hash__(self): self.asked += 1; return 5 if self.asked == 1 else "
                "str.__hash__(self)\n"
                "    def __eq__(self, other): return str.__eq__(self, other)\n"
                "def f(): pass\n"
                "True");
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        AUTO_REF PyObject *value = cell_run(reads[i]);
        if (value)
            fail_msg("%s is read", reads[i]);
        PyErr_Clear();
    }
    assert_cell(
        "operator.methodcaller('__len__')([1]) == 1 and operator.attrgetter('real.imag')(5) == 0");
    assert_cell("list(map([1, 2].__contains__, [1, 3])) == [True, False] and "
                "list(map('ab'.__add__, ['c'])) == ['abc']");
    assert_cell(
        "class V:\n    def __init__(self, v): self.v = v\n    def __eq__(self, o): return self.v "
        "== o.v\n"
        "list(map(V(1).__eq__, [V(1)])) == [True] and list(map(V(1).__ne__, [V(1)])) == [False]");
}

/* ---- twins ---- */

static void a_twin_looks_like_its_function_and_is_not_called(void **state)
{
    (void)state;
    host_run("import os");
    AUTO_REF PyObject *kill = host_value("os.kill");
    AUTO_REF PyObject *twin = twin_new(kill, NULL);
    AUTO_REF PyObject *again = twin_new(kill, NULL);
    assert_ptr_equal(twin, again);
    AUTO_REF PyObject *shown = PyObject_Repr(twin);
    AUTO_REF PyObject *wanted = PyObject_Repr(kill);
    assert_int_equal(PyUnicode_Compare(shown, wanted), 0);
    assert_int_equal(PyObject_RichCompareBool(twin, kill, Py_EQ), 1);
    assert_int_equal(PyObject_RichCompareBool(kill, twin, Py_NE), 0);
    assert_int_equal(PyObject_Hash(twin), PyObject_Hash(kill));
    AUTO_REF PyObject *path = PyUnicode_FromString("/no/such/file");
    assert_null(PyObject_CallOneArg(twin, path));
    assert_denied();
    assert_null(PyObject_GetAttrString(twin, "__self__"));
    assert_raised(PyExc_AttributeError);
    assert_null(twin_original(kill));
}

static void a_twin_does_not_outlast_who_holds_it(void **state)
{
    static const char *const expressions[] = {"held.method", "int.__subclasses__", "os.kill",
                                              "(lambda: 0)"};

    (void)state;
    host_run("import os\n"
             "class Held:\n    def method(self): pass\n"
             "held = Held()");
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        AUTO_REF PyObject *callable = host_value(expressions[i]);
        Py_ssize_t before = Py_REFCNT(callable);
        PyObject *twin = twin_new(callable, NULL);
        assert_int_equal(Py_REFCNT(callable), before + 1);
        Py_DECREF(twin);
        assert_int_equal(Py_REFCNT(callable), before);
    }
}

/* ---- over and over ---- */

static void ask_everything(void)
{
    static const char *const placeholders[] = {"G", "M:append",   "M:update", "T",
                                               "W", "A:__dict__", "C",        "I:co_name"};
    static const char *const expressions[] = {"len",
                                              "os.kill",
                                              "[]",
                                              "{}",
                                              "sys.modules",
                                              "json.JSONEncoder",
                                              "held.method",
                                              "mine",
                                              "functools.partial(os.kill)",
                                              "(i for i in ())",
                                              "json",
                                              "'{}'.format",
                                              "int.__subclasses__",
                                              "os.kill.__call__",
                                              "(5).__reduce_ex__",
                                              "(lambda: 0)"};

    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        for (size_t k = 0; k < sizeof expressions / sizeof *expressions; k++) {
            Py_XDECREF(through_value(placeholders[i], expressions[k]));
            PyErr_Clear();
        }
}

static void guards_keep_nothing(void **state)
{
    (void)state;
    host_run("import os, sys, json, functools\n"
             "def mine(): pass\n"
             "class Held:\n    def method(self): pass\n"
             "held = Held()");
    assert_keeps_nothing(ask_everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_placeholders_make_no_guard),
        cmocka_unit_test(allowed_callables_come_back_themselves),
        cmocka_unit_test(refused_callables_raise_denied),
        cmocka_unit_test(what_cannot_be_called_is_pythons_own_error),
        cmocka_unit_test(builtins_that_reach_far_are_stood_in_for),
        cmocka_unit_test(functions_may_be_called_anything),
        cmocka_unit_test(a_method_guard_gives_the_receiver_back),
        cmocka_unit_test(a_method_guard_refuses_what_a_call_would),
        cmocka_unit_test(what_is_fetched_is_what_is_called),
        cmocka_unit_test(values_leave_as_they_are_or_as_twins),
        cmocka_unit_test(what_may_be_written_to),
        cmocka_unit_test(which_classes_are_containers),
        cmocka_unit_test(namespaces_of_others_are_read_as_copies),
        cmocka_unit_test(keys_that_do_not_find_themselves_are_an_error),
        cmocka_unit_test(the_functions_that_store_look_at_who_calls),
        cmocka_unit_test(insides_are_read_as_far_as_text_and_numbers),
        cmocka_unit_test(only_classes_of_the_sandbox_tell_their_subclasses),
        cmocka_unit_test(super_is_itself_or_called_as_it_is),
        cmocka_unit_test(remembered_slots_do_not_speak_for_others),
        cmocka_unit_test(names_are_taken_for_what_they_say),
        cmocka_unit_test(a_twin_looks_like_its_function_and_is_not_called),
        cmocka_unit_test(a_twin_does_not_outlast_who_holds_it),
        cmocka_unit_test(guards_keep_nothing),
    };
    return cmocka_run_group_tests(tests, embedded_start, NULL);
}
