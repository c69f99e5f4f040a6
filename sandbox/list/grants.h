/* grants: what the user allowed on top of the packs, for the process. */
#ifndef SAFEPYRUN_GRANTS_H
#define SAFEPYRUN_GRANTS_H

#include "sandbox/internal.h"

/* The grant for this very object, or NULL. */
const struct grant *grants_find(PyObject *object);
/* The grant of the longest allowed module that dotted `name` lies in, or NULL. */
const struct grant *grants_find_module(const char *name);
/* Take up what was allowed before its library was loaded. */
void grants_settle(void);
bool grants_type_writable(PyTypeObject *type);

#endif
