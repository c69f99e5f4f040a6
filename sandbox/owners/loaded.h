/* loaded: what many rules ask of the modules that are loaded.
 * Runs no Python code, keeps nothing, and leaves no exception. */
#ifndef SAFEPYRUN_LOADED_H
#define SAFEPYRUN_LOADED_H

#include "base/text.h"

#include <stdbool.h>

/* A module that is imported already, by the first `size` bytes of its name; borrowed, NULL: it is
 * not. */
PyObject *loaded_find(const char *name, size_t size);
/* The same by a whole name. */
PyObject *loaded_module(const char *name);
/* What such a module has under that name; borrowed, NULL: nothing. */
PyObject *loaded_member(const char *module, const char *name);
/* The Python function that a class of such a module (NULL: the module itself) defines; borrowed,
 * NULL: there is none. */
PyObject *loaded_function(const char *module, const char *type_or_null, const char *name);
/* The module that a function, a method, a builtin or a class says it is of, asked of nobody who
 * could answer by code; borrowed from it, NULL: it says none. */
const char *loaded_said_module(PyObject *object);
/* Is it the namespace of that module? */
bool loaded_is_namespace(PyObject *namespace, const char *module);
/* Are both modules of one library: `a.b` and `a.c.d`, `a` and its halves `_a` and `_py_a`? */
bool loaded_same_library(const char *left, const char *right);
/* Is it of the interpreter or of an installed library, not the user's own? */
bool loaded_is_installed(PyObject *module);
bool loaded_is_standard(PyObject *module);      /* of the standard library, by its name */
bool loaded_is_standard_name(const char *name); /* of a module, or of what lies in one */

/* Does this static object (a type) belong to the interpreter or to its standard library? By where
 * in memory it is, whatever it is called. */
bool loaded_is_interpreters(const void *object);

#endif
