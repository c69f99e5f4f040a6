/* undo_files: each change is looked at when its turn comes: what it left must still be there as it
 * left it. Paths are those that the system gave when the change was made; a symlink in one means
 * that its folder is another by now. */
#include "kernel/front/undo_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char was_changed[] = "it was changed since", is_gone[] = "it is gone",
                  no_folder[] = "its folder is gone";

/* What became of one change: NULL, or why it is left (static). */
struct undoing {
    struct floor_changes *changes;
    struct change *items;
    size_t count;
    const char **left; /* of each item */
};

/* ---- places ---- */

/* A folder and a name in it; the folder is -1 when it is not there as it was. */
struct place {
    int dir;
    const char *name;
};

static struct place place_open(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_NO_SYMLINKS};

    if (!slash || slash - path >= PATH_MAX)
        return (struct place){-1, ""};
    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return (struct place){(int)syscall(SYS_openat2, AT_FDCWD, folder, &how, sizeof how), slash + 1};
}

static void place_close(struct place *self)
{
    if (self->dir >= 0)
        close(self->dir);
}

static bool place_look(const struct place *self, struct stat *status)
{
    return self->dir >= 0 && !fstatat(self->dir, self->name, status, AT_SYMLINK_NOFOLLOW);
}

/* ---- what is there ---- */

static bool is_as(const struct change *change, const struct stat *now)
{
    const struct stamp *stamp = &change->after;
    bool same = stamp->known && stamp->ino == now->st_ino && stamp->dev == now->st_dev;

    if (!same || !S_ISREG(now->st_mode) || change->to) /* moving it back loses nothing */
        return same;
    return stamp->size == now->st_size && stamp->mtime.tv_sec == now->st_mtim.tv_sec &&
           stamp->mtime.tv_nsec == now->st_mtim.tv_nsec;
}

/* Is what the change left still there as it left it? NULL or why not. */
static const char *look(const struct change *change)
{
    struct place place = place_open(change->to ? change->to : change->path);
    struct stat now;
    const char *why = NULL;
    bool there = place_look(&place, &now);

    if (place.dir < 0)
        why = no_folder;
    else if (change->kind == CHANGE_REMOVED)
        why = there ? "there is another of that name now" : NULL;
    else if (!there)
        why = is_gone;
    else if (!is_as(change, &now))
        why = was_changed;
    place_close(&place);
    return why;
}

static const char *not_kept(const struct undoing *self, const struct change *change)
{
    if (change->why)
        return change->why;
    if (change->kept && kept_is_gone(floor_changes_store(self->changes), change->kept))
        return "newer contents were kept in its place";
    return NULL;
}

/* ---- taking back ---- */

static const char *told(int wrong)
{
    return wrong ? strerrordesc_np(-wrong) : NULL;
}

static int answer(long result)
{
    return result < 0 ? -errno : 0;
}

/* What is known of it, as it was. */
static int put_known(int fd, const struct change *change)
{
    const struct stat *before = &change->before;
    char link[32];
    struct stat now;
    struct timespec times[2] = {before->st_atim, before->st_mtim};

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (fstat(fd, &now) < 0)
        return -errno;
    if ((now.st_uid != before->st_uid || now.st_gid != before->st_gid) &&
        fchownat(fd, "", before->st_uid, before->st_gid, AT_EMPTY_PATH) < 0)
        return -errno;
    if (now.st_mode != before->st_mode && chmod(link, before->st_mode & 07777) < 0)
        return -errno;
    int wrong =
        attributes_put(change->attributes, fd); /* the mode first: it changes access lists */
    return wrong ? wrong : answer(utimensat(fd, "", times, AT_EMPTY_PATH));
}

/* Open for writing, though it may be read-only by now; its mode is put right later. */
static int open_for_writing(int fd)
{
    char link[32];
    struct stat status;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int to = open(link, O_WRONLY | O_CLOEXEC);
    if (to < 0 && errno == EACCES && fstat(fd, &status) == 0 &&
        chmod(link, (status.st_mode & 07777) | S_IWUSR) == 0)
        to = open(link, O_WRONLY | O_CLOEXEC);
    return to;
}

static int put_content(const struct undoing *self, struct change *change, struct place *place)
{
    int fd = openat(place->dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int wrong = 0, to = -1;
    if (change->kind == CHANGE_WROTE) {
        to = open_for_writing(fd);
        wrong = to < 0 ? -errno
                : change->kept
                    ? kept_put_content(floor_changes_store(self->changes), change->kept, to)
                    : answer(ftruncate(to, 0));
    }
    if (to >= 0)
        close(to);
    if (!wrong)
        wrong = put_known(fd, change);
    close(fd);
    return wrong;
}

/* Those of a copy. */
static int put_attributes(const struct change *change, const struct place *place)
{
    int fd =
        change->attributes ? openat(place->dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    int wrong = fd < 0 ? 0 : attributes_put(change->attributes, fd);

    if (fd >= 0)
        close(fd);
    return wrong;
}

static int put_name(const struct undoing *self, struct change *change, struct place *place)
{
    const struct stat *before = &change->before;

    if (S_ISDIR(before->st_mode))
        return answer(mkdirat(place->dir, place->name, S_IRWXU));
    if (change->kept) {
        int wrong = kept_put_name(floor_changes_store(self->changes), change->kept, place->dir,
                                  place->name, before);
        return wrong ? wrong : put_attributes(change, place);
    }
    int wrong = answer(symlinkat(change->target, place->dir, place->name));
    struct timespec times[2] = {before->st_atim, before->st_mtim};
    if (!wrong)
        utimensat(place->dir, place->name, times, AT_SYMLINK_NOFOLLOW);
    return wrong;
}

static bool is_of(const struct change *a, const struct change *b)
{
    return a->before.st_ino == b->before.st_ino && a->before.st_dev == b->before.st_dev;
}

/* A folder that was removed gets its mode when what lay in it is back: the one that it had before
 * the oldest change of it. */
static void finish_folder(const struct undoing *self, size_t at)
{
    const struct change *change = &self->items[at], *oldest = change;
    struct place place = place_open(change->path);
    int fd = place.dir < 0
                 ? -1
                 : openat(place.dir, place.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    for (size_t i = at; i-- > 0;)
        if (!self->left[i] && self->items[i].kind == CHANGE_KNOWN && is_of(&self->items[i], change))
            oldest = &self->items[i];
    if (fd >= 0) {
        put_known(fd, oldest);
        close(fd);
    }
    place_close(&place);
}

static int move_back(const struct change *change, struct place *to)
{
    struct place from = place_open(change->path);
    struct stat status;
    unsigned flags = change->kind == CHANGE_SWAPPED ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    int wrong = from.dir < 0
                    ? -ENOENT
                    : answer(syscall(SYS_renameat2, to->dir, to->name, from.dir, from.name, flags));

    if (wrong == -EINVAL && flags == RENAME_NOREPLACE && !place_look(&from, &status))
        wrong = answer(renameat(to->dir, to->name, from.dir, from.name));
    place_close(&from);
    return wrong;
}

static int take_back(const struct undoing *self, struct change *change, struct place *place)
{
    switch (change->kind) {
    case CHANGE_MADE:
        return answer(
            unlinkat(place->dir, place->name, S_ISDIR(change->before.st_mode) ? AT_REMOVEDIR : 0));
    case CHANGE_WROTE:
    case CHANGE_KNOWN:
        return put_content(self, change, place);
    case CHANGE_REMOVED:
        return put_name(self, change, place);
    default:
        return move_back(change, place);
    }
}

/* It could not be taken back: the next older change of the same file is judged by what is there. */
static void hand_on(const struct undoing *self, size_t at, const struct stat *now)
{
    self->items[at].after = change_stamp(now);
    for (size_t i = at; i-- > 0;)
        if (is_of(&self->items[i], &self->items[at]) && self->items[i].after.known) {
            self->items[i].after = change_stamp(now);
            return;
        }
}

/* What was removed is back, with another number perhaps: older changes of it are of that one. */
static void renumber(const struct undoing *self, size_t at, const struct stat *now)
{
    const struct stat *before = &self->items[at].before;

    for (size_t i = 0; i < at; i++) {
        bool gone = is_of(&self->items[i], &self->items[at]) && !self->items[i].after.known;
        if (gone && self->items[i].kind != CHANGE_REMOVED) /* when its cell had ended */
            self->items[i].after = change_stamp(now);
        else
            change_renumber(&self->items[i], before, now);
    }
    floor_changes_renumber(self->changes, before, now);
}

static const char *undo_one(const struct undoing *self, size_t at)
{
    struct change *change = &self->items[at];
    const char *why = change->kind == CHANGE_MORE ? change->why : look(change);
    struct stat now;

    if (why)
        return why;
    struct place place = place_open(change->to ? change->to : change->path);
    why = not_kept(self, change);
    if (!why)
        why = told(take_back(self, change, &place));
    if (why ? change->after.known : change->kind == CHANGE_REMOVED)
        if (place_look(&place, &now))
            (why ? hand_on : renumber)(self, at, &now);
    place_close(&place);
    return why;
}

/* ---- telling ---- */

/* "12 kB", "" for what has no content. */
static void write_size(const struct change *change, char out[32])
{
    double size = (double)change->before.st_size;

    *out = 0;
    if (!S_ISREG(change->before.st_mode))
        return;
    if (size < 1000)
        snprintf(out, 32, " (%.0f bytes)", size);
    else if (size < 1e6)
        snprintf(out, 32, " (%.0f kB)", size / 1e3);
    else
        snprintf(out, 32, " (%.0f MB)", size / 1e6);
}

/* The oldest change of a file says what becomes of it. */
static json_t *line_of(const struct change *change)
{
    char size[32];

    write_size(change, size);
    switch (change->kind) {
    case CHANGE_MADE:
        return json_sprintf("remove %s%s", change->path,
                            S_ISDIR(change->before.st_mode) ? "/" : "");
    case CHANGE_MOVED:
        return json_sprintf("move %s back to %s", change->to, change->path);
    case CHANGE_SWAPPED:
        return json_sprintf("exchange %s and %s again", change->path, change->to);
    case CHANGE_KNOWN:
        return json_sprintf("change the mode, owner, times and attributes of %s back",
                            change->path);
    case CHANGE_MORE:
        return json_sprintf("%zu more changes", change->more);
    default:
        return json_sprintf("put back %s%s%s", change->path,
                            S_ISDIR(change->before.st_mode) ? "/" : "", size);
    }
}

static void add_line(json_t *plan, const struct change *change, const char *left)
{
    json_t *line = line_of(change); /* NULL: a path that is no UTF-8 */
    const char *text = line ? json_string_value(line) : change_verb(change->kind);

    if (left)
        json_array_append_new(json_object_get(plan, "leaves"), json_sprintf("%s: %s", text, left));
    else
        json_array_append_new(json_object_get(plan, "does"), json_string(text));
    json_decref(line);
}

/* One line for each file, by its oldest change. */
static json_t *tell(const struct undoing *self)
{
    json_t *plan = json_pack("{s:[], s:[]}", "does", "leaves"), *seen = json_object();

    for (size_t i = 0; i < self->count; i++) {
        const struct change *change = &self->items[i];
        bool again = change->kind != CHANGE_MOVED && json_object_get(seen, change->path);
        if (!again)
            add_line(plan, change, self->left[i]);
        if (change->kind != CHANGE_MOVED)
            json_object_set_new(seen, change->path, json_true());
    }
    json_decref(seen);
    return plan;
}

/* ---- all of them ---- */

static bool take(struct undoing *self, struct floor_changes *changes, json_int_t cell)
{
    *self = (struct undoing){.changes = changes};
    self->items = floor_changes_take(changes, cell, &self->count);
    self->left = self->items ? calloc(self->count, sizeof *self->left) : NULL;
    if (self->left)
        return true;
    if (self->items)
        floor_changes_give_back(changes, self->items, self->count);
    return false;
}

static void end(struct undoing *self)
{
    floor_changes_give_back(self->changes, self->items, self->count);
    free(self->left);
}

json_t *undo_files_told(struct floor_changes *changes, json_int_t cell)
{
    struct undoing self;
    json_t *lines = json_array(), *seen = json_object();

    if (changes && take(&self, changes, cell)) {
        for (size_t i = 0; i < self.count; i++) {
            const struct change *change = &self.items[i];
            json_t *line = change->kind == CHANGE_MORE
                               ? json_sprintf("%zu more changes", change->more)
                               : json_sprintf("%s %s", change_verb(change->kind),
                                              change->to ? change->to : change->path);
            if (line && !json_object_get(seen, json_string_value(line))) {
                json_object_set_new(seen, json_string_value(line), json_true());
                json_array_append(lines, line);
            }
            json_decref(line);
        }
        end(&self);
    }
    json_decref(seen);
    return lines;
}

/* Does the way to `path` come back when newer changes are taken back? */
static bool comes_back(const json_t *back, const char *path)
{
    char part[PATH_MAX];

    snprintf(part, sizeof part, "%s", path);
    for (char *slash; (slash = strrchr(part, '/')) && slash != part; *slash = 0)
        if (json_object_get(back, part))
            return true;
    return false;
}

/* Why the change of item `at` will be left; `seen`: newer changes, and what becomes of their paths,
 * `back`: places that come back with them. */
static const char *foresee(const struct undoing *self, size_t at, json_t *seen, json_t *back)
{
    const struct change *change = &self->items[at];
    const char *path = change->to ? change->to : change->path, *why = NULL;
    const json_t *newer = json_object_get(seen, path);

    if (newer)
        why = json_is_true(newer) ? NULL : was_changed;
    else
        why = look(change);
    if (why == no_folder || why == is_gone)
        why = comes_back(back, path) ? NULL : why;
    json_object_set_new(seen, path, json_boolean(!why));
    if (change->to)
        json_object_set_new(seen, change->path, json_boolean(!why));
    if (!why && (change->to || change->kind == CHANGE_REMOVED))
        json_object_set_new(back, change->path, json_true());
    return why ? why : not_kept(self, change);
}

/* A change of a file that a later one changed again is looked at when that is taken back. */
json_t *undo_files_plan(struct floor_changes *changes, json_int_t cell)
{
    struct undoing self;
    json_t *seen = json_object(), *back = json_object();

    if (changes && take(&self, changes, cell)) {
        for (size_t i = self.count; i-- > 0;)
            self.left[i] = self.items[i].kind == CHANGE_MORE ? self.items[i].why
                                                             : foresee(&self, i, seen, back);
    } else {
        self = (struct undoing){0};
    }
    json_t *plan = tell(&self);
    if (self.items)
        end(&self);
    json_decref(seen);
    json_decref(back);
    return plan;
}

/* There is no use in trying it again. */
static bool is_final(const struct undoing *self, size_t at)
{
    const char *why = self->left[at];

    return !why || why == was_changed || why == is_gone || why == no_folder ||
           self->items[at].kind == CHANGE_MORE || not_kept(self, &self->items[at]);
}

json_t *undo_files_do(struct floor_changes *changes, json_int_t cell)
{
    struct undoing self;

    if (!changes || !take(&self, changes, cell))
        return json_pack("{s:[], s:[]}", "does", "leaves");
    for (size_t i = self.count; i-- > 0;)
        self.left[i] = undo_one(&self, i);
    for (size_t i = 0; i < self.count; i++)
        if (!self.left[i] && self.items[i].kind == CHANGE_REMOVED &&
            S_ISDIR(self.items[i].before.st_mode))
            finish_folder(&self, i);
    json_t *plan = tell(&self);
    for (size_t i = 0; i < self.count; i++)
        if (is_final(&self, i))
            change_clear(changes, &self.items[i]);
    end(&self);
    return plan;
}
