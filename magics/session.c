/* session: %history, %lsmagic, %pinfo. */
#include "options.h"
#include "state.h"
#include "text.h"

#include <string.h>

PyObject *magic_lsmagic(const struct magic_call *call)
{
    AUTO_OBJECT lines = call->host->names(call->host->context, MAGIC_LINE);
    AUTO_OBJECT cells = call->host->names(call->host->context, MAGIC_CELL);

    if (PyUnicode_GET_LENGTH(call->line))
        return usage_error("%%lsmagic takes no argument");
    if (!lines || !cells || PyList_Sort(lines) < 0 || PyList_Sort(cells) < 0)
        return NULL;
    AUTO_OBJECT line_list = join_names(lines, "  %");
    AUTO_OBJECT cell_list = join_names(cells, "  %%");
    AUTO_TEXT text = {0};

    if (!line_list || !cell_list)
        return NULL;
    text_addf(&text, "Available line magics:\n%%%s\n\nAvailable cell magics:\n%%%%%s\n",
              PyUnicode_AsUTF8(line_list), PyUnicode_AsUTF8(cell_list));
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

PyObject *magic_pinfo(const struct magic_call *call)
{
    int detail = strcmp(call->name, "pinfo2") == 0;

    if (!PyUnicode_GET_LENGTH(call->line))
        return usage_error("usage: %s", magic_find(call->name, MAGIC_LINE)->usage);
    AUTO_OBJECT text = call->host->inspect(call->host->context, call->line, detail);
    if (!text) {
        if (PyErr_Occurred())
            return NULL;
        print_line("Object `%s` not found.", PyUnicode_AsUTF8(call->line));
        return Py_NewRef(Py_None);
    }
    return call->host->page(call->host->context, text) ? Py_NewRef(Py_None) : NULL;
}

/* ---- %history ---------------------------------------------------------------------------------------------- */

/* As strtol, within what line and session numbers can be. */
static long read_number(const char *word, char **end)
{
    enum { MOST = 1000000000 };
    long number = strtol(word, end, 10);

    return number > MOST ? MOST : number < -MOST ? -MOST : number;
}

/* "4", "4-6", "~1/3-5": session (0 is this one, -1 the last), first and one past the last line. */
static bool parse_range(const char *word, long *session, long *start, long *stop)
{
    char *end;

    *session = 0;
    if (*word == '~') {
        *session = -read_number(word + 1, &end);
        if (end == word + 1 || *end != '/')
            return false;
        word = end + 1;
    }
    *start = read_number(word, &end);
    if (end == word)
        return false;
    *stop = *start + 1;
    if (*end == '-' || *end == ':') {
        bool inclusive = *end == '-';
        word = end + 1;
        *stop = read_number(word, &end) + (inclusive ? 1 : 0);
    }
    return *end == 0;
}

/* history content for the front, new dict; `range` NULL: the options decide. */
static PyObject *history_query(const struct options *options, const char *range)
{
    bool output = options_get(options, 'o');
    long count, session, start, stop;

    if (!options_number(options, 'l', 1, 10, &count))
        return NULL;
    if (options_get(options, 'g'))
        return Py_BuildValue("{s:s,s:N,s:O,s:O,s:O}", "hist_access_type", "search", "pattern",
                             PyUnicode_FromFormat("*%U*", options_get(options, 'g')), "raw", Py_True, "output",
                             output ? Py_True : Py_False, "unique", options_get(options, 'u') ? Py_True : Py_False);
    if (options_get(options, 'l'))
        return Py_BuildValue("{s:s,s:l,s:O,s:O}", "hist_access_type", "tail", "n", count, "raw", Py_True, "output",
                             output ? Py_True : Py_False);
    if (!range)
        return Py_BuildValue("{s:s,s:i,s:i,s:O,s:O,s:O}", "hist_access_type", "range", "session", 0, "start", 1,
                             "stop", Py_None, "raw", Py_True, "output", output ? Py_True : Py_False);
    if (!parse_range(range, &session, &start, &stop))
        return usage_error("%%history: %s is no range; write 4, 4-6 or ~1/4-6", range);
    return Py_BuildValue("{s:s,s:l,s:l,s:l,s:O,s:O}", "hist_access_type", "range", "session", session, "start",
                         start, "stop", stop, "raw", Py_True, "output", output ? Py_True : Py_False);
}

/* `numbers`: the line's number in front; `sessions`: and the session's, as a search finds lines of any. */
static bool add_entry(struct text *text, PyObject *entry, bool numbers, bool sessions)
{
    AUTO_OBJECT row = PySequence_Tuple(entry);

    if (!row || PyTuple_GET_SIZE(row) != 3)
        return row != NULL;
    if (sessions)
        text_addf(text, "%3ld/%ld: ", PyLong_AsLong(PyTuple_GET_ITEM(row, 0)), PyLong_AsLong(PyTuple_GET_ITEM(row, 1)));
    else if (numbers)
        text_addf(text, "%4ld: ", PyLong_AsLong(PyTuple_GET_ITEM(row, 1)));
    PyErr_Clear();
    PyObject *input = PyTuple_GET_ITEM(row, 2);
    if (PyList_Check(input) && PyList_GET_SIZE(input) == 2) { /* with outputs: [input, output] */
        if (!text_add_object(text, PyList_GET_ITEM(input, 0)))
            return false;
        if (PyList_GET_ITEM(input, 1) != Py_None) {
            text_add(text, "\n", 1);
            text_add_object(text, PyList_GET_ITEM(input, 1));
        }
    } else if (!text_add_object(text, input)) {
        return false;
    }
    text_add(text, "\n", 1);
    return true;
}

static bool print_history(const struct magic_call *call, const struct options *options, const char *range)
{
    AUTO_OBJECT content = history_query(options, range);
    AUTO_OBJECT answer = content ? call->host->query(call->host->context, "history", content) : NULL;
    PyObject *entries = answer ? PyDict_GetItemString(answer, "history") : NULL; /* borrowed */
    AUTO_TEXT text = {0};

    if (!entries || !PyList_Check(entries)) {
        if (answer)
            PyErr_SetString(PyExc_RuntimeError, "the kernel has no history to show");
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(entries); i++)
        if (!add_entry(&text, PyList_GET_ITEM(entries, i), options_get(options, 'n'), options_get(options, 'g')))
            return false;
    return text_print(&text, "stdout");
}

PyObject *magic_history(const struct magic_call *call)
{
    AUTO_OPTIONS options;

    if (!options_parse(call, "nog:l:u", &options))
        return NULL;
    AUTO_OBJECT ranges = line_words(options.rest, false);
    if (!ranges)
        return NULL;
    if (!PyList_GET_SIZE(ranges))
        return print_history(call, &options, NULL) ? Py_NewRef(Py_None) : NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(ranges); i++)
        if (!print_history(call, &options, PyUnicode_AsUTF8(PyList_GET_ITEM(ranges, i))))
            return NULL;
    return Py_NewRef(Py_None);
}
