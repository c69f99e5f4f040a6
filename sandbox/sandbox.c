/* sandbox: a namespace that cells run in, from its making to its end; and what is done to the
 * process before there is one. */
#include "sandbox/sandbox.h"

#include <stdlib.h>

#include "base/interpreter.h"
#include "sandbox/guards/guards.h"
#include "sandbox/patch/patch.h"

static const char token_name[] = "safepyrun.sandbox";

/* The last guarded code object is gone. */
static void token_free(PyObject *token)
{
    struct sandbox *self = PyCapsule_GetPointer(token, token_name);

    gate_count(-1);
    Py_CLEAR(self->globals);
    Py_CLEAR(self->ok_dests);
    Py_CLEAR(self->ok_hosts);
    Py_CLEAR(self->guards);
    Py_CLEAR(self->given);
    Py_CLEAR(self->classes_before);
    hooks_destroy(&self->hooks);
    free(self);
}

struct sandbox *sandbox_new(PyObject *globals, bool persistent)
{
    struct sandbox *self = calloc(1, sizeof *self);

    if (!self)
        return (void *)PyErr_NoMemory();
    self->token = PyCapsule_New(self, token_name, token_free);
    if (!self->token) {
        free(self);
        return NULL;
    }
    gate_count(1);
    self->globals = Py_NewRef(globals);
    /* As exec() does: C code that imports looks for it there. */
    if (!PyDict_GetItemString(globals, "__builtins__") &&
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0)
        PyErr_Clear();
    self->guards = PyDict_New();
    self->given = shared_given(globals);
    self->persistent = persistent;
    self->optimize = -1;
    self->run = code_next_run();
    if (!self->guards || !self->given) {
        Py_DECREF(self->token);
        return NULL;
    }
    if (gate_is_closed() && persistent && !gate_default())
        gate_set_default(self);
    return self;
}

void sandbox_destroy(struct sandbox **self)
{
    if (!*self)
        return;
    if (gate_default() == *self) {
        if (interpreter_is_finalizing())
            return; /* what runs while modules are taken apart is judged to the last */
        gate_set_default(NULL);
    }
    PyObject *token = (*self)->token;
    /* The namespace holds functions, their code holds the token: what is left of the sandbox lets
     * go of it. */
    Py_CLEAR((*self)->globals);
    hooks_destroy(&(*self)->hooks);
    *self = NULL;
    Py_DECREF(token);
}

/* One destination as an exact str; new reference. */
static PyObject *exact_dest(PyObject *dest)
{
    AUTO_REF PyObject *path = PyOS_FSPath(dest);

    if (!path)
        return NULL;
    if (PyBytes_Check(path))
        return PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    return PyUnicode_FromObject(path);
}

bool sandbox_set_ok_dests(struct sandbox *self, PyObject *dests)
{
    if (!dests || dests == Py_None) {
        Py_CLEAR(self->ok_dests);
        return true;
    }
    if (PyUnicode_Check(dests) || PyBytes_Check(dests)) {
        PyErr_SetString(PyExc_TypeError, "ok_dests is a list of directories, not one name");
        return false;
    }
    AUTO_REF PyObject *list = PySequence_List(dests);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *exact = exact_dest(PyList_GET_ITEM(list, i));
        if (!exact || PyList_SetItem(list, i, exact) < 0)
            return false;
    }
    if (!list)
        return false;
    Py_XSETREF(self->ok_dests, Py_NewRef(list));
    return true;
}

PyObject *sandbox_ok_dests(struct sandbox *self)
{
    return self->ok_dests ? PySequence_List(self->ok_dests) : PyList_New(0);
}

bool sandbox_install(enum sandbox_mode mode)
{
    static bool installed;

    /* Stand-ins last: a builtin function that is patched has another hash than before. */
    if (!installed)
        installed = compile_init() && refusal_type() && twin_init() && libraries_init() &&
                    others_init() && classes_init() && guard_init() && deferred_init() &&
                    checked_init() && allowlist_init() && code_init() && gate_init(mode) &&
                    patch_install() && builtins_init() && travel_init() && gate_listen();
    return installed;
}
