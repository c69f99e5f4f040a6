/* kernelspec_files: the files of kernelspec/, compiled in (cmake/Kernelspec.cmake makes the
 * table). */
#ifndef SAFEPYRUN_KERNELSPEC_FILES_H
#define SAFEPYRUN_KERNELSPEC_FILES_H

#include <stddef.h>

struct kernelspec_file {
    const char *name;
    const unsigned char *data;
    size_t size;
};

/* kernel.json (the template) first, then the logos; ends with a row whose name is NULL. */
extern const struct kernelspec_file kernelspec_files[];

#endif
