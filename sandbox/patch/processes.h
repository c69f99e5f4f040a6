/* processes: libraries that would start processes for a cell, and can do without, are told to: the
 * answer is the same, only later. What they are told is their packs' `instead`. And what they would
 * write into the current folder without being asked (`byproducts`) goes into the session's. */
#ifndef SAFEPYRUN_PROCESSES_H
#define SAFEPYRUN_PROCESSES_H

#include <stdbool.h>

#include "base/reference.h"

bool processes_cover_libraries(void); /* those that are loaded; false with an exception */

#endif
