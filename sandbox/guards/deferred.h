/* deferred: callables that a sandbox leaves behind for later: for another thread, the program's
 * end, the death of an object, an event loop of the host's, a log handler. Whoever calls them then,
 * the sandbox that left them is judged. */
#ifndef SAFEPYRUN_DEFERRED_H
#define SAFEPYRUN_DEFERRED_H

#include <stdbool.h>

#include "base/reference.h"

struct sandbox;

/* `callable` as `sandbox` leaves it behind; itself when it is deferred already, or is guarded code.
 * New reference. */
PyObject *deferred_new(struct sandbox *sandbox, PyObject *callable);
/* A method bound to an object: deferred when it is a library's and the host program could come to
 * call it. New reference. */
PyObject *deferred_method(struct sandbox *sandbox, PyObject *method);
/* What a partial is made of (its arguments, its pickled state): its first item is deferred, when it
 * is a library's function and the host program could come to call it. New reference. */
PyObject *deferred_first(PyObject *tuple);
/* What is deferred, borrowed; any other object itself. */
PyObject *deferred_original(PyObject *object);
/* Is `value`, as what a class has under `name`, called by the interpreter with no frame that would
 * tell whose it is (`__repr__ = partial(...)`)? */
bool deferred_is_due(PyObject *name, PyObject *value);
bool deferred_init(void);

#endif
