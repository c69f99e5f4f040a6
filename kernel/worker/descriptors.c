/* descriptors: what a frozen checkpoint does with the descriptors that it got from the running
 * worker. A forked process shares them: a pipe whose other end it holds open never ends for the
 * running worker, an epoll is changed by both, the offset of a file moves for both. So when it
 * freezes, pipes and sockets are let go of (what stands in their places is closed at the other
 * end), epolls and eventfds are made anew, and offsets are remembered for when it wakes. */
#include "kernel/worker/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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
    struct watched *watched;
    size_t watched_count;
};

struct descriptors {
    struct kept *kept;
    size_t count;
    int *fds; /* all that are open, but the standard ones and those to be left alone */
    size_t fd_count;
};

/* ---- small steps ------------------------------------------------------------------------------
 */

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

/* ---- pipes and sockets ------------------------------------------------------------------------
 */

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

/* ---- epolls and eventfds ----------------------------------------------------------------------
 */

/* What /proc tells of an epoll or an eventfd. */
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

/* ---- all of them ------------------------------------------------------------------------------
 */

static bool freeze_one(struct descriptors *self, int fd)
{
    char path[64], target[256] = "";
    struct stat status;
    struct kept *kept = NULL;

    if (fstat(fd, &status) < 0)
        return true;
    if (S_ISREG(status.st_mode)) {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        return offset < 0 || keep(self, fd, KEPT_OFFSET, offset);
    }
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
        if (S_ISSOCK(status.st_mode) || !renew_pipe(self, fd, status.st_ino))
            bury(fd, status.st_mode);
        return true;
    }
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

struct descriptors *descriptors_freeze(const int *alone, size_t alone_count)
{
    struct descriptors *self = calloc(1, sizeof *self);
    bool frozen = self && list_open(self, alone, alone_count);

    for (size_t i = 0; frozen && i < self->fd_count; i++)
        frozen = freeze_one(self, self->fds[i]);
    for (size_t i = 0; frozen && i < self->count; i++)
        renew(&self->kept[i]);
    for (size_t i = 0; frozen && i < self->count; i++)
        watch_again(&self->kept[i]);
    if (!frozen)
        descriptors_destroy(&self);
    return self;
}

void descriptors_wake(struct descriptors *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->kept[i].kind == KEPT_OFFSET) /* the other process read on in the same open file */
            lseek(self->kept[i].fd, self->kept[i].value, SEEK_SET);
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
