/* caches: a library may keep for itself, in a folder of its own, what it found out (the fonts of
 * the system). That is the library's business, not the cell's: it passes, when a module of the
 * library asks that its pack names, and the file lies in a folder that the pack names. */
#include "sandbox/gate/caches.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

enum { FOLDERS_MOST = 8 };

/* What stands between those modules and the system call. */
static const char *const helpers[] = {"os",     "pathlib",      "pathlib._local",
                                      "json",   "json.encoder", "contextlib",
                                      "shutil", "tempfile",     NULL};

static char *folders[FOLDERS_MOST]; /* process-wide, set once */
static int folder_count;

bool caches_init(void)
{
    const char *home = getenv("HOME");

    if (folder_count)
        return true;
    EACH_FACT (FACT_CACHE_FOLDER, place) {
        const char *base = getenv(place->module), *below = place->name ? place->name : "";
        char path[PATH_MAX], resolved[PATH_MAX];
        if (base && *base)
            snprintf(path, sizeof path, "%s%s", base, below);
        else if (home && place->keyword)
            snprintf(path, sizeof path, "%s/%s%s", home, place->keyword, below);
        else
            continue;
        if (folder_count < FOLDERS_MOST && dests_resolve(path, resolved) &&
            !(folders[folder_count++] = strdup(resolved)))
            return PyErr_NoMemory() != NULL;
    }
    return true;
}

static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(path, folder, size) == 0 && (path[size] == '/' || !path[size]);
}

static bool is_of_owner(PyObject *globals)
{
    EACH_FACT (FACT_CACHE_OF, owner)
        if (loaded_is_namespace(globals, owner->module))
            return true;
    return false;
}

static bool is_of_helper(PyObject *globals)
{
    for (const char *const *name = helpers; *name; name++)
        if (loaded_is_namespace(globals, *name))
            return true;
    return false;
}

static bool owner_asks(void)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (frame) {
        AUTO_REF PyObject *globals = PyFrame_GetGlobals((PyFrameObject *)frame);
        if (is_of_owner(globals))
            return true;
        if (!is_of_helper(globals))
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
