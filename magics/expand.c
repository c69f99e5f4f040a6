/* expand: {expression} and $name in the line of a magic or a command, as IPython expands them: with
 * the names of the function that the line stands in, and not at all when any part of the line
 * cannot be expanded. */
#include "magics/magic.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* ---- whose names ---- */

PyObject *magic_local_scope(const struct magic_host *host)
{
    PyFrameObject *frame = PyEval_GetFrame();

    for (Py_XINCREF(frame); frame;) {
        AUTO_REF PyObject *held = (PyObject *)frame;
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        if (code_is_guarded(code))
            return PyFrame_GetLocals(frame);
        frame = PyFrame_GetBack(frame);
    }
    return Py_NewRef(host->globals);
}

/* The names that an expression sees: a dict, new reference. */
static PyObject *names_of(const struct magic_host *host)
{
    AUTO_REF PyObject *locals = magic_local_scope(host);

    if (!locals || locals == host->globals)
        return Py_XNewRef(locals);
    PyObject *merged = PyDict_Copy(host->globals);
    if (merged && PyDict_Update(merged, locals) < 0)
        Py_CLEAR(merged);
    return merged;
}

/* ---- one field ---- */

struct expansion {
    const struct magic_host *host;
    PyObject *names; /* owned, made with the first field */
    struct text out;
};

/* The text of a value after `!r`, `!s`, `!a` or nothing (0). */
static PyObject *converted(PyObject *value, char conversion)
{
    return conversion == 'r'   ? PyObject_Repr(value)
           : conversion == 'a' ? PyObject_ASCII(value)
                               : PyObject_Str(value);
}

/* Append the value of an expression; false with what it raised. */
static bool add_field(struct expansion *self, const char *expression, size_t size, char conversion)
{
    if (!self->names && !(self->names = names_of(self->host)))
        return false;
    AUTO_REF PyObject *source = PyUnicode_DecodeUTF8(expression, (Py_ssize_t)size, "strict");
    AUTO_REF PyObject *bare = source ? PyObject_CallMethod(source, "strip", NULL) : NULL;
    if (!bare || PyUnicode_GET_LENGTH(bare) == 0) {
        if (bare)
            PyErr_SetString(PyExc_ValueError, "an empty expression");
        return false;
    }
    AUTO_REF PyObject *value =
        self->host->run(self->host->context, bare, "<magic>", true, self->names);
    AUTO_REF PyObject *text = value ? converted(value, conversion) : NULL;

    return text && text_add_object(&self->out, text);
}

/* The `}` that ends the field which starts behind `at`, NULL when there is none. */
static const char *field_end(const char *at)
{
    int depth = 0;

    for (; *at; at++) {
        if (*at == '{')
            depth++;
        else if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

/* `{` at `at`: the field's value; returns what is behind it, NULL with an exception. */
static const char *expand_braces(struct expansion *self, const char *at)
{
    const char *end = field_end(at);
    char conversion = 0;

    if (!end) {
        PyErr_SetString(PyExc_ValueError, "a { without its }");
        return NULL;
    }
    size_t size = (size_t)(end - at - 1);
    if (size > 2 && end[-2] == '!' && strchr("rsa", end[-1])) {
        conversion = end[-1];
        size -= 2;
    }
    return add_field(self, at + 1, size, conversion) ? end + 1 : NULL;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || (c & 0x80);
}

/* Between single quotes, as far as the number of those that follow tells (awk and perl write $1
 * there). */
static bool is_quoted(const char *at)
{
    int quotes = 0;

    for (; *at && *at != '\n'; at++)
        quotes += *at == '\'';
    return quotes % 2;
}

/* `$` at `at`: $name, $$name ($name as it stands), or a dollar; what is behind it, NULL with an
 * exception. */
static const char *expand_dollar(struct expansion *self, const char *at)
{
    bool twice = at[1] == '$';
    const char *name = at + 1 + twice, *end = name;

    while (is_word(*end))
        end++;
    if (end == name || is_quoted(end)) {
        text_add(&self->out, at, 1);
        return at + 1;
    }
    if (twice) {
        text_add(&self->out, name - 1, (size_t)(end - name + 1));
        return end;
    }
    return add_field(self, name, (size_t)(end - name), 0) ? end : NULL;
}

static bool expand_all(struct expansion *self, const char *at)
{
    while (at && *at) {
        if ((*at == '{' || *at == '}') && at[1] == *at) {
            text_add(&self->out, at, 1);
            at += 2;
        } else if (*at == '{') {
            at = expand_braces(self, at);
        } else if (*at == '$') {
            at = expand_dollar(self, at);
        } else if (*at == '}') {
            PyErr_SetString(PyExc_ValueError, "a } without its {");
            return false;
        } else {
            text_add(&self->out, at++, 1);
        }
    }
    return at != NULL;
}

PyObject *magic_expand(const struct magic_host *host, PyObject *line)
{
    const char *text = PyUnicode_AsUTF8(line);
    struct expansion expansion = {.host = host};

    if (!text)
        return NULL;
    if (!strpbrk(text, "{}$"))
        return Py_NewRef(line);
    bool done = expand_all(&expansion, text);
    Py_XDECREF(expansion.names);
    if (done)
        return text_finish(&expansion.out);
    text_clear(&expansion.out);
    if (!PyErr_ExceptionMatches(PyExc_Exception)) /* an interrupt is no reason to go on */
        return NULL;
    error_forget();
    return Py_NewRef(line);
}
