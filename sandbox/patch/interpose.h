/* interpose: come between a function (Python's or Cython's) and its callers, in place: it stays the
 * object that it is, under every name and in every alias; only what runs when it is called
 * changes. */
#ifndef SAFEPYRUN_INTERPOSE_H
#define SAFEPYRUN_INTERPOSE_H

#include <stdbool.h>

#include "base/reference.h"
#include "sandbox/list/list.h"

/* Sees the arguments before the function does. `arguments`: exact tuple that may be given another
 * item in place (stealing, as PyTuple_SetItem does), `keywords`: a dict that it may add to. False:
 * the function does not run; without an exception its result is None. */
typedef bool (*interpose_fn)(const void *row, PyObject *arguments, PyObject *keywords);

/* Once per function; a second time is no error and changes nothing. `row` must outlive the
 * process. */
bool interpose_function(PyObject *function, interpose_fn before, const void *row);

/* The scope that the function, called now for a sandbox, runs in: GRADE_TRUSTED, GRADE_NET, or any
 * other for none. No exception. */
typedef enum grade (*interpose_trust_fn)(PyObject *function, PyObject *target);
/* From now on that is asked at each call of `function`, of `target` (kept). */
bool interpose_trust(PyObject *function, interpose_trust_fn trusts, PyObject *target);

bool interpose_init(void); /* before, once per process */

/* Has that been done to it? */
bool interpose_is_done(PyObject *function);

#endif
