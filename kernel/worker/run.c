/* run: one source, from text to the value of its last expression. Every source goes through the sandbox. */
#include "inside.h"

#include "../../magics/magic.h"

#include <string.h>

/* ---- quiet sources ---------------------------------------------------------------------------------- */

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
        PyErr_Clear();
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

/* ---- compiling ------------------------------------------------------------------------------------------ */

static bool compile_plain(PyObject *source, PyObject *filename, struct sandbox_code *out)
{
    const char *text = PyUnicode_AsUTF8(source);
    PyCompilerFlags flags = {.cf_flags = PyCF_ALLOW_TOP_LEVEL_AWAIT, .cf_feature_version = PY_MINOR_VERSION};

    out->result = NULL;
    out->code = text ? Py_CompileStringObject(text, filename, Py_file_input, &flags, -1) : NULL;
    return out->code != NULL;
}

/* An IndentationError at line 1 of an indented cell is what dedenting prevents; magic_transform does it. */
static bool compile_source(struct worker *self, PyObject *source, PyObject *filename, bool guarded,
                           struct sandbox_code *out)
{
    AUTO_OBJECT transformed = magic_transform(source);

    if (!transformed)
        return false;
    if (!guarded)
        return compile_plain(transformed, filename, out);
    return sandbox_compile(self->sandbox, transformed, filename, Py_file_input,
                           SANDBOX_RESULT | SANDBOX_TOP_AWAIT | SANDBOX_INHERIT, out);
}

/* ---- running ---------------------------------------------------------------------------------------------- */

static bool run_code(struct worker *self, PyObject *code, PyObject *globals, PyObject *context)
{
    bool asynchronous = (((PyCodeObject *)code)->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
    AUTO_OBJECT value = PyEval_EvalCode(code, globals, globals);

    if (!value)
        return false;
    if (!asynchronous || !PyCoro_CheckExact(value))
        return true;
    AUTO_OBJECT result = loop_run(self, value, context);
    return result != NULL;
}

PyObject *run_source_code(struct worker *self, PyObject *source, PyObject *filename, bool guarded,
                          PyObject *globals, PyObject *context, bool *has_result)
{
    struct sandbox_code code = {0};

    *has_result = false;
    if (!sources_add(filename, source) || !compile_source(self, source, filename, guarded, &code))
        return NULL;
    AUTO_OBJECT owned_code = code.code;
    AUTO_OBJECT box = code.result;
    if (!run_code(self, owned_code, globals, context)) {
        if (box && !PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "a cell ended without result and without error");
        return NULL;
    }
    PyObject *value = box ? sandbox_take_result(box) : NULL;
    if (!value && PyErr_Occurred())
        return NULL;
    *has_result = value != NULL;
    return value ? value : Py_NewRef(Py_None);
}

PyObject *cell_run_source(struct worker *self, PyObject *source, const char *filename, bool guarded,
                          PyObject *globals)
{
    AUTO_OBJECT name = filename ? PyUnicode_FromString(filename) : Py_XNewRef(self->filename);
    bool has_result;

    if (!name)
        return NULL;
    return run_source_code(self, source, name, guarded, globals, NULL, &has_result);
}
