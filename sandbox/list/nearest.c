/* nearest: what a misspelt name may have been meant for. */
#include "sandbox/list/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/list/resolve.h"

enum { NAMED_MOST = 3 };

/* Edit distance with transpositions not counted, cut off at `limit`. */
static int edit_distance(const char *a, const char *b, int limit)
{
    size_t columns = strlen(b);
    int row[65];

    if (columns > 64 || strlen(a) > 64 || abs((int)columns - (int)strlen(a)) > limit)
        return limit + 1;
    for (size_t j = 0; j <= columns; j++)
        row[j] = (int)j;
    for (size_t i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= columns; j++) {
            int substitute =
                diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            diagonal = row[j];
            int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = substitute < least ? substitute : least;
        }
    }
    return row[columns];
}

PyObject *nearest_names(PyObject *names, const char *wanted)
{
    size_t size = strlen(wanted);
    int limit = size > 2 ? 2 + (int)(size / 8) : 1;
    AUTO_REF PyObject *near = PyList_New(0);

    for (int away = 0; near && away <= limit; away++)
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names) && PyList_GET_SIZE(near) < NAMED_MOST;
             i++) {
            const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
            if (!name)
                PyErr_Clear(); /* half a surrogate pair */
            else if (edit_distance(wanted, name, limit) == away &&
                     PyList_Append(near, PyList_GET_ITEM(names, i)) < 0)
                return NULL;
        }
    return Py_XNewRef(near);
}

/* Those of `names` (a list of str, stolen, may be NULL) that are nearest to `wanted`: "a, b", or
 * "". New str, NULL without exception. */
static PyObject *near_names(PyObject *names, const char *wanted)
{
    AUTO_REF PyObject *all = names;
    AUTO_REF PyObject *near = all ? nearest_names(all, wanted) : NULL;
    AUTO_REF PyObject *separator = near ? PyUnicode_FromString(", ") : NULL;
    PyObject *text = separator ? PyUnicode_Join(separator, near) : NULL;

    PyErr_Clear();
    return text;
}

/* Modules that could be meant: those of the standard library and those that are loaded. New list or
 * NULL. */
static PyObject *module_names(void)
{
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    PyObject *names = standard ? PySequence_List(standard) : PyList_New(0);
    PyObject *loaded = names ? PyDict_Keys(PyImport_GetModuleDict()) : NULL;

    for (Py_ssize_t i = 0; loaded && i < PyList_GET_SIZE(loaded); i++) {
        PyObject *name = PyList_GET_ITEM(loaded, i);
        bool plain = PyUnicode_Check(name) &&
                     PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) == -1;
        if (plain && PySequence_Contains(names, name) == 0)
            PyList_Append(names, name);
    }
    Py_XDECREF(loaded);
    PyErr_Clear();
    return names;
}

bool nearest_refuse(const char *dotted)
{
    char part[512];
    PyObject *owner = NULL;
    const char *end = dotted + strlen(dotted);

    /* The longest part that is there; then the name behind it is the one that is missing. */
    while (!owner && end > dotted) {
        while (end > dotted && *--end != '.')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)(end - dotted), dotted);
        owner = end > dotted ? resolve_object(part) : NULL;
    }
    const char *missing = owner ? end + 1 : dotted;
    char name[128];
    size_t length = strcspn(missing, ".");
    length = length < sizeof name ? length : sizeof name - 1;
    memcpy(name, missing, length);
    name[length] = '\0';
    PyObject *names = owner ? PyObject_Dir(owner) : module_names();
    AUTO_REF PyObject *wanted = PyUnicode_FromString(name);
    if (owner && names && wanted && !missing[length] && PySequence_Contains(names, wanted) == 1) {
        PyErr_Format(PyExc_LookupError, "%s: it is there, but nothing that could be called",
                     dotted);
        Py_DECREF(names);
        Py_DECREF(owner);
        return false;
    }
    AUTO_REF PyObject *near = near_names(names, name);
    bool any = near && PyUnicode_GET_LENGTH(near);
    PyErr_Format(PyExc_LookupError, "%s: %s%s%s%s%V%s", dotted, owner ? part : "no module",
                 owner ? " has no " : " is called ", name, any ? "; did you mean " : "", near, "",
                 any ? "?" : "");
    Py_XDECREF(owner);
    return false;
}
