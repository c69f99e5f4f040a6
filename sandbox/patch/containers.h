/* containers: the methods by which dicts, lists and sets are changed ask whose they are, however
 * they were come by: fetched by operator.attrgetter, named in pickled data, bound by a library.
 * What statements and method calls of cells change was judged on the way. */
#ifndef SAFEPYRUN_CONTAINERS_H
#define SAFEPYRUN_CONTAINERS_H

#include "sandbox/internal.h"

bool containers_init(void);

#endif
