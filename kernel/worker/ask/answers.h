/* answers: what a library's own code says of its objects: a property, an item, the keys. Asked only
 * of libraries whose pack says that asking is quick and changes nothing (`answers`), never of a
 * cell's classes, and without a word of warning. Nothing here leaves an exception behind. */
#ifndef SAFEPYRUN_WORKER_ANSWERS_H
#define SAFEPYRUN_WORKER_ANSWERS_H

#include "base/interpreter.h"

#include <stdbool.h>

/* May it be asked? And all objects of that module's top-level package? */
bool answer_is_asked(PyObject *object);
bool answer_package(const char *module);
/* The attribute or the item of `object`: new reference, or NULL when it does not answer. */
PyObject *answer_attribute(PyObject *object, PyObject *name);
PyObject *answer_item(PyObject *object, PyObject *key);
/* What may stand in the brackets behind `object`, after `axis` commas: new list, or NULL. Of what
 * has very many, the first of them. */
PyObject *answer_keys(PyObject *object, Py_ssize_t axis);

/* The class that `raw` (borrowed, found in `type`) gives when it is asked for of the class, as the
 * accessors of tables do: new reference or NULL. */
PyObject *answer_class_attribute(PyTypeObject *type, PyObject *raw);
/* The class that the annotation of what `function` returns names; "Self" is
 * `type` (or NULL): new reference, or NULL when it names none. */
PyObject *answer_annotated(PyFunctionObject *function, PyObject *type);

#endif
