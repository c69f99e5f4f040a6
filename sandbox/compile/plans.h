/* plans: for the kinds of syntax that need nothing special, which fields the walk visits, in which
 * order, and whether their values leave. */
#ifndef SAFEPYRUN_PLANS_H
#define SAFEPYRUN_PLANS_H

#include "sandbox/compile/syntax.h"

/* Where a value goes: it is worked with on the spot, or somebody else may keep or call it. */
enum place { OPERAND, LEAVES };

/* The fields end with FIELD_COUNT. */
struct plan {
    enum node_kind kind;
    struct {
        enum field field;
        enum place place;
    } fields[6];
};

/* Compound statements: expressions first, then their blocks. Both end with FIELD_COUNT. */
struct compound {
    enum node_kind kind;
    enum field expressions[3], blocks[5];
};

const struct plan *plans_of(enum node_kind kind);           /* NULL: there is none */
const struct compound *plans_compound(enum node_kind kind); /* NULL: it is none */

#endif
