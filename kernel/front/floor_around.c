/* floor_around: what stands around this kernel, a container's or a service's filter of system
 * calls, may refuse what the floor needs, or end who asks for it. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool copies = true; /* set before there are threads */

const char *floor_why_missing(int error)
{
    switch (error) {
    case EBUSY:
        return "another program supervises this kernel's processes already";
    case ENOSYS:
    case EINVAL:
    case EOPNOTSUPP:
        return "the system's kernel has no user notification";
    case EPERM:
    case EACCES:
        return "it is not permitted here: the filter of a container or a service forbids seccomp";
    default:
        return strerror(error);
    }
}

/* A child tries: a filter may end who makes a call that it does not know. */
void floor_look_around(void)
{
    int status = 0;

    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) <= 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        syscall(SYS_pidfd_getfd, -1, 0, 0);
        _exit(0);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    copies = !floor_was_filtered(status);
}

bool floor_was_filtered(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

bool floor_may_copy(void)
{
    return copies;
}
