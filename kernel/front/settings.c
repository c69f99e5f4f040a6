/* settings: {XDG_CONFIG_HOME}/safepyrun/config.toml of the user, and .safepyrun.toml of the project
 * (in the directory that the kernel was started in). */
#include "kernel/front/settings.h"
#include "kernel/front/toml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

enum {
    ASK_TIMEOUT_S = 120,
    ASK_TIMEOUT_MAX_S = 86400,
    FILE_BYTES_MAX = 1 << 20,
    UNDO_BYTES = 200 * 1000 * 1000,
};

/* The lists that both files may have. `words`: what they let cells do, in the question about a
 * project's file; NULL: a project's file may not have it. */
static const struct {
    const char *name;
    size_t offset;
    const char *words;
} lists[] = {
    {"ok_dests", offsetof(struct settings, ok_dests), "write files below"},
    {"ok_hosts", offsetof(struct settings, ok_hosts), "reach and send to"},
    {"allow", offsetof(struct settings, allow), "call"},
    {"trust", offsetof(struct settings, trust), "call, with all its effects,"},
    {"shell", offsetof(struct settings, shell), "run, outside of the sandbox, !"},
    {"permit", offsetof(struct settings, permit), "do without asking you"},
    {"trusted_cells", offsetof(struct settings, trusted_cells),
     "run outside of the sandbox the cell of digest"},
    {"packs", offsetof(struct settings, packs), "do what is in the pack"},
    {"denied_reads", offsetof(struct settings, denied_reads), NULL},
};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static const char out_of_memory[] = "out of memory";

static json_t **list_of(struct settings *self, size_t index)
{
    return (json_t **)((char *)self + lists[index].offset);
}

/* ---- what the keys mean ---- */

static const char *take_magics(struct settings *self, const json_t *value)
{
    const char *mode = json_string_value(value);

    if (!mode ||
        (strcmp(mode, "ask") != 0 && strcmp(mode, "open") != 0 && strcmp(mode, "locked") != 0))
        return "must be \"ask\", \"open\" or \"locked\"";
    snprintf(self->magics, sizeof self->magics, "%s", mode);
    return NULL;
}

static const char *take_ask_timeout(struct settings *self, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > ASK_TIMEOUT_MAX_S)
        return "must be a number of seconds, 1 to 86400";
    self->ask_timeout_s = (long)json_integer_value(value);
    return NULL;
}

static const char *take_unlisted(struct settings *self, const json_t *value)
{
    const char *mode = json_string_value(value);

    if (!mode || (strcmp(mode, "gate") != 0 && strcmp(mode, "refuse") != 0))
        return "must be \"gate\" or \"refuse\"";
    snprintf(self->unlisted, sizeof self->unlisted, "%s", mode);
    return NULL;
}

static const char *take_on_refusal(struct settings *self, const json_t *value)
{
    const char *mode = json_string_value(value);

    if (!mode || (strcmp(mode, "ask") != 0 && strcmp(mode, "tell") != 0))
        return "must be \"ask\" or \"tell\"";
    self->tell = strcmp(mode, "tell") == 0;
    return NULL;
}

static const char *take_net(struct settings *self, const json_t *value)
{
    const char *mode = json_string_value(value);

    if (!mode ||
        (strcmp(mode, "read") != 0 && strcmp(mode, "hosts") != 0 && strcmp(mode, "none") != 0))
        return "must be \"read\", \"hosts\" or \"none\"";
    snprintf(self->net, sizeof self->net, "%s", mode);
    return NULL;
}

/* "30s", or a number: seconds, bytes, so many. */
static const char *take_size(enum limit_kind kind, const json_t *value, int64_t *size)
{
    char number[32];

    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    const char *text = json_is_integer(value) ? number : json_string_value(value);
    return limit_read(kind, text ? text : "", size);
}

static const char *take_limit(struct settings *self, enum limit_kind kind, const json_t *value)
{
    return take_size(kind, value, &self->limits[kind]);
}

static const char *take_undo_files(struct settings *self, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text ? strcmp(text, "0") == 0 : json_is_integer(value) && json_integer_value(value) == 0) {
        self->undo_bytes = 0;
        return NULL;
    }
    return take_size(LIMIT_FILES, value, &self->undo_bytes);
}

/* The other keys; the user's file alone may have them. */
static const struct {
    const char *name;
    const char *(*take)(struct settings *, const json_t *);
} singles[] = {{"magics", take_magics},
               {"ask_timeout_s", take_ask_timeout},
               {"on_refusal", take_on_refusal},
               {"unlisted", take_unlisted},
               {"net", take_net},
               {"undo_files", take_undo_files}};
static const char limits_section[] = "limits.";
enum { LIMITS_SECTION = sizeof limits_section - 1 };

/* The list that an entry adds to, borrowed. A project's is only offered, until a person agreed. */
static json_t *list_for(struct settings *self, size_t index, bool project)
{
    json_t *list = project ? json_object_get(self->offered, lists[index].name) : NULL;

    if (!project)
        return *list_of(self, index);
    if (!list && json_object_set_new(self->offered, lists[index].name, json_array()) == 0)
        list = json_object_get(self->offered, lists[index].name);
    return list;
}

/* NULL when taken, else what is wrong with it. */
static const char *take_entry(struct settings *self, const char *key, json_t *value, bool project)
{
    static const char not_here[] = "belongs into the user's config.toml";

    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (strcmp(lists[i].name, key) != 0)
            continue;
        if (project && !lists[i].words)
            return not_here;
        if (!json_is_array(value))
            return "must be a list of texts";
        return json_array_extend(list_for(self, i, project), value) == 0 ? NULL : out_of_memory;
    }
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (strcmp(singles[i].name, key) == 0)
            return project ? not_here : singles[i].take(self, value);
    int limit = strncmp(key, limits_section, LIMITS_SECTION) == 0
                    ? limit_find(key + LIMITS_SECTION, strlen(key + LIMITS_SECTION))
                    : -1;
    if (limit >= 0)
        return project ? not_here : take_limit(self, (enum limit_kind)limit, value);
    return "is not known";
}

static void warn(struct settings *self, const char *path, int line, const char *key,
                 const char *wrong)
{
    char text[PATH_MAX + 256];

    snprintf(text, sizeof text, "%s, line %d: %s %s", path, line, key, wrong);
    json_array_append_new(self->warnings, json_string(text));
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
    text = calloc(1, FILE_BYTES_MAX + 2);
    size_t size = text ? fread(text, 1, FILE_BYTES_MAX + 1, file) : 0;
    const char *wrong = !text || ferror(file) ? strerror(errno) : NULL;
    if (!wrong && size > FILE_BYTES_MAX)
        wrong = "it is too large";
    else if (!wrong && text && memchr(text, 0, size))
        wrong = "it has a NUL byte";
    fclose(file);
    if (!wrong)
        return text;
    snprintf(error, error_size, "%s cannot be read: %s", path, wrong);
    free(text);
    return NULL;
}

/* An entry that is wrong is passed over with a warning; what cannot be read at all ends the
 * file. */
static void load_text(struct settings *self, const char *path, const char *text, bool project)
{
    char key[TOML_KEY_BYTES] = "";
    struct toml_reader reader = {.at = text, .line = 1};
    const char *start, *broken = NULL;
    json_t *value;

    while (text && (value = toml_read_entry(&reader, key, &start, &broken))) {
        const char *wrong = take_entry(self, key, value, project);
        if (wrong)
            warn(self, path, reader.line, key, wrong);
        json_decref(value);
    }
    if (broken)
        warn(self, path, reader.line, key, broken);
}

/* For the caller to free; NULL when there is none, or none that can be read: a warning. */
static char *read_or_warn(struct settings *self, const char *path)
{
    char error[PATH_MAX + 256];
    char *text = read_file(path, error, sizeof error);

    if (*error)
        json_array_append_new(self->warnings, json_string(error));
    return text;
}

/* ---- packs ---- */

/* Packs that a file names are relative to it; they become whole paths. */
static void resolve_packs(struct settings *self, json_t *packs, const char *file)
{
    for (size_t i = 0; i < json_array_size(packs); i++) {
        const char *name = json_string_value(json_array_get(packs, i)), *home = getenv("HOME");
        char path[2 * PATH_MAX];

        if (name[0] == '/')
            continue;
        if (name[0] == '~' && name[1] == '/' && home)
            snprintf(path, sizeof path, "%s%s", home, name + 1);
        else
            snprintf(path, sizeof path, "%.*s/%s", (int)(strrchr(file, '/') - file), file, name);
        if (json_array_set_new(packs, i, json_string(path)) < 0)
            json_array_append_new(self->warnings,
                                  json_string("a pack of policies is not loaded: out of memory"));
    }
}

static int is_pack(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".toml") == 0;
}

/* policies/NAME.toml beside config.toml, in the order of their names. */
static void find_user_packs(struct settings *self)
{
    char folder[PATH_MAX + 16], path[2 * PATH_MAX];
    struct dirent **entries;

    snprintf(folder, sizeof folder, "%.*s/policies",
             (int)(strrchr(self->user_path, '/') - self->user_path), self->user_path);
    int count = scandir(folder, &entries, is_pack, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (json_array_append_new(self->packs, json_string(path)) < 0)
            json_array_append_new(self->warnings,
                                  json_string("a pack of policies is not loaded: out of memory"));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void find_paths(struct settings *self)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char here[PATH_MAX - 32];

    if (config && *config)
        snprintf(self->user_path, sizeof self->user_path, "%s/safepyrun/config.toml", config);
    else
        snprintf(self->user_path, sizeof self->user_path, "%s/.config/safepyrun/config.toml",
                 home ? home : "");
    if (getcwd(here, sizeof here))
        snprintf(self->project_path, sizeof self->project_path, "%s/.safepyrun.toml", here);
}

void settings_load(struct settings *self)
{
    memset(self, 0, sizeof *self);
    self->ask_timeout_s = ASK_TIMEOUT_S;
    self->undo_bytes = UNDO_BYTES;
    for (int kind = 0; kind < LIMIT_COUNT; kind++)
        self->limits[kind] = LIMIT_UNSET;
    self->warnings = json_array();
    for (size_t i = 0; i < LIST_COUNT; i++)
        *list_of(self, i) = json_array();
    find_paths(self);
    char *text = read_or_warn(self, self->user_path);
    load_text(self, self->user_path, text, false);
    free(text);
    resolve_packs(self, self->packs, self->user_path);
    find_user_packs(self);
    settings_offer(self);
}

void settings_clear(struct settings *self)
{
    json_decref(self->warnings);
    self->warnings = NULL;
    json_decref(self->offered);
    self->offered = NULL;
    for (size_t i = 0; i < LIST_COUNT; i++) {
        json_decref(*list_of(self, i));
        *list_of(self, i) = NULL;
    }
}

/* ---- what a project's file offers ---- */

static void hash_text(EVP_MD_CTX *hash, const char *text)
{
    if (text)
        EVP_DigestUpdate(hash, text, strlen(text));
    EVP_DigestUpdate(hash, "", 1);
}

/* Of the file's text, and of what is in the packs that it names. */
static void write_digest(struct settings *self, const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned size = 0;
    size_t index;
    json_t *pack;

    if (hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL)) {
        hash_text(hash, text);
        json_array_foreach(json_object_get(self->offered, "packs"), index, pack)
        {
            char error[PATH_MAX + 256], *content;
            content = read_file(json_string_value(pack), error, sizeof error);
            hash_text(hash, json_string_value(pack));
            hash_text(hash, content);
            free(content);
        }
        EVP_DigestFinal_ex(hash, digest, &size);
    }
    EVP_MD_CTX_free(hash);
    for (unsigned i = 0; i < size && i < SETTINGS_DIGEST_BYTES / 2; i++)
        snprintf(self->offered_digest + 2 * i, 3, "%02x", digest[i]);
}

void settings_offer(struct settings *self)
{
    json_decref(self->offered);
    self->offered = json_object();
    self->offered_digest[0] = 0;
    char *text = read_or_warn(self, self->project_path);
    if (!text)
        return;
    load_text(self, self->project_path, text, true);
    resolve_packs(self, json_object_get(self->offered, "packs"), self->project_path);
    write_digest(self, text);
    free(text);
}

static bool extend_new(json_t *list, const json_t *items)
{
    size_t index, at;
    json_t *item, *known;

    json_array_foreach(items, index, item)
    {
        bool there = false;
        json_array_foreach(list, at, known) there |= json_equal(item, known);
        if (!there && json_is_string(item) && json_array_append(list, item) < 0)
            return false;
    }
    return true;
}

void settings_follow(struct settings *self)
{
    bool whole = true;

    for (size_t i = 0; i < LIST_COUNT; i++)
        whole &= extend_new(*list_of(self, i), json_object_get(self->offered, lists[i].name));
    json_object_clear(self->offered);
    if (!whole)
        json_array_append_new(self->warnings,
                              json_string("not all of .safepyrun.toml is followed: out of memory"));
}

/* "do what is in the pack /a/p.toml:" and its lines, without comments and empty ones. */
static json_t *pack_item(const char *words, const char *path)
{
    char error[PATH_MAX + 256], *result = NULL, *rest;
    char *text = read_file(path, error, sizeof error);
    size_t size;
    FILE *out = open_memstream(&result, &size);

    if (out) {
        fprintf(out, "%s %s%s", words, path, text ? ":" : ", which cannot be read");
        for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
             line = strtok_r(NULL, "\n", &rest))
            if (line[strspn(line, " \t\r")] && line[strspn(line, " \t")] != '#')
                fprintf(out, "\n  %s", line);
    }
    json_t *item = out && fclose(out) == 0 ? json_string(result) : NULL;
    free(result);
    free(text);
    return item;
}

json_t *settings_offers(const struct settings *self)
{
    json_t *items = json_array(), *entry;
    size_t index;

    for (size_t i = 0; i < LIST_COUNT; i++)
        json_array_foreach(json_object_get(self->offered, lists[i].name), index, entry)
        {
            const char *text = json_string_value(entry), *words = lists[i].words;
            bool pack = strcmp(lists[i].name, "packs") == 0;
            const char *between = words[strlen(words) - 1] == '!' ? "" : " ";
            if (json_array_append_new(items, pack ? pack_item(words, text)
                                                  : json_sprintf("%s%s%s", words, between, text)) <
                0) { /* what cannot be shown cannot be agreed to */
                json_decref(items);
                return NULL;
            }
        }
    return items;
}

/* ---- the project's file ---- */

static void write_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\' || *text == '\n')
            fputc('\\', file);
        fputc(*text == '\n' ? 'n' : *text, file);
    }
    fputc('"', file);
}

static void write_list(FILE *file, const char *name, const json_t *list)
{
    size_t index;
    json_t *item;

    fprintf(file, "%s = [", name);
    json_array_foreach(list, index, item)
    {
        fputs(index ? ", " : "", file);
        write_string(file, json_string_value(item));
    }
    fputs("]", file);
}

/* Whole or not at all; a link that somebody laid there is not followed. */
static bool replace_file(const char *path, const char *text, size_t size)
{
    char temporary[PATH_MAX + 16];

    snprintf(temporary, sizeof temporary, "%s.new", path);
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file)
        return false;
    bool written = fwrite(text, 1, size, file) == size;
    written = fclose(file) == 0 && written;
    if (written && rename(temporary, path) == 0)
        return true;
    unlink(temporary);
    return false;
}

/* Where `key` stands in the text: its entry from *start to *end, both at the end of the text when
 * it is not there. False with what is wrong when the text cannot be read. */
static bool find_entry(const char *text, const char *key, json_t *list, const char **start,
                       const char **end, const char **wrong, int *line)
{
    struct toml_reader reader = {.at = text, .line = 1};
    char name[TOML_KEY_BYTES];
    json_t *value;

    while ((value = toml_read_entry(&reader, name, start, wrong))) {
        bool found = strcmp(name, key) == 0;
        if (found && json_is_array(value) && json_array_extend(list, value) < 0)
            *wrong = out_of_memory;
        json_decref(value);
        if (found)
            break;
    }
    *line = reader.line;
    *end = reader.at;
    return !*wrong;
}

/* `text` with the entry replaced, or with a new one before its first section. */
static bool write_entry(const char *path, const char *text, const char *key, const json_t *list,
                        const char *start, const char *end)
{
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);

    if (!out)
        return false;
    if (!*text)
        fputs("# What this project's notebooks may do, granted by a person. See the documentation "
              "of safepyrun.\n",
              out);
    if (*start) {
        fwrite(text, 1, (size_t)(start - text), out);
        write_list(out, key, list);
        fputs(end, out);
    } else {
        write_list(out, key, list);
        fprintf(out, "\n%s", text);
    }
    bool written = fclose(out) == 0 && replace_file(path, result, size);
    free(result);
    return written;
}

bool settings_add_project(struct settings *self, const char *what, const json_t *items, char *error,
                          size_t error_size)
{
    const char *path = self->project_path, *start, *end, *wrong = NULL;
    size_t i = 0;
    int line = 0;

    while (i < LIST_COUNT && !(lists[i].words && strcmp(lists[i].name, what) == 0))
        i++;
    if (i == LIST_COUNT || !items) {
        snprintf(error, error_size, "\"%s\" cannot be granted to a project", what);
        return false;
    }
    char *text = read_file(path, error, error_size);
    if (!text && *error)
        return false;
    json_t *list = json_array();
    bool added = list && find_entry(text ? text : "", what, list, &start, &end, &wrong, &line);
    if (wrong && wrong != out_of_memory) {
        snprintf(error, error_size, "%s, line %d: %s", path, line, wrong);
    } else if (!added || !extend_new(list, items)) { /* not a list that lacks what was there */
        snprintf(error, error_size, "%s cannot be written: %s", path, out_of_memory);
        added = false;
    } else {
        added = write_entry(path, text ? text : "", what, list, start, end);
        if (!added)
            snprintf(error, error_size, "%s cannot be written: %s", path, strerror(errno));
    }
    json_decref(list);
    free(text);
    return added;
}
