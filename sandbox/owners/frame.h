/* frame: whose code is running. Runs no Python code, and leaves no exception. */
#ifndef SAFEPYRUN_FRAME_H
#define SAFEPYRUN_FRAME_H

#include <stdbool.h>

#include "base/reference.h"

struct sandbox;

/* The sandbox that the frame's code was compiled for; NULL: it is host code. Borrowed. */
struct sandbox *frame_sandbox(PyFrameObject *frame_or_null);
/* The same of the frame that is on top: of a cell's own code, not of a library that it calls. */
static inline struct sandbox *frame_running_sandbox(void)
{
    return frame_sandbox(PyEval_GetFrame());
}
/* The name of the module that the frame's code is of; NULL: it has none. Borrowed from the frame's
 * globals. */
const char *frame_module(PyFrameObject *frame_or_null);
/* The module of an installed library that does it, in its own code or through the standard
 * library's; NULL: another does, as a cell through the standard library's. Borrowed from its
 * globals.
 */
const char *frame_library(PyFrameObject *frame_or_null);

#endif
