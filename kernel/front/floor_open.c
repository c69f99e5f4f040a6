/* floor_open: opening for writing. The front opens the file itself and hands the descriptor over.
 */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_US = 10000 };

/* By its link when it cannot be written to: O_RDONLY | O_TRUNC empties a file too. */
static int empty(int fd, int flags)
{
    char link[32];

    if ((flags & O_ACCMODE) != O_RDONLY)
        return ftruncate(fd, 0) ? -errno : 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return truncate(link, 0) ? -errno : 0;
}

/* A FIFO waits for its other end: not on the thread that answers everybody. */
static void *open_slowly(void *argument)
{
    struct floor_slow *slow = argument;
    char link[32];
    int fd;
    long verdict = 0;

    snprintf(link, sizeof link, "/proc/self/fd/%d", slow->fd);
    while ((fd = open(link, slow->flags | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO &&
           !verdict && !(slow->flags & O_NONBLOCK)) {
        if (floor_interrupted(&slow->call))
            verdict = FLOOR_ANSWERED;
        else
            usleep(LOOK_US);
    }
    if (fd < 0 && !verdict)
        verdict = -errno;
    if (fd >= 0 && !(slow->flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    close(slow->fd);
    if (fd >= 0)
        verdict = floor_inject(&slow->call, fd, slow->flags & O_CLOEXEC);
    if (verdict != FLOOR_ANSWERED)
        floor_reply(&slow->call, 0, (int)verdict, 0);
    floor_worker_release(slow->call.worker);
    free(slow);
    return NULL;
}

static long refuse_linked(struct floor_call *call)
{
    return floor_refuse(call, "another name of the same file may lie anywhere");
}

/* The caller gets `fd` (taken over), which is `status`; `made`: it was not there before. O_TRUNC
 * only now that we hold the very file: another name of it may have come meanwhile. */
static long give(struct floor_call *call, int fd, int flags, const struct stat *status, bool made)
{
    struct floor_changes *changes = floor_changes_told(call, call->path);
    long verdict = 0;

    if (made)
        floor_made(call, call->path, fd, "");
    else if (S_ISREG(status->st_mode) && status->st_nlink > 1)
        verdict = refuse_linked(call);
    else if (flags & O_TRUNC || (flags & O_ACCMODE) != O_RDONLY)
        floor_changes_writes(changes, call->path, fd, status);
    if (!verdict && flags & O_TRUNC && S_ISREG(status->st_mode) && status->st_size)
        verdict = empty(fd, flags);
    if (!verdict)
        return floor_inject(call, fd, flags & O_CLOEXEC);
    close(fd);
    return verdict;
}

/* A call that may only read, or whose library then only reads: told in the audit log alone. */
static bool may_only_read(int flags, bool there)
{
    return there && !(flags & O_TRUNC) && (flags & O_ACCMODE) != O_WRONLY;
}

/* Does the folder of a plain path lead through no symlink? What was found of the last one holds for
 * a moment. */
static bool folder_is_plain(const char *path)
{
    static _Thread_local char last[PATH_MAX];
    static _Thread_local int64_t until_ms;
    size_t size = (size_t)(strrchr(path, '/') - path);
    int64_t at_ms = floor_clock_ms(CLOCK_MONOTONIC_COARSE);

    if (at_ms <= until_ms && strncmp(last, path, size) == 0 && !last[size])
        return true;
    snprintf(last, sizeof last, "%.*s", (int)size, path);
    int fd = floor_open_plain(size ? last : "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    until_ms = fd < 0 ? 0 : at_ms + FLOOR_FOLDER_MS;
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Most refusals: of such a path that is a file, or can be one. Nothing is done, so nobody need know
 * whether the caller still waits. */
static long refuse_plain(struct floor_call *call, const char *path, int flags, const char *why)
{
    char link[1];

    if (why != floor_outside || flags & O_EXCL || !folder_is_plain(path) ||
        readlink(path, link, sizeof link) >= 0)
        return 1;
    bool there = errno == EINVAL; /* no symlink */
    if (!there && (errno != ENOENT || !(flags & O_CREAT)))
        return 1;
    call->quiet = may_only_read(flags, there);
    return floor_refuse(call, why);
}

/* Most opens: of a plain file, new or there, by a whole path without a symlink, which is judged as
 * it is. The system follows no link, so that it opens what was judged. 1: it is none of these. */
static long open_plain(struct floor_call *call, const char *path, int flags, mode_t mode)
{
    const int other = O_PATH | O_DIRECTORY | (O_TMPFILE & ~O_DIRECTORY);
    int own = (flags & ~(O_TRUNC | O_CREAT | O_EXCL)) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
    int access = flags & O_ACCMODE, fd = -ENOENT;
    struct stat status;

    if ((access != O_WRONLY && access != O_RDWR) || flags & other || !floor_path_is_plain(path))
        return 1;
    strcpy(call->path, path); /* the longer */
    const char *why = floor_judge_call(call, path, FLOOR_CONTENT);
    if (why)
        return refuse_plain(call, path, flags, why);
    if (!floor_call_alive(call))
        return -EINTR;
    floor_written_note(floor_written_of(call), path);
    if (!(flags & O_EXCL)) /* a FIFO without its other end is not waited for here */
        fd = floor_open_plain(path, own | O_NONBLOCK, 0);
    bool made = fd == -ENOENT && flags & O_CREAT;
    if (made) {
        floor_take_umask(call);
        fd = floor_open_plain(path, own | O_CREAT | O_EXCL, mode);
    }
    if (fd < 0)
        return 1;
    if (!made && !(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags);
    if (fstat(fd, &status) == 0)
        return give(call, fd, flags, &status, made);
    close(fd);
    return -EIO;
}

/* What a /proc/PID/fd link named: pipes, terminals and memory of one's own, else by its path. */
static long open_object(struct floor_call *call, struct floor_spot *spot, int flags)
{
    struct stat status;
    char link[32];

    if (fstat(spot->dir, &status))
        return -errno;
    bool anonymous = S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode) ||
                     strncmp(spot->parent, "/memfd:", 7) == 0;
    const char *why = anonymous ? NULL : floor_judge_call(call, spot->parent, FLOOR_THING);
    if (!why && !anonymous && status.st_nlink > 1)
        return refuse_linked(call);
    if (why)
        return floor_refuse(call, why);
    if (S_ISFIFO(status.st_mode))
        return floor_hand_over(call, open_slowly, fcntl(spot->dir, F_DUPFD_CLOEXEC, 3), flags);
    snprintf(link, sizeof link, "/proc/self/fd/%d", spot->dir);
    if (!anonymous && status.st_nlink) {
        floor_written_note(floor_written_of(call), spot->parent);
        floor_changes_writes(floor_changes_told(call, spot->parent), spot->parent, spot->dir,
                             &status);
    }
    int fd = open(link, (flags & ~O_NOFOLLOW) | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : floor_inject(call, fd, flags & O_CLOEXEC);
}

/* What is there already: what it is decides how it is opened. 1: it was dealt with; else go on. */
static long open_existing(struct floor_call *call, struct floor_spot *spot, int flags,
                          const struct stat *status)
{
    if (flags & O_PATH || (flags & O_CREAT && flags & O_EXCL))
        return 1; /* the system says what is wrong */
    if (S_ISDIR(status->st_mode) && flags & O_TRUNC)
        return -EISDIR;
    if (S_ISREG(status->st_mode) && status->st_nlink > 1)
        return refuse_linked(call);
    if (S_ISFIFO(status->st_mode)) {
        int thing = openat(spot->dir, spot->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return thing < 0 ? -errno
                         : floor_hand_over(call, open_slowly, thing, flags & ~(O_CREAT | O_EXCL));
    }
    return 1;
}

/* Opened in place: another that makes the name meanwhile is not taken for ours. */
static int open_name(const struct floor_spot *spot, int flags, mode_t mode, bool *there)
{
    int own =
        (flags & ~O_TRUNC) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | (spot->slash ? O_DIRECTORY : 0);
    bool makes = flags & O_CREAT && !*there;
    int fd = openat(spot->dir, spot->name, own | (makes ? O_EXCL : 0), mode);

    if (fd >= 0 || errno != EEXIST || !makes || flags & O_EXCL)
        return fd;
    *there = true;
    return openat(spot->dir, spot->name, own, mode);
}

static long open_spot(struct floor_call *call, struct floor_spot *spot, int flags, mode_t mode)
{
    bool temporary = (flags & O_TMPFILE) == O_TMPFILE;
    struct stat status;
    bool there = !temporary && !fstatat(spot->dir, spot->name, &status, AT_SYMLINK_NOFOLLOW);

    if (there) {
        long verdict = open_existing(call, spot, flags, &status);
        if (verdict != 1)
            return verdict;
    } else if (flags & O_CREAT || temporary) {
        floor_take_umask(call);
    }
    if (spot->slash && flags & O_CREAT)
        return flags & O_EXCL && strcmp(spot->name, ".") == 0 ? -EEXIST : -EISDIR;
    floor_written_note(floor_written_of(call), call->path);
    int fd = open_name(spot, flags, mode, &there);
    if (fd < 0)
        return -errno;
    if (temporary)
        return floor_inject(call, fd, flags & O_CLOEXEC);
    if (fstat(fd, &status) == 0)
        return give(call, fd, flags, &status, !there);
    close(fd);
    return -EIO;
}

static long open_at(struct floor_call *call, int directory, uint64_t address, int flags,
                    mode_t mode)
{
    struct floor_spot spot;
    struct stat status;
    char path[PATH_MAX];
    bool follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    long verdict = floor_peek_text(call, address, path);

    if (verdict || (verdict = open_plain(call, path, flags, mode)) != 1)
        return verdict;
    if (!floor_call_alive(call))
        return -EINTR;
    verdict = floor_spot_find(call, directory, path, follow ? FLOOR_FOLLOWS : FLOOR_LINK, &spot);
    if (verdict)
        return verdict;
    bool there = spot.object || !fstatat(spot.dir, spot.name, &status, AT_SYMLINK_NOFOLLOW);
    call->quiet = may_only_read(flags, there);
    if (spot.object) {
        verdict = open_object(call, &spot, flags);
        floor_spot_clear(&spot);
        return verdict;
    }
    bool tried_create = (flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC) && there &&
                        (flags & O_TMPFILE) != O_TMPFILE && !(flags & O_EXCL);
    if (tried_create) /* a lock file opened for reading: as if it said no O_CREAT */
        flags &= ~O_CREAT;
    else
        verdict =
            floor_spot_judge(call, &spot, FLOOR_THING,
                             !(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE ? FLOOR_NEEDS
                             : flags & O_EXCL                                       ? FLOOR_MAKES
                                                                                    : FLOOR_OPENS);
    if (!verdict)
        verdict = open_spot(call, &spot, flags, mode);
    floor_spot_clear(&spot);
    return verdict;
}

long floor_do_open(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return open_at(call, AT_FDCWD, args[0], (int)args[1], (mode_t)args[2] & 07777);
}

long floor_do_openat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return open_at(call, (int)args[0], args[1], (int)args[2], (mode_t)args[3] & 07777);
}

long floor_do_creat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return open_at(call, AT_FDCWD, args[0], O_CREAT | O_WRONLY | O_TRUNC, (mode_t)args[1] & 07777);
}
