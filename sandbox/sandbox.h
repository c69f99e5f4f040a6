/* sandbox: what the worker, the extension module and the magics use of it. CPython API only.
 * The GIL is needed for every function here unless its comment says otherwise.
 *
 * Process-wide: the allowlist (packs + grants), the audit hook, the patched natives, the import
 * hooks. Per namespace (`struct sandbox`): ok_dests, the globals dict, the run number. How the
 * layers work: docs/sandbox.md. */
#ifndef SAFEPYRUN_SANDBOX_H
#define SAFEPYRUN_SANDBOX_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "sandbox/list/pack.h"

enum sandbox_mode {
    SANDBOX_CLOSED, /* worker: every effect is gated but for scopes that our own C code opens */
    SANDBOX_OPEN,   /* plain Python process: only what sandbox code has on the stack or started */
};

struct sandbox;

/* Once per process, before any sandbox: types, allowlist, audit hook, import hooks. May be called
 * again (same mode): does nothing. False with a Python exception set. */
bool sandbox_install(enum sandbox_mode mode);

/* `globals` (borrowed, kept alive by the sandbox) is the namespace that its code runs in.
 * `persistent` true (kernel): what earlier cells defined stays callable. False (RunPython): each
 * compile starts a new run; functions and classes of earlier runs need `allow`. NULL on error. */
struct sandbox *sandbox_new(PyObject *globals, bool persistent);
void sandbox_destroy(struct sandbox **self);

/* ---- compile: L1 + L2 ------------------------------------------------------------------------ */
enum {
    SANDBOX_RESULT = 1,    /* the value of a last expression statement is kept in the result box */
    SANDBOX_TOP_AWAIT = 2, /* PyCF_ALLOW_TOP_LEVEL_AWAIT */
    SANDBOX_INHERIT = 4,   /* inherit `from __future__` flags of earlier compiles of this sandbox */
    SANDBOX_CHECK_ONLY = 8, /* validate, make no code (%check) */
    SANDBOX_SAME_RUN = 16,  /* belongs to the run that is going on (exec, eval, imports) */
};
struct sandbox_code {
    PyObject *code;   /* new reference: code object, already guarded */
    PyObject *result; /* new reference: the result box, or NULL when there is no last expression */
};
/* `source`: str, bytes or an _ast.AST (Module/Expression). `mode`: Py_file_input, Py_eval_input or
 * Py_single_input. False with SyntaxError, or Denied listing every violation with line and
 * column. */
bool compile_source(struct sandbox *self, PyObject *source, PyObject *filename, int mode,
                    unsigned flags, struct sandbox_code *out);
/* The last expression's value, new reference; NULL without exception when it was not reached. The
 * box is emptied. */
PyObject *box_take(PyObject *result_box);
bool code_is_guarded(PyObject *code); /* born in a sandbox? never fails, GIL needed */

/* ---- policy ---------------------------------------------------------------------------------- */
/* Grants on top of the packs, process-wide. `target` is a dotted name (str), a callable, a type, a
 * module (whole module, gated) - borrowed. `policy` NULL, or a Python callable
 * (obj, args, kwargs, ok_dests) that raises PermissionError, borrowed. Raises LookupError with near
 * misses for unknown names; then nothing is granted. Moves the epoch. */
bool grants_allow(PyObject *target, enum grade grade, PyObject *policy);
bool grants_deny(PyObject *target); /* takes a grant back */
/* As grants_allow for a dotted name whose library may not be loaded yet: it holds once it is.
 * "a.b.*" and "a.b.**" are all names below a module or a class. */
bool grants_allow_later(const char *name, enum grade grade, PyObject *policy);
PyObject *grants_list(void); /* new list of (name, grade name, source) */
/* The callable or module that `dotted` names; an installed library is imported for it. New
 * reference, NULL with LookupError that names near misses. */
PyObject *grants_find_target(const char *dotted);
/* Where a callable or a module stands now. */
struct grants_standing {
    char name[512];     /* what the library calls it */
    enum grade grade;   /* GRADE_UNKNOWN: nothing speaks of it */
    const char *source; /* the pack, "user", "sandbox"; NULL when unknown */
    const char *why;    /* of a denial, or NULL */
    bool native;        /* compiled code: its effects raise no audit event that can be relied on */
    bool born;          /* defined in a cell */
};
void grants_standing(PyObject *target, struct grants_standing *out);
/* Search packs and grants: new list of (name, grade name, pack name, policy text). */
PyObject *grants_search(const char *needle);
bool grants_allow_write_type(PyObject *type);

/* ok_dests: a list of str, "." and "~" kept as given and resolved at check time. NULL/None: no
 * writes. */
bool sandbox_set_ok_dests(struct sandbox *self, PyObject *dests);
PyObject *sandbox_ok_dests(struct sandbox *self); /* new list */
/* Files never reachable, whatever ok_dests says (policy and config files, connection file):
 * appends. */
bool dests_protect(const char *path);
bool dests_deny_reads(const char *path); /* below this, open for reading is refused too (~/.ssh) */

/* What the host hears of the sandbox's code; None or NULL: nothing. `data` is handed to both.
 * on_call(caller, callee, fn, code, off, data): before each call; False or sys.monitoring.DISABLE:
 * no more of that place. before_deny(event, args, frame, msg, data): before a refusal is raised;
 * true lets it pass this once. */
bool hooks_set(struct sandbox *self, PyObject *on_call, PyObject *before_deny, PyObject *data);

/* Those of `names` (list of str) that `wanted` may have been meant for, the nearest first: new list
 * of at most 3, NULL with an exception. */
PyObject *nearest_names(PyObject *names, const char *wanted);

/* The check that gate and policies share: raises PermissionError
 * "Dest '/etc/x' not allowed; permitted: ['/tmp']". `path`: str, bytes, os.PathLike. */
bool dests_check(PyObject *path, PyObject *ok_dests);

/* ---- trusted scopes -------------------------------------------------------------------------- */
/* Host work done by our own C code on this thread (font caches, completion caches, %%trusted).
 * Effects pass unless sandbox code runs inside the scope: then that code is judged as always. Must
 * nest. */
struct gate_scope {
    void *outer;
    void *frame;
    void *judged; /* the sandbox that answers for what happens inside; NULL: trusted */
    bool reading; /* trusted with looking at things only: what changes the world is judged as if
                     there were no scope */
};
void gate_trusted_enter(struct gate_scope *scope);
/* Where the objects of cells are looked at (completion, inspection): their classes may have library
 * functions for methods. */
void gate_reading_enter(struct gate_scope *scope);
void gate_trusted_exit(struct gate_scope *scope);

/* ---- the floor ------------------------------------------------------------------------------- */
/* Does the operating system hold what the sandbox does not see? Said by the kernel: NULL: it does,
 * else why not (copied). */
void ground_set(const char *missing);
bool ground_is_there(void);
const char *ground_missing(void); /* NULL: it is there */
/* Between these the calls of this thread, and of the processes that it starts, pass the floor, if a
 * person trusted something. They nest. Without a floor they do nothing. */
void ground_enter(void);
void ground_leave(void);

/* ---- refusals -------------------------------------------------------------------------------- */
/* The exception type `Denied` (a PermissionError with .callable, .kind, .reason, .remedy),
 * borrowed. */
PyObject *refusal_type(void);
/* Always returns NULL with Denied set. kind: "call", "write", "effect", "store", "reflect",
 * "import". */
PyObject *refusal_raise(const char *kind, const char *callable, const char *reason,
                        const char *remedy);
/* Hears of every refusal (the audit log). Called with the GIL; must not raise. */
typedef void (*refusal_listener_fn)(void *context, const char *kind, const char *callable,
                                    const char *reason);
void refusal_listen(refusal_listener_fn listener, void *context);

#endif
