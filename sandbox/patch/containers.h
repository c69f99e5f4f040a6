/* containers: whose a container is that is about to be changed, and who changes it. */
#ifndef SAFEPYRUN_CONTAINERS_H
#define SAFEPYRUN_CONTAINERS_H

#include <stdbool.h>

#include "sandbox/owners/owners.h"

/* It may be a module's or a class's: may the code that runs change it? False with Denied set. */
bool containers_ask(PyObject *container);
/* The same without a refusal: is it there for reading only? */
bool containers_are_readonly(PyObject *container);

/* What nobody keeps is told by one look. When modules came, only for a cell's frame is it worth
 * while to look at them now. */
static inline bool containers_may_be_kept(PyObject *container)
{
    return others_marked(container) || (!others_are_known() && frame_running_sandbox());
}

static inline bool containers_may_change(PyObject *container)
{
    return !containers_may_be_kept(container) || containers_ask(container);
}

#endif
