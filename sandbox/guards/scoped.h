/* scoped: a call that is trusted, or may open connections, may give something that runs later: a
 * coroutine, a generator, a context manager around one. Its steps run on the terms of the call, and
 * so do the tasks that the library starts in them. */
#ifndef SAFEPYRUN_SCOPED_H
#define SAFEPYRUN_SCOPED_H

#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"

/* Between these the thread works on the terms of a call of that grade. They nest. */
void scoped_enter(enum grade grade, struct gate_scope *scope);
void scoped_leave(enum grade grade, struct gate_scope *scope);
/* `result` (stolen, NULL passes) of a call of that grade, or what stands for it. New reference. */
PyObject *scoped_result(PyObject *result, enum grade grade);

#endif
