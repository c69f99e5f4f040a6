/* mocks: mock.patch("builtins.input", ...). */
#include "sandbox/guards/mocks.h"

#include "sandbox/owners/owners.h"

static PyObject *placed; /* dict: name -> what a patch put in its place; one for the process */

/* Does the code of unittest.mock store to the builtins? */
static bool is_patch_of_builtin(PyObject *args)
{
    PyObject *mock = loaded_module("unittest.mock"), *builtins = loaded_module("builtins");

    return mock && PyEval_GetGlobals() == PyModule_GetDict(mock) && builtins &&
           PyTuple_GET_SIZE(args) >= 2 && PyTuple_GET_ITEM(args, 0) == builtins &&
           PyUnicode_CheckExact(PyTuple_GET_ITEM(args, 1)) &&
           PyDict_Contains(PyModule_GetDict(builtins), PyTuple_GET_ITEM(args, 1)) == 1;
}

/* Where the sandbox's code looks names up; when its owner is gone, where the code that asks for the
 * patch does. New reference. */
static PyObject *namespace_of(const struct sandbox *sandbox)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    while (!sandbox->globals && frame && frame_sandbox((PyFrameObject *)frame) != sandbox)
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    return sandbox->globals ? Py_NewRef(sandbox->globals)
           : frame          ? PyFrame_GetGlobals((PyFrameObject *)frame)
                            : PyDict_New();
}

/* Has the name what a patch put there, and nobody has changed since? */
static bool is_own_mock(PyObject *namespace, PyObject *name)
{
    PyObject *mock = placed ? PyDict_GetItemWithError(placed, name) : NULL;

    return mock && PyDict_GetItemWithError(namespace, name) == mock;
}

int mocks_patch_builtin(struct sandbox *sandbox, PyObject *args)
{
    if (!sandbox || !is_patch_of_builtin(args))
        return 0;
    PyObject *name = PyTuple_GET_ITEM(args, 1),
             *value = PyTuple_GET_SIZE(args) > 2 ? PyTuple_GET_ITEM(args, 2) : NULL;
    AUTO_REF PyObject *namespace = namespace_of(sandbox);
    if (!namespace)
        return -1;
    bool mine = is_own_mock(namespace, name);

    if (!value || value == PyDict_GetItemWithError(PyModule_GetDict(loaded_module("builtins")),
                                                   name)) { /* the patch ends */
        if (mine && (PyDict_DelItem(namespace, name) < 0 || PyDict_DelItem(placed, name) < 0))
            return -1;
        return 1;
    }
    if (!mine && PyDict_Contains(namespace, name) == 1)
        return 0; /* the program has a function of that name: the builtin is not what it calls */
    placed = placed ? placed : PyDict_New();
    if (!placed || PyDict_SetItem(placed, name, value) < 0 ||
        PyDict_SetItem(namespace, name, value) < 0)
        return -1;
    return 1;
}
