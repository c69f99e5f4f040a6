/* arenas: what CPython's allocator of small objects gave back stays mapped for the next: a program
 * that fills and empties the same arena again and again would fault in all of its pages each
 * time. */
#ifndef SAFEPYRUN_ARENAS_H
#define SAFEPYRUN_ARENAS_H

#include "base/interpreter.h"

enum { ARENAS_KEPT = 8 }; /* of 1 MiB each, with 64 bits */

/* Once per process, Python having started. */
void arenas_keep(void);
/* What is kept goes back to the system. On any thread, without the GIL too. */
void arenas_trim(void);

#endif
