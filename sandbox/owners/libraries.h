/* libraries: some rules cover what libraries define, as soon as they are loaded. */
#ifndef SAFEPYRUN_LIBRARIES_H
#define SAFEPYRUN_LIBRARIES_H

#include "base/interpreter.h"
#include "base/reference.h"

#include <stdbool.h>
#include <stdint.h>

extern struct libraries_modules {
    PyObject *modules; /* sys.modules, borrowed */
    uint64_t changes;  /* counted by a watcher, which 3.11 has not */
} libraries_modules;

/* Counts what happens to sys.modules: whoever remembers something of the modules that are loaded
 * compares it. */
static inline uint64_t libraries_version(void)
{
#if INTERPRETER_WATCHES
    return libraries_modules.changes;
#else
    return interpreter_dict_version(libraries_modules.modules);
#endif
}

/* Is the module with this namespace being imported? False where it cannot be told. */
bool libraries_are_importing(PyObject *namespace);

/* What each module was like when a rule looked at it; empty at first, never freed. */
struct libraries_seen {
    struct libraries_row *rows; /* in the order of sys.modules */
    Py_ssize_t most;
};
/* Calls `look` for each module that came or changed since. False with an exception, as `look`: the
 * modules that it was not called for are left for the next time. */
bool libraries_each_changed(struct libraries_seen *seen, bool (*look)(PyObject *module));

/* Rules of rooms above that look at what libraries define: called in the order in which they were
 * registered, each once. False with an exception. */
void libraries_watch(bool (*cover)(void));
/* Calls them when modules came since: before what a library does on its own is judged. A module
 * that is being imported will define more: until it is done, and when a rule failed, they are
 * called again. False with an exception when there was no memory for it. */
bool libraries_cover(void);
bool libraries_init(void); /* once per process */

#endif
