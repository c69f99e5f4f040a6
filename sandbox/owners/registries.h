/* registries: the containers that classes of installed libraries have as attributes (the members of
 * an enumeration, tables of handlers). They are the classes' own, as what modules keep is the
 * modules'. */
#ifndef SAFEPYRUN_REGISTRIES_H
#define SAFEPYRUN_REGISTRIES_H

#include "base/reference.h"

#include <stdbool.h>

/* Looks at the classes of modules that came or grew, and calls `add` for every registry that is
 * known. */
bool registries_find(void (*add)(const PyObject *container));
/* Is the plain dict, list or set one of them? */
bool registries_has(PyObject *container);
/* The name of the module whose it is, special ones (shared.h) included; borrowed, NULL: it is none.
 */
PyObject *registries_home(PyObject *container);

#endif
