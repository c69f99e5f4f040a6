/* audit: %audit, %check. */
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"
#include "base/text.h"

#include <string.h>

/* ---- %audit ---- */

/* "os.unlink"; of a grant: "ok_dests: ./out, /tmp". New str. */
static PyObject *record_subject(PyObject *record)
{
    PyObject *callable = PyDict_GetItemString(record, "callable"),
             *items = PyDict_GetItemString(record, "items");

    if (!callable || !PyUnicode_Check(callable))
        return PyUnicode_New(0, 0);
    if (!items || !PyList_Check(items))
        return Py_NewRef(callable);
    AUTO_REF PyObject *list = join_names(items, ", ");
    return list ? PyUnicode_FromFormat("%U: %U", callable, list) : NULL;
}

/* A number of a record; 0 when it is not there. */
static long record_number(PyObject *record, const char *name)
{
    PyObject *value = PyDict_GetItemString(record, name);

    return value && PyLong_Check(value) ? PyLong_AsLong(value) : 0;
}

/* Who did it: a library on its own, a program, or the cell; of what a person was asked nothing.
 * Borrowed or static. */
static const char *record_by(PyObject *record)
{
    static const char *const names[] = {"by", "program"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *value = PyDict_GetItemString(record, names[i]);
        const char *text = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
        if (text && *text)
            return text;
    }
    PyObject *kind = PyDict_GetItemString(record, "kind");
    bool answered = kind && PyUnicode_Check(kind) &&
                    (PyUnicode_CompareWithASCIIString(kind, "granted") == 0 ||
                     PyUnicode_CompareWithASCIIString(kind, "refused") == 0);
    return answered ? "" : "the cell";
}

/* The same again in the same cell is counted, not shown again: `count` (str) of how often. */
static PyObject *row_of(PyObject *record, PyObject *count)
{
    PyObject *time = PyDict_GetItemString(record, "time"),
             *kind = PyDict_GetItemString(record, "kind"),
             *reason = PyDict_GetItemString(record, "reason");
    long cell = record_number(record, "cell");
    AUTO_REF PyObject *subject = record_subject(record);
    AUTO_REF PyObject *number = cell ? PyUnicode_FromFormat("In[%ld]", cell) : Py_NewRef(Py_None);

    if (!subject || !number)
        return NULL;
    AUTO_REF PyObject *what =
        count ? PyUnicode_FromFormat("%U (%S times)", subject, count) : Py_NewRef(subject);
    return what ? Py_BuildValue("(OOOOsO)", time ? time : Py_None, number, kind ? kind : Py_None,
                                what, record_by(record), reason ? reason : Py_None)
                : NULL;
}

/* Are they the same but for when? */
static bool is_again(PyObject *one, PyObject *other)
{
    static const char *const names[] = {"kind", "callable", "items",  "reason",
                                        "cell", "by",       "program"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *a = PyDict_GetItemString(one, names[i]),
                 *b = PyDict_GetItemString(other, names[i]);
        if ((a || b) && !(a && b && PyObject_RichCompareBool(a, b, Py_EQ) == 1))
            return false;
    }
    return true;
}

/* Rows of the table; new list. */
static PyObject *rows_of(PyObject *records)
{
    AUTO_REF PyObject *rows = PyList_New(0);
    Py_ssize_t size = PyList_GET_SIZE(records);

    for (Py_ssize_t i = 0, next; rows && i < size; i = next) {
        PyObject *record = PyList_GET_ITEM(records, i);
        for (next = i + 1; next < size && is_again(record, PyList_GET_ITEM(records, next));)
            next++;
        AUTO_REF PyObject *count = next - i > 1 ? PyLong_FromSsize_t(next - i) : NULL;
        AUTO_REF PyObject *row = row_of(record, count);
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    return Py_XNewRef(rows);
}

static bool add_record_json(struct text *text, PyObject *record)
{
    AUTO_REF PyObject *line = call_python("json", "dumps", "(O)", record);

    if (!line || !text_add_object(text, line))
        return false;
    text_add(text, "\n", 1);
    return true;
}

static const char *const columns[] = {"time", "cell", "kind", "what", "by", "why", NULL};

static bool add_json(struct text *out, PyObject *records)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(records); i++)
        if (!add_record_json(out, PyList_GET_ITEM(records, i)))
            return false;
    return true;
}

/* "12: 7 write, 5 granted" */
static bool add_counts(struct text *out, PyObject *records)
{
    AUTO_REF PyObject *counts = PyDict_New();
    PyObject *kind, *number;
    Py_ssize_t at = 0;

    for (Py_ssize_t i = 0; counts && i < PyList_GET_SIZE(records); i++) {
        kind = PyDict_GetItemString(PyList_GET_ITEM(records, i), "kind");
        const char *text = kind && PyUnicode_Check(kind) ? PyUnicode_AsUTF8(kind) : NULL;
        if (!text)
            continue;
        AUTO_REF PyObject *more = PyLong_FromLong(record_number(counts, text) + 1);
        if (!more || PyDict_SetItem(counts, kind, more) < 0)
            return false;
    }
    if (!counts)
        return false;
    text_addf(out, "%zd", PyList_GET_SIZE(records));
    for (bool first = true; PyDict_Next(counts, &at, &kind, &number); first = false)
        text_addf(out, "%s%ld %s", first ? ": " : ", ", PyLong_AsLong(number),
                  PyUnicode_AsUTF8(kind));
    text_add(out, "\n", 1);
    return true;
}

/* The table below how many of which kind there are, to be folded, saved or sent. */
static bool show_html(const struct magic_host *host, PyObject *records, PyObject *rows)
{
    AUTO_TEXT counts = {0};
    AUTO_TEXT plain = {0};
    AUTO_TEXT html = {0};

    if (!add_counts(&counts, records))
        return false;
    text_add(&counts, "", 1);
    const char *heading = counts.data ? counts.data : "";
    text_add_string(&plain, heading);
    text_add_string(&html, "<details open><summary>");
    html_add_string(&html, heading);
    text_add_string(&html, "</summary>");
    if (!table_text(&plain, columns, rows, PY_SSIZE_T_MAX, true) ||
        !table_html(&html, columns, rows, PY_SSIZE_T_MAX))
        return false;
    text_add_string(&html, "</details>");
    AUTO_REF PyObject *plain_text = text_finish(&plain);
    AUTO_REF PyObject *html_text = text_finish(&html);
    return plain_text && html_text && publish_data(host, "text/html", html_text, plain_text);
}

/* The last `most` of them, of that cell when one is given; new list. */
static PyObject *records_chosen(PyObject *records, long cell, long most)
{
    AUTO_REF PyObject *chosen = PyList_New(0);

    for (Py_ssize_t i = 0; chosen && i < PyList_GET_SIZE(records); i++) {
        PyObject *record = PyList_GET_ITEM(records, i);
        bool wanted = PyDict_Check(record) && (!cell || record_number(record, "cell") == cell);
        if (wanted && PyList_Append(chosen, record) < 0)
            return NULL;
    }
    Py_ssize_t size = chosen ? PyList_GET_SIZE(chosen) : 0;
    return chosen ? PyList_GetSlice(chosen, size > most ? size - most : 0, size) : NULL;
}

static bool show_records(const struct magic_host *host, PyObject *records, const char *form)
{
    AUTO_REF PyObject *rows = rows_of(records);
    AUTO_TEXT text = {0};

    if (!rows)
        return false;
    if (strcmp(form, "--json") == 0)
        return add_json(&text, records) && text_print(&text, "stdout");
    if (strcmp(form, "--count") == 0)
        return add_counts(&text, records) && text_print(&text, "stdout");
    if (!print_unlisted(host))
        return false;
    if (!PyList_GET_SIZE(records))
        return print_line("Nothing was refused or granted.");
    return strcmp(form, "--html") == 0 ? show_html(host, records, rows)
                                       : table_show(host, columns, rows, PY_SSIZE_T_MAX);
}

PyObject *magic_audit(const struct magic_call *call)
{
    static const char *const forms[] = {"--html", "--count", "--json", NULL};
    AUTO_OPTIONS options;
    long most, cell;

    if (!options_parse(call, "jn:c:", &options) || !options_number(&options, 'n', 1, 100, &most) ||
        !options_number(&options, 'c', 1, 0, &cell))
        return NULL;
    AUTO_REF PyObject *words = line_words(options.rest, false);
    const char *form = words ? take_switch(words, forms, "audit") : NULL;
    if (!form)
        return NULL;
    if (PyList_GET_SIZE(words))
        return usage_error("usage: %s", magic_find("audit", MAGIC_LINE)->usage);
    AUTO_REF PyObject *content = Py_BuildValue("{s:s}", "what", "read");
    AUTO_REF PyObject *answer =
        content ? call->host->query(call->host->context, "audit", content) : NULL;
    PyObject *records = answer ? PyDict_GetItemString(answer, "records") : NULL; /* borrowed */

    if (!answer)
        return NULL;
    AUTO_REF PyObject *none = records && PyList_Check(records) ? NULL : PyList_New(0);
    AUTO_REF PyObject *chosen = records_chosen(none ? none : records, cell, most);
    if (!chosen || !show_records(call->host, chosen, options_get(&options, 'j') ? "--json" : form))
        return NULL;
    return Py_NewRef(Py_None);
}

/* ---- %check ---- */

/* Source of the code to check, with the lines numbered as in the cell; new str. */
static PyObject *check_source(const struct magic_call *call)
{
    AUTO_TEXT padded = {0};
    AUTO_REF PyObject *plain = magic_transform(call->cell ? call->cell : call->line);

    bool body = PyUnicode_CompareWithASCIIString(call->line, "--body") == 0;

    if (call->cell && !body) /* the first line of the body is line 2, as in the cell */
        text_add(&padded, "\n", 1);
    return plain && text_add_object(&padded, plain) ? text_finish(&padded) : NULL;
}

/* The Denied that is set: its violations as rows of text, new list; the exception is taken. */
static PyObject *take_violations(void)
{
    AUTO_REF PyObject *type = NULL;
    AUTO_REF PyObject *error = NULL;
    AUTO_REF PyObject *traceback = NULL;

    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    AUTO_REF PyObject *violations = error ? PyObject_GetAttrString(error, "violations") : NULL;
    AUTO_REF PyObject *rows = violations && PyTuple_Check(violations) ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; rows && i < PyTuple_GET_SIZE(violations); i++) {
        PyObject *violation = PyTuple_GET_ITEM(violations, i);
        AUTO_REF PyObject *row =
            Py_BuildValue("(NNOO)", PyObject_Str(PyTuple_GET_ITEM(violation, 0)),
                          PyObject_Str(PyTuple_GET_ITEM(violation, 1)),
                          PyTuple_GET_ITEM(violation, 2), PyTuple_GET_ITEM(violation, 3));
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    return Py_XNewRef(rows);
}

PyObject *magic_check(const struct magic_call *call)
{
    static const char *const columns[] = {"line", "column", "name", "why", NULL};
    AUTO_REF PyObject *source = check_source(call);
    struct sandbox_code code = {0};

    if (!source)
        return NULL;
    if (!call->cell && !PyUnicode_GET_LENGTH(call->line))
        return usage_error("usage: %s", magic_find("check", MAGIC_LINE)->usage);
    bool valid = compile_source(call->host->sandbox, source,
                                call->host->filename(call->host->context), Py_file_input,
                                SANDBOX_TOP_AWAIT | SANDBOX_INHERIT | SANDBOX_CHECK_ONLY, &code);
    Py_CLEAR(code.code);
    Py_CLEAR(code.result);
    if (valid)
        return print_line("Nothing is refused before it runs.") ? Py_NewRef(Py_None) : NULL;
    if (!PyErr_ExceptionMatches(refusal_type()))
        return NULL;
    AUTO_REF PyObject *rows = take_violations();
    return rows && table_show(call->host, columns, rows, PY_SSIZE_T_MAX) ? Py_NewRef(Py_None)
                                                                         : NULL;
}
