/* descriptors: what a frozen checkpoint does with the descriptors that it got from the running
 * worker. A forked process shares them: a pipe whose other end it holds open never ends for the
 * running worker, an epoll is changed by both, the offset of a file moves for both. So what they
 * have is noted before the fork (afterwards the running worker may change it at once); when it
 * freezes, pipes and sockets are let go of (what stands in their places is closed at the other
 * end), epolls and eventfds are made anew, locked files are let go of (a lock lasts as long as
 * anybody has the file: nobody could open it again), and files and offsets are put back when it
 * wakes. */
#include "kernel/worker/descriptors.h"
#include "base/platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum kept_kind { KEPT_OFFSET, KEPT_EPOLL, KEPT_EVENTFD };

struct watched {
    int fd;
    struct epoll_event event;
};

struct kept {
    int fd;
    enum kept_kind kind;
    long long value; /* offset, or the counter of an eventfd */
    bool semaphore;  /* EFD_SEMAPHORE */
    int lock;        /* LOCK_SH or LOCK_EX that a file has for the whole of its opening, or 0 */
    int flags;       /* of a file whose lock was let go of */
    struct watched *watched;
    size_t watched_count;
};

struct descriptors {
    struct kept *kept;
    size_t count;
    int *fds; /* all that are open, but the standard ones and those to be left alone */
    size_t fd_count;
};

/* ---- small steps ---- */

/* Put `fresh` (closed then) into the place of `fd`, with its close-on-exec and O_NONBLOCK. */
static void replace_fd(int fd, int fresh)
{
    int cloexec = fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0;
    int nonblock = fcntl(fd, F_GETFL) & O_NONBLOCK;

    if (fresh < 0 || dup3(fresh, fd, cloexec) < 0)
        close(fd); /* nothing is better than what is shared */
    else if (nonblock)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (fresh >= 0)
        close(fresh);
}

static bool is_reader(int fd)
{
    return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

static bool list_add(int **list, size_t *count, int fd)
{
    int *more = realloc(*list, (*count + 1) * sizeof *more);

    if (!more)
        return false;
    *list = more;
    more[(*count)++] = fd;
    return true;
}

static bool list_open(struct descriptors *self, const int *alone, size_t alone_count)
{
    DIR *folder = opendir("/proc/self/fd");
    bool listed = folder != NULL;

    for (struct dirent *entry; listed && (entry = readdir(folder));) {
        int fd = atoi(entry->d_name);
        bool left = entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(folder);

        for (size_t i = 0; i < alone_count; i++)
            left = left || fd == alone[i];
        listed = left || list_add(&self->fds, &self->fd_count, fd);
    }
    if (folder)
        closedir(folder);
    return listed;
}

static struct kept *keep(struct descriptors *self, int fd, enum kept_kind kind, long long value)
{
    struct kept *more = realloc(self->kept, (self->count + 1) * sizeof *more);

    if (!more)
        return NULL;
    self->kept = more;
    more[self->count] = (struct kept){.fd = fd, .kind = kind, .value = value};
    return &more[self->count++];
}

/* ---- pipes and sockets ---- */

/* The other end of the pipe, when this process has it as well; -1. */
static int other_end(const struct descriptors *self, int fd, ino_t inode)
{
    bool reads = is_reader(fd);

    for (size_t i = 0; i < self->fd_count; i++) {
        struct stat status;
        if (self->fds[i] != fd && fstat(self->fds[i], &status) == 0 && S_ISFIFO(status.st_mode) &&
            status.st_ino == inode && is_reader(self->fds[i]) != reads)
            return self->fds[i];
    }
    return -1;
}

/* A pipe of which this process has both ends (a program's wake-up pipe) becomes one of its own.
 * What is in it is lost. */
static bool renew_pipe(const struct descriptors *self, int fd, ino_t inode)
{
    int other = other_end(self, fd, inode), pair[2];
    bool reads = is_reader(fd);

    if (other < 0 || pipe2(pair, O_CLOEXEC) < 0)
        return false;
    replace_fd(reads ? fd : other, pair[0]);
    replace_fd(reads ? other : fd, pair[1]);
    return true;
}

/* What stands in its place is closed at the other end. */
static void bury(int fd, mode_t mode)
{
    int pair[2];
    bool fifo = S_ISFIFO(mode), reads = is_reader(fd);

    if (fifo ? pipe2(pair, O_CLOEXEC) : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        close(fd);
        return;
    }
    int ours = fifo && !reads ? 1 : 0;
    close(pair[!ours]);
    replace_fd(fd, pair[ours]);
}

/* ---- epolls and eventfds ---- */

/* What /proc tells of an epoll, an eventfd, or the locks of a file that go with its opening. */
static bool read_info(struct kept *kept)
{
    char path[64], line[256];
    bool complete = true;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", kept->fd);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof line, info)) {
        struct watched one = {0}, *more;
        unsigned events;
        unsigned long long data, count;

        if (sscanf(line, "tfd: %d events: %x data: %llx", &one.fd, &events, &data) == 3) {
            one.event = (struct epoll_event){.events = events, .data.u64 = data};
            more = realloc(kept->watched, (kept->watched_count + 1) * sizeof *more);
            complete = complete && more;
            if (more) {
                kept->watched = more;
                more[kept->watched_count++] = one;
            }
        } else if (strncmp(line, "lock:", 5) == 0 &&
                   (strstr(line, " FLOCK ") || strstr(line, " OFDLCK "))) {
            kept->lock = strstr(line, " WRITE ") ? LOCK_EX : LOCK_SH;
        } else if (sscanf(line, "eventfd-count: %llx", &count) == 1) {
            kept->value = (long long)count;
        } else if (strncmp(line, "eventfd-semaphore: 1", 20) == 0) {
            kept->semaphore = true;
        }
    }
    if (info)
        fclose(info);
    return complete && info;
}

static void renew(const struct kept *kept)
{
    if (kept->kind == KEPT_EPOLL)
        replace_fd(kept->fd, epoll_create1(EPOLL_CLOEXEC));
    else if (kept->kind == KEPT_EVENTFD)
        replace_fd(kept->fd, eventfd((unsigned)kept->value,
                                     EFD_CLOEXEC | (kept->semaphore ? EFD_SEMAPHORE : 0)));
}

/* Once all are in their places: an epoll knows files, not numbers. */
static void watch_again(const struct kept *kept)
{
    for (size_t i = 0; i < kept->watched_count; i++) {
        struct epoll_event event = kept->watched[i].event;
        epoll_ctl(kept->fd, EPOLL_CTL_ADD, kept->watched[i].fd, &event);
    }
}

/* ---- all of them ---- */

static bool look_at(struct descriptors *self, int fd)
{
    char path[64], target[256] = "";
    struct stat status;
    struct kept *kept = NULL;

    if (fstat(fd, &status) < 0)
        return true;
    if (S_ISREG(status.st_mode)) {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        kept = offset < 0 ? NULL : keep(self, fd, KEPT_OFFSET, offset);
        return offset < 0 || (kept && read_info(kept));
    }
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
        return true;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, target, sizeof target - 1) < 0)
        return true;
    if (strcmp(target, "anon_inode:[eventpoll]") == 0)
        kept = keep(self, fd, KEPT_EPOLL, 0);
    else if (strncmp(target, "anon_inode:[eventfd", 19) == 0)
        kept = keep(self, fd, KEPT_EVENTFD, 0);
    else
        return true;
    return kept && read_info(kept);
}

static void let_go(const struct descriptors *self, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0 || (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)))
        return;
    if (S_ISSOCK(status.st_mode) || !renew_pipe(self, fd, status.st_ino))
        bury(fd, status.st_mode);
}

struct descriptors *descriptors_look(const int *alone, size_t alone_count)
{
    struct descriptors *self = calloc(1, sizeof *self);
    bool complete = self && list_open(self, alone, alone_count);

    for (size_t i = 0; complete && i < self->fd_count; i++)
        complete = look_at(self, self->fds[i]);
    if (!complete)
        descriptors_destroy(&self);
    return self;
}

void descriptors_freeze(struct descriptors *self)
{
    for (size_t i = 0; i < self->fd_count; i++)
        let_go(self, self->fds[i]);
    for (size_t i = 0; i < self->count; i++)
        renew(&self->kept[i]);
    for (size_t i = 0; i < self->count; i++)
        watch_again(&self->kept[i]);
}

/* The file itself, by way of its descriptor: whatever its name is now. */
static int open_again(int fd, int flags)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

void descriptors_unlock(struct descriptors *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct kept *kept = &self->kept[i];
        if (!kept->lock)
            continue;
        kept->flags = fcntl(kept->fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK);
        replace_fd(kept->fd, open_again(kept->fd, O_PATH));
    }
}

/* Where cells may not write any more, for reading. */
static void lock_again(const struct kept *kept)
{
    int fresh = open_again(kept->fd, kept->flags);

    if (fresh < 0)
        fresh = open_again(kept->fd, (kept->flags & ~O_ACCMODE) | O_RDONLY);
    replace_fd(kept->fd, fresh);
    flock(kept->fd, kept->lock | LOCK_NB);
}

void descriptors_wake(struct descriptors *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct kept *kept = &self->kept[i];
        if (kept->kind != KEPT_OFFSET)
            continue;
        if (kept->lock)
            lock_again(kept);
        lseek(kept->fd, kept->value, SEEK_SET); /* the other process read on in the same file */
    }
}

/* ---- for a fork in a file system of its own ---- */

enum { COPY_MOST = 64 << 20 };

/* A file that nothing names any more: its bytes, as far as they are few. */
static int copy_in_memory(int fd)
{
    struct stat status;
    int copy = platform_memory_file("preview", false);
    off_t at = 0;

    if (copy < 0 || fstat(fd, &status) < 0 || status.st_size > COPY_MOST)
        return copy;
    while (at < status.st_size && sendfile(copy, fd, &at, (size_t)(status.st_size - at)) > 0)
        continue;
    return copy;
}

static void reopen_one(int fd)
{
    char link[64], path[PATH_MAX];
    struct stat before, after;
    int flags = fcntl(fd, F_GETFL);

    if (fstat(fd, &before) < 0 || (!S_ISREG(before.st_mode) && !S_ISDIR(before.st_mode)))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0 || strncmp(path, "/memfd:", 7) == 0)
        size = 0;
    path[size] = 0;
    off_t offset = flags & O_PATH ? 0 : lseek(fd, 0, SEEK_CUR);
    int fresh = size ? open(path, (flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_CLOEXEC) : -1;
    if (fresh >= 0 && (fstat(fresh, &after) < 0 || after.st_size != before.st_size)) {
        close(fresh); /* another file has its name now */
        fresh = -1;
    }
    if (fresh < 0 && S_ISREG(before.st_mode))
        fresh = copy_in_memory(fd);
    if (fresh >= 0 && offset > 0)
        lseek(fresh, offset, SEEK_SET);
    replace_fd(fd, fresh);
    if (fresh >= 0)
        close(fresh);
}

/* Memory that maps a file for writing, and is shared: from now on what is written there is seen
 * here alone. */
static void unshare_memory(uintptr_t from, uintptr_t to, long long offset, const char *path)
{
    size_t size = to - from;
    int fd =
        *path == '/' && strncmp(path, "/memfd:", 7) != 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *place = (void *)from, *copy = MAP_FAILED;

    if (fd < 0)
        copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy != MAP_FAILED)
        memcpy(copy, place, size);
    void *mapped = mmap(place, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0), fd,
                        fd < 0 ? 0 : (off_t)offset);
    if (mapped != MAP_FAILED && copy != MAP_FAILED)
        memcpy(place, copy, size);
    if (copy != MAP_FAILED)
        munmap(copy, size);
    if (fd >= 0)
        close(fd);
}

static void unshare_all(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[PATH_MAX + 128], mode[8];
    struct mapped {
        unsigned long from, to;
        long long offset;
        char path[PATH_MAX];
    } *found = NULL;
    size_t count = 0;

    while (maps && fgets(line, sizeof line, maps)) { /* all are read first: the list changes */
        unsigned long from, to;
        long long offset;
        int at = 0;
        if (sscanf(line, "%lx-%lx %7s %llx %*s %*s %n", &from, &to, mode, &offset, &at) < 4 ||
            mode[1] != 'w' || mode[3] != 's')
            continue;
        struct mapped *more = realloc(found, (count + 1) * sizeof *more);
        if (!more)
            break;
        found = more;
        found[count] = (struct mapped){.from = from, .to = to, .offset = offset};
        snprintf(found[count].path, sizeof found->path, "%s", at ? line + at : "");
        found[count].path[strcspn(found[count].path, "\n")] = 0;
        count++;
    }
    if (maps)
        fclose(maps);
    for (size_t i = 0; i < count; i++)
        unshare_memory(found[i].from, found[i].to, found[i].offset, found[i].path);
    free(found);
}

void descriptors_reopen(struct descriptors *self)
{
    for (size_t i = 0; i < self->fd_count; i++)
        reopen_one(self->fds[i]);
    unshare_all();
}

void descriptors_destroy(struct descriptors **self)
{
    if (!*self)
        return;
    for (size_t i = 0; i < (*self)->count; i++)
        free((*self)->kept[i].watched);
    free((*self)->kept);
    free((*self)->fds);
    free(*self);
    *self = NULL;
}
