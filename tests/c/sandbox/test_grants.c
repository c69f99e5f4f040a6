/* What the user grants and takes back while the interpreter runs. */
#include "tests/c/sandbox/embedded.h"

#include "sandbox/sandbox.h"

static void grants_come_and_go(void **state)
{
    (void)state;
    host_run("def granted(): return True\n"
             "class Slotted: __slots__ = ('a',)");
    AUTO_REF PyObject *function = host_value("granted");
    Py_ssize_t before = Py_REFCNT(function);
    PyDict_SetItemString(cell_names, "granted", function);
    assert_null(cell_run("granted()"));
    assert_denied();
    uint32_t epoch = verdict_epoch;
    assert_true(grants_allow(function, GRADE_GATED, NULL));
    assert_true(verdict_epoch > epoch && grants_find(function));
    assert_cell("granted()");
    assert_true(grants_deny(function));
    assert_null(grants_find(function));
    assert_null(cell_run("granted()"));
    assert_denied();
    assert_false(grants_deny(function));
    assert_raised(PyExc_LookupError);
    PyDict_DelItemString(cell_names, "granted");
    assert_int_equal(Py_REFCNT(function), before);
    AUTO_REF PyObject *type = host_value("Slotted");
    assert_false(grants_type_writable((PyTypeObject *)type));
    assert_true(grants_allow_write_type(type));
    assert_true(grants_type_writable((PyTypeObject *)type));
    assert_false(grants_allow_write_type(function));
    assert_raised(PyExc_TypeError);
}

static void what_cannot_be_granted_is_told(void **state)
{
    static const struct {
        const char *target;
        PyObject **error;
    } rows[] = {{"5", &PyExc_TypeError},
                {"None", &PyExc_TypeError},
                {"'json.dupms'", &PyExc_LookupError},
                {"'no_such_module'", &PyExc_LookupError},
                {"''", &PyExc_LookupError},
                {"'.'", &PyExc_LookupError},
                {"'a..b'", &PyExc_LookupError},
                {"'x' * 2000", &PyExc_LookupError},
                {"'\\ud800'", &PyExc_UnicodeEncodeError},
                {"'sys.modules'", &PyExc_LookupError}};

    (void)state;
    AUTO_REF PyObject *before = grants_list();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_REF PyObject *target = host_value(rows[i].target);
        if (grants_allow(target, GRADE_GATED, NULL))
            fail_msg("%s is granted", rows[i].target);
        if (!PyErr_ExceptionMatches(*rows[i].error))
            fail_msg("%s: %s", rows[i].target, error_text());
        PyErr_Clear();
        if (grants_deny(target))
            fail_msg("%s is taken back", rows[i].target);
        assert_true(PyErr_Occurred() != NULL);
        PyErr_Clear();
    }
    AUTO_REF PyObject *after = grants_list();
    assert_int_equal(PyObject_RichCompareBool(before, after, Py_EQ), 1);
    AUTO_REF PyObject *found = grants_find_target("json.dumps");
    assert_true(PyFunction_Check(found));
    assert_null(grants_find_target("json.dupms"));
    assert_non_null(strstr(error_text(), "did you mean dump"));
}

static void a_grant_waits_for_its_library(void **state)
{
    (void)state;
    host_run("import sys, types\nsys.modules.pop('late_library', None)");
    assert_true(grants_allow_later("late_library.run", GRADE_GATED, NULL));
    host_run("late = types.ModuleType('late_library')\n"
             "exec('def run(): return True', late.__dict__)\n"
             "sys.modules['late_library'] = late");
    assert_cell("import late_library\nlate_library.run()");
    AUTO_REF PyObject *name = PyUnicode_FromString("late_library.run");
    assert_true(grants_deny(name));
    assert_null(cell_run("late_library.run()"));
    assert_denied();
    host_run("del sys.modules['late_library']");
}

static void a_standing_says_who_decided(void **state)
{
    struct grants_standing standing;

    (void)state;
    host_run("import json, os");
    AUTO_REF PyObject *kill = host_value("os.kill");
    grants_standing(kill, &standing);
    assert_string_equal(standing.name, "os.kill");
    assert_int_equal(standing.grade, GRADE_DENY);
    assert_true(standing.native && !standing.born);
    AUTO_REF PyObject *own = cell_run("def own(): pass\nown");
    grants_standing(own, &standing);
    assert_true(standing.born && !standing.native);
    AUTO_REF PyObject *module = host_value("json");
    grants_standing(module, &standing);
    assert_string_equal(standing.name, "json");
    AUTO_REF PyObject *rows = grants_search("os.kill");
    assert_true(PyList_GET_SIZE(rows) > 0);
    AUTO_REF PyObject *none = grants_search("no such name anywhere");
    assert_int_equal(PyList_GET_SIZE(none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_come_and_go),
        cmocka_unit_test(what_cannot_be_granted_is_told),
        cmocka_unit_test(a_grant_waits_for_its_library),
        cmocka_unit_test(a_standing_says_who_decided),
    };
    return cmocka_run_group_tests(tests, embedded_start, NULL);
}
