/* floor_shared: shared memory has no folder of a session's own that would go with it: what was made
 * there is noted, and taken away when the session has ended, unless another has its name by then.
 */
#include "kernel/front/floor_call.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/places.h"

enum { NAMES_FIRST = 64, NAMES_MOST = 65536 };

struct shared_name {
    char *path; /* owned */
    dev_t dev;
    ino_t ino;
};

struct floor_shared {
    pthread_mutex_t lock;
    struct shared_name *names; /* owned; in the order in which they were made */
    size_t count, room;
    struct floor_ipc *ipc; /* owned, has a lock of its own */
};

struct floor_shared *floor_shared_new(void)
{
    struct floor_shared *self = calloc(1, sizeof *self);

    if (self) {
        pthread_mutex_init(&self->lock, NULL);
        self->ipc = floor_ipc_new();
    }
    return self;
}

struct floor_ipc *floor_shared_ipc(const struct floor_call *call)
{
    struct floor_shared *self = floor_shared_of(call);

    return self ? self->ipc : NULL;
}

static bool is_there(const struct shared_name *name, struct stat *status)
{
    return lstat(name->path, status) == 0 && status->st_ino == name->ino &&
           status->st_dev == name->dev;
}

/* Those that are gone make room; else there is more of it. With the lock. */
static bool has_room(struct floor_shared *self)
{
    struct stat status;
    size_t kept = 0;

    if (self->count < self->room)
        return true;
    for (size_t i = 0; i < self->count; i++)
        if (is_there(&self->names[i], &status))
            self->names[kept++] = self->names[i];
        else
            free(self->names[i].path);
    self->count = kept;
    size_t room = self->room ? 2 * self->room : NAMES_FIRST;
    if (2 * kept <= self->room && self->room)
        return true;
    struct shared_name *names =
        room <= NAMES_MOST ? realloc(self->names, room * sizeof *names) : NULL;
    if (!names)
        return kept < self->room;
    self->names = names;
    self->room = room;
    return true;
}

/* With the lock. */
static bool is_known(const struct floor_shared *self, const struct stat *status)
{
    for (size_t i = self->count; i-- > 0;)
        if (self->names[i].ino == status->st_ino && self->names[i].dev == status->st_dev)
            return true;
    return false;
}

void floor_shared_note(const struct floor_call *call, const char *path, int dir, const char *name,
                       enum floor_shared_how how)
{
    struct floor_shared *self = floor_shared_of(call);
    struct stat status;

    if (!self || !place_is_below(path, places_shared_memory) || !floor_is_lent(call->rules, path) ||
        fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return;
    pthread_mutex_lock(&self->lock);
    if ((how == FLOOR_SHARED_MADE || is_known(self, &status)) && has_room(self)) {
        char *copy = strdup(path);
        if (copy)
            self->names[self->count++] = (struct shared_name){copy, status.st_dev, status.st_ino};
    }
    pthread_mutex_unlock(&self->lock);
}

void floor_made(const struct floor_call *call, const char *path, int dir, const char *name)
{
    floor_changes_made(floor_changes_told(call, path), path, dir, name);
    floor_shared_note(call, path, dir, name, FLOOR_SHARED_MADE);
}

void floor_shared_end(struct floor_shared *self)
{
    struct stat status;

    if (!self)
        return;
    floor_ipc_end(self->ipc);
    pthread_mutex_lock(&self->lock);
    while (self->count) { /* the newest first: what is in a folder before the folder */
        struct shared_name *name = &self->names[--self->count];
        if (is_there(name, &status))
            unlinkat(AT_FDCWD, name->path, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
        free(name->path);
    }
    free(self->names);
    self->names = NULL;
    self->room = 0;
    pthread_mutex_unlock(&self->lock);
}

void floor_shared_destroy(struct floor_shared **self)
{
    if (!*self)
        return;
    floor_shared_end(*self);
    floor_ipc_destroy(&(*self)->ipc);
    pthread_mutex_destroy(&(*self)->lock);
    free(*self);
    *self = NULL;
}
