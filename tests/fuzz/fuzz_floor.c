/* fuzz_floor: random calls on random trees, against the one thing that must hold: below `out`,
 * where nothing is permitted, nothing changes, whatever links, "..", descriptors and renames lead
 * there. Another thread exchanges a folder of `ok` for a link to `out` meanwhile. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "kernel/front/floor_call.h"
#include "tests/fuzz/tree.h"

enum { CALLS_MOST = 40 };

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

static void prepare(void)
{
    char path[128];

    prepare_tree("/tmp/fuzz-floor-XXXXXX");
    worker = calloc(1, sizeof *worker);
    worker->floor = floor_new(true);
    worker->listener = -1;
    worker->pid = getpid();
    pthread_mutex_init(&worker->lock, NULL);
    rules = floor_rules_new();
    path_in("ok", "", path);
    path[strlen(path) - 1] = 0;
    if (!floor_rules_add_dest(rules, path) || chdir(path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size, size};
    char out[128];
    pthread_t thread;

    if (!root[0])
        prepare();
    enter_tree(&bytes, out);
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
