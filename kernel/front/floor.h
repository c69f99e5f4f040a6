/* floor: the operating system asks the front before the worker, or a process that it started,
 * changes anything. The worker runs under a seccomp filter with user notification; a thread of the
 * front judges each notified call and carries it out itself, on what it resolved itself.
 *
 *   floor.c          the worker's filter is put up, its calls are received and answered
 *   floor_around.c   what stands around the kernel may not let there be a floor
 *   floor_filter.c   the filter: what is asked, what there is not, what is refused outright
 *   floor_table.c    the calls that are asked about, one row each
 *   floor_path.c     what a path of the caller means
 *   floor_files.c    the calls on names
 *   floor_known.c    the calls on what is known of a file
 *   floor_open.c     opening
 *   floor_asked.c    calls that wait for a person
 *   floor_changes.c  what was done to files, for %undo
 *   floor_written.c  how much files take that were written, for %limits
 *   floor_shared.c   what was made in shared memory, which ends with the session
 *   floor_preview.c  processes that only try things
 *   floor_process.c  signals, programs, limits of others
 *   floor_ipc.c      what processes share without a file
 *   floor_net.c      connecting, sending
 *   floor_listen.c   listening
 *   floor_hosts.c    which hosts may be reached
 *   floor_judge.c    which places may be written to
 *   floor_scope.c    which threads and processes act for a person who trusted them */
#ifndef SAFEPYRUN_FLOOR_H
#define SAFEPYRUN_FLOOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct floor;

/* Where may be written; made by the front's loop, then only read. */
enum { FLOOR_PLACES_MOST = 128 };
struct floor_rules {
    char *dests[FLOOR_PLACES_MOST];    /* owned, as given: "/a", "~/a", "." */
    char *resolved[FLOOR_PLACES_MOST]; /* owned; NULL: relative to where the worker is */
    size_t dest_count;
    char *always[FLOOR_PLACES_MOST]; /* owned, resolved: scratch, caches */
    size_t always_count;
    char *never[FLOOR_PLACES_MOST]; /* owned, resolved: unless a destination names them */
    size_t never_count;
    char home[PATH_MAX];
    char *hosts[FLOOR_PLACES_MOST]; /* owned, as given: "host:port", "/path", "./path" */
    size_t host_count;
    char *programs[FLOOR_PLACES_MOST]; /* owned: lines that native code may start */
    size_t program_count;
    enum floor_net { FLOOR_NET_READ, FLOOR_NET_HOSTS, FLOOR_NET_NONE } net;
    int kernel_ports[8];    /* the kernel's own, never reached */
    char runtime[PATH_MAX]; /* where the connection file lies */
    unsigned serial;        /* no two have the same */
    int64_t since_ms;       /* when the session began, of the clock that files have */
    bool has_relative;      /* a destination is relative to where the worker is */
    unsigned held;          /* floor.c: by the loop and by calls that are judged */
    bool trusts;            /* a person trusted code of this session: trusted scopes open */
};
struct floor_rules *floor_rules_new(void);
void floor_rules_destroy(struct floor_rules **self);
/* The lists grow by `path`, "~" and the start of the path resolved. False: no room. */
bool floor_rules_add_dest(struct floor_rules *self, const char *path);
bool floor_rules_add_always(struct floor_rules *self, const char *path);
bool floor_rules_add_never(struct floor_rules *self, const char *path);
bool floor_rules_add_host(struct floor_rules *self, const char *host);
bool floor_rules_add_program(struct floor_rules *self, const char *line);
void floor_rules_add_caches(struct floor_rules *self); /* those of libraries, always */
/* Resolve as far as it is there: "~", symlinks, "..". `base` for relative paths. */
bool floor_resolve(const char *path, const char *home, const char *base, char out[PATH_MAX]);

/* What a call would change: what a file holds, what is known of a file or folder, or the name
 * itself (remove, rename), not what it leads to. */
enum floor_part { FLOOR_CONTENT, FLOOR_THING, FLOOR_NAME };
/* What became of a path that is `real` (resolved by the operating system). NULL: it may be
 * written; else why not. `cwd` is the worker's directory, for relative destinations. */
const char *floor_judge(const struct floor_rules *rules, const char *real, const char *cwd,
                        enum floor_part part);

/* May it be written without any destination that a person named? Of what may be written. */
bool floor_is_lent(const struct floor_rules *rules, const char *real);

/* What a call acts on: what `path` of its record says, and what permits it. */
enum floor_kind { FLOOR_FILE, FLOOR_PROGRAM, FLOOR_PROCESS, FLOOR_HOST };

/* A call that was refused, for the person. */
struct floor_record {
    enum floor_kind kind;
    char call[24], path[PATH_MAX], reason[96], program[20];
    char line[PATH_MAX]; /* FLOOR_PROGRAM, when a person is asked: with its arguments */
    pid_t pid;
    bool own;   /* of the worker itself, not of a program that it started */
    bool quiet; /* opened for reading and writing: most libraries then only read */
    unsigned count;
};

/* Cells, which are the same user's processes, can neither read this process's memory nor trace it.
 */
void floor_keep_to_itself(void);
/* NULL: memory is short. Not wanted: it is off. All that follows takes NULL for a floor that is
 * off. */
struct floor *floor_new(bool wanted);
/* NULL: it is on; else why it is not. */
const char *floor_missing(const struct floor *self);
/* In the child that becomes the worker; safe between fork and exec. Sends on `channel` whether the
 * filter stands, and the descriptor on which the front is asked. */
void floor_child(const struct floor *self, int channel);
/* In the front: what the child sent; starts the thread that answers. False: there is no child. */
bool floor_attend(struct floor *self, int channel, pid_t worker);
/* A filter that stands around the kernel ended the child (its status) for what it did? Then there
 * is no floor, and another child needs none. */
bool floor_was_filtered(int status);
void floor_give_up(struct floor *self, int error);
/* `pid` is the worker now: it was just started, or a frozen fork of one was woken. */
void floor_adopt(struct floor *self, pid_t pid);
/* Processes in these namespaces (descriptors; user_ns may be -1) only try things, in a file system
 * of their own: a fork of the worker may enter them, and what it does to files there is not judged.
 */
void floor_preview(struct floor *self, int mount_ns, int user_ns);
/* Without a front: who joined by the filter (base/floor_join.h), the process `pid`, is held by
 * `rules`, as long as anybody is under that filter. All is taken over. False: no memory, and its
 * calls fail. */
bool floor_hold(int listener, bool two_steps, pid_t pid, struct floor_rules *rules);
/* The filter, made once. NULL: errno tells. */
struct sock_fprog;
struct sock_fprog *floor_filter_new(void);
/* The rules from now on (taken over). */
void floor_set_rules(struct floor *self, struct floor_rules *rules);
/* Nobody is left: what was made in shared memory goes. */
void floor_end_shared(struct floor *self);
/* The worker's Python is up: until then nothing of a cell ran. */
void floor_close(struct floor *self);
/* What was permitted and done to files; NULL where the floor is off. */
struct floor_changes;
struct floor_changes *floor_changes_of(struct floor *self);
/* Is looked at what is written from now on? And how many bytes it takes by now. */
void floor_watch_written(struct floor *self, bool on);
void floor_note_written(struct floor *self, const char *path);
int64_t floor_written(struct floor *self);
/* A cell runs whose person may be asked: what its own thread tries natively waits for an answer,
 * instead of being refused at once. */
void floor_asks(struct floor *self, bool on);
int floor_asks_fd(const struct floor *self); /* readable when a call waits; -1: none ever will */
bool floor_take_asked(struct floor *self, struct floor_record *out); /* false: none waits */
/* The call that waits is judged anew, or refused. None may wait. */
void floor_answer(struct floor *self, bool yes);
/* Takes the oldest record out; false: there is none. */
bool floor_take_record(struct floor *self, struct floor_record *out);

#endif
