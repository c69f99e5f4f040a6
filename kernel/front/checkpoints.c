/* checkpoints: frozen forks of the worker, and what they are good for: %undo, and going on after a
 * crash with the variables that were there. The worker makes the fork (kernel/worker/checkpoint.c);
 * which are kept, woken and let go is decided here. Each is a process that waits on a socket of its
 * own: closing that ends it, sending it the four descriptors of a worker makes it one.
 *
 * One is taken when nothing has been queued for a moment, or else before the next cell, so that
 * each cell can be undone, as long as they are cheap: an account gets a share of the time that goes
 * by, and a checkpoint is paid from it. */
#include "kernel/front/checkpoints_state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/platform.h"
#include "kernel/front/floor_changes.h"

enum {
    IDLE_MS = 30,      /* nothing was queued for so long */
    RETRY_MS = 60,     /* a thread was running: it is looked again */
    RETRIES_MOST = 10, /* and so often */
    FREEZE_MS = 500,   /* so long one that was asked for is waited for when it is needed */
    WAKE_MS = 10000,   /* a woken one that has not answered by then gives way to an older one */
    CELLS_KEPT = 1000,
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t checkpoints_clock_us(void)
{
    return now_us();
}

/* What happens between two cells is the doing of the one before. */
static void take_changes(struct front *front, json_int_t cell)
{
    floor_changes_cell(floor_changes_of(front->floor), cell, front->supervisor.pid);
}

/* ---- the list ---- */

bool checkpoints_have(const struct front *front, pid_t pid)
{
    const struct checkpoints *self = front->checkpoints;

    for (size_t i = 0; i < self->count; i++)
        if (self->points[i].pid == pid)
            return true;
    return false;
}

static size_t count_unnamed(const struct checkpoints *self)
{
    size_t unnamed = 0;

    for (size_t i = 0; i < self->count; i++)
        unnamed += !self->points[i].name[0];
    return unnamed;
}

size_t checkpoints_count(const struct front *front)
{
    size_t unnamed = count_unnamed(front->checkpoints);

    return unnamed ? unnamed - 1 : 0; /* the newest is the state of now, for a crash */
}

static struct point *find(struct checkpoints *self, uint32_t number)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->points[i].number == number)
            return &self->points[i];
    return NULL;
}

static int control_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument);

static void watch(struct front *front, int fd, bool on)
{
    zmq_pollitem_t item = {NULL, fd, ZMQ_POLLIN, 0};

    if (!front->loop)
        return;
    if (on)
        zloop_poller(front->loop, &item, control_readable, front);
    else
        zloop_poller_end(front->loop, &item);
}

/* It is no longer ours: let go (its process ends by itself), or has become the worker. */
static void drop(struct front *front, struct point *point)
{
    struct checkpoints *self = front->checkpoints;
    size_t index = (size_t)(point - self->points);

    watch(front, point->control, false);
    close(point->control);
    json_decref(point->rights);
    self->count--;
    memmove(point, point + 1, (self->count - index) * sizeof *point);
}

/* No more than are to be kept: the oldest go first, those that were asked for last. */
static void trim(struct front *front)
{
    struct checkpoints *self = front->checkpoints;
    size_t unnamed = count_unnamed(self);

    for (size_t i = 0; i < self->count && unnamed > (size_t)front->checkpoints_kept;)
        if (!self->points[i].name[0])
            drop(front, &self->points[i]), unnamed--;
        else
            i++;
    while (self->count >= POINTS_MAX)
        drop(front, &self->points[0]);
}

/* ---- taking one ---- */

bool checkpoints_send_fds(int socket, const char *text, const int *fds, size_t count)
{
    char room[CMSG_SPACE(4 * sizeof(int))] = {0};
    struct iovec part = {(char *)text, strlen(text)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

/* `before_cell`: a cell waits behind it, so the worker does not wait for what may pass. */
static bool take(struct front *front, const char *name, bool before_cell)
{
    struct checkpoints *self = front->checkpoints;
    int pair[2], on = 1;

    if (self->asked.number || front->supervisor.points_fd < 0 || front->ending)
        return false;
    trim(front);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    /* Who is at the other end is told by the system, not by the worker. */
    bool sent = setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
                checkpoints_send_fds(front->supervisor.points_fd, "control", &pair[1], 1);
    uint32_t number = ++self->last_number;
    close(pair[1]);
    if (!sent || !link_send(front, HOP_CHECKPOINT, 0, 0, number, before_cell ? "at once" : NULL)) {
        close(pair[0]);
        return false;
    }
    struct point *point = &self->points[self->count++];
    *point = (struct point){.number = number,
                            .control = pair[0],
                            .after = self->last,
                            .depth = json_array_size(self->made),
                            .taken = time(NULL),
                            .rights = confine_keep(front)};
    snprintf(point->name, sizeof point->name, "%s", name);
    self->asked.number = number;
    self->asked.before_cell = before_cell;
    self->account.taken_us = now_us();
    snprintf(self->asked.name, sizeof self->asked.name, "%s", name);
    self->changed = false;
    watch(front, pair[0], true);
    return true;
}

void checkpoints_cell_begins(struct front *front, struct request *request)
{
    struct checkpoints *self = front->checkpoints;

    request->began_us = now_us();
    if (!request->execute || !self)
        return;
    take_changes(front, self->last);
    /* The first one of a session does not wait: nobody's work is lost with it. */
    if (request->shell == 0 && self->last && self->changed && !self->want &&
        front->checkpoints_kept > 0 && account_pays_before_cell(&self->account, now_us()) &&
        take(front, "", true))
        self->account.burst++;
}

/* Before the next request goes to the worker: it is the state of now that is wanted. */
static void take_wanted(struct front *front)
{
    struct checkpoints *self = front->checkpoints;

    bool late = self->wanted[0] && self->retry_of && self->retry_of != self->last;

    self->want = false;
    if (!late) /* a cell has run meanwhile: that name means the state before it */
        take(front, self->wanted, false);
    self->wanted[0] = 0;
    self->retry_of = 0;
}

static int idle_turn(zloop_t *loop, int timer, void *argument)
{
    struct front *front = argument;
    struct checkpoints *self = front->checkpoints;

    (void)loop, (void)timer;
    self->timer = -1;
    if (front_is_busy(front) || front->shells[0].first)
        return 0;
    self->account.burst = 0;
    if (!self->changed)
        return 0;
    if (self->want)
        take_wanted(front);
    else if (front->checkpoints_kept > 0 && account_pays(&self->account, now_us()))
        take(front, "", false);
    return 0;
}

static void set_timer(struct front *front, size_t delay_ms)
{
    struct checkpoints *self = front->checkpoints;

    if (self->timer >= 0)
        zloop_timer_end(front->loop, self->timer);
    self->timer = zloop_timer(front->loop, delay_ms, 1, idle_turn, front);
}

/* A cell has a count: In gets its source and the count goes on, whatever becomes of its state. */
static void remember(struct checkpoints *self, const struct request *request)
{
    const json_t *code = json_object_get(request->message->content, "code");

    if (!request->execute || request->silent || !request->store_history ||
        request->execution_count <= self->last)
        return;
    self->last = request->execution_count;
    json_array_append_new(self->cells, json_pack("[I, O]", request->execution_count, code));
    json_int_t known = self->count ? self->points[0].after : self->last;
    while (json_array_size(self->cells) > CELLS_KEPT ||
           (json_array_size(self->cells) &&
            json_integer_value(json_array_get(json_array_get(self->cells, 0), 0)) <= known &&
            self->count))
        json_array_remove(self->cells, 0);
}

void checkpoints_cell_ended(struct front *front, const struct request *request)
{
    struct checkpoints *self = front->checkpoints;

    if (!self || !front->loop || !request->execute)
        return;
    self->changed = true;
    self->account.cells++;
    if (request->execution_count > self->last)
        json_array_append_new(self->made, json_integer(request->execution_count));
    remember(self, request);
    take_changes(front, request->execution_count > 0 ? request->execution_count : self->last);
    if (self->want)
        take_wanted(front);
    else
        set_timer(front, IDLE_MS);
}

/* ---- what the worker and the checkpoints say ---- */

void checkpoints_taken(struct front *front, uint32_t number, const json_t *content)
{
    struct checkpoints *self = front->checkpoints;
    struct point *point = find(self, number);
    const char *obstacle = json_string_value(json_object_get(content, "obstacle"));
    int64_t took_us = json_integer_value(json_object_get(content, "took_us"));

    if (number != self->asked.number || !number)
        return;
    self->asked.number = 0;
    snprintf(self->obstacle, sizeof self->obstacle, "%s", obstacle ? obstacle : "");
    if (!obstacle) {
        account_taken(&self->account, took_us,
                      (long)json_integer_value(json_object_get(content, "faults")));
        if (point)
            point->took_us = took_us;
        self->asked.retries = 0;
        return;
    }
    account_failed(&self->account, took_us);
    if (point)
        drop(front, point);
    self->changed = true;
    if (self->asked.before_cell) /* the one after that cell is tried in its turn */
        return;
    if (!json_is_true(json_object_get(content, "passing")) ||
        ++self->asked.retries > RETRIES_MOST) {
        self->asked.retries = 0;
        return;
    }
    self->want = true;
    self->retry_of = self->last;
    snprintf(self->wanted, sizeof self->wanted, "%s", self->asked.name);
    set_timer(front, RETRY_MS);
}

/* The first message of a checkpoint says that it is frozen; that it can be read later says that it
 * has ended: then it is dropped. */
static void read_control(struct front *front, struct point *point)
{
    char text[16], room[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t got = recvmsg(point->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (got < 0 && errno == EAGAIN)
        return;
    struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    struct ucred who = {0};
    if (head && head->cmsg_type == SCM_CREDENTIALS && head->cmsg_len == CMSG_LEN(sizeof who))
        memcpy(&who, CMSG_DATA(head), sizeof who);
    if (who.pid > 0 && !point->pid && who.pid != front->supervisor.pid)
        point->pid = who.pid;
    else
        drop(front, point);
}

static int control_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *front = argument;
    struct checkpoints *self = front->checkpoints;

    (void)loop;
    for (size_t i = 0; i < self->count; i++)
        if (self->points[i].control == item->fd) {
            read_control(front, &self->points[i]);
            break;
        }
    return 0;
}

/* The newest may just be freezing when it is needed: that is a matter of milliseconds. Those that
 * are still none are dropped. */
void checkpoints_await_frozen(struct front *front)
{
    struct checkpoints *self = front->checkpoints;

    for (size_t i = self->count; i-- > 0;) {
        struct point *point = &self->points[i];
        struct pollfd ready = {point->control, POLLIN, 0};

        if (point->pid)
            continue;
        if (poll(&ready, 1, FREEZE_MS) > 0)
            read_control(front, point);
        else
            drop(front, point);
    }
}

/* ---- waking ---- */

static int wake_late(zloop_t *loop, int timer, void *argument)
{
    struct front *front = argument;

    (void)loop, (void)timer;
    front->checkpoints->wake_timer = -1;
    if (!front->supervisor.ready && front->supervisor.pid) {
        log_warning("a checkpoint does not wake up");
        supervisor_kill(front);
    }
    return 0;
}

static void resume(struct front *front, json_int_t after)
{
    struct checkpoints *self = front->checkpoints;
    json_t *cells = json_array(), *cell;
    size_t index;

    json_array_foreach(self->cells, index, cell)
    {
        if (json_integer_value(json_array_get(cell, 0)) > after)
            json_array_append(cells, cell);
    }
    json_t *content = json_pack("{s:o, s:I}", "cells", cells, "count", self->last);
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;
    if (text)
        link_send(front, HOP_RESUME, 0, 0, 0, text);
    free(text);
    json_decref(content);
}

/* Make it the worker. False: it could not be reached; it is dropped all the same. */
static bool wake(struct front *front, struct point *point)
{
    struct supervisor *supervisor = &front->supervisor;
    struct checkpoints *self = front->checkpoints;
    struct point woken = *point;
    int theirs[LINK_FDS];
    char error[256];

    if (!supervisor_make_link(supervisor, theirs, error, sizeof error)) {
        log_warning("%s", error);
        return false;
    }
    bool sent = woken.pid > 0 && checkpoints_send_fds(woken.control, "wake", theirs, LINK_FDS - 1);
    close(theirs[0]);
    close(theirs[3]);
    json_incref(woken.rights);
    drop(front, point);
    if (sent)
        confine_put_back(front, woken.rights);
    json_decref(woken.rights);
    if (!sent) {
        supervisor_close_link(supervisor);
        return false;
    }
    supervisor_adopt(front, woken.pid); /* it has the fifth already */
    while (json_array_size(self->made) > woken.depth)
        json_array_remove(self->made, json_array_size(self->made) - 1);
    json_int_t newest = json_integer_value(
        json_array_get(self->made, json_array_size(self->made) - 1)); /* 0: no cell made it */
    self->left = newest + 1;
    resume(front, woken.after);
    for (size_t i = self->count; i-- > 0;) /* of a future that is no more */
        if (self->points[i].depth > woken.depth)
            drop(front, &self->points[i]);
    self->wake_timer = zloop_timer(front->loop, WAKE_MS, 1, wake_late, front);
    return true;
}

void checkpoints_worker_ready(struct front *front)
{
    struct checkpoints *self = front->checkpoints;

    if (!self)
        return;
    if (self->wake_timer < 0) { /* a new one: its state is that before the first cell */
        if (front->loop)
            set_timer(front, IDLE_MS);
        return;
    }
    zloop_timer_end(front->loop, self->wake_timer);
    self->wake_timer = -1;
    self->want = self->changed = true; /* the state that it woke with is to be kept, too */
    set_timer(front, 0);
}

/* "cell [5]", "cells [5] to [7]": those of the present state beyond the first `depth`. */
void checkpoints_describe(const struct checkpoints *self, size_t depth, char *out, size_t size)
{
    size_t count = json_array_size(self->made);
    long long first = json_integer_value(json_array_get(self->made, depth));
    long long last = json_integer_value(json_array_get(self->made, count - 1));

    if (depth >= count)
        snprintf(out, size, "no cell");
    else if (first == last)
        snprintf(out, size, "cell [%lld]", first);
    else
        snprintf(out, size, "cells [%lld] to [%lld]", first, last);
}

static void finish_undo(struct front *front, bool undone)
{
    struct checkpoints *self = front->checkpoints;
    struct request *request = front_running(front, self->undo.request);

    self->undo.number = 0;
    if (!request || !undone)
        return; /* fails like all that ran */
    if (self->undo.files)
        checkpoints_undo_files(front, self->undo.cell, self->undo.text, sizeof self->undo.text);
    if (!request->silent)
        publish_json(front, request->number, "stream",
                     json_pack("{s:s, s:s}", "name", "stdout", "text", self->undo.text));
    json_t *content = json_pack("{s:s, s:I, s:{}, s:[]}", "status", "ok", "execution_count",
                                request->execution_count, "user_expressions", "payload");
    reply_json(front, request, content);
    shell_finish(front, &front->shells[request->shell], request);
}

bool checkpoints_revive(struct front *front, char *story, size_t size)
{
    struct checkpoints *self = front->checkpoints;
    struct point *target;
    char lost[128];

    snprintf(story, size, "a new one starts, with an empty namespace");
    if (!self)
        return false;
    if (self->wake_timer >= 0)
        zloop_timer_end(front->loop, self->wake_timer);
    self->wake_timer = -1;
    self->asked.number = 0;
    checkpoints_await_frozen(front);
    for (int i = 0; i < SHELLS_MAX; i++)
        if (front->shells[i].running)
            remember(self, front->shells[i].running);
    take_changes(front, self->last);
    target = find(self, self->undo.number);
    if (self->undo.number && target && wake(front, target)) {
        finish_undo(front, true);
        snprintf(story, size, "the session was taken back by %%undo");
        return true;
    }
    finish_undo(front, false);
    while (self->count) {
        struct point *newest = &self->points[self->count - 1];
        json_int_t after = newest->after;

        checkpoints_describe(self, newest->depth, lost, sizeof lost);
        if (!wake(front, newest))
            continue;
        snprintf(story, size,
                 "the session goes on with the variables as they were after cell [%lld]; what %s "
                 "changed is lost",
                 (long long)after, lost);
        return true;
    }
    checkpoints_describe(self, 0, lost, sizeof lost);
    if (json_array_size(self->made))
        snprintf(story, size, "a new one starts, with an empty namespace: what %s made is lost",
                 lost);
    json_array_clear(self->made);
    self->left = self->last;
    self->changed = true;
    return false;
}

/* ---- start and end ---- */

struct checkpoints *checkpoints_new(void)
{
    struct checkpoints *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->cells = json_array();
    self->made = json_array();
    self->timer = self->wake_timer = -1;
    account_open(&self->account, now_us());
    self->changed = true;
    /* They are no children of the worker: what ends them is this process. */
    platform_adopt_orphans();
    return self;
}

void checkpoints_destroy(struct checkpoints **self)
{
    if (!*self)
        return;
    for (size_t i = 0; i < (*self)->count; i++) {
        close((*self)->points[i].control);
        json_decref((*self)->points[i].rights);
    }
    json_decref((*self)->cells);
    json_decref((*self)->made);
    free(*self);
    *self = NULL;
}
