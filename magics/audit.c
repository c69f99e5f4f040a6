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

static bool add_row(PyObject *rows, PyObject *record)
{
    PyObject *time = PyDict_GetItemString(record, "time"),
             *kind = PyDict_GetItemString(record, "kind");
    PyObject *reason = PyDict_GetItemString(record, "reason");
    AUTO_REF PyObject *subject = record_subject(record);
    AUTO_REF PyObject *row = subject ? PyTuple_Pack(4, time ? time : Py_None, kind ? kind : Py_None,
                                                    subject, reason ? reason : Py_None)
                                     : NULL;

    return row && PyList_Append(rows, row) == 0;
}

static bool add_record_json(struct text *text, PyObject *record)
{
    AUTO_REF PyObject *line = call_python("json", "dumps", "(O)", record);

    if (!line || !text_add_object(text, line))
        return false;
    text_add(text, "\n", 1);
    return true;
}

static PyObject *show_records(const struct magic_host *host, PyObject *records, bool json)
{
    static const char *const columns[] = {"time", "kind", "what", "why", NULL};
    AUTO_REF PyObject *rows = PyList_New(0);
    AUTO_TEXT text = {0};

    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(records); i++) {
        PyObject *record = PyList_GET_ITEM(records, i);
        if (PyDict_Check(record) &&
            !(json ? add_record_json(&text, record) : add_row(rows, record)))
            return NULL;
    }
    if (!rows ||
        !(json ? text_print(&text, "stdout") : table_show(host, columns, rows, PY_SSIZE_T_MAX)))
        return NULL;
    return Py_NewRef(Py_None);
}

PyObject *magic_audit(const struct magic_call *call)
{
    AUTO_OPTIONS options;
    long count;

    if (!options_parse(call, "jn:", &options) || !options_number(&options, 'n', 1, 100, &count))
        return NULL;
    if (PyUnicode_GET_LENGTH(options.rest))
        return usage_error("usage: %s", magic_find("audit", MAGIC_LINE)->usage);
    AUTO_REF PyObject *content = Py_BuildValue("{s:s,s:l}", "what", "read", "count", count);
    AUTO_REF PyObject *answer =
        content ? call->host->query(call->host->context, "audit", content) : NULL;
    PyObject *records = answer ? PyDict_GetItemString(answer, "records") : NULL; /* borrowed */

    if (!answer)
        return NULL;
    if (!records || !PyList_Check(records) || !PyList_GET_SIZE(records))
        return print_line("Nothing was refused or granted in this session.") ? Py_NewRef(Py_None)
                                                                             : NULL;
    return show_records(call->host, records, options_get(&options, 'j') != NULL);
}

/* ---- %check ---- */

/* Source of the code to check, with the lines numbered as in the cell; new str. */
static PyObject *check_source(const struct magic_call *call)
{
    AUTO_TEXT padded = {0};
    AUTO_REF PyObject *plain = magic_transform(call->cell ? call->cell : call->line);

    if (call->cell)
        text_add(&padded, "\n",
                 1); /* so that the first line of the body is line 2, as in the cell */
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
