/* floor_table: the calls that the front is asked about. */
#include "kernel/front/floor_call.h"

#include <asm/sockios.h>
#include <fcntl.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#define ROW_WHEN(call, judge, when, argument, value)                                               \
    {                                                                                              \
        SYS_##call, #call, floor_do_##judge, when, argument, value                                 \
    }
#define ROW(call, judge) ROW_WHEN(call, judge, FLOOR_ALWAYS, 0, 0)
/* clang-format off */
const struct floor_row floor_rows[] = {
    ROW_WHEN(openat, openat, FLOOR_WRITES, 2, 0),
#ifdef SYS_open /* the elders, which newer machines do not have */
    ROW_WHEN(open, open, FLOOR_WRITES, 1, 0),
                                  ROW(creat, creat),            ROW(unlink, unlink),
    ROW(rmdir, rmdir),            ROW(mkdir, mkdir),            ROW(mknod, mknod),
    ROW(symlink, symlink),        ROW(rename, rename),          ROW(link, link),
    ROW(chmod, chmod),            ROW(chown, chown),            ROW(lchown, chown),
    ROW(utime, utimes),           ROW(utimes, utimes),          ROW(futimesat, utimes),
#endif
    /* names */
    ROW(unlinkat, unlinkat),      ROW(mkdirat, mkdirat),        ROW(mknodat, mknodat),
    ROW(symlinkat, symlinkat),    ROW(renameat, renameat),      ROW(renameat2, renameat),
    ROW(linkat, linkat),
    /* contents, and what is known of them */
    ROW(truncate, truncate),      ROW(fchmodat, fchmodat),      ROW(fchmod, fchmod),
    ROW(fchownat, fchownat),      ROW(fchown, fchown),          ROW(utimensat, utimensat),
    ROW(setxattr, xattr),         ROW(lsetxattr, xattr),        ROW(removexattr, xattr),
    ROW(lremovexattr, xattr),     ROW(fsetxattr, fxattr),       ROW(fremovexattr, fxattr),
    /* processes */
    ROW(execve, exec),            ROW(execveat, exec),          ROW(umask, umask),
    ROW(exit_group, exit),        ROW(setns, setns),
    ROW(kill, kill),              ROW(tgkill, kill),            ROW(tkill, kill),
    ROW(rt_sigqueueinfo, kill),   ROW(rt_tgsigqueueinfo, kill),
    ROW(pidfd_send_signal, pidfd_send_signal),
    ROW_WHEN(prlimit64, prlimit, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(sched_setaffinity, sched, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(sched_setscheduler, sched, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(sched_setparam, sched, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(sched_setattr, sched, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(migrate_pages, sched, FLOOR_IS_NOT, 0, 0),
    ROW_WHEN(move_pages, sched, FLOOR_IS_NOT, 0, 0),
    ROW(setpriority, priority),   ROW(ioprio_set, priority),
    ROW_WHEN(fcntl, owner, FLOOR_IS, 1, F_SETOWN),
    ROW_WHEN(fcntl, owner, FLOOR_IS, 1, F_SETOWN_EX),
    ROW_WHEN(ioctl, owner, FLOOR_IS, 1, FIOSETOWN),
    ROW_WHEN(ioctl, owner, FLOOR_IS, 1, SIOCSPGRP),
    /* what processes share without a file */
    ROW(shmget, ipc_get),         ROW(semget, ipc_get),         ROW(msgget, ipc_get),
    ROW_WHEN(shmat, ipc_use, FLOOR_LACKS, 2, SHM_RDONLY),
    ROW(shmctl, ipc_use),         ROW(semctl, ipc_use),         ROW(msgctl, ipc_use),
    ROW(semop, ipc_use),          ROW(semtimedop, ipc_use),
    ROW(msgsnd, ipc_use),         ROW(msgrcv, ipc_use),
    ROW(mq_open, mq_open),        ROW(mq_unlink, mq_unlink),
    /* the network */
    ROW(connect, connect),
    ROW(bind, bind),              ROW(listen, listen),
    ROW_WHEN(sendto, sendto, FLOOR_IS_NOT, 4, 0), /* it says whom to send to */
    ROW_WHEN(sendmsg, sendmsg, FLOOR_LACKS, 2, FLOOR_MSG_OWN),
    ROW_WHEN(sendmmsg, sendmsg, FLOOR_LACKS, 3, FLOOR_MSG_OWN),
    /* the worker's own words */
    ROW_WHEN(prctl, prctl, FLOOR_IS, 0, FLOOR_PRCTL),
};
/* clang-format on */
const size_t floor_row_count = sizeof floor_rows / sizeof *floor_rows;

const struct floor_row *floor_row_find(int number)
{
    for (size_t i = 0; i < floor_row_count; i++)
        if (floor_rows[i].number == number)
            return &floor_rows[i];
    return NULL;
}
