/* least: what an open costs at least that another process answers, before anything is judged: the
 * system calls that no supervisor can do without, and nothing else. For bench/opens.py.
 *
 *     least refused|permitted PATH COUNT
 *
 * prints us for each open and close: of a path that is read and refused; of one that is read and
 * opened there, whose descriptor is handed over and closed before the caller goes on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOTIF_SET_FLAGS _IOW('!', 4, __u64) /* Linux 6.6: wake up on the same processor */
enum { PATH_BYTES = 256 };

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Opens for writing are asked about from now on. The descriptor to be asked on, or -1. */
static int put_filter_up(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                            SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                        &program);
}

static int open_many(int channel, const char *path, int count)
{
    int listener = put_filter_up();
    char go;

    if (write(channel, &listener, sizeof listener) < 0 || listener < 0 || read(channel, &go, 1) < 1)
        return 1;
    double began = now_us();
    for (int i = 0; i < count; i++) {
        int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
            close(fd);
    }
    printf("%.3f\n", (now_us() - began) / count);
    return 0;
}

/* One call; false: nobody is left. */
static bool answer(int listener, bool permitted)
{
    struct seccomp_notif call = {0};
    char path[PATH_BYTES] = "";

    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
        return errno == EINTR;
    struct seccomp_notif_resp reply = {.id = call.id, .error = -EACCES};
    struct iovec ours = {path, sizeof path - 1},
                 theirs = {(void *)(uintptr_t)call.data.args[1], sizeof path - 1};
    process_vm_readv((pid_t)call.pid, &ours, 1, &theirs, 1, 0);
    if (permitted) {
        struct open_how how = {.flags = O_WRONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
        int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
        struct seccomp_notif_addfd add = {
            .id = call.id, .srcfd = (unsigned)fd, .newfd_flags = O_CLOEXEC};
        reply.error = 0;
        reply.val = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
        close(fd);
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
    return true;
}

int main(int count, char **words)
{
    int channel[2], number;

    if (count != 4 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
        return 2;
    pid_t child = fork();
    if (child == 0)
        return open_many(channel[1], words[2], atoi(words[3]));
    close(channel[1]);
    int pid_fd = (int)syscall(SYS_pidfd_open, child, 0), status = 1;
    if (read(channel[0], &number, sizeof number) == sizeof number && number >= 0) {
        int listener = (int)syscall(SYS_pidfd_getfd, pid_fd, number, 0);
        ioctl(listener, NOTIF_SET_FLAGS, 1ul);
        bool more = write(channel[0], "x", 1) == 1;
        while (more)
            more = answer(listener, strcmp(words[1], "permitted") == 0);
    }
    waitpid(child, &status, 0);
    return status != 0;
}
