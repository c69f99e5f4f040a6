/* guards: what stands in the constants of guarded code, and what each lets pass. What the rooms
 * above may use of this one. */
#ifndef SAFEPYRUN_GUARDS_H
#define SAFEPYRUN_GUARDS_H

#include <stdbool.h>

#include "base/reference.h"
#include "sandbox/guards/deferred.h"
#include "sandbox/guards/offered.h"
#include "sandbox/guards/reflect.h"
#include "sandbox/guards/scoped.h"

struct sandbox;
struct grant;

/* ---- guard.c: the objects ---- */

enum guard_kind {
    GUARD_CALL,    /* G[f] */
    GUARD_METHOD,  /* M_name[obj] */
    GUARD_VALUE,   /* T[v] */
    GUARD_WRITE,   /* W[obj] */
    GUARD_BORN,    /* @B */
    GUARD_READ,    /* A_name[obj] */
    GUARD_STAR,    /* S[...] */
    GUARD_CAPTURE, /* C[v]: what a class pattern took out of an object */
    GUARD_INSIDE,  /* I_name[v]: a step to a plain value */
    GUARD_SUPER,   /* U[super]: called as super it is, or not at all */
    GUARD_KINDS,
};
/* A guard for what a placeholder names: "G", "M:append". New reference. */
PyObject *guard_new(struct sandbox *sandbox, const char *placeholder);
/* The sandbox's own guard of that name (str), made when it is not there; borrowed, NULL with an
 * exception. */
PyObject *guard_of(struct sandbox *sandbox, PyObject *placeholder);
PyObject *guard_placeholder(PyObject *guard); /* its name; new reference */
/* Each type of guard is a key of `table` from now on. */
bool guard_each_type(PyObject *table, PyObject *value);
bool guard_init(void);

/* ---- calls.c ---- */

/* May `callable` be called by this sandbox's code? Returns what to call instead (itself, a checked
 * callable, a guarded builtin), new reference; NULL with Denied set. */
PyObject *calls_check(struct sandbox *sandbox, PyObject *callable);
/* As calls_check; what is refused asks before_deny when it is called, where there is one. */
PyObject *calls_check_asking(struct sandbox *sandbox, PyObject *callable);
/* Sets Denied: the callable is not on the allowlist, or its grant says no. Always NULL. */
PyObject *calls_refuse(PyObject *callable, const struct grant *grant);

/* ---- values.c ---- */

/* What a value becomes when it leaves its expression: itself, its locked twin, or the guarded
 * builtin that stands in for it. New reference. */
PyObject *values_leave(struct sandbox *sandbox, PyObject *value);
/* `hand` says what is handed for callables that leave while a person trusts some: a new reference,
 * or NULL with an exception. */
void values_on_handing(PyObject *(*hand)(PyObject *callable));
/* The same of what cannot be called: containers of others leave as copies. New reference. */
PyObject *values_leave_container(const struct sandbox *sandbox, PyObject *value);
/* getattr(object, name, fallback) as guarded code may see it: __dict__ and the like are copies; a
 * `fallback` of NULL is none. New reference. */
PyObject *values_read(struct sandbox *sandbox, PyObject *object, PyObject *name,
                      PyObject *fallback);
/* The same for a value that was fetched already. */
PyObject *values_attribute(struct sandbox *sandbox, PyObject *object, PyObject *name,
                           PyObject *value);

/* ---- stores.c ---- */

/* May `object` be stored to by this sandbox's code? False with Denied set. */
bool stores_check(struct sandbox *sandbox, PyObject *object);
/* The same without asking anybody: of what can be changed at all. */
bool stores_may_change(const struct sandbox *sandbox, PyObject *object);
/* What a store to `object` goes to: itself; for sys, what takes the names that may be set. New
 * reference. */
PyObject *stores_target(struct sandbox *sandbox, PyObject *object);
/* Is the method, written in Python, one that would make an instance anew that a module keeps under
 * a name, or change a container, and that is not the sandbox's to change? `self_object` may be
 * NULL. */
bool stores_refuses_method(struct sandbox *sandbox, PyObject *function, PyObject *self_object);
bool sys_module_is(PyObject *object);
/* Is it the module sys, and that of it which cells may set? */
bool sys_module_may_set(PyObject *object, PyObject *name);

/* ---- what stands in for functions ---- */

/* A function that may not be called, as it leaves; one per callable; new reference. */
PyObject *twin_new(PyObject *callable, const struct grant *grant_or_null);
PyObject *twin_original(PyObject *twin); /* borrowed, or NULL when it is no twin */
bool twin_is(PyObject *object);
bool twin_init(void);
PyObject *builtins_stand_in(PyObject *callable); /* borrowed guarded builtin, or NULL */
bool builtins_is_stand_in(PyObject *callable);
bool builtins_init(void);
bool checked_init(void);

/* Guarded code of `source` (str, bytes or an _ast.AST) for the run that goes on: the compiler, a
 * room above, does it. New reference. */
typedef PyObject *(*dynamic_compiler_fn)(struct sandbox *sandbox, PyObject *source,
                                         PyObject *filename, int mode, bool top_await,
                                         bool inherit);
void dynamic_set_compiler(dynamic_compiler_fn compiler);
PyObject *dynamic_code(struct sandbox *sandbox, PyObject *source, PyObject *filename, int mode,
                       bool top_await, bool inherit);

#endif
