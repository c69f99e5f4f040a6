/* code: what a code object was compiled for. */
#include "sandbox/owners/code.h"

#include <stdlib.h>

#include "base/interpreter.h"
#include "sandbox/owners/owners.h"

Py_ssize_t code_extra_index = -1;
bool code_extra_is_direct;

static void origin_free(void *memory)
{
    struct origin *origin = memory;

    if (!origin)
        return;
    Py_XDECREF(origin->token);
    free(origin);
}

const struct origin *code_origin_from_api(PyObject *code)
{
    void *origin = NULL;

    return code_extra_index >= 0 && INTERPRETER_GET_EXTRA(code, code_extra_index, &origin) == 0
               ? origin
               : NULL;
}

/* Does co_extra look as code.h reads it? Asked once, with a code object of our own. */
static bool check_layout(void)
{
    AUTO_REF PyObject *code = Py_CompileString("0", "<layout>", Py_eval_input);
    struct origin *probe = calloc(1, sizeof *probe);

    if (!code || !probe || INTERPRETER_SET_EXTRA(code, code_extra_index, probe) < 0) {
        free(probe);
        return false;
    }
    const struct extra_layout *extra = ((PyCodeObject *)code)->co_extra;
    code_extra_is_direct =
        extra && extra->size == code_extra_index + 1 && extra->slots[code_extra_index] == probe;
    return true;
}

struct sandbox *code_sandbox(PyObject *code)
{
    const struct origin *origin = code_origin(code);

    return origin ? origin->sandbox : NULL;
}

uint64_t code_next_run(void)
{
    static uint64_t runs;

    return ++runs;
}

bool code_is_guarded(PyObject *code)
{
    return PyCode_Check(code) && code_origin(code) != NULL;
}

bool code_mark(struct sandbox *sandbox, PyObject *code)
{
    struct origin *origin = malloc(sizeof *origin);

    if (!origin) {
        PyErr_NoMemory();
        return false;
    }
    *origin = (struct origin){Py_NewRef(sandbox->token), sandbox, sandbox->run};
    if (INTERPRETER_SET_EXTRA(code, code_extra_index, origin) == 0)
        return true;
    origin_free(origin);
    return false;
}

bool code_inherit(PyObject *code, PyObject *original)
{
    struct sandbox *sandbox = code_sandbox(original);

    return !sandbox || !PyCode_Check(code) || code_origin(code) || code_mark(sandbox, code);
}

/* ---- as it was written ---- */

enum { PLAIN_MOST = 1024 };
static PyObject *plain_codes; /* {plain: guarded}, of the process */

bool code_remember_plain(PyObject *plain, PyObject *guarded)
{
    if (!plain_codes && !(plain_codes = PyDict_New()))
        return false;
    if (PyDict_GET_SIZE(plain_codes) >= PLAIN_MOST)
        PyDict_Clear(plain_codes);
    return PyDict_SetItem(plain_codes, plain, guarded) == 0;
}

PyObject *code_of_plain(PyObject *plain)
{
    PyObject *found =
        plain_codes && PyCode_Check(plain) ? PyDict_GetItemWithError(plain_codes, plain) : NULL;

    PyErr_Clear();
    return found;
}

static bool is_equal(PyObject *left, PyObject *right) /* str or bytes both */
{
    bool equal =
        Py_TYPE(left) == Py_TYPE(right) && PyObject_RichCompareBool(left, right, Py_EQ) > 0;

    PyErr_Clear();
    return equal;
}

bool code_is_plain_again(PyObject *arguments)
{
    PyObject *plain, *guarded;
    Py_ssize_t at = 0;

    if (PyTuple_GET_SIZE(arguments) < 3 || !PyBytes_CheckExact(PyTuple_GET_ITEM(arguments, 0)) ||
        !PyUnicode_CheckExact(PyTuple_GET_ITEM(arguments, 2)))
        return false;
    while (plain_codes && PyDict_Next(plain_codes, &at, &plain, &guarded)) {
        AUTO_REF PyObject *bytes = PyCode_GetCode((PyCodeObject *)plain);
        if (bytes && is_equal(bytes, PyTuple_GET_ITEM(arguments, 0)) &&
            is_equal(((PyCodeObject *)plain)->co_name, PyTuple_GET_ITEM(arguments, 2)))
            return true;
        PyErr_Clear();
    }
    return false;
}

bool code_init(void)
{
    if (code_extra_index < 0)
        code_extra_index = INTERPRETER_REQUEST_EXTRA(origin_free);
    if (code_extra_index < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no code object can be marked");
        return false;
    }
    return check_layout();
}
