/* permit: a call of the running cell that only a person may permit pauses, and the front asks. Only
 * the main shell's cell, on the main thread, by its own code; the front decides whether somebody
 * can be asked at all, and keeps what was answered. */
#include "kernel/worker/inside.h"

#include <string.h>
#include <time.h>

static bool runs_with_person(struct worker *self)
{
    struct parent *parent = parent_current(self);
    bool there =
        parent && parent->allow_stdin && !parent->over && !parent->silent && parent->shell == 0;

    Py_XDECREF(parent);
    return there;
}

static bool is_there(void *context)
{
    struct worker *self = context;
    PyObject *type, *error, *traceback;

    if (PyThread_get_thread_ident() != self->main_thread || atomic_load(&self->forked) ||
        !self->policy)
        return false;
    PyErr_Fetch(&type, &error, &traceback);
    bool there = PyDict_GetItemString(self->policy, "asks") == Py_True && runs_with_person(self);
    PyErr_Restore(type, error, traceback);
    return there;
}

/* "os.remove in /a" of each row; new list. */
static PyObject *items_of(PyObject *question)
{
    PyObject *about = PyDict_GetItemString(question, "about");
    PyObject *callable = PyDict_GetItemString(question, "callable");
    AUTO_REF PyObject *items = PyList_New(0);

    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(about); i++) {
        PyObject *row = PyList_GET_ITEM(about, i);
        AUTO_REF PyObject *item = PyUnicode_FromFormat(
            "%S %U %U", callable, PyTuple_GET_ITEM(row, 0), PyTuple_GET_ITEM(row, 1));
        if (!item || PyList_Append(items, item) < 0)
            return NULL;
    }
    return Py_XNewRef(items);
}

/* "why: ...", and the line of the cell as it is written. New str; `*source`: that line or None. */
static PyObject *detail_of(PyObject *question, PyObject **source)
{
    PyObject *line = PyDict_GetItemString(question, "line");
    PyObject *file = PyDict_GetItemString(question, "file");
    long number = PyLong_Check(line) ? PyLong_AsLong(line) : 0;
    AUTO_REF PyObject *text =
        number > 0 && PyUnicode_Check(file) ? traceback_source_line(file, (int)number) : NULL;

    error_forget();
    *source = text ? PyObject_CallMethod(text, "strip", NULL) : Py_NewRef(Py_None);
    if (!*source)
        return NULL;
    if (*source == Py_None)
        return PyUnicode_FromFormat("why: %S", PyDict_GetItemString(question, "reason"));
    return PyUnicode_FromFormat("why: %S\n%S, line %ld: %U",
                                PyDict_GetItemString(question, "reason"), file, number, *source);
}

/* The front heard of the interrupt before Python did. */
static int interrupted(void)
{
    static const struct timespec pause = {0, 1000000};

    for (int i = 0; i < 200; i++) {
        if (PyErr_CheckSignals() < 0)
            return -1;
        Py_BEGIN_ALLOW_THREADS nanosleep(&pause, NULL);
        Py_END_ALLOW_THREADS
    }
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return -1;
}

static int ask(void *context, PyObject *question)
{
    struct worker *self = context;
    AUTO_REF PyObject *source = NULL;
    AUTO_REF PyObject *items = items_of(question);
    AUTO_REF PyObject *detail = items ? detail_of(question, &source) : NULL;

    if (!detail || PyDict_SetItemString(question, "source", source) < 0)
        return -1;
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:O,s:O,s:O}", "items", items, "detail", detail, "call", question);
    AUTO_REF PyObject *answer = content ? worker_query(self, "call", content) : NULL;
    if (!answer)
        return -1;
    const char *reason = text_of(PyDict_GetItemString(answer, "reason"));
    if (reason && strcmp(reason, "the question was interrupted") == 0)
        return interrupted();
    return PyDict_GetItemString(answer, "granted") == Py_True;
}

void permit_listen(struct worker *self)
{
    static struct person person = {is_there, ask, NULL};

    person.context = self;
    person_set(&person);
}
