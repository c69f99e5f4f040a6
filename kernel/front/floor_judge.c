/* floor_judge: which places may be written to. Paths are compared by component; the path that is
 * judged is what the operating system calls it, so no symlink and no ".." is in it. */
#include "kernel/front/floor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/places.h"

/* ---- resolving ------------------------------------------------------------------------------- */

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

/* ---- rules ----------------------------------------------------------------------------------- */

struct floor_rules *floor_rules_new(void)
{
    struct floor_rules *self = calloc(1, sizeof *self);
    const char *home = getenv("HOME");

    if (self && home && !realpath(home, self->home))
        self->home[0] = 0;
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

bool floor_rules_add_dest(struct floor_rules *self, const char *path)
{
    size_t at = self->dest_count;
    char real[PATH_MAX];

    if (at >= FLOOR_PLACES_MOST || !(self->dests[at] = strdup(path)))
        return false;
    self->resolved[at] = floor_resolve(path, self->home, NULL, real) ? strdup(real) : NULL;
    self->dest_count++;
    return true;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* Destination `at` now; false: it leads nowhere. `again`: it may be another place by now. */
static bool dest_now(const struct floor_rules *rules, size_t at, const char *cwd, bool again,
                     char out[PATH_MAX])
{
    if (rules->resolved[at] && !again)
        return snprintf(out, PATH_MAX, "%s", rules->resolved[at]) < PATH_MAX;
    if (strcmp(rules->dests[at], ".") == 0)
        return cwd && snprintf(out, PATH_MAX, "%s", cwd) < PATH_MAX;
    return floor_resolve(rules->dests[at], rules->home, cwd, out);
}

/* The innermost place that a wider destination does not cover. */
static size_t guarded(const struct floor_rules *rules, const char *real)
{
    size_t found = place_guarded(real, rules->home[0] ? rules->home : NULL);

    for (size_t i = 0; i < rules->never_count; i++) {
        size_t size = strlen(rules->never[i]);
        if (size > found && place_is_below(real, rules->never[i]))
            found = size;
    }
    return found;
}

/* Is there an environment between the destination and the path, below the destination itself? */
static bool crosses_environment(const char *real, size_t dest_size)
{
    for (const char *slash = strchr(real + (dest_size > 1 ? dest_size : 0) + 1, '/'); slash;
         slash = strchr(slash + 1, '/'))
        if (place_is_environment(real, (size_t)(slash - real)))
            return true;
    return false;
}

enum cover { COVER_NOT, COVER_GUARDED, COVER_FULL };

static enum cover covered(const struct floor_rules *rules, const char *real, const char *cwd,
                          size_t guard, bool again)
{
    enum cover best = COVER_NOT;
    char dest[PATH_MAX];

    for (size_t i = 0; i < rules->dest_count && best != COVER_FULL; i++) {
        if (!dest_now(rules, i, cwd, again, dest) || !place_is_below(real, dest))
            continue;
        size_t size = strlen(dest);
        best = size < guard || crosses_environment(real, size) ? COVER_GUARDED : COVER_FULL;
    }
    return best;
}

/* Removing or renaming a directory takes what lies below it along. */
static bool holds_never(const struct floor_rules *rules, const char *real)
{
    for (size_t i = 0; i < rules->never_count; i++)
        if (place_is_below(rules->never[i], real))
            return true;
    return false;
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
                        bool name)
{
    static const char deleted[] = " (deleted)";
    size_t size = strlen(real);

    if (size > sizeof deleted && strcmp(real + size - (sizeof deleted - 1), deleted) == 0)
        return "its folder was deleted";
    if (place_is_sink(real))
        return NULL;
    if (place_is_system(real))
        return "it acts on the system";
    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(real, rules->always[i]))
            return NULL;
    if (is_bytecode_cache(real))
        return NULL;
    size_t guard = guarded(rules, real);
    enum cover cover = covered(rules, real, cwd, guard, false);
    if (cover == COVER_NOT)
        cover = covered(rules, real, cwd, guard, true);
    if (cover == COVER_FULL)
        return name && holds_never(rules, real) ? "what lies in it is protected" : NULL;
    return cover == COVER_GUARDED
               ? "it is guarded: only a destination that names this very place covers it"
               : "not below ok_dests";
}
