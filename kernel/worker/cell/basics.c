/* basics: what each cell finds again, whatever the one before did to it: streams that take what is
 * printed, and the way to the standard library. Runs no Python code. */
#include <string.h>

#include "kernel/worker/inside.h"

static PyObject *streams[2];   /* sys.stdout and sys.stderr as they were at the start */
static PyObject *start, *home; /* sys.path then, a tuple; and the entry of it that has `os` */

static const char *const names[] = {"stdout", "stderr"};

/* sys.path's entry with the standard library; borrowed from `path`, NULL without one. */
static PyObject *home_entry(PyObject *path)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "os"); /* borrowed */
    AUTO_REF PyObject *file = module ? PyObject_GetAttrString(module, "__file__") : NULL;
    const char *text = file && PyUnicode_Check(file) ? PyUnicode_AsUTF8(file) : NULL;
    const char *slash = text ? strrchr(text, '/') : NULL;

    for (Py_ssize_t i = 0; slash && i < PyTuple_GET_SIZE(path); i++) {
        PyObject *entry = PyTuple_GET_ITEM(path, i);
        const char *folder = PyUnicode_CheckExact(entry) ? PyUnicode_AsUTF8(entry) : NULL;
        if (folder && strlen(folder) == (size_t)(slash - text) &&
            memcmp(folder, text, (size_t)(slash - text)) == 0)
            return entry;
    }
    PyErr_Clear();
    return NULL;
}

static bool remember(void)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */

    for (int i = 0; i < 2; i++)
        streams[i] = Py_XNewRef(PySys_GetObject(names[i]));
    start = path && PyList_CheckExact(path) ? PyList_AsTuple(path) : PyTuple_New(0);
    home = start ? Py_XNewRef(home_entry(start)) : NULL;
    return start != NULL;
}

/* None, or a file that was closed: nothing that is printed would be seen again. */
static bool is_gone(PyObject *stream)
{
    if (!stream || stream == Py_None)
        return true;
    if (Py_TYPE(stream)->tp_flags & Py_TPFLAGS_HEAPTYPE &&
        strncmp(Py_TYPE(stream)->tp_name, "_io.", 4) != 0)
        return false; /* its answer would be Python code */
    AUTO_REF PyObject *closed = PyObject_GetAttrString(stream, "closed");
    PyErr_Clear();
    return closed == Py_True;
}

static bool has(PyObject *path, PyObject *entry)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++) {
        PyObject *one = PyList_GET_ITEM(path, i);
        if (PyUnicode_CheckExact(one) && PyUnicode_Compare(one, entry) == 0)
            return true;
    }
    return false;
}

/* What is missing of the way as it was comes last: what a cell put first stays first. */
static bool mend_path(PyObject *path)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(start); i++) {
        PyObject *entry = PyTuple_GET_ITEM(start, i);
        if (PyUnicode_CheckExact(entry) && !has(path, entry) && PyList_Append(path, entry) < 0)
            return false;
    }
    return true;
}

bool basics_are_there(void)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */

    if (!start)
        return remember();
    for (int i = 0; i < 2; i++)
        if (streams[i] && is_gone(PySys_GetObject(names[i])) &&
            PySys_SetObject(names[i], streams[i]) < 0)
            return false;
    if (!path || !PyList_CheckExact(path)) {
        AUTO_REF PyObject *anew = PySequence_List(start);
        return anew && PySys_SetObject("path", anew) == 0;
    }
    return !home || has(path, home) || mend_path(path);
}
