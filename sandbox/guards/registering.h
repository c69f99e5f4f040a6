/* registering: stand-ins for what enters something into a registry of the process. `self` is the
 * function that they stand in for; as METH_VARARGS | METH_KEYWORDS has them. */
#ifndef SAFEPYRUN_REGISTERING_H
#define SAFEPYRUN_REGISTERING_H

#include "base/reference.h"

PyObject *registering_pickle(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *registering_reload(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *registering_error(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *registering_codec(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *registering_no_codec(PyObject *self, PyObject *args, PyObject *keywords);

#endif
