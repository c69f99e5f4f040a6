#ifndef SAFEPYRUN_ATTRIBUTES_H
#define SAFEPYRUN_ATTRIBUTES_H

#include "sandbox/internal.h"

/* Makes setattr and delattr look at their callers; once per process. False with an exception. */
bool attributes_init(PyObject *builtins);
/* Is the frame code of the standard library that changes what belongs to another module, `owner`
 * (NULL: nobody)? */
bool attributes_does_as_told(PyFrameObject *frame, const char *owner);
/* Are instances of the class for cells to fill, but not to set attributes of? */
bool attributes_are_sealed(PyTypeObject *type);

#endif
