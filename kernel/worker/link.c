/* link: the hop as the worker's threads see it. The main thread reads it while it waits for
 * requests or answers; while it runs a cell for longer the watch thread reads. Whoever reads hands
 * each frame to the inbox of the thread that it is for. */
#include "kernel/worker/arenas.h"
#include "kernel/worker/inside.h"
#include "base/platform.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct node {
    struct hop_frame frame;
    struct node *next;
};

struct inbox {
    struct node *first;
    struct node **last;
    int event_fd;
    atomic_bool interrupted;
    atomic_bool lost; /* there was no memory for what came */
};

struct link {
    pthread_mutex_t lock;      /* inboxes, waiters, shells, policy */
    pthread_mutex_t read_lock; /* one reads at a time, whole frames */
    pthread_mutex_t send_lock;
    struct inbox *shells[SHELLS_MAX];
    struct waiter *waiters;
    struct hop_frame policy; /* the newest that is not in force yet */
    bool has_policy;
    bool policy_lost; /* that of before is in force still */
    atomic_bool ended;
    atomic_uint token;
};

struct inbox *inbox_new(void)
{
    struct inbox *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->last = &self->first;
    self->event_fd = platform_flag();
    if (self->event_fd < 0) {
        free(self);
        return NULL;
    }
    return self;
}

void inbox_destroy(struct inbox **self)
{
    if (!*self)
        return;
    for (struct node *node = (*self)->first; node;) {
        struct node *next = node->next;
        hop_frame_clear(&node->frame);
        free(node);
        node = next;
    }
    close((*self)->event_fd);
    free(*self);
    *self = NULL;
}

static void inbox_wake(struct inbox *self)
{
    uint64_t one = 1;

    if (write(self->event_fd, &one, sizeof one) < 0)
        return; /* full: it is awake */
}

bool link_interrupt_waiter(struct worker *self, uint64_t request)
{
    bool found = false;

    pthread_mutex_lock(&self->link->lock);
    for (struct waiter *waiter = self->link->waiters; waiter; waiter = waiter->next)
        if (waiter->request == request) {
            inbox_interrupt(waiter->inbox);
            found = true;
        }
    pthread_mutex_unlock(&self->link->lock);
    return found;
}

void inbox_interrupt(struct inbox *self)
{
    atomic_store(&self->interrupted, true);
    inbox_wake(self);
}

int inbox_fd(const struct inbox *self)
{
    return self->event_fd;
}

void inbox_clear(struct inbox *self)
{
    uint64_t count;

    if (read(self->event_fd, &count, sizeof count) < 0)
        return; /* nothing to clear */
}

struct link *link_new(void)
{
    struct link *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    pthread_mutex_init(&self->lock, NULL);
    pthread_mutex_init(&self->read_lock, NULL);
    pthread_mutex_init(&self->send_lock, NULL);
    self->shells[0] = inbox_new();
    if (!self->shells[0]) {
        free(self);
        return NULL;
    }
    return self;
}

bool link_open_shell(struct worker *self, unsigned shell, struct inbox *inbox)
{
    struct link *link = self->link;

    pthread_mutex_lock(&link->lock);
    bool free_place = shell < SHELLS_MAX && !link->shells[shell];
    if (free_place)
        link->shells[shell] = inbox;
    pthread_mutex_unlock(&link->lock);
    return free_place;
}

void link_close_shell(struct worker *self, unsigned shell)
{
    pthread_mutex_lock(&self->link->lock);
    self->link->shells[shell] = NULL;
    pthread_mutex_unlock(&self->link->lock);
}

struct inbox *link_shell(struct worker *self, unsigned shell)
{
    return shell < SHELLS_MAX ? self->link->shells[shell] : NULL;
}

/* ---- handing out ---- */

/* Takes the frame over; false when it could not. Under link->lock. */
static bool inbox_put(struct inbox *inbox, struct hop_frame *frame)
{
    struct node *node = inbox ? calloc(1, sizeof *node) : NULL;

    if (!node)
        return false;
    node->frame = *frame;
    *inbox->last = node;
    inbox->last = &node->next;
    inbox_wake(inbox);
    return true;
}

static struct inbox *waiting_inbox(struct link *link, enum hop_type type, uint32_t token)
{
    for (struct waiter *waiter = link->waiters; waiter; waiter = waiter->next)
        if (waiter->type == type && waiter->token == token)
            return waiter->inbox;
    return NULL;
}

/* An answer that there is no memory for is an error of who waits for it. */
static bool answer_put(struct link *link, struct hop_frame *frame)
{
    struct inbox *inbox = waiting_inbox(link, frame->head.type, frame->head.token);
    bool given = !frame->lost && inbox_put(inbox, frame);

    if (inbox && !given) {
        atomic_store(&inbox->lost, true);
        inbox_wake(inbox);
    }
    return given;
}

static void link_end(struct link *link)
{
    atomic_store(&link->ended, true);
    for (unsigned i = 0; i < SHELLS_MAX; i++)
        if (link->shells[i])
            inbox_wake(link->shells[i]);
    for (struct waiter *waiter = link->waiters; waiter; waiter = waiter->next)
        inbox_wake(waiter->inbox);
}

static void keep_policy(struct link *link, struct hop_frame *frame)
{
    if (link->has_policy)
        hop_frame_clear(&link->policy);
    link->policy = *frame;
    link->has_policy = true;
    link->policy_lost = false;
}

/* Shutdown while the main thread is in a cell: the cell is interrupted first. */
static void shut_down(struct worker *self)
{
    if (!atomic_exchange(&self->shutting_down, true))
        kill(getpid(), SIGINT);
    link_end(self->link);
}

/* The whole frame, without the GIL. */
static bool put(struct worker *self, struct hop_head head, const struct hop_part *parts)
{
    pthread_mutex_lock(&self->link->send_lock);
    head.ring_position = ring_position(self->ring);
    bool sent = hop_send(self->hop_fd, &head, parts);
    pthread_mutex_unlock(&self->link->send_lock);
    return sent;
}

void link_refuse(struct worker *self, const struct hop_head *request, const char *ename,
                 const char *evalue)
{
    struct hop_head head = {
        .type = HOP_FAILED, .shell = request->shell, .parts = 2, .request = request->request};
    struct hop_part parts[] = {{ename, strlen(ename)}, {evalue, strlen(evalue)}};

    if (!atomic_load(&self->forked))
        put(self, head, parts); /* or the front is gone */
}

/* Nobody has the request: it is answered here. */
static void refuse_request(struct worker *self, const struct hop_frame *frame, bool has_thread)
{
    if (frame->lost || has_thread)
        link_refuse(self, &frame->head, "MemoryError", "no memory for this request");
    else
        link_refuse(self, &frame->head, "RuntimeError", "this subshell has no thread");
}

/* Under link->lock. Does somebody have the frame now? */
static bool give(struct worker *self, struct hop_frame *frame)
{
    struct link *link = self->link;
    const struct hop_head *head = &frame->head;

    switch (head->type) {
    case HOP_CHECKPOINT:
    case HOP_RESUME:
    case HOP_REQUEST:
        return !frame->lost &&
               inbox_put(head->shell < SHELLS_MAX ? link->shells[head->shell] : NULL, frame);
    case HOP_INPUT:
    case HOP_ANSWER:
        return answer_put(link, frame);
    case HOP_POLICY:
        if (frame->lost)
            link->policy_lost = true;
        else
            keep_policy(link, frame);
        return !frame->lost;
    case HOP_SHUTDOWN:
        shut_down(self);
        return false;
    default:
        return false;
    }
}

void link_refuse_rest(struct worker *self, struct inbox *inbox)
{
    struct hop_frame frame;

    while (link_take(self, inbox, &frame)) {
        refuse_request(self, &frame, false);
        hop_frame_clear(&frame);
    }
}

static void trim(struct worker *self)
{
    arenas_trim();
    platform_trim_memory();
    put(self, (struct hop_head){.type = HOP_TRIMMED}, NULL);
}

static void hand_out(struct worker *self, struct hop_frame *frame)
{
    struct link *link = self->link;
    struct hop_head head = frame->head;

    pthread_mutex_lock(&link->lock);
    bool has_thread = head.shell < SHELLS_MAX && link->shells[head.shell];
    bool given = give(self, frame);
    pthread_mutex_unlock(&link->lock);
    if (!given && head.type == HOP_REQUEST)
        refuse_request(self, frame, has_thread);
    if (!given)
        hop_frame_clear(frame);
    if (head.type == HOP_SHELL_OPEN)
        subshell_open(self, head.shell);
    else if (head.type == HOP_SHELL_CLOSE)
        subshell_close(self, head.shell);
    else if (head.type == HOP_INTERRUPT && head.shell == 0)
        breaking_want(head.request);
    else if (head.type == HOP_INTERRUPT)
        subshell_interrupt(self, head.request);
    else if (head.type == HOP_TRIM)
        trim(self);
}

static bool readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, 0) > 0;
}

bool link_read(struct worker *self)
{
    struct hop_frame frame;
    bool more = true;

    pthread_mutex_lock(&self->link->read_lock);
    if (readable(self->hop_fd)) {
        more = hop_receive(self->hop_fd, &frame);
        if (more)
            hand_out(self, &frame);
    }
    pthread_mutex_unlock(&self->link->read_lock);
    if (!more) {
        pthread_mutex_lock(&self->link->lock);
        link_end(self->link);
        pthread_mutex_unlock(&self->link->lock);
    }
    return more;
}

/* ---- waiting ---- */

bool link_take(struct worker *self, struct inbox *inbox, struct hop_frame *frame)
{
    pthread_mutex_lock(&self->link->lock);
    struct node *node = inbox->first;
    if (node) {
        inbox->first = node->next;
        if (!inbox->first)
            inbox->last = &inbox->first;
        *frame = node->frame;
    }
    pthread_mutex_unlock(&self->link->lock);
    free(node);
    return node != NULL;
}

static enum link_result wait_for(struct worker *self, struct inbox *inbox, bool reads,
                                 int timeout_ms, struct hop_frame *frame)
{
    if (atomic_load(&self->forked))
        return LINK_END;
    for (;;) {
        struct pollfd fds[] = {{.fd = inbox->event_fd, .events = POLLIN},
                               {.fd = self->hop_fd, .events = POLLIN}};
        uint64_t count;

        if (link_take(self, inbox, frame))
            return LINK_FRAME;
        if (atomic_exchange(&inbox->interrupted, false))
            return LINK_INTERRUPTED;
        if (atomic_exchange(&inbox->lost, false))
            return LINK_LOST;
        if (atomic_load(&self->link->ended))
            return LINK_END;
        int ready = poll(fds, reads ? 2 : 1, timeout_ms);
        if (ready <= 0)
            return ready == 0 || errno == EINTR ? LINK_SIGNAL : LINK_END;
        if (fds[0].revents && read(inbox->event_fd, &count, sizeof count) < 0 && errno != EAGAIN)
            return LINK_END;
        if (reads && fds[1].revents)
            link_read(self);
    }
}

enum link_result link_look(struct worker *self, struct inbox *inbox, struct hop_frame *frame)
{
    return wait_for(self, inbox, false, 0, frame);
}

enum link_result link_wait(struct worker *self, struct inbox *inbox, bool reads,
                           struct hop_frame *frame)
{
    return wait_for(self, inbox, reads, -1, frame);
}

bool waiter_enter(struct worker *self, struct waiter *waiter)
{
    waiter->inbox = inbox_new();
    if (!waiter->inbox) {
        PyErr_SetFromErrno(PyExc_OSError);
        return false;
    }
    pthread_mutex_lock(&self->link->lock);
    waiter->next = self->link->waiters;
    self->link->waiters = waiter;
    pthread_mutex_unlock(&self->link->lock);
    return true;
}

void waiter_leave(struct worker *self, struct waiter *waiter)
{
    pthread_mutex_lock(&self->link->lock);
    for (struct waiter **at = &self->link->waiters; *at; at = &(*at)->next)
        if (*at == waiter) {
            *at = waiter->next;
            break;
        }
    pthread_mutex_unlock(&self->link->lock);
    inbox_destroy(&waiter->inbox);
}

/* A signal may have come just before poll(), or to another thread: it is looked for again so
 * often. */
enum { SIGNAL_LOOK_MS = 50 };

bool waiter_wait(struct worker *self, struct waiter *waiter, struct hop_frame *frame)
{
    for (;;) {
        enum link_result result;

        Py_BEGIN_ALLOW_THREADS result = wait_for(self, waiter->inbox, true, SIGNAL_LOOK_MS, frame);
        Py_END_ALLOW_THREADS if (result == LINK_FRAME) return true;
        if (PyErr_CheckSignals() < 0)
            return false;
        if (result == LINK_END) {
            PyErr_SetString(PyExc_EOFError, "the kernel is shutting down");
            return false;
        }
        if (result == LINK_INTERRUPTED || result == LINK_LOST) {
            PyErr_SetNone(result == LINK_LOST ? PyExc_MemoryError : PyExc_KeyboardInterrupt);
            return false;
        }
    }
}

/* ---- sending ---- */

bool link_send(struct worker *self, struct hop_head head, const struct hop_part *parts)
{
    bool sent;

    if (atomic_load(&self->forked))
        return true; /* only what it prints gets through, by way of descriptor 1 */
    Py_BEGIN_ALLOW_THREADS sent = put(self, head, parts);
    Py_END_ALLOW_THREADS if (!sent) PyErr_SetFromErrno(PyExc_ConnectionError);
    return sent;
}

uint32_t link_token(struct worker *self)
{
    return atomic_fetch_add(&self->link->token, 1) + 1;
}

/* ---- checkpoints ---- */

void link_hold(struct worker *self)
{
    pthread_mutex_lock(&self->link->read_lock);
    pthread_mutex_lock(&self->link->send_lock);
    pthread_mutex_lock(&self->link->lock);
}

void link_release(struct worker *self)
{
    pthread_mutex_unlock(&self->link->lock);
    pthread_mutex_unlock(&self->link->send_lock);
    pthread_mutex_unlock(&self->link->read_lock);
}

void link_renew(struct worker *self)
{
    struct link *link = self->link;
    struct hop_frame frame;

    link->waiters = NULL;
    for (unsigned i = 1; i < SHELLS_MAX; i++)
        link->shells[i] = NULL;
    while (link_take(self, link->shells[0], &frame)) /* meant for the worker that has ended */
        hop_frame_clear(&frame);
    inbox_clear(link->shells[0]);
    atomic_store(&link->shells[0]->interrupted, false);
    if (link_policy(self, &frame))
        hop_frame_clear(&frame);
    atomic_store(&link->ended, false);
    atomic_store(&self->shutting_down, false);
}

/* ---- policy ---- */

bool link_policy(struct worker *self, struct hop_frame *frame)
{
    struct link *link = self->link;

    pthread_mutex_lock(&link->lock);
    bool there = link->has_policy || link->policy_lost;
    if (link->policy_lost && link->has_policy) /* an older one: the newest comes again */
        hop_frame_clear(&link->policy);
    *frame = link->policy_lost ? (struct hop_frame){.lost = true} : link->policy;
    link->has_policy = link->policy_lost = false;
    pthread_mutex_unlock(&link->lock);
    return there;
}
