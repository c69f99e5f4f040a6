/* trusted: %%trusted, host code in a cell, and the names that it makes: later cells do not take
 * these over. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <string.h>

/* ---- kept names ---- */

/* Host functions, classes and modules are kept; data is the notebook's. Names that end with "_" are
 * free, and so are those that start with "_", which IPython and the kernel set. */
static bool is_kept(PyObject *name, PyObject *value)
{
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    size_t size = text ? strlen(text) : 0;

    error_forget();
    return size && text[0] != '_' && text[size - 1] != '_' &&
           (PyModule_Check(value) || PyCallable_Check(value));
}

/* What the trusted cell bound: what differs from `before`. */
static bool remember_names(const struct magic_host *host, PyObject *before)
{
    PyObject *kept = host->state->kept, *name, *value;
    Py_ssize_t position = 0;

    while (PyDict_Next(host->globals, &position, &name, &value)) {
        if (PyDict_GetItem(before, name) == value)
            continue;
        if (is_kept(name, value)
                ? PyDict_SetItem(kept, name, value) < 0
                : PyDict_Contains(kept, name) == 1 && PyDict_DelItem(kept, name) < 0)
            return false;
    }
    position = 0;
    while (PyDict_Next(before, &position, &name, &value)) /* deleted there: free again */
        if (!PyDict_Contains(host->globals, name) && PyDict_Contains(kept, name) &&
            PyDict_DelItem(kept, name) < 0)
            return false;
    return true;
}

bool magic_cell_ends(const struct magic_host *host)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    AUTO_TEXT text = {0};

    while (PyDict_Next(host->state->kept, &position, &name, &value)) {
        if (PyDict_GetItem(host->globals, name) == value)
            continue;
        if (PyDict_SetItem(host->globals, name, value) < 0)
            return false;
        text_addf(&text,
                  "%s is from a %%%%trusted cell and was kept: call yours %s_, or change it in "
                  "%%%%trusted.\n",
                  PyUnicode_AsUTF8(name), PyUnicode_AsUTF8(name));
    }
    return text.size ? text_print(&text, "stderr") : true;
}

/* ---- allow ---- */

/* `@allow` needs no import in a trusted cell. Puts it into the namespace when the cell speaks of it
 * and has none of its own; returns it (new reference), or NULL without exception when there is
 * nothing to put. */
static PyObject *lend_allow(const struct magic_call *call)
{
    AUTO_REF PyObject *name = PyUnicode_FromString("allow");
    bool spoken =
        name && PyUnicode_Find(call->cell, name, 0, PyUnicode_GET_LENGTH(call->cell), 1) >= 0;

    if (!spoken || PyDict_Contains(call->host->globals, name))
        return NULL;
    struct gate_scope scope;
    gate_trusted_enter(&scope);
    AUTO_REF PyObject *package = PyImport_ImportModule("safepyrun");
    PyObject *allow = package ? PyObject_GetAttr(package, name) : NULL;
    gate_trusted_exit(&scope);
    error_forget(); /* without the package the cell has no `allow` */
    if (allow && PyDict_SetItem(call->host->globals, name, allow) < 0)
        Py_CLEAR(allow);
    return allow;
}

static void take_allow_back(const struct magic_call *call, PyObject *lent)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    if (lent && PyDict_GetItemString(call->host->globals, "allow") == lent)
        PyDict_DelItemString(call->host->globals, "allow");
    PyErr_Restore(type, error, traceback);
}

/* ---- %%trusted ---- */

static PyObject *run_trusted(const struct magic_call *call)
{
    AUTO_TEXT padded = {0};

    text_add(&padded, "\n", 1); /* the body starts in line 2 */
    if (!text_add_object(&padded, call->cell))
        return NULL;
    AUTO_REF PyObject *source = text_finish(&padded);
    AUTO_REF PyObject *lent = source ? lend_allow(call) : NULL;
    PyObject *value =
        source ? call->host->run(call->host->context, source, NULL, false, call->host->globals)
               : NULL;
    take_allow_back(call, lent);
    return value;
}

PyObject *magic_trusted(const struct magic_call *call)
{
    const struct magic_host *host = call->host;
    AUTO_REF PyObject *items = Py_BuildValue("[O]", call->cell);

    if (PyUnicode_GET_LENGTH(call->line))
        return usage_error("%%%%trusted takes its code from the cell below, not from its own line");
    AUTO_REF PyObject *scope = items ? ask_to_widen(host, "trusted cell", items, NULL) : NULL;
    AUTO_REF PyObject *before = scope ? PyDict_Copy(host->globals) : NULL;
    PyObject *value = before ? run_trusted(call) : NULL;
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error,
                &traceback); /* what it bound before it failed is host code as well */
    if (before && !remember_names(host, before)) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        Py_CLEAR(value);
        return NULL;
    }
    PyErr_Restore(type, error, traceback);
    return value;
}
