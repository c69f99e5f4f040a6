#include "dynamic.h"

#include <string.h>

#include "guard.h"
#include "lookup.h"

enum { COMPILE_FLAGS_FUTURE = PyCF_MASK };

/* Guarded code for `source` (str, bytes, AST or a code object that is guarded already). New
 * reference. */
static PyObject *guarded_code(struct sandbox *sandbox, PyObject *source, const char *filename,
                              int mode, unsigned flags)
{
    struct sandbox_code code = {0};
    PyCompilerFlags outer = {0};

    if (PyCode_Check(source)) {
        if (sandbox_is_guarded_code(source))
            return Py_NewRef(source);
        return sandbox_refuse("call", mode == Py_eval_input ? "eval" : "exec",
                              "a code object of unknown origin is not run", NULL);
    }
    AUTO_REF PyObject *name = PyUnicode_DecodeFSDefault(filename);
    AUTO_REF PyObject *text = NULL;
    if (PyByteArray_Check(source) || PyMemoryView_Check(source))
        text = PyBytes_FromObject(source);
    else
        text = Py_NewRef(source);
    if (!name || !text)
        return NULL;
    PyEval_MergeCompilerFlags(&outer); /* from __future__ of the code that calls */
    int kept = sandbox->future_flags;
    sandbox->future_flags = outer.cf_flags & COMPILE_FLAGS_FUTURE;
    bool compiled = sandbox_compile(sandbox, text, name, mode,
                                    flags | SANDBOX_INHERIT | SANDBOX_SAME_RUN, &code);
    sandbox->future_flags = kept;
    Py_XDECREF(code.result);
    return compiled ? code.code : NULL;
}

/* eval() takes blanks in front. New reference. */
static PyObject *without_blanks(PyObject *source)
{
    if (!PyUnicode_Check(source))
        return Py_NewRef(source);
    return PyObject_CallMethod(source, "lstrip", "s", " \t");
}

/* What locals() says: in a comprehension too, whose variables PyEval_GetLocals leaves out on 3.12.
 * New reference. */
static PyObject *current_locals(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyEval_GetFrameLocals();
#else
    PyFrameObject *frame = PyEval_GetFrame();

    if (!frame)
        PyErr_SetString(PyExc_SystemError, "frame does not exist");
    return frame ? PyFrame_GetLocals(frame) : NULL;
#endif
}

/* Not a library that runs text in a namespace of its own. */
static bool cell_asks(void)
{
    return running_sandbox() != NULL;
}

static PyObject *run_code(PyObject *const *args, Py_ssize_t count, int mode)
{
    const char *name = mode == Py_eval_input ? "eval" : "exec";
    struct sandbox *sandbox = gate_required();

    if (!sandbox)
        return NULL;
    if (count < 1 || count > 3)
        return PyErr_Format(PyExc_TypeError, "%s expected 1 to 3 arguments, got %zd", name, count);
    PyObject *globals = count > 1 && args[1] != Py_None ? args[1] : PyEval_GetGlobals();
    AUTO_REF PyObject *here = current_locals();
    if (!here)
        return NULL;
    PyObject *locals = count > 2 && args[2] != Py_None   ? args[2]
                       : count > 1 && args[1] != Py_None ? globals
                                                         : here;
    if (!globals || !PyDict_Check(globals))
        return PyErr_Format(PyExc_TypeError, "%s() globals must be a dict, not %s", name,
                            globals ? Py_TYPE(globals)->tp_name : "NULL");
    if (cell_asks() &&
        (!guard_write(sandbox, globals) || (PyDict_Check(locals) && !guard_write(sandbox, locals))))
        return NULL;
    AUTO_REF PyObject *source =
        mode == Py_eval_input ? without_blanks(args[0]) : Py_NewRef(args[0]);
    AUTO_REF PyObject *code = source ? guarded_code(sandbox, source, "<string>", mode, 0) : NULL;
    if (!code || (!PyDict_GetItemString(globals, "__builtins__") &&
                  PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0))
        return NULL;
    return PyEval_EvalCode(code, globals, locals);
}

PyObject *guarded_eval(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)self;
    return run_code(args, count, Py_eval_input);
}

PyObject *guarded_exec(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *closure = keywords ? PyDict_GetItemString(keywords, "closure") : NULL;
    PyObject *items[3] = {NULL, Py_None, Py_None};
    Py_ssize_t count = PyTuple_GET_SIZE(args);

    (void)self;
    if (closure && closure != Py_None)
        return sandbox_refuse("call", "exec", "closure= takes code objects apart", NULL);
    for (Py_ssize_t i = 0; i < 3; i++)
        if (i < count)
            items[i] = PyTuple_GET_ITEM(args, i);
    static const char *const names[] = {NULL, "globals", "locals"}; /* keywords since 3.13 */
    for (Py_ssize_t i = 1; keywords && i < 3; i++) {
        PyObject *given = PyDict_GetItemString(keywords, names[i]);
        if (given) {
            items[i] = given;
            count = count > i + 1 ? count : i + 1;
        }
    }
    AUTO_REF PyObject *done = run_code(items, count, Py_file_input);
    return done ? Py_NewRef(Py_None) : NULL;
}

PyObject *guarded_compile(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"source",       "filename", "mode", "flags",
                            "dont_inherit", "optimize", NULL};
    PyObject *source, *filename;
    const char *mode;
    int flags = 0, dont_inherit = 0, optimize = -1;
    struct sandbox *sandbox = gate_required();

    if (!sandbox)
        return NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO&s|ipi:compile", names, &source,
                                     PyUnicode_FSDecoder, &filename, &mode, &flags, &dont_inherit,
                                     &optimize))
        return NULL;
    AUTO_REF PyObject *owned = filename;
    if (flags & PyCF_ONLY_AST) {
        return PyObject_Call(self, args, keywords);
    }
    int start = strcmp(mode, "eval") == 0     ? Py_eval_input
                : strcmp(mode, "single") == 0 ? Py_single_input
                : strcmp(mode, "exec") == 0   ? Py_file_input
                                              : -1;
    if (start < 0)
        return PyErr_Format(PyExc_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    const char *name = PyUnicode_AsUTF8(filename);
    return name ? guarded_code(sandbox, source, name, start,
                               flags & PyCF_ALLOW_TOP_LEVEL_AWAIT ? SANDBOX_TOP_AWAIT : 0)
                : NULL;
}

PyObject *guarded_breakpoint(PyObject *self, PyObject *args, PyObject *keywords)
{
    (void)self, (void)args, (void)keywords;
    return sandbox_refuse("call", "breakpoint", "there is no debugger in a cell", NULL);
}
