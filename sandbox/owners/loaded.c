/* loaded: what many rules ask of the modules that are loaded. */
#include "sandbox/owners/loaded.h"

#include <link.h>
#include <string.h>

#include "sandbox/owners/installed.h"

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

const char *loaded_said_module(PyObject *object)
{
    if (PyMethod_Check(object))
        object = PyMethod_GET_FUNCTION(object);
    if (PyFunction_Check(object))
        return text_of(PyDict_GetItemString(PyFunction_GET_GLOBALS(object), "__name__"));
    if (PyCFunction_Check(object))
        return text_of(((PyCFunctionObject *)object)->m_module);
    return PyType_Check(object) && ((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE
               ? text_of(PyDict_GetItemString(((PyTypeObject *)object)->tp_dict, "__module__"))
               : NULL;
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

/* "warnings" of "_warnings" and "_py_warnings": the halves of a module. */
static const char *without_half(const char *module)
{
    static const char python[] = "_py_";

    return module +
           (strncmp(module, python, strlen(python)) == 0 ? strlen(python) : *module == '_');
}

bool loaded_same_library(const char *left, const char *right)
{
    left = without_half(left), right = without_half(right);
    size_t size = strcspn(left, ".");

    return size == strcspn(right, ".") && memcmp(left, right, size) == 0;
}

bool loaded_is_standard(PyObject *module)
{
    const char *name = text_of(PyDict_GetItemString(PyModule_GetDict(module), "__name__"));

    return name && loaded_is_standard_name(name);
}

bool loaded_is_standard_name(const char *name)
{
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    AUTO_REF PyObject *top = PyUnicode_FromStringAndSize(name, (Py_ssize_t)strcspn(name, "."));
    bool found = standard && top && PySet_Contains(standard, top) == 1;

    PyErr_Clear();
    return found;
}

/* ---- places in memory ---- */

static bool object_covers(const struct dl_phdr_info *info, const void *address)
{
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            (uintptr_t)address - (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) <
                info->dlpi_phdr[i].p_memsz)
            return true;
    return false;
}

struct place {
    const void *address;
    bool is_interpreters;
};

static int look_at_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct place *place = context;

    (void)size;
    if (!object_covers(info, place->address))
        return 0;
    /* The program itself is no extension module: where it is linked with libpython, it has copies
     * of some of its types. */
    place->is_interpreters = !info->dlpi_name || !*info->dlpi_name ||
                             object_covers(info, &PyType_Type) ||
                             strstr(info->dlpi_name, "/lib-dynload/");
    return 1;
}

bool loaded_is_interpreters(const void *object)
{
    struct place place = {object, false};

    dl_iterate_phdr(look_at_object, &place);
    return place.is_interpreters;
}
