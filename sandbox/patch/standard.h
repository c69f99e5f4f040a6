/* standard: the streams that the program began with (sys.__stdout__ and its kin). What a cell
 * closes, it closes for itself: they stay open for the host. */
#ifndef SAFEPYRUN_STANDARD_H
#define SAFEPYRUN_STANDARD_H

#include <stdbool.h>

#include "base/reference.h"

/* Once per process, after the streams are there. False with an exception. */
bool standard_init(void);
/* May `__init__` be called on this stream? False with Denied set. */
bool standard_may_begin(PyObject *stream);
/* Is that the number of a standard stream? */
bool standard_is_descriptor(PyObject *descriptor);

#endif
