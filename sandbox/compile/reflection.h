/* reflection: what of the interpreter's insides ordinary programs read after all, where no more
 * than text and numbers leaves the expression: f.__code__.co_name, frame.f_back.f_lineno,
 * Base.__subclasses__() of a class of theirs. */
#ifndef SAFEPYRUN_REFLECTION_H
#define SAFEPYRUN_REFLECTION_H

#include "sandbox/compile/locals.h"
#include "sandbox/compile/transform.h"

/* Of `x.f_back.f_code.co_name` the attribute nearest to x, borrowed; NULL for all that ends in
 * anything else. */
PyObject *reflection_lowest(PyObject *attribute);
/* Is `attribute` one that leads on to others, in code that asks for its frames? It gets views: its
 * steps may be taken one by one. */
bool reflection_may_step(const struct transform *transform, PyObject *attribute);
/* Each step to the end goes through I. */
bool reflection_guard(PyObject *attribute);
/* Is `callee` the __subclasses__ of what the code itself may have bound? What it is, is asked when
 * it is called. */
bool reflection_asks_subclasses(const struct transform *transform, const struct locals *names,
                                PyObject *callee);

#endif
