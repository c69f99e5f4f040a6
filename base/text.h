/* text: a growing byte buffer for building source and messages. UTF-8. An allocation failure is
 * remembered and reported once, by text_finish. */
#ifndef SAFEPYRUN_TEXT_H
#define SAFEPYRUN_TEXT_H

#include <stdbool.h>

#include "base/reference.h"

struct text {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void text_add(struct text *self, const char *bytes, size_t size);
void text_add_string(struct text *self, const char *string);
void text_addf(struct text *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends repr() of the bytes as a Python string literal. Needs the GIL. */
void text_add_literal(struct text *self, const char *bytes, size_t size);
/* Appends str(object). Needs the GIL; false with an exception set. */
bool text_add_object(struct text *self, PyObject *object);
/* New str of what was built, NULL with MemoryError (or UnicodeDecodeError); frees the buffer. */
PyObject *text_finish(struct text *self);
void text_clear(struct text *self);

/* Write to sys.stdout (sys.stderr); false with an exception set. Frees the buffer. */
bool text_print(struct text *self, const char *stream);

#define AUTO_TEXT __attribute__((cleanup(text_clear))) struct text

/* The text of a str; NULL for anything else. Borrowed from it. */
static inline const char *text_of(PyObject *object_or_null)
{
    bool is_text = object_or_null && PyUnicode_Check(object_or_null);
    const char *text = is_text ? PyUnicode_AsUTF8(object_or_null) : NULL;

    if (is_text && !text)
        PyErr_Clear();
    return text;
}

#endif
