/* classes: which classes were born in a sandbox: those that a class statement made are remembered;
 * those made otherwise are known by the module that they name. */
#include "sandbox/owners/classes.h"

#include "sandbox/owners/owners.h"

static PyObject
    *born_classes; /* dict: address -> (weak reference, run, token of the sandbox); process-wide */
static PyObject *name_name;
static bool (*cover_class)(struct sandbox *sandbox, PyTypeObject *type);

static PyObject *forget_class(PyObject *key, PyObject *weak)
{
    (void)weak;
    if (born_classes && PyDict_DelItem(born_classes, key) < 0)
        PyErr_Clear();
    Py_RETURN_NONE;
}

static PyMethodDef forget_method = {"forget_class", forget_class, METH_O, NULL};

void classes_on_birth(bool (*cover)(struct sandbox *sandbox, PyTypeObject *type))
{
    cover_class = cover;
}

bool classes_cover(struct sandbox *sandbox, PyTypeObject *type)
{
    return !cover_class || cover_class(sandbox, type);
}

bool classes_remember(struct sandbox *sandbox, PyTypeObject *type)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(type);
    AUTO_REF PyObject *forget = key ? PyCFunction_New(&forget_method, key) : NULL;
    AUTO_REF PyObject *weak = forget ? PyWeakref_NewRef((PyObject *)type, forget) : NULL;
    AUTO_REF PyObject *value =
        weak ? Py_BuildValue("(OKO)", weak, (unsigned long long)sandbox->run, sandbox->token)
             : NULL;

    return value && PyDict_SetItem(born_classes, key, value) == 0 && classes_cover(sandbox, type);
}

struct sandbox *classes_sandbox(PyTypeObject *type)
{
    PyObject *found = NULL, *mro = PyDict_GET_SIZE(born_classes) ? type->tp_mro : NULL;

    for (Py_ssize_t i = 0; mro && !found && i < PyTuple_GET_SIZE(mro); i++) {
        AUTO_REF PyObject *key = PyLong_FromVoidPtr(PyTuple_GET_ITEM(mro, i));
        found = key ? PyDict_GetItemWithError(born_classes, key) : NULL;
    }
    PyErr_Clear();
    PyObject *token = found ? PyTuple_GET_ITEM(found, 2) : NULL;
    return token ? PyCapsule_GetPointer(token, PyCapsule_GetName(token)) : NULL;
}

/* Run in which the class was born, 0 when it was not born by a class statement here. */
uint64_t classes_run(PyTypeObject *type)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(type);
    PyObject *value = key ? PyDict_GetItemWithError(born_classes, key) : NULL;

    PyErr_Clear();
    return value ? PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(value, 1)) : 0;
}

/* Modules that make classes for whoever asks, and name themselves in them: types.new_class, a
 * mock's own class; and what classes say of a namespace without a name, exec("class C: ...", {}).
 */
static bool makes_classes(PyObject *module)
{
    return PyUnicode_CompareWithASCIIString(module, "types") == 0 ||
           PyUnicode_CompareWithASCIIString(module, "builtins") == 0 ||
           PyUnicode_CompareWithASCIIString(module, "unittest.mock") == 0;
}

/* Is it the class that the module has under its name? */
static bool is_of_module(PyTypeObject *type, PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    PyObject *found =
        module && PyModule_Check(module)
            ? PyDict_GetItemWithError(PyModule_GetDict(module), ((PyHeapTypeObject *)type)->ht_name)
            : NULL;

    PyErr_Clear();
    return !module || found == (PyObject *)type;
}

/* In a program's own namespace: was the class there before this run, or is it in the module of that
 * name? */
static bool is_hosts_class(const struct sandbox *sandbox, PyTypeObject *type, PyObject *own_name)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(type);
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), own_name);
    PyObject *names = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    bool found =
        (key && sandbox->classes_before && PySet_Contains(sandbox->classes_before, key) == 1) ||
        (names && names != sandbox->globals &&
         PyDict_GetItemWithError(names, ((PyHeapTypeObject *)type)->ht_name) == (PyObject *)type);

    PyErr_Clear();
    return found;
}

bool classes_new_run(struct sandbox *sandbox)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    Py_XSETREF(sandbox->classes_before, PySet_New(NULL));
    while (sandbox->classes_before && PyDict_Next(sandbox->globals, &at, &name, &value)) {
        if (!PyType_Check(value) || !(((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE))
            continue;
        AUTO_REF PyObject *key = PyLong_FromVoidPtr(value);
        if (!key || PySet_Add(sandbox->classes_before, key) < 0)
            return false;
    }
    return sandbox->classes_before != NULL;
}

/* A class made without a class statement: type(), namedtuple(), Enum(), make_dataclass(). It names
 * the sandbox's module, and no host object of that name is there. */
static bool is_dynamic_class(const struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *module, *own;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE))
        return false;
    if (!sandbox->globals)
        return true; /* its owner is gone: nothing can be told apart any more */
    module = PyDict_GetItemWithError(type->tp_dict, name_name);
    own = PyDict_GetItemString(sandbox->globals, "__name__");
    PyErr_Clear();
    if (module && PyUnicode_CheckExact(module) && makes_classes(module))
        return !is_of_module(type, module);
    if (module && PyUnicode_CheckExact(module) && installed_is_own(module))
        return true; /* namedtuple() and its like, called by a module of the person's own */
    if (!module || !own || !PyUnicode_CheckExact(module) || !PyUnicode_Check(own) ||
        PyUnicode_Compare(module, own) != 0)
        return false;
    return sandbox->persistent || !is_hosts_class(sandbox, type, own);
}

bool classes_is_born(const struct sandbox *sandbox, PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return false;
    return classes_run(type) != 0 || is_dynamic_class(sandbox, type);
}

bool classes_init(void)
{
    name_name = PyUnicode_InternFromString("__module__");
    born_classes = PyDict_New();
    return name_name && born_classes;
}
