/* refusal: Denied, the one way in which the sandbox says no.
 *
 * A PermissionError, so that code which expects one (and users of the older API) catch it; with
 * what was refused, where, why, and what would permit it, as attributes. Whoever listens (the audit
 * log) hears of each. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

static PyObject *denied_type;
static PyObject *missing_type; /* Denied and FileNotFoundError: refusal_set_missing */
static refusal_listener_fn listen_to;
static void *listen_context;
static remedy_words_fn words_for;
static _Thread_local bool held;

PyDoc_STRVAR(
    denied_doc,
    "Refused by the sandbox.\n\n"
    "Attributes\n----------\n"
    "callable : str or None\n    Dotted name of what was refused, or of the audit event.\n"
    "kind : str\n    'call', 'write', 'effect', 'store', 'reflect', 'import', 'spawn' or 'widen'.\n"
    "reason : str\n    Why.\n"
    "remedy : str or None\n    The magic or call that would permit it.\n"
    "needs : str\n    What is missing: 'call', 'trust', 'destination', 'host', 'store', 'import', "
    "'code' or 'said'.\n"
    "destination : str or None\n    Of a write: the folder that the remedy names, resolved.\n"
    "rule : str or None\n    Where the rule stands: a line of the sandbox's source, or a name in a "
    "pack.\n"
    "lineno, col_offset, end_lineno, end_col_offset : int or None\n"
    "    Where in the code that was run: lines from 1, columns in bytes of UTF-8 from 0, as in "
    "`ast`.\n"
    "violations : tuple\n    Of code refused before it ran: (lineno, col_offset, name, reason) of "
    "each violation.\n");

static const char *const position_names[] = {"lineno", "end_lineno", "col_offset",
                                             "end_col_offset"};
enum { POSITIONS = 4 };

PyObject *refusal_type(void)
{
    static const char *const names[] = {"callable", "kind",        "reason", "remedy",
                                        "needs",    "destination", "rule"};

    if (denied_type)
        return denied_type;
    denied_type =
        PyErr_NewExceptionWithDoc("safepyrun.Denied", denied_doc, PyExc_PermissionError, NULL);
    AUTO_REF PyObject *none = PyTuple_New(0);
    for (size_t i = 0; denied_type && none && i < POSITIONS; i++)
        if (PyObject_SetAttrString(denied_type, position_names[i], Py_None) < 0)
            Py_CLEAR(denied_type);
    for (size_t i = 0; denied_type && i < sizeof names / sizeof *names; i++)
        if (PyObject_SetAttrString(denied_type, names[i], Py_None) < 0)
            Py_CLEAR(denied_type);
    if (denied_type && (!none || PyObject_SetAttrString(denied_type, "violations", none) < 0))
        Py_CLEAR(denied_type);
    AUTO_REF PyObject *bases =
        denied_type ? PyTuple_Pack(2, denied_type, PyExc_FileNotFoundError) : NULL;
    missing_type = bases ? PyErr_NewException("safepyrun.Denied", bases, NULL) : NULL;
    if (!missing_type)
        Py_CLEAR(denied_type);
    return denied_type;
}

bool refusal_is(PyObject *error)
{
    return denied_type && (Py_IS_TYPE(error, (PyTypeObject *)denied_type) ||
                           Py_IS_TYPE(error, (PyTypeObject *)missing_type));
}

void refusal_listen(refusal_listener_fn listener, void *context)
{
    listen_to = listener;
    listen_context = context;
}

bool refusal_hold(bool hold)
{
    bool before = held;

    held = hold;
    return before;
}

static const char *told_text(PyObject *error, const char *name, PyObject **kept)
{
    *kept = PyObject_GetAttrString(error, name);
    PyErr_Clear();
    return text_of(*kept);
}

bool refusal_is_missing(PyObject *error)
{
    return missing_type && Py_IS_TYPE(error, (PyTypeObject *)missing_type);
}

void refusal_tell(void)
{
    enum { NAMES = 4 };
    static const char *const names[NAMES] = {"kind", "callable", "reason", "rule"};
    PyObject *kept[NAMES] = {0};
    const char *texts[NAMES] = {0};

    if (!listen_to || !PyErr_Occurred() || !denied_type || !PyErr_ExceptionMatches(denied_type))
        return;
    struct error_taken set = error_take();
    for (int i = 0; set.value && i < NAMES; i++)
        texts[i] = told_text(set.value, names[i], &kept[i]);
    if (set.value && refusal_is(set.value))
        listen_to(listen_context, texts[0], texts[1], texts[2], texts[3]);
    for (int i = 0; i < NAMES; i++)
        Py_XDECREF(kept[i]);
    error_put(&set);
}

void refusal_set_destination(const char *folder)
{
    struct error_taken set = error_take();
    AUTO_REF PyObject *text = PyUnicode_DecodeFSDefault(folder);

    if (text && set.value)
        PyObject_SetAttrString(set.value, "destination", text);
    error_put(&set);
}

void refusal_set_missing(void)
{
    struct error_taken set = error_take();
    AUTO_REF PyObject *number = PyLong_FromLong(ENOENT);

    if (number && set.value && refusal_is(set.value) &&
        PyObject_SetAttrString(set.value, "__class__", missing_type) == 0 &&
        PyObject_SetAttrString(set.value, "errno", number) == 0)
        Py_SETREF(set.type, Py_NewRef(missing_type));
    error_put(&set);
}

/* ---- what it says ---- */

/* What permits each kind of refusal, where none was given. */
static const struct {
    const char *kind;
    enum remedy_kind remedy;
} usual_remedies[] = {
    {"call", REMEDY_CALL},    {"effect", REMEDY_CODE}, {"import", REMEDY_IMPORT},
    {"reflect", REMEDY_CODE}, {"store", REMEDY_STORE},
};

static const char *const needs[] = {
    [REMEDY_CALL] = "call", [REMEDY_TRUST] = "trust", [REMEDY_DEST] = "destination",
    [REMEDY_HOST] = "host", [REMEDY_STORE] = "store", [REMEDY_IMPORT] = "import",
    [REMEDY_CODE] = "code", [REMEDY_SAID] = "said",
};

/* False when there is none. */
static bool usual_remedy(const char *kind, const char *callable, struct remedy *out)
{
    for (size_t i = 0; i < sizeof usual_remedies / sizeof *usual_remedies; i++)
        if (strcmp(usual_remedies[i].kind, kind) == 0) {
            bool named = callable && usual_remedies[i].remedy != REMEDY_STORE;
            *out = (struct remedy){usual_remedies[i].remedy, named ? callable : ""};
            return true;
        }
    return false;
}

void refusal_set_words(remedy_words_fn words)
{
    if (!words_for)
        words_for = words;
}

/* New reference; None when there is none, or no words for it. */
static PyObject *remedy_text(const struct remedy *remedy)
{
    if (!remedy)
        return Py_NewRef(Py_None);
    if (remedy->kind == REMEDY_SAID)
        return PyUnicode_DecodeUTF8(remedy->about, (Py_ssize_t)strlen(remedy->about), "replace");
    return words_for ? words_for(remedy) : Py_NewRef(Py_None);
}

enum remedy_kind refusal_remedy(PyObject *denied)
{
    PyObject *kept;
    const char *text = told_text(denied, "needs", &kept);
    enum remedy_kind kind = REMEDY_SAID;

    for (int i = 0; text && i < REMEDY_SAID; i++)
        if (strcmp(text, needs[i]) == 0)
            kind = (enum remedy_kind)i;
    Py_XDECREF(kept);
    return kind;
}

/* What is shown: "os.unlink: not allowed (reason); to permit it: remedy". A write says its reason
 * without the callable, in the wording that users know, and RunPython() says nothing else. */
static PyObject *refusal_text(const char *kind, const char *callable, const char *reason,
                              PyObject *remedy)
{
    bool named = callable && strcmp(kind, "write") != 0;

    if (!named && remedy != Py_None && gate_is_closed())
        return PyUnicode_FromFormat("%s; to permit it: %U", reason, remedy);
    if (!named)
        return PyUnicode_FromFormat("%s", reason);
    if (remedy != Py_None)
        return PyUnicode_FromFormat("%s: %s; to permit it: %U", callable, reason, remedy);
    return PyUnicode_FromFormat("%s: %s", callable, reason);
}

/* ---- where it was ---- */

/* Of the nearest code of a sandbox: in the order of position_names. False when there is none. */
static bool find_position(int positions[POSITIONS])
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get()); /* new reference */
    bool found = false;

    while (frame && !found) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        found = code_sandbox(code) &&
                PyCode_Addr2Location((PyCodeObject *)code, PyFrame_GetLasti(frame), &positions[0],
                                     &positions[2], &positions[1], &positions[3]);
        PyFrameObject *outer = PyFrame_GetBack(frame);
        Py_SETREF(frame, outer);
    }
    Py_XDECREF(frame);
    return found;
}

static bool set_position(PyObject *error)
{
    int positions[POSITIONS];

    if (!find_position(positions))
        return true;
    for (size_t i = 0; i < POSITIONS; i++) {
        AUTO_REF PyObject *value =
            positions[i] < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(positions[i]);
        if (!value || PyObject_SetAttrString(error, position_names[i], value) < 0)
            return false;
    }
    return true;
}

/* ---- refusing ---- */

static bool set_text(PyObject *error, const char *name, const char *text)
{
    AUTO_REF PyObject *value =
        text ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : Py_NewRef(Py_None);

    return value && PyObject_SetAttrString(error, name, value) == 0;
}

/* What is raised, but for what it says. */
struct denial {
    const char *rule, *kind, *callable, *reason;
    const struct remedy *remedy; /* NULL: there is none */
};

/* A Denied with everything but its position. `text` (stolen, may be NULL) is what it says. New
 * reference. */
static PyObject *denied_new(const struct denial *denial, PyObject *remedy, PyObject *text)
{
    AUTO_REF PyObject *owned = text;
    AUTO_REF PyObject *error = owned ? PyObject_CallOneArg(denied_type, owned) : NULL;
    /* Libraries that can do with less (a mailbox that is only read) ask for EACCES. */
    AUTO_REF PyObject *number = error ? PyLong_FromLong(EACCES) : NULL;

    if (!number || PyObject_SetAttrString(error, "errno", number) < 0 ||
        !set_text(error, "rule", denial->rule) || !set_text(error, "kind", denial->kind) ||
        !set_text(error, "callable", denial->callable) ||
        !set_text(error, "reason", denial->reason) ||
        !set_text(error, "needs", denial->remedy ? needs[denial->remedy->kind] : NULL) ||
        PyObject_SetAttrString(error, "remedy", remedy) < 0)
        return NULL;
    return Py_NewRef(error);
}

PyObject *refusal_raise_by(const char *rule, const char *kind, const char *callable,
                           const char *reason, const struct remedy *given)
{
    struct denial denial = {rule, kind, callable, reason ? reason : "not allowed", given};
    struct remedy usual;

    if (listen_to && !held)
        listen_to(listen_context, kind, callable, reason, rule);
    if (!refusal_type())
        return NULL;
    if (!given && usual_remedy(kind, callable, &usual))
        denial.remedy = &usual;
    AUTO_REF PyObject *remedy = remedy_text(denial.remedy);
    AUTO_REF PyObject *error =
        remedy ? denied_new(&denial, remedy, refusal_text(kind, callable, denial.reason, remedy))
               : NULL;
    if (error && set_position(error))
        PyErr_SetObject(denied_type, error);
    return NULL;
}

/* "line 2, column 4: __globals__: why", one a line. New reference. */
static PyObject *violations_text(PyObject *violations)
{
    AUTO_REF PyObject *lines = PyList_New(0);
    AUTO_REF PyObject *newline = PyUnicode_FromString("\n");

    for (Py_ssize_t i = 0; lines && i < PyTuple_GET_SIZE(violations); i++) {
        PyObject *row = PyTuple_GET_ITEM(violations, i);
        AUTO_REF PyObject *line = PyUnicode_FromFormat(
            "line %S, column %S: %U: %U", PyTuple_GET_ITEM(row, 0), PyTuple_GET_ITEM(row, 1),
            PyTuple_GET_ITEM(row, 2), PyTuple_GET_ITEM(row, 3));
        if (!line || PyList_Append(lines, line) < 0)
            return NULL;
    }
    return lines && newline ? PyUnicode_Join(newline, lines) : NULL;
}

PyObject *refusal_raise_violations(PyObject *violations)
{
    AUTO_REF PyObject *rows = PyList_Sort(violations) == 0 ? PySequence_Tuple(violations) : NULL;
    PyObject *first = rows && PyTuple_GET_SIZE(rows) ? PyTuple_GET_ITEM(rows, 0) : NULL;
    const char *name = first ? PyUnicode_AsUTF8(PyTuple_GET_ITEM(first, 2)) : NULL;
    const char *reason = name ? PyUnicode_AsUTF8(PyTuple_GET_ITEM(first, 3)) : NULL;
    struct remedy usual = {REMEDY_CODE, ""};
    struct denial denial = {REFUSAL_HERE, "reflect", name, reason, &usual};

    if (!reason || !refusal_type())
        return NULL;
    if (listen_to && !held)
        listen_to(listen_context, "reflect", name, reason, REFUSAL_HERE);
    AUTO_REF PyObject *remedy = remedy_text(&usual);
    AUTO_REF PyObject *error = remedy ? denied_new(&denial, remedy, violations_text(rows)) : NULL;
    if (error && PyObject_SetAttrString(error, "lineno", PyTuple_GET_ITEM(first, 0)) == 0 &&
        PyObject_SetAttrString(error, "col_offset", PyTuple_GET_ITEM(first, 1)) == 0 &&
        PyObject_SetAttrString(error, "violations", rows) == 0)
        PyErr_SetObject(denied_type, error);
    return NULL;
}

/* ---- refusals that a library may pass over ---- */

static PyObject *kept;     /* owned; NULL: none */
static char kept_for[128]; /* a top-level package; "": anybody */

/* The same without its traceback, which would keep what the cell's frames have. New reference. */
static PyObject *denied_copy(PyObject *error)
{
    AUTO_REF PyObject *text = PyObject_Str(error);
    AUTO_REF PyObject *said = PyObject_GenericGetDict(error, NULL);
    AUTO_REF PyObject *copy = text ? PyObject_CallOneArg((PyObject *)Py_TYPE(error), text) : NULL;
    AUTO_REF PyObject *own = copy ? PyObject_GenericGetDict(copy, NULL) : NULL;

    return own && said && PyDict_Update(own, said) == 0 ? Py_NewRef(copy) : NULL;
}

void refusal_keep(const char *library)
{
    struct error_taken set = error_take();
    PyObject *copy = set.value && refusal_is(set.value) ? denied_copy(set.value) : NULL;

    Py_XSETREF(kept, copy);
    snprintf(kept_for, sizeof kept_for, "%s", library ? library : "");
    error_put(&set);
}

PyObject *refusal_take_kept(const char *library)
{
    PyObject *taken = kept;

    kept = NULL;
    if (*kept_for && (!library || strcmp(library, kept_for) != 0))
        Py_CLEAR(taken);
    return taken;
}
