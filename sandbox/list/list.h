/* list: may it be called? Packs, grants, and the way from a callable to its name and back. What the
 * rooms above may use of this one. */
#ifndef SAFEPYRUN_LIST_H
#define SAFEPYRUN_LIST_H

#include "sandbox/list/allowlist.h"
#include "sandbox/list/grants.h"
#include "sandbox/list/nearest.h"
#include "sandbox/list/packs.h"
#include "sandbox/list/resolve.h"
#include "sandbox/list/unlisted.h"

#endif
