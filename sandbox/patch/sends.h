/* sends: see sends.c. */
#ifndef SAFEPYRUN_SENDS_H
#define SAFEPYRUN_SENDS_H

#include <stdbool.h>

#include "sandbox/gate/gate.h"

/* Somebody came to a server of this process: what is sent there is an answer. */
void sends_answer(int fd);
/* May anything be sent there, whatever it is? */
bool sends_pass(const struct sandbox *sandbox, int fd);

#endif
