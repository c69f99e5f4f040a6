/* databases: sqlite3. What SQLite opens itself raises no event: a file that may not be written to
 * is opened for reading, and ATTACH and VACUUM INTO name destinations. */
#ifndef SAFEPYRUN_DATABASES_H
#define SAFEPYRUN_DATABASES_H

#include "base/reference.h"

#include <stdbool.h>

/* The module _sqlite3 was loaded. False with an exception. */
bool databases_watch(PyObject *module);
/* sqlite3.connect: `original` called with these arguments, or with what opens the same file for
 * reading. New reference. */
PyObject *databases_connect(PyObject *original, PyObject *arguments, PyObject *keywords);

#endif
