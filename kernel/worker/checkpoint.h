/* checkpoint: see checkpoint.c. Main thread, GIL held. */
#ifndef SAFEPYRUN_WORKER_CHECKPOINT_H
#define SAFEPYRUN_WORKER_CHECKPOINT_H

#include "kernel/worker/worker.h"

/* Why none can be taken now: new str, or NULL without an exception when nothing stands in the way.
 * `passing` (may be NULL): it may well be over in a moment. */
PyObject *checkpoint_obstacle(struct worker *self, bool *passing);
/* Answer a HOP_CHECKPOINT frame: take one, tell what it cost or why not. Returns in two processes:
 * at once in this one, and in the checkpoint when the front has woken it. */
void checkpoint_take(struct worker *self, const struct hop_frame *frame);
/* Answer a HOP_RESUME frame: the cells that ran after the checkpoint that has been woken go into
 * In, and the count goes on. */
void checkpoint_resume(struct worker *self, const struct hop_frame *frame);

#endif
