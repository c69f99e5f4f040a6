/* host: the extension module _safepyrun_worker, which the user's own interpreter loads and never
 * leaves:
 *
 *   PYTHON -P -c BOOTSTRAP MODULE --hop FD --ring FD --wake FD [--data DIR]
 *
 * kernel/front/worker_choice.c has the bootstrap. Whatever a plain `python` of the user's is,
 * flags, path, signals and site included, cells have; the kernel adds what it adds to an embedded
 * one. */
#include "base/platform.h"
#include "kernel/worker/process.h"

#include <stdlib.h>
#include <unistd.h>

enum { ARGUMENTS_MOST = 32 };

/* As `python` without arguments has them: [''] and, in orig_argv, the interpreter alone. */
static bool arguments_hide(void)
{
    PyObject *original = PySys_GetObject("orig_argv"); /* borrowed */
    AUTO_REF PyObject *none = Py_BuildValue("[s]", "");
    AUTO_REF PyObject *program =
        original && PyList_Check(original) ? PyList_GetSlice(original, 0, 1) : PyList_New(0);

    return none && program && PySys_SetObject("argv", none) == 0 &&
           PySys_SetObject("orig_argv", program) == 0;
}

/* -P kept the current folder from the start alone: what it says of itself is the user's
 * PYTHONSAFEPATH. */
static bool safe_path_hide(void)
{
    const char *wanted = getenv("PYTHONSAFEPATH");
    PyObject *flags = PySys_GetObject("flags"); /* borrowed */
    AUTO_REF PyObject *names =
        flags ? PyObject_GetAttrString((PyObject *)Py_TYPE(flags), "__match_args__") : NULL;
    AUTO_REF PyObject *name = names ? PyUnicode_FromString("safe_path") : NULL;
    Py_ssize_t index = name ? PySequence_Index(names, name) : -1;

    if (index < 0 || (wanted && *wanted))
        return index >= 0;
    PyObject *before = PyStructSequence_GetItem(flags, index); /* borrowed from `flags` */
    PyStructSequence_SetItem(flags, index, Py_NewRef(Py_False));
    Py_DECREF(before);
    return true;
}

static bool python_take_over(struct worker *self)
{
    (void)self;
    interpreter_hide_frames(); /* of the bootstrap: no caller of a cell, and never returned to */
    return arguments_hide() && safe_path_hide();
}

/* The arguments in C, for the rest of the process's life; their number, -1 with an exception. */
static int arguments_take(PyObject *arguments, char **argv)
{
    int argc = 0;

    argv[argc++] = "safepyrun-worker";
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments) && argc < ARGUMENTS_MOST; i++) {
        AUTO_REF PyObject *bytes = PyUnicode_EncodeFSDefault(PyTuple_GET_ITEM(arguments, i));
        if (!bytes)
            return -1;
        argv[argc] = strdup(PyBytes_AS_STRING(bytes));
        if (!argv[argc++]) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return argc;
}

static PyObject *host_run(PyObject *module, PyObject *arguments)
{
    static char *argv[ARGUMENTS_MOST + 1];
    int argc = arguments_take(arguments, argv);

    (void)module;
    if (argc < 0)
        return NULL;
    int status = process_run(argc, argv, python_take_over);
    fflush(NULL);
    platform_exit(status);
}

static PyMethodDef host_methods[] = {
    {"run", host_run, METH_VARARGS, "run(*arguments): be the kernel's worker; does not return."},
    {0}};
static PyModuleDef_Slot host_slots[] = {{0, NULL}};
static struct PyModuleDef host_definition = {PyModuleDef_HEAD_INIT, .m_name = "_safepyrun_worker",
                                             .m_doc =
                                                 "The worker of the kernel Python (safepyrun).",
                                             .m_methods = host_methods, .m_slots = host_slots};

PyMODINIT_FUNC PyInit__safepyrun_worker(void);
PyMODINIT_FUNC PyInit__safepyrun_worker(void)
{
    return PyModuleDef_Init(&host_definition);
}
