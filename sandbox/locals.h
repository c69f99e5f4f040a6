/* locals: which local variables of a function hold an object that W has let pass already. A second store to the same
 * object needs no second guard. */
#ifndef SAFEPYRUN_LOCALS_H
#define SAFEPYRUN_LOCALS_H

#include "syntax.h"

enum { LOCALS_KNOWN = 32 };

/* Of one function, while its body is walked in the order in which it runs. */
struct locals {
    PyObject *bindings;            /* owned: dict of name -> enum binding of locals.c */
    PyObject *known[LOCALS_KNOWN]; /* borrowed from the tree */
    size_t count;
};

/* Looks through the function (a FunctionDef or AsyncFunctionDef) for what binds its names. False with an exception. */
bool locals_init(struct locals *self, PyObject *function);
void locals_clear(struct locals *self);
/* Is what the variable holds known to be writable? False for anything that is not a local variable. */
bool locals_knows(const struct locals *self, PyObject *name);
/* A guard on what it holds stands here, and is on every way to what follows. */
void locals_learn(struct locals *self, PyObject *name);
/* It is bound anew. */
void locals_forget(struct locals *self, PyObject *name);
/* Around a statement with blocks: only what is bound once is known on other ways; what a block learns ends with it. */
size_t locals_enter_block(struct locals *self);
void locals_leave_block(struct locals *self, size_t known_before);

#endif
