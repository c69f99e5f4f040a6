/* finalizers: what a library's object does when it is finalized is done by whoever made the object,
 * not by whoever happens to drop it or to run the collector (the host program, a trusted scope). */
#ifndef SAFEPYRUN_FINALIZERS_H
#define SAFEPYRUN_FINALIZERS_H

#include <stdbool.h>

#include "base/reference.h"

/* A class of a cell's that has taken its finalizer over from a library's. */
bool finalizers_cover_class(PyTypeObject *type);
bool finalizers_init(void);

#endif
