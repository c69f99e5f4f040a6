/* nodes: the syntax nodes that the transformation adds, and what it asks of nodes. Those that make
 * one give a new reference, or NULL with an exception. */
#ifndef SAFEPYRUN_NODES_H
#define SAFEPYRUN_NODES_H

#include "sandbox/compile/syntax.h"

/* The constant "<prefix>kind" or "<prefix>kind:name" at the position of `at`. */
PyObject *nodes_placeholder(PyObject *at, const char *kind, PyObject *name);
/* guard[value] at the position of `at`: what a refusal points to. `value` is stolen (may be
 * NULL). */
PyObject *nodes_guarded_at(PyObject *at, const char *kind, PyObject *name, PyObject *value);
PyObject *nodes_guarded(const char *kind, PyObject *name, PyObject *value);
/* left and right, at the position of `right`. */
PyObject *nodes_and(PyObject *left, PyObject *right);
/* D.keep(value): a call, because a subscript of two constants would be computed by the compiler. */
PyObject *nodes_kept(PyObject *value);
/* Adds `id = C[id]` to the list `out` for each name that a pattern binds. */
bool nodes_twin_captures(PyObject *pattern, PyObject *out);
bool nodes_has_class_pattern(PyObject *pattern);
/* super(), or super(C, self)? */
bool nodes_is_super(PyObject *node);
/* Guards the callee of the call super(...).m(...). */
bool nodes_guard_super(PyObject *call);
/* Adds to the list `out` what follows an import-from: each name becomes its twin when it must;
 * `import *` all of them. */
bool nodes_after_import(PyObject *import, PyObject *out);
/* Adds a statement to `body` that never runs and leaves no code, in which the compiler sees that
 * the attributes are stored on `self`. */
bool nodes_note_stores(PyObject *attributes, PyObject *body);
/* `from __future__` anywhere in a cell holds for all of it: IPython compiles each statement by
 * itself, so it may stand behind others, such as a magic. Moves them to the front. */
bool nodes_futures_first(PyObject *body);
/* Does the module begin with `from __future__ import annotations`? */
bool nodes_import_annotations(PyObject *body);
/* Is it an expression whose type the compiler knows? None of these needs a guard. */
bool nodes_is_known_type(PyObject *node);
/* From how many attributes may the value of the expression (x.a, x.a or y.b and ...) come? */
int nodes_attributes_among(PyObject *node);
/* The name of a method that does nothing far-reaching on a literal. */
bool nodes_is_plain_method(PyObject *name);

#endif
