/* shell: what the files of the shell object share. */
#ifndef SAFEPYRUN_SHELL_H
#define SAFEPYRUN_SHELL_H

#include "kernel/worker/inside.h"
#include "magics/magic.h"

#pragma weak inspect_text
PyObject *inspect_text(struct worker *self, PyObject *name, int detail);

const struct magic_host *shell_host(void); /* of the one worker */
/* Of the last cell, while there was no shell object to hear of it; borrowed, NULL: none. */
PyObject *shell_unheard_error(void);
/* Into the running cell's reply. A frontend acts on each: with `single`, of two with the same source
 * (text for the next cell, leaving) the later stands. False with an exception. */
bool shell_add_payload(PyObject *payload, bool single);

#endif
