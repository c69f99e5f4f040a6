#include "sandbox/owners/others.h"

#include <string.h>

#include "sandbox/owners/owners.h"

struct others others;
static PyObject *protected_modules, *protected_meta_path, *protected_path_hooks,
    *protected_builtins, *protected_cache;

bool others_is_protected(PyObject *object)
{
    return object && (object == protected_modules || object == protected_meta_path ||
                      object == protected_path_hooks || object == protected_builtins ||
                      object == protected_cache);
}

/* The namespaces of loaded modules, by address; made again when modules came or went. */
enum { NAMESPACES = 8192 };
static PyObject *namespaces[NAMESPACES]; /* borrowed: only compared */

static PyObject **namespace_slot(const PyObject *dict)
{
    size_t at = (((uintptr_t)dict >> 4) * 0x9E3779B97F4A7C15u >> 51) % NAMESPACES;

    while (namespaces[at] && namespaces[at] != dict)
        at = (at + 1) % NAMESPACES;
    return &namespaces[at];
}

static void add_bit(const PyObject *object)
{
    unsigned bit = others_bit(object);

    others.bits[bit / 64] |= 1ULL << (bit % 64);
}

static void find_namespaces(void)
{
    PyObject *key, *module;
    Py_ssize_t at = 0, most = NAMESPACES / 2;

    memset(namespaces, 0, sizeof namespaces);
    while (PyDict_Next(protected_modules, &at, &key, &module) && most-- > 0)
        if (PyModule_Check(module) && !installed_is_own(key)) {
            *namespace_slot(PyModule_GetDict(module)) = PyModule_GetDict(module);
            add_bit(PyModule_GetDict(module));
        }
}

static void find_others(void)
{
    PyObject *const single[] = {protected_modules, protected_meta_path, protected_path_hooks,
                                protected_builtins, protected_cache};

    memset(others.bits, 0, sizeof others.bits);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        add_bit(single[i]);
    find_namespaces();
    shared_find(protected_modules, add_bit);
    if (!registries_find(add_bit))
        PyErr_Clear();
    others.made_for = libraries_version();
}

void others_forget(void)
{
    others.made_for = -1;
}

void others_renew(void)
{
    if (others.made_for != libraries_version())
        find_others();
}

/* That of the very code that runs, which was compiled for the sandbox: a module in a folder that it
 * may write to, at work on its own names. */
static bool is_running_namespace(const struct sandbox *sandbox, PyObject *object)
{
    return frame_running_sandbox() == sandbox && PyEval_GetGlobals() == object;
}

/* The namespace of a module other than the sandbox's own? Writing there overwrites what others
 * use. */
bool others_is_namespace(const struct sandbox *sandbox, PyObject *object)
{
    others_renew();
    return PyDict_CheckExact(object) && object != sandbox->globals &&
           *namespace_slot(object) != NULL && !is_running_namespace(sandbox, object);
}

bool others_has_exactly(const struct sandbox *sandbox, PyObject *object)
{
    return others_is_protected(object) || others_is_namespace(sandbox, object) ||
           shared_is_of_module(sandbox, object) || registries_has(object);
}

bool others_init(void)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    if (!builtins)
        return false;
    protected_modules = libraries_modules.modules;
    protected_builtins = PyModule_GetDict(builtins);
    protected_meta_path = PySys_GetObject("meta_path");
    protected_path_hooks = PySys_GetObject("path_hooks");
    protected_cache = PySys_GetObject("path_importer_cache");
    return true;
}
