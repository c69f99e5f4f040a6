#ifndef SAFEPYRUN_ATTRIBUTES_H
#define SAFEPYRUN_ATTRIBUTES_H

#include "internal.h"

/* Makes setattr and delattr look at their callers; once per process. False with an exception. */
bool attributes_init(PyObject *builtins);

#endif
