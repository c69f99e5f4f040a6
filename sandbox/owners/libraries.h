/* libraries: some rules cover what libraries define, as soon as they are loaded. When have modules
 * come?
 */
#ifndef SAFEPYRUN_LIBRARIES_H
#define SAFEPYRUN_LIBRARIES_H

#include "base/reference.h"

#include <stdbool.h>

enum { LIBRARIES_NONE = -1 };

/* Have modules come since the last call with this `seen` (LIBRARIES_NONE at first)? Then the caller
 * looks at them, and sets `seen` to LIBRARIES_NONE when that failed. A module that is being
 * imported will define more: until it is done, the answer stays yes. */
bool libraries_came(Py_ssize_t *seen);

/* How many names each module had when a rule looked at it; empty at first, never freed. */
struct libraries_sizes {
    struct libraries_size *rows; /* in the order of sys.modules */
    Py_ssize_t most;
};
/* Calls `look` for each module that came or grew since. False with an exception, as `look`: the
 * modules that it was not called for are left for the next time. */
bool libraries_each_changed(struct libraries_sizes *sizes, bool (*look)(PyObject *module));

/* Rules of rooms above that look at what libraries define: called in the order in which they were
 * registered, each once. False with an exception. */
void libraries_watch(bool (*cover)(void));
/* Calls them: before what a library does on its own is judged. False with an exception when there
 * was no memory for it. */
bool libraries_cover(void);

#endif
