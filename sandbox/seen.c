#include "seen.h"

#include "reference.h"

/* Runs no Python code: a spec that is not importlib's own is not asked. */
static bool is_importing(PyObject *module)
{
    static PyObject *names[2];
    PyObject *importlib = PyDict_GetItemString(PyImport_GetModuleDict(), "_frozen_importlib");
    PyObject *type = importlib && PyModule_Check(importlib)
                         ? PyDict_GetItemString(PyModule_GetDict(importlib), "ModuleSpec")
                         : NULL;

    if (!names[0])
        names[0] = PyUnicode_InternFromString("__spec__");
    if (!names[1])
        names[1] = PyUnicode_InternFromString("_initializing");
    PyObject *spec = names[0] && names[1] && PyModule_Check(module)
                         ? PyDict_GetItemWithError(PyModule_GetDict(module), names[0])
                         : NULL;
    AUTO_REF PyObject *value = spec && type && Py_IS_TYPE(spec, (PyTypeObject *)type)
                                   ? PyObject_GetAttr(spec, names[1])
                                   : NULL;
    bool unknown = PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError); /* asked again */

    PyErr_Clear();
    return unknown || value == Py_True;
}

/* Once imported, a module stays so: the next search goes on where the last one found all done. */
static bool any_is_importing(PyObject *modules)
{
    static Py_ssize_t done_until, size;
    PyObject *name, *module;

    if (PyDict_GET_SIZE(modules) < size)
        done_until = 0;
    size = PyDict_GET_SIZE(modules);
    for (Py_ssize_t at = done_until; PyDict_Next(modules, &at, &name, &module); done_until = at)
        if (is_importing(module))
            return true;
    return false;
}

bool seen_modules_came(Py_ssize_t *seen)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */

    if (*seen == PyDict_GET_SIZE(modules))
        return false;
    *seen = any_is_importing(modules) ? SEEN_NONE : PyDict_GET_SIZE(modules);
    return true;
}
