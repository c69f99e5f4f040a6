/* refused: what a library made of a refusal of the floor. The call of its native code failed, and
 * the library says so in its own words; the person is told what was refused, and what permits it.
 */
#include "kernel/worker/inside.h"

/* What the library says: "duckdb.IOException: Cannot open file ..."; new str, NULL without an
 * exception. */
static PyObject *error_text(PyObject *exception)
{
    AUTO_REF PyObject *said = PyObject_Str(exception);
    PyObject *text =
        said ? PyUnicode_FromFormat("%s: %U", Py_TYPE(exception)->tp_name, said) : NULL;

    PyErr_Clear();
    return text;
}

/* The library's name, by its exception's class. */
static void library_of(PyObject *exception, char *out, size_t size)
{
    AUTO_REF PyObject *module =
        PyObject_GetAttrString((PyObject *)Py_TYPE(exception), "__module__");
    const char *text = text_of(module);

    PyErr_Clear();
    snprintf(out, size, "%.*s", (int)(text ? strcspn(text, ".") : 0), text ? text : "");
}

/* A Denied for the refusal that was caused by it and lies where it lay; new reference. */
static PyObject *make_denied(PyObject *refusal, PyObject *exception)
{
    const char *remedy = text_of(PyDict_GetItemString(refusal, "remedy"));
    char library[128];
    PyObject *kind = PyDict_GetItemString(refusal, "kind");
    AUTO_REF PyObject *reason = PyUnicode_FromFormat(
        kind && PyLong_AsLong(kind) ? "%R is refused (%S): %S" : "Dest %R not allowed (%S): %S",
        PyDict_GetItemString(refusal, "path"), PyDict_GetItemString(refusal, "call"),
        PyDict_GetItemString(refusal, "reason"));

    library_of(exception, library, sizeof library);
    if (!reason)
        return NULL;
    refusal_raise("write", library, PyUnicode_AsUTF8(reason),
                  remedy && *remedy ? &(struct remedy){REMEDY_SAID, remedy} : NULL);
    PyObject *denied = interpreter_take_exception();
    if (!denied)
        return NULL;
    PyException_SetCause(denied, Py_NewRef(exception));
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);
    if (traceback)
        PyException_SetTraceback(denied, traceback);
    return denied;
}

PyObject *refused_explain(struct worker *self, PyObject *exception)
{
    bool asks = ground_is_there() && !denial_is(exception) &&
                PyErr_GivenExceptionMatches(exception, PyExc_Exception);
    AUTO_REF PyObject *text = asks ? error_text(exception) : NULL;
    AUTO_REF PyObject *content = text ? Py_BuildValue("{s:O}", "error", text) : NULL;
    AUTO_REF PyObject *refusal = content ? worker_query(self, "refused", content) : NULL;
    bool found = refusal && PyDict_Check(refusal) && PyDict_GetItemString(refusal, "path");
    PyObject *denied = found ? make_denied(refusal, exception) : NULL;

    PyErr_Clear();
    return denied ? denied : Py_NewRef(exception);
}
