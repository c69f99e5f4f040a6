/* attributes: most files have none, and are told by one system call. They are reached through
 * /proc/self/fd, since a descriptor that only names its file gives none out. */
#include "kernel/front/attributes.h"

#include <errno.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

enum { BYTES_MOST = 1 << 20 }; /* of all of a file */

struct attributes {
    size_t count, bytes;
    char *texts; /* owned; of each: its name and NUL, the size of its value, the value */
};

static struct attributes none; /* what most files have; nobody's */

static void write_link(int fd, char out[32])
{
    snprintf(out, 32, "/proc/self/fd/%d", fd);
}

void attributes_destroy(struct attributes **self)
{
    if (*self && *self != &none) {
        free((*self)->texts);
        free(*self);
    }
    *self = NULL;
}

/* Its names, each with its NUL; -1 with errno. */
static ssize_t list(const char *link, char names[XATTR_LIST_MAX])
{
    return listxattr(link, names, XATTR_LIST_MAX);
}

static bool add(struct attributes *self, const char *name, const char *value, size_t size)
{
    size_t length = strlen(name) + 1, bytes = self->bytes + length + sizeof size + size;
    char *texts = bytes <= BYTES_MOST ? realloc(self->texts, bytes) : NULL;

    if (!texts)
        return false;
    self->texts = texts;
    memcpy(texts + self->bytes, name, length);
    memcpy(texts + self->bytes + length, &size, sizeof size);
    memcpy(texts + self->bytes + length + sizeof size, value, size);
    self->bytes = bytes;
    self->count++;
    return true;
}

/* Both for one value and for the names. */
static char *buffer_new(void)
{
    return calloc(2, XATTR_SIZE_MAX);
}

static bool read_all(struct attributes *self, const char *link)
{
    char *names = buffer_new(), *value = names + XATTR_SIZE_MAX;
    ssize_t total = names ? list(link, names) : -1;
    bool well = total >= 0;

    for (char *name = names; well && name < names + total; name += strlen(name) + 1) {
        ssize_t size = getxattr(link, name, value, XATTR_SIZE_MAX);
        well = size >= 0 && add(self, name, value, (size_t)size);
    }
    free(names);
    return well;
}

struct attributes *attributes_read(int fd)
{
    char link[32];
    ssize_t any = flistxattr(fd, NULL, 0);

    write_link(fd, link);
    if (any < 0 && errno == EBADF)
        any = listxattr(link, NULL, 0);
    if (any == 0 || (any < 0 && errno == EOPNOTSUPP))
        return &none;
    struct attributes *self = any < 0 ? NULL : calloc(1, sizeof *self);
    if (self && !read_all(self, link))
        attributes_destroy(&self);
    return self;
}

/* The value of the next: its name is `*at`, which moves on. */
static const char *next(const char **at, size_t *size)
{
    const char *value = *at + strlen(*at) + 1 + sizeof *size;

    memcpy(size, value - sizeof *size, sizeof *size);
    *at = value + *size;
    return value;
}

static bool has(const struct attributes *self, const char *name)
{
    const char *at = self->texts;
    size_t size;

    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(at, name) == 0)
            return true;
        next(&at, &size);
    }
    return false;
}

static int remove_others(const struct attributes *self, const char *link, char *names)
{
    ssize_t total = list(link, names);
    int wrong = total < 0 && errno != EOPNOTSUPP ? -errno : 0;

    for (char *name = names; total > 0 && name < names + total; name += strlen(name) + 1)
        if (!has(self, name) && removexattr(link, name) < 0 && errno != ENODATA && !wrong)
            wrong = -errno;
    return wrong;
}

int attributes_put(const struct attributes *self, int fd)
{
    char link[32];
    size_t size;

    if (!self)
        return 0;
    write_link(fd, link);
    if (!self->count && listxattr(link, NULL, 0) <= 0)
        return 0;
    char *names = buffer_new(), *now = names + XATTR_SIZE_MAX;
    if (!names)
        return -ENOMEM;
    int wrong = remove_others(self, link, names);
    const char *at = self->texts;
    for (size_t i = 0; i < self->count; i++) {
        const char *name = at, *value = next(&at, &size);
        bool same = getxattr(link, name, now, XATTR_SIZE_MAX) == (ssize_t)size &&
                    memcmp(now, value, size) == 0;
        if (!same && setxattr(link, name, value, size, 0) < 0 && !wrong)
            wrong = -errno;
    }
    free(names);
    return wrong;
}
