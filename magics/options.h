/* options: what stands on a magic's line. */
#ifndef SAFEPYRUN_OPTIONS_H
#define SAFEPYRUN_OPTIONS_H

#include "magics/magic.h"

#define OPTIONS_MAX 26

/* Short options of one magic, getopt style: "n:r:oq" - n and r take a value, o and q do not. */
struct options {
    PyObject *values[OPTIONS_MAX]; /* owned; by letter a-z: str, or True for a flag, or NULL */
    PyObject *rest;                /* owned str: the line behind the options */
};

/* False with UsageError for an option that `spec` does not have or that lacks its value. Options
 * end at the first word that does not start with "-", or at "--". */
bool options_parse(const struct magic_call *call, const char *spec, struct options *out);
void options_clear(struct options *self);
#define AUTO_OPTIONS __attribute__((cleanup(options_clear))) struct options

static inline PyObject *options_get(const struct options *self, char letter)
{
    return self->values[letter - 'a'];
}
/* Whole number given with -letter, or `fallback`; false with UsageError when it is no number >=
 * least. */
bool options_number(const struct options *self, char letter, long least, long fallback, long *out);

/* Words of a line with quotes ('..', "..") and backslashes taken off: new list of str; UsageError
 * on an unclosed quote. `shell_safe` true: an unquoted shell character (|;&<>$`*?(){}!~#) is a
 * UsageError. */
PyObject *line_words(PyObject *line, bool shell_safe);

/* Takes the "--name" word out of `words`: the one of `known` (ends with NULL) that was given, or
 * "". NULL with UsageError for an unknown one, or more than one. `magic` is its name, with a %
 * before it when it is a cell magic. */
const char *take_switch(PyObject *words, const char *const *known, const char *magic);

/* UsageError; always returns NULL. */
PyObject *usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
