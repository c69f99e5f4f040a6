/* filtered WORDS CALLS PROGRAM ...: run a program as a service of systemd's runs, as far as a process sees of it: it may make the
 * system calls of CALLS ("read,write,...") and no others. WORDS, with commas: "kill", others end the process, which is what systemd
 * does where a unit says no SystemCallErrorNumber=; "hardened", what units often say besides (RestrictNamespaces,
 * RestrictSUIDSGID, RestrictAddressFamilies, MemoryDenyWriteExecute, LockPersonality, RestrictRealtime). */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int load(scmp_filter_ctx filter)
{
    int wrong = seccomp_load(filter);

    seccomp_release(filter);
    return wrong;
}

static int allow(char *calls, unsigned otherwise)
{
    scmp_filter_ctx filter = seccomp_init(otherwise);

    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (char *name = strtok(calls, ","); name; name = strtok(NULL, ",")) {
        int number = seccomp_syscall_resolve_name(name);
        if (number >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) < 0)
            return -1;
    }
    return load(filter);
}

static void refuse_bits(scmp_filter_ctx filter, int number, unsigned argument, unsigned long bits)
{
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, bits));
}

static int harden(void)
{
    static const unsigned spaces[] = {CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
    static const unsigned modes[] = {S_ISUID, S_ISGID};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        refuse_bits(filter, SCMP_SYS(clone), 0, spaces[i]);
        refuse_bits(filter, SCMP_SYS(unshare), 0, spaces[i]);
        refuse_bits(filter, SCMP_SYS(setns), 1, spaces[i]);
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        refuse_bits(filter, SCMP_SYS(fchmod), 1, modes[i]);
        refuse_bits(filter, SCMP_SYS(fchmodat), 2, modes[i]);
        refuse_bits(filter, SCMP_SYS(mkdirat), 2, modes[i]);
        refuse_bits(filter, SCMP_SYS(openat), 3, modes[i]);
    }
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0); /* its mode lies in memory */
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    /* ZeroMQ needs AF_NETLINK. */
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK));
    refuse_bits(filter, SCMP_SYS(mmap), 2, PROT_EXEC | PROT_WRITE);
    refuse_bits(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_NE, 0xffffffff));
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sched_setscheduler), 1, SCMP_A1(SCMP_CMP_GE, SCHED_FIFO));
    return load(filter);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    if ((strstr(argv[1], "hardened") && harden()) || allow(argv[2], strstr(argv[1], "kill") ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM))) {
        perror("filtered");
        return 2;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 2;
}
