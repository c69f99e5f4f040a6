/* left: what a sandbox left with the host. */
#include "sandbox/gate/left.h"

#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

/* The sandbox of an argument of the frame's function that is an instance of a class of its;
 * borrowed, NULL. */
static struct sandbox *owner_of_arguments(PyFrameObject *frame)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    AUTO_REF PyObject *names = PyCode_GetVarnames((PyCodeObject *)code);
    AUTO_REF PyObject *locals = names ? PyFrame_GetLocals(frame) : NULL;
    struct sandbox *owner = NULL;

    for (int i = 0; locals && !owner && i < ((PyCodeObject *)code)->co_argcount; i++) {
        AUTO_REF PyObject *value = PyObject_GetItem(locals, PyTuple_GET_ITEM(names, i));
        owner = value ? classes_sandbox(Py_TYPE(value)) : NULL;
    }
    PyErr_Clear();
    return owner;
}

struct sandbox *left_owner(void)
{
    enum { FRAMES_MOST = 12 };
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());
    struct sandbox *owner = NULL;

    for (int depth = 0; frame && !owner && depth < FRAMES_MOST; depth++) {
        owner = owner_of_arguments((PyFrameObject *)frame);
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return owner;
}
