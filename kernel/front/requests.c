/* requests: the one table of request types, and what the front answers itself. */
#include "kernel/front/front.h"
#include "kernel/front/worker_choice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/history.h"
#include "base/log.h"

static void answer_kernel_info(struct front *self, struct request *request);
static void answer_connect(struct front *self, struct request *request);
static void answer_history(struct front *self, struct request *request);
static void answer_interrupt(struct front *self, struct request *request);
static void answer_shutdown(struct front *self, struct request *request);
static void answer_create_subshell(struct front *self, struct request *request);
static void answer_delete_subshell(struct front *self, struct request *request);
static void answer_list_subshell(struct front *self, struct request *request);
static void answer_debug(struct front *self, struct request *request);

static const struct request_type request_types[] = {
    /* msg_type, reply, the field it needs, what answers in the front (NULL: the worker does) */
    {"execute_request", "execute_reply", "code", NULL, ASIDE_NEVER},
    {"complete_request", "complete_reply", "code", NULL, ASIDE_ALWAYS},
    {"inspect_request", "inspect_reply", "code", NULL, ASIDE_ALWAYS},
    {"is_complete_request", "is_complete_reply", "code", NULL, ASIDE_ALWAYS},
    {"comm_info_request", "comm_info_reply", NULL, NULL, ASIDE_ALWAYS},
    {"comm_open", NULL, NULL, NULL, ASIDE_IN_ORDER},
    {"comm_msg", NULL, NULL, NULL, ASIDE_IN_ORDER},
    {"comm_close", NULL, NULL, NULL, ASIDE_IN_ORDER},
    {"kernel_info_request", "kernel_info_reply", NULL, answer_kernel_info, ASIDE_ALWAYS},
    {"connect_request", "connect_reply", NULL, answer_connect, ASIDE_ALWAYS},
    {"history_request", "history_reply", "hist_access_type", answer_history, ASIDE_ALWAYS},
    {"interrupt_request", "interrupt_reply", NULL, answer_interrupt, ASIDE_NEVER},
    {"shutdown_request", "shutdown_reply", NULL, answer_shutdown, ASIDE_NEVER},
    {"create_subshell_request", "create_subshell_reply", NULL, answer_create_subshell, ASIDE_NEVER},
    {"delete_subshell_request", "delete_subshell_reply", "subshell_id", answer_delete_subshell,
     ASIDE_NEVER},
    {"list_subshell_request", "list_subshell_reply", NULL, answer_list_subshell, ASIDE_NEVER},
    {"debug_request", "debug_reply", NULL, NULL, ASIDE_NEVER},
};

/* Where there is no debugger. */
static const struct request_type debug_unanswered = {"debug_request", "debug_reply", NULL,
                                                     answer_debug, ASIDE_NEVER};

const struct request_type *request_type_find(const char *msg_type)
{
    for (size_t i = 0; i < sizeof request_types / sizeof *request_types; i++)
        if (strcmp(request_types[i].msg_type, msg_type) == 0)
            return &request_types[i];
    return NULL;
}

/* ---- replies ---- */

static struct wire_part raw_header(const struct request *request)
{
    zframe_t *frame = request->message->header_raw;

    return (struct wire_part){zframe_data(frame), zframe_size(frame)};
}

/* "execute_reply"; for unknown types the request's own name with _reply. */
static const char *reply_type(const struct request *request, char *out, size_t size)
{
    if (request->type)
        return request->type->reply_type;
    const char *type = request->message->msg_type;
    const char *suffix = strstr(type, "_request");

    if (!suffix || strspn(type, "abcdefghijklmnopqrstuvwxyz_") != strlen(type))
        return NULL;
    snprintf(out, size, "%.*s_reply", (int)(suffix - type), type);
    return out;
}

void reply_json(struct front *self, struct request *request, json_t *content)
{
    char name[128];
    const char *type = reply_type(request, name, sizeof name);
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    if (type) {
        struct outgoing message = {
            .msg_type = type,
            .to = request->message,
            .parent = raw_header(request),
            .content = {text ? text : "{\"status\":\"error\"}", text ? strlen(text) : 18}};
        wire_send(self->wire, self->sockets[request->channel], &message, NULL);
    }
    free(text);
    json_decref(content);
}

void reply_error(struct front *self, struct request *request, const char *ename, const char *format,
                 ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_t *content = json_pack("{s:s, s:s, s:s, s:[]}", "status", "error", "ename", ename,
                                "evalue", text, "traceback");
    if (request->execute && content)
        json_object_set_new(content, "execution_count", json_integer(request->execution_count));
    reply_json(self, request, content);
}

void publish_json(struct front *self, uint64_t request, const char *msg_type, json_t *content)
{
    char topic[128];
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    snprintf(topic, sizeof topic, "kernel.%s.%s", wire_session(self->wire), msg_type);
    struct outgoing message = {.msg_type = msg_type,
                               .topic = topic,
                               .parent = front_parent(self, request),
                               .content = {text, text ? strlen(text) : 0}};
    publish_send(self, &message);
    free(text);
    json_decref(content);
}

void publish_status(struct front *self, struct request *request, const char *state)
{
    char topic[128], text[64];

    output_flush(self);
    snprintf(topic, sizeof topic, "kernel.%s.status", wire_session(self->wire));
    snprintf(text, sizeof text, "{\"execution_state\":\"%s\"}", state);
    struct outgoing message = {.msg_type = "status",
                               .topic = topic,
                               .parent = raw_header(request),
                               .content = {text, strlen(text)}};
    publish_send(self, &message);
}

/* ---- parents ---- */

void front_remember_parent(struct front *self, uint64_t request, const char *header, size_t size)
{
    struct parent *parent = &self->parents[request % PARENTS_KEPT];
    char *copy = malloc(size + 1);

    if (!copy)
        return;
    memcpy(copy, header, size);
    free(parent->header);
    *parent = (struct parent){request, copy, size};
}

struct request *front_running(struct front *self, uint64_t number)
{
    for (int i = 0; i < SHELLS_MAX; i++) {
        if (self->shells[i].running && self->shells[i].running->number == number)
            return self->shells[i].running;
        for (struct request *aside = self->shells[i].aside; aside; aside = aside->next)
            if (aside->number == number)
                return aside;
    }
    return NULL;
}

struct wire_part front_parent(struct front *self, uint64_t request)
{
    struct request *running = request ? front_running(self, request) : NULL;
    const struct parent *parent = &self->parents[request % PARENTS_KEPT];

    if (running)
        return raw_header(running);
    if (request && parent->request == request)
        return (struct wire_part){parent->header, parent->size};
    return (struct wire_part){NULL, 0};
}

/* ---- receiving ---- */

void request_destroy(struct request **self)
{
    if (!*self)
        return;
    message_destroy(&(*self)->message);
    free((*self)->output);
    free(*self);
    *self = NULL;
}

static bool read_flag(const json_t *content, const char *name, bool fallback)
{
    const json_t *value = json_object_get(content, name);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

/* NULL, or what is wrong with the fields that the front itself reads. */
static const char *read_execute(struct request *request)
{
    static const char *const flags[] = {"silent", "store_history", "allow_stdin", "stop_on_error"};
    const json_t *content = request->message->content;

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const json_t *value = json_object_get(content, flags[i]);
        if (value && !json_is_boolean(value) && !json_is_null(value))
            return "\"silent\", \"store_history\", \"allow_stdin\" and \"stop_on_error\" must be "
                   "booleans";
    }
    request->silent = read_flag(content, "silent", false);
    request->store_history = !request->silent && read_flag(content, "store_history", true);
    request->allow_stdin = read_flag(content, "allow_stdin", true);
    request->stop_on_error = read_flag(content, "stop_on_error", true);
    return NULL;
}

/* What other kernels call it. */
static const char *name_of_wrong(const struct request *request)
{
    if (request->type && request->shell < 0)
        return "SubshellNotFound";
    return request->misses ? "MissingField" : "ValueError";
}

static void answer_wrong(struct front *self, struct request *request)
{
    const char *field = request->field;

    reply_error(self, request, name_of_wrong(request), "%.200s: %s%s%s%s",
                request->message->msg_type, field ? "\"" : "", field ? field : "",
                field ? "\" " : "", request->wrong);
}

void request_answer(struct front *self, struct request *request)
{
    publish_status(self, request, "busy");
    if (request->wrong || !request->type)
        answer_wrong(self, request);
    else
        request->type->answer(self, request);
    publish_status(self, request, "idle");
    request_destroy(&request);
}

/* NULL, or what is wrong with the field without which there is nothing to answer. */
static const char *read_required(struct request *request)
{
    const char *field = request->type->required;
    const json_t *value = field ? json_object_get(request->message->content, field) : NULL;

    if (!field || json_is_string(value))
        return NULL;
    request->field = field;
    request->misses = !value;
    return value ? "must be a string" : "is missing";
}

/* NULL, or why the request gets an error. */
static const char *what_is_wrong(struct request *request)
{
    const char *wrong;

    if (!request->type)
        return "unknown request type";
    if (request->shell < 0)
        return "unknown subshell_id";
    if (request->message->buffer_count > WIRE_BUFFERS_MAX)
        return "too many buffers";
    if ((wrong = read_required(request)))
        return wrong;
    return request->execute ? read_execute(request) : NULL;
}

/* Its replies keep their order, whatever the shells do. */
static void route_debug(struct front *self, struct request *request)
{
    request->shell = (int)HOP_SHELL_DEBUG;
    if (debugger_is_there(self)) {
        debugger_open(self);
        debugger_note(self, request->message);
    } else {
        request->type = &debug_unanswered;
    }
}

void front_receive(struct front *self, enum channel channel, struct message *message)
{
    struct request *request = calloc(1, sizeof *request);

    if (!request) {
        log_warning("%s dropped: out of memory", message->msg_type);
        message_destroy(&message);
        return;
    }
    request->message = message;
    request->number = ++self->request_count;
    request->channel = channel;
    request->bytes = zmsg_content_size(message->frames);
    request->type = request_type_find(message->msg_type);
    request->execute = strcmp(message->msg_type, "execute_request") == 0;
    request->shell = shell_find(self, message->subshell_id);
    if (request->type && strcmp(message->msg_type, "debug_request") == 0)
        route_debug(self, request);
    request->wrong = what_is_wrong(request);
    if (channel == CHANNEL_CONTROL) {
        json_decref(self->control_header);
        self->control_header = json_incref(message->header);
    }
    if (!request->type)
        log_warning("unknown message type %.80s on %s", message->msg_type, channel_names[channel]);
    /* Control overtakes what is queued on the shell; the rest keeps its order there, wrong or not.
     * A shell that does not exist has no order. */
    if (request->shell < 0 || (channel == CHANNEL_CONTROL &&
                               (!request->type || request->wrong || request->type->answer))) {
        request_answer(self, request);
        return;
    }
    shell_push(self, request);
    shells_advance(self);
}

/* ---- answers ---- */

static json_t *default_language_info(const struct front *self)
{
    char version[32];

    worker_python_version(&self->options, version, sizeof version);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i}}", "name", "python", "version",
                     version, "mimetype", "text/x-python", "file_extension", ".py",
                     "pygments_lexer", "ipython3", "nbconvert_exporter", "python",
                     "codemirror_mode", "name", "ipython", "version", 3);
}

static void answer_kernel_info(struct front *self, struct request *request)
{
    bool debugger = debugger_is_there(self);
    json_t *language =
        self->language_info ? json_incref(self->language_info) : default_language_info(self);
    json_t *content = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:[s, s*], s:[{s:s, s:s}], s:{s:o}}", "status", "ok",
        "protocol_version", PROTOCOL_VERSION, "implementation", "safepyrun",
        "implementation_version", SAFEPYRUN_VERSION, "language_info", language, "banner",
        self->banner ? self->banner : "Python (safepyrun) " SAFEPYRUN_VERSION, "debugger", debugger,
        "supported_features", "kernel subshells", debugger ? "debugger" : NULL, "help_links",
        "text", "Python Reference", "url", "https://docs.python.org/3", "safepyrun", "layers",
        confine_layers(self));

    reply_json(self, request, content);
}

static void answer_connect(struct front *self, struct request *request)
{
    const int *ports = self->connection.ports;

    reply_json(self, request,
               json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "status", "ok", "shell_port",
                         ports[CHANNEL_SHELL], "iopub_port", ports[CHANNEL_IOPUB], "stdin_port",
                         ports[CHANNEL_STDIN], "control_port", ports[CHANNEL_CONTROL], "hb_port",
                         ports[CHANNEL_HEARTBEAT]));
}

static void answer_history(struct front *self, struct request *request)
{
    char wrong[256];
    json_t *entries = history_read(self->history, request->message->content, wrong, sizeof wrong);

    if (!entries)
        reply_error(self, request, "ValueError", "%s", wrong);
    else
        reply_json(self, request, json_pack("{s:s, s:o}", "status", "ok", "history", entries));
}

static void answer_interrupt(struct front *self, struct request *request)
{
    supervisor_interrupt(self);
    reply_json(self, request, json_pack("{s:s}", "status", "ok"));
}

static int end_now(zloop_t *loop, int timer, void *argument)
{
    (void)loop, (void)timer;
    front_end(argument, 0);
    return -1;
}

enum { ATEXIT_MS = 1000 };

static void answer_shutdown(struct front *self, struct request *request)
{
    bool restart = read_flag(request->message->content, "restart", false);
    json_t *content = json_pack("{s:s, s:b}", "status", "ok", "restart", restart);

    self->ending = true;
    front_remember_parent(self, request->number, raw_header(request).data,
                          raw_header(request).size);
    publish_json(self, request->number, "shutdown_reply", content ? json_incref(content) : NULL);
    reply_json(self, request, content);
    /* The worker runs its atexit handlers; what still runs after a second is killed. */
    supervisor_interrupt(self);
    if (!link_send(self, HOP_SHUTDOWN, 0, 0, 0, NULL))
        front_end(self, 0);
    else
        self->exit_timer = zloop_timer(self->loop, ATEXIT_MS, 1, end_now, self);
}

static void answer_create_subshell(struct front *self, struct request *request)
{
    int shell = shell_create(self);

    if (shell < 0)
        reply_error(self, request, "RuntimeError", "there are %d subshells already",
                    (int)HOP_SHELL_DEBUG - 1);
    else
        reply_json(self, request,
                   json_pack("{s:s, s:s}", "status", "ok", "subshell_id", self->shells[shell].id));
}

static void answer_delete_subshell(struct front *self, struct request *request)
{
    const char *id = json_string_value(json_object_get(request->message->content, "subshell_id"));
    int shell = id && *id ? shell_find(self, id) : -1;

    if (shell <= 0 || !shell_delete(self, shell))
        reply_error(self, request, "SubshellNotFound", "unknown subshell_id");
    else
        reply_json(self, request, json_pack("{s:s}", "status", "ok"));
}

static void answer_list_subshell(struct front *self, struct request *request)
{
    json_t *ids = json_array();

    for (int i = 1; i < (int)HOP_SHELL_DEBUG; i++)
        if (self->shells[i].open)
            json_array_append_new(ids, json_string(self->shells[i].id));
    reply_json(self, request, json_pack("{s:s, s:o}", "status", "ok", "subshell_id", ids));
}

/* A debug adapter's answer to a request that it does not take. */
static void answer_debug(struct front *self, struct request *request)
{
    const json_t *content = request->message->content;
    const json_t *command = json_object_get(content, "command"),
                 *sequence = json_object_get(content, "seq");

    reply_json(self, request,
               json_pack("{s:s, s:b, s:i, s:I, s:s, s:s, s:{}}", "type", "response", "success", 0,
                         "seq", 0, "request_seq",
                         json_is_integer(sequence) ? json_integer_value(sequence) : 0, "command",
                         json_is_string(command) ? json_string_value(command) : "", "message",
                         "there is no debugger: debugpy is not installed", "body"));
}
