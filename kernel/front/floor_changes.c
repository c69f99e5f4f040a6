/* floor_changes: one array, oldest first; those of the cell that runs are its end. What a cell made
 * and removed again is not in it, and a file that it made under another name first is made once:
 * programs that write a file anew a thousand times cost no more than those that do it once. */
#include "kernel/front/floor_changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/places.h"
#include "kernel/front/floor_call.h"

enum { CHANGES_MOST = 20000, MAPPINGS_MOST = 1000000, TICK_MS = 20 };

struct floor_changes {
    pthread_mutex_t lock;
    struct change *items;
    size_t count, room, fresh; /* from `fresh` on they are the running cell's */
    ino_t *inos;               /* owned; of the running cell's: looked through at every open */
    size_t opened;             /* how many files were open when the last cell had ended */
    struct kept_store *store;  /* owned; NULL: contents are not kept */
};

static const char *const verbs[] = {
    [CHANGE_MADE] = "made",      [CHANGE_WROTE] = "wrote",     [CHANGE_REMOVED] = "removed",
    [CHANGE_MOVED] = "moved to", [CHANGE_SWAPPED] = "swapped", [CHANGE_KNOWN] = "changed",
    [CHANGE_MORE] = "more",
};

const char *change_verb(enum change_kind kind)
{
    return verbs[kind];
}

/* ---- life ---- */

struct floor_changes *floor_changes_new(void)
{
    struct floor_changes *self = calloc(1, sizeof *self);

    if (self)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

void floor_changes_keep(struct floor_changes *self, const char *parent, int64_t limit_bytes)
{
    if (self && limit_bytes > 0)
        self->store = kept_store_new(parent, limit_bytes);
}

void floor_changes_end(struct floor_changes *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->count = self->fresh = 0; /* the threads of the floor end with the process */
    kept_store_destroy(&self->store);
    pthread_mutex_unlock(&self->lock);
}

struct kept_store *floor_changes_store(struct floor_changes *self)
{
    return self->store;
}

void change_clear(struct floor_changes *self, struct change *change)
{
    free(change->path);
    free(change->to);
    free(change->target);
    kept_release(self->store, &change->kept);
    attributes_destroy(&change->attributes);
    *change = (struct change){0};
}

struct stamp change_stamp(const struct stat *status)
{
    return (struct stamp){
        true, status->st_dev, status->st_ino, status->st_mode, status->st_size, status->st_mtim};
}

/* ---- the array; locked ---- */

/* One of the running cell's. */
static void remove_at(struct floor_changes *self, size_t at)
{
    ino_t *ino = &self->inos[at - self->fresh];

    change_clear(self, &self->items[at]);
    memmove(&self->items[at], &self->items[at + 1], (--self->count - at) * sizeof *self->items);
    memmove(ino, ino + 1, (self->count - at) * sizeof *ino);
}

/* The oldest cell's go, unless it runs. False: no room. */
static bool drop_oldest(struct floor_changes *self)
{
    size_t end = 0;

    while (end < self->fresh && self->items[end].cell == self->items[0].cell)
        change_clear(self, &self->items[end++]);
    memmove(self->items, self->items + end, (self->count - end) * sizeof *self->items);
    self->count -= end;
    self->fresh -= end;
    return end > 0;
}

static bool has_room(struct floor_changes *self)
{
    if (self->count >= CHANGES_MOST && !drop_oldest(self))
        return false;
    if (self->count < self->room)
        return true;
    size_t room = self->room ? 2 * self->room : 64;
    struct change *items = realloc(self->items, room * sizeof *items);
    if (items)
        self->items = items;
    ino_t *inos = items ? realloc(self->inos, room * sizeof *inos) : NULL;
    if (!inos)
        return false;
    self->inos = inos;
    self->room = room;
    return true;
}

static void put_last(struct floor_changes *self, const struct change *change)
{
    self->inos[self->count - self->fresh] = change->before.st_ino;
    self->items[self->count++] = *change;
}

/* Takes it over. */
static void append(struct floor_changes *self, struct change *change)
{
    struct change *last = self->count ? &self->items[self->count - 1] : NULL;

    if (change->path && has_room(self)) {
        put_last(self, change);
        return;
    }
    change_clear(self, change);
    if (last && last->kind == CHANGE_MORE && self->count > self->fresh) {
        last->more++;
    } else if (self->items &&
               self->count < self->room) { /* one beyond the most: CHANGES_MOST is no power of 2 */
        put_last(self, &(struct change){.kind = CHANGE_MORE,
                                        .path = strdup("more"),
                                        .more = 1,
                                        .why = "there were too many"});
    }
}

/* The newest change of the running cell to the file `status`; NULL: it has not changed it. */
static struct change *find_fresh(struct floor_changes *self, const struct stat *status)
{
    for (size_t i = self->count; i-- > self->fresh;)
        if (self->inos[i - self->fresh] == status->st_ino &&
            self->items[i].before.st_dev == status->st_dev)
            return &self->items[i];
    return NULL;
}

/* Has the running cell made the file, or kept its content already? */
static bool is_known(struct floor_changes *self, const struct stat *status, bool content)
{
    bool known = false, over = false;

    pthread_mutex_lock(&self->lock);
    for (size_t i = self->count; i-- > self->fresh && !known && !over;) {
        const struct change *change = &self->items[i];
        if (self->inos[i - self->fresh] != status->st_ino ||
            change->before.st_dev != status->st_dev)
            continue;
        over = change->kind == CHANGE_REMOVED; /* that was another of its number */
        known = change->kind == CHANGE_MADE || change->kind == CHANGE_WROTE ||
                (change->kind == CHANGE_KNOWN && !content);
    }
    pthread_mutex_unlock(&self->lock);
    return known;
}

static void add(struct floor_changes *self, struct change *change, const char *path)
{
    change->path = strdup(path);
    pthread_mutex_lock(&self->lock);
    append(self, change);
    pthread_mutex_unlock(&self->lock);
}

/* ---- what the floor does ---- */

/* What belongs to the session or to the system is nobody's file. */
struct floor_changes *floor_changes_told(const struct floor_call *call, const char *path)
{
    const struct floor_rules *rules = call->rules;

    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(path, rules->always[i]))
            return NULL;
    return *path == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 &&
                   !strstr(path, "/__pycache__")
               ? call->changes
               : NULL;
}

void floor_changes_made(struct floor_changes *self, const char *path, int dir, const char *name)
{
    struct change change = {.kind = CHANGE_MADE};

    if (self && !fstatat(dir, name, &change.before, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        add(self, &change, path);
}

void floor_changes_writes(struct floor_changes *self, const char *path, int fd,
                          const struct stat *status)
{
    if (!self || !S_ISREG(status->st_mode) || is_known(self, status, true))
        return;
    struct change change = {
        .kind = CHANGE_WROTE, .before = *status, .attributes = attributes_read(fd)};
    if (change.before.st_size)
        change.kept = kept_content(self->store, fd, &change.before, &change.why);
    add(self, &change, path);
}

void floor_changes_knows(struct floor_changes *self, const char *path, int fd,
                         const struct stat *status)
{
    struct change change = {.kind = CHANGE_KNOWN, .before = *status};

    if (!self || is_known(self, status, false))
        return;
    change.attributes = attributes_read(fd);
    add(self, &change, path);
}

static struct attributes *attributes_of(int dir, const char *name)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct attributes *found = fd < 0 ? NULL : attributes_read(fd);

    if (fd >= 0)
        close(fd);
    return found;
}

void floor_changes_removes(struct floor_changes *self, const char *path, int dir, const char *name,
                           struct change *change)
{
    char target[PATH_MAX];

    *change = (struct change){.kind = CHANGE_REMOVED};
    if (!self || fstatat(dir, name, &change->before, AT_SYMLINK_NOFOLLOW) ||
        !(change->path = strdup(path)))
        return;
    pthread_mutex_lock(&self->lock);
    const struct change *made = find_fresh(self, &change->before);
    bool was_made = made && made->kind == CHANGE_MADE && strcmp(made->path, path) == 0;
    pthread_mutex_unlock(&self->lock);
    if (was_made)
        return;
    if (S_ISDIR(change->before.st_mode)) {
        change->attributes = attributes_of(dir, name);
        return;
    }
    ssize_t size =
        S_ISLNK(change->before.st_mode) ? readlinkat(dir, name, target, sizeof target - 1) : -1;
    if (size >= 0) {
        target[size] = 0;
        change->target = strdup(target);
    } else {
        change->kept = kept_name(self->store, dir, name, &change->before, &change->why);
        if (change->kept && !kept_is_itself(change->kept))
            change->attributes = attributes_of(dir, name);
    }
}

void floor_changes_settle(struct floor_changes *self, struct change *change, bool done)
{
    if (!self || !change->path)
        return;
    pthread_mutex_lock(&self->lock);
    struct change *made = done ? find_fresh(self, &change->before) : NULL;
    if (made && made->kind == CHANGE_MADE && strcmp(made->path, change->path) == 0) {
        remove_at(self, (size_t)(made - self->items)); /* as if it had never been */
        done = false;
    }
    if (done)
        append(self, change);
    else
        change_clear(self, change);
    pthread_mutex_unlock(&self->lock);
}

void floor_changes_moved(struct floor_changes *self, const char *from, const char *to, int dir,
                         const char *name, bool swapped)
{
    struct change change = {.kind = swapped ? CHANGE_SWAPPED : CHANGE_MOVED};

    if (!self || fstatat(dir, name, &change.before, AT_SYMLINK_NOFOLLOW))
        return;
    pthread_mutex_lock(&self->lock);
    struct change *made = find_fresh(self, &change.before);
    if (made && made->kind == CHANGE_MADE && !swapped && !S_ISDIR(change.before.st_mode) &&
        strcmp(made->path, from) == 0) { /* as if it had been made there */
        change.kind = CHANGE_MADE;
        remove_at(self, (size_t)(made - self->items));
    } else {
        change.to = strdup(to);
    }
    change.path = strdup(change.to ? from : to);
    append(self, &change);
    pthread_mutex_unlock(&self->lock);
}

/* ---- the end of a cell; locked ---- */

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_unchanged(const struct stat *before, const struct stat *now)
{
    return now->st_ino == before->st_ino && now->st_dev == before->st_dev &&
           now->st_size == before->st_size && is_same_time(&now->st_mtim, &before->st_mtim) &&
           is_same_time(&now->st_ctim, &before->st_ctim);
}

/* Where the file of item `at` is by now: the cell may have moved it, or a folder above it. */
static void path_now(const struct floor_changes *self, size_t at, char out[PATH_MAX])
{
    const struct change *change = &self->items[at];
    char moved[2 * PATH_MAX];

    snprintf(out, PATH_MAX, "%s", change->to ? change->to : change->path);
    for (size_t i = at + 1; i < self->count; i++) {
        const struct change *later = &self->items[i];
        if (later->kind == CHANGE_MOVED && place_is_below(out, later->path)) {
            snprintf(moved, sizeof moved, "%s%s", later->to, out + strlen(later->path));
            snprintf(out, PATH_MAX, "%.*s", PATH_MAX - 1, moved);
        }
    }
}

static void stamp_fresh(struct floor_changes *self)
{
    size_t moves = 0;
    struct stat status;
    char path[PATH_MAX];

    for (size_t i = self->fresh; i < self->count; i++)
        moves += self->items[i].kind == CHANGE_MOVED;
    bool maps = moves * (self->count - self->fresh) < MAPPINGS_MOST;
    for (size_t i = self->fresh; i < self->count; i++) {
        struct change *change = &self->items[i];
        if (change->kind == CHANGE_REMOVED || change->kind == CHANGE_MORE)
            continue;
        if (maps)
            path_now(self, i, path);
        else
            snprintf(path, sizeof path, "%s", change->to ? change->to : change->path);
        if (lstat(path, &status) == 0 && status.st_ino == change->before.st_ino &&
            status.st_dev == change->before.st_dev) /* else it lost its name to another */
            change->after = change_stamp(&status);
        bool opened = change->kind == CHANGE_WROTE || change->kind == CHANGE_KNOWN;
        change->same = opened && change->after.known && is_unchanged(&change->before, &status);
    }
}

/* Those that were only opened. What changed within a tick of the clock counts as changed: see
 * kept.c. */
static void drop_unchanged(struct floor_changes *self, int64_t now_ms)
{
    size_t to = self->fresh;

    for (size_t i = self->fresh; i < self->count; i++) {
        struct change *change = &self->items[i];
        int64_t ms = (int64_t)change->before.st_ctim.tv_sec * 1000 +
                     change->before.st_ctim.tv_nsec / 1000000;
        if (change->same && !change->open && now_ms - ms > TICK_MS)
            change_clear(self, change);
        else
            self->items[to++] = *change;
    }
    self->count = to;
}

/* Which of the files are open in the worker? */
static void look_for_open(struct floor_changes *self, pid_t worker)
{
    char path[48];
    struct stat status;
    struct dirent *entry;
    bool any = false;

    self->opened = 0;
    for (size_t i = 0; i < self->count; i++) {
        struct change *change = &self->items[i];
        bool file = (change->kind == CHANGE_WROTE || change->kind == CHANGE_MADE) &&
                    S_ISREG(change->before.st_mode);
        any |= file && (i >= self->fresh || change->open);
        change->open = false;
    }
    snprintf(path, sizeof path, "/proc/%d/fd", worker);
    DIR *folder = any ? opendir(path) : NULL;
    while (folder && (entry = readdir(folder))) {
        /* The link's own mode says how it is open. */
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) ||
            !(status.st_mode & S_IWUSR) || fstatat(dirfd(folder), entry->d_name, &status, 0) ||
            !S_ISREG(status.st_mode))
            continue;
        for (size_t i = self->count; i-- > 0;)
            if (self->items[i].before.st_ino == status.st_ino &&
                self->items[i].before.st_dev == status.st_dev &&
                self->items[i].kind <= CHANGE_WROTE) {
                self->opened += !self->items[i].open;
                self->items[i].open = true;
                break;
            }
    }
    if (folder)
        closedir(folder);
}

/* A file that an earlier cell opened may have been written to without our seeing it. */
static void note_open(struct floor_changes *self, size_t at)
{
    struct change *change = &self->items[at];
    struct stat status;

    if (lstat(change->path, &status) || status.st_ino != change->after.ino ||
        status.st_dev != change->after.dev ||
        (status.st_size == change->after.size &&
         is_same_time(&status.st_mtim, &change->after.mtime)))
        return;
    struct change wrote = {.kind = CHANGE_WROTE,
                           .path = strdup(change->path),
                           .before = status,
                           .why = "it was open since an earlier cell"};
    wrote.before.st_mtim = change->after.mtime;
    wrote.before.st_size = change->after.size;
    bool again = find_fresh(self, &status) != NULL;
    change->after = change_stamp(&status);
    if (again)
        free(wrote.path);
    else
        append(self, &wrote);
}

void floor_changes_cell(struct floor_changes *self, json_int_t cell, pid_t worker)
{
    struct timespec now;

    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    if (self->fresh == self->count && !self->opened) {
        pthread_mutex_unlock(&self->lock);
        return;
    }
    for (size_t i = self->fresh; i-- > 0;)
        if (self->items[i].open && self->items[i].after.known)
            note_open(self, i);
    look_for_open(self, worker);
    stamp_fresh(self);
    clock_gettime(CLOCK_REALTIME, &now);
    drop_unchanged(self, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    for (size_t i = self->fresh; i < self->count; i++)
        self->items[i].cell = cell;
    self->fresh = self->count;
    pthread_mutex_unlock(&self->lock);
    kept_store_turn(self->store);
}

void change_renumber(struct change *change, const struct stat *old, const struct stat *now)
{
    if (change->after.known && change->after.ino == old->st_ino &&
        change->after.dev == old->st_dev) {
        change->after.ino = now->st_ino;
        change->after.dev = now->st_dev;
    }
}

void floor_changes_renumber(struct floor_changes *self, const struct stat *old,
                            const struct stat *now)
{
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->fresh; i++)
        change_renumber(&self->items[i], old, now);
    pthread_mutex_unlock(&self->lock);
}

json_int_t floor_changes_newest(struct floor_changes *self)
{
    if (!self)
        return 0;
    pthread_mutex_lock(&self->lock);
    json_int_t cell = self->fresh ? self->items[self->fresh - 1].cell : 0;
    pthread_mutex_unlock(&self->lock);
    return cell;
}

struct change *floor_changes_take(struct floor_changes *self, json_int_t cell, size_t *count)
{
    size_t from = 0;

    *count = 0;
    if (!self)
        return NULL;
    pthread_mutex_lock(&self->lock);
    while (from < self->fresh && self->items[from].cell < cell)
        from++;
    size_t taken = self->fresh - from;
    struct change *changes = taken ? malloc(taken * sizeof *changes) : NULL;
    if (changes) {
        memcpy(changes, &self->items[from], taken * sizeof *changes);
        memmove(&self->items[from], &self->items[self->fresh],
                (self->count - self->fresh) * sizeof *self->items);
        self->count -= taken;
        self->fresh = from;
        *count = taken;
    }
    pthread_mutex_unlock(&self->lock);
    return changes;
}

void floor_changes_give_back(struct floor_changes *self, struct change *changes, size_t count)
{
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < count; i++) {
        bool left = changes[i].path != NULL;
        if (left && has_room(self)) {
            memmove(&self->items[self->fresh + 1], &self->items[self->fresh],
                    (self->count++ - self->fresh) * sizeof *self->items);
            self->items[self->fresh++] = changes[i];
        } else {
            change_clear(self, &changes[i]);
        }
    }
    pthread_mutex_unlock(&self->lock);
    free(changes);
}
