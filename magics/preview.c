/* preview: %%preview. The host runs the cell in a fork; what came of it is told here, and with
 * --apply the cell then runs for real. */
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"

#include <unistd.h>

static const char part_name[] = "_safepyrun_preview";

/* `function` of the Python part, which reads what cells may not and writes where a person agreed;
 * new reference. */
static PyObject *part(const char *function, PyObject *first, PyObject *second)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    PyObject *result = second ? call_python(part_name, function, "(OO)", first, second)
                              : call_python(part_name, function, "(O)", first);
    gate_trusted_exit(&scope);
    return result;
}

static void close_upper(PyObject *answer)
{
    PyObject *upper = answer ? PyDict_GetItemString(answer, "upper") : NULL; /* borrowed */

    if (upper)
        close((int)PyLong_AsLong(upper));
}

/* False with an exception when `paths` (stolen, NULL with one) names any: nothing was done then. */
static bool are_none(PyObject *paths, const char *what)
{
    AUTO_REF PyObject *owned = paths;
    AUTO_REF PyObject *separator = paths ? PyUnicode_FromString(", ") : NULL;

    if (!separator || PyList_GET_SIZE(paths) == 0)
        return separator != NULL;
    AUTO_REF PyObject *joined = PyUnicode_Join(separator, paths);
    if (joined)
        PyErr_Format(magic_usage_error_type(), "%s: %U. Nothing was done.", what, joined);
    return false;
}

/* Would it touch what was shown, and nothing else? Found out before anything is done. */
static bool is_as_shown(const struct magic_call *call, PyObject *source, PyObject *effects)
{
    PyObject *files = PyDict_GetItemString(effects, "files"); /* borrowed */

    if (!are_none(part("changed_since", effects, NULL), "somebody changed since the preview"))
        return false;
    if (!files || PyList_GET_SIZE(files) == 0)
        return true;
    AUTO_REF PyObject *again = call->host->preview(call->host->context, source);
    bool same = again && are_none(part("others", effects, again),
                                  "the cell does not touch the same files a second time");
    close_upper(again);
    return same;
}

/* The cell for real; then its files are what the preview showed. */
static bool apply(const struct magic_call *call, PyObject *source, PyObject *effects)
{
    int agreed =
        confirmed("Run the cell for real (y/[n])? ",
                  "%%preview --apply asks first, and this frontend takes no answers: run the cell "
                  "without %%preview");

    if (agreed <= 0)
        return agreed == 0;
    if (!is_as_shown(call, source, effects))
        return false;
    AUTO_REF PyObject *value = run_source(call, call->cell, 2);
    AUTO_REF PyObject *wrong = value ? part("differing", effects, NULL) : NULL;
    if (!wrong || PyList_GET_SIZE(wrong) == 0)
        return wrong != NULL;
    AUTO_REF PyObject *put = part("put", wrong, NULL);
    return put && print_line("%zd files came out otherwise than in the preview; they are now as it "
                             "showed them.",
                             PyList_GET_SIZE(wrong));
}

static PyObject *publish(PyObject *capsule, PyObject *args)
{
    const struct magic_host *host = PyCapsule_GetPointer(capsule, NULL);
    const char *kind;
    PyObject *content;

    if (!host || !PyArg_ParseTuple(args, "sO!", &kind, &PyDict_Type, &content))
        return NULL;
    AUTO_REF PyObject *metadata = PyDict_New();
    return metadata && host->publish(host->context, kind, content, metadata) ? Py_NewRef(Py_None)
                                                                             : NULL;
}

PyObject *magic_preview(const struct magic_call *call)
{
    static const char *const switches[] = {"--apply", "--body", NULL};
    static PyMethodDef method = {"publish", publish, METH_VARARGS, NULL};
    AUTO_REF PyObject *words = line_words(call->line, false);
    const char *given = words ? take_switch(words, switches, "%preview") : NULL;

    if (!given)
        return NULL;
    if (PyList_GET_SIZE(words))
        return usage_error("usage: %s", magic_find("preview", MAGIC_CELL)->usage);
    /* Lines as typed, the first of them the magic's own; or those of the body alone. */
    AUTO_REF PyObject *source = strcmp(given, "--body") == 0
                                    ? Py_NewRef(call->cell)
                                    : PyUnicode_FromFormat("\n%U", call->cell);
    AUTO_REF PyObject *answer = source ? call->host->preview(call->host->context, source) : NULL;
    PyObject *upper = answer ? PyDict_GetItemString(answer, "upper") : NULL; /* borrowed */
    AUTO_REF PyObject *capsule =
        upper ? PyCapsule_New((void *)call->host, NULL, NULL) : NULL; /* the host outlives it */
    AUTO_REF PyObject *function = capsule ? PyCFunction_New(&method, capsule) : NULL;
    AUTO_REF PyObject *effects = function ? part("tell", answer, function) : NULL;
    bool done = effects && (strcmp(given, "--apply") != 0 || apply(call, source, effects));
    close_upper(answer);
    return done ? Py_NewRef(Py_None) : NULL;
}
