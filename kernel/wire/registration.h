/* registration: the handshake of JEP 66. The launcher's connection file names a port instead of
 * five: the kernel binds ports that the system chose and tells them there. */
#ifndef SAFEPYRUN_REGISTRATION_H
#define SAFEPYRUN_REGISTRATION_H

#include "kernel/front/front.h"

struct registration;

/* Send the ports, from a socket of its own that closes with the launcher's answer; the kernel ends
 * when none comes, or one that is not ok. Writes a connection file for other clients to Jupyter's
 * runtime folder. NULL on an error (errno). */
struct registration *registration_new(struct front *front);
void registration_destroy(struct registration **self); /* takes that file away */

#endif
