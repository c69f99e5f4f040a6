/* native: can a library reach compiled code that no pack describes? */
#include "magics/native.h"

#include "base/reference.h"
#include "magics/state.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LIBRARIES_MOST = 200, FILES_MOST = 20000, DEPTH_MOST = 8 };

/* ---- one library ---- */

/* Does a package bring compiled code? Looks at most at some thousand files; too many count as
 * yes. */
static bool directory_is_native(const char *path, int depth, int *files)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool native = false;

    while (directory && !native && (entry = readdir(directory))) {
        char below[4096];
        struct stat status;
        size_t size = strlen(entry->d_name);
        bool fits =
            (size_t)snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < sizeof below;
        if (entry->d_name[0] == '.' || !fits)
            continue;
        native =
            ++*files > FILES_MOST || (size > 3 && strcmp(entry->d_name + size - 3, ".so") == 0);
        if (!native && depth > 0 && lstat(below, &status) == 0 && S_ISDIR(status.st_mode))
            native = directory_is_native(below, depth - 1, files);
    }
    if (directory)
        closedir(directory);
    return native;
}

static bool is_library(const char *path)
{
    size_t size = strlen(path);

    return size > 3 && strcmp(path + size - 3, ".so") == 0;
}

/* By its spec: where its file is, or the folders of its modules. */
static bool spec_is_native(PyObject *spec)
{
    AUTO_REF PyObject *origin = PyObject_GetAttrString(spec, "origin");
    AUTO_REF PyObject *found = PyObject_GetAttrString(spec, "submodule_search_locations");
    AUTO_REF PyObject *folders = found && found != Py_None ? PySequence_List(found) : NULL;
    const char *file = origin && PyUnicode_Check(origin) ? PyUnicode_AsUTF8(origin) : "";
    int files = 0;

    error_forget();
    if (!file || is_library(file))
        return true;
    for (Py_ssize_t i = 0; folders && i < PyList_GET_SIZE(folders); i++) {
        PyObject *folder = PyList_GET_ITEM(folders, i);
        const char *path = PyUnicode_Check(folder) ? PyUnicode_AsUTF8(folder) : NULL;
        error_forget();
        if (path && directory_is_native(path, DEPTH_MOST, &files))
            return true;
    }
    return false;
}

static bool library_is_native(PyObject *name)
{
    AUTO_REF PyObject *spec = call_python("importlib.util", "find_spec", "(O)", name);

    error_forget(); /* not installed: nothing of it can be reached */
    return spec && spec != Py_None && spec_is_native(spec);
}

/* ---- what it reaches ---- */

/* The top-level package of a module's name, once. */
static void add_library(PyObject *libraries, const char *module, size_t size)
{
    PyObject *standard = PySys_GetObject("stdlib_module_names"); /* borrowed */
    AUTO_REF PyObject *name = PyUnicode_FromStringAndSize(module, (Py_ssize_t)size);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;

    if (text && *text && standard && PySet_Contains(standard, name) == 0 && !packs_know(text) &&
        PyList_GET_SIZE(libraries) < LIBRARIES_MOST && PySequence_Contains(libraries, name) == 0)
        PyList_Append(libraries, name);
    error_forget();
}

/* The module that a value is, or was defined in; borrowed, NULL: it does not say. */
static PyObject *home_of(PyObject *value)
{
    if (PyModule_Check(value))
        return PyDict_GetItemString(PyModule_GetDict(value), "__name__");
    if (PyFunction_Check(value))
        return PyFunction_GetModule(value);
    if (PyCFunction_Check(value))
        return ((PyCFunctionObject *)value)->m_module;
    PyObject *own = PyType_Check(value) ? ((PyTypeObject *)value)->tp_dict : NULL;
    return own ? PyDict_GetItemString(own, "__module__") : NULL;
}

/* What the loaded modules of a library have names for. */
static void add_named(PyObject *libraries, const char *library)
{
    PyObject *name, *module, *key, *value;
    Py_ssize_t at = 0;
    size_t size = strlen(library);

    while (PyDict_Next(PyImport_GetModuleDict(), &at, &name, &module)) {
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
        bool of_library = text && PyModule_Check(module) && strncmp(text, library, size) == 0 &&
                          (text[size] == '.' || !text[size]);
        Py_ssize_t member = 0;
        while (of_library && PyDict_Next(PyModule_GetDict(module), &member, &key, &value)) {
            PyObject *home = home_of(value);
            const char *from = home && PyUnicode_Check(home) ? PyUnicode_AsUTF8(home) : NULL;
            if (from)
                add_library(libraries, from, strcspn(from, "."));
        }
    }
    error_forget();
}

/* What its distribution needs, extras aside: it may be imported later. */
static void add_needed(PyObject *libraries, PyObject *library)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    AUTO_REF PyObject *needed = call_python("importlib.metadata", "requires", "(O)", library);

    error_forget();
    for (Py_ssize_t i = 0; needed && PyList_Check(needed) && i < PyList_GET_SIZE(needed); i++) {
        PyObject *row = PyList_GET_ITEM(needed, i);
        const char *text = PyUnicode_Check(row) ? PyUnicode_AsUTF8(row) : NULL;
        char module[128];
        size_t size = 0;
        if (!text || strstr(text, "extra =="))
            continue;
        for (; size < sizeof module && text[size] && strchr(letters, text[size]); size++)
            module[size] = text[size] == '-' ? '_' : (char)tolower((unsigned char)text[size]);
        add_library(libraries, module, size);
    }
    error_forget();
}

bool native_is_reached(const char *name)
{
    AUTO_REF PyObject *libraries = PyList_New(0);

    if (!libraries) {
        error_forget();
        return true;
    }
    add_library(libraries, name, strcspn(name, "."));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(libraries); i++) {
        PyObject *library = PyList_GET_ITEM(libraries, i);
        if (library_is_native(library))
            return true;
        add_named(libraries, PyUnicode_AsUTF8(library));
        add_needed(libraries, library);
    }
    return false;
}
