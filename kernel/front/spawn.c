/* spawn: the worker's process is made by hand, since a filter stands between fork and exec that
 * posix_spawn knows nothing of. */
#include "kernel/front/spawn.h"
#include "kernel/front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec: only calls that are safe there. */
static void become(const struct spawn *self, const struct floor *floor, int channel)
{
    struct sigaction ignored = {.sa_handler = SIG_DFL};
    sigset_t none;

    setpgid(0, 0);
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &ignored, NULL); /* fails for those that nobody can change */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    if (null > 0) {
        dup2(null, 0);
        close(null);
    }
    for (int i = 0; i < LINK_FDS; i++)
        fcntl(self->kept[i], F_SETFD, 0);
    floor_child(floor, channel);
    execve(self->program, self->arguments, self->environment);
    int error = errno;
    if (write(channel, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

static int start(const struct spawn *self, struct floor *floor, pid_t *pid, int *status)
{
    int pair[2], error = 0;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return errno;
    *pid = fork();
    if (*pid == 0)
        become(self, floor, pair[1]);
    error = *pid < 0 ? errno : 0;
    close(pair[1]);
    if (!error && !floor_attend(floor, pair[0], *pid))
        error = EAGAIN;
    while (!error && read(pair[0], &error, sizeof error) < 0 && errno == EINTR)
        continue; /* nothing comes when exec closed the other end */
    close(pair[0]);
    if (error && *pid > 0) {
        kill(*pid, SIGKILL);
        while (waitpid(*pid, status, 0) < 0 && errno == EINTR)
            continue;
    }
    return error;
}

int spawn_worker_process(const struct spawn *self, struct floor *floor, pid_t *pid)
{
    int status = 0, error = start(self, floor, pid, &status);

    if (!error || !floor_was_filtered(status) || floor_missing(floor))
        return error;
    floor_give_up(floor, EPERM);
    return start(self, floor, pid, &status);
}
