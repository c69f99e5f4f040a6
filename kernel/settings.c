#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK_TIMEOUT_S = 120, FILE_BYTES_MAX = 1 << 20 };

/* The lists that both files may have; `project` those that a project's file may set. */
static const struct {
    const char *name;
    size_t offset;
    bool project;
} lists[] = {
    {"ok_dests", offsetof(struct settings, ok_dests), true},
    {"allow", offsetof(struct settings, allow), true},
    {"trust", offsetof(struct settings, trust), true},
    {"shell", offsetof(struct settings, shell), true},
    {"denied_reads", offsetof(struct settings, denied_reads), false},
};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static json_t **list_of(struct settings *self, size_t index)
{
    return (json_t **)((char *)self + lists[index].offset);
}

/* ---- the TOML that these files use: key = "text" | number | ["text", ...], # comments ----------------------------- */

struct reader {
    const char *at;
    int line;
};

static void skip_blank(struct reader *self, bool newlines)
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
static json_t *read_string(struct reader *self)
{
    char quote = *self->at, text[4096];
    size_t size = 0;

    if (quote != '"' && quote != '\'')
        return NULL;
    for (self->at++; *self->at && *self->at != quote && *self->at != '\n' && size + 1 < sizeof text; self->at++) {
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

static json_t *read_array(struct reader *self)
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

static json_t *read_value(struct reader *self)
{
    if (*self->at == '[')
        return read_array(self);
    if (isdigit((unsigned char)*self->at)) {
        char *end;
        long number = strtol(self->at, &end, 10);
        self->at = end;
        return json_integer(number);
    }
    return read_string(self);
}

/* One `key = value`; NULL at the end of the text, or with `*wrong` set. */
static json_t *read_entry(struct reader *self, char key[64], const char **wrong)
{
    skip_blank(self, true);
    if (!*self->at)
        return NULL;
    size_t size = 0;
    while ((isalnum((unsigned char)*self->at) || *self->at == '_' || *self->at == '-') && size < 63)
        key[size++] = *self->at++;
    key[size] = 0;
    skip_blank(self, false);
    if (!size || *self->at != '=') {
        *wrong = "expected key = value";
        return NULL;
    }
    self->at++;
    skip_blank(self, false);
    json_t *value = read_value(self);
    if (!value) {
        *wrong = "expected \"text\", a number, or [\"text\", ...]";
        return NULL;
    }
    skip_blank(self, false);
    if (*self->at && *self->at != '\n') {
        *wrong = "more behind the value";
        json_decref(value);
        return NULL;
    }
    return value;
}

/* ---- what the keys mean ---------------------------------------------------------------------------------------------- */

/* NULL when taken, else what is wrong with it. */
static const char *take_entry(struct settings *self, const char *key, json_t *value, bool project)
{
    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (strcmp(lists[i].name, key) != 0)
            continue;
        if (!json_is_array(value))
            return "must be a list of texts";
        if (project && !lists[i].project)
            return "belongs into the user's config.toml";
        return json_array_extend(*list_of(self, i), value) == 0 ? NULL : "out of memory";
    }
    if (strcmp(key, "magics") == 0) {
        const char *mode = json_string_value(value);
        if (project)
            return "belongs into the user's config.toml";
        if (!mode || (strcmp(mode, "ask") != 0 && strcmp(mode, "open") != 0 && strcmp(mode, "locked") != 0))
            return "must be \"ask\", \"open\" or \"locked\"";
        snprintf(self->magics, sizeof self->magics, "%s", mode);
        return NULL;
    }
    if (strcmp(key, "ask_timeout_s") == 0) {
        if (!json_is_integer(value) || json_integer_value(value) < 1)
            return "must be a number of seconds";
        self->ask_timeout_s = (long)json_integer_value(value);
        return NULL;
    }
    return "is not known";
}

static char *read_file(const char *path, char *error, size_t error_size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;

    *error = 0;
    if (!file) {
        if (errno != ENOENT && errno != ENOTDIR)
            snprintf(error, error_size, "%s cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    text = calloc(1, FILE_BYTES_MAX + 1);
    if (text && fread(text, 1, FILE_BYTES_MAX, file) == 0 && ferror(file)) {
        snprintf(error, error_size, "%s cannot be read: %s", path, strerror(errno));
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static bool load_file(struct settings *self, const char *path, bool project, char *error, size_t error_size)
{
    char *text = read_file(path, error, error_size);
    struct reader reader = {text, 1};
    const char *wrong = NULL;
    char key[64] = "";
    json_t *value;

    if (!text)
        return *error == 0;
    while (!wrong && (value = read_entry(&reader, key, &wrong))) {
        wrong = take_entry(self, key, value, project);
        json_decref(value);
    }
    if (wrong)
        snprintf(error, error_size, "%s, line %d: %s %s", path, reader.line, key, wrong);
    free(text);
    return !wrong;
}

static void find_paths(struct settings *self)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char here[PATH_MAX - 32];

    if (config && *config)
        snprintf(self->user_path, sizeof self->user_path, "%s/safepyrun/config.toml", config);
    else
        snprintf(self->user_path, sizeof self->user_path, "%s/.config/safepyrun/config.toml", home ? home : "");
    if (getcwd(here, sizeof here))
        snprintf(self->project_path, sizeof self->project_path, "%s/.safepyrun.toml", here);
}

bool settings_load(struct settings *self, char *error, size_t error_size)
{
    memset(self, 0, sizeof *self);
    self->ask_timeout_s = ASK_TIMEOUT_S;
    for (size_t i = 0; i < LIST_COUNT; i++)
        *list_of(self, i) = json_array();
    find_paths(self);
    return load_file(self, self->user_path, false, error, error_size) &&
           load_file(self, self->project_path, true, error, error_size);
}

void settings_clear(struct settings *self)
{
    for (size_t i = 0; i < LIST_COUNT; i++) {
        json_decref(*list_of(self, i));
        *list_of(self, i) = NULL;
    }
}

/* ---- the project's file ------------------------------------------------------------------------------------------------ */

static void write_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text == '\n' ? ' ' : *text, file);
    }
    fputc('"', file);
}

static bool write_project(const struct settings *lists_now, const char *path)
{
    char temporary[PATH_MAX + 16];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *file = fopen(temporary, "we");

    if (!file)
        return false;
    fprintf(file, "# What this project's notebooks may do, granted by a person. See the documentation of safepyrun.\n");
    for (size_t i = 0; i < LIST_COUNT; i++) {
        const json_t *list = *list_of((struct settings *)lists_now, i);
        size_t index;
        json_t *item;
        if (!lists[i].project || !json_array_size(list))
            continue;
        fprintf(file, "%s = [", lists[i].name);
        json_array_foreach(list, index, item)
        {
            fputs(index ? ", " : "", file);
            write_string(file, json_string_value(item));
        }
        fputs("]\n", file);
    }
    bool written = fflush(file) == 0 && !ferror(file);
    written = fclose(file) == 0 && written;
    return written && rename(temporary, path) == 0;
}

bool settings_add_project(struct settings *self, const char *what, const json_t *items, char *error,
                          size_t error_size)
{
    struct settings project = {0};
    char text[PATH_MAX];
    size_t i = 0;

    while (i < LIST_COUNT && !(lists[i].project && strcmp(lists[i].name, what) == 0))
        i++;
    if (i == LIST_COUNT) {
        snprintf(error, error_size, "\"%s\" cannot be granted to a project", what);
        return false;
    }
    for (size_t k = 0; k < LIST_COUNT; k++)
        *list_of(&project, k) = json_array();
    snprintf(text, sizeof text, "%s", self->project_path);
    bool added = load_file(&project, text, true, error, error_size);
    if (added) {
        json_array_extend(*list_of(&project, i), (json_t *)items);
        added = write_project(&project, text);
        if (!added)
            snprintf(error, error_size, "%s cannot be written: %s", text, strerror(errno));
    }
    settings_clear(&project);
    return added;
}
