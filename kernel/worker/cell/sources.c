/* sources: the text of every cell, for tracebacks and, through linecache, for inspect, pdb and
 * warnings. linecache is not imported for it; it is filled when somebody else does. */
#include "kernel/worker/inside.h"

static PyObject *texts; /* filename -> source; the process's, as linecache is */
static PyObject
    *rewritten; /* filename -> set of the numbers of lines that run as something else (magics) */

static PyObject *split_lines(PyObject *source)
{
    AUTO_REF PyObject *lines = PyUnicode_Splitlines(source, 1);
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
    AUTO_REF PyObject *lines = split_lines(source);
    AUTO_REF PyObject *entry =
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
        error_forget();
    return cache;
}

bool sources_add(PyObject *filename, PyObject *source)
{
    AUTO_REF PyObject *cache = linecache_cache();

    if (PyDict_SetItem(texts, filename, source) < 0)
        return false;
    return !cache || cache_fill(cache, filename, source);
}

/* One line of a cell: what runs when that differs by its indentation alone, else what was typed,
 * and its number goes into `magics`. */
static PyObject *line_shown(PyObject *typed, PyObject *runs, Py_ssize_t number, PyObject *magics)
{
    int same = PyObject_RichCompareBool(typed, runs, Py_EQ);
    AUTO_REF PyObject *bare = same == 0 ? PyObject_CallMethod(typed, "lstrip", NULL) : NULL;
    AUTO_REF PyObject *bare_runs = bare ? PyObject_CallMethod(runs, "lstrip", NULL) : NULL;

    if (same == 0 && bare_runs)
        same = PyObject_RichCompareBool(bare, bare_runs, Py_EQ);
    if (same < 0 || PyErr_Occurred())
        return NULL;
    if (same)
        return Py_NewRef(runs);
    AUTO_REF PyObject *lineno = PyLong_FromSsize_t(number);
    return lineno && PySet_Add(magics, lineno) == 0 ? Py_NewRef(typed) : NULL;
}

bool sources_transformed(PyObject *filename, PyObject *source, PyObject *python)
{
    if (python == source || PyDict_GetItem(texts, filename) != source)
        return true;
    AUTO_REF PyObject *typed = PyUnicode_Splitlines(source, 1);
    AUTO_REF PyObject *runs = PyUnicode_Splitlines(python, 1);
    AUTO_REF PyObject *magics = PySet_New(NULL);
    AUTO_REF PyObject *empty = PyUnicode_New(0, 0);

    if (!typed || !runs || !magics || !empty)
        return false;
    Py_ssize_t count = PyList_GET_SIZE(typed);
    if (count > PyList_GET_SIZE(runs))
        count = PyList_GET_SIZE(runs);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *line =
            line_shown(PyList_GET_ITEM(typed, i), PyList_GET_ITEM(runs, i), i + 1, magics);
        if (!line || PyList_SetItem(typed, i, line) < 0)
            return false;
    }
    AUTO_REF PyObject *shown = PyUnicode_Join(empty, typed);
    return shown && PyDict_SetItem(rewritten, filename, magics) == 0 &&
           sources_add(filename, shown);
}

bool sources_rewritten(PyObject *filename, int lineno)
{
    PyObject *magics = PyDict_GetItem(rewritten, filename);
    AUTO_REF PyObject *number = magics ? PyLong_FromLong(lineno) : NULL;

    return number && PySet_Contains(magics, number) == 1;
}

PyObject *sources_all(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyDict_Copy(texts);
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
    AUTO_REF PyObject *cache = PyObject_GetAttrString(module, "cache");
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
    rewritten = PyDict_New();
    return texts && rewritten && import_after("linecache", fill_all);
}
