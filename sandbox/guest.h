/* guest: a library's function that sandboxed code elsewhere sent here by its name. It is judged as
 * it would have been there: what the packs say of it, and whatever it does meets the gate. */
#ifndef SAFEPYRUN_GUEST_H
#define SAFEPYRUN_GUEST_H

#include "base/reference.h"

#include <stdbool.h>

struct sandbox;

/* Of ("module", "qualname"), or (callable, arguments ...) that makes it. New reference, NULL with
 * an exception: Denied, when a pack refuses it. */
PyObject *guest_new(struct sandbox *sandbox, PyObject *parts);
/* What guest_new makes one of, new tuple, when `object` is a callable that has to be one where it
 * is sent; None for all else; NULL with an exception. */
PyObject *guest_parts(PyObject *object);
/* A pickler's table: what takes guests apart is `reduce` from now on. */
bool guest_add_type(PyObject *table, PyObject *reduce);
PyTypeObject *guest_class(void); /* borrowed; NULL before there is one */
bool guest_init(void);

#endif
