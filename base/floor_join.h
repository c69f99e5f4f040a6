/* floor_join: a process puts itself under a filter whose calls another process answers (the floor,
 * kernel/front/floor.h), and hands that one the descriptor on which it is asked. Plain calls alone:
 * safe between fork and exec. */
#ifndef SAFEPYRUN_FLOOR_JOIN_H
#define SAFEPYRUN_FLOOR_JOIN_H

#include <stdbool.h>
#include <stddef.h>

struct sock_fprog;

/* The listening descriptor, or -errno. `two_steps`: a descriptor can be handed over and closed
 * before the caller goes on (Linux 5.19). */
int floor_join(const struct sock_fprog *program, bool *two_steps);
/* `data`, and `fd` with it unless it is -1, as one packet on `channel`. False: errno tells. */
bool floor_join_send(int channel, const void *data, size_t size, int fd);
/* The other end: the packet's size, 0 at the end, -1; `fd` (owned by the caller) is -1 when none
 * came. */
long floor_join_receive(int channel, void *data, size_t size, int *fd);

/* What `safepyrun-kernel hold` sends first, with the filter's instructions behind it, and what a
 * process sends that has joined, with its rules as JSON behind it: "dests" and "hosts" (lists of
 * str), "trusts" (bool). */
struct floor_offer {
    int error; /* errno; 0: it can be joined */
};
struct floor_joined {
    int pid;
    int two_steps;
};
enum { FLOOR_PACKET_MOST = 65536 };

#endif
