/* resolve: between callables and their dotted names. Runs no user code: it reads C structures,
 * module dicts and type dicts. The GIL is needed. */
#ifndef SAFEPYRUN_RESOLVE_H
#define SAFEPYRUN_RESOLVE_H

#include "sandbox/internal.h"

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
/* Is it a function of a module that Cython compiled? */
bool resolve_is_compiled(PyObject *object);
/* natives.c: is this the m_self of a builtin whose definition we replaced? */
bool natives_is_patched(PyObject *self_object);
/* Loaded module by name, borrowed, NULL when not loaded. */
PyObject *loaded_find(const char *name, size_t size);

#endif
