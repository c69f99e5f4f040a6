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
/* Around a fork of this process, interrupts held: `checkpoint_fork_begins` holds what other threads
 * must not be in the middle of. */
void checkpoint_fork_begins(struct worker *self);
void checkpoint_fork_ends(struct worker *self);
/* Call `name` of the frozen Python part, with one argument or none; new reference or NULL, without
 * an exception. */
PyObject *checkpoint_part(const char *name, PyObject *argument);
/* The state of the module `random`, which seeds itself anew in a fork; or, given one, set. New
 * reference or NULL, without an exception. */
PyObject *checkpoint_random(PyObject *state);
/* The descriptors that the front has sent with the word `what`, at most `most`; how many. */
int checkpoint_receive(struct worker *self, const char *what, int *fds, int most);

#endif
