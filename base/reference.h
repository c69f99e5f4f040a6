/* reference: an owned reference that drops itself at the end of its block. */
#ifndef SAFEPYRUN_REFERENCE_H
#define SAFEPYRUN_REFERENCE_H

#include "base/interpreter.h"

static inline void reference_clear(PyObject **reference)
{
    Py_CLEAR(*reference);
}
#define AUTO_REF __attribute__((cleanup(reference_clear)))

/* What went wrong is nobody's error. An interrupt is the cell's, and comes again. */
static inline void error_forget(void)
{
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        PyErr_SetInterrupt();
    PyErr_Clear();
}

/* The same, but others are told on stderr. */
static inline void error_tell(void)
{
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
        PyErr_WriteUnraisable(NULL);
    error_forget();
}

#endif
