/* complete: names that may stand at the cursor. Nothing is imported and no user code runs: names
 * come from the namespace, from types as they lie there, and from directories. */
#include <stdlib.h>
#include <string.h>

#include "magics/magic.h"
#include "kernel/worker/inside.h"
#include "kernel/worker/ask/answers.h"
#include "kernel/worker/ask/completion.h"

static const char *const keywords[] = {
    "False",   "None",     "True",     "and",    "as",    "assert", "async",  "await",
    "break",   "class",    "continue", "def",    "del",   "elif",   "else",   "except",
    "finally", "for",      "from",     "global", "if",    "import", "in",     "is",
    "lambda",  "nonlocal", "not",      "or",     "pass",  "raise",  "return", "try",
    "while",   "with",     "yield",    "case",   "match", NULL};

bool completion_prefix_set(struct completion *self, Py_ssize_t start)
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

void completion_offer(struct completion *self, PyObject *name, const char *type, PyObject *value)
{
    if (PyUnicode_Tailmatch(name, self->prefix, 0, PY_SSIZE_T_MAX, -1) == 1 &&
        PyDict_Contains(self->found, name) == 0) {
        AUTO_REF PyObject *kind = PyUnicode_FromString(type);
        if (kind && PyDict_SetItem(self->found, name, kind) == 0 && value)
            PyDict_SetItem(self->values, name, value);
    }
    PyErr_Clear();
}

void completion_offer_utf8(struct completion *self, const char *name, const char *type)
{
    AUTO_REF PyObject *text = PyUnicode_DecodeFSDefault(name);

    if (text)
        completion_offer(self, text, type, NULL);
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
            completion_offer(self, key, kind_of(value), value);
}

/* ---- names, attributes ---- */

static void offer_parameters(struct completion *self)
{
    struct known callee;
    int depth = self->scan.depth;

    if (depth == 0 || self->scan.text[self->scan.open[depth - 1]] != '(' ||
        !known_expression(self->worker, &self->scan, self->scan.open[depth - 1], KNOW_CLASS,
                          &callee))
        return;
    AUTO_REF PyObject *owner = callee.value;
    AUTO_REF PyObject *names = PyList_New(0);
    if (names && !callee.instance)
        signature_keywords(owner, names);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        AUTO_REF PyObject *name = PyUnicode_FromFormat("%U=", PyList_GET_ITEM(names, i));
        if (name)
            completion_offer(self, name, "param", NULL);
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
        completion_offer_utf8(self, *word, "keyword");
}

static void offer_attributes_of(struct completion *self, Py_ssize_t dot, enum know how)
{
    struct known owner;

    if (!known_expression(self->worker, &self->scan, dot, how, &owner))
        return;
    AUTO_REF PyObject *names = PyDict_New();
    if (names && !Py_IS_TYPE(owner.value, &PyProperty_Type)) {
        static_names(owner.value, owner.instance, names);
        offer_dict(self, names, true);
    }
    Py_DECREF(owner.value);
    PyErr_Clear();
}

/* New dict: what of the namespace has no code of a cell's to run when it is looked at. */
static PyObject *names_of_others(PyObject *globals)
{
    AUTO_REF PyObject *names = PyDict_New();
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (names && PyDict_Next(globals, &at, &key, &value)) {
        bool plain = PyModule_CheckExact(value) || PyFunction_Check(value) ||
                     PyCFunction_Check(value) || Py_IS_TYPE(value, &PyType_Type) ||
                     answer_is_asked(value);
        if (plain && PyDict_SetItem(names, key, value) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

/* Where jedi is installed: it reads the sources of libraries, and takes its time. */
static void offer_by_jedi(struct completion *self)
{
    AUTO_REF PyObject *source = codescan_slice(&self->scan, 0, self->scan.size);
    AUTO_REF PyObject *names = names_of_others(self->worker->globals);
    AUTO_REF PyObject *shim = PyImport_ImportModule("_safepyrun_jedi");
    AUTO_REF PyObject *rows =
        shim && source && names
            ? PyObject_CallMethod(shim, "attributes", "OnO", source, self->scan.size, names)
            : NULL;
    PyObject *name;
    const char *kind;

    PyErr_Clear();
    for (Py_ssize_t i = 0; rows && PyList_Check(rows) && i < PyList_GET_SIZE(rows); i++) {
        if (PyArg_ParseTuple(PyList_GET_ITEM(rows, i), "Us", &name, &kind) &&
            PyUnicode_GET_LENGTH(name) > 0 &&
            !(PyUnicode_GET_LENGTH(self->prefix) == 0 && PyUnicode_READ_CHAR(name, 0) == '_'))
            completion_offer(self, name, kind, NULL);
        PyErr_Clear();
    }
}

static void offer_attributes(struct completion *self, Py_ssize_t dot)
{
    Py_ssize_t word = codescan_word(&self->scan, dot);

    if (word < dot && Py_UNICODE_ISDIGIT(self->scan.text[word])) /* 1. is a float */
        return;
    offer_attributes_of(self, dot, KNOW_CLASS);
    if (PyDict_GET_SIZE(self->found) == 0)
        offer_by_jedi(self);
}

/* ---- where is the cursor? ---- */

/* Does what is typed behind a magic's name, from `word` on, begin like a path, or is it one of the
 * magics that take nothing else? */
static bool magic_takes_path(const struct codescan *scan, Py_ssize_t line, Py_ssize_t word)
{
    static const char *const magics[] = {"cd",   "pushd", "ls",        "run",  "load",
                                         "save", "cat",   "writefile", "file", NULL};
    Py_UCS4 first = word < scan->size ? scan->text[word] : 0;
    Py_ssize_t end;

    while (line < word && scan->text[line] == '%')
        line++;
    for (end = line; end < word && codescan_is_name(scan->text[end]);)
        end++;
    for (const char *const *name = magics; *name; name++)
        if (codescan_equals(scan, line, end, *name))
            return true;
    return first == '/' || first == '~' || first == '.';
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
        bool path = first == '!' || magic_takes_path(scan, line, word);
        bool code = !path && codescan_word(scan, scan->size) != word;
        *handled = !code; /* `%timeit x.` is code */
        if (code)
            return true;
        if (!completion_prefix_set(self, word))
            return false;
        completion_paths(self);
        if (!path)
            offer_names(self);
        return true;
    }
    if (!completion_prefix_set(self, line))
        return false;
    for (int cell = 0; cell < 2; cell++) {
        AUTO_REF PyObject *names = shell_magic_names(cell ? MAGIC_CELL : MAGIC_LINE);
        for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
            AUTO_REF PyObject *name =
                PyUnicode_FromFormat(cell ? "%%%%%U" : "%%%U", PyList_GET_ITEM(names, i));
            if (name)
                completion_offer(self, name, "magic", NULL);
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

    if (!completion_prefix_set(self, word))
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
        completion_item_keys(self, before - 1, 0, 0, false);
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
        bool done = self->scan.string >= 0 ? completion_string(self, false) : complete_code(self);
        self->start += field;
        return done;
    }
    if (self->scan.string >= 0)
        return completion_string(self, cursor < length &&
                                           PyUnicode_READ_CHAR(code, cursor) == self->scan.quote);
    return self->scan.comment ? completion_prefix_set(self, self->scan.size) : complete_code(self);
}

/* ---- the reply ---- */

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

/* By name; what is the callee's own, or the object's, before what is everybody's. */
static PyObject *sorted_matches(struct completion *self)
{
    AUTO_REF PyObject *all = PyDict_Keys(self->found);
    AUTO_REF PyObject *first = PyList_New(0);
    AUTO_REF PyObject *rest = PyList_New(0);

    if (!all || !first || !rest || PyList_Sort(all) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all); i++) {
        PyObject *match = PyList_GET_ITEM(all, i);
        PyObject *kind = PyDict_GetItem(self->found, match);
        bool own = kind && (PyUnicode_CompareWithASCIIString(kind, "param") == 0 ||
                            PyUnicode_CompareWithASCIIString(kind, "dict key") == 0);
        if (PyList_Append(own ? first : rest, match) < 0)
            return NULL;
    }
    return PySequence_Concat(first, rest);
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
