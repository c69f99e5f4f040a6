/* caches: matplotlib lists the fonts of the system when it is first imported, and keeps the list in
 * a folder of its own. That is the library's business, not the cell's: it passes, when the
 * library's own module asks, and the file lies in that folder. */
#include "sandbox/gate/caches.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

enum { FOLDERS_MOST = 8 };

/* Where a library keeps its cache: below $variable (or the home's `fallback`) in `name`. */
static const struct {
    const char *variable, *fallback, *name;
} places[] = {
    {"MPLCONFIGDIR", NULL, ""},
    {"XDG_CONFIG_HOME", ".config", "/matplotlib"},
    {"XDG_CACHE_HOME", ".cache", "/matplotlib"},
};
/* Whose code may write there, and what stands between it and the system call. */
static const char *const owners[] = {"matplotlib", "matplotlib.font_manager", "matplotlib.cbook",
                                     "matplotlib.texmanager", NULL};
static const char *const helpers[] = {"os",     "pathlib",      "pathlib._local",
                                      "json",   "json.encoder", "contextlib",
                                      "shutil", "tempfile",     NULL};

static char *folders[FOLDERS_MOST]; /* process-wide, set once */
static int folder_count;

bool caches_init(void)
{
    const char *home = getenv("HOME");

    for (size_t i = 0; i < sizeof places / sizeof *places && !folders[i]; i++) {
        const char *base = getenv(places[i].variable);
        char path[PATH_MAX], resolved[PATH_MAX];
        if (base && *base)
            snprintf(path, sizeof path, "%s%s", base, places[i].name);
        else if (home && places[i].fallback)
            snprintf(path, sizeof path, "%s/%s%s", home, places[i].fallback, places[i].name);
        else
            continue;
        if (dests_resolve(path, resolved) && !(folders[folder_count++] = strdup(resolved)))
            return PyErr_NoMemory() != NULL;
    }
    return true;
}

static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(path, folder, size) == 0 && (path[size] == '/' || !path[size]);
}

/* Is `globals` the namespace of one of these loaded modules? */
static bool is_module_of(PyObject *globals, const char *const *names)
{
    for (; *names; names++)
        if (loaded_is_namespace(globals, *names))
            return true;
    return false;
}

static bool owner_asks(void)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (frame) {
        AUTO_REF PyObject *globals = PyFrame_GetGlobals((PyFrameObject *)frame);
        if (is_module_of(globals, owners))
            return true;
        if (!is_module_of(globals, helpers))
            return false;
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return false;
}

bool caches_is_written(PyObject *exact, int dir_fd, enum dest_use use)
{
    char place[PATH_MAX];

    if (!folder_count || !dests_locate(exact, dir_fd, use, place))
        return false;
    for (int i = 0; i < folder_count; i++) {
        /* The folder itself, what is in it, and the folders above it when they are made for it. */
        bool above = is_below(folders[i], place) && access(place, F_OK) != 0;
        if ((above || is_below(place, folders[i])) && owner_asks())
            return true;
    }
    return false;
}
