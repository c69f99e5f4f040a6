/* dynamic: code from strings. What stands in for eval, exec and compile makes guarded code of what
 * it is given, and runs that. */
#ifndef SAFEPYRUN_DYNAMIC_H
#define SAFEPYRUN_DYNAMIC_H

#include <stdbool.h>

#include "base/reference.h"

/* As the builtins of these names; `self` is that builtin. New references. */
PyObject *dynamic_eval(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *dynamic_exec(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *dynamic_compile(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *dynamic_breakpoint(PyObject *self, PyObject *args, PyObject *keywords); /* Denied */

#endif
