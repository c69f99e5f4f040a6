/* scratch: the session's own folder for temporary files. The front makes it, mode 0700, and holds a
 * lock on it while it lives; what is left of a session that crashed has no lock, and the next one
 * takes it away. Plain C. */
#ifndef SAFEPYRUN_SCRATCH_H
#define SAFEPYRUN_SCRATCH_H

#include <limits.h>
#include <stdbool.h>

struct scratch {
    char path[PATH_MAX]; /* resolved; "": there is none */
    int lock_fd;         /* close-on-exec; -1: none */
};

/* Make it below $TMPDIR, else /tmp. False with errno. */
bool scratch_make(struct scratch *self);
/* The same below `parent`. */
bool scratch_make_below(struct scratch *self, const char *parent);
/* Remove it with all that is in it. */
void scratch_remove(struct scratch *self);
/* Remove the folder of a session, unless that lives. */
void scratch_remove_left(const char *path);
/* The same of all sessions of this user that left theirs beside `self`. */
void scratch_sweep(const struct scratch *self);

#endif
