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

OBJECT_OWNS(holder, &self->value)

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

/* May A.m be called as it is, whenever the class has not changed? It does where it leads to a
 * function of the sandbox's own, a class's or static method's too. */
static bool class_decides(const struct guard *self, PyObject *object, PyObject *fetched)
{
    PyObject *function = PyMethod_Check(fetched) ? PyMethod_GET_FUNCTION(fetched) : fetched;
    PyObject *found = PyFunction_Check(function) && Py_IS_TYPE(object, &PyType_Type) &&
                              !interpreter_type_lookup(&PyType_Type, self->name)
                          ? interpreter_type_lookup((PyTypeObject *)object, self->name)
                          : NULL; /* borrowed */

    return found &&
           (found == function || Py_IS_TYPE(found, &PyStaticMethod_Type) ||
            Py_IS_TYPE(found, &PyClassMethod_Type)) &&
           code_sandbox(PyFunction_GET_CODE(function)) == self->sandbox;
}

static void add_way(struct guard *self, PyTypeObject *about, uint64_t run)
{
    unsigned version = interpreter_type_version(about);

    if (version)
        self->ways[self->next_way++ % METHOD_WAYS] =
            (struct verdict){.about = about, .when = verdict_when(version), .run = run};
}

/* Fetch the attribute once, check it, and hold it for the call. */
static PyObject *method_slowly(struct guard *self, PyObject *object)
{
    AUTO_REF PyObject *fetched = PyObject_GetAttr(object, self->name);
    AUTO_REF PyObject *checked = fetched ? calls_subscript((PyObject *)self, fetched) : NULL;

    if (!checked || checked != fetched || self->begins || !class_decides(self, object, fetched))
        return holder_new(Py_XNewRef(checked));
    add_way(self, (PyTypeObject *)object, self->sandbox->run);
    return Py_NewRef(object);
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
 * decides. Asked by a lookup: to ask for the dict would make one, and an instance that has its
 * values in line, as most do, would be slower to read from then on. */
static bool has_own_attribute(PyObject *object, PyObject *name, PyObject *method)
{
    if (!Py_TYPE(object)->tp_dictoffset && !PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE))
        return false;
    AUTO_REF PyObject *found = PyObject_GenericGetAttr(object, name);

    if (!found)
        PyErr_Clear();
    if (PyFunction_Check(method))
        return !found || !PyMethod_Check(found) || PyMethod_GET_SELF(found) != object ||
               PyMethod_GET_FUNCTION(found) != method;
    return !found || !PyCFunction_Check(found) || PyCFunction_GET_SELF(found) != object ||
           ((PyCFunctionObject *)found)->m_ml != ((PyMethodDescrObject *)method)->d_method;
}

/* A pack can list the class as one that cells change (rcParams). */
static bool is_kept_by_others(const struct sandbox *sandbox, PyObject *object)
{
    return others_may_have(object) && (shared_is_container(object) || shared_is_special(object)) &&
           !stores_may_change(sandbox, object);
}

static PyObject *check_method(struct guard *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *method = interpreter_type_lookup(type, self->name); /* borrowed */

    if (self->formats && PyUnicode_Check(object)) {
        const char *reason = reflect_in_format(object);
        if (reason)
            return reflect_refuse(self->name, reason);
        if (PyUnicode_CheckExact(object)) /* nothing but the text decides */
            return Py_NewRef(object);
    }
    if (self->mutates && is_kept_by_others(self->sandbox, object)) {
        if (!shared_is_special(object))
            return refusal_raise("store", PyUnicode_AsUTF8(self->name),
                                 "it belongs to the interpreter", NULL);
        if (!stores_check(self->sandbox, object))
            return NULL;
    }
    if (self->begins && method && stores_refuses_method(self->sandbox, method, object))
        return NULL;
    if (!method || !type_decides(type, method) || has_own_attribute(object, self->name, method) ||
        !method_passes(self->sandbox, method))
        return method_slowly(self, object);
    if (!self->formats && !self->begins && !(self->mutates && shared_is_container(object)))
        add_way(self, type, 0);
    return Py_NewRef(object);
}

static bool is_known_class(const struct guard *self, const PyTypeObject *class)
{
    for (unsigned i = 0; i < METHOD_WAYS; i++)
        if (verdict_stands(&self->ways[i], class, class->tp_version_tag, self->sandbox->run))
            return true;
    return false;
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
    if (type == &PyType_Type)
        return is_known_class(self, (PyTypeObject *)object) ? interpreter_again(object)
                                                            : check_method(self, object);
    return PyModule_CheckExact(object) && is_known_function(self, object)
               ? interpreter_again(object)
               : check_method(self, object);
}

bool methods_init(void)
{
    PyType_Slot slots[] = {OBJECT_GC_SLOTS(holder), {Py_tp_getattro, holder_getattro}, {0, NULL}};

    holder_type = object_type("safepyrun.holder", sizeof(struct holder), Py_TPFLAGS_HAVE_GC, slots);
    return holder_type != NULL;
}
