/* guard_object: what the files behind the guards share: guard.c (the objects), calls.c (G),
 * methods.c (M), values.c (T, A, C, S), stores.c (W), views.c (I). */
#ifndef SAFEPYRUN_GUARD_OBJECT_H
#define SAFEPYRUN_GUARD_OBJECT_H

#include "base/interpreter.h"
#include "base/keywords.h"
#include "base/object.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

enum { METHOD_WAYS = 4 };

struct guard {
    PyObject_HEAD enum guard_kind kind;
    struct sandbox *sandbox; /* borrowed: its guards dict holds us, the code holds its token */
    PyObject *name;          /* owned: of the method or attribute */
    bool mutates;            /* the method changes its receiver */
    bool formats;            /* str.format, str.format_map */
    bool begins;             /* __init__, __setstate__ */
    /* Types whose method of that name may be called as it is. */
    struct verdict ways[METHOD_WAYS];
    unsigned next_way;
};

/* Callables that passed: only objects that the allowlist keeps alive, and definitions of methods,
 * which nobody takes away. */
extern struct verdicts guard_passed;

static inline bool guard_has_passed(const void *key)
{
    return verdicts_find(&guard_passed, key, 0, 0) != NULL;
}

/* What each guard does with what it is subscripted by; all give a new reference. */
PyObject *calls_subscript(PyObject *self, PyObject *callable);
PyObject *calls_subscript_super(PyObject *self, PyObject *callable);
PyObject *methods_subscript(PyObject *self, PyObject *object);
PyObject *values_subscript(PyObject *self, PyObject *value);
PyObject *values_subscript_read(PyObject *self, PyObject *object);
PyObject *values_subscript_star(PyObject *self, PyObject *unused);
PyObject *values_subscript_capture(PyObject *self, PyObject *value);
PyObject *views_subscript(PyObject *self, PyObject *object);
PyObject *stores_subscript(PyObject *self, PyObject *object);

/* May it be called as it is, as far as is remembered? */
bool calls_has_passed(const struct sandbox *sandbox, PyObject *callable);
/* A bound __subclasses__ of a class that was born in the sandbox? */
bool calls_tells_subclasses(const struct sandbox *sandbox, PyObject *callable);
bool guard_mutates(PyObject *name); /* does the method of that name change its receiver? */
bool calls_init(void);
bool methods_init(void);
bool stores_instance_is_writable(const struct sandbox *sandbox, PyObject *object);
PyObject *
sys_module_writer(PyObject *object); /* what stands in for sys, borrowed; NULL: it is not sys */
bool sys_module_init(void);

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

#endif
