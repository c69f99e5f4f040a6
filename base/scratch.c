/* scratch: the session's own folder for temporary files. */
#include "base/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "safepyrun-scratch-";
enum { FILES_MOST = 16, MAKES_MOST = 8, UNIQUE_SIZE = 6 /* what mkdtemp adds */ };

/* ---- removing ---- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)place;
    if (kind == FTW_DNR && chmod(path, S_IRWXU) == 0) /* closed by whoever made it */
        nftw(path, remove_one, FILES_MOST, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (remove(path) < 0 && errno == EACCES) { /* in a folder that is read-only */
        char folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%s", path);
        *strrchr(folder, '/') = 0;
        if (chmod(folder, S_IRWXU) == 0)
            remove(path);
    }
    return 0; /* what cannot be removed is left */
}

static void remove_all(const char *path)
{
    nftw(path, remove_one, FILES_MOST, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void scratch_remove(struct scratch *self)
{
    if (self->path[0])
        remove_all(self->path);
    self->path[0] = 0;
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    self->lock_fd = -1;
}

/* As scratch_make names them, and nothing else: a person's own folder may begin alike. */
static bool is_name(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0 &&
           strlen(name) == sizeof prefix - 1 + UNIQUE_SIZE;
}

void scratch_remove_left(const char *path)
{
    struct stat status;
    const char *name = strrchr(path, '/');
    int fd = name && is_name(name + 1) ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                                       : -1;

    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
        (status.st_mode & ALLPERMS) == S_IRWXU && flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_all(path);
    close(fd);
}

void scratch_sweep(const struct scratch *self)
{
    char parent[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    struct dirent *entry;

    snprintf(parent, sizeof parent, "%s", self->path);
    char *slash = strrchr(parent, '/');
    if (!slash)
        return;
    slash[slash == parent] = 0;
    DIR *directory = opendir(parent);
    while (directory && (entry = readdir(directory))) {
        if (!is_name(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s", strcmp(parent, "/") ? parent : "", entry->d_name);
        if (strcmp(path, self->path) != 0)
            scratch_remove_left(path);
    }
    if (directory)
        closedir(directory);
}

/* ---- making ---- */

/* Lock what was just made; false when it was swept away before that. */
static bool take_lock(struct scratch *self)
{
    struct stat held, there;

    self->lock_fd = open(self->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (self->lock_fd >= 0 && flock(self->lock_fd, LOCK_EX) == 0 &&
        fstat(self->lock_fd, &held) == 0 && stat(self->path, &there) == 0 &&
        held.st_ino == there.st_ino && held.st_dev == there.st_dev)
        return true;
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    self->lock_fd = -1;
    return false;
}

/* Below `given`, resolved. */
static bool make_in(struct scratch *self, const char *given)
{
    char parent[PATH_MAX], made[PATH_MAX + sizeof prefix + UNIQUE_SIZE + 1];

    for (int tries = 0; tries < MAKES_MOST && realpath(given, parent); tries++) {
        snprintf(made, sizeof made, "%s/%sXXXXXX", parent, prefix);
        if (strlen(made) >= PATH_MAX || !mkdtemp(made))
            break;
        strcpy(self->path, made);
        if (take_lock(self))
            return true;
    }
    self->path[0] = 0;
    return false;
}

bool scratch_make(struct scratch *self)
{
    const char *given = getenv("TMPDIR");
    const char *const parents[] = {given && given[0] == '/' ? given : "/tmp", "/tmp", "/var/tmp"};

    *self = (struct scratch){.lock_fd = -1};
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++)
        if (make_in(self, parents[i]))
            return true;
    return false;
}

bool scratch_make_below(struct scratch *self, const char *parent)
{
    *self = (struct scratch){.lock_fd = -1};
    return make_in(self, parent);
}
