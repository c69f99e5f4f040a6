/* The places where functions of the sandbox stand in CPython: found, held, and given back. */
#include "tests/c/sandbox/embedded.h"

#include "sandbox/patch/slots.h"

static int plain_calls, our_calls;

static bool host_says(const char *expression)
{
    AUTO_REF PyObject *value = PyRun_String(expression, Py_eval_input, host_names, host_names);

    assert_non_null(value);
    return PyObject_IsTrue(value) == 1;
}

static bool cell_fails(const char *code)
{
    AUTO_REF PyObject *value = cell_run(code);

    PyErr_Clear();
    return value == NULL;
}

/* ---- rows on a type of the test's own ---- */

static PyObject *plain_method(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    plain_calls++;
    Py_RETURN_NONE;
}

static int plain_begin(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    (void)self, (void)arguments, (void)keywords;
    plain_calls++;
    return 0;
}

static PyObject *plain_of_class(PyObject *self, PyTypeObject *class, PyObject *const *arguments,
                                size_t count, PyObject *names)
{
    (void)self, (void)class, (void)arguments, (void)count, (void)names;
    plain_calls++;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"m", plain_method, METH_NOARGS, NULL},
    {"c", (PyCFunction)ANY(plain_of_class), METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
    {0}};
static PyType_Slot parts[] = {{Py_tp_methods, methods}, {Py_tp_init, plain_begin}, {0, NULL}};
static PyType_Spec spec = {.name = "tests.Thing",
                           .basicsize = sizeof(PyObject),
                           .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                           .slots = parts};

static PyCFunction kept_method;
static initproc kept_begin;

static PyObject *our_method(PyObject *self, PyObject *unused)
{
    our_calls++;
    return kept_method(self, unused);
}

static int our_begin(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    our_calls++;
    return kept_begin(self, arguments, keywords);
}

static PyCMethod kept_of_class;

static PyObject *our_of_class(PyObject *self, PyTypeObject *class, PyObject *const *arguments,
                              size_t count, PyObject *names)
{
    our_calls++;
    return kept_of_class(self, class, arguments, count, names);
}

static const struct slot method_row = {
    .member = "m", .ours[CALL_ONE] = ANY(our_method), .plain = &kept_method};
static const struct slot class_row = {
    .member = "c", .ours[CALL_OF_CLASS] = ANY(our_of_class), .plain = &kept_of_class};
static const struct slot begin_row = {.member = "__init__",
                                      .kind = SLOT_TYPE,
                                      .at = offsetof(PyTypeObject, tp_init),
                                      .ours = {ANY(our_begin)},
                                      .plain = &kept_begin};

static void assert_nothing_lost(void)
{
    const char *lost = slots_lost();

    if (lost)
        fail_msg("%s is no longer ours", lost);
}

/* Runs `code`, in which `T` is the type and `S` a subclass that was there before; how often ours
 * was called, each time with what was there. */
static int calls_of_ours(const char *code)
{
    plain_calls = our_calls = 0;
    host_run(code);
    assert_int_equal(plain_calls - our_calls, our_calls ? 0 : plain_calls);
    return our_calls;
}

static void a_row_is_taken_once_and_reaches_every_road(void **state)
{
    AUTO_REF PyObject *type = PyType_FromSpec(&spec);

    (void)state;
    PyDict_SetItemString(host_names, "T", type);
    host_run("class S(T): pass");
    assert_int_equal(calls_of_ours("T().m()"), 0);
    for (int times = 0; times < 2; times++)
        assert_true(slots_take_of(type, &method_row) && slots_take_of(type, &begin_row) &&
                    slots_take_of(type, &class_row));
    assert_int_equal(calls_of_ours("t = T()\nt.m()\nT.m(t)"), 3);
    assert_int_equal(calls_of_ours("t.c()\nT.c(t)"), 2);
    assert_int_equal(calls_of_ours("S()\nT.__init__(t)\nclass Late(T): pass\nLate()"), 3);
    assert_nothing_lost();
    ((PyTypeObject *)type)->tp_init = plain_begin;
    assert_string_equal(slots_lost(), "__init__");
    ((PyTypeObject *)type)->tp_init = our_begin;
}

static void a_place_that_is_not_what_it_was_is_an_error(void **state)
{
    static void *nowhere;
    static const struct slot rows[] = {
        {.module = "builtins", .type = "dict", .member = "nothing", .plain = &nowhere},
        {.module = "builtins", .type = "dict", .member = "update", .plain = &nowhere},
        {.module = "builtins", .type = "nothing", .member = "update", .plain = &nowhere},
        {.module = "no_such_module", .member = "f", .plain = &nowhere},
        {.module = "builtins",
         .type = "int",
         .member = "x",
         .kind = SLOT_TYPE,
         .within = offsetof(PyTypeObject, tp_as_mapping),
         .plain = &nowhere},
        {.module = "builtins",
         .type = "int",
         .member = "real",
         .kind = SLOT_METHOD,
         .plain = &nowhere},
        {.module = "builtins",
         .type = "int",
         .member = "bit_length",
         .kind = SLOT_SETTER,
         .plain = &nowhere},
    };
    size_t before = slots_count();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(slots_take_in(NULL, &rows[i], 1));
        assert_non_null(PyErr_Occurred());
        PyErr_Clear();
    }
    assert_int_equal(slots_count(), before);
    assert_null(nowhere);
    struct slot optional = rows[1];
    optional.optional = true;
    assert_true(slots_take_in(NULL, &optional, 1));
    assert_int_equal(slots_count(), before);
}

/* ---- the sandbox's own ---- */

/* What only these places hold. `C` is a class of the host's, `shared` a dict of a module of its. */
static const char *const tampering[] = {
    "import operator\noperator.methodcaller('update', {'x': 1})(shared)",
    "list(map(lambda d: d.setdefault('x', 1), [shared]))",
    "import operator\nlist(map(operator.setitem, [shared], ['x'], [1]))",
};

/* What a library's module keeps under a name, in every kind of container that C code changes. */
static const char *const changing[] = {
    "queue += [1]",
    "list(map(queue.append, [1]))",
    "data *= 2",
    "data[0] = 1",
    "memoryview(data)[0] = 1",
    "import io\nio.BytesIO(b'z').readinto(data)",
    "list(map(numbers.extend, [[1]]))",
    "numbers[0] = 5",
    "defaults |= {'x': 1}",
    "list(map(ordered.update, [{'x': 1}]))",
    "ordered.__init__(x=1)",
    "import heapq\nheapq.heappush(own, 0)",
    "import bisect\nbisect.insort(x=0, a=own)",
};

static void what_a_library_keeps_is_not_changed(void **state)
{
    static const char *const names[] = {"queue", "data", "numbers", "defaults", "ordered", "own"};

    (void)state;
    host_run("import array, bisect, collections, heapq, json\n"
             "class Own(list): pass\n"
             "json.queue, json.data = collections.deque([1]), bytearray(b'ab')\n"
             "json.numbers, json.defaults = array.array('i', [1]), collections.defaultdict(list)\n"
             "json.ordered, json.own = collections.OrderedDict(a=1), Own([1])\n"
             "kept = lambda: [list(json.queue), bytes(json.data), list(json.numbers),\n"
             "                dict(json.defaults), dict(json.ordered), list(json.own)]\n"
             "before = kept()");
    others_forget();
    Py_XDECREF(cell_run("import json, array, heapq, bisect"));
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            char expression[64];
            snprintf(expression, sizeof expression, "json.%s", names[k]);
            AUTO_REF PyObject *value = host_value(expression);
            PyDict_SetItemString(cell_names, names[k], value);
        }
        if (!cell_fails(changing[i]) || !host_says("kept() == before"))
            fail_msg("%s", changing[i]);
    }
    host_run("json.defaults['x'], json.queue.append(2), json.data.append(1)");
    assert_true(host_says("json.defaults == {'x': []} and len(json.queue) == len(json.data) - 1"));
    Py_XDECREF(cell_run("defaults['y']"));
    assert_true(host_says("json.defaults == {'x': [], 'y': []}"));
    assert_nothing_lost();
}

static void the_places_are_held_until_they_are_given_back(void **state)
{
    (void)state;
    host_run("import json, os, types\nshared = json.decoder.BACKSLASH\nplain = dict(shared)\n"
             "update = dict.update");
    host_run("import builtins");
    AUTO_REF PyObject *shared = PyDict_GetItemString(host_names, "shared");
    Py_XINCREF(shared);
    PyDict_SetItemString(cell_names, "shared", shared);
    Py_XDECREF(cell_run("import json"));
    assert_true(slots_count() > 50);
    assert_nothing_lost();
    for (size_t i = 0; i < sizeof tampering / sizeof *tampering; i++)
        assert_true(cell_fails(tampering[i]));
    assert_true(host_says("shared == plain and json.__name__ == 'json'"));

    slots_take_back();
    assert_int_equal(slots_count(), 0);
    assert_true(host_says("'x' not in shared"));
    host_run("d = {}\nd.update(a=1)\nd.setdefault('b', 2)\nsetattr(json, 'kept', 1)\n"
             "class C: pass\nC.x = 1\nC().__dict__ = {}\nimport weakref\nweakref.ref(C)\n"
             "os.close(os.open('/dev/null', os.O_RDONLY))\nimport tempfile");
    assert_true(
        host_says("d == {'a': 1, 'b': 2} and json.kept == 1 and vars(json) is json.__dict__"));
    assert_true(host_says("'native' not in repr(os.open)"));
}

/* The interpreter's fast ways ask for its own functions: a new class has them. */
static void a_class_stores_and_looks_up_as_the_interpreter_has_it(void **state)
{
    (void)state;
    host_run("class Plain:\n    def __init__(self): self.x = 1");
    PyTypeObject *type = (PyTypeObject *)PyDict_GetItemString(host_names, "Plain");
    assert_non_null(type);
    assert_true(type->tp_setattro == PyObject_GenericSetAttr);
    assert_true(type->tp_getattro == PyObject_GenericGetAttr);
    assert_true(type->tp_hash == PyBaseObject_Type.tp_hash);
    assert_true(type->tp_new == PyBaseObject_Type.tp_new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_taken_once_and_reaches_every_road),
        cmocka_unit_test(a_place_that_is_not_what_it_was_is_an_error),
        cmocka_unit_test(a_class_stores_and_looks_up_as_the_interpreter_has_it),
        cmocka_unit_test(what_a_library_keeps_is_not_changed),
        cmocka_unit_test(the_places_are_held_until_they_are_given_back), /* the last */
    };
    return cmocka_run_group_tests(tests, embedded_start, NULL);
}
