/* wire: the Jupyter wire protocol: multipart messages, signed with HMAC-SHA256.
 *
 *   identities... <IDS|MSG> signature header parent_header metadata content buffers...
 *
 * Parsing trusts nothing: a message that is not well-formed, not signed with our key, or seen
 * before gives a reason for the log and changes no state. */
#ifndef SAFEPYRUN_WIRE_H
#define SAFEPYRUN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <czmq.h>
#include <jansson.h>

#define PROTOCOL_VERSION "5.5"
#define WIRE_MESSAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define WIRE_FRAME_BYTES_MAX ((int)WIRE_MESSAGE_BYTES_MAX)
#define WIRE_JSON_DEPTH_MAX 512
#define WIRE_BUFFERS_MAX 1000 /* what one frame to the worker can hold (HOP_PARTS_MAX) */

struct wire; /* the signer: key, session, counters, the signatures that were seen */

/* `key` empty: unsigned. NULL when memory is short or libcrypto refuses. */
struct wire *wire_new(const char *key, size_t key_size);
void wire_destroy(struct wire **self);
const char *wire_session(const struct wire *self); /* our session id, 32 hex digits */

struct message {
    zmsg_t *frames;           /* owned: everything as it came */
    zframe_t *identity_first; /* first identity frame, or NULL; into `frames` */
    size_t identity_count;
    /* The JSON parts, into `frames`: not terminated. */
    zframe_t *header_raw, *parent_raw, *metadata_raw, *content_raw;
    size_t buffer_count;      /* the last frames are buffers */
    json_t *header, *content; /* owned; objects */
    const char *msg_type, *msg_id, *session,
        *subshell_id; /* into header; subshell_id "" when absent */
};

/* Takes over `*frames` (sets it to NULL). On failure returns NULL, and `reason` says why (static
 * text or `reason_buffer`). */
struct message *wire_parse(struct wire *self, zmsg_t **frames, char *reason, size_t reason_size);
void message_destroy(struct message **self);

struct wire_part {
    const void *data;
    size_t size;
};

/* Everything that goes into one message to a frontend. Borrowed. */
struct outgoing {
    const char *msg_type;
    const struct message *to;  /* identities to answer to; NULL: `topic` instead */
    const char *topic;         /* NULL as well: neither */
    struct wire_part parent;   /* raw header of the parent; size 0: {} */
    struct wire_part content;  /* JSON text */
    struct wire_part metadata; /* size 0: {} */
    const struct wire_part *buffers;
    size_t buffer_count;
};

/* Sign and send. Never blocks: what a socket cannot take is dropped. The msg_id that it got is
 * copied to `msg_id` (at least 64 bytes) when not NULL. False when it was not sent (errno EAGAIN:
 * the socket is full). */
bool wire_send(struct wire *self, zsock_t *socket, const struct outgoing *message, char *msg_id);
/* The same message, signed, to be sent later. The caller's; NULL when memory is short. */
zmsg_t *wire_pack(struct wire *self, const struct outgoing *message);

#include "kernel/wire/registration.h"

#endif
