/* compile: from source to guarded code. */
#ifndef SAFEPYRUN_COMPILE_H
#define SAFEPYRUN_COMPILE_H

#include <stdbool.h>

#include "base/reference.h"
#include "sandbox/compile/box.h"

struct sandbox;

enum {
    SANDBOX_RESULT = 1,    /* the value of a last expression statement is kept in the result box */
    SANDBOX_TOP_AWAIT = 2, /* PyCF_ALLOW_TOP_LEVEL_AWAIT */
    SANDBOX_INHERIT = 4,   /* inherit `from __future__` flags of earlier compiles of this sandbox */
    SANDBOX_CHECK_ONLY = 8, /* validate, make no code */
    SANDBOX_SAME_RUN = 16,  /* belongs to the run that is going on (exec, eval, imports) */
};
struct sandbox_code {
    PyObject *code;   /* new reference: code object, already guarded */
    PyObject *result; /* new reference: the result box, or NULL when there is no last expression */
};
/* `source`: str, bytes or an _ast.AST (Module/Expression). `mode`: Py_file_input, Py_eval_input or
 * Py_single_input. False with SyntaxError, or Denied listing every violation with line and
 * column. */
bool compile_source(struct sandbox *self, PyObject *source, PyObject *filename, int mode,
                    unsigned flags, struct sandbox_code *out);
bool compile_init(void);

#endif
