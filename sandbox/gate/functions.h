/* functions: who may give a function other code. */
#ifndef SAFEPYRUN_FUNCTIONS_H
#define SAFEPYRUN_FUNCTIONS_H

#include <stdbool.h>

#include "base/reference.h"

/* May `function` get `code`? `near`: sandbox code itself asks, not a library for it. */
bool functions_may_change(PyObject *function, PyObject *code, bool near);
/* Is a profiler of lines or the like at work, whose compiled code has no frame of its own? */
bool functions_are_instrumented(void);

#endif
