/* extension: is compiled code of an installed library at work, called from the Python code that is
 * on top? A frame tells of Python code only: pandas' Cython fills its table of time zones with the
 * cell's frame as the nearest, just as if the cell did it. */
#ifndef SAFEPYRUN_EXTENSION_H
#define SAFEPYRUN_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before the first look; needs the GIL. False with an exception. */
bool extension_init(void);
/* Looks at the machine's stack up to the interpreter's loop. `out` is the name of the top-level
 * package, which may be NULL. Slow (microseconds): for what would be refused otherwise. Runs no
 * Python code, needs no GIL. */
bool extension_at_work(char *out, size_t size);

#endif
