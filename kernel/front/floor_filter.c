/* floor_filter: the seccomp program of the worker and its children. libseccomp makes it; it is put
 * up by hand, since the flags are newer than the library. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Their arguments lie in memory, where a filter cannot look and a caller can change them; callers
 * fall back. The numbers are the same on every machine. */
enum {
    NR_CLONE3 = 435,
    NR_OPENAT2 = 437,
    NR_QUOTACTL_FD = 443,
    NR_FCHMODAT2 = 452,
    NR_SETXATTRAT = 463,
    NR_REMOVEXATTRAT = 466,
    NR_OPEN_TREE_ATTR = 467,
    NR_FILE_SETATTR = 469,
    /* The last that was looked at when this was written: of later ones nobody knows what they do.
     */
    NR_LAST = 471,
    NR_LATER = 600,
};
static const int no_such[] = {NR_CLONE3,        NR_OPENAT2,        NR_FCHMODAT2,   NR_SETXATTRAT,
                              NR_REMOVEXATTRAT, NR_OPEN_TREE_ATTR, NR_FILE_SETATTR};
/* Refused to all, whatever a person permitted: with these the floor itself could be left. */
static const int refused[] = {
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_vm_readv), /* the front's memory is nobody's to read */
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(bpf),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(unshare),
    SCMP_SYS(chroot),
    SCMP_SYS(pivot_root),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(fsconfig),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(process_madvise),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(acct),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(quotactl),
    NR_QUOTACTL_FD,
    SCMP_SYS(fanotify_init), /* it can hold up every other program's opens */
    SCMP_SYS(vhangup),
};
/* Of commands, by the argument that names them. */
static const struct {
    int number;
    unsigned argument;
    uint32_t command;
} commands[] = {
    {SCMP_SYS(ioctl), 1, TIOCSTI}, /* types for the terminal */
    {SCMP_SYS(ioctl), 1, TIOCLINUX},
    /* By a descriptor for reading: what a file is (immutable, append only, never written again), */
    {SCMP_SYS(ioctl), 1, FS_IOC_SETFLAGS},
    {SCMP_SYS(ioctl), 1, FS_IOC_FSSETXATTR},
    {SCMP_SYS(ioctl), 1, FS_IOC_SETVERSION},
    {SCMP_SYS(ioctl), 1, FS_IOC_ENABLE_VERITY},
    {SCMP_SYS(ioctl), 1, FS_IOC_SET_ENCRYPTION_POLICY},
    /* a whole file system, held up, */
    {SCMP_SYS(ioctl), 1, FIFREEZE},
    {SCMP_SYS(ioctl), 1, FITHAW},
    /* or a folder of btrfs, made, removed, or another. */
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SUBVOL_CREATE},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SUBVOL_CREATE_V2},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SNAP_CREATE},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SNAP_CREATE_V2},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SNAP_DESTROY},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SNAP_DESTROY_V2},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_SUBVOL_SETFLAGS},
    {SCMP_SYS(ioctl), 1, BTRFS_IOC_DEFAULT_SUBVOL},
    {SCMP_SYS(syslog), 0, 2}, /* what is taken out of the system's log, and what it shows */
    {SCMP_SYS(syslog), 0, 4},
    {SCMP_SYS(syslog), 0, 5},
    {SCMP_SYS(syslog), 0, 6},
    {SCMP_SYS(syslog), 0, 7},
    {SCMP_SYS(syslog), 0, 8},
};
static const unsigned namespaces[] = {CLONE_NEWNS,  CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET,
                                      CLONE_NEWIPC, CLONE_NEWUTS,  CLONE_NEWCGROUP};

enum { API_LEVEL = 5 }; /* of libseccomp: it knows user notification */

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* An open is asked about when one of these is set. */
static int add_writes(scmp_filter_ctx filter, int number, unsigned argument)
{
    unsigned writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
    int wrong = 0;

    for (unsigned bit = 0; bit < 31 && !wrong; bit++)
        if (writes & 1u << bit)
            wrong = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, number, 1,
                                     SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 1u << bit, 1u << bit));
    return wrong;
}

static int add_row(scmp_filter_ctx filter, const struct floor_row *row)
{
    enum scmp_compare compare = row->when == FLOOR_IS_NOT ? SCMP_CMP_NE : SCMP_CMP_MASKED_EQ;
    uint64_t first = row->when == FLOOR_IS ? UINT32_MAX : row->value,
             second = row->when == FLOOR_IS ? row->value : 0;

    if (row->when == FLOOR_WRITES)
        return add_writes(filter, row->number, row->argument);
    return seccomp_rule_add(filter, SCMP_ACT_NOTIFY, row->number, row->when != FLOOR_ALWAYS,
                            SCMP_CMP(row->argument, compare, first, second));
}

static int add_asked(scmp_filter_ctx filter)
{
    int wrong = 0;

    for (size_t i = 0; i < floor_row_count && !wrong; i++)
        wrong = add_row(filter, &floor_rows[i]);
    return wrong;
}

/* Those that this machine does not have (negative numbers) are passed over by the library. */
static int add_refused(scmp_filter_ctx filter)
{
    int wrong = 0;

    for (size_t i = 0; i < COUNT(no_such) && !wrong; i++)
        wrong = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), no_such[i], 0);
    for (int number = NR_LAST + 1; number < NR_LATER && !wrong; number++)
        wrong = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
    for (size_t i = 0; i < COUNT(refused) && !wrong; i++)
        wrong = refused[i] < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    for (size_t i = 0; i < COUNT(namespaces) && !wrong; i++)
        wrong = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                 SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
    for (size_t i = 0; i < COUNT(commands) && !wrong; i++)
        wrong = seccomp_rule_add(
            filter, SCMP_ACT_ERRNO(EPERM), commands[i].number, 1,
            SCMP_CMP(commands[i].argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, commands[i].command));
    return wrong;
}

/* The library writes a program to a descriptor; we want it in memory. */
static struct sock_fprog *read_program(scmp_filter_ctx filter)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    struct sock_fprog *program = calloc(1, sizeof *program);
    off_t size = fd >= 0 && seccomp_export_bpf(filter, fd) == 0 ? lseek(fd, 0, SEEK_END) : 0;
    struct sock_filter *code = size > 0 ? malloc((size_t)size) : NULL;

    if (program && code && pread(fd, code, (size_t)size, 0) == size) {
        program->len = (unsigned short)((size_t)size / sizeof *code);
        program->filter = code;
    } else {
        free(code);
        free(program);
        program = NULL;
    }
    if (fd >= 0)
        close(fd);
    return program;
}

struct sock_fprog *floor_filter_new(void)
{
    struct sock_fprog *program = NULL;

    /* Not asked of the system: whether it takes the filter shows when it is put up, and why not. */
    seccomp_api_set(API_LEVEL);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (!filter)
        return NULL;
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)); /* x32 as well */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
    int wrong = add_asked(filter);
    if (!wrong)
        wrong = add_refused(filter);
    if (!wrong)
        program = read_program(filter);
    seccomp_release(filter);
    errno = wrong ? -wrong : errno;
    return program;
}
