/* hold: the floor for processes that are no kernel's. `safepyrun-kernel hold COMMAND...` runs
 * COMMAND, whose environment names a socket (SAFEPYRUN_HOLD); processes below it join the floor
 * there one by one, each with rules of its own (base/floor_join.h). It is their ancestor, since a
 * system may let nobody else read their memory (Yama). The Python package's fork server is run so
 * (python/safepyrun/runner/server.py). */
#ifndef SAFEPYRUN_HOLD_H
#define SAFEPYRUN_HOLD_H

/* `argc` and `argv` are main's own; argv[1] is "hold". Returns COMMAND's exit status, 128 + n when
 * signal n ended it, 127 when it cannot be run, 2 for wrong usage. */
int hold_main(int argc, char **argv);

#endif
