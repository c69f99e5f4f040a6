/* fork_away: fork() makes a child; that one makes a process which goes on in its memory, and
 * leaves. What is left is an orphan that the front adopts, with one copy of the page tables made.
 * Only the plain fork() runs in the process that asks: whoever of the others is killed, at whatever
 * moment, holds no lock here. */
#undef _FORTIFY_SOURCE /* the jump below is from another stack, which a checked longjmp() refuses  \
                        */
#include "kernel/worker/fork_away.h"
#include "base/platform.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

enum { STACK_BYTES = 256 * 1024, CHILD_MS = 5000, GET_TID_ADDRESS = 40, RSEQ_BYTES = 32 };

/* What the child leaves to the one that goes on in its memory. */
static struct {
    jmp_buf back;
    char *stack;
    int ended[2]; /* a pipe: at its end the child is gone */
    void *robust; /* the list of its mutexes */
    size_t robust_bytes;
    void *sequences; /* the area of its restartable sequences */
} heir;

/* ---- the process that stays; on a stack of its own until the child has left the other ---- */

/* What the system knows of a thread's memory is not passed on with the memory. */
static void register_memory(void)
{
    if (heir.robust)
        syscall(SYS_set_robust_list, heir.robust, heir.robust_bytes);
#ifdef RSEQ_SIG
    if (heir.sequences)
        syscall(SYS_rseq, heir.sequences, RSEQ_BYTES, 0, RSEQ_SIG);
#endif
}

/* Asked for by name: it came with glibc 2.35, and a worker that was built there runs with an older
 * one, too. */
static void *find_sequences(void)
{
    const unsigned *size = dlsym(RTLD_DEFAULT, "__rseq_size");
    const ptrdiff_t *offset = dlsym(RTLD_DEFAULT, "__rseq_offset");

    return size && *size && offset ? (char *)__builtin_thread_pointer() + *offset : NULL;
}

static int stay(void *unused)
{
    char byte;

    (void)unused;
    setpgid(0, 0);
    close(heir.ended[1]);
    while (read(heir.ended[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    close(heir.ended[0]);
    register_memory();
    longjmp(heir.back, 1);
}

/* ---- the child ---- */

/* Where the system does not say which thread's number is kept where, the page tables are copied a
 * second time. */
static int fork_again(void)
{
    pid_t pid = fork();

    return pid ? pid : stay(NULL);
}

static _Noreturn void leave(void)
{
    static int unused;
    int *number = NULL; /* where Python's libraries keep the number of this thread */

    setpgid(0, 0); /* before anybody can signal the group that it was born into */
    if (pipe2(heir.ended, O_CLOEXEC) < 0)
        platform_exit(errno);
    if (syscall(SYS_get_robust_list, 0, &heir.robust, &heir.robust_bytes) < 0)
        heir.robust = NULL;
    pid_t pid;
    if (prctl(GET_TID_ADDRESS, &number) < 0 || !number) {
        pid = fork_again();
    } else {
        syscall(SYS_set_tid_address, &unused); /* it is zeroed when this one ends */
        pid = clone(stay, heir.stack + STACK_BYTES,
                    CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, NULL, NULL, NULL, number);
    }
    platform_exit(pid < 0 ? errno : 0);
}

/* ---- the process that asks ---- */

/* 0, or what went wrong there. A child that does not come to its end is killed. */
static int await_end(pid_t pid)
{
    struct pollfd ended = {platform_watch_process(pid), POLLIN, 0};
    int status = 0, late = 0, ready = 1;

    while (ended.fd >= 0 && (ready = poll(&ended, 1, CHILD_MS)) < 0 && errno == EINTR)
        continue;
    if (ended.fd >= 0)
        close(ended.fd);
    if (ready == 0) {
        kill(pid, SIGKILL);
        late = ETIMEDOUT;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : late ? late : EINTR;
}

/* The child's SIGCHLD is nobody's; one that another child sent meanwhile is not lost with it. */
static void pass_over_signal(const struct sigaction *before)
{
    struct timespec now = {0};
    siginfo_t other = {0};
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, SIGCHLD);
    sigtimedwait(&one, NULL, &now);
    sigaction(SIGCHLD, before, NULL);
    if (waitid(P_ALL, 0, &other, WEXITED | WNOHANG | WNOWAIT) == 0 && other.si_pid)
        kill(getpid(), SIGCHLD);
}

int fork_away(void)
{
    struct sigaction before, plain = {.sa_handler = SIG_DFL};

    if (!heir.stack) {
        void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED)
            return -1;
        heir.stack = memory;
    }
    heir.sequences = find_sequences();
    sigaction(SIGCHLD, &plain, &before); /* else it may end without telling */
    if (setjmp(heir.back)) {
        sigaction(SIGCHLD, &before, NULL);
        return 0;
    }
    pid_t pid = fork();
    if (pid == 0)
        leave();
    int wrong = pid < 0 ? errno : await_end(pid);
    pass_over_signal(&before);
    errno = wrong;
    return wrong ? -1 : 1;
}
