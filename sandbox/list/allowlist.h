/* allowlist: may this callable be called, and on what terms? By identity, not by name. */
#ifndef SAFEPYRUN_ALLOWLIST_H
#define SAFEPYRUN_ALLOWLIST_H

#include <stdbool.h>

#include "base/reference.h"
#include "sandbox/list/pack.h"

struct grant {
    enum grade grade;
    const struct pack_policy *policy; /* from a pack, or NULL */
    PyObject *py_policy;              /* from the user, or NULL; owned by the grants table */
    const char *name;                 /* canonical dotted name */
    const char *source;               /* pack name, or "user" */
    const char *why;                  /* GRADE_DENY */
};

/* What is known of `callable` (borrowed): builtin functions, functions, method descriptors, bound
 * methods, types, instances with an allowed type.__call__, functools.partial (judged by its func),
 * closures of an allowed function (their code is among its constants). Cached per identity until
 * the epoch moves; the slow path resolves module + qualname, looks the packs up, and proves that
 * resolving the name again yields the same object. NULL when unknown (deny). Runs no user code,
 * sets no exception. Functions and types born in a sandbox are NOT its business: guard.c judges
 * them first. */
const struct grant *allowlist_find(PyObject *callable);
/* Is it one whose answer is kept, and it with it, until the epoch moves? */
bool allowlist_keeps(PyObject *callable);
/* Is it known already that it may be called as it is, as all instances of its class
 * (itemgetter(0), a function under lru_cache)? */
bool allowlist_passes_as_instance(PyObject *callable);
/* May instances of this (foreign) type be stored to? builtin containers, packs' `writable`, user
 * types. */
enum writable {
    WRITABLE_NOT,
    WRITABLE_ALL,
    WRITABLE_OWN, /* unless a module keeps the instance (shared.h) */
};
enum writable allowlist_writable(PyTypeObject *type);
/* df.to_excel(writer): some objects say of themselves that they are paths, but their file is open,
 * and was judged then. */
bool allowlist_is_open(const struct pack_policy *policy, PyObject *object);
/* Does one of these arguments say that nothing is written to files (`keywords` may be NULL)? Only
 * where the operating system holds what it does after all. */
bool allowlist_is_spared(const struct pack_policy *policy, PyObject *keywords);
bool allowlist_init(void);

#endif
