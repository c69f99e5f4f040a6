/* floor_scope: which threads and processes act for a person who trusted them. The worker says which
 * of its threads enters and leaves such a scope, with a call that the kernel itself signs with the
 * thread's number; it counts only while a person trusts something (floor_rules.trusts). A process
 * that is started in a scope keeps it for its life, with its own children: it is looked at when it
 * is first seen, when the thread that started it leaves the scope, and when its parent ends. */
#include "kernel/front/floor_call.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/proc.h"

static struct scope_thread *find_thread(struct floor_worker *self, pid_t tid)
{
    for (size_t i = 0; i < self->thread_count; i++)
        if (self->threads[i].tid == tid)
            return &self->threads[i];
    return NULL;
}

/* Of a process that is a member and still there. Drops what has ended. */
static bool is_member(struct floor_worker *self, pid_t pid)
{
    for (size_t i = 0; i < self->process_count; i++) {
        struct scope_process *process = &self->processes[i];
        struct pollfd ended = {.fd = process->pid_fd, .events = POLLIN};
        if (process->pid != pid)
            continue;
        if (poll(&ended, 1, 0) == 0)
            return true;
        close(process->pid_fd);
        *process = self->processes[--self->process_count];
        return false;
    }
    return false;
}

static void drop_ended(struct floor_worker *self)
{
    for (size_t i = self->process_count; i-- > 0;)
        is_member(self, self->processes[i].pid);
}

static bool add_member(struct floor_worker *self, pid_t pid)
{
    if (is_member(self, pid))
        return true;
    if (self->process_count == SCOPE_PROCESSES_MOST)
        drop_ended(self);
    int pid_fd =
        self->process_count < SCOPE_PROCESSES_MOST ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pid_fd < 0)
        return false;
    self->processes[self->process_count++] = (struct scope_process){pid, pid_fd};
    return true;
}

static bool take_child(void *worker, pid_t child)
{
    add_member(worker, child);
    return true;
}

struct search {
    pid_t wanted;
    bool found;
};

static bool look_for_child(void *search, pid_t child)
{
    struct search *self = search;

    self->found = child == self->wanted;
    return !self->found;
}

static bool started_by(const struct floor_worker *self, pid_t tid, pid_t child)
{
    struct search search = {.wanted = child};

    proc_children(self->pid, tid, look_for_child, &search);
    return search.found;
}

/* Did the worker start `child` from a thread that is in a scope, or that works for one: any but the
 * main one? */
static bool started_in_scope(struct floor_worker *self, pid_t child)
{
    for (size_t i = 0; i < self->thread_count; i++)
        if (started_by(self, self->threads[i].tid, child))
            return true;
    return self->thread_count && !started_by(self, self->pid, child);
}

/* Is the process a member, by itself or by the one that started it? */
static bool joins(struct floor_worker *self, pid_t pid)
{
    if (is_member(self, pid))
        return true;
    pid_t parent = (pid_t)proc_status(pid, "\nPPid:", 10);
    bool member =
        parent > 1 && (parent == self->pid ? started_in_scope(self, pid) : joins(self, parent));
    return member && add_member(self, pid);
}

void floor_scope_forget(struct floor_worker *self)
{
    pthread_mutex_lock(&self->lock);
    self->thread_count = 0;
    pthread_mutex_unlock(&self->lock);
}

void floor_scope_clear(struct floor_worker *self)
{
    for (size_t i = 0; i < self->process_count; i++)
        close(self->processes[i].pid_fd);
    self->process_count = self->thread_count = 0;
}

static bool is_own_thread(const struct floor_worker *self, pid_t tid)
{
    char file[64];

    snprintf(file, sizeof file, "/proc/%d/task/%d", self->pid, tid);
    return tid == self->pid || access(file, F_OK) == 0;
}

bool floor_is_worker(const struct floor_call *call)
{
    return is_own_thread(call->worker, (pid_t)call->notif.pid);
}

bool floor_is_below(const struct floor_worker *worker, pid_t pid)
{
    enum { GENERATIONS_MOST = 64 };

    for (int i = 0; i < GENERATIONS_MOST && pid > 1; i++) {
        pid = (pid_t)proc_status(pid, "\nPPid:", 10);
        if (pid == worker->pid)
            return true;
    }
    return false;
}

bool floor_scope_holds(struct floor_call *call)
{
    struct floor_worker *self = call->worker;
    pid_t tid = (pid_t)call->notif.pid;
    bool holds;

    if (atomic_load(&self->starting))
        return true;
    if (!call->rules->trusts)
        return false;
    pthread_mutex_lock(&self->lock);
    if (!self->thread_count && !self->process_count)
        holds = false;
    else if (is_own_thread(self, tid))
        /* Its threads, and helpers of native libraries, work for the one that is in a scope. */
        holds = find_thread(self, tid) || (tid != self->pid && self->thread_count);
    else
        holds = joins(self, (pid_t)proc_status(tid, "\nTgid:", 10));
    pthread_mutex_unlock(&self->lock);
    return holds;
}

static bool python_started(const struct floor_worker *self, pid_t child)
{
    for (int i = 0; i < PYTHON_THREADS_MOST; i++)
        if (self->python_threads[i] && started_by(self, self->python_threads[i], child))
            return true;
    return false;
}

bool floor_scope_is_native_child(const struct floor_call *call)
{
    struct floor_worker *self = call->worker;
    pid_t pid = (pid_t)call->notif.pid;

    if (proc_status(pid, "\nPPid:", 10) != self->pid)
        return false;
    pthread_mutex_lock(&self->lock);
    bool native = !python_started(self, pid);
    pthread_mutex_unlock(&self->lock);
    return native;
}

bool floor_scope_join(const struct floor_call *call)
{
    struct floor_worker *self = call->worker;

    pthread_mutex_lock(&self->lock);
    bool joined = add_member(self, (pid_t)proc_status((pid_t)call->notif.pid, "\nTgid:", 10));
    pthread_mutex_unlock(&self->lock);
    return joined;
}

void floor_scope_exit(struct floor_call *call)
{
    struct floor_worker *self = call->worker;
    pid_t pid = (pid_t)call->notif.pid;

    pthread_mutex_lock(&self->lock);
    if (self->process_count && joins(self, pid))
        proc_children(pid, pid, take_child, self);
    pthread_mutex_unlock(&self->lock);
}

void floor_scope_enter(struct floor_call *call)
{
    struct floor_worker *self = call->worker;
    pid_t tid = (pid_t)call->notif.pid;

    if (!call->rules->trusts || !is_own_thread(self, tid))
        return;
    pthread_mutex_lock(&self->lock);
    struct scope_thread *thread = find_thread(self, tid);
    if (!thread && self->thread_count < SCOPE_THREADS_MOST) {
        thread = &self->threads[self->thread_count++];
        *thread = (struct scope_thread){.tid = tid};
    }
    if (thread)
        thread->depth++;
    pthread_mutex_unlock(&self->lock);
}

void floor_scope_leave(struct floor_call *call)
{
    struct floor_worker *self = call->worker;
    pid_t tid = (pid_t)call->notif.pid;

    pthread_mutex_lock(&self->lock);
    struct scope_thread *thread = find_thread(self, tid);
    if (thread && --thread->depth == 0) {
        proc_children(self->pid, tid, take_child, self); /* what it started goes on for itself */
        *thread = self->threads[--self->thread_count];
    }
    pthread_mutex_unlock(&self->lock);
}
