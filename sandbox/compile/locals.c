/* locals: which names are variables of the code's own functions, and which of these hold an object
 * that W has let pass already: a second store to the same object needs no second guard. */
#include "sandbox/compile/locals.h"

#include "base/reference.h"

#include <string.h>

/* How a name of the function is bound; the greater wins. Names that are not in the dict belong to
 * other scopes. */
enum binding {
    UNBOUND,
    BOUND_ONCE,
    BOUND_OFTEN,
    BOUND_ELSEWHERE /* global, nonlocal, or nonlocal in a nested function */
};

/* Where the search stands. Comprehensions have targets of their own; nested functions and classes,
 * all names. */
enum scope { OWN, LOOP, COMPREHENSION, NESTED };

static bool look_at(struct locals *self, PyObject *value, enum scope scope);

static enum binding binding_of(const struct locals *self, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(self->bindings, name);

    error_forget(); /* not a str: nothing that is known */
    return value ? (enum binding)PyLong_AsLong(value) : UNBOUND;
}

static bool bind(struct locals *self, PyObject *name, enum binding binding)
{
    if (!name || !PyUnicode_Check(name))
        return true;
    enum binding before = binding_of(self, name);
    if (before && binding <= BOUND_OFTEN)
        binding = before > BOUND_OFTEN ? before : BOUND_OFTEN;
    AUTO_REF PyObject *value = PyLong_FromLong(binding);
    return value && PyDict_SetItem(self->bindings, name, value) == 0;
}

static bool bind_in(struct locals *self, PyObject *name, enum scope scope)
{
    return scope == NESTED || bind(self, name, scope == OWN ? BOUND_ONCE : BOUND_OFTEN);
}

static bool bind_all(struct locals *self, PyObject *names, enum binding binding)
{
    for (Py_ssize_t i = 0; names && PyList_Check(names) && i < PyList_GET_SIZE(names); i++)
        if (!bind(self, PyList_GET_ITEM(names, i), binding))
            return false;
    return true;
}

static bool bind_alias(struct locals *self, PyObject *alias, enum scope scope)
{
    PyObject *as = syntax_get(alias, FIELD_asname), *name = syntax_get(alias, FIELD_name);

    if (as && as != Py_None)
        return bind_in(self, as, scope);
    Py_ssize_t dot = name && PyUnicode_Check(name)
                         ? PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1)
                         : -1;
    AUTO_REF PyObject *first = dot > 0 ? PyUnicode_Substring(name, 0, dot) : Py_XNewRef(name);
    return first && bind_in(self, first, scope);
}

/* What the node itself binds. */
static bool bind_by(struct locals *self, PyObject *node, enum node_kind kind, enum scope scope)
{
    PyObject *context;

    switch (kind) {
    case NODE_Name:
        context = syntax_get(node, FIELD_ctx);
        if (scope == COMPREHENSION || !context || syntax_kind(context) == NODE_Load)
            return true;
        return bind_in(self, syntax_get(node, FIELD_id), scope);
    case NODE_NamedExpr: /* binds in the function, even from a comprehension */
        return scope != COMPREHENSION ||
               bind(self, syntax_get(syntax_get(node, FIELD_target), FIELD_id), BOUND_OFTEN);
    case NODE_FunctionDef:
    case NODE_AsyncFunctionDef:
    case NODE_ClassDef:
    case NODE_ExceptHandler:
    case NODE_MatchAs:
    case NODE_MatchStar:
        return bind_in(self, syntax_get(node, FIELD_name), scope);
    case NODE_MatchMapping:
        return bind_in(self, syntax_get(node, FIELD_rest), scope);
    case NODE_alias:
        return bind_alias(self, node, scope);
    case NODE_Global:
    case NODE_Nonlocal:
        return bind_all(self, syntax_get(node, FIELD_names), BOUND_ELSEWHERE);
    default:
        return true;
    }
}

static enum scope scope_inside(enum node_kind kind, enum scope scope)
{
    switch (kind) {
    case NODE_FunctionDef:
    case NODE_AsyncFunctionDef:
    case NODE_Lambda:
    case NODE_ClassDef:
        return NESTED;
    case NODE_For:
    case NODE_AsyncFor:
    case NODE_While:
        return scope == OWN ? LOOP : scope;
    case NODE_ListComp:
    case NODE_SetComp:
    case NODE_DictComp:
    case NODE_GeneratorExp:
        return scope == NESTED ? NESTED : COMPREHENSION;
    default:
        return scope;
    }
}

static bool look_below(struct locals *self, PyObject *node, enum scope scope)
{
    PyObject **dict = interpreter_dict_place(node), *key, *value;
    Py_ssize_t at = 0;

    while (dict && *dict && PyDict_Next(*dict, &at, &key, &value))
        if ((PyList_Check(value) || syntax_is_node(value)) && syntax_is_field(node, key) &&
            !look_at(self, value, scope))
            return false;
    return true;
}

static bool look_at(struct locals *self, PyObject *value, enum scope scope)
{
    if (PyList_Check(value)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); i++)
            if (!look_at(self, PyList_GET_ITEM(value, i), scope))
                return false;
        return true;
    }
    if (!syntax_is_node(value))
        return true;
    enum node_kind kind = syntax_kind(value);
    if (kind == NODE_Constant || (kind == NODE_Name && scope == NESTED))
        return true;
    if (Py_EnterRecursiveCall(" while a cell is checked"))
        return false;
    bool ok =
        bind_by(self, value, kind, scope) && look_below(self, value, scope_inside(kind, scope));
    Py_LeaveRecursiveCall();
    return ok;
}

static bool bind_parameters(struct locals *self, PyObject *arguments)
{
    static const enum field lists[] = {FIELD_posonlyargs, FIELD_args, FIELD_kwonlyargs},
                            single[] = {FIELD_vararg, FIELD_kwarg};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        PyObject *list = syntax_get(arguments, lists[i]);
        for (Py_ssize_t k = 0; list && PyList_Check(list) && k < PyList_GET_SIZE(list); k++)
            if (!bind(self, syntax_get(PyList_GET_ITEM(list, k), FIELD_arg), BOUND_ONCE))
                return false;
    }
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        PyObject *argument = syntax_get(arguments, single[i]);
        if (argument && argument != Py_None &&
            !bind(self, syntax_get(argument, FIELD_arg), BOUND_ONCE))
            return false;
    }
    return true;
}

static bool bind_targets(struct locals *self, PyObject *generators)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(generators); i++) {
        PyObject *target = syntax_get(PyList_GET_ITEM(generators, i), FIELD_target);
        if (target && !look_at(self, target, OWN))
            return false;
    }
    return true;
}

bool locals_init(struct locals *self, PyObject *node, const struct locals *outer)
{
    PyObject *generators = syntax_get(node, FIELD_generators),
             *arguments = syntax_get(node, FIELD_args);
    PyObject *body = syntax_get(node, FIELD_body);

    memset(self, 0, sizeof *self);
    self->outer = outer;
    self->bindings = PyDict_New();
    if (!self->bindings)
        return false;
    if (generators && PyList_Check(generators))
        return bind_targets(self, generators);
    return (!arguments || bind_parameters(self, arguments)) && (!body || look_at(self, body, OWN));
}

void locals_clear(struct locals *self)
{
    Py_CLEAR(self->bindings);
}

bool locals_owns(const struct locals *self, PyObject *name)
{
    for (; self; self = self->outer) {
        enum binding binding = binding_of(self, name);
        if (binding)
            return binding != BOUND_ELSEWHERE;
    }
    return false;
}

/* ---- what is known ---- */

static size_t place_of(const struct locals *self, PyObject *name)
{
    size_t i = 0;

    while (i < self->count && self->known[i] != name &&
           PyUnicode_Compare(self->known[i], name) != 0)
        i++;
    return i;
}

bool locals_knows(const struct locals *self, PyObject *name)
{
    return place_of(self, name) < self->count;
}

void locals_learn(struct locals *self, PyObject *name)
{
    enum binding binding = PyUnicode_CheckExact(name) ? binding_of(self, name) : UNBOUND;

    /* Names with an underscore may be the same variable in two spellings: a class mangles __x. */
    if ((binding == BOUND_ONCE || binding == BOUND_OFTEN) && PyUnicode_GET_LENGTH(name) &&
        PyUnicode_READ_CHAR(name, 0) != '_' && self->count < LOCALS_KNOWN &&
        !locals_knows(self, name))
        self->known[self->count++] = name;
}

static void remove_at(struct locals *self, size_t i)
{
    memmove(self->known + i, self->known + i + 1, (--self->count - i) * sizeof *self->known);
}

void locals_forget(struct locals *self, PyObject *name)
{
    size_t i = binding_of(self, name) == BOUND_ONCE ? self->count : place_of(self, name);

    if (i < self->count) /* what is bound once was not known before */
        remove_at(self, i);
}

size_t locals_enter_block(struct locals *self)
{
    for (size_t i = 0; i < self->count;)
        if (binding_of(self, self->known[i]) == BOUND_ONCE)
            i++;
        else
            remove_at(self, i);
    return self->count;
}

void locals_leave_block(struct locals *self, size_t known_before)
{
    if (self->count > known_before)
        self->count = known_before;
}
