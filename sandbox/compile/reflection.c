/* reflection: what of the interpreter's insides ordinary programs read after all, where no more
 * than text and numbers leaves the expression: f.__code__.co_name, frame.f_back.f_lineno,
 * Base.__subclasses__() of a class of theirs. */
#include "sandbox/compile/reflection.h"

#include <string.h>

#include "sandbox/compile/nodes.h"
#include "sandbox/owners/owners.h"

/* They only lead on ... */
static const char *const steps[] = {"__code__", "f_code",   "gi_code",  "cr_code",
                                    "ag_code",  "f_back",   "tb_frame", "gi_frame",
                                    "cr_frame", "ag_frame", NULL};
/* ... to these, which are exact str, int and tuples of them. */
static const char *const ends[] = {
    "co_name",           "co_qualname",        "co_filename", "co_firstlineno", "co_argcount",
    "co_kwonlyargcount", "co_posonlyargcount", "co_varnames", "co_freevars",    "co_cellvars",
    "co_flags",          "co_nlocals",         "f_lineno",    "f_lasti",        NULL};

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

PyObject *reflection_lowest(PyObject *attribute)
{
    PyObject *at = syntax_get(attribute, FIELD_value);

    if (!is_among(ends, syntax_get(attribute, FIELD_attr)) || !is_step(at))
        return NULL;
    while (is_step(syntax_get(at, FIELD_value)))
        at = syntax_get(at, FIELD_value);
    return at;
}

/* What a step is taken from. The compiler would warn of a subscript by what it knows to be a
 * function: then it is `True and` that. New reference. */
static PyObject *step_base(PyObject *value)
{
    if (!nodes_is_known_type(value))
        return Py_NewRef(value);
    AUTO_REF PyObject *constant = syntax_new(NODE_Constant, value);
    bool made = constant && syntax_set(constant, FIELD_value, Py_True) &&
                syntax_set(constant, FIELD_kind, Py_None);
    return made ? nodes_and(constant, value) : NULL;
}

static bool may_give_frames(PyObject *node)
{
    static const char *const names[] = {"inspect", "currentframe", "_getframe",
                                        "walk_tb", "walk_stack",   NULL};
    enum node_kind kind = syntax_kind(node);
    enum field field = kind == NODE_Attribute ? FIELD_attr
                       : kind == NODE_Name    ? FIELD_id
                                              : FIELD_name;
    PyObject *name = kind == NODE_Attribute || kind == NODE_Name || kind == NODE_alias
                         ? syntax_get(node, field)
                         : NULL;

    return name && PyUnicode_Check(name) && is_among(names, name);
}

/* Is one of these named anywhere in `node`, a node or a list? */
static bool mentions_frames(PyObject *node)
{
    bool found = false;

    if (PyList_Check(node)) {
        for (Py_ssize_t i = 0; !found && i < PyList_GET_SIZE(node); i++)
            found = mentions_frames(PyList_GET_ITEM(node, i));
        return found;
    }
    if (!syntax_is_node(node) || may_give_frames(node))
        return syntax_is_node(node);
    AUTO_REF PyObject *fields = PyObject_GetAttrString((PyObject *)Py_TYPE(node), "_fields");
    for (Py_ssize_t i = 0;
         fields && PyTuple_Check(fields) && !found && i < PyTuple_GET_SIZE(fields); i++) {
        AUTO_REF PyObject *value = PyObject_GetAttr(node, PyTuple_GET_ITEM(fields, i));
        found = value && mentions_frames(value);
    }
    error_forget();
    return found;
}

bool reflection_may_step(const struct transform *transform, PyObject *attribute)
{
    static const char *const values[] = {"f_back", "f_code", NULL};

    return transform->statements && is_among(values, syntax_get(attribute, FIELD_attr)) &&
           mentions_frames(transform->statements);
}

/* I[x] in the place of x.f_code. New reference. */
static PyObject *guarded_step(PyObject *step)
{
    PyObject *value = syntax_get(step, FIELD_value);
    AUTO_REF PyObject *below = is_step(value) ? guarded_step(value) : step_base(value);

    return below ? nodes_guarded_at(step, "I", syntax_get(step, FIELD_attr), Py_NewRef(below))
                 : NULL;
}

bool reflection_guard(PyObject *attribute)
{
    AUTO_REF PyObject *guarded = guarded_step(syntax_get(attribute, FIELD_value));

    return guarded && syntax_set(attribute, FIELD_value, guarded);
}

/* A class statement of the module's, anywhere at its level? Functions above it may name it. */
static bool defines_class(PyObject *body, PyObject *id)
{
    for (Py_ssize_t i = 0; body && i < PyList_GET_SIZE(body); i++) {
        PyObject *statement = PyList_GET_ITEM(body, i);
        if (syntax_kind(statement) == NODE_ClassDef &&
            PyUnicode_Compare(syntax_get(statement, FIELD_name), id) == 0)
            return true;
    }
    return false;
}

bool reflection_asks_subclasses(const struct transform *transform, const struct locals *names,
                                PyObject *callee)
{
    PyObject *receiver = syntax_get(callee, FIELD_value);

    if (PyUnicode_CompareWithASCIIString(syntax_get(callee, FIELD_attr), "__subclasses__") != 0 ||
        syntax_kind(receiver) != NODE_Name)
        return false;
    PyObject *id = syntax_get(receiver, FIELD_id);
    PyObject *space = transform->sandbox ? transform->sandbox->globals : NULL; /* may be gone */
    PyObject *bound = space ? PyDict_GetItemWithError(space, id) : NULL;       /* borrowed */
    error_forget();
    return locals_owns(names, id) || defines_class(transform->statements, id) ||
           (bound && PyType_Check(bound) &&
            classes_is_born(transform->sandbox, (PyTypeObject *)bound));
}
