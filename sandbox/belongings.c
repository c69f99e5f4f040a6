#include "belongings.h"

#include <string.h>

enum { SLOTS = 1 << 16 };
static PyObject *slots[SLOTS]; /* borrowed: only compared, and looked up again before they count; process-wide */

static PyObject **slot_of(const PyObject *container)
{
    size_t at = (((uintptr_t)container >> 4) * 0x9E3779B97F4A7C15u >> 48) % SLOTS;

    while (slots[at] && slots[at] != container)
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static bool is_container(PyObject *value)
{
    return PyDict_CheckExact(value) || PyList_CheckExact(value) || PySet_CheckExact(value);
}

void belongings_find(PyObject *modules, void (*add)(const PyObject *container))
{
    PyObject *name, *module, *key, *value;
    Py_ssize_t at = 0, most = SLOTS / 2;

    memset(slots, 0, sizeof slots);
    while (PyDict_Next(modules, &at, &name, &module)) {
        Py_ssize_t member = 0;
        while (PyModule_Check(module) && PyDict_Next(PyModule_GetDict(module), &member, &key, &value))
            if (is_container(value) && most-- > 0) {
                *slot_of(value) = value;
                add(value);
            }
    }
}

static bool has_value(PyObject *namespace, PyObject *wanted)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(namespace, &at, &key, &value))
        if (value == wanted)
            return true;
    return false;
}

/* Is it (still) a module's, and not one whose containers are free to change? */
static bool has_owner(const struct sandbox *sandbox, PyObject *container)
{
    PyObject *name, *module, *running = PyEval_GetGlobals(), *modules = PyImport_GetModuleDict();
    Py_ssize_t at = 0;

    if (container == PySys_GetObject("path") || container == PySys_GetObject("argv") ||
        (sandbox->globals && has_value(sandbox->globals, container)) || (running && has_value(running, container)))
        return false;
    while (PyDict_Next(modules, &at, &name, &module))
        if (PyModule_Check(module) && has_value(PyModule_GetDict(module), container))
            return !PyUnicode_Check(name) || PyUnicode_CompareWithASCIIString(name, "__main__") != 0;
    return false;
}

bool belongs_to_module(const struct sandbox *sandbox, PyObject *container)
{
    return is_container(container) && *slot_of(container) && has_owner(sandbox, container);
}
