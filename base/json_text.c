#include "base/json_text.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\\ufffd"

/* A copy of the text in which each number and each escape is one that jansson can hold. Never
 * longer than the text: no limit is longer than what exceeds it. */
struct copy {
    const char *at, *end;
    char *text;
    size_t used;
    bool changed;
};

static void copy_bytes(struct copy *self, const char *bytes, size_t size)
{
    memcpy(self->text + self->used, bytes, size);
    self->used += size;
}

/* The code unit of the escape \uXXXX that begins here; -1: there is none. */
static int escaped_unit(const char *at, const char *end)
{
    char digits[5];

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    memcpy(digits, at + 2, 4);
    digits[4] = 0;
    return strspn(digits, "0123456789abcdefABCDEF") == 4 ? (int)strtol(digits, NULL, 16) : -1;
}

static void copy_escape(struct copy *self)
{
    int unit = escaped_unit(self->at, self->end);
    size_t size = unit < 0 ? 2 : 6;
    int next = unit < 0 ? -1 : escaped_unit(self->at + 6, self->end);

    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000)
        size = 12;
    else if (unit == 0 || (unit >= 0xd800 && unit < 0xe000)) {
        copy_bytes(self, REPLACEMENT, strlen(REPLACEMENT));
        self->changed = true;
        self->at += size;
        return;
    }
    if (size > (size_t)(self->end - self->at))
        size = (size_t)(self->end - self->at);
    copy_bytes(self, self->at, size);
    self->at += size;
}

static void copy_string(struct copy *self)
{
    copy_bytes(self, self->at++, 1);
    while (self->at < self->end && *self->at != '"') {
        if (*self->at == '\\')
            copy_escape(self);
        else
            copy_bytes(self, self->at++, 1);
    }
    if (self->at < self->end)
        copy_bytes(self, self->at++, 1);
}

/* The largest number with the sign of the one that overflows; NULL when this one does not, or is
 * none. */
static const char *number_limit(const char *number, size_t size)
{
    bool whole = strcspn(number, ".eE") == size, negative = number[0] == '-';
    char *after;

    errno = 0;
    if (number[negative] == '0')
        return NULL;
    if (whole) {
        strtoll(number, &after, 10);
        if (after != number + size || errno != ERANGE)
            return NULL;
        return negative ? "-9223372036854775808" : "9223372036854775807";
    }
    double value = strtod(number, &after);
    if (after != number + size || !isinf(value) || strstr(number, ".e") || strstr(number, ".E"))
        return NULL;
    return negative ? "-1e308" : "1e308";
}

/* `scratch` has room for the whole text. */
static void copy_number(struct copy *self, char *scratch)
{
    size_t size = 0, left = (size_t)(self->end - self->at);

    while (size < left && strchr("+-.eE0123456789", self->at[size]) && self->at[size])
        size++;
    memcpy(scratch, self->at, size);
    scratch[size] = 0;
    const char *limit = number_limit(scratch, size);
    if (limit)
        self->changed = true;
    copy_bytes(self, limit ? limit : scratch, limit ? strlen(limit) : size);
    self->at += size;
}

static void copy_text(struct copy *self, char *scratch)
{
    while (self->at < self->end) {
        if (*self->at == '"')
            copy_string(self);
        else if (*self->at == '-' || (*self->at >= '0' && *self->at <= '9'))
            copy_number(self, scratch);
        else
            copy_bytes(self, self->at++, 1);
    }
}

static json_t *read_copy(const char *data, size_t size)
{
    struct copy copy = {.at = data, .end = data + size, .text = malloc(size + 1)};
    char *scratch = malloc(size + 1);
    json_t *json = NULL;

    if (copy.text && scratch) {
        copy_text(&copy, scratch);
        if (copy.changed)
            json = json_loadb(copy.text, copy.used, JSON_ALLOW_NUL, NULL);
    }
    free(copy.text);
    free(scratch);
    return json;
}

json_t *json_text_read(const char *data, size_t size, json_error_t *error)
{
    json_t *json = json_loadb(data, size, JSON_ALLOW_NUL, error);

    return json || !size ? json : read_copy(data, size);
}
