/* reference: an owned reference that drops itself at the end of its block. */
#ifndef SAFEPYRUN_REFERENCE_H
#define SAFEPYRUN_REFERENCE_H

#include "base/interpreter.h"

static inline void reference_clear(PyObject **reference)
{
    Py_CLEAR(*reference);
}
#define AUTO_REF __attribute__((cleanup(reference_clear)))

/* The exception that is set, taken: `value` is an instance. All owned, NULL when there is none. */
struct error_taken {
    PyObject *type, *value, *traceback;
};

static inline struct error_taken error_take(void)
{
    struct error_taken taken;

    PyErr_Fetch(&taken.type, &taken.value, &taken.traceback);
    PyErr_NormalizeException(&taken.type, &taken.value, &taken.traceback);
    return taken;
}

/* It is set again, in the place of what came since. */
static inline void error_put(struct error_taken *taken)
{
    PyErr_Restore(taken->type, taken->value, taken->traceback);
    *taken = (struct error_taken){NULL, NULL, NULL};
}

static inline void error_drop(struct error_taken *taken)
{
    Py_CLEAR(taken->type);
    Py_CLEAR(taken->value);
    Py_CLEAR(taken->traceback);
}

/* What is set now is set again at the end of the block; it is not made an instance. */
#define AUTO_ERROR(name)                                                                           \
    __attribute__((cleanup(error_put))) struct error_taken name;                                   \
    PyErr_Fetch(&name.type, &name.value, &name.traceback)

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
