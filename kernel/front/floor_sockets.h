/* floor_sockets: what the system's tables say of sockets that cannot be copied. Where a container
 * forbids pidfd_getfd (Docker does by default), the front cannot act on a caller's socket. */
#ifndef SAFEPYRUN_FLOOR_SOCKETS_H
#define SAFEPYRUN_FLOOR_SOCKETS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Whom descriptor `number` of that process is connected to over TCP. False: nobody. */
bool floor_sockets_peer(pid_t process, int number, struct sockaddr_storage *peer);
/* Has that process a socket on the port: one that listens, or one for datagrams? */
bool floor_sockets_has_port(pid_t process, int port);

#endif
