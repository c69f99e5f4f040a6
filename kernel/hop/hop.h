/* hop: what front and worker say to each other.
 *
 * One SOCK_STREAM socketpair per worker. Both ends are the same machine and the same build, so
 * integers are in host order. A frame is a `struct hop_head`, then `parts` times a 32-bit length,
 * then the parts' bytes one after the other. Parts are JSON text or raw buffers, never Python.
 *
 * The front trusts nothing that it reads here: a cell may have got hold of the descriptor. A frame
 * that breaks a limit ends the worker as if it had crashed; no frame can grant anything.
 *
 * Order between this socket and the output ring: each worker-to-front frame names the ring position
 * that its sender had reached; the front drains the ring up to there before it acts on the frame.
 */
#ifndef SAFEPYRUN_HOP_H
#define SAFEPYRUN_HOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define HOP_MAGIC 0x53504831u /* "SPH1" */
#define HOP_PARTS_MAX 1024u
#define HOP_SHELL_DEBUG 64u /* the shell of debug requests, whose thread no cell runs on */
#define HOP_SHELLS (HOP_SHELL_DEBUG + 1) /* with the parent shell, 0, and the subshells */
#define HOP_FRAME_BYTES_MAX                                                                        \
    (1024u * 1024u * 1024u + 4096u) /* a whole message of the wire, and its type */

/* clang-format off */
enum hop_type {
    /* front -> worker ------------------------------------------------------------------------ */
    HOP_REQUEST = 1,   /* [msg_type, header, parent_header, metadata, content, buffers...]: one
                        * request to answer with exactly one HOP_REPLY of the same `request` number (comm_*
                        * get an empty reply: no parts, it only says "done"). The worker handles the
                        * requests of one shell one at a time; the front sends the next one only when
                        * the reply of the last is there, but for what HOP_AWAITING lets through. */
    HOP_INPUT = 2,     /* [value text]: answers the HOP_ASK_INPUT of the same `token`;   no parts:
                        * nobody can be asked */
    HOP_ANSWER = 3,    /* [content]: answers a HOP_QUERY, `token` tells which one */
    HOP_SHELL_OPEN = 4,  /* [subshell_id]: start the thread of subshell number `shell` */
    HOP_SHELL_CLOSE = 5, /* end that thread once its running request is done */
    HOP_POLICY = 6,    /* [content]: grants, ok_dests, settings in force; sent before the first
                        * request and whenever they change */
    HOP_SHUTDOWN = 7,  /* run atexit handlers (within 1 s), then exit */
    HOP_INTERRUPT = 8, /* interrupt `request`, the running cell of a subshell (shell 0 gets SIGINT;
                        * this with it when its cell swallowed one: nothing catches it) */
    HOP_CHECKPOINT = 9, /* ["at once"]: take a checkpoint, number `token`: its socket has been sent on
                         * the points socket. Answered by HOP_CHECKPOINT_TAKEN */
    HOP_RESUME = 10,    /* [content]: to a checkpoint that has been woken, before any request: the
                         * cells that ran since, [count, source] each, and the last count */

    HOP_TRIM = 11, /* what was freed in the middle of the heap goes back to the system now. Answered by
                    * HOP_TRIMMED */

    /* worker -> front ------------------------------------------------------------------------ */
    HOP_READY = 32,     /* [language_info, banner, is there a debugger: "1" or "0"]: Python is up;
                         * sent once */
    HOP_PUBLISH = 33,   /* [msg_type, content, metadata, buffers...]: an iopub message, parent is
                         * `request` */
    HOP_REPLY = 34,     /* [msg_type, content, metadata, buffers...]: the reply to `request` */
    HOP_ASK_INPUT = 35, /* [content]: send input_request to the requester of `request` */
    HOP_QUERY = 36,     /* [kind, content]: kind is "history", "widen", "audit", ...; the front
                         * answers with HOP_ANSWER of the same `token` */
    HOP_FAILED = 39,    /* [ename, evalue]: `request` could not be handled; in the place of HOP_REPLY */
    HOP_PARENT = 37,    /* [header]: from now on `request` (finished long ago, its header forgotten
                         * by the front) has this header: a thread or a task still prints for it */
    HOP_CHECKPOINT_TAKEN = 38, /* [content]: what checkpoint `token` cost, or why there is none */
    HOP_AWAITING = 40,  /* the cell `request` awaits: requests that are no cells may be sent before
                         * its reply */
    HOP_TRIMMED = 41,   /* answers HOP_TRIM */
    HOP_POLICY_LOST = 42, /* there was no memory for the newest HOP_POLICY: it is to come again */
};
/* clang-format on */

/* Everything that is not text. `request` 0 means no parent. */
struct hop_head {
    uint32_t magic;
    uint16_t type;
    uint16_t shell; /* 0 is the parent shell, n the n-th subshell */
    uint32_t parts;
    uint32_t token;   /* HOP_QUERY / HOP_ANSWER */
    uint64_t request; /* number that the front gave to the request, rising from 1 */
    uint64_t ring_position;
};

struct hop_part {
    const void *data;
    size_t size;
};

struct hop_frame {
    struct hop_head head;
    struct hop_part *parts; /* into `bytes`, owned by the frame */
    void *bytes;
    bool lost; /* there was no memory for the parts: they were passed over */
};

/* Send one frame whole; blocks until the peer has taken it. Thread-safe only under the caller's
 * lock. Returns false when the peer is gone, memory is short, or the frame breaks the limits (errno
 * tells; EMSGSIZE: nothing of it was sent). */
bool hop_send(int fd, const struct hop_head *head, const struct hop_part *parts);

/* Read one frame; blocks. Returns false on end of file (errno 0), error, or a frame that breaks the
 * limits (errno EBADMSG). Where memory is short the frame is `lost`: a head without parts. Free
 * with hop_frame_clear. */
bool hop_receive(int fd, struct hop_frame *frame);
void hop_frame_clear(struct hop_frame *frame);

/* What hop_send and hop_queue.c have in common. */
bool hop_head_valid(const struct hop_head *head);
/* Room for parts of `sizes`, each with a NUL behind it. False when it is too much (errno tells). */
bool hop_frame_allocate(struct hop_frame *frame, const uint32_t *sizes);
/* Hand the bytes of a frame to `write`; its answer. False (EMSGSIZE) when it breaks the limits. */
bool hop_write_frame(const struct hop_head *head, const struct hop_part *parts,
                     bool (*write)(void *context, struct iovec *vectors, int count), void *context);
/* Write the vectors, which move on with what was written. False on an error (errno). */
bool hop_write(int fd, struct iovec **vectors, int *count, int flags);

#include "kernel/hop/hop_queue.h"
#include "kernel/hop/ring.h"

#endif
