/* gate: who answers for an effect, and may it be? What the rooms above may use of this one, whose
 * files are effects.c (what each audit event means), judge.c (the rules), dests.c (destinations),
 * refusal.c (Denied) and hooks.c (what the host program hears). */
#ifndef SAFEPYRUN_GATE_H
#define SAFEPYRUN_GATE_H

#include <stdbool.h>

#include "base/reference.h"
#include "sandbox/gate/database.h"
#include "sandbox/gate/descriptors.h"
#include "sandbox/gate/dests.h"
#include "sandbox/gate/extension.h"
#include "sandbox/gate/hooks.h"
#include "sandbox/gate/hosts.h"
#include "sandbox/gate/person.h"
#include "sandbox/gate/refusal.h"
#include "sandbox/gate/lent.h"
#include "sandbox/gate/session.h"

struct sandbox;

enum sandbox_mode {
    SANDBOX_CLOSED, /* worker: every effect is gated but for scopes that our own C code opens */
    SANDBOX_OPEN,   /* plain Python process: only what sandbox code has on the stack or started */
};

/* ---- scopes ---- */

/* Host work done by our own C code on this thread (font caches, completion caches, what a
 * person trusted).
 * Effects pass unless sandbox code runs inside the scope: then that code is judged as always. Must
 * nest. */
struct gate_scope {
    void *outer;
    void *frame;
    void *judged;    /* the sandbox that answers for what happens inside; NULL: trusted */
    bool reading;    /* trusted with looking at things only: what changes the world is judged as if
                        there were no scope */
    PyObject *trust; /* owned: what threads share that are started in it, or, where this is such a
                        thread's, what it was started with; NULL: there are none */
};
void gate_trusted_enter(struct gate_scope *scope);
/* Where the objects of cells are looked at (completion, inspection): their classes may have library
 * functions for methods. */
void gate_reading_enter(struct gate_scope *scope);
void gate_trusted_exit(struct gate_scope *scope);
/* Where no sandbox is in force, in the closed mode: what threads that are started now share with
 * the trusted scope they are started in, a capsule for gate_trust_enter. NULL: there is no such
 * scope (without an exception), or no memory. */
PyObject *gate_trust(void);
/* On the new thread: trusted as long as that scope is open, then judged. False: it is another
 * capsule, and nothing was entered. */
bool gate_trust_enter(struct gate_scope *scope, PyObject *capsule);

/* ---- who asks ---- */

/* Who answers for what happens now on this thread. */
struct asker {
    bool permitted; /* host code, or a trusted scope */
    bool reading;   /* permitted, but for what changes the world */
    bool undecided; /* nothing on the stack speaks for a sandbox or against one */
    bool importing; /* the body of a module that is being imported is at work, or its loader */
    bool in_import; /* the nearest frame is the import system's */
    bool makes;     /* a folder would be made */
    struct sandbox *sandbox; /* borrowed; NULL when permitted */
    const char *event;       /* what is judged, for messages; may be NULL */
};
struct asker gate_asker(void);
/* The sandbox whose doing this is; NULL: the host's, or that of a module being imported. Borrowed.
 */
struct sandbox *gate_judged(void);
struct asker
gate_origin(const struct asker *asker);          /* the same as if nothing on the stack decided */
bool gate_is_closed(void);                       /* the kernel's mode */
PyObject *gate_dests(const struct asker *asker); /* borrowed list or NULL */
/* 0, or -1 with Denied set. `path`: str, bytes, int; runs no Python code for these. */
int judge_dest(const struct asker *asker, PyObject *path);
/* Is mock.patch.dict(os.environ) putting back what it found? It empties the environment for
 * that. */
bool judge_is_unpatching(void);
/* -1 with Denied set, by the rule that stands here. */
int gate_refuse_by(const char *rule, const char *what, const char *reason,
                   const struct remedy *remedy);
#define gate_refuse(what, reason, remedy) gate_refuse_by(REFUSAL_HERE, what, reason, remedy)

/* Import a module while an event is judged: what it does is judged as ever. What fails shows when
 * the module is imported again. */
void gate_import(const char *module);
/* The namespace of one of the import system's modules, which are never unloaded. Borrowed; NULL
 * with an exception. */
PyObject *gate_module_names(const char *name);
/* Connections are permitted on this thread between these. They nest. */
void gate_net_enter(void);
void gate_net_exit(void);
bool gate_net_active(void);
/* What happens between this and gate_trusted_exit is the sandbox's doing, whoever called. */
void gate_judged_enter(struct gate_scope *scope, struct sandbox *sandbox);
/* What started this thread; NULL: the host. Borrowed. */
struct sandbox *gate_thread_sandbox(void);
void gate_thread_set(struct sandbox *sandbox);

/* The sandbox in force on this thread: of the nearest guarded frame, else of what started the
 * thread, else the process's default (closed mode), else NULL (host code in open mode).
 * Borrowed. */
struct sandbox *gate_current(void);
/* The same; NULL with RuntimeError when it is host code that got hold of what stands in for a
 * builtin. */
struct sandbox *gate_required(void);
struct sandbox *gate_default(void);             /* borrowed, or NULL */
void gate_set_default(struct sandbox *sandbox); /* closed mode: the worker's sandbox */
void gate_count(int more);                      /* a sandbox came (1), or was freed (-1) */
/* The kernel's own grant to its debugger: what the interpreter calls in the midst of a cell, to
 * trace it, is not that cell's doing, although its frame is the nearest (debuggers are compiled).
 */
void gate_set_debugger(bool attached);
bool gate_is_debugging(void);                    /* is that at work on this thread? */
bool gate_is_import_frame(PyFrameObject *frame); /* of the import system itself */
/* Is the nearest code of the sandbox importing a compiled module that is being made? */
bool gate_loads_extension(void);
/* The mode, before anything is hooked; then the audit hook, after everything is. */
bool gate_init(enum sandbox_mode mode);
bool gate_listen(void);

/* ---- the floor (ground.c) ---- */
/* Does the operating system hold what the sandbox does not see? Said by the kernel: NULL: it does,
 * else why not (copied). */
void ground_set(const char *missing);
bool ground_is_there(void);
const char *ground_missing(void); /* NULL: it is there */
/* This process comes to stand on the floor that was offered on `channel` (what was received there),
 * with rules as JSON, for good. 0 or errno; after an error of sending its calls fail. */
int ground_join(int channel, const void *offer, size_t size, const char *rules);
/* The next connection of this thread is for a request that only reads. */
void ground_connects(void);
/* This thread runs Python. */
void ground_thread(void);
/* Did a person name the host that this socket leads to, or that has this name? */
bool ground_lists_fd(int fd);
bool ground_lists_name(const char *name);
/* Between these the calls of this thread, and of the processes that it starts, pass the floor, if a
 * person trusted something. They nest. Without a floor they do nothing. */
void ground_enter(void);
void ground_leave(void);

#endif
