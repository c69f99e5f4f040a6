/* descriptors: see descriptors.c. For the one thread of a process that was just forked; no Python.
 */
#ifndef SAFEPYRUN_WORKER_DESCRIPTORS_H
#define SAFEPYRUN_WORKER_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

struct descriptors;

/* Stop sharing them with the process that it was forked from; those of `alone` and the standard
 * ones are left as they are. NULL when memory or descriptors are short: then it can never wake. */
struct descriptors *descriptors_freeze(const int *alone, size_t alone_count);
/* Put the offsets of files back. */
void descriptors_wake(struct descriptors *self);
/* Of a fork that goes on in a file system of its own: files and folders are opened anew by their
 * paths, what has none becomes a copy in memory, and memory that is shared becomes its own. */
void descriptors_reopen(struct descriptors *self);
void descriptors_destroy(struct descriptors **self);

#endif
