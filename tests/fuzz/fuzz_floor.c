/* fuzz_floor: random calls on random trees, against the one thing that must hold: below `out`,
 * where nothing is permitted, nothing changes, whatever links, "..", descriptors and renames lead
 * there. Another thread exchanges a folder of `ok` for a link to `out` meanwhile. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/front/floor_call.h"

static char root[64];
static struct floor_worker *worker;
static struct floor_rules *rules;
static int base_fd; /* of `ok`, for calls that take one */

/* The caller is this process, and alive. */
bool __wrap_floor_call_alive(const struct floor_call *call);
bool __wrap_floor_call_alive(const struct floor_call *call)
{
    (void)call;
    return true;
}

/* ---- the tree ---- */

static const char *const parts[] = {"a",  "b",     "c",   "..",  ".",         "/",   "link",
                                    "ok", "../ok", "out", "../", "../../out", "swap"};
enum { PARTS = sizeof parts / sizeof *parts, CALLS_MOST = 40 };

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

/* ---- the calls ---- */

static const int numbers[] = {SYS_openat,   SYS_unlinkat,  SYS_mkdirat,   SYS_mknodat,
                              SYS_renameat, SYS_symlinkat, SYS_truncate,  SYS_fchmodat,
                              SYS_linkat,   SYS_utimensat, SYS_renameat2, SYS_setxattr};

static void call_one(struct bytes *bytes)
{
    char first[256], second[256];
    struct floor_call *call = calloc(1, sizeof *call);
    int number = numbers[take(bytes) % (sizeof numbers / sizeof *numbers)];
    uint64_t directory = take(bytes) % 2 ? (uint64_t)base_fd : (uint64_t)AT_FDCWD;

    make_path(bytes, first, sizeof first);
    make_path(bytes, second, sizeof second);
    uint64_t one = (uint64_t)(uintptr_t)first, two = (uint64_t)(uintptr_t)second;
    static const int flags[] = {O_WRONLY,           O_WRONLY | O_CREAT,
                                O_RDWR | O_TRUNC,   O_CREAT | O_EXCL | O_WRONLY,
                                O_RDONLY | O_TRUNC, O_WRONLY | O_CREAT | O_NOFOLLOW};
    bool plain = number == SYS_truncate || number == SYS_setxattr;
    bool pair = number == SYS_renameat || number == SYS_renameat2 || number == SYS_linkat;
    call->notif.pid = (uint32_t)gettid();
    call->notif.data.nr = number;
    call->worker = worker;
    call->rules = rules;
    call->row = floor_row_find(number);
    __u64 *args = call->notif.data.args;
    args[0] = plain ? one : number == SYS_symlinkat ? two : directory;
    args[1] = plain ? 0 : number == SYS_symlinkat ? directory : one;
    args[2] = pair                      ? directory
              : number == SYS_symlinkat ? one
              : number == SYS_openat    ? (uint64_t)flags[take(bytes) % 6]
              : number == SYS_utimensat ? 0
              : number == SYS_unlinkat  ? (take(bytes) % 2 ? AT_REMOVEDIR : 0)
                                        : 0640;
    args[3] = pair ? two : number == SYS_openat ? 0644 : 0;
    args[4] = number == SYS_linkat && take(bytes) % 2 ? AT_SYMLINK_FOLLOW : 0;
    if (number == SYS_setxattr) { /* user.a = "" */
        static const char name[] = "user.a";
        args[1] = args[2] = (uint64_t)(uintptr_t)name;
    }
    call->row->judge(call);
    free(call);
}

static atomic_bool racing;

static void *swap(void *unused)
{
    char path[128], other[128], out[128];

    (void)unused;
    path_in("ok", "swap", path);
    snprintf(other, sizeof other, "%s/other", root);
    snprintf(out, sizeof out, "%s/out", root);
    if (symlink(out, other))
        abort();
    while (atomic_load(&racing))
        syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
    return NULL;
}

static void clear(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", root);
    if (system(command))
        fprintf(stderr, "%s is left\n", root);
}

static void prepare(void)
{
    char path[128];

    snprintf(root, sizeof root, "/tmp/fuzz-floor-XXXXXX");
    if (!mkdtemp(root))
        abort();
    atexit(clear);
    path_in("out", "", path);
    mkdir(path, 0755);
    path_in("out", "b", path);
    mkdir(path, 0755);
    write_file("out", "a");
    worker = calloc(1, sizeof *worker);
    worker->floor = floor_new(true);
    worker->listener = -1;
    worker->pid = getpid();
    pthread_mutex_init(&worker->lock, NULL);
    rules = floor_rules_new();
    path_in("ok", "", path);
    mkdir(path, 0755);
    path[strlen(path) - 1] = 0;
    if (!floor_rules_add_dest(rules, path) || chdir(path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size, size};
    char out[128], ok[128];
    pthread_t thread;

    if (!root[0])
        prepare();
    if (chdir(root)) /* `ok` is made anew */
        abort();
    make_tree(&bytes);
    path_in("out", "", out);
    path_in("ok", "", ok);
    if (chdir(ok))
        abort();
    base_fd = open(".", O_RDONLY | O_DIRECTORY);
    bool races = take(&bytes) % 4 == 0;
    uint64_t before = look(out, 0);
    atomic_store(&racing, races);
    if (races && pthread_create(&thread, NULL, swap, NULL))
        abort();
    for (int i = 0; i < CALLS_MOST; i++)
        call_one(&bytes);
    atomic_store(&racing, false);
    if (races)
        pthread_join(thread, NULL);
    close(base_fd);
    if (look(out, 0) != before)
        abort();
    return 0;
}
