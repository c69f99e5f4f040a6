/* answers: objects that are asked, because their library may be. */
#include "kernel/worker/ask/answers.h"

#include <string.h>

#include "kernel/worker/ask/introspect.h"
#include "sandbox/sandbox.h"

enum { KEYS_MOST = 50000 };

/* The module that a class says it is of; "" when it does not. Borrowed from it. */
static const char *module_of(PyTypeObject *type)
{
    AUTO_REF PyObject *key = PyUnicode_FromString("__module__");
    PyObject *module = key ? interpreter_type_lookup(type, key) : NULL; /* borrowed */
    bool own = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
    const char *text = own && module && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : NULL;

    PyErr_Clear();
    if (!own)
        text = strchr(type->tp_name, '.') ? type->tp_name : "builtins";
    return text ? text : "";
}

bool answer_package(const char *module)
{
    char package[128];

    snprintf(package, sizeof package, "%.*s", (int)strcspn(module, "."), module);
    return packs_say(FACT_ANSWERS, package, NULL);
}

/* May objects of this class be asked? Not where a cell's class is above it: its code would run. */
static bool is_answering(PyTypeObject *type)
{
    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++)
        if (classes_sandbox((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i)))
            return false;
    return answer_package(module_of(type));
}

bool answer_is_asked(PyObject *object)
{
    return is_answering(Py_TYPE(object));
}

/* ---- without a warning ---- */

static PyObject *silence(void)
{
    AUTO_REF PyObject *warnings = PyImport_ImportModule("warnings");
    PyObject *scope = warnings ? PyObject_CallMethod(warnings, "catch_warnings", NULL) : NULL;
    AUTO_REF PyObject *entered = scope ? PyObject_CallMethod(scope, "__enter__", NULL) : NULL;
    AUTO_REF PyObject *done =
        entered ? PyObject_CallMethod(warnings, "simplefilter", "s", "ignore") : NULL;

    PyErr_Clear();
    if (!entered)
        Py_CLEAR(scope);
    return scope;
}

static void silence_end(PyObject *scope)
{
    PyErr_Clear();
    AUTO_REF PyObject *done =
        scope ? PyObject_CallMethod(scope, "__exit__", "OOO", Py_None, Py_None, Py_None) : NULL;
    Py_XDECREF(scope);
    PyErr_Clear();
}

/* What `get` finds of the object; NULL without an exception. New reference. */
static PyObject *answer(PyObject *object, PyObject *key, binaryfunc get)
{
    if (!is_answering(Py_TYPE(object)))
        return NULL;
    PyObject *scope = silence();
    PyObject *value = get(object, key);
    silence_end(scope);
    return value;
}

PyObject *answer_attribute(PyObject *object, PyObject *name)
{
    return answer(object, name, PyObject_GetAttr);
}

PyObject *answer_class_attribute(PyTypeObject *type, PyObject *raw)
{
    descrgetfunc get = Py_TYPE(raw)->tp_descr_get;
    PyObject *value = get && is_answering(type) ? get(raw, NULL, (PyObject *)type) : NULL;

    PyErr_Clear();
    if (value && !PyType_Check(value))
        Py_CLEAR(value);
    return value;
}

PyObject *answer_item(PyObject *object, PyObject *key)
{
    return answer(object, key, PyObject_GetItem);
}

/* ---- keys ---- */

static PyObject *first_of(PyObject *iterable)
{
    /* An index of labels makes a list at once what it would take one by one. */
    AUTO_REF PyObject *whole =
        answer_is_asked(iterable) ? static_library_method(iterable, "tolist") : NULL;
    if (whole && PyObject_Size(iterable) <= KEYS_MOST) {
        PyObject *made = PyObject_CallNoArgs(whole);
        if (made && PyList_CheckExact(made))
            return made;
        Py_XDECREF(made);
    }
    PyErr_Clear();
    AUTO_REF PyObject *iterator = PyObject_GetIter(iterable);
    AUTO_REF PyObject *list = iterator ? PyList_New(0) : NULL;

    while (list && PyList_GET_SIZE(list) < KEYS_MOST) {
        AUTO_REF PyObject *key = PyIter_Next(iterator);
        if (!key || PyList_Append(list, key) < 0)
            break;
    }
    PyErr_Clear();
    return Py_XNewRef(list);
}

/* What the library's method `name` of `object` gives, as a list. */
static PyObject *called_keys(PyObject *object, const char *name)
{
    AUTO_REF PyObject *method = static_library_method(object, name);
    AUTO_REF PyObject *keys = method ? PyObject_CallNoArgs(method) : NULL;

    PyErr_Clear();
    return keys ? first_of(keys) : NULL;
}

/* The field names of a structured array. */
static PyObject *field_names(PyObject *object)
{
    AUTO_REF PyObject *dtype_name = PyUnicode_FromString("dtype");
    AUTO_REF PyObject *dtype = dtype_name ? static_attribute(object, dtype_name) : NULL;
    AUTO_REF PyObject *names_name = PyUnicode_FromString("names");
    AUTO_REF PyObject *names = dtype && names_name ? static_attribute(dtype, names_name) : NULL;

    PyErr_Clear();
    return names && PyTuple_CheckExact(names) ? first_of(names) : NULL;
}

/* An indexer, or a grouping, of a table has the table in `obj`, and that its labels in `axes`. */
static PyObject *table_behind(PyObject *object, Py_ssize_t axis)
{
    AUTO_REF PyObject *obj = PyUnicode_FromString("obj");
    AUTO_REF PyObject *table = obj ? answer_attribute(object, obj) : NULL;
    AUTO_REF PyObject *labels = PyUnicode_FromString("axes");
    AUTO_REF PyObject *axes = table && labels ? answer_attribute(table, labels) : NULL;
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    bool grouping = mapping && mapping->mp_length; /* of columns; an indexer has an axis a comma */

    PyErr_Clear();
    if (!axes || !PyList_CheckExact(axes))
        return NULL;
    Py_ssize_t at = !grouping ? axis : PyList_GET_SIZE(axes) - 1;
    return at < PyList_GET_SIZE(axes) ? first_of(PyList_GET_ITEM(axes, at)) : NULL;
}

PyObject *answer_keys(PyObject *object, Py_ssize_t axis)
{
    PyTypeObject *type = Py_TYPE(object);

    if (PyDict_Check(object)) { /* what lies there, whatever a subclass says */
        AUTO_REF PyObject *keys = axis == 0 ? PyDict_Keys(object) : NULL;
        return Py_XNewRef(keys);
    }
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object) || PyUnicode_Check(object))
        return NULL;
    PyObject *keys = axis == 0 ? called_keys(object, "_ipython_key_completions_") : NULL;
    if (!keys && axis == 0)
        keys = field_names(object);
    if (!keys && axis == 0 && is_answering(type))
        keys = called_keys(object, "keys");
    return keys ? keys : table_behind(object, axis);
}

/* ---- annotations ---- */

/* "pd.DataFrame", looked up where the function is; borrowed steps, new reference. */
static PyObject *named_class(PyFunctionObject *function, const char *text)
{
    PyObject *value = NULL;

    while (*text) {
        size_t size = strcspn(text, ".");
        AUTO_REF PyObject *name = PyUnicode_FromStringAndSize(text, (Py_ssize_t)size);
        PyObject *next = NULL;
        if (name && !value) {
            next = PyDict_GetItemWithError(function->func_globals, name);
            if (!next && !PyErr_Occurred())
                next = PyDict_GetItemWithError(PyEval_GetBuiltins(), name);
        } else if (name && PyModule_Check(value)) {
            next = PyDict_GetItemWithError(PyModule_GetDict(value), name);
        }
        PyErr_Clear();
        if (!next)
            return NULL;
        value = next;
        text += size + (text[size] == '.');
    }
    return value && PyType_Check(value) ? Py_NewRef(value) : NULL;
}

PyObject *answer_annotated(PyFunctionObject *function, PyObject *type)
{
    PyObject *annotations = PyFunction_GetAnnotations((PyObject *)function);
    PyObject *returns = annotations && PyDict_CheckExact(annotations)
                            ? PyDict_GetItemString(annotations, "return")
                            : NULL;
    char text[200];

    PyErr_Clear();
    if (returns && PyType_Check(returns))
        return Py_NewRef(returns);
    const char *utf8 = returns && PyUnicode_Check(returns) ? PyUnicode_AsUTF8(returns) : NULL;
    PyErr_Clear();
    if (!utf8)
        return NULL;
    size_t size = strcspn(utf8, " [|");
    snprintf(text, sizeof text, "%.*s", (int)size, utf8);
    if (utf8[size + strspn(utf8 + size, " ")] == '|') /* one of several */
        return strcmp(utf8 + size, " | None") == 0 ? named_class(function, text) : NULL;
    if (strcmp(text, "Self") == 0)
        return Py_XNewRef(type);
    return named_class(function, text);
}
