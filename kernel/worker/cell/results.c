/* history: what a session remembers in the user's namespace: In, Out, _, __, ___, _N, _i, _ii,
 * _iii, _iN. */
#include "kernel/worker/inside.h"

#include <stdlib.h>

struct history {
    PyObject *in;       /* owned list of sources; In[0] is '' */
    PyObject *out;      /* owned dict: count -> value */
    PyObject *last[3];  /* owned: what we put into _, __ and ___ */
    PyObject *typed[3]; /* owned: _i, _ii, _iii, the cells before the one that runs */
    PyObject *running;  /* owned: its source, '' before the first */
    PyObject *nothing;  /* owned: '', for cells that were not remembered */
};

static const char *const result_names[] = {"_", "__", "___"};
static const char *const source_names[] = {"_i", "_ii", "_iii"};

bool history_init(struct worker *self)
{
    struct history *history = self->history = calloc(1, sizeof *history);

    if (!history)
        return PyErr_NoMemory() != NULL;
    history->in = Py_BuildValue("[s]", "");
    history->out = PyDict_New();
    history->running = PyUnicode_New(0, 0);
    history->nothing = PyUnicode_New(0, 0);
    for (int i = 0; i < 3; i++) {
        history->last[i] = PyUnicode_New(0, 0);
        history->typed[i] = PyUnicode_New(0, 0);
        if (!history->last[i] ||
            PyDict_SetItemString(self->globals, result_names[i], history->last[i]) < 0 ||
            PyDict_SetItemString(self->globals, source_names[i], history->typed[i]) < 0)
            return false;
    }
    return history->in && history->out && history->running && history->nothing &&
           PyDict_SetItemString(self->globals, "In", history->in) == 0 &&
           PyDict_SetItemString(self->globals, "_ih", history->in) == 0 &&
           PyDict_SetItemString(self->globals, "Out", history->out) == 0 &&
           PyDict_SetItemString(self->globals, "_oh", history->out) == 0;
}

static bool set_numbered(struct worker *self, const char *format, int count, PyObject *value)
{
    char name[24];

    snprintf(name, sizeof name, format, count);
    return PyDict_SetItemString(self->globals, name, value) == 0;
}

/* In[count] = source: cells of subshells may begin before one with a lower number. */
static bool set_input(struct history *history, int count, PyObject *source)
{
    while (PyList_GET_SIZE(history->in) <= count)
        if (PyList_Append(history->in, history->nothing) < 0)
            return false;
    return PyList_SetItem(history->in, count, Py_NewRef(source)) == 0;
}

bool history_begin(struct worker *self, int count, PyObject *source)
{
    struct history *history = self->history;

    if (!set_input(history, count, source))
        return false;
    for (int i = 2; i > 0; i--)
        Py_XSETREF(history->typed[i], Py_NewRef(history->typed[i - 1]));
    Py_XSETREF(history->typed[0], Py_NewRef(history->running));
    Py_XSETREF(history->running, Py_NewRef(source));
    for (int i = 0; i < 3; i++)
        if (PyDict_SetItemString(self->globals, source_names[i], history->typed[i]) < 0)
            return false;
    return set_numbered(self, "_i%d", count, source);
}

/* `_` is left alone once the user has put something of their own there (gettext). */
static bool shift_results(struct worker *self, PyObject *value)
{
    struct history *history = self->history;

    for (int i = 0; i < 3; i++) {
        PyObject *there = PyDict_GetItemString(self->globals, result_names[i]); /* borrowed */
        if (there && there != history->last[i])
            return true;
    }
    for (int i = 2; i > 0; i--)
        Py_XSETREF(history->last[i], Py_NewRef(history->last[i - 1]));
    Py_XSETREF(history->last[0], Py_NewRef(value));
    for (int i = 0; i < 3; i++)
        if (PyDict_SetItemString(self->globals, result_names[i], history->last[i]) < 0)
            return false;
    return true;
}

bool history_forget(struct worker *self, PyObject *value)
{
    struct history *history = self->history;

    for (int i = 0; i < 3; i++) {
        if (value && history->last[i] != value)
            continue;
        Py_SETREF(history->last[i], Py_NewRef(value ? Py_None : history->nothing));
        if (PyDict_SetItemString(self->globals, result_names[i], history->last[i]) < 0)
            return false;
    }
    return true;
}

bool history_result(struct worker *self, int count, PyObject *value)
{
    AUTO_REF PyObject *number = PyLong_FromLong(count);

    return number && shift_results(self, value) &&
           PyDict_SetItem(self->history->out, number, value) == 0 &&
           set_numbered(self, "_%d", count, value);
}
