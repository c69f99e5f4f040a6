/* floor_path: what a path of the caller means. It is read once from the caller's memory and
 * resolved here to a directory that we hold and one name in it; the call is then made on these, so
 * nothing that the caller changes meanwhile leads elsewhere. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/places.h"
#include "base/proc.h"

enum { LINKS_MOST = 40, PAGE = 4096, SHORT = 256 /* most paths */ };

/* ---- the caller's memory ---- */

/* Some containers refuse process_vm_readv; /proc/TID/mem needs the same right. */
static ssize_t peek(pid_t tid, uint64_t address, void *to, size_t size)
{
    struct iovec ours = {to, size}, theirs = {(void *)(uintptr_t)address, size};
    char file[32];
    ssize_t got = process_vm_readv(tid, &ours, 1, &theirs, 1, 0);

    if (got >= 0 || (errno != EPERM && errno != ENOSYS))
        return got;
    snprintf(file, sizeof file, "/proc/%d/mem", tid);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    got = pread(fd, to, size, (off_t)address);
    int error = errno == EIO ? EFAULT : errno;
    close(fd);
    errno = error;
    return got;
}

int floor_read_bytes(const struct floor_call *call, uint64_t address, void *to, size_t size)
{
    return peek((pid_t)call->notif.pid, address, to, size) == (ssize_t)size ? 0 : -EFAULT;
}

int floor_peek_text(const struct floor_call *call, uint64_t address, char to[PATH_MAX])
{
    size_t have = 0;

    while (have < PATH_MAX) { /* not across pages: the next one may not be there */
        size_t part = PAGE - (address + have) % PAGE;
        if (!have && part > SHORT)
            part = SHORT;
        if (have + part > PATH_MAX)
            part = PATH_MAX - have;
        ssize_t got = peek((pid_t)call->notif.pid, address + have, to + have, part);
        if (got <= 0)
            return got < 0 && errno != EFAULT ? -EPERM : -EFAULT;
        if (memchr(to + have, 0, (size_t)got))
            return 0;
        have += (size_t)got;
    }
    return -ENAMETOOLONG;
}

int floor_read_text(const struct floor_call *call, uint64_t address, char to[PATH_MAX])
{
    int wrong = floor_peek_text(call, address, to);

    return wrong ? wrong : floor_call_alive(call) ? 0 : -EINTR;
}

/* ---- descriptors ---- */

int floor_fd_path(int fd, char out[PATH_MAX])
{
    char link[32];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, out, PATH_MAX - 1);
    if (size < 0)
        return -errno;
    out[size] = 0;
    return 0;
}

int floor_take_fd(const struct floor_call *call, int number)
{
    char link[48];

    if (number == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/%d/cwd", (pid_t)call->notif.pid);
    else if (number < 0)
        return -EBADF;
    else
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (pid_t)call->notif.pid, number);
    int fd = open(link, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT && number != AT_FDCWD ? -EBADF : -errno;
    if (floor_call_alive(call))
        return fd;
    close(fd);
    return -EINTR;
}

int floor_copy_fd(const struct floor_call *call, int number)
{
    if (!floor_may_copy())
        return -EPERM;
    pid_t process = (pid_t)proc_status((pid_t)call->notif.pid, "\nTgid:", 10);
    int pid_fd = (int)syscall(SYS_pidfd_open, process, 0);
    int fd = pid_fd >= 0 ? (int)syscall(SYS_pidfd_getfd, pid_fd, number, 0) : -1;
    int error = errno;

    if (pid_fd >= 0)
        close(pid_fd);
    if (fd < 0)
        return -error;
    if (floor_call_alive(call))
        return fd;
    close(fd);
    return -EINTR;
}

/* ---- walking ---- */

struct walk {
    const struct floor_call *call;
    int fd, links;
    char rest[PATH_MAX * 2];
};

/* What the link `part` of /proc says to the caller: "self" is the reader's own. True: it is a
 * magic link, whose object is taken. */
static bool read_proc_link(const struct walk *self, const char *part, char link[PATH_MAX])
{
    pid_t tid = (pid_t)self->call->notif.pid;
    char here[PATH_MAX];
    struct statfs system;

    if (fstatfs(self->fd, &system) || system.f_type != PROC_SUPER_MAGIC ||
        floor_fd_path(self->fd, here))
        return false;
    if (strcmp(here, "/proc") != 0)
        return true;
    if (strcmp(part, "self") == 0)
        snprintf(link, PATH_MAX, "%ld", (long)proc_status(tid, "\nTgid:", 10));
    else if (strcmp(part, "thread-self") == 0)
        snprintf(link, PATH_MAX, "%ld/task/%d", (long)proc_status(tid, "\nTgid:", 10), tid);
    return false;
}

/* Put the target of a link before what is left. */
static int follow_link(struct walk *self, const char *link)
{
    char joined[PATH_MAX * 3];

    if (++self->links > LINKS_MOST)
        return -ELOOP;
    snprintf(joined, sizeof joined, "%s%s", link, self->rest);
    if (strlen(joined) >= sizeof self->rest)
        return -ENAMETOOLONG;
    strcpy(self->rest, joined);
    if (*link != '/')
        return 0;
    close(self->fd);
    self->fd = open("/", O_PATH | O_CLOEXEC);
    return self->fd < 0 ? -errno : 0;
}

/* One component on. 1: there was none left; 0; -errno. */
static int step(struct walk *self)
{
    char part[NAME_MAX + 1], link[PATH_MAX];
    const char *at = self->rest + strspn(self->rest, "/");
    size_t size = strcspn(at, "/");

    if (!size)
        return 1;
    if (size > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(part, at, size);
    part[size] = 0;
    memmove(self->rest, at + size, strlen(at + size) + 1);
    ssize_t length = readlinkat(self->fd, part, link, sizeof link - 1);
    bool magic = false;
    if (length >= 0) {
        link[length] = 0;
        magic = read_proc_link(self, part, link);
        if (!magic)
            return follow_link(self, link);
    }
    int next = openat(self->fd, part, O_PATH | O_CLOEXEC | (magic ? 0 : O_NOFOLLOW));
    if (next < 0)
        return -errno;
    close(self->fd);
    self->fd = next;
    return 0;
}

/* Component by component, for what openat2 cannot do for another process. */
static int walk_slowly(const struct floor_call *call, int base, const char *path)
{
    struct walk self = {.call = call,
                        .fd = *path == '/' ? open("/", O_PATH | O_CLOEXEC)
                                           : fcntl(base, F_DUPFD_CLOEXEC, 3)};
    int done = 0;

    if (self.fd < 0)
        return -errno;
    snprintf(self.rest, sizeof self.rest, "%s", path);
    while (!done)
        done = step(&self);
    if (done > 0)
        return self.fd;
    if (self.fd >= 0)
        close(self.fd);
    return done;
}

bool floor_path_is_plain(const char *path)
{
    if (*path != '/' || place_is_below(path, "/proc") || place_is_below(path, "/dev"))
        return false;
    for (const char *at = path; at; at = strchr(at + 1, '/')) {
        size_t size = strcspn(at + 1, "/");
        if (!size || (at[1] == '.' && (size == 1 || (size == 2 && at[2] == '.'))))
            return false;
    }
    return true;
}

int floor_open_plain(const char *path, int flags, mode_t mode)
{
    struct open_how how = {.flags = (unsigned)flags, .mode = mode, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);

    return fd < 0 ? -errno : fd;
}

/* Resolve a directory: a descriptor, or -errno. What the system calls it goes to `real`. */
static int walk(const struct floor_call *call, int base, const char *path, char real[PATH_MAX])
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_DIRECTORY,
                           .resolve = RESOLVE_NO_MAGICLINKS};
    int fd = floor_path_is_plain(path) ? floor_open_plain(path, (int)how.flags, 0) : -ELOOP;

    if (fd >= 0)
        strcpy(real, path);
    if (fd >= 0 || (fd != -ELOOP && fd != -EXDEV && fd != -ENOSYS))
        return fd;
    fd = (int)syscall(SYS_openat2, base, path, &how, sizeof how);
    if (fd >= 0 && !floor_fd_path(fd, real) && strncmp(real, "/proc", 5) != 0)
        return fd;
    if (fd < 0 && errno != ELOOP && errno != EXDEV && errno != ENOSYS &&
        strncmp(path, "/proc", 5) != 0 && strncmp(path, "/dev", 4) != 0)
        return -errno;
    if (fd >= 0)
        close(fd);
    fd = walk_slowly(call, base, path);
    int wrong = fd >= 0 ? floor_fd_path(fd, real) : 0;
    if (wrong) {
        close(fd);
        return wrong;
    }
    return fd;
}

/* ---- spots ---- */

/* Split `text` into a directory, which is returned, and the name in it. "." for what is a
 * directory by its spelling. */
static const char *split(char *text, struct floor_spot *spot)
{
    size_t size = strlen(text);

    while (size > 1 && text[size - 1] == '/') {
        text[--size] = 0;
        spot->slash = true;
    }
    char *cut = strrchr(text, '/'), *name = cut ? cut + 1 : text;
    if (strlen(name) > NAME_MAX)
        return NULL;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        strcpy(spot->name, ".");
        return text;
    }
    strcpy(spot->name, name);
    if (!cut)
        return ".";
    *cut = 0;
    return cut == text ? "/" : text;
}

/* fd/N, cwd, root and exe below /proc lead to the object itself. 1: it was one; 0; -errno. */
static int take_object(struct floor_spot *spot)
{
    struct stat status;

    if (strncmp(spot->parent, "/proc/", 6) != 0 ||
        fstatat(spot->dir, spot->name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISLNK(status.st_mode))
        return 0;
    int fd = openat(spot->dir, spot->name, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    close(spot->dir);
    spot->dir = fd;
    spot->object = true;
    int wrong = floor_fd_path(fd, spot->parent);
    return wrong ? wrong : 1;
}

/* `base` stays the caller's. */
static int find(const struct floor_call *call, int base, const char *path, enum floor_follow follow,
                struct floor_spot *spot)
{
    char text[PATH_MAX], link[PATH_MAX];
    int own = -1;

    snprintf(text, sizeof text, "%s", path);
    if (!*text)
        return -ENOENT;
    for (int links = 0; links < LINKS_MOST; links++) {
        const char *folder = split(text, spot);
        spot->dir =
            folder ? walk(call, own >= 0 ? own : base, folder, spot->parent) : -ENAMETOOLONG;
        if (own >= 0)
            close(own);
        if (spot->dir < 0)
            return spot->dir;
        int object = follow == FLOOR_FOLLOWS ? take_object(spot) : 0;
        if (object)
            return object < 0 ? object : 0;
        bool link_too = follow == FLOOR_FOLLOWS || (follow == FLOOR_LINK && spot->slash);
        ssize_t size = link_too ? readlinkat(spot->dir, spot->name, link, sizeof link - 1) : -1;
        if (size < 0)
            return 0;
        link[size] = 0;
        strcpy(text, link);
        own = spot->dir;
        spot->dir = -1;
    }
    if (own >= 0)
        close(own);
    return -ELOOP;
}

void floor_spot_path(const struct floor_spot *spot, char out[2 * PATH_MAX])
{
    if (spot->object || strcmp(spot->name, ".") == 0)
        snprintf(out, (size_t)(2 * PATH_MAX), "%s", spot->parent);
    else
        snprintf(out, (size_t)(2 * PATH_MAX), "%s/%s",
                 strcmp(spot->parent, "/") == 0 ? "" : spot->parent, spot->name);
}

int floor_spot_find(struct floor_call *call, int directory, const char *path,
                    enum floor_follow follow, struct floor_spot *spot)
{
    int base = -1, wrong;

    spot->dir = -1;
    spot->object = spot->slash = false;
    snprintf(call->path, sizeof call->path, "%s", path);
    if (*path != '/' && (base = floor_take_fd(call, directory)) < 0)
        return base;
    wrong = find(call, base, path, follow, spot);
    if (base >= 0)
        close(base);
    if (wrong)
        floor_spot_clear(spot);
    else
        floor_spot_path(spot, call->path);
    return wrong;
}

int floor_spot_read(struct floor_call *call, int directory, uint64_t address,
                    enum floor_follow follow, struct floor_spot *spot)
{
    char path[PATH_MAX];
    int wrong = floor_read_text(call, address, path);

    spot->dir = -1;
    return wrong ? wrong : floor_spot_find(call, directory, path, follow, spot);
}

void floor_spot_clear(struct floor_spot *spot)
{
    if (spot->dir >= 0)
        close(spot->dir);
    spot->dir = -1;
}
