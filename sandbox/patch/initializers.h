/* initializers: what is there already is not made anew in place, and nothing takes over the
 * namespace of another for its own: `json.__init__("x")`, `property.__init__(C.p, f)`, `x.__dict__
 * = registry`.
 */
#ifndef SAFEPYRUN_INITIALIZERS_H
#define SAFEPYRUN_INITIALIZERS_H

#include "sandbox/internal.h"

/* Makes the initialisers of builtin types and the setters of `__dict__` look at what they are
 * given; once per process. False with an exception. */
bool initializers_init(void);
/* Is the method one that would make an instance anew that a module keeps under a name, and that is
 * not the sandbox's to change? `self_object` may be NULL. */
bool stores_refuses_again(struct sandbox *sandbox, PyObject *function, PyObject *self_object);

#endif
