/* allowlist: see internal.h, where the rest of the sandbox finds its functions. */
#ifndef SAFEPYRUN_ALLOWLIST_H
#define SAFEPYRUN_ALLOWLIST_H

#include "sandbox/internal.h"

#endif
