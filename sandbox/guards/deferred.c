/* deferred: callables that a sandbox leaves behind for later: for another thread, the program's
 * end, the death of an object, an event loop of the host's, a log handler. */
#include "sandbox/guards/deferred.h"

#include <stddef.h>
#include <string.h>
#include <structmember.h>

#include "sandbox/guards/guard_object.h"

struct deferred {
    PyObject_HEAD PyObject *callable; /* owned */
    PyObject *token;                  /* owned: keeps the sandbox */
    struct sandbox *sandbox;
    PyObject *weak_references;
};

static PyTypeObject *deferred_type; /* made once per process */

/* ---- the object ---- */

static PyObject *wrap(PyObject *callable, struct sandbox *sandbox)
{
    struct deferred *self = PyObject_GC_New(struct deferred, deferred_type);

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

    if (guarded || Py_IS_TYPE(callable, deferred_type))
        return Py_NewRef(callable);
    return wrap(callable, sandbox);
}

static PyObject *deferred_call(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *alive = Py_NewRef(object);
    struct deferred *self = (struct deferred *)object;
    struct gate_scope scope;

    gate_judged_enter(&scope, self->sandbox);
    PyObject *result = PyObject_Call(self->callable, arguments, keywords);
    gate_trusted_exit(&scope);
    return result;
}

static PyObject *deferred_get(PyObject *object, PyObject *instance, PyObject *type)
{
    struct deferred *self = (struct deferred *)object;
    descrgetfunc get = Py_TYPE(self->callable)->tp_descr_get;

    if (!get)
        return Py_NewRef(object);
    AUTO_REF PyObject *bound = get(self->callable, instance, type);
    return bound ? wrap(bound, self->sandbox) : NULL;
}

/* Functions are copied as themselves. */
static PyObject *deferred_copy(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

/* A pickle has the callable by its name, which what stands in for it does not bear. */
static PyObject *deferred_reduce(PyObject *object, PyObject *unused)
{
    AUTO_REF PyObject *functools = PyImport_ImportModule("functools");
    AUTO_REF PyObject *partial = functools ? PyObject_GetAttrString(functools, "partial") : NULL;

    (void)unused;
    return partial ? Py_BuildValue("O(O)", partial, ((struct deferred *)object)->callable) : NULL;
}

static PyMethodDef deferred_methods[] = {{"__copy__", deferred_copy, METH_NOARGS, NULL},
                                         {"__deepcopy__", deferred_copy, METH_O, NULL},
                                         {"__reduce_ex__", deferred_reduce, METH_O, NULL},
                                         {NULL, NULL, 0, NULL}};

static PyObject *deferred_getattro(PyObject *object, PyObject *name)
{
    if (PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) > 7 &&
        PyUnicode_READ_CHAR(name, 0) == '_')
        for (const PyMethodDef *method = deferred_methods; method->ml_name; method++)
            if (PyUnicode_CompareWithASCIIString(name, method->ml_name) == 0)
                return PyObject_GenericGetAttr(object, name);
    return PyObject_GetAttr(((struct deferred *)object)->callable, name);
}

static PyObject *deferred_repr(PyObject *object)
{
    return PyObject_Repr(((struct deferred *)object)->callable);
}

static Py_hash_t deferred_hash(PyObject *object)
{
    return PyObject_Hash(((struct deferred *)object)->callable);
}

PyObject *deferred_original(PyObject *object)
{
    return Py_IS_TYPE(object, deferred_type) ? ((struct deferred *)object)->callable : object;
}

static PyObject *deferred_compare(PyObject *left, PyObject *right, int operation)
{
    return PyObject_RichCompare(deferred_original(left), deferred_original(right), operation);
}

OBJECT_OWNS(deferred, &self->callable, &self->token)

static PyTypeObject *make_type(void)
{
    static PyMemberDef members[] = {{"__weaklistoffset__", T_PYSSIZET,
                                     offsetof(struct deferred, weak_references), READONLY, NULL},
                                    {0}};
    static PyType_Slot slots[] = {{Py_tp_members, members},
                                  {Py_tp_methods, deferred_methods},
                                  {Py_tp_call, deferred_call},
                                  {Py_tp_descr_get, deferred_get},
                                  OBJECT_GC_SLOTS(deferred),
                                  {Py_tp_repr, deferred_repr},
                                  {Py_tp_getattro, deferred_getattro},
                                  {Py_tp_hash, deferred_hash},
                                  {Py_tp_richcompare, deferred_compare},
                                  {0, NULL}};

    return object_type("safepyrun.deferred", sizeof(struct deferred), Py_TPFLAGS_HAVE_GC, slots);
}

/* ---- classes ---- */

/* Called as it is, with nothing of the sandbox on the stack: a partial, a bound method, a builtin
 * function. */
static bool is_loose_callable(PyObject *value)
{
    return Py_TYPE(value)->tp_call && !PyType_Check(value) && !PyFunction_Check(value) &&
           !Py_IS_TYPE(value, &PyMethodDescr_Type) && !Py_IS_TYPE(value, &PyWrapperDescr_Type) &&
           !Py_IS_TYPE(value, &PyClassMethod_Type) && !Py_IS_TYPE(value, &PyStaticMethod_Type) &&
           !Py_IS_TYPE(value, deferred_type);
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

bool deferred_is_due(PyObject *name, PyObject *value)
{
    return is_loose_callable(value) && is_called_by_others(name);
}

/* ---- bound methods and partials ---- */

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

PyObject *deferred_first(PyObject *tuple)
{
    PyObject *function = !gate_is_closed() && PyTuple_Check(tuple) && PyTuple_GET_SIZE(tuple)
                             ? PyTuple_GET_ITEM(tuple, 0)
                             : NULL;
    struct sandbox *sandbox = function ? gate_current() : NULL;

    if (!sandbox || !is_librarys(function))
        return Py_NewRef(tuple);
    AUTO_REF PyObject *deferred = wrap(function, sandbox);
    return keywords_with_first(tuple, deferred);
}

bool deferred_init(void)
{
    return deferred_type || (deferred_type = make_type());
}
