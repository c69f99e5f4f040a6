/* dynamic: code from strings. */
#include "base/interpreter.h"
#include "sandbox/guards/dynamic.h"

#include <string.h>

#include "sandbox/guards/guard_object.h"

enum { OF_PARSER = PyCF_MASK | PyCF_DONT_IMPLY_DEDENT | PyCF_ALLOW_INCOMPLETE_INPUT };

static dynamic_compiler_fn compiler;

void dynamic_set_compiler(dynamic_compiler_fn room_above)
{
    compiler = room_above;
}

PyObject *dynamic_code(struct sandbox *sandbox, PyObject *source, PyObject *filename, int mode,
                       bool top_await, bool inherit)
{
    return compiler(sandbox, source, filename, mode, top_await, inherit);
}

/* What compile() is told, beside source and name. */
struct options {
    int mode, flags, dont_inherit, optimize;
};

/* Guarded code for `source` (str, bytes, AST or a code object that is guarded already). New
 * reference. */
static PyObject *guarded_code(struct sandbox *sandbox, PyObject *source, const char *filename,
                              const struct options *options)
{
    PyCompilerFlags outer = {0};

    if (PyCode_Check(source)) {
        if (code_is_guarded(source))
            return Py_NewRef(source);
        return refusal_raise("call", options->mode == Py_eval_input ? "eval" : "exec",
                             "a code object of unknown origin is not run",
                             &(struct remedy){REMEDY_CODE, ""});
    }
    AUTO_REF PyObject *name = PyUnicode_DecodeFSDefault(filename);
    AUTO_REF PyObject *text = NULL;
    if (PyByteArray_Check(source) || PyMemoryView_Check(source))
        text = PyBytes_FromObject(source);
    else
        text = Py_NewRef(source);
    if (!name || !text)
        return NULL;
    if (!options->dont_inherit)
        PyEval_MergeCompilerFlags(&outer); /* from __future__ of the code that calls */
    int kept = sandbox->future_flags, optimize = sandbox->optimize;
    sandbox->optimize = options->optimize;
    sandbox->future_flags = (outer.cf_flags & PyCF_MASK) | (options->flags & OF_PARSER);
    PyObject *code = dynamic_code(sandbox, text, name, options->mode,
                                  options->flags & PyCF_ALLOW_TOP_LEVEL_AWAIT, true);
    sandbox->future_flags = kept;
    sandbox->optimize = optimize;
    return code;
}

/* eval() takes blanks in front. New reference. */
static PyObject *without_blanks(PyObject *source)
{
    if (!PyUnicode_Check(source))
        return Py_NewRef(source);
    return PyObject_CallMethod(source, "lstrip", "s", " \t");
}

/* Not a library that runs text in a namespace of its own. */
static bool cell_asks(void)
{
    return frame_running_sandbox() != NULL;
}

/* The text that the code of an annotation was made of, when typing evaluates one that a library
 * wrote ("Optional['Theme']"). New reference; NULL without exception: it is none. */
static PyObject *text_of_annotation(PyObject *code)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;
    PyObject *type =
        globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "ForwardRef") : NULL;
    AUTO_REF PyObject *locals = type && !cell_asks() ? PyFrame_GetLocals(frame) : NULL;
    PyObject *self = locals && PyDict_Check(locals) ? PyDict_GetItemString(locals, "self") : NULL;
    AUTO_REF PyObject *own = self && Py_IS_TYPE(self, (PyTypeObject *)type)
                                 ? PyObject_GetAttrString(self, "__forward_code__")
                                 : NULL;
    PyObject *text = own == code ? PyObject_GetAttrString(self, "__forward_arg__") : NULL;

    PyErr_Clear();
    if (text && !PyUnicode_CheckExact(text))
        Py_CLEAR(text);
    return text;
}

static PyObject *run_code(PyObject *text, PyObject *globals, PyObject *locals, int mode)
{
    const char *name = mode == Py_eval_input ? "eval" : "exec";
    struct sandbox *sandbox = gate_required();
    AUTO_REF PyObject *here = sandbox ? interpreter_locals() : NULL;

    if (!here)
        return NULL;
    locals = locals != Py_None ? locals : globals != Py_None ? globals : here;
    globals = globals != Py_None ? globals : PyEval_GetGlobals();
    if (!globals || !PyDict_Check(globals))
        return PyErr_Format(PyExc_TypeError, "%s() globals must be a dict, not %s", name,
                            globals ? Py_TYPE(globals)->tp_name : "NULL");
    if (!PyMapping_Check(locals))
        return PyErr_Format(PyExc_TypeError, "%s() locals must be a mapping, not %s", name,
                            Py_TYPE(locals)->tp_name);
    /* the namespaces of the code that asks are its own (a module's, too) */
    if (cell_asks() && ((globals != PyEval_GetGlobals() && !stores_check(sandbox, globals)) ||
                        (PyDict_Check(locals) && locals != here && locals != globals &&
                         !stores_check(sandbox, locals))))
        return NULL;
    AUTO_REF PyObject *annotation =
        PyCode_Check(text) && !code_is_guarded(text) ? text_of_annotation(text) : NULL;
    text = annotation ? annotation : text;
    AUTO_REF PyObject *source = mode == Py_eval_input ? without_blanks(text) : Py_NewRef(text);
    AUTO_REF PyObject *code =
        source ? guarded_code(sandbox, source, "<string>", &(struct options){.mode = mode}) : NULL;
    if (!code || (!PyDict_GetItemString(globals, "__builtins__") &&
                  PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0))
        return NULL;
    return PyEval_EvalCode(code, globals, locals);
}

PyObject *dynamic_eval(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", INTERPRETER_NAMESPACES, NULL};
    PyObject *text, *globals = Py_None, *locals = Py_None;

    (void)self;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|OO:eval", names, &text, &globals, &locals))
        return NULL;
    return run_code(text, globals, locals, Py_eval_input);
}

PyObject *dynamic_exec(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"", INTERPRETER_NAMESPACES, "closure", NULL};
    PyObject *text, *globals = Py_None, *locals = Py_None, *closure = Py_None;

    (void)self;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|OO$O:exec", names, &text, &globals, &locals,
                                     &closure))
        return NULL;
    if (closure != Py_None)
        return refusal_raise("call", "exec", "closure= takes code objects apart",
                             &(struct remedy){REMEDY_CODE, ""});
    AUTO_REF PyObject *done = run_code(text, globals, locals, Py_file_input);
    return done ? Py_NewRef(Py_None) : NULL;
}

PyObject *dynamic_compile(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"source",
                            "filename",
                            "mode",
                            "flags",
                            "dont_inherit",
                            "optimize",
                            INTERPRETER_COMPILE_NAMES,
                            NULL};
    PyObject *source, *filename, *module;
    const char *mode;
    int version; /* of the grammar, for trees alone */
    struct options options = {.optimize = -1};
    struct sandbox *sandbox = gate_required();

    if (!sandbox)
        return NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO&s|ipi" INTERPRETER_COMPILE, names, &source,
                                     PyUnicode_FSDecoder, &filename, &mode, &options.flags,
                                     &options.dont_inherit, &options.optimize, &version, &module))
        return NULL;
    AUTO_REF PyObject *owned = filename;
    if (options.flags & PyCF_ONLY_AST) {
        return PyObject_Call(self, args, keywords);
    }
    if (options.flags & ~(PyCF_MASK | PyCF_MASK_OBSOLETE | PyCF_COMPILE_MASK))
        return PyErr_Format(PyExc_ValueError, "compile(): unrecognised flags");
    if (options.optimize < -1 || options.optimize > 2)
        return PyErr_Format(PyExc_ValueError, "compile(): invalid optimize value");
    options.mode = strcmp(mode, "eval") == 0     ? Py_eval_input
                   : strcmp(mode, "single") == 0 ? Py_single_input
                   : strcmp(mode, "exec") == 0   ? Py_file_input
                                                 : -1;
    if (options.mode < 0)
        return PyErr_Format(PyExc_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    const char *name = PyUnicode_AsUTF8(filename);
    return name ? guarded_code(sandbox, source, name, &options) : NULL;
}

PyObject *dynamic_breakpoint(PyObject *self, PyObject *args, PyObject *keywords)
{
    (void)self;
    if (session_breakpoint())
        return session_breakpoint()(args, keywords);
    return refusal_raise("call", "breakpoint", "there is no debugger in a cell",
                         &(struct remedy){REMEDY_CODE, ""});
}
