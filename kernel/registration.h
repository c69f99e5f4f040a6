/* registration: the handshake of JEP 66. The launcher gives an address; the kernel binds ports that the
 * system chose and tells them there, so a launcher on another machine can connect. */
#ifndef SAFEPYRUN_REGISTRATION_H
#define SAFEPYRUN_REGISTRATION_H

#include "front.h"

/* Tell the ports to options.registration. False with a message in `error`. */
bool registration_send(struct front *self, char *error, size_t error_size);

#endif
