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
