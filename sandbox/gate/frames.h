/* frames: libraries that work on the variables of their caller, which stand in their packs. */
#ifndef SAFEPYRUN_FRAMES_H
#define SAFEPYRUN_FRAMES_H

#include <stdbool.h>

#include "base/reference.h"

/* Does the asker put names into the variables of `frame`, and they are no cell's? */
bool frames_fills_others(PyObject *frame);
/* Does the asker read the variables of `frame` (borrowed, may be no frame), and they are neither a
 * cell's nor of those who call it with their own? */
bool frames_reads_others(PyObject *frame);

#endif
