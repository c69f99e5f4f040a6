/* supervisor: the worker process: how it is started, and what happens when it ends. */
#include "kernel/front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/platform.h"
#include "kernel/front/checkpoints.h"
#include "kernel/front/limits.h"
#include "kernel/front/spawn.h"
#include "kernel/front/worker_choice.h"

enum {
    QUICK_DEATHS_MOST = 3,
    REAP_MS = 300,
    ASK_MS = 50,
    ARGUMENTS_MOST = 24,
    INTERRUPTS_MS = 5000,
    IMPATIENCE_MS = 500
};

/* The folder for --data: as told, else beside the program, installed or as built. False: none is
 * there. */
static bool find_data(const struct options *options, char *out, size_t size)
{
    static const char *const places[] = {"../share/safepyrun", "share/safepyrun"};
    char folder[PATH_MAX];

    if (options->data_dir) {
        snprintf(out, size, "%s", options->data_dir);
        return true;
    }
    for (size_t i = 0; program_folder(folder, sizeof folder) && i < sizeof places / sizeof *places;
         i++) {
        snprintf(out, size, "%s/%s", folder, places[i]);
        if (access(out, X_OK) == 0)
            return true;
    }
    return false;
}

/* ---- start ---- */

/* environ with the folder of --libpython in front of the loader's path; the old value goes along,
 * so that the worker can put it back. The array and its last two strings are allocated; NULL when
 * memory is short. */
static char **library_environment(const char *libpython, size_t count)
{
    const char *slash = strrchr(libpython, '/'), *old = getenv("LD_LIBRARY_PATH");
    int folder_size = slash ? (int)(slash - libpython) : 1;
    char *library = NULL, *before = NULL, **out = calloc(count + 3, sizeof *out);
    size_t kept = 0;

    if (asprintf(&library, "LD_LIBRARY_PATH=%.*s%s%s", folder_size, slash ? libpython : ".",
                 old && *old ? ":" : "", old ? old : "") < 0)
        library = NULL;
    if (asprintf(&before, "SAFEPYRUN_LD_LIBRARY_PATH=%s", old ? old : "") < 0)
        before = NULL;
    if (!out || !library || !before) {
        free(out);
        free(library);
        free(before);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "LD_LIBRARY_PATH=", 16) != 0)
            out[kept++] = environ[i];
    out[kept++] = library;
    out[kept] = before;
    return out;
}

/* What the worker's environment is to be (`libpython` NULL: as it is); environ itself where nothing
 * is to change. */
static char **worker_environment(const char *libpython)
{
    size_t count = 0;

    while (environ[count])
        count++;
    return libpython ? library_environment(libpython, count) : environ;
}

static void environment_destroy(char **environment)
{
    size_t count = 0;

    if (!environment || environment == environ)
        return;
    while (environment[count])
        count++;
    free(environment[count - 2]);
    free(environment[count - 1]);
    free(environment);
}

/* --hop FD and so on, behind the first `count` of `arguments`. */
struct worker_arguments {
    const char *all[ARGUMENTS_MOST];
    char numbers[LINK_FDS][16], data[2 * PATH_MAX];
};

static void arguments_write(struct worker_arguments *self, const struct front *front,
                            const struct worker_choice *choice, const int theirs[LINK_FDS])
{
    static const char *const names[LINK_FDS] = {"--hop", "--wake", "--ring", "--points", "--crash"};
    int count = worker_leading(choice, self->all);

    for (int i = 0; i < LINK_FDS; i++) {
        snprintf(self->numbers[i], sizeof self->numbers[i], "%d", theirs[i]);
        self->all[count++] = names[i];
        self->all[count++] = self->numbers[i];
    }
    if (front->options.python && !*choice->module) {
        self->all[count++] = "--python";
        self->all[count++] = front->options.python;
    }
    if (find_data(&front->options, self->data, sizeof self->data)) {
        self->all[count++] = "--data";
        self->all[count++] = self->data;
    }
    self->all[count] = NULL;
}

static int spawn_worker(const struct front *self, const struct worker_choice *choice,
                        const int theirs[LINK_FDS], pid_t *pid)
{
    struct worker_arguments arguments;

    arguments_write(&arguments, self, choice, theirs);
    char **environment = worker_environment(*choice->module ? NULL : self->options.libpython);
    struct spawn spawn = {.program = choice->program,
                          .arguments = (char *const *)arguments.all,
                          .environment = environment,
                          .kept = theirs};
    int failed = environment ? spawn_worker_process(&spawn, self->floor, pid) : ENOMEM;
    environment_destroy(environment);
    return failed;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_hop(struct supervisor *self)
{
    close_fd(&self->hop_fd);
    hop_in_clear(&self->in);
    hop_out_clear(&self->out);
    self->hop_events = 0;
}

void supervisor_close_link(struct supervisor *self)
{
    close_hop(self);
    close_fd(&self->points_fd);
    close_fd(&self->wake_fd);
    close_fd(&self->pid_fd);
    ring_destroy(&self->ring);
}

bool supervisor_make_link(struct supervisor *self, int theirs[LINK_FDS], char *error,
                          size_t error_size)
{
    int hop[2] = {-1, -1}, points[2] = {-1, -1};

    self->ready = false;
    self->ring = ring_new(RING_BYTES_DEFAULT);
    self->wake_fd = platform_flag();
    if (self->crash_fd < 0)
        self->crash_fd = platform_memory_file("crash", false);
    bool made = self->ring && self->wake_fd >= 0 && self->crash_fd >= 0 &&
                fcntl(self->crash_fd, F_SETFL, O_APPEND) == 0 &&
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hop) == 0 &&
                socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, points) == 0;
    self->hop_fd = hop[0];
    self->points_fd = points[0];
    if (!made) {
        snprintf(error, error_size, "cannot make the worker's channels: %s", strerror(errno));
        close_fd(&hop[1]);
        supervisor_close_link(self);
        return false;
    }
    theirs[0] = hop[1];
    theirs[1] = self->wake_fd;
    theirs[2] = ring_fd(self->ring);
    theirs[3] = points[1];
    theirs[4] = self->crash_fd;
    return true;
}

void supervisor_adopt(struct front *self, pid_t pid)
{
    self->supervisor.pid = pid;
    floor_adopt(self->floor, pid);
    self->supervisor.pid_fd = platform_watch_process(pid);
}

bool supervisor_start(struct front *self, char *error, size_t error_size)
{
    struct worker_choice choice;
    int theirs[LINK_FDS];
    pid_t pid;

    if (!worker_choose(&self->options, &choice, error, error_size) ||
        !supervisor_make_link(&self->supervisor, theirs, error, error_size))
        return false;
    int failed = spawn_worker(self, &choice, theirs, &pid);
    close(theirs[0]);
    close(theirs[3]);
    if (failed) {
        snprintf(error, error_size, "cannot start %s: %s", choice.program, strerror(failed));
        supervisor_close_link(&self->supervisor);
        return false;
    }
    supervisor_adopt(self, pid);
    return true;
}

static int ended_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument);
static int ended_ask(zloop_t *loop, int timer, void *argument);

static void watch(struct front *self, int fd, zloop_fn handler)
{
    zmq_pollitem_t item = {NULL, fd, ZMQ_POLLIN, 0};

    zloop_poller(self->loop, &item, handler, self);
}

static void unwatch(struct front *self, int fd)
{
    zmq_pollitem_t item = {NULL, fd, ZMQ_POLLIN, 0};

    if (fd >= 0)
        zloop_poller_end(self->loop, &item);
}

static void set_end_timer(struct front *self, size_t delay_ms, size_t times, zloop_timer_fn handler)
{
    if (self->supervisor.end_timer >= 0)
        zloop_timer_end(self->loop, self->supervisor.end_timer);
    self->supervisor.end_timer =
        handler ? zloop_timer(self->loop, delay_ms, times, handler, self) : -1;
}

void supervisor_watch(struct front *self)
{
    link_resume(self); /* watches the hop */
    watch(self, self->supervisor.wake_fd, output_wake);
    if (self->supervisor.pid_fd >= 0)
        watch(self, self->supervisor.pid_fd, ended_readable);
    else
        set_end_timer(self, ASK_MS, 0, ended_ask);
    ring_reader_sleeps(self->supervisor.ring, true);
}

/* How many interrupts the parent shell's request has met by now, each within a few seconds of the
 * last. A third that comes at once after the second is no more than the second. */
static int count_interrupt(struct front *self)
{
    uint64_t request = self->shells[0].running->number;
    int64_t now = zclock_mono(), since = now - self->supervisor.interrupts.last_ms;
    int count = self->supervisor.interrupts.count;

    if (request != self->supervisor.interrupts.request || since > INTERRUPTS_MS)
        count = 0;
    if (count == 2 && since < IMPATIENCE_MS)
        return count;
    self->supervisor.interrupts.request = request;
    self->supervisor.interrupts.last_ms = now;
    return self->supervisor.interrupts.count = count + 1;
}

/* The first interrupt is KeyboardInterrupt. A cell that swallows it is ended by the second,
 * whatever it catches; what is left of Python then, in C or without signals, by the third. */
static void interrupt_parent_shell(struct front *self)
{
    int count = count_interrupt(self);

    if (count > 2) {
        log_warning("the cell does not end: the third interrupt ends its Python process");
        kill(-self->supervisor.pid, SIGKILL);
        return;
    }
    if (count == 2)
        link_send(self, HOP_INTERRUPT, self->shells[0].running->number, 0, 0, NULL);
    ring_set_interrupted(self->supervisor.ring, self->shells[0].running->number);
    kill(-self->supervisor.pid, SIGINT); /* its group: what the cell started hears it as well */
}

void supervisor_interrupt(struct front *self)
{
    /* Before it is ready Python has no handler, and the signal would end it: there is nothing to
     * interrupt yet. */
    if (self->supervisor.pid && self->supervisor.ready && self->shells[0].running)
        interrupt_parent_shell(self);
    if (self->shells[0].running)
        input_cancel(self, self->shells[0].running->number); /* an interrupt is a no */
    for (int i = 1; i < (int)HOP_SHELL_DEBUG; i++)
        if (self->shells[i].running)
            link_send(self, HOP_INTERRUPT, self->shells[i].running->number, i, 0, NULL);
    publish_hurry(self);
}

/* ---- end ---- */

static void describe_status(int status, char *out, size_t size)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

    if (name)
        snprintf(out, size, "the Python process was killed by signal %d (SIG%s)", WTERMSIG(status),
                 name);
    else if (WIFSIGNALED(status)) /* a real-time signal */
        snprintf(out, size, "the Python process was killed by signal %d", WTERMSIG(status));
    else
        snprintf(out, size, "the Python process ended with status %d", WEXITSTATUS(status));
}

/* What faulthandler wrote when the worker died, and the file is empty again. */
static void take_stack(struct supervisor *self, char *out, size_t size)
{
    ssize_t got = self->crash_fd >= 0 ? pread(self->crash_fd, out, size - 1, 0) : -1;

    out[got > 0 ? got : 0] = 0;
    for (char *at = out; *at; at++) /* as JSON has it */
        if ((unsigned char)*at >= 0x80 || ((unsigned char)*at < ' ' && *at != '\n'))
            *at = '?';
    if (got > 0 && ftruncate(self->crash_fd, 0) < 0)
        log_warning("%s", strerror(errno));
}

static void reopen_subshells(struct front *self)
{
    for (int i = 1; i < SHELLS_MAX; i++)
        if (self->shells[i].open)
            link_send(self, HOP_SHELL_OPEN, 0, i, 0, self->shells[i].id);
}

/* The worker has ended: tell why, start another. */
static void replace(struct front *self, int status)
{
    struct supervisor *supervisor = &self->supervisor;
    char why[600], story[512], stack[4000], evalue[1200], error[1024];

    limits_worker_ended(self, why, sizeof why);
    bool limited = *why != 0;
    if (!limited)
        describe_status(status, why, sizeof why);
    if (supervisor->ring) /* what it printed before it died */
        output_drain(self, UINT64_MAX);
    output_flush(self);
    unwatch(self, supervisor->hop_fd);
    unwatch(self, supervisor->wake_fd);
    unwatch(self, supervisor->pid_fd);
    set_end_timer(self, 0, 0, NULL);
    supervisor_close_link(supervisor);
    if (self->ending) {
        front_end(self, 0);
        return;
    }
    log_warning("%s", why);
    supervisor->quick_deaths += !supervisor->ready;
    bool revived = checkpoints_revive(self, story, sizeof story);
    snprintf(evalue, sizeof evalue, "%s; %s", why, story);
    take_stack(supervisor, stack, sizeof stack);
    shells_fail(self, limited ? "LimitExceeded" : "WorkerDied", evalue, stack);
    if (!revived && (supervisor->quick_deaths >= QUICK_DEATHS_MOST ||
                     !supervisor_start(self, error, sizeof error))) {
        log_warning("%s", supervisor->quick_deaths >= QUICK_DEATHS_MOST ? "Python cannot be started"
                                                                        : error);
        front_end(self, 1);
        return;
    }
    supervisor_watch(self);
    approvals_send_policy(self, revived);
    reopen_subshells(self);
    debugger_again(self);
    shells_advance(self);
}

/* Which have ended: the worker (not only its hop tells: a process that a cell forked may hold that
 * open), checkpoints, and what the worker left behind, which is ours once it is an orphan. */
void supervisor_reap(struct front *self)
{
    pid_t pid;
    int status = 0;

    while (!self->done && (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        if (pid != self->supervisor.pid)
            continue;
        kill(-pid, SIGKILL); /* children that it left */
        self->supervisor.pid = 0;
        link_take_rest(self);
        replace(self, status);
    }
}

void supervisor_kill(struct front *self)
{
    kill(-self->supervisor.pid, SIGKILL);
    kill(self->supervisor.pid, SIGKILL);
}

static int ended_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;

    (void)loop;
    if (item->fd == self->supervisor.pid_fd)
        supervisor_reap(self);
    return self->done ? -1 : 0;
}

static int ended_ask(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    supervisor_reap(self);
    return self->done ? -1 : 0;
}

/* It closed its hop a while ago and is still there. */
static int end_late(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    self->supervisor.end_timer = -1;
    if (self->supervisor.pid) {
        supervisor_kill(self);
        if (self->supervisor.pid_fd < 0)
            set_end_timer(self, ASK_MS, 0, ended_ask);
    }
    return 0;
}

void supervisor_lost(struct front *self)
{
    struct supervisor *supervisor = &self->supervisor;

    if (supervisor->hop_fd < 0)
        return;
    unwatch(self, supervisor->hop_fd);
    close_hop(supervisor);
    if (supervisor->pid)
        set_end_timer(self, REAP_MS, 1, end_late);
}

void supervisor_end(struct front *self)
{
    struct supervisor *supervisor = &self->supervisor;

    if (supervisor->pid) {
        supervisor_kill(self);
        while (waitpid(supervisor->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        supervisor->pid = 0;
    }
    supervisor_close_link(supervisor);
    close_fd(&supervisor->crash_fd);
}
