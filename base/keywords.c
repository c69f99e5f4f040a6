/* keywords: the keyword arguments of a call, as they are judged. */
#include "base/keywords.h"

static bool are_exact(PyObject *keywords)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(keywords, &at, &key, &value))
        if (!PyUnicode_CheckExact(key))
            return false;
    return true;
}

PyObject *keywords_exact(PyObject *keywords)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (are_exact(keywords))
        return Py_NewRef(keywords);
    AUTO_REF PyObject *exact = PyDict_New();
    while (exact && PyDict_Next(keywords, &at, &key, &value)) {
        if (!PyUnicode_Check(key))
            return PyErr_Format(PyExc_TypeError, "keywords must be strings");
        AUTO_REF PyObject *name = PyUnicode_FromObject(key);
        if (!name || PyDict_SetItem(exact, name, value) < 0)
            return NULL;
    }
    if (exact && PyDict_GET_SIZE(exact) != PyDict_GET_SIZE(keywords))
        return PyErr_Format(PyExc_TypeError, "a keyword argument is given twice");
    return Py_XNewRef(exact);
}

bool keywords_take(PyObject *keywords, PyObject **out)
{
    *out = keywords ? keywords_exact(keywords) : NULL;
    return *out || !keywords;
}

PyObject *keywords_item(PyObject *keywords, const char *name)
{
    AUTO_REF PyObject *key = keywords ? PyUnicode_FromString(name) : NULL;

    return key ? PyDict_GetItemWithError(keywords, key) : NULL;
}

PyObject *keywords_argument(PyObject *arguments, Py_ssize_t position, PyObject *keywords,
                            const char *name)
{
    return PyTuple_GET_SIZE(arguments) > position ? PyTuple_GET_ITEM(arguments, position)
                                                  : keywords_item(keywords, name);
}

PyObject *keywords_with_first(PyObject *arguments, PyObject *first)
{
    AUTO_REF PyObject *head = first ? PyTuple_Pack(1, first) : NULL;
    AUTO_REF PyObject *rest = head ? PyTuple_GetSlice(arguments, 1, PY_SSIZE_T_MAX) : NULL;

    return rest ? PySequence_Concat(head, rest) : NULL;
}

long keywords_number(PyObject *arguments, Py_ssize_t position, long none)
{
    PyObject *value =
        position < PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, position) : Py_None;
    long number = PyLong_Check(value) ? PyLong_AsLong(value) : none;

    PyErr_Clear();
    return number;
}
