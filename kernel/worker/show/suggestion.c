/* suggestion: what a misspelt name may have been meant for, as CPython prints it behind the
 * message. No object is asked: names are read where they lie. */
#include "kernel/worker/ask/introspect.h"
#include "kernel/worker/inside.h"

#include <string.h>

static void add_names(PyObject *names, PyObject *dict_or_null)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (dict_or_null && PyDict_Check(dict_or_null) &&
           PyDict_Next(dict_or_null, &at, &key, &value))
        if (PyUnicode_CheckExact(key) && PyList_Append(names, key) < 0)
            PyErr_Clear();
}

/* The variables that the frame where it happened could see. */
static void add_visible(PyObject *names, PyObject *exception)
{
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);
    PyTracebackObject *last = (PyTracebackObject *)traceback;

    while (last && last->tb_next)
        last = last->tb_next;
    if (!last)
        return;
    AUTO_REF PyObject *locals = PyFrame_GetLocals(last->tb_frame);
    AUTO_REF PyObject *globals = PyFrame_GetGlobals(last->tb_frame);
    PyErr_Clear();
    if (locals && PyDict_Check(locals)) {
        add_names(names, locals);
    } else if (locals) { /* since 3.13 a view */
        AUTO_REF PyObject *copy = PyMapping_Keys(locals);
        for (Py_ssize_t i = 0; copy && i < PyList_GET_SIZE(copy); i++)
            PyList_Append(names, PyList_GET_ITEM(copy, i));
    }
    add_names(names, globals);
    add_names(names, PyEval_GetBuiltins());
    PyErr_Clear();
}

static PyObject *field(PyObject *exception, const char *name)
{
    PyObject *value = PyObject_GetAttrString(exception, name);

    PyErr_Clear();
    if (value == Py_None)
        Py_CLEAR(value);
    return value;
}

/* "Did you forget to import 'sys'?" */
static bool is_standard_module(PyObject *name)
{
    PyObject *names = PySys_GetObject("stdlib_module_names"); /* borrowed */
    bool found = names && PySet_Contains(names, name) == 1;

    PyErr_Clear();
    return found;
}

PyObject *suggestion_for(PyObject *exception)
{
    bool is_name = Py_IS_TYPE(exception, (PyTypeObject *)PyExc_NameError) ||
                   Py_IS_TYPE(exception, (PyTypeObject *)PyExc_UnboundLocalError);
    bool is_attribute = Py_IS_TYPE(exception, (PyTypeObject *)PyExc_AttributeError);
    bool is_import = Py_IS_TYPE(exception, (PyTypeObject *)PyExc_ImportError);

    if (!is_name && !is_attribute && !is_import)
        return NULL;
    AUTO_REF PyObject *wanted = field(exception, is_import ? "name_from" : "name");
    AUTO_REF PyObject *names = PyList_New(0);
    AUTO_REF PyObject *object = NULL;
    const char *text = wanted && PyUnicode_CheckExact(wanted) ? PyUnicode_AsUTF8(wanted) : NULL;
    if (!text || !names)
        return PyErr_Clear(), NULL;
    if (is_name) {
        add_visible(names, exception);
    } else if (is_attribute) {
        object = field(exception, "obj");
    } else { /* a module that is loaded: its names */
        AUTO_REF PyObject *module = field(exception, "name");
        object = module ? PyDict_GetItemWithError(PyImport_GetModuleDict(), module) : NULL;
        Py_XINCREF(object);
    }
    if (object) {
        AUTO_REF PyObject *lying = PyDict_New();
        if (lying)
            static_names(object, false, lying);
        add_names(names, lying);
    }
    PyErr_Clear();
    PyObject *meant = nearest_suggested(names, text); /* borrowed */
    if (meant)
        return PyUnicode_FromFormat("Did you mean: '%U'?", meant);
    return is_name && is_standard_module(wanted)
               ? PyUnicode_FromFormat("Did you forget to import '%U'?", wanted)
               : NULL;
}
