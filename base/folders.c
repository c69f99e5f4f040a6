/* folders: made with those above them. */
#include "base/folders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool make_one(const char *path, mode_t mode)
{
    return mkdir(path, mode) == 0 || errno == EEXIST;
}

bool folders_make(const char *path, mode_t mode)
{
    char *copy = strdup(path);
    bool made = copy && *copy;

    for (char *slash = copy; made && (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        made = make_one(copy, mode);
        *slash = '/';
    }
    made = made && make_one(copy, mode);
    int error = errno;
    free(copy);
    errno = error;
    return made;
}
