/* resolve: between callables and their dotted names. Runs no user code: it reads C structures,
 * module dicts and type dicts. The GIL is needed. */
#ifndef SAFEPYRUN_RESOLVE_H
#define SAFEPYRUN_RESOLVE_H

#include <stdbool.h>

#include "base/reference.h"

/* What a callable says of itself. */
struct identity {
    PyObject *callable; /* borrowed: the function, descriptor or type that decides (a bound method's
                           function) */
    char name[512];     /* "json.dumps", "builtins.str.upper"; "" when it has none */
    bool proven; /* looking the name up gives the object back, or it cannot be faked (static types)
                  */
    bool alike;  /* so are all instances of the type, which `callable` is */
    bool instance; /* name is that of the type's __call__: it is called as an instance */
};
/* Fill `out`. False when the callable has no name at all. Never sets an exception. */
bool resolve_identity(PyObject *callable, struct identity *out);
/* The type's dotted name; false when it does not fit. `*proven` as in identity. */
bool resolve_type_name(PyTypeObject *type, char *out, size_t size, bool *proven);
/* Is it a slot bound to an object, `"x".__add__`? (3.13 does not export that type.) */
bool resolve_is_method_wrapper(PyObject *object);
/* The slot that a method wrapper binds, of a class that stays as long as the process; NULL for all
 * else. Borrowed. */
PyWrapperDescrObject *resolve_bound_slot(PyObject *callable);
/* Is it a function of a module that Cython compiled? */
bool resolve_is_compiled(PyObject *object);

/* Canonical dotted name of any callable, for messages: new reference, never NULL without
 * exception. */
PyObject *resolve_name(PyObject *callable);
/* Import-free lookup of a dotted name among loaded modules: new reference or NULL without
 * exception. */
PyObject *resolve_object(const char *dotted);

/* What stands in for a builtin function or hides one, as rooms above make it. A builtin that is
 * bound to an instance of `type` is a module's own; `original` gives the callable behind an object
 * that hides it (borrowed), NULL for others. */
void resolve_see_through(PyTypeObject *type, PyObject *(*original)(PyObject *object));
/* The callable behind; others as they are. Borrowed. */
PyObject *resolve_behind(PyObject *object);

/* Exactly functools.partial? */
bool resolve_is_partial(PyObject *object);

#endif
