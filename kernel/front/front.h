/* front: the process that frontends talk to. No Python here: it answers whatever a cell does.
 *
 *   main.c        arguments, exit status
 *   front.c       sockets, the loop, start and end
 *   requests.c    the one table of request types and what answers each
 *   shells.c      queues: one request at a time for each shell and subshell, abort after an error
 *   worker_link.c frames from the worker become messages, requests become frames
 *   supervisor.c  starts the worker, notices its end, ends it
 *   output.c      the ring becomes stream messages
 *   publish.c     iopub, and subscribers that do not keep pace
 *   debugger.c    is there a debugger, its shell, and how a new worker gets it back
 *   input.c       stdin: input_request and input_reply
 *   approvals.c   who may widen what
 *   queries.c     what the worker asks while a cell goes on
 *   audit.c       what was refused and granted
 *   project.c     a project's .safepyrun.toml: what a person agreed to
 *   permits.c     calls that a person permitted where a cell paused
 *   limits.c      how much cells may use
 *   history.c     sqlite
 *   wire.c, connection.c, hop.c, hop_queue.c, ring.c, json_memory.c, log.c */
#ifndef SAFEPYRUN_FRONT_H
#define SAFEPYRUN_FRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <czmq.h>
#include <jansson.h>

#include "base/scratch.h"
#include "kernel/front/floor.h"
#include "kernel/wire/wire.h"
#include "kernel/hop/hop.h"

#define SHELLS_MAX ((int)HOP_SHELLS)
#define PARENTS_KEPT 512

enum magics_mode { MAGICS_ASK, MAGICS_OPEN, MAGICS_LOCKED };

/* From the command line and the environment; strings borrowed from argv. */
struct options {
    const char *connection_file;
    const char *python;         /* --python */
    const char *python_version; /* --python-version: "3.11" */
    const char *libpython;      /* for the embedding program */
    const char *host;           /* --host: "python", "embed"; NULL: the one that is there */
    const char *worker;         /* --worker */
    const char *data_dir;       /* --data */
    const char *state_dir;      /* --state-dir: audit log */
    const char *history_file;
    const char *magics; /* "ask", "open", "locked" */
    const char *floor;  /* "auto", "off" */
    const char *limits; /* "time=30s memory=2G" */
    bool confine;       /* no floor, no start */
};

enum { LINK_FDS = 5 }; /* descriptors that a worker is given */

struct checkpoints;
struct limits;
struct request;
struct front;
struct settings;

/* One row of the table of request types. */
struct request_type {
    const char *msg_type;
    const char *reply_type;                           /* NULL: no reply (comm messages) */
    const char *required;                             /* the text that it cannot do without */
    void (*answer)(struct front *, struct request *); /* by the front; NULL: by the worker */
    enum {
        ASIDE_NEVER,
        ASIDE_IN_ORDER,
        ASIDE_ALWAYS
    } aside; /* while a cell awaits: not, unless a
              * cell is queued before it, always */
};

/* A request from the moment it was read until its idle was sent. Owned by its shell's queue, or, on
 * the control channel, by the function that handles it. */
struct request {
    uint64_t number;
    struct message *message;         /* owned */
    const struct request_type *type; /* NULL: unknown */
    const char *wrong;               /* static: why it gets an error; NULL: nothing is wrong */
    const char *field;               /* static: the field that is wrong, or NULL */
    bool misses;                     /* it is not there */
    enum channel channel;            /* shell or control */
    int shell;
    bool aborted; /* queued behind an error */
    bool execute, silent, store_history, allow_stdin, stop_on_error;
    size_t bytes;               /* of its message */
    int64_t began_us;           /* when it was sent to the worker */
    int64_t waited_us;          /* of which a person was asked something; limits.c counts it */
    int64_t output_bytes;       /* printed and displayed */
    json_int_t execution_count; /* as the worker said in execute_input */
    char *output;               /* owned: text/plain of its result, for history */
    size_t output_size;
    struct request *next;
};

struct shell {
    bool open;
    char id[40];                  /* "" for the parent shell */
    struct request *first, *last; /* queued */
    struct request *running;      /* owned; sent to the worker */
    struct request *aside;        /* owned; sent to the worker while that one awaits */
    bool awaits;                  /* the worker answers others meanwhile */
};

/* Headers of requests that are over: a thread may still print for them. */
struct parent {
    uint64_t request;
    char *header; /* owned */
    size_t size;
};

struct output { /* text of one stream and request that has not been sent yet */
    enum ring_stream stream;
    uint64_t request;
    char *text;
    size_t size, capacity;
};

struct supervisor {
    pid_t pid;  /* 0: no worker */
    int pid_fd; /* readable when it has ended; -1: a timer asks */
    int hop_fd; /* -1 while `pid` is not 0: the hop broke, the worker's end is awaited */
    int wake_fd;
    int crash_fd;  /* memory file: what faulthandler wrote; for all workers, -1: not made */
    int points_fd; /* where the worker gets the sockets of checkpoints */
    int end_timer; /* asks, or ends what does not end; -1: not set */
    struct hop_in in;
    struct hop_out out;
    int hop_events; /* what the loop tells of the hop: ZMQ_POLLIN, ZMQ_POLLOUT */
    struct ring *ring;
    bool ready;
    int64_t started_ms;
    int quick_deaths; /* in a row, before READY */
    struct {
        uint64_t request; /* of the parent shell */
        int count;
        int64_t last_ms;
    } interrupts; /* of one request, each soon after the other */
};

struct input {        /* what the human was asked and has not answered */
    uint64_t request; /* 0: nothing is asked */
    uint32_t token;   /* of the worker's question */
    bool for_grant;   /* a question of approvals.c, not the cell's own */
    char msg_id[64];
    char *content, *metadata; /* owned: of a question that could not be sent yet; else NULL */
};

struct publish {
    zlist_t *kept; /* owned messages that a full queue did not take */
    size_t kept_bytes;
    bool hurries;     /* there was an interrupt, and nobody has caught up yet */
    int timer;        /* tries them again; -1: none are kept */
    int64_t moved_ms; /* when the last of them was sent, or the first was kept */
};

struct confine {
    json_t *dests;           /* owned: where a person permitted writing in this session */
    json_t *folders;         /* owned: and where calls that paused may write, by name */
    json_t *hosts_permitted; /* owned: and where they may connect to */
    json_t *programs;        /* owned: and what they may start, line by line */
    json_t *hosts_granted;   /* owned: which hosts a person permitted in this session */
    json_t *hosts;           /* owned: those that may be reached now */
    json_t *live;            /* owned: the worker's ok_dests, as given */
    json_t *places;  /* owned: of those that are relative, the folder that each meant when given */
    bool configured; /* this worker ran config.py */
    bool trusted;    /* a person trusted code in this session */
    json_t *waiting; /* owned: refusals that nobody was told of yet */
};

struct front {
    struct options options;
    struct connection connection;
    struct wire *wire;
    zsock_t *sockets[CHANNEL_COUNT]; /* heartbeat's lives in its actor */
    zactor_t *heartbeat;
    struct registration *registration; /* NULL: the launcher chose the ports */
    zloop_t *loop;
    int signal_fd, parent_fd;
    pid_t parent_pid;
    int drain_timer, history_timer, exit_timer; /* -1: not set */
    struct shell shells[SHELLS_MAX];
    size_t queued_bytes; /* of all requests in the queues */
    bool shell_paused;   /* the shell socket is not read: too much waits already */
    uint64_t request_count;
    struct parent parents[PARENTS_KEPT];
    struct output output;
    struct supervisor supervisor;
    struct confine confine;
    struct floor *floor; /* never freed: its threads end with the process */
    struct input input;
    struct publish publish;
    struct history *history;
    struct approvals *approvals;
    struct scratch scratch;
    struct checkpoints *checkpoints;
    struct limits *limits;
    long checkpoints_kept;  /* how many of those that nobody asked for */
    json_t *control_header; /* of the last request on control; NULL before the first */
    json_t *language_info;  /* from the worker; NULL before it is ready */
    char *banner;
    enum { DEBUGGER_UNKNOWN, DEBUGGER_IS_THERE, DEBUGGER_IS_MISSING } debugger;
    struct {
        json_t *requests; /* owned; what a new worker's debugger is asked first; NULL: nothing */
        json_t *header;   /* owned; of the newest of them: the parent of what comes of it */
        uint64_t number;  /* of a request that stands for them all; 0: none */
        size_t answers;   /* not there yet: cells wait for them */
    } debugging;
    bool ending; /* shutdown was asked for */
    bool done;
    int exit_status;
};

/* front.c */
/* Bind, start the worker, serve until the end. Returns the exit status: 0, 1 (a port in use, no
 * worker), 2 (connection file). Says what is wrong on stderr. */
int front_run(const struct options *options);
void front_end(struct front *self,
               int exit_status); /* stop serving: worker ended, sockets closed */
/* Handle at most `most` messages that are there now, without waiting. */
void front_read(struct front *self, enum channel channel, int most);
/* Act on the signals that have come. Before a request is started: an interrupt is for those before
 * it. */
void front_read_signals(struct front *self);
/* Read the shell socket, or not, by how much waits for the worker. */
void front_watch_shell(struct front *self);

/* requests.c */
const struct request_type *request_type_find(const char *msg_type);
/* A message came in on shell or control. Takes it over. */
void front_receive(struct front *self, enum channel channel, struct message *message);
void request_destroy(struct request **self);
/* Busy, the front's own answer or what is wrong, idle; the request is over. */
void request_answer(struct front *self, struct request *request);
/* Reply, on the request's channel, with JSON (stolen, may be NULL: then {"status": "error"}). */
void reply_json(struct front *self, struct request *request, json_t *content);
void reply_error(struct front *self, struct request *request, const char *ename, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));
void publish_status(struct front *self, struct request *request, const char *state);
/* Publish with the header of `request` as parent (0: none). */
void publish_json(struct front *self, uint64_t request, const char *msg_type, json_t *content);
/* The raw header of a request that runs, is queued on control, or was forgotten not yet; size 0 if
 * unknown. */
struct wire_part front_parent(struct front *self, uint64_t request);
void front_remember_parent(struct front *self, uint64_t request, const char *header, size_t size);

/* shells.c */
void shell_push(struct front *self, struct request *request);
void shells_advance(
    struct front *self); /* send what can be sent to the worker, answer what we answer */
/* A request that was sent to the worker is over. */
void shell_finish(struct front *self, struct shell *shell, struct request *request);
/* The cell `request` awaits. */
void shell_awaits(struct front *self, uint64_t request);
/* The running request fails: every execute that a frontend has sent until now will be answered
 * "aborted". To be called before the failure is told, so that what a frontend sends after it is not
 * among them. */
void shell_abort_queued(struct front *self, struct shell *shell);
int shell_find(const struct front *self, const char *id); /* index or -1 */
int shell_create(struct front *self);                     /* index or -1 when there are too many */
bool shell_delete(struct front *self, int shell);
bool front_is_busy(const struct front *self);
/* A request that the worker has could not be handled. `stack`: where it was, "" when that is not
 * known. */
void shell_fail(struct front *self, struct shell *shell, struct request *request, const char *ename,
                const char *evalue, const char *stack);
/* Fail what runs, and what waits behind it, because the worker died. */
void shells_fail(struct front *self, const char *ename, const char *evalue, const char *stack);
void shells_clear(struct front *self);

/* worker_link.c */
bool link_send_request(struct front *self, struct request *request);
bool link_send(struct front *self, enum hop_type type, uint64_t request, int shell, uint32_t token,
               const char *text);
/* A request that no frontend has sent; who has heard of its number hears its reply. */
bool link_send_nobodys(struct front *self, uint64_t request, int shell, const char *msg_type,
                       const char *content);
bool link_send_text(struct front *self, enum hop_type type, uint64_t request, int shell,
                    uint32_t token, struct hop_part text);
int link_ready(zloop_t *loop, zmq_pollitem_t *item,
               void *argument); /* the hop can be read or written */
/* Take the frames that the worker has sent; true: none is left. */
bool link_take_waiting(struct front *self);
/* Go on reading what the worker sends, or stop, by whether iopub waits. */
void link_resume(struct front *self);
void link_take_rest(struct front *self); /* what a worker that ended had sent */

/* supervisor.c */
bool supervisor_start(struct front *self, char *error, size_t error_size);

/* The channels of a worker to come; `theirs`: its hop and its points socket, which the caller
 * closes when the worker has them, between them our wake descriptor and the ring's, and last the
 * file that a dying worker writes its stack into. */
bool supervisor_make_link(struct supervisor *self, int theirs[LINK_FDS], char *error,
                          size_t error_size);
void supervisor_close_link(struct supervisor *self);
void supervisor_adopt(struct front *self, pid_t pid); /* that process is the worker now */
void supervisor_kill(struct front *self);  /* the worker and its group; its end is seen later */
void supervisor_reap(struct front *self);  /* act on processes that have ended */
void supervisor_watch(struct front *self); /* hop and wake descriptors into the loop */
void supervisor_interrupt(struct front *self);
/* The hop broke. As soon as the worker has ended: tell the cell why, start another. */
void supervisor_lost(struct front *self);
void supervisor_end(struct front *self); /* kill and reap */

/* publish.c */
/* Sign and send on iopub, or keep until its queues have room. */
void publish_send(struct front *self, const struct outgoing *message);
bool publish_waits(const struct front *self); /* much is kept: nothing more should be made */
void publish_hurry(struct front *self);       /* the cell is interrupted: its reply is awaited */
void publish_destroy(struct publish *self);

/* output.c */
void output_drain(struct front *self, uint64_t position);
void output_flush(struct front *self);
void output_watch(struct front *self); /* set or cancel the drain timer by what runs */
int output_wake(zloop_t *loop, zmq_pollitem_t *item, void *argument);

/* debugger.c */
/* Has the Python of the cells a debugger? Asked of it, once it runs. */
bool debugger_is_there(const struct front *self);
/* Before a debug_request is queued: the thread that answers it, and no cell, is started. */
void debugger_open(struct front *self);
/* A frontend has sent it: what makes the debugger what it is, a new worker is asked again. */
void debugger_note(struct front *self, const struct message *message);
/* There is a new worker, or one that was woken: attached, with the same breakpoints. */
void debugger_again(struct front *self);
bool debugger_answered(struct front *self, uint64_t request); /* false: it was not asked there */

/* input.c */
/* `question`: what of our own is asked, for the message's metadata; NULL: the cell asks. */
bool input_ask(struct front *self, uint64_t request, uint32_t token, const char *prompt,
               bool password, const json_t *question);
void input_receive(struct front *self, struct message *message);
void input_cancel(struct front *self, uint64_t request);
void input_forget(struct input *self); /* what could not be sent yet */
struct request *front_running(struct front *self, uint64_t number);

/* queries.c */
void queries_receive(struct front *self, const struct hop_frame *frame, const char *kind,
                     json_t *content);
/* `content` is stolen; NULL: {}. */
void queries_answer(struct front *self, uint32_t token, uint64_t request, json_t *content);

/* approvals.c */
struct approvals;
struct approvals *approvals_new(struct front *self);
void approvals_destroy(struct approvals **self);
void approvals_query_widen(struct front *self, const struct hop_frame *frame,
                           const json_t *content);
/* Is a person asked, where one can be? */
bool approvals_may_ask(const struct front *self);
/* Who waits for an answer. */
struct asker {
    uint64_t request; /* 0: nobody */
    uint32_t token;   /* of the worker's query */
    bool floor;       /* it is a call that the floor holds (floor_asked.c) */
};
/* A call of the cell paused. `content` (stolen): items as permits.c has them, detail, and `call`,
 * the refusal's fields for programs that read the question. */
void approvals_ask_call(struct front *self, struct asker asker, json_t *content);
void approvals_query_call(struct front *self, const struct hop_frame *frame, const json_t *content);
void approvals_query_project(struct front *self, const struct hop_frame *frame,
                             const json_t *content);
void approvals_answered(struct front *self, const char *value);
/* What is in force, to a worker that starts, or to one that was woken: where that one might write
 * goes on to hold. */
void approvals_send_policy(struct front *self, bool woken);
json_t *approvals_protected(struct front *self); /* never a cell's to write; new reference */
const struct settings *approvals_settings(const struct front *self);
struct settings *approvals_settings_own(struct front *self);
/* What is in force, to a worker that had no memory for it. */
void approvals_again(struct front *self);
/* The settings have more than when the worker started, `dests` among it: floor and worker hear. */
void approvals_widened(struct front *self, const json_t *dests);

/* audit.c; approvals.c owns it */
struct audit *audit_new(void);
void audit_destroy(struct audit **self);
struct audit *approvals_audit(struct front *self);
/* One record (stolen); time, session and, unless it says it, the cell that runs are added. */
void audit_add(struct front *self, json_t *record);
const json_t *audit_records(struct front *self); /* borrowed array, the oldest first */
/* The state directory: --state-dir, $XDG_STATE_HOME/safepyrun, ~/.local/state/safepyrun. */
bool state_folder(const struct options *options, char *out, size_t size);

/* project.c: trust on first use; approvals.c owns it */
#define PROJECTS_FOLDER "projects" /* in the state directory */
struct project;
struct project *approvals_project(struct front *self);
/* Follows the project's file when this very content was agreed to, or when nobody is to be asked
 * (`open`). */
struct project *project_new(const struct options *options, struct settings *settings, bool open);
/* Was the file of `settings` agreed to, as it was read? */
bool project_is_remembered(const struct options *options, const struct settings *settings);
/* From now on it is. Whole or not at all; 0 or an errno. */
int project_remember(const struct options *options, const struct settings *settings);
/* What waits for a person's yes, in words: new array, empty when nothing does; NULL: it cannot be
 * said. `anew`: of the file as it is now. */
json_t *project_offers(struct front *self, bool anew);
/* The person said yes to it: it holds, and is remembered. `note`: why it is not. */
void project_agreed(struct front *self, char *note, size_t note_size);
void project_declined(struct front *self);
bool project_was_declined(struct front *self);
/* Write a grant into the file, if what else is in there was agreed to. */
bool project_add(struct front *self, const char *setting, const json_t *items, char *error,
                 size_t error_size);

/* permits.c: calls that a person permitted where a cell paused; approvals.c owns them */
struct permits;
struct permits *approvals_permits(struct front *self);
struct permits *permits_new(const struct settings *settings);
void permits_destroy(struct permits **self);
void permits_start(struct front *self); /* a worker starts */
void permits_widen(struct front *self); /* the settings have more */
void permits_request_ended(struct front *self, uint64_t request);
/* Is each of `items` ("os.remove in /a") permitted now, by this request or for longer? `library`:
 * is a call of the library ("joblib in /a"), which goes on with what that began? */
bool permits_cover(struct front *self, uint64_t request, const json_t *items, bool library);
/* Was one of them refused in this request, or does nobody answer? */
bool permits_refused(struct front *self, uint64_t request, const json_t *items);
/* Keep the answer. `scope`: "once", "session", "project"; "" is a no, NULL that nobody answered. */
void permits_keep(struct front *self, uint64_t request, const json_t *items, const char *scope);
/* "os.remove in ./out" for the project's file; new reference. */
json_t *permits_for_project(const struct front *self, const json_t *items);

/* confine.c: what the floor is told, and what it tells */
/* Before the worker starts: what is known of folders. */
void confine_start(const struct front *self);
/* Calls of native code that wait for a person, into the loop. */
void confine_watch(struct front *self);
/* Another cell runs on the main shell, or none: does native code of it wait for a person? */
void confine_cell_changed(struct front *self);
void confine_granted(struct front *self, const char *what, const json_t *items);
/* What the person permitted for calls of cells: all of it, as it is now. All are stolen. */
void confine_permit(struct front *self, json_t *folders, json_t *hosts, json_t *programs);
/* config.py, the person's own, permits `dests` when a worker starts. */
void confine_from_config(struct front *self, const json_t *dests);
/* The rules in force. `asked`: what the worker says its ok_dests are, of which counts what was
 * granted; NULL: those of the settings, which a worker starts with. */
void confine_set(struct front *self, const json_t *asked);
/* The settings have more hosts, and `dests`. */
void confine_widen(struct front *self, const json_t *dests);
/* The hosts that may be reached from now on: of `asked` what was granted. */
void confine_set_hosts(struct front *self, const json_t *asked);
/* The folder that the worker is in; false and "" when that cannot be told. `out`: PATH_MAX bytes.
 */
bool confine_folder(const struct front *self, char *out);
/* Where cells may write and whom they may reach now, for a checkpoint. New reference. */
json_t *confine_keep(const struct front *self);
void confine_put_back(struct front *self, const json_t *kept);
void confine_note(struct front *self); /* new refusals into the audit log */
/* What the floor refused and nobody was told of: array of {path, call, program, reason, count}. New
 * reference. */
json_t *confine_take(struct front *self);
/* The newest of them that the text of an error speaks of, with its remedy; it counts as told. New
 * reference, or NULL. */
json_t *confine_explain(struct front *self, const char *error);
void confine_remedy(const json_t *refusal, char *out, size_t size); /* "" when there is none */
/* refusals.c
 * One line for each on the stderr of a request that ends: its code did not tell. */
void refusals_show(struct front *self, struct request *request);
void confine_clear(struct front *self);
json_t *confine_layers(const struct front *self); /* what holds cells; new reference */

/* history.c: see history.h */
#endif
