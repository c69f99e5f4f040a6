/* registration: the handshake of JEP 66. The launcher's connection file names a port instead of
 * five: the kernel binds ports that the system chose and tells them there. */
#ifndef SAFEPYRUN_REGISTRATION_H
#define SAFEPYRUN_REGISTRATION_H

#include <czmq.h>

#include "kernel/wire/connection.h"
#include "kernel/wire/wire.h"

struct registration;

/* The launcher said no, or nothing. What it returns ends the loop (-1) or not (0). */
typedef int (*registration_failed_fn)(void *context);

/* Send the ports, from a socket of its own that closes with the launcher's answer; `failed` is
 * called when none comes, or one that is not ok. Writes a connection file for other clients to
 * Jupyter's runtime folder. Everything is borrowed. NULL on an error (errno). */
struct registration *registration_new(zloop_t *loop, struct wire *wire,
                                      const struct connection *connection,
                                      registration_failed_fn failed, void *context);
void registration_destroy(struct registration **self); /* takes that file away */

#endif
