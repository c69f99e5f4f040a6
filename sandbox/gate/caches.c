/* caches: libraries keep what they made or fetched in a folder of their own (matplotlib the list of
 * fonts, seaborn its data sets). That is the library's business, not the cell's: it passes, when
 * the library's own module asks, and the file lies in that folder. Which is which is data:
 * policies/places/places.toml. */
#include "sandbox/gate/caches.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/places.h"
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

enum { CACHES_MOST = 64 };
static char *folders[CACHES_MOST]; /* process-wide, set once: row by row; NULL: it has none here */

bool caches_init(void)
{
    char path[PATH_MAX], resolved[PATH_MAX];

    for (int i = 0; i < CACHES_MOST && places_caches[i].by; i++)
        if (!folders[i] && place_cache_folder(&places_caches[i], path, sizeof path) &&
            dests_resolve(path, resolved) && !(folders[i] = strdup(resolved)))
            return PyErr_NoMemory() != NULL;
    return true;
}

/* Is it one of these modules? "x.*" is x and what lies below it. */
static bool is_one_of(const char *module, const char *const *patterns)
{
    for (; *patterns; patterns++) {
        size_t size = strlen(*patterns);
        bool below = size > 2 && strcmp(*patterns + size - 2, ".*") == 0;
        size -= below ? 2 : 0;
        if (strncmp(module, *patterns, size) == 0 &&
            (!module[size] || (below && module[size] == '.')))
            return true;
    }
    return false;
}

/* Is the nearest code that is no helper's the library's? Code of a cell is nobody's helper. */
static bool owner_asks(const struct place_cache *cache)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (frame && !frame_sandbox((PyFrameObject *)frame)) {
        AUTO_REF PyObject *globals = PyFrame_GetGlobals((PyFrameObject *)frame);
        const char *module = frame_module((PyFrameObject *)frame);
        if (!module || !loaded_is_namespace(globals, module))
            return false;
        if (is_one_of(module, cache->by))
            return true;
        if (!loaded_is_standard_name(module) && !is_one_of(module, cache->through))
            return false;
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return false;
}

bool caches_is_written(PyObject *exact, int dir_fd, enum dest_use use)
{
    char place[PATH_MAX];

    if (!dests_locate(exact, dir_fd, use, place))
        return false;
    for (int i = 0; i < CACHES_MOST && places_caches[i].by; i++) {
        /* The folder itself, what is in it, and the folders above it when they are made for it. */
        bool above = folders[i] && place_is_below(folders[i], place) && access(place, F_OK) != 0;
        if (folders[i] && (above || place_is_below(place, folders[i])) &&
            owner_asks(&places_caches[i]))
            return true;
    }
    return false;
}
