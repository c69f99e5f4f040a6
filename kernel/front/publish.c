/* publish: the iopub socket, and what happens when a subscriber does not keep pace.
 *
 * Each subscriber has a queue of IOPUB_MESSAGES_MOST messages. When one is full the front keeps
 * what comes next; replies and control go on, so a client that reads iopub only after the reply
 * loses nothing. With KEPT_BYTES_MOST kept, it takes nothing more from the worker: a cell that
 * prints waits (a full ring makes it); after an interrupt four times as much, for the reply comes
 * behind what was shown before. A subscriber that reads nothing for PATIENCE_MS loses one message,
 * and by that all that comes until it reads again: zmq leaves its full queue out until then, and
 * the others are waited for as before. */
#include "kernel/front/front.h"

#include "base/log.h"

enum { RETRY_MS = 1, PATIENCE_MS = 2000, KEPT_BYTES_MOST = 16 * 1024 * 1024 };

static bool send_kept(zmsg_t *frames, zsock_t *socket)
{
    size_t left = zmsg_size(frames);

    for (zframe_t *frame = zmsg_first(frames); left > 0; frame = zmsg_next(frames), left--)
        if (zframe_send(&frame, socket,
                        ZFRAME_REUSE | ZFRAME_DONTWAIT | (left > 1 ? ZFRAME_MORE : 0)) != 0)
            return false;
    return true;
}

/* The first message that was kept. False when it has to wait still. */
static bool send_first(struct front *self)
{
    struct publish *publish = &self->publish;
    zsock_t *socket = self->sockets[CHANNEL_IOPUB];
    zmsg_t *frames = zlist_first(publish->kept);

    if (!send_kept(frames, socket) && errno == EAGAIN) {
        if (zclock_mono() - publish->moved_ms < PATIENCE_MS)
            return false;
        log_warning("a subscriber of iopub does not read: it loses messages");
        zsock_set_xpub_nodrop(socket, 0);
        send_kept(frames, socket);
        zsock_set_xpub_nodrop(socket, 1);
    }
    publish->moved_ms = zclock_mono();
    zlist_remove(publish->kept, frames);
    publish->kept_bytes -= zmsg_content_size(frames);
    zmsg_destroy(&frames);
    return true;
}

static int retry(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;
    struct publish *publish = &self->publish;

    bool waited = publish_waits(self);

    while (zlist_size(publish->kept) && send_first(self))
        continue;
    if (!zlist_size(publish->kept)) {
        zloop_timer_end(loop, timer);
        publish->timer = -1;
        publish->hurries = false;
    }
    if (waited && !publish_waits(self))
        link_resume(self);
    return self->done ? -1 : 0;
}

void publish_send(struct front *self, const struct outgoing *message)
{
    struct publish *publish = &self->publish;

    if (publish->timer < 0 &&
        (wire_send(self->wire, self->sockets[CHANNEL_IOPUB], message, NULL) || errno != EAGAIN))
        return;
    zmsg_t *frames = wire_pack(self->wire, message);
    if (!frames || zlist_append(publish->kept, frames) != 0) {
        log_warning("%s is not published: out of memory", message->msg_type);
        zmsg_destroy(&frames);
        return;
    }
    bool waited = publish_waits(self);
    publish->kept_bytes += zmsg_content_size(frames);
    if (!waited && publish_waits(self))
        link_resume(self);
    if (publish->timer >= 0)
        return;
    publish->moved_ms = zclock_mono();
    publish->timer = zloop_timer(self->loop, RETRY_MS, 0, retry, self);
}

void publish_hurry(struct front *self)
{
    bool waited = publish_waits(self);

    self->publish.hurries = self->publish.timer >= 0;
    if (waited && !publish_waits(self))
        link_resume(self);
}

bool publish_waits(const struct front *self)
{
    return self->publish.kept_bytes > KEPT_BYTES_MOST * (self->publish.hurries ? 4 : 1);
}

void publish_destroy(struct publish *self)
{
    for (zmsg_t *frames = self->kept ? zlist_pop(self->kept) : NULL; frames;
         frames = zlist_pop(self->kept))
        zmsg_destroy(&frames);
    zlist_destroy(&self->kept);
}
