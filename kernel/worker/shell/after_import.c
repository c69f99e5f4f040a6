/* imports: things to do as soon as somebody imports a module that the kernel itself does without,
 * and the modules that are in the kernel. A finder stands first in sys.meta_path and knows their
 * names; it lets the others find the module and puts itself around its loader. */
#include "kernel/worker/inside.h"

enum { HOOKS_MAX = 32 };

static struct hook {
    const char *name;
    bool (*ready)(PyObject *module);
    PyObject *(*create)(void); /* or: the module is here, this makes it */
    bool done;
} hooks[HOOKS_MAX];
static int hook_count;
static PyObject *finder;

/* ---- the loader of one import ---- */
struct loader {
    PyObject_HEAD PyObject *real; /* owned */
    struct hook *hook;
};

static void loader_dealloc(PyObject *object)
{
    Py_XDECREF(((struct loader *)object)->real);
    PyObject_Free(object);
}

static PyObject *loader_create(PyObject *object, PyObject *spec)
{
    struct loader *self = (struct loader *)object;

    return self->hook->create ? self->hook->create()
                              : PyObject_CallMethod(self->real, "create_module", "O", spec);
}

/* The kernel's own doing, whoever imports the module. */
static bool make_ready(const struct hook *hook, PyObject *module)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    bool ready = hook->ready(module);
    gate_trusted_exit(&scope);
    return ready;
}

/* Puts the real loader back, so that nobody sees this one afterwards. */
static PyObject *loader_exec(PyObject *object, PyObject *module)
{
    struct loader *self = (struct loader *)object;

    if (self->hook->create)
        Py_RETURN_NONE;
    AUTO_REF PyObject *spec = PyObject_GetAttrString(module, "__spec__");
    if (!spec || PyObject_SetAttrString(spec, "loader", self->real) < 0 ||
        PyObject_SetAttrString(module, "__loader__", self->real) < 0)
        return NULL;
    AUTO_REF PyObject *done = PyObject_CallMethod(self->real, "exec_module", "O", module);
    return done && make_ready(self->hook, module) ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef loader_methods[] = {
    {"create_module", loader_create, METH_O, NULL},
    {"exec_module", loader_exec, METH_O, NULL},
    {0},
};

static PyTypeObject loader_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.HookLoader",
    .tp_basicsize = sizeof(struct loader),
    .tp_dealloc = loader_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = loader_methods,
};

/* `real` (borrowed) may be NULL; new reference. */
static PyObject *loader_new(PyObject *real, struct hook *hook)
{
    struct loader *self = PyObject_New(struct loader, &loader_type);

    if (!self)
        return NULL;
    self->real = Py_XNewRef(real);
    self->hook = hook;
    return (PyObject *)self;
}

static bool loader_wrap(PyObject *spec, struct hook *hook)
{
    AUTO_REF PyObject *real = PyObject_GetAttrString(spec, "loader");
    AUTO_REF PyObject *loader = real ? loader_new(real, hook) : NULL;

    return loader && PyObject_SetAttrString(spec, "loader", loader) == 0;
}

/* The spec of a module of ours; new reference. */
static PyObject *spec_new(PyObject *machinery, PyObject *name, struct hook *hook)
{
    AUTO_REF PyObject *loader = loader_new(NULL, hook);
    AUTO_REF PyObject *spec = machinery && loader
                                  ? PyObject_CallMethod(machinery, "ModuleSpec", "OO", name, loader)
                                  : NULL;
    AUTO_REF PyObject *origin = PyUnicode_FromString("built-in");

    return spec && origin && PyObject_SetAttrString(spec, "origin", origin) == 0 ? Py_NewRef(spec)
                                                                                 : NULL;
}

/* ---- the finder ---- */

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
    (void)object;
    if (!hook)
        Py_RETURN_NONE;
    AUTO_REF PyObject *machinery = PyImport_ImportModule("_frozen_importlib");
    if (hook->create)
        return spec_new(machinery, name, hook);
    hook->done = true; /* the search below passes us over */
    PyObject *path = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1) : Py_None;
    AUTO_REF PyObject *spec =
        machinery ? PyObject_CallMethod(machinery, "_find_spec", "OO", name, path) : NULL;

    if (!spec || spec == Py_None) {
        hook->done = false;
        return Py_XNewRef(spec);
    }
    return loader_wrap(spec, hook) ? Py_NewRef(spec) : NULL;
}

static PyMethodDef finder_methods[] = {
    {"find_spec", (PyCFunction)(void (*)(void))finder_find, METH_VARARGS | METH_KEYWORDS, NULL},
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

    if (!path || PyType_Ready(&finder_type) < 0 || PyType_Ready(&loader_type) < 0)
        return false;
    finder = (PyObject *)PyObject_New(PyObject, &finder_type);
    return finder && PyList_Insert(path, 0, finder) == 0;
}

static bool hook_add(struct hook hook)
{
    if (hook_count == HOOKS_MAX) {
        PyErr_SetString(PyExc_SystemError, "too many import hooks");
        return false;
    }
    hooks[hook_count++] = hook;
    return finder || finder_install();
}

bool import_after(const char *name, bool (*ready)(PyObject *module))
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), name);

    if (module)
        return ready(module);
    return hook_add((struct hook){.name = name, .ready = ready});
}

bool import_provide(const char *name, PyObject *(*create)(void))
{
    return hook_add((struct hook){.name = name, .create = create});
}
