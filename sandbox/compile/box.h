/* box: keeps the value of a last expression until the host takes it. */
#ifndef SAFEPYRUN_BOX_H
#define SAFEPYRUN_BOX_H

#include <stdbool.h>

#include "base/reference.h"

PyObject *box_new(void); /* new reference */
/* The last expression's value, new reference; NULL without exception when it was not reached. The
 * box is emptied. */
PyObject *box_take(PyObject *box);
bool box_init(void);

#endif
