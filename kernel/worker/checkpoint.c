/* checkpoint: a forked child that freezes at once, and is woken only when the worker has died or is
 * undone. The running process goes on untouched, with its threads, pools and event loops.
 *
 *   front --HOP_CHECKPOINT--> worker --fork_away--> checkpoint, blocked in recvmsg() on a socket of
 *         its own to the front. End of file there: it leaves. A message with a new hop, wake
 *         descriptor, ring and points socket: it goes on as the worker.
 *
 * What a fork shares is let go of when it freezes (descriptors.c); what a fork loses - threads,
 * locks of pools, the random state - is put right only when it wakes. */
#include "kernel/worker/checkpoint.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "kernel/worker/descriptors.h"
#include "kernel/worker/fork_away.h"
#include "kernel/worker/inside.h"

enum { OMP_PAUSE_HARD = 2, PASSING_TRIES = 20, PASSING_US = 1000 };

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- what stands in the way ---- */

/* Is there a thread, neither this one nor the kernel's own, of which `is` is true? `stat` is what
 * /proc tells of it: its number, its name in parentheses, its state. */
static bool any_thread(bool (*is)(const char *stat, const void *of), const void *of)
{
    DIR *folder = opendir("/proc/self/task");
    bool found = false;

    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        char path[64], line[512] = "";

        if (entry->d_name[0] == '.' || atoi(entry->d_name) == gettid() ||
            watch_is(atoi(entry->d_name)))
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.16s/stat", entry->d_name);
        FILE *file = fopen(path, "re");
        found = file && fgets(line, sizeof line, file) && is(line, of);
        if (file)
            fclose(file);
    }
    if (folder)
        closedir(folder);
    return found;
}

/* Does it run right now? A lock that it holds would be held for ever in the checkpoint. */
static bool is_running(const char *stat, const void *unused)
{
    const char *state = strrchr(stat, ')');

    (void)unused;
    return state && (strncmp(state, ") R", 3) == 0 || strncmp(state, ") D", 3) == 0);
}

static bool is_named(const char *stat, const void *prefix)
{
    const char *name = strchr(stat, '(');

    return name && strncmp(name + 1, prefix, strlen(prefix)) == 0;
}

/* A library whose threads would be missing in the checkpoint, as its pack says; NULL. */
static const char *pool_at_work(void)
{
    EACH_FACT (FACT_POOLS, row)
        if (PyDict_GetItemString(PyImport_GetModuleDict(), row->module) &&
            (!row->keyword || any_thread(is_named, row->keyword)))
            return row->name;
    return NULL;
}

/* A graphics card's memory is in no fork. */
static bool gpu_mapped(void)
{
    static const char *const devices[] = {"/dev/nvidia", "/dev/dri/", "/dev/kfd"};
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    bool mapped = false;

    while (maps && !mapped && fgets(line, sizeof line, maps))
        for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
            mapped = mapped || strstr(line, devices[i]);
    if (maps)
        fclose(maps);
    return mapped;
}

/* Would the system have room when both processes change a good part of their pages? */
static bool memory_short(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned long available = 0, pages = 0, resident = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lu", &available) == 1)
            break;
    if (file)
        fclose(file);
    file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%lu %lu", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    resident *= (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
    return available && resident / 2 > available;
}

/* Python's own threads and the libraries' pools: the frozen Python part knows. New str or NULL. */
static PyObject *python_obstacle(void)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    AUTO_REF PyObject *part = PyImport_ImportModule("_safepyrun_checkpoint");
    AUTO_REF PyObject *why = part ? PyObject_CallMethod(part, "obstacle", NULL) : NULL;
    error_forget();
    gate_trusted_exit(&scope);
    return why && PyUnicode_Check(why) ? Py_NewRef(why) : NULL;
}

PyObject *checkpoint_obstacle(struct worker *self, bool *passing)
{
    bool moment = false;
    const char *why = NULL, *pool = NULL;
    PyObject *python = NULL;

    if (self->points_fd < 0)
        why = "the kernel has no connection for checkpoints";
    else if (subshell_runs())
        why = "a subshell is running a cell", moment = true;
    else if (memory_short())
        why = "memory is short";
    else if (gpu_mapped())
        why = "a graphics card is in use, whose memory no checkpoint holds";
    else if ((pool = pool_at_work()))
        return PyUnicode_FromFormat("%s is in use, whose threads do not survive it", pool);
    else if ((python = python_obstacle()))
        return python;
    else if (any_thread(is_running, NULL))
        why = "a thread is running", moment = true;
    if (passing)
        *passing = moment;
    return why ? PyUnicode_FromString(why) : NULL;
}

/* ---- before the fork ---- */

/* libgomp's idle threads are gone in a fork without its knowing: it would wait for them for ever.
 * Paused, it starts them anew when they are next needed, here as there. */
static int pause_openmp(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (!info->dlpi_name || !strstr(info->dlpi_name, "libgomp"))
        return 0;
    void *library = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    int (*pause)(int) = library ? (int (*)(int))dlsym(library, "omp_pause_resource_all") : NULL;
    if (pause)
        pause(OMP_PAUSE_HARD);
    if (library)
        dlclose(library);
    return 0;
}

/* The state of the module `random`, which seeds itself anew in a fork; or, given one, set. */
PyObject *checkpoint_random(PyObject *state)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "random");
    PyObject *answer = NULL;

    if (module && state)
        answer = PyObject_CallMethod(module, "setstate", "(O)", state);
    else if (module)
        answer = PyObject_CallMethod(module, "getstate", NULL);
    if (!answer)
        error_forget();
    return answer;
}

/* Call `name` of the frozen Python part, if it was needed before. */
PyObject *checkpoint_part(const char *name, PyObject *argument)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    AUTO_REF PyObject *part = PyImport_ImportModule("_safepyrun_checkpoint");
    PyObject *result = !part      ? NULL
                       : argument ? PyObject_CallMethod(part, name, "O", argument)
                                  : PyObject_CallMethod(part, name, NULL);
    if (!result)
        error_forget();
    gate_trusted_exit(&scope);
    return result;
}

/* ---- the checkpoint ---- */

enum { PASSED = 4 }; /* hop, wake descriptor, ring, points socket */

/* Wait until the front wakes it; false: it is let go. */
static bool await_waking(int control, int *passed)
{
    char text[16], room[CMSG_SPACE(PASSED * sizeof(int))];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t got;

    while ((got = recvmsg(control, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(PASSED * sizeof(int)))
        return false;
    memcpy(passed, CMSG_DATA(head), PASSED * sizeof(int));
    return true;
}

static bool take_over(struct worker *self, const int *passed)
{
    int places[] = {self->hop_fd, self->wake_fd, -1, self->points_fd};

    for (int i = 0; i < PASSED; i++) {
        if (places[i] < 0)
            continue;
        if (dup3(passed[i], places[i], O_CLOEXEC) < 0)
            return false;
        close(passed[i]);
    }
    struct ring *ring = ring_attach(passed[2]);
    if (!ring)
        return false;
    ring_destroy(&self->ring);
    self->ring = ring;
    ring_set_wake(ring, self->wake_fd);
    return true;
}

/* In the checkpoint: blocked until the front lets it go or wakes it; returns when it is woken. */
static void freeze(struct worker *self, int control, pid_t front, struct descriptors *descriptors)
{
    int passed[PASSED];
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 1; fd <= 2; fd++) /* the running worker's pipes */
        if (nothing < 0 || dup2(nothing, fd) < 0)
            platform_exit(1);
    close(nothing);
    if (!descriptors)
        platform_exit(1);
    descriptors_freeze(descriptors);
    descriptors_unlock(descriptors);
    if (send(control, "frozen", 6, MSG_NOSIGNAL) != 6)
        platform_exit(1);
    if (!await_waking(control, passed))
        platform_exit(0);
    platform_end_with_parent();
    if (getppid() != front || !take_over(self, passed))
        platform_exit(1);
    descriptors_wake(descriptors);
    close(control);
}

/* In the checkpoint, woken: what a fork loses is put right. */
static void wake(struct worker *self, PyObject *random, PyObject *threads)
{
    sigset_t all;
    struct timespec now = {0};

    PyOS_AfterFork_Child();
    link_renew(self);
    subshells_forget();
    if (!watch_renew(self))
        platform_exit(1);
    AUTO_REF PyObject *set = random ? checkpoint_random(random) : NULL;
    AUTO_REF PyObject *repaired = threads ? checkpoint_part("repair", threads) : NULL;
    sigfillset(&all);
    while (sigtimedwait(&all, NULL, &now) > 0)
        continue; /* what was sent to it while it was frozen */
}

/* ---- taking one ---- */

/* One message: its word, and its descriptors. False: there is none. */
static bool receive_one(int socket, char text[16], int *fds, int *count)
{
    char room[CMSG_SPACE(PASSED * sizeof(int))];
    struct iovec part = {text, 15};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    text[got > 0 ? got : 0] = 0;
    *count = head && head->cmsg_type == SCM_RIGHTS
                 ? (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int))
                 : 0;
    if (*count)
        memcpy(fds, CMSG_DATA(head), (size_t)*count * sizeof(int));
    return got > 0;
}

int checkpoint_receive(struct worker *self, const char *what, int *fds, int most)
{
    char text[16];
    int came[PASSED], count, kept = 0;

    /* What was sent for a question that was interrupted is passed over: the last one counts. */
    while (receive_one(self->points_fd, text, came, &count)) {
        bool wanted = strcmp(text, what) == 0;
        for (int i = 0; wanted && i < kept; i++)
            close(fds[i]);
        kept = wanted ? 0 : kept;
        for (int i = 0; i < count; i++)
            if (wanted && i < most)
                fds[kept++] = came[i];
            else
                close(came[i]);
    }
    return kept;
}

static void answer(struct worker *self, uint32_t number, uint64_t took_us, PyObject *obstacle,
                   bool passing)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    AUTO_REF PyObject *content = Py_BuildValue(
        "{s:K,s:l,s:O,s:O}", "took_us", (unsigned long long)took_us, "faults", usage.ru_minflt,
        "obstacle", obstacle ? obstacle : Py_None, "passing", passing ? Py_True : Py_False);
    AUTO_REF PyObject *json = content ? json_encode(content) : NULL;
    struct hop_head head = {.type = HOP_CHECKPOINT_TAKEN, .parts = 1, .token = number};

    if (json) {
        struct hop_part part = {PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)};
        link_send(self, head, &part);
    }
    PyErr_Clear();
}

void checkpoint_fork_begins(struct worker *self)
{
    dl_iterate_phdr(pause_openmp, NULL);
    watch_hold();
    link_hold(self);
    PyOS_BeforeFork();
}

void checkpoint_fork_ends(struct worker *self)
{
    link_release(self);
    watch_release();
}

/* True in this process, with what it took; false in the checkpoint, which has been woken. */
static bool take(struct worker *self, int control, uint64_t *took_us, int *error)
{
    sigset_t all, before;
    struct held_interrupt interrupt;
    pid_t front = getppid();

    interrupt_hold(&interrupt);
    AUTO_REF PyObject *threads = checkpoint_part("threads", NULL);
    AUTO_REF PyObject *random = checkpoint_random(NULL);

    fflush(NULL);
    uint64_t began = now_us();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    struct descriptors *descriptors = descriptors_look(&control, 1);
    checkpoint_fork_begins(self);
    atomic_store(&self->checkpointing, true);
    bool late = subshell_runs(); /* one may have begun since it was looked for: none does now */
    int made = late ? -1 : fork_away();
    *error = made >= 0 ? 0 : late ? EBUSY : errno;
    checkpoint_fork_ends(self);
    if (made == 0) {
        freeze(self, control, front, descriptors);
        wake(self, random, threads);
    } else {
        PyOS_AfterFork_Parent();
    }
    descriptors_destroy(&descriptors);
    atomic_store(&self->checkpointing, false);
    interrupt_release(&interrupt, made != 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *took_us = now_us() - began;
    return made != 0;
}

void checkpoint_take(struct worker *self, const struct hop_frame *frame)
{
    int control = -1, error = 0;
    bool passing = false;
    uint64_t took_us = 0, began = now_us();
    bool at_once = frame->head.parts > 0;
    AUTO_REF PyObject *obstacle = checkpoint_obstacle(self, &passing);

    /* It is the state before the next cell that is wanted: what passes gets a moment. */
    for (int i = 0; obstacle && passing && !at_once && i < PASSING_TRIES; i++) {
        usleep(PASSING_US);
        Py_SETREF(obstacle, checkpoint_obstacle(self, &passing));
    }
    checkpoint_receive(self, "control", &control, 1);
    PyErr_Clear();
    if (!obstacle && control >= 0 && !take(self, control, &took_us, &error)) {
        if (!interpreter_ready(self)) /* as a worker that has just started */
            platform_exit(1);
        return;
    }
    if (control >= 0)
        close(control);
    passing = passing || error == EINTR || error == EBUSY;
    AUTO_REF PyObject *failed = error == EINTR   ? PyUnicode_FromString("its process was killed")
                                : error == EBUSY ? PyUnicode_FromString("a subshell begins")
                                : error          ? PyUnicode_FromString(strerror(error))
                                : control < 0
                                    ? PyUnicode_FromString("the front sent no socket for it")
                                    : NULL;
    if (at_once && (failed || obstacle)) /* the cell waited for nothing */
        took_us = now_us() - began;
    answer(self, frame->head.token, took_us, failed ? failed : obstacle, passing);
}

/* ---- going on ---- */

void checkpoint_resume(struct worker *self, const struct hop_frame *frame)
{
    AUTO_REF PyObject *content =
        frame->head.parts ? json_decode(frame->parts[0].data, frame->parts[0].size) : NULL;
    PyObject *cells = content && PyDict_Check(content) ? PyDict_GetItemString(content, "cells")
                                                       : NULL; /* borrowed */
    PyObject *last =
        content && PyDict_Check(content) ? PyDict_GetItemString(content, "count") : NULL;

    for (Py_ssize_t i = 0; cells && PyList_Check(cells) && i < PyList_GET_SIZE(cells); i++) {
        AUTO_REF PyObject *cell = PySequence_Tuple(PyList_GET_ITEM(cells, i));
        int count;
        PyObject *source;

        if (!cell || !PyArg_ParseTuple(cell, "iU", &count, &source) ||
            !history_begin(self, count, source))
            PyErr_Clear();
    }
    long count = last && PyLong_Check(last) ? PyLong_AsLong(last) : 0;
    if (count > self->execution_count)
        self->execution_count = (int)count;
    PyErr_Clear();
}
