/* handed: a function that a person trusts keeps that when a cell hands it to a library, which calls
 * it later or elsewhere (`map(os.remove, names)`, `executor.submit(shutil.rmtree, name)`): the
 * function itself, the object that everybody shares, enters the scope from then on. A library that
 * calls it by a name of its own is judged as ever. */
#ifndef SAFEPYRUN_HANDED_H
#define SAFEPYRUN_HANDED_H

#include <stdbool.h>

#include "base/reference.h"

void handed_init(void);
/* Is `trusted` (a function, or the class that makes instances with it), whose `function` is being
 * called, trusted, and is it called by somebody to whom a cell handed it? No exception. */
bool handed_is_trusted(PyObject *function, PyObject *trusted);

#endif
