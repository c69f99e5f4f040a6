/* loaders: modules that lie where cells may write, and the person's own. What a cell wrote and then
 * imports is a cell's code: its source is compiled through L1 and L2; what has no source (.pyc
 * alone, zip archives) is refused, extension modules are refused by the gate. In the kernel the
 * person's own Python files (beside the notebook, below a folder on sys.path) are compiled so, too:
 * what they define is as callable as what a cell defines. */
#include <limits.h>
#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

/* The loaders' own methods; for the process. */
static struct {
    PyObject *source_get_code, *sourceless_get_code, *zip_get_code, *source_exec,
        *extension_exec; /* owned */
} self;

/* Who has a hand in what lies there: the sandbox that imports, else whoever the gate finds, where
 * the file lies in a folder of its, or cannot be told where it lies. That it may not be written
 * (it has another name elsewhere) does not say that it was not. NULL: nobody, an ordinary
 * module. */
static struct sandbox *writer_of(const char *path)
{
    struct asker asker = gate_asker();
    char resolved[PATH_MAX];

    if (!asker.sandbox)
        return NULL;
    return !dests_resolve(path, resolved) || dests_within(resolved, asker.sandbox->ok_dests)
               ? asker.sandbox
               : NULL;
}

/* loader.get_filename(fullname) as a path; new bytes reference. */
static PyObject *loader_path(PyObject *loader, PyObject *fullname, const char *attribute)
{
    AUTO_REF PyObject *path = attribute
                                  ? PyObject_GetAttrString(loader, attribute)
                                  : PyObject_CallMethod(loader, "get_filename", "O", fullname);

    return path ? dests_bytes(path) : NULL;
}

static PyObject *compile_module(struct sandbox *sandbox, PyObject *loader, PyObject *path,
                                PyObject *fullname)
{
    AUTO_REF PyObject *name =
        PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    AUTO_REF PyObject *source = name ? PyObject_CallMethod(loader, "get_data", "O", name) : NULL;

    AUTO_REF PyObject *code =
        source ? dynamic_code(sandbox, source, name, Py_file_input, false, false) : NULL;
    if (!code || (gate_is_closed() && !installed_set_own(fullname, true)))
        return NULL;
    others_forget();
    return Py_NewRef(code);
}

/* Is it the person's own, and to be called like what a cell defines? In a program that uses
 * RunPython, modules are the program's; of what the user trusts, or gave a policy, the host's code
 * is meant. */
static bool is_own(const char *path, PyObject *fullname)
{
    const char *name = text_of(fullname);
    char resolved[PATH_MAX];

    return name && gate_is_closed() && !installed_path(path) &&
           !(dests_resolve(path, resolved) && installed_path(resolved)) &&
           !grants_need_host_code(name);
}

/* Whose code the module is: a sandbox's, or NULL: the host's. */
static struct sandbox *module_sandbox(const char *path, PyObject *fullname)
{
    struct sandbox *writer = writer_of(path);
    struct asker asker = gate_asker();

    if (writer)
        return writer;
    return !asker.permitted && is_own(path, fullname) ? asker.sandbox : NULL;
}

/* get_code of SourceFileLoader */
static PyObject *source_get_code(PyObject *unused, PyObject *arguments)
{
    PyObject *loader, *fullname;

    (void)unused;
    if (!PyArg_ParseTuple(arguments, "OO", &loader, &fullname))
        return NULL;
    AUTO_REF PyObject *path = loader_path(loader, fullname, NULL);
    if (!path)
        return NULL;
    struct sandbox *sandbox =
        path == Py_None ? NULL : module_sandbox(PyBytes_AS_STRING(path), fullname);
    if (sandbox)
        return compile_module(sandbox, loader, path, fullname);
    if (!installed_set_own(fullname, false))
        return NULL;
    return PyObject_CallFunctionObjArgs(self.source_get_code, loader, fullname, NULL);
}

static PyObject *refuse_or_call(PyObject *arguments, const char *attribute, PyObject *original,
                                const char *reason)
{
    PyObject *loader, *fullname;

    if (!PyArg_ParseTuple(arguments, "OO", &loader, &fullname))
        return NULL;
    AUTO_REF PyObject *path = loader_path(loader, fullname, attribute);
    if (!path)
        return NULL;
    if (path != Py_None && writer_of(PyBytes_AS_STRING(path)))
        return refusal_raise("import", PyBytes_AS_STRING(path), reason, NULL);
    return PyObject_CallFunctionObjArgs(original, loader, fullname, NULL);
}

static PyObject *sourceless_get_code(PyObject *unused, PyObject *arguments)
{
    (void)unused;
    return refuse_or_call(
        arguments, NULL, self.sourceless_get_code,
        "a module without source, in a directory that cells may write to, is not loaded");
}

static PyObject *zip_get_code(PyObject *unused, PyObject *arguments)
{
    (void)unused;
    return refuse_or_call(arguments, "archive", self.zip_get_code,
                          "an archive in a directory that cells may write to is not imported from");
}

static _Thread_local int importing; /* modules that this thread is in the middle of */

/* When an import is through, what is to be watched of the libraries that came is watched before
 * anybody calls them, be it code that nobody judges a call of. */
static PyObject *exec_module(PyObject *original, PyObject *arguments)
{
    importing++;
    PyObject *result = PyObject_Call(original, arguments, NULL);
    importing--;
    if (result && !importing && (gate_default() || gate_current()) && !libraries_cover())
        PyErr_Clear(); /* the next call that is judged tries again */
    return result;
}

/* exec_module of SourceFileLoader */
static PyObject *source_exec(PyObject *unused, PyObject *arguments)
{
    (void)unused;
    return exec_module(self.source_exec, arguments);
}

/* exec_module of ExtensionFileLoader */
static PyObject *extension_exec(PyObject *unused, PyObject *arguments)
{
    (void)unused;
    return exec_module(self.extension_exec, arguments);
}

static PyMethodDef exec_methods[] = {
    {"exec_module", source_exec, METH_VARARGS, NULL},
    {"exec_module", extension_exec, METH_VARARGS, NULL},
};

static PyMethodDef get_code_methods[] = {
    {"get_code", source_get_code, METH_VARARGS, NULL},
    {"get_code", sourceless_get_code, METH_VARARGS, NULL},
    {"get_code", zip_get_code, METH_VARARGS, NULL},
};

/* Put our method into `type`; the old one goes to `*original`. */
static bool replace_method(PyObject *type, PyMethodDef *method, PyObject **original)
{
    AUTO_REF PyObject *function = PyCFunction_New(method, NULL);
    AUTO_REF PyObject *bound = function ? PyInstanceMethod_New(function) : NULL;

    *original = type ? PyObject_GetAttrString(type, method->ml_name) : NULL;
    return *original && bound && slots_put((PyTypeObject *)type, method->ml_name, bound);
}

bool loaders_init(void)
{
    PyObject *external = gate_module_names("_frozen_importlib_external");
    PyObject *zip = gate_module_names("zipimport");

    return external && zip &&
           replace_method(PyDict_GetItemString(external, "SourceFileLoader"), &get_code_methods[0],
                          &self.source_get_code) &&
           replace_method(PyDict_GetItemString(external, "SourceFileLoader"), &exec_methods[0],
                          &self.source_exec) &&
           replace_method(PyDict_GetItemString(external, "ExtensionFileLoader"), &exec_methods[1],
                          &self.extension_exec) &&
           replace_method(PyDict_GetItemString(external, "SourcelessFileLoader"),
                          &get_code_methods[1], &self.sourceless_get_code) &&
           replace_method(PyDict_GetItemString(zip, "zipimporter"), &get_code_methods[2],
                          &self.zip_get_code);
}
