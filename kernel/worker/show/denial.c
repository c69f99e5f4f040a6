/* denial: what a refused cell's traceback says of the refusal, once and in every client, and the
 * metadata beside it that an assistant can act on. */
#include "kernel/worker/inside.h"

static const char *const keys[] = {"kind", "callable", "reason", "remedy"};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

bool denial_is(PyObject *exception)
{
    /* Not a class of the cell's own: its attributes would be the cell's code. */
    return refusal_is(exception);
}

/* The attribute when it is plain text or a number, else None; new reference. */
static PyObject *plain_attribute(PyObject *exception, const char *name)
{
    PyObject *value = PyObject_GetAttrString(exception, name);

    if (value && (PyUnicode_CheckExact(value) || PyLong_CheckExact(value)))
        return value;
    Py_XDECREF(value);
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

PyObject *denial_violations(PyObject *exception)
{
    PyObject *rows = PyObject_GetAttrString(exception, "violations");
    bool plain = rows && PyTuple_CheckExact(rows);

    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(rows); i++) {
        PyObject *row = PyTuple_GET_ITEM(rows, i);
        plain = PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == 4 &&
                PyLong_CheckExact(PyTuple_GET_ITEM(row, 0)) &&
                PyLong_CheckExact(PyTuple_GET_ITEM(row, 1)) &&
                PyUnicode_CheckExact(PyTuple_GET_ITEM(row, 2)) &&
                PyUnicode_CheckExact(PyTuple_GET_ITEM(row, 3));
    }
    if (plain)
        return rows;
    Py_XDECREF(rows);
    PyErr_Clear();
    return PyTuple_New(0);
}

PyObject *denial_metadata(PyObject *exception)
{
    AUTO_REF PyObject *told = PyDict_New();
    AUTO_REF PyObject *line = plain_attribute(exception, "lineno");
    AUTO_REF PyObject *rows = denial_violations(exception);
    AUTO_REF PyObject *violations = rows ? PyList_New(0) : NULL;

    for (int i = 0; told && i < KEY_COUNT; i++) {
        AUTO_REF PyObject *value = plain_attribute(exception, keys[i]);
        if (PyDict_SetItemString(told, keys[i], value) < 0)
            return NULL;
    }
    for (Py_ssize_t i = 0; violations && i < PyTuple_GET_SIZE(rows); i++) {
        PyObject *row = PyTuple_GET_ITEM(rows, i);
        AUTO_REF PyObject *violation =
            Py_BuildValue("{s:O,s:O,s:O,s:O}", "line", PyTuple_GET_ITEM(row, 0), "column",
                          PyTuple_GET_ITEM(row, 1), "name", PyTuple_GET_ITEM(row, 2), "reason",
                          PyTuple_GET_ITEM(row, 3));
        if (!violation || PyList_Append(violations, violation) < 0)
            return NULL;
    }
    if (!told || !violations || PyDict_SetItemString(told, "line", line) < 0 ||
        (PyList_GET_SIZE(violations) && PyDict_SetItemString(told, "violations", violations) < 0))
        return NULL;
    return Py_BuildValue("{s:O}", "safepyrun", told);
}

/* ---- in the traceback ---- */

static bool append(PyObject *lines, struct text *text)
{
    AUTO_REF PyObject *line = text_finish(text);

    return line && PyList_Append(lines, line) == 0;
}

/* The name's place in the line, in characters: behind `column` (bytes), where it is written out. */
static void find_name(PyObject *line, int column, PyObject *name, Py_ssize_t *from, Py_ssize_t *to)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(line);

    *from = traceback_characters(line, column);
    if (*from < 0 || *from > length)
        *from = 0;
    Py_ssize_t at = PyUnicode_Find(line, name, *from, length, 1);
    *from = at >= 0 ? at : *from;
    *to = *from + (at >= 0 ? PyUnicode_GET_LENGTH(name) : 1);
}

/*   Cell In[1], line 2
 *     f.__globals__
 *       ^^^^^^^^^^^
 *     __globals__: why            */
static bool add_violation(PyObject *lines, PyObject *filename, PyObject *violation)
{
    int lineno = (int)PyLong_AsLong(PyTuple_GET_ITEM(violation, 0));
    AUTO_REF PyObject *line = traceback_source_line(filename, lineno);
    AUTO_TEXT text = {0};
    Py_ssize_t from, to, start = 0;

    text_add_string(&text, "  " GREEN);
    text_add_object(&text, filename);
    text_addf(&text, ", line %d" PLAIN "\n", lineno);
    if (line) {
        find_name(line, (int)PyLong_AsLong(PyTuple_GET_ITEM(violation, 1)),
                  PyTuple_GET_ITEM(violation, 2), &from, &to);
        while (start < from && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, start)))
            start++;
        AUTO_REF PyObject *shown = PyUnicode_Substring(line, start, PyUnicode_GET_LENGTH(line));
        text_add_string(&text, "    ");
        text_add_object(&text, shown);
        text_addf(&text, "\n    %*s" RED, (int)(from - start), "");
        for (Py_ssize_t i = from; i < to; i++)
            text_add(&text, "^", 1);
        text_add_string(&text, PLAIN "\n");
    }
    text_add_string(&text, "    ");
    text_add_object(&text, PyTuple_GET_ITEM(violation, 2));
    text_add_string(&text, ": ");
    text_add_object(&text, PyTuple_GET_ITEM(violation, 3));
    return append(lines, &text);
}

/* Code that was refused before it ran: every violation, as a SyntaxError would be shown. */
bool denial_describe(PyObject *lines, PyObject *exception, PyObject *violations)
{
    AUTO_REF PyObject *remedy = plain_attribute(exception, "remedy");
    AUTO_TEXT text = {0};

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(violations); i++)
        if (!add_violation(lines, worker_self->filename, PyTuple_GET_ITEM(violations, i)))
            return false;
    text_add_string(&text, RED "Denied" PLAIN ": nothing of this cell was run");
    if (remedy != Py_None) {
        text_add_string(&text, "; to permit it: ");
        text_add_object(&text, remedy);
    }
    return append(lines, &text);
}

bool denial_describe_remedy(PyObject *lines, PyObject *exception)
{
    AUTO_REF PyObject *remedy = plain_attribute(exception, "remedy");
    AUTO_REF PyObject *said = PyObject_Str(exception);
    AUTO_TEXT text = {0};

    PyErr_Clear();
    if (remedy == Py_None || !PyUnicode_Check(remedy) ||
        (said && PyUnicode_Contains(said, remedy) == 1))
        return true;
    text_add_string(&text, "To permit it: ");
    text_add_object(&text, remedy);
    return append(lines, &text);
}
