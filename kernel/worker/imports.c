/* imports: things to do as soon as somebody imports a module that the kernel itself does without. A finder
 * stands first in sys.meta_path and knows their names; it imports the module as usual, does what is to be
 * done, and gives a spec whose loader hands out that same module. */
#include "inside.h"

enum { HOOKS_MAX = 16 };

static struct hook {
    const char *name;
    bool (*ready)(PyObject *module);
    bool done;
} hooks[HOOKS_MAX];
static int hook_count;
static PyObject *finder;

static PyObject *loader_create(PyObject *object, PyObject *spec)
{
    (void)object;
    AUTO_OBJECT name = PyObject_GetAttrString(spec, "name");

    return name ? Py_XNewRef(PyDict_GetItem(PyImport_GetModuleDict(), name)) : NULL;
}

static PyObject *loader_exec(PyObject *object, PyObject *module)
{
    (void)object;
    (void)module;
    Py_RETURN_NONE;
}

static struct hook *hook_find(PyObject *name)
{
    for (int i = 0; i < hook_count; i++)
        if (!hooks[i].done && PyUnicode_CompareWithASCIIString(name, hooks[i].name) == 0)
            return &hooks[i];
    return NULL;
}

static PyObject *finder_find(PyObject *object, PyObject *args, PyObject *kwargs)
{
    PyObject *name = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL;
    struct hook *hook = name && PyUnicode_Check(name) ? hook_find(name) : NULL;

    (void)kwargs;
    if (!hook)
        Py_RETURN_NONE;
    hook->done = true; /* the import below finds it without us */
    AUTO_OBJECT module = PyImport_Import(name);
    if (!module) {
        hook->done = false;
        return NULL;
    }
    PyObject *imported = PyDict_GetItem(PyImport_GetModuleDict(), name); /* a.b: Import gave a */
    if (!imported || !hook->ready(imported))
        return NULL;
    AUTO_OBJECT machinery = PyImport_ImportModule("_frozen_importlib");
    return machinery ? PyObject_CallMethod(machinery, "ModuleSpec", "OO", name, object) : NULL;
}

static PyMethodDef finder_methods[] = {
    {"find_spec", (PyCFunction)(void (*)(void))finder_find, METH_VARARGS | METH_KEYWORDS, NULL},
    {"create_module", loader_create, METH_O, NULL},
    {"exec_module", loader_exec, METH_O, NULL},
    {0},
};

static PyTypeObject finder_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.ImportHooks",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = finder_methods,
    .tp_doc = PyDoc_STR("Completes some modules of the standard library when they are imported."),
};

static bool finder_install(void)
{
    PyObject *path = PySys_GetObject("meta_path"); /* borrowed */

    if (!path || PyType_Ready(&finder_type) < 0)
        return false;
    finder = (PyObject *)PyObject_New(PyObject, &finder_type);
    return finder && PyList_Insert(path, 0, finder) == 0;
}

bool import_after(const char *name, bool (*ready)(PyObject *module))
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), name);

    if (module)
        return ready(module);
    if (hook_count == HOOKS_MAX) {
        PyErr_SetString(PyExc_SystemError, "too many import hooks");
        return false;
    }
    hooks[hook_count++] = (struct hook){name, ready, false};
    return finder || finder_install();
}
