/* run: one source, from text to the value of its last expression. Every source goes through the
 * sandbox. */
#include "kernel/worker/inside.h"

#include "magics/magic.h"

#include <string.h>

/* ---- quiet sources ---- */

/* The end of the string literal that starts at `at` with a quote. */
static const char *skip_string(const char *at)
{
    char quote = *at;
    bool triple = at[1] == quote && at[2] == quote;

    for (at += triple ? 3 : 1; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (!triple && (*at == quote || *at == '\n'))
            return at + 1;
        else if (triple && at[0] == quote && at[1] == quote && at[2] == quote)
            return at + 3;
    }
    return at;
}

bool source_is_quiet(PyObject *source)
{
    const char *at = PyUnicode_AsUTF8(source);
    char last = 0;

    if (!at) {
        error_forget();
        return false;
    }
    while (*at)
        if (*at == '#') {
            at += strcspn(at, "\n");
        } else if (*at == '"' || *at == '\'') {
            last = *at;
            at = skip_string(at);
        } else {
            if (!strchr(" \t\r\n\f\\", *at))
                last = *at;
            at++;
        }
    return last == ';';
}

/* ---- running ---- */

/* What the code gives; a coroutine of top-level await is run to its end. New reference. */
static PyObject *run_awaiting(struct worker *self, PyObject *code, PyObject *globals,
                              PyObject *context)
{
    bool asynchronous = (((PyCodeObject *)code)->co_flags & CO_COROUTINE) != 0;
    bool traced = debugger_traces();
    AUTO_REF PyObject *value =
        traced || debugger_trace(true) ? PyEval_EvalCode(code, globals, globals) : NULL;

    breaking_over();
    if (value && asynchronous && PyCoro_CheckExact(value))
        Py_XSETREF(value, loop_run(self, value, context));
    debugger_untrace(traced);
    if (!value)
        breaking_prefer();
    return Py_XNewRef(value);
}

/* ---- host code ---- */

/* Host code (%%trusted) is compiled without the sandbox: statements, and a last expression
 * apart. */
static PyObject *compile_tree(PyObject *tree, PyObject *filename, const char *mode)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    return builtins ? PyObject_CallMethod(builtins, "compile", "OOsiO", tree, filename, mode,
                                          PyCF_ALLOW_TOP_LEVEL_AWAIT, Py_True)
                    : NULL;
}

/* Takes the last statement out of `tree` when it is an expression: new Expression tree, or NULL. */
static PyObject *last_expression(PyObject *tree)
{
    AUTO_REF PyObject *ast = PyImport_ImportModule("_ast");
    AUTO_REF PyObject *body = PyObject_GetAttrString(tree, "body");
    Py_ssize_t count = body ? PyList_GET_SIZE(body) : 0;
    AUTO_REF PyObject *type = ast && count ? PyObject_GetAttrString(ast, "Expr") : NULL;

    if (!type || PyObject_IsInstance(PyList_GET_ITEM(body, count - 1), type) != 1)
        return NULL;
    AUTO_REF PyObject *value = PyObject_GetAttrString(PyList_GET_ITEM(body, count - 1), "value");
    PyObject *expression = value ? PyObject_CallMethod(ast, "Expression", "O", value) : NULL;
    if (expression && PyList_SetSlice(body, count - 1, count, NULL) < 0)
        Py_CLEAR(expression);
    return expression;
}

static PyObject *run_plain(struct worker *self, PyObject *source, PyObject *filename,
                           PyObject *globals, PyObject *context)
{
    const char *text = PyUnicode_AsUTF8(source);
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST | PyCF_ALLOW_TOP_LEVEL_AWAIT,
                             .cf_feature_version = PY_MINOR_VERSION};
    AUTO_REF PyObject *tree =
        text ? Py_CompileStringObject(text, filename, Py_file_input, &flags, -1) : NULL;
    AUTO_REF PyObject *last = tree ? last_expression(tree) : NULL;

    if (!tree || PyErr_Occurred())
        return NULL;
    AUTO_REF PyObject *statements = compile_tree(tree, filename, "exec");
    AUTO_REF PyObject *expression =
        last && statements ? compile_tree(last, filename, "eval") : NULL;
    if (!statements || (last && !expression))
        return NULL;
    AUTO_REF PyObject *done = run_awaiting(self, statements, globals, context);
    if (!done || !expression)
        return Py_XNewRef(done);
    return run_awaiting(self, expression, globals, context);
}

/* The source as Python: what a person registered for that is their code, which can be interrupted.
 * New reference. */
static PyObject *transform(PyObject *source, PyObject *filename, unsigned how)
{
    struct held_interrupt interrupt;
    AUTO_REF PyObject *given =
        how & RUN_TRANSFORMED ? shell_transform("cleanup", source) : Py_NewRef(source);

    if (!given)
        return NULL;
    interrupt_hold(&interrupt);
    AUTO_REF PyObject *typed = magic_transform(given); /* dedented, too */
    AUTO_REF PyObject *plain =
        typed && how & RUN_TRANSFORMED ? shell_automagic(typed) : Py_XNewRef(typed);
    interrupt_release(&interrupt, true);
    AUTO_REF PyObject *python =
        plain && how & RUN_TRANSFORMED ? shell_transform("post", plain) : Py_XNewRef(plain);
    return python && sources_transformed(filename, source, python) ? Py_NewRef(python) : NULL;
}

static bool compile_guarded(struct worker *self, PyObject *python, PyObject *filename, unsigned how,
                            struct sandbox_code *code)
{
    struct held_interrupt interrupt;
    AUTO_REF PyObject *tree = how & RUN_TRANSFORMED
                                  ? shell_tree(python, filename, how & RUN_INTERACTIVE)
                                  : Py_NewRef(python);

    if (!tree)
        return false;
    unsigned await = self->runner == Py_False ? 0 : SANDBOX_TOP_AWAIT;
    interrupt_hold(&interrupt);
    bool compiled = compile_source(self->sandbox, tree, filename, Py_file_input,
                                   SANDBOX_RESULT | await | SANDBOX_INHERIT, code);
    interrupt_release(&interrupt, true);
    return compiled;
}

PyObject *run_source_code(struct worker *self, PyObject *source, PyObject *filename, unsigned how,
                          PyObject *globals, PyObject *context, bool *has_result)
{
    struct sandbox_code code = {0};
    AUTO_REF PyObject *python = transform(source, filename, how);

    *has_result = false;
    if (!python)
        return NULL;
    if (!(how & RUN_GUARDED)) {
        PyObject *value = run_plain(self, python, filename, globals, context);
        *has_result = value && value != Py_None;
        return value;
    }
    if (!compile_guarded(self, python, filename, how, &code))
        return NULL;
    AUTO_REF PyObject *owned_code = code.code;
    AUTO_REF PyObject *box = code.result;
    AUTO_REF PyObject *done = run_awaiting(self, owned_code, globals, context);
    if (!done)
        return NULL;
    PyObject *value = box ? box_take(box) : NULL;
    if (!value && PyErr_Occurred())
        return NULL;
    *has_result = value != NULL;
    return value ? value : Py_NewRef(Py_None);
}

PyObject *cell_run_source(struct worker *self, PyObject *source, const char *filename, bool guarded,
                          PyObject *globals)
{
    unsigned how = (guarded ? RUN_GUARDED : 0) | (guarded && !filename ? RUN_TRANSFORMED : 0);

    AUTO_REF PyObject *name =
        filename ? PyUnicode_FromString(filename) : Py_XNewRef(self->filename);
    bool has_result;

    /* The running cell's lines stand already: a part of it keeps its line numbers. */
    if (!name || (filename && (!sources_add(name, source) || !debugger_name(name, source, false))))
        return NULL;
    return run_source_code(self, source, name, how, globals, self->context, &has_result);
}
