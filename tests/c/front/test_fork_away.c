/* A fork that is no child: whoever is killed on the way, nothing hangs and nobody hears of it. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/worker/fork_away.h"

/* ---- what goes wrong on the way ---- */

static enum { NOTHING, KILLED_BEFORE, KILLED_AFTER, NO_CLONE, NO_ADDRESS, STOPPED } wrong;

int __real_clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
int __wrap_clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);

int __wrap_clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    va_list more;

    va_start(more, argument);
    void *parent = va_arg(more, void *), *tls = va_arg(more, void *),
         *number = va_arg(more, void *);
    va_end(more);
    if (wrong == KILLED_BEFORE)
        raise(SIGKILL);
    if (wrong == STOPPED)
        raise(SIGSTOP);
    if (wrong == NO_CLONE) {
        errno = EAGAIN;
        return -1;
    }
    int pid = __real_clone(function, stack, flags, argument, parent, tls, number);
    if (wrong == KILLED_AFTER)
        syscall(SYS_kill, getpid(), SIGKILL);
    return pid;
}

int __wrap_prctl(int option, ...)
{
    va_list more;

    va_start(more, option);
    unsigned long value = va_arg(more, unsigned long);
    va_end(more);
    if (wrong == NO_ADDRESS && option == 40) {
        errno = EINVAL;
        return -1;
    }
    return __real_prctl(option, value);
}

/* ---- a fork, and what the new process says of itself ---- */

struct said {
    pid_t pid, parent, group, thread;
    int value;
    bool locks; /* a mutex that knows its owner, and memory, can be had */
};

static int value;
static pthread_mutex_t owned;

static void say(int channel)
{
    struct said said = {getpid(), getppid(), getpgid(0), (pid_t)syscall(SYS_gettid), value, false};
    void *memory = malloc(100000);

    said.locks = memory && pthread_mutex_lock(&owned) == 0 &&
                 pthread_mutex_lock(&owned) == EDEADLK && pthread_kill(pthread_self(), 0) == 0;
    free(memory);
    if (write(channel, &said, sizeof said) != sizeof said)
        _exit(1);
}

/* What it returns here; all signals blocked meanwhile, as the worker does. */
static int fork_and_hear(struct said *said)
{
    sigset_t all, before;
    int pair[2];

    memset(said, 0, sizeof *said);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int made = fork_away();
    int error = errno;
    if (made == 0) {
        close(pair[0]);
        say(pair[1]);
        _exit(0);
    }
    value++; /* it has memory of its own */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(pair[1]);
    if (recv(pair[0], said, sizeof *said, 0) < 0)
        memset(said, 0, sizeof *said);
    close(pair[0]);
    errno = error;
    return made;
}

static void assert_no_child(void)
{
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static atomic_int heard;

static void hear(int number)
{
    (void)number;
    heard++;
}

static int set_up(void **state)
{
    pthread_mutexattr_t kind;
    struct sigaction action = {.sa_handler = hear, .sa_flags = SA_RESTART};

    (void)state;
    wrong = NOTHING;
    value = 7;
    heard = 0;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&owned, &kind);
    sigaction(SIGCHLD, &action, NULL);
    return 0;
}

/* ---- tests ---- */

static void check_whole(void)
{
    struct said said;

    assert_int_equal(fork_and_hear(&said), 1);
    assert_int_equal(heard, 0);
    assert_int_equal(said.value, 7);
    assert_int_equal(said.pid, said.group);
    assert_int_equal(said.pid, said.thread);
    assert_int_not_equal(said.pid, getpid());
    assert_true(said.locks);
}

static void test_the_new_process_is_whole(void **state)
{
    (void)state;
    check_whole();
    assert_no_child();
}

static void test_without_the_threads_number(void **state)
{
    (void)state;
    wrong = NO_ADDRESS;
    check_whole();
    assert_no_child();
}

/* Whatever happens to those in between, this process can go on, and make the next. */
static void test_the_one_in_between_is_killed(void **state)
{
    struct said said;

    (void)state;
    for (int i = 0; i < 20; i++) {
        wrong = i % 2 ? KILLED_AFTER : KILLED_BEFORE;
        assert_int_equal(fork_and_hear(&said), -1);
        assert_int_equal(errno, EINTR);
        free(malloc(1 << 20));
    }
    assert_int_equal(heard, 0);
    value = 7;
    wrong = NOTHING;
    check_whole();
    assert_no_child();
}

static void test_the_one_in_between_does_not_end(void **state)
{
    struct said said;

    (void)state;
    wrong = STOPPED;
    assert_int_equal(fork_and_hear(&said), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_no_child();
}

static void test_no_process_can_be_made(void **state)
{
    struct said said;

    (void)state;
    wrong = NO_CLONE;
    assert_int_equal(fork_and_hear(&said), -1);
    assert_int_equal(errno, EAGAIN);
    assert_no_child();
}

/* A child of the person's that ends meanwhile is told of. */
static void test_another_child_is_not_passed_over(void **state)
{
    struct said said;
    sigset_t one, before;

    (void)state;
    sigemptyset(&one);
    sigaddset(&one, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &one, &before);
    pid_t pid = fork();
    if (pid == 0)
        _exit(5);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(fork_and_hear(&said), 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(heard, 1);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_no_child();
}

/* Neither is a process that wants to hear of no child, which the system then waits for. */
static void test_children_are_ignored(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    check_whole();
    struct sigaction now;
    sigaction(SIGCHLD, NULL, &now);
    assert_true(now.sa_handler == SIG_IGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_new_process_is_whole, set_up),
        cmocka_unit_test_setup(test_without_the_threads_number, set_up),
        cmocka_unit_test_setup(test_the_one_in_between_is_killed, set_up),
        cmocka_unit_test_setup(test_the_one_in_between_does_not_end, set_up),
        cmocka_unit_test_setup(test_no_process_can_be_made, set_up),
        cmocka_unit_test_setup(test_another_child_is_not_passed_over, set_up),
        cmocka_unit_test_setup(test_children_are_ignored, set_up),
    };

    int status = 1;

    /* As the front does: another process adopts the orphans. */
    __real_prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t pid = fork();
    if (pid == 0)
        return cmocka_run_group_tests(tests, NULL, NULL);
    for (pid_t ended; (ended = wait(&status)) != pid;)
        assert_true(ended > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
