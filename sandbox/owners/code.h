/* code: what a code object was compiled for. It hangs on the code object through co_extra, where
 * Python code cannot reach; reading it is on the way of every call, so it is read here in line. */
#ifndef SAFEPYRUN_CODE_H
#define SAFEPYRUN_CODE_H

#include "base/reference.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox;

struct origin {
    PyObject *token; /* owned: keeps the sandbox alive */
    struct sandbox *sandbox;
    uint64_t run;
};

/* CPython's private struct behind PyCodeObject.co_extra, the same from 3.11 on; code.c checks it
 * at the start and reads through the API where it differs. */
struct extra_layout {
    Py_ssize_t size;
    void *slots[];
};
extern Py_ssize_t code_extra_index;
extern bool code_extra_is_direct;
const struct origin *code_origin_from_api(PyObject *code);

/* NULL for host code. Borrowed. */
static inline const struct origin *code_origin(PyObject *code)
{
    const struct extra_layout *extra = ((PyCodeObject *)code)->co_extra;

    if (!extra)
        return NULL;
    if (!code_extra_is_direct)
        return code_origin_from_api(code);
    return extra->size > code_extra_index ? extra->slots[code_extra_index] : NULL;
}

/* The sandbox that a code object was compiled for; NULL for host code. Borrowed. */
struct sandbox *code_sandbox(PyObject *code);
uint64_t code_next_run(void);         /* a number for a run, from 1; none is given twice */
bool code_is_guarded(PyObject *code); /* born in a sandbox? never fails */
/* It was compiled for the sandbox's run that goes on. False with an exception. */
bool code_mark(struct sandbox *sandbox, PyObject *code);
/* A copy of guarded code is guarded code too. */
bool code_inherit(PyObject *code, PyObject *original);
/* What was handed out as `guarded` code was written, `plain`, and can be found again by it, until
 * many more are. False with an exception. */
bool code_remember_plain(PyObject *plain, PyObject *guarded);
PyObject *code_of_plain(PyObject *plain); /* borrowed; NULL: it was never handed out */
/* Does the audit event code.__new__ tell of code that was handed out? No exception. */
bool code_is_plain_again(PyObject *arguments);
bool code_init(void); /* once per process, before any code is marked */

#endif
