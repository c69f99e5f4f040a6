/* spawn: one process under the floor. */
#ifndef SAFEPYRUN_SPAWN_H
#define SAFEPYRUN_SPAWN_H

#include <sys/types.h>

#include "kernel/front/floor.h"

struct spawn {
    const char *program;
    char *const *arguments, *const *environment;
    const int *kept; /* LINK_FDS descriptors that it inherits, under their numbers */
};

/* Its own process group, no signals blocked or ignored, an empty standard input. 0, or why it could
 * not be started. */
int spawn_worker_process(const struct spawn *self, struct floor *floor, pid_t *pid);

#endif
