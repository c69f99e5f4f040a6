/* registries: the containers that classes of installed libraries have as attributes (the members of
 * an enumeration, tables of handlers). */
#include "sandbox/owners/registries.h"

#include "sandbox/owners/shared.h"
#include "sandbox/owners/loaded.h"
#include "sandbox/owners/libraries.h"

static PyObject *homes; /* dict: the same address -> the name of the module that it is of */
static PyObject
    *known; /* dict: address -> the container, which is kept: nothing else gets its address */

static bool add_registry(PyObject *container, PyObject *home)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(container);

    return key && PyDict_SetItem(known, key, container) == 0 &&
           PyDict_SetItem(homes, key, home) == 0;
}

/* An object that everybody shares, such as logging's manager or json's encoder: its own namespace
 * and the dicts in it. Its lists are for programs to change (handlers). */
static bool add_instance(PyObject *object, PyObject *home)
{
    PyTypeObject *type = Py_TYPE(object);
    bool plain = type->tp_flags & Py_TPFLAGS_HEAPTYPE && !PyType_Check(object) &&
                 type->tp_getattro == PyObject_GenericGetAttr;
    AUTO_REF PyObject *own =
        plain && type->tp_dictoffset ? PyObject_GenericGetDict(object, NULL) : NULL;
    PyObject *name, *value;
    Py_ssize_t at = 0;

    if (own && PyDict_CheckExact(own) && !add_registry(own, home))
        return false;
    while (own && PyDict_Next(own, &at, &name, &value))
        if (PyDict_CheckExact(value) && !add_registry(value, home))
            return false;
    PyErr_Clear();
    return true;
}

static bool is_container(PyObject *value)
{
    return shared_is_container(value) || shared_is_special(value);
}

static bool add_class(PyTypeObject *type, PyObject *home, bool standard)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (type->tp_dict && PyDict_Next(type->tp_dict, &at, &name, &value))
        if ((is_container(value) && !add_registry(value, home)) ||
            (standard && !add_instance(value, home)))
            return false;
    return true;
}

/* Defined in that module, not imported into it? */
static bool is_at_home(PyTypeObject *type, PyObject *module_name)
{
    PyObject *home = type->tp_dict && type->tp_flags & Py_TPFLAGS_HEAPTYPE
                         ? PyDict_GetItemString(type->tp_dict, "__module__")
                         : NULL;

    return home && PyUnicode_Check(home) && module_name && PyUnicode_Check(module_name) &&
           PyUnicode_Compare(home, module_name) == 0;
}

static bool add_module(PyObject *module)
{
    PyObject *name, *value, *namespace = PyModule_GetDict(module),
                            *module_name = PyDict_GetItemString(namespace, "__name__");
    PyObject *names = PySys_GetObject("stdlib_module_names"); /* borrowed */
    bool standard = names && module_name && PyUnicode_Check(module_name) &&
                    PySet_Contains(names, module_name) == 1;
    Py_ssize_t at = 0;

    if (!module_name || !loaded_is_installed(module))
        return true;
    while (PyDict_Next(namespace, &at, &name, &value)) {
        bool is_class = PyType_Check(value) && is_at_home((PyTypeObject *)value, module_name);
        if (is_class ? !add_class((PyTypeObject *)value, module_name, standard)
                     : standard && !add_instance(value, module_name))
            return false;
    }
    return true;
}

bool registries_find(void (*add)(const PyObject *container))
{
    static struct libraries_seen seen;
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if ((!known && !(known = PyDict_New())) || (!homes && !(homes = PyDict_New())) ||
        !libraries_each_changed(&seen, add_module))
        return false;
    while (PyDict_Next(known, &at, &key, &value))
        add(value);
    return true;
}

PyObject *registries_home(PyObject *container)
{
    AUTO_REF PyObject *key =
        homes && is_container(container) ? PyLong_FromVoidPtr(container) : NULL;
    PyObject *home = key ? PyDict_GetItemWithError(homes, key) : NULL;

    PyErr_Clear();
    return home;
}

bool registries_has(PyObject *container)
{
    return shared_is_container(container) && registries_home(container);
}
