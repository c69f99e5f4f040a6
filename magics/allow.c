/* allow: %allow and %deny. All names are looked up before anybody is asked, and granted when all
 * were found. */
#include "magics/native.h"
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"
#include "base/text.h"

#include <string.h>

/* ---- names ---- */

/* "np.linalg.norm" -> "numpy.linalg.norm" when np is a module or a value of the user's. New str. */
static PyObject *canonical_name(const struct magic_host *host, PyObject *given)
{
    const char *name = PyUnicode_AsUTF8(given);
    const char *dot = name ? strchr(name, '.') : NULL;

    if (!name)
        return NULL;
    AUTO_REF PyObject *first =
        dot ? PyUnicode_FromStringAndSize(name, dot - name) : Py_NewRef(given);
    PyObject *object = first ? PyDict_GetItem(host->globals, first) : NULL; /* borrowed */
    const char *rest = dot ? dot : "";

    if (!object)
        return Py_NewRef(given);
    if (PyModule_Check(object)) {
        const char *module = PyModule_GetName(object);
        return module ? PyUnicode_FromFormat("%s%s", module, rest) : NULL;
    }
    PyTypeObject *type = PyType_Check(object) ? (PyTypeObject *)object
                         : dot                ? Py_TYPE(object)
                                              : NULL;
    if (!type || (PyCallable_Check(object) && !PyType_Check(object)))
        return Py_NewRef(given);
    AUTO_REF PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");
    AUTO_REF PyObject *qualname = PyType_GetQualName(type);
    return module && qualname ? PyUnicode_FromFormat("%U.%U%s", module, qualname, rest) : NULL;
}

static bool is_target(PyObject *object)
{
    return object &&
           (PyCallable_Check(object) || PyModule_Check(object) ||
            Py_IS_TYPE(object, &PyStaticMethod_Type) || Py_IS_TYPE(object, &PyClassMethod_Type));
}

/* "DataFrame.to_parquet" when one of the user's modules has a DataFrame; new reference, NULL
 * without exception. */
static PyObject *find_in_modules(const struct magic_host *host, const char *name)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;

    while (PyDict_Next(host->globals, &position, &key, &value)) {
        const char *module =
            PyModule_Check(value) && PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : NULL;
        AUTO_REF PyObject *dotted = module ? PyUnicode_FromFormat("%s.%s", module, name) : NULL;
        PyObject *found = dotted ? find_user_object(host, PyUnicode_AsUTF8(dotted)) : NULL;
        error_forget();
        if (is_target(found))
            return found;
        Py_XDECREF(found);
    }
    return NULL;
}

/* What the user means by `given`: new reference, NULL with UsageError that names near misses. */
static PyObject *find_target(const struct magic_host *host, PyObject *given)
{
    const char *name = PyUnicode_AsUTF8(given);
    PyObject *object = name ? find_user_object(host, name) : NULL;

    if (is_target(object))
        return object;
    Py_XDECREF(object);
    AUTO_REF PyObject *canonical = name ? canonical_name(host, given) : NULL;
    if (!canonical)
        return NULL;
    object = grants_find_target(PyUnicode_AsUTF8(canonical));
    if (object || !PyErr_ExceptionMatches(PyExc_LookupError))
        return object;
    AUTO_REF PyObject *type = NULL;
    AUTO_REF PyObject *error = NULL;
    AUTO_REF PyObject *traceback = NULL;
    PyErr_Fetch(&type, &error, &traceback);
    object = find_in_modules(host, name);
    if (!object) {
        AUTO_REF PyObject *text = error ? PyObject_Str(error) : NULL;
        PyErr_SetObject(magic_usage_error_type(), text);
    }
    return object;
}

/* ---- what needs a person ---- */

/* The sandbox sees the effects of Python code. What is compiled or can reach what is, or what a
 * pack refuses for a reason, needs a person's word even without --trust. */
static bool needs_person(const struct grants_standing *standing)
{
    if (standing->grade >= GRADE_PURE)
        return false;
    if (standing->grade == GRADE_DENY) /* what %deny took back comes back by its own word */
        return strcmp(standing->source, "user") != 0;
    return standing->native || native_is_reached(standing->name);
}

/* ---- %allow ---- */

struct allowing {
    PyObject *targets; /* owned list: what is to be granted */
    PyObject *names;   /* owned list of str */
    PyObject *before;  /* owned list of (target, the user's grade until now) */
    bool asks;
};

static void allowing_clear(struct allowing *self)
{
    Py_CLEAR(self->targets);
    Py_CLEAR(self->names);
    Py_CLEAR(self->before);
}

static bool add_target(struct allowing *self, PyObject *target,
                       const struct grants_standing *standing)
{
    bool own = standing->source && strcmp(standing->source, "user") == 0;
    AUTO_REF PyObject *name = PyUnicode_FromString(standing->name);
    AUTO_REF PyObject *before = Py_BuildValue("(Oi)", target, own ? (int)standing->grade : 0);

    return name && before && PyList_Append(self->targets, target) == 0 &&
           PyList_Append(self->names, name) == 0 && PyList_Append(self->before, before) == 0;
}

/* Look one word up and note what it needs. */
static bool prepare_one(const struct magic_host *host, PyObject *word, bool trust,
                        struct allowing *self)
{
    struct grants_standing standing;
    AUTO_REF PyObject *target = find_target(host, word);

    if (!target)
        return false;
    grants_standing(target, &standing);
    if (standing.born && trust)
        return usage_error("%%allow --trust: %s was defined in a cell, and its code stays a "
                           "cell's; define it in "
                           "%%%%trusted, or trust what it calls",
                           PyUnicode_AsUTF8(word)) != NULL;
    if (standing.born || (trust ? standing.grade == GRADE_TRUSTED : standing.grade >= GRADE_PURE))
        return print_line("%s is allowed already (%s).", standing.name,
                          standing.born ? "a cell's own" : standing.source);
    self->asks = self->asks || trust || needs_person(&standing);
    return add_target(self, target, &standing);
}

static bool grant_all(const struct allowing *self, enum grade grade)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->targets); i++)
        if (!grants_allow(PyList_GET_ITEM(self->targets, i), grade, NULL)) {
            PyObject *type, *error, *traceback;
            PyErr_Fetch(&type, &error, &traceback);
            for (Py_ssize_t k = 0; k < i; k++) {
                PyObject *target = PyList_GET_ITEM(self->targets, k);
                long before = PyLong_AsLong(PyTuple_GET_ITEM(PyList_GET_ITEM(self->before, k), 1));
                if (!grants_deny(target) ||
                    (before && !grants_allow(target, (enum grade)before, NULL)))
                    error_forget();
            }
            PyErr_Restore(type, error, traceback);
            return false;
        }
    return true;
}

/* Ask for what was looked up, and grant it. */
static PyObject *allow_targets(const struct magic_host *host, bool trust,
                               const struct allowing *self)
{
    AUTO_REF PyObject *scope = ask_to_widen(host,
                                            trust        ? "trust"
                                            : self->asks ? "native"
                                                         : "allow",
                                            self->names, NULL);
    if (!scope || !grant_all(self, trust ? GRADE_TRUSTED : GRADE_GATED))
        return NULL;
    return once_remember(host, scope, ONCE_ALLOW, self->before, Py_None) ? Py_NewRef(Py_None)
                                                                         : NULL;
}

/* The first name that is none does not void the others; what was wrong with it is said last. */
static PyObject *allow_names(const struct magic_host *host, PyObject *words, bool trust)
{
    __attribute__((cleanup(allowing_clear))) struct allowing allowing = {
        PyList_New(0), PyList_New(0), PyList_New(0), false};
    AUTO_REF PyObject *wrong = NULL;

    if (!allowing.targets || !allowing.names || !allowing.before)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(words); i++) {
        if (prepare_one(host, PyList_GET_ITEM(words, i), trust, &allowing))
            continue;
        if (!PyErr_ExceptionMatches(magic_usage_error_type()))
            return NULL;
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        PyErr_NormalizeException(&type, &error, &traceback);
        Py_XDECREF(type);
        Py_XDECREF(traceback);
        if (wrong)
            Py_XDECREF(error);
        else
            wrong = error;
    }
    if (PyList_GET_SIZE(allowing.targets)) {
        AUTO_REF PyObject *done = allow_targets(host, trust, &allowing);
        if (!done || !wrong)
            return Py_XNewRef(done);
    }
    if (!wrong)
        return Py_NewRef(Py_None);
    AUTO_REF PyObject *names = join_names(allowing.names, ", ");
    if (!names)
        return NULL;
    return PyUnicode_GET_LENGTH(names)
               ? PyErr_Format(magic_usage_error_type(), "%S (allowed: %U)", wrong, names)
               : PyErr_Format(magic_usage_error_type(), "%S", wrong);
}

static PyObject *list_grants(const struct magic_host *host)
{
    static const char *const columns[] = {"name", "grade", "by", NULL};
    AUTO_REF PyObject *rows = grants_list();
    PyObject *commands = host->state->shell_grants;
    AUTO_TEXT text = {0};

    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(commands); i++) {
        AUTO_REF PyObject *command = join_names(PyList_GET_ITEM(commands, i), " ");
        AUTO_REF PyObject *row =
            command ? Py_BuildValue("(Nss)", PyUnicode_FromFormat("!%U", command), "shell", "user")
                    : NULL;
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    if (!rows)
        return NULL;
    if (!PyList_GET_SIZE(rows))
        text_add_string(&text, "Nothing is allowed beyond the packs; %policy shows these.\n");
    if (!table_text(&text, columns, rows, PY_SSIZE_T_MAX, false))
        return NULL;
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

static PyObject *allow_shell(const struct magic_host *host, PyObject *commands)
{
    if (!PyList_GET_SIZE(commands))
        return usage_error("usage: %%allow --shell \"COMMAND [ARG ...]\" ...");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(commands);
         i++) { /* all must parse before one is asked for */
        AUTO_REF PyObject *words = line_words(PyList_GET_ITEM(commands, i), true);
        if (!words)
            return NULL;
        if (!PyList_GET_SIZE(words))
            return usage_error("%%allow --shell: an empty command");
    }
    AUTO_REF PyObject *scope = ask_to_widen(host, "shell", commands, NULL);
    if (!scope)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(commands); i++) {
        AUTO_REF PyObject *words = line_words(PyList_GET_ITEM(commands, i), true);
        if (!words || PyList_Append(host->state->shell_grants, words) < 0 ||
            !once_remember(host, scope, ONCE_SHELL, Py_None, words))
            return NULL;
    }
    return Py_NewRef(Py_None);
}

/* What the .safepyrun.toml of the folder permits, once the person agreed. */
static PyObject *allow_project(const struct magic_host *host)
{
    AUTO_REF PyObject *content = Py_BuildValue("{s:O}", "asked", Py_True);
    AUTO_REF PyObject *scope =
        content ? ask_front(host, "project", content, ".safepyrun.toml") : NULL;

    if (!scope)
        return NULL;
    return print_line(PyUnicode_GET_LENGTH(scope)
                          ? ".safepyrun.toml is followed from now on."
                          : "There is nothing in a .safepyrun.toml of this folder that you have "
                            "not agreed to.")
               ? Py_NewRef(Py_None)
               : NULL;
}

PyObject *magic_allow(const struct magic_call *call)
{
    static const char *const switches[] = {"--trust", "--shell", "--project", NULL};
    AUTO_REF PyObject *words = line_words(call->line, false);
    const char *given = words ? take_switch(words, switches, "allow") : NULL;

    if (!given)
        return NULL;
    if (strcmp(given, "--shell") == 0)
        return allow_shell(call->host, words);
    if (strcmp(given, "--project") == 0)
        return PyList_GET_SIZE(words) ? usage_error("usage: %%allow --project")
                                      : allow_project(call->host);
    if (PyList_GET_SIZE(words))
        return allow_names(call->host, words, strcmp(given, "--trust") == 0);
    return *given ? usage_error("usage: %%allow --trust NAME ...") : list_grants(call->host);
}

/* ---- %deny ---- */

static bool is_users(const struct grants_standing *standing)
{
    return standing->source && strcmp(standing->source, "user") == 0 &&
           standing->grade >= GRADE_PURE;
}

/* What %deny takes back: the callable, or the name of a library that is not there yet; UsageError
 * when it was not allowed. New reference. */
static PyObject *denied_target(const struct magic_host *host, PyObject *word, PyObject *grants)
{
    struct grants_standing standing = {0};

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(grants); i++) {
        PyObject *name = PyTuple_GET_ITEM(PyList_GET_ITEM(grants, i), 0);
        if (PyUnicode_Compare(name, word) == 0)
            return Py_NewRef(word);
    }
    AUTO_REF PyObject *target = find_target(host, word);
    if (!target)
        return NULL;
    grants_standing(target, &standing);
    bool unlisted = standing.source && strcmp(standing.source, "unlisted") == 0;
    return is_users(&standing) || unlisted
               ? Py_NewRef(target)
               : usage_error("%%deny: %s was not allowed by %%allow; %%allow lists what was",
                             PyUnicode_AsUTF8(word));
}

/* "--shell git status": out of the list of commands. */
static PyObject *deny_shell(const struct magic_host *host, PyObject *commands)
{
    PyObject *grants = host->state->shell_grants;
    AUTO_REF PyObject *gone = PyList_New(0);

    if (!PyList_GET_SIZE(commands))
        return usage_error("usage: %s", magic_find("deny", MAGIC_LINE)->usage);
    for (Py_ssize_t i = 0; gone && i < PyList_GET_SIZE(commands); i++) {
        AUTO_REF PyObject *words = line_words(PyList_GET_ITEM(commands, i), true);
        if (!words || PyList_Append(gone, words) < 0)
            return NULL;
        if (PySequence_Contains(grants, words) != 1)
            return usage_error("%%deny --shell: \"%s\" was not allowed",
                               PyUnicode_AsUTF8(PyList_GET_ITEM(commands, i)));
    }
    for (Py_ssize_t i = 0; gone && i < PyList_GET_SIZE(gone); i++)
        for (Py_ssize_t at; (at = PySequence_Contains(grants, PyList_GET_ITEM(gone, i)));)
            if (at < 0 ||
                PySequence_DelItem(grants, PySequence_Index(grants, PyList_GET_ITEM(gone, i))) < 0)
                return NULL;
    return gone ? Py_NewRef(Py_None) : NULL;
}

PyObject *magic_deny(const struct magic_call *call)
{
    static const char *const switches[] = {"--shell", NULL};
    AUTO_REF PyObject *words = line_words(call->line, false);
    const char *given = words ? take_switch(words, switches, "deny") : NULL;
    AUTO_REF PyObject *grants = given ? grants_list() : NULL;
    AUTO_REF PyObject *targets = grants ? PyList_New(0) : NULL;

    if (!targets)
        return NULL;
    if (*given)
        return deny_shell(call->host, words);
    if (!PyList_GET_SIZE(words))
        return usage_error("usage: %s", magic_find("deny", MAGIC_LINE)->usage);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(words); i++) {
        AUTO_REF PyObject *target = denied_target(call->host, PyList_GET_ITEM(words, i), grants);
        if (!target || PyList_Append(targets, target) < 0)
            return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(targets); i++)
        if (!grants_deny(PyList_GET_ITEM(targets, i))) {
            if (!PyErr_ExceptionMatches(PyExc_LookupError))
                return NULL;
            error_forget(); /* the same name twice */
        }
    return Py_NewRef(Py_None);
}
