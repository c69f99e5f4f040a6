/* folders: made with those above them. */
#ifndef SAFEPYRUN_FOLDERS_H
#define SAFEPYRUN_FOLDERS_H

#include <stdbool.h>
#include <sys/types.h>

/* `path` and what is missing above it, as mkdir -p. False with errno. */
bool folders_make(const char *path, mode_t mode);

#endif
