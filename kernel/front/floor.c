/* floor: the worker's filter is put up between fork and exec, its calls are received and answered
 * on a thread of the front. What that thread and the loop share is the rules, which are replaced
 * whole, and the records. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/floor_join.h"
#include "base/proc.h"

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif
#define NOTIF_SET_FLAGS _IOW('!', 4, __u64) /* Linux 6.6 */
#define NOTIF_SYNC_WAKE_UP 1ul
enum {
    THREADS_MOST = 16, /* that answer one worker and its children */
    MOMENT_US = 1000,  /* so long a call waits before another thread helps */
    IDLE_MS = 1000,
    IDLE_TURNS = 5,
    PLACES_MOST = 4, /* that a person is asked about for one call */
    ERESTARTSYS_NUMBER = 512,
    STACK_BYTES = 512 * 1024
};

struct floor {
    struct sock_fprog *program;    /* owned; NULL: there is no floor */
    char missing[160];             /* why; "" when it is on */
    pthread_mutex_t lock;          /* of what is below */
    struct floor_rules *rules;     /* owned */
    struct floor_changes *changes; /* owned, has a lock of its own */
    struct floor_written *written; /* owned, so has this */
    struct floor_asked *asked;     /* owned, and this */
    struct floor_records *records; /* owned, and this */
    struct floor_shared *shared;   /* owned, and this */
    struct floor_worker *worker;   /* the newest; never freed, a slow call may point to it */
    bool passing; /* it is there for one process, and gone with it: nobody asks what it did */
};

/* What the child says before it becomes the worker. */
struct hello {
    int error; /* errno of the filter; 0: the descriptor comes along */
    bool two_steps;
};

/* ---- made ---- */

void floor_keep_to_itself(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

struct floor *floor_new(bool wanted)
{
    struct floor *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    floor_look_around();
    pthread_mutex_init(&self->lock, NULL);
    self->rules = floor_rules_new(); /* nowhere, until others are set */
    if (!self->rules) {
        free(self);
        return NULL;
    }
    self->rules->held = 1;
    self->changes = floor_changes_new();
    self->written = floor_written_new();
    self->asked = floor_asked_new();
    self->records = floor_records_new();
    self->shared = floor_shared_new();
    self->program = wanted ? floor_filter_new() : NULL;
    if (!wanted)
        snprintf(self->missing, sizeof self->missing, "it was turned off");
    else if (!self->program)
        snprintf(self->missing, sizeof self->missing, "its filter cannot be made: %s",
                 strerror(errno));
    return self;
}

const char *floor_missing(const struct floor *self)
{
    if (!self)
        return "it was turned off";
    return self->missing[0] ? self->missing : NULL;
}

struct floor_rules *floor_hold_rules(struct floor *self)
{
    pthread_mutex_lock(&self->lock);
    struct floor_rules *rules = self->rules;
    rules->held++;
    pthread_mutex_unlock(&self->lock);
    return rules;
}

void floor_release_rules(struct floor *self, struct floor_rules *rules)
{
    pthread_mutex_lock(&self->lock);
    bool last = rules && --rules->held == 0;
    pthread_mutex_unlock(&self->lock);
    if (last)
        floor_rules_destroy(&rules);
}

void floor_set_rules(struct floor *self, struct floor_rules *rules)
{
    if (!self) {
        floor_rules_destroy(&rules);
        return;
    }
    pthread_mutex_lock(&self->lock);
    struct floor_rules *old = self->rules;
    self->rules = rules;
    rules->held++;
    pthread_mutex_unlock(&self->lock);
    floor_release_rules(self, old);
}

void floor_adopt(struct floor *self, pid_t pid)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    for (struct floor_worker *worker = self->worker; worker; worker = worker->next)
        if (atomic_exchange(&worker->pid, pid) != pid)
            floor_scope_forget(worker);
    pthread_mutex_unlock(&self->lock);
}

void floor_preview(struct floor *self, int mount_ns, int user_ns)
{
    struct stat mounts = {0}, users = {0};

    if (!self || fstat(mount_ns, &mounts) < 0 || (user_ns >= 0 && fstat(user_ns, &users) < 0))
        return;
    pthread_mutex_lock(&self->lock);
    for (struct floor_worker *worker = self->worker; worker; worker = worker->next) {
        atomic_store(&worker->preview_mount, mounts.st_ino);
        atomic_store(&worker->preview_user, users.st_ino);
    }
    pthread_mutex_unlock(&self->lock);
}

void floor_close(struct floor *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    if (self->worker)
        atomic_store(&self->worker->starting, false);
    pthread_mutex_unlock(&self->lock);
}

/* ---- the child ---- */

void floor_child(const struct floor *self, int channel)
{
    struct hello hello = {.error = ENOSYS, .two_steps = true};
    int listener = -1;

    if (self && self->program) {
        listener = floor_join(self->program, &hello.two_steps);
        hello.error = listener < 0 ? -listener : 0;
    }
    floor_join_send(channel, &hello, sizeof hello, listener);
    if (listener >= 0)
        close(listener);
}

/* ---- answering ---- */

bool floor_call_alive(const struct floor_call *call)
{
    return ioctl(call->worker->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->notif.id) == 0;
}

void floor_reply(struct floor_call *call, long value, int error, unsigned flags)
{
    struct seccomp_notif_resp reply = {
        .id = call->notif.id, .val = value, .error = error, .flags = flags};

    /* ENOENT: the caller is gone. */
    ioctl(call->worker->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* Our copy is closed before the caller goes on: else a lock, or a FIFO's end, outlives the caller's
 * own close for a moment. A signal between the steps would lose the number: hence the filter's
 * WAIT_KILLABLE_RECV, without which it is one step. */
long floor_inject(struct floor_call *call, int fd, bool close_on_exec)
{
    struct seccomp_notif_addfd add = {
        .id = call->notif.id, .srcfd = (unsigned)fd, .newfd_flags = close_on_exec ? O_CLOEXEC : 0};

    if (!call->worker->two_steps)
        add.flags = SECCOMP_ADDFD_FLAG_SEND;
    int number = ioctl(call->worker->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
    int error = number < 0 ? errno : 0;
    close(fd);
    if (!error && call->worker->two_steps)
        floor_reply(call, number, 0, 0);
    return error && error != ENOENT && error != EINPROGRESS ? -error : FLOOR_ANSWERED;
}

bool floor_interrupted(struct floor_call *call)
{
    pid_t tid = (pid_t)call->notif.pid;
    char status[4096];

    if (proc_read(tid, "status", status, sizeof status) && floor_call_alive(call) &&
        !((proc_field(status, "\nSigPnd:", 16) | proc_field(status, "\nShdPnd:", 16)) &
          ~proc_field(status, "\nSigBlk:", 16)))
        return false;
    floor_reply(call, 0, -ERESTARTSYS_NUMBER, 0);
    return true;
}

void floor_worker_hold(struct floor_worker *self)
{
    atomic_fetch_add(&self->held, 1);
}

/* A worker of the front's stays: its forks may be woken. */
void floor_worker_release(struct floor_worker *self)
{
    struct floor *floor = self->floor;

    if (atomic_fetch_sub(&self->held, 1) > 1 || !floor->passing)
        return;
    floor_scope_clear(self);
    pthread_mutex_destroy(&self->lock);
    free(self);
    floor_shared_destroy(&floor->shared);
    floor_release_rules(floor, floor->rules);
    pthread_mutex_destroy(&floor->lock);
    free(floor);
}

long floor_hand_over(struct floor_call *call, void *(*work)(void *), int fd, int flags)
{
    struct floor_slow *slow = fd >= 0 ? malloc(sizeof *slow) : NULL;
    pthread_t thread;

    if (slow) {
        *slow = (struct floor_slow){*call, fd, flags};
        slow->call.rules = NULL; /* they may be replaced while it waits */
        floor_worker_hold(call->worker);
        if (pthread_create(&thread, NULL, work, slow) == 0) {
            pthread_detach(thread);
            return FLOOR_ANSWERED;
        }
        floor_worker_release(call->worker);
        free(slow);
    }
    if (fd >= 0)
        close(fd);
    return -EAGAIN;
}

/* ---- refusals, and what a person is asked about ---- */

long floor_refuse(struct floor_call *call, const char *why)
{
    struct floor *self = call->worker->floor;

    call->asks = !call->asks && floor_asked_may(self->asked, call, why);
    if (!self->passing && !call->asks)
        floor_records_add(self->records, call, why);
    return -EACCES;
}

bool floor_ask(const struct floor_call *call)
{
    return floor_asked_wait(call->worker->floor->asked, call);
}

void floor_asks(struct floor *self, bool on)
{
    if (self)
        floor_asked_set(self->asked, on);
}

int floor_asks_fd(const struct floor *self)
{
    return self ? floor_asked_fd(self->asked) : -1;
}

bool floor_take_asked(struct floor *self, struct floor_record *out)
{
    return self && floor_asked_take(self->asked, out);
}

void floor_answer(struct floor *self, bool yes)
{
    if (self)
        floor_asked_answer(self->asked, yes);
}

struct floor_changes *floor_changes_of(struct floor *self)
{
    return self && !floor_missing(self) ? self->changes : NULL;
}

struct floor_written *floor_written_of(const struct floor_call *call)
{
    return call->worker->floor->written;
}

struct floor_shared *floor_shared_of(const struct floor_call *call)
{
    return call->worker->floor->shared;
}

void floor_end_shared(struct floor *self)
{
    if (self)
        floor_shared_end(self->shared);
}

void floor_watch_written(struct floor *self, bool on)
{
    if (self)
        floor_written_watch(self->written, on);
}

void floor_note_written(struct floor *self, const char *path)
{
    if (self)
        floor_written_note(self->written, path);
}

int64_t floor_written(struct floor *self)
{
    return self ? floor_written_bytes(self->written) : 0;
}

bool floor_take_record(struct floor *self, struct floor_record *out)
{
    return self && floor_records_take(self->records, out);
}

/* ---- the thread ---- */

/* The rules stay while a call is judged, though the loop may put new ones in their place. */
static long judge(struct floor_call *call)
{
    struct floor *self = call->worker->floor;
    bool word = call->row->judge == floor_do_prctl || call->row->judge == floor_do_umask ||
                call->row->judge == floor_do_exit;

    if (floor_in_preview(call))
        return floor_judge_preview(call);
    struct floor_rules *rules = floor_hold_rules(self);
    call->rules = rules;
    bool trusted = !word && floor_scope_holds(call);
    if (trusted)
        floor_written_trusted(self->written, call);
    long verdict = trusted ? FLOOR_CONTINUE : call->row->judge(call);
    floor_release_rules(self, rules);
    return verdict;
}

static void take_call(struct floor_call *call)
{
    call->row = floor_row_find(call->notif.data.nr);
    call->changes = call->worker->floor->changes;
    call->path[0] = 0;
    call->kind = FLOOR_FILE;
    call->quiet = call->asks = false;
    long verdict = call->row ? judge(call) : -ENOSYS;
    for (int i = 0; i < PLACES_MOST && call->asks; i++) {
        if (!floor_ask(call))
            break;
        call->asks = false; /* by the rules as they are now */
        verdict = judge(call);
    }
    if (call->asks)
        verdict = floor_refuse(call, floor_asked_why(call));
    if (verdict == FLOOR_CONTINUE)
        floor_reply(call, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    else if (verdict != FLOOR_ANSWERED)
        floor_reply(call, 0, (int)verdict, 0);
}

/* One thread answers all calls as long as it keeps pace; a second one looks on, and helps when
 * calls wait: several at once, or one that takes long (a file system over a network). When all are
 * busy another one is made, and leaves when there has been nothing for it to do. */
static bool start_thread(struct floor_worker *worker, void *(*run)(void *));

static void *look_on(void *argument);

/* Does a call wait? -1: none ever will. */
static int call_waits(const struct floor_worker *worker, int timeout_ms)
{
    struct pollfd asked = {.fd = worker->listener, .events = POLLIN};
    int ready = poll(&asked, 1, timeout_ms);

    if (ready < 0)
        return errno == EINTR ? 0 : -1;
    return asked.revents & (POLLHUP | POLLERR | POLLNVAL) ? -1 : ready;
}

/* Does waiting for a call end when nobody is left under the filter? Else it is polled for. */
static bool receive_ends(void)
{
    struct utsname system;
    int major = 0, minor = 0;

    return uname(&system) == 0 && sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 11));
}

/* Receive a call and answer it. False: nobody is left under the filter. */
static bool answer_one(struct floor_worker *worker, struct floor_call *call)
{
    memset(&call->notif, 0, sizeof call->notif);
    call->worker = worker;
    if (ioctl(worker->listener, SECCOMP_IOCTL_NOTIF_RECV, &call->notif))
        return errno == EINTR || /* ENOENT: the caller died meanwhile, or all did */
               (errno == ENOENT && call_waits(worker, 0) >= 0);
    int busy = atomic_fetch_add(&worker->busy, 1) + 1, running = atomic_load(&worker->running);
    if (busy >= running && running < THREADS_MOST)
        start_thread(worker, look_on);
    take_call(call);
    atomic_fetch_sub(&worker->busy, 1);
    return true;
}

static void *leave(struct floor_worker *worker, struct floor_call *call)
{
    free(call);
    if (atomic_fetch_sub(&worker->running, 1) == 1) {
        close(worker->listener);
        worker->listener = -1;
    }
    floor_worker_release(worker); /* a slow call may still point to it */
    return NULL;
}

static void *answer_calls(void *argument)
{
    struct floor_worker *worker = argument;
    struct floor_call *call = calloc(1, sizeof *call);

    bool ends = receive_ends();

    unshare(CLONE_FS); /* a umask of this thread's own */
    for (int waits = 1; call && waits >= 0;) {
        if (!ends)
            waits = call_waits(worker, -1);
        if (waits > 0 && !answer_one(worker, call))
            break;
    }
    return leave(worker, call);
}

/* A call that still waits a moment after it came is more than the others manage. */
static void *look_on(void *argument)
{
    struct floor_worker *worker = argument;
    struct floor_call *call = calloc(1, sizeof *call);
    int waits = 0, idle = 0;

    unshare(CLONE_FS);
    while (call && waits >= 0 && (idle < IDLE_TURNS || atomic_load(&worker->running) <= 2)) {
        waits = call_waits(worker, IDLE_MS);
        idle = waits ? 0 : idle + 1;
        if (waits > 0)
            usleep(MOMENT_US);
        while (waits > 0 && (waits = call_waits(worker, 0)) > 0)
            if (!answer_one(worker, call))
                waits = -1;
    }
    return leave(worker, call);
}

static bool start_thread(struct floor_worker *worker, void *(*run)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;

    floor_worker_hold(worker);
    atomic_fetch_add(&worker->running, 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attributes, run, worker);
    pthread_attr_destroy(&attributes);
    if (failed) {
        atomic_fetch_sub(&worker->running, 1);
        floor_worker_release(worker);
    }
    return !failed;
}

static struct floor_worker *worker_new(struct floor *floor, int listener, bool two_steps, pid_t pid,
                                       bool starting)
{
    struct floor_worker *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->floor = floor;
    self->listener = listener;
    self->two_steps = two_steps;
    atomic_init(&self->pid, pid);
    atomic_init(&self->starting, starting);
    atomic_init(&self->held, 1);
    pthread_mutex_init(&self->lock, NULL);
    ioctl(listener, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP);
    pthread_mutex_lock(&floor->lock);
    self->next = floor->worker;
    floor->worker = self;
    pthread_mutex_unlock(&floor->lock);
    return self;
}

bool floor_attend(struct floor *self, int channel, pid_t pid)
{
    struct hello hello;
    int listener;

    if (floor_join_receive(channel, &hello, sizeof hello, &listener) != sizeof hello)
        return false;
    if (!self || !self->program)
        return true;
    struct floor_worker *worker =
        listener >= 0 ? worker_new(self, listener, hello.two_steps, pid, true) : NULL;
    if (worker && start_thread(worker, answer_calls)) {
        floor_worker_release(worker); /* its threads hold it */
        return true;
    }
    snprintf(self->missing, sizeof self->missing, "%s",
             floor_why_missing(listener < 0 ? hello.error : ENOMEM));
    if (listener >= 0)
        close(listener); /* the child's calls then fail: it is not left waiting */
    return listener < 0;
}

void floor_give_up(struct floor *self, int error)
{
    snprintf(self->missing, sizeof self->missing, "%s", floor_why_missing(error));
    free(self->program->filter);
    free(self->program);
    self->program = NULL;
}

bool floor_hold(int listener, bool two_steps, pid_t pid, struct floor_rules *rules)
{
    struct floor *self = calloc(1, sizeof *self);
    struct floor_worker *worker = NULL;

    if (self) {
        pthread_mutex_init(&self->lock, NULL);
        self->passing = true;
        self->shared = floor_shared_new();
        self->rules = rules;
        rules->held = 1;
        worker = worker_new(self, listener, two_steps, pid, false);
    }
    if (worker && start_thread(worker, answer_calls)) {
        floor_worker_release(worker); /* its threads hold it */
        return true;
    }
    close(listener); /* its calls then fail */
    if (!worker) {
        floor_rules_destroy(&rules);
        if (self)
            floor_shared_destroy(&self->shared);
        free(self);
    } else {
        floor_worker_release(worker);
    }
    return false;
}
