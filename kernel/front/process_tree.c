/* process_tree: the worker and all that it and its children started, as the system has them. What
 * lost its parent is a child of this process, which is a subreaper. */
#include "kernel/front/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/platform.h"
#include "base/proc.h"

enum { STATUS_BYTES = 4096, INODES_MOST = 512, BLOCK_BYTES = 512 };

/* One that ended holds nothing any more, though its number is still taken. */
static bool holds_memory(pid_t pid)
{
    return proc_status(pid, "\nVmRSS:", 10) >= 0;
}

/* ---- who ---- */

static bool add_child(void *tree, pid_t child)
{
    struct process_tree *self = tree;

    if (self->count < TREE_MOST)
        self->pids[self->count++] = child;
    return self->count < TREE_MOST;
}

static void add_children(struct process_tree *self, pid_t pid)
{
    char path[32];
    struct dirent *entry;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    while (threads && (entry = readdir(threads)))
        if (entry->d_name[0] != '.')
            proc_children(pid, (pid_t)strtol(entry->d_name, NULL, 10), add_child, self);
    if (threads)
        closedir(threads);
}

static void put_first(struct process_tree *self, pid_t pid)
{
    for (size_t i = 1; i < self->count; i++)
        if (self->pids[i] == pid) {
            self->pids[i] = self->pids[0];
            self->pids[0] = pid;
        }
}

void process_tree_read(struct process_tree *self, pid_t worker,
                       bool (*left_out)(void *context, pid_t pid), void *context)
{
    self->count = 0;
    add_children(self, getpid());
    for (size_t i = 0; i < self->count;) {
        pid_t pid = self->pids[i];
        if (left_out(context, pid) || !holds_memory(pid)) {
            self->pids[i] = self->pids[--self->count];
            continue;
        }
        add_children(self, pid);
        i++;
    }
    put_first(self, worker);
}

/* ---- memory ---- */

/* All of its own and of shared memory, with what forks share with it. */
static int64_t whole_memory(pid_t pid)
{
    char text[STATUS_BYTES];

    if (!proc_read(pid, "status", text, sizeof text))
        return 0;
    return proc_field_bytes(text, "\nRssAnon:") + proc_field_bytes(text, "\nRssShmem:") +
           proc_field_bytes(text, "\nVmSwap:");
}

/* What it does not share with the process it is a fork of. */
static int64_t private_memory(pid_t pid)
{
    char text[STATUS_BYTES];

    if (!proc_read(pid, "smaps_rollup", text, sizeof text)) /* not for us to read */
        return whole_memory(pid);
    return proc_field_bytes(text, "\nPrivate_Dirty:") + proc_field_bytes(text, "\nSwapPss:");
}

/* A child that is about to become another program has the memory of the one that started it, and so
 * has the process that makes a checkpoint. */
static bool is_its_parents(pid_t pid)
{
    int64_t parent = proc_status(pid, "\nPPid:", 10);

    return parent > 0 && platform_share_memory(pid, (pid_t)parent);
}

int64_t process_tree_memory(const struct process_tree *self, int64_t about)
{
    int64_t sum = 0;

    for (size_t i = 0; i < self->count; i++)
        sum += whole_memory(self->pids[i]);
    if (sum <= about || self->count < 2)
        return sum;
    sum = whole_memory(self->pids[0]);
    for (size_t i = 1; i < self->count; i++)
        if (!is_its_parents(self->pids[i]))
            sum += private_memory(self->pids[i]);
    return sum;
}

bool memory_is_short(void)
{
    enum { SHARE = 20 };            /* one part in so many is left */
    char text[STATUS_BYTES] = "\n"; /* the first line begins with its key */

    return proc_read(0, "meminfo", text + 1, sizeof text - 1) &&
           proc_field_bytes(text, "\nMemAvailable:") <
               proc_field_bytes(text, "\nMemTotal:") / SHARE;
}

/* ---- files ---- */

struct inodes {
    ino_t seen[INODES_MOST];
    size_t count;
};

static bool is_new(struct inodes *self, ino_t inode)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->seen[i] == inode)
            return false;
    if (self->count < INODES_MOST)
        self->seen[self->count++] = inode;
    return true;
}

static int64_t unnamed_of(pid_t pid, struct inodes *inodes)
{
    char path[32];
    struct dirent *entry;
    struct stat status;
    int64_t sum = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *descriptors = opendir(path);
    while (descriptors && (entry = readdir(descriptors)))
        if (entry->d_name[0] != '.' && !fstatat(dirfd(descriptors), entry->d_name, &status, 0) &&
            S_ISREG(status.st_mode) && status.st_nlink == 0 && is_new(inodes, status.st_ino))
            sum += (int64_t)status.st_blocks * BLOCK_BYTES;
    if (descriptors)
        closedir(descriptors);
    return sum;
}

int64_t process_tree_unnamed(const struct process_tree *self, const ino_t *known, size_t count)
{
    struct inodes inodes = {.count = 0};
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        is_new(&inodes, known[i]);
    for (size_t i = 0; i < self->count; i++)
        sum += unnamed_of(self->pids[i], &inodes);
    return sum;
}

static void visit_open(pid_t pid, void (*visit)(void *context, const char *path), void *context)
{
    char folder[32], path[PATH_MAX];
    struct dirent *entry;
    struct stat link;

    snprintf(folder, sizeof folder, "/proc/%d/fd", pid);
    DIR *descriptors = opendir(folder);
    while (descriptors && (entry = readdir(descriptors))) {
        ssize_t size = readlinkat(dirfd(descriptors), entry->d_name, path, sizeof path - 1);
        if (size <= 0 || *path != '/' ||
            fstatat(dirfd(descriptors), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) ||
            !(link.st_mode & S_IWUSR)) /* of the link: how it was opened */
            continue;
        path[size] = 0;
        visit(context, path);
    }
    if (descriptors)
        closedir(descriptors);
}

void process_tree_visit_open(const struct process_tree *self,
                             void (*visit)(void *context, const char *path), void *context)
{
    for (size_t i = 0; i < self->count; i++)
        visit_open(self->pids[i], visit, context);
}

void process_tree_freeze_files(struct process_tree *self)
{
    free(self->frozen);
    self->frozen = calloc(self->count, sizeof *self->frozen);
    self->frozen_count = 0;
    for (size_t i = 0; self->frozen && i < self->count; i++) {
        struct process_frozen *frozen = &self->frozen[self->frozen_count];
        struct rlimit none;
        if (prlimit(self->pids[i], RLIMIT_FSIZE, NULL, &frozen->before))
            continue;
        none = (struct rlimit){0, frozen->before.rlim_max};
        frozen->pid = self->pids[i];
        self->frozen_count += prlimit(frozen->pid, RLIMIT_FSIZE, &none, NULL) == 0;
    }
}

/* One that was started meanwhile has what the worker had. */
void process_tree_thaw_files(struct process_tree *self)
{
    for (size_t i = 0; i < self->count && self->frozen_count; i++) {
        const struct process_frozen *frozen = &self->frozen[0];
        struct rlimit now;
        for (size_t j = 0; j < self->frozen_count; j++)
            if (self->frozen[j].pid == self->pids[i])
                frozen = &self->frozen[j];
        if (prlimit(self->pids[i], RLIMIT_FSIZE, NULL, &now) == 0 && now.rlim_cur == 0)
            prlimit(self->pids[i], RLIMIT_FSIZE, &frozen->before, NULL);
    }
    free(self->frozen);
    self->frozen = NULL;
    self->frozen_count = 0;
}

void process_tree_kill(const struct process_tree *self, size_t from)
{
    for (size_t i = self->count; i-- > from;)
        kill(self->pids[i], SIGKILL);
}
