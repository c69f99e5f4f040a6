/* processes: libraries that would start processes for a cell, and can do without, are told to: the
 * answer is the same, only later. What they are told is their packs' `instead`. What they would
 * write into the current folder without being asked (`byproducts`) goes into the session's. Threads
 * that use semaphores made for processes need no process. */
#ifndef SAFEPYRUN_PROCESSES_H
#define SAFEPYRUN_PROCESSES_H

#include <stdbool.h>

#include "base/reference.h"

bool processes_cover_libraries(void);   /* those that are loaded; false with an exception */
bool processes_watch(PyObject *module); /* _multiprocessing was loaded; false with an exception */

#endif
