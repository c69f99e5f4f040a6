/* sockets: see sockets.c. */
#ifndef SAFEPYRUN_SOCKETS_H
#define SAFEPYRUN_SOCKETS_H

#include <stdbool.h>

#include "base/reference.h"

/* `module`: _socket, just loaded. False with an exception. */
bool sockets_watch(PyObject *module);

#endif
