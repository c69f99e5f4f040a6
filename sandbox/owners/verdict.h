/* verdict: an answer that is remembered by the address of what it is about, and the one rule of how
 * long it stands: until a grant comes or goes, until the class changes, and for one run of a
 * sandbox only where the answer is of that run. Nobody else keeps answers by address.
 *
 * What is remembered of all modules that are loaded is compared with libraries_version(). */
#ifndef SAFEPYRUN_VERDICT_H
#define SAFEPYRUN_VERDICT_H

#include "base/reference.h"

#include <stdbool.h>
#include <stdint.h>

struct verdict {
    const void *about; /* borrowed: only compared. A class (its version is never given twice, so an
                          address that is used again does no harm), or what lives on */
    uint64_t when;     /* the epoch, and the version of the class */
    uint64_t run;      /* of which run of a sandbox; 0: of all */
    const void *answer;
};

enum { VERDICT_BITS = 10 };
/* Two places for each. Zeroed at first. */
struct verdicts {
    struct verdict rows[1 << VERDICT_BITS];
};

/* Moved by every grant that comes or goes. */
extern uint32_t verdict_epoch;

static inline uint64_t verdict_when(unsigned version)
{
    return (uint64_t)verdict_epoch << 32 | version;
}

static inline bool verdict_stands(const struct verdict *verdict, const void *about,
                                  unsigned version, uint64_t run)
{
    return verdict->about == about && verdict->when == verdict_when(version) && verdict->run == run;
}

static inline unsigned verdicts_place(const void *about)
{
    return (unsigned)(((uintptr_t)about >> 4) * 0x9E3779B97F4A7C15u >> (64 - VERDICT_BITS));
}

/* The one that stands; NULL: there is none. */
static inline const struct verdict *verdicts_find(const struct verdicts *self, const void *about,
                                                  unsigned version, uint64_t run)
{
    const struct verdict *row = &self->rows[verdicts_place(about)],
                         *other = &self->rows[verdicts_place(about) ^ 1];

    return verdict_stands(row, about, version, run)     ? row
           : verdict_stands(other, about, version, run) ? other
                                                        : NULL;
}

static inline const struct verdict *verdicts_find_type(const struct verdicts *self,
                                                       const PyTypeObject *type, uint64_t run)
{
    return verdicts_find(self, type, type->tp_version_tag, run);
}

/* About what lives as long as the process, or is kept alive by whoever asks. */
void verdicts_keep(struct verdicts *self, const void *about, uint64_t run, const void *answer);
/* Not when CPython has no version left to give the class. */
void verdicts_keep_type(struct verdicts *self, PyTypeObject *type, uint64_t run,
                        const void *answer);
/* The version of a class; 0: it gets none. */
unsigned verdict_version(PyTypeObject *type);

#endif
