/* methods: M_name[obj]: may the method of that name be called on the object; gives the object back,
 * or a holder of the one attribute that was fetched and checked. */
#include <string.h>

#include "sandbox/guards/guard_object.h"

static PyTypeObject *holder_type; /* made once per process */

/* One fetched and checked attribute: whatever is read from it is that. */
struct holder {
    PyObject_HEAD PyObject *value; /* owned */
};

static PyObject *holder_getattro(PyObject *self, PyObject *name)
{
    (void)name;
    return Py_NewRef(((struct holder *)self)->value);
}

static void holder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(((struct holder *)self)->value);
    type->tp_free(self);
    Py_DECREF(type);
}

static int holder_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct holder *)self)->value);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* Steals `value` (may be NULL). */
static PyObject *holder_new(PyObject *value)
{
    struct holder *self = value ? PyObject_GC_New(struct holder, holder_type) : NULL;

    if (!self) {
        Py_XDECREF(value);
        return NULL;
    }
    self->value = value;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* Fetch the attribute once, check it, and hold it for the call. */
static PyObject *method_slowly(struct guard *self, PyObject *object)
{
    AUTO_REF PyObject *fetched = PyObject_GetAttr(object, self->name);

    return fetched ? holder_new(calls_subscript((PyObject *)self, fetched)) : NULL;
}

/* Is it a module's function that passed before? The interpreter looks it up again at once, and
 * finds the same. */
static bool is_known_function(const struct guard *self, PyObject *module)
{
    PyObject *found = PyDict_GetItemWithError(PyModule_GetDict(module), self->name); /* borrowed */

    if (!found)
        PyErr_Clear();
    return found && calls_has_passed(self->sandbox, found);
}

/* Can a lookup of the name on instances of `type` find anything but what the type has? */
static bool type_decides(PyTypeObject *type, PyObject *method)
{
    return type->tp_getattro == PyObject_GenericGetAttr &&
           (PyFunction_Check(method) || Py_IS_TYPE(method, &PyMethodDescr_Type));
}

/* May this method be called on instances as it is, without a look at the arguments? */
static bool method_passes(struct sandbox *sandbox, PyObject *method)
{
    if (PyFunction_Check(method) && code_sandbox(PyFunction_GET_CODE(method)) == sandbox)
        return true;
    if (builtins_stand_in(method))
        return false;
    const struct grant *grant = allowlist_find(method);
    return grant && (grant->grade == GRADE_PURE || grant->grade == GRADE_GATED) &&
           !grant->py_policy;
}

/* Instances whose own dict has the name are looked at one by one; for the others the type
 * decides. */
static bool has_own_attribute(PyObject *object, PyObject *name)
{
    if (!Py_TYPE(object)->tp_dictoffset && !PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE))
        return false;
    PyObject **dict = interpreter_dict_place(object);
    bool own = dict && *dict && PyDict_GetItemWithError(*dict, name);

    PyErr_Clear();
    return own;
}

/* A pack can list the class as one that cells change (rcParams). */
static bool is_kept_by_others(const struct sandbox *sandbox, PyObject *object)
{
    return others_may_have(object) && !offered_is_table(object) &&
           (others_has_exactly(sandbox, object) ||
            (shared_special_is_of_library(sandbox, object) &&
             allowlist_writable(Py_TYPE(object)) != WRITABLE_ALL));
}

static PyObject *check_method(struct guard *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *method = interpreter_type_lookup(type, self->name); /* borrowed */

    if (self->formats && PyUnicode_Check(object)) {
        const char *reason = reflect_in_format(object);
        if (reason)
            return reflect_refuse(self->name, reason);
    }
    if (self->mutates && is_kept_by_others(self->sandbox, object))
        return refusal_raise("store", PyUnicode_AsUTF8(self->name), "it belongs to the interpreter",
                             NULL);
    if (self->begins && method && stores_refuses_again(self->sandbox, method, object))
        return NULL;
    if (!method || !type_decides(type, method) || has_own_attribute(object, self->name) ||
        !method_passes(self->sandbox, method))
        return method_slowly(self, object);
    unsigned version = interpreter_type_version(type);
    if (version && !self->formats && !self->begins &&
        !(self->mutates && shared_is_container(object))) {
        self->ways[self->next_way++ % METHOD_WAYS] =
            (struct verdict){.about = type, .when = verdict_when(version)};
    }
    return Py_NewRef(object);
}

PyObject *methods_subscript(PyObject *object_self, PyObject *object)
{
    struct guard *self = (struct guard *)object_self;
    PyTypeObject *type = Py_TYPE(object);

    if (self->mutates &&
        shared_is_container(
            object)) /* their methods of these names are pure: all that they change is the object */
        return others_has(self->sandbox, object) ? check_method(self, object)
                                                 : interpreter_again(object);
    if (self->mutates && others_may_have(object))
        return check_method(self, object);
    for (unsigned i = 0; i < METHOD_WAYS; i++)
        if (verdict_stands(&self->ways[i], type, type->tp_version_tag, 0))
            return interpreter_again(object);
    return PyModule_CheckExact(object) && is_known_function(self, object)
               ? interpreter_again(object)
               : check_method(self, object);
}

bool methods_init(void)
{
    PyType_Slot slots[] = {{Py_tp_dealloc, holder_dealloc},
                           {Py_tp_traverse, holder_traverse},
                           {Py_tp_getattro, holder_getattro},
                           {0, NULL}};

    holder_type =
        guard_make_type("safepyrun.holder", sizeof(struct holder), Py_TPFLAGS_HAVE_GC, slots);
    return holder_type != NULL;
}
