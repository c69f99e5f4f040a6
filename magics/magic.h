/* magic: one row of the magics table, and what a magic may use of its host. One small C file per
 * magic (or per family); magics.c holds the one table. Depends on sandbox/ only: what comes from
 * the kernel comes through `struct magic_host`. */
#ifndef SAFEPYRUN_MAGIC_H
#define SAFEPYRUN_MAGIC_H

#include "sandbox/sandbox.h"

enum { MAGIC_LINE = 1, MAGIC_CELL = 2, MAGIC_CODE = 4 /* the line is code: no {x} expansion */ };

/* What the kernel gives to magics. Every function needs the GIL and sets a Python exception on
 * error. */
struct magic_state; /* what the magics remember: shell grants, directory history, grants for one
                       cell */
struct magic_state *magic_state_new(void);
void magic_state_destroy(struct magic_state **self);
PyObject *magic_directories(
    struct magic_state *self); /* borrowed list: where %cd has been, this one the last (_dh) */

struct magic_host {
    void *context;
    struct magic_state *state;
    struct sandbox *sandbox;
    PyObject *globals; /* borrowed: the user's namespace */
    /* Publish an iopub message (display_data, ...). Content and metadata are dicts (borrowed). */
    bool (*publish)(void *context, const char *msg_type, PyObject *content, PyObject *metadata);
    /* Run source as a cell does, inside the current cell (%%time, %%capture, %run). `guarded` false
     * is host code (%%trusted). Returns the last expression's value or None; new reference. */
    PyObject *(*run)(void *context, PyObject *source, const char *filename, bool guarded,
                     PyObject *globals);
    /* Ask the front: kind "widen" {"what", "items", "reason"} -> {"granted": bool, "scope": ...};
     * "history" {...}; "audit" {...}; "settings". New reference to the answer dict. */
    PyObject *(*query)(void *context, const char *kind, PyObject *content);
    /* Show text in the pager of the frontend (a `page` payload of the execute_reply). */
    bool (*page)(void *context, PyObject *text);
    /* Text of obj? (detail 0) and obj?? (detail 1); new str, or NULL without exception when not
     * found. */
    PyObject *(*inspect)(void *context, PyObject *name, int detail);
    /* While `sink` (a list, borrowed) is set, display messages go there as (msg_type, content)
     * instead of to the frontend; NULL ends it. Returns the sink that was in force before (borrowed
     * or NULL). */
    PyObject *(*capture_display)(void *context, PyObject *sink);
    /* New list of the names of all magics of a kind: the table's and those that cells and libraries
     * registered. */
    PyObject *(*names)(void *context, unsigned kind);
    /* Call the kernel's Python part `name` of the magics with the line (and the cell, or NULL); new
     * reference. */
    PyObject *(*python)(void *context, const char *name, PyObject *line, PyObject *cell);
    /* Why no checkpoint can be taken now: new str, or NULL without exception when one can. */
    PyObject *(*obstacle)(void *context);
    /* Run source as a cell in a fork of the process that writes to a file system of its own. New
     * dict: "outputs" [(msg_type, content)], "variables", "sent", "error", "died", and for as long
     * as the caller needs them "upper" (descriptor), "places", "quiet". See
     * kernel/worker/preview.c. */
    PyObject *(*preview)(void *context, PyObject *source);
    int (*execution_count)(void *context);
    PyObject *(*filename)(void *context); /* borrowed str: the running cell's name for tracebacks */
};

struct magic_call {
    const struct magic_host *host;
    const char *name;
    PyObject *line; /* str, borrowed; {x} and $x already expanded where IPython would */
    PyObject *cell; /* str or NULL for a line magic, borrowed */
};

struct magic {
    const char *name;
    unsigned kinds;
    PyObject *(*run)(const struct magic_call *call); /* new reference (None when nothing) */
    const char *usage;                               /* one line, for errors and %lsmagic */
    const char *doc;
};

/* What get_ipython().run_line_magic(name, line) and run_cell_magic(name, line, cell) do: find the
 * row, expand {x} and $x in `line` (not for magics that take code), run it. `cell` NULL: a line
 * magic. UsageError for unknown names and bad options. New reference. */
PyObject *magic_run(const struct magic_host *host, PyObject *name, PyObject *line, PyObject *cell);
/* New str: `line` with {expression} and $name replaced by their values, guarded, with the names of
 * the nearest sandbox function on the stack; the same line when a part of it cannot be expanded.
 * NULL when it was interrupted. */
PyObject *magic_expand(const struct magic_host *host, PyObject *line);
/* The local names of the nearest sandbox frame on the stack (of a cell: the user's namespace); new
 * reference. */
PyObject *magic_local_scope(const struct magic_host *host);
/* get_ipython().system(cmd) / getoutput(cmd): !cmd and x = !cmd, through the shell allowlist. */
PyObject *magic_shell(const struct magic_host *host, PyObject *command, bool capture);
/* Let !COMMAND ... run from the start (the settings' `shell`). `command` str; one that does not
 * parse is passed over. */
bool magic_grant_shell(struct magic_state *state, PyObject *command);
/* The worker calls this before each cell: grants given for "once" end after the cell that
 * follows. */
bool magic_cell_begins(const struct magic_host *host);
/* ... and this after each: names of %%trusted cells that the cell took over are put back, with a
 * warning. */
bool magic_cell_ends(const struct magic_host *host);
PyObject *magic_usage_error_type(void); /* UsageError, borrowed */
/* New list of the names of all magics of that kind, without the % (%lsmagic, completion). */
PyObject *magic_names(unsigned kind);

/* May the working directory become `directory` (str, borrowed)? Asks a person when "." in ok_dests
 * would come to mean a place where nothing may be written yet, and says when it moves. `host` is a
 * struct magic_host: the sandbox calls this as well, for os.chdir. False with an exception: no. */
bool magic_may_move(void *host, PyObject *directory);

/* The words for a remedy (refusal_set_words). */
PyObject *magics_remedy(const struct remedy *remedy);

extern const struct magic magic_table[]; /* ends with a NULL name */
const struct magic *magic_find(const char *name, unsigned kind);
/* UsageError listing the nearest names; always returns NULL. */
PyObject *magic_unknown(const char *name, unsigned kind);

/* Rewrites a cell's source: %magic, %%magic, !cmd, x = %m, x = !cmd, obj?, obj??, leading
 * indentation, into plain Python that calls get_ipython().run_line_magic(...) and so on; line
 * numbers stay. `source` str (borrowed); returns a new str (the same object when nothing changes).
 * Never fails on bad Python: what it does not understand it leaves alone. */
PyObject *magic_transform(PyObject *source);
/* A source of one line that begins with a magic's name, which means nothing else, calls that magic;
 * every other source comes back as it is. New reference. */
PyObject *magic_automagic(const struct magic_host *host, PyObject *source);
/* is_complete for magics-bearing source uses it as well. */

#endif
