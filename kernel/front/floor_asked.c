/* floor_asked: calls that wait for a person. Native code of a cell, which the sandbox in the
 * process does not see, is about to write where it may not or to start a program, or code of a cell
 * to connect to a host or a Unix socket that nobody named: its thread stands still in its call, and
 * the front asks. Only the main thread
 * of the worker and helpers that native code started (no thread of Python's), and only while a cell
 * runs that may ask. The thread that received the call waits here for the answer; others answer
 * what else is asked. */
#include "kernel/front/floor_call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAITING_MOST = 8 }; /* fewer than there are threads that answer */

struct floor_asked {
    atomic_bool on;
    int wake; /* eventfd: readable when a call waits */
    pthread_mutex_t lock;
    pthread_cond_t moved;             /* `state` changed, or the next may be asked about */
    const struct floor_call *waiting; /* borrowed from the thread that waits; NULL: none */
    int count;                        /* of threads that wait for an answer, or to be asked about */
    enum { ASKED_WAITS, ASKED_YES, ASKED_NO } state;
};

struct floor_asked *floor_asked_new(void)
{
    struct floor_asked *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->moved, NULL);
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return self;
}

int floor_asked_fd(const struct floor_asked *self)
{
    return self ? self->wake : -1;
}

void floor_asked_set(struct floor_asked *self, bool on)
{
    if (self)
        atomic_store(&self->on, on && self->wake >= 0);
}

/* What libraries keep for themselves is hidden: nobody is asked about their caches. */
static bool is_hidden(const char *path)
{
    return strstr(path, "/.") != NULL;
}

static bool runs_python(struct floor_worker *worker, pid_t tid)
{
    bool found = false;

    pthread_mutex_lock(&worker->lock);
    for (int i = 0; i < PYTHON_THREADS_MOST && !found; i++)
        found = worker->python_threads[i] == tid;
    pthread_mutex_unlock(&worker->lock);
    return found;
}

/* A number that another thread has by now: nobody is asked about what that one does. */
void floor_asked_python_thread(const struct floor_call *call)
{
    struct floor_worker *worker = call->worker;

    pthread_mutex_lock(&worker->lock);
    worker->python_threads[worker->python_thread_at++ % PYTHON_THREADS_MOST] =
        (pid_t)call->notif.pid;
    pthread_mutex_unlock(&worker->lock);
}

static bool is_cells_own(const struct floor_call *call)
{
    pid_t tid = (pid_t)call->notif.pid;

    return tid == atomic_load(&call->worker->pid) ||
           (floor_is_worker(call) && !runs_python(call->worker, tid));
}

bool floor_asked_may(struct floor_asked *self, const struct floor_call *call, const char *why)
{
    bool file = call->kind == FLOOR_FILE && why == floor_outside && !is_hidden(call->path);
    bool host = call->kind == FLOOR_HOST && why == floor_unlisted;
    bool program = call->kind == FLOOR_PROGRAM && why == floor_unstarted;

    if (!self || !atomic_load(&self->on) || call->quiet)
        return false;
    return program ? floor_scope_is_native_child(call) : (file || host) && is_cells_own(call);
}

const char *floor_asked_why(const struct floor_call *call)
{
    return call->kind == FLOOR_HOST      ? floor_unlisted
           : call->kind == FLOOR_PROGRAM ? floor_unstarted
                                         : floor_outside;
}

bool floor_asked_wait(struct floor_asked *self, const struct floor_call *call)
{
    const uint64_t one = 1;

    bool yes = false;

    pthread_mutex_lock(&self->lock);
    if (self->count < WAITING_MOST) {
        self->count++;
        while (self->waiting)
            pthread_cond_wait(&self->moved, &self->lock);
        self->waiting = call;
        self->state = ASKED_WAITS;
        bool told = write(self->wake, &one, sizeof one) == sizeof one;
        while (told && self->state == ASKED_WAITS)
            pthread_cond_wait(&self->moved, &self->lock);
        yes = self->state == ASKED_YES;
        self->waiting = NULL;
        self->count--;
        pthread_cond_broadcast(&self->moved);
    }
    pthread_mutex_unlock(&self->lock);
    return yes;
}

bool floor_asked_take(struct floor_asked *self, struct floor_record *out)
{
    uint64_t count;

    if (!self || read(self->wake, &count, sizeof count) != sizeof count)
        return false;
    pthread_mutex_lock(&self->lock);
    bool waits = self->waiting && self->state == ASKED_WAITS;
    if (waits)
        floor_record_fill(out, self->waiting, floor_asked_why(self->waiting));
    if (waits && out->kind == FLOOR_PROGRAM &&
        !floor_program_line(self->waiting, out->line)) { /* nobody can be shown that */
        self->state = ASKED_NO;
        pthread_cond_broadcast(&self->moved);
        waits = false;
    }
    pthread_mutex_unlock(&self->lock);
    return waits;
}

void floor_asked_answer(struct floor_asked *self, bool yes)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    if (self->waiting && self->state == ASKED_WAITS) {
        self->state = yes ? ASKED_YES : ASKED_NO;
        pthread_cond_broadcast(&self->moved);
    }
    pthread_mutex_unlock(&self->lock);
}
