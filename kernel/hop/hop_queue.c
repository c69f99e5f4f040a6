/* hop_queue: the front's end of the hop, which never waits. */
#include "kernel/hop/hop_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { IN_BYTES = 64 * 1024 };

/* ---- out ---- */

static bool reserve(struct hop_out *self, size_t more)
{
    if (self->start && self->start + self->size + more > self->capacity) {
        memmove(self->bytes, self->bytes + self->start, self->size);
        self->start = 0;
    }
    if (self->size + more <= self->capacity)
        return true;
    char *bytes = realloc(self->bytes, self->size + more);

    if (!bytes)
        return false;
    self->bytes = bytes;
    self->capacity = self->size + more;
    return true;
}

struct out_target {
    struct hop_out *out;
    int fd;
};

static bool write_or_keep(void *context, struct iovec *vectors, int count)
{
    struct out_target *target = context;
    struct hop_out *self = target->out;
    size_t left = 0;

    if (!self->size && !hop_write(target->fd, &vectors, &count, MSG_DONTWAIT) && errno != EAGAIN)
        return false;
    for (int i = 0; i < count; i++)
        left += vectors[i].iov_len;
    if (!reserve(self, left))
        return false;
    for (int i = 0; i < count; i++) {
        if (vectors[i].iov_len)
            memcpy(self->bytes + self->start + self->size, vectors[i].iov_base, vectors[i].iov_len);
        self->size += vectors[i].iov_len;
    }
    return true;
}

bool hop_out_send(struct hop_out *self, int fd, const struct hop_head *head,
                  const struct hop_part *parts)
{
    struct out_target target = {self, fd};

    return hop_write_frame(head, parts, write_or_keep, &target);
}

bool hop_out_flush(struct hop_out *self, int fd)
{
    struct iovec vector = {self->bytes + self->start, self->size}, *vectors = &vector;
    int count = self->size ? 1 : 0;

    if (!hop_write(fd, &vectors, &count, MSG_DONTWAIT) && errno != EAGAIN)
        return false;
    size_t left = count ? vector.iov_len : 0;
    self->start += self->size - left;
    self->size = left;
    if (!left)
        hop_out_clear(self);
    return true;
}

void hop_out_clear(struct hop_out *self)
{
    free(self->bytes);
    *self = (struct hop_out){0};
}

/* ---- in ---- */

/* Read into `data`, once; as hop_got. */
static enum hop_got receive(int fd, void *data, size_t size, size_t *got)
{
    for (;;) {
        ssize_t count = recv(fd, data, size, MSG_DONTWAIT);

        if (count > 0) {
            *got = (size_t)count;
            return HOP_GOT_FRAME;
        }
        if (count == 0 || (errno != EINTR && errno != EAGAIN))
            return HOP_GOT_END;
        if (errno == EAGAIN)
            return HOP_GOT_NOTHING;
    }
}

/* Go on with the step that takes `size` bytes into `data`: HOP_GOT_FRAME when it has all of
 * them. */
static enum hop_got fill(struct hop_in *self, int fd, bool read, void *data, size_t size)
{
    while (self->done < size) {
        char *to = (char *)data + self->done;
        size_t wanted = size - self->done, got = 0;

        if (self->size) {
            got = self->size < wanted ? self->size : wanted;
            memcpy(to, self->bytes + self->start, got);
            self->start += got;
            self->size -= got;
            self->done += got;
            continue;
        }
        if (!read)
            return HOP_GOT_NOTHING;
        bool direct = wanted >= IN_BYTES;
        enum hop_got result =
            receive(fd, direct ? to : self->bytes, direct ? wanted : IN_BYTES, &got);
        if (result != HOP_GOT_FRAME)
            return result;
        if (direct) {
            self->done += got;
        } else {
            self->start = 0;
            self->size = got;
        }
    }
    self->done = 0;
    return HOP_GOT_FRAME;
}

/* Where the bytes of the present step go, and how many they are. */
static void *step_target(struct hop_in *self, size_t *size)
{
    struct hop_frame *frame = &self->frame;

    if (self->step == 0) {
        *size = sizeof frame->head;
        return &frame->head;
    }
    if (self->step == 1) {
        *size = frame->head.parts * sizeof *self->sizes;
        return self->sizes;
    }
    const struct hop_part *part = &frame->parts[self->step - 2];
    *size = part->size;
    return (void *)part->data;
}

enum hop_got hop_in_take(struct hop_in *self, int fd, bool read, struct hop_frame *frame)
{
    if (!self->bytes && !(self->bytes = malloc(IN_BYTES)))
        return HOP_GOT_END;
    do {
        size_t size;
        void *target = step_target(self, &size);
        enum hop_got result = fill(self, fd, read, target, size);

        if (result != HOP_GOT_FRAME)
            return result;
        if (self->step == 0 && !hop_head_valid(&self->frame.head))
            return HOP_GOT_END;
        if (self->step == 1 && !hop_frame_allocate(&self->frame, self->sizes))
            return HOP_GOT_END;
    } while (++self->step < 2 + self->frame.head.parts);
    *frame = self->frame;
    self->frame = (struct hop_frame){0};
    self->step = 0;
    return HOP_GOT_FRAME;
}

void hop_in_clear(struct hop_in *self)
{
    hop_frame_clear(&self->frame);
    free(self->bytes);
    self->bytes = NULL;
    self->start = self->size = self->done = 0;
    self->step = 0;
    memset(&self->frame.head, 0, sizeof self->frame.head);
}
