/* guest: see the header. */
#include "sandbox/guest.h"

#include <stddef.h>
#include <string.h>

#include "base/object.h"
#include "sandbox/guards/guards.h"
#include "sandbox/sandbox.h"

struct guest {
    PyObject_HEAD PyObject *callable; /* owned: as it is */
    PyObject *checked;                /* owned: as the sandbox may call it */
    PyObject *token;                  /* owned: keeps the sandbox */
    struct sandbox *sandbox;
};

static PyTypeObject *guest_type; /* made once per process */

/* ---- arriving ---- */

/* The attributes that the dotted `path` leads through. New reference. */
static PyObject *follow(PyObject *module, const char *path)
{
    PyObject *at = Py_NewRef(module);

    while (at && *path) {
        const char *dot = strchr(path, '.');
        AUTO_REF PyObject *name =
            PyUnicode_FromStringAndSize(path, dot ? dot - path : (Py_ssize_t)strlen(path));
        Py_SETREF(at, name ? PyObject_GetAttr(at, name) : NULL);
        path = dot ? dot + 1 : "";
    }
    return at;
}

static PyObject *find(struct sandbox *sandbox, PyObject *parts)
{
    PyObject *first = PyTuple_GET_ITEM(parts, 0);
    const char *path = PyUnicode_Check(first) && PyTuple_GET_SIZE(parts) == 2
                           ? text_of(PyTuple_GET_ITEM(parts, 1))
                           : NULL;

    if (path) {
        AUTO_REF PyObject *module = PyImport_Import(first);
        return module ? follow(module, path) : NULL;
    }
    if (!PyCallable_Check(first))
        return PyErr_Format(PyExc_ValueError, "%R is no guest", parts);
    AUTO_REF PyObject *arguments = PyTuple_GetSlice(parts, 1, PY_SSIZE_T_MAX);
    AUTO_REF PyObject *checked = gate_is_closed() ? calls_check(sandbox, first)
                                                  : Py_NewRef(first); /* a cell can come here */
    return arguments && checked ? PyObject_Call(checked, arguments, NULL) : NULL;
}

static PyObject *wrap(struct sandbox *sandbox, PyObject *callable)
{
    const struct grant *grant = allowlist_find(callable);
    bool known = gate_is_closed() || (grant && grant->grade != GRADE_UNKNOWN);
    AUTO_REF PyObject *checked =
        known || builtins_stand_in(callable) ? calls_check(sandbox, callable) : Py_NewRef(callable);
    struct guest *self = checked ? PyObject_New(struct guest, guest_type) : NULL;

    if (!self)
        return NULL;
    self->callable = Py_NewRef(callable);
    self->checked = Py_NewRef(checked);
    self->token = Py_NewRef(sandbox->token);
    self->sandbox = sandbox;
    return (PyObject *)self;
}

PyObject *guest_new(struct sandbox *sandbox, PyObject *parts)
{
    struct gate_scope scope;

    if (PyTuple_GET_SIZE(parts) == 0)
        return PyErr_Format(PyExc_ValueError, "a guest is made of something");
    gate_judged_enter(&scope, sandbox);
    AUTO_REF PyObject *callable = find(sandbox, parts);
    gate_trusted_exit(&scope);
    if (!callable || !libraries_cover())
        return NULL;
    return PyCallable_Check(callable) ? wrap(sandbox, callable) : Py_NewRef(callable);
}

/* ---- the object ---- */

static PyObject *guest_call(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *alive = Py_NewRef(object);
    const struct guest *self = (struct guest *)object;
    struct gate_scope scope;

    gate_judged_enter(&scope, self->sandbox);
    PyObject *result = PyObject_Call(self->checked, arguments, keywords);
    gate_trusted_exit(&scope);
    return result;
}

/* As pickle would have it, it would be the bare function: only cloudpickle knows how to (travel.c).
 */
static PyObject *guest_reduce(PyObject *object, PyObject *unused)
{
    (void)unused;
    return PyErr_Format(PyExc_TypeError, "%R is pickled by cloudpickle", object);
}

static PyMethodDef guest_methods[] = {{"__reduce_ex__", guest_reduce, METH_O, NULL},
                                      {NULL, NULL, 0, NULL}};

static PyObject *guest_getattro(PyObject *object, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, guest_methods->ml_name) == 0 ||
        PyUnicode_CompareWithASCIIString(name, "__class__") == 0) /* cloudpickle asks for it */
        return PyObject_GenericGetAttr(object, name);
    return PyObject_GetAttr(((struct guest *)object)->callable, name);
}

static PyObject *guest_repr(PyObject *object)
{
    return PyObject_Repr(((struct guest *)object)->callable);
}

static PyObject *guest_original(PyObject *object)
{
    return Py_IS_TYPE(object, guest_type) ? ((struct guest *)object)->callable : NULL;
}

OBJECT_FREES(guest, &self->callable, &self->checked, &self->token)

static PyTypeObject *make_type(void)
{
    static PyType_Slot slots[] = {{Py_tp_methods, guest_methods},   {Py_tp_call, guest_call},
                                  {Py_tp_dealloc, guest_dealloc},   {Py_tp_repr, guest_repr},
                                  {Py_tp_getattro, guest_getattro}, {0, NULL}};

    return object_type("_safepyrun.Guest", sizeof(struct guest), 0, slots);
}

bool guest_add_type(PyObject *table, PyObject *reduce)
{
    return PyDict_SetItem(table, (PyObject *)guest_type, reduce) == 0;
}

PyTypeObject *guest_class(void)
{
    return guest_type;
}

bool guest_init(void)
{
    return guest_type || (guest_type = make_type());
}

/* ---- leaving ---- */

/* A callable that is no code of a cell's, and that a library there could come to call. */
static bool is_librarys(PyObject *object)
{
    static const char *const types[] = {"operator.methodcaller", "method_descriptor",
                                        "wrapper_descriptor", "method-wrapper"};
    PyObject *function = PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;

    if (PyFunction_Check(function))
        return !code_is_guarded(PyFunction_GET_CODE(function));
    if (PyCFunction_Check(function) || resolve_is_compiled(function))
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(Py_TYPE(object)->tp_name, types[i]) == 0)
            return true;
    return false;
}

/* Another object that the packs list as a function (numpy's are): those have a name to be sent by,
 * data does not. */
static bool is_listed(PyObject *object)
{
    const struct grant *grant = allowlist_find(object);

    return grant && (grant->grade >= GRADE_GATED || grant->policy);
}

/* What needs no judging: it computes; what pickles code, which puts it together again; what is sent
 * by value, which the program's own functions are. */
static bool is_harmless(PyObject *callable)
{
    const struct grant *grant = allowlist_find(callable);
    struct identity identity;

    if (builtins_is_stand_in(callable))
        return false;
    if (grant && grant->grade == GRADE_PURE && !grant->policy)
        return true;
    if (PyFunction_Check(callable) &&
        PyDict_GetItemString(PyFunction_GET_GLOBALS(callable), "CloudPickler"))
        return true;
    return !PyMethod_Check(callable) && !PyCFunction_Check(callable) &&
           resolve_identity(callable, &identity) && !identity.proven;
}

/* "named" parts of a callable that pickles by its name. */
static PyObject *named(PyObject *callable, PyObject *qualname)
{
    AUTO_REF PyObject *pickle = PyImport_ImportModule("pickle");
    AUTO_REF PyObject *module =
        pickle ? PyObject_CallMethod(pickle, "whichmodule", "OO", callable, qualname) : NULL;

    return module ? PyTuple_Pack(2, module, qualname) : NULL;
}

/* What pickle makes of it: its name, or how it is made. New reference. */
static PyObject *reduce(PyObject *callable)
{
    if (PyFunction_Check(callable))
        return PyObject_GetAttrString(callable, "__qualname__");
    PyObject *table = loaded_member("copyreg", "dispatch_table");
    PyObject *row = table && PyDict_Check(table)
                        ? PyDict_GetItemWithError(table, (PyObject *)Py_TYPE(callable))
                        : NULL;
    if (row) /* numpy's ufuncs */
        return PyObject_CallOneArg(row, callable);
    return PyObject_CallMethod(callable, "__reduce_ex__", "i", 4);
}

PyObject *guest_parts(PyObject *object)
{
    PyObject *original = guest_original(object);
    PyObject *callable = original ? original : deferred_original(object);
    bool function = callable != object || is_librarys(object);

    if (callable == object && (function ? is_harmless(object) : !is_listed(object)))
        return Py_NewRef(Py_None);
    if (builtins_is_stand_in(callable)) {
        AUTO_REF PyObject *name = PyObject_GetAttrString(callable, "__name__");
        return name ? Py_BuildValue("(sO)", "builtins", name) : NULL;
    }
    AUTO_REF PyObject *reduced = reduce(callable);
    if (reduced && PyUnicode_Check(reduced))
        return named(callable, reduced);
    if (!reduced || !function || !PyTuple_Check(reduced) || PyTuple_GET_SIZE(reduced) < 2 ||
        !PyTuple_Check(PyTuple_GET_ITEM(reduced, 1)) ||
        (PyTuple_GET_SIZE(reduced) > 2 && PyTuple_GET_ITEM(reduced, 2) != Py_None))
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None); /* it fails, or goes, as it is */
    AUTO_REF PyObject *first = PyTuple_Pack(1, PyTuple_GET_ITEM(reduced, 0));
    return first ? PySequence_Concat(first, PyTuple_GET_ITEM(reduced, 1)) : NULL;
}
