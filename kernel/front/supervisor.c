/* supervisor: the worker process: how it is found and started, and what happens when it ends. */
#include "kernel/front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "kernel/front/spawn.h"

enum { QUICK_DEATHS_MOST = 3, REAP_MS = 300, ASK_MS = 50, ARGUMENTS_MOST = 20 };

/* ---- which worker ---------------------------------------------------------------------------- */

/* "3.11" out of text like "3.11.7" or "python3.11"; false when there is none. */
static bool parse_version(const char *text, char *out, size_t size)
{
    const char *three = strstr(text, "3.");

    if (!three)
        return false;
    size_t digits = strspn(three + 2, "0123456789");
    if (!digits || digits > 2)
        return false;
    snprintf(out, size, "%.*s", (int)(digits + 2), three);
    return true;
}

/* All of "3.11.7" out of text that begins with another word. */
static void parse_full_version(const char *text, char *out, size_t size)
{
    const char *three = strstr(text, "3.");

    size_t length = three ? strspn(three, "0123456789.") : 0;
    while (length && three[length - 1] == '.') /* "3.11.7.final.0" */
        length--;
    if (length)
        snprintf(out, size, "%.*s", (int)length, three);
}

/* The version line of the pyvenv.cfg beside the environment's bin folder. */
static bool venv_line(const char *python, char *line, int size)
{
    char path[PATH_MAX + 32];
    const char *slash = strrchr(python, '/');

    if (!slash)
        return false;
    snprintf(path, sizeof path, "%.*s/../pyvenv.cfg", (int)(slash - python), python);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, size, file))
        found = strncmp(line, "version", 7) == 0;
    if (file)
        fclose(file);
    return found;
}

static bool venv_version(const char *python, char *out, size_t size)
{
    char line[512];

    return venv_line(python, line, sizeof line) && parse_version(line, out, size);
}

static bool python_version(const struct options *options, char *out, size_t size)
{
    char real[PATH_MAX];

    if (options->python_version)
        return parse_version(options->python_version, out, size);
    if (!options->python)
        return false;
    if (venv_version(options->python, out, size))
        return true;
    return realpath(options->python, real) && parse_version(strrchr(real, '/'), out, size);
}

/* Look for the worker beside the program: installed, or as built. */
static bool find_in(const char *folder, const char *version, char *out, size_t size)
{
    static const char *const places[] = {"../libexec/safepyrun", "."};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length = snprintf(out, size, "%s/%s/safepyrun-worker-%s", folder, places[i], version);
        if (length > 0 && (size_t)length < size && access(out, X_OK) == 0)
            return true;
    }
    return false;
}

static bool program_folder(char *out, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", out, size - 1);

    if (length <= 0)
        return false;
    out[length] = 0;
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
    return slash != NULL;
}

static bool find_worker(const struct options *options, char *out, size_t size, char *error,
                        size_t error_size)
{
    static const char *const versions[] = {"3.14", "3.13", "3.12", "3.11"};
    char folder[PATH_MAX], version[16];

    if (options->worker) {
        snprintf(out, size, "%s", options->worker);
        return true;
    }
    if (!program_folder(folder, sizeof folder)) {
        snprintf(error, error_size, "cannot tell where this program is: %s", strerror(errno));
        return false;
    }
    if (python_version(options, version, sizeof version)) {
        if (find_in(folder, version, out, size))
            return true;
        snprintf(error, error_size,
                 "there is no worker for Python %s beside %s (built with -DSAFEPYRUN_PYTHONS=...)",
                 version, folder);
        return false;
    }
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (find_in(folder, versions[i], out, size))
            return true;
    snprintf(error, error_size, "there is no worker (safepyrun-worker-3.x) beside %s", folder);
    return false;
}

void supervisor_python_version(const struct front *self, char *out, size_t size)
{
    char worker[PATH_MAX], error[512], line[512] = "", minor[16];

    snprintf(out, size, "3");
    if (self->options.python && venv_line(self->options.python, line, sizeof line))
        parse_full_version(line, out, size);
    else if (find_worker(&self->options, worker, sizeof worker, error, sizeof error) &&
             parse_version(strrchr(worker, '/') ? strrchr(worker, '/') : worker, minor,
                           sizeof minor))
        snprintf(out, size, "%s", minor);
}

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

/* ---- start ----------------------------------------------------------------------------------- */

/* environ with the loader's path set to the folder of --libpython; the old value goes along, so
 * that the worker can put it back. Allocated, NULL when memory is short. */
static char **worker_environment(const struct options *options)
{
    static char library[PATH_MAX + 32], before[PATH_MAX + 64];
    size_t count = 0;

    while (environ[count])
        count++;
    char **out = calloc(count + 3, sizeof *out);
    if (!out || !options->libpython) {
        if (out)
            memcpy(out, environ, count * sizeof *out);
        return out;
    }
    const char *slash = strrchr(options->libpython, '/'), *old = getenv("LD_LIBRARY_PATH");
    snprintf(library, sizeof library, "LD_LIBRARY_PATH=%.*s",
             (int)(slash ? slash - options->libpython : 1), slash ? options->libpython : ".");
    snprintf(before, sizeof before, "SAFEPYRUN_LD_LIBRARY_PATH=%s", old ? old : "");
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "LD_LIBRARY_PATH=", 16) != 0)
            out[kept++] = environ[i];
    out[kept++] = library;
    out[kept++] = before;
    return out;
}

static int spawn_worker(const struct front *self, const char *program, int hop_fd, int ring_fd,
                        int wake_fd, pid_t *pid)
{
    char hop[16], ring[16], wake[16], data[2 * PATH_MAX];
    const char *arguments[ARGUMENTS_MOST] = {program, "--hop", hop, "--ring", ring, "--wake", wake};
    int count = 7;

    snprintf(hop, sizeof hop, "%d", hop_fd);
    snprintf(ring, sizeof ring, "%d", ring_fd);
    snprintf(wake, sizeof wake, "%d", wake_fd);
    if (self->options.python) {
        arguments[count++] = "--python";
        arguments[count++] = self->options.python;
    }
    if (find_data(&self->options, data, sizeof data)) {
        arguments[count++] = "--data";
        arguments[count++] = data;
    }
    char **environment = worker_environment(&self->options);
    struct spawn spawn = {.program = program,
                          .arguments = (char *const *)arguments,
                          .environment = environment,
                          .kept = {hop_fd, ring_fd, wake_fd}};
    int failed = environment ? spawn_worker_process(&spawn, self->floor, pid) : ENOMEM;
    free(environment);
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

static void close_link(struct supervisor *self)
{
    close_hop(self);
    close_fd(&self->wake_fd);
    close_fd(&self->pid_fd);
    ring_destroy(&self->ring);
}

bool supervisor_start(struct front *self, char *error, size_t error_size)
{
    struct supervisor *supervisor = &self->supervisor;
    char program[PATH_MAX];
    int pair[2] = {-1, -1};

    if (!find_worker(&self->options, program, sizeof program, error, error_size))
        return false;
    supervisor->ready = false;
    supervisor->ring = ring_new(RING_BYTES_DEFAULT);
    supervisor->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!supervisor->ring || supervisor->wake_fd < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        snprintf(error, error_size, "cannot make the worker's channels: %s", strerror(errno));
        close_link(supervisor);
        return false;
    }
    supervisor->hop_fd = pair[0];
    int failed = spawn_worker(self, program, pair[1], ring_fd(supervisor->ring),
                              supervisor->wake_fd, &supervisor->pid);
    close(pair[1]);
    if (failed) {
        snprintf(error, error_size, "cannot start %s: %s", program, strerror(failed));
        supervisor->pid = 0;
        close_link(supervisor);
        return false;
    }
    supervisor->pid_fd = (int)syscall(SYS_pidfd_open, supervisor->pid, 0);
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

void supervisor_interrupt(struct front *self)
{
    /* Before it is ready Python has no handler, and the signal would end it: there is nothing to
     * interrupt yet. */
    if (self->supervisor.pid && self->supervisor.ready && self->shells[0].running)
        kill(-self->supervisor.pid, SIGINT); /* its group: what the cell started hears it as well */
    for (int i = 1; i < SHELLS_MAX; i++)
        if (self->shells[i].running)
            link_send(self, HOP_INTERRUPT, self->shells[i].running->number, i, 0, NULL);
    publish_hurry(self);
}

/* ---- end ------------------------------------------------------------------------------------- */

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
    char why[256], evalue[512], error[1024];

    describe_status(status, why, sizeof why);
    if (supervisor->ring) /* what it printed before it died */
        output_drain(self, UINT64_MAX);
    output_flush(self);
    unwatch(self, supervisor->hop_fd);
    unwatch(self, supervisor->wake_fd);
    unwatch(self, supervisor->pid_fd);
    set_end_timer(self, 0, 0, NULL);
    close_link(supervisor);
    if (self->ending) {
        front_end(self, 0);
        return;
    }
    log_warning("%s", why);
    supervisor->quick_deaths += !supervisor->ready;
    snprintf(evalue, sizeof evalue, "%s; a new one starts, with an empty namespace", why);
    shells_fail(self, "WorkerDied", evalue);
    if (supervisor->quick_deaths >= QUICK_DEATHS_MOST ||
        !supervisor_start(self, error, sizeof error)) {
        log_warning("%s", supervisor->quick_deaths >= QUICK_DEATHS_MOST ? "Python cannot be started"
                                                                        : error);
        front_end(self, 1);
        return;
    }
    supervisor_watch(self);
    approvals_send_policy(self);
    reopen_subshells(self);
    shells_advance(self);
}

/* Has the worker ended? Not only its hop tells: a process that a cell forked may hold that open. */
static void ask_end(struct front *self)
{
    struct supervisor *supervisor = &self->supervisor;
    pid_t pid = supervisor->pid;
    int status = 0;

    if (!pid || waitpid(pid, &status, WNOHANG) != pid)
        return;
    kill(-pid, SIGKILL); /* children that it left */
    supervisor->pid = 0;
    link_take_rest(self);
    replace(self, status);
}

static int ended_readable(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;

    (void)loop;
    if (item->fd == self->supervisor.pid_fd)
        ask_end(self);
    return self->done ? -1 : 0;
}

static int ended_ask(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    ask_end(self);
    return self->done ? -1 : 0;
}

/* It closed its hop a while ago and is still there. */
static int end_late(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    self->supervisor.end_timer = -1;
    if (self->supervisor.pid) {
        kill(-self->supervisor.pid, SIGKILL);
        kill(self->supervisor.pid, SIGKILL);
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
        kill(-supervisor->pid, SIGKILL);
        kill(supervisor->pid, SIGKILL);
        while (waitpid(supervisor->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        supervisor->pid = 0;
    }
    close_link(supervisor);
}
