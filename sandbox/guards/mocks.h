/* mocks: mock.patch("builtins.input", ...). The builtins are everybody's; in front of them a cell
 * has names of its own, and there the mock is put for as long as it lasts. */
#ifndef SAFEPYRUN_MOCKS_H
#define SAFEPYRUN_MOCKS_H

#include <stdbool.h>

#include "base/reference.h"

struct sandbox;

/* unittest.mock sets or (without a value) deletes `args`, (object, name[, value]): 1 when that was
 * done in the sandbox's own namespace, 0 when it is not a builtin that is patched, -1 with an
 * exception. */
int mocks_patch_builtin(struct sandbox *sandbox, PyObject *args);

#endif
