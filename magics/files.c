/* files: %pwd, %cd, %ls, %env, %%writefile, %run. Nothing here has rights of its own: what writes
 * goes through open() and os.environ like the cell's own code, so the effect gate judges it. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

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
    return PyUnicode_GET_LENGTH(call->line) ? usage_error("%%pwd takes no argument")
                                            : working_directory();
}

/* ---- %cd ---- */

/* Is "." among the destinations, which follows the working directory? */
static bool has_moving_dest(PyObject *dests)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(dests); i++)
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(dests, i), ".") == 0)
            return true;
    return false;
}

/* May cells write there already, or has "." been agreed to mean it? 1 or 0, -1 with an
 * exception. */
static int is_permitted(const struct magic_host *host, PyObject *dests, PyObject *directory)
{
    int known = PySet_Contains(host->state->permitted, directory);

    if (known || dests_check(directory, dests))
        return known ? known : 1;
    error_forget();
    return 0;
}

bool magic_may_move(void *context, PyObject *target)
{
    const struct magic_host *host = context;
    AUTO_REF PyObject *dests = sandbox_ok_dests(host->sandbox);

    if (!dests || !has_moving_dest(dests))
        return dests != NULL;
    AUTO_REF PyObject *here = working_directory();
    AUTO_REF PyObject *full = here ? call_python("os.path", "realpath", "(O)", target) : NULL;
    if (!full || PySet_Add(host->state->permitted, here) < 0)
        return false;
    int permitted = is_permitted(host, dests, full);
    if (permitted < 0)
        return false;
    if (!permitted) {
        AUTO_REF PyObject *items = Py_BuildValue("[O]", full);
        AUTO_REF PyObject *scope = items
                                       ? ask_to_widen(host, "ok_dests", items,
                                                      "'.' is in ok_dests and moves along with it")
                                       : NULL;
        if (!scope)
            return false;
    }
    return PyUnicode_Compare(here, full) == 0 ||
           print_line("'.' in ok_dests is now %s", PyUnicode_AsUTF8(full));
}

/* The directory that %cd names: last one for "-", one that was visited for -N and --TEXT; new
 * str. */
static PyObject *cd_target(const struct magic_call *call, PyObject *given)
{
    PyObject *visited = call->host->state->directories;
    const char *word = PyUnicode_AsUTF8(given);

    if (word && strcmp(word, "-") == 0) {
        if (PyList_GET_SIZE(visited) < 2)
            return usage_error("%%cd -: there is no directory to go back to");
        return Py_NewRef(PyList_GET_ITEM(visited, PyList_GET_SIZE(visited) - 2));
    }
    if (word && *word == '-' && (word[1] == '-' || (word[1] >= '0' && word[1] <= '9')))
        return call->host->python(call->host->context, "cd_target", given, NULL);
    return call_python("os.path", "expanduser", "(O)", given);
}

static bool change_directory(PyObject *target)
{
    AUTO_REF PyObject *bytes = PyUnicode_EncodeFSDefault(target);

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

    if (!options_parse(call, "qb:", &options))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    AUTO_REF PyObject *home = PyUnicode_FromString("~");
    if (!words || !home)
        return NULL;
    if (PyList_GET_SIZE(words) > 1)
        return usage_error("%%cd takes one directory (quote a name with spaces)");
    AUTO_REF PyObject *mark = options_get(&options, 'b')
                                  ? PyUnicode_FromFormat("b %U", options_get(&options, 'b'))
                                  : NULL;
    AUTO_REF PyObject *target =
        mark ? call->host->python(call->host->context, "cd_target", mark, NULL)
             : cd_target(call, PyList_GET_SIZE(words) ? PyList_GET_ITEM(words, 0) : home);
    if (target && !PyUnicode_CheckExact(target)) /* what a cell put into _dh */
        return usage_error("%%cd takes a str, not %s", Py_TYPE(target)->tp_name);
    if (!target || !magic_may_move((void *)call->host, target) ||
        !session_keep_relative_dests(call->host->sandbox))
        return NULL;
    if (!change_directory(target))
        return NULL;
    AUTO_REF PyObject *now = working_directory();
    if (!now || PyList_Append(call->host->state->directories, now) < 0)
        return NULL;
    if (now && !options_get(&options, 'q'))
        print_line("%s", PyUnicode_AsUTF8(now));
    return now && !PyErr_Occurred() ? Py_NewRef(Py_None) : NULL;
}

/* ---- %ls ---- */

/* One line: `name` as it is shown, of what lies at `path`. */
static bool add_entry(struct text *text, PyObject *path, PyObject *name, bool details)
{
    AUTO_REF PyObject *is_directory = call_python("os.path", "isdir", "(O)", path);

    if (!is_directory)
        return false;
    if (details) {
        AUTO_REF PyObject *status = call_python("os", "lstat", "(O)", path);
        AUTO_REF PyObject *mode = status ? PyObject_GetAttrString(status, "st_mode") : NULL;
        AUTO_REF PyObject *size = status ? PyObject_GetAttrString(status, "st_size") : NULL;
        AUTO_REF PyObject *modes = mode ? call_python("stat", "filemode", "(O)", mode) : NULL;
        if (!modes || !size)
            return false;
        text_addf(text, "%s %12lld  ", PyUnicode_AsUTF8(modes), PyLong_AsLongLong(size));
    }
    if (!text_add_object(text, name))
        return false;
    text_add_string(text, is_directory == Py_True ? "/\n" : "\n");
    return true;
}

static bool add_directory(struct text *text, PyObject *directory, bool all, bool details)
{
    AUTO_REF PyObject *names = call_python("os", "listdir", "(O)", directory);

    if (!names || PyList_Sort(names) < 0)
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (PyUnicode_READ_CHAR(name, 0) == '.' && !all)
            continue;
        AUTO_REF PyObject *path = call_python("os.path", "join", "(OO)", directory, name);
        if (!path || !add_entry(text, path, name, details))
            return false;
    }
    return true;
}

/* What the words name: patterns expanded as a shell would, nothing is the working directory. New
 * list. */
static PyObject *list_targets(PyObject *words)
{
    AUTO_REF PyObject *targets = PyList_GET_SIZE(words) ? PyList_New(0) : Py_BuildValue("[s]", ".");

    for (Py_ssize_t i = 0; targets && i < PyList_GET_SIZE(words); i++) {
        AUTO_REF PyObject *path =
            call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(words, i));
        AUTO_REF PyObject *exists = path ? call_python("os.path", "lexists", "(O)", path) : NULL;
        AUTO_REF PyObject *found =
            exists == Py_False ? call_python("glob", "glob", "(O)", path) : NULL;
        if (!exists || (exists == Py_False && (!found || PyList_Sort(found) < 0)))
            return NULL;
        if (found && !PyList_GET_SIZE(found))
            return PyErr_SetObject(PyExc_FileNotFoundError,
                                   Py_BuildValue("(isO)", ENOENT, strerror(ENOENT), path)),
                   NULL;
        if (found ? PyList_SetSlice(targets, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, found) < 0
                  : PyList_Append(targets, path) < 0)
            return NULL;
    }
    return Py_XNewRef(targets);
}

PyObject *magic_ls(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "la", &options))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    AUTO_REF PyObject *targets = words ? list_targets(words) : NULL;
    bool details = options_get(&options, 'l'), all = options_get(&options, 'a');
    AUTO_TEXT text = {0};

    for (Py_ssize_t i = 0; targets && i < PyList_GET_SIZE(targets); i++) {
        PyObject *target = PyList_GET_ITEM(targets, i);
        AUTO_REF PyObject *is_directory = call_python("os.path", "isdir", "(O)", target);
        bool whole = is_directory == Py_True;
        if (whole && PyList_GET_SIZE(targets) > 1)
            text_addf(&text, "%s%s:\n", i ? "\n" : "", PyUnicode_AsUTF8(target));
        if (!is_directory || !(whole ? add_directory(&text, target, all, details)
                                     : add_entry(&text, target, target, details)))
            return NULL;
    }
    return targets && text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* ---- %env ---- */

static PyObject *environment(void)
{
    AUTO_REF PyObject *os = PyImport_ImportModule("os");

    return os ? PyObject_GetAttrString(os, "environ") : NULL;
}

/* "NAME = VALUE" or "NAME VALUE": blanks around both do not count. */
static PyObject *set_environment(const struct magic_call *call, PyObject *environ)
{
    const char *separator = strchr(PyUnicode_AsUTF8(call->line), '=') ? "=" : " ";
    AUTO_REF PyObject *parts = PyObject_CallMethod(call->line, "partition", "s", separator);
    AUTO_REF PyObject *name =
        parts ? PyObject_CallMethod(PyTuple_GET_ITEM(parts, 0), "strip", NULL) : NULL;
    AUTO_REF PyObject *value =
        name ? PyObject_CallMethod(PyTuple_GET_ITEM(parts, 2), "strip", NULL) : NULL;
    const char *text = value ? PyUnicode_AsUTF8(name) : NULL;

    if (!text)
        return NULL;
    if (!*text || strpbrk(text, " \t"))
        return usage_error("%%%s: \"%s\" is no name of a variable; usage: %%env NAME=VALUE",
                           call->name, text);
    if (PyObject_SetItem(environ, name, value) < 0)
        return NULL;
    AUTO_TEXT line = {0};
    text_addf(&line, "env: %s=", text);
    text_add_object(&line, value);
    text_add(&line, "\n", 1);
    return text_print(&line, "stdout") ? Py_NewRef(Py_None) : NULL;
}

PyObject *magic_env(const struct magic_call *call)
{
    AUTO_REF PyObject *environ = environment();
    const char *line = PyUnicode_AsUTF8(call->line);

    if (!environ || !line)
        return NULL;
    if (strpbrk(line, "= "))
        return set_environment(call, environ);
    if (strcmp(call->name, "set_env") == 0)
        return usage_error("usage: %s", magic_find("set_env", MAGIC_LINE)->usage);
    if (!*line)
        return PyObject_CallFunctionObjArgs((PyObject *)&PyDict_Type, environ, NULL);
    PyObject *value = PyObject_GetItem(environ, call->line);
    if (!value && PyErr_ExceptionMatches(PyExc_KeyError)) {
        error_forget();
        return usage_error("%%env: %s is not set", line);
    }
    return value;
}

/* ---- %%writefile ---- */

PyObject *magic_writefile(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "a", &options))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    if (!words)
        return NULL;
    if (PyList_GET_SIZE(words) != 1)
        return usage_error("usage: %s", magic_find("writefile", MAGIC_CELL)->usage);
    bool append = options_get(&options, 'a');
    AUTO_REF PyObject *path =
        call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(words, 0));
    AUTO_REF PyObject *exists = path ? call_python("os.path", "exists", "(O)", path) : NULL;
    AUTO_REF PyObject *file =
        exists ? call_python("io", "open", "(Osis)", path, append ? "a" : "w", -1, "utf-8") : NULL;
    AUTO_REF PyObject *written = file ? PyObject_CallMethod(file, "write", "O", call->cell) : NULL;

    if (!file)
        return NULL;
    /* Closed also when the write failed, so that nothing stays in a buffer; the first error
     * counts. */
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    AUTO_REF PyObject *closed = PyObject_CallMethod(file, "close", NULL);
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

/* ---- %run ---- */

/* New dict for the file's globals: fresh, or the user's own names to start from. */
static PyObject *run_namespace(const struct magic_call *call, PyObject *path, bool interactive)
{
    AUTO_REF PyObject *globals = interactive ? PyDict_Copy(call->host->globals) : PyDict_New();
    PyObject *builtins = PyDict_GetItemString(call->host->globals, "__builtins__");
    AUTO_REF PyObject *name = PyUnicode_FromString("__main__");

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
    AUTO_REF PyObject *file = call_python("tokenize", "open", "(O)", path);
    AUTO_REF PyObject *source = file ? PyObject_CallMethod(file, "read", NULL) : NULL;
    AUTO_REF PyObject *closed = source ? PyObject_CallMethod(file, "close", NULL) : NULL;

    return closed ? Py_NewRef(source) : NULL;
}

static bool ends_with(PyObject *path, const char *end)
{
    const char *text = PyUnicode_AsUTF8(path);
    size_t size = text ? strlen(text) : 0, wanted = strlen(end);

    return size > wanted && strcmp(text + size - wanted, end) == 0;
}

/* A notebook's cells, or an .ipy file, run in the user's own names, magics and all. */
static PyObject *run_cells(const struct magic_call *call, PyObject *path)
{
    const struct magic_host *host = call->host;
    AUTO_REF PyObject *cells = host->python(host->context, "notebook_cells", path, NULL);

    for (Py_ssize_t i = 0; cells && i < PyList_GET_SIZE(cells); i++) {
        PyObject *name, *source;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(cells, i), "UU", &name, &source))
            return NULL;
        AUTO_REF PyObject *value =
            host->run(host->context, source, PyUnicode_AsUTF8(name), true, host->globals);
        if (!value)
            return NULL;
    }
    return cells ? Py_NewRef(Py_None) : NULL;
}

/* The file that `name` means: NAME.py when there is no NAME. New str; UsageError for what is no
 * Python. */
static PyObject *run_path(PyObject *name)
{
    AUTO_REF PyObject *path = call_python("os.path", "expanduser", "(O)", name);
    AUTO_REF PyObject *exists = path ? call_python("os.path", "exists", "(O)", path) : NULL;
    const char *text = exists ? PyUnicode_AsUTF8(path) : NULL;

    if (!text)
        return NULL;
    if (exists == Py_True || ends_with(path, ".py"))
        return Py_NewRef(path);
    AUTO_REF PyObject *with_suffix = PyUnicode_FromFormat("%U.py", path);
    AUTO_REF PyObject *found =
        with_suffix ? call_python("os.path", "exists", "(O)", with_suffix) : NULL;
    return found ? Py_NewRef(found == Py_True ? with_suffix : path) : NULL;
}

PyObject *magic_run_file(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "i", &options))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    if (!words)
        return NULL;
    if (!PyList_GET_SIZE(words))
        return usage_error("usage: %s", magic_find("run", MAGIC_LINE)->usage);
    AUTO_REF PyObject *path = run_path(PyList_GET_ITEM(words, 0));
    if (path && (ends_with(path, ".ipynb") || ends_with(path, ".ipy")))
        return run_cells(call, path);
    AUTO_REF PyObject *source = path ? read_source(path) : NULL;
    AUTO_REF PyObject *globals =
        source ? run_namespace(call, path, options_get(&options, 'i')) : NULL;
    AUTO_REF PyObject *outer = Py_XNewRef(PySys_GetObject("argv"));

    if (!globals || PySys_SetObject("argv", words) < 0)
        return NULL;
    AUTO_REF PyObject *value =
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
