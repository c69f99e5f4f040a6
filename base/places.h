/* places: the rules of where nothing is written unless a person names the very place, as data: one
 * table for the sandbox and for the floor. No Python, no allocation. */
#ifndef SAFEPYRUN_PLACES_H
#define SAFEPYRUN_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/* Does the resolved `path` lie at or below `folder`? */
bool place_is_below(const char *path, const char *folder);

/* The length of the innermost guarded place that the resolved `path` lies in: an environment's
 * packages, a repository's hooks, what shells and desktops start, keys. 0: in none. A destination
 * holds for what lies there only when it names that place or something inside it. `home` is the
 * home directory, resolved, or NULL. */
size_t place_guarded(const char *path, const char *home);

/* Is `folder` (its first `length` bytes) a virtual or a conda environment? Asks the file system. */
bool place_is_environment(const char *folder, size_t length);

/* Devices and the like that keep nothing, or belong to whoever opens them. */
bool place_is_sink(const char *path);
/* What is written there acts on processes and on the system. */
bool place_is_system(const char *path);

#endif
