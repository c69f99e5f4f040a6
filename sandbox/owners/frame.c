/* frame: whose code is running. */
#include "sandbox/owners/frame.h"

#include "sandbox/owners/code.h"
#include "sandbox/owners/loaded.h"

struct sandbox *frame_sandbox(PyFrameObject *frame)
{
    AUTO_REF PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;

    return code ? code_sandbox(code) : NULL;
}

const char *frame_module(PyFrameObject *frame)
{
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;

    return globals && PyDict_Check(globals) ? text_of(PyDict_GetItemString(globals, "__name__"))
                                            : NULL;
}

const char *frame_library(PyFrameObject *frame)
{
    AUTO_REF PyObject *at = Py_XNewRef((PyObject *)frame);
    const char *module = frame_module(frame);

    while (at && module && !frame_sandbox((PyFrameObject *)at) && loaded_is_standard_name(module)) {
        Py_SETREF(at, (PyObject *)PyFrame_GetBack((PyFrameObject *)at));
        module = frame_module((PyFrameObject *)at);
    }
    PyObject *asks =
        at && module && !frame_sandbox((PyFrameObject *)at) ? loaded_module(module) : NULL;
    return asks && loaded_is_installed(asks) && !loaded_is_standard(asks) ? module : NULL;
}
