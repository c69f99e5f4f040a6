/* ending: code of a sandbox that catches what tells it that its time is over. */
#ifndef SAFEPYRUN_ENDING_H
#define SAFEPYRUN_ENDING_H

#include "base/interpreter.h"

/* end_lines(exception or None): from now on every line that such code begins in this thread raises
 * `exception`, in a handler too, until nothing of it is left. None: no more. */
PyObject *ending_end_lines(PyObject *module, PyObject *exception);

#endif
