/* front: sockets, the loop, start and end of the kernel process. Everything but the heartbeat runs
 * on one thread in czmq's loop: no step of it waits for the worker or for a frontend. */
#include "kernel/front/front.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/front/history.h"
#include "kernel/front/limits.h"
#include "kernel/front/settings.h"
#include "base/json_memory.h"
#include "base/log.h"
#include "base/places.h"
#include "base/platform.h"
#include "kernel/front/checkpoints.h"
#include "kernel/front/floor_changes.h"
#include "kernel/wire/wire.h"

enum { MESSAGES_PER_TURN = 64, PARENT_POLL_MS = 1000, SWEEP_MS = 500 };
/* When more than this waits for the worker, the shell socket is left alone, and the frontend's own
 * queue fills. */
enum {
    QUEUED_BYTES_MOST = 256 << 20,
    OUT_BYTES_MOST = 16 << 20,
    SHELL_MESSAGES_MOST = 1000,
    IOPUB_MESSAGES_MOST = 2000
};

static const int socket_types[CHANNEL_COUNT] = {ZMQ_ROUTER, ZMQ_ROUTER, ZMQ_XPUB, ZMQ_ROUTER,
                                                ZMQ_REP};

/* ---- sockets ---- */

static zsock_t *socket_new(const struct connection *connection, enum channel channel)
{
    zsock_t *socket = zsock_new(socket_types[channel]);

    if (!socket)
        return NULL;
    /* Replies have no high-water mark: a frontend that does not read must not wedge the others. For
     * iopub see publish.c. */
    zsock_set_sndhwm(socket, channel == CHANNEL_IOPUB ? IOPUB_MESSAGES_MOST : 0);
    zsock_set_rcvhwm(socket, channel == CHANNEL_SHELL ? SHELL_MESSAGES_MOST : 0);
    zsock_set_linger(socket, 1000);
    /* A frame that is larger is in no message that is read: its peer is hung up on, before memory
     * is taken for it. */
    zsock_set_maxmsgsize(socket, WIRE_FRAME_BYTES_MAX);
    if (strchr(connection->ip, ':') && strcmp(connection->transport, "tcp") == 0)
        zsock_set_ipv6(socket, 1);
    if (socket_types[channel] == ZMQ_ROUTER)
        zsock_set_router_handover(socket, 1);
    if (channel == CHANNEL_STDIN)
        zsock_set_router_mandatory(socket, 1); /* else what is asked before it connects is lost */
    if (socket_types[channel] == ZMQ_XPUB)
        zsock_set_xpub_verbose(socket, 1);
    if (socket_types[channel] == ZMQ_XPUB)
        zsock_set_xpub_nodrop(socket, 1);
    if (connection->curve_secret[0]) {
        zsock_set_curve_server(socket, 1);
        zsock_set_curve_publickey(socket, connection->curve_public);
        zsock_set_curve_secretkey(socket, connection->curve_secret);
    }
    return socket;
}

/* Bind one channel; a port that the system chose goes into the connection. */
static bool bind_channel(struct front *self, enum channel channel)
{
    char endpoint[1200];
    zsock_t *socket = socket_new(&self->connection, channel);

    if (!socket)
        return false;
    connection_endpoint(&self->connection, channel, endpoint, sizeof endpoint);
    int port = zsock_bind(socket, "%s", endpoint);
    if (port < 0) {
        fprintf(stderr, "safepyrun-kernel: cannot bind the %s socket to %s: %s\n",
                channel_names[channel], endpoint, strerror(errno));
        zsock_destroy(&socket);
        return false;
    }
    if (self->connection.ports[channel] == 0 && strcmp(self->connection.transport, "tcp") == 0)
        self->connection.ports[channel] = port;
    self->sockets[channel] = socket;
    return true;
}

/* The heartbeat has a thread of its own: it echoes while the loop writes megabytes of output. */
static void heartbeat_run(zsock_t *pipe, void *argument)
{
    zsock_t *socket = argument;
    zpoller_t *poller = zpoller_new(pipe, socket, NULL);

    zsock_signal(pipe, 0);
    for (;;) {
        void *ready = zpoller_wait(poller, -1);
        if (ready != socket)
            break; /* the pipe: $TERM */
        zmsg_t *message = zmsg_recv(socket);
        if (message && zmsg_send(&message, socket) < 0)
            zmsg_destroy(&message);
    }
    zpoller_destroy(&poller);
    zsock_destroy(&socket);
}

/* ---- readable ---- */

static struct message *receive(struct front *self, enum channel channel)
{
    char reason[512];
    zmsg_t *frames = zmsg_recv_nowait(self->sockets[channel]);

    if (!frames)
        return NULL;
    struct message *message = wire_parse(self->wire, &frames, reason, sizeof reason);
    if (!message) {
        log_warning("message on %s dropped: %s", channel_names[channel], reason);
        errno = EBADMSG;
    }
    return message;
}

/* Is there something to read? (zmsg_recv_nowait's NULL may also be a dropped message) */
static bool has_input(zsock_t *socket)
{
    return zsock_events(socket) & ZMQ_POLLIN;
}

void front_read(struct front *self, enum channel channel, int most)
{
    for (int i = 0; i < most && !self->done && has_input(self->sockets[channel]); i++) {
        struct message *message = receive(self, channel);
        if (!message)
            continue;
        if (channel == CHANNEL_STDIN)
            input_receive(self, message);
        else
            front_receive(self, channel, message);
    }
}

static int children_ended(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    supervisor_reap(self);
    return self->done ? -1 : 0;
}

void front_read_signals(struct front *self)
{
    for (int number; (number = platform_next_signal(self->signal_fd));) {
        if (number == SIGINT)
            supervisor_interrupt(self);
        else if (number == SIGTERM || number == SIGHUP)
            front_end(self, 0);
        else if (number == SIGCHLD && self->loop)
            zloop_timer(self->loop, 0, 1, children_ended, self); /* not in the middle of a frame */
    }
}

static int socket_readable(zloop_t *loop, zsock_t *socket, void *argument)
{
    struct front *self = argument;

    (void)loop;
    front_read_signals(self); /* an interrupt is for what ran before these messages */
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        if (self->sockets[channel] == socket)
            front_read(self, (enum channel)channel, MESSAGES_PER_TURN);
    return self->done ? -1 : 0;
}

void front_watch_shell(struct front *self)
{
    bool pause =
        self->queued_bytes > QUEUED_BYTES_MOST || self->supervisor.out.size > OUT_BYTES_MOST;

    if (pause == self->shell_paused)
        return;
    self->shell_paused = pause;
    if (pause)
        zloop_reader_end(self->loop, self->sockets[CHANNEL_SHELL]);
    else
        zloop_reader(self->loop, self->sockets[CHANNEL_SHELL], socket_readable, self);
}

/* A frontend subscribed to iopub: JEP 65's welcome is the first message that it gets. */
static int iopub_readable(zloop_t *loop, zsock_t *socket, void *argument)
{
    struct front *self = argument;

    (void)loop;
    for (int i = 0; i < MESSAGES_PER_TURN && has_input(socket); i++) {
        zframe_t *frame = zframe_recv(socket);
        if (frame && zframe_size(frame) > 0 && zframe_data(frame)[0] == 1) {
            char topic[256];
            size_t size = zframe_size(frame) - 1;
            snprintf(topic, sizeof topic, "%.*s",
                     (int)(size < sizeof topic ? size : sizeof topic - 1),
                     (char *)zframe_data(frame) + 1);
            json_t *content = json_pack("{s:s}", "subscription", topic);
            char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;
            struct outgoing message = {.msg_type = "iopub_welcome",
                                       .topic = topic,
                                       .content = {text, text ? strlen(text) : 0}};
            publish_send(self, &message);
            free(text);
            json_decref(content);
        }
        zframe_destroy(&frame);
    }
    return 0;
}

/* ---- signals and the parent ---- */

static int signal_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)item;
    front_read_signals(self);
    return self->done ? -1 : 0;
}

static int parent_gone(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    (void)loop, (void)item;
    front_end(argument, 0);
    return -1;
}

static int parent_poll(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    if (getppid() == self->parent_pid)
        return 0;
    front_end(self, 0);
    return -1;
}

/* End with the process that started us, when it says (JPY_PARENT_PID) that we should. It may be
 * gone already. */
static void watch_parent(struct front *self)
{
    const char *text = getenv("JPY_PARENT_PID");
    pid_t pid = text ? atoi(text) : 0;

    if (pid <= 1)
        return;
    if (pid == getppid()) {
        self->parent_fd = platform_watch_process(pid);
        if (self->parent_fd >= 0) {
            zmq_pollitem_t item = {NULL, self->parent_fd, ZMQ_POLLIN, 0};
            zloop_poller(self->loop, &item, parent_gone, self);
            return;
        }
    }
    zloop_timer(self->loop, PARENT_POLL_MS, 0, parent_poll, self);
}

static bool watch_signals(struct front *self)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    /* Before any thread is made, so that all of them block these. */
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return false;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    self->signal_fd = platform_watch_signals(&signals);
    return self->signal_fd >= 0;
}

/* ---- start and end ---- */

static bool start_loop(struct front *self)
{
    zmq_pollitem_t signals = {NULL, self->signal_fd, ZMQ_POLLIN, 0};

    self->loop = zloop_new();
    if (!self->loop)
        return false;
    zloop_set_nonstop(self->loop, true);
    zloop_reader(self->loop, self->sockets[CHANNEL_CONTROL], socket_readable, self);
    zloop_reader(self->loop, self->sockets[CHANNEL_SHELL], socket_readable, self);
    zloop_reader(self->loop, self->sockets[CHANNEL_STDIN], socket_readable, self);
    zloop_reader(self->loop, self->sockets[CHANNEL_IOPUB], iopub_readable, self);
    zloop_poller(self->loop, &signals, signal_readable, self);
    watch_parent(self);
    return true;
}

static bool bind_all(struct front *self)
{
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        if (!bind_channel(self, (enum channel)channel))
            return false;
    self->heartbeat = zactor_new(heartbeat_run, self->sockets[CHANNEL_HEARTBEAT]);
    self->sockets[CHANNEL_HEARTBEAT] = NULL; /* the actor's now */
    return self->heartbeat != NULL;
}

static void front_close(struct front *self)
{
    supervisor_end(self);
    registration_destroy(&self->registration);
    publish_destroy(&self->publish);
    input_forget(&self->input);
    zloop_destroy(&self->loop);
    zactor_destroy(&self->heartbeat);
    shells_clear(self);
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        zsock_destroy(&self->sockets[channel]);
    checkpoints_destroy(&self->checkpoints);
    limits_destroy(&self->limits);
    history_destroy(&self->history);
    confine_clear(self);
    approvals_destroy(&self->approvals);
    wire_destroy(&self->wire);
    for (size_t i = 0; i < PARENTS_KEPT; i++)
        free(self->parents[i].header);
    free(self->output.text);
    json_decref(self->control_header);
    json_decref(self->debugging.requests);
    json_decref(self->debugging.header);
    free(self->banner);
    json_decref(self->language_info);
    if (self->parent_fd >= 0)
        close(self->parent_fd);
    if (self->signal_fd >= 0)
        close(self->signal_fd);
    floor_changes_end(floor_changes_of(self->floor));
    floor_end_shared(self->floor);
    scratch_remove(&self->scratch); /* nobody who could write there is left */
}

void front_end(struct front *self, int exit_status)
{
    self->done = true;
    self->exit_status = exit_status;
}

static int registration_failed(void *front)
{
    front_end(front, 1);
    return -1;
}

static int sweep_scratch(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    scratch_sweep(&self->scratch);
    return 0;
}

/* Python and what it starts keep their temporary files there; without one, cells have none. */
static void make_scratch(struct front *self)
{
    if (!scratch_make(&self->scratch) || setenv("TMPDIR", self->scratch.path, 1) < 0)
        log_warning("no folder for temporary files can be made: %s", strerror(errno));
}

/* For Python, and what it starts. */
static void give_variables(void)
{
    for (const char *const *given = places_given; *given; given++) {
        char name[64];
        size_t size = strcspn(*given, "=");
        snprintf(name, sizeof name, "%.*s", (int)size, *given);
        setenv(name, *given + size + 1, 0);
    }
}

static int serve(struct front *self)
{
    char error[1024];

    floor_keep_to_itself();
    confine_start(self);
    self->floor = floor_new(!self->options.floor || strcmp(self->options.floor, "off") != 0);
    if (!self->floor)
        return 1;
    self->checkpoints = checkpoints_new();
    /* Python takes the longest: it starts first, while the sockets are bound and messages get
     * their key. */
    if (!self->checkpoints)
        return 1;
    if (!supervisor_start(self, error, sizeof error)) {
        fprintf(stderr, "safepyrun-kernel: %s\n", error);
        return 1;
    }
    const char *missing = floor_missing(self->floor);
    if (missing && (!self->options.floor || strcmp(self->options.floor, "off") != 0))
        log_warning("the operating system does not hold cells here, the sandbox alone does: %s",
                    missing);
    if (missing && self->options.confine) {
        fprintf(stderr,
                "safepyrun-kernel: --confine: the operating system does not hold cells here: %s\n",
                missing);
        return 1;
    }
    self->wire = wire_new(self->connection.key, self->connection.key_size);
    if (!self->wire || !bind_all(self) || !start_loop(self))
        return 1;
    if (self->connection.registration_port &&
        !(self->registration = registration_new(self->loop, self->wire, &self->connection,
                                                registration_failed, self))) {
        fprintf(stderr, "safepyrun-kernel: cannot send the ports to the launcher: %s\n",
                strerror(errno));
        return 1;
    }
    supervisor_watch(self);
    confine_watch(self);
    zloop_timer(self->loop, SWEEP_MS, 1, sweep_scratch, self);
    self->history = history_new(self->options.history_file);
    self->approvals = approvals_new(self);
    if (!self->history || !self->approvals ||
        !limits_new(self, self->options.limits, approvals_settings(self)->limits))
        return 1;
    approvals_send_policy(self, false);
    while (!self->done && zloop_start(self->loop) == 0)
        continue; /* interrupted: signals come through signal_fd */
    return self->exit_status;
}

int front_run(const struct options *options)
{
    struct front front = {.options = *options,
                          .signal_fd = -1,
                          .parent_fd = -1,
                          .drain_timer = -1,
                          .history_timer = -1,
                          .exit_timer = -1,
                          .parent_pid = getppid()};
    char error[1024];

    front.supervisor.hop_fd = front.supervisor.wake_fd = front.supervisor.pid_fd =
        front.supervisor.points_fd = front.supervisor.crash_fd = front.supervisor.end_timer = -1;
    front.publish = (struct publish){.kept = zlist_new(), .timer = -1};
    front.shells[0].open = true;
    json_memory_watch();
    if (!connection_load(&front.connection, options->connection_file, error, sizeof error)) {
        fprintf(stderr, "safepyrun-kernel: %s\n", error);
        return 2;
    }
    zsys_handler_set(NULL);
    make_scratch(&front);
    give_variables();
    if (!watch_signals(&front)) {
        scratch_remove(&front.scratch);
        return 1;
    }
    int status = serve(&front);

    front_close(&front);
    return status;
}
