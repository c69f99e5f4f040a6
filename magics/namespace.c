/* namespace: %who_ls, %reset, %psearch. What a person defined: no underscore names,
 * none that the kernel put there. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <fnmatch.h>
#include <string.h>

static const char *const kernel_names[] = {"In",          "Out",  "exit",    "quit",
                                           "get_ipython", "open", "display", NULL};

static bool is_kernel_name(const char *name)
{
    if (*name == '_')
        return true;
    for (const char *const *known = kernel_names; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

/* New sorted list of the user's names whose type's name is among `types` (all when it is empty). */
static PyObject *user_names(const struct magic_call *call)
{
    AUTO_REF PyObject *types = line_words(call->line, false);
    AUTO_REF PyObject *names = PyList_New(0);
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (!types || !names)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(types); i++)
        if (!PyUnicode_IsIdentifier(PyList_GET_ITEM(types, i)))
            return usage_error("%%%s: %s is no name of a type; usage: %s", call->name,
                               PyUnicode_AsUTF8(PyList_GET_ITEM(types, i)),
                               magic_find(call->name, MAGIC_LINE)->usage);
    while (PyDict_Next(call->host->globals, &at, &key, &value)) {
        const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        if (!name || is_kernel_name(name)) {
            error_forget();
            continue;
        }
        AUTO_REF PyObject *type = PyType_GetName(Py_TYPE(value));
        int wanted = PyList_GET_SIZE(types) ? PySequence_Contains(types, type) : 1;
        if (!type || wanted < 0 || (wanted && PyList_Append(names, key) < 0))
            return NULL;
    }
    return PyList_Sort(names) < 0 ? NULL : Py_NewRef(names);
}

PyObject *magic_who_ls(const struct magic_call *call)
{
    return user_names(call);
}

/* ---- %reset, %psearch ---- */

PyObject *magic_reset(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "fs", &options))
        return NULL;
    if (PyUnicode_GET_LENGTH(options.rest))
        return call->host->python(call->host->context, "reset_parts", options.rest, NULL);
    int sure = options_get(&options, 'f')
                   ? 1
                   : confirmed("Once deleted, variables cannot be recovered. Proceed (y/[n])? ",
                               "%reset asks first, and this frontend takes no answers: %reset -f "
                               "does not ask");
    if (sure < 0)
        return NULL;
    if (!sure) {
        print_line("Nothing done.");
        return Py_NewRef(Py_None);
    }
    AUTO_REF PyObject *empty = PyUnicode_FromString("");
    struct magic_call all = {.host = call->host, .name = call->name, .line = empty};
    AUTO_REF PyObject *names = empty ? user_names(&all) : NULL;

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++)
        if (PyDict_DelItem(call->host->globals, PyList_GET_ITEM(names, i)) < 0)
            error_forget(); /* a finalizer took it away already */
    PyDict_Clear(call->host->state->kept);
    if (!names)
        return NULL;
    return options_get(&options, 's')
               ? Py_NewRef(Py_None)
               : call->host->python(call->host->context, "forget_results", empty, NULL);
}

/* What `?` alone shows. */
static const char overview[] =
    "Python (safepyrun): cells run in your own Python, and each is safe to try.\n\n"
    "obj?          what an object is; obj?? with its source, *name*? finds names\n"
    "help(obj)     Python's own help\n"
    "%lsmagic      the magics; %NAME? tells what one does\n"
    "!command      the shell, as far as you permitted it (%allow --shell)\n"
    "_  __  _5     results; In, Out, %history what was typed\n\n"
    "%policy       what cells may do, and what holds them\n"
    "%ok_dests     the folders that they may write to; %ok_hosts the hosts that they may reach\n"
    "%allow        permits more; %audit tells what was refused and permitted\n"
    "%%preview     a cell on a copy of the session; %undo takes back what the last one did\n";

PyObject *magic_pinfo(const struct magic_call *call)
{
    int detail = strcmp(call->name, "pinfo2") == 0;
    bool alone = PyUnicode_GET_LENGTH(call->line) == 0;
    AUTO_REF PyObject *text = alone ? PyUnicode_FromString(overview)
                                    : call->host->inspect(call->host->context, call->line, detail);

    if (!text) {
        if (PyErr_Occurred())
            return NULL;
        print_line("Object `%s` not found.", PyUnicode_AsUTF8(call->line));
        return Py_NewRef(Py_None);
    }
    return call->host->page(call->host->context, text) ? Py_NewRef(Py_None) : NULL;
}

struct search {
    bool all;        /* names that begin with an underscore, too */
    int flags;       /* fnmatch's */
    PyObject *found; /* set of str */
};

/* Add the names of `space` (a dict) that match, with `prefix` in front. */
static bool search_space(PyObject *space, const char *prefix, const char *pattern,
                         const struct search *search)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(space, &at, &key, &value)) {
        const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        if (!name || (*name == '_' && *pattern != '_' && !search->all) ||
            fnmatch(pattern, name, search->flags) != 0)
            continue;
        AUTO_REF PyObject *whole = PyUnicode_FromFormat("%s%s", prefix, name);
        if (!whole || PySet_Add(search->found, whole) < 0)
            return false;
    }
    return true;
}

/* "os.*dir*": what a module or a class has, without running its code. */
static bool search_below(const struct magic_host *host, const char *dotted,
                         const struct search *search)
{
    const char *dot = strrchr(dotted, '.');
    char owner_name[256], prefix[260];

    if ((size_t)(dot - dotted) >= sizeof owner_name)
        return true;
    snprintf(owner_name, sizeof owner_name, "%.*s", (int)(dot - dotted), dotted);
    snprintf(prefix, sizeof prefix, "%s.", owner_name);
    PyObject *builtin = PyDict_GetItemString(PyEval_GetBuiltins(), owner_name); /* borrowed */
    PyObject *users = find_user_object(host, owner_name);
    AUTO_REF PyObject *owner = users ? users : Py_XNewRef(builtin);
    if (owner && PyModule_Check(owner))
        return search_space(PyModule_GetDict(owner), prefix, dot + 1, search);
    PyObject *mro =
        owner ? (PyType_Check(owner) ? (PyTypeObject *)owner : Py_TYPE(owner))->tp_mro : NULL;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        AUTO_REF PyObject *names = PyObject_GetAttrString(PyTuple_GET_ITEM(mro, i), "__dict__");
        AUTO_REF PyObject *space = names ? PyDict_New() : NULL;
        if (!space || PyDict_Update(space, names) < 0 ||
            !search_space(space, prefix, dot + 1, search))
            return false;
    }
    return true;
}

PyObject *magic_psearch(const struct magic_call *call)
{
    AUTO_OPTIONS options;
    AUTO_REF PyObject *found = PySet_New(NULL);
    AUTO_TEXT text = {0};

    if (!found || !options_parse(call, "aic", &options))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    bool fold = options_get(&options, 'i') && !options_get(&options, 'c');
    const struct search search = {options_get(&options, 'a') != NULL, fold ? FNM_CASEFOLD : 0,
                                  found};
    if (!words)
        return NULL;
    if (PyList_GET_SIZE(words) != 1)
        return usage_error("usage: %s", magic_find("psearch", MAGIC_LINE)->usage);
    const char *pattern = PyUnicode_AsUTF8(PyList_GET_ITEM(words, 0));
    if (!pattern ||
        !(strchr(pattern, '.') ? search_below(call->host, pattern, &search)
                               : search_space(call->host->globals, "", pattern, &search) &&
                                     search_space(PyEval_GetBuiltins(), "", pattern, &search)))
        return NULL;
    AUTO_REF PyObject *names = PySequence_List(found);
    AUTO_REF PyObject *list = names && PyList_Sort(names) == 0 ? join_names(names, "\n") : NULL;

    if (!list || !text_add_object(&text, list))
        return NULL;
    text_add_string(&text, PyList_GET_SIZE(names) ? "\n" : "No name matches.\n");
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}
