/* permit: a call of the running cell that only a person may permit pauses, and the front asks. Only
 * the main shell's cell, on the main thread, by its own code; the front decides whether somebody
 * can be asked at all, and keeps what was answered. Threads that a cell started ask nobody, and go
 * on with what was answered to the main thread. */
#include "kernel/worker/inside.h"

#include <string.h>
#include <time.h>

/* ---- threads ---- */

enum { PERMITTED_ONCE, PERMITTED_LONGER };

static bool is_main_thread(const struct worker *self)
{
    return PyThread_get_thread_ident() == self->main_thread;
}

/* A yes, for the threads that the cell has started or will. An exception is forgotten: they are
 * refused. */
static void keep_answer(struct worker *self, PyObject *answer, PyObject *items)
{
    struct parent *parent = parent_current(self);
    const char *scope = text_of(PyDict_GetItemString(answer, "scope"));
    bool longer = scope && strcmp(scope, "once") != 0;

    if (parent && self->permitted_request != parent->request) {
        Py_CLEAR(self->permitted[PERMITTED_ONCE]);
        self->permitted_request = parent->request;
    }
    Py_XDECREF(parent);
    PyObject **list = &self->permitted[longer ? PERMITTED_LONGER : PERMITTED_ONCE];
    if (!*list)
        *list = PyList_New(0);
    Py_ssize_t end = *list ? PyList_GET_SIZE(*list) : 0;
    if (*list)
        PyList_SetSlice(*list, end, end, items);
    PyErr_Clear();
}

/* "open in /a" covers "open in /a/b". */
static bool covers(PyObject *kept, PyObject *wanted)
{
    const char *outer = text_of(kept), *inner = text_of(wanted);
    size_t size = outer ? strlen(outer) : 0;

    return outer && inner && strncmp(outer, inner, size) == 0 &&
           (!inner[size] || (inner[size] == '/' && strstr(outer, " in /")));
}

static bool list_covers(PyObject *list, PyObject *wanted)
{
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++)
        if (covers(PyList_GET_ITEM(list, i), wanted))
            return true;
    return false;
}

static bool is_permitted(struct worker *self, PyObject *items)
{
    struct parent *parent = parent_current(self);
    bool same = parent && parent->request == self->permitted_request;

    Py_XDECREF(parent);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *wanted = PyList_GET_ITEM(items, i);
        if (!list_covers(self->permitted[PERMITTED_LONGER], wanted) &&
            !(same && list_covers(self->permitted[PERMITTED_ONCE], wanted)))
            return false;
    }
    return PyList_GET_SIZE(items) > 0;
}

/* ---- the question ---- */

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

    bool knows = self->permitted[PERMITTED_ONCE] || self->permitted[PERMITTED_LONGER];
    if ((!is_main_thread(self) && !knows) || atomic_load(&self->forked) || !self->policy)
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
    if (items && !is_main_thread(self))
        return is_permitted(self, items);
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
    bool granted = PyDict_GetItemString(answer, "granted") == Py_True;
    if (granted)
        keep_answer(self, answer, items);
    return granted;
}

void permit_listen(struct worker *self)
{
    static struct person person = {is_there, ask, NULL};

    person.context = self;
    person_set(&person);
}
