/* transform: L1 and L2 on the syntax tree, in one walk: violations are collected, calls, stores and
 * leaving values are led through the guards. */
#ifndef SAFEPYRUN_TRANSFORM_H
#define SAFEPYRUN_TRANSFORM_H

#include "sandbox/compile/syntax.h"

/* Placeholders: constants "<prefix>G", "<prefix>M:append", ... that compile.c replaces by guard
 * objects. */
extern PyObject *transform_prefix; /* str, random for each process */

struct transform {
    bool result;               /* the last expression statement goes through D */
    bool annotations_are_text; /* inherited from __future__ */
    bool host_names; /* the namespace is a program's: its names hold functions that nobody has
                        judged */
    const struct sandbox *sandbox; /* whose classes count as its own; may be NULL */
    PyObject *statements;          /* borrowed, own: of the module, while it is walked */
    bool has_result;               /* out: there was one */
    PyObject *violations; /* out: owned list of (lineno, col_offset, name, reason), or NULL */
};
/* Rewrites `tree` (a Module, Expression or Interactive made by the compiler) in place. False with
 * an exception; violations are no exception. */
bool transform_tree(struct transform *self, PyObject *tree);
bool transform_init(void);

#endif
