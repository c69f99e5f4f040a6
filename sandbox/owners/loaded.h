/* loaded: what many rules ask of the modules that are loaded, of the code that runs, of a name.
 * Runs no Python code, keeps nothing, and leaves no exception. */
#ifndef SAFEPYRUN_LOADED_H
#define SAFEPYRUN_LOADED_H

#include "sandbox/internal.h"

/* The text of a str; NULL for anything else. Borrowed from it. */
static inline const char *text_of(PyObject *object_or_null)
{
    bool is_text = object_or_null && PyUnicode_Check(object_or_null);
    const char *text = is_text ? PyUnicode_AsUTF8(object_or_null) : NULL;

    if (is_text && !text)
        PyErr_Clear();
    return text;
}

/* One of those whose methods change them in place. */
static inline bool is_container(PyObject *object)
{
    return PyDict_CheckExact(object) || PyList_CheckExact(object) || PySet_CheckExact(object);
}

/* ---- modules --------------------------------------------------------------------------------- */

/* A module that is imported already; borrowed, NULL: it is not. */
PyObject *loaded_module(const char *name);
/* What such a module has under that name; borrowed, NULL: nothing. */
PyObject *loaded_member(const char *module, const char *name);
/* The Python function that a class of such a module (NULL: the module itself) defines; borrowed,
 * NULL: there is none. */
PyObject *loaded_function(const char *module, const char *type_or_null, const char *name);
/* Is it the namespace of that module? */
bool loaded_is_namespace(PyObject *namespace, const char *module);

/* ---- frames ---------------------------------------------------------------------------------- */

/* The sandbox that the frame's code was compiled for; NULL: it is host code. Borrowed. */
struct sandbox *frame_sandbox(PyFrameObject *frame_or_null);
/* The same of the frame that is on top: of a cell's own code, not of a library that it calls. */
static inline struct sandbox *frame_running_sandbox(void)
{
    return frame_sandbox(PyEval_GetFrame());
}
/* The name of the module that the frame's code is of; NULL: it has none. Borrowed from the frame's
 * globals. */
const char *frame_module(PyFrameObject *frame_or_null);

#endif
