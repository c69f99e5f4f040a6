/* options: what stands on a magic's line. */
#include "magics/options.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

PyObject *usage_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    PyErr_FormatV(magic_usage_error_type(), format, arguments);
    va_end(arguments);
    return NULL;
}

void options_clear(struct options *self)
{
    for (int i = 0; i < OPTIONS_MAX; i++)
        Py_CLEAR(self->values[i]);
    Py_CLEAR(self->rest);
}

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* One word of options ("-oq", "-n5", "-n 5") at `at`; returns behind it, NULL with UsageError. */
static const char *parse_option_word(const struct magic_call *call, const char *spec,
                                     const char *at, struct options *out)
{
    for (at++; *at && !isspace((unsigned char)*at); at++) {
        const char *known = isalpha((unsigned char)*at) ? strchr(spec, *at) : NULL;

        if (!known || !islower((unsigned char)*at)) {
            usage_error("%%%s: unknown option -%c; usage: %s", call->name, *at,
                        magic_find(call->name, MAGIC_LINE | MAGIC_CELL)->usage);
            return NULL;
        }
        PyObject **slot = &out->values[*at - 'a'];
        if (known[1] != ':') {
            Py_XSETREF(*slot, Py_NewRef(Py_True));
            continue;
        }
        const char *value = skip_space(at + 1), *end = value;
        while (*end && !isspace((unsigned char)*end))
            end++;
        if (end == value) {
            usage_error("%%%s: option -%c needs a value", call->name, *at);
            return NULL;
        }
        Py_XSETREF(*slot, PyUnicode_FromStringAndSize(value, end - value));
        return *slot ? end : NULL;
    }
    return at;
}

bool options_parse(const struct magic_call *call, const char *spec, struct options *out)
{
    const char *at = PyUnicode_AsUTF8(call->line);

    memset(out, 0, sizeof *out);
    if (!at)
        return false;
    at = skip_space(at);
    while (at[0] == '-' && isalpha((unsigned char)at[1])) {
        at = parse_option_word(call, spec, at, out);
        if (!at) {
            options_clear(out);
            return false;
        }
        at = skip_space(at);
    }
    if (at[0] == '-' && at[1] == '-' && (isspace((unsigned char)at[2]) || !at[2]))
        at = skip_space(at + 2);
    out->rest = PyUnicode_FromString(at);
    return out->rest != NULL;
}

bool options_number(const struct options *self, char letter, long least, long fallback, long *out)
{
    PyObject *value = options_get(self, letter);

    *out = fallback;
    if (!value)
        return true;
    AUTO_REF PyObject *number = PyLong_FromUnicodeObject(value, 10);
    if (number)
        *out = PyLong_AsLong(number);
    if (PyErr_Occurred() || *out < least) {
        error_forget();
        usage_error("-%c takes a whole number of at least %ld, not %s", letter, least,
                    PyUnicode_AsUTF8(value));
        return false;
    }
    return true;
}

static bool is_shell_character(char c)
{
    return c && strchr("|;&<>$`*?(){}!~#\n", c);
}

/* Append one word to `words`; returns behind it, NULL with an exception. */
static const char *parse_word(const char *at, bool shell_safe, PyObject *words)
{
    AUTO_TEXT word = {0};

    while (*at && !isspace((unsigned char)*at)) {
        if (*at == '\'' || *at == '"') {
            const char quote = *at++;
            while (*at && *at != quote) {
                if (shell_safe && quote == '"' && (*at == '$' || *at == '`'))
                    return (void *)usage_error("no shell is started: '%c' cannot be used", *at);
                if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
                    at++;
                text_add(&word, at++, 1);
            }
            if (!*at)
                return (void *)usage_error("no closing quotation mark");
            at++;
            continue;
        }
        if (shell_safe && is_shell_character(*at))
            return (void *)usage_error(
                "no shell is started: '%c' cannot be used (quote it to pass it on)", *at);
        if (*at == '\\' && at[1])
            at++;
        text_add(&word, at++, 1);
    }
    AUTO_REF PyObject *string = text_finish(&word);
    return string && PyList_Append(words, string) == 0 ? at : NULL;
}

PyObject *line_words(PyObject *line, bool shell_safe)
{
    AUTO_REF PyObject *words = PyList_New(0);
    const char *at = PyUnicode_AsUTF8(line);

    if (!words || !at)
        return NULL;
    for (at = skip_space(at); *at; at = skip_space(at))
        if (!(at = parse_word(at, shell_safe, words)))
            return NULL;
    return Py_NewRef(words);
}

const char *take_switch(PyObject *words, const char *const *known, const char *magic)
{
    const char *given = "";

    for (Py_ssize_t i = PyList_GET_SIZE(words); i-- > 0;) {
        const char *word = PyUnicode_AsUTF8(PyList_GET_ITEM(words, i));
        if (!word)
            return NULL;
        if (strncmp(word, "--", 2) != 0)
            continue;
        const char *const *name = known;
        while (*name && strcmp(*name, word) != 0)
            name++;
        if (!*name || *given)
            return (void *)usage_error(
                "%%%s: %s is %s; usage: %s", magic, word, *name ? "one too many" : "unknown",
                magic_find(magic + strspn(magic, "%"), *magic == '%' ? MAGIC_CELL : MAGIC_LINE)
                    ->usage);
        given = *name;
        if (PyList_SetSlice(words, i, i + 1, NULL) < 0)
            return NULL;
    }
    return given;
}
