/* versions: the Pythons that there are workers for, said once for the installer and for the start.
 * base/interpreter.h holds the compiler to the same. */
#ifndef SAFEPYRUN_VERSIONS_H
#define SAFEPYRUN_VERSIONS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_OLDEST = 11, VERSION_NEWEST = 15 };

#define VERSION_FREE_THREADED                                                                      \
    "free-threaded, and the sandbox needs a Python with the GIL (the one without the t in its "    \
    "name)"

/* Why no build of the kernel can have a worker for that Python ("3.10", "3.14t"), as the end of a
 * sentence that begins with its name; NULL when one can. */
static inline const char *version_objection(const char *version)
{
    int minor = strncmp(version, "3.", 2) == 0 ? atoi(version + 2) : 0;

    if (strchr(version, 't'))
        return VERSION_FREE_THREADED;
    if (minor < VERSION_OLDEST)
        return "too old: the kernel needs Python 3.11 or newer";
    if (minor > VERSION_NEWEST)
        return "newer than this kernel, which knows Python 3.11 to 3.15: install a newer kernel";
    return NULL;
}

#endif
