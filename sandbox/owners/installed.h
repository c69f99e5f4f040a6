/* installed: which files are the interpreter's, an installed package's or the kernel's, and not the
 * person's own. */
#ifndef SAFEPYRUN_INSTALLED_H
#define SAFEPYRUN_INSTALLED_H

#include "base/reference.h"

#include <stdbool.h>

/* Take up this Python's prefixes, once. */
bool installed_init(void);
/* Is a file at `path` installed? By where it lies; no exception. */
bool installed_path(const char *path);

/* The module called `name` was compiled as a cell is, in the kernel: it is the person's own, and a
 * cell's to change. `is` false: it is the host's again. False with an exception. */
bool installed_set_own(PyObject *name, bool is);
/* Is the module that sys.modules has as `name` such a one? No exception. */
bool installed_is_own(PyObject *name);

/* What lies below it is installed as well (the kernel's Python parts). False with an exception. */
bool installed_add(const char *folder);

#endif
