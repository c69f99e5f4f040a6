/* files: %pwd, %cd, %ls, %env, %%writefile, %run. Nothing here has rights of its own: what writes goes
 * through open() and os.environ like the cell's own code, so the effect gate judges it. */
#include "options.h"
#include "state.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PyObject *working_directory(void)
{
    char path[PATH_MAX];

    if (!getcwd(path, sizeof path))
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyUnicode_DecodeFSDefault(path);
}

PyObject *magic_pwd(const struct magic_call *call)
{
    return PyUnicode_GET_LENGTH(call->line) ? usage_error("%%pwd takes no argument") : working_directory();
}

/* ---- %cd ------------------------------------------------------------------------------------------------------- */

/* A relative destination such as "." follows the working directory: moving it widens what may be written. */
static int has_relative_dest(struct sandbox *sandbox)
{
    AUTO_OBJECT dests = sandbox_ok_dests(sandbox);

    for (Py_ssize_t i = 0; dests && i < PyList_GET_SIZE(dests); i++) {
        const char *dest = PyUnicode_AsUTF8(PyList_GET_ITEM(dests, i));
        if (dest && *dest != '/' && *dest != '~')
            return 1;
    }
    return dests ? 0 : -1;
}

/* The directory that %cd names: last one for "-", home for nothing; new str. */
static PyObject *cd_target(const struct magic_call *call, PyObject *given)
{
    PyObject *visited = call->host->state->directories;

    if (PyUnicode_CompareWithASCIIString(given, "-") == 0) {
        if (!PyList_GET_SIZE(visited))
            return usage_error("%%cd -: there is no directory to go back to");
        return Py_NewRef(PyList_GET_ITEM(visited, PyList_GET_SIZE(visited) - 1));
    }
    return call_python("os.path", "expanduser", "(O)", given);
}

static bool change_directory(PyObject *target)
{
    AUTO_OBJECT bytes = PyUnicode_EncodeFSDefault(target);

    if (!bytes)
        return false;
    if (chdir(PyBytes_AS_STRING(bytes)) == 0)
        return true;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, target);
    return false;
}

PyObject *magic_cd(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "q", &options))
        return NULL;
    AUTO_OBJECT words = line_words(options.rest, false);
    AUTO_OBJECT home = PyUnicode_FromString("~");
    if (!words || !home)
        return NULL;
    if (PyList_GET_SIZE(words) > 1)
        return usage_error("%%cd takes one directory (quote a name with spaces)");
    AUTO_OBJECT target = cd_target(call, PyList_GET_SIZE(words) ? PyList_GET_ITEM(words, 0) : home);
    AUTO_OBJECT here = working_directory();
    int widens = target && here ? has_relative_dest(call->host->sandbox) : -1;

    if (widens < 0)
        return NULL;
    if (widens) {
        AUTO_OBJECT full = call_python("os.path", "realpath", "(O)", target);
        AUTO_OBJECT items = full ? Py_BuildValue("[O]", full) : NULL;
        AUTO_OBJECT scope = items ? ask_to_widen(call->host, "ok_dests", items,
                                                 "'.' is in ok_dests and moves along with %cd")
                                  : NULL;
        if (!scope)
            return NULL;
    }
    if (!change_directory(target) || PyList_Append(call->host->state->directories, here) < 0)
        return NULL;
    AUTO_OBJECT now = working_directory();
    if (now && !options_get(&options, 'q'))
        print_line("%s", PyUnicode_AsUTF8(now));
    return now && !PyErr_Occurred() ? Py_NewRef(Py_None) : NULL;
}

/* ---- %ls ------------------------------------------------------------------------------------------------------- */

static bool add_entry(struct text *text, PyObject *directory, PyObject *name, bool details)
{
    AUTO_OBJECT path = call_python("os.path", "join", "(OO)", directory, name);
    AUTO_OBJECT is_directory = path ? call_python("os.path", "isdir", "(O)", path) : NULL;

    if (!is_directory)
        return false;
    if (details) {
        AUTO_OBJECT status = call_python("os", "lstat", "(O)", path);
        AUTO_OBJECT mode = status ? PyObject_GetAttrString(status, "st_mode") : NULL;
        AUTO_OBJECT size = status ? PyObject_GetAttrString(status, "st_size") : NULL;
        AUTO_OBJECT modes = mode ? call_python("stat", "filemode", "(O)", mode) : NULL;
        if (!modes || !size)
            return false;
        text_addf(text, "%s %12lld  ", PyUnicode_AsUTF8(modes), PyLong_AsLongLong(size));
    }
    if (!text_add_object(text, name))
        return false;
    text_add_string(text, is_directory == Py_True ? "/\n" : "\n");
    return true;
}

PyObject *magic_ls(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "lath", &options))
        return NULL;
    AUTO_OBJECT words = line_words(options.rest, false);
    AUTO_OBJECT here = PyUnicode_FromString(".");
    if (!words || !here)
        return NULL;
    if (PyList_GET_SIZE(words) > 1)
        return usage_error("%%ls lists one directory; usage: %s", magic_find("ls", MAGIC_LINE)->usage);
    AUTO_OBJECT directory =
        call_python("os.path", "expanduser", "(O)", PyList_GET_SIZE(words) ? PyList_GET_ITEM(words, 0) : here);
    AUTO_OBJECT names = directory ? call_python("os", "listdir", "(O)", directory) : NULL;
    AUTO_TEXT text = {0};

    if (!names || PyList_Sort(names) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (PyUnicode_READ_CHAR(name, 0) == '.' && !options_get(&options, 'a'))
            continue;
        if (!add_entry(&text, directory, name, options_get(&options, 'l')))
            return NULL;
    }
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* ---- %env ------------------------------------------------------------------------------------------------------ */

static PyObject *environment(void)
{
    AUTO_OBJECT os = PyImport_ImportModule("os");

    return os ? PyObject_GetAttrString(os, "environ") : NULL;
}

static PyObject *set_environment(PyObject *environ, const char *name, size_t size, const char *value)
{
    AUTO_OBJECT key = PyUnicode_FromStringAndSize(name, (Py_ssize_t)size);
    AUTO_OBJECT text = key ? PyUnicode_FromString(value) : NULL;

    if (!text || PyObject_SetItem(environ, key, text) < 0)
        return NULL;
    print_line("env: %s=%s", PyUnicode_AsUTF8(key), value);
    return Py_NewRef(Py_None);
}

PyObject *magic_env(const struct magic_call *call)
{
    AUTO_OBJECT environ = environment();
    const char *line = PyUnicode_AsUTF8(call->line);

    if (!environ || !line)
        return NULL;
    if (!*line)
        return PyObject_CallFunctionObjArgs((PyObject *)&PyDict_Type, environ, NULL);
    const char *end = line + strcspn(line, "= ");
    if (*end)
        return set_environment(environ, line, (size_t)(end - line), end + 1);
    PyObject *value = PyObject_GetItem(environ, call->line);
    if (!value && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        return usage_error("%%env: %s is not set", line);
    }
    return value;
}

/* ---- %%writefile ------------------------------------------------------------------------------------------------- */

PyObject *magic_writefile(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "a", &options))
        return NULL;
    AUTO_OBJECT words = line_words(options.rest, false);
    if (!words)
        return NULL;
    if (PyList_GET_SIZE(words) != 1)
        return usage_error("usage: %s", magic_find("writefile", MAGIC_CELL)->usage);
    bool append = options_get(&options, 'a');
    AUTO_OBJECT path = call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(words, 0));
    AUTO_OBJECT exists = path ? call_python("os.path", "exists", "(O)", path) : NULL;
    AUTO_OBJECT file = exists ? call_python("io", "open", "(Osis)", path, append ? "a" : "w", -1, "utf-8") : NULL;
    AUTO_OBJECT written = file ? PyObject_CallMethod(file, "write", "O", call->cell) : NULL;

    if (!file)
        return NULL;
    /* Closed also when the write failed, so that nothing stays in a buffer; the first error counts. */
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    AUTO_OBJECT closed = PyObject_CallMethod(file, "close", NULL);
    if (!written) {
        PyErr_Restore(type, error, traceback);
        return NULL;
    }
    if (!closed)
        return NULL;
    print_line("%s %s", exists == Py_True ? append ? "Appending to" : "Overwriting" : "Writing",
               PyUnicode_AsUTF8(path));
    return Py_NewRef(Py_None);
}

/* ---- %run --------------------------------------------------------------------------------------------------------- */

/* New dict for the file's globals: fresh, or the user's own names to start from. */
static PyObject *run_namespace(const struct magic_call *call, PyObject *path, bool interactive)
{
    AUTO_OBJECT globals = interactive ? PyDict_Copy(call->host->globals) : PyDict_New();
    PyObject *builtins = PyDict_GetItemString(call->host->globals, "__builtins__");
    AUTO_OBJECT name = PyUnicode_FromString("__main__");

    if (!globals || !name || PyDict_SetItemString(globals, "__name__", name) < 0 ||
        PyDict_SetItemString(globals, "__file__", path) < 0 ||
        (builtins && PyDict_SetItemString(globals, "__builtins__", builtins) < 0))
        return NULL;
    return Py_NewRef(globals);
}

/* The file's names become the user's; dunder names stay. */
static bool take_names(PyObject *from, PyObject *to)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(from, &at, &key, &value)) {
        const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        if (name && strncmp(name, "__", 2) != 0 && PyDict_SetItem(to, key, value) < 0)
            return false;
    }
    return !PyErr_Occurred();
}

static PyObject *read_source(PyObject *path)
{
    AUTO_OBJECT file = call_python("tokenize", "open", "(O)", path);
    AUTO_OBJECT source = file ? PyObject_CallMethod(file, "read", NULL) : NULL;
    AUTO_OBJECT closed = source ? PyObject_CallMethod(file, "close", NULL) : NULL;

    return closed ? Py_NewRef(source) : NULL;
}

PyObject *magic_run_file(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "in", &options))
        return NULL;
    AUTO_OBJECT words = line_words(options.rest, false);
    if (!words)
        return NULL;
    if (!PyList_GET_SIZE(words))
        return usage_error("usage: %s", magic_find("run", MAGIC_LINE)->usage);
    AUTO_OBJECT path = call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(words, 0));
    AUTO_OBJECT source = path ? read_source(path) : NULL;
    AUTO_OBJECT globals = source ? run_namespace(call, path, options_get(&options, 'i')) : NULL;
    AUTO_OBJECT outer = Py_XNewRef(PySys_GetObject("argv"));

    if (!globals || PySys_SetObject("argv", words) < 0)
        return NULL;
    AUTO_OBJECT value =
        call->host->run(call->host->context, source, PyUnicode_AsUTF8(path), true, globals);
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PySys_SetObject("argv", outer);
    bool taken = take_names(globals, call->host->globals);
    if (!value) {
        PyErr_Restore(type, error, traceback);
        return NULL;
    }
    return taken ? Py_NewRef(Py_None) : NULL;
}
