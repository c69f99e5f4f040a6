/* caches: files that libraries keep for themselves. */
#ifndef SAFEPYRUN_CACHES_H
#define SAFEPYRUN_CACHES_H

#include "sandbox/gate/dests.h"

/* Remember where the caches are: before any cell can change the environment. */
bool caches_init(void);
/* Does that library's own code write into its own cache there? `exact` as of dests_exact. No
 * exception. */
bool caches_is_written(PyObject *exact, int dir_fd, enum dest_use use);

#endif
