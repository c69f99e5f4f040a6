#include "sandbox/guards/deferred.h"

#include <stddef.h>
#include <string.h>
#include <structmember.h>

#include "sandbox/list/allowlist.h"
#include "sandbox/patch/fields.h"
#include "sandbox/patch/finalizers.h"
#include "sandbox/gate/gate.h"
#include "sandbox/patch/interpose.h"
#include "base/keywords.h"
#include "sandbox/owners/loaded.h"
#include "sandbox/patch/processes.h"
#include "sandbox/owners/libraries.h"
#include "sandbox/owners/code.h"

struct carried {
    PyObject_HEAD PyObject *callable; /* owned */
    PyObject *token;                  /* owned: keeps the sandbox */
    struct sandbox *sandbox;
    PyObject *weak_references;
};

static PyTypeObject *carried_type; /* made once per process */

/* ---- the object ------------------------------------------------------------------------------ */

static PyObject *wrap(PyObject *callable, struct sandbox *sandbox)
{
    struct carried *self = PyObject_GC_New(struct carried, carried_type);

    if (!self)
        return NULL;
    self->callable = Py_NewRef(callable);
    self->token = Py_NewRef(sandbox->token);
    self->sandbox = sandbox;
    self->weak_references = NULL;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

PyObject *deferred_new(struct sandbox *sandbox, PyObject *callable)
{
    bool guarded = PyFunction_Check(callable) && code_sandbox(PyFunction_GET_CODE(callable));

    if (guarded || Py_IS_TYPE(callable, carried_type))
        return Py_NewRef(callable);
    return wrap(callable, sandbox);
}

static PyObject *carried_call(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *alive = Py_NewRef(object);
    struct carried *self = (struct carried *)object;
    struct gate_scope scope;

    gate_judged_enter(&scope, self->sandbox);
    PyObject *result = PyObject_Call(self->callable, arguments, keywords);
    gate_trusted_exit(&scope);
    return result;
}

static PyObject *carried_get(PyObject *object, PyObject *instance, PyObject *type)
{
    struct carried *self = (struct carried *)object;
    descrgetfunc get = Py_TYPE(self->callable)->tp_descr_get;

    if (!get)
        return Py_NewRef(object);
    AUTO_REF PyObject *bound = get(self->callable, instance, type);
    return bound ? wrap(bound, self->sandbox) : NULL;
}

/* Functions are copied as themselves. */
static PyObject *carried_copy(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

/* A pickle has the callable by its name, which what stands in for it does not bear. */
static PyObject *carried_reduce(PyObject *object, PyObject *unused)
{
    AUTO_REF PyObject *functools = PyImport_ImportModule("functools");
    AUTO_REF PyObject *partial = functools ? PyObject_GetAttrString(functools, "partial") : NULL;

    (void)unused;
    return partial ? Py_BuildValue("O(O)", partial, ((struct carried *)object)->callable) : NULL;
}

static PyMethodDef carried_methods[] = {{"__copy__", carried_copy, METH_NOARGS, NULL},
                                        {"__deepcopy__", carried_copy, METH_O, NULL},
                                        {"__reduce_ex__", carried_reduce, METH_O, NULL},
                                        {NULL, NULL, 0, NULL}};

static PyObject *carried_getattro(PyObject *object, PyObject *name)
{
    if (PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) > 7 &&
        PyUnicode_READ_CHAR(name, 0) == '_')
        for (const PyMethodDef *method = carried_methods; method->ml_name; method++)
            if (PyUnicode_CompareWithASCIIString(name, method->ml_name) == 0)
                return PyObject_GenericGetAttr(object, name);
    return PyObject_GetAttr(((struct carried *)object)->callable, name);
}

static PyObject *carried_repr(PyObject *object)
{
    return PyObject_Repr(((struct carried *)object)->callable);
}

static Py_hash_t carried_hash(PyObject *object)
{
    return PyObject_Hash(((struct carried *)object)->callable);
}

PyObject *deferred_original(PyObject *object)
{
    return Py_IS_TYPE(object, carried_type) ? ((struct carried *)object)->callable : object;
}

static PyObject *carried_compare(PyObject *left, PyObject *right, int operation)
{
    return PyObject_RichCompare(deferred_original(left), deferred_original(right), operation);
}

static int carried_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(((struct carried *)object)->callable);
    Py_VISIT(((struct carried *)object)->token);
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int carried_clear(PyObject *object)
{
    Py_CLEAR(((struct carried *)object)->callable);
    return 0;
}

static void carried_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    PyObject_ClearWeakRefs(object);
    Py_CLEAR(((struct carried *)object)->callable);
    Py_CLEAR(((struct carried *)object)->token);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyTypeObject *make_type(void)
{
    static PyMemberDef members[] = {{"__weaklistoffset__", T_PYSSIZET,
                                     offsetof(struct carried, weak_references), READONLY, NULL},
                                    {0}};
    static PyType_Slot slots[] = {{Py_tp_members, members},
                                  {Py_tp_methods, carried_methods},
                                  {Py_tp_call, carried_call},
                                  {Py_tp_descr_get, carried_get},
                                  {Py_tp_dealloc, carried_dealloc},
                                  {Py_tp_traverse, carried_traverse},
                                  {Py_tp_clear, carried_clear},
                                  {Py_tp_repr, carried_repr},
                                  {Py_tp_getattro, carried_getattro},
                                  {Py_tp_hash, carried_hash},
                                  {Py_tp_richcompare, carried_compare},
                                  {0, NULL}};
    static PyType_Spec spec = {.name = "safepyrun.carried",
                               .basicsize = sizeof(struct carried),
                               .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                        Py_TPFLAGS_IMMUTABLETYPE |
                                        Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               .slots = slots};

    return (PyTypeObject *)PyType_FromSpec(&spec);
}

/* ---- classes --------------------------------------------------------------------------------- */

/* Called as it is, with nothing of the sandbox on the stack: a partial, a bound method, a builtin
 * function. */
static bool is_loose_callable(PyObject *value)
{
    return Py_TYPE(value)->tp_call && !PyType_Check(value) && !PyFunction_Check(value) &&
           !Py_IS_TYPE(value, &PyMethodDescr_Type) && !Py_IS_TYPE(value, &PyWrapperDescr_Type) &&
           !Py_IS_TYPE(value, &PyClassMethod_Type) && !Py_IS_TYPE(value, &PyStaticMethod_Type) &&
           !Py_IS_TYPE(value, carried_type);
}

static bool is_called_by_others(PyObject *name)
{
    const char *text = text_of(name);

    return text &&
           (strncmp(text, "__", 2) == 0 || strncmp(text, "_repr_", 6) == 0 ||
            strncmp(text, "_ipython_", 9) == 0) &&
           strcmp(text, "__class_getitem__") != 0 &&
           strcmp(text, "__call__") != 0; /* a call is judged where it stands */
}

/* What is stored in a class under that name, or itself. New reference. */
static PyObject *class_value(struct sandbox *sandbox, PyObject *name, PyObject *value)
{
    return is_loose_callable(value) && is_called_by_others(name) ? deferred_new(sandbox, value)
                                                                 : Py_NewRef(value);
}

static setattrofunc plain_type_setattr;

/* type.__setattr__ */
static int type_setattr(PyObject *type, PyObject *name, PyObject *value)
{
    struct sandbox *sandbox =
        value && is_loose_callable(value) && is_called_by_others(name) ? gate_judged() : NULL;

    if (!sandbox)
        return plain_type_setattr(type, name, value);
    AUTO_REF PyObject *carried = class_value(sandbox, name, value);
    return carried ? plain_type_setattr(type, name, carried) : -1;
}

/* For type and the metaclasses that there are; those to come inherit it. */
static bool watch_classes(void)
{
    AUTO_REF PyObject *metaclasses =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", &PyType_Type);

    plain_type_setattr = PyType_Type.tp_setattro;
    PyType_Type.tp_setattro = type_setattr;
    static const char *const wrappers[] = {"__setattr__", "__delattr__"};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        AUTO_REF PyObject *name = PyUnicode_InternFromString(wrappers[i]);
        PyObject *wrapper = name ? _PyType_Lookup(&PyType_Type, name) : NULL; /* borrowed */
        if (wrapper && Py_IS_TYPE(wrapper, &PyWrapperDescr_Type))
            ((PyWrapperDescrObject *)wrapper)->d_wrapped = (void *)type_setattr;
    }
    for (Py_ssize_t i = 0; metaclasses && i < PyList_GET_SIZE(metaclasses); i++) {
        PyTypeObject *type = (PyTypeObject *)PyList_GET_ITEM(metaclasses, i);
        if (type->tp_setattro == plain_type_setattr)
            type->tp_setattro = type_setattr;
    }
    return metaclasses != NULL;
}

bool deferred_cover_class(struct sandbox *sandbox, PyTypeObject *type)
{
    AUTO_REF PyObject *names = PyDict_Keys(type->tp_dict);

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *value = PyDict_GetItemWithError(type->tp_dict, name); /* borrowed */
        AUTO_REF PyObject *carried = value ? class_value(sandbox, name, value) : NULL;
        if (value && (!carried || (carried != value &&
                                   plain_type_setattr((PyObject *)type, name, carried) < 0)))
            return false;
    }
    return names != NULL && !PyErr_Occurred() && finalizers_cover_class(type);
}

/* ---- bound methods and partials -------------------------------------------------------------- */

/* A library's function, as the packs know it: what the host program allows by itself stays the
 * host's. */
static bool is_librarys(PyObject *callable)
{
    const struct grant *grant = PyFunction_Check(callable) || PyCFunction_Check(callable) ||
                                        PyMethod_Check(callable) ||
                                        Py_IS_TYPE(callable, &PyMethodDescr_Type)
                                    ? allowlist_find(callable)
                                    : NULL;

    return grant && grant->grade >= GRADE_GATED && strcmp(grant->source, "user") != 0 &&
           strcmp(grant->source, "sandbox") != 0;
}

PyObject *deferred_method(struct sandbox *sandbox, PyObject *method)
{
    return !gate_is_closed() && is_librarys(method) ? wrap(method, sandbox) : Py_NewRef(method);
}

static newfunc plain_method_new, plain_partial_new;

/* types.MethodType(function, object) */
static PyObject *method_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    struct sandbox *sandbox = gate_current();
    AUTO_REF PyObject *method = plain_method_new(type, arguments, keywords);

    return method && sandbox ? deferred_method(sandbox, method) : Py_XNewRef(method);
}

PyObject *deferred_first(PyObject *tuple)
{
    PyObject *function = !gate_is_closed() && PyTuple_Check(tuple) && PyTuple_GET_SIZE(tuple)
                             ? PyTuple_GET_ITEM(tuple, 0)
                             : NULL;
    struct sandbox *sandbox = function ? gate_current() : NULL;

    if (!sandbox || !is_librarys(function))
        return Py_NewRef(tuple);
    AUTO_REF PyObject *carried = wrap(function, sandbox);
    AUTO_REF PyObject *first = carried ? PyTuple_Pack(1, carried) : NULL;
    AUTO_REF PyObject *rest = first ? PyTuple_GetSlice(tuple, 1, PY_SSIZE_T_MAX) : NULL;
    return rest ? PySequence_Concat(first, rest) : NULL;
}

/* functools.partial(function, ...) */
static PyObject *partial_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *all = deferred_first(arguments);

    return all ? plain_partial_new(type, all, keywords) : NULL;
}

/* In the kernel everything is judged that is not the kernel's: there nothing needs to be
 * carried. */
static bool watch_methods(void)
{
    AUTO_REF PyObject *module =
        gate_is_closed() || plain_method_new ? NULL : PyImport_ImportModule("functools");
    AUTO_REF PyObject *partial = module ? PyObject_GetAttrString(module, "partial") : NULL;

    if (!module)
        return !PyErr_Occurred();
    if (!partial || !PyType_Check(partial))
        return false;
    plain_method_new = PyMethod_Type.tp_new;
    PyMethod_Type.tp_new = method_new;
    plain_partial_new = ((PyTypeObject *)partial)->tp_new;
    ((PyTypeObject *)partial)->tp_new = partial_new;
    return true;
}

/* ---- weak references ------------------------------------------------------------------------- */

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
    AUTO_REF PyObject *carried = deferred_new(sandbox, callback);
    AUTO_REF PyObject *replaced =
        carried ? PyTuple_Pack(2, PyTuple_GET_ITEM(arguments, 0), carried) : NULL;
    return replaced ? plain_reference_new(type, replaced, keywords) : NULL;
}

/* ---- libraries ------------------------------------------------------------------------------- */

/* Functions that keep a callable to call it later; `position`: where it is among the arguments. A
 * log handler: its `handle` is what is called later. */
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
        AUTO_REF PyObject *carried = method ? wrap(method, sandbox) : NULL;
        bool done = method && Py_IS_TYPE(method, carried_type);
        return done ||
               (carried && PyObject_SetAttrString(callable, keeper->attribute, carried) == 0);
    }
    PyObject *carried =
        PyCallable_Check(callable) ? deferred_new(sandbox, callable) : Py_NewRef(callable);
    if (!carried)
        return false;
    if (by_name) {
        bool set = PyDict_SetItemString(keywords, keeper->keyword, carried) == 0;
        Py_DECREF(carried);
        return set;
    }
    PyTuple_SET_ITEM(arguments, keeper->position, carried);
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
        if (!keeper->attribute && type->tp_new == PyBaseObject_Type.tp_new)
            type->tp_new = uninlined_new;
        PyType_Modified(type); /* calls that were specialized for the class look again */
    }
    return interpose_function(function, carry_argument, keeper);
}

bool callbacks_cover_libraries(void)
{
    static Py_ssize_t seen = LIBRARIES_NONE;

    if (!libraries_came(&seen))
        return true;
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++)
        if (!cover(&keepers[i])) {
            seen = LIBRARIES_NONE;
            return false;
        }
    if (fields_cover_libraries() && processes_cover_libraries())
        return true;
    seen = LIBRARIES_NONE;
    return false;
}

bool callbacks_init(void)
{
    if (!carried_type && (!(carried_type = make_type()) || !watch_classes() || !watch_methods()))
        return false;
    if (!plain_reference_new) {
        plain_reference_new = _PyWeakref_RefType.tp_new;
        _PyWeakref_RefType.tp_new = reference_new;
    }
    return true;
}
