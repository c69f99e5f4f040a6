/* guard: the objects that stand in guarded code's constants, and what each lets pass. */
#ifndef SAFEPYRUN_GUARD_H
#define SAFEPYRUN_GUARD_H

#include "sandbox/internal.h"
#include "base/reference.h"

enum guard_kind {
    GUARD_CALL,    /* G[f] */
    GUARD_METHOD,  /* M_name[obj] */
    GUARD_VALUE,   /* T[v] */
    GUARD_WRITE,   /* W[obj] */
    GUARD_BORN,    /* @B */
    GUARD_READ,    /* A_name[obj] */
    GUARD_STAR,    /* S[...] */
    GUARD_CAPTURE, /* C[v]: what a class pattern took out of an object */
    GUARD_INSIDE,  /* I_name[v]: a step to a plain value (reflection.h) */
    GUARD_KINDS,
};
/* A guard for what a placeholder names: "G", "M:append". New reference. */
PyObject *guard_new(struct sandbox *sandbox, const char *placeholder);
/* The box of the last expression (D). New reference. */
PyObject *box_new(void);

/* Sets Denied: the callable is not on the allowlist, or its grant says no. Always NULL. */
PyObject *calls_refuse(PyObject *callable, const struct grant *grant);

/* May `object` be stored to by this sandbox's code? False with Denied set. */
bool stores_check(struct sandbox *sandbox, PyObject *object);
/* What a store to `object` goes to: itself; for sys, what takes the names that may be set. New
 * reference. */
PyObject *stores_target(struct sandbox *sandbox, PyObject *object);
/* getattr(object, name) as guarded code may see it: __dict__ and the like are copies. New
 * reference. */
PyObject *values_read(struct sandbox *sandbox, PyObject *object, PyObject *name);
/* The same for a value that was fetched already. */
PyObject *values_attribute(struct sandbox *sandbox, PyObject *object, PyObject *name,
                           PyObject *value);
/* Was this class born in a sandbox (a class statement, type(), namedtuple...)? */
bool classes_is_born(const struct sandbox *sandbox, PyTypeObject *type);
/* A dict or list of the interpreter's that decides what others do (sys.modules, ...). */
bool others_is_protected(PyObject *object);
void others_renew(void); /* before a cell runs: what modules keep is looked at when modules came */
bool twin_is(PyObject *object);
bool builtins_is_stand_in(PyObject *callable);
/* Libraries that compile text which a cell gave them (timeit, doctest, typing, ...) do it through
 * our compile(). Looks at new modules only. False with an exception. */
bool builtins_cover_libraries(void);

#endif
