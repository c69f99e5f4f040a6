/* floor_table: the calls that the front is asked about. */
#include "kernel/front/floor_call.h"

#include <sys/syscall.h>

#define ROW(call, judge)                                                                           \
    {                                                                                              \
        SYS_##call, #call, floor_do_##judge                                                        \
    }
/* clang-format off */
const struct floor_row floor_rows[] = {
    /* only with a flag that writes (floor_filter.c) */
    ROW(openat, openat),
#ifdef SYS_open /* the elders, which newer machines do not have */
    ROW(open, open),              ROW(creat, creat),            ROW(unlink, unlink),
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
    ROW(prctl, prctl), /* only the worker's own words (FLOOR_PRCTL) */
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
