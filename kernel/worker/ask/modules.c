/* modules: completion of import statements, from directories and modules already imported. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/worker/ask/introspect.h"

static void offer(PyObject *found, PyObject *prefix, PyObject *name, const char *type)
{
    AUTO_REF PyObject *kind = PyUnicode_FromString(type);

    if (kind && PyUnicode_IsIdentifier(name) == 1 &&
        !(PyUnicode_GET_LENGTH(prefix) == 0 && PyUnicode_READ_CHAR(name, 0) == '_') &&
        PyUnicode_Tailmatch(name, prefix, 0, PY_SSIZE_T_MAX, -1) == 1)
        PyDict_SetDefault(found, name, kind);
    PyErr_Clear();
}

/* The word behind a module's name, with the blank that must follow, as IPython offers it. */
static void offer_import(PyObject *found, PyObject *prefix)
{
    AUTO_REF PyObject *word = PyUnicode_FromString("import ");
    AUTO_REF PyObject *kind = PyUnicode_FromString("keyword");

    if (word && kind && PyUnicode_Tailmatch(word, prefix, 0, PY_SSIZE_T_MAX, -1) == 1)
        PyDict_SetDefault(found, word, kind);
    PyErr_Clear();
}

/* New list of the modules in a directory. */
static PyObject *folder_list(const char *folder)
{
    static const char *const ends[] = {".py", ".so", NULL};
    AUTO_REF PyObject *names = PyList_New(0);
    DIR *stream = opendir(folder[0] ? folder : ".");
    struct dirent *entry;

    while (names && stream && (entry = readdir(stream))) {
        size_t length = strlen(entry->d_name);
        bool wanted = entry->d_type == DT_DIR || entry->d_type == DT_LNK;
        for (const char *const *end = ends; *end; end++)
            wanted |= length > 3 && strcmp(entry->d_name + length - 3, *end) == 0;
        AUTO_REF PyObject *name = PyUnicode_DecodeFSDefaultAndSize(
            entry->d_name, (Py_ssize_t)strcspn(entry->d_name, "."));
        if (wanted && name && PyUnicode_IsIdentifier(name) == 1 &&
            strcmp(entry->d_name, "__pycache__") != 0 && strcmp(entry->d_name, "__init__.py") != 0)
            PyList_Append(names, name);
        PyErr_Clear();
    }
    if (stream)
        closedir(stream);
    return Py_XNewRef(names);
}

/* The same from the cache, while the directory has not changed: new reference. */
static PyObject *folder_modules(PyObject *path)
{
    static PyObject *cache; /* dict: path -> (mtime, list); lives as long as the process */
    AUTO_REF PyObject *bytes = PyUnicode_EncodeFSDefault(path);
    struct stat status;

    if (!cache)
        cache = PyDict_New();
    if (!bytes || !cache)
        return NULL;
    const char *folder = PyBytes_AS_STRING(bytes);
    if (stat(folder[0] ? folder : ".", &status) < 0 || !S_ISDIR(status.st_mode))
        return NULL;
    AUTO_REF PyObject *stamp = PyLong_FromLongLong((long long)status.st_mtim.tv_sec * 1000000000LL +
                                                   status.st_mtim.tv_nsec);
    PyObject *known = folder[0] ? PyDict_GetItem(cache, path) : NULL;
    if (known && stamp && PyObject_RichCompareBool(PyTuple_GET_ITEM(known, 0), stamp, Py_EQ) == 1)
        return Py_NewRef(PyTuple_GET_ITEM(known, 1));
    AUTO_REF PyObject *names = folder_list(folder);
    AUTO_REF PyObject *row = names && stamp ? PyTuple_Pack(2, stamp, names) : NULL;
    if (row)
        PyDict_SetItem(cache, path, row);
    return Py_XNewRef(names);
}

static void offer_folders(PyObject *found, PyObject *prefix, PyObject *paths)
{
    for (Py_ssize_t i = 0; paths && PyList_Check(paths) && i < PyList_GET_SIZE(paths); i++) {
        PyObject *path = PyList_GET_ITEM(paths, i);
        AUTO_REF PyObject *names = PyUnicode_Check(path) ? folder_modules(path) : NULL;
        for (Py_ssize_t n = 0; names && n < PyList_GET_SIZE(names); n++)
            offer(found, prefix, PyList_GET_ITEM(names, n), "module");
        PyErr_Clear();
    }
}

static void offer_top(PyObject *found, PyObject *prefix)
{
    PyObject *builtin = PySys_GetObject("builtin_module_names");

    offer_folders(found, prefix, PySys_GetObject("path"));
    for (Py_ssize_t i = 0; builtin && PyTuple_Check(builtin) && i < PyTuple_GET_SIZE(builtin); i++)
        offer(found, prefix, PyTuple_GET_ITEM(builtin, i), "module");
}

/* The folders of a package that is not imported: sys.path entries with its path behind. */
static PyObject *package_folders(PyObject *package)
{
    PyObject *path = PySys_GetObject("path");
    AUTO_REF PyObject *folders = PyList_New(0);
    AUTO_REF PyObject *dot = PyUnicode_FromString(".");
    AUTO_REF PyObject *slash = PyUnicode_FromString("/");
    AUTO_REF PyObject *tail = dot && slash ? PyUnicode_Replace(package, dot, slash, -1) : NULL;

    for (Py_ssize_t i = 0; tail && folders && path && i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = PyList_GET_ITEM(path, i);
        AUTO_REF PyObject *folder = !PyUnicode_Check(entry) ? NULL
                                    : PyUnicode_GET_LENGTH(entry)
                                        ? PyUnicode_FromFormat("%U/%U", entry, tail)
                                        : Py_NewRef(tail);
        if (folder)
            PyList_Append(folders, folder);
    }
    return Py_XNewRef(folders);
}

/* What may follow `package.` (`members`: or stand after `from package import`). */
static void offer_members(PyObject *found, PyObject *prefix, PyObject *package, bool members)
{
    PyObject *module = PyDict_GetItem(PyImport_GetModuleDict(), package);
    AUTO_REF PyObject *folders = NULL;
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (module && PyModule_Check(module)) {
        PyObject *dict = PyModule_GetDict(module);
        while (PyDict_Next(dict, &at, &key, &value))
            if (PyUnicode_CheckExact(key) && (members || PyModule_Check(value)))
                offer(found, prefix, key,
                      PyType_Check(value)     ? "class"
                      : PyModule_Check(value) ? "module"
                                              : "function");
        folders = Py_XNewRef(PyDict_GetItemString(dict, "__path__"));
    } else {
        folders = package_folders(package);
    }
    offer_folders(found, prefix, folders);
    PyErr_Clear();
}

/* The dotted name from `from` on, up to the first blank or `end`. */
static PyObject *dotted_name(const struct codescan *scan, Py_ssize_t from, Py_ssize_t *end)
{
    Py_ssize_t at = from;

    while (at < scan->size && (codescan_is_name(scan->text[at]) || scan->text[at] == '.'))
        at++;
    *end = at;
    return codescan_slice(scan, from, at);
}

static Py_ssize_t skip_blanks(const struct codescan *scan, Py_ssize_t at)
{
    while (at < scan->size && (scan->text[at] == ' ' || scan->text[at] == '\t'))
        at++;
    return at;
}

bool import_complete(struct worker *self, const struct codescan *scan, PyObject *prefix,
                     PyObject *found, bool *handled)
{
    Py_ssize_t at = skip_blanks(scan, scan->statement);
    Py_ssize_t end = at;
    Py_ssize_t word = codescan_word(scan, scan->size);

    (void)self;
    while (end < scan->size && codescan_is_name(scan->text[end]))
        end++;
    bool from = codescan_equals(scan, at, end, "from");
    *handled = (from || codescan_equals(scan, at, end, "import")) && end < scan->size;
    if (!*handled)
        return true;
    Py_ssize_t name = skip_blanks(scan, end);
    AUTO_REF PyObject *package = dotted_name(scan, name, &end);
    if (!package)
        return false;
    if (from && end < scan->size) { /* behind the module's name */
        Py_ssize_t next = skip_blanks(scan, end);
        if (next + 6 < scan->size && codescan_equals(scan, next, next + 6, "import"))
            offer_members(found, prefix, package, true);
        else
            offer_import(found, prefix);
        return true;
    }
    Py_ssize_t start = word;
    while (start > 0 && (codescan_is_name(scan->text[start - 1]) || scan->text[start - 1] == '.'))
        start--;
    if (start == word) {
        offer_top(found, prefix);
        return true;
    }
    AUTO_REF PyObject *parent = codescan_slice(scan, start, word - 1);
    if (parent)
        offer_members(found, prefix, parent, false);
    return parent != NULL;
}
