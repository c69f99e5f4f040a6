/* worker_link: requests become frames, frames become messages. Nothing that comes from the worker
 * is trusted to be more than what a cell could have made: names are checked, no frame grants
 * anything. */
#include "kernel/front/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/history.h"
#include "base/json_text.h"
#include "base/log.h"
#include "kernel/front/checkpoints.h"
#include "kernel/front/limits.h"

enum { FRAMES_PER_TURN = 256, FRAMES_OF_THE_DEAD = 100000 };

/* ---- to the worker ---- */

/* Have the loop tell when the worker takes more, while there is more for it, and when it sends,
 * while we can publish. */
static void watch_hop(struct front *self)
{
    struct supervisor *supervisor = &self->supervisor;
    int events = (publish_waits(self) ? 0 : ZMQ_POLLIN) | (supervisor->out.size ? ZMQ_POLLOUT : 0);

    if (events == supervisor->hop_events || supervisor->hop_fd < 0)
        return;
    zmq_pollitem_t item = {NULL, supervisor->hop_fd, (short)events, 0};
    zloop_poller_end(self->loop, &item);
    if (events)
        zloop_poller(self->loop, &item, link_ready, self);
    supervisor->hop_events = events;
    front_watch_shell(self);
}

static bool send_frame(struct front *self, const struct hop_head *head,
                       const struct hop_part *parts)
{
    struct supervisor *supervisor = &self->supervisor;

    if (supervisor->hop_fd < 0 || !hop_out_send(&supervisor->out, supervisor->hop_fd, head, parts))
        return false;
    watch_hop(self);
    return true;
}

bool link_send(struct front *self, enum hop_type type, uint64_t request, int shell, uint32_t token,
               const char *text)
{
    struct hop_head head = {.type = (uint16_t)type,
                            .shell = (uint16_t)shell,
                            .parts = text ? 1 : 0,
                            .token = token,
                            .request = request};
    struct hop_part part = {text, text ? strlen(text) : 0};

    return send_frame(self, &head, &part);
}

bool link_send_text(struct front *self, enum hop_type type, uint64_t request, int shell,
                    uint32_t token, struct hop_part text)
{
    struct hop_head head = {.type = (uint16_t)type,
                            .shell = (uint16_t)shell,
                            .parts = 1,
                            .token = token,
                            .request = request};

    return send_frame(self, &head, &text);
}

static struct hop_part frame_part(zframe_t *frame)
{
    return (struct hop_part){zframe_data(frame), zframe_size(frame)};
}

bool link_send_request(struct front *self, struct request *request)
{
    struct message *message = request->message;
    size_t count = 5 + message->buffer_count;
    struct hop_head head = {.type = HOP_REQUEST,
                            .shell = (uint16_t)request->shell,
                            .parts = (uint32_t)count,
                            .request = request->number};
    struct hop_part *parts = calloc(count, sizeof *parts);

    if (!parts || count > HOP_PARTS_MAX) {
        free(parts);
        return false;
    }
    parts[0] = (struct hop_part){message->msg_type, strlen(message->msg_type)};
    parts[1] = frame_part(message->header_raw);
    parts[2] = frame_part(message->parent_raw);
    parts[3] = frame_part(message->metadata_raw);
    parts[4] = frame_part(message->content_raw);
    /* The buffers are the last frames of the message. */
    size_t skip = zmsg_size(message->frames) - message->buffer_count;
    size_t at = 0;
    for (zframe_t *frame = zmsg_first(message->frames); frame;
         frame = zmsg_next(message->frames), at++)
        if (at >= skip)
            parts[5 + at - skip] = frame_part(frame);
    bool sent = send_frame(self, &head, parts);
    free(parts);
    return sent;
}

bool link_send_nobodys(struct front *self, uint64_t request, int shell, const char *msg_type,
                       const char *content)
{
    static const struct hop_part nothing = {"{}", 2};
    struct hop_head head = {
        .type = HOP_REQUEST, .shell = (uint16_t)shell, .parts = 5, .request = request};
    struct hop_part parts[] = {
        {msg_type, strlen(msg_type)}, nothing, nothing, nothing, {content, strlen(content)}};

    return send_frame(self, &head, parts);
}

/* ---- from the worker ---- */

/* The text of a part; ends in NUL. "" when it is missing. */
static const char *part_text(const struct hop_frame *frame, uint32_t index)
{
    return index < frame->head.parts ? frame->parts[index].data : "";
}

static struct wire_part part_json(const struct hop_frame *frame, uint32_t index)
{
    return index < frame->head.parts
               ? (struct wire_part){frame->parts[index].data, frame->parts[index].size}
               : (struct wire_part){NULL, 0};
}

static bool is_message_name(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size < 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == size;
}

/* Remember what history wants to know of a running cell. */
static void note_publish(struct request *request, const char *msg_type, struct wire_part content)
{
    if (!request || !request->execute)
        return;
    bool input = strcmp(msg_type, "execute_input") == 0,
         result = strcmp(msg_type, "execute_result") == 0;
    if ((!input && !result) || !request->store_history)
        return;
    json_t *json = json_text_read(content.data, content.size, NULL);
    const json_t *count = json_object_get(json, "execution_count");

    if (json_is_integer(count))
        request->execution_count = json_integer_value(count);
    const json_t *text = json_object_get(json_object_get(json, "data"), "text/plain");
    char *copy = result && text ? malloc(json_string_length(text) + 1) : NULL;
    if (copy && json_is_string(text)) {
        free(request->output);
        request->output_size = json_string_length(text);
        request->output = memcpy(copy, json_string_value(text), request->output_size + 1);
    } else {
        free(copy);
    }
    json_decref(json);
}

/* What a cell displays is output as what it prints is; all of it or nothing. */
static bool is_within_output(struct front *self, const struct hop_frame *frame,
                             const char *msg_type)
{
    static const char *const kinds[] = {"display_data", "update_display_data", "execute_result",
                                        "stream"};
    size_t bytes = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i], msg_type) != 0)
            continue;
        for (uint32_t part = 1; part < frame->head.parts; part++)
            bytes += frame->parts[part].size;
        return limits_output(self, frame->head.request, bytes) == bytes;
    }
    return true;
}

static void take_publish(struct front *self, const struct hop_frame *frame)
{
    const char *msg_type = part_text(frame, 0);
    char topic[192];
    size_t buffer_count = frame->head.parts > 3 ? frame->head.parts - 3 : 0;
    struct wire_part *buffers = buffer_count ? calloc(buffer_count, sizeof *buffers) : NULL;

    if (!is_message_name(msg_type) || (buffer_count && !buffers)) {
        log_warning("the worker published a message of no name");
        free(buffers);
        return;
    }
    for (size_t i = 0; i < buffer_count; i++)
        buffers[i] = part_json(frame, (uint32_t)(3 + i));
    if (strcmp(msg_type, "debug_event") == 0) /* what subscribers of xeus' kernels filter by */
        snprintf(topic, sizeof topic, "%s", msg_type);
    else
        snprintf(topic, sizeof topic, "kernel.%s.%s", wire_session(self->wire), msg_type);
    struct outgoing message = {.msg_type = msg_type,
                               .topic = topic,
                               .parent = front_parent(self, frame->head.request),
                               .content = part_json(frame, 1),
                               .metadata = part_json(frame, 2),
                               .buffers = buffers,
                               .buffer_count = buffer_count};
    note_publish(front_running(self, frame->head.request), msg_type, message.content);
    output_flush(self);
    char *explained =
        strcmp(msg_type, "error") == 0
            ? limits_explain(self, frame->head.request, message.content.data, message.content.size)
            : NULL;
    if (explained)
        message.content = (struct wire_part){explained, strlen(explained)};
    if (is_within_output(self, frame, msg_type))
        publish_send(self, &message);
    free(explained);
    free(buffers);
}

/* Was the reply an error? Only execute replies are asked. */
static bool reply_failed(const struct request *request, struct wire_part content)
{
    if (!request->execute)
        return false;
    json_t *json = json_text_read(content.data, content.size, NULL);
    const char *status = json_string_value(json_object_get(json, "status"));
    bool failed = status && strcmp(status, "error") == 0;

    json_decref(json);
    return failed;
}

static void take_reply(struct front *self, const struct hop_frame *frame)
{
    struct request *request = front_running(self, frame->head.request);

    if (debugger_answered(self, frame->head.request))
        return;
    if (!request) {
        log_warning("the worker answered request %llu, which does not run",
                    (unsigned long long)frame->head.request);
        return;
    }
    struct wire_part content = part_json(frame, 1);
    size_t buffer_count = frame->head.parts > 3 ? frame->head.parts - 3 : 0;
    struct wire_part *buffers = buffer_count ? calloc(buffer_count, sizeof *buffers) : NULL;

    front_read_signals(self);
    for (size_t i = 0; buffers && i < buffer_count; i++)
        buffers[i] = part_json(frame, (uint32_t)(3 + i));
    output_flush(self);
    refusals_show(self, request);
    char *explained =
        request->execute ? limits_explain(self, request->number, content.data, content.size) : NULL;
    if (explained)
        content = (struct wire_part){explained, strlen(explained)};
    else
        limits_tell(self, request->number);
    if (request->stop_on_error && reply_failed(request, content))
        shell_abort_queued(self, &self->shells[request->shell]);
    if (request->type->reply_type) {
        struct outgoing message = {.msg_type = request->type->reply_type,
                                   .to = request->message,
                                   .parent = front_parent(self, request->number),
                                   .content = content,
                                   .metadata = part_json(frame, 2),
                                   .buffers = buffers,
                                   .buffer_count = buffers ? buffer_count : 0};
        wire_send(self->wire, self->sockets[request->channel], &message, NULL);
    }
    free(explained);
    free(buffers);
    shell_finish(self, &self->shells[request->shell], request);
    shells_advance(self);
}

static void take_awaiting(struct front *self, const struct hop_frame *frame)
{
    shell_awaits(self, frame->head.request);
}

static void take_failed(struct front *self, const struct hop_frame *frame)
{
    struct request *request = front_running(self, frame->head.request);
    const char *ename = part_text(frame, 0), *evalue = part_text(frame, 1);

    if (debugger_answered(self, frame->head.request) || !request)
        return;
    front_read_signals(self);
    output_flush(self);
    shell_fail(self, &self->shells[request->shell], request, ename, evalue, "");
    shells_advance(self);
}

static void take_ready(struct front *self, const struct hop_frame *frame)
{
    struct wire_part language = part_json(frame, 0);
    json_t *info = language.size ? json_loadb(language.data, language.size, 0, NULL) : NULL;

    self->supervisor.ready = true;
    floor_close(self->floor);
    self->supervisor.quick_deaths = 0;
    if (json_is_object(info)) {
        json_decref(self->language_info);
        self->language_info = json_incref(info);
    }
    json_decref(info);
    checkpoints_worker_ready(self);
    self->debugger = part_text(frame, 2)[0] == '1' ? DEBUGGER_IS_THERE : DEBUGGER_IS_MISSING;
    if (frame->head.parts > 1) {
        free(self->banner);
        self->banner = strdup(part_text(frame, 1));
    }
    shells_advance(self);
}

static void take_ask_input(struct front *self, const struct hop_frame *frame)
{
    struct wire_part text = part_json(frame, 0);
    json_t *content = json_text_read(text.data ? text.data : "", text.size, NULL);
    const char *prompt = json_string_value(json_object_get(content, "prompt"));

    if (!input_ask(self, frame->head.request, frame->head.token, prompt ? prompt : "",
                   json_is_true(json_object_get(content, "password")), false))
        /* No parts: nobody answers (another question is open, or the frontend gives no input). */
        link_send(self, HOP_INPUT, frame->head.request, frame->head.shell, frame->head.token, NULL);
    json_decref(content);
}

static void take_query(struct front *self, const struct hop_frame *frame)
{
    struct wire_part text = part_json(frame, 1);
    json_t *content = json_text_read(text.data ? text.data : "", text.size, NULL);

    queries_receive(self, frame, part_text(frame, 0), content);
    json_decref(content);
}

static void take_checkpoint(struct front *self, const struct hop_frame *frame)
{
    struct wire_part text = part_json(frame, 0);
    json_t *content = json_text_read(text.data ? text.data : "", text.size, NULL);

    checkpoints_taken(self, frame->head.token, content);
    json_decref(content);
}

static void take_trimmed(struct front *self, const struct hop_frame *frame)
{
    (void)frame;
    limits_trimmed(self);
}

static void take_parent(struct front *self, const struct hop_frame *frame)
{
    struct wire_part header = part_json(frame, 0);
    json_t *json = header.size ? json_text_read(header.data, header.size, NULL) : NULL;

    if (json_is_object(json) && !front_running(self, frame->head.request))
        front_remember_parent(self, frame->head.request, header.data, header.size);
    json_decref(json);
}

static void take_policy_lost(struct front *self, const struct hop_frame *frame)
{
    (void)frame;
    approvals_again(self);
}

static const struct {
    enum hop_type type;
    void (*take)(struct front *, const struct hop_frame *);
} frame_types[] = {
    {HOP_PUBLISH, take_publish},
    {HOP_REPLY, take_reply},
    {HOP_READY, take_ready},
    {HOP_ASK_INPUT, take_ask_input},
    {HOP_QUERY, take_query},
    {HOP_PARENT, take_parent},
    {HOP_CHECKPOINT_TAKEN, take_checkpoint},
    {HOP_TRIMMED, take_trimmed},
    {HOP_POLICY_LOST, take_policy_lost},
    {HOP_AWAITING, take_awaiting},
    {HOP_FAILED, take_failed},
};

static bool take_frame(struct front *self, const struct hop_frame *frame)
{
    output_drain(self, frame->head.ring_position);
    for (size_t i = 0; i < sizeof frame_types / sizeof *frame_types; i++)
        if (frame_types[i].type == frame->head.type) {
            frame_types[i].take(self, frame);
            return true;
        }
    log_warning("the worker sent a frame of unknown type %u", frame->head.type);
    return false;
}

/* Take what the worker has sent, at most `most` frames and what came in with them. Stops when iopub
 * waits, unless the worker has ended. True: nothing is left. */
static bool take_frames(struct front *self, int most)
{
    struct supervisor *supervisor = &self->supervisor;

    for (int i = 0;
         !self->done && supervisor->hop_fd >= 0 && (!publish_waits(self) || !supervisor->pid);
         i++) {
        struct hop_frame frame;
        enum hop_got got = hop_in_take(&supervisor->in, supervisor->hop_fd, i < most, &frame);
        bool taken = got == HOP_GOT_FRAME && take_frame(self, &frame);

        if (got == HOP_GOT_FRAME)
            hop_frame_clear(&frame);
        if (got == HOP_GOT_NOTHING)
            return i < most;
        if (!taken)
            supervisor_lost(self);
    }
    return false;
}

bool link_take_waiting(struct front *self)
{
    return take_frames(self, FRAMES_PER_TURN);
}

void link_take_rest(struct front *self)
{
    take_frames(self, FRAMES_OF_THE_DEAD);
}

void link_resume(struct front *self)
{
    watch_hop(self);
    if (publish_waits(self) || !self->loop)
        return;
    take_frames(self, 0); /* what was read already: the loop does not tell of it */
    output_drain(self, UINT64_MAX);
}

int link_ready(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;
    struct supervisor *supervisor = &self->supervisor;

    (void)loop;
    if (item->fd != supervisor->hop_fd)
        return 0; /* of a worker that is gone */
    if (item->revents & ZMQ_POLLOUT) {
        /* A worker that is gone is noticed below, after what it sent. */
        if (!hop_out_flush(&supervisor->out, supervisor->hop_fd))
            hop_out_clear(&supervisor->out);
        watch_hop(self);
    }
    if (item->revents & ~ZMQ_POLLOUT)
        take_frames(self, FRAMES_PER_TURN);
    return self->done ? -1 : 0;
}
