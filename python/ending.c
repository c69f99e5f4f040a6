/* ending: a bare `except:` lies around most loops, and an exception that another thread sends meets
 * the loop. The code goes on in its handler, whose lines are interrupted as well. */
#include "python/ending.h"

#include "sandbox/sandbox.h"

/* CPython calls it before each line and each call. The host's code and libraries' end as they are.
 */
static int end_line(PyObject *exception, PyFrameObject *frame, int event, PyObject *argument)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);

    (void)argument;
    if ((event != PyTrace_LINE && event != PyTrace_CALL) || !code_is_guarded(code))
        return 0;
    PyErr_SetNone(exception);
    return -1;
}

PyObject *ending_end_lines(PyObject *module, PyObject *exception)
{
    struct gate_scope scope;
    bool on = exception != Py_None;

    (void)module;
    gate_trusted_enter(&scope);
    PyEval_SetTrace(on ? end_line : NULL, on ? exception : NULL);
    gate_trusted_exit(&scope);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}
