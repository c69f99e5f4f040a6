/* refusal: Denied, the one way in which the sandbox says no.
 *
 * A PermissionError, so that code which expects one (and users of the older API) catch it; with what was
 * refused, why, and what would permit it, as attributes. Whoever listens (the audit log) hears of each. */
#include "internal.h"

#include <errno.h>

static PyObject *denied_type;
static sandbox_listener_fn listen_to;
static void *listen_context;

PyDoc_STRVAR(denied_doc,
             "Refused by the sandbox.\n\n"
             "Attributes\n----------\n"
             "callable : str\n    Dotted name of what was refused.\n"
             "kind : str\n    'call', 'write', 'effect', 'store', 'reflect' or 'import'.\n"
             "reason : str\n    Why.\n"
             "remedy : str or None\n    The magic or call that would permit it.\n");

PyObject *sandbox_denied_type(void)
{
    if (!denied_type) {
        denied_type = PyErr_NewExceptionWithDoc("safepyrun.Denied", denied_doc,
                                                PyExc_PermissionError, NULL);
        static const char *const names[] = {"callable", "kind", "reason", "remedy"};
        for (size_t i = 0; denied_type && i < sizeof names / sizeof *names; i++)
            PyObject_SetAttrString(denied_type, names[i], Py_None);
    }
    return denied_type;
}

void sandbox_set_listener(sandbox_listener_fn listener, void *context)
{
    listen_to = listener;
    listen_context = context;
}

static bool set_text(PyObject *error, const char *name, const char *text)
{
    PyObject *value = text ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace")
                           : Py_NewRef(Py_None);
    bool ok = value && PyObject_SetAttrString(error, name, value) == 0;
    Py_XDECREF(value);
    return ok;
}

/* What is shown: "os.unlink: not allowed (reason); to permit it: remedy". A write says only its reason, whose
 * wording users know. */
static PyObject *refusal_text(const char *kind, const char *callable, const char *reason,
                              const char *remedy)
{
    if (strcmp(kind, "write") == 0 || !callable)
        return PyUnicode_FromFormat("%s", reason ? reason : "not allowed");
    if (remedy)
        return PyUnicode_FromFormat("%s: %s; to permit it: %s", callable,
                                    reason ? reason : "not allowed", remedy);
    return PyUnicode_FromFormat("%s: %s", callable, reason ? reason : "not allowed");
}

PyObject *sandbox_refuse(const char *kind, const char *callable, const char *reason,
                         const char *remedy)
{
    if (listen_to)
        listen_to(listen_context, kind, callable, reason);
    PyObject *type = sandbox_denied_type();
    PyObject *text = type ? refusal_text(kind, callable, reason, remedy) : NULL;
    PyObject *error = text ? PyObject_CallOneArg(type, text) : NULL;
    /* Libraries that can do with less (a mailbox that is only read) ask for EACCES. */
    PyObject *number = error ? PyLong_FromLong(EACCES) : NULL;
    if (number && PyObject_SetAttrString(error, "errno", number) == 0 && set_text(error, "kind", kind) && set_text(error, "callable", callable) &&
        set_text(error, "reason", reason) && set_text(error, "remedy", remedy))
        PyErr_SetObject(type, error);
    Py_XDECREF(number);
    Py_XDECREF(error);
    Py_XDECREF(text);
    return NULL;
}
