/* attributes: stores to attributes ask whose the object is, whoever stores: modules, classes and
 * functions of others are not changed at a cell's wish. */
#ifndef SAFEPYRUN_ATTRIBUTES_H
#define SAFEPYRUN_ATTRIBUTES_H

#include <stdbool.h>

#include "base/reference.h"

/* Is the frame code of the standard library that changes what belongs to another module, `owner`
 * (NULL: nobody)? */
bool attributes_does_as_told(PyFrameObject *frame, const char *owner);

#endif
