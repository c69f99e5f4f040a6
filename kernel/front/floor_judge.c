/* floor_judge: which places may be written to. Paths are compared by component; the path that is
 * judged is what the operating system calls it, so no symlink and no ".." is in it. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/places.h"

enum { TICK_MS = 20 /* files have the time of the last tick of the clock */ };
const char floor_outside[] = "not below ok_dests";

/* ---- resolving ---- */

static bool join(const char *base, const char *rest, char out[PATH_MAX])
{
    const char *slash = strcmp(base, "/") == 0 ? "" : "/";

    return snprintf(out, PATH_MAX, "%s%s%s", base, slash, rest) < PATH_MAX;
}

/* The nearest part of `path` that is there, resolved, and the rest as it is, unless it climbs. */
static bool resolve_there(char path[PATH_MAX], char out[PATH_MAX])
{
    char rest[PATH_MAX] = "", joined[PATH_MAX];
    struct stat status;

    while (!realpath(path[0] ? path : "/", out)) {
        char *slash = strrchr(path, '/');
        if (errno != ENOENT || !slash || strcmp(slash + 1, "..") == 0 ||
            (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)))
            return false;
        if (slash[1] && strcmp(slash + 1, ".") != 0) {
            if (rest[0] ? !join(slash + 1, rest, joined) : !strcpy(joined, slash + 1))
                return false;
            strcpy(rest, joined);
        }
        *slash = 0;
    }
    return !rest[0] || (join(out, rest, joined) && strcpy(out, joined));
}

bool floor_resolve(const char *path, const char *home, const char *base, char out[PATH_MAX])
{
    char whole[PATH_MAX];
    bool at_home = path[0] == '~' && (path[1] == '/' || !path[1]);

    if (at_home          ? !home || !join(home, path + 1 + (path[1] == '/'), whole)
        : path[0] == '/' ? snprintf(whole, PATH_MAX, "%s", path) >= PATH_MAX
                         : !base || !path[0] || !join(base, path, whole))
        return false;
    return resolve_there(whole, out);
}

/* ---- rules ---- */

struct floor_rules *floor_rules_new(void)
{
    static unsigned made; /* by the front's loop alone */
    static int64_t began_ms;
    struct floor_rules *self = calloc(1, sizeof *self);
    const char *home = getenv("HOME");

    if (self && home && !realpath(home, self->home))
        self->home[0] = 0;
    if (!began_ms)
        began_ms = floor_clock_ms(CLOCK_REALTIME) - TICK_MS;
    if (self) {
        self->serial = ++made;
        self->since_ms = began_ms;
    }
    return self;
}

static void clear(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
}

void floor_rules_destroy(struct floor_rules **self)
{
    if (!*self)
        return;
    clear((*self)->dests, (*self)->dest_count);
    clear((*self)->resolved, (*self)->dest_count);
    clear((*self)->always, (*self)->always_count);
    clear((*self)->never, (*self)->never_count);
    clear((*self)->hosts, (*self)->host_count);
    clear((*self)->programs, (*self)->program_count);
    free(*self);
    *self = NULL;
}

static bool add(char **items, size_t *count, const char *path, const char *home)
{
    char real[PATH_MAX];

    if (*count >= FLOOR_PLACES_MOST || !floor_resolve(path, home, NULL, real))
        return false;
    items[*count] = strdup(real);
    *count += items[*count] != NULL;
    return true;
}

bool floor_rules_add_always(struct floor_rules *self, const char *path)
{
    return add(self->always, &self->always_count, path, self->home);
}

bool floor_rules_add_never(struct floor_rules *self, const char *path)
{
    return add(self->never, &self->never_count, path, self->home);
}

/* As given. */
static bool add_text(char **items, size_t *count, const char *text)
{
    if (*count >= FLOOR_PLACES_MOST || !(items[*count] = strdup(text)))
        return false;
    ++*count;
    return true;
}

bool floor_rules_add_host(struct floor_rules *self, const char *host)
{
    return add_text(self->hosts, &self->host_count, host);
}

bool floor_rules_add_program(struct floor_rules *self, const char *line)
{
    return add_text(self->programs, &self->program_count, line);
}

bool floor_rules_add_dest(struct floor_rules *self, const char *path)
{
    size_t at = self->dest_count;
    char real[PATH_MAX];

    if (at >= FLOOR_PLACES_MOST || !(self->dests[at] = strdup(path)))
        return false;
    self->resolved[at] = floor_resolve(path, self->home, NULL, real) ? strdup(real) : NULL;
    self->has_relative |= !self->resolved[at];
    self->dest_count++;
    return true;
}

void floor_rules_add_caches(struct floor_rules *self)
{
    char path[PATH_MAX];

    for (const struct place_cache *cache = places_caches; cache->by; cache++)
        if (place_cache_folder(cache, path, sizeof path))
            floor_rules_add_always(self, path);
}

/* ---- judging ---- */

/* Destination `at` now; NULL: it leads nowhere. `again`: it may be another place by now, which
 * `room` then has. */
static const char *dest_now(const struct floor_rules *rules, size_t at, const char *cwd, bool again,
                            char room[PATH_MAX])
{
    if (rules->resolved[at] && !again)
        return rules->resolved[at];
    if (strcmp(rules->dests[at], ".") == 0)
        return cwd;
    return floor_resolve(rules->dests[at], rules->home, cwd, room) ? room : NULL;
}

enum cover { COVER_NOT, COVER_GUARDED, COVER_FULL };

/* `keeper` then has the place that is not covered by the destination that it lies in. */
static enum cover covered(const struct floor_rules *rules, const char *real, const char *cwd,
                          bool again, char keeper[PATH_MAX])
{
    enum cover best = COVER_NOT;
    char room[PATH_MAX];

    for (size_t i = 0; i < rules->dest_count && best != COVER_FULL; i++) {
        const char *dest = dest_now(rules, i, cwd, again, room);
        if (dest && place_is_below(real, dest))
            best = places_keep(real, dest, keeper) ? COVER_GUARDED : COVER_FULL;
    }
    return best;
}

/* As covered; what the rules said when they were made is asked first. */
static enum cover covered_now(const struct floor_rules *rules, const char *real, const char *cwd,
                              char keeper[PATH_MAX])
{
    enum cover cover = covered(rules, real, cwd, false, keeper);

    return cover == COVER_NOT ? covered(rules, real, cwd, true, keeper) : cover;
}

/* What was found out of the folder of the last file. */
static _Thread_local struct {
    char folder[PATH_MAX], cwd[PATH_MAX];
    unsigned serial; /* of the rules; 0: nothing is known */
    int64_t until_ms;
    enum cover cover; /* COVER_FULL or COVER_NOT */
} last;

static bool is_last_folder(const struct floor_rules *rules, const char *folder, size_t size,
                           const char *cwd, int64_t at_ms)
{
    return last.serial == rules->serial && at_ms <= last.until_ms &&
           strncmp(last.folder, folder, size) == 0 && !last.folder[size] &&
           (!rules->has_relative || strcmp(last.cwd, cwd ? cwd : "") == 0);
}

/* False: it is kept, or in part. */
static bool look_at_folder(const struct floor_rules *rules, const char *folder, size_t size,
                           const char *cwd, int64_t at_ms, char keeper[PATH_MAX])
{
    memcpy(last.folder, folder, size);
    last.folder[size] = 0;
    snprintf(last.cwd, sizeof last.cwd, "%s", cwd ? cwd : "");
    last.cover = covered_now(rules, last.folder, cwd, keeper);
    last.serial = last.cover == COVER_GUARDED ? 0 : rules->serial;
    last.until_ms = at_ms + FLOOR_FOLDER_MS;
    return last.serial != 0;
}

/* A program that writes many files writes them into few folders: what was found out of the folder
 * of the last one holds for a moment, so that only the name is looked at. */
static enum cover covered_by_folder(const struct floor_rules *rules, const char *real,
                                    const char *cwd, enum floor_part part, char keeper[PATH_MAX])
{
    const char *slash = strrchr(real, '/');
    size_t size = slash ? (size_t)(slash - real) : 0;
    int64_t at_ms = floor_clock_ms(CLOCK_MONOTONIC_COARSE);

    if (!size || size >= PATH_MAX ||
        (!is_last_folder(rules, real, size, cwd, at_ms) &&
         !look_at_folder(rules, real, size, cwd, at_ms, keeper)))
        return covered_now(rules, real, cwd, keeper);
    if (last.cover == COVER_NOT) /* it may be a destination itself */
        return covered(rules, real, cwd, false, keeper);
    if (part == FLOOR_CONTENT)
        return places_keep_file(real) ? COVER_GUARDED : COVER_FULL;
    return places_keep(real, last.folder, keeper) ? COVER_GUARDED : COVER_FULL;
}

/* Never, whatever destinations say; and removing or renaming a directory takes what lies below it
 * along. */
static bool is_never(const struct floor_rules *rules, const char *real, enum floor_part part)
{
    bool name = part == FLOOR_NAME;

    for (size_t i = 0; i < rules->never_count; i++)
        if (place_is_below(real, rules->never[i]) ||
            (name && place_is_below(rules->never[i], real)))
            return true;
    return name && places_lie_below(real);
}

static bool is_sink(const char *path)
{
    static const char *const names[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                                        "/dev/urandom", "/dev/tty",  "/dev/ptmx", "/dev/kfd"};
    static const char *const starts[] = {"/dev/pts/", "/dev/dri/", "/dev/nvidia"};

    if (strncmp(path, "/dev/", 5) != 0)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(path, names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(path, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* Shared memory has no folder of one's own: what is new there, and what was made since the session
 * began, is taken for the session's. Older files are another program's. */
static bool is_shared_memory(const struct floor_rules *rules, const char *real)
{
    struct statx status;

    if (!place_is_below(real, places_shared_memory) || strcmp(real, places_shared_memory) == 0)
        return false;
    if (statx(AT_FDCWD, real, AT_SYMLINK_NOFOLLOW, STATX_CTIME | STATX_BTIME, &status))
        return errno == ENOENT;
    bool has_birth = status.stx_mask & STATX_BTIME; /* older kernels do not know it there */
    struct statx_timestamp made = has_birth ? status.stx_btime : status.stx_ctime;
    return made.tv_sec * 1000 + made.tv_nsec / 1000000 >= rules->since_ms;
}

bool floor_is_lent(const struct floor_rules *rules, const char *real)
{
    char keeper[PATH_MAX];

    return covered(rules, real, NULL, false, keeper) == COVER_NOT;
}

/* What the import system keeps beside a module: "__pycache__/name.cpython-311.pyc.1234". */
static bool is_bytecode_cache(const char *real)
{
    static const char folder[] = "/__pycache__";
    const char *at = strstr(real, folder), *file = at ? at + sizeof folder - 1 : NULL;

    if (!file || (*file && *file != '/'))
        return false;
    return !*file || (!strchr(file + 1, '/') && strstr(file, ".pyc"));
}

const char *floor_judge(const struct floor_rules *rules, const char *real, const char *cwd,
                        enum floor_part part)
{
    static const char deleted[] = " (deleted)";
    char keeper[PATH_MAX];
    size_t size = strlen(real);

    if (size > sizeof deleted && strcmp(real + size - (sizeof deleted - 1), deleted) == 0)
        return "its folder was deleted";
    if (is_sink(real) || is_shared_memory(rules, real))
        return NULL;
    if (places_refuse(real))
        return "it acts on the system";
    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(real, rules->always[i]))
            return NULL;
    if (is_bytecode_cache(real))
        return NULL;
    enum cover cover = covered_by_folder(rules, real, cwd, part, keeper);
    if (cover != COVER_NOT && is_never(rules, real, part))
        return "it is protected, whatever ok_dests says";
    return cover == COVER_FULL ? NULL
           : cover == COVER_NOT
               ? floor_outside
               : "it is kept: only a destination that names this very place covers it";
}
