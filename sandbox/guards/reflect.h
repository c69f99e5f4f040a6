/* reflect: the names of attributes through which code reaches the interpreter's insides: L1. */
#ifndef SAFEPYRUN_REFLECT_H
#define SAFEPYRUN_REFLECT_H

#include <stdbool.h>

#include "base/reference.h"

/* Why attribute `name` (str) is refused, or NULL when it is not. Interned names are found
 * fastest. */
const char *reflect_reason(PyObject *name);
/* Attributes that are read through the guard `A` because what they give decides. */
bool reflect_is_guarded(PyObject *name);
/* A reflective name that a format string (str.format) would reach: its reason, or NULL. */
const char *reflect_in_format(PyObject *format);
/* The same of a bound `text.format` or `text.format_map`; NULL for every other callable. */
const char *reflect_in_bound_format(PyObject *callable);
/* Denied (kind "reflect") for one name; NULL. */
PyObject *reflect_refuse(PyObject *name, const char *reason);
bool reflect_init(void);

#endif
