/* automagic: `ls x*` for `%ls x*`: a cell of one line that begins with the name of a magic, when
 * the name means nothing else. */
#include "magics/magic.h"

#include "base/reference.h"
#include "base/text.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

/* Does Python know the name: the user's, a builtin, a keyword? */
static bool is_taken(const struct magic_host *host, PyObject *name)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");
    AUTO_REF PyObject *keyword = PyImport_ImportModule("keyword");
    AUTO_REF PyObject *reserved =
        keyword ? PyObject_CallMethod(keyword, "iskeyword", "O", name) : NULL;

    if (!builtins || !reserved) {
        error_forget();
        return true;
    }
    return reserved == Py_True || PyDict_GetItem(host->globals, name) ||
           PyObject_HasAttr(builtins, name);
}

/* A magic of the table or the user's own. */
static bool is_magic(const struct magic_host *host, PyObject *name)
{
    AUTO_REF PyObject *names = host->names(host->context, MAGIC_LINE);
    int found = names ? PySequence_Contains(names, name) : -1;

    if (found < 0)
        error_forget();
    return found > 0;
}

PyObject *magic_automagic(const struct magic_host *host, PyObject *source)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(source, &size);

    if (!text) { /* lone surrogates */
        error_forget();
        return Py_NewRef(source);
    }
    const char *start = text + strspn(text, "\n"), *end = text + size;
    while (end > start && strchr(" \t\r\n", end[-1]))
        end--;
    size_t length = strcspn(start, " \t\f\r\n=,()[]{}:;'\"#\\@%!?/<>+-*&|^~.");
    const char *rest = start + length;
    if (!length || memchr(start, '\n', (size_t)(end - start)))
        return Py_NewRef(source);
    while (rest < end && is_blank(*rest))
        rest++;
    if (rest < end && strchr("=,.", *rest))
        return Py_NewRef(source);
    AUTO_REF PyObject *name = PyUnicode_DecodeUTF8(start, (Py_ssize_t)length, "strict");
    if (!name || PyUnicode_IsIdentifier(name) != 1 || !is_magic(host, name) ||
        is_taken(host, name)) {
        error_forget();
        return Py_NewRef(source);
    }
    AUTO_TEXT out = {0};
    text_add(&out, text, (size_t)(start - text));
    text_add_string(&out, "get_ipython().run_line_magic(");
    text_add_literal(&out, start, length);
    text_add_string(&out, ", ");
    text_add_literal(&out, rest < end ? rest : end, rest < end ? (size_t)(end - rest) : 0);
    text_add_string(&out, ")");
    return text_finish(&out);
}
