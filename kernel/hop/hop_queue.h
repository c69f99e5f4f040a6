/* hop_queue: the front's end of the hop, which never waits. What the worker does not take at once
 * is kept; what it has sent of a frame is kept until the rest is there. */
#ifndef SAFEPYRUN_HOP_QUEUE_H
#define SAFEPYRUN_HOP_QUEUE_H

#include "kernel/hop/hop.h"

struct hop_out {
    char *bytes; /* owned; `size` of them from `start` on are not sent yet */
    size_t start, size, capacity;
};

/* Send one frame, as far as the peer takes it now; the rest is kept for hop_out_flush. False when
 * the peer is gone or memory is short (errno tells). */
bool hop_out_send(struct hop_out *self, int fd, const struct hop_head *head,
                  const struct hop_part *parts);
/* Send what is kept, as far as the peer takes it. False when the peer is gone. */
bool hop_out_flush(struct hop_out *self, int fd);
void hop_out_clear(struct hop_out *self);

enum hop_got {
    HOP_GOT_FRAME,
    HOP_GOT_NOTHING, /* not all of a frame is there yet */
    HOP_GOT_END,     /* end of file, an error, or a frame that breaks the limits */
};

struct hop_in {
    char *bytes; /* owned: read from the socket, not taken yet */
    size_t start, size;
    struct hop_frame frame; /* the one that is coming in */
    uint32_t sizes[HOP_PARTS_MAX];
    uint32_t step; /* 0 its head, 1 the sizes, 2 + n its part n */
    size_t done;   /* bytes of this step that are there */
};

/* The next frame, into `frame` (free with hop_frame_clear). Without `read`, only of what was read
 * already. */
enum hop_got hop_in_take(struct hop_in *self, int fd, bool read, struct hop_frame *frame);
void hop_in_clear(struct hop_in *self);

#endif
