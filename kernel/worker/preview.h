/* preview: see preview.c. Main thread, GIL held. */
#ifndef SAFEPYRUN_WORKER_PREVIEW_H
#define SAFEPYRUN_WORKER_PREVIEW_H

#include "kernel/worker/worker.h"

/* What magic_host.preview promises. */
PyObject *preview_run(struct worker *self, PyObject *source);
/* In a preview: a call that the sandbox refused, for the list of effects. */
void preview_refused(const char *kind, const char *callable, const char *reason);

#endif
