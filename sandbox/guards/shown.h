/* shown: what a call is called for a person. */
#ifndef SAFEPYRUN_SHOWN_H
#define SAFEPYRUN_SHOWN_H

#include "base/reference.h"

enum { SHOWN_BYTES = 600 };

/* Classes share methods: of a DataFrame it is pandas.DataFrame.to_csv, though the pack's entry
 * `granted` is Series.to_csv. And io.open is open. `target`: the object whose method it is, or
 * NULL. Returns `out`, or part of `granted`. Runs no Python code. */
const char *shown_name(PyObject *callable, PyObject *target, const char *granted,
                       char out[SHOWN_BYTES]);

#endif
