#include "belongings.h"

#include <string.h>

enum { SLOTS = 1 << 17 };
static PyObject *slots[SLOTS]; /* borrowed: only compared, and looked up again before they count; process-wide */

static PyObject **slot_of(const PyObject *container)
{
    size_t at = (((uintptr_t)container >> 4) * 0x9E3779B97F4A7C15u >> 47) % SLOTS;

    while (slots[at] && slots[at] != container)
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static bool is_container(PyObject *value)
{
    return PyDict_CheckExact(value) || PyList_CheckExact(value) || PySet_CheckExact(value);
}

/* Do its containers belong to a module? Those of `__main__` are the user's to work with. */
static bool is_owner(PyObject *name, PyObject *module)
{
    return PyModule_Check(module) && !(PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__main__") == 0);
}

/* Static types are the interpreter's and C libraries' own: `own` lists none of which modules keep instances. */
static bool is_instance(PyObject *value)
{
    return Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE && !PyType_Check(value);
}

void belongings_find(PyObject *modules, void (*add)(const PyObject *container))
{
    PyObject *name, *module, *key, *value;
    Py_ssize_t at = 0, most = SLOTS / 2;

    memset(slots, 0, sizeof slots);
    while (PyDict_Next(modules, &at, &name, &module)) {
        Py_ssize_t member = 0;
        while (is_owner(name, module) && PyDict_Next(PyModule_GetDict(module), &member, &key, &value))
            if ((is_container(value) || is_instance(value)) && most-- > 0) {
                *slot_of(value) = value;
                if (is_container(value))
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

static bool is_given(const struct sandbox *sandbox, PyObject *container)
{
    for (Py_ssize_t i = 0; sandbox->given && i < PyList_GET_SIZE(sandbox->given); i++)
        if (PyList_GET_ITEM(sandbox->given, i) == container)
            return true;
    return false;
}

/* Is it (still) a module's, other than the one that the code itself is of? What else has a name for it does not count: the
 * code gave it that name. */
static bool has_owner(const struct sandbox *sandbox, PyObject *container)
{
    PyObject *name, *module, *running = PyEval_GetGlobals(), *modules = PyImport_GetModuleDict();
    Py_ssize_t at = 0;

    if (container == PySys_GetObject("path") || container == PySys_GetObject("argv") || is_given(sandbox, container))
        return false;
    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *namespace = is_owner(name, module) ? PyModule_GetDict(module) : NULL;
        if (namespace && namespace != sandbox->globals && namespace != running && has_value(namespace, container))
            return true;
    }
    return false;
}

PyObject *belongings_given(PyObject *globals)
{
    PyObject *key, *value, *given = PyList_New(0);
    Py_ssize_t at = 0;

    while (given && PyDict_Next(globals, &at, &key, &value))
        if ((is_container(value) || is_instance(value)) && Py_REFCNT(value) > 1 && PyList_Append(given, value) < 0)
            Py_CLEAR(given);
    return given;
}

bool belongs_to_module(const struct sandbox *sandbox, PyObject *container)
{
    return is_container(container) && *slot_of(container) && has_owner(sandbox, container);
}

bool instance_belongs_to_module(const struct sandbox *sandbox, PyObject *instance)
{
    return *slot_of(instance) && has_owner(sandbox, instance);
}
