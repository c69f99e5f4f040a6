/* complete, in strings and brackets: keys of what the brackets are of, columns that a call names,
 * and paths where one is expected. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/worker/ask/answers.h"
#include "kernel/worker/ask/completion.h"
#include "kernel/worker/inside.h"

enum { KEYS_SHOWN = 500 };

/* ---- keys ---- */

/* `key` as it stands in source after `quote` (0: with quotes of its own). */
static PyObject *key_text(PyObject *key, Py_UCS4 quote)
{
    AUTO_REF PyObject *repr =
        PyUnicode_CheckExact(key) || (PyLong_CheckExact(key) && !quote) ? PyObject_Repr(key) : NULL;

    if (!repr || !quote)
        return Py_XNewRef(repr);
    AUTO_REF PyObject *body = PyUnicode_Substring(repr, 1, PyUnicode_GET_LENGTH(repr) - 1);
    if (!body || PyUnicode_READ_CHAR(repr, 0) == quote)
        return Py_XNewRef(body);
    AUTO_REF PyObject *plain = PyUnicode_FromFormat("%c", (int)quote);
    AUTO_REF PyObject *escaped = PyUnicode_FromFormat("\\%c", (int)quote);
    return plain && escaped ? PyUnicode_Replace(body, plain, escaped, -1) : NULL;
}

/* Does the text of a key begin with what stands at the cursor? Asked before it is written out:
 * tables have thousands. */
static bool key_may_match(struct completion *self, PyObject *key, Py_UCS4 quote)
{
    return !quote || !PyUnicode_CheckExact(key) || PyUnicode_GET_LENGTH(self->prefix) == 0 ||
           PyUnicode_GET_LENGTH(key) == 0 ||
           PyUnicode_READ_CHAR(key, 0) == PyUnicode_READ_CHAR(self->prefix, 0) ||
           PyUnicode_READ_CHAR(self->prefix, 0) == '\\';
}

/* Offer what may stand in the brackets behind `object` (borrowed). `quote` is the open string's or
 * 0. False: no keys are known. */
static bool offer_keys(struct completion *self, PyObject *object, Py_ssize_t axis, Py_UCS4 quote,
                       bool close)
{
    AUTO_REF PyObject *keys = answer_keys(object, axis);

    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        if (PyTuple_CheckExact(key) && PyTuple_GET_SIZE(key) > 0) /* of labels in levels */
            key = PyTuple_GET_ITEM(key, 0);
        if (!key_may_match(self, key, quote))
            continue;
        AUTO_REF PyObject *text = key_text(key, quote);
        AUTO_REF PyObject *whole =
            text && close ? PyUnicode_FromFormat("%U%c", text, (int)quote) : Py_XNewRef(text);
        if (whole)
            completion_offer(self, whole, "dict key", NULL);
        PyErr_Clear();
        if (PyDict_GET_SIZE(self->found) >= KEYS_SHOWN)
            break;
    }
    PyErr_Clear();
    return keys != NULL;
}

bool completion_item_keys(struct completion *self, Py_ssize_t open, Py_ssize_t axis, Py_UCS4 quote,
                          bool close)
{
    struct known owner;

    if (!known_expression(self->worker, &self->scan, open, KNOW_VALUE, &owner))
        return false;
    AUTO_REF PyObject *object = owner.value;
    return !owner.instance && offer_keys(self, object, axis, quote, close);
}

/* pl.col, pd.NamedAgg: functions of a library of tables name the labels of the table that the call
 * around them is of. */
static bool is_module_of_tables(PyObject *object)
{
    const char *name = PyModule_Check(object) ? PyModule_GetName(object) : NULL;

    PyErr_Clear();
    return name && answer_package(name);
}

/* A string in a call: of a method, it may be a label of what the method is of; of a function, of a
 * table among the arguments. True: or of what the call around it is of. */
static bool offer_argument_keys(struct completion *self, Py_ssize_t open, bool close)
{
    const struct codescan *scan = &self->scan;
    struct known callee;
    Py_ssize_t before = codescan_skip_back(scan, open);
    bool outwards = false;

    before = codescan_skip_back(scan, codescan_word(scan, before));
    if (before > 0 && scan->text[before - 1] == '.' &&
        known_expression(self->worker, scan, before - 1, KNOW_VALUE, &callee)) {
        AUTO_REF PyObject *object = callee.value;
        if (!callee.instance && !PyModule_Check(object) && !PyType_Check(object))
            offer_keys(self, object, 0, scan->quote, close);
        outwards = is_module_of_tables(object);
    }
    for (Py_ssize_t at = open + 1; at < scan->string; at++) {
        Py_ssize_t end = at;
        while (end < scan->string && codescan_is_name(scan->text[end]))
            end++;
        AUTO_REF PyObject *name = end > at ? codescan_slice(scan, at, end) : NULL;
        PyObject *value = name ? static_name(self->worker, name) : NULL; /* borrowed */
        if (value && scan->text[at - 1] != '.' && answer_is_asked(value))
            offer_keys(self, value, 0, scan->quote, close);
        at = end;
    }
    PyErr_Clear();
    return outwards;
}

/* ---- paths ---- */

/* Entries of the directory that the prefix names, with that directory in front. */
void completion_paths(struct completion *self)
{
    AUTO_REF PyObject *bytes = PyUnicode_EncodeFSDefault(self->prefix);
    char folder[4096], path[8192];
    struct dirent *entry;
    struct stat status;

    PyErr_Clear();
    if (!bytes || PyBytes_GET_SIZE(bytes) >= (Py_ssize_t)sizeof folder)
        return;
    const char *typed = PyBytes_AS_STRING(bytes);
    const char *slash = strrchr(typed, '/');
    int kept = slash ? (int)(slash + 1 - typed) : 0;
    const char *home = strncmp(typed, "~/", 2) == 0 ? getenv("HOME") : NULL;
    snprintf(folder, sizeof folder, "%s%.*s", home ? home : "", home ? kept - 1 : kept,
             home ? typed + 1 : typed);
    DIR *stream = opendir(folder[0] ? folder : ".");
    while (stream && (entry = readdir(stream))) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            (name[0] == '.' && typed[kept] != '.'))
            continue;
        snprintf(path, sizeof path, "%s%s", folder, name);
        bool directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
        snprintf(path, sizeof path, "%.*s%s%s", kept, typed, name, directory ? "/" : "");
        completion_offer_utf8(self, path, "path");
    }
    if (stream)
        closedir(stream);
}

/* Which argument, or which axis, does the cursor stand in: commas behind the bracket `open`, those
 * in other brackets and strings not counted. */
static Py_ssize_t commas_between(const struct codescan *scan, Py_ssize_t open, Py_ssize_t end)
{
    Py_ssize_t count = 0;

    for (Py_ssize_t at = end - 1; at > open; at--) {
        if (scan->partner[at] >= 0)
            at = scan->partner[at];
        else
            count += scan->text[at] == ',';
    }
    return count;
}

/* What a path is called, and what is called with one. */
static bool names_a_path(const struct codescan *scan, Py_ssize_t from, Py_ssize_t to)
{
    static const char *const words[] = {"path", "file", "fname", "dir",  "folder", "open", "read",
                                        "load", "save", "write", "glob", "import", "csv",  "src"};
    char text[128];
    size_t size = 0;

    for (Py_ssize_t at = from; at < to && size < sizeof text - 1; at++)
        text[size++] = scan->text[at] < 128 ? (char)Py_TOLOWER(scan->text[at]) : '?';
    text[size] = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* Is a file's name expected in the call behind whose bracket `open` the string stands? */
static bool call_takes_path(struct completion *self, Py_ssize_t open)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t from = open;
    struct known callee;
    char parameter[64];

    while (from > 0 && (codescan_is_name(scan->text[from - 1]) || scan->text[from - 1] == '.'))
        from--;
    if (names_a_path(scan, from, open))
        return true;
    if (!known_expression(self->worker, scan, open, KNOW_CLASS, &callee))
        return false;
    AUTO_REF PyObject *owner = callee.value;
    AUTO_REF PyObject *names = PyList_New(0);
    if (names && !callee.instance)
        signature_keywords(owner, names);
    Py_ssize_t at = commas_between(scan, open, scan->string);
    PyObject *name = names && at < PyList_GET_SIZE(names) ? PyList_GET_ITEM(names, at) : NULL;
    const char *utf8 = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    PyErr_Clear();
    snprintf(parameter, sizeof parameter, "%s", utf8 ? utf8 : "");
    return strstr(parameter, "path") || strstr(parameter, "file") || strstr(parameter, "fname") ||
           strstr(parameter, "dir") || strcmp(parameter, "src") == 0 ||
           strcmp(parameter, "dst") == 0;
}

/* Paths are offered in strings that begin like one, or that stand where one is expected. */
static bool expects_path(struct completion *self)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t open = scan->depth ? scan->open[scan->depth - 1] : -1;
    Py_ssize_t before = codescan_skip_back(scan, scan->string);
    Py_UCS4 first = scan->inside < scan->size ? scan->text[scan->inside] : 0;

    if (first == '~' || first == '/' || first == '.' ||
        PyUnicode_FindChar(self->prefix, '/', 0, PyUnicode_GET_LENGTH(self->prefix), 1) >= 0)
        return true;
    if (before > 0 && scan->text[before - 1] == '=') {
        Py_ssize_t end = codescan_skip_back(scan, before - 1);
        if (names_a_path(scan, codescan_word(scan, end), end))
            return true;
    }
    return open >= 0 && scan->text[open] == '(' && call_takes_path(self, open);
}

/* Outwards from the string: lists and sets on the way belong to the item or the call around them.
 */
bool completion_string(struct completion *self, bool quote_follows)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t end = scan->string; /* of what stands in the bracket before the string's part */
    bool item = false;

    if (!completion_prefix_set(self, scan->inside))
        return false;
    for (int depth = scan->depth - 1; depth >= 0; depth--) {
        Py_ssize_t open = scan->open[depth];
        if (!known_ends_primary(scan, codescan_skip_back(scan, open))) {
            end = open;
            continue;
        }
        item = scan->text[open] == '[';
        if (item) {
            completion_item_keys(self, open, commas_between(scan, open, end), scan->quote,
                                 !quote_follows);
        } else if (scan->text[open] == '(' && offer_argument_keys(self, open, !quote_follows)) {
            end = open;
            continue;
        }
        break;
    }
    if (!item && expects_path(self))
        completion_paths(self);
    return true;
}
