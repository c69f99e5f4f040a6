/* floor_files: the calls that change names. Each is carried out here, on a directory that we hold,
 * never continued on a path that the caller can change. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/places.h"
#include "base/proc.h"

/* ---- judging ---- */

/* Files of /proc that a process may write about itself. */
static bool is_own_proc_file(const struct floor_call *call, const char *path)
{
    static const char *const names[] = {"comm", "oom_score_adj", "timerslack_ns", "coredump_filter",
                                        "clear_refs"};
    int pid, size = 0;

    if (sscanf(path, "/proc/%d/%n", &pid, &size) != 1 || !size ||
        pid != proc_status((pid_t)call->notif.pid, "\nTgid:", 10))
        return false;
    const char *last = strrchr(path, '/') + 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(last, names[i]) == 0)
            return true;
    return false;
}

const char *floor_judge_call(const struct floor_call *call, const char *real, enum floor_part part)
{
    char link[32], cwd[PATH_MAX];
    ssize_t size = -1;

    if (strncmp(real, "/proc/", 6) == 0 && is_own_proc_file(call, real))
        return NULL;
    if (call->rules->has_relative) {
        snprintf(link, sizeof link, "/proc/%d/cwd", call->worker->pid);
        size = readlink(link, cwd, sizeof cwd - 1);
    }
    if (size > 0)
        cwd[size] = 0;
    return floor_judge(call->rules, real, size > 0 ? cwd : NULL, part);
}

static bool makes_folder(const struct floor_call *call)
{
    int number = call->notif.data.nr;

    return number == SYS_mkdirat || call->row->judge == floor_do_mkdir;
}

/* A folder above a cache that is not there yet may be made for it. */
static bool leads_to_always(const struct floor_rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(rules->always[i], path))
            return true;
    return false;
}

long floor_spot_judge(struct floor_call *call, const struct floor_spot *spot, enum floor_part part,
                      enum floor_probe probe)
{
    struct stat status;
    const char *why = floor_judge_call(call, call->path, part);

    if (!why)
        return 0;
    bool there = spot->object || !fstatat(spot->dir, spot->name, &status, AT_SYMLINK_NOFOLLOW);
    if (there && probe == FLOOR_MAKES)
        return -EEXIST;
    if (probe == FLOOR_MAKES && makes_folder(call) && leads_to_always(call->rules, call->path))
        return 0;
    if (!there && probe == FLOOR_NEEDS)
        return -ENOENT;
    return floor_refuse(call, why);
}

void floor_take_umask(const struct floor_call *call)
{
    int64_t mask =
        call->worker->umask_moved ? proc_status((pid_t)call->notif.pid, "\nUmask:", 8) : -1;

    if (mask >= 0)
        umask((mode_t)mask); /* this thread's own: see floor.c */
}

/* ---- names ---- */

/* Call `make` on the spot when it may be written; 0 or what the call answers. */
static long on_name(struct floor_call *call, int directory, uint64_t address,
                    enum floor_probe probe, long (*work)(struct floor_call *, struct floor_spot *))
{
    struct floor_spot spot;
    long verdict = floor_spot_read(call, directory, address, FLOOR_ITSELF, &spot);

    if (!verdict)
        verdict = floor_spot_judge(call, &spot, FLOOR_NAME, probe);
    if (!verdict)
        verdict = work(call, &spot);
    floor_spot_clear(&spot);
    return verdict;
}

/* 0: it is not there. */
static mode_t mode_of(const struct floor_spot *spot)
{
    struct stat status;

    return fstatat(spot->dir, spot->name, &status, AT_SYMLINK_NOFOLLOW) ? 0 : status.st_mode;
}

/* "name/" for what is no directory: it is there, or it cannot be. */
static long refuse_slash(const struct floor_spot *spot)
{
    return mode_of(spot) ? -EEXIST : -ENOENT;
}

static long removed(struct floor_call *call, const struct floor_spot *spot, int flags)
{
    struct floor_changes *changes = floor_changes_told(call, call->path);
    struct change change;

    floor_changes_removes(changes, call->path, spot->dir, spot->name, &change);
    long verdict = floor_result(unlinkat(spot->dir, spot->name, flags));
    floor_changes_settle(changes, &change, verdict == 0);
    return verdict;
}

/* What was made: noted. */
static long made(struct floor_call *call, const struct floor_spot *spot, long result)
{
    long verdict = floor_result(result);

    if (!verdict)
        floor_made(call, call->path, spot->dir, spot->name);
    return verdict;
}

static long work_unlink(struct floor_call *call, struct floor_spot *spot)
{
    mode_t mode = spot->slash ? mode_of(spot) : 0;

    return !spot->slash    ? removed(call, spot, 0)
           : !mode         ? -ENOENT
           : S_ISDIR(mode) ? -EISDIR
                           : -ENOTDIR;
}

static long work_rmdir(struct floor_call *call, struct floor_spot *spot)
{
    return strcmp(spot->name, ".") == 0 ? -EINVAL : removed(call, spot, AT_REMOVEDIR);
}

static long work_mkdir(struct floor_call *call, struct floor_spot *spot)
{
    floor_take_umask(call);
    return made(call, spot,
                mkdirat(spot->dir, spot->name,
                        floor_mode(call, call->notif.data.nr == SYS_mkdirat) & 07777));
}

static long work_mknod(struct floor_call *call, struct floor_spot *spot)
{
    bool at = call->notif.data.nr == SYS_mknodat;
    mode_t mode = floor_mode(call, at);

    if (S_ISBLK(mode) || S_ISCHR(mode))
        return floor_refuse(call, "it makes a device");
    if (spot->slash)
        return refuse_slash(spot);
    floor_take_umask(call);
    return made(call, spot, mknodat(spot->dir, spot->name, mode, 0));
}

static long work_symlink(struct floor_call *call, struct floor_spot *spot)
{
    char target[PATH_MAX];
    int wrong = floor_read_text(call, call->notif.data.args[0], target);

    return wrong         ? wrong
           : spot->slash ? refuse_slash(spot)
                         : made(call, spot, symlinkat(target, spot->dir, spot->name));
}

long floor_do_unlink(struct floor_call *call)
{
    return on_name(call, AT_FDCWD, call->notif.data.args[0], FLOOR_NEEDS, work_unlink);
}

long floor_do_rmdir(struct floor_call *call)
{
    return on_name(call, AT_FDCWD, call->notif.data.args[0], FLOOR_NEEDS, work_rmdir);
}

long floor_do_unlinkat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_name(call, (int)args[0], args[1], FLOOR_NEEDS,
                   args[2] & AT_REMOVEDIR ? work_rmdir : work_unlink);
}

long floor_do_mkdir(struct floor_call *call)
{
    return on_name(call, AT_FDCWD, call->notif.data.args[0], FLOOR_MAKES, work_mkdir);
}

long floor_do_mkdirat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_name(call, (int)args[0], args[1], FLOOR_MAKES, work_mkdir);
}

long floor_do_mknod(struct floor_call *call)
{
    return on_name(call, AT_FDCWD, call->notif.data.args[0], FLOOR_MAKES, work_mknod);
}

long floor_do_mknodat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_name(call, (int)args[0], args[1], FLOOR_MAKES, work_mknod);
}

long floor_do_symlink(struct floor_call *call)
{
    return on_name(call, AT_FDCWD, call->notif.data.args[1], FLOOR_MAKES, work_symlink);
}

long floor_do_symlinkat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_name(call, (int)args[1], args[2], FLOOR_MAKES, work_symlink);
}

/* ---- two names ---- */

struct two {
    int from_dir, to_dir;
    uint64_t from, to;
    unsigned flags;
    bool links, follows;
};

static bool is_one(const struct floor_spot *a, const struct floor_spot *b)
{
    struct stat one, other;

    return !fstatat(a->dir, a->name, &one, AT_SYMLINK_NOFOLLOW) &&
           !fstatat(b->dir, b->name, &other, AT_SYMLINK_NOFOLLOW) && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* "name/" is a directory. What else is wrong the system says. */
static bool renames_no_folder(const struct two *two, const struct floor_spot *from,
                              const struct floor_spot *to)
{
    bool swaps = two->flags & RENAME_EXCHANGE;

    if ((!from->slash && !to->slash) || strcmp(from->name, ".") == 0 || strcmp(to->name, ".") == 0)
        return false;
    mode_t old = mode_of(from), new = mode_of(to);
    if (!old || (swaps && !new) || (two->flags & RENAME_NOREPLACE && new))
        return false;
    return (!S_ISDIR(old) && (from->slash || !swaps)) || (swaps && to->slash && !S_ISDIR(new));
}

static long work_rename(struct floor_call *call, const struct two *two, struct floor_spot *from,
                        struct floor_spot *to)
{
    char old[2 * PATH_MAX];

    if (renames_no_folder(two, from, to))
        return -ENOTDIR;
    bool swaps = two->flags & RENAME_EXCHANGE, nothing = is_one(from, to);
    struct floor_changes *changes = nothing ? NULL : floor_changes_told(call, call->path);
    struct change change = {0};

    floor_spot_path(from, old);
    bool own = !floor_changes_told(call, old); /* a file of the session's own */
    if (!swaps && !(two->flags & RENAME_NOREPLACE))
        floor_changes_removes(changes, call->path, to->dir, to->name, &change);
    long verdict =
        floor_result(syscall(SYS_renameat2, from->dir, from->name, to->dir, to->name, two->flags));
    floor_changes_settle(changes, &change, verdict == 0);
    if (!verdict) {
        floor_shared_note(call, call->path, to->dir, to->name, FLOOR_SHARED_NAMED);
        floor_shared_note(call, old, from->dir, from->name, FLOOR_SHARED_NAMED); /* swapped */
    }
    if (!verdict && own)
        floor_changes_made(changes, call->path, to->dir, to->name);
    else if (!verdict && !nothing)
        floor_changes_moved(call->changes, old, call->path, to->dir, to->name, swaps);
    return verdict;
}

static long work_two(struct floor_call *call, const struct two *two, struct floor_spot *from,
                     struct floor_spot *to)
{
    char link[32];

    if (!two->links)
        return work_rename(call, two, from, to);
    if (from->slash && !from->object && mode_of(from) && !S_ISDIR(mode_of(from)))
        return -ENOTDIR;
    if (to->slash && (from->object || mode_of(from)))
        return refuse_slash(to);
    if (!from->object)
        return made(call, to, linkat(from->dir, from->name, to->dir, to->name, 0));
    snprintf(link, sizeof link, "/proc/self/fd/%d", from->dir); /* O_TMPFILE gets its name */
    return made(call, to, linkat(AT_FDCWD, link, to->dir, to->name, AT_SYMLINK_FOLLOW));
}

static long on_two(struct floor_call *call, const struct two *two)
{
    struct floor_spot from, to = {.dir = -1};
    struct stat status;
    enum floor_follow follow = two->follows ? FLOOR_FOLLOWS
                               : two->links ? FLOOR_LINK
                                            : FLOOR_ITSELF;
    long verdict = floor_spot_read(call, two->from_dir, two->from, follow, &from);

    /* A file that has no name yet (O_TMPFILE) was judged when it was opened. */
    bool nameless = !verdict && from.object && !fstat(from.dir, &status) && !status.st_nlink;
    if (!verdict && !nameless)
        verdict = floor_spot_judge(call, &from, FLOOR_NAME, FLOOR_NEEDS);
    if (!verdict)
        verdict = floor_spot_read(call, two->to_dir, two->to, FLOOR_ITSELF, &to);
    if (!verdict)
        verdict = floor_spot_judge(call, &to, FLOOR_NAME, two->links ? FLOOR_MAKES : FLOOR_OPENS);
    if (!verdict)
        verdict = work_two(call, two, &from, &to);
    if (!verdict && !two->links)
        floor_written_moved(floor_written_of(call), &from, &to);
    floor_spot_clear(&from);
    floor_spot_clear(&to);
    return verdict;
}

long floor_do_rename(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_two(call, &(struct two){AT_FDCWD, AT_FDCWD, args[0], args[1], 0, false, false});
}

long floor_do_renameat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    unsigned flags = call->notif.data.nr == SYS_renameat2 ? (unsigned)args[4] : 0;

    return on_two(call,
                  &(struct two){(int)args[0], (int)args[2], args[1], args[3], flags, false, false});
}

long floor_do_link(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return on_two(call, &(struct two){AT_FDCWD, AT_FDCWD, args[0], args[1], 0, true, false});
}

long floor_do_linkat(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    if (args[4] & AT_EMPTY_PATH)
        return -ENOENT; /* what those without the capability hear; they go by /proc/self/fd */
    return on_two(call, &(struct two){(int)args[0], (int)args[2], args[1], args[3], 0, true,
                                      (args[4] & AT_SYMLINK_FOLLOW) != 0});
}
