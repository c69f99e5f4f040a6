/* internal: the seams between the files of the sandbox. Nothing outside sandbox/ includes it.
 *
 *   validate.c   L1: walks the AST, collects violations
 *   transform.c  L2: rewrites the AST so that calls, stores and leaving values pass the guards;
 * plans.c  which fields it walks compile.c    ties both to compile(), puts the guard objects into
 * co_consts, marks the code guard.c      the guard objects G, M_<name>, T, W, B, D and what each
 * lets pass builtins.c   the guarded builtins (getattr, vars, ...) that stand in for CPython's;
 * dynamic.c  eval, exec, compile twin.c       locked twins allowlist.c  identity -> grant;
 * resolve.c  names <-> identity; grants.c  user grants gate.c       L3: the audit hook; effects.c
 * the table of audit events; natives.c  natives without one dests.c      destinations; policy.c
 * write policies, checked and trusted callables keywords.c   keyword arguments as exact names:
 * whoever judges a call takes them so imports.c    modules imported from where the sandbox may
 * write hooks.c      what the host program hears of calls and refusals refusal.c    Denied */
#ifndef SAFEPYRUN_SANDBOX_INTERNAL_H
#define SAFEPYRUN_SANDBOX_INTERNAL_H

#include "sandbox/sandbox.h"

struct sandbox {
    PyObject *globals;  /* owned */
    PyObject *ok_dests; /* owned list of str, or NULL */
    bool persistent;
    unsigned run;    /* number of the current compile run; with `persistent` always 1 */
    PyObject *token; /* owned: what guarded code objects and guard objects point back to */
    int future_flags;
    PyObject
        *guards; /* owned dict: what a placeholder names ("T", "M:append") -> its guard object */
    PyObject *given;          /* owned list: containers that the host gave it by name (shared.c) */
    PyObject *classes_before; /* owned set of addresses, or NULL: classes in `globals` when the run
                                 began */
    struct hooks *hooks;      /* owned, or NULL: what the host program wants to hear (hooks.c) */
};

/* ---- allowlist (allowlist.c, resolve.c, grants.c) -------------------------------------------- */
struct grant {
    enum grade grade;
    const struct pack_policy *policy; /* from a pack, or NULL */
    PyObject *py_policy;              /* from the user, or NULL; owned by the grants table */
    const char *name;                 /* canonical dotted name */
    const char *source;               /* pack name, or "user" */
    const char *why;                  /* GRADE_DENY */
};

/* What is known of `callable` (borrowed): builtin functions, functions, method descriptors, bound
 * methods, types, instances with an allowed type.__call__, functools.partial (judged by its func),
 * closures of an allowed function (their code is among its constants). Cached per identity until
 * the epoch moves; the slow path resolves module + qualname, looks the packs up, and proves that
 * resolving the name again yields the same object. NULL when unknown (deny). Runs no user code,
 * sets no exception. Functions and types born in a sandbox are NOT its business: guard.c judges
 * them first. */
const struct grant *allowlist_find(PyObject *callable);
/* Rises with every change of grants; caches elsewhere compare it. */
extern uint64_t allowlist_epoch;
/* May instances of this (foreign) type be stored to? builtin containers, packs' `writable`, user
 * types. */
enum writable {
    WRITABLE_NOT,
    WRITABLE_ALL,
    WRITABLE_OWN, /* unless a module keeps the instance (shared.h) */
};
enum writable allowlist_writable(PyTypeObject *type);
/* Canonical dotted name of any callable, for messages: new reference, never NULL without
 * exception. */
PyObject *resolve_name(PyObject *callable);
/* Import-free lookup of a dotted name among loaded modules: new reference or NULL without
 * exception. */
PyObject *resolve_object(const char *dotted);
bool allowlist_init(void);
/* Before what a library does on its own is judged: looks at new modules only. False with an
 * exception. */
bool allowlist_cover_libraries(void);

/* ---- origin of code (compile.c) -------------------------------------------------------------- */
/* The sandbox and run that a code object was compiled for, through co_extra (not forgeable from
 * Python). NULL for host code. Borrowed. Fast. */
struct sandbox *code_sandbox(PyObject *code);
unsigned code_run(PyObject *code);
/* A copy of guarded code is guarded code too. */
bool code_inherit(PyObject *code, PyObject *original);

/* ---- policies (policy.c) --------------------------------------------------------------------- */
/* For GRADE_WRITE, GRADE_NET and GRADE_TRUSTED the guard hands out, instead of the callable, a
 * one-off callable that checks the destination (converted once to exact types and passed on
 * converted) or opens a trusted scope, then calls. `self_object` is the bound object or NULL. New
 * reference. */
PyObject *checked_bind(struct sandbox *sandbox, PyObject *callable, const struct grant *grant);
PyObject *checked_target(PyObject *callable); /* what it was handed out for, or itself; borrowed */
/* The class that a foreign Python function is a method of, found by its name; NULL. Called through
 * the class it takes any `self`: checked_bind looks at that. Borrowed. */
PyObject *checked_method_class(PyObject *callable);
/* For a callable that is refused, when before_deny is to be asked: asks it when called. New
 * reference. */
PyObject *checked_bind_asking(struct sandbox *sandbox, PyObject *callable);
/* Call with Denied set: asks before_deny of the sandbox; calls in a trusted scope when it lets it
 * pass. */
PyObject *checked_ask_and_call(struct sandbox *sandbox, PyObject *callable, PyObject *positional,
                               PyObject *keywords);
bool checked_init(void);

/* ---- refusals (refusal.c) -------------------------------------------------------------------- */
/* Denied for code that was not run: `violations` is a list of (lineno, col_offset, name, reason),
 * not empty. Always NULL. */
PyObject *refusal_raise_violations(PyObject *violations);

/* ---- gate ------------------------------------------------------------------------------------ */
bool gate_init(enum sandbox_mode mode);
/* The sandbox in force on this thread: of the nearest guarded frame, else of what started the
 * thread, else the process's default (closed mode), else NULL (host code in open mode).
 * Borrowed. */
struct sandbox *gate_current(void);
/* The same; NULL with RuntimeError when it is host code that got hold of what stands in for a
 * builtin. */
struct sandbox *gate_required(void);
struct sandbox *gate_default(void);             /* borrowed, or NULL */
void gate_set_default(struct sandbox *sandbox); /* closed mode: the worker's sandbox */
/* Raise an effect for natives that have no audit event of their own; false with Denied set. */
bool gate_effect(const char *event, const char *path_or_null);

/* A run that stands alone begins: the classes that are there are the host's (classes.c). */
bool classes_new_run(struct sandbox *sandbox);

/* The sandbox whose class statement made the class, or one of its bases; NULL. Borrowed. */
struct sandbox *classes_sandbox(PyTypeObject *type);

/* ---- guards, twins, builtins ----------------------------------------------------------------- */
bool guard_init(void);
/* What a value becomes when it leaves its expression: itself, its locked twin, or the guarded
 * builtin that stands in for it. New reference. */
PyObject *values_leave(struct sandbox *sandbox, PyObject *value);
/* The same of what cannot be called: containers of others leave as copies. New reference. */
PyObject *values_leave_container(const struct sandbox *sandbox, PyObject *value);
/* May `callable` be called by this sandbox's code? Returns what to call instead (itself, a checked
 * callable, a guarded builtin), new reference; NULL with Denied set. */
PyObject *calls_check(struct sandbox *sandbox, PyObject *callable);
/* As calls_check; what is refused asks before_deny when it is called, where there is one. */
PyObject *calls_check_asking(struct sandbox *sandbox, PyObject *callable);
PyObject *twin_new(PyObject *callable,
                   const struct grant *grant_or_null); /* one per callable; new reference */
PyObject *twin_original(PyObject *twin);               /* borrowed, or NULL when it is no twin */
PyObject *builtins_stand_in(PyObject *callable);       /* borrowed guarded builtin, or NULL */
bool builtins_init(void);
bool twin_init(void);

#endif
