/* process: the life of a worker's process. */
#ifndef SAFEPYRUN_PROCESS_H
#define SAFEPYRUN_PROCESS_H

#include "kernel/worker/inside.h"

/* Read the front's arguments, let `start_python` see to it that Python is there (false: it is not,
 * with an exception or a word on stderr), and answer requests until the end; the exit status. The
 * caller leaves with _exit: threads of cells may still run, Python is not torn down under them. */
int process_run(int argc, char **argv, bool (*start_python)(struct worker *));

#endif
