/* widen: asking the front for more, and what ends with a cell: grants that were given once. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <string.h>

/* ---- asking ---- */

/* What the front has to say about a grant ("this holds for the session only: ..."). */
static bool show_note(PyObject *note)
{
    AUTO_TEXT text = {0};

    if (!note || !PyUnicode_Check(note) || !PyUnicode_GET_LENGTH(note))
        return true;
    if (!text_add_object(&text, note))
        return false;
    text_add(&text, "\n", 1);
    return text_print(&text, "stderr");
}

PyObject *ask_front(const struct magic_host *host, const char *query, PyObject *content,
                    const char *name)
{
    AUTO_REF PyObject *answer = host->query(host->context, query, content);

    if (!answer)
        return NULL;
    PyObject *granted = PyDict_GetItemString(answer, "granted"); /* borrowed, as the others here */
    PyObject *scope = PyDict_GetItemString(answer, "scope");
    PyObject *reason = PyDict_GetItemString(answer, "reason");
    PyObject *remedy = PyDict_GetItemString(answer, "remedy");

    if (granted == Py_True && !show_note(PyDict_GetItemString(answer, "note")))
        return NULL;
    if (granted == Py_True)
        return scope && PyUnicode_Check(scope) ? Py_NewRef(scope) : PyUnicode_FromString("session");
    const char *why = text_of(reason), *how = text_of(remedy);
    return refusal_raise(
        "widen", name, why ? why : "nobody agreed to it",
        &(struct remedy){
            REMEDY_SAID,
            how ? how
                : "permit it beforehand: config.toml, or start the kernel with --magics open"});
}

PyObject *ask_to_widen(const struct magic_host *host, const char *what, PyObject *items,
                       const char *detail)
{
    AUTO_REF PyObject *content = Py_BuildValue("{s:s,s:O,s:s}", "what", what, "items", items,
                                               "detail", detail ? detail : "");
    AUTO_REF PyObject *names = content ? join_names(items, ", ") : NULL;

    return names ? ask_front(host, "widen", content, PyUnicode_AsUTF8(names)) : NULL;
}

/* ---- once ---- */

bool once_remember(const struct magic_host *host, PyObject *scope, enum once_kind kind,
                   PyObject *before, PyObject *after)
{
    if (PyUnicode_CompareWithASCIIString(scope, "once") != 0)
        return true;
    AUTO_REF PyObject *entry =
        Py_BuildValue("(iiOO)", (int)kind, host->execution_count(host->context) + 1, before, after);

    return entry && PyList_Append(host->state->once, entry) == 0;
}

/* `before`: list of (callable, the grade that it had before, 0: none). */
static void end_allow(const struct magic_host *host, PyObject *before, PyObject *after)
{
    (void)host, (void)after;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(before); i++) {
        PyObject *target = PyTuple_GET_ITEM(PyList_GET_ITEM(before, i), 0);
        long grade = PyLong_AsLong(PyTuple_GET_ITEM(PyList_GET_ITEM(before, i), 1));
        if (!grants_deny(target) || (grade && !grants_allow(target, (enum grade)grade, NULL)))
            error_forget();
    }
}

/* As it was before; when it was changed meanwhile, only what "once" added goes. */
static void end_dests(const struct magic_host *host, PyObject *before, PyObject *after)
{
    AUTO_REF PyObject *now = sandbox_ok_dests(host->sandbox);
    AUTO_REF PyObject *left = PyList_New(0);
    bool same = now && PyObject_RichCompareBool(now, after, Py_EQ) == 1;

    for (Py_ssize_t i = 0; now && left && i < PyList_GET_SIZE(now); i++) {
        PyObject *dest = PyList_GET_ITEM(now, i);
        bool added =
            PySequence_Contains(after, dest) == 1 && PySequence_Contains(before, dest) == 0;
        if (!added && PyList_Append(left, dest) < 0)
            break;
    }
    if (!left || PyErr_Occurred() || !ok_dests_set(host, same ? before : left))
        error_forget();
}

static void end_hosts(const struct magic_host *host, PyObject *before, PyObject *after)
{
    (void)after;
    if (!ok_hosts_set(host, before))
        error_forget();
}

static void end_limits(const struct magic_host *host, PyObject *before, PyObject *after)
{
    (void)after;
    if (!limits_set(host, before))
        error_forget();
}

static void end_shell(const struct magic_host *host, PyObject *before, PyObject *after)
{
    (void)before;
    Py_ssize_t at = PySequence_Index(host->state->shell_grants, after);

    if (at < 0 || PySequence_DelItem(host->state->shell_grants, at) < 0)
        error_forget();
}

bool magic_cell_begins(const struct magic_host *host)
{
    static void (*const end[])(const struct magic_host *, PyObject *,
                               PyObject *) = {[ONCE_ALLOW] = end_allow,
                                              [ONCE_DESTS] = end_dests,
                                              [ONCE_SHELL] = end_shell,
                                              [ONCE_HOSTS] = end_hosts,
                                              [ONCE_LIMITS] = end_limits};
    PyObject *once = host->state->once;
    int cell = host->execution_count(host->context);

    for (Py_ssize_t i = PyList_GET_SIZE(once); i-- > 0;) {
        AUTO_REF PyObject *entry = Py_NewRef(PyList_GET_ITEM(once, i));
        if (PyLong_AsLong(PyTuple_GET_ITEM(entry, 1)) >= cell)
            continue;
        if (PyList_SetSlice(once, i, i + 1, NULL) < 0)
            return false;
        end[PyLong_AsLong(PyTuple_GET_ITEM(entry, 0))](host, PyTuple_GET_ITEM(entry, 2),
                                                       PyTuple_GET_ITEM(entry, 3));
    }
    return true;
}
