/* codescan: a lexer for code that is being written. */
#include "kernel/worker/ask/codescan.h"

#include <string.h>

bool codescan_is_name(Py_UCS4 c)
{
    return c == '_' || Py_UNICODE_ISALNUM(c) || (c >= 0x300 && Py_UNICODE_ISPRINTABLE(c));
}

Py_ssize_t codescan_word(const struct codescan *self, Py_ssize_t end)
{
    while (end > 0 && codescan_is_name(self->text[end - 1]))
        end--;
    return end;
}

Py_ssize_t codescan_skip_back(const struct codescan *self, Py_ssize_t end)
{
    while (end > 0 && (self->text[end - 1] == ' ' || self->text[end - 1] == '\t' ||
                       self->text[end - 1] == '\n' || self->text[end - 1] == '\r'))
        end--;
    return end;
}

PyObject *codescan_slice(const struct codescan *self, Py_ssize_t from, Py_ssize_t to)
{
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, self->text + from,
                                     to > from ? to - from : 0);
}

bool codescan_equals(const struct codescan *self, Py_ssize_t from, Py_ssize_t to, const char *word)
{
    if (to - from != (Py_ssize_t)strlen(word))
        return false;
    for (; *word; word++, from++)
        if (self->text[from] != (Py_UCS4)(unsigned char)*word)
            return false;
    return true;
}

/* The quote at `at` begins a string: take note of its prefix. */
static void string_begin(struct codescan *self, Py_ssize_t at)
{
    self->string = at;
    self->raw = self->formatted = false;
    for (Py_ssize_t i = at; i > 0 && at - i < 2; i--) {
        Py_UCS4 c = self->text[i - 1] | 32;
        if (!c || c > 127 || !strchr("rbuft", (int)c))
            break;
        self->raw |= c == 'r';
        self->formatted |= c == 'f' || c == 't';
        self->string = i - 1;
    }
    if (self->string > 0 && codescan_is_name(self->text[self->string - 1])) {
        self->string = at; /* the end of a name, not a prefix */
        self->raw = self->formatted = false;
    }
}

static bool is_triple(const struct codescan *self, Py_ssize_t at)
{
    return at + 2 < self->size && self->text[at + 1] == self->text[at] &&
           self->text[at + 2] == self->text[at];
}

static void code_seen(struct codescan *self, Py_ssize_t at)
{
    self->last = at;
    self->last_line = self->logical;
}

/* Read the string whose first quote is at `at`; returns the offset behind it, or the size when the
 * text ends inside. */
static Py_ssize_t string_read(struct codescan *self, Py_ssize_t at)
{
    string_begin(self, at);
    self->quote = self->text[at];
    self->triple = is_triple(self, at);
    self->inside = at + (self->triple ? 3 : 1);
    for (Py_ssize_t i = self->inside; i < self->size; i++) {
        if (self->text[i] == '\\') {
            i++;
        } else if (self->text[i] == '\n' && !self->triple) {
            self->string = -1; /* never closed: the line end does it */
            return i;
        } else if (self->text[i] == self->quote && (!self->triple || is_triple(self, i))) {
            i += self->triple ? 2 : 0;
            self->partner[i] = self->string;
            code_seen(self, i);
            self->string = -1;
            return i + 1;
        }
    }
    return self->size;
}

static void bracket(struct codescan *self, Py_ssize_t at)
{
    if (self->text[at] == '(' || self->text[at] == '[' || self->text[at] == '{') {
        if (self->depth < CODESCAN_DEPTH_MAX)
            self->open[self->depth++] = at;
    } else if (self->depth > 0) {
        self->partner[at] = self->open[--self->depth];
    }
}

/* One character of code at `at`; returns the offset of the next. */
static Py_ssize_t code_read(struct codescan *self, Py_ssize_t at)
{
    Py_UCS4 c = self->text[at];

    if (c == '\'' || c == '"')
        return string_read(self, at);
    if (c == '#') {
        while (at < self->size && self->text[at] != '\n')
            at++;
        self->comment = at == self->size;
        return at;
    }
    if (c == '\n') {
        self->continued = at > 0 && self->text[at - 1] == '\\';
        if (self->depth == 0 && !self->continued)
            self->statement = self->logical = at + 1;
        return at + 1;
    }
    if (c < 128 && c && strchr("()[]{}", (int)c))
        bracket(self, at);
    if ((c == ';' || c == ':') && self->depth == 0)
        self->statement = at + 1;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\f')
        code_seen(self, at);
    return at + 1;
}

bool codescan_init(struct codescan *self, PyObject *source, Py_ssize_t from, Py_ssize_t to)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(source);

    to = to > length ? length : to;
    from = from > to ? to : from;
    self->size = to - from;
    self->depth = 0;
    self->string = self->last = -1;
    self->comment = self->continued = false;
    self->statement = self->inside = self->logical = self->last_line = 0;
    self->text = PyMem_New(Py_UCS4, (size_t)self->size + 1);
    self->partner = PyMem_New(Py_ssize_t, (size_t)self->size + 1);
    if (!self->text || !self->partner) {
        codescan_clear(self);
        return PyErr_NoMemory() != NULL;
    }
    for (Py_ssize_t i = 0; i < self->size; i++) {
        self->text[i] = PyUnicode_READ_CHAR(source, from + i);
        self->partner[i] = -1;
    }
    self->text[self->size] = 0;
    for (Py_ssize_t at = 0; at < self->size;)
        at = code_read(self, at);
    return true;
}

void codescan_clear(struct codescan *self)
{
    PyMem_Free(self->text);
    PyMem_Free(self->partner);
    self->text = NULL;
    self->partner = NULL;
}
