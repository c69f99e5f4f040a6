/* nested MODE PROGRAM ...: run a program as a container would. "supervised": under a filter with a
 * listener of its own, of which a process can have one alone; "forbidden": the system call that
 * makes a filter is not permitted. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sock_filter forbids[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter permits[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    int supervised = argc > 2 && strcmp(argv[1], "supervised") == 0;
    struct sock_fprog program = {supervised ? 1 : 4, supervised ? permits : forbids};

    if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return 2;
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                supervised ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &program);
    if (listener < 0 || (supervised && dup(listener) < 0)) { /* the copy outlives exec */
        perror("nested");
        return 2;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 2;
}
