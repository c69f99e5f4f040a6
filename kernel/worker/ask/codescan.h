/* codescan: where in Python source a cursor stands: in which string, comment, brackets, statement.
 * A lexer only: it works on broken code, because code at a cursor usually is. Plain C apart from
 * reading the str; offsets count code points. */
#ifndef SAFEPYRUN_WORKER_CODESCAN_H
#define SAFEPYRUN_WORKER_CODESCAN_H

#include "base/interpreter.h"

#include <stdbool.h>

enum { CODESCAN_DEPTH_MAX = 200 };

struct codescan {
    Py_UCS4 *text; /* owned, NUL-terminated */
    Py_ssize_t size;
    Py_ssize_t *partner; /* owned: at a closing bracket its opening one, at the last quote of a
                          * string the string's start (with prefix); else -1 */
    Py_ssize_t open[CODESCAN_DEPTH_MAX]; /* the brackets that are still open */
    int depth;
    Py_ssize_t string; /* the string in which the text ends: its start with prefix, or -1 */
    Py_ssize_t inside; /* where the characters of that string begin */
    Py_UCS4 quote;
    bool triple;
    bool raw;
    bool formatted;       /* an f-string */
    bool comment;         /* the text ends in a comment */
    bool continued;       /* the text's last full line ends in a backslash */
    Py_ssize_t statement; /* start of the statement in which the text ends */
    Py_ssize_t last;      /* offset of the last character that is code, or -1 */
    Py_ssize_t logical;   /* start of the logical line in which the text ends */
    Py_ssize_t last_line; /* start of the logical line of `last` */
};

/* Scan code points `from` up to `to` of `source` (str, borrowed). False with MemoryError. */
bool codescan_init(struct codescan *self, PyObject *source, Py_ssize_t from, Py_ssize_t to);
void codescan_clear(struct codescan *self);

bool codescan_is_name(Py_UCS4 c); /* may it stand inside an identifier? */
/* Start of the identifier that ends before `end` (`end` itself when there is none). */
Py_ssize_t codescan_word(const struct codescan *self, Py_ssize_t end);
/* `end` without the blanks (and newlines) before it. */
Py_ssize_t codescan_skip_back(const struct codescan *self, Py_ssize_t end);
PyObject *codescan_slice(const struct codescan *self, Py_ssize_t from, Py_ssize_t to); /* new str */
/* Is the text from `from` to `to` this word (ASCII)? */
bool codescan_equals(const struct codescan *self, Py_ssize_t from, Py_ssize_t to, const char *word);

#endif
