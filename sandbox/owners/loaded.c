#include "sandbox/owners/loaded.h"

#include "sandbox/owners/installed.h"

#include <string.h>

static PyObject *imported(const char *name, size_t size)
{
    PyObject *key = PyUnicode_FromStringAndSize(name, (Py_ssize_t)size);
    PyObject *module = key ? PyDict_GetItemWithError(PyImport_GetModuleDict(), key) : NULL;

    Py_XDECREF(key);
    PyErr_Clear();
    return module && PyModule_Check(module) ? module : NULL;
}

/* os has imported _collections_abc, which calls itself collections.abc, long before somebody
 * imports collections. */
PyObject *loaded_find(const char *name, size_t size)
{
    static const char given[] = "collections.abc", own[] = "_collections_abc";
    PyObject *module = imported(name, size);

    if (!module && size == strlen(given) && memcmp(name, given, size) == 0)
        return imported(own, strlen(own));
    return module;
}

PyObject *loaded_module(const char *name)
{
    return loaded_find(name, strlen(name));
}

PyObject *loaded_member(const char *module, const char *name)
{
    PyObject *found = loaded_module(module);
    AUTO_REF PyObject *key = found ? PyUnicode_FromString(name) : NULL;
    PyObject *member = key ? PyDict_GetItemWithError(PyModule_GetDict(found), key) : NULL;

    if (found && !member)
        PyErr_Clear();
    return member;
}

PyObject *loaded_function(const char *module, const char *type_name, const char *name)
{
    PyObject *type = type_name ? loaded_member(module, type_name) : NULL;
    PyObject *own = type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_dict : NULL;
    PyObject *found = own          ? PyDict_GetItemString(own, name)
                      : !type_name ? loaded_member(module, name)
                                   : NULL;

    return found && PyFunction_Check(found) ? found : NULL;
}

bool loaded_is_namespace(PyObject *namespace, const char *module)
{
    PyObject *found = namespace ? loaded_module(module) : NULL;

    return found && namespace == PyModule_GetDict(found);
}

/* Is the module installed, not the user's own? Those of the interpreter have no file. */
bool loaded_is_installed(PyObject *module)
{
    PyObject *namespace = PyModule_GetDict(module);
    PyObject *file = PyDict_GetItemString(namespace, "__file__"),
             *name = PyDict_GetItemString(namespace, "__name__");
    const char *path = text_of(file);

    if (path && installed_path(path))
        return true;
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    return !path && standard && name && PyUnicode_Check(name) &&
           PySet_Contains(standard, name) == 1;
}

bool loaded_same_library(const char *left, const char *right)
{
    size_t size = strcspn(left, ".");

    return size == strcspn(right, ".") && memcmp(left, right, size) == 0;
}

bool loaded_is_standard(PyObject *module)
{
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    const char *name = text_of(PyDict_GetItemString(PyModule_GetDict(module), "__name__"));
    AUTO_REF PyObject *top =
        name ? PyUnicode_FromStringAndSize(name, (Py_ssize_t)strcspn(name, ".")) : NULL;
    bool found = standard && top && PySet_Contains(standard, top) == 1;

    PyErr_Clear();
    return found;
}
