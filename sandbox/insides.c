#include "insides.h"

#include <string.h>

#include "guard_object.h"
#include "nodes.h"
#include "syntax.h"

/* They only lead on ... */
static const char *const steps[] = {"__code__", "f_code", "gi_code", "cr_code", "ag_code", "f_back", "tb_frame", "gi_frame", "cr_frame",
                                    "ag_frame", NULL};
/* ... to these, which are exact str, int and tuples of them. */
static const char *const ends[] = {"co_name", "co_qualname", "co_filename", "co_firstlineno", "co_argcount", "co_kwonlyargcount",
                                   "co_posonlyargcount", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_nlocals",
                                   "f_lineno", "f_lasti", NULL};

static bool is_among(const char *const *names, PyObject *name)
{
    for (; *names; names++)
        if (PyUnicode_CompareWithASCIIString(name, *names) == 0)
            return true;
    return false;
}

static bool is_step(PyObject *node)
{
    return syntax_kind(node) == NODE_Attribute && is_among(steps, syntax_get(node, FIELD_attr));
}

PyObject *insides_lowest(PyObject *attribute)
{
    PyObject *at = syntax_get(attribute, FIELD_value);

    if (!is_among(ends, syntax_get(attribute, FIELD_attr)) || !is_step(at))
        return NULL;
    while (is_step(syntax_get(at, FIELD_value)))
        at = syntax_get(at, FIELD_value);
    return at;
}

/* I[x] in the place of x.f_code: what it gives is but the base of the next attribute. New reference. */
static PyObject *guarded_step(PyObject *step)
{
    PyObject *value = syntax_get(step, FIELD_value);
    AUTO_REF PyObject *below = is_step(value) ? guarded_step(value) : Py_NewRef(value);

    return below ? nodes_guarded_at(step, "I", syntax_get(step, FIELD_attr), Py_NewRef(below)) : NULL;
}

bool insides_guard(PyObject *attribute)
{
    AUTO_REF PyObject *guarded = guarded_step(syntax_get(attribute, FIELD_value));

    return guarded && syntax_set(attribute, FIELD_value, guarded);
}

/* Of the interpreter's own types, whose getters announce themselves to the gate and run no other code. */
static bool is_inside(PyObject *object)
{
    PyObject *function = PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;

    return PyFunction_Check(function) || PyFrame_Check(object) || PyGen_CheckExact(object) || PyCoro_CheckExact(object) ||
           PyAsyncGen_CheckExact(object) || PyTraceBack_Check(object);
}

PyObject *subscript_inside(PyObject *self, PyObject *object)
{
    struct sandbox_scope scope;

    if (!is_inside(object))
        return PyObject_GetAttr(object, ((struct guard *)self)->name);
    sandbox_reading_enter(&scope);
    PyObject *value = PyObject_GetAttr(object, ((struct guard *)self)->name);
    sandbox_trusted_exit(&scope);
    return value;
}

/* A class statement of the module's, anywhere at its level? Functions above it may name it. */
static bool defines_class(PyObject *body, PyObject *id)
{
    for (Py_ssize_t i = 0; body && i < PyList_GET_SIZE(body); i++) {
        PyObject *statement = PyList_GET_ITEM(body, i);
        if (syntax_kind(statement) == NODE_ClassDef && PyUnicode_Compare(syntax_get(statement, FIELD_name), id) == 0)
            return true;
    }
    return false;
}

bool insides_asks_subclasses(const struct transform *transform, const struct locals *names, PyObject *callee)
{
    PyObject *receiver = syntax_get(callee, FIELD_value);

    if (PyUnicode_CompareWithASCIIString(syntax_get(callee, FIELD_attr), "__subclasses__") != 0 || syntax_kind(receiver) != NODE_Name)
        return false;
    PyObject *id = syntax_get(receiver, FIELD_id);
    PyObject *bound = transform->sandbox ? PyDict_GetItemWithError(transform->sandbox->globals, id) : NULL; /* borrowed */
    PyErr_Clear();
    return locals_owns(names, id) || defines_class(transform->statements, id) ||
           (bound && PyType_Check(bound) && guard_type_is_born(transform->sandbox, (PyTypeObject *)bound));
}

bool insides_tells_subclasses(const struct sandbox *sandbox, PyObject *callable)
{
    PyObject *self = PyCFunction_Check(callable) ? PyCFunction_GET_SELF(callable) : NULL;

    return self && PyType_Check(self) && strcmp(((PyCFunctionObject *)callable)->m_ml->ml_name, "__subclasses__") == 0 &&
           guard_type_is_born(sandbox, (PyTypeObject *)self);
}
