/* worker: the process that owns the user's Python. One `struct worker` per process.
 *
 *   process.c      arguments, start and end of the process
 *   host.c         the module that the user's own interpreter loads; embed.c: the program with
 * libpython interpreter.c  `__main__`, sys.path, the table of request handlers link.c         the
 * hop: waiting for frames, sending them, who gets which watch.c        the thread that reads for a
 * busy main thread, and drains descriptors 1 and 2 parent.c       which request output belongs to
 * (a context variable, carried into threads) cell.c         execute_request; run.c: compiling and
 * running one source; results.c: In, Out, _ loop.c         the asyncio loop of top-level await
 *   display.c      MIME bundles; pretty.c: text/plain
 *   traceback.c    errors as frontends show them; sources.c: the cells' source for linecache
 *   imports.c      what to do when a module is imported
 *   streams.c      sys.stdout, sys.stderr;  stdin.c: input(), getpass
 *   subshell.c     threads of subshells;  module.c: the builtin module _safepyrun_kernel
 *   debugger.c     debug_request, and debugpy's part in cells
 *   in_force.c       grants and settings of the front; refusals for its audit log
 *   json.c         PyObject <-> JSON text
 *   complete.c inspect.c iscomplete.c comm.c shell.c shims.c   answer the other requests
 *
 * The GIL is needed by every function here unless its comment says otherwise. "False" and NULL mean
 * that a Python exception is set, unless said otherwise. */
#ifndef SAFEPYRUN_WORKER_H
#define SAFEPYRUN_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/interpreter.h"
#include "base/text.h" /* struct text, AUTO_TEXT, AUTO_REF PyObject **/
#include "sandbox/sandbox.h"
#include "kernel/hop/hop.h"

#define SHELLS_MAX HOP_SHELLS

struct subshell;
struct waiter;
struct history;

/* How text/plain is laid out. */
struct text_settings {
    size_t width;
    Py_ssize_t items_max; /* of a container; 0: all */
    bool plain;           /* repr() alone */
};

/* The one per process; process.c owns it. */
struct worker {
    int hop_fd;
    int wake_fd;
    int points_fd; /* where the front sends the sockets of checkpoints; -1: there are none */
    int crash_fd;  /* where the stack goes when this process dies; -1: nowhere */
    struct ring *ring;
    const char *data_dir; /* holds python/ (the package `safepyrun`), or NULL */
    const char *python;   /* --python, or NULL; of embed.c alone */

    PyObject *main_module;     /* owned: `__main__` */
    PyObject *globals;         /* borrowed from it: the user's namespace */
    struct sandbox *sandbox;   /* owned */
    unsigned long main_thread; /* its ident */
    PyObject *context;         /* owned: the contextvars.Context that main shell requests run in */
    PyObject *parent_var;      /* owned: ContextVar holding a parent object (parent.c) */
    PyObject *last_parent;     /* owned: for output of threads without a context of their own */
    PyObject *loop;            /* owned: the asyncio loop of top-level await, or NULL */
    PyObject *runner; /* owned: what runs it instead, called with a coroutine and asides; False:
                         there is none; NULL: the loop (%autoawait) */
    struct history *history; /* owned: In, Out and friends */
    struct link *link;       /* owned: waiting and sending */
    int execution_count;     /* of the cell that runs, or ran last */
    PyObject *policy; /* owned dict: what the front last said is in force (magics, shell, ...) */
    PyObject *permitted[2];     /* owned lists or NULL, of items as they were shown: what a person
                                   permitted for one request, and for longer (permit.c) */
    uint64_t permitted_request; /* that one */
    PyObject *payload;          /* owned list: payload of the running execute_request's reply */
    struct text_settings text_settings;
    bool automagic_off; /* %automagic: magics need their % */
    PyObject *hidden;   /* owned set of MIME types that are not made, or NULL */
    PyObject *printers; /* owned dict: MIME type -> dict of type (or "module.Type") -> callable */
    PyObject *sink;     /* owned list or NULL: where display messages go while captured */
    PyObject *filename; /* owned str: co_filename of the running cell, "Cell In[3]" */
    bool awaits;        /* the main shell's cell runs the loop, which answers other requests */
    bool asked_exit;    /* exit() in a cell: the reply says so */
    bool redirected;    /* an Output widget took what the running cell shows */
    atomic_bool shutting_down;
    atomic_bool forked; /* this is a child process of a cell: it neither reads nor sends frames */
    atomic_bool checkpointing; /* the fork that is made now is a checkpoint, no cell's */
    atomic_ullong latest_request;
};
extern struct worker *worker_self; /* for CPython hooks, which get no context */

/* ---- requests ---- */
struct request {
    uint64_t number;
    uint16_t shell; /* 0 is the parent shell */
    const char *msg_type;
    const char *header; /* raw JSON of the request's header, NUL-terminated */
    PyObject *content;  /* dict, borrowed */
    PyObject *metadata; /* dict, borrowed */
    PyObject *buffers;  /* list of bytes, borrowed */
    bool replied;
    uint64_t began; /* when, in microseconds since 1970, for the reply to tell; 0: it does not */
};

/* A handler reads its fields in one place and replies once with worker_reply. Comm handlers need
 * not: the caller then says "done" for them. On false the caller clears the exception and replies
 * with an error (status, ename, evalue, traceback). Runs in the shell's context with the request as
 * parent of output. */
struct request_handler {
    const char *msg_type;
    bool (*handle)(struct worker *, struct request *);
};

/* Reads of `content`: a missing or mistyped field gives `fallback` when that is allowed (not NULL /
 * not required); otherwise ValueError that names the field. All borrowed. */
PyObject *request_str(const struct request *request,
                      const char *field); /* required; NULL with error */
bool request_flag(const struct request *request, const char *field, bool fallback);
long request_int(const struct request *request, const char *field, long fallback);
PyObject *request_dict(const struct request *request,
                       const char *field); /* NULL, no error, if none */

/* Answer `request` with `content` (dict, borrowed) in a message of type `msg_type`. */
bool worker_reply(struct worker *self, struct request *request, const char *msg_type,
                  PyObject *content);
/* The same for the exception that is set (cleared): {"status": "error", ename, evalue,
 * traceback}. */
bool worker_reply_error(struct worker *self, struct request *request, const char *msg_type);

/* Publish on iopub with the parent that is in force on this thread. `content` dict, `metadata` dict
 * or NULL, `buffers` a list of bytes-like objects or NULL; all borrowed. Dropped while a silent
 * cell runs. */
bool worker_publish(struct worker *self, const char *msg_type, PyObject *content,
                    PyObject *metadata, PyObject *buffers);
/* The same, but display_data (and update_display_data, clear_output) go to `self->sink` while set:
 * what display(), figures and magics use. */
bool worker_display(struct worker *self, const char *msg_type, PyObject *content,
                    PyObject *metadata);

/* Ask the front (HOP_QUERY) and wait; interruptible. New reference to the answer (a dict). */
PyObject *worker_query(struct worker *self, const char *kind, PyObject *content);

/* ---- code ---- */
/* Compile `source` (str; magics already transformed or not: it is transformed here) and run it in
 * `globals` (dict) as part of the running cell. `filename` NULL: the running cell's. `guarded`
 * false: host code, plainly compiled. Coroutines of top-level await are run to their end. New
 * reference to the last expression's value, or None. */
PyObject *cell_run_source(struct worker *self, PyObject *source, const char *filename, bool guarded,
                          PyObject *globals);
/* Remember `source` as the lines of `filename` (both str): tracebacks, linecache, inspect. */
bool sources_add(PyObject *filename, PyObject *source);
/* What of it runs is `python`: lines that lost their common indentation are shown as they run,
 * magics as they were typed; sources_rewritten tells which lines those are (columns of errors are
 * not theirs). */
bool sources_transformed(PyObject *filename, PyObject *source, PyObject *python);
bool sources_rewritten(PyObject *filename, int lineno);
PyObject *sources_line(PyObject *filename, int lineno); /* new str, or NULL without exception */
bool sources_know(PyObject *filename);

/* Call `ready` with the module `name` (a literal) as soon as it is imported, at once if it is
 * already. */
bool import_after(const char *name, bool (*ready)(PyObject *module));
/* Libraries of processes that work with threads as well get these, once they are imported. */
bool in_threads_install(void);
/* `import name` (a literal) gets the module that `create` makes. */
bool import_provide(const char *name, PyObject *(*create)(void));

/* Show a result as the displayhook does: sets `_`, Out; publishes execute_result. */
bool cell_show_result(struct worker *self, PyObject *value);
/* Show an exception (borrowed) as the error of a cell is shown, a refusal with its box; the cell
 * itself goes on. New reference to what a reply tells of it. */
PyObject *error_show(struct worker *self, PyObject *exception);

/* ename, evalue and traceback (list of str) of `exception` (borrowed); tracebacks in ANSI colours.
 * New dict of these three. Never NULL without an exception; errors inside `__str__` are shown, not
 * raised. */
PyObject *traceback_describe(PyObject *exception);
/* suggestion.c: "Did you mean: 'mean'?" for a name that is not there; new str, or NULL: then there
 * may be an exception, which is nobody's. */
PyObject *suggestion_for(PyObject *exception);
/* One str: the traceback lines joined (for stderr). */
PyObject *traceback_text(PyObject *exception);

/* ---- display ---- */
/* The MIME bundle of `value` (borrowed): text/plain always, then what its _repr_*_ methods and
 * registered printers give. `include`, `exclude`: containers of MIME types or NULL. New tuple (data
 * dict, metadata dict); (empty, empty) when the object displayed itself (_ipython_display_). A
 * formatter that raises is shown as an error and passed over. */
PyObject *display_bundle(struct worker *self, PyObject *value, PyObject *include,
                         PyObject *exclude);
/* text/plain alone, laid out over lines as IPython does; new str. */
PyObject *pretty_repr(PyObject *value);
/* What is registered for the type of `value` or a base of it: borrowed, or NULL without
 * exception. */
PyObject *display_printer(struct worker *self, const char *mime, PyObject *value);
/* What is registered for that very type. */
PyObject *display_printer_of(struct worker *self, const char *mime, PyTypeObject *type);
/* A printer for a type, or for "module.Type" (str) not imported yet: called with the object (for
 * text/plain with the object, a printer to write to and whether it is inside itself), returns what
 * the matching _repr_*_ may return (None: no such representation). NULL removes. */
bool display_register(struct worker *self, const char *mime, PyObject *type_or_name,
                      PyObject *printer);

/* ---- streams and input ---- */
bool streams_install(struct worker *self); /* sys.stdout, sys.stderr */
/* Write text to a stream of the running cell. GIL needed. Never raises. */
void streams_write(struct worker *self, enum ring_stream stream, const char *text, size_t size);
/* input()/getpass: sends input_request and waits; EOFError, StdinNotImplementedError,
 * KeyboardInterrupt. `prompt` str. New str. */
PyObject *stdin_read(struct worker *self, PyObject *prompt, bool password);

/* ---- JSON ---- */
/* Append `value` as JSON. dict, list, tuple, set, str, int, float (not finite: null), bool, None;
 * bytes as base64; anything else its str(). Surrogates become U+FFFD. Deeper than 200 levels:
 * ValueError. */
bool json_write(struct text *out, PyObject *value);
PyObject *json_encode(PyObject *value); /* new bytes */
bool json_install(void);                /* before the first json_decode */
/* New reference; ValueError for what is no JSON. */
PyObject *json_decode(const char *data, size_t size);

/* ---- the parts of other files ---- */
/* Handlers, each in its file (rows of the table in interpreter.c). */
bool cell_execute(struct worker *self, struct request *request);
bool complete_request(struct worker *self, struct request *request);
bool inspect_request(struct worker *self, struct request *request);
/* What cells ask for through the shell object: (matches, start of what they replace); the content
 * of an is_complete_reply. New references. */
PyObject *complete_text(struct worker *self, PyObject *code, Py_ssize_t cursor);
PyObject *iscomplete_text(PyObject *code);
bool iscomplete_request(struct worker *self, struct request *request);
/* Text of `name?` (detail 0) and `name??` (1), titles in ANSI colours; new str, or NULL without an
 * exception when the name is not known. */
PyObject *inspect_text(struct worker *self, PyObject *name, int detail);
bool comm_info_request(struct worker *self, struct request *request);
bool comm_open(struct worker *self, struct request *request);
bool comm_msg(struct worker *self, struct request *request);
bool comm_close(struct worker *self, struct request *request);
bool debugger_request(struct worker *self, struct request *request);

/* shell.c: the get_ipython() object, `display` and the IPython stand-in. */
/* Once, when `__main__` and the sandbox stand: puts get_ipython, display, exit, quit where cells
 * find them; imports as little as possible. */
bool shell_install(struct worker *self);
/* Around each counted execute_request on any shell: pre_/post_run_cell, pre_/post_execute
 * callbacks, figures of matplotlib shown at the end. `silent` as in the request. Errors in
 * callbacks go to stderr. */
bool shell_cell_begins(struct worker *self, PyObject *source, bool silent, bool store_history);
bool shell_cell_ends(struct worker *self, PyObject *result_or_null, PyObject *error_or_null,
                     bool silent);
/* shims.c: functions for the builtin module _safepyrun_kernel beside those of module.c
 * (NULL-terminated), for the Python shims. */
extern PyMethodDef shims_methods[];

#endif
