/* nearest: what a misspelt name may have been meant for. */
#ifndef SAFEPYRUN_NEAREST_H
#define SAFEPYRUN_NEAREST_H

#include <stdbool.h>

#include "base/reference.h"

/* Those of `names` (list of str) that `wanted` may have been meant for, the nearest first: new list
 * of at most 3, NULL with an exception. */
PyObject *nearest_names(PyObject *names, const char *wanted);

/* LookupError for a dotted name that is not there: which part of it is missing, and what is near.
 * Always false. */
bool nearest_refuse(const char *dotted);

#endif
