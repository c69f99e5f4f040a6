/* toml: the TOML that settings use: key = "text" | number | true | ["text"], [section], # comments.
 */
#include "kernel/front/toml.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRING_BYTES_MAX = 1 << 14 };

static void skip_blank(struct toml_reader *self, bool newlines)
{
    for (;; self->at++) {
        if (*self->at == '#')
            while (self->at[1] && self->at[1] != '\n')
                self->at++;
        else if (*self->at == '\n' && newlines)
            self->line++;
        else if (*self->at != ' ' && *self->at != '\t' && *self->at != '\r')
            return;
    }
}

/* A "basic" or 'literal' string; NULL when there is none. */
static json_t *read_string(struct toml_reader *self)
{
    char quote = *self->at, text[STRING_BYTES_MAX];
    size_t size = 0;

    if (quote != '"' && quote != '\'')
        return NULL;
    for (self->at++; *self->at && *self->at != quote && *self->at != '\n' && size + 1 < sizeof text;
         self->at++) {
        if (*self->at == '\\' && quote == '"') {
            static const char from[] = "nt\"\\", to[] = "\n\t\"\\";
            const char *escape = *++self->at ? strchr(from, *self->at) : NULL;
            if (!escape)
                return NULL;
            text[size++] = to[escape - from];
        } else {
            text[size++] = *self->at;
        }
    }
    if (*self->at != quote)
        return NULL;
    self->at++;
    return json_stringn(text, size);
}

static json_t *read_array(struct toml_reader *self)
{
    json_t *array = json_array();

    for (self->at++;; self->at++) {
        skip_blank(self, true);
        if (*self->at == ']')
            break;
        json_t *item = read_string(self);
        if (!item || json_array_append_new(array, item) < 0)
            goto broken;
        skip_blank(self, true);
        if (*self->at == ']')
            break;
        if (*self->at != ',')
            goto broken;
    }
    self->at++;
    return array;
broken:
    json_decref(array);
    return NULL;
}

static json_t *read_value(struct toml_reader *self)
{
    if (*self->at == '[')
        return read_array(self);
    if (strncmp(self->at, "true", 4) == 0 || strncmp(self->at, "false", 5) == 0) {
        bool value = *self->at == 't';
        self->at += value ? 4 : 5;
        return json_boolean(value);
    }
    if (isdigit((unsigned char)*self->at) || *self->at == '-' || *self->at == '+') {
        char *end;
        long number = strtol(self->at, &end, 10);
        if (end == self->at)
            return NULL;
        self->at = end;
        return json_integer(number);
    }
    return read_string(self);
}

/* The end of the line, with nothing but a comment before it. */
static bool at_line_end(struct toml_reader *self)
{
    skip_blank(self, false);
    return !*self->at || *self->at == '\n';
}

static bool read_section(struct toml_reader *self)
{
    size_t size = strcspn(++self->at, "]\n");

    if (self->at[size] != ']' || size == 0 || size > sizeof self->section - 2)
        return false;
    snprintf(self->section, sizeof self->section, "%.*s.", (int)size, self->at);
    self->at += size + 1;
    return at_line_end(self);
}

json_t *toml_read_entry(struct toml_reader *self, char key[TOML_KEY_BYTES], const char **start,
                        const char **wrong)
{
    skip_blank(self, true);
    while (*self->at == '[') {
        if (!read_section(self)) {
            snprintf(key, TOML_KEY_BYTES, "[");
            *wrong = "expected [section]";
            return NULL;
        }
        skip_blank(self, true);
    }
    *start = self->at;
    if (!*self->at)
        return NULL;
    size_t size = (size_t)snprintf(key, TOML_KEY_BYTES, "%s", self->section);
    while ((isalnum((unsigned char)*self->at) || strchr("_-.", *self->at)) && *self->at &&
           size < TOML_KEY_BYTES - 1)
        key[size++] = *self->at++;
    key[size] = 0;
    skip_blank(self, false);
    if (self->at == *start || *self->at != '=') {
        *wrong = "expected key = value";
        return NULL;
    }
    self->at++;
    skip_blank(self, false);
    json_t *value = read_value(self);
    if (!value) {
        *wrong = "expected \"text\", a number, true, false, or [\"text\", ...]";
        return NULL;
    }
    if (!at_line_end(self)) {
        *wrong = "more behind the value";
        json_decref(value);
        return NULL;
    }
    return value;
}
