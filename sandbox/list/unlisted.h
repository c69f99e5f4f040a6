/* unlisted: callables of installed libraries that no pack speaks of. Where the operating system
 * holds what is done (the kernel's floor) they may run: their effects are judged, whatever they
 * are. */
#ifndef SAFEPYRUN_UNLISTED_H
#define SAFEPYRUN_UNLISTED_H

#include "sandbox/list/allowlist.h"
#include "sandbox/list/resolve.h"

/* Do they run ("gate"), or are they refused ("refuse", as it is at first)? */
void unlisted_set(bool gated);
bool unlisted_is_gated(void); /* then the operating system holds what they do */
/* What is said of `callable`, of which nothing else is known; `identity` may be nameless. NULL: it
 * is refused. Runs no Python code. */
const struct grant *unlisted_find(PyObject *callable, const struct identity *identity);
/* The package that it is of, "altair", when no pack speaks of that; false: another's. */
bool unlisted_package(PyObject *callable, const struct identity *identity, char *out, size_t size);
bool unlisted_covers_module(PyObject *module);
/* What took back the library that dotted `name` lies in; "_name" is the C half of one called so.
 * NULL: nothing did. */
const struct grant *unlisted_find_denial(const char *name);
/* Are instances of this class the cell's to change? */
bool unlisted_writable(PyTypeObject *type);

#endif
