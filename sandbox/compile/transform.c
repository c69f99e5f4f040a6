/* transform: see docs/sandbox.md for what each construct becomes.
 *
 * A value "leaves" its expression where somebody else may keep or call it: assigned, passed,
 * returned, yielded, put into a container. As operand of an operator or base of another attribute
 * it does not. */
#include "sandbox/compile/transform.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "sandbox/compile/locals.h"
#include "sandbox/compile/nodes.h"
#include "sandbox/compile/plans.h"
#include "sandbox/compile/reflection.h"
#include "sandbox/guards/guards.h"

PyObject *transform_prefix;

struct walk {
    struct transform *out;
    PyObject *class_name;       /* borrowed: of the class whose body this is in, for mangling */
    const struct locals *names; /* of the innermost function, lambda or comprehension */
    struct locals *locals;      /* of the function whose statements these are; NULL in classes,
                                   comprehensions, lambdas, modules */
    PyObject *first;            /* borrowed: the first `for` of the comprehension that this is in */
    PyObject *noted; /* borrowed: list of the attributes that the innermost function stores on its
                        `self` behind a guard; NULL outside of functions, and where nobody asks */
    bool notes;      /* the compiler notes which attributes this statement stores on `self` */
    bool learns;     /* a target of this statement is stored to whenever what follows runs */
    int depth;
    bool annotations_are_text; /* from __future__ import annotations: the compiler writes them down
                                  as they are */
};

enum { DEPTH_MOST = 900 };

/* Every visit takes a borrowed node and gives a new reference to what stands in its place. */
static PyObject *visit(struct walk *walk, PyObject *node, enum place place);
static bool visit_statements(struct walk *walk, PyObject *list);

/* ---- L1 ---- */

static bool add_violation(struct walk *walk, PyObject *node, PyObject *name, const char *reason)
{
    PyObject *line = syntax_get(node, FIELD_lineno), *column = syntax_get(node, FIELD_col_offset);
    AUTO_REF PyObject *row =
        Py_BuildValue("(OOOs)", line ? line : Py_None, column ? column : Py_None, name, reason);

    if (!walk->out->violations)
        walk->out->violations = PyList_New(0);
    return row && walk->out->violations && PyList_Append(walk->out->violations, row) == 0;
}

static bool check_name(struct walk *walk, PyObject *node, PyObject *name)
{
    return !reflect_reason(name) || add_violation(walk, node, name, reflect_reason(name));
}

/* ---- generic walking ---- */

/* Visit field `field` of `node` in place. Lists are visited item by item. */
static bool visit_field(struct walk *walk, PyObject *node, enum field field, enum place place)
{
    PyObject *value = syntax_get(node, field);

    if (!value || value == Py_None ||
        (walk->annotations_are_text && (field == FIELD_annotation || field == FIELD_returns)))
        return true;
    if (PyList_Check(value)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); i++) {
            PyObject *item = PyList_GET_ITEM(value, i);
            if (item == Py_None || !syntax_is_node(item))
                continue; /* missing default values; names of global statements */
            PyObject *visited = visit(walk, item, place);
            if (!visited || PyList_SetItem(value, i, visited) < 0)
                return false;
        }
        return true;
    }
    if (!syntax_is_node(value))
        return true;
    AUTO_REF PyObject *visited = visit(walk, value, place);
    return visited && (visited == value || syntax_set(node, field, visited));
}

static bool visit_plan(struct walk *walk, const struct plan *plan, PyObject *node)
{
    for (size_t i = 0; plan->fields[i].field != FIELD_COUNT; i++)
        if (!visit_field(walk, node, plan->fields[i].field, plan->fields[i].place))
            return false;
    return true;
}

/* ---- expressions ---- */

/* Names of builtins that a guarded stand-in replaces wherever they go. */
static bool is_replaced_builtin(PyObject *id)
{
    static const char *const names[] = {"getattr", "setattr", "delattr",    "vars", "exec",
                                        "eval",    "compile", "breakpoint", "open", "__import__"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (PyUnicode_CompareWithASCIIString(id, names[i]) == 0)
            return true;
    return false;
}

/* May the name give what must not leave? The host's own functions are in the namespace that it
 * lends. */
static bool may_be_denied(struct walk *walk, PyObject *id)
{
    return is_replaced_builtin(id) || (walk->out->host_names && !locals_owns(walk->names, id));
}

static PyObject *context_of(PyObject *node)
{
    return syntax_get(node, FIELD_ctx);
}

static bool is_load(PyObject *node)
{
    PyObject *context = context_of(node);

    return !context || syntax_kind(context) == NODE_Load;
}

/* W[value], for what is stored to; displays and constants are nobody else's, and once is enough.
 * New reference. */
static PyObject *written(struct walk *walk, PyObject *target, PyObject *value)
{
    PyObject *name =
        walk->locals && syntax_kind(value) == NODE_Name ? syntax_get(value, FIELD_id) : NULL;

    if (nodes_is_known_type(value) || (name && locals_knows(walk->locals, name)))
        return Py_NewRef(value);
    if (name && walk->learns)
        locals_learn(walk->locals, name);
    return nodes_guarded_at(target, "W", NULL, Py_NewRef(value));
}

/* x.a = ...: the compiler of 3.13 and newer sizes a class's instances by what it sees stored on
 * `self` (__static_attributes__), and does not see that behind a guard. */
static bool store_attribute(struct walk *walk, PyObject *node, PyObject *value)
{
    AUTO_REF PyObject *checked = written(walk, node, value);

    if (!checked || !syntax_set(node, FIELD_value, checked))
        return false;
    if (checked == value || !walk->noted || !walk->notes || syntax_kind(value) != NODE_Name ||
        syntax_kind(context_of(node)) != NODE_Store ||
        PyUnicode_CompareWithASCIIString(syntax_get(value, FIELD_id), "self") != 0)
        return true;
    return PyList_Append(walk->noted, syntax_get(node, FIELD_attr)) == 0;
}

/* x.a: read, stored or deleted. */
static PyObject *visit_attribute(struct walk *walk, PyObject *node, enum place place)
{
    PyObject *name = syntax_get(node, FIELD_attr),
             *lowest = is_load(node) ? reflection_lowest(node) : NULL;
    if (lowest)
        return visit_field(walk, lowest, FIELD_value, OPERAND) && reflection_guard(node)
                   ? Py_NewRef(node)
                   : NULL;
    AUTO_REF PyObject *value = visit(walk, syntax_get(node, FIELD_value), OPERAND);

    if (value && is_load(node) && reflection_may_step(walk->out, node))
        return nodes_guarded_at(node, "I", name, Py_NewRef(value));
    if (!value || !check_name(walk, node, name))
        return NULL;
    if (!is_load(node))
        return store_attribute(walk, node, value) ? Py_NewRef(node) : NULL;
    if (reflect_is_guarded(name) && !nodes_is_known_type(value))
        return nodes_guarded("A", name, Py_NewRef(value));
    if (!syntax_set(node, FIELD_value, value))
        return NULL;
    return place == LEAVES ? nodes_guarded("T", NULL, Py_NewRef(node)) : Py_NewRef(node);
}

static PyObject *visit_subscript(struct walk *walk, PyObject *node)
{
    AUTO_REF PyObject *value = visit(walk, syntax_get(node, FIELD_value), OPERAND);
    AUTO_REF PyObject *checked =
        value && !is_load(node) ? written(walk, node, value) : Py_XNewRef(value);

    if (!checked || !syntax_set(node, FIELD_value, checked) ||
        !visit_field(walk, node, FIELD_slice, LEAVES))
        return NULL;
    return Py_NewRef(node);
}

/* The callee of a call. */
static bool visit_callee(struct walk *walk, PyObject *call)
{
    PyObject *callee = syntax_get(call, FIELD_func);
    enum node_kind kind = syntax_kind(callee);

    if (kind == NODE_Attribute) {
        PyObject *name = syntax_get(callee, FIELD_attr);
        AUTO_REF PyObject *mangled = syntax_mangle(walk->class_name, name);
        if (nodes_is_super(syntax_get(callee, FIELD_value)))
            return check_name(walk, callee, name) &&
                   visit_field(walk, syntax_get(callee, FIELD_value), FIELD_args, LEAVES) &&
                   nodes_guard_super(call);
        AUTO_REF PyObject *value =
            mangled ? visit(walk, syntax_get(callee, FIELD_value), OPERAND) : NULL;
        if (!value || (!reflection_asks_subclasses(walk->out, walk->names, callee) &&
                       !check_name(walk, callee, name)))
            return false;
        if (nodes_is_known_type(value) && nodes_is_plain_method(name)) /* ", ".join(...) */
            return syntax_set(callee, FIELD_value, value);
        if (nodes_is_known_type(value)) {
            AUTO_REF PyObject *whole = syntax_set(callee, FIELD_value, value)
                                           ? nodes_guarded("G", NULL, Py_NewRef(callee))
                                           : NULL;
            return whole && syntax_set(call, FIELD_func, whole);
        }
        AUTO_REF PyObject *checked = nodes_guarded_at(callee, "M", mangled, Py_NewRef(value));
        return checked && syntax_set(callee, FIELD_value, checked);
    }
    AUTO_REF PyObject *visited = visit(walk, callee, OPERAND);
    if (!visited)
        return false;
    AUTO_REF PyObject *checked = nodes_is_known_type(visited)
                                     ? Py_NewRef(visited)
                                     : nodes_guarded("G", NULL, Py_NewRef(visited));
    return checked && syntax_set(call, FIELD_func, checked);
}

static PyObject *visit_call(struct walk *walk, PyObject *node)
{
    if (!visit_callee(walk, node) || !visit_field(walk, node, FIELD_args, LEAVES) ||
        !visit_field(walk, node, FIELD_keywords, LEAVES))
        return NULL;
    return Py_NewRef(node);
}

/* `f is os.unlink`: identity is compared between what may leave. */
static PyObject *visit_compare(struct walk *walk, PyObject *node)
{
    PyObject *operators = syntax_get(node, FIELD_ops);
    enum place place = OPERAND;

    for (Py_ssize_t i = 0; operators && i < PyList_GET_SIZE(operators); i++)
        if (syntax_kind(PyList_GET_ITEM(operators, i)) == NODE_Is ||
            syntax_kind(PyList_GET_ITEM(operators, i)) == NODE_IsNot)
            place = LEAVES;
    PyObject *right = syntax_get(node, FIELD_comparators);
    if (place == LEAVES && PyList_GET_SIZE(right) == 1 &&
        syntax_kind(PyList_GET_ITEM(right, 0)) == NODE_Constant)
        place = OPERAND; /* x.a is None */
    if (!visit_field(walk, node, FIELD_left, place) ||
        !visit_field(walk, node, FIELD_comparators, place))
        return NULL;
    return Py_NewRef(node);
}

/* a.x or b.y: of several guards, all but one would be on what is only asked whether it is true. */
static PyObject *visit_boolean(struct walk *walk, PyObject *node, enum place place)
{
    bool at_the_end = place == LEAVES && nodes_attributes_among(node) > 1;

    if (!visit_field(walk, node, FIELD_values, at_the_end ? OPERAND : place))
        return NULL;
    return at_the_end ? nodes_guarded("T", NULL, Py_NewRef(node)) : Py_NewRef(node);
}

static PyObject *visit_lambda(struct walk *walk, PyObject *node)
{
    struct locals locals = {0};
    struct walk inner = *walk;

    inner.names = &locals;
    inner.locals = NULL;
    bool ok =
        visit_field(walk, node, FIELD_args, OPERAND) && locals_init(&locals, node, walk->names);
    ok = ok && visit_field(&inner, node, FIELD_body, LEAVES);
    locals_clear(&locals);
    return ok ? Py_NewRef(node) : NULL;
}

/* A list, set, dict or generator: its targets are its own. */
static PyObject *visit_collecting(struct walk *walk, PyObject *node)
{
    PyObject *generators = syntax_get(node, FIELD_generators);
    struct locals locals;
    struct walk inner = *walk;

    inner.names = &locals;
    inner.first = generators && PyList_Check(generators) && PyList_GET_SIZE(generators)
                      ? PyList_GET_ITEM(generators, 0)
                      : NULL;
    bool ok = locals_init(&locals, node, walk->names) &&
              visit_plan(&inner, plans_of(syntax_kind(node)), node);
    locals_clear(&locals);
    return ok ? Py_NewRef(node) : NULL;
}

/* Its targets are stored to once for each item, or later, or never; the first iterable is made
 * outside. */
static PyObject *visit_comprehension(struct walk *walk, PyObject *node)
{
    struct walk inner = *walk, outer = *walk;

    inner.locals = outer.locals = NULL;
    if (node == walk->first)
        outer.names = walk->names->outer;
    if (!visit_field(&inner, node, FIELD_target, OPERAND) ||
        !visit_field(&outer, node, FIELD_iter, OPERAND) ||
        !visit_field(&inner, node, FIELD_ifs, OPERAND))
        return NULL;
    return Py_NewRef(node);
}

/* ---- statements ---- */

/* @f becomes @G[f]; `born` adds the innermost B[B and B]. */
static bool visit_decorators(struct walk *walk, PyObject *node, bool born)
{
    PyObject *list = syntax_get(node, FIELD_decorator_list);

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *visited = visit(walk, PyList_GET_ITEM(list, i), OPERAND);
        if (visited && !nodes_is_known_type(visited))
            visited = nodes_guarded("G", NULL, visited);
        if (!visited || PyList_SetItem(list, i, visited) < 0)
            return false;
    }
    if (!born)
        return true;
    AUTO_REF PyObject *constant = nodes_placeholder(node, "B", NULL);
    /* of a constant the compiler would warn */
    PyObject *operand = constant ? nodes_and(constant, constant) : NULL;
    AUTO_REF PyObject *guarded = operand ? nodes_guarded("B", NULL, operand) : NULL;
    return guarded && PyList_Append(list, guarded) == 0;
}

static PyObject *visit_function(struct walk *walk, PyObject *node)
{
    if (!visit_decorators(walk, node, false) ||
        !visit_field(walk, node, FIELD_type_params, OPERAND) ||
        !visit_field(walk, node, FIELD_args, OPERAND) ||
        !visit_field(walk, node, FIELD_returns, OPERAND))
        return NULL;
    struct locals locals = {0};
    struct walk inner = *walk;
    PyObject *body = syntax_get(node, FIELD_body);
    AUTO_REF PyObject *noted = PyList_New(0);
    inner.names = inner.locals = &locals;
    inner.noted = INTERPRETER_NOTES_ATTRIBUTES ? noted : NULL;
    bool ok = noted && locals_init(&locals, node, walk->names) && visit_statements(&inner, body);
    ok = ok && nodes_note_stores(noted, body);
    locals_clear(&locals);
    return ok ? Py_NewRef(node) : NULL;
}

static PyObject *visit_class(struct walk *walk, PyObject *node)
{
    struct walk inner = *walk;

    inner.class_name = syntax_get(node, FIELD_name);
    inner.locals = NULL;
    if (!visit_decorators(walk, node, true) ||
        !visit_field(walk, node, FIELD_type_params, OPERAND) ||
        !visit_field(walk, node, FIELD_bases, LEAVES) ||
        !visit_field(walk, node, FIELD_keywords, LEAVES) ||
        !visit_statements(&inner, syntax_get(node, FIELD_body)))
        return NULL;
    return Py_NewRef(node);
}

static PyObject *visit_match_class(struct walk *walk, PyObject *node)
{
    PyObject *names = syntax_get(node, FIELD_kwd_attrs);

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++)
        if (!check_name(walk, node, PyList_GET_ITEM(names, i)) ||
            (reflect_is_guarded(PyList_GET_ITEM(names, i)) &&
             !add_violation(walk, node, PyList_GET_ITEM(names, i),
                            "a pattern cannot take a namespace apart")))
            return NULL;
    if (!visit_field(walk, node, FIELD_cls, OPERAND) ||
        !visit_field(walk, node, FIELD_patterns, OPERAND) ||
        !visit_field(walk, node, FIELD_kwd_patterns, OPERAND))
        return NULL;
    return Py_NewRef(node);
}

static PyObject *visit_case(struct walk *walk, PyObject *node)
{
    PyObject *pattern = syntax_get(node, FIELD_pattern), *body = syntax_get(node, FIELD_body);
    AUTO_REF PyObject *before = PyList_New(0);

    if (!before || (nodes_has_class_pattern(pattern) && !nodes_twin_captures(pattern, before)) ||
        !visit_field(walk, node, FIELD_pattern, OPERAND) ||
        !visit_field(walk, node, FIELD_guard, OPERAND) || !visit_statements(walk, body) ||
        PyList_SetSlice(body, 0, 0, before) < 0)
        return NULL;
    return Py_NewRef(node);
}

static PyObject *visit_compound(struct walk *walk, const struct compound *compound, PyObject *node)
{
    for (size_t i = 0; compound->expressions[i] != FIELD_COUNT; i++)
        if (!visit_field(walk, node, compound->expressions[i], OPERAND))
            return NULL;
    for (size_t i = 0; compound->blocks[i] != FIELD_COUNT; i++)
        if (!visit_statements(walk, syntax_get(node, compound->blocks[i])))
            return NULL;
    return Py_NewRef(node);
}

/* A statement, and what it tells of local variables. */
static PyObject *visit_statement(struct walk *walk, PyObject *node)
{
    enum node_kind kind = syntax_kind(node);
    bool is_store = kind == NODE_Assign || kind == NODE_AugAssign || kind == NODE_Delete;

    walk->learns = is_store;
    walk->notes = kind != NODE_AugAssign &&
                  (kind != NODE_AnnAssign || syntax_get(node, FIELD_value) != Py_None);
    if (!walk->locals || is_store || kind == NODE_Expr || kind == NODE_Return)
        return visit(walk, node, OPERAND);
    locals_enter_block(walk->locals); /* it has blocks, or binds names */
    return visit(walk, node, OPERAND);
}

/* The guards on what the import-from at `i` brought, after it: how many, or -1 with an
 * exception. */
static Py_ssize_t guard_import(struct walk *walk, PyObject *list, Py_ssize_t i)
{
    AUTO_REF PyObject *more = PyList_New(0);

    if (walk->locals)
        locals_enter_block(walk->locals); /* it binds names */
    if (!more || !nodes_after_import(PyList_GET_ITEM(list, i), more) ||
        PyList_SetSlice(list, i + 1, i + 1, more) < 0)
        return -1;
    return PyList_GET_SIZE(more);
}

static bool visit_statements(struct walk *walk, PyObject *list)
{
    size_t known = walk->locals ? locals_enter_block(walk->locals) : 0;

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *statement = PyList_GET_ITEM(list, i);
        if (syntax_kind(statement) == NODE_ImportFrom) {
            Py_ssize_t added = guard_import(walk, list, i);
            if (added < 0)
                return false;
            i += added;
            continue;
        }
        PyObject *visited = visit_statement(walk, statement);
        if (!visited || PyList_SetItem(list, i, visited) < 0)
            return false;
    }
    if (walk->locals)
        locals_leave_block(walk->locals, known);
    return true;
}

static PyObject *dispatch(struct walk *walk, PyObject *node, enum place place)
{
    enum node_kind kind = syntax_kind(node);
    const struct compound *compound;

    switch (kind) {
    case NODE_Name:
        if (!is_load(node) && walk->locals)
            locals_forget(walk->locals, syntax_get(node, FIELD_id));
        if (is_load(node) && place == LEAVES && !nodes_is_known_type(node) &&
            may_be_denied(walk, syntax_get(node, FIELD_id)))
            return nodes_guarded("T", NULL, Py_NewRef(node));
        return Py_NewRef(node);
    case NODE_Constant:
        return Py_NewRef(node);
    case NODE_Attribute:
        return visit_attribute(walk, node, place);
    case NODE_Subscript:
        return visit_subscript(walk, node);
    case NODE_Call:
        return visit_call(walk, node);
    case NODE_Lambda:
        return visit_lambda(walk, node);
    case NODE_ListComp:
    case NODE_SetComp:
    case NODE_DictComp:
    case NODE_GeneratorExp:
        return visit_collecting(walk, node);
    case NODE_comprehension:
        return visit_comprehension(walk, node);
    case NODE_Compare:
        return visit_compare(walk, node);
    case NODE_FunctionDef:
    case NODE_AsyncFunctionDef:
        return visit_function(walk, node);
    case NODE_ClassDef:
        return visit_class(walk, node);
    case NODE_MatchClass:
        return visit_match_class(walk, node);
    case NODE_match_case:
        return visit_case(walk, node);
    case NODE_BoolOp:
        return visit_boolean(walk, node, place);
    case NODE_Starred:
        return visit_field(walk, node, FIELD_value, OPERAND) ? Py_NewRef(node) : NULL;
    case NODE_IfExp:
        return visit_field(walk, node, FIELD_test, OPERAND) &&
                       visit_field(walk, node, FIELD_body, place) &&
                       visit_field(walk, node, FIELD_orelse, place)
                   ? Py_NewRef(node)
                   : NULL;
    default:
        if (plans_of(kind))
            return visit_plan(walk, plans_of(kind), node) ? Py_NewRef(node) : NULL;
        compound = plans_compound(kind);
        return compound ? visit_compound(walk, compound, node) : Py_NewRef(node);
    }
}

static PyObject *visit(struct walk *walk, PyObject *node, enum place place)
{
    AUTO_REF PyObject *kept =
        Py_NewRef(node); /* what stands in its place may be set into its parent meanwhile */

    if (++walk->depth > DEPTH_MOST && Py_EnterRecursiveCall(" while a cell is checked"))
        return NULL;
    PyObject *visited = dispatch(walk, kept, place);
    if (walk->depth-- > DEPTH_MOST)
        Py_LeaveRecursiveCall();
    return visited;
}

/* ---- the whole ---- */

/* The last statement's expression, when it is one, goes through D. */
static bool keep_result(struct walk *walk, PyObject *body)
{
    Py_ssize_t size = PyList_GET_SIZE(body);
    PyObject *last = size ? PyList_GET_ITEM(body, size - 1) : NULL;

    if (!last || syntax_kind(last) != NODE_Expr)
        return true;
    walk->out->has_result = true;
    AUTO_REF PyObject *value = visit(walk, syntax_get(last, FIELD_value), LEAVES);
    AUTO_REF PyObject *kept = value ? nodes_kept(value) : NULL;
    return kept && syntax_set(last, FIELD_value, kept);
}

bool transform_tree(struct transform *self, PyObject *tree)
{
    PyObject *body = syntax_get(tree, FIELD_body);
    struct walk walk = {.out = self,
                        .annotations_are_text =
                            self->annotations_are_text || nodes_import_annotations(body)};

    if (!body || !PyList_Check(body))
        return visit_field(&walk, tree, FIELD_body, LEAVES);
    self->statements = body;
    PyObject *last = NULL;
    if (self->result && PyList_GET_SIZE(body)) {
        if (!keep_result(&walk, body))
            return false;
        if (self->has_result) { /* it was visited: keep it out of the second visit */
            last = Py_NewRef(PyList_GET_ITEM(body, PyList_GET_SIZE(body) - 1));
            if (PyList_SetSlice(body, PyList_GET_SIZE(body) - 1, PyList_GET_SIZE(body), NULL) < 0) {
                Py_DECREF(last);
                return false;
            }
        }
    }
    bool walked = visit_statements(&walk, body) && (!last || PyList_Append(body, last) == 0);
    Py_XDECREF(last);
    return walked;
}

bool transform_init(void)
{
    unsigned long long random[2];

    if (transform_prefix)
        return true;
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        PyErr_SetFromErrno(PyExc_OSError);
        return false;
    }
    char prefix[48];
    snprintf(prefix, sizeof prefix, "<guard %016llx%016llx>", random[0], random[1]);
    transform_prefix = PyUnicode_FromString(prefix);
    return transform_prefix && syntax_init() && reflect_init();
}
