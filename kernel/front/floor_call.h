/* floor_call: what the files of the floor share. */
#ifndef SAFEPYRUN_FLOOR_CALL_H
#define SAFEPYRUN_FLOOR_CALL_H

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "base/floor_word.h"
#include "kernel/front/floor.h"
#include "kernel/front/floor_changes.h"

/* Verdicts beside 0, a value for the caller, and -errno. */
enum {
    FLOOR_CONTINUE = 1, /* let the kernel run it: what is judged lies in registers, or a person
                         * trusted the caller */
    FLOOR_ANSWERED = 2, /* the reply was sent, or a thread will */
};

struct floor_worker;

/* One notified call. Owns nothing: descriptors are closed by the function that took them. */
struct floor_call {
    struct seccomp_notif notif;
    struct floor_worker *worker;
    const struct floor_rules *rules; /* held while the call is judged */
    const struct floor_row *row;
    struct floor_changes *changes;
    enum floor_kind kind;    /* of what it acts on; see floor_record */
    bool asks;               /* refused, unless a person says yes */
    bool quiet;              /* see floor_record */
    char path[PATH_MAX * 2]; /* what was judged */
};

/* When a call is asked about, as far as a filter can tell: by one of its arguments. */
enum floor_when {
    FLOOR_ALWAYS,
    FLOOR_WRITES, /* the flags there say that it writes */
    FLOOR_IS,     /* it has the row's value, */
    FLOOR_IS_NOT, /* has not, */
    FLOOR_LACKS,  /* or has none of the value's bits */
};

/* A row of the table: a call that is asked about, and who carries it out. Returns as above. A call
 * may have several rows, with one judge. */
struct floor_row {
    int number;
    const char *name;
    long (*judge)(struct floor_call *);
    enum floor_when when;
    unsigned argument, value; /* counted from 0 */
};
extern const struct floor_row floor_rows[];
extern const size_t floor_row_count;
const struct floor_row *floor_row_find(int number);

/* The descriptor on which one worker and its children are heard. */
struct scope_thread {
    pid_t tid;
    int depth;
};
enum { CONNECTS_MOST = 64, PORTS_MOST = 64, PYTHON_THREADS_MOST = 256 };
struct scope_process {
    pid_t pid;
    int pid_fd; /* readable when it has ended: its number may be another's then */
};
enum { SCOPE_THREADS_MOST = 64, SCOPE_PROCESSES_MOST = 1024 };
struct floor_worker {
    struct floor *floor;
    struct floor_worker *next; /* an older one: forks of it may be woken */
    int listener;
    _Atomic pid_t pid;
    bool two_steps; /* a descriptor is handed over and closed before the caller goes on */
    _Atomic uint64_t preview_mount, preview_user; /* inodes of namespaces; 0: none */
    atomic_bool starting, umask_moved;
    atomic_int held;      /* threads that point here */
    atomic_int running;   /* threads that answer, */
    atomic_int busy;      /* of which so many do just now */
    pthread_mutex_t lock; /* of the scopes */
    struct scope_thread threads[SCOPE_THREADS_MOST];
    size_t thread_count;
    struct scope_process processes[SCOPE_PROCESSES_MOST];
    size_t process_count;
    pid_t connects[CONNECTS_MOST]; /* threads whose next connection reads; 0: none */
    size_t connect_at;
    int ports[PORTS_MOST]; /* of this machine, on which the worker listens */
    size_t port_at;
    pid_t python_threads[PYTHON_THREADS_MOST]; /* the latest, but the main one */
    size_t python_thread_at;
};

/* floor.c */
void floor_reply(struct floor_call *call, long value, int error, unsigned flags);
/* Give the caller our `fd` (taken over) as the result of its call. */
long floor_inject(struct floor_call *call, int fd, bool close_on_exec);
bool floor_call_alive(const struct floor_call *call);
/* Record that the call is refused; -EACCES. */
long floor_refuse(struct floor_call *call, const char *why);
/* A signal waits for the caller of a call that blocks: it is answered, to be made again. */
bool floor_interrupted(struct floor_call *call);
/* Run `work` on a thread of its own, with a copy of the call and `fd` (taken over). */
long floor_hand_over(struct floor_call *call, void *(*work)(void *), int fd, int flags);
struct floor_slow {
    struct floor_call call;
    int fd, flags;
};
/* Who points to a worker on a thread of its own holds it; `work` above lets go of it. */
void floor_worker_hold(struct floor_worker *self);
void floor_worker_release(struct floor_worker *self);

/* The rules now, for what waits on a thread of its own; to be given back. */
struct floor_rules *floor_hold_rules(struct floor *self);
void floor_release_rules(struct floor *self, struct floor_rules *rules);

/* floor_records.c: what was refused, for the person. NULL: memory is short, and nothing is kept;
 * all take NULL. */
struct floor_records;
struct floor_records *floor_records_new(void);
void floor_records_add(struct floor_records *self, const struct floor_call *call, const char *why);
/* Takes the oldest out; false: there is none. */
bool floor_records_take(struct floor_records *self, struct floor_record *out);
void floor_record_fill(struct floor_record *out, const struct floor_call *call, const char *why);

/* floor_asked.c: NULL: memory is short, and nobody is asked. All take NULL. */
struct floor_asked;
struct floor_asked *floor_asked_new(void);
int floor_asked_fd(const struct floor_asked *self);
void floor_asked_set(struct floor_asked *self, bool on);
bool floor_asked_may(struct floor_asked *self, const struct floor_call *call, const char *why);
/* Blocks until a person has answered; true: yes. */
bool floor_asked_wait(struct floor_asked *self, const struct floor_call *call);
bool floor_ask(const struct floor_call *call); /* the same of the floor that was called */
void floor_asked_python_thread(const struct floor_call *call); /* the caller is one */
bool floor_asked_take(struct floor_asked *self, struct floor_record *out);
void floor_asked_answer(struct floor_asked *self, bool yes);

/* Why the call is refused, when a person may permit it. */
const char *floor_asked_why(const struct floor_call *call);

/* floor_process.c: the program and its arguments, as the caller of an exec gives them. */
bool floor_program_line(const struct floor_call *call, char line[PATH_MAX]);

/* floor_around.c */
const char *floor_why_missing(int error); /* what putting the filter up said */
void floor_look_around(void);             /* once, before there are threads */
bool floor_may_copy(void);                /* the caller's descriptors */

/* floor_path.c */
/* A place where a name may be made, changed or removed. Owns `dir`. */
struct floor_spot {
    int dir;     /* the directory that holds the name, or, with `object`, the thing itself */
    bool object; /* a /proc/PID/fd link led to it */
    bool slash;  /* the path ended in "/" */
    char name[NAME_MAX + 1], parent[PATH_MAX]; /* `parent`: what the system calls `dir` */
};
/* So long what was found out of a folder holds for the next file in it. */
enum { FLOOR_FOLDER_MS = 100 };
static inline int64_t floor_clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Copy out of the caller's memory. 0 or -errno. */
int floor_read_bytes(const struct floor_call *call, uint64_t address, void *to, size_t size);
int floor_read_text(const struct floor_call *call, uint64_t address, char to[PATH_MAX]);
/* The same, but the caller may be gone, and another have its number by now: to be looked at with
 * floor_call_alive before anything is done. */
int floor_peek_text(const struct floor_call *call, uint64_t address, char to[PATH_MAX]);
int floor_fd_path(int fd, char out[PATH_MAX]);
/* The caller's descriptor as one of ours (O_PATH). `number` AT_FDCWD: its directory. */
int floor_take_fd(const struct floor_call *call, int number);
/* The same thing as one of ours: what is done to it is done to the caller's. -errno. */
int floor_copy_fd(const struct floor_call *call, int number);
/* A symlink in the last place: it is the name that is meant, itself (unless a "/" follows it), or
 * what it leads to. */
enum floor_follow { FLOOR_ITSELF, FLOOR_LINK, FLOOR_FOLLOWS };
/* What a path argument of the caller names. Sets call->path. 0 or -errno; then spot->dir is -1. */
int floor_spot_read(struct floor_call *call, int directory, uint64_t address,
                    enum floor_follow follow, struct floor_spot *spot);
/* The same of a path that was read. */
int floor_spot_find(struct floor_call *call, int directory, const char *path,
                    enum floor_follow follow, struct floor_spot *spot);
void floor_spot_clear(struct floor_spot *spot);
/* A whole path with neither "." nor ".." in it, not below /proc or /dev: when it leads through no
 * symlink, it is what the system calls the thing. */
bool floor_path_is_plain(const char *path);
/* Open such a path, through no symlink (then -ELOOP). -errno. */
int floor_open_plain(const char *path, int flags, mode_t mode);
void floor_spot_path(const struct floor_spot *spot, char out[2 * PATH_MAX]);

/* floor_files.c, floor_known.c, floor_open.c, floor_process.c: the functions of the table. */
#define FLOOR_JUDGE(name) long floor_do_##name(struct floor_call *call)
FLOOR_JUDGE(open);
FLOOR_JUDGE(openat);
FLOOR_JUDGE(creat);
FLOOR_JUDGE(unlink);
FLOOR_JUDGE(unlinkat);
FLOOR_JUDGE(rmdir);
FLOOR_JUDGE(mkdir);
FLOOR_JUDGE(mkdirat);
FLOOR_JUDGE(mknod);
FLOOR_JUDGE(mknodat);
FLOOR_JUDGE(symlink);
FLOOR_JUDGE(symlinkat);
FLOOR_JUDGE(rename);
FLOOR_JUDGE(renameat);
FLOOR_JUDGE(link);
FLOOR_JUDGE(linkat);
FLOOR_JUDGE(chmod);
FLOOR_JUDGE(fchmodat);
FLOOR_JUDGE(fchmod);
FLOOR_JUDGE(chown);
FLOOR_JUDGE(fchownat);
FLOOR_JUDGE(fchown);
FLOOR_JUDGE(truncate);
FLOOR_JUDGE(utimensat);
FLOOR_JUDGE(utimes);
FLOOR_JUDGE(xattr);
FLOOR_JUDGE(fxattr);
FLOOR_JUDGE(umask);
FLOOR_JUDGE(exec);
FLOOR_JUDGE(exit);
FLOOR_JUDGE(kill);
FLOOR_JUDGE(pidfd_send_signal);
FLOOR_JUDGE(prlimit);
FLOOR_JUDGE(sched);
FLOOR_JUDGE(priority);
FLOOR_JUDGE(owner);
FLOOR_JUDGE(prctl);
FLOOR_JUDGE(setns);
FLOOR_JUDGE(connect);
FLOOR_JUDGE(bind);
FLOOR_JUDGE(listen);
FLOOR_JUDGE(sendto);
FLOOR_JUDGE(sendmsg);
FLOOR_JUDGE(ipc_get);
FLOOR_JUDGE(ipc_use);
FLOOR_JUDGE(mq_open);
FLOOR_JUDGE(mq_unlink);
/* What a call wants of the name: refused, it says what it would have said of a missing or an
 * existing one, for those who only probe (makedirs, lock files). */
enum floor_probe { FLOOR_NEEDS, FLOOR_MAKES, FLOOR_OPENS };
/* Why something is refused that a person may permit: a place that a wider destination would reach,
 * a host, a program. */
extern const char floor_outside[], floor_unlisted[], floor_unstarted[];
/* May the spot be written? 0, or what the call answers. */
long floor_spot_judge(struct floor_call *call, const struct floor_spot *spot, enum floor_part part,
                      enum floor_probe probe);
/* May what `real` names be changed? As floor_judge, for the caller. */
const char *floor_judge_call(const struct floor_call *call, const char *real, enum floor_part part);
/* Makes what follows on this thread use the caller's umask. */
void floor_take_umask(const struct floor_call *call);

/* The mode that a call asks for: one that takes a directory (`at`), or none. */
static inline mode_t floor_mode(const struct floor_call *call, bool at)
{
    return (mode_t)call->notif.data.args[at ? 2 : 1];
}

/* What the system said, as what the caller is answered. */
static inline long floor_result(long result)
{
    return result < 0 ? -errno : 0;
}

/* floor_changes.c: where changes of `path` are noted; NULL: nobody wants to hear of them. */
struct floor_changes *floor_changes_told(const struct floor_call *call, const char *path);

/* floor_shared.c: what the session made in shared memory; takes NULL. */
struct floor_shared;
struct floor_shared *floor_shared_new(void); /* NULL: memory is short, and it stays there */
enum floor_shared_how {
    FLOOR_SHARED_MADE,
    FLOOR_SHARED_NAMED, /* what it made before got another name */
};
/* `path` is there now: its name is `name` in `dir`. */
void floor_shared_note(const struct floor_call *call, const char *path, int dir, const char *name,
                       enum floor_shared_how how);
void floor_shared_end(struct floor_shared *self); /* it is taken away */
void floor_shared_destroy(struct floor_shared **self);
struct floor_shared *floor_shared_of(const struct floor_call *call); /* floor.c; borrowed */

/* floor_ipc.c: what the session made that processes share without a file; takes NULL. It is part of
 * the above. */
struct floor_ipc;
struct floor_ipc *floor_ipc_new(void);      /* NULL: memory is short, and nothing is made */
void floor_ipc_end(struct floor_ipc *self); /* it is taken away */
void floor_ipc_destroy(struct floor_ipc **self);
struct floor_ipc *floor_shared_ipc(const struct floor_call *call); /* borrowed */
/* `path` was made, under that name: noted by whom it concerns. */
void floor_made(const struct floor_call *call, const char *path, int dir, const char *name);

/* floor_written.c: how much files take that were written; takes NULL. A file is noted before it is
 * opened or emptied, and when it gets another name. */
struct floor_written;
struct floor_written *floor_written_new(void); /* NULL: memory is short */
/* The system carries the call out itself. */
void floor_written_trusted(struct floor_written *self, struct floor_call *call);
void floor_written_moved(struct floor_written *self, const struct floor_spot *from,
                         const struct floor_spot *to);
struct floor_written *floor_written_of(const struct floor_call *call); /* floor.c; borrowed */
void floor_written_note(struct floor_written *self, const char *path); /* it is written from now */
void floor_written_watch(struct floor_written *self, bool on);
int64_t floor_written_bytes(struct floor_written *self);

/* floor_preview.c: is the caller a preview? What becomes of its call then. */
bool floor_in_preview(const struct floor_call *call);
long floor_judge_preview(const struct floor_call *call);
/* floor_net.c */
/* The next connection that the caller's thread makes is for a request that only reads. */
long floor_net_expect(struct floor_call *call);
/* 1: a person named whom the descriptor `number` leads to, or the host whose name lies at
 * `address`; else 0. */
long floor_net_lists_fd(struct floor_call *call, int number);
long floor_net_lists_name(struct floor_call *call, uint64_t address);

/* floor_hosts.c */
struct sockaddr;
/* NULL: the address may be reached; else why not. `reads`: it is for a request that only reads.
 * May wait for the names to be resolved: never on the thread that answers everybody. */
const char *floor_hosts_judge(const struct floor_rules *rules, const struct sockaddr *address,
                              bool reads);
bool floor_hosts_list(const struct floor_rules *rules, const struct sockaddr *address);
bool floor_hosts_list_path(const struct floor_rules *rules, const char *path);
bool floor_hosts_list_name(const struct floor_rules *rules, const char *name);
bool floor_hosts_is_loopback(const struct sockaddr *address);
int floor_hosts_port(const struct sockaddr *address);
/* "127.0.0.1:80", "[::1]:80" */
void floor_hosts_write(const struct sockaddr *address, char *out, size_t size);

/* floor_scope.c */
/* Does the caller act for a person who trusted it? */
bool floor_scope_holds(struct floor_call *call);
void floor_scope_forget(struct floor_worker *worker); /* another process is the worker now */
void floor_scope_clear(struct floor_worker *worker);  /* nobody is left */
bool floor_is_worker(const struct floor_call *call);  /* is it a thread of the worker? */
/* Is it a process that the worker started, or one that such a process started? */
bool floor_is_below(const struct floor_worker *worker, pid_t pid);
/* The caller ends: what a trusted process started goes on for itself. */
void floor_scope_exit(struct floor_call *call);
void floor_scope_enter(struct floor_call *call);
void floor_scope_leave(struct floor_call *call);
/* Is the caller a child of the worker that native code started, on no thread of Python's but the
 * main one? */
bool floor_scope_is_native_child(const struct floor_call *call);
/* It acts for a person from now on. */
bool floor_scope_join(const struct floor_call *call);

#endif
