/* unmarshal: the stand-in for marshal.loads: data, not code. */
#ifndef SAFEPYRUN_UNMARSHAL_H
#define SAFEPYRUN_UNMARSHAL_H

#include "base/reference.h"

/* As METH_VARARGS | METH_KEYWORDS has it; `self` is marshal.loads. */
PyObject *unmarshal_loads(PyObject *self, PyObject *args, PyObject *keywords);

#endif
