/* nearest: what a misspelt name may have been meant for. */
#include "sandbox/list/nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

PyObject *nearest_suggested(PyObject *names, const char *wanted)
{
    PyObject *best = NULL;
    int least = 1000;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *each = PyList_GET_ITEM(names, i);
        const char *name = PyUnicode_Check(each) ? PyUnicode_AsUTF8(each) : NULL;
        if (!name)
            PyErr_Clear();
        if (!name || strcmp(name, wanted) == 0 || (name[0] == '_' && wanted[0] != '_'))
            continue;
        int limit = (int)(strlen(name) + strlen(wanted) + 3) / 6;
        int away = edit_distance(wanted, name, limit);
        if (away <= limit && away < least) {
            least = away;
            best = each;
        }
    }
    return best;
}
