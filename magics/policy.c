/* policy: %policy, what is allowed and by which pack. */
#include "state.h"
#include "table.h"
#include "text.h"

#include <string.h>

enum { ROWS_SHOWN = 200 };

/* "pandas": 12 names, for each source in `rows`; new dict in the order of the packs. */
static PyObject *count_sources(PyObject *rows)
{
    AUTO_OBJECT counts = PyDict_New();

    for (Py_ssize_t i = 0; counts && i < PyList_GET_SIZE(rows); i++) {
        PyObject *source = PyTuple_GET_ITEM(PyList_GET_ITEM(rows, i), 2);
        PyObject *count = PyDict_GetItem(counts, source);
        AUTO_OBJECT more = PyLong_FromLong(count ? PyLong_AsLong(count) + 1 : 1);
        if (!more || PyDict_SetItem(counts, source, more) < 0)
            return NULL;
    }
    return Py_XNewRef(counts);
}

/* Without a text: where cells may write, and how much each pack speaks of. */
static PyObject *show_summary(const struct magic_host *host)
{
    static const char *const columns[] = {"pack", "names", NULL};
    AUTO_OBJECT all = sandbox_policy_search("");
    AUTO_OBJECT counts = all ? count_sources(all) : NULL;
    AUTO_OBJECT dests = counts ? sandbox_ok_dests(host->sandbox) : NULL;
    AUTO_OBJECT rows = dests ? PyList_New(0) : NULL;
    AUTO_OBJECT where = rows ? join_names(dests, ", ") : NULL;
    PyObject *source, *count;
    Py_ssize_t position = 0;

    while (where && PyDict_Next(counts, &position, &source, &count)) {
        AUTO_OBJECT row = Py_BuildValue("(ON)", source, PyObject_Str(count));
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    if (!where || !print_line("Cells may write below: %s. %%allow lists what you allowed, %%policy TEXT searches the packs.",
                              PyUnicode_GET_LENGTH(where) ? PyUnicode_AsUTF8(where) : "(nowhere)"))
        return NULL;
    return table_show(host, columns, rows, ROWS_SHOWN) ? Py_NewRef(Py_None) : NULL;
}

PyObject *magic_policy(const struct magic_call *call)
{
    static const char *const columns[] = {"name", "grade", "pack", "terms", NULL};
    AUTO_OBJECT needle = PyObject_CallMethod(call->line, "strip", NULL);

    if (!needle)
        return NULL;
    if (!PyUnicode_GET_LENGTH(needle))
        return show_summary(call->host);
    AUTO_OBJECT rows = sandbox_policy_search(PyUnicode_AsUTF8(needle));
    if (!rows)
        return NULL;
    if (!PyList_GET_SIZE(rows))
        return print_line("No name of the packs or grants contains %s.", PyUnicode_AsUTF8(needle)) ? Py_NewRef(Py_None) : NULL;
    return table_show(call->host, columns, rows, ROWS_SHOWN) ? Py_NewRef(Py_None) : NULL;
}
