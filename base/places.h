/* places: which folders decide for themselves what may be written there: what no wider destination
 * reaches (environments, repositories, start-up files), the session's scratch folder, the caches
 * of libraries. The lists are data, policies/places/places.toml. Plain C, for the front as for the
 * worker: no Python object is touched. Paths are absolute and resolved. */
#ifndef SAFEPYRUN_PLACES_H
#define SAFEPYRUN_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/* Is `path` the folder, or in it? */
bool place_is_below(const char *path, const char *folder);

/* Take the home directory up, once per process. False when memory is short. */
bool places_init(void);
/* An environment of a Python: its prefix. */
bool places_keep_environment(const char *prefix);
/* That of the interpreter `python` (dirname twice), and that of the Python it is made from; NULL:
 * none. */
void places_keep_python(const char *python);
/* `path` lies in the destination `dest`. Is it nevertheless out of its reach? `out` (PATH_MAX) then
 * has what keeps it, "/home/me/project/.git". */
bool places_keep(const char *path, const char *dest, char *out);
/* The same of a file (no folder), whose folder is known to be within reach. */
bool places_keep_file(const char *path);
/* Would taking the folder `path` away take along what is kept by its whole path? */
bool places_lie_below(const char *path);
/* Does `path` lie in an environment of a Python? */
bool places_is_environment(const char *path);
/* Never a destination (/proc, /sys, /dev). */
bool places_refuse(const char *path);

/* The session's own folder for temporary files; NULL: none. */
bool places_set_scratch(const char *path);
const char *places_scratch(void);         /* NULL: there is none */
bool places_is_scratch(const char *path); /* in it, or itself */
bool places_is_scratch_itself(const char *path);

/* A library's cache: below $variable, else `home` in the home directory; `below`, when given, in
 * that. */
struct place_cache {
    const char *variable, *home, *below; /* each may be NULL */
    const char *const *by, *const *through;
};
/* Its folder, not resolved; false when it has none here. */
bool place_cache_folder(const struct place_cache *cache, char *out, size_t size);

/* Generated, NULL-terminated. */
extern const char *const places_anywhere[];
extern const char *const places_home[];
extern const char *const places_root[];
extern const char *const places_environment[];
extern const char *const places_parts[];
extern const char *const places_never[];
extern const char *const places_variables[]; /* patterns; see fnmatch(3) */
extern const char *const places_given[];     /* "NAME=value" */
extern const char *const places_shared_memory;
extern const struct place_cache places_caches[]; /* ends with one whose `by` is NULL */

#endif
