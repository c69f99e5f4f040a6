/* offered: what installed libraries offer to be set in a session. The instances of their classes
 * that a cell made or opened are the cell's; of what a module shares, the settings are: objects
 * that are made to be stored to, and plain values of modules and classes (`Image.MAX_IMAGE_PIXELS =
 * None`). What the standard library and the user's own modules share is not offered. */
#ifndef SAFEPYRUN_OFFERED_H
#define SAFEPYRUN_OFFERED_H

#include <stdbool.h>

#include "base/reference.h"

struct sandbox;

/* Is the class an installed library's? In a session only. Remembered by class. */
bool offered_is_class(const struct sandbox *sandbox, PyTypeObject *type);
/* ... and are its instances made to be stored to: with properties that can be set, slots, or a way
 * of their own to store? */
bool offered_has_settings(PyTypeObject *type);
/* Is the object a module or a class of an installed library? In a session only. */
bool offered_is_shared(PyObject *object);
/* May that attribute of such a module or class become `value` (NULL: it is deleted)? A plain value
 * in place of a plain value, or what the module's class has a setter for. */
bool offered_is_setting(PyObject *object, PyObject *attribute, PyObject *value_or_null);
/* Is it a table of settings (`solvers.options`), or a list of plain values (`nltk.data.path`), that
 * a module of an installed library shows? */
bool offered_is_table(PyObject *table);

#endif
