/* audit: %audit, %check, %%trusted. */
#include "options.h"
#include "state.h"
#include "text.h"

#include <string.h>

/* ---- %audit ------------------------------------------------------------------------------------------------- */

static const char *const columns[] = {"time", "kind", "callable", "reason"};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static bool add_record(struct text *text, PyObject *record)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        PyObject *value = PyDict_GetItemString(record, columns[i]); /* borrowed */
        text_add_string(text, i ? "  " : "");
        size_t start = text->size;
        if (value && !text_add_object(text, value))
            return false;
        for (size_t width = text->size - start; i < COLUMN_COUNT - 1 && width < (i == 1 ? 9u : 24u); width++)
            text_add(text, " ", 1);
    }
    text_add(text, "\n", 1);
    return true;
}

static bool add_record_json(struct text *text, PyObject *record)
{
    AUTO_OBJECT line = call_python("json", "dumps", "(O)", record);

    if (!line || !text_add_object(text, line))
        return false;
    text_add(text, "\n", 1);
    return true;
}

PyObject *magic_audit(const struct magic_call *call)
{
    AUTO_OPTIONS options;
    long count;

    if (!options_parse(call, "jn:", &options) || !options_number(&options, 'n', 1, 100, &count))
        return NULL;
    AUTO_OBJECT content = Py_BuildValue("{s:s,s:l}", "what", "read", "count", count);
    AUTO_OBJECT answer = content ? call->host->query(call->host->context, "audit", content) : NULL;
    PyObject *records = answer ? PyDict_GetItemString(answer, "records") : NULL; /* borrowed */
    AUTO_TEXT text = {0};

    if (!answer)
        return NULL;
    if (!records || !PyList_Check(records) || !PyList_GET_SIZE(records))
        text_add_string(&text, "Nothing was refused or granted in this session.\n");
    for (Py_ssize_t i = 0; records && PyList_Check(records) && i < PyList_GET_SIZE(records); i++) {
        PyObject *record = PyList_GET_ITEM(records, i);
        if (!PyDict_Check(record))
            continue;
        if (!(options_get(&options, 'j') ? add_record_json : add_record)(&text, record))
            return NULL;
    }
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* ---- %check ------------------------------------------------------------------------------------------------- */

PyObject *magic_check(const struct magic_call *call)
{
    AUTO_TEXT padded = {0};
    AUTO_OBJECT plain = magic_transform(call->cell ? call->cell : call->line);
    struct sandbox_code code = {0};

    if (call->cell)
        text_add(&padded, "\n", 1); /* so that the first line of the body is line 2, as in the cell */
    if (!plain || !text_add_object(&padded, plain))
        return NULL;
    AUTO_OBJECT source = text_finish(&padded);
    if (!source)
        return NULL;
    bool valid = sandbox_compile(call->host->sandbox, source, call->host->filename(call->host->context),
                                 Py_file_input, SANDBOX_TOP_AWAIT | SANDBOX_INHERIT | SANDBOX_CHECK_ONLY, &code);
    Py_CLEAR(code.code);
    Py_CLEAR(code.result);
    if (valid)
        return print_line("Nothing is refused before it runs.") ? Py_NewRef(Py_None) : NULL;
    if (!PyErr_ExceptionMatches(sandbox_denied_type()))
        return NULL;
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    AUTO_OBJECT owned_type = type;
    AUTO_OBJECT owned_error = error;
    AUTO_OBJECT owned_traceback = traceback;
    AUTO_TEXT text = {0};

    if (!text_add_object(&text, error))
        return NULL;
    text_add(&text, "\n", 1);
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* ---- %%trusted ---------------------------------------------------------------------------------------------- */

PyObject *magic_trusted(const struct magic_call *call)
{
    const struct magic_host *host = call->host;
    AUTO_OBJECT items = Py_BuildValue("[O]", call->cell);

    if (PyUnicode_GET_LENGTH(call->line))
        return usage_error("%%%%trusted takes its code from the cell below, not from its own line");
    AUTO_OBJECT scope = items ? ask_to_widen(host, "trusted cell", items, "the cell would run outside of the sandbox") : NULL;
    if (!scope)
        return NULL;
    AUTO_TEXT padded = {0};
    text_add(&padded, "\n", 1);
    if (!text_add_object(&padded, call->cell))
        return NULL;
    AUTO_OBJECT source = text_finish(&padded);
    return source ? host->run(host->context, source, NULL, false, host->globals) : NULL;
}
