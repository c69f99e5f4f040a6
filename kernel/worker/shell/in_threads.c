/* in_threads: libraries that would start processes for a cell, and work as well with threads, get
 * these (the packs' `threads`): multiprocessing.dummy has the same names. */
#include "kernel/worker/inside.h"

#include <string.h>

/* A class derives from a thread instead, an object that processes come from is the module itself.
 * Another version of the library may have neither. */
static bool give_threads(PyObject *module, const char *name, PyObject *threads)
{
    AUTO_REF PyObject *there = PyObject_GetAttrString(module, name);

    if (!there) {
        PyErr_Clear();
        return true;
    }
    if (!PyType_Check(there))
        return PyObject_SetAttrString(module, name, threads) == 0;
    AUTO_REF PyObject *thread = PyObject_GetAttrString(threads, "DummyProcess");
    AUTO_REF PyObject *bases = thread ? PyTuple_Pack(1, thread) : NULL;
    return bases && PyObject_SetAttrString(there, "__bases__", bases) == 0;
}

static bool ready(PyObject *module)
{
    const char *name = PyModule_GetName(module);
    AUTO_REF PyObject *threads = name ? PyImport_ImportModule("multiprocessing.dummy") : NULL;

    EACH_FACT (FACT_THREADS, row)
        if (threads && strcmp(row->module, name) == 0 && !give_threads(module, row->name, threads))
            return false;
    return threads != NULL;
}

bool in_threads_install(void)
{
    EACH_FACT (FACT_THREADS, row)
        if (!import_after(row->module, ready))
            return false;
    return true;
}
