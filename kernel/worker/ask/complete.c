/* complete: names that may stand at the cursor. Nothing is imported and no user code runs: names
 * come from the namespace, from types as they lie there, and from directories. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "magics/magic.h"
#include "kernel/worker/inside.h"
#include "kernel/worker/ask/introspect.h"

struct completion {
    struct worker *worker;
    struct codescan scan;
    Py_ssize_t start; /* the matches replace the text from here to the cursor */
    PyObject *prefix; /* owned str: what stands there */
    PyObject *found;  /* owned dict: match -> type (str) */
    PyObject *values; /* owned dict: match -> value, where one is known */
};

static const char *const keywords[] = {
    "False",   "None",     "True",     "and",    "as",    "assert", "async",  "await",
    "break",   "class",    "continue", "def",    "del",   "elif",   "else",   "except",
    "finally", "for",      "from",     "global", "if",    "import", "in",     "is",
    "lambda",  "nonlocal", "not",      "or",     "pass",  "raise",  "return", "try",
    "while",   "with",     "yield",    "case",   "match", NULL};

static bool prefix_set(struct completion *self, Py_ssize_t start)
{
    self->start = start;
    Py_XSETREF(self->prefix, codescan_slice(&self->scan, start, self->scan.size));
    return self->prefix != NULL;
}

static const char *kind_of(PyObject *value)
{
    if (PyFunction_Check(value) || PyMethod_Check(value) || PyCFunction_Check(value) ||
        Py_IS_TYPE(value, &PyMethodDescr_Type) || Py_IS_TYPE(value, &PyClassMethod_Type) ||
        Py_IS_TYPE(value, &PyStaticMethod_Type) || Py_IS_TYPE(value, &PyWrapperDescr_Type))
        return "function";
    if (PyType_Check(value))
        return "class";
    if (PyModule_Check(value))
        return "module";
    return Py_IS_TYPE(value, &PyProperty_Type) ? "property" : "instance";
}

/* Take `name` (str) when it begins with the prefix. */
static void offer(struct completion *self, PyObject *name, const char *type, PyObject *value)
{
    if (PyUnicode_Tailmatch(name, self->prefix, 0, PY_SSIZE_T_MAX, -1) == 1 &&
        PyDict_Contains(self->found, name) == 0) {
        AUTO_REF PyObject *kind = PyUnicode_FromString(type);
        if (kind && PyDict_SetItem(self->found, name, kind) == 0 && value)
            PyDict_SetItem(self->values, name, value);
    }
    PyErr_Clear();
}

static void offer_utf8(struct completion *self, const char *name, const char *type)
{
    AUTO_REF PyObject *text = PyUnicode_DecodeFSDefault(name);

    if (text)
        offer(self, text, type, NULL);
    PyErr_Clear();
}

/* Every key of `names` that is an identifier; names with an underscore only when asked for. */
static void offer_dict(struct completion *self, PyObject *names, bool hide)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    hide = hide && PyUnicode_GET_LENGTH(self->prefix) == 0;
    while (names && PyDict_Next(names, &at, &key, &value))
        if (PyUnicode_CheckExact(key) && PyUnicode_IsIdentifier(key) == 1 &&
            !(hide && PyUnicode_READ_CHAR(key, 0) == '_'))
            offer(self, key, kind_of(value), value);
}

/* ---- names, attributes ----------------------------------------------------------------------- */

static void offer_parameters(struct completion *self)
{
    struct known callee;
    int depth = self->scan.depth;

    if (depth == 0 || self->scan.text[self->scan.open[depth - 1]] != '(' ||
        !known_expression(self->worker, &self->scan, self->scan.open[depth - 1], &callee))
        return;
    AUTO_REF PyObject *owner = callee.value;
    AUTO_REF PyObject *names = PyList_New(0);
    if (names && !callee.instance)
        signature_keywords(owner, names);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        AUTO_REF PyObject *name = PyUnicode_FromFormat("%U=", PyList_GET_ITEM(names, i));
        if (name)
            offer(self, name, "param", NULL);
    }
    PyErr_Clear();
}

static void offer_names(struct completion *self)
{
    PyObject *builtins = PyDict_GetItemString(self->worker->globals, "__builtins__");

    if (builtins && PyModule_Check(builtins))
        builtins = PyModule_GetDict(builtins);
    offer_parameters(self);
    offer_dict(self, self->worker->globals, true);
    offer_dict(self, builtins && PyDict_Check(builtins) ? builtins : PyEval_GetBuiltins(), true);
    for (const char *const *word = keywords; *word; word++)
        offer_utf8(self, *word, "keyword");
}

static void offer_attributes(struct completion *self, Py_ssize_t dot)
{
    struct known owner;
    Py_ssize_t word = codescan_word(&self->scan, dot);

    if ((word < dot && Py_UNICODE_ISDIGIT(self->scan.text[word])) || /* 1. is a float */
        !known_expression(self->worker, &self->scan, dot, &owner))
        return;
    AUTO_REF PyObject *names = PyDict_New();
    if (names && !Py_IS_TYPE(owner.value, &PyProperty_Type)) {
        static_names(owner.value, owner.instance, names);
        offer_dict(self, names, true);
    }
    Py_DECREF(owner.value);
    PyErr_Clear();
}

/* ---- dict keys ------------------------------------------------------------------------------- */

/* The keys of `object` (borrowed): a plain dict's, or what a library's type offers. New list. */
static PyObject *item_keys(PyObject *object)
{
    if (PyDict_CheckExact(object))
        return PyDict_Keys(object);
    AUTO_REF PyObject *method = static_library_method(object, "_ipython_key_completions_");
    AUTO_REF PyObject *keys = method ? PyObject_CallNoArgs(method) : NULL;
    AUTO_REF PyObject *dtype_name = PyUnicode_FromString("dtype");
    AUTO_REF PyObject *dtype = !keys && dtype_name ? static_attribute(object, dtype_name) : NULL;
    AUTO_REF PyObject *names_name = PyUnicode_FromString("names");
    AUTO_REF PyObject *names = dtype && names_name ? static_attribute(dtype, names_name) : NULL;
    PyErr_Clear();
    if (!keys && (!names || !PyTuple_CheckExact(names)))
        return NULL;
    return PySequence_List(keys ? keys : names);
}

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

/* `open` is the bracket, `quote` the open string's quote or 0. False: no keys are known. */
static bool offer_keys(struct completion *self, Py_ssize_t open, Py_UCS4 quote, bool close)
{
    struct known owner;

    if (!known_expression(self->worker, &self->scan, open, &owner))
        return false;
    AUTO_REF PyObject *object = owner.value;
    AUTO_REF PyObject *keys = owner.instance ? NULL : item_keys(object);
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        AUTO_REF PyObject *text = key_text(PyList_GET_ITEM(keys, i), quote);
        AUTO_REF PyObject *whole =
            text && close ? PyUnicode_FromFormat("%U%c", text, (int)quote) : Py_XNewRef(text);
        if (whole)
            offer(self, whole, "dict key", NULL);
        PyErr_Clear();
    }
    PyErr_Clear();
    return keys != NULL;
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* Entries of the directory that the prefix names, with that directory in front. */
static void offer_paths(struct completion *self)
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
        offer_utf8(self, path, "path");
    }
    if (stream)
        closedir(stream);
}

/* ---- where is the cursor? -------------------------------------------------------------------- */

static bool complete_string(struct completion *self, bool quote_follows)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t open = scan->depth ? scan->open[scan->depth - 1] : -1;

    if (!prefix_set(self, scan->inside))
        return false;
    if (open >= 0 && scan->text[open] == '[' &&
        codescan_skip_back(scan, scan->string) == open + 1 &&
        offer_keys(self, open, scan->quote, !quote_follows))
        return true;
    offer_paths(self);
    return true;
}

/* `%ti`, `%%ti` at the beginning of a line, `!cat fi`, `%cd fo`. False when the line is no
 * magic. */
static bool complete_magic(struct completion *self, bool *handled)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t line = scan->size, word = scan->size;

    while (line > 0 && scan->text[line - 1] != '\n')
        line--;
    while (line < scan->size && (scan->text[line] == ' ' || scan->text[line] == '\t'))
        line++;
    while (word > line && scan->text[word - 1] != ' ' && scan->text[word - 1] != '\t')
        word--;
    Py_UCS4 first = line < scan->size ? scan->text[line] : 0;
    *handled = (first == '%' || first == '!') && scan->size > line;
    if (!*handled)
        return true;
    if (first == '!' || word > line) {
        bool code = first == '%' && codescan_word(scan, scan->size) != word;
        *handled = !code; /* `%timeit x.` is code */
        if (code)
            return true;
        if (!prefix_set(self, word))
            return false;
        offer_paths(self);
        if (first == '%')
            offer_names(self);
        return true;
    }
    if (!prefix_set(self, line))
        return false;
    for (int cell = 0; cell < 2; cell++) {
        AUTO_REF PyObject *names = shell_magic_names(cell ? MAGIC_CELL : MAGIC_LINE);
        for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
            AUTO_REF PyObject *name =
                PyUnicode_FromFormat(cell ? "%%%%%U" : "%%%U", PyList_GET_ITEM(names, i));
            if (name)
                offer(self, name, "magic", NULL);
        }
    }
    PyErr_Clear();
    return true;
}

/* In the `{` of an f-string: the expression after it is code of its own. */
static Py_ssize_t replacement_field(const struct codescan *scan)
{
    Py_ssize_t open = -1;

    for (Py_ssize_t at = scan->inside; scan->formatted && at < scan->size; at++) {
        if (scan->text[at] == '{')
            open = open == at ? -1 : at + 1;
        else if (scan->text[at] == '}')
            open = -1;
    }
    return open;
}

static bool complete_code(struct completion *self)
{
    const struct codescan *scan = &self->scan;
    Py_ssize_t word = codescan_word(scan, scan->size);
    Py_ssize_t before = codescan_skip_back(scan, word);
    bool handled = false;

    if (!prefix_set(self, word))
        return false;
    if (!import_complete(self->worker, scan, self->prefix, self->found, &handled))
        return false;
    if (handled || (word < scan->size && Py_UNICODE_ISDIGIT(scan->text[word])))
        return true;
    if (before > 0 && scan->text[before - 1] == '.') {
        offer_attributes(self, before - 1);
        return true;
    }
    if (before > 0 && scan->text[before - 1] == '[')
        offer_keys(self, before - 1, 0, false);
    offer_names(self);
    return true;
}

static bool complete_at(struct completion *self, PyObject *code, Py_ssize_t cursor)
{
    bool handled = false;
    Py_ssize_t length = PyUnicode_GET_LENGTH(code);

    if (!complete_magic(self, &handled) || handled)
        return handled;
    Py_ssize_t field = self->scan.string >= 0 ? replacement_field(&self->scan) : -1;
    if (field >= 0) {
        codescan_clear(&self->scan);
        if (!codescan_init(&self->scan, code, field, cursor))
            return false;
        bool done = complete_code(self);
        self->start += field;
        return done;
    }
    if (self->scan.string >= 0)
        return complete_string(self, cursor < length &&
                                         PyUnicode_READ_CHAR(code, cursor) == self->scan.quote);
    return self->scan.comment ? prefix_set(self, self->scan.size) : complete_code(self);
}

/* ---- the reply ------------------------------------------------------------------------------- */

static PyObject *describe_matches(struct completion *self, PyObject *matches, Py_ssize_t end)
{
    AUTO_REF PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(matches); i++) {
        PyObject *match = PyList_GET_ITEM(matches, i);
        PyObject *value = PyDict_GetItem(self->values, match);
        AUTO_REF PyObject *signature = value && i < 300 ? signature_text(value, false) : NULL;
        AUTO_REF PyObject *row =
            Py_BuildValue("{s:n,s:n,s:O,s:O}", "start", self->start, "end", end, "text", match,
                          "type", PyDict_GetItem(self->found, match));
        AUTO_REF PyObject *none = PyUnicode_FromString("");
        if (!row || !none ||
            PyDict_SetItemString(row, "signature", signature ? signature : none) < 0 ||
            PyList_Append(list, row) < 0)
            return NULL;
    }
    return Py_XNewRef(list);
}

static PyObject *sorted_matches(struct completion *self)
{
    AUTO_REF PyObject *matches = PyDict_Keys(self->found);

    return matches && PyList_Sort(matches) == 0 ? Py_NewRef(matches) : NULL;
}

static bool reply(struct completion *self, struct request *request, Py_ssize_t end)
{
    AUTO_REF PyObject *matches = sorted_matches(self);

    if (!matches)
        return false;
    AUTO_REF PyObject *rows = describe_matches(self, matches, end);
    AUTO_REF PyObject *content =
        rows ? Py_BuildValue("{s:s,s:O,s:n,s:n,s:{s:O}}", "status", "ok", "matches", matches,
                             "cursor_start", self->start, "cursor_end", end, "metadata",
                             "_jupyter_types_experimental", rows)
             : NULL;
    return content && worker_reply(self->worker, request, "complete_reply", content);
}

/* Fill `self->found`; completion_clear frees it, whatever this returns. */
static bool completion_find(struct completion *self, PyObject *code, Py_ssize_t cursor)
{
    struct gate_scope scope;

    self->found = PyDict_New();
    self->values = PyDict_New();
    if (!self->found || !self->values || !codescan_init(&self->scan, code, 0, cursor))
        return false;
    gate_reading_enter(&scope);
    bool done = complete_at(self, code, cursor);
    gate_trusted_exit(&scope);
    codescan_clear(&self->scan);
    return done;
}

static void completion_clear(struct completion *self)
{
    Py_CLEAR(self->found);
    Py_CLEAR(self->values);
    Py_CLEAR(self->prefix);
}

static Py_ssize_t cursor_in(PyObject *code, Py_ssize_t cursor)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(code);

    return cursor < 0 || cursor > length ? length : cursor;
}

PyObject *complete_text(struct worker *self, PyObject *code, Py_ssize_t cursor)
{
    struct completion completion = {.worker = self};
    bool done = completion_find(&completion, code, cursor_in(code, cursor));
    AUTO_REF PyObject *matches = done ? sorted_matches(&completion) : NULL;
    PyObject *found = matches ? Py_BuildValue("(On)", matches, completion.start) : NULL;

    completion_clear(&completion);
    return found;
}

bool complete_request(struct worker *self, struct request *request)
{
    PyObject *code = request_str(request, "code"); /* borrowed */
    struct completion completion = {.worker = self};

    if (!code)
        return false;
    Py_ssize_t cursor = cursor_in(code, request_int(request, "cursor_pos", -1));
    bool done = completion_find(&completion, code, cursor) && reply(&completion, request, cursor);
    completion_clear(&completion);
    return done;
}
