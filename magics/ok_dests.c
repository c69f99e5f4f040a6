/* ok_dests: %ok_dests, the directories that cells may write into. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <string.h>

bool ok_dests_set(const struct magic_host *host, PyObject *dests)
{
    if (!sandbox_set_ok_dests(host->sandbox, dests))
        return false;
    if (!ground_is_there())
        return true;
    AUTO_REF PyObject *content = Py_BuildValue("{s:O}", "ok_dests", dests);
    AUTO_REF PyObject *told = content ? host->query(host->context, "dests", content) : NULL;
    return told != NULL;
}

/* ---- %ok_dests ---- */

static PyObject *show_dests(const struct magic_host *host)
{
    AUTO_REF PyObject *dests = sandbox_ok_dests(host->sandbox);
    AUTO_TEXT text = {0};

    if (!dests)
        return NULL;
    if (!PyList_GET_SIZE(dests))
        text_add_string(&text,
                        "Nowhere: cells cannot write files. %ok_dests DIR permits a directory.\n");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(dests); i++) {
        text_add_object(&text, PyList_GET_ITEM(dests, i));
        text_add(&text, "\n", 1);
    }
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* Say which of the directories are not there; a file is an error. */
static bool check_directories(PyObject *dests)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(dests); i++) {
        AUTO_REF PyObject *path =
            call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(dests, i));
        AUTO_REF PyObject *exists = path ? call_python("os.path", "exists", "(O)", path) : NULL;
        AUTO_REF PyObject *directory = exists ? call_python("os.path", "isdir", "(O)", path) : NULL;
        if (!directory)
            return false;
        if (exists == Py_True && directory == Py_False) {
            usage_error("%%ok_dests: %s is a file; name the directory it is in",
                        PyUnicode_AsUTF8(path));
            return false;
        }
        if (exists == Py_False)
            print_line("Note: %s does not exist (yet).", PyUnicode_AsUTF8(path));
    }
    return true;
}

bool remove_named(const char *magic, PyObject *dests, PyObject *removed)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(removed); i++) {
        Py_ssize_t at = PySequence_Index(dests, PyList_GET_ITEM(removed, i));
        if (at < 0) {
            error_forget();
            usage_error("%%%s --remove: %s is not among them", magic,
                        PyUnicode_AsUTF8(PyList_GET_ITEM(removed, i)));
            return false;
        }
        if (PySequence_DelItem(dests, at) < 0)
            return false;
    }
    return true;
}

/* Both lists, each directory once; new list. */
PyObject *without_doubles(PyObject *first, PyObject *second)
{
    AUTO_REF PyObject *dests =
        first ? PyList_GetSlice(first, 0, PyList_GET_SIZE(first)) : PyList_New(0);

    for (Py_ssize_t i = 0; dests && i < PyList_GET_SIZE(second); i++) {
        int known = PySequence_Contains(dests, PyList_GET_ITEM(second, i));
        if (known < 0 || (!known && PyList_Append(dests, PyList_GET_ITEM(second, i)) < 0))
            return NULL;
    }
    return Py_XNewRef(dests);
}

/* What relative names are relative to, for the question: "(now in /home/me)"; empty when all are
 * whole paths. New str. */
static PyObject *place_of_relative(PyObject *named)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(named); i++) {
        Py_UCS4 first = PyUnicode_GET_LENGTH(PyList_GET_ITEM(named, i))
                            ? PyUnicode_READ_CHAR(PyList_GET_ITEM(named, i), 0)
                            : 0;
        if (first == '/' || first == '~')
            continue;
        AUTO_REF PyObject *here = call_python("os", "getcwd", "()");
        return here ? PyUnicode_FromFormat("(now in %U)", here) : NULL;
    }
    return PyUnicode_New(0, 0);
}

/* Set or add: asked of the front. `dests` is what holds now. */
static PyObject *widen_dests(const struct magic_host *host, PyObject *dests, PyObject *named,
                             bool add)
{
    if (!check_directories(named))
        return NULL;
    AUTO_REF PyObject *wanted = add ? without_doubles(dests, named) : without_doubles(NULL, named);
    AUTO_REF PyObject *place = wanted ? place_of_relative(named) : NULL;
    AUTO_REF PyObject *scope =
        place ? ask_to_widen(host, "ok_dests", named, PyUnicode_AsUTF8(place)) : NULL;

    if (!scope || !ok_dests_set(host, wanted) ||
        !once_remember(host, scope, ONCE_DESTS, dests, wanted))
        return NULL;
    return Py_NewRef(Py_None);
}

/* Relative names as whole paths, so that they go on meaning the same folders when the working
 * directory changes; "." follows it, and what is among `dests` already stays as it was given. New
 * list. */
static PyObject *whole_paths(PyObject *named, PyObject *dests)
{
    AUTO_REF PyObject *whole = PyList_New(0);

    for (Py_ssize_t i = 0; whole && i < PyList_GET_SIZE(named); i++) {
        PyObject *name = PyList_GET_ITEM(named, i);
        Py_UCS4 first = PyUnicode_GET_LENGTH(name) ? PyUnicode_READ_CHAR(name, 0) : '/';
        bool stays = first == '/' || first == '~' ||
                     PyUnicode_CompareWithASCIIString(name, ".") == 0 ||
                     PySequence_Contains(dests, name) == 1;
        AUTO_REF PyObject *path =
            stays ? Py_NewRef(name) : call_python("os.path", "abspath", "(O)", name);
        if (!path || PyList_Append(whole, path) < 0)
            return NULL;
    }
    return Py_XNewRef(whole);
}

PyObject *magic_ok_dests(const struct magic_call *call)
{
    static const char *const switches[] = {"--add", "--remove", "--clear", NULL};
    struct sandbox *sandbox = call->host->sandbox;
    AUTO_REF PyObject *typed = line_words(call->line, false);
    const char *given = typed ? take_switch(typed, switches, "ok_dests") : NULL;
    AUTO_REF PyObject *dests = given ? sandbox_ok_dests(sandbox) : NULL;
    AUTO_REF PyObject *words = dests ? whole_paths(typed, dests) : NULL;

    if (!words)
        return NULL;
    bool named = PyList_GET_SIZE(words) > 0;
    if (!named && !*given)
        return show_dests(call->host);
    if (named == (strcmp(given, "--clear") == 0))
        return usage_error("usage: %s", magic_find("ok_dests", MAGIC_LINE)->usage);
    if (strcmp(given, "--clear") == 0)
        return ok_dests_set(call->host, words) ? Py_NewRef(Py_None) : NULL;
    if (strcmp(given, "--remove") == 0)
        return remove_named("ok_dests", dests, words) && ok_dests_set(call->host, dests)
                   ? Py_NewRef(Py_None)
                   : NULL;
    return widen_dests(call->host, dests, words, strcmp(given, "--add") == 0);
}
