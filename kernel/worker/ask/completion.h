/* completion: one complete_request while it is answered. What complete.c finds, and what
 * complete_string.c finds in brackets and strings. */
#ifndef SAFEPYRUN_WORKER_COMPLETION_H
#define SAFEPYRUN_WORKER_COMPLETION_H

#include "kernel/worker/ask/introspect.h"

struct completion {
    struct worker *worker;
    struct codescan scan;
    Py_ssize_t start; /* the matches replace the text from here to the cursor */
    PyObject *prefix; /* owned str: what stands there */
    PyObject *found;  /* owned dict: match -> type (str) */
    PyObject *values; /* owned dict: match -> value, where one is known */
};

/* The matches replace the text from `start` to the cursor. False with an exception. */
bool completion_prefix_set(struct completion *self, Py_ssize_t start);
/* Take `name` (str) when it begins with the prefix; `value` (borrowed) may be NULL. */
void completion_offer(struct completion *self, PyObject *name, const char *type, PyObject *value);
void completion_offer_utf8(struct completion *self, const char *name, const char *type);

/* Keys that may stand in the bracket `open`, after `axis` commas, in a string of `quote` (or 0).
 * False: none are known. */
bool completion_item_keys(struct completion *self, Py_ssize_t open, Py_ssize_t axis, Py_UCS4 quote,
                          bool close);
/* The text ends in a string, which `quote_follows` closes behind the cursor. False with an
 * exception. */
bool completion_string(struct completion *self, bool quote_follows);
/* Entries of the directory that the prefix names, with that directory in front. */
void completion_paths(struct completion *self);

#endif
