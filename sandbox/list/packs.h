/* packs: lookups in the compiled packs. Plain C: no Python object is touched. */
#ifndef SAFEPYRUN_PACKS_H
#define SAFEPYRUN_PACKS_H

#include <stdbool.h>

#include "sandbox/list/pack.h"

/* The entry that decides about dotted `name`: itself, else "owner.*" of its owner, else the longest
 * "prefix.**", over all packs; at the same length DENY wins. NULL when no pack speaks of it.
 * `*pack` tells whose. */
const struct pack_entry *packs_find(const char *name, const struct pack **pack);
bool packs_writable(const char *type_name);
/* May instances of the type be stored to where no module keeps them? */
bool packs_own(const char *type_name);
/* What is denied only where the operating system does not hold it is gated in the kernel. */
enum grade packs_grade(const struct pack_entry *entry);
bool packs_is_pattern(const struct pack_entry *entry);
/* Is there a row of that kind for the module, and for that name where rows have one? */
bool packs_say(enum pack_fact_kind kind, const char *module, const char *name_or_null);

#endif
