/* watch: one native thread (no Python in it) for what cannot wait while the main thread is in a
 * cell.
 *   - Descriptors 1 and 2 are pipes; what C extensions and child processes write there goes to the
 * ring.
 *   - When a cell takes longer than a moment, it reads the hop: subshells, answers, shutdown.
 * Short cells never wake it: the main thread arms a timer and disarms it again. */
#include "kernel/worker/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { PATIENCE_MS = 10, PIPE_BYTES = 60 * 1024 };

static struct {
    int pipes[2]; /* read ends of descriptors 1 and 2 */
    int timer_fd;
    atomic_bool busy;
    atomic_ullong request; /* whose output the pipes carry; 0: dropped */
    pthread_mutex_t drain_lock;
    bool started;
    _Atomic pid_t thread;
} watch = {.pipes = {-1, -1}, .timer_fd = -1, .drain_lock = PTHREAD_MUTEX_INITIALIZER};

bool watch_capture(struct worker *self)
{
    (void)self;
    for (int i = 0; i < 2; i++) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
            return false;
        watch.pipes[i] = ends[0];
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        if (dup2(ends[1], i + 1) < 0)
            return false;
        close(ends[1]);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    watch.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return watch.timer_fd >= 0;
}

void watch_for(uint64_t request, bool silent)
{
    atomic_store(&watch.request, silent ? 0 : request);
}

uint64_t watch_whose(void)
{
    return atomic_load(&watch.request);
}

void watch_busy(bool busy)
{
    struct itimerspec moment = {.it_value.tv_nsec = busy ? PATIENCE_MS * 1000000L : 0};

    atomic_store(&watch.busy, busy);
    timerfd_settime(watch.timer_fd, 0, &moment, NULL);
}

/* Under drain_lock. What nobody can write to any more (os.dup2 put something else there) is closed:
 * it would wake poll() for ever. */
static void drain_pipe(struct worker *self, int which)
{
    static char buffer[PIPE_BYTES];
    ssize_t got;

    if (watch.pipes[which] < 0)
        return;
    while ((got = read(watch.pipes[which], buffer, sizeof buffer)) > 0) {
        uint64_t request = atomic_load(&watch.request);
        if (request)
            ring_write(self->ring, which ? RING_STDERR : RING_STDOUT, request, buffer, (size_t)got);
        if (got < (ssize_t)sizeof buffer)
            return;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(watch.pipes[which]);
        watch.pipes[which] = -1;
    }
}

void watch_drain(struct worker *self)
{
    pthread_mutex_lock(&watch.drain_lock);
    for (int i = 0; i < 2; i++)
        drain_pipe(self, i);
    pthread_mutex_unlock(&watch.drain_lock);
}

static void *watch_run(void *context)
{
    struct worker *self = context;
    bool reading = false, ended = false;

    atomic_store(&watch.thread, gettid());
    for (;;) {
        struct pollfd fds[] = {{.fd = watch.pipes[0], .events = POLLIN},
                               {.fd = watch.pipes[1], .events = POLLIN},
                               {.fd = watch.timer_fd, .events = POLLIN},
                               {.fd = self->hop_fd, .events = POLLIN}};
        uint64_t fired;

        reading = reading && !ended && atomic_load(&watch.busy);
        if (poll(fds, reading ? 4 : 3, -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[0].revents || fds[1].revents)
            watch_drain(self);
        if (fds[2].revents & ~POLLIN)
            watch.timer_fd = -1; /* a cell closed it: poll() would not wait any more */
        else if (fds[2].revents && read(watch.timer_fd, &fired, sizeof fired) > 0)
            reading = atomic_load(&watch.busy);
        if (reading && fds[3].revents)
            ended = !link_read(self); /* what is still printed is drained all the same */
    }
}

bool watch_is(pid_t thread)
{
    return thread == atomic_load(&watch.thread);
}

void watch_hold(void)
{
    pthread_mutex_lock(&watch.drain_lock);
}

void watch_release(void)
{
    pthread_mutex_unlock(&watch.drain_lock);
}

bool watch_renew(struct worker *self)
{
    for (int i = 0; i < 2; i++)
        close(watch.pipes[i]);
    close(watch.timer_fd);
    watch.started = false;
    return watch_capture(self) && watch_start(self);
}

bool watch_start(struct worker *self)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;

    if (watch.started)
        return true;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are the main thread's */
    watch.started = pthread_create(&thread, &attributes, watch_run, self) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return watch.started;
}
