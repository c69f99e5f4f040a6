/* introspect: what can be known about objects without running anybody's code. No property, no
 * __getattr__, no __repr__ of a cell's class is ever called: types' MROs and dicts are read as they
 * lie there. Functions here leave no exception behind unless they say so. */
#ifndef SAFEPYRUN_WORKER_INTROSPECT_H
#define SAFEPYRUN_WORKER_INTROSPECT_H

#include "kernel/worker/ask/codescan.h"
#include "kernel/worker/worker.h"

/* New reference to the attribute as it lies in the object: a property comes as the property object,
 * a function of the type as a bound method. NULL without exception when it cannot be known. */
PyObject *static_attribute(PyObject *object, PyObject *name);
/* Add name -> raw value for every attribute that `object` (or, with `instance`, an instance of the
 * type `object`) has. `names` is a dict (borrowed). */
void static_names(PyObject *object, bool instance, PyObject *names);
/* A function of a library (not of a cell): it may be asked, for __dir__ and the like. */
bool static_is_library(PyObject *function);
/* The function `name` that the type of `object` defines in Python or C outside of cells: new bound
 * callable, NULL without exception when there is none or a cell wrote it. */
PyObject *static_library_method(PyObject *object, const char *name);

/* Borrowed: what a name means to a cell: namespace, then builtins; NULL. */
PyObject *static_name(struct worker *self, PyObject *name);

/* What an expression is: `value` itself (owned), or an instance of the type `value`. */
struct known {
    PyObject *value;
    bool instance;
};
/* KNOW_CLASS: for its names, so the class that an annotation promises will do; KNOW_VALUE: for its
 * keys. */
enum know { KNOW_CLASS, KNOW_VALUE };
/* The expression that ends before `end`: names, attributes, items of plain containers, literals,
 * calls; of libraries that may be asked (answers.h), properties and items as well. False when it
 * cannot be known. */
bool known_expression(struct worker *self, const struct codescan *scan, Py_ssize_t end,
                      enum know how, struct known *known);
/* Does what stands before `end` end an expression, so that a bracket there is a call or an item? */
bool known_ends_primary(const struct codescan *scan, Py_ssize_t end);
/* "a.b.c" (str) resolved in the same way; new reference or NULL without exception. */
PyObject *known_dotted(struct worker *self, PyObject *dotted);

/* modules.c: the scan ends in an import statement (`handled`): put into `found` (dict: match ->
 * type) what may follow, as far as it begins with `prefix`. False with an exception. */
bool import_complete(struct worker *self, const struct codescan *scan, PyObject *prefix,
                     PyObject *found, bool *handled);

/* Does repr(value) run only code of CPython and libraries? */
bool repr_is_safe(PyObject *value, int depth);

/* "(a, b=1, *args)" of a callable, new str; NULL without exception when it is not known.
 * `full`: with values of defaults and annotations. */
PyObject *signature_text(PyObject *callable, bool full);
/* Add the names of parameters that may be given by keyword to the list `names`. */
void signature_keywords(PyObject *callable, PyObject *names);
/* The Python function behind a function, method, partial or class: borrowed, NULL when there is
 * none. `bound`: its first parameter is given. */
PyFunctionObject *function_behind(PyObject *callable, bool *bound);

#endif
