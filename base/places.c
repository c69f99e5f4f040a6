/* places: which folders decide for themselves what may be written there: what no wider destination
 * reaches (environments, repositories, start-up files), the session's scratch folder, the caches of
 * libraries. */
#include "base/places.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Paths that are kept as they are: once as named, once as they resolve (a .bashrc that is a link
 * into a folder of such files). For the process. */
static struct {
    char **items; /* owned */
    size_t count, room;
    char *home, *scratch; /* owned, or NULL */
    char *prefixes[8];    /* owned */
    size_t prefix_count;
    char folder[PATH_MAX]; /* looked at last; */
    bool folder_moved;     /* it resolves to another */
} self;

bool place_is_below(const char *path, const char *folder)
{
    size_t at = 0;

    /* Asked of dozens of folders for each open: most differ in the first letters. */
    while (folder[at] && path[at] == folder[at])
        at++;
    if (folder[at + strspn(folder + at, "/")])
        return false;
    return path[at] == '/' || !path[at] || (at && folder[at - 1] == '/');
}

/* ---- what is kept by its whole path ---- */

static bool keep_path(const char *path)
{
    if (self.count == self.room) {
        size_t room = self.room ? self.room * 2 : 256;
        char **items = realloc(self.items, room * sizeof *items);
        if (!items)
            return false;
        self.items = items;
        self.room = room;
    }
    return (self.items[self.count] = strdup(path)) && ++self.count;
}

/* Most are no links, or are not there, and lie beside each other: the folder of the last one is
 * known. */
static bool leads_elsewhere(const char *path)
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (strcmp(folder, self.folder) != 0) {
        strcpy(self.folder, folder);
        self.folder_moved =
            realpath(folder, resolved) ? strcmp(folder, resolved) != 0 : errno != ENOENT;
    }
    return self.folder_moved || readlink(path, resolved, sizeof resolved) >= 0;
}

/* As it is named, and as it resolves. */
static bool keep_both(const char *path)
{
    char resolved[PATH_MAX];

    return keep_path(path) && (!leads_elsewhere(path) || !realpath(path, resolved) ||
                               strcmp(path, resolved) == 0 || keep_path(resolved));
}

bool places_init(void)
{
    const char *given = getenv("HOME");
    char home[PATH_MAX], path[2 * PATH_MAX];

    if (self.count)
        return true;
    for (const char *const *name = places_root; *name; name++)
        if (!keep_both(*name))
            return false;
    if (!given || given[0] != '/' || !realpath(given, home))
        return true;
    if (!(self.home = strdup(home)))
        return false;
    for (const char *const *name = places_home; *name; name++) {
        snprintf(path, sizeof path, "%s/%s", home, *name);
        if (strlen(path) < PATH_MAX && !keep_both(path))
            return false;
    }
    return true;
}

bool places_keep_environment(const char *prefix)
{
    char resolved[PATH_MAX];

    if (!realpath(prefix, resolved) || strcmp(resolved, "/") == 0)
        return true;
    for (size_t i = 0; i < self.prefix_count; i++)
        if (strcmp(self.prefixes[i], resolved) == 0)
            return true;
    if (self.prefix_count == sizeof self.prefixes / sizeof *self.prefixes)
        return true;
    return (self.prefixes[self.prefix_count] = strdup(resolved)) && ++self.prefix_count;
}

void places_keep_python(const char *python)
{
    char path[PATH_MAX], real[PATH_MAX];

    for (int i = 0; python && i < 2; i++) {
        snprintf(path, sizeof path, "%s", python);
        for (int up = 0; up < 2; up++) {
            char *slash = strrchr(path, '/');
            if (slash)
                *slash = 0;
        }
        if (path[0])
            places_keep_environment(path);
        python = realpath(python, real) ? real : NULL;
    }
}

bool places_lie_below(const char *path)
{
    if (self.home && place_is_below(self.home, path))
        return true;
    for (size_t i = 0; i < self.count; i++)
        if (place_is_below(self.items[i], path) && access(self.items[i], F_OK) == 0)
            return true;
    for (size_t i = 0; i < self.prefix_count; i++)
        if (place_is_below(self.prefixes[i], path))
            return true;
    return false;
}

static bool is_kept_path(const char *path)
{
    for (size_t i = 0; i < self.count; i++)
        if (strcmp(self.items[i], path) == 0)
            return true;
    return false;
}

/* ---- what is kept by its name ---- */

/* Does `path` end in the names of `pattern`? */
static bool ends_in(const char *path, const char *pattern)
{
    size_t names = 1;
    const char *tail = path + strlen(path);
    char last = pattern[strlen(pattern) - 1];

    if (tail == path || (tail[-1] != last && !strchr("*?]", last))) /* most names, at once */
        return false;
    for (const char *at = pattern; *at; at++)
        names += *at == '/';
    while (names && tail > path)
        names -= *--tail == '/';
    return !names && fnmatch(pattern, tail + 1, FNM_PATHNAME) == 0;
}

static bool is_kept_name(const char *path)
{
    for (const char *const *pattern = places_anywhere; *pattern; pattern++)
        if (ends_in(path, *pattern))
            return true;
    return false;
}

static bool is_environment(const char *folder)
{
    char mark[PATH_MAX + 32];

    for (size_t i = 0; i < self.prefix_count; i++)
        if (strcmp(self.prefixes[i], folder) == 0)
            return true;
    for (const char *const *name = places_environment; *name; name++) {
        snprintf(mark, sizeof mark, "%s/%s", folder, *name);
        if (access(mark, F_OK) == 0)
            return true;
    }
    return false;
}

static bool is_part(const char *name)
{
    for (const char *const *part = places_parts; *part; part++)
        if (strcmp(*part, name) == 0)
            return true;
    return false;
}

bool places_keep_file(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (!slash || is_kept_path(path) || is_kept_name(path))
        return true;
    if (!is_part(slash + 1))
        return false;
    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return is_environment(folder);
}

bool places_keep(const char *path, const char *dest, char *out)
{
    size_t size = strlen(dest), whole = strlen(path);

    if (whole >= PATH_MAX)
        return true;
    while (size && dest[size - 1] == '/')
        size--;
    /* Each folder between them, from the outermost, and the path itself. */
    for (size_t at = size + 1; at <= whole; at++) {
        if (path[at] != '/' && at < whole)
            continue;
        memcpy(out, path, at);
        out[at] = 0;
        const char *name = strrchr(out, '/') + 1;
        bool first = (size_t)(name - out) == size + 1;
        if (is_kept_path(out) || is_kept_name(out) || is_environment(out) ||
            (first && is_part(name) && is_environment(size ? dest : "/")))
            return true;
    }
    return false;
}

bool places_is_environment(const char *path)
{
    char folder[PATH_MAX];
    char *slash;

    if (snprintf(folder, sizeof folder, "%s", path) >= PATH_MAX)
        return false;
    do {
        if (is_environment(folder))
            return true;
        if ((slash = strrchr(folder, '/')))
            *slash = 0;
    } while (slash && folder[0]);
    return false;
}

bool places_refuse(const char *path)
{
    for (const char *const *folder = places_never; *folder; folder++)
        if (place_is_below(path, *folder) && !place_is_below(path, places_shared_memory))
            return true;
    return false;
}

/* ---- scratch ---- */

bool places_set_scratch(const char *path)
{
    char resolved[PATH_MAX];
    char *copy = path && realpath(path, resolved) ? strdup(resolved) : NULL;

    if (path && !copy)
        return false;
    free(self.scratch);
    self.scratch = copy;
    return true;
}

const char *places_scratch(void)
{
    return self.scratch;
}

bool places_is_scratch(const char *path)
{
    return self.scratch && place_is_below(path, self.scratch);
}

bool places_is_scratch_itself(const char *path)
{
    return self.scratch && strcmp(path, self.scratch) == 0;
}

/* ---- caches ---- */

bool place_cache_folder(const struct place_cache *cache, char *out, size_t size)
{
    const char *base = cache->variable ? getenv(cache->variable) : NULL;
    const char *slash = cache->below ? "/" : "", *below = cache->below ? cache->below : "";
    int length = 0;

    if (base && base[0] == '/')
        length = snprintf(out, size, "%s%s%s", base, slash, below);
    else if (self.home && cache->home)
        length = snprintf(out, size, "%s/%s%s%s", self.home, cache->home, slash, below);
    return length > 0 && (size_t)length < size;
}
