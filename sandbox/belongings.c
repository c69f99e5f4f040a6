#include "belongings.h"

#include <string.h>

enum { SLOTS = 1 << 16 };
static struct slot {
    PyObject *container; /* borrowed: only compared, and looked up again before it counts */
    PyObject *module;    /* borrowed: the first that has it, only compared */
} slots[SLOTS];          /* process-wide */

static struct slot *slot_of(const PyObject *container)
{
    size_t at = (((uintptr_t)container >> 4) * 0x9E3779B97F4A7C15u >> 48) % SLOTS;

    while (slots[at].container && slots[at].container != container)
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

void belongings_find(PyObject *modules, void (*add)(const PyObject *container))
{
    PyObject *name, *module, *key, *value;
    Py_ssize_t at = 0, most = SLOTS / 2;

    memset(slots, 0, sizeof slots);
    while (PyDict_Next(modules, &at, &name, &module)) {
        Py_ssize_t member = 0;
        while (is_owner(name, module) && PyDict_Next(PyModule_GetDict(module), &member, &key, &value))
            if (is_container(value) && !slot_of(value)->container && most-- > 0) {
                *slot_of(value) = (struct slot){value, module};
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

/* Programs change these in passing. */
static bool is_free(PyObject *container)
{
    return container == PySys_GetObject("path") || container == PySys_GetObject("argv");
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

    if (is_free(container) || is_given(sandbox, container))
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
        if (is_container(value) && Py_REFCNT(value) > 1 && PyList_Append(given, value) < 0)
            Py_CLEAR(given);
    return given;
}

bool belongs_to_module(const struct sandbox *sandbox, PyObject *container)
{
    return is_container(container) && slot_of(container)->container && has_owner(sandbox, container);
}

/* Is the module installed, not the user's own? Those of the interpreter have no file. */
static bool is_installed(PyObject *module)
{
    static const char *const folders[] = {"/site-packages/", "/dist-packages/", "/lib/python", "/lib64/python"};
    PyObject *namespace = PyModule_GetDict(module);
    PyObject *file = PyDict_GetItemString(namespace, "__file__"), *name = PyDict_GetItemString(namespace, "__name__");
    const char *path = file && PyUnicode_Check(file) ? PyUnicode_AsUTF8(file) : NULL;

    PyErr_Clear();
    for (size_t i = 0; path && i < sizeof folders / sizeof *folders; i++)
        if (strstr(path, folders[i]))
            return true;
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    return !path && standard && name && PyUnicode_Check(name) && PySet_Contains(standard, name) == 1;
}

bool belongs_to_installed(const struct sandbox *sandbox, PyObject *container)
{
    if (!is_container(container) || !slot_of(container)->container || is_free(container) || is_given(sandbox, container))
        return false;
    PyObject *key, *module, *owner = slot_of(container)->module;
    Py_ssize_t at = 0;
    bool loaded = false;

    while (!loaded && PyDict_Next(PyImport_GetModuleDict(), &at, &key, &module))
        loaded = module == owner;
    return loaded && is_installed(owner) && has_value(PyModule_GetDict(owner), container);
}
