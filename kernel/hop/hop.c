/* hop: framed messages over a stream socketpair; see hop.h. */
#include "kernel/hop/hop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/floor_word.h"

bool hop_write(int fd, struct iovec **vectors, int *count, int flags)
{
    while (*count > 0) {
        struct msghdr message = {.msg_iov = *vectors,
                                 .msg_iovlen = (size_t)(*count > 512 ? 512 : *count)};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | FLOOR_MSG_OWN | flags);

        if (sent < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        while (*count > 0 && (size_t)sent >= (*vectors)->iov_len) {
            sent -= (ssize_t)(*vectors)->iov_len;
            (*vectors)++;
            (*count)--;
        }
        if (*count > 0) {
            (*vectors)->iov_base = (char *)(*vectors)->iov_base + sent;
            (*vectors)->iov_len -= (size_t)sent;
        }
    }
    return true;
}

static bool write_all(void *fd, struct iovec *vectors, int count)
{
    return hop_write(*(int *)fd, &vectors, &count, 0);
}

bool hop_send(int fd, const struct hop_head *head, const struct hop_part *parts)
{
    return hop_write_frame(head, parts, write_all, &fd);
}

/* The peer would take a frame that does not fit for an attack, and end the worker. */
static bool frame_fits(uint32_t count, const struct hop_part *parts)
{
    size_t left = HOP_FRAME_BYTES_MAX;

    for (uint32_t i = 0; count <= HOP_PARTS_MAX && i < count; i++) {
        if (parts[i].size > left)
            return false;
        left -= parts[i].size;
    }
    return count <= HOP_PARTS_MAX;
}

bool hop_write_frame(const struct hop_head *head, const struct hop_part *parts,
                     bool (*write)(void *, struct iovec *, int), void *context)
{
    struct iovec few[2 + 16];
    uint32_t few_sizes[16];
    struct hop_head filled = *head;
    uint32_t count = head->parts;

    if (!frame_fits(count, parts)) {
        errno = EMSGSIZE;
        return false;
    }
    struct iovec *vectors = count <= 16 ? few : malloc((count + 2) * sizeof *vectors);
    uint32_t *sizes = count <= 16 ? few_sizes : malloc(count * sizeof *sizes);
    bool sent = false;

    filled.magic = HOP_MAGIC;
    if (vectors && sizes) {
        vectors[0] = (struct iovec){&filled, sizeof filled};
        vectors[1] = (struct iovec){sizes, count * sizeof *sizes};
        for (uint32_t i = 0; i < count; i++) {
            sizes[i] = (uint32_t)parts[i].size;
            vectors[i + 2] = (struct iovec){(void *)parts[i].data, parts[i].size};
        }
        sent = write(context, vectors, (int)count + 2);
    }
    if (count > 16) {
        int error = errno;
        free(vectors);
        free(sizes);
        errno = error;
    }
    return sent;
}

/* Read exactly `size` bytes. On end of file errno is 0 at the start of a frame, EBADMSG inside
 * one. */
static bool read_all(int fd, void *data, size_t size, bool inside)
{
    char *at = data;

    for (size_t left = size; left > 0;) {
        ssize_t got = read(fd, at, left);

        if (got < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        if (got == 0) {
            errno = inside || left < size ? EBADMSG : 0;
            return false;
        }
        at += got;
        left -= (size_t)got;
    }
    return true;
}

bool hop_frame_allocate(struct hop_frame *frame, const uint32_t *sizes)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < frame->head.parts; i++)
        total += sizes[i];
    if (total > HOP_FRAME_BYTES_MAX) {
        errno = EBADMSG;
        return false;
    }
    /* One byte more than each part, so that text parts end in NUL. */
    frame->bytes = malloc(total + frame->head.parts + 1);
    frame->parts = calloc(frame->head.parts + 1, sizeof *frame->parts);
    if (!frame->bytes || !frame->parts)
        return false;
    char *at = frame->bytes;
    for (uint32_t i = 0; i < frame->head.parts; i++) {
        at[sizes[i]] = 0;
        frame->parts[i] = (struct hop_part){at, sizes[i]};
        at += sizes[i] + 1;
    }
    return true;
}

/* Read the parts to nowhere, so that the next frame can be read. */
static bool pass_over(int fd, struct hop_frame *frame, const uint32_t *sizes)
{
    char nowhere[4096];

    for (uint32_t i = 0; i < frame->head.parts; i++)
        for (size_t left = sizes[i], size; left > 0; left -= size) {
            size = left < sizeof nowhere ? left : sizeof nowhere;
            if (!read_all(fd, nowhere, size, true))
                return false;
        }
    hop_frame_clear(frame);
    frame->head.parts = 0;
    frame->lost = true;
    return true;
}

static bool read_parts(int fd, struct hop_frame *frame, const uint32_t *sizes)
{
    errno = 0;
    if (!hop_frame_allocate(frame, sizes))
        return errno != EBADMSG && pass_over(fd, frame, sizes);
    for (uint32_t i = 0; i < frame->head.parts; i++)
        if (!read_all(fd, (void *)frame->parts[i].data, sizes[i], true))
            return false;
    return true;
}

bool hop_head_valid(const struct hop_head *head)
{
    return head->magic == HOP_MAGIC && head->parts <= HOP_PARTS_MAX;
}

bool hop_receive(int fd, struct hop_frame *frame)
{
    memset(frame, 0, sizeof *frame);
    if (!read_all(fd, &frame->head, sizeof frame->head, false))
        return false;
    if (!hop_head_valid(&frame->head)) {
        errno = EBADMSG;
        return false;
    }
    uint32_t sizes[HOP_PARTS_MAX] = {0};
    if (read_all(fd, sizes, frame->head.parts * sizeof *sizes, true) &&
        read_parts(fd, frame, sizes))
        return true;
    int error = errno;
    hop_frame_clear(frame);
    errno = error;
    return false;
}

void hop_frame_clear(struct hop_frame *frame)
{
    free(frame->parts);
    free(frame->bytes);
    frame->parts = NULL;
    frame->bytes = NULL;
}
