/* floor_written: how much the files take that the session has written, for the limit on them. Each
 * path that is opened for writing is kept with what was there before, and looked at when asked. */
#include "kernel/front/floor_call.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { FILES_KEPT = 4096, SLOTS = 2 * FILES_KEPT, BLOCK_BYTES = 512 };

struct written {
    char *path;     /* owned; NULL: the slot is free */
    int64_t before; /* bytes that it took when it was first opened */
};

struct floor_written {
    atomic_bool on;
    pthread_mutex_t lock;
    struct written files[SLOTS]; /* by the hash of their path */
    size_t count;
    int64_t settled; /* by those that are no longer kept */
};

struct floor_written *floor_written_new(void)
{
    struct floor_written *self = calloc(1, sizeof *self);

    if (self)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

static int64_t bytes_of(const char *path)
{
    struct stat status;

    return lstat(path, &status) || !S_ISREG(status.st_mode)
               ? 0
               : (int64_t)status.st_blocks * BLOCK_BYTES;
}

static int64_t grown(const struct written *file)
{
    int64_t now = bytes_of(file->path);

    return now > file->before ? now - file->before : 0;
}

/* What the kept ones have grown by; `forget`: they are kept no longer. */
static int64_t add_up(struct floor_written *self, bool forget)
{
    int64_t sum = 0;

    for (size_t i = 0; i < SLOTS; i++) {
        if (!self->files[i].path)
            continue;
        sum += grown(&self->files[i]);
        if (forget) {
            free(self->files[i].path);
            self->files[i].path = NULL;
        }
    }
    if (forget)
        self->count = 0;
    return sum;
}

static struct written *slot_of(struct floor_written *self, const char *path)
{
    size_t hash = 5381;

    for (const char *at = path; *at; at++)
        hash = hash * 33 + (unsigned char)*at;
    for (size_t at = hash % SLOTS;; at = (at + 1) % SLOTS)
        if (!self->files[at].path || strcmp(self->files[at].path, path) == 0)
            return &self->files[at];
}

/* With the lock. */
static void note(struct floor_written *self, const char *path, int64_t before)
{
    struct written *file = slot_of(self, path);

    if (!file->path && self->count == FILES_KEPT) {
        self->settled += add_up(self, true);
        file = slot_of(self, path);
    }
    if (!file->path && (file->path = strdup(path))) {
        file->before = before;
        self->count++;
    }
}

void floor_written_note(struct floor_written *self, const char *path)
{
    if (!self || !atomic_load_explicit(&self->on, memory_order_relaxed) || *path != '/')
        return;
    pthread_mutex_lock(&self->lock);
    note(self, path, bytes_of(path));
    pthread_mutex_unlock(&self->lock);
}

static bool is_open(const struct floor_call *call)
{
    return call->row->judge == floor_do_open || call->row->judge == floor_do_openat ||
           call->row->judge == floor_do_creat || call->row->judge == floor_do_truncate;
}

void floor_written_trusted(struct floor_written *self, struct floor_call *call)
{
    struct floor_spot spot;
    const __u64 *args = call->notif.data.args;
    bool at = call->row->judge == floor_do_openat;

    if (!self || !atomic_load(&self->on) || !is_open(call))
        return;
    if (!floor_spot_read(call, at ? (int)args[0] : AT_FDCWD, args[at ? 1 : 0], FLOOR_FOLLOWS,
                         &spot))
        floor_written_note(self, call->path);
    floor_spot_clear(&spot);
}

/* Programs that write a file aside and give it its name then have written it. */
void floor_written_moved(struct floor_written *self, const struct floor_spot *from,
                         const struct floor_spot *to)
{
    char path[2 * PATH_MAX];

    if (!self || !atomic_load(&self->on))
        return;
    snprintf(path, sizeof path, "%s/%s", from->parent, from->name);
    pthread_mutex_lock(&self->lock);
    const struct written *known = slot_of(self, path);
    int64_t before = known->path ? known->before : -1;
    snprintf(path, sizeof path, "%s/%s", to->parent, to->name);
    note(self, path, before < 0 ? bytes_of(path) : before);
    pthread_mutex_unlock(&self->lock);
}

void floor_written_watch(struct floor_written *self, bool on)
{
    if (!self || atomic_exchange(&self->on, on) || !on)
        return;
    pthread_mutex_lock(&self->lock);
    add_up(self, true); /* it begins anew */
    self->settled = 0;
    pthread_mutex_unlock(&self->lock);
}

int64_t floor_written_bytes(struct floor_written *self)
{
    if (!self)
        return 0;
    pthread_mutex_lock(&self->lock);
    int64_t sum = self->settled + add_up(self, false);
    pthread_mutex_unlock(&self->lock);
    return sum;
}
