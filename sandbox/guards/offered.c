/* offered: what installed libraries offer to be set in a session. */
#include <string.h>

#include "sandbox/guards/guard_object.h"

/* ---- whose ---- */

/* Is the module of that name, or the package it is in, an installed library's? */
static bool is_librarys(const char *name)
{
    char top[256];
    size_t length = strcspn(name, ".");

    if (strncmp(name, "safepyrun", 9) == 0 || strncmp(name, "_safepyrun", 10) == 0 ||
        length >= sizeof top)
        return false;
    memcpy(top, name, length);
    top[length] = 0;
    const char *const names[] = {name, top}; /* what a package makes itself says no place */
    for (int i = 0; i < 2; i++) {
        PyObject *module = loaded_module(names[i]);
        if (module && PyModule_Check(module) && loaded_is_installed(module))
            return !loaded_is_standard(module);
    }
    return false;
}

/* The module that a class says it is of; "" when it does not say. Static ones bear it in their
 * name. */
static bool class_is_librarys(PyTypeObject *type)
{
    char name[256];
    PyObject *home = type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->tp_dict
                         ? PyDict_GetItemString(type->tp_dict, "__module__") /* borrowed */
                         : NULL;
    const char *text = home ? text_of(home) : NULL, *dot = strrchr(type->tp_name, '.');

    if (text)
        return is_librarys(text);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) && !dot)
        return !loaded_is_interpreters(type); /* PIL's PixelAccess */
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE || (size_t)(dot - type->tp_name) >= sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(dot - type->tp_name), type->tp_name);
    return is_librarys(name);
}

bool offered_is_class(const struct sandbox *sandbox, PyTypeObject *type)
{
    static struct verdicts known;

    if (!gate_is_closed())
        return false;
    if (verdicts_find_type(&known, type, sandbox->run))
        return true;
    if (!class_is_librarys(type))
        return false;
    verdicts_keep_type(&known, type, sandbox->run, NULL);
    return true;
}

/* Does a pack list `attribute` (NULL: any) of this module or class as one that programs set? */
static bool is_listed(PyObject *object, const char *attribute)
{
    char name[256] = "";
    bool proven = true;

    if (PyType_Check(object)
            ? !resolve_type_name((PyTypeObject *)object, name, sizeof name, &proven)
            : snprintf(name, sizeof name, "%s", PyModule_GetName(object)) >= (int)sizeof name)
        return false;
    EACH_FACT (FACT_SETTINGS, row)
        if (proven && strcmp(row->module, name) == 0 &&
            (!attribute || strcmp(row->name, attribute) == 0))
            return true;
    return false;
}

bool offered_is_shared(PyObject *object)
{
    const char *name = gate_is_closed() && PyModule_Check(object) ? PyModule_GetName(object) : NULL;

    PyErr_Clear();
    if (PyType_Check(object))
        return gate_is_closed() &&
               (class_is_librarys((PyTypeObject *)object) || is_listed(object, NULL));
    return name && (is_librarys(name) || is_listed(object, NULL));
}

/* ---- settings ---- */

static bool is_settable(PyObject *member)
{
    if (Py_IS_TYPE(member, &PyMemberDescr_Type))
        return true;
    if (!Py_IS_TYPE(member, &PyProperty_Type)) /* or a descriptor that Python code defines */
        return Py_TYPE(member)->tp_descr_set && Py_TYPE(member)->tp_flags & Py_TPFLAGS_HEAPTYPE;
    AUTO_REF PyObject *setter = PyObject_GetAttrString(member, "fset");
    PyErr_Clear();
    return setter && setter != Py_None;
}

bool offered_has_settings(PyTypeObject *type)
{
    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *name, *member;
        Py_ssize_t at = 0;
        if (!base->tp_dict || !class_is_librarys(base))
            continue;
        if (PyDict_GetItemString(base->tp_dict, "__setattr__") ||
            PyDict_GetItemString(base->tp_dict, "__setitem__"))
            return true;
        while (PyDict_Next(base->tp_dict, &at, &name, &member))
            if (is_settable(member))
                return true;
    }
    return false;
}

static bool is_plain(PyObject *value)
{
    if (PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++)
            if (!is_plain(PyTuple_GET_ITEM(value, i)))
                return false;
        return true;
    }
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) ||
           PyFloat_CheckExact(value) || PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
}

bool offered_is_setting(PyObject *object, PyObject *attribute, PyObject *value)
{
    const char *name = text_of(attribute);

    if (!value || !name || strncmp(name, "__", 2) == 0 || !offered_is_shared(object))
        return false;
    if (is_listed(object, name))
        return true;
    PyObject *kind = interpreter_type_lookup(Py_TYPE(object), attribute); /* borrowed */
    if (PyModule_Check(object) && kind && Py_TYPE(kind)->tp_descr_set)
        return true;
    PyObject *namespace =
        PyModule_Check(object) ? PyModule_GetDict(object) : ((PyTypeObject *)object)->tp_dict;
    PyObject *present = namespace ? PyDict_GetItemWithError(namespace, attribute) : NULL;
    PyErr_Clear();
    return present && is_plain(present) && is_plain(value);
}

/* ---- tables of settings ---- */

/* Plain values, each with a name, as settings are: nothing that anybody looks code up in. */
static bool is_plain_table(PyObject *dict, const char *name)
{
    static const char *const usual[] = {"options", "settings", "config", "defaults"};
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &key, &value))
        if (!PyUnicode_CheckExact(key) || !is_plain(value))
            return false;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return at > 0;
}

/* Folders to look in, words to leave out: a list that programs add to. */
static bool is_plain_list(PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (!is_plain(PyList_GET_ITEM(list, i)))
            return false;
    return PyList_GET_SIZE(list) > 0;
}

/* Does the module show it under a name of its own that is not private? */
static bool shows_table(PyObject *module, PyObject *table)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(PyModule_GetDict(module), &at, &name, &value)) {
        const char *text = value == table ? text_of(name) : NULL;
        if (text && *text != '_' &&
            (PyList_Check(table) ? is_plain_list(table) : is_plain_table(table, text)))
            return true;
    }
    return false;
}

/* A dict or list, also of a class that the library made for it. */
static bool is_table_class(PyTypeObject *type)
{
    return type == &PyDict_Type || type == &PyList_Type ||
           (PyType_HasFeature(type, Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS) &&
            class_is_librarys(type));
}

bool offered_is_table(PyObject *table)
{
    PyObject *key, *module;
    Py_ssize_t at = 0;

    if (!gate_is_closed() || !is_table_class(Py_TYPE(table)))
        return false;
    while (PyDict_Next(PyImport_GetModuleDict(), &at, &key, &module)) {
        const char *name = PyModule_Check(module) ? text_of(key) : NULL;
        if (name && PyModule_GetDict(module) != table && shows_table(module, table))
            return is_librarys(name);
    }
    return false;
}
