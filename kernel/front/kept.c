/* kept: a content that loses its last name is kept as a link, where both lie on one disk; else a
 * small one is kept in memory, which is ten times as fast as a file, and of others the disk shares
 * the blocks (FICLONE) or copies them. A file that has more names is copied, too: a link of ours
 * would make it one that may not be written to. */
#include "kernel/front/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/scratch.h"
#include "kernel/front/front.h"

enum {
    BUFFER_BYTES = 128 * 1024,
    SPARE_BYTES = 16 << 20,
    SMALL_BYTES = 1 << 16,
    MEMORY_BYTES_MOST = 8 << 20, /* of the small ones; further ones are files */
    TICK_MS = 20
};

struct kept {
    uint64_t number; /* its name in the folder */
    char *memory;    /* owned; or its content is here, until it is gone */
    bool in_memory;  /* it is, or was */
    int64_t bytes;
    struct stat of; /* of what it is the content */
    bool linked;    /* it is the thing itself */
    bool settled;   /* `of` tells this content from a later one */
    bool gone;
    unsigned holders, turn;
};

struct kept_store {
    pthread_mutex_t lock;
    char parent[PATH_MAX];
    struct scratch folder;
    int folder_fd; /* -1: not made yet */
    int64_t limit, bytes, in_memory;
    uint64_t last;
    unsigned turn;
    struct kept **items; /* owned; the oldest first */
    size_t count, room;
};

/* ---- the store ---- */

struct kept_store *kept_store_new(const char *parent, int64_t limit_bytes)
{
    struct kept_store *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    pthread_mutex_init(&self->lock, NULL);
    snprintf(self->parent, sizeof self->parent, "%s", parent);
    self->folder = (struct scratch){.lock_fd = -1};
    self->folder_fd = -1;
    self->limit = limit_bytes;
    return self;
}

void kept_store_destroy(struct kept_store **self)
{
    if (!*self)
        return;
    pthread_mutex_lock(&(*self)->lock);
    if ((*self)->folder_fd >= 0)
        close((*self)->folder_fd);
    scratch_remove(&(*self)->folder);
    for (size_t i = 0; i < (*self)->count; i++) {
        free((*self)->items[i]->memory);
        free((*self)->items[i]);
    }
    free((*self)->items);
    pthread_mutex_unlock(&(*self)->lock);
    free(*self);
    *self = NULL;
}

void kept_store_turn(struct kept_store *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->turn++;
    pthread_mutex_unlock(&self->lock);
}

static bool make_folder(struct kept_store *self)
{
    if (self->folder_fd >= 0)
        return true;
    mode_t mask = umask(S_IRWXG | S_IRWXO); /* this thread's may be a cell's */
    folders_make(self->parent, 0700);
    bool made = self->folder.path[0] || scratch_make_below(&self->folder, self->parent);
    int error = errno;
    umask(mask);
    errno = error;
    if (!made)
        return false;
    self->folder_fd = open(self->folder.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    scratch_sweep(&self->folder); /* what sessions that were killed have left */
    return self->folder_fd >= 0;
}

static void write_name(const struct kept *kept, char out[24])
{
    snprintf(out, 24, "%llu", (unsigned long long)kept->number);
}

static void drop_content(struct kept_store *self, struct kept *kept)
{
    char name[24];

    if (kept->gone)
        return;
    if (kept->memory) {
        self->in_memory -= kept->bytes;
        free(kept->memory);
        kept->memory = NULL;
    } else if (self->folder_fd >= 0) {
        write_name(kept, name);
        unlinkat(self->folder_fd, name, 0);
    }
    self->bytes -= kept->bytes;
    kept->gone = true;
}

static void forget(struct kept_store *self, struct kept *kept)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i] == kept) {
            memmove(&self->items[i], &self->items[i + 1],
                    (--self->count - i) * sizeof *self->items);
            break;
        }
    free(kept);
}

/* The oldest give way: first what nobody holds, then what was kept before this turn. */
static bool make_room(struct kept_store *self, int64_t bytes)
{
    for (int held = 0; held < 2; held++)
        for (size_t i = 0; i < self->count && self->bytes + bytes > self->limit;) {
            struct kept *kept = self->items[i];
            bool goes = held ? kept->turn != self->turn : !kept->holders;
            if (goes)
                drop_content(self, kept);
            if (goes && !kept->holders)
                forget(self, kept);
            else
                i++;
        }
    return self->bytes + bytes <= self->limit;
}

/* Keeping must not take the room that the cell itself needs. */
static bool disk_is_full(const struct kept_store *self, int64_t bytes)
{
    struct statvfs system;

    return bytes > SMALL_BYTES && fstatvfs(self->folder_fd, &system) == 0 &&
           (int64_t)system.f_bavail * (int64_t)system.f_frsize < 2 * bytes + SPARE_BYTES;
}

/* Why there is no folder for it; NULL. */
static const char *no_folder(struct kept_store *self, int64_t bytes)
{
    return !make_folder(self)          ? strerrordesc_np(errno)
           : disk_is_full(self, bytes) ? "the disk is nearly full"
                                       : NULL;
}

/* Is there memory for it? Locked. */
static bool takes_memory(struct kept_store *self, struct kept *kept)
{
    if (!kept->bytes || kept->bytes > SMALL_BYTES ||
        self->in_memory + kept->bytes > MEMORY_BYTES_MOST)
        return false;
    kept->memory = calloc(1, (size_t)kept->bytes);
    kept->in_memory = kept->memory;
    self->in_memory += kept->in_memory ? kept->bytes : 0;
    return kept->in_memory;
}

/* A new one with room for it; locked. `as_file`: it has to be one. NULL: `why`. */
static struct kept *add(struct kept_store *self, const struct stat *status, bool as_file,
                        const char **why)
{
    int64_t bytes = S_ISREG(status->st_mode) ? status->st_size : 0;
    struct kept *kept = NULL;

    if (bytes > self->limit)
        *why = "it is larger than what undo_files keeps";
    else if (!make_room(self, bytes))
        *why = "undo_files was full";
    else if (self->count == self->room) {
        size_t room = self->room ? 2 * self->room : 64;
        struct kept **items = realloc(self->items, room * sizeof *items);
        if (items)
            self->items = items, self->room = room;
    }
    if (!*why && (self->count == self->room || !(kept = calloc(1, sizeof *kept))))
        *why = "memory was short";
    if (!kept)
        return NULL;
    *kept = (struct kept){
        .number = ++self->last, .bytes = bytes, .of = *status, .holders = 1, .turn = self->turn};
    self->bytes += bytes;
    self->items[self->count++] = kept;
    make_folder(self); /* in any case: what killed sessions have left goes with it */
    if ((as_file || !takes_memory(self, kept)) && (*why = no_folder(self, bytes))) {
        drop_content(self, kept);
        forget(self, kept);
        return NULL;
    }
    return kept;
}

void kept_release(struct kept_store *self, struct kept **kept)
{
    if (!self || !*kept)
        return;
    pthread_mutex_lock(&self->lock);
    if (!--(*kept)->holders && (!(*kept)->settled || (*kept)->gone)) {
        drop_content(self, *kept);
        forget(self, *kept);
    } /* else it is still the content of a file: the next cell may open that again */
    pthread_mutex_unlock(&self->lock);
    *kept = NULL;
}

bool kept_is_itself(const struct kept *kept)
{
    return kept->linked;
}

bool kept_is_gone(struct kept_store *self, const struct kept *kept)
{
    pthread_mutex_lock(&self->lock);
    bool gone = kept->gone;
    pthread_mutex_unlock(&self->lock);
    return gone;
}

/* ---- contents ---- */

static bool is_same(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A clock of file times moves in steps: what was changed just now may change again unseen. */
static bool is_recent(const struct stat *status)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = (now.tv_sec - status->st_ctim.tv_sec) * 1000 +
                 (now.tv_nsec - status->st_ctim.tv_nsec) / 1000000;
    return ms < TICK_MS;
}

static struct kept *find(struct kept_store *self, const struct stat *status)
{
    for (size_t i = self->count; i-- > 0;) {
        struct kept *kept = self->items[i];
        if (kept->settled && !kept->gone && kept->of.st_ino == status->st_ino &&
            kept->of.st_dev == status->st_dev && kept->of.st_size == status->st_size &&
            is_same(&kept->of.st_mtim, &status->st_mtim) &&
            is_same(&kept->of.st_ctim, &status->st_ctim))
            return kept;
    }
    return NULL;
}

/* 0 or -errno. */
static int copy_by_hand(int from, int to, off_t at)
{
    char *buffer = malloc(BUFFER_BYTES);
    ssize_t got = -1;
    int wrong = buffer ? 0 : -ENOMEM;

    while (!wrong && (got = pread(from, buffer, BUFFER_BYTES, at)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        ssize_t done = got < 0 ? -1 : pwrite(to, buffer, (size_t)got, at);
        if (done <= 0)
            wrong = -errno;
        else
            at += done;
    }
    free(buffer);
    return wrong;
}

static int copy(int from, int to)
{
    off_t in = 0, out = 0;
    ssize_t done;

    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    while ((done = copy_file_range(from, &in, to, &out, SSIZE_MAX & ~0xffffL, 0)) > 0)
        continue;
    if (done == 0)
        return 0;
    return errno == ENOSPC || errno == EDQUOT || errno == EIO ? -errno
                                                              : copy_by_hand(from, to, out);
}

static int open_again(int fd, int flags)
{
    char link[32];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return open(link, flags | O_CLOEXEC);
}

/* 0 or -errno. What is shorter by now ends in zeros. */
static int read_in(struct kept *kept, int from)
{
    for (off_t at = 0; at < kept->bytes;) {
        ssize_t got = pread(from, kept->memory + at, (size_t)(kept->bytes - at), at);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return -errno;
        at += got > 0 ? got : 0;
    }
    return 0;
}

/* Copy `fd` into memory or the folder. 0 or -errno. */
static int copy_in(struct kept_store *self, struct kept *kept, int fd)
{
    char name[24];
    int from = open_again(fd, O_RDONLY);

    if (from < 0)
        return -errno;
    if (kept->memory) {
        int wrong = read_in(kept, from);
        close(from);
        return wrong;
    }
    write_name(kept, name);
    int to = openat(self->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int wrong = to < 0 ? -errno : copy(from, to);
    if (to >= 0) {
        fchmod(to, 0600); /* whatever this thread's umask is */
        close(to);
    }
    close(from);
    return wrong;
}

static struct kept *checked(struct kept_store *self, struct kept *kept, int wrong, const char **why)
{
    if (wrong) {
        *why = strerrordesc_np(-wrong);
        kept->settled = false;
        kept_release(self, &kept);
    }
    return kept;
}

struct kept *kept_content(struct kept_store *self, int fd, const struct stat *status,
                          const char **why)
{
    if (!self) {
        *why = "undo_files is 0";
        return NULL;
    }
    pthread_mutex_lock(&self->lock);
    struct kept *kept = find(self, status);
    bool known = kept != NULL;
    if (known) {
        kept->holders++;
        kept->turn = self->turn;
    } else {
        kept = add(self, status, false, why);
    }
    pthread_mutex_unlock(&self->lock);
    if (!kept || known)
        return kept;
    kept = checked(self, kept, copy_in(self, kept, fd), why);
    if (kept)
        kept->settled = !is_recent(status);
    return kept;
}

struct kept *kept_name(struct kept_store *self, int dir, const char *name,
                       const struct stat *status, const char **why)
{
    bool shared = S_ISREG(status->st_mode) && status->st_nlink > 1;
    char own[24];

    if (!self) {
        *why = "undo_files is 0";
        return NULL;
    }
    pthread_mutex_lock(&self->lock);
    struct kept *kept = add(self, status, true, why);
    pthread_mutex_unlock(&self->lock);
    if (!kept)
        return NULL;
    write_name(kept, own);
    if (!shared && linkat(dir, name, self->folder_fd, own, 0) == 0) {
        kept->linked = true;
        return kept;
    }
    if (!S_ISREG(status->st_mode))
        return checked(self, kept, -errno, why);
    pthread_mutex_lock(&self->lock);
    takes_memory(self, kept);
    pthread_mutex_unlock(&self->lock);
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int wrong = fd < 0 ? -errno : copy_in(self, kept, fd);
    if (fd >= 0)
        close(fd);
    return checked(self, kept, wrong, why);
}

/* ---- back ---- */

/* Of what is in memory; 0 or -errno. Locked, since newer ones may take its place. */
static int write_out(struct kept_store *self, const struct kept *kept, int fd)
{
    int wrong = 0;

    pthread_mutex_lock(&self->lock);
    if (kept->gone)
        wrong = -ENOENT;
    for (off_t at = 0; !wrong && at < kept->bytes;) {
        ssize_t done = pwrite(fd, kept->memory + at, (size_t)(kept->bytes - at), at);
        if (done < 0 && errno != EINTR)
            wrong = -errno;
        at += done > 0 ? done : 0;
    }
    pthread_mutex_unlock(&self->lock);
    return wrong;
}

/* Room first: nothing is overwritten when it does not suffice. */
static int make_place(const struct kept *kept, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -errno;
    return kept->bytes > status.st_size && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, kept->bytes) < 0 &&
                   errno != EOPNOTSUPP
               ? -errno
               : 0;
}

int kept_put_content(struct kept_store *self, const struct kept *kept, int fd)
{
    char name[24];

    write_name(kept, name);
    int from = kept->in_memory ? -1 : openat(self->folder_fd, name, O_RDONLY | O_CLOEXEC);
    int wrong = !kept->in_memory && from < 0 ? -errno : make_place(kept, fd);
    if (!wrong)
        wrong = kept->in_memory ? write_out(self, kept, fd) : copy(from, fd);
    if (!wrong && ftruncate(fd, kept->bytes) < 0)
        wrong = -errno;
    if (from >= 0)
        close(from);
    return wrong;
}

static int put_copy(struct kept_store *self, struct kept *kept, int dir, const char *name,
                    const struct stat *status)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    int wrong = kept_put_content(self, kept, fd);
    struct timespec times[2] = {status->st_atim, status->st_mtim};
    if (!wrong && fchown(fd, status->st_uid, status->st_gid) < 0 && errno != EPERM)
        wrong = -errno;
    if (!wrong && fchmod(fd, status->st_mode & 07777) < 0)
        wrong = -errno;
    if (wrong)
        unlinkat(dir, name, 0);
    else
        futimens(fd, times);
    close(fd);
    return wrong;
}

int kept_put_name(struct kept_store *self, struct kept *kept, int dir, const char *name,
                  const struct stat *status)
{
    char own[24];

    if (!kept->linked)
        return put_copy(self, kept, dir, name, status);
    write_name(kept, own);
    if (linkat(self->folder_fd, own, dir, name, 0) < 0)
        return -errno;
    pthread_mutex_lock(&self->lock);
    drop_content(self, kept); /* two names of a file would keep cells from writing to it */
    pthread_mutex_unlock(&self->lock);
    return 0;
}
