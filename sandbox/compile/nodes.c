/* nodes: the syntax nodes that the transformation adds: guards, as placeholders in constants, and
 * the statements made of them. */
#include "sandbox/compile/nodes.h"

#include "base/reference.h"
#include "sandbox/compile/transform.h"

/* The constant "<prefix>kind" or "<prefix>kind:name" at the position of `at`. */
PyObject *nodes_placeholder(PyObject *at, const char *kind, PyObject *name)
{
    AUTO_REF PyObject *text = name ? PyUnicode_FromFormat("%U%s:%U", transform_prefix, kind, name)
                                   : PyUnicode_FromFormat("%U%s", transform_prefix, kind);
    AUTO_REF PyObject *constant = text ? syntax_new(NODE_Constant, at) : NULL;

    if (!constant || !syntax_set(constant, FIELD_value, text) ||
        !syntax_set(constant, FIELD_kind, Py_None))
        return NULL;
    return Py_NewRef(constant);
}

/* guard[value] at the position of `at`: what a refusal points to. `value` is stolen (may be
 * NULL). */
PyObject *nodes_guarded_at(PyObject *at, const char *kind, PyObject *name, PyObject *value)
{
    AUTO_REF PyObject *owned = value;
    AUTO_REF PyObject *constant = value ? nodes_placeholder(value, kind, name) : NULL;
    AUTO_REF PyObject *node = constant ? syntax_new(NODE_Subscript, at) : NULL;

    if (!node || !syntax_set(node, FIELD_value, constant) ||
        !syntax_set(node, FIELD_slice, owned) || !syntax_set(node, FIELD_ctx, syntax_load()))
        return NULL;
    return Py_NewRef(node);
}

PyObject *nodes_guarded(const char *kind, PyObject *name, PyObject *value)
{
    return nodes_guarded_at(value, kind, name, value);
}

static PyObject *name_new(PyObject *at, PyObject *id, PyObject *context)
{
    AUTO_REF PyObject *node = syntax_new(NODE_Name, at);

    if (!node || !syntax_set(node, FIELD_id, id) || !syntax_set(node, FIELD_ctx, context))
        return NULL;
    return Py_NewRef(node);
}

/* The statement `id = T[id]`, or `id = C[id]` for what a pattern took out of an object. */
static PyObject *twin_statement(PyObject *at, const char *kind, PyObject *id)
{
    AUTO_REF PyObject *value = nodes_guarded(kind, NULL, name_new(at, id, syntax_load()));
    AUTO_REF PyObject *target = value ? name_new(at, id, syntax_store()) : NULL;
    AUTO_REF PyObject *targets = target ? PyList_New(1) : NULL;
    AUTO_REF PyObject *node = targets ? syntax_new(NODE_Assign, at) : NULL;

    if (!node)
        return NULL;
    PyList_SET_ITEM(targets, 0, Py_NewRef(target));
    if (!syntax_set(node, FIELD_targets, targets) || !syntax_set(node, FIELD_value, value))
        return NULL;
    return Py_NewRef(node);
}

PyObject *nodes_and(PyObject *left, PyObject *right)
{
    AUTO_REF PyObject *values = PyList_New(2);
    AUTO_REF PyObject *operator= PyObject_CallNoArgs((PyObject *)syntax_types[NODE_And]);
    AUTO_REF PyObject *node = syntax_new(NODE_BoolOp, right);

    if (!values || !operator|| !node)
        return NULL;
    PyList_SET_ITEM(values, 0, Py_NewRef(left));
    PyList_SET_ITEM(values, 1, Py_NewRef(right));
    return syntax_set(node, FIELD_op, operator) && syntax_set(node, FIELD_values, values)
               ? Py_NewRef(node)
               : NULL;
}

/* D.keep(value): a call, because a subscript of two constants would be computed by the compiler. */
PyObject *nodes_kept(PyObject *value)
{
    AUTO_REF PyObject *constant = nodes_placeholder(value, "D", NULL);
    AUTO_REF PyObject *method = constant ? syntax_new(NODE_Attribute, value) : NULL;
    AUTO_REF PyObject *name = PyUnicode_InternFromString("keep");
    AUTO_REF PyObject *arguments = PyList_New(1);
    AUTO_REF PyObject *keywords = PyList_New(0);
    AUTO_REF PyObject *call = method ? syntax_new(NODE_Call, value) : NULL;

    if (!call || !name || !arguments || !keywords)
        return NULL;
    PyList_SET_ITEM(arguments, 0, Py_NewRef(value));
    if (!syntax_set(method, FIELD_value, constant) || !syntax_set(method, FIELD_attr, name) ||
        !syntax_set(method, FIELD_ctx, syntax_load()) || !syntax_set(call, FIELD_func, method) ||
        !syntax_set(call, FIELD_args, arguments) || !syntax_set(call, FIELD_keywords, keywords))
        return NULL;
    return Py_NewRef(call);
}

/* Add `id = T[id]` to `out` for each name that a pattern binds from an attribute. */
bool nodes_twin_captures(PyObject *pattern, PyObject *out)
{
    enum node_kind kind = syntax_kind(pattern);
    static const enum field nested[] = {FIELD_patterns, FIELD_kwd_patterns, FIELD_pattern};
    PyObject *name = kind == NODE_MatchMapping ? syntax_get(pattern, FIELD_rest)
                                               : syntax_get(pattern, FIELD_name);

    if ((kind == NODE_MatchAs || kind == NODE_MatchStar || kind == NODE_MatchMapping) && name &&
        name != Py_None) {
        AUTO_REF PyObject *statement = twin_statement(pattern, "C", name);
        if (!statement || PyList_Append(out, statement) < 0)
            return false;
    }
    for (size_t i = 0; i < 3; i++) {
        PyObject *below = syntax_get(pattern, nested[i]);
        if (below && syntax_is_node(below) && !nodes_twin_captures(below, out))
            return false;
        for (Py_ssize_t k = 0; below && PyList_Check(below) && k < PyList_GET_SIZE(below); k++)
            if (!nodes_twin_captures(PyList_GET_ITEM(below, k), out))
                return false;
    }
    return true;
}

bool nodes_has_class_pattern(PyObject *pattern)
{
    static const enum field nested[] = {FIELD_patterns, FIELD_pattern};

    if (syntax_kind(pattern) == NODE_MatchClass)
        return true;
    for (size_t i = 0; i < 2; i++) {
        PyObject *below = syntax_get(pattern, nested[i]);
        if (below && syntax_is_node(below) && nodes_has_class_pattern(below))
            return true;
        for (Py_ssize_t k = 0; below && PyList_Check(below) && k < PyList_GET_SIZE(below); k++)
            if (nodes_has_class_pattern(PyList_GET_ITEM(below, k)))
                return true;
    }
    return false;
}

/* super(), or super(C, self)? */
bool nodes_is_super(PyObject *node)
{
    PyObject *callee = syntax_kind(node) == NODE_Call ? syntax_get(node, FIELD_func) : NULL;

    if (!callee || syntax_kind(callee) != NODE_Name ||
        PyUnicode_CompareWithASCIIString(syntax_get(callee, FIELD_id), "super") != 0)
        return false;
    PyObject *keywords = syntax_get(node, FIELD_keywords), *list = syntax_get(node, FIELD_args);
    Py_ssize_t count = list && PyList_Check(list) ? PyList_GET_SIZE(list) : 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (syntax_kind(PyList_GET_ITEM(list, i)) == NODE_Starred)
            return false;
    return (count == 0 || count == 2) &&
           !(keywords && PyList_Check(keywords) && PyList_GET_SIZE(keywords));
}

/* super(...).m(...) becomes G[U[super] and super(...).m](...): from 3.12 on the compiler makes
 * super(...).m one step, when nothing stands between. */
bool nodes_guard_super(PyObject *call)
{
    PyObject *callee = syntax_get(call, FIELD_func);
    PyObject *super = syntax_get(syntax_get(callee, FIELD_value), FIELD_func);
    AUTO_REF PyObject *checked = nodes_guarded("U", NULL, Py_NewRef(super));
    AUTO_REF PyObject *both = checked ? nodes_and(checked, callee) : NULL;
    AUTO_REF PyObject *whole = both ? nodes_guarded_at(callee, "G", NULL, Py_NewRef(both)) : NULL;

    return whole && syntax_set(call, FIELD_func, whole);
}

/* What follows an import-from: each name becomes its twin when it must; `import *` all of them. */
bool nodes_after_import(PyObject *node, PyObject *out)
{
    PyObject *module = syntax_get(node, FIELD_module), *names = syntax_get(node, FIELD_names);

    if (module && PyUnicode_Check(module) &&
        PyUnicode_CompareWithASCIIString(module, "__future__") == 0)
        return true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *alias = PyList_GET_ITEM(names, i);
        PyObject *name = syntax_get(alias, FIELD_asname);
        name = name && name != Py_None ? name : syntax_get(alias, FIELD_name);
        if (PyUnicode_CompareWithASCIIString(name, "*") != 0) {
            AUTO_REF PyObject *statement = twin_statement(node, "T", name);
            if (!statement || PyList_Append(out, statement) < 0)
                return false;
            continue;
        }
        AUTO_REF PyObject *own_name = PyUnicode_InternFromString("__name__");
        AUTO_REF PyObject *value =
            own_name ? nodes_guarded("S", NULL, name_new(node, own_name, syntax_load())) : NULL;
        AUTO_REF PyObject *statement = value ? syntax_new(NODE_Expr, node) : NULL;
        if (!statement || !syntax_set(statement, FIELD_value, value) ||
            PyList_Append(out, statement) < 0)
            return false;
    }
    return true;
}

/* self.a = self.b = ... = None */
static PyObject *stored_attributes(PyObject *at, PyObject *attributes)
{
    AUTO_REF PyObject *self_name = PyUnicode_InternFromString("self");
    AUTO_REF PyObject *self = self_name ? name_new(at, self_name, syntax_load()) : NULL;
    AUTO_REF PyObject *none = syntax_new(NODE_Constant, at);
    AUTO_REF PyObject *node = syntax_new(NODE_Assign, at);
    AUTO_REF PyObject *targets = PyList_New(0);

    if (!self || !none || !node || !targets || !syntax_set(none, FIELD_value, Py_None) ||
        !syntax_set(none, FIELD_kind, Py_None))
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(attributes); i++) {
        AUTO_REF PyObject *target = syntax_new(NODE_Attribute, at);
        if (!target || !syntax_set(target, FIELD_value, self) ||
            !syntax_set(target, FIELD_attr, PyList_GET_ITEM(attributes, i)) ||
            !syntax_set(target, FIELD_ctx, syntax_store()) || PyList_Append(targets, target) < 0)
            return NULL;
    }
    return syntax_set(node, FIELD_targets, targets) && syntax_set(node, FIELD_value, none)
               ? Py_NewRef(node)
               : NULL;
}

/* if False: self.a = self.b = ... = None */
bool nodes_note_stores(PyObject *attributes, PyObject *body)
{
    if (PyList_GET_SIZE(attributes) == 0)
        return true;
    PyObject *at = PyList_GET_ITEM(body, PyList_GET_SIZE(body) - 1);
    AUTO_REF PyObject *never = syntax_new(NODE_Constant, at);
    AUTO_REF PyObject *stores = stored_attributes(at, attributes);
    AUTO_REF PyObject *block = PyList_New(0);
    AUTO_REF PyObject *otherwise = PyList_New(0);
    AUTO_REF PyObject *node = syntax_new(NODE_If, at);

    return never && stores && block && otherwise && node &&
           syntax_set(never, FIELD_value, Py_False) && syntax_set(never, FIELD_kind, Py_None) &&
           PyList_Append(block, stores) == 0 && syntax_set(node, FIELD_test, never) &&
           syntax_set(node, FIELD_body, block) && syntax_set(node, FIELD_orelse, otherwise) &&
           PyList_Append(body, node) == 0;
}

static bool is_future(PyObject *statement)
{
    PyObject *module =
        syntax_kind(statement) == NODE_ImportFrom ? syntax_get(statement, FIELD_module) : NULL;

    return module && PyUnicode_Check(module) &&
           PyUnicode_CompareWithASCIIString(module, "__future__") == 0;
}

bool nodes_futures_first(PyObject *body)
{
    Py_ssize_t place = 0, count = body && PyList_Check(body) ? PyList_GET_SIZE(body) : 0;

    for (Py_ssize_t i = 0; i < count; i++) {
        AUTO_REF PyObject *statement = Py_NewRef(PyList_GET_ITEM(body, i));
        if (!is_future(statement))
            continue;
        if (i > place && (PyList_SetSlice(body, i, i + 1, NULL) < 0 ||
                          PyList_Insert(body, place, statement) < 0))
            return false;
        place++;
    }
    return true;
}

/* Does the module begin with `from __future__ import annotations`? */
bool nodes_import_annotations(PyObject *body)
{
    for (Py_ssize_t i = 0; body && PyList_Check(body) && i < PyList_GET_SIZE(body); i++) {
        PyObject *statement = PyList_GET_ITEM(body, i);
        if (syntax_kind(statement) == NODE_Expr)
            continue; /* the docstring */
        PyObject *module =
            syntax_kind(statement) == NODE_ImportFrom ? syntax_get(statement, FIELD_module) : NULL;
        if (!module || !PyUnicode_Check(module) ||
            PyUnicode_CompareWithASCIIString(module, "__future__") != 0)
            return false;
        PyObject *names = syntax_get(statement, FIELD_names);
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(names); k++)
            if (PyUnicode_CompareWithASCIIString(syntax_get(PyList_GET_ITEM(names, k), FIELD_name),
                                                 "annotations") == 0)
                return true;
    }
    return false;
}

/* Does the compiler compute it itself, or make a formatted string of it? */
static bool is_computed(PyObject *node)
{
    PyObject *left, *right, *items;

    if (!node)
        return false;
    switch (syntax_kind(node)) {
    case NODE_Constant:
        return true;
    case NODE_Name:
        return PyUnicode_CompareWithASCIIString(syntax_get(node, FIELD_id), "__debug__") == 0;
    case NODE_UnaryOp:
        return is_computed(syntax_get(node, FIELD_operand));
    case NODE_BinOp: /* "%s" % (a,) */
        left = syntax_get(node, FIELD_left);
        right = syntax_get(node, FIELD_right);
        return is_computed(left) && right &&
               (is_computed(right) ||
                (syntax_kind(left) == NODE_Constant && syntax_kind(right) == NODE_Tuple));
    case NODE_Subscript:
        return is_computed(syntax_get(node, FIELD_value)) &&
               is_computed(syntax_get(node, FIELD_slice));
    case NODE_Tuple:
        items = syntax_get(node, FIELD_elts);
        for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++)
            if (!is_computed(PyList_GET_ITEM(items, i)))
                return false;
        return items != NULL;
    default:
        return false;
    }
}

int nodes_attributes_among(PyObject *node)
{
    enum node_kind kind = syntax_kind(node);
    PyObject *values = kind == NODE_BoolOp ? syntax_get(node, FIELD_values) : NULL;
    int count = kind == NODE_Attribute;

    for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(values); i++)
        count += nodes_attributes_among(PyList_GET_ITEM(values, i));
    return count;
}

/* Is it an expression whose type the compiler knows (a warning would tell of our own subscript, or
 * the subscript be computed)? None of these needs a guard: a lambda is born here, the others cannot
 * be called. */
bool nodes_is_known_type(PyObject *node)
{
    enum node_kind kind = syntax_kind(node);

    return kind == NODE_Lambda || kind == NODE_Tuple || kind == NODE_List || kind == NODE_Dict ||
           kind == NODE_Set || kind == NODE_JoinedStr || kind == NODE_TemplateStr ||
           kind == NODE_ListComp || kind == NODE_SetComp || kind == NODE_DictComp ||
           kind == NODE_GeneratorExp || is_computed(node);
}

/* Methods of literals need no guard, but for those that reach further. */
bool nodes_is_plain_method(PyObject *name)
{
    return PyUnicode_READ_CHAR(name, 0) != '_' &&
           PyUnicode_CompareWithASCIIString(name, "format") != 0 &&
           PyUnicode_CompareWithASCIIString(name, "format_map") != 0;
}
