/* unlisted: which callables of installed libraries run although no pack speaks of them. */
#include "sandbox/list/unlisted.h"

#include <string.h>

#include "sandbox/list/grants.h"
#include "sandbox/list/packs.h"
#include "sandbox/owners/owners.h"

static bool gated;
static const struct grant unlisted = {
    .grade = GRADE_GATED, .name = "*" /* a callable has its own */, .source = "unlisted"};

void unlisted_set(bool is_gated)
{
    if (gated == is_gated)
        return;
    gated = is_gated;
    verdict_epoch++;
}

bool unlisted_is_gated(void)
{
    return gated;
}

/* ---- which library ---- */

/* Packs are of whole libraries: what the pack of one does not name is refused as ever. */
static bool pack_speaks_of(const char *name, size_t size)
{
    for (const struct pack *const *pack = packs; *pack; pack++)
        for (const char *const *module = (*pack)->modules; *module; module++)
            if (strncmp(*module, name, size) == 0 && ((*module)[size] == '.' || !(*module)[size]))
                return true;
    return false;
}

static bool is_standard(const char *name, size_t size)
{
    PyObject *names = PySys_GetObject("stdlib_module_names"); /* borrowed */
    AUTO_REF PyObject *top = PyUnicode_FromStringAndSize(name, (Py_ssize_t)size);

    return !names || !top || PySet_Contains(names, top) != 0;
}

static bool is_below_packages(PyObject *path)
{
    const char *text = text_of(path);

    return text && (strstr(text, "/site-packages/") || strstr(text, "/dist-packages/"));
}

/* Where the module was loaded from; of a package without a file, its first folder. */
static bool is_from_packages(PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    PyObject *file = PyDict_GetItemString(dict, "__file__");
    PyObject *folders = PyDict_GetItemString(dict, "__path__"); /* borrowed, all of them */

    if (file && file != Py_None)
        return is_below_packages(file);
    return folders && PyList_CheckExact(folders) && PyList_GET_SIZE(folders) &&
           is_below_packages(PyList_GET_ITEM(folders, 0));
}

/* What a compiled module makes below itself (rustworkx.generators). */
static bool says_no_place(PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);

    return !PyDict_GetItemString(dict, "__file__") && !PyDict_GetItemString(dict, "__path__");
}

/* The loaded module that the name says, or the one above it; borrowed, NULL: none. */
static PyObject *nearest_module(const char *name)
{
    PyObject *module = NULL;

    for (size_t size = strlen(name); size && !module; size--) {
        if (!name[size] || name[size] == '.')
            module = loaded_find(name, size);
    }
    return module;
}

const struct grant *unlisted_find_denial(const char *name)
{
    const struct grant *found = grants_find_module(name);

    if (!found && name[0] == '_')
        found = grants_find_module(name + 1);
    return found && found->grade == GRADE_DENY ? found : NULL;
}

static bool is_library(const char *name)
{
    size_t size = strcspn(name, ".");
    PyObject *module = nearest_module(name);
    bool taken_back = module && unlisted_find_denial(name);

    if (module && PyModule_Check(module) && says_no_place(module))
        module = loaded_find(name, size);
    return module && PyModule_Check(module) && is_from_packages(module) &&
           !is_standard(name, size) && !pack_speaks_of(name, size) && !taken_back;
}

/* ---- whose is it ---- */

/* Is `object`, of which nothing says whose it is, what a library calls `name`? */
static bool is_kept_by_library(PyObject *object, const char *name)
{
    PyObject *modules = PyImport_GetModuleDict(), *key, *module; /* borrowed */
    Py_ssize_t position = 0;

    while (PyDict_Next(modules, &position, &key, &module)) {
        PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        const char *module_name = text_of(key);
        if (dict && module_name && PyDict_GetItemString(dict, name) == object &&
            is_library(module_name))
            return true;
    }
    return false;
}

/* Did a library define the class? Not one that a cell derived from it: that is the cell's. */
static bool is_library_type(PyTypeObject *type)
{
    char name[512];
    bool proven;
    const char *module = loaded_said_module((PyObject *)type);

    if (classes_sandbox(type))
        return false;
    if (module && strcmp(module, "builtins") != 0 && nearest_module(module))
        return is_library(module);
    const char *dot = strrchr(type->tp_name, '.');
    if (is_kept_by_library((PyObject *)type, dot ? dot + 1 : type->tp_name))
        return true;
    return resolve_type_name(type, name, sizeof name, &proven) && is_library(name);
}

/* The descriptor of a class's method, or a slot of it. */
static bool is_library_descriptor(PyObject *callable)
{
    bool descriptor = Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
                      Py_IS_TYPE(callable, &PyWrapperDescr_Type) ||
                      Py_IS_TYPE(callable, &PyClassMethodDescr_Type);

    return descriptor && is_library_type(((PyDescrObject *)callable)->d_type);
}

/* A builtin that is bound: to a module, to an instance, or to whatever its maker keeps there. */
static bool is_library_builtin(PyObject *callable)
{
    /* of a static method, too: there PyCFunction_GET_SELF says NULL, and m_self is its class */
    PyObject *self = PyCFunction_Check(callable) ? ((PyCFunctionObject *)callable)->m_self : NULL;
    const char *module = PyCFunction_Check(callable) ? loaded_said_module(callable) : NULL;

    if (self && PyModule_Check(self))
        return is_library(PyModule_GetName(self) ? PyModule_GetName(self) : "");
    if (self && PyType_Check(self))
        return is_library_type((PyTypeObject *)self);
    if (module)
        return is_library(module);
    if (!self && PyCFunction_Check(callable))
        return is_kept_by_library(callable, ((PyCFunctionObject *)callable)->m_ml->ml_name);
    return self && is_library_type(Py_TYPE(self));
}

/* A kind of function that a library's compiler brought along: its type is of no module that is
 * there, so no Python code answers for it, and it says itself whose it is; a method of
 * Boost's names no module. */
static bool says_library(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    char name[512];
    bool proven;

    if (classes_sandbox(type) || !resolve_type_name(type, name, sizeof name, &proven) ||
        nearest_module(name))
        return false;
    AUTO_REF PyObject *module = PyObject_GetAttrString(callable, "__module__");
    const char *text = text_of(module);
    bool silent = !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) && (!text || !nearest_module(text));
    PyErr_Clear();
    return silent || (text && is_library(text));
}

/* A listed library's wrapper stands for a function of a library that no pack lists (scikit-learn
 * wraps the methods of classes that derive from its own). */
static bool is_wrapped_for_library(PyObject *function)
{
    PyObject *dict = ((PyFunctionObject *)function)->func_dict; /* borrowed, as what is in it */
    PyObject *wrapped = dict ? PyDict_GetItemString(dict, "__wrapped__") : NULL;
    const char *wrapper = loaded_said_module(function);

    if (!wrapped || !PyFunction_Check(wrapped) || !wrapper ||
        code_sandbox(PyFunction_GET_CODE(function)) || code_sandbox(PyFunction_GET_CODE(wrapped)))
        return false;
    const char *module = loaded_said_module(wrapped);
    return packs_know(wrapper) && module && is_library(module);
}

/* Python code that a library made of text and ran (beartype, the signatures of hypothesis): no
 * cell's, since what those run is guarded. */
static bool is_made_of_text(PyObject *function)
{
    PyObject *code = PyFunction_GET_CODE(function);
    const char *file = text_of(((PyCodeObject *)code)->co_filename);

    const char *module = loaded_said_module(function);

    if (!file || code_sandbox(code) || !strncmp(file, "<frozen", 7) ||
        !strncmp(file, "<safepyrun", 10))
        return false;
    return *file == '<' || (module && !loaded_find(module, strlen(module)));
}

static bool is_of_library(PyObject *callable, const struct identity *identity)
{
    if (PyMethod_Check(callable))
        callable = PyMethod_GET_FUNCTION(callable);
    if (PyFunction_Check(callable)) {
        const char *module = loaded_said_module(callable);
        return (module && is_library(module)) || is_wrapped_for_library(callable) ||
               (identity->proven && is_library(identity->name)) || is_made_of_text(callable);
    }
    if (PyType_Check(callable))
        return is_library_type((PyTypeObject *)callable);
    if (is_library_builtin(callable) || is_library_descriptor(callable))
        return true;
    /* An instance that can be called, or a kind of function that a library made for itself. */
    return is_library_type(Py_TYPE(callable)) || says_library(callable) ||
           (identity->proven && is_library(identity->name));
}

/* ---- what is said ---- */

bool unlisted_covers_module(PyObject *module)
{
    const char *name = gated && PyModule_Check(module) ? PyModule_GetName(module) : NULL;

    PyErr_Clear();
    return name && is_library(name);
}

const struct grant *unlisted_find(PyObject *callable, const struct identity *identity)
{
    if (!gated)
        return NULL;
    AUTO_ERROR(set);
    return is_of_library(callable, identity) ? &unlisted : NULL;
}

bool unlisted_package(PyObject *callable, const struct identity *identity, char *out, size_t size)
{
    PyObject *function = PyMethod_Check(callable) ? PyMethod_GET_FUNCTION(callable) : callable;
    const char *name = loaded_said_module(function);

    if (!name || !is_library(name))
        name = identity->name;
    snprintf(out, size, "%.*s", (int)strcspn(name, "."), name);
    return is_library(out) && is_of_library(callable, identity);
}

bool unlisted_writable(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; gated && mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!classes_sandbox(base)) /* the nearest that no cell made decides */
            return is_library_type(base);
    }
    return false;
}
