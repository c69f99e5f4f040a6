/* output: the ring's records become stream messages. Adjacent text of one stream and one request is
 * merged; a message is sent when the stream or the request changes, when it is large, before any
 * other message, and at each turn of the drain timer. */
#include "kernel/front/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/front/history.h"
#include "kernel/front/limits.h"
#include "base/log.h"

enum { DRAIN_MS = 20, HISTORY_MS = 1000, MESSAGE_BYTES = 64 * 1024 };

static const char *const stream_names[] = {[RING_STDOUT] = "stdout", [RING_STDERR] = "stderr"};

/* Bytes of the UTF-8 character that starts with `c`; 0 when none does. */
static size_t character_size(unsigned char c)
{
    return c < 0x80                ? 1
           : c >= 0xc2 && c < 0xe0 ? 2
           : c >= 0xe0 && c < 0xf0 ? 3
           : c >= 0xf0 && c < 0xf5 ? 4
                                   : 0;
}

/* Can the first `size` bytes at `at` be, or begin, a well-formed character (of 2 to 4 bytes)?
 * Surrogates and overlong forms are none. */
static bool is_character(const unsigned char *at, size_t size)
{
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return false;
    if (size < 2)
        return true;
    return !(at[0] == 0xe0 && at[1] < 0xa0) && !(at[0] == 0xed && at[1] >= 0xa0) &&
           !(at[0] == 0xf0 && at[1] < 0x90) && !(at[0] == 0xf4 && at[1] >= 0x90);
}

static char *escape_byte(char *out, unsigned char c)
{
    static const char names[] = "btn?fr";
    static const char digits[] = "0123456789abcdef";

    if (c == '"' || c == '\\') {
        *out++ = '\\';
        *out++ = (char)c;
    } else if (c >= 8 && c <= 13 && c != 11) {
        *out++ = '\\';
        *out++ = names[c - 8];
    } else if (c < 0x20 || c == 0x7f) {
        memcpy(out, "\\u00", 4);
        out[4] = digits[c >> 4];
        out[5] = digits[c & 15];
        out += 6;
    } else {
        *out++ = (char)c;
    }
    return out;
}

/* `text` as JSON string contents into `out` (room for 6 bytes each). What is not UTF-8 becomes
 * U+FFFD. A character that `text` ends in the middle of is left: `*used` says how far it went. */
static char *escape_text(char *out, const char *text, size_t size, bool last, size_t *used)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;

    while (at < end) {
        size_t length = character_size(*at);
        if (length == 1) {
            out = escape_byte(out, *at++);
            continue;
        }
        if (length > (size_t)(end - at) && !last && is_character(at, (size_t)(end - at)))
            break;
        if (length && length <= (size_t)(end - at) && is_character(at, length)) {
            memcpy(out, at, length);
            out += length;
            at += length;
        } else {
            memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
            at++;
        }
    }
    *used = (size_t)((const char *)at - text);
    return out;
}

static void send_text(struct front *self, bool last)
{
    struct output *output = &self->output;
    size_t used = output->size,
           shown = output->size ? limits_output(self, output->request, output->size) : 0;
    char *content = malloc(shown * 6 + 64);

    if (content && shown) {
        char *at = stpcpy(content, "{\"name\":\"");
        at = stpcpy(at, stream_names[output->stream]);
        at = stpcpy(at, "\",\"text\":\"");
        char *start = at;
        at = escape_text(at, output->text, shown, last && shown == output->size, &used);
        bool some = at > start;
        at = stpcpy(at, "\"}");
        char topic[32];
        stpcpy(stpcpy(topic, "stream."), stream_names[output->stream]);
        struct outgoing message = {.msg_type = "stream",
                                   .topic = topic,
                                   .parent = front_parent(self, output->request),
                                   .content = {content, (size_t)(at - content)}};
        if (some)
            publish_send(self, &message);
        if (shown < output->size)
            used = output->size; /* the rest is over the limit */
    }
    if (!content)
        log_warning("%zu bytes of %s are not shown: out of memory", output->size,
                    stream_names[output->stream]);
    free(content);
    memmove(output->text, output->text + used, output->size - used);
    output->size -= used;
}

void output_flush(struct front *self)
{
    if (self->output.size)
        send_text(self, true);
}

static bool output_reserve(struct output *self, size_t more)
{
    if (self->size + more <= self->capacity)
        return true;
    size_t wanted = (self->size + more) * 2;
    char *text = realloc(self->text, wanted);

    if (!text)
        return false;
    self->text = text;
    self->capacity = wanted;
    return true;
}

static void take_record(void *context, enum ring_stream stream, uint64_t request, const char *data,
                        size_t size)
{
    struct front *self = context;
    struct output *output = &self->output;

    if (output->size && (output->stream != stream || output->request != request))
        output_flush(self);
    if (output->size + size > MESSAGE_BYTES)
        send_text(self, false);
    output->stream = stream;
    output->request = request;
    if (!output_reserve(output, size)) {
        log_warning("%zu bytes of %s are not shown: out of memory", size, stream_names[stream]);
        return;
    }
    memcpy(output->text + output->size, data, size);
    output->size += size;
    if (output->size >= MESSAGE_BYTES)
        send_text(self, false);
}

void output_drain(struct front *self, uint64_t position)
{
    if (self->supervisor.ring && !ring_drain(self->supervisor.ring, position, take_record, self))
        supervisor_lost(self);
}

/* ---- when ---- */

/* What is in the ring now, after the messages that were sent before it: they may not have been read
 * yet. */
static void drain_behind_messages(struct front *self)
{
    uint64_t position = self->supervisor.ring ? ring_position(self->supervisor.ring) : 0;

    if (link_take_waiting(self))
        output_drain(self, position);
}

static int drain_turn(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    if (publish_waits(self))
        return 0; /* the ring fills, and then the cell waits */
    drain_behind_messages(self);
    if (self->output.size)
        send_text(self, false);
    output_watch(self);
    return self->done ? -1 : 0;
}

int output_wake(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;
    uint64_t count;

    (void)loop;
    if (read(item->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return 0;
    drain_behind_messages(self);
    output_watch(self); /* sent at the timer's next turn: what follows at once goes along */
    return self->done ? -1 : 0;
}

static int history_turn(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    history_write(self->history);
    self->history_timer = history_pending(self->history)
                              ? zloop_timer(self->loop, HISTORY_MS, 1, history_turn, self)
                              : -1;
    return 0;
}

void output_watch(struct front *self)
{
    bool busy = front_is_busy(self) || self->output.size;

    if (self->supervisor.ring && !ring_reader_sleeps(self->supervisor.ring, !busy))
        busy = true; /* the timer's next turn drains it, and looks again whether it may sleep */
    if (busy && self->drain_timer < 0)
        self->drain_timer = zloop_timer(self->loop, DRAIN_MS, 0, drain_turn, self);
    if (!busy && self->drain_timer >= 0) {
        zloop_timer_end(self->loop, self->drain_timer);
        self->drain_timer = -1;
    }
    if (self->history && history_pending(self->history) && self->history_timer < 0)
        self->history_timer = zloop_timer(self->loop, HISTORY_MS, 1, history_turn, self);
}
