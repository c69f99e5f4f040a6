/* dests: destinations. A path is converted once to exact str or bytes, resolved as the operating
 * system would resolve it, and compared by component with each of ok_dests, which are resolved at
 * the same moment ("." is the directory at the time of the check, "~" the home directory). */
#include "sandbox/gate/dests.h"

#include "base/places.h"
#include "base/platform.h"
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATHS_LIMIT = 64, SYMLINKS_LIMIT = 40 };
struct paths {
    char *items[PATHS_LIMIT]; /* owned, resolved */
    size_t count;
};
static struct paths protected_paths, unreadable_paths;

/* Written through freely: nothing is kept. */
static const char *const sinks[] = {"/dev/null",   "/dev/full",       "/dev/stdout",
                                    "/dev/stderr", "/proc/self/fd/1", "/proc/self/fd/2",
                                    "/dev/fd/1",   "/dev/fd/2"};
PyObject *dests_exact(PyObject *path)
{
    if (PyLong_Check(path)) {
        long fd = PyLong_AsLong(path);
        return fd == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(fd);
    }
    PyObject *plain = PyOS_FSPath(path);
    PyObject *exact = NULL;
    if (plain && PyUnicode_Check(plain))
        exact = PyUnicode_Substring(plain, 0, PyUnicode_GET_LENGTH(plain));
    else if (plain)
        exact = PyBytes_FromStringAndSize(PyBytes_AS_STRING(plain), PyBytes_GET_SIZE(plain));
    Py_XDECREF(plain);
    return exact;
}

/* Join `base` and `rest` into `out` (PATH_MAX). */
static bool path_join(const char *base, const char *rest, char *out)
{
    const char *slash = base[0] == '/' && base[1] == '\0' ? "" : "/";
    return snprintf(out, PATH_MAX, "%s%s%s", base, slash, rest) < PATH_MAX;
}

/* The directory part, resolved. Where it does not exist yet: the nearest one that does, and the
 * rest as it is unless it climbs. */
static bool resolve_parent(char *parent, char *out)
{
    char rest[PATH_MAX] = "", joined[PATH_MAX];
    while (!realpath(parent[0] ? parent : "/", out)) {
        if (errno != ENOENT)
            return false;
        char *slash = strrchr(parent, '/');
        if (!slash)
            return false;
        struct stat status;
        if (strcmp(slash + 1, "..") == 0 ||
            (lstat(parent, &status) == 0 && S_ISLNK(status.st_mode)))
            return false;
        if (strcmp(slash + 1, ".") != 0 && slash[1]) {
            if (rest[0]) {
                if (!path_join(slash + 1, rest, joined))
                    return false;
                strcpy(rest, joined);
            } else {
                strcpy(rest, slash + 1);
            }
        }
        *slash = '\0';
    }
    if (!rest[0])
        return true;
    return path_join(out, rest, joined) && strcpy(out, joined);
}

/* `path` is absolute and is used as scratch space. */
static bool resolve_absolute(char *path, enum dest_use use, int depth, char *out)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    char *slash = strrchr(path, '/');
    char name[PATH_MAX], full[PATH_MAX], target[PATH_MAX];
    strcpy(name, slash + 1);
    if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return realpath(path, out) != NULL;
    *slash = '\0';
    if (!resolve_parent(path, full) || !path_join(full, name, out))
        return false;
    struct stat status;
    if (use == DEST_NAME || lstat(out, &status) != 0 || !S_ISLNK(status.st_mode))
        return true;
    if (realpath(out, target))
        return strcpy(out, target) != NULL;
    ssize_t linked = readlink(out, target, sizeof target - 1);
    if (linked <= 0 || depth >= SYMLINKS_LIMIT)
        return false;
    target[linked] = '\0';
    char next[PATH_MAX];
    if (target[0] == '/')
        strcpy(next, target);
    else if (!path_join(full, target, next))
        return false;
    return resolve_absolute(next, use, depth + 1, out);
}

static bool resolve_text(const char *text, int dir_fd, enum dest_use use, char *out)
{
    char base[PATH_MAX], path[PATH_MAX];
    if (!text[0] || strlen(text) >= PATH_MAX)
        return false;
    if (text[0] == '/')
        strcpy(path, text);
    else if (!(dir_fd >= 0 ? platform_path_of(dir_fd, base, sizeof base)
                           : getcwd(base, sizeof base) != NULL) ||
             !path_join(base, text, path))
        return false;
    return resolve_absolute(path, use, 0, out);
}

/* The bytes of an exact str or bytes without NUL; new reference or NULL without exception. */
static PyObject *path_bytes(PyObject *exact)
{
    PyObject *bytes = PyUnicode_Check(exact) ? PyUnicode_EncodeFSDefault(exact)
                      : PyBytes_Check(exact) ? Py_NewRef(exact)
                                             : NULL;
    if (!bytes || strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_Clear();
        Py_CLEAR(bytes);
    }
    return bytes;
}

bool dests_locate(PyObject *exact, int dir_fd, enum dest_use use, char *out)
{
    if (PyLong_Check(exact)) {
        struct stat status;
        int fd = (int)PyLong_AsLong(exact);
        PyErr_Clear();
        /* A file without a name any more cannot be told from one moved away; memfds are
         * anonymous. */
        return fd >= 0 && fstat(fd, &status) == 0 && platform_path_of(fd, out, PATH_MAX);
    }
    PyObject *bytes = path_bytes(exact);
    bool ok = bytes && resolve_text(PyBytes_AS_STRING(bytes), dir_fd, use, out);
    Py_XDECREF(bytes);
    return ok;
}

static bool home_expand(const char *text, char *out)
{
    if (text[0] != '~')
        return snprintf(out, PATH_MAX, "%s", text) < PATH_MAX;
    const struct passwd *user = NULL;
    const char *slash = strchr(text, '/'), *home = NULL;
    char name[256];
    if (text[1] == '/' || !text[1]) {
        home = getenv("HOME");
        user = home ? NULL : getpwuid(getuid());
    } else {
        snprintf(name, sizeof name, "%.*s", (int)(slash ? slash - text - 1 : 255), text + 1);
        user = getpwnam(name);
    }
    home = user ? user->pw_dir : home;
    return home && snprintf(out, PATH_MAX, "%s%s", home, slash ? slash : "") < PATH_MAX;
}

/* The destination that `path` lies in, whether that reaches it or not: resolved into `out`. Goes
 * on behind `*at`. */
static bool next_around(const char *path, PyObject *ok_dests, Py_ssize_t *at, char *out)
{
    while (ok_dests && PyList_CheckExact(ok_dests) && *at < PyList_GET_SIZE(ok_dests)) {
        const char *text = text_of(PyList_GET_ITEM(ok_dests, (*at)++));
        char expanded[PATH_MAX];
        if (text && text[0] && home_expand(text, expanded) &&
            resolve_text(expanded, -1, DEST_CONTENT, out) && place_is_below(path, out))
            return true;
    }
    return false;
}

bool dests_within(const char *path, PyObject *ok_dests)
{
    char dest[PATH_MAX], keeper[PATH_MAX];
    Py_ssize_t at = 0;

    if (places_is_scratch(path))
        return true;
    while (next_around(path, ok_dests, &at, dest))
        if (!places_keep(path, dest, keeper))
            return true;
    return false;
}

static bool paths_cover(const struct paths *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (place_is_below(path, paths->items[i]))
            return true;
    return false;
}

/* Removing or renaming a directory takes what is protected below it along. */
static bool paths_lie_below(const struct paths *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++)
        if (place_is_below(paths->items[i], path))
            return true;
    return false;
}

static bool is_sink(PyObject *exact)
{
    if (PyLong_Check(exact)) {
        long fd = PyLong_AsLong(exact);
        return fd == 1 || fd == 2;
    }
    PyObject *bytes = path_bytes(exact);
    bool found = false;
    for (size_t i = 0; bytes && i < sizeof sinks / sizeof *sinks; i++)
        found = found || strcmp(PyBytes_AS_STRING(bytes), sinks[i]) == 0;
    Py_XDECREF(bytes);
    return found;
}

/* Is it a folder with a start-up file or an environment in it, which would go with it? */
static bool takes_along(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && places_lie_below(path);
}

/* Whatever ok_dests says. */
static bool is_refused(const char *path, enum dest_use use)
{
    return places_refuse(path) || paths_cover(&protected_paths, path) ||
           (use == DEST_NAME && (paths_lie_below(&protected_paths, path) || takes_along(path) ||
                                 places_is_scratch_itself(path)));
}

/* Another name of the same file may lie anywhere. */
static bool has_more_names(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink > 1;
}

bool dests_permitted(PyObject *exact, int dir_fd, enum dest_use use, PyObject *ok_dests)
{
    char path[PATH_MAX];

    if (use == DEST_CONTENT && is_sink(exact))
        return true;
    if (!dests_locate(exact, dir_fd, use, path))
        return false;
    if (use == DEST_CONTENT && (strcmp(path, "/dev/null") == 0))
        return true;
    if (is_refused(path, use))
        return false;
    return !(use == DEST_CONTENT && has_more_names(path)) && dests_within(path, ok_dests);
}

bool dests_resolve(const char *path, char *out)
{
    return resolve_text(path, -1, DEST_CONTENT, out);
}

PyObject *dests_bytes(PyObject *path)
{
    if (!PyUnicode_Check(path) && !PyBytes_Check(path) &&
        !PyObject_HasAttrString((PyObject *)Py_TYPE(path), "__fspath__"))
        return Py_NewRef(Py_None);
    PyObject *exact = dests_exact(path);
    PyObject *bytes =
        exact && PyUnicode_Check(exact) ? PyUnicode_EncodeFSDefault(exact) : Py_XNewRef(exact);
    Py_XDECREF(exact);
    if (bytes && strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        Py_CLEAR(bytes);
    }
    return bytes;
}

/* The smallest folder that permits it: the folder that is written into, or that the file lies in;
 * of folders that are made, the outermost that is not there. */
static void narrow(const char *place, enum dest_use use, char *folder)
{
    struct stat status;
    char outer[PATH_MAX];

    if (stat(place, &status) == 0 && S_ISDIR(status.st_mode))
        return;
    char *slash = strrchr(folder, '/');
    if (use != DEST_MADE) {
        slash[slash == folder] = 0;
        return;
    }
    strcpy(outer, folder);
    while ((slash = strrchr(outer, '/')) && slash != outer) {
        *slash = 0;
        if (lstat(outer, &status) == 0)
            return;
        strcpy(folder, outer);
    }
}

/* What permits writing to `path`: its directory, where naming that is enough, and does not turn
 * what is imported from there into what cells may have written. False: no place is known. */
static bool remedy_of(PyObject *path, enum dest_use use, char *folder, struct remedy *out)
{
    char place[PATH_MAX], keeper[PATH_MAX];

    if (!dests_locate(path, -1, DEST_CONTENT, place))
        return false;
    strcpy(folder, place);
    narrow(place, use, folder);
    bool linked = use == DEST_CONTENT && has_more_names(place);
    bool kept = linked || is_refused(place, DEST_CONTENT) || places_is_environment(place) ||
                places_keep(place, folder, keeper);
    *out = kept ? (struct remedy){REMEDY_CODE, ""} : (struct remedy){REMEDY_DEST, folder};
    return true;
}

/* What keeps `path` from the destination that it lies in; empty when it lies in none. */
static void keeper_text(PyObject *path, enum dest_use use, PyObject *ok_dests, char *out,
                        size_t size)
{
    char place[PATH_MAX], dest[PATH_MAX], keeper[PATH_MAX];
    Py_ssize_t at = 0;

    *out = 0;
    if (!dests_locate(path, -1, DEST_CONTENT, place) || !next_around(place, ok_dests, &at, dest))
        return;
    if (places_keep(place, dest, keeper))
        snprintf(out, size, "; no wider destination reaches into %s", keeper);
    else if (use == DEST_CONTENT && has_more_names(place))
        snprintf(out, size, "; the file has another name (a hard link), which may lie anywhere");
}

/* "12 (a socket)" of a descriptor, a path as it is written. New str. */
static PyObject *dest_text(PyObject *path)
{
    char link[PATH_MAX], at[48];
    struct stat status;
    long number = PyLong_Check(path) ? PyLong_AsLong(path) : -1;

    PyErr_Clear();
    if (PyBytes_Check(path)) {
        AUTO_REF PyObject *text =
            PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
        return text ? PyObject_Repr(text) : NULL;
    }
    if (number < 0 || fstat((int)number, &status) < 0)
        return PyObject_Repr(path);
    snprintf(at, sizeof at, "/proc/self/fd/%ld", number);
    ssize_t size = readlink(at, link, sizeof link - 1);
    link[size > 0 ? size : 0] = 0;
    AUTO_REF PyObject *name = PyUnicode_DecodeFSDefault(link);
    return name ? PyUnicode_FromFormat("%ld (%s%U)", number,
                                       S_ISSOCK(status.st_mode)   ? "a socket, "
                                       : S_ISFIFO(status.st_mode) ? "a pipe, "
                                                                  : "",
                                       name)
                : NULL;
}

void dests_refuse(PyObject *path, enum dest_use use, PyObject *ok_dests, const char *callable)
{
    char kept[PATH_MAX + 64], folder[PATH_MAX];
    struct remedy remedy;
    AUTO_REF PyObject *list =
        ok_dests && PyList_Check(ok_dests) ? Py_NewRef(ok_dests) : PyList_New(0);
    AUTO_REF PyObject *shown = dest_text(path);
    AUTO_REF PyObject *text =
        list && shown ? PyUnicode_FromFormat("Dest %U not allowed; permitted: %R", shown, list)
                      : NULL;
    AUTO_REF PyObject *safe =
        text ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;

    if (!safe)
        return;
    keeper_text(path, use, ok_dests, kept, sizeof kept);
    bool located = remedy_of(path, use, folder, &remedy);
    if (!located && PyLong_Check(path))
        remedy = (struct remedy){REMEDY_CODE, ""};
    AUTO_REF PyObject *said = PyBytes_FromFormat("%s%s", PyBytes_AS_STRING(safe), kept);
    if (said)
        refusal_raise("write", callable, PyBytes_AS_STRING(said),
                      located || PyLong_Check(path) ? &remedy : NULL);
    if (said && located)
        refusal_set_destination(folder);
}

bool dests_read_denied(PyObject *exact, int dir_fd)
{
    char path[PATH_MAX];
    return unreadable_paths.count && dests_locate(exact, dir_fd, DEST_CONTENT, path) &&
           paths_cover(&unreadable_paths, path);
}

static bool paths_add(struct paths *paths, const char *path)
{
    char expanded[PATH_MAX], resolved[PATH_MAX];
    char *copy = NULL;
    if (paths->count < PATHS_LIMIT && home_expand(path, expanded) &&
        resolve_text(expanded, -1, DEST_CONTENT, resolved))
        copy = strdup(resolved);
    if (!copy) {
        PyErr_Format(PyExc_ValueError, "cannot keep the path %s", path);
        return false;
    }
    paths->items[paths->count++] = copy;
    return true;
}

bool dests_protect(const char *path)
{
    return paths_add(&protected_paths, path);
}

bool dests_deny_reads(const char *path)
{
    return paths_add(&unreadable_paths, path);
}

bool dests_check(PyObject *path, PyObject *ok_dests)
{
    PyObject *list = ok_dests && ok_dests != Py_None ? PySequence_List(ok_dests) : PyList_New(0);
    PyObject *exact = list ? dests_exact(path) : NULL;
    bool ok = exact && dests_permitted(exact, -1, DEST_CONTENT, list);

    if (exact && !ok)
        dests_refuse(exact, DEST_CONTENT, list, NULL);
    Py_XDECREF(exact);
    Py_XDECREF(list);
    return ok;
}

bool dests_set_scratch(const char *path)
{
    return places_set_scratch(path) ||
           PyErr_Format(PyExc_ValueError, "cannot keep the path %s", path) != NULL;
}

bool dests_init(void)
{
    static const char *const prefixes[] = {"prefix", "base_prefix", "exec_prefix",
                                           "base_exec_prefix"};

    if (!places_init())
        return PyErr_NoMemory() != NULL;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *prefix = text_of(PySys_GetObject(prefixes[i])); /* borrowed */
        if (prefix && *prefix && !places_keep_environment(prefix))
            return PyErr_NoMemory() != NULL;
    }
    return true;
}
