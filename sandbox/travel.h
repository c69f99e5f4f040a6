/* travel: what sandboxed code has run elsewhere (Dask, joblib, Spark: whatever uses cloudpickle,
 * which takes functions apart) stays guarded there: code with its guards, and a library's function
 * that is sent by its name as a guest (sandbox/guest.h). */
#ifndef SAFEPYRUN_TRAVEL_H
#define SAFEPYRUN_TRAVEL_H

#include "base/reference.h"

#include <stdbool.h>

/* Put together what travelled, ("guard", "M:append"), ("code", what CodeType takes ...), ("guest",
 * ...) or ("parcel", bytes, buffers ...): it belongs to the guest sandbox of this process, in the
 * kernel to that of the cells. For host code alone, but in a kernel, where only code comes back
 * that left it. New reference, NULL with an exception. */
PyObject *travel_restore(PyObject *parts);
/* Where code that came from elsewhere may write, and connect to: lists of str or None. */
bool travel_set_places(PyObject *dests, PyObject *hosts);
bool travel_init(void);

#endif
