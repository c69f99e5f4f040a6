/* functions: who may give a function other code: its maker, a library that only labels it, a
 * profiler of lines. Runs no Python code. */
#include "sandbox/gate/functions.h"

#include <opcode.h>
#include <string.h>

#include "sandbox/gate/extension.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

/* A function of the very module whose code changes it: networkx compiles its decorators when they
 * are first called. */
static bool is_own_function(PyObject *function)
{
    PyFrameObject *frame = PyEval_GetFrame();
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;

    return globals == PyFunction_GET_GLOBALS(function);
}

/* A function that nobody finds by its name, of text that was run: what its maker does to it is the
 * maker's business (numba makes functions for what closures do). */
static bool is_in_the_making(PyObject *function)
{
    const char *file = text_of(((PyCodeObject *)PyFunction_GET_CODE(function))->co_filename);
    struct identity identity;

    if (!file || *file != '<')
        return false;
    AUTO_REF PyObject *found =
        resolve_identity(function, &identity) ? resolve_object(identity.name) : NULL;
    PyErr_Clear();
    return found != function;
}

bool functions_are_instrumented(void)
{
    char library[64];

    return extension_at_work(library, sizeof library) && packs_say(FACT_INSTRUMENTS, library, NULL);
}

/* The same, or the same with steps that do nothing after it: profilers tell copies apart by them.
 */
static bool is_same_code(PyObject *bytes, PyObject *original)
{
    Py_ssize_t size = PyBytes_GET_SIZE(bytes), wanted = PyBytes_GET_SIZE(original);
    const char *text = PyBytes_AS_STRING(bytes);

    if (size < wanted || memcmp(text, PyBytes_AS_STRING(original), (size_t)wanted) != 0)
        return false;
    for (Py_ssize_t at = wanted; at < size; at += 2)
        if ((unsigned char)text[at] != NOP)
            return false;
    return true;
}

/* The same code under other labels (file, line, name): libraries let a function of theirs look like
 * the one that it stands for. */
static bool is_relabelled(PyObject *code, PyObject *original, bool near)
{
    PyCodeObject *left = (PyCodeObject *)code, *right = (PyCodeObject *)original;

    if ((near && !functions_are_instrumented()) || !PyCode_Check(code) ||
        PyTuple_GET_SIZE(left->co_consts) != PyTuple_GET_SIZE(right->co_consts))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(left->co_consts); i++)
        if (PyTuple_GET_ITEM(left->co_consts, i) != PyTuple_GET_ITEM(right->co_consts, i))
            return false;
    AUTO_REF PyObject *bytes = PyCode_GetCode(left);
    AUTO_REF PyObject *wanted = PyCode_GetCode(right);
    bool same = bytes && wanted && is_same_code(bytes, wanted);
    AUTO_REF PyObject *names = same ? PyObject_RichCompare(left->co_names, right->co_names, Py_EQ)
                                    : NULL; /* tuples of str */
    PyErr_Clear();
    return names == Py_True;
}

bool functions_may_change(PyObject *function, PyObject *code, bool near)
{
    return (!near && (is_own_function(function) || is_in_the_making(function))) ||
           is_relabelled(code, PyFunction_GET_CODE(function), near);
}
