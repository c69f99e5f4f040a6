/* source: compilers of functions (numba) read bytecode, and cannot make anything of guards; nor
 * could what pickles code (cloudpickle) in another process. They are given what the cell's author
 * wrote. What compilers make of it runs in the cell's frame, and its effects meet the gate; what is
 * unpickled here is the guarded code again. */
#ifndef SAFEPYRUN_SOURCE_H
#define SAFEPYRUN_SOURCE_H

#include "base/reference.h"

/* A function with the code as it is written where `function`, a guarded one, was compiled from, or
 * that code when it is code; the function itself where that cannot be found, and anything else. Not
 * to be called, but looked at. New reference; NULL with an exception. */
PyObject *source_function(PyObject *function);
/* The guarded code that `code` was written as, or itself. New reference. */
PyObject *source_guarded(PyObject *code);

#endif
