/* sources: the text of every cell, for tracebacks and, through linecache, for inspect, pdb and
 * warnings. linecache is not imported for it; it is filled when somebody else does. */
#include "inside.h"

static PyObject *texts; /* filename -> source; the process's, as linecache is */

static PyObject *split_lines(PyObject *source)
{
    AUTO_OBJECT lines = PyUnicode_Splitlines(source, 1);
    Py_ssize_t count = lines ? PyList_GET_SIZE(lines) : 0;

    if (!lines)
        return NULL;
    if (count > 0) { /* linecache's lines all end in a newline */
        PyObject *last = PyList_GET_ITEM(lines, count - 1);
        Py_ssize_t length = PyUnicode_GET_LENGTH(last);
        if (length == 0 || PyUnicode_READ_CHAR(last, length - 1) != '\n') {
            PyObject *whole = PyUnicode_FromFormat("%U\n", last);
            if (!whole || PyList_SetItem(lines, count - 1, whole) < 0)
                return NULL;
        }
    }
    return Py_NewRef(lines);
}

static bool cache_fill(PyObject *cache, PyObject *filename, PyObject *source)
{
    AUTO_OBJECT lines = split_lines(source);
    AUTO_OBJECT entry =
        lines ? Py_BuildValue("(nOOO)", PyUnicode_GET_LENGTH(source), Py_None, lines, filename)
              : NULL;

    return entry && PyObject_SetItem(cache, filename, entry) == 0;
}

/* linecache.cache when linecache is imported; new reference or NULL without exception. */
static PyObject *linecache_cache(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyDict_GetItemString(modules, "linecache");
    PyObject *cache = module ? PyObject_GetAttrString(module, "cache") : NULL;

    if (!cache)
        PyErr_Clear();
    return cache;
}

bool sources_add(PyObject *filename, PyObject *source)
{
    AUTO_OBJECT cache = linecache_cache();

    if (PyDict_SetItem(texts, filename, source) < 0)
        return false;
    return !cache || cache_fill(cache, filename, source);
}

bool sources_know(PyObject *filename)
{
    return PyDict_Contains(texts, filename) == 1;
}

PyObject *sources_line(PyObject *filename, int lineno)
{
    PyObject *source = PyDict_GetItem(texts, filename);
    Py_ssize_t length = source ? PyUnicode_GET_LENGTH(source) : 0, start = 0;

    for (int line = 1; source && start < length; line++) {
        Py_ssize_t end = PyUnicode_FindChar(source, '\n', start, length, 1);

        if (end < 0)
            end = length;
        if (line == lineno)
            return PyUnicode_Substring(source, start, end);
        start = end + 1;
    }
    return NULL;
}

static bool fill_all(PyObject *module)
{
    AUTO_OBJECT cache = PyObject_GetAttrString(module, "cache");
    PyObject *filename, *source;
    Py_ssize_t position = 0;

    while (cache && PyDict_Next(texts, &position, &filename, &source))
        if (!cache_fill(cache, filename, source))
            return false;
    return cache != NULL;
}

bool sources_install(void)
{
    texts = PyDict_New();
    return texts && import_after("linecache", fill_all);
}
