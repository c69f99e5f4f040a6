/* writers: what third-party libraries write natively raises no audit event. The writers that their
 * packs name are judged where they are, in place, so that no road around the policy (a callback, a
 * name given as text, a subclass) leads past. */
#ifndef SAFEPYRUN_WRITERS_H
#define SAFEPYRUN_WRITERS_H

#include "sandbox/internal.h"

/* Looks at new modules only. False with an exception. */
bool writers_cover_libraries(void);

#endif
