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

/* ---- a refusal that a library put into an exception of its own ---- */

enum { DEPTH_MOST = 4 };

/* The Denied in the arguments of an exception; borrowed, NULL: there is none. Runs no Python. */
static PyObject *wrapped_denied(PyObject *value, int depth)
{
    PyObject *items = PyExceptionInstance_Check(value) ? ((PyBaseExceptionObject *)value)->args
                      : PyTuple_CheckExact(value)      ? value
                                                       : NULL;
    PyObject *found = NULL;

    if (depth > 0 && denial_is(value))
        return value;
    for (Py_ssize_t i = 0; items && !found && depth < DEPTH_MOST && i < PyTuple_GET_SIZE(items);
         i++)
        found = wrapped_denied(PyTuple_GET_ITEM(items, i), depth + 1);
    return found;
}

/* The frame that raised it; new reference, NULL: nobody knows. */
static PyObject *last_frame(PyObject *exception)
{
    AUTO_REF PyObject *at = PyException_GetTraceback(exception);

    while (at && ((PyTracebackObject *)at)->tb_next)
        Py_SETREF(at, Py_NewRef((PyObject *)((PyTracebackObject *)at)->tb_next));
    return at ? Py_NewRef((PyObject *)((PyTracebackObject *)at)->tb_frame) : NULL;
}

/* Did a library raise it? An exception that the cell itself raises says what the cell means. */
static bool is_of_library(PyObject *exception)
{
    AUTO_REF PyObject *frame = last_frame(exception);
    AUTO_REF PyObject *code = frame ? (PyObject *)PyFrame_GetCode((PyFrameObject *)frame) : NULL;

    return code && !code_sandbox(code);
}

/* What was refused to the library whose exception it is, which caught that; new reference. */
static PyObject *passed_over_by(PyObject *exception)
{
    AUTO_REF PyObject *frame = last_frame(exception);
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals((PyFrameObject *)frame) : NULL;
    const char *module = globals ? text_of(PyDict_GetItemString(globals, "__name__")) : NULL;
    char library[128];

    snprintf(library, sizeof library, "%.*s", (int)(module ? strcspn(module, ".") : 0),
             module ? module : "");
    return refusal_take_kept(library);
}

/* The refusal that it was raised from, by a library that caught it; borrowed, NULL: none. */
static PyObject *cause_denied(PyObject *exception)
{
    PyObject *cause = PyException_GetCause(exception); /* new references, each kept by the last */

    for (int depth = 0; cause && !denial_is(cause) && depth < DEPTH_MOST; depth++)
        Py_SETREF(cause, PyException_GetCause(cause));
    PyObject *denied = cause && denial_is(cause) ? cause : NULL;
    Py_XDECREF(cause);
    return denied;
}

/* What it passed over may be the reason, or not: a program that it did without. */
static void note(PyObject *exception, PyObject *passed_over)
{
    AUTO_REF PyObject *text = PyUnicode_FromFormat("Refused to it before: %S", passed_over);
    AUTO_REF PyObject *added = text ? PyObject_CallMethod(exception, "add_note", "O", text) : NULL;

    if (!added)
        PyErr_Clear();
}

/* The same refusal, from where the exception comes; new reference, NULL without an exception. */
static PyObject *unwrapped(PyObject *exception)
{
    AUTO_REF PyObject *passed_over = passed_over_by(exception);
    PyObject *denied = wrapped_denied(exception, 0);

    if (!denied)
        denied = cause_denied(exception);
    if (!denied && PyErr_GivenExceptionMatches(exception, PyExc_Exception))
        denied = passed_over;
    if (!denied || !is_of_library(exception))
        return NULL;
    if (denied == passed_over && refusal_is_missing(denied) &&
        !PyErr_GivenExceptionMatches(exception, PyExc_ImportError)) {
        note(exception, denied);
        return NULL;
    }
    AUTO_REF PyObject *text = PyObject_Str(denied);
    AUTO_REF PyObject *said = PyObject_GenericGetDict(denied, NULL);
    AUTO_REF PyObject *again = text ? PyObject_CallOneArg(refusal_type(), text) : NULL;
    AUTO_REF PyObject *own = again ? PyObject_GenericGetDict(again, NULL) : NULL;
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);

    if (!own || !said || PyDict_Update(own, said) < 0) {
        PyErr_Clear();
        return NULL;
    }
    PyException_SetCause(again, Py_NewRef(exception));
    if (traceback)
        PyException_SetTraceback(again, traceback);
    return Py_NewRef(again);
}

PyObject *refused_explain(struct worker *self, PyObject *exception)
{
    PyObject *inner = denial_is(exception) ? NULL : unwrapped(exception);

    if (inner)
        return inner;

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
