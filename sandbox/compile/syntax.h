/* syntax: the types and field names of Python's `_ast`, looked up once, and helpers that read and
 * make nodes without running Python code. */
#ifndef SAFEPYRUN_SYNTAX_H
#define SAFEPYRUN_SYNTAX_H

#include <stdbool.h>

#include "base/reference.h"

/* Node types that some rule names; any other type is NODE_OTHER and is walked field by field. */
/* clang-format off */
#define NODES(X)                                                                                   \
    X(Module) X(Expression) X(Interactive) X(FunctionDef) X(AsyncFunctionDef) X(ClassDef)          \
    X(Return) X(Delete) X(Assign) X(AugAssign) X(AnnAssign) X(For) X(AsyncFor) X(While) X(If)      \
    X(With) X(AsyncWith) X(Match) X(Raise) X(Try) X(TryStar) X(Assert) X(Import) X(ImportFrom)     \
    X(Expr) X(BoolOp) X(NamedExpr) X(BinOp) X(UnaryOp) X(Lambda) X(IfExp) X(Dict) X(Set)           \
    X(ListComp) X(SetComp) X(DictComp) X(GeneratorExp) X(Await) X(Yield) X(YieldFrom) X(Compare)   \
    X(Call) X(FormattedValue) X(JoinedStr) X(TemplateStr) X(Interpolation) X(Constant)             \
    X(Attribute) X(Subscript) X(Starred) X(Name) X(List) X(Tuple) X(Slice) X(comprehension)        \
    X(ExceptHandler) X(arguments) X(arg) X(keyword) X(alias) X(withitem) X(match_case)             \
    X(MatchValue) X(MatchSingleton) X(MatchSequence) X(MatchMapping) X(MatchClass) X(MatchStar)    \
    X(MatchAs) X(MatchOr) X(TypeAlias) X(TypeVar) X(ParamSpec) X(TypeVarTuple) X(Load) X(Store)    \
    X(Del) X(Is) X(IsNot) X(Global) X(Nonlocal) X(And)

#define FIELDS(X)                                                                                  \
    X(body) X(value) X(targets) X(target) X(annotation) X(iter) X(orelse) X(test) X(items)         \
    X(subject) X(cases) X(exc) X(cause) X(handlers) X(finalbody) X(msg) X(names) X(name)           \
    X(asname) X(module) X(level) X(decorator_list) X(returns) X(args) X(bases) X(keywords)         \
    X(type_params) X(values) X(left) X(right) X(operand) X(keys) X(elts) X(elt) X(generators)      \
    X(key) X(ops) X(comparators) X(func) X(format_spec) X(slice) X(attr) X(ctx) X(id) X(lower)     \
    X(upper) X(step) X(ifs) X(type) X(posonlyargs) X(vararg) X(kwonlyargs) X(kw_defaults)          \
    X(kwarg) X(defaults) X(arg) X(context_expr) X(optional_vars) X(pattern) X(guard) X(patterns)   \
    X(rest) X(cls) X(kwd_attrs) X(kwd_patterns) X(op) X(bound) X(default_value) X(kind) X(lineno)        \
    X(col_offset) X(end_lineno) X(end_col_offset)
/* clang-format on */

enum node_kind {
    NODE_OTHER,
#define X(name) NODE_##name,
    NODES(X)
#undef X
        NODE_COUNT
};
enum field {
#define X(name) FIELD_##name,
    FIELDS(X)
#undef X
        FIELD_COUNT
};

extern PyTypeObject *syntax_types[NODE_COUNT]; /* NULL where this Python has no such node */
extern PyObject *syntax_names[FIELD_COUNT];    /* interned */
#define FIELD(name) syntax_names[FIELD_##name]

bool syntax_init(void);
/* The kind of a node; NODE_OTHER for anything else. */
enum node_kind syntax_kind(PyObject *node);
bool syntax_is_node(PyObject *object);
/* The node's field, borrowed, NULL when missing (no exception). */
PyObject *syntax_get(PyObject *node, enum field field);
/* Is it a field of such nodes? Libraries hang more on them (a `parent`), on Load() too, which all
 * trees share. */
bool syntax_is_field(PyObject *node, PyObject *name);
bool syntax_set(PyObject *node, enum field field, PyObject *value);
/* A new node of `kind` at the position of `at`; fields follow with syntax_set. */
PyObject *syntax_new(enum node_kind kind, PyObject *at);
PyObject *syntax_load(void);  /* borrowed Load() */
PyObject *syntax_store(void); /* borrowed Store() */
/* A deep copy made of exact node types and exact values, each attribute of the original read once:
 * what is checked afterwards is what is compiled. New reference. */
PyObject *syntax_copy(PyObject *node);
/* `name` as the compiler mangles it inside class `class_name` (NULL: none). New reference. */
PyObject *syntax_mangle(PyObject *class_name, PyObject *name);

#endif
