/* floor_table: the calls that the front is asked about. */
#include "kernel/front/floor_call.h"

#include <sys/syscall.h>

#define ROW_WHEN(call, judge, when)                                                                \
    {                                                                                              \
        SYS_##call, #call, floor_do_##judge, when                                                  \
    }
#define ROW(call, judge) ROW_WHEN(call, judge, FLOOR_ALWAYS)
/* clang-format off */
const struct floor_row floor_rows[] = {
    ROW_WHEN(openat, openat, FLOOR_WRITES_2),
#ifdef SYS_open /* the elders, which newer machines do not have */
    ROW_WHEN(open, open, FLOOR_WRITES_1),
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
    ROW_WHEN(prlimit64, prlimit, FLOOR_OTHERS),
    ROW_WHEN(sched_setaffinity, sched, FLOOR_OTHERS),
    ROW_WHEN(sched_setscheduler, sched, FLOOR_OTHERS),
    ROW_WHEN(sched_setparam, sched, FLOOR_OTHERS),
    ROW_WHEN(sched_setattr, sched, FLOOR_OTHERS),
    ROW(setpriority, priority),   ROW(ioprio_set, priority),
    /* the network */
    ROW(connect, connect),
    ROW(bind, bind),
    ROW_WHEN(sendto, sendto, FLOOR_ADDRESS),
    ROW_WHEN(sendmsg, sendmsg, FLOOR_MESSAGE_2),
    ROW_WHEN(sendmmsg, sendmsg, FLOOR_MESSAGE_3),
    ROW_WHEN(prctl, prctl, FLOOR_WORDS),
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
