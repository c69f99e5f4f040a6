/* values: what may leave an expression (T), and be read by a name that reaches far (A, C, S). */
#include "sandbox/guards/guard_object.h"

/* A method of a container that is not the sandbox's to change (`f = sys.modules.update`): that of a
 * copy. NULL without exception: it is nothing of the kind. New reference. */
static PyObject *method_of_copy(const struct sandbox *sandbox, PyObject *method)
{
    bool builtin = PyCFunction_Check(method);
    AUTO_REF PyObject *owner = builtin ? Py_XNewRef(PyCFunction_GET_SELF(method))
                               : resolve_is_method_wrapper(method)
                                   ? PyObject_GetAttrString(method, "__self__")
                                   : NULL;

    if (!owner || !shared_is_container(owner) || !others_has(sandbox, owner))
        return NULL;
    AUTO_REF PyObject *copy = PyDict_Check(owner)   ? PyDict_Copy(owner)
                              : PyList_Check(owner) ? PySequence_List(owner)
                                                    : PySet_New(owner);
    AUTO_REF PyObject *name = copy ? PyObject_GetAttrString(method, "__name__") : NULL;
    return name ? PyObject_GetAttr(copy, name) : NULL;
}

static PyObject *(*on_handing)(PyObject *callable);

void values_on_handing(PyObject *(*hand)(PyObject *callable))
{
    on_handing = hand;
}

/* A callable as it is. What a person trusted is handed to a library, it may be, which calls it
 * later. New reference. */
static PyObject *as_it_is(PyObject *callable)
{
    return on_handing && grants_trust_any() ? on_handing(callable) : Py_NewRef(callable);
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
    if (PyType_Check(value))
        return as_it_is(value);
    if ((PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)) == sandbox) ||
        guard_has_passed(value))
        return Py_NewRef(value);
    if (PyMethod_Check(value) && stores_refuses_method(sandbox, function, PyMethod_GET_SELF(value)))
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
    return grant && PyMethod_Check(value) && grant->grade != GRADE_TRUSTED
               ? deferred_method(sandbox, value)
               : as_it_is(value);
}

PyObject *values_subscript(PyObject *self, PyObject *value)
{
    /* of what cannot be called, only containers leave as copies */
    if (!Py_TYPE(value)->tp_call &&
        !PyType_HasFeature(Py_TYPE(value), Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS) &&
        !PySet_CheckExact(value))
        return interpreter_again(value);
    if (!Py_TYPE(value)->tp_call && !others_may_have(value))
        return interpreter_again(value);
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

/* The function in a bound method, a staticmethod or a classmethod, whose annotations they show; the
 * object itself when it is none. New reference. */
static PyObject *unbound(PyObject *object)
{
    if (PyMethod_Check(object))
        return Py_NewRef(PyMethod_GET_FUNCTION(object));
    if (!Py_IS_TYPE(object, &PyStaticMethod_Type) && !Py_IS_TYPE(object, &PyClassMethod_Type))
        return Py_NewRef(object);
    PyObject *function = PyObject_GetAttrString(object, "__func__");
    if (!function)
        PyErr_Clear();
    return function ? function : Py_NewRef(object);
}

/* May the object's own namespace be handed out as it is? */
static bool owns_namespace(struct sandbox *sandbox, PyObject *given)
{
    AUTO_REF PyObject *object = unbound(given);

    if (PyModule_Check(object))
        return !others_is_namespace(sandbox, PyModule_GetDict(object));
    if (PyType_Check(object))
        return classes_is_born(sandbox, (PyTypeObject *)object);
    if (PyFunction_Check(object))
        return code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    return classes_is_born(sandbox, Py_TYPE(object)) ||
           stores_instance_is_writable(sandbox, object);
}

PyObject *values_read(struct sandbox *sandbox, PyObject *object, PyObject *name, PyObject *fallback)
{
    const char *reason = reflect_reason(name);
    AUTO_REF PyObject *value = NULL;

    if (reason)
        return reflect_refuse(name, reason);
    if (!fallback)
        value = PyObject_GetAttr(object, name);
    else if (interpreter_optional_attribute(object, name, &value) == 0)
        return Py_NewRef(fallback);
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
    return values_read(((struct guard *)self)->sandbox, object, ((struct guard *)self)->name, NULL);
}

/* A class pattern reads attributes by the names in __match_args__, which cannot be checked
 * beforehand: what the interpreter is made of is refused, namespaces of others are copied. */
PyObject *values_subscript_capture(PyObject *self, PyObject *value)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (PyCode_Check(value) || PyFrame_Check(value) || PyCell_Check(value))
        return refusal_raise("reflect", Py_TYPE(value)->tp_name,
                             "a pattern cannot take the interpreter apart", NULL);
    if (others_is_namespace(sandbox, value))
        return leaving_copy(sandbox, value);
    return values_leave(sandbox, value);
}

/* As a statement stores a name of its own frame: whose namespace that is was asked when the frame
 * began (sympy runs the text `from math import *` in a dict that its module keeps). */
static bool set_own_name(PyObject *locals, PyObject *name, PyObject *value)
{
    return PyDict_CheckExact(locals) ? PyDict_SetItem(locals, name, value) == 0
                                     : PyObject_SetItem(locals, name, value) == 0;
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
            (leaving != value && !set_own_name(locals, PyList_GET_ITEM(keys, i), leaving)))
            return NULL;
    }
    return keys ? Py_NewRef(Py_None) : NULL;
}
