/* floor_net: what the files of the floor know of addresses and sockets. */
#ifndef SAFEPYRUN_FLOOR_NET_H
#define SAFEPYRUN_FLOOR_NET_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct floor_call;
struct floor_spot;
struct floor_worker;

/* A socket, where a container forbids to copy those of others: what is judged the caller does. */
enum { FLOOR_NOT_COPIED = -EPERM };

union floor_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage room;
};

/* Copied out of the caller's memory, once. 0 or -errno. */
int floor_address_read(const struct floor_call *call, uint64_t at, uint64_t size,
                       union floor_address *to);
/* Who sends or listens may leave the family out, which is then that of IPv4. */
void floor_address_complete(union floor_address *to, uint64_t size);
bool floor_address_is_inet(const union floor_address *to);
/* Families that lead nowhere outside of the machine's own tables. */
bool floor_address_is_harmless(const union floor_address *to);
/* Of SOL_SOCKET; -1: it is no socket. */
int floor_socket_option(int fd, int name);
/* The path of a Unix socket as the caller means it: its folder, held, and the name in it. */
long floor_net_find_path(struct floor_call *call, uint64_t at, union floor_address *to,
                         struct floor_spot *spot);
/* A port on which the worker listens itself, or takes answers to a datagram, as the system chose
 * it. */
void floor_net_keep_port(struct floor_worker *worker, int fd);

#endif
