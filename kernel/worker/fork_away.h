/* fork_away: as fork(), but the new process is no child of this one. */
#ifndef SAFEPYRUN_WORKER_FORK_AWAY_H
#define SAFEPYRUN_WORKER_FORK_AWAY_H

#include <sys/types.h>

/* The pid of the new process, 0 in that process, -1 with errno. Its parent is the nearest subreaper
 * above this process: wait() of this one never sees it, no SIGCHLD tells of it. It is a process
 * group of its own from the start. Runs the handlers of pthread_atfork. For one thread at a time.
 */
pid_t fork_away(void);

#endif
