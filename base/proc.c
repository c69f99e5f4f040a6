/* proc: see the header. */
#include "base/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_BYTES = 4096, CHILDREN_BYTES = 65536 };

bool proc_read(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];

    if (pid)
        snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    else
        snprintf(path, sizeof path, "/proc/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = 0;
    return got > 0;
}

int64_t proc_field(const char *text, const char *key, int base)
{
    const char *at = strstr(text, key);

    return at ? (int64_t)strtoull(at + strlen(key), NULL, base) : -1;
}

int64_t proc_field_bytes(const char *text, const char *key)
{
    int64_t kb = proc_field(text, key, 10);

    return kb < 0 ? 0 : kb * 1024;
}

int64_t proc_status(pid_t pid, const char *key, int base)
{
    char text[STATUS_BYTES];

    return proc_read(pid, "status", text, sizeof text) ? proc_field(text, key, base) : -1;
}

void proc_children(pid_t pid, pid_t tid, bool (*visit)(void *context, pid_t child), void *context)
{
    char name[48], *text = malloc(CHILDREN_BYTES);

    snprintf(name, sizeof name, "task/%d/children", tid);
    if (text && proc_read(pid, name, text, CHILDREN_BYTES))
        for (char *at = text, *end; *at; at = end + (*end == ' ')) {
            pid_t child = (pid_t)strtol(at, &end, 10);
            if (end == at || !visit(context, child))
                break;
        }
    free(text);
}
