/* hooks: see hooks.h. A hook is host code: it runs in a trusted scope, and is not told of
 * itself. */
#include "sandbox/gate/hooks.h"

#include <stdlib.h>

#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

struct hooks {
    PyObject *on_call;     /* owned or NULL: (caller, callee, fn, code, off, data) */
    PyObject *before_deny; /* owned or NULL: (event, args, frame, msg, data) */
    PyObject *data;        /* owned: handed to both */
    PyObject *quiet; /* owned dict: (address of code, offset) -> code; told no more in this run */
};

static _Thread_local bool hook_runs;

/* ---- life ---- */

void hooks_destroy(struct hooks **self)
{
    struct hooks *gone = *self;

    *self = NULL;
    if (!gone)
        return;
    Py_XDECREF(gone->on_call);
    Py_XDECREF(gone->before_deny);
    Py_XDECREF(gone->data);
    Py_XDECREF(gone->quiet);
    free(gone);
}

int hooks_traverse(const struct hooks *self, visitproc visit, void *arg)
{
    if (!self)
        return 0;
    Py_VISIT(self->on_call);
    Py_VISIT(self->before_deny);
    Py_VISIT(self->data);
    Py_VISIT(self->quiet);
    return 0;
}

static PyObject *hook_or_null(PyObject *hook)
{
    return hook && hook != Py_None ? Py_NewRef(hook) : NULL;
}

bool hooks_set(struct sandbox *sandbox, PyObject *on_call, PyObject *before_deny, PyObject *data)
{
    struct hooks *hooks = calloc(1, sizeof *hooks);

    if (!hooks || !(hooks->quiet = PyDict_New())) {
        free(hooks);
        return PyErr_NoMemory();
    }
    hooks->on_call = hook_or_null(on_call);
    hooks->before_deny = hook_or_null(before_deny);
    hooks->data = Py_NewRef(data);
    hooks_destroy(&sandbox->hooks);
    sandbox->hooks = hooks;
    PyDict_Clear(
        sandbox->guards); /* code that is compiled from now on gets guards that know of them */
    return true;
}

bool hooks_watch_calls(const struct sandbox *sandbox)
{
    return sandbox->hooks && sandbox->hooks->on_call;
}

bool hooks_ask_first(const struct sandbox *sandbox)
{
    return (sandbox->hooks && sandbox->hooks->before_deny) || person_is_there();
}

/* ---- calling a hook ---- */

/* `arguments` is stolen, may be NULL. New reference. */
static PyObject *call_hook(PyObject *hook, PyObject *arguments)
{
    AUTO_REF PyObject *owned = arguments;
    AUTO_REF PyObject *alive = Py_NewRef(hook); /* it may set other hooks */
    struct gate_scope scope;

    if (!owned)
        return NULL;
    hook_runs = true;
    gate_trusted_enter(&scope);
    PyObject *answer = PyObject_Call(alive, owned, NULL);
    gate_trusted_exit(&scope);
    hook_runs = false;
    return answer;
}

/* sys.monitoring.DISABLE, or False: "no more of this place". */
static bool is_disable(PyObject *answer)
{
    PyObject *monitoring = PySys_GetObject("monitoring"); /* since 3.12; borrowed */
    AUTO_REF PyObject *disable = monitoring ? PyObject_GetAttrString(monitoring, "DISABLE") : NULL;

    PyErr_Clear();
    return answer == Py_False || (disable && answer == disable);
}

/* The dotted name; for a function of a cell what it calls itself. New reference. */
static PyObject *callee_name(PyObject *callable)
{
    PyObject *function = PyMethod_Check(callable) ? PyMethod_GET_FUNCTION(callable) : callable;

    if (PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)))
        return Py_NewRef(((PyFunctionObject *)function)->func_qualname);
    return resolve_name(callable);
}

bool hooks_tell_call(struct sandbox *sandbox, PyObject *callable)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */

    if (hook_runs || !frame || !hooks_watch_calls(sandbox))
        return true;
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    int offset = PyFrame_GetLasti(frame);
    AUTO_REF PyObject *place = Py_BuildValue("(Ni)", PyLong_FromVoidPtr(code), offset);
    AUTO_REF PyObject *quiet = Py_NewRef(sandbox->hooks->quiet);
    if (!place || PyDict_GetItemWithError(quiet, place))
        return place != NULL;
    AUTO_REF PyObject *callee = PyErr_Occurred() ? NULL : callee_name(callable);
    if (!callee)
        return false;
    AUTO_REF PyObject *answer =
        call_hook(sandbox->hooks->on_call,
                  Py_BuildValue("(OOOOiO)", ((PyCodeObject *)code)->co_qualname, callee, callable,
                                code, offset, sandbox->hooks->data));
    return answer && (!is_disable(answer) || PyDict_SetItem(quiet, place, code) == 0);
}

void hooks_new_run(struct sandbox *sandbox)
{
    if (sandbox->hooks)
        PyDict_Clear(sandbox->hooks->quiet);
}

bool hooks_let_pass(struct sandbox *sandbox, const char *event, PyObject *arguments)
{
    PyObject *frame = (PyObject *)PyEval_GetFrame(); /* borrowed */

    if (hook_runs || !sandbox || !sandbox->hooks || !sandbox->hooks->before_deny ||
        !PyErr_ExceptionMatches(PyExc_PermissionError))
        return false;
    struct error_taken set = error_take();
    AUTO_REF PyObject *message = PyObject_Str(set.value);
    AUTO_REF PyObject *answer =
        message ? call_hook(sandbox->hooks->before_deny,
                            Py_BuildValue("(sOOOO)", event, arguments, frame ? frame : Py_None,
                                          message, sandbox->hooks->data))
                : NULL;
    int passes = answer ? PyObject_IsTrue(answer) : -1;
    if (passes == 0) {
        error_put(&set);
        return false;
    }
    error_drop(&set);
    return passes > 0;
}
