/* callbacks: where CPython and its library take over a callable to call it later, or make one of
 * another: what a cell gives is deferred (guards/deferred.c). */
#include <string.h>

#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/finalizers.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/processes.h"
#include "sandbox/patch/slots.h"

/* ---- classes ---- */

static bool cover_class(struct sandbox *sandbox, PyTypeObject *type)
{
    AUTO_REF PyObject *names = PyDict_Keys(type->tp_dict);

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *value = PyDict_GetItemWithError(type->tp_dict, name); /* borrowed */
        AUTO_REF PyObject *deferred = value && deferred_is_due(name, value)
                                          ? deferred_new(sandbox, value)
                                          : Py_XNewRef(value);
        if (value && (!deferred || (deferred != value &&
                                    PyType_Type.tp_setattro((PyObject *)type, name, deferred) < 0)))
            return false;
    }
    return names != NULL && !PyErr_Occurred() && finalizers_cover_class(type);
}

/* ---- bound methods and partials ---- */

static newfunc plain_method_new, plain_partial_new;

/* types.MethodType(function, object) */
static PyObject *method_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    struct sandbox *sandbox = gate_current();
    AUTO_REF PyObject *method = plain_method_new(type, arguments, keywords);

    return method && sandbox ? deferred_method(sandbox, method) : Py_XNewRef(method);
}

/* functools.partial(function, ...) */
static PyObject *partial_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *all = deferred_first(arguments);

    return all ? plain_partial_new(type, all, keywords) : NULL;
}

/* In the kernel everything is judged that is not the kernel's: there nothing needs to be
 * deferred. */
static const struct slot methods[] = {
    SLOT_OF_OWN(&PyMethod_Type, "__new__", tp_new, method_new, plain_method_new),
    SLOT_OF_TYPE("_functools", "partial", "__new__", tp_new, partial_new, plain_partial_new),
};

/* ---- weak references ---- */

static newfunc plain_reference_new;

/* weakref's own callbacks only take the dead object out of their containers; a finalizer carries
 * its function. */
static bool is_housekeeping(PyObject *callback)
{
    PyObject *globals = PyFunction_Check(callback) ? PyFunction_GET_GLOBALS(callback) : NULL;

    if (!globals)
        return strcmp(Py_TYPE(callback)->tp_name, "finalize") == 0 &&
               loaded_member("weakref", "finalize") == (PyObject *)Py_TYPE(callback);
    return loaded_is_namespace(globals, "weakref") || loaded_is_namespace(globals, "_weakrefset");
}

static PyObject *reference_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *callback =
        PyTuple_GET_SIZE(arguments) == 2 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;

    if (callback == Py_None || is_housekeeping(callback))
        return plain_reference_new(type, arguments, keywords);
    struct sandbox *sandbox = gate_current();
    if (!sandbox)
        return plain_reference_new(type, arguments, keywords);
    AUTO_REF PyObject *deferred = deferred_new(sandbox, callback);
    AUTO_REF PyObject *replaced =
        deferred ? PyTuple_Pack(2, PyTuple_GET_ITEM(arguments, 0), deferred) : NULL;
    return replaced ? plain_reference_new(type, replaced, keywords) : NULL;
}

static const struct slot references[] = {
    SLOT_OF_OWN(INTERPRETER_WEAKREF_TYPE, "__new__", tp_new, reference_new, plain_reference_new),
};

/* ---- libraries ---- */

/* Functions that keep a callable to call it later, or a task whose first part it is; `position`:
 * where it is among the arguments. A log handler: its `handle` is what is called later. */
static const struct keeper {
    const char *module, *type, *name;
    int position;
    const char *keyword, *attribute;
} keepers[] = {
    {"weakref", "finalize", "__init__", 2, NULL, NULL},
    {"asyncio.events", "Handle", "__init__", 1, "callback", NULL},
    {"concurrent.futures.thread", "_WorkItem", "__init__", 2, "fn", NULL},
    {"threading", NULL, "_register_atexit", 0, "func", NULL},
    {"logging", "Handler", "__init__", 0, "self", "handle"},
    {"logging", "Filterer", "addFilter", 1, "filter", NULL},
};

/* What is kept instead: of a task (function, arguments, keywords), as thread pools have it
 * since 3.14, the function. New reference. */
static PyObject *defer_kept(struct sandbox *sandbox, PyObject *kept)
{
    PyObject *function =
        PyTuple_CheckExact(kept) && PyTuple_GET_SIZE(kept) > 0 ? PyTuple_GET_ITEM(kept, 0) : kept;

    if (!PyCallable_Check(function))
        return Py_NewRef(kept);
    AUTO_REF PyObject *deferred = deferred_new(sandbox, function);
    return !deferred || function == kept ? Py_XNewRef(deferred)
                                         : keywords_with_first(kept, deferred);
}

static bool carry_argument(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct keeper *keeper = row;
    PyObject *named = keeper->keyword ? keywords_item(keywords, keeper->keyword) : NULL;
    bool by_name = named != NULL;
    if (!named && PyErr_Occurred())
        return false;
    PyObject *callable = by_name ? named
                         : keeper->position < PyTuple_GET_SIZE(arguments)
                             ? PyTuple_GET_ITEM(arguments, keeper->position)
                             : NULL;
    struct sandbox *sandbox = callable ? gate_current() : NULL;

    if (!sandbox)
        return true;
    if (keeper->attribute) {
        AUTO_REF PyObject *method = PyObject_GetAttrString(callable, keeper->attribute);
        AUTO_REF PyObject *deferred = method ? deferred_new(sandbox, method) : NULL;
        bool done = method && deferred == method;
        return done ||
               (deferred && PyObject_SetAttrString(callable, keeper->attribute, deferred) == 0);
    }
    PyObject *deferred = defer_kept(sandbox, callable);
    if (!deferred)
        return false;
    if (by_name) {
        bool set = PyDict_SetItemString(keywords, keeper->keyword, deferred) == 0;
        Py_DECREF(deferred);
        return set;
    }
    PyTuple_SET_ITEM(arguments, keeper->position, deferred);
    Py_DECREF(callable);
    return true;
}

/* As object.__new__, but not it: 3.13 inlines the constructor of classes that have that one. */
static PyObject *uninlined_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *none = PyTuple_New(0);

    (void)arguments, (void)keywords;
    return none ? PyBaseObject_Type.tp_new(type, none, NULL) : NULL;
}

static bool cover(const struct keeper *keeper)
{
    PyObject *function = loaded_function(keeper->module, keeper->type, keeper->name);

    if (!function)
        return true;
    if (keeper->type) {
        PyTypeObject *type = (PyTypeObject *)loaded_member(keeper->module, keeper->type);
        if (!type)
            return PyErr_NoMemory() != NULL;
        if (!keeper->attribute && type->tp_new == PyBaseObject_Type.tp_new)
            type->tp_new = uninlined_new;
        PyType_Modified(type); /* calls that were specialized for the class look again */
    }
    return interpose_function(function, carry_argument, keeper);
}

static bool cover_libraries(void)
{
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++)
        if (!cover(&keepers[i]))
            return false;
    return containers_cover_libraries() && changes_cover_libraries() && processes_cover_libraries();
}

bool callbacks_init(void)
{
    if (!SLOTS_TAKE(references) || (!gate_is_closed() && !SLOTS_TAKE(methods)))
        return false;
    classes_on_birth(cover_class);
    libraries_watch(cover_libraries);
    return true;
}
