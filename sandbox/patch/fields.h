/* fields: dataclasses puts the names of fields into the text of functions that it runs: names they
 * must be, when a cell asks. */
#ifndef SAFEPYRUN_FIELDS_H
#define SAFEPYRUN_FIELDS_H

#include <stdbool.h>

#include "base/reference.h"

bool fields_cover_libraries(void); /* once dataclasses is loaded; false with an exception */

#endif
