/* registration: the handshake of JEP 66. */
#include "kernel/wire/registration.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { ANSWER_MS = 30000 };

struct registration {
    zsock_t *socket; /* NULL: the launcher has answered */
    int timer;
    char file[PATH_MAX]; /* empty: none was written */
    zloop_t *loop;
    struct wire *wire;
    registration_failed_fn failed;
    void *context;
};

/* ---- the file for other clients ---- */

/* Jupyter's runtime folder, made if need be. */
static bool runtime_folder(char *out, size_t size)
{
    static const struct {
        const char *variable, *below;
    } places[] = {{"JUPYTER_RUNTIME_DIR", ""},
                  {"JUPYTER_DATA_DIR", "/runtime"},
                  {"XDG_DATA_HOME", "/jupyter/runtime"},
                  {"HOME", "/.local/share/jupyter/runtime"}};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *folder = getenv(places[i].variable);
        if (!folder || !*folder)
            continue;
        if ((size_t)snprintf(out, size, "%s%s", folder, places[i].below) >= size)
            return false;
        for (char *slash = strchr(out + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
            *slash = 0;
            mkdir(out, 0700);
            *slash = '/';
        }
        mkdir(out, 0700);
        return true;
    }
    return false;
}

static void write_file(struct registration *self, const struct connection *connection)
{
    char folder[PATH_MAX - 64];
    json_t *json = connection_json(connection);

    if (!json || !runtime_folder(folder, sizeof folder)) {
        json_decref(json);
        return;
    }
    snprintf(self->file, sizeof self->file, "%s/kernel-safepyrun-%ld.json", folder, (long)getpid());
    unlink(self->file);
    int fd = open(self->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || json_dumpfd(json, fd, JSON_INDENT(2)) != 0) {
        log_warning("no connection file for other clients: %s: %s", self->file, strerror(errno));
        if (fd >= 0)
            unlink(self->file);
        self->file[0] = 0;
    }
    if (fd >= 0)
        close(fd);
    json_decref(json);
}

/* ---- the handshake ---- */

static void hang_up(struct registration *self)
{
    zloop_reader_end(self->loop, self->socket);
    zloop_timer_end(self->loop, self->timer);
    zsock_destroy(&self->socket);
}

static int answered(zloop_t *loop, zsock_t *socket, void *argument)
{
    struct registration *self = argument;
    char reason[512];
    zmsg_t *frames = zmsg_recv_nowait(socket);

    (void)loop;
    if (!frames)
        return 0;
    struct message *answer = wire_parse(self->wire, &frames, reason, sizeof reason);
    const char *status =
        answer ? json_string_value(json_object_get(answer->content, "status")) : NULL;
    bool failed = !answer || (status && strcmp(status, "ok") != 0);

    if (!answer)
        log_warning("the launcher's answer to the registration is broken: %s", reason);
    else if (failed)
        log_warning("the launcher refused the registration: %.80s", status);
    message_destroy(&answer);
    hang_up(self);
    return failed ? self->failed(self->context) : 0;
}

static int unanswered(zloop_t *loop, int timer, void *argument)
{
    const struct registration *self = argument;

    (void)loop, (void)timer;
    log_warning("the launcher did not answer the registration within %d s", ANSWER_MS / 1000);
    return self->failed(self->context);
}

static bool send_ports(const struct registration *self, const int *ports)
{
    json_t *content =
        json_pack("{s:i, s:i, s:i, s:i, s:i}", "shell_port", ports[CHANNEL_SHELL], "control_port",
                  ports[CHANNEL_CONTROL], "iopub_port", ports[CHANNEL_IOPUB], "stdin_port",
                  ports[CHANNEL_STDIN], "hb_port", ports[CHANNEL_HEARTBEAT]);
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;
    struct outgoing message = {.msg_type = "handshake_request",
                               .content = {text, text ? strlen(text) : 0}};
    bool sent = text && wire_send(self->wire, self->socket, &message, NULL);

    free(text);
    json_decref(content);
    return sent;
}

struct registration *registration_new(zloop_t *loop, struct wire *wire,
                                      const struct connection *connection,
                                      registration_failed_fn failed, void *context)
{
    struct registration *self = calloc(1, sizeof *self);
    char endpoint[1200];

    if (!self)
        return NULL;
    self->loop = loop;
    self->wire = wire;
    self->failed = failed;
    self->context = context;
    connection_endpoint_of(connection, connection->registration_port, endpoint, sizeof endpoint);
    self->socket = zsock_new(ZMQ_REQ);
    if (self->socket)
        zsock_set_linger(self->socket, 0);
    if (self->socket && strchr(connection->ip, ':'))
        zsock_set_ipv6(self->socket, 1);
    if (!self->socket || zsock_connect(self->socket, "%s", endpoint) != 0 ||
        !send_ports(self, connection->ports)) {
        registration_destroy(&self);
        return NULL;
    }
    zloop_reader(loop, self->socket, answered, self);
    self->timer = zloop_timer(loop, ANSWER_MS, 1, unanswered, self);
    write_file(self, connection);
    return self;
}

void registration_destroy(struct registration **self)
{
    if (!*self)
        return;
    if ((*self)->file[0])
        unlink((*self)->file);
    zsock_destroy(&(*self)->socket);
    free(*self);
    *self = NULL;
}
