#include "sandbox/owners/installed.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/places.h"
#include "sandbox/owners/owners.h"

enum { FOLDERS_MOST = 24 };
static char *folders[FOLDERS_MOST]; /* owned; for the process */
static int folder_count;

static bool add_folder(const char *folder)
{
    for (int i = 0; i < folder_count; i++)
        if (strcmp(folders[i], folder) == 0)
            return true;
    if (folder_count == FOLDERS_MOST)
        return true;
    char *copy = strdup(folder);
    if (!copy)
        return PyErr_NoMemory() != NULL;
    folders[folder_count++] = copy;
    return true;
}

bool installed_add(const char *folder)
{
    char resolved[PATH_MAX];

    return add_folder(folder) && (!realpath(folder, resolved) || add_folder(resolved));
}

/* The library of a Python: "/usr/lib/python3.11", what is beside it included ("/usr/lib/python3").
 */
bool installed_init(void)
{
    static const char *const prefixes[] = {"prefix", "base_prefix", "exec_prefix",
                                           "base_exec_prefix"};
    static const char *const libraries[] = {"lib", "lib64"};
    char folder[PATH_MAX];

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *prefix = text_of(PySys_GetObject(prefixes[i])); /* borrowed */
        for (size_t k = 0; prefix && *prefix && k < sizeof libraries / sizeof *libraries; k++) {
            snprintf(folder, sizeof folder, "%s/%s/python%d.%d", prefix, libraries[k],
                     PY_MAJOR_VERSION, PY_MINOR_VERSION);
            if (!installed_add(folder))
                return false;
        }
    }
    return true;
}

bool installed_path(const char *path)
{
    if (strstr(path, "/site-packages/") || strstr(path, "/dist-packages/"))
        return true;
    for (int i = 0; i < folder_count; i++)
        if (place_is_below(path, folders[i]))
            return true;
    return false;
}

static PyObject *own_names; /* owned set, for the process; NULL: none yet */

bool installed_set_own(PyObject *name, bool is)
{
    if (!own_names && is && !(own_names = PySet_New(NULL)))
        return false;
    return is ? PySet_Add(own_names, name) == 0 : !own_names || PySet_Discard(own_names, name) >= 0;
}

bool installed_is_own(PyObject *name)
{
    bool own = own_names && PyUnicode_Check(name) && PySet_Contains(own_names, name) == 1;

    PyErr_Clear();
    return own;
}
