/* overlay: the namespaces are made by a child of the front, which leaves at once: what holds them
 * is the descriptors that it sends back. Between its fork and its end it makes system calls alone,
 * the front has threads. */
#include "kernel/front/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/places.h"

enum { PASSED = 3, PATH_SPARE = 64 };
enum { NR_OPEN_TREE = 428, NR_MOVE_MOUNT = 429, NR_MOUNT_SETATTR = 442 };
static const char upper_size[] = "size=25%,mode=0700"; /* of the memory */

/* What the child says: where it stopped, or that the descriptors come along. */
struct told {
    int error;
    bool own_user; /* the first descriptor is a user namespace */
    char step[48];
};

/* ---- places ---- */

void overlay_init(struct overlay *self)
{
    *self = (struct overlay){.user_fd = -1, .mount_fd = -1, .upper_fd = -1};
}

void overlay_clear(struct overlay *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->places[i]);
    int fds[] = {self->user_fd, self->mount_fd, self->upper_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    overlay_init(self);
}

/* Shortens `path` to the nearest folder that is there. False: that would be all there is. */
static bool nearest_folder(char path[PATH_MAX])
{
    char real[PATH_MAX];
    struct stat status;

    while (!realpath(path, real) || stat(real, &status) || !S_ISDIR(status.st_mode)) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return false;
        *slash = 0;
    }
    strcpy(path, real);
    return strcmp(path, "/") != 0;
}

static bool add(struct overlay *self, const char *path)
{
    if (self->count >= OVERLAY_PLACES_MOST || !(self->places[self->count] = strdup(path)))
        return false;
    self->count++;
    return true;
}

void overlay_cover(struct overlay *self, const char *path)
{
    char real[PATH_MAX];

    if (snprintf(real, sizeof real, "%s", path) >= PATH_MAX || !nearest_folder(real))
        return;
    for (size_t i = 0; i < self->count; i++)
        if (place_is_below(real, self->places[i]))
            return;
    for (size_t i = self->count; i-- > 0;) /* in the order given, without those that it covers */
        if (place_is_below(self->places[i], real)) {
            free(self->places[i]);
            memmove(&self->places[i], &self->places[i + 1],
                    (--self->count - i) * sizeof *self->places);
        }
    add(self, real);
}

/* "\040" and the like, as mountinfo writes them. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *at = text; *at; to++)
        if (*at == '\\' && at[1] && at[2] && at[3]) {
            *to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 4;
        } else {
            *to = *at++;
        }
    *to = 0;
}

/* An overlay does not show what is mounted below its place: such file systems get their own. */
static void cover_mounts(struct overlay *self)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[2 * PATH_MAX], point[PATH_MAX];
    size_t covered = self->count;

    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1)
            continue;
        unescape(point);
        for (size_t i = 0; i < covered; i++)
            if (strcmp(point, self->places[i]) != 0 && place_is_below(point, self->places[i])) {
                add(self, point);
                break;
            }
    }
    if (file)
        fclose(file);
}

/* ---- in the child ---- */

static void tell(int channel, const struct told *told, const int *fds, size_t count)
{
    char room[CMSG_SPACE(PASSED * sizeof(int))] = {0};
    struct iovec part = {(void *)told, sizeof *told};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (count) {
        message.msg_control = room;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    }
    while (sendmsg(channel, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
        continue;
}

static void fail(int channel, const char *step)
{
    struct told told = {.error = errno};

    snprintf(told.step, sizeof told.step, "%s", step);
    tell(channel, &told, NULL, 0);
    _exit(0);
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return written;
}

/* A mount namespace, within a user namespace where the person may not make one else. */
static bool leave(int channel)
{
    unsigned user = geteuid(), group = getegid();
    char text[64];

    if (unshare(CLONE_NEWNS) == 0)
        return false;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        fail(channel, "a mount namespace");
    snprintf(text, sizeof text, "%u %u 1", user, user);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", text))
        fail(channel, "a user namespace");
    snprintf(text, sizeof text, "%u %u 1", group, group);
    if (!write_file("/proc/self/gid_map", text))
        fail(channel, "a user namespace");
    return true;
}

/* Layer `index`'s folder of that name, open; its owner and mode are the place's. */
static int make_layer(int channel, int upper, size_t index, const char *name, int place)
{
    char path[PATH_SPARE];
    struct stat status;

    snprintf(path, sizeof path, "%zu", index);
    if (mkdirat(upper, path, 0700) < 0 && errno != EEXIST)
        fail(channel, "the upper layer");
    snprintf(path, sizeof path, "%zu/%s", index, name);
    if (mkdirat(upper, path, 0700) < 0)
        fail(channel, "the upper layer");
    int fd = openat(upper, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(place, &status) < 0)
        fail(channel, "the upper layer");
    if (fchown(fd, status.st_uid, status.st_gid) < 0 && errno != EPERM && errno != EINVAL)
        fail(channel, "the upper layer");
    fchmod(fd, status.st_mode & 07777);
    return fd;
}

static bool mount_layers(const char *place, int lower, int upper, int work)
{
    static const char *const more[] = {",userxattr", ""}; /* the latter before Linux 5.11 */
    char options[256];

    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        snprintf(options, sizeof options,
                 "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d%s",
                 lower, upper, work, more[i]);
        if (mount("preview", place, "overlay", MS_NODEV, options) == 0)
            return true;
    }
    return false;
}

static void cover_all(const struct overlay *self, int channel, int upper, const int *lower)
{
    char link[32];

    for (size_t i = 0; i < self->count; i++) {
        if (lower[i] < 0)
            continue;
        int up = make_layer(channel, upper, i, "up", lower[i]);
        int work = make_layer(channel, upper, i, "work", lower[i]);
        snprintf(link, sizeof link, "/proc/self/fd/%d", lower[i]);
        if (!mount_layers(self->places[i], lower[i], up, work)) {
            bool hidden = i && place_is_below(self->places[i], self->places[0]);
            for (size_t k = 1; k < i; k++)
                hidden = hidden || place_is_below(self->places[i], self->places[k]);
            /* One that takes no overlay (proc and the like), below a place: read-only, as it was */
            if (!hidden || mount(link, self->places[i], NULL, MS_BIND | MS_REC, NULL) < 0)
                fail(channel, "an overlay of a folder in ok_dests");
        }
        close(up);
        close(work);
    }
}

static bool is_same(int a, int b)
{
    struct statx one, other;

    return statx(a, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &one) == 0 &&
           statx(b, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &other) == 0 &&
           one.stx_ino == other.stx_ino && one.stx_mnt_id == other.stx_mnt_id;
}

/* Who enters a mount namespace is at its root, which is not that of a process in a chroot: then
 * what is seen in there is mounted over all of it, and is its root from then on. */
static void settle_root(int channel)
{
    int inside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    bool out = inside >= 0 && mounts >= 0 && setns(mounts, CLONE_NEWNS) == 0;
    int root = out ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    if (root < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        fail(channel, "mounts of its own");
    if (is_same(inside, root))
        return;
    int tree = (int)syscall(NR_OPEN_TREE, inside, "",
                            OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
    if (tree < 0 || syscall(NR_MOVE_MOUNT, tree, "", root, "",
                            MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        fail(channel, "a root of its own");
    if (fchdir(tree) < 0 || chroot(".") < 0)
        fail(channel, "a root of its own");
}

static void make(const struct overlay *self, const char *spare, int channel)
{
    struct told told = {.own_user = leave(channel)};
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    int lower[OVERLAY_PLACES_MOST] = {0};

    settle_root(channel);
    for (size_t i = 0; i < self->count; i++)
        lower[i] = open(self->places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (syscall(NR_MOUNT_SETATTR, AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof attributes) < 0)
        fail(channel, "read-only mounts");
    if (mount("preview", spare, "tmpfs", MS_NOSUID | MS_NODEV, upper_size) < 0)
        fail(channel, "room in memory");
    int upper = open(spare, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (upper < 0)
        fail(channel, "room in memory");
    cover_all(self, channel, upper, lower);
    mount("preview", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"); /* read-only else */
    int user = told.own_user ? open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC) : upper;
    int fds[PASSED] = {user, open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), upper};
    if (fds[0] < 0 || fds[1] < 0)
        fail(channel, "its namespaces");
    tell(channel, &told, fds, PASSED);
    _exit(0);
}

/* ---- in the front ---- */

static bool hear(struct overlay *self, int channel, char *error, size_t size)
{
    struct told told = {.error = EPIPE};
    char room[CMSG_SPACE(PASSED * sizeof(int))];
    struct iovec part = {&told, sizeof told};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    int fds[PASSED];
    ssize_t got;

    while ((got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    struct cmsghdr *head = got == sizeof told ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof fds)) {
        snprintf(error, size, "%s: %s", told.step[0] ? told.step : "its file system",
                 strerror(told.error ? told.error : EPIPE));
        return false;
    }
    memcpy(fds, CMSG_DATA(head), sizeof fds);
    if (!told.own_user)
        close(fds[0]);
    self->user_fd = told.own_user ? fds[0] : -1;
    self->mount_fd = fds[1];
    self->upper_fd = fds[2];
    return true;
}

bool overlay_make(struct overlay *self, const char *spare, char *error, size_t size)
{
    int pair[2];

    cover_mounts(self);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        snprintf(error, size, "a channel: %s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else it may not say who it is in its namespace */
        make(self, spare, pair[1]);
    }
    int failed = errno;
    close(pair[1]);
    bool made = pid > 0 && hear(self, pair[0], error, size);
    if (pid < 0)
        snprintf(error, size, "a process: %s", strerror(failed));
    close(pair[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return made;
}
