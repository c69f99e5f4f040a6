/* locals: which names are variables of the code's own functions, and which of these hold an object
 * that W has let pass already: a second store to the same object needs no second guard. */
#ifndef SAFEPYRUN_LOCALS_H
#define SAFEPYRUN_LOCALS_H

#include "sandbox/compile/syntax.h"

enum { LOCALS_KNOWN = 32 };

/* Of one function, lambda or comprehension, while it is walked in the order in which it runs. */
struct locals {
    const struct locals *outer;    /* borrowed: of the code around it, NULL at module level */
    PyObject *bindings;            /* owned: dict of name -> enum binding of locals.c */
    PyObject *known[LOCALS_KNOWN]; /* borrowed from the tree */
    size_t count;
};

/* Looks through the node for what binds its names. False with an exception; locals_clear is due in
 * any case. */
bool locals_init(struct locals *self, PyObject *node, const struct locals *outer);
void locals_clear(struct locals *self);
/* Is it a variable of this function or of one around it? What it holds came through the code's own
 * statements. */
bool locals_owns(const struct locals *self, PyObject *name);
/* Is what the variable holds known to be writable? False for anything that is not a local
 * variable. */
bool locals_knows(const struct locals *self, PyObject *name);
/* A guard on what it holds stands here, and is on every way to what follows. */
void locals_learn(struct locals *self, PyObject *name);
/* It is bound anew. */
void locals_forget(struct locals *self, PyObject *name);
/* Around a statement with blocks: only what is bound once is known on other ways; what a block
 * learns ends with it. */
size_t locals_enter_block(struct locals *self);
void locals_leave_block(struct locals *self, size_t known_before);

#endif
