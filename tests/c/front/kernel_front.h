/* For tests: a front with sockets of its own in this process, and a frontend that notes what it
 * hears. */
#ifndef SAFEPYRUN_KERNEL_FRONT_H
#define SAFEPYRUN_KERNEL_FRONT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "kernel/front/front.h"
#include "kernel/front/history.h"
#include "tests/c/front/log_kept.h"

enum { TURN_MS = 2, PATIENCE = 10000 /* ms */, HEARD_MOST = 4096, IOPUB_MESSAGES = 20 };

struct heard {
    char msg_type[64];
    json_t *content;
};

static struct front *front;
static zsock_t *subscriber, *dealer;
static struct heard heard[HEARD_MOST];
static size_t heard_count;
static int64_t deadline;

static inline void hear(zsock_t *socket)
{
    zmsg_t *frames;

    while (socket && (frames = zmsg_recv_nowait(socket))) {
        zframe_t *frame = zmsg_first(frames);
        while (frame && !zframe_streq(frame, "<IDS|MSG>"))
            frame = zmsg_next(frames);
        zmsg_next(frames); /* signature */
        frame = zmsg_next(frames);
        json_t *header = json_loadb((char *)zframe_data(frame), zframe_size(frame), 0, NULL);
        zmsg_next(frames); /* parent */
        zmsg_next(frames); /* metadata */
        frame = zmsg_next(frames);
        assert_true(heard_count < HEARD_MOST);
        struct heard *one = &heard[heard_count++];
        snprintf(one->msg_type, sizeof one->msg_type, "%s",
                 json_string_value(json_object_get(header, "msg_type")));
        one->content =
            json_loadb((char *)zframe_data(frame), zframe_size(frame), JSON_ALLOW_NUL, NULL);
        assert_non_null(one->content); /* JSON, and so UTF-8 */
        json_decref(header);
        zmsg_destroy(&frames);
    }
}

static inline size_t heard_of(const char *msg_type)
{
    size_t count = 0;

    for (size_t i = 0; i < heard_count; i++)
        count += strcmp(heard[i].msg_type, msg_type) == 0;
    return count;
}

/* The last of that type; it must be there. */
static inline const json_t *last_heard(const char *msg_type)
{
    for (size_t i = heard_count; i-- > 0;)
        if (strcmp(heard[i].msg_type, msg_type) == 0)
            return heard[i].content;
    fail_msg("no %s was heard", msg_type);
    return NULL;
}

static inline const char *text_of(const json_t *content, const char *name)
{
    const char *text = json_string_value(json_object_get(content, name));

    return text ? text : "(none)";
}

static inline void forget_heard(void)
{
    while (heard_count)
        json_decref(heard[--heard_count].content);
}

static const char *awaited;
static size_t awaited_count;

/* The loop has a stack of its own, so that a test goes on without leaving it: of a loop that was
 * left once czmq removes timers at once, the one whose handler runs included. */
static ucontext_t test_side, loop_side;
static char loop_stack[1024 * 1024];
static bool loop_begun;

static inline int look(zloop_t *loop, int timer, void *argument)
{
    (void)loop, (void)timer, (void)argument;
    hear(subscriber);
    hear(dealer);
    if (front->done || heard_of(awaited) >= awaited_count || zclock_mono() > deadline)
        swapcontext(&loop_side, &test_side);
    return front->done ? -1 : 0;
}

static inline void loop_body(void)
{
    zloop_start(front->loop);
    loop_begun = false;
}

/* Until `look` has seen enough, or the front is done. */
static inline void loop_run(void)
{
    if (!loop_begun) {
        getcontext(&loop_side);
        loop_side.uc_stack = (stack_t){.ss_sp = loop_stack, .ss_size = sizeof loop_stack};
        loop_side.uc_link = &test_side;
        makecontext(&loop_side, loop_body, 0);
        zloop_timer(front->loop, TURN_MS, 0, look, NULL);
        loop_begun = true;
    }
    swapcontext(&test_side, &loop_side);
}

/* Have the front's loop run until so many messages of that type are heard, or the front is done. */
static inline void run_until(size_t count, const char *msg_type)
{
    awaited = msg_type;
    awaited_count = count;
    deadline = zclock_mono() + PATIENCE;
    loop_run();
    if (!front->done && heard_of(msg_type) < count)
        fail_msg("%zu of %zu %s; log: %s", heard_of(msg_type), count, msg_type, log_text);
}

static char shell_endpoint[64], iopub_endpoint[64];

static inline zsock_t *bound(int type, const char *name, char *endpoint, size_t size)
{
    static unsigned number; /* a name is free again only some time after its socket is gone */
    zsock_t *socket = zsock_new(type);

    assert_non_null(socket);
    if (type == ZMQ_XPUB) {
        zsock_set_sndhwm(socket, IOPUB_MESSAGES);
        zsock_set_xpub_verbose(socket, 1);
        zsock_set_xpub_nodrop(socket, 1);
    }
    snprintf(endpoint, size, "inproc://%s-%u", name, ++number);
    assert_int_equal(zsock_bind(socket, "%s", endpoint), 0);
    return socket;
}

/* Sockets, loop, history and grants; no worker. */
static inline int make_front(void **state)
{
    (void)state;
    zsys_handler_set(NULL);
    log_text[0] = 0;
    loop_begun = false;
    front = calloc(1, sizeof *front);
    assert_non_null(front);
    front->signal_fd = front->parent_fd = -1;
    front->drain_timer = front->history_timer = front->exit_timer = -1;
    front->supervisor.hop_fd = front->supervisor.wake_fd = front->supervisor.points_fd = -1;
    front->supervisor.crash_fd = -1;
    front->supervisor.pid_fd = front->supervisor.end_timer = -1;
    front->publish = (struct publish){.kept = zlist_new(), .timer = -1};
    front->shells[0].open = true;
    front->options.connection_file = "/run/kernel.json";
    front->options.state_dir = "/nonexistent";
    front->wire = wire_new("", 0);
    front->loop = zloop_new();
    front->history = history_new(":memory:");
    front->approvals = approvals_new(front);
    front->sockets[CHANNEL_SHELL] =
        bound(ZMQ_ROUTER, "shell", shell_endpoint, sizeof shell_endpoint);
    front->sockets[CHANNEL_IOPUB] = bound(ZMQ_XPUB, "iopub", iopub_endpoint, sizeof iopub_endpoint);
    subscriber = zsock_new(ZMQ_SUB);
    zsock_set_subscribe(subscriber, "");
    zsock_set_rcvhwm(subscriber, 0);
    assert_int_equal(zsock_connect(subscriber, "%s", iopub_endpoint), 0);
    zframe_t *subscription = zframe_recv(front->sockets[CHANNEL_IOPUB]); /* it hears from now on */
    zframe_destroy(&subscription);
    dealer = zsock_new(ZMQ_DEALER);
    zsock_set_identity(dealer, "frontend");
    assert_int_equal(zsock_connect(dealer, "%s", shell_endpoint), 0);
    return 0;
}

static inline int end_front(void **state)
{
    (void)state;
    if (loop_begun) {
        front->done = true;
        loop_run();
    }
    supervisor_end(front);
    publish_destroy(&front->publish);
    zloop_destroy(&front->loop);
    shells_clear(front);
    zsock_destroy(&subscriber);
    zsock_destroy(&dealer);
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        zsock_destroy(&front->sockets[channel]);
    history_destroy(&front->history);
    confine_clear(front);
    approvals_destroy(&front->approvals);
    wire_destroy(&front->wire);
    for (size_t i = 0; i < PARENTS_KEPT; i++)
        free(front->parents[i].header);
    free(front->output.text);
    free(front->banner);
    json_decref(front->language_info);
    free(front);
    front = NULL;
    forget_heard();
    return 0;
}

/* As if a frontend had sent it. */
static inline void execute(const char *code, bool stop_on_error)
{
    static unsigned number;
    char header[128], content[512], reason[256] = "";
    zmsg_t *frames = zmsg_new();

    snprintf(header, sizeof header,
             "{\"msg_id\":\"m%u\",\"msg_type\":\"execute_request\",\"session\":\"s\"}", ++number);
    snprintf(content, sizeof content, "{\"code\":\"%s\",\"stop_on_error\":%s}", code,
             stop_on_error ? "true" : "false");
    const char *const texts[] = {"frontend", "<IDS|MSG>", "", header, "{}", "{}", content};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        zmsg_addstr(frames, texts[i]);
    struct message *message = wire_parse(front->wire, &frames, reason, sizeof reason);
    if (!message)
        fail_msg("%s", reason);
    front_receive(front, CHANNEL_SHELL, message);
}

#define WITH_FRONT(test) cmocka_unit_test_setup_teardown(test, make_front, end_front)

#endif
