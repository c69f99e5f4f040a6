/* native: can a library reach compiled code that no pack describes? Its effects raise no audit
 * event, so a person decides. */
#ifndef SAFEPYRUN_NATIVE_H
#define SAFEPYRUN_NATIVE_H

#include <stdbool.h>

/* The library that dotted `name` is of: itself, what its modules name, and what it says it needs
 * (a wrapper's native part is often a package of its own). Needs the GIL; no exception. */
bool native_is_reached(const char *name);

#endif
