/* process: signals to processes, and their limits. */
#ifndef SAFEPYRUN_PROCESS_H
#define SAFEPYRUN_PROCESS_H

#include "base/reference.h"

/* The events os.kill, os.killpg (whom, signal); resource.setrlimit (kind, limits) and
 * resource.prlimit (process, kind, limits). 0, or -1 with Denied set. */
int process_judge_signal(const char *event, PyObject *arguments);
int process_judge_limit(const char *event, PyObject *arguments);

#endif
