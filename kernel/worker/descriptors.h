/* descriptors: see descriptors.c. No Python. */
#ifndef SAFEPYRUN_WORKER_DESCRIPTORS_H
#define SAFEPYRUN_WORKER_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

struct descriptors;

/* What is open, and in which state; those of `alone` and the standard ones are left as they are.
 * NULL when memory or descriptors are short: then it can never wake. */
struct descriptors *descriptors_look(const int *alone, size_t alone_count);
/* In a process that was just forked: stop sharing them. */
void descriptors_freeze(struct descriptors *self);
/* Then, until it wakes: locks (flock) that came with files are not held here as well. */
void descriptors_unlock(struct descriptors *self);
/* Put the offsets of files back. */
void descriptors_wake(struct descriptors *self);
/* Of a fork that goes on in a file system of its own: files and folders are opened anew by their
 * paths, what has none becomes a copy in memory, and memory that is shared becomes its own. */
void descriptors_reopen(struct descriptors *self);
void descriptors_destroy(struct descriptors **self);

#endif
