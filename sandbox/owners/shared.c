/* shared: the dicts, lists, sets and instances that modules keep under a name of theirs (caches,
 * registries, __path__): whoever changes one changes what all of the program uses. */
#include "sandbox/owners/shared.h"

#include <stdlib.h>

#include "sandbox/owners/owners.h"

static struct slot {
    PyObject *container; /* borrowed: only compared, and looked up again before it counts */
    PyObject *module;    /* borrowed: the first that has it, only compared */
} * slots;               /* process-wide, 2 ** slot_bits of them; NULL before the first list */
static unsigned slot_bits;

static struct slot *slot_of(const PyObject *container)
{
    size_t most = ((size_t)1 << slot_bits) - 1,
           at = ((uintptr_t)container >> 4) * 0x9E3779B97F4A7C15u >> (64 - slot_bits);

    while (slots[at].container && slots[at].container != container)
        at = (at + 1) & most;
    return &slots[at];
}

static bool is_listed(const PyObject *container)
{
    return slots && slot_of(container)->container;
}

/* Classes whose instances are changed by the methods of containers, by where they are: a class that
 * only has such a name is not one of them. */
enum { NAMESPACE, DEQUE, SPECIAL_COUNT = 9 };
static struct special {
    const char *module, *name;
    PyObject *class; /* process-wide; NULL until its module is loaded */
} specials[SPECIAL_COUNT] = {[NAMESPACE] = {"types", "SimpleNamespace", NULL},
                             [DEQUE] = {"_collections", "deque", NULL},
                             {"array", "array", NULL},
                             {"_weakrefset", "WeakSet", NULL},
                             {"weakref", "WeakKeyDictionary", NULL},
                             {"weakref", "WeakValueDictionary", NULL},
                             {"collections", "ChainMap", NULL},
                             {"collections", "UserDict", NULL},
                             {"collections", "UserList", NULL}};

static void find_specials(PyObject *modules)
{
    for (struct special *at = specials; at < specials + SPECIAL_COUNT; at++) {
        PyObject *module = at->class ? NULL : PyDict_GetItemString(modules, at->module);
        PyObject *class = module && PyModule_Check(module)
                              ? PyDict_GetItemString(PyModule_GetDict(module), at->name)
                              : NULL;
        if (class && PyType_Check(class))
            at->class = Py_NewRef(class);
    }
}

static bool is_special(PyObject *value, int which)
{
    return (PyObject *)Py_TYPE(value) == specials[which].class;
}

bool shared_is_special_class(PyTypeObject *type)
{
    if (type == &PyDict_Type || type == &PyList_Type || type == &PySet_Type)
        return false;
    if (PyType_HasFeature(type, Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS) ||
        PyType_IsSubtype(type, &PySet_Type) || PyType_IsSubtype(type, &PyByteArray_Type))
        return true;
    for (int i = DEQUE; i < SPECIAL_COUNT; i++)
        if (specials[i].class && PyType_IsSubtype(type, (PyTypeObject *)specials[i].class))
            return true;
    return false;
}

/* Do its containers belong to a module? Those of `__main__`, and of the
 * person's own modules, are the user's to work with. */
static bool is_owner(PyObject *name, PyObject *module)
{
    return PyModule_Check(module) && !installed_is_own(name) &&
           !(PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__main__") == 0);
}

/* Of static types few are such that `own` lists them and modules keep instances (collections',
 * sys.implementation's). */
static bool is_instance(PyObject *value)
{
    if (!(Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return PyDict_Check(value) || PyByteArray_CheckExact(value) || is_special(value, DEQUE) ||
               is_special(value, NAMESPACE);
    return !PyType_Check(value);
}

/* Calls `visit` for each, until it has been called `most` times. How many there are. */
static size_t for_each(PyObject *modules, size_t most,
                       void (*visit)(PyObject *module, PyObject *value))
{
    PyObject *name, *module, *key, *value;
    Py_ssize_t at = 0;
    size_t count = 0;

    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *namespace = is_owner(name, module) ? PyModule_GetDict(module) : NULL;
        Py_ssize_t member = 0;
        while (namespace && PyDict_Next(namespace, &member, &key, &value))
            if (shared_is_container(value) || is_instance(value)) {
                if (count < most)
                    visit(module, value);
                count++;
            }
    }
    return count;
}

static void (*add_container)(const PyObject *container);

static void list_one(PyObject *module, PyObject *value)
{
    if (is_listed(value))
        return;
    *slot_of(value) = (struct slot){value, module};
    if (shared_is_container(value) || shared_is_special(value))
        add_container(value);
}

void shared_find(PyObject *modules, void (*add)(const PyObject *container))
{
    unsigned bits = slot_bits > 10 ? slot_bits : 10;

    find_specials(modules);
    add_container = add;
    for (;;) {
        size_t most = (size_t)1 << (bits - 1); /* no more than half full */
        struct slot *fresh = calloc(2 * most, sizeof *fresh);
        if (!fresh)
            return; /* the old list is better than none */
        free(slots);
        slots = fresh;
        slot_bits = bits;
        size_t count = for_each(modules, most, list_one);
        if (count <= most)
            return;
        while ((size_t)1 << bits < 2 * count)
            bits++;
    }
}

bool shared_names(PyObject *namespace, PyObject *wanted)
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

/* Is it (still) a module's, other than the one that the code itself is of? What else has a name for
 * it does not count: the code gave it that name. */
static bool has_owner(const struct sandbox *sandbox, PyObject *container)
{
    PyObject *name, *module, *running = PyEval_GetGlobals(), *modules = PyImport_GetModuleDict();
    Py_ssize_t at = 0;

    if (is_free(container) || is_given(sandbox, container))
        return false;
    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *namespace = is_owner(name, module) ? PyModule_GetDict(module) : NULL;
        if (namespace && namespace != sandbox->globals && namespace != running &&
            shared_names(namespace, container))
            return true;
    }
    return false;
}

PyObject *shared_given(PyObject *globals)
{
    PyObject *key, *value, *given = PyList_New(0);
    Py_ssize_t at = 0;

    while (given && PyDict_Next(globals, &at, &key, &value))
        if ((shared_is_container(value) || is_instance(value)) && Py_REFCNT(value) > 1 &&
            PyList_Append(given, value) < 0)
            Py_CLEAR(given);
    return given;
}

bool shared_is_of_module(const struct sandbox *sandbox, PyObject *container)
{
    return shared_is_container(container) && is_listed(container) && has_owner(sandbox, container);
}

/* Is the first that has it an installed module, and has it still? */
static bool has_installed_owner(PyObject *value)
{
    PyObject *key, *module, *owner = slot_of(value)->module;
    Py_ssize_t at = 0;
    bool loaded = false;

    while (!loaded && PyDict_Next(PyImport_GetModuleDict(), &at, &key, &module))
        loaded = module == owner;
    return loaded && loaded_is_installed(owner) && shared_names(PyModule_GetDict(owner), value);
}

bool shared_has(const PyObject *value)
{
    return is_listed(value);
}

const char *shared_home(PyObject *value)
{
    PyObject *name = is_listed(value) && has_installed_owner(value)
                         ? PyModule_GetNameObject(slot_of(value)->module)
                         : NULL;
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;

    PyErr_Clear();
    Py_XDECREF(name); /* the module keeps it */
    return text;
}

PyObject *shared_module(PyObject *container)
{
    return is_listed(container) && has_installed_owner(container) ? slot_of(container)->module
                                                                  : NULL;
}

bool shared_is_of_library(const struct sandbox *sandbox, PyObject *container)
{
    return shared_is_container(container) && is_listed(container) && !is_free(container) &&
           !is_given(sandbox, container) && has_installed_owner(container);
}

bool shared_instance_is_of_module(const struct sandbox *sandbox, PyObject *instance)
{
    others_renew();
    return is_listed(instance) && has_owner(sandbox, instance);
}
