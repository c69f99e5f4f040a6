/* tree: what the fuzzers of paths share: below `root` a folder `ok`, where everything is permitted,
 * with links as the input has them, and `out`, where nothing is; and how to see that `out` changed.
 */
#ifndef SAFEPYRUN_FUZZ_TREE_H
#define SAFEPYRUN_FUZZ_TREE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *const parts[] = {"a",  "b",     "c",   "..",  ".",         "/",   "link",
                                    "ok", "../ok", "out", "../", "../../out", "swap"};
enum { PARTS = sizeof parts / sizeof *parts };

/* The input, and after its end what follows from it: a few bytes are a whole story. */
struct bytes {
    const uint8_t *at;
    size_t left;
    uint64_t state;
};

static unsigned take(struct bytes *self)
{
    unsigned given = self->left ? (self->left--, *self->at++) : 0;

    self->state = (self->state + given + 1) * 6364136223846793005u;
    return given ^ (unsigned)(self->state >> 33 & 0xff);
}

/* A path of one to four parts, now and then a whole one. */
static void make_path(struct bytes *bytes, char *out, size_t size)
{
    unsigned count = 1 + take(bytes) % 4, kind = take(bytes) % 3;
    int at = kind == 0 ? snprintf(out, size, "%s/", root) : snprintf(out, size, "%s", "");

    for (unsigned i = 0; i < count; i++)
        at +=
            snprintf(out + at, size - (size_t)at, "%s%s", i ? "/" : "", parts[take(bytes) % PARTS]);
}

static void path_in(const char *folder, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s/%s", root, folder, name);
}

static void write_file(const char *folder, const char *name)
{
    char path[128];

    path_in(folder, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, "mine", 4) != 4 || close(fd))
        abort();
}

/* `ok` anew, with links as the input has them; `out` with a file and a folder. */
static void make_tree(struct bytes *bytes)
{
    char command[256], path[128], target[128], from[128];

    snprintf(command, sizeof command, "cd %s && rm -rf ok other && mkdir ok ok/b", root);
    if (system(command))
        abort();
    write_file("ok", "a");
    path_in("ok", "link", path);
    make_path(bytes, target, sizeof target);
    if (symlink(target, path))
        abort();
    path_in("ok", "b/c", path);
    make_path(bytes, target, sizeof target);
    if (symlink(target, path))
        abort();
    path_in("ok", "hard", path);
    path_in("out", "a", from);
    if (link(from, path))
        abort();
    path_in("ok", "swap", path);
    mkdir(path, 0755);
}

/* All that may not change: names, kinds, sizes, modes, times. */
static uint64_t look(const char *path, uint64_t sum)
{
    struct stat status;
    struct dirent *entry;
    char below[512];

    if (lstat(path, &status))
        return sum * 31 + 1;
    sum = sum * 31 + (uint64_t)status.st_mode + (uint64_t)status.st_size +
          (uint64_t)status.st_mtim.tv_nsec + (uint64_t)status.st_mtim.tv_sec;
    DIR *folder = S_ISDIR(status.st_mode) ? opendir(path) : NULL;
    uint64_t all = 0; /* the order of a folder is nobody's */
    while (folder && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            all += look(below, (uint64_t)entry->d_name[0] + strlen(entry->d_name));
        }
    if (folder)
        closedir(folder);
    return sum + all;
}

static void clear(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", root);
    if (system(command))
        fprintf(stderr, "%s is left\n", root);
}

/* Once: the folders, gone at the end of the program. */
static void prepare_tree(const char *template)
{
    char path[128];

    snprintf(root, sizeof root, "%s", template);
    if (!mkdtemp(root))
        abort();
    atexit(clear);
    path_in("out", "", path);
    mkdir(path, 0755);
    path_in("out", "b", path);
    mkdir(path, 0755);
    write_file("out", "a");
    path_in("ok", "", path);
    mkdir(path, 0755);
}

/* The tree made anew, and the process in its folder `ok`; `out`: the path of what lies outside. */
static void enter_tree(struct bytes *bytes, char out[128])
{
    char ok[128];

    if (chdir(root)) /* `ok` is made anew */
        abort();
    make_tree(bytes);
    path_in("out", "", out);
    path_in("ok", "", ok);
    if (chdir(ok))
        abort();
}

#endif
