/* shims: what the kernel's frozen Python parts (the folder shims) call of the kernel: the functions
 * of _safepyrun_kernel. */
#include "kernel/worker/inside.h"
#include "kernel/worker/shell/shell.h"

#include <string.h>

static PyObject *shims_magic(PyObject *module, PyObject *args)
{
    PyObject *name, *line, *cell = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "UU|U", &name, &line, &cell))
        return NULL;
    return magic_run(shell_host(), name, line, cell);
}

static PyObject *shims_shell(PyObject *module, PyObject *args)
{
    PyObject *command;
    int capture;

    (void)module;
    if (!PyArg_ParseTuple(args, "Up", &command, &capture))
        return NULL;
    AUTO_REF PyObject *expanded = magic_expand(shell_host(), command);
    return expanded ? magic_shell(shell_host(), expanded, capture) : NULL;
}

/* A magic line or a command with {x} and $x replaced. */
static PyObject *shims_expand(PyObject *module, PyObject *line)
{
    (void)module;
    if (!PyUnicode_Check(line))
        return PyErr_Format(PyExc_TypeError, "a line is a str, not %s", Py_TYPE(line)->tp_name);
    return magic_expand(shell_host(), line);
}

static PyObject *shims_unheard_error(PyObject *module, PyObject *unused)
{
    PyObject *error = shell_unheard_error();

    (void)module, (void)unused;
    return Py_NewRef(error ? error : Py_None);
}

static PyObject *shims_local_scope(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return magic_local_scope(shell_host());
}

/* A cell's source as plain Python. */
static PyObject *shims_transform(PyObject *module, PyObject *source)
{
    (void)module;
    if (!PyUnicode_Check(source))
        return PyErr_Format(PyExc_TypeError, "source must be a str");
    return magic_transform(source);
}

static PyObject *shims_namespace(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_NewRef(worker_self->globals);
}

static PyObject *shims_magic_names(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_BuildValue("(NN)", magic_names(MAGIC_LINE), magic_names(MAGIC_CELL));
}

/* Run source as part of this cell, guarded: a whole cell's (with the user's transformers, and
 * showing what a cell shows) or an expression or statements of a magic. */
static PyObject *shims_run(PyObject *module, PyObject *args)
{
    PyObject *source;
    int whole = 0;
    bool has_result;

    (void)module;
    if (!PyArg_ParseTuple(args, "U|p", &source, &whole))
        return NULL;
    return run_source_code(worker_self, source, worker_self->filename,
                           RUN_GUARDED | (whole ? RUN_TRANSFORMED | RUN_INTERACTIVE : 0),
                           worker_self->globals, worker_self->context, &has_result);
}

static PyObject *shims_payload(PyObject *module, PyObject *args)
{
    PyObject *payload;
    int single = false;

    (void)module;
    if (!PyArg_ParseTuple(args, "O|p", &payload, &single))
        return NULL;
    if (!PyDict_Check(payload))
        return PyErr_Format(PyExc_TypeError, "a payload is a dict, not %s",
                            Py_TYPE(payload)->tp_name);
    return shell_add_payload(payload, single) ? Py_NewRef(Py_None) : NULL;
}

/* What Tab would offer. */
static PyObject *shims_complete(PyObject *module, PyObject *args)
{
    PyObject *code;
    Py_ssize_t cursor;

    (void)module;
    return PyArg_ParseTuple(args, "Un", &code, &cursor) ? complete_text(worker_self, code, cursor)
                                                        : NULL;
}

static PyObject *shims_is_complete(PyObject *module, PyObject *code)
{
    (void)module;
    if (!PyUnicode_Check(code))
        return PyErr_Format(PyExc_TypeError, "code is a str, not %s", Py_TYPE(code)->tp_name);
    return iscomplete_text(code);
}

/* The request that output belongs to, as an object to enter later, maybe on another thread. */
static PyObject *shims_parent(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    PyObject *parent = (PyObject *)parent_current(worker_self);
    return parent ? parent : Py_NewRef(Py_None);
}

static PyObject *shims_enter_parent(PyObject *module, PyObject *parent)
{
    (void)module;
    return parent_set(worker_self, parent);
}

static PyObject *shims_leave_parent(PyObject *module, PyObject *token)
{
    (void)module;
    return PyContextVar_Reset(worker_self->parent_var, token) == 0 ? Py_NewRef(Py_None) : NULL;
}

/* The header of the request that output belongs to; {} before the first. */
static PyObject *shims_parent_header(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    struct parent *parent = parent_current(worker_self);
    AUTO_REF PyObject *owned = (PyObject *)parent;

    return parent && parent->header ? json_decode(parent->header, strlen(parent->header))
                                    : PyDict_New();
}

/* What name? (detail 0) or name?? (1) shows; None when the name is not known. */
static PyObject *shims_inspect(PyObject *module, PyObject *args)
{
    PyObject *name;
    int detail = 0;

    (void)module;
    if (!PyArg_ParseTuple(args, "U|i", &name, &detail))
        return NULL;
    PyObject *text = inspect_text(worker_self, name, detail > 0);
    return text || PyErr_Occurred() ? text : Py_NewRef(Py_None);
}

/* _, __ and ___ let go of all results, or of one object. */
static PyObject *shims_forget(PyObject *module, PyObject *args)
{
    PyObject *value = NULL;

    (void)module;
    if (!PyArg_UnpackTuple(args, "forget_results", 0, 1, &value))
        return NULL;
    return history_forget(worker_self, value) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *shims_error(PyObject *module, PyObject *exception)
{
    (void)module;
    if (!PyExceptionInstance_Check(exception))
        return PyErr_Format(PyExc_TypeError, "an exception is wanted, not %s",
                            Py_TYPE(exception)->tp_name);
    return traceback_describe(exception);
}

/* get_ipython(), wherever it is called. */
static PyObject *get_ipython(PyObject *module, PyObject *unused)
{
    static PyObject *shell; /* the one object, made once */

    (void)module, (void)unused;
    if (!shell) {
        AUTO_REF PyObject *python = PyImport_ImportModule("_safepyrun_shell");
        shell = python ? PyObject_GetAttrString(python, "shell") : NULL;
    }
    return Py_XNewRef(shell);
}

static PyObject *shims_names(PyObject *module, PyObject *unused)
{
    AUTO_REF PyObject *names = PyList_New(0);

    (void)module, (void)unused;
    for (const struct _frozen *row = shims_frozen; names && row->name; row++) {
        AUTO_REF PyObject *name = PyUnicode_FromString(row->name);
        if (!name || PyList_Append(names, name) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

PyMethodDef shims_methods[] = {
    {"run_magic", shims_magic, METH_VARARGS, "run_magic(name, line, cell=None)"},
    {"run_shell", shims_shell, METH_VARARGS, "run_shell(command, capture)"},
    {"namespace", shims_namespace, METH_NOARGS, "namespace(): the user's names, a dict"},
    {"magic_names", shims_magic_names, METH_NOARGS, "magic_names() -> (line magics, cell magics)"},
    {"run_cell", shims_run, METH_VARARGS,
     "run_cell(source, whole=False): run it as part of this cell"},
    {"expand", shims_expand, METH_O, "expand(line): {x} and $x replaced by their values"},
    {"local_scope", shims_local_scope, METH_NOARGS,
     "local_scope(): names of the innermost sandbox function"},
    {"transform", shims_transform, METH_O, "transform(source): magics as plain Python"},
    {"complete", shims_complete, METH_VARARGS, "complete(code, cursor) -> (matches, start)"},
    {"is_complete", shims_is_complete, METH_O,
     "is_complete(code) -> content of an is_complete_reply"},
    {"add_payload", shims_payload, METH_VARARGS,
     "add_payload(dict, single=False): into the running cell's reply"},
    {"parent", shims_parent, METH_NOARGS, "parent(): the request that output belongs to, or None"},
    {"enter_parent", shims_enter_parent, METH_O,
     "enter_parent(parent): let this thread's output belong to it; a token to go back with"},
    {"leave_parent", shims_leave_parent, METH_O, "leave_parent(token): back to what was before"},
    {"parent_header", shims_parent_header, METH_NOARGS,
     "parent_header(): of the request that output belongs to, a dict"},
    {"inspect", shims_inspect, METH_VARARGS, "inspect(name, detail=0): what name? shows, or None"},
    {"forget_results", shims_forget, METH_VARARGS,
     "forget_results([value]): _, __ and ___ let go of all results, or of that one"},
    {"error_content", shims_error, METH_O,
     "error_content(exception): ename, evalue and traceback as frontends take them"},
    {"unheard_error", shims_unheard_error, METH_NOARGS,
     "unheard_error(): how the cell before the shell object was made ended, an exception or None"},
    {"cell_hash", debugger_hash, METH_VARARGS, "cell_hash(source, seed): MurmurHash2 of its UTF-8"},
    {"guarded_code", debugger_code, METH_VARARGS,
     "guarded_code(source, filename, mode, flags=0): compile() through the sandbox"},
    {"guarded_eval", debugger_eval, METH_VARARGS, "guarded_eval(source, globals, locals): eval()"},
    {"guarded_exec", debugger_exec, METH_VARARGS, "guarded_exec(source, globals, locals): exec()"},
    {"attached", debugger_attached, METH_O, "attached(part): who traces cells, or None"},
    {"part_names", shims_names, METH_NOARGS, "part_names(): of the kernel's Python parts"},
    {"sources", sources_all, METH_NOARGS, "sources(): the text of every cell by its filename"},
    {"get_ipython", get_ipython, METH_NOARGS, "get_ipython(): the kernel's shell object"},
    {0},
};
