/* deferred: callables that a sandbox leaves behind for later: for another thread, the program's
 * end, the death of an object, an event loop of the host's, a log handler. Whoever calls them then,
 * the sandbox that left them is judged. */
#ifndef SAFEPYRUN_DEFERRED_H
#define SAFEPYRUN_DEFERRED_H

#include "sandbox/internal.h"

/* `callable` as `sandbox` leaves it behind; itself when it is carried already, or is guarded code.
 * New reference. */
PyObject *deferred_new(struct sandbox *sandbox, PyObject *callable);
/* A method bound to an object: carried when it is a library's and the host program could come to
 * call it. New reference. */
PyObject *deferred_method(struct sandbox *sandbox, PyObject *method);
/* What a partial is made of (its arguments, its pickled state): its first item is carried, when it
 * is a library's function and the host program could come to call it. New reference. */
PyObject *deferred_first(PyObject *tuple);
/* What is carried, borrowed; any other object itself. */
PyObject *deferred_original(PyObject *object);
/* The special methods of a class that a sandbox made, where they are no functions of it (`__repr__
 * = partial(...)`): the interpreter calls them with no frame that would tell whose they are. */
bool deferred_cover_class(struct sandbox *sandbox, PyTypeObject *type);
/* Callbacks that libraries take over to call them later: looks at new modules only. False with an
 * exception. */
bool callbacks_cover_libraries(void);
bool callbacks_init(void);

#endif
