/* travel: guarded code that is pickled to run elsewhere (Dask, joblib, Spark: whatever uses
 * cloudpickle, which takes functions apart) stays guarded there. */
#ifndef SAFEPYRUN_TRAVEL_H
#define SAFEPYRUN_TRAVEL_H

#include "base/reference.h"

#include <stdbool.h>

/* Put together what travelled, ("guard", "M:append") or ("code", what CodeType takes ...): it
 * belongs to the guest sandbox of this process, in the kernel to that of the cells. For host code
 * alone. New reference, NULL with an exception. */
PyObject *travel_restore(PyObject *parts);
/* Where code that came from elsewhere may write: list of str. */
bool travel_set_dests(PyObject *dests);
bool travel_init(void);

#endif
