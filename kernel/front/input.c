/* input: what a cell asks of the human. One question at a time; an answer that comes when nothing
 * is asked is dropped, so a late answer never reaches the next question. */
#include "kernel/front/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/log.h"

enum { RETRY_MS = 20 };

void input_forget(struct input *self)
{
    free(self->content);
    free(self->metadata);
    self->content = self->metadata = NULL;
}

/* False: it cannot be sent, and errno says why. */
static bool send_question(struct front *self, const struct request *request)
{
    struct input *input = &self->input;
    struct outgoing message = {.msg_type = "input_request",
                               .to = request->message,
                               .parent = front_parent(self, request->number),
                               .content = {input->content, strlen(input->content)},
                               .metadata = {input->metadata, strlen(input->metadata)}};

    return wire_send(self->wire, self->sockets[CHANNEL_STDIN], &message, input->msg_id);
}

/* Its frontend has not connected its socket for questions yet, or lost that connection. */
static int retry(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;
    const struct request *request =
        self->input.request ? front_running(self, self->input.request) : NULL;
    bool waits =
        request && self->input.content && !send_question(self, request) && errno == EHOSTUNREACH;

    if (!waits) {
        input_forget(&self->input);
        zloop_timer_end(loop, timer);
    }
    return 0;
}

bool input_ask(struct front *self, uint64_t request_number, uint32_t token, const char *prompt,
               bool password, const json_t *question)
{
    struct request *request = front_running(self, request_number);
    struct input *input = &self->input;

    if (!request || !request->allow_stdin || input->request)
        return false;
    input_forget(input); /* of one that was cancelled while it waited */
    json_t *content = json_pack("{s:s, s:b}", "prompt", prompt, "password", password);
    json_t *metadata =
        question ? json_pack("{s:{s:O}}", "safepyrun", "question", question) : json_object();
    input->content = content ? json_dumps(content, JSON_COMPACT) : NULL;
    input->metadata = metadata ? json_dumps(metadata, JSON_COMPACT) : NULL;
    bool sent = false, waits = false;

    if (input->content && input->metadata) {
        output_flush(self);
        front_read(self, CHANNEL_STDIN, 1000); /* answers to older questions */
        sent = send_question(self, request);
        waits = !sent && errno == EHOSTUNREACH &&
                zloop_timer(self->loop, RETRY_MS, 0, retry, self) >= 0;
    }
    if (!waits)
        input_forget(input);
    json_decref(content);
    json_decref(metadata);
    if (sent || waits) {
        input->request = request_number;
        input->token = token;
        input->for_grant = question != NULL;
    }
    return sent || waits;
}

/* Does the reply name another question of ours as its parent? (Many frontends name none.) */
static bool answers_another(const struct front *self, const struct message *message)
{
    zframe_t *frame = message->parent_raw;
    json_t *parent = json_text_read((const char *)zframe_data(frame), zframe_size(frame), NULL);
    const char *msg_id = json_string_value(json_object_get(parent, "msg_id"));
    size_t own = strlen(wire_session(self->wire));
    bool another = msg_id && strncmp(msg_id, wire_session(self->wire), own) == 0 &&
                   strcmp(msg_id, self->input.msg_id) != 0;

    json_decref(parent);
    return another;
}

void input_receive(struct front *self, struct message *message)
{
    const json_t *value = json_object_get(message->content, "value");
    uint64_t request = self->input.request;

    if (strcmp(message->msg_type, "input_reply") != 0 || !json_is_string(value)) {
        log_warning("message on stdin dropped: it is no input_reply with a value");
    } else if (!request) {
        log_warning("input_reply dropped: nothing was asked");
    } else if (answers_another(self, message)) {
        log_warning("input_reply dropped: it answers an earlier question");
    } else {
        bool for_grant = self->input.for_grant;
        self->input.request = 0;
        if (for_grant)
            approvals_answered(self, json_string_value(value));
        else
            link_send_text(self, HOP_INPUT, request, front_running(self, request)->shell,
                           self->input.token,
                           (struct hop_part){json_string_value(value), json_string_length(value)});
    }
    message_destroy(&message);
}

void input_cancel(struct front *self, uint64_t request)
{
    if (self->input.request != request)
        return;
    self->input.request = 0;
    if (self->input.for_grant)
        approvals_answered(self, NULL);
}
