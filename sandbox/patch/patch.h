/* patch: every change that is made to CPython and to libraries, in place and once per process, so
 * that no road leads past what the rooms below ask. */
#ifndef SAFEPYRUN_PATCH_H
#define SAFEPYRUN_PATCH_H

#include "base/interpreter.h"

#include <stdbool.h>

/* All of them. False with an exception. */
bool patch_install(void);
/* What makes of an argument what is pickled instead of it, where a pack says that it runs elsewhere
 * (`sends`): the room above knows. `make` gives a new reference, NULL with an exception. */
void writers_set_parcel(PyObject *(*make)(PyObject *sent));

/* ---- inside this room ---- */

bool attributes_init(void);
bool callbacks_init(void);
bool changes_init(void);
/* Of modules that are loaded later; false with an exception. */
bool changes_cover_libraries(void);
bool containers_cover_libraries(void);
bool namespaces_init(void);
bool loaders_init(void);
bool natives_init(void);
/* A builtin function of a module: whether it is trusted is asked at each call (handed.h). */
bool natives_hand(PyObject *function);
bool natives_covers(PyObject *function); /* did that, or another row of natives.c, come before? */
bool operators_init(void);
/* A module that has just been loaded: are these its senders? False with an exception. */
bool sends_cover(PyObject *module);
void writers_init(void);

#endif
