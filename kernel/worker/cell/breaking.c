/* breaking: a cell that swallows its interrupt is ended by the next one: from then on every line of
 * Python that it begins, in a handler too, is interrupted anew, until nothing of it is left. */
#include "kernel/worker/inside.h"

#include <signal.h>
#include <string.h>

static struct {
    atomic_ullong wanted;  /* the request to end; 0: none */
    atomic_ullong running; /* of the main shell; 0: none */
    bool traces;
    pthread_t main_thread; /* set before `running` is */
} breaking;

/* The import system catches nothing for good, and takes back what a failed import did. */
static bool is_import_system(PyFrameObject *frame)
{
    static const char name[] = "<frozen importlib._bootstrap";
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    PyObject *file = ((PyCodeObject *)code)->co_filename; /* borrowed */
    const char *text = PyUnicode_AsUTF8(file);

    if (!text)
        PyErr_Clear();
    return text && strncmp(text, name, strlen(name)) == 0;
}

/* CPython calls it before each line and each call. */
static int interrupt_line(PyObject *unused, PyFrameObject *frame, int event, PyObject *argument)
{
    (void)unused, (void)argument;
    if ((event != PyTrace_LINE && event != PyTrace_CALL) || is_import_system(frame))
        return 0;
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return -1;
}

static void trace(Py_tracefunc function)
{
    struct gate_scope scope;
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    gate_trusted_enter(&scope);
    PyEval_SetTrace(function, NULL);
    gate_trusted_exit(&scope);
    breaking.traces = function != NULL;
    PyErr_Restore(type, error, traceback);
}

/* On the main thread, between two instructions. */
static int begin(void *unused)
{
    unsigned long long wanted = atomic_exchange(&breaking.wanted, 0);

    (void)unused;
    if (!wanted || wanted != atomic_load(&breaking.running))
        return 0;
    trace(interrupt_line);
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return -1;
}

void breaking_want(uint64_t request)
{
    atomic_store(&breaking.wanted, request);
    Py_AddPendingCall(begin, NULL); /* full: an interrupt more will do it */
    /* CPython 3.11 works out here, for this thread, whether the main thread has something to look
     * at, and forgets the signal that came before: one more makes it look. */
    if (request && atomic_load(&breaking.running) == request)
        pthread_kill(breaking.main_thread, SIGINT);
}

void breaking_cell(uint64_t request)
{
    breaking.main_thread = pthread_self();
    atomic_store(&breaking.running, request);
    if (breaking.traces)
        trace(NULL);
}

void breaking_over(void)
{
    if (breaking.traces)
        trace(NULL);
}

void breaking_prefer(void)
{
    PyObject *type, *error, *traceback, *newer, *interrupt, *newer_traceback;

    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        return;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (PyErr_CheckSignals() == 0) {
        PyErr_Restore(type, error, traceback);
        return;
    }
    if (error && traceback)
        PyException_SetTraceback(error, traceback);
    PyErr_Fetch(&newer, &interrupt, &newer_traceback);
    PyErr_NormalizeException(&newer, &interrupt, &newer_traceback);
    if (interrupt && error && interrupt != error)
        PyException_SetContext(interrupt, Py_NewRef(error));
    PyErr_Restore(newer, interrupt, newer_traceback ? newer_traceback : Py_XNewRef(traceback));
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}
