/* policy: %policy, what is allowed and by which pack. */
#include "magics/state.h"
#include "magics/table.h"
#include "base/text.h"

#include <string.h>

enum { ROWS_SHOWN = 200 };

/* "pandas": 12 names, for each source in `rows`; new dict in the order of the packs. */
static PyObject *count_sources(PyObject *rows)
{
    AUTO_REF PyObject *counts = PyDict_New();

    for (Py_ssize_t i = 0; counts && i < PyList_GET_SIZE(rows); i++) {
        PyObject *source = PyTuple_GET_ITEM(PyList_GET_ITEM(rows, i), 2);
        PyObject *count = PyDict_GetItem(counts, source);
        AUTO_REF PyObject *more = PyLong_FromLong(count ? PyLong_AsLong(count) + 1 : 1);
        if (!more || PyDict_SetItem(counts, source, more) < 0)
            return NULL;
    }
    return Py_XNewRef(counts);
}

/* "a.b.c" says a, and "_a.b" its library too, where that is its C half; borrowed or NULL. */
static PyObject *top_module(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *found = NULL;

    for (int skipped = *name == '_'; skipped >= 0 && !found; skipped--) {
        AUTO_REF PyObject *top =
            PyUnicode_FromStringAndSize(name + skipped, (Py_ssize_t)strcspn(name + skipped, "."));
        found = top ? PyDict_GetItem(modules, top) : NULL;
    }
    PyErr_Clear();
    return found && PyModule_Check(found) ? found : NULL;
}

/* The library that a value of the namespace is, or is of; borrowed or NULL. Asks nobody who could
 * answer by code of a cell's. */
static PyObject *library_of(PyObject *value)
{
    bool says_itself = PyFunction_Check(value) || PyCFunction_Check(value) || PyType_Check(value);
    const char *said = PyModule_Check(value)
                           ? text_of(PyDict_GetItemString(PyModule_GetDict(value), "__name__"))
                           : loaded_said_module(says_itself ? value : (PyObject *)Py_TYPE(value));

    return said ? top_module(said) : NULL;
}

bool print_unlisted(const struct magic_host *host)
{
    AUTO_REF PyObject *names = PyList_New(0);
    PyObject *key, *value;
    Py_ssize_t position = 0;

    while (names && PyDict_Next(host->globals, &position, &key, &value)) {
        PyObject *library = library_of(value);
        struct grants_standing standing = {0};
        if (library)
            grants_standing(library, &standing);
        if (!standing.source || strcmp(standing.source, "unlisted") != 0)
            continue;
        AUTO_REF PyObject *name = PyUnicode_FromString(standing.name);
        int known = name ? PySequence_Contains(names, name) : -1;
        if (known < 0 || (!known && PyList_Append(names, name) < 0))
            return false;
    }
    AUTO_REF PyObject *text = names && !PyList_Sort(names) ? join_names(names, ", ") : NULL;
    if (!text || !PyUnicode_GET_LENGTH(text))
        return text != NULL;
    return print_line("No pack lists %s: what is in use of it runs, and its effects are judged "
                      "(unlisted; %%deny NAME takes it back).",
                      PyUnicode_AsUTF8(text));
}

/* Without a text: where cells may write, and how much each pack speaks of. */
static PyObject *show_summary(const struct magic_host *host)
{
    static const char *const columns[] = {"pack", "names", NULL};
    AUTO_REF PyObject *all = grants_search("");
    AUTO_REF PyObject *counts = all ? count_sources(all) : NULL;
    AUTO_REF PyObject *dests = counts ? sandbox_ok_dests(host->sandbox) : NULL;
    AUTO_REF PyObject *rows = dests ? PyList_New(0) : NULL;
    AUTO_REF PyObject *where = rows ? join_names(dests, ", ") : NULL;
    PyObject *source, *count;
    Py_ssize_t position = 0;

    while (where && PyDict_Next(counts, &position, &source, &count)) {
        AUTO_REF PyObject *row = Py_BuildValue("(ON)", source, PyObject_Str(count));
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    if (!where || !print_line("Cells may write below: %s. %%allow lists what you allowed, %%policy "
                              "TEXT searches the packs.",
                              PyUnicode_GET_LENGTH(where) ? PyUnicode_AsUTF8(where) : "(nowhere)"))
        return NULL;
    const char *missing = ground_missing();
    if (missing ? !print_line("The operating system does not hold what native code does: %s. The "
                              "sandbox alone does.",
                              missing)
                : !print_line("The operating system holds what native code and child processes "
                              "write, too (the floor).") ||
                      !print_unlisted(host))
        return NULL;
    return table_show(host, columns, rows, ROWS_SHOWN) ? Py_NewRef(Py_None) : NULL;
}

/* What decides about the very callable or module that `name` means to the user, as a row in front
 * of the others: a pattern of a pack may cover it without naming it. */
static bool add_standing(const struct magic_host *host, const char *name, PyObject *rows)
{
    static const char *const grades[] = {
        [GRADE_UNKNOWN] = "not allowed", [GRADE_DENY] = "deny",   [GRADE_PURE] = "pure",
        [GRADE_GATED] = "gated",         [GRADE_WRITE] = "write", [GRADE_NET] = "net",
        [GRADE_TRUSTED] = "trusted"};
    AUTO_REF PyObject *target = find_user_object(host, name);
    struct grants_standing standing;

    if (!target || !(PyCallable_Check(target) || PyModule_Check(target)))
        return true;
    grants_standing(target, &standing);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(PyList_GET_ITEM(rows, i), 0),
                                             standing.name) == 0)
            return true;
    if (PyModule_Check(target) && standing.grade == GRADE_UNKNOWN)
        return true; /* a pack speaks of what is in it */
    AUTO_REF PyObject *row =
        Py_BuildValue("(ssss)", standing.name, grades[standing.grade],
                      standing.source ? standing.source : "", standing.why ? standing.why : "");
    return row && PyList_Insert(rows, 0, row) == 0;
}

PyObject *magic_policy(const struct magic_call *call)
{
    static const char *const columns[] = {"name", "grade", "pack", "terms", NULL};
    AUTO_REF PyObject *needle = PyObject_CallMethod(call->line, "strip", NULL);

    if (!needle)
        return NULL;
    if (!PyUnicode_GET_LENGTH(needle))
        return show_summary(call->host);
    AUTO_REF PyObject *rows = grants_search(PyUnicode_AsUTF8(needle));
    if (!rows || !add_standing(call->host, PyUnicode_AsUTF8(needle), rows))
        return NULL;
    if (!PyList_GET_SIZE(rows))
        return print_line("No name of the packs or grants contains %s.", PyUnicode_AsUTF8(needle))
                   ? Py_NewRef(Py_None)
                   : NULL;
    return table_show(call->host, columns, rows, ROWS_SHOWN) ? Py_NewRef(Py_None) : NULL;
}
