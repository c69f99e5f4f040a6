/* policy: %allow, %deny, %ok_dests, %policy. The front decides who may widen what; here a grant is
 * asked for, and taken up when the front has given it. */
#include "options.h"
#include "state.h"
#include "text.h"

#include <string.h>

/* ---- asking ------------------------------------------------------------------------------------------------- */

PyObject *ask_to_widen(const struct magic_host *host, const char *what, PyObject *items, const char *detail)
{
    AUTO_OBJECT content = Py_BuildValue("{s:s,s:O,s:s}", "what", what, "items", items, "detail", detail ? detail : "");
    AUTO_OBJECT answer = content ? host->query(host->context, "widen", content) : NULL;

    if (!answer)
        return NULL;
    PyObject *granted = PyDict_GetItemString(answer, "granted"); /* borrowed, as the others here */
    PyObject *scope = PyDict_GetItemString(answer, "scope");
    PyObject *reason = PyDict_GetItemString(answer, "reason");
    PyObject *remedy = PyDict_GetItemString(answer, "remedy");

    if (granted == Py_True)
        return scope && PyUnicode_Check(scope) ? Py_NewRef(scope) : PyUnicode_FromString("session");
    AUTO_OBJECT names = join_names(items, ", ");
    if (!names)
        return NULL;
    return sandbox_refuse("widen", PyUnicode_AsUTF8(names),
                          reason && PyUnicode_Check(reason) ? PyUnicode_AsUTF8(reason) : "nobody agreed to it",
                          remedy && PyUnicode_Check(remedy)
                              ? PyUnicode_AsUTF8(remedy)
                              : "permit it beforehand: config.toml, or start the kernel with --magics open");
}

/* ---- %allow ------------------------------------------------------------------------------------------------- */

/* "np.linalg.norm" -> "numpy.linalg.norm": what the library calls it. New str. */
static PyObject *canonical_name(const struct magic_host *host, PyObject *given)
{
    const char *name = PyUnicode_AsUTF8(given);
    const char *dot = name ? strchr(name, '.') : NULL;

    if (!name)
        return NULL;
    AUTO_OBJECT first = dot ? PyUnicode_FromStringAndSize(name, dot - name) : Py_NewRef(given);
    PyObject *object = first ? PyDict_GetItem(host->globals, first) : NULL; /* borrowed */
    const char *rest = dot ? dot : "";

    if (!object)
        return Py_NewRef(given);
    if (PyModule_Check(object)) {
        const char *module = PyModule_GetName(object);
        return module ? PyUnicode_FromFormat("%s%s", module, rest) : NULL;
    }
    PyTypeObject *type = PyType_Check(object) ? (PyTypeObject *)object : dot ? Py_TYPE(object) : NULL;
    if (!type || (PyCallable_Check(object) && !PyType_Check(object)))
        return Py_NewRef(given);
    AUTO_OBJECT module = PyObject_GetAttrString((PyObject *)type, "__module__");
    AUTO_OBJECT qualname = PyType_GetQualName(type);
    return module && qualname ? PyUnicode_FromFormat("%U.%U%s", module, qualname, rest) : NULL;
}

/* Grant one name: the object that the user sees under it, else the name as the library's own. */
static bool allow_one(const struct magic_host *host, PyObject *given, PyObject *canonical, enum grade grade)
{
    const char *name = PyUnicode_AsUTF8(given);
    AUTO_OBJECT object = name ? find_user_object(host, name) : NULL;
    bool is_target = object && (PyCallable_Check(object) || PyModule_Check(object));

    return name && sandbox_allow(is_target ? object : canonical, grade, NULL);
}

static void take_back(PyObject *names, Py_ssize_t count)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    for (Py_ssize_t i = 0; i < count; i++)
        if (!sandbox_deny(PyList_GET_ITEM(names, i)))
            PyErr_Clear();
    PyErr_Restore(type, error, traceback);
}

/* Grant all or nothing. */
static bool allow_all(const struct magic_host *host, PyObject *given, PyObject *canonical, enum grade grade)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(given); i++)
        if (!allow_one(host, PyList_GET_ITEM(given, i), PyList_GET_ITEM(canonical, i), grade)) {
            take_back(canonical, i);
            return false;
        }
    return true;
}

static PyObject *canonical_names(const struct magic_host *host, PyObject *given)
{
    AUTO_OBJECT names = PyList_New(0);

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(given); i++) {
        AUTO_OBJECT name = canonical_name(host, PyList_GET_ITEM(given, i));
        if (!name || PyList_Append(names, name) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

/* A grant for "once" holds for this cell and the next one. */
static bool remember_once(const struct magic_host *host, PyObject *scope, const char *kind, PyObject *items)
{
    if (PyUnicode_CompareWithASCIIString(scope, "once") != 0)
        return true;
    AUTO_OBJECT entry = Py_BuildValue("(siO)", kind, host->execution_count(host->context) + 1, items);

    return entry && PyList_Append(host->state->once, entry) == 0;
}

static void end_once(const struct magic_host *host, PyObject *entry)
{
    const char *kind = PyUnicode_AsUTF8(PyTuple_GET_ITEM(entry, 0));
    PyObject *items = PyTuple_GET_ITEM(entry, 2);

    if (kind && strcmp(kind, "ok_dests") == 0) {
        if (!sandbox_set_ok_dests(host->sandbox, items))
            PyErr_Clear();
    } else if (kind && strcmp(kind, "shell") == 0) {
        Py_ssize_t at = PySequence_Index(host->state->shell_grants, items);
        if (at < 0 || PySequence_DelItem(host->state->shell_grants, at) < 0)
            PyErr_Clear();
    } else {
        take_back(items, PyList_GET_SIZE(items));
    }
}

bool magic_cell_begins(const struct magic_host *host)
{
    PyObject *once = host->state->once;
    int cell = host->execution_count(host->context);

    for (Py_ssize_t i = PyList_GET_SIZE(once); i-- > 0;) {
        AUTO_OBJECT entry = Py_NewRef(PyList_GET_ITEM(once, i));
        if (PyLong_AsLong(PyTuple_GET_ITEM(entry, 1)) >= cell)
            continue;
        if (PyList_SetSlice(once, i, i + 1, NULL) < 0)
            return false;
        end_once(host, entry);
    }
    return true;
}

static bool add_row(struct text *text, PyObject *row)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(row); i++) {
        PyObject *cell = PyTuple_GET_ITEM(row, i);
        if (cell == Py_None)
            continue;
        text_add_string(text, i ? "  " : "");
        size_t start = text->size;
        if (!text_add_object(text, cell))
            return false;
        for (size_t width = text->size - start; i == 0 && width < 44; width++)
            text_add(text, " ", 1);
    }
    text_add(text, "\n", 1);
    return true;
}

static PyObject *print_rows(PyObject *rows, const char *nothing)
{
    AUTO_TEXT text = {0};

    if (!rows)
        return NULL;
    if (!PyList_GET_SIZE(rows))
        text_addf(&text, "%s\n", nothing);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++)
        if (!PyTuple_Check(PyList_GET_ITEM(rows, i)) || !add_row(&text, PyList_GET_ITEM(rows, i)))
            return NULL;
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

static PyObject *list_grants(const struct magic_host *host)
{
    AUTO_OBJECT rows = sandbox_grants();
    PyObject *commands = host->state->shell_grants;

    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(commands); i++) {
        AUTO_OBJECT command = join_names(PyList_GET_ITEM(commands, i), " ");
        AUTO_OBJECT row = command ? Py_BuildValue("(Nss)", PyUnicode_FromFormat("!%U", command), "shell", "user") : NULL;
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    return print_rows(rows, "Nothing is allowed beyond the packs; %policy shows these.");
}

static PyObject *allow_shell(const struct magic_host *host, PyObject *commands)
{
    if (!PyList_GET_SIZE(commands))
        return usage_error("%%allow --shell \"COMMAND [ARG ...]\"");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(commands); i++) { /* all must parse before one is asked for */
        AUTO_OBJECT words = line_words(PyList_GET_ITEM(commands, i), true);
        if (!words)
            return NULL;
        if (!PyList_GET_SIZE(words))
            return usage_error("%%allow --shell: an empty command");
    }
    AUTO_OBJECT scope = ask_to_widen(host, "shell", commands, "a program would run outside of the sandbox");
    if (!scope)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(commands); i++) {
        AUTO_OBJECT words = line_words(PyList_GET_ITEM(commands, i), true);
        if (!words || PyList_Append(host->state->shell_grants, words) < 0 ||
            !remember_once(host, scope, "shell", words))
            return NULL;
    }
    return Py_NewRef(Py_None);
}

/* Takes "--name" words out of `words`; the switch given, or "". UsageError for one that is unknown. */
static const char *take_switch(PyObject *words, const char *const *known, const char *magic)
{
    const char *given = "";

    for (Py_ssize_t i = PyList_GET_SIZE(words); i-- > 0;) {
        const char *word = PyUnicode_AsUTF8(PyList_GET_ITEM(words, i));
        if (!word)
            return NULL;
        if (strncmp(word, "--", 2) != 0)
            continue;
        const char *const *name = known;
        while (*name && strcmp(*name, word) != 0)
            name++;
        if (!*name || *given)
            return (void *)usage_error("%%%s: %s is %s; usage: %s", magic, word, *name ? "one too many" : "unknown",
                                       magic_find(magic, MAGIC_LINE)->usage);
        given = *name;
        if (PyList_SetSlice(words, i, i + 1, NULL) < 0)
            return NULL;
    }
    return given;
}

PyObject *magic_allow(const struct magic_call *call)
{
    static const char *const switches[] = {"--trust", "--shell", NULL};
    const struct magic_host *host = call->host;
    AUTO_OBJECT words = line_words(call->line, false);
    const char *given = words ? take_switch(words, switches, "allow") : NULL;

    if (!given)
        return NULL;
    if (strcmp(given, "--shell") == 0)
        return allow_shell(host, words);
    if (!PyList_GET_SIZE(words))
        return *given ? usage_error("%%allow --trust NAME ...") : list_grants(host);
    bool trust = strcmp(given, "--trust") == 0;
    AUTO_OBJECT names = canonical_names(host, words);
    /* Resolved before anybody is asked: an unknown name is an error, not a question. */
    if (!names || !allow_all(host, words, names, GRADE_GATED))
        return NULL;
    AUTO_OBJECT scope = ask_to_widen(host, trust ? "trust" : "allow", names, NULL);
    if (!scope || (trust && !allow_all(host, words, names, GRADE_TRUSTED))) {
        take_back(names, PyList_GET_SIZE(names));
        return NULL;
    }
    return remember_once(host, scope, "allow", names) ? Py_NewRef(Py_None) : NULL;
}

PyObject *magic_deny(const struct magic_call *call)
{
    AUTO_OBJECT words = line_words(call->line, false);
    AUTO_OBJECT names = words ? canonical_names(call->host, words) : NULL;

    if (!names)
        return NULL;
    if (!PyList_GET_SIZE(names))
        return usage_error("usage: %s", magic_find("deny", MAGIC_LINE)->usage);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++)
        if (!sandbox_deny(PyList_GET_ITEM(names, i)))
            return NULL;
    return Py_NewRef(Py_None);
}

/* ---- %ok_dests ---------------------------------------------------------------------------------------------- */

static PyObject *show_dests(const struct magic_host *host)
{
    AUTO_OBJECT dests = sandbox_ok_dests(host->sandbox);
    AUTO_TEXT text = {0};

    if (!dests)
        return NULL;
    if (!PyList_GET_SIZE(dests))
        text_add_string(&text, "Nowhere: cells cannot write files. %ok_dests DIR permits a directory.\n");
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
        AUTO_OBJECT path = call_python("os.path", "expanduser", "(O)", PyList_GET_ITEM(dests, i));
        AUTO_OBJECT exists = path ? call_python("os.path", "exists", "(O)", path) : NULL;
        AUTO_OBJECT directory = exists ? call_python("os.path", "isdir", "(O)", path) : NULL;
        if (!directory)
            return false;
        if (exists == Py_True && directory == Py_False) {
            usage_error("%%ok_dests: %s is a file; name the directory it is in", PyUnicode_AsUTF8(path));
            return false;
        }
        if (exists == Py_False)
            print_line("Note: %s does not exist (yet).", PyUnicode_AsUTF8(path));
    }
    return true;
}

static bool remove_dests(PyObject *dests, PyObject *removed)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(removed); i++) {
        Py_ssize_t at = PySequence_Index(dests, PyList_GET_ITEM(removed, i));
        if (at < 0) {
            PyErr_Clear();
            usage_error("%%ok_dests --remove: %s is not among them", PyUnicode_AsUTF8(PyList_GET_ITEM(removed, i)));
            return false;
        }
        if (PySequence_DelItem(dests, at) < 0)
            return false;
    }
    return true;
}

/* Set or add: asked of the front. `dests` is what holds now. */
static PyObject *widen_dests(const struct magic_host *host, PyObject *dests, PyObject *named, bool add)
{
    if (!check_directories(named))
        return NULL;
    AUTO_OBJECT wanted = add ? PySequence_Concat(dests, named) : Py_NewRef(named);
    AUTO_OBJECT scope = wanted ? ask_to_widen(host, "ok_dests", named, NULL) : NULL;

    if (!scope || !remember_once(host, scope, "ok_dests", dests) || !sandbox_set_ok_dests(host->sandbox, wanted))
        return NULL;
    return Py_NewRef(Py_None);
}

PyObject *magic_ok_dests(const struct magic_call *call)
{
    static const char *const switches[] = {"--add", "--remove", "--clear", NULL};
    struct sandbox *sandbox = call->host->sandbox;
    AUTO_OBJECT words = line_words(call->line, false);
    const char *given = words ? take_switch(words, switches, "ok_dests") : NULL;
    AUTO_OBJECT dests = given ? sandbox_ok_dests(sandbox) : NULL;

    if (!dests)
        return NULL;
    bool named = PyList_GET_SIZE(words) > 0;
    if (!named && !*given)
        return show_dests(call->host);
    if (named == (strcmp(given, "--clear") == 0))
        return usage_error("usage: %s", magic_find("ok_dests", MAGIC_LINE)->usage);
    if (strcmp(given, "--clear") == 0)
        return sandbox_set_ok_dests(sandbox, words) ? Py_NewRef(Py_None) : NULL;
    if (strcmp(given, "--remove") == 0)
        return remove_dests(dests, words) && sandbox_set_ok_dests(sandbox, dests) ? Py_NewRef(Py_None) : NULL;
    return widen_dests(call->host, dests, words, strcmp(given, "--add") == 0);
}

PyObject *magic_policy(const struct magic_call *call)
{
    AUTO_OBJECT rows = sandbox_policy_search(PyUnicode_AsUTF8(call->line));

    return print_rows(rows, "No name of the packs or grants contains that.");
}
