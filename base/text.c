/* text: a growing byte buffer for building source and messages. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_reserve(struct text *self, size_t more)
{
    if (self->failed)
        return false;
    if (self->size + more + 1 <= self->capacity)
        return true;
    size_t wanted = (self->size + more + 1) * 2;
    char *data = realloc(self->data, wanted);

    if (!data) {
        self->failed = true;
        return false;
    }
    self->data = data;
    self->capacity = wanted;
    return true;
}

void text_add(struct text *self, const char *bytes, size_t size)
{
    if (size == 0 || !text_reserve(self, size))
        return;
    memcpy(self->data + self->size, bytes, size);
    self->size += size;
}

void text_add_string(struct text *self, const char *string)
{
    text_add(self, string, strlen(string));
}

void text_addf(struct text *self, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0 || !text_reserve(self, (size_t)size))
        return;
    va_start(arguments, format);
    vsnprintf(self->data + self->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    self->size += (size_t)size;
}

void text_add_literal(struct text *self, const char *bytes, size_t size)
{
    AUTO_REF PyObject *string = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)size, "replace");
    AUTO_REF PyObject *literal = string ? PyObject_Repr(string) : NULL;

    if (!literal || !text_add_object(self, literal)) {
        PyErr_Clear();
        self->failed = true;
    }
}

bool text_add_object(struct text *self, PyObject *object)
{
    AUTO_REF PyObject *string = PyObject_Str(object);
    AUTO_REF PyObject *bytes =
        string ? PyUnicode_AsEncodedString(string, "utf-8", "replace") : NULL;

    if (!bytes)
        return false;
    text_add(self, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

PyObject *text_finish(struct text *self)
{
    PyObject *string = self->failed ? PyErr_NoMemory()
                                    : PyUnicode_DecodeUTF8(self->data ? self->data : "",
                                                           (Py_ssize_t)self->size, "replace");

    text_clear(self);
    return string;
}

void text_clear(struct text *self)
{
    free(self->data);
    memset(self, 0, sizeof *self);
}

bool text_print(struct text *self, const char *stream)
{
    AUTO_REF PyObject *string = text_finish(self);
    PyObject *file = PySys_GetObject(stream); /* borrowed */

    if (!string)
        return false;
    if (!file || file == Py_None)
        return true;
    Py_INCREF(file);
    bool written = PyFile_WriteObject(string, file, Py_PRINT_RAW) == 0;
    Py_DECREF(file);
    return written;
}
