/* inside: what the worker's own files share beyond worker.h. */
#ifndef SAFEPYRUN_WORKER_INSIDE_H
#define SAFEPYRUN_WORKER_INSIDE_H

#include <signal.h>

#include "kernel/worker/worker.h"

/* ---- parent.c: whose output is this? ---- */
/* One per request that may print; lives as long as a context (task, thread) refers to it. */
struct parent {
    PyObject_HEAD uint64_t request;
    uint16_t shell;
    bool silent; /* nothing reaches iopub */
    bool allow_stdin;
    uint64_t announced; /* the latest request when the front last heard of this one */
    int count;          /* the number that the cell shows */
    bool store_history;
    bool shows_result;       /* the value of its last expression is being shown */
    PyObject *display_error; /* owned: what the reply tells of a display that failed, or NULL */
    bool over;               /* replied: the front may have forgotten the header */
    char *header;            /* owned: raw JSON */
};
bool parent_init(struct worker *self);
struct parent *parent_new(const struct request *request, bool silent,
                          bool allow_stdin); /* new ref */
/* Make it the parent in the current context; false with an exception. */
bool parent_enter(struct worker *self, struct parent *parent);
/* The same for one that parent_current gave, whatever it is now; new token for PyContextVar_Reset,
 * TypeError. */
PyObject *parent_set(struct worker *self, PyObject *parent);
/* The request is answered. */
void parent_finish(struct worker *self, struct parent *parent);
/* New reference; NULL when nothing ever ran. Never leaves an exception; keeps one that is set. */
struct parent *parent_current(struct worker *self);
/* Before output for a finished request: gives its header to the front again (HOP_PARENT). */
void parent_announce(struct worker *self, struct parent *parent);

/* ---- link.c: frames ---- */
struct inbox; /* where a thread's frames arrive */
struct inbox *inbox_new(void);
void inbox_destroy(struct inbox **self);
void inbox_interrupt(struct inbox *self); /* wakes its thread's wait, without a frame */
int inbox_fd(const struct inbox *self);
void inbox_clear(struct inbox *self); /* what woke it is seen */

struct link *link_new(void);
bool link_open_shell(struct worker *self, unsigned shell, struct inbox *inbox);
void link_close_shell(struct worker *self, unsigned shell);
struct inbox *link_shell(struct worker *self, unsigned shell);

enum link_result { LINK_FRAME, LINK_END, LINK_SIGNAL, LINK_INTERRUPTED, LINK_LOST };
/* Next frame for `inbox`; without the GIL. `reads` true: this thread may read the hop (the main
 * thread). LINK_SIGNAL: a signal came; LINK_INTERRUPTED: inbox_interrupt;
 * LINK_LOST: no memory for the answer. */
enum link_result link_look(struct worker *self, struct inbox *inbox,
                           struct hop_frame *frame); /* does not wait: LINK_SIGNAL, nothing yet */
enum link_result link_wait(struct worker *self, struct inbox *inbox, bool reads,
                           struct hop_frame *frame);
/* Is a frame there for the inbox already? Without the GIL. */
bool link_take(struct worker *self, struct inbox *inbox, struct hop_frame *frame);
/* Read and hand out one frame if one is there; without the GIL. False at the end of the hop. */
bool link_read(struct worker *self);
/* Who waits for the HOP_INPUT or HOP_ANSWER of `token` (link_token). Enter before asking. */
struct waiter {
    enum hop_type type;
    uint32_t token;
    uint64_t request; /* on whose behalf */
    struct inbox *inbox;
    struct waiter *next;
};
bool waiter_enter(struct worker *self, struct waiter *waiter);
void waiter_leave(struct worker *self, struct waiter *waiter);
/* Waits with the GIL released; false with KeyboardInterrupt or the like. */
bool waiter_wait(struct worker *self, struct waiter *waiter, struct hop_frame *frame);
/* End the waits of that request with KeyboardInterrupt; false when there is none. Without the
 * GIL. */
bool link_interrupt_waiter(struct worker *self, uint64_t request);
/* Send; releases the GIL meanwhile. False with an exception. */
bool link_send(struct worker *self, struct hop_head head, const struct hop_part *parts);
/* Nobody will answer this request: the front does. Without or with the GIL. */
void link_refuse(struct worker *self, const struct hop_head *request, const char *ename,
                 const char *evalue);
/* The same for all that is left in the inbox of a shell that nothing more comes to. */
void link_refuse_rest(struct worker *self, struct inbox *inbox);
uint32_t link_token(struct worker *self);
/* Around the fork of a checkpoint: no other thread is in the middle of reading, sending, waiting.
 */
void link_hold(struct worker *self);
void link_release(struct worker *self);
void link_renew(struct worker *self); /* in a woken checkpoint: nothing waits, nothing has come */
/* The newest HOP_POLICY frame that is not in force yet, `lost` where there was no memory for it.
 * Without or with the GIL. */
bool link_policy(struct worker *self, struct hop_frame *frame);

/* ---- policy.c ---- */
bool policy_apply(struct worker *self);  /* put in force what has come */
void policy_listen(struct worker *self); /* refusals go to the audit log */
void permit_listen(struct worker *self); /* a cell that pauses asks the front */

/* ---- config.c ---- */
/* Before a cell: the first one runs the user's config.py and reads packs; a cell that speaks of
 * safepyrun finds it imported. What went wrong is shown with the first cell that is not silent. */
/* What each cell finds again: streams, the way to the standard library. False with an exception. */
bool basics_are_there(void);
bool config_cell_begins(struct worker *self, PyObject *source, bool silent);

/* ---- denial.c ---- */
bool denial_is(PyObject *exception); /* a Denied of the sandbox's own class */
/* {"safepyrun": {kind, callable, reason, remedy, line, violations}}, new dict: an error message's
 * metadata. */
PyObject *denial_metadata(PyObject *exception);
/* Tuple of (line, column in bytes, name, reason) of code that was refused before it ran; new
 * reference. */
PyObject *denial_violations(PyObject *exception);
/* Into a traceback's lines: every violation with carets; what would permit it where the message
 * does not say so. */
bool denial_describe(PyObject *lines, PyObject *exception, PyObject *violations);
bool denial_describe_remedy(PyObject *lines, PyObject *exception);
/* refused.c: `exception` (borrowed), or a Denied in its place when a library made it of a refusal
 * of the floor; new reference. */
PyObject *refused_explain(struct worker *self, PyObject *exception);

/* ---- made by freeze.py ---- */
extern const struct _frozen shims_frozen[];
/* The sources of the frozen Python parts, for `object??`, by the name that their code has; ends
 * with NULL. */
struct shim_source {
    const char *filename, *text;
};
extern const struct shim_source shims_sources[];

/* ---- traceback.c ---- */
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define CYAN "\x1b[36m"
#define PLAIN "\x1b[0m"
#define MARK "\x1b[43m"
/* A line of a file or a cell, without its newline; new str or NULL without exception. */
PyObject *traceback_source_line(PyObject *filename, int lineno);
/* How many characters the first `byte_column` bytes of the line are. */
Py_ssize_t traceback_characters(PyObject *line, int byte_column);

/* ---- watch.c ---- */
bool watch_start(struct worker *self);
void watch_busy(bool busy);                    /* around each request of the main shell */
uint64_t watch_whose(void);                    /* what watch_for was told last */
void watch_drain(struct worker *self);         /* descriptors 1 and 2; without or with the GIL */
void watch_for(uint64_t request, bool silent); /* whose output descriptors 1 and 2 carry */
bool watch_capture(struct worker *self);       /* make the pipes; before Python starts */
bool watch_is(pid_t thread); /* its own: watch_hold and link_hold hold all that it may hold */
void watch_hold(
    void); /* around the fork of a checkpoint: its thread is not in the middle of draining */
void watch_release(void);
bool watch_renew(struct worker *self); /* in a woken checkpoint: pipes and thread made anew */

/* ---- interrupt.c ---- */
/* Between the two an interrupt of the main thread waits; other threads have none. They nest, and
 * the release may come twice. `again` false: in a fork, whose interrupt it is not. */
struct held_interrupt {
    struct sigaction before;
    bool held, outer;
};
void interrupt_hold(struct held_interrupt *self);
void interrupt_release(struct held_interrupt *self, bool again);
/* A request of the main shell begins, and is over (its reply leaves; twice does no harm). Between
 * two of them an interrupt is nobody's, unless it is for the one that begins: its signal may come
 * before that, while what follows the reply of the last is still at work. */
void interrupt_begin(const struct worker *self, uint64_t request);
void interrupt_over(uint64_t request);
void interrupt_tasks(bool run); /* between two: tasks that cells left can be interrupted */

/* ---- breaking.c ---- */
/* The cell of that request swallowed an interrupt: end it. Without or with the GIL. */
void breaking_want(uint64_t request);
void breaking_cell(uint64_t request); /* the main shell's request begins; 0: it is over */
void breaking_over(void); /* the cell's code has ended; keeps the exception that is set */
/* An interrupt that came while native code failed is what ended the cell: what that code said of it
 * becomes its context. */
void breaking_prefer(void);

/* ---- debugger.c ---- */
bool debugger_is_installed(void); /* debugpy, where Python finds it */
/* While a debugger is attached: this thread is traced, which is about to run a cell, or what a cell
 * has started. */
bool debugger_trace(bool is_cell);
/* Is it traced now? What a cell has left of that, when it was not `traced` before, ends with it. */
bool debugger_traces(void);
void debugger_untrace(bool traced);
bool debugger_install(void);                    /* breakpoint() and pdb in cells */
void debugger_after_error(PyObject *exception); /* look at where a cell failed, if one is to */
/* Code of `filename` is shown as the file that frontends know the text of a cell by; of a file that
 * %run runs, where they have breakpoints in. */
bool debugger_name(PyObject *filename, PyObject *source, bool is_cell);
/* Of the module _safepyrun_kernel. */
PyObject *debugger_hash(PyObject *module, PyObject *args);
PyObject *debugger_code(PyObject *module, PyObject *args);
PyObject *debugger_eval(PyObject *module, PyObject *args);
PyObject *debugger_exec(PyObject *module, PyObject *args);
PyObject *debugger_attached(PyObject *module, PyObject *part_or_none);
PyObject *sources_all(PyObject *module, PyObject *unused);

/* ---- the rest ---- */
/* Run the coroutine of a cell to its end on the persistent loop; new reference. */
PyObject *loop_run(struct worker *self, PyObject *coroutine, PyObject *context);
/* Before a cell: its `source` may use asyncio without awaiting (create_task). */
bool loop_prepare(struct worker *self, PyObject *source);
/* Wait for a frame of the main shell while the loop's tasks go on. GIL held. */
enum link_result loop_wait(struct worker *self, struct hop_frame *frame);

/* A subshell's loop is at `place` of its thread, which says so first, and closes it at its end. */
void loop_of_subshell(PyObject **place);
void loop_close(PyObject **place);
/* Its tasks go on until its inbox has something; false at once when it has no loop (any more). */
bool loop_idle(PyObject **place, struct inbox *inbox);
/* What waits in that loop sees its thread's interrupt. From any thread with the GIL. */
void loop_wake(PyObject *loop);

bool history_init(struct worker *self);
bool history_begin(struct worker *self, int count, PyObject *source);
bool history_result(struct worker *self, int count, PyObject *value);

/* _, __ and ___ are empty again; with a value those alone that are it, and they become None. */
bool history_forget(struct worker *self, PyObject *value);

/* Compile and run one source in this thread; see cell_run_source. `context` NULL: current one. */
enum {
    RUN_GUARDED = 1,     /* through the sandbox */
    RUN_TRANSFORMED = 2, /* through the user's own transformers as well */
    RUN_INTERACTIVE = 4, /* its statements show what ast_node_interactivity says */
};
PyObject *run_source_code(struct worker *self, PyObject *source, PyObject *filename, unsigned how,
                          PyObject *globals, PyObject *context, bool *has_result);
/* Is that cell nothing but `exit` or `quit`, typed without parentheses, and its value that
 * function? */
bool shell_leaves(PyObject *source, PyObject *value);
/* A cell that is the name of a %macro alone: it has run (true); false with or without an exception
 * otherwise. */
bool shell_runs_macro(PyObject *source, PyObject *value);
/* What the user put between typing and running, when get_ipython() was ever used; new references.
 * `step`: "cleanup" or "post", around the kernel's own transformation. shell_tree gives the source
 * itself or a syntax tree. */
PyObject *shell_transform(const char *step, PyObject *source);
PyObject *shell_automagic(PyObject *source);
PyObject *shell_tree(PyObject *source, PyObject *filename, bool interactive);
/* Names of all magics of a kind, the user's too: new list. The user's own magic "%name" or
 * "%%name": new reference, NULL without an exception when there is none. */
PyObject *shell_magic_names(unsigned kind);
PyObject *shell_magic(const char *name);
/* `content` of an error gets the traceback that %xmode wants. */
bool shell_render(PyObject *exception, PyObject *content);
/* Did a handler of the user's (set_custom_exc) take the error of a cell? It is not shown then. */
bool shell_takes_error(PyObject *exception);
bool source_is_quiet(PyObject *source); /* ends with ';' */

bool sources_install(void);
PyObject *module_create(void); /* PyInit of _safepyrun_kernel */
bool module_install(void);     /* _safepyrun_kernel and _safepyrun can be imported */
bool stdin_install(struct worker *self);

/* Answer one HOP_REQUEST on this thread, in `context`. */
void worker_handle(struct worker *self, const struct hop_frame *frame, PyObject *context);
bool interpreter_start(struct worker *self);
int interpreter_run(struct worker *self); /* until shutdown; exit status */
bool interpreter_ready(struct worker *self);

void subshell_open(struct worker *self, unsigned shell);  /* without the GIL */
void subshell_close(struct worker *self, unsigned shell); /* without the GIL */
/* Whoever of them runs this request, a deleted one as well. Without the GIL. */
void subshell_interrupt(struct worker *self, uint64_t request);
bool subshell_runs(void);    /* does one answer a request now? */
void subshells_forget(void); /* in a woken checkpoint: their threads are gone */

/* Files that may be left out of a build. */
#pragma weak complete_request
#pragma weak inspect_request
#pragma weak iscomplete_request
#pragma weak comm_info_request
#pragma weak comm_open
#pragma weak comm_msg
#pragma weak comm_close
#pragma weak shell_install
#pragma weak shell_cell_begins
#pragma weak shell_cell_ends
#pragma weak shims_methods

#endif
