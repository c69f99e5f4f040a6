/* fork_away: as fork(), but the new process is no child of this one. */
#ifndef SAFEPYRUN_WORKER_FORK_AWAY_H
#define SAFEPYRUN_WORKER_FORK_AWAY_H

/* 1 here, 0 in the new process, -1 with errno: EINTR when a process that made it was killed on the
 * way, ETIMEDOUT when it did not come to its end within seconds; then there may be a new process
 * all the same. Its parent is the nearest subreaper above this process: wait() of this one never
 * sees it, no SIGCHLD tells of it. It is a process group of its own from the start. Runs the
 * handlers of pthread_atfork. For one thread at a time, with all signals blocked. */
int fork_away(void);

#endif
