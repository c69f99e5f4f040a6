/* floor_known: the calls that change what is known of a file (rights, owner, times, attributes),
 * and those that empty it. Each is carried out here, on the very thing that was judged. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

/* The elders, which newer machines (arm64) do not have: no call has such a number. */
#ifndef SYS_futimesat
#define SYS_futimesat (-1)
#endif
#ifndef SYS_utime
#define SYS_utime (-1)
#endif
#ifndef SYS_lchown
#define SYS_lchown (-1)
#endif

enum { XATTR_BYTES_MOST = 65536 };

typedef long (*work_fn)(struct floor_call *call, int fd, const char *link);
static long work_truncate(struct floor_call *call, int fd, const char *link);

static long on_thing(struct floor_call *call, int thing, work_fn work)
{
    struct stat status;
    char link[32];

    if (fstat(thing, &status))
        return -errno;
    if (S_ISREG(status.st_mode) && status.st_nlink > 1)
        return floor_refuse(call, "another name of the same file may lie anywhere");
    snprintf(link, sizeof link, "/proc/self/fd/%d", thing);
    struct floor_changes *changes = floor_changes_told(call, call->path);
    if (work == work_truncate) {
        floor_written_note(floor_written_of(call), call->path);
        floor_changes_writes(changes, call->path, thing, &status);
    } else {
        floor_changes_knows(changes, call->path, thing, &status);
    }
    return floor_result(work(call, thing, link));
}

/* What the path names is changed. */
static long on_path(struct floor_call *call, int directory, uint64_t address, bool follow,
                    work_fn work)
{
    struct floor_spot spot;
    long verdict =
        floor_spot_read(call, directory, address, follow ? FLOOR_FOLLOWS : FLOOR_LINK, &spot);

    if (!verdict)
        verdict = floor_spot_judge(call, &spot, FLOOR_THING, FLOOR_NEEDS);
    if (verdict) {
        floor_spot_clear(&spot);
        return verdict;
    }
    int thing = spot.object
                    ? fcntl(spot.dir, F_DUPFD_CLOEXEC, 3)
                    : openat(spot.dir, spot.name,
                             O_PATH | O_NOFOLLOW | O_CLOEXEC | (spot.slash ? O_DIRECTORY : 0));
    verdict = thing < 0 ? -errno : on_thing(call, thing, work);
    if (thing >= 0)
        close(thing);
    floor_spot_clear(&spot);
    return verdict;
}

/* Who asks for what it is already changes nothing: databases that run as root give a journal its
 * owner whenever they open it. */
static bool is_as_asked(const struct floor_call *call, const struct stat *status)
{
    uid_t user = (uid_t)call->notif.data.args[1];
    gid_t group = (gid_t)call->notif.data.args[2];

    return call->notif.data.nr == SYS_fchown && !(status->st_mode & (S_ISUID | S_ISGID)) &&
           (user == (uid_t)-1 || user == status->st_uid) &&
           (group == (gid_t)-1 || group == status->st_gid);
}

/* What the descriptor leads to, which may have been opened only for reading. */
static long on_fd(struct floor_call *call, int number, work_fn work)
{
    struct stat status;
    int thing = floor_take_fd(call, number);
    long verdict = 0;
    char real[PATH_MAX];

    if (thing < 0)
        return thing;
    if (floor_fd_path(thing, real) || fstat(thing, &status)) {
        close(thing);
        return -EBADF;
    }
    snprintf(call->path, sizeof call->path, "%s", real);
    bool named =
        (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) && status.st_nlink && real[0] == '/';
    const char *why = named ? floor_judge_call(call, real, FLOOR_THING) : NULL;
    if (!why || !is_as_asked(call, &status))
        verdict = why ? floor_refuse(call, why) : on_thing(call, thing, work);
    close(thing);
    return verdict;
}

static long work_chmod(struct floor_call *call, int fd, const char *link)
{
    (void)fd;
    return chmod(link, floor_mode(call, call->notif.data.nr == SYS_fchmodat) & 07777);
}

static long work_chown(struct floor_call *call, int fd, const char *link)
{
    int at = call->notif.data.nr == SYS_fchownat ? 2 : 1;
    const __u64 *args = call->notif.data.args;

    (void)link;
    return fchownat(fd, "", (uid_t)args[at], (gid_t)args[at + 1], AT_EMPTY_PATH);
}

static long work_truncate(struct floor_call *call, int fd, const char *link)
{
    (void)fd;
    return truncate(link, (off_t)call->notif.data.args[1]);
}

/* The times of an utimensat, or of one of its elders, which say them otherwise. */
static int read_times(struct floor_call *call, struct timespec out[2])
{
    struct timeval micro[2];
    struct utimbuf seconds;
    bool now = call->notif.data.nr == SYS_utimensat;
    uint64_t at = call->notif.data.args[now || call->notif.data.nr == SYS_futimesat ? 2 : 1];

    if (!at)
        return 1;
    if (now)
        return floor_read_bytes(call, at, out, 2 * sizeof *out);
    if (call->notif.data.nr == SYS_utime) {
        if (floor_read_bytes(call, at, &seconds, sizeof seconds))
            return -EFAULT;
        out[0] = (struct timespec){seconds.actime, 0};
        out[1] = (struct timespec){seconds.modtime, 0};
        return 0;
    }
    if (floor_read_bytes(call, at, micro, sizeof micro))
        return -EFAULT;
    for (int i = 0; i < 2; i++)
        out[i] = (struct timespec){micro[i].tv_sec, micro[i].tv_usec * 1000};
    return 0;
}

static long work_times(struct floor_call *call, int fd, const char *link)
{
    struct timespec times[2];
    int read = read_times(call, times);

    (void)fd;
    if (read < 0) {
        errno = EFAULT;
        return -1;
    }
    return utimensat(AT_FDCWD, link, read ? NULL : times, 0);
}

static bool removes_xattr(const struct floor_call *call)
{
    int number = call->notif.data.nr;

    return number == SYS_removexattr || number == SYS_lremovexattr || number == SYS_fremovexattr;
}

static long work_xattr(struct floor_call *call, int fd, const char *link)
{
    const __u64 *args = call->notif.data.args;
    char key[PATH_MAX];
    int wrong = floor_read_text(call, args[1], key);
    char *value = NULL;

    (void)fd;
    if (!wrong && !removes_xattr(call)) {
        wrong = args[3] > XATTR_BYTES_MOST ? -E2BIG : 0;
        value = wrong ? NULL : malloc(args[3] + 1);
        wrong = wrong ? wrong : !value ? -ENOMEM : 0;
        if (!wrong && args[3])
            wrong = floor_read_bytes(call, args[2], value, args[3]);
    }
    long result = -1;
    if (wrong)
        errno = -wrong;
    else
        result = value ? setxattr(link, key, value, args[3], (int)args[4]) : removexattr(link, key);
    int error = errno;
    free(value);
    errno = error;
    return result;
}

long floor_do_chmod(struct floor_call *call)
{
    return on_path(call, AT_FDCWD, call->notif.data.args[0], true, work_chmod);
}

long floor_do_fchmodat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_path(call, (int)args[0], args[1], true, work_chmod);
}

long floor_do_fchmod(struct floor_call *call)
{
    return on_fd(call, (int)call->notif.data.args[0], work_chmod);
}

long floor_do_chown(struct floor_call *call)
{
    return on_path(call, AT_FDCWD, call->notif.data.args[0], call->notif.data.nr != SYS_lchown,
                   work_chown);
}

long floor_do_fchownat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    if (args[4] & AT_EMPTY_PATH)
        return on_fd(call, (int)args[0], work_chown);
    return on_path(call, (int)args[0], args[1], !(args[4] & AT_SYMLINK_NOFOLLOW), work_chown);
}

long floor_do_fchown(struct floor_call *call)
{
    return on_fd(call, (int)call->notif.data.args[0], work_chown);
}

long floor_do_truncate(struct floor_call *call)
{
    return on_path(call, AT_FDCWD, call->notif.data.args[0], true, work_truncate);
}

long floor_do_utimensat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    if (!args[1] || args[3] & AT_EMPTY_PATH) /* futimens */
        return on_fd(call, (int)args[0], work_times);
    return on_path(call, (int)args[0], args[1], !(args[3] & AT_SYMLINK_NOFOLLOW), work_times);
}

long floor_do_utimes(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    if (call->notif.data.nr != SYS_futimesat)
        return on_path(call, AT_FDCWD, args[0], true, work_times);
    return args[1] ? on_path(call, (int)args[0], args[1], true, work_times)
                   : on_fd(call, (int)args[0], work_times);
}

long floor_do_xattr(struct floor_call *call)
{
    int number = call->notif.data.nr;

    return on_path(call, AT_FDCWD, call->notif.data.args[0],
                   number != SYS_lsetxattr && number != SYS_lremovexattr, work_xattr);
}

long floor_do_fxattr(struct floor_call *call)
{
    return on_fd(call, (int)call->notif.data.args[0], work_xattr);
}
