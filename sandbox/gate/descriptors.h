/* descriptors: open files that are known by their number: the kernel's own, and those of the host
 * that C code would write to by way of a copy. */
#ifndef SAFEPYRUN_DESCRIPTORS_H
#define SAFEPYRUN_DESCRIPTORS_H

#include <stdbool.h>

#include "base/reference.h"

struct asker;

void descriptors_keep(void); /* what is open now is the kernel's */
bool descriptors_is_kernels(PyObject *descriptor);
/* os.dup: a regular file that is open for writing is a destination, whoever writes to the copy. 0,
 * or -1 with Denied set. */
int descriptors_judge_copy(const struct asker *asker, PyObject *descriptor);
/* fcntl, ioctl, flock, lockf: (descriptor, command, ...); mmap: (descriptor, length, access). 0, or
 * -1 with Denied set. */
int descriptors_judge(const struct asker *asker, const char *event, PyObject *arguments);
int descriptors_judge_memory(const struct asker *asker, PyObject *arguments);

#endif
