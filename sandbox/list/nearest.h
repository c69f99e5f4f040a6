/* nearest: what a misspelt name may have been meant for. */
#ifndef SAFEPYRUN_NEAREST_H
#define SAFEPYRUN_NEAREST_H

#include "base/reference.h"

/* Those of `names` (list of str) that `wanted` may have been meant for, the nearest first: new list
 * of at most 3, NULL with an exception. */
PyObject *nearest_names(PyObject *names, const char *wanted);

/* The one of `names` that CPython would suggest for `wanted`: borrowed from the list, or NULL
 * without exception. */
PyObject *nearest_suggested(PyObject *names, const char *wanted);

#endif
