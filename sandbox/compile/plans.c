/* plans: for the kinds of syntax that need nothing special, which fields the walk visits, in which
 * order, and whether their values leave. */
#include "sandbox/compile/plans.h"

/* clang-format off: one row, one line */
#define END                                                                                        \
    {                                                                                              \
        FIELD_COUNT, OPERAND                                                                       \
    }
static const struct plan plans[] = {
    {NODE_Return, {{FIELD_value, LEAVES}, END}},
    {NODE_Delete, {{FIELD_targets, OPERAND}, END}},
    {NODE_Assign, {{FIELD_value, LEAVES}, {FIELD_targets, OPERAND}, END}},
    {NODE_AugAssign, {{FIELD_target, OPERAND}, {FIELD_value, LEAVES}, END}},
    {NODE_AnnAssign,
     {{FIELD_target, OPERAND}, {FIELD_annotation, OPERAND}, {FIELD_value, LEAVES}, END}},
    {NODE_Raise, {{FIELD_exc, OPERAND}, {FIELD_cause, OPERAND}, END}},
    {NODE_Assert, {{FIELD_test, OPERAND}, {FIELD_msg, LEAVES}, END}},
    {NODE_Expr, {{FIELD_value, OPERAND}, END}},
    {NODE_NamedExpr, {{FIELD_value, LEAVES}, {FIELD_target, OPERAND}, END}},
    {NODE_BinOp, {{FIELD_left, OPERAND}, {FIELD_right, OPERAND}, END}},
    {NODE_UnaryOp, {{FIELD_operand, OPERAND}, END}},
    {NODE_Dict, {{FIELD_keys, LEAVES}, {FIELD_values, LEAVES}, END}},
    {NODE_Set, {{FIELD_elts, LEAVES}, END}},
    {NODE_List, {{FIELD_elts, LEAVES}, END}},
    {NODE_Tuple, {{FIELD_elts, LEAVES}, END}},
    {NODE_ListComp, {{FIELD_generators, OPERAND}, {FIELD_elt, LEAVES}, END}},
    {NODE_SetComp, {{FIELD_generators, OPERAND}, {FIELD_elt, LEAVES}, END}},
    {NODE_GeneratorExp, {{FIELD_generators, OPERAND}, {FIELD_elt, LEAVES}, END}},
    {NODE_DictComp, {{FIELD_generators, OPERAND}, {FIELD_key, LEAVES}, {FIELD_value, LEAVES}, END}},
    {NODE_Await, {{FIELD_value, OPERAND}, END}},
    {NODE_Yield, {{FIELD_value, LEAVES}, END}},
    {NODE_YieldFrom, {{FIELD_value, OPERAND}, END}},
    {NODE_FormattedValue, {{FIELD_value, OPERAND}, {FIELD_format_spec, OPERAND}, END}},
    {NODE_Interpolation, {{FIELD_value, LEAVES}, {FIELD_format_spec, OPERAND}, END}},
    {NODE_JoinedStr, {{FIELD_values, OPERAND}, END}},
    {NODE_TemplateStr, {{FIELD_values, OPERAND}, END}},
    {NODE_Slice, {{FIELD_lower, OPERAND}, {FIELD_upper, OPERAND}, {FIELD_step, OPERAND}, END}},
    {NODE_withitem, {{FIELD_context_expr, OPERAND}, {FIELD_optional_vars, OPERAND}, END}},
    {NODE_arguments,
     {{FIELD_posonlyargs, OPERAND},
      {FIELD_args, OPERAND},
      {FIELD_defaults, LEAVES},
      {FIELD_kwonlyargs, OPERAND},
      {FIELD_kw_defaults, LEAVES},
      END}},
    {NODE_arg, {{FIELD_annotation, OPERAND}, END}},
    {NODE_keyword, {{FIELD_value, LEAVES}, END}},
    {NODE_MatchSequence, {{FIELD_patterns, OPERAND}, END}},
    {NODE_MatchOr, {{FIELD_patterns, OPERAND}, END}},
    {NODE_MatchMapping, {{FIELD_patterns, OPERAND}, END}},
    {NODE_MatchAs, {{FIELD_pattern, OPERAND}, END}},
    {NODE_TypeAlias, {{FIELD_type_params, OPERAND}, {FIELD_value, OPERAND}, END}},
    {NODE_TypeVar, {{FIELD_bound, OPERAND}, {FIELD_default_value, OPERAND}, END}},
    {NODE_ParamSpec, {{FIELD_default_value, OPERAND}, END}},
    {NODE_TypeVarTuple, {{FIELD_default_value, OPERAND}, END}},
};

#define LAST FIELD_COUNT
static const struct compound compounds[] = {
    {NODE_For, {FIELD_target, FIELD_iter, LAST}, {FIELD_body, FIELD_orelse, LAST}},
    {NODE_AsyncFor, {FIELD_target, FIELD_iter, LAST}, {FIELD_body, FIELD_orelse, LAST}},
    {NODE_While, {FIELD_test, LAST}, {FIELD_body, FIELD_orelse, LAST}},
    {NODE_If, {FIELD_test, LAST}, {FIELD_body, FIELD_orelse, LAST}},
    {NODE_With, {FIELD_items, LAST}, {FIELD_body, LAST}},
    {NODE_AsyncWith, {FIELD_items, LAST}, {FIELD_body, LAST}},
    {NODE_Match, {FIELD_subject, FIELD_cases, LAST}, {LAST}},
    {NODE_Try, {FIELD_handlers, LAST}, {FIELD_body, FIELD_orelse, FIELD_finalbody, LAST}},
    {NODE_TryStar, {FIELD_handlers, LAST}, {FIELD_body, FIELD_orelse, FIELD_finalbody, LAST}},
    {NODE_ExceptHandler, {FIELD_type, LAST}, {FIELD_body, LAST}},
};
/* clang-format on */

const struct plan *plans_of(enum node_kind kind)
{
    static const struct plan *rows[NODE_COUNT]; /* by kind */

    if (!rows[plans[0].kind])
        for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
            rows[plans[i].kind] = &plans[i];
    return rows[kind];
}

const struct compound *plans_compound(enum node_kind kind)
{
    for (size_t i = 0; i < sizeof compounds / sizeof *compounds; i++)
        if (compounds[i].kind == kind)
            return &compounds[i];
    return NULL;
}
