/* views: what a cell gets in the place of a frame or a code object: names and numbers of it, and
 * the way to the frames behind. The variables stay out of reach, whoever asks. */
#ifndef SAFEPYRUN_VIEWS_H
#define SAFEPYRUN_VIEWS_H

#include <stdbool.h>

#include "base/reference.h"

bool views_init(void);

/* Stand-ins (builtins.c); `self` is the function that is stood in for. */
PyObject *views_current_frame(PyObject *self,
                              PyObject *args); /* inspect.currentframe(), sys._getframe(depth) */
PyObject *views_stack(PyObject *self, PyObject *args,
                      PyObject *keywords); /* inspect.stack(), inspect.trace() */
PyObject *views_infos(PyObject *self, PyObject *args,
                      PyObject *keywords); /* inspect.getinnerframes() */
PyObject *views_walk_tb(PyObject *self, PyObject *traceback);
PyObject *views_walk_stack(PyObject *self, PyObject *frame);

#endif
