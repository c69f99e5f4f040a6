/* shared: the dicts, lists, sets and instances that modules keep under a name of theirs
 * (caches, registries, __path__): whoever changes one changes what all of the program uses. */
#ifndef SAFEPYRUN_SHARED_H
#define SAFEPYRUN_SHARED_H

#include "base/reference.h"

#include <stdbool.h>

struct sandbox;

/* One of those whose methods change them in place. */
static inline bool shared_is_container(PyObject *object)
{
    return PyDict_CheckExact(object) || PyList_CheckExact(object) || PySet_CheckExact(object);
}

/* Instances of these are changed in place as well: dicts, lists and sets of another class,
 * bytearrays, deques, arrays, those of collections and weakref. */
bool shared_is_special_class(PyTypeObject *type);
static inline bool shared_is_special(PyObject *object)
{
    return shared_is_special_class(Py_TYPE(object));
}

/* Lists them anew, and calls `add` for each. Due whenever modules came or went. */
void shared_find(PyObject *modules, void (*add)(const PyObject *container));
/* Does the container belong to a module other than the sandbox's own? Not so: what the host gave it
 * by name, what the module's own code changes, sys.path and sys.argv. Runs no Python code. */
bool shared_is_of_module(const struct sandbox *sandbox, PyObject *container);
/* The same of an instance. */
bool shared_instance_is_of_module(const struct sandbox *sandbox, PyObject *instance);
/* The containers and instances in a namespace that somebody else holds as well: what the host gives
 * a new sandbox to work with. New reference to a list; NULL with an exception. */
PyObject *shared_given(PyObject *globals);
/* Does it belong to a module of the standard library or an installed one, and was not given by the
 * host? Such containers leave as copies; those of the user's own modules as they are. */
bool shared_is_of_library(const struct sandbox *sandbox, PyObject *container);
/* Has the namespace a name for it? */
bool shared_names(PyObject *namespace, PyObject *container);
/* Was it listed as a module's? Host code asks this often: it may be so no longer. */
bool shared_has(const PyObject *value);
/* The name of the module that it was listed for, while that has it; borrowed, or NULL. */
const char *shared_home(PyObject *value);
/* The installed module that keeps it under a name; borrowed, NULL: there is none. */
PyObject *shared_module(PyObject *container);

#endif
