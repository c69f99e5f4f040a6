#include "sandbox/owners/loaded.h"

#include <string.h>

#include "sandbox/owners/code.h"
#include "base/reference.h"
#include "sandbox/list/resolve.h"

PyObject *loaded_module(const char *name)
{
    return loaded_find(name, strlen(name));
}

PyObject *loaded_member(const char *module, const char *name)
{
    PyObject *found = loaded_module(module);
    AUTO_REF PyObject *key = found ? PyUnicode_FromString(name) : NULL;
    PyObject *member = key ? PyDict_GetItemWithError(PyModule_GetDict(found), key) : NULL;

    if (found && !member)
        PyErr_Clear();
    return member;
}

PyObject *loaded_function(const char *module, const char *type_name, const char *name)
{
    PyObject *type = type_name ? loaded_member(module, type_name) : NULL;
    PyObject *own = type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_dict : NULL;
    PyObject *found = own          ? PyDict_GetItemString(own, name)
                      : !type_name ? loaded_member(module, name)
                                   : NULL;

    return found && PyFunction_Check(found) ? found : NULL;
}

bool loaded_is_namespace(PyObject *namespace, const char *module)
{
    PyObject *found = namespace ? loaded_module(module) : NULL;

    return found && namespace == PyModule_GetDict(found);
}

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
