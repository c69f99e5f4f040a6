/* person: see person.h. What a grant is for is said in words that are as narrow as the call: the
 * folder that it would write to, the program line that it would run, the host that it would send
 * to, else its arguments. */
#include "sandbox/gate/person.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

enum { DEPTH_MOST = 4, FRAMES_MOST = 200 };

static const struct person *person;
static _Thread_local PyObject *scope_places; /* owned list or NULL */
static _Thread_local PyObject *scope_dests;  /* owned: ok_dests and these, as last asked for */

void person_set(const struct person *asked)
{
    person = asked;
}

bool person_is_there(void)
{
    return person && person->is_there(person->context);
}

/* ---- the call in words ---- */

static bool add_value(struct text *text, PyObject *value, int depth);

static bool add_items(struct text *text, PyObject *items, const char *marks, int depth)
{
    text_add(text, marks, 1);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
        text_add_string(text, i ? ", " : "");
        if (!add_value(text, PySequence_Fast_GET_ITEM(items, i), depth + 1))
            return false;
    }
    text_add(text, marks + 1, 1);
    return true;
}

static bool is_path_object(PyObject *value)
{
    PyObject *pure = loaded_member("pathlib", "PurePath");

    return pure && PyType_Check(pure) && PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)pure) &&
           !classes_sandbox(Py_TYPE(value));
}

/* Plain values as they are written, others by their type: nothing of a cell's runs. */
static bool add_value(struct text *text, PyObject *value, int depth)
{
    bool plain = PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) ||
                 PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyBool_Check(value) ||
                 value == Py_None;

    if (depth < DEPTH_MOST && (PyList_CheckExact(value) || PyTuple_CheckExact(value)))
        return add_items(text, value, PyList_CheckExact(value) ? "[]" : "()", depth);
    if (!plain && !is_path_object(value)) {
        text_addf(text, "<%.100s>", Py_TYPE(value)->tp_name);
        return true;
    }
    AUTO_REF PyObject *shown = plain ? PyObject_Repr(value) : PyObject_Str(value);
    return shown && text_add_object(text, shown);
}

/* "(1, 'x', key=2)"; new str. */
static PyObject *arguments_text(PyObject *positional, PyObject *keywords)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    AUTO_TEXT text = {0};
    bool first = !PyTuple_GET_SIZE(positional);

    text_add_string(&text, "(");
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(positional); i++) {
        text_add_string(&text, i ? ", " : "");
        if (!add_value(&text, PyTuple_GET_ITEM(positional, i), 0))
            return NULL;
    }
    while (keywords && PyDict_Next(keywords, &at, &key, &value)) {
        text_add_string(&text, first ? "" : ", ");
        first = false;
        if (!text_add_object(&text, key))
            return NULL;
        text_add_string(&text, "=");
        if (!add_value(&text, value, 0))
            return NULL;
    }
    text_add_string(&text, ")");
    return text_finish(&text);
}

static bool add_about(PyObject *about, const char *word, PyObject *text)
{
    AUTO_REF PyObject *row = text ? Py_BuildValue("(sO)", word, text) : NULL;

    return row && (PySequence_Contains(about, row) == 1 || PyList_Append(about, row) == 0);
}

/* "git status" of ["git", "status"], or of the text; new str, None: that is no program line. */
static PyObject *program_line(PyObject *positional, PyObject *keywords)
{
    PyObject *first = PyTuple_GET_SIZE(positional) == 1 ? PyTuple_GET_ITEM(positional, 0) : NULL;
    PyObject *folder = keywords ? PyDict_GetItemString(keywords, "cwd") : NULL;

    if (!first || (keywords && PyDict_GetItemString(keywords, "executable")))
        return Py_NewRef(Py_None);
    AUTO_TEXT text = {0};
    bool words = PyList_CheckExact(first) || PyTuple_CheckExact(first);
    for (Py_ssize_t i = 0; words && i < PySequence_Fast_GET_SIZE(first); i++) {
        PyObject *word = PySequence_Fast_GET_ITEM(first, i);
        const char *plain = PyUnicode_CheckExact(word) ? PyUnicode_AsUTF8(word) : NULL;
        PyErr_Clear();
        text_add_string(&text, i ? " " : "");
        if (!(plain && *plain && !strpbrk(plain, " \t\n'\"\\") ? text_add_object(&text, word)
                                                               : add_value(&text, word, 0)))
            return NULL;
    }
    if (!words && !PyUnicode_CheckExact(first))
        return Py_NewRef(Py_None);
    if (!words && !text_add_object(&text, first))
        return NULL;
    if (folder && folder != Py_None) {
        text_add_string(&text, " (in ");
        if (!add_value(&text, folder, 0))
            return NULL;
        text_add_string(&text, ")");
    }
    return text_finish(&text);
}

/* The host of "https://me@host:8080/path", with its port. New str, NULL without exception: none. */
static PyObject *host_of(PyObject *value)
{
    const char *text = PyUnicode_CheckExact(value) ? text_of(value) : NULL;
    const char *host = text ? strstr(text, "://") : NULL;

    if (!host || strcspn(text, " \n/?#") < (size_t)(host - text))
        return NULL;
    host += 3;
    size_t size = strcspn(host, "/?#\\ \n");
    for (size_t i = size; i-- > 0;)
        if (host[i] == '@') {
            host += i + 1;
            size -= i + 1;
            break;
        }
    return size ? PyUnicode_FromStringAndSize(host, (Py_ssize_t)size) : NULL;
}

/* The folder that a path lies in, or that it is; new str, NULL without exception: it is no path. */
static PyObject *folder_of(PyObject *value)
{
    bool text = PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
    AUTO_REF PyObject *exact = text || is_path_object(value) ? dests_exact(value) : NULL;
    char place[PATH_MAX];
    struct stat status;

    PyErr_Clear();
    if (!exact || !dests_locate(exact, -1, DEST_NAME, place))
        return NULL;
    bool there = lstat(place, &status) == 0;
    AUTO_REF PyObject *shown = PyObject_Str(exact);
    bool slashed = shown && PyUnicode_FindChar(shown, '/', 0, PY_SSIZE_T_MAX, 1) >= 0;
    bool lined = shown && PyUnicode_FindChar(shown, '\n', 0, PY_SSIZE_T_MAX, 1) >= 0;
    PyErr_Clear();
    if (!there && (!slashed || lined) && !is_path_object(value))
        return NULL;
    char *slash = strrchr(place, '/');
    if (!(there && S_ISDIR(status.st_mode)))
        slash[slash == place] = 0;
    return PyUnicode_DecodeFSDefault(place);
}

static bool add_argument(PyObject *about, PyObject *value)
{
    AUTO_REF PyObject *host = host_of(value);
    AUTO_REF PyObject *folder = host ? NULL : folder_of(value);

    if (PyErr_Occurred())
        return false;
    return (!host || add_about(about, "to", host)) && (!folder || add_about(about, "in", folder));
}

/* What a call that is refused for itself is about; `reason` as its pack has it. New list. */
static PyObject *about_call(PyObject *positional, PyObject *keywords, const char *reason)
{
    AUTO_REF PyObject *about = PyList_New(0);
    PyObject *key, *value;
    Py_ssize_t at = 0;
    bool program = strncmp(reason, "starts ", 7) == 0;
    AUTO_REF PyObject *line = program ? program_line(positional, keywords) : Py_NewRef(Py_None);

    if (!about || !line || (line != Py_None && !add_about(about, "runs", line)))
        return NULL;
    for (Py_ssize_t i = 0; !program && i < PyTuple_GET_SIZE(positional); i++)
        if (!add_argument(about, PyTuple_GET_ITEM(positional, i)))
            return NULL;
    while (!program && keywords && PyDict_Next(keywords, &at, &key, &value))
        if (!add_argument(about, value))
            return NULL;
    AUTO_REF PyObject *all = PyList_GET_SIZE(about) ? NULL : arguments_text(positional, keywords);
    if (!PyList_GET_SIZE(about) && !add_about(about, "with", all))
        return NULL;
    return Py_NewRef(about);
}

/* ---- where the cell is ---- */

/* What may stand between the cell and the event, for the event to be what the cell asked. */
enum between {
    BETWEEN_ANYTHING,
    BETWEEN_STANDARD, /* the standard library, which does as it is told */
    BETWEEN_CLIENTS,  /* and libraries that send requests */
};

static bool may_be_between(const char *module, enum between between)
{
    return between == BETWEEN_ANYTHING || (module && loaded_is_standard_name(module)) ||
           (module && strncmp(module, "_safepyrun", 10) == 0) ||
           (between == BETWEEN_CLIENTS && module && packs_is_client(module));
}

/* A finalizer of the cell's is not the cell's running code. `*file`: new reference. */
static bool is_cells_doing(enum between between, PyObject **file)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());
    bool own = false;

    *file = NULL;
    for (int depth = 0; frame && depth < FRAMES_MOST; depth++) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        const char *module = frame_module((PyFrameObject *)frame);
        bool guarded = code_sandbox(code) != NULL;
        if (guarded &&
            PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_name, "__del__") == 0)
            return false;
        if (!guarded && module && strcmp(module, "weakref") == 0)
            return false;
        if (guarded && !*file)
            *file = Py_NewRef(((PyCodeObject *)code)->co_filename);
        if (!guarded && !own && !may_be_between(module, between))
            return false;
        own |= guarded;
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return own;
}

void person_library(char *out, size_t size)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    *out = 0;
    for (int depth = 0; frame && depth < FRAMES_MOST; depth++) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        const char *module = frame_module((PyFrameObject *)frame);
        if (code_sandbox(code))
            return;
        if (module && !loaded_is_standard_name(module) && strncmp(module, "_safepyrun", 10) != 0) {
            snprintf(out, size, "%.*s", (int)strcspn(module, "."), module);
            return;
        }
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
}

/* ---- asking ---- */

/* New reference to the attribute, None when it is not there. */
static PyObject *said(PyObject *error, const char *name)
{
    PyObject *value = PyObject_GetAttrString(error, name);

    PyErr_Clear();
    return value ? value : Py_NewRef(Py_None);
}

/* 1, 0, -1 with an exception. `callable`: what it is called in the question. */
static int ask_as(PyObject *callable, bool library, PyObject *error, PyObject *about,
                  PyObject *file)
{
    AUTO_REF PyObject *question =
        Py_BuildValue("{s:O,s:O,s:N,s:N,s:N,s:O,s:O,s:N}", "callable", callable, "library",
                      library ? Py_True : Py_False, "kind", said(error, "kind"), "reason",
                      said(error, "reason"), "remedy", said(error, "remedy"), "about", about,
                      "file", file ? file : Py_None, "line", said(error, "lineno"));

    return question ? person->ask(person->context, question) : -1;
}

static int ask(PyObject *error, PyObject *about, PyObject *file)
{
    AUTO_REF PyObject *callable = said(error, "callable");

    return ask_as(callable, false, error, about, file);
}

/* What a yes to what `denied` needs would be. */
static enum person_answer answer_of(PyObject *denied)
{
    enum remedy_kind remedy = refusal_remedy(denied);

    return remedy == REMEDY_DEST    ? PERSON_PLACE
           : remedy == REMEDY_TRUST ? PERSON_TRUSTED
           : remedy == REMEDY_CALL  ? PERSON_GATED
                                    : PERSON_NO;
}

static PyObject *about_place(PyObject *place)
{
    return Py_BuildValue("[(sO)]", "in", place);
}

/* What would be granted; new list. */
static PyObject *about_of(enum person_answer kind, PyObject *place, PyObject *arguments,
                          PyObject *reason)
{
    PyObject *keywords = PyTuple_GET_ITEM(arguments, 2);
    const char *why = text_of(reason);

    return kind == PERSON_PLACE ? about_place(place)
                                : about_call(PyTuple_GET_ITEM(arguments, 1),
                                             keywords == Py_None ? NULL : keywords, why ? why : "");
}

/* Is it a refusal that is set, and somebody there? Not when memory has run out. */
static bool may_ask(void)
{
    return PyErr_Occurred() && refusal_type() && PyErr_ExceptionMatches(refusal_type()) &&
           person_is_there();
}

/* New list of the folder that was agreed to; NULL without exception: its name leads elsewhere by
 * now. */
static PyObject *agreed_place(PyObject *folder)
{
    const char *text = text_of(folder);
    char now[PATH_MAX];

    return text && dests_resolve(text, now) && strcmp(now, text) == 0 ? Py_BuildValue("[O]", folder)
                                                                      : NULL;
}

enum person_answer person_asked_of_call(PyObject *arguments, PyObject **place)
{
    *place = NULL;
    if (!may_ask())
        return PERSON_NO;
    struct error_taken refusal = error_take();
    AUTO_REF PyObject *folder = said(refusal.value, "destination");
    AUTO_REF PyObject *reason = said(refusal.value, "reason");
    AUTO_REF PyObject *file = NULL;
    enum person_answer kind = answer_of(refusal.value);

    if (kind == PERSON_NO || (kind == PERSON_PLACE && folder == Py_None) ||
        !is_cells_doing(BETWEEN_ANYTHING, &file)) {
        error_put(&refusal);
        return PERSON_NO;
    }
    AUTO_REF PyObject *about = about_of(kind, folder, arguments, reason);
    int answer = about ? ask(refusal.value, about, file) : -1;
    /* What was shown is what is granted, whatever happened meanwhile. */
    AUTO_REF PyObject *now = answer > 0 ? about_of(kind, folder, arguments, reason) : NULL;
    bool same = now && PyObject_RichCompareBool(now, about, Py_EQ) == 1;
    if (answer > 0 && same && kind == PERSON_PLACE)
        same = (*place = agreed_place(folder)) != NULL;
    if (answer == 0 || (answer > 0 && !same && !PyErr_Occurred())) {
        error_put(&refusal);
        return PERSON_NO;
    }
    error_drop(&refusal);
    return same ? kind : PERSON_NO;
}

/* A library goes on with what a call of the cell began: matplotlib's PdfPages opens its file with
 * the first page, joblib's Memory makes a folder for each function. "joblib"; new str, or NULL. */
static PyObject *library_between(void)
{
    AUTO_REF PyObject *file = NULL;
    char name[64] = "";

    if (is_cells_doing(BETWEEN_ANYTHING, &file))
        person_library(name, sizeof name);
    return *name ? PyUnicode_FromString(name) : NULL;
}

PyObject *person_asked_of_event(void)
{
    if (!may_ask())
        return NULL;
    struct error_taken refusal = error_take();
    AUTO_REF PyObject *folder = said(refusal.value, "destination");
    AUTO_REF PyObject *file = NULL;
    bool own = is_cells_doing(BETWEEN_STANDARD, &file);
    AUTO_REF PyObject *library = own ? NULL : library_between();

    if (answer_of(refusal.value) != PERSON_PLACE || folder == Py_None || (!own && !library)) {
        PyErr_Clear();
        error_put(&refusal);
        return NULL;
    }
    AUTO_REF PyObject *about = about_place(folder);
    int answer = !about    ? -1
                 : library ? ask_as(library, true, refusal.value, about, NULL)
                           : ask(refusal.value, about, file);
    PyObject *places = answer > 0 ? agreed_place(folder) : NULL;
    if (answer >= 0 && !places && !PyErr_Occurred())
        error_put(&refusal);
    else
        error_drop(&refusal);
    return places;
}

/* A yes to what is set: Denied is gone. `callable` NULL: as Denied has it. */
static bool agreed_to(PyObject *callable, PyObject *about, enum between between)
{
    struct error_taken refusal = error_take();
    AUTO_REF PyObject *file = NULL;
    AUTO_REF PyObject *name = callable ? Py_NewRef(callable) : said(refusal.value, "callable");
    bool asks = about && is_cells_doing(between, &file);
    int answer = asks ? ask_as(name, false, refusal.value, about, file) : 0;

    if (answer == 0)
        error_put(&refusal);
    else
        error_drop(&refusal);
    return answer > 0;
}

bool person_asked_of_host(const char *host)
{
    if (!may_ask())
        return false;
    struct error_taken refusal = error_take();
    bool is_host = refusal_remedy(refusal.value) == REMEDY_HOST;
    AUTO_REF PyObject *about = is_host ? Py_BuildValue("[(ss)]", "to", host) : NULL;

    PyErr_Clear();
    error_put(&refusal);
    return about && agreed_to(NULL, about, BETWEEN_CLIENTS);
}

/* Not "!git status": the words of a command must not be taken for those of a grant. */
bool person_asked_of_command(PyObject *line)
{
    if (!may_ask())
        return false;
    struct error_taken refusal = error_take();
    AUTO_REF PyObject *name = PyUnicode_FromString("!command");
    AUTO_REF PyObject *about = name ? Py_BuildValue("[(sO)]", "runs", line) : NULL;

    PyErr_Clear();
    error_put(&refusal);
    return about && agreed_to(name, about, BETWEEN_STANDARD);
}

/* ---- places ---- */

void person_place_enter(struct person_scope *scope, PyObject *places)
{
    scope->outer = scope_places;
    scope_places = scope->outer ? PySequence_Concat(scope->outer, places) : Py_NewRef(places);
    PyErr_Clear(); /* no memory: it is refused */
}

void person_place_leave(struct person_scope *scope)
{
    Py_XDECREF(scope_places);
    scope_places = scope->outer;
    Py_CLEAR(scope_dests);
}

PyObject *person_dests(PyObject *ok_dests)
{
    if (!scope_places)
        return ok_dests;
    Py_XSETREF(scope_dests,
               ok_dests ? PySequence_Concat(ok_dests, scope_places) : Py_NewRef(scope_places));
    PyErr_Clear();
    return scope_dests ? scope_dests : ok_dests;
}
