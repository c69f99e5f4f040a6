/* fork_away: a middle process that shares this one's memory makes the fork and leaves at once. It
 * has no exit signal, so nothing here hears of it, and the one it made is adopted by the front. */
#undef _FORTIFY_SOURCE /* the jump below is from another stack, which a checked longjmp() refuses  \
                        */
#include "kernel/worker/fork_away.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024 };

static jmp_buf in_child;
static volatile pid_t made;
static volatile int failed;

static int middle(void *unused)
{
    (void)unused;
    pid_t pid = fork();
    if (pid == 0)
        longjmp(in_child, 1); /* onto this process's own copy of the stack that fork_away runs on */
    failed = pid < 0 ? errno : 0;
    made = pid;
    if (pid > 0)
        setpgid(pid, pid); /* before anybody can signal the group that it was born into */
    _exit(0);
}

pid_t fork_away(void)
{
    static char *stack;

    if (!stack) {
        void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED)
            return -1;
        stack = memory;
    }
    if (setjmp(in_child))
        return 0;
    made = -1;
    pid_t pid = clone(middle, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK, NULL);
    if (pid < 0)
        return -1;
    while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR)
        continue;
    errno = failed;
    return made;
}
