/* stores: what may leave an expression (T), be read by a name that reaches far (A, C, S), and be
 * written to (W). */
#include "base/interpreter.h"
#include "sandbox/guards/guard_object.h"

#include <string.h>

#include "sandbox/patch/initializers.h"
#include "sandbox/patch/attributes.h"
#include "sandbox/owners/shared.h"
#include "sandbox/guards/deferred.h"
#include "sandbox/gate/gate.h"
#include "sandbox/gate/hooks.h"
#include "sandbox/owners/loaded.h"
#include "sandbox/owners/code.h"
#include "sandbox/guards/reflect.h"
#include "sandbox/owners/registries.h"
#include "sandbox/list/resolve.h"

/* ---- what is not the sandbox's to change ----------------------------------------------------- */

struct others others = {.made_for = -1};
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
        if (PyModule_Check(module)) {
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
    others.made_for = PyDict_GET_SIZE(protected_modules);
}

static void renew_others(void)
{
    if (others.made_for != PyDict_GET_SIZE(protected_modules))
        find_others();
}

void others_renew(void)
{
    renew_others();
}

/* The namespace of a module other than the sandbox's own? Writing there overwrites what others
 * use. */
static bool is_foreign_namespace(const struct sandbox *sandbox, PyObject *object)
{
    renew_others();
    return PyDict_CheckExact(object) && object != sandbox->globals &&
           *namespace_slot(object) != NULL;
}

bool others_has_exactly(const struct sandbox *sandbox, PyObject *object)
{
    return others_is_protected(object) || is_foreign_namespace(sandbox, object) ||
           shared_is_of_module(sandbox, object) || registries_has(object);
}

/* May attributes and items of a library's instance be set? */
static bool instance_is_writable(const struct sandbox *sandbox, PyObject *object)
{
    enum writable writable = allowlist_writable(Py_TYPE(object));

    if (writable != WRITABLE_OWN)
        return writable == WRITABLE_ALL;
    renew_others();
    return !shared_instance_is_of_module(sandbox, object);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A method of a container that is not the sandbox's to change (`f = sys.modules.update`): that of a
 * copy. NULL without exception: it is nothing of the kind. New reference. */
static PyObject *method_of_copy(const struct sandbox *sandbox, PyObject *method)
{
    bool builtin = PyCFunction_Check(method);
    AUTO_REF PyObject *owner = builtin ? Py_XNewRef(PyCFunction_GET_SELF(method))
                               : resolve_is_method_wrapper(method)
                                   ? PyObject_GetAttrString(method, "__self__")
                                   : NULL;

    if (!owner || !is_container(owner) || !others_has(sandbox, owner))
        return NULL;
    AUTO_REF PyObject *copy = PyDict_Check(owner)   ? PyDict_Copy(owner)
                              : PyList_Check(owner) ? PySequence_List(owner)
                                                    : PySet_New(owner);
    AUTO_REF PyObject *name = copy ? PyObject_GetAttrString(method, "__name__") : NULL;
    return name ? PyObject_GetAttr(copy, name) : NULL;
}

static bool leaves_as_copy(const struct sandbox *sandbox, PyObject *value)
{
    if (!others_may_have(value) || (PyDict_CheckExact(value) && value == sandbox->globals))
        return false;
    others_has_exactly(sandbox, value); /* lists the belongings anew when modules came or went */
    return others_is_protected(value) || shared_is_of_library(sandbox, value) ||
           registries_has(value);
}

PyObject *values_leave_container(const struct sandbox *sandbox, PyObject *value)
{
    if (Py_TYPE(value)->tp_call || !leaves_as_copy(sandbox, value))
        return Py_NewRef(value);
    return PyDict_Check(value)  ? PyDict_Copy(value)
           : PySet_Check(value) ? PySet_New(value)
                                : PySequence_List(value);
}

PyObject *values_leave(struct sandbox *sandbox, PyObject *value)
{
    if (!Py_TYPE(value)->tp_call)
        return values_leave_container(sandbox, value);
    PyObject *function = PyMethod_Check(value) ? PyMethod_GET_FUNCTION(value) : value;
    if (PyType_Check(value) ||
        (PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)) == sandbox) ||
        guard_has_passed(value))
        return Py_NewRef(value);
    if (PyMethod_Check(value) && stores_refuses_again(sandbox, function, PyMethod_GET_SELF(value)))
        return NULL;
    PyObject *copied = method_of_copy(sandbox, value);
    if (copied || PyErr_Occurred())
        return copied;
    if (reflect_in_bound_format(value))
        return refusal_raise("reflect", "str.format", reflect_in_bound_format(value), NULL);
    PyObject *stand_in = builtins_stand_in(value);
    if (stand_in)
        return Py_NewRef(stand_in);
    bool slot = resolve_is_method_wrapper(value);
    if (builtins_is_stand_in(value) ||
        !(slot || PyFunction_Check(function) || PyCFunction_Check(value) ||
          Py_IS_TYPE(value, &PyMethodDescr_Type) || Py_IS_TYPE(value, &PyWrapperDescr_Type) ||
          Py_IS_TYPE(value, &PyClassMethodDescr_Type) || resolve_is_compiled(function)))
        return Py_NewRef(value);
    const struct grant *grant = allowlist_find(value);
    /* slots of classes that nobody lists do what their statements do */
    bool allowed = grant ? grant->grade != GRADE_DENY : slot;
    if (!allowed)
        return twin_new(value, grant);
    return PyMethod_Check(value) ? deferred_method(sandbox, value) : Py_NewRef(value);
}

PyObject *values_subscript(PyObject *self, PyObject *value)
{
    if (!Py_TYPE(value)->tp_call && !others_may_have(value))
        return Py_NewRef(value);
    return values_leave(((struct guard *)self)->sandbox, value);
}

/* A copy of a dict whose values are such as may leave. New reference. */
static PyObject *leaving_copy(struct sandbox *sandbox, PyObject *dict)
{
    AUTO_REF PyObject *copy = PyDict_Copy(dict);
    AUTO_REF PyObject *keys = copy ? PyDict_Keys(copy) : NULL;

    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *found = PyDict_GetItemWithError(
            copy, key); /* borrowed; NULL when a key of a cell's own does not find itself */
        AUTO_REF PyObject *kept = Py_XNewRef(found);
        AUTO_REF PyObject *value = kept ? values_leave(sandbox, kept) : NULL;
        if (!kept && !PyErr_Occurred())
            PyErr_SetObject(PyExc_KeyError, key);
        if (!value || PyDict_SetItem(copy, key, value) < 0)
            return NULL;
    }
    return keys ? Py_NewRef(copy) : NULL;
}

/* May the object's own namespace be handed out as it is? */
static bool owns_namespace(struct sandbox *sandbox, PyObject *object)
{
    if (PyModule_Check(object))
        return !is_foreign_namespace(sandbox, PyModule_GetDict(object));
    if (PyType_Check(object))
        return classes_is_born(sandbox, (PyTypeObject *)object);
    if (PyFunction_Check(object))
        return code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    return classes_is_born(sandbox, Py_TYPE(object)) ||
           (instance_is_writable(sandbox, object) && !attributes_are_sealed(Py_TYPE(object)));
}

PyObject *values_read(struct sandbox *sandbox, PyObject *object, PyObject *name)
{
    const char *reason = reflect_reason(name);

    if (reason)
        return reflect_refuse(name, reason);
    AUTO_REF PyObject *value = PyObject_GetAttr(object, name);
    return value ? values_attribute(sandbox, object, name, value) : NULL;
}

PyObject *values_attribute(struct sandbox *sandbox, PyObject *object, PyObject *name,
                           PyObject *value)
{
    if (!reflect_is_guarded(name) || owns_namespace(sandbox, object))
        return values_leave(sandbox, value);
    if (!PyDict_Check(value) && !Py_IS_TYPE(value, &PyDictProxy_Type))
        return values_leave(sandbox, value); /* no __kwdefaults__: None */
    AUTO_REF PyObject *dict = PyDict_Check(value) ? Py_NewRef(value) : PyDict_New();
    if (!dict || (!PyDict_Check(value) && PyDict_Update(dict, value) < 0))
        return NULL;
    AUTO_REF PyObject *copy = leaving_copy(sandbox, dict);
    if (!copy)
        return NULL;
    return PyDict_Check(value) ? Py_NewRef(copy) : PyDictProxy_New(copy);
}

PyObject *values_subscript_read(PyObject *self, PyObject *object)
{
    return values_read(((struct guard *)self)->sandbox, object, ((struct guard *)self)->name);
}

/* A class pattern reads attributes by the names in __match_args__, which cannot be checked
 * beforehand: what the interpreter is made of is refused, namespaces of others are copied. */
PyObject *values_subscript_capture(PyObject *self, PyObject *value)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (PyCode_Check(value) || PyFrame_Check(value) || PyCell_Check(value))
        return refusal_raise("reflect", Py_TYPE(value)->tp_name,
                             "a pattern cannot take the interpreter apart", NULL);
    if (is_foreign_namespace(sandbox, value))
        return leaving_copy(sandbox, value);
    return values_leave(sandbox, value);
}

/* After `from m import *`: every name in the frame's namespace. */
PyObject *values_subscript_star(PyObject *self, PyObject *unused)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;
    PyObject *locals = PyEval_GetLocals(); /* borrowed: star imports stand at module level only */
    AUTO_REF PyObject *keys = locals ? PyMapping_Keys(locals) : NULL;

    (void)unused;
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        AUTO_REF PyObject *value = PyObject_GetItem(locals, PyList_GET_ITEM(keys, i));
        AUTO_REF PyObject *leaving = value ? values_leave(sandbox, value) : NULL;
        if (!leaving ||
            (leaving != value && PyObject_SetItem(locals, PyList_GET_ITEM(keys, i), leaving) < 0))
            return NULL;
    }
    return keys ? Py_NewRef(Py_None) : NULL;
}

/* ---- stores ---------------------------------------------------------------------------------- */

static bool is_plain_container(PyObject *object)
{
    return PyDict_CheckExact(object) || PyList_CheckExact(object) || PyByteArray_CheckExact(object);
}

/* A class of this sandbox among the object's classes? */
static bool is_born_instance(const struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++)
        if (classes_is_born(sandbox, (PyTypeObject *)PyTuple_GET_ITEM(mro, i)))
            return true;
    return false;
}

static struct type_verdict writable_types[TYPE_VERDICTS];

static bool type_is_writable(const struct sandbox *sandbox, PyTypeObject *type)
{
    if (!is_born_instance(sandbox, type) && allowlist_writable(type) != WRITABLE_ALL)
        return false;
    guard_remember_type(writable_types, sandbox, type);
    return true;
}

/* Nothing can be stored there: the error is Python's own. */
static bool is_immutable(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    return object == Py_None || type == &PyTuple_Type || type == &PyUnicode_Type ||
           type == &PyBytes_Type || type == &PyLong_Type || type == &PyFloat_Type ||
           type == &PyComplex_Type || type == &PyBool_Type || type == &PyFrozenSet_Type ||
           type == &PyBaseObject_Type || type == &PyRange_Type || type == &PyDictProxy_Type ||
           type == &PyEllipsis_Type;
}

/* Instances can be permitted by their class. */
static void refuse_store(PyObject *object)
{
    AUTO_REF PyObject *name = PyCallable_Check(object) ? resolve_name(object)
                              : PyModule_Check(object)
                                  ? PyModule_GetNameObject(object)
                                  : PyUnicode_FromFormat("%s object", Py_TYPE(object)->tp_name);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;
    if (!text)
        return;
    char type_name[256], remedy[300];
    bool proven;
    bool by_class = !gate_is_closed() && !PyModule_Check(object) && !PyType_Check(object) &&
                    !PyFunction_Check(object) && !PyDict_Check(object) && !PyList_Check(object) &&
                    resolve_type_name(Py_TYPE(object), type_name, sizeof type_name, &proven);

    snprintf(remedy, sizeof remedy, "allow_write_types(%s)", by_class ? type_name : "");
    refusal_raise("store", text, "it is not yours to change",
                  by_class           ? remedy
                  : gate_is_closed() ? "%%trusted"
                                     : NULL);
}

bool stores_check(struct sandbox *sandbox, PyObject *object)
{
    bool allowed;

    if (is_immutable(object))
        return true;
    if (PyWeakref_CheckProxy(object)) {
        AUTO_REF PyObject *target = interpreter_weakref_target(object);
        return !target || target == Py_None || stores_check(sandbox, target);
    }

    if (others_has(sandbox, object))
        allowed = false;
    else if (is_plain_container(object))
        return true;
    else if (PyType_Check(object))
        allowed = classes_is_born(sandbox, (PyTypeObject *)object);
    else if (PyModule_Check(object)) /* a module that a cell made is nobody else's */
        allowed = !is_foreign_namespace(sandbox, PyModule_GetDict(object));
    else if (PyFunction_Check(object))
        allowed = code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    else
        allowed =
            type_is_writable(sandbox, Py_TYPE(object)) || instance_is_writable(sandbox, object);
    if (allowed)
        return true;
    refuse_store(object);
    AUTO_REF PyObject *arguments = PyTuple_Pack(1, object);
    return arguments && hooks_let_pass(sandbox, "store", arguments);
}

PyObject *stores_subscript(PyObject *self, PyObject *object)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (is_plain_container(object)
            ? !others_has(sandbox, object)
            : guard_type_has_passed(writable_types, sandbox, Py_TYPE(object)))
        return Py_NewRef(object);
    return stores_target(sandbox, object);
}

bool stores_init(void)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    if (!builtins)
        return false;
    protected_modules = others.modules = PyImport_GetModuleDict();
    protected_builtins = PyModule_GetDict(builtins);
    protected_meta_path = PySys_GetObject("meta_path");
    protected_path_hooks = PySys_GetObject("path_hooks");
    protected_cache = PySys_GetObject("path_importer_cache");
    return attributes_init(builtins);
}
