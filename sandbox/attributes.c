/* attributes: builtins.setattr and delattr raise no audit event, and a library may hand out the functions themselves
 * (operator.attrgetter, inspect.getmembers). The function objects that everybody shares are turned into ones that look at who
 * calls: called from a cell's frame, by `map` or any other C code, they store where a cell's statement may. */
#include "attributes.h"

#include "guard.h"
#include "origin.h"

static struct native {
    PyMethodDef method; /* ours */
    _PyCFunctionFast original;
} set, delete;

/* What more than its own users can see. Looking at frames for the others would cost host code too much. */
static bool is_shared(PyObject *object)
{
    return PyModule_Check(object) || PyType_Check(object) || PyFunction_Check(object);
}

static bool caller_may_store(PyObject *const *arguments, Py_ssize_t count)
{
    if (count == 0 || !is_shared(arguments[0]))
        return true;
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    AUTO_REF PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    struct sandbox *sandbox = code ? code_sandbox(code) : NULL;

    return !sandbox || guard_write(sandbox, arguments[0]);
}

static PyObject *store(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return caller_may_store(arguments, count) ? set.original(module, arguments, count) : NULL;
}

static PyObject *erase(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return caller_may_store(arguments, count) ? delete.original(module, arguments, count) : NULL;
}

/* The function object `name` of `builtins` runs `ours` from now on. */
static bool patch(PyObject *builtins, const char *name, struct native *native, _PyCFunctionFast ours)
{
    AUTO_REF PyObject *function = PyObject_GetAttrString(builtins, name);

    if (!function || !PyCFunction_CheckExact(function) || ((PyCFunctionObject *)function)->m_ml->ml_flags != METH_FASTCALL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_SystemError, "%s is not what it was", name);
        return false;
    }
    native->method = *((PyCFunctionObject *)function)->m_ml;
    native->original = (_PyCFunctionFast)(void (*)(void))native->method.ml_meth;
    native->method.ml_meth = (PyCFunction)(void (*)(void))ours;
    ((PyCFunctionObject *)function)->m_ml = &native->method;
    return true;
}

bool attributes_init(PyObject *builtins)
{
    return patch(builtins, "setattr", &set, store) &&
           patch(builtins, "delattr", &delete, erase);
}
