/* history: the inputs and outputs of all sessions, in sqlite. */
#include "kernel/front/history.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/folders.h"
#include "base/glob.h"
#include "base/json_memory.h"
#include "base/log.h"

/* A cell that is not in the file yet. */
struct cell {
    long long line;
    struct history_text input, output; /* owned */
    struct cell *next;
};

struct history {
    char *path; /* owned; NULL: the default */
    sqlite3 *database;
    bool failed; /* no database at all can be used */
    int lock_ms; /* how long a call waits for another process */
    long long session;
    struct cell *first, **last;
};

enum { LOCK_MS = 50, LAST_LOCK_MS = 1000 };

/* Columns that a later version added stay empty. A file that has these tables for something else
 * (IPython's) is refused by the SELECT, before anything in it has changed. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY AUTOINCREMENT,"
    " start TIMESTAMP DEFAULT CURRENT_TIMESTAMP);"
    "CREATE TABLE IF NOT EXISTS history (session INTEGER, line INTEGER, input TEXT,"
    " output TEXT, PRIMARY KEY (session, line));"
    "SELECT session, line, input, output FROM history LIMIT 0;"
    "PRAGMA journal_mode = WAL;" /* who reads does not wait for who writes */
    "INSERT INTO sessions DEFAULT VALUES;";

struct history *history_new(const char *path)
{
    struct history *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->last = &self->first;
    self->lock_ms = LOCK_MS;
    self->path = path ? strdup(path) : NULL;
    if (path && !self->path) { /* not the default one instead */
        free(self);
        return NULL;
    }
    return self;
}

static void cell_free(struct cell *cell)
{
    free((char *)cell->input.text);
    free((char *)cell->output.text);
    free(cell);
}

static void drop_cells(struct history *self)
{
    while (self->first) {
        struct cell *next = self->first->next;
        cell_free(self->first);
        self->first = next;
    }
    self->last = &self->first;
}

void history_destroy(struct history **self)
{
    if (!*self)
        return;
    (*self)->lock_ms = LAST_LOCK_MS;
    if ((*self)->database)
        sqlite3_busy_timeout((*self)->database, LAST_LOCK_MS);
    history_write(*self);
    if (history_pending(*self))
        log_warning("the last cells are not in the history: another process holds it locked");
    drop_cells(*self);
    sqlite3_close((*self)->database);
    free((*self)->path);
    free(*self);
    *self = NULL;
}

/* ---- the file ---- */

static void make_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash && slash != path &&
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) < PATH_MAX)
        folders_make(folder, 0700);
}

static bool default_path(char *out, size_t size)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data && *data)
        return (size_t)snprintf(out, size, "%s/safepyrun/history.sqlite", data) < size;
    if (home && *home)
        return (size_t)snprintf(out, size, "%s/.local/share/safepyrun/history.sqlite", home) < size;
    return false;
}

enum outcome { DONE, LOCKED, FAILED };

/* Of the last call on the database. */
static enum outcome outcome_now(sqlite3 *database)
{
    int code = sqlite3_errcode(database) & 0xff;

    return code == SQLITE_BUSY || code == SQLITE_LOCKED ? LOCKED : FAILED;
}

static enum outcome try_open(struct history *self, const char *path)
{
    enum outcome outcome;

    if (sqlite3_open(path, &self->database) == SQLITE_OK) {
        sqlite3_busy_timeout(self->database, self->lock_ms);
        if (glob_install(self->database) &&
            sqlite3_exec(self->database, schema, NULL, NULL, NULL) == SQLITE_OK) {
            self->session = sqlite3_last_insert_rowid(self->database);
            return DONE;
        }
    }
    outcome = outcome_now(self->database);
    if (outcome == FAILED)
        log_warning("history in %s cannot be used: %s", path, sqlite3_errmsg(self->database));
    sqlite3_close(self->database);
    self->database = NULL;
    return outcome;
}

/* The database, in memory when the file will not do. LOCKED: ask again later. */
static enum outcome history_open(struct history *self)
{
    char path[4096];

    if (self->database || self->failed)
        return self->database ? DONE : FAILED;
    bool named = self->path ? (size_t)snprintf(path, sizeof path, "%s", self->path) < sizeof path
                            : default_path(path, sizeof path);
    if (named && strcmp(path, ":memory:") != 0)
        make_folder_of(path);
    else if (!named)
        log_warning("history is not kept: the path of its file is too long, or HOME is not set");
    enum outcome outcome = named ? try_open(self, path) : FAILED;
    if (outcome == FAILED)
        outcome = try_open(self, ":memory:");
    self->failed = outcome == FAILED;
    return outcome;
}

static bool bind_text(sqlite3_stmt *statement, int index, struct history_text text)
{
    return (text.text ? sqlite3_bind_text64(statement, index, text.text, text.size, SQLITE_STATIC,
                                            SQLITE_UTF8)
                      : sqlite3_bind_null(statement, index)) == SQLITE_OK;
}

static enum outcome write_cells(struct history *self)
{
    sqlite3_stmt *statement = NULL;
    bool written =
        sqlite3_exec(self->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(self->database,
                           "INSERT OR REPLACE INTO history (session, line, input, output)"
                           " VALUES (?, ?, ?, ?)",
                           -1, &statement, NULL) == SQLITE_OK;

    for (struct cell *cell = self->first; written && cell; cell = cell->next) {
        written = sqlite3_bind_int64(statement, 1, self->session) == SQLITE_OK &&
                  sqlite3_bind_int64(statement, 2, cell->line) == SQLITE_OK &&
                  bind_text(statement, 3, cell->input) && bind_text(statement, 4, cell->output) &&
                  sqlite3_step(statement) == SQLITE_DONE;
        if (written)
            sqlite3_reset(statement);
    }
    if (written && sqlite3_exec(self->database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK) {
        sqlite3_finalize(statement);
        return DONE;
    }
    enum outcome outcome = outcome_now(self->database);
    if (outcome == FAILED)
        log_warning("history cannot be written: %s", sqlite3_errmsg(self->database));
    sqlite3_finalize(statement);
    sqlite3_exec(self->database, "ROLLBACK", NULL, NULL, NULL);
    return outcome;
}

/* The file failed (a full disk): go on in memory. Earlier sessions are out of reach until the next
 * start. */
static void fall_back(struct history *self)
{
    long long session = self->session;

    sqlite3_close(self->database);
    self->database = NULL;
    self->failed = try_open(self, ":memory:") != DONE;
    if (!self->failed) {
        self->session = session;
        write_cells(self);
    }
}

void history_write(struct history *self)
{
    if (!self->first || history_open(self) == LOCKED)
        return;
    enum outcome outcome = self->failed ? DONE : write_cells(self);
    if (outcome == LOCKED)
        return;
    if (outcome == FAILED)
        fall_back(self);
    drop_cells(self);
}

static struct history_text text_copy(struct history_text text)
{
    char *copy = text.text ? malloc(text.size + 1) : NULL;

    if (!copy)
        return (struct history_text){NULL, 0};
    memcpy(copy, text.text, text.size);
    return (struct history_text){copy, text.size};
}

void history_add(struct history *self, long long line, struct history_text input,
                 struct history_text output)
{
    struct cell *cell = input.text ? calloc(1, sizeof *cell) : NULL;

    if (cell) {
        cell->line = line;
        cell->input = text_copy(input);
        cell->output = text_copy(output);
    }
    if (!cell || !cell->input.text) {
        if (input.text)
            log_warning("cell %lld is not in the history: out of memory", line);
        if (cell)
            cell_free(cell);
        return;
    }
    *self->last = cell;
    self->last = &cell->next;
}

bool history_pending(const struct history *self)
{
    return self->first != NULL;
}

/* ---- reading ---- */

/* A column as JSON; null when it has nothing, or is no UTF-8. */
static json_t *column_json(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    json_t *json =
        text ? json_stringn(text, (size_t)sqlite3_column_bytes(statement, column)) : NULL;

    return json ? json : json_null();
}

static json_t *read_rows(sqlite3_stmt *statement, bool output)
{
    json_t *rows = json_array();
    unsigned long failures = json_memory_failures();
    int step = SQLITE_DONE;

    while (rows && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        json_t *text = column_json(statement, 2);
        if (json_is_null(text))
            text = json_string("");
        if (output)
            text = json_pack("[o, o]", text, column_json(statement, 3));
        json_array_append_new(rows,
                              json_pack("[I, I, o]", (json_int_t)sqlite3_column_int64(statement, 0),
                                        (json_int_t)sqlite3_column_int64(statement, 1), text));
    }
    if (!rows || json_memory_failures() != failures)
        log_warning("history is not read whole: out of memory");
    if (step != SQLITE_DONE)
        log_warning("history cannot be read to its end: %s",
                    sqlite3_errmsg(sqlite3_db_handle(statement)));
    sqlite3_finalize(statement);
    return rows;
}

static void reverse(json_t *rows)
{
    for (size_t i = 0, j = json_array_size(rows); i + 1 < j; i++) {
        json_t *first = json_incref(json_array_get(rows, i));
        json_array_set(rows, i, json_array_get(rows, --j));
        json_array_set_new(rows, j, first);
    }
}

/* An integer field; null and missing give `fallback`. False when it is something else. */
static bool read_integer(const json_t *content, const char *name, long long fallback,
                         long long *out)
{
    const json_t *value = json_object_get(content, name);

    *out = json_is_integer(value) ? json_integer_value(value) : fallback;
    return !value || json_is_null(value) || json_is_integer(value);
}

static sqlite3_stmt *prepare(struct history *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(self->database, sql, -1, &statement, NULL) != SQLITE_OK)
        log_warning("history: %s", sqlite3_errmsg(self->database));
    return statement;
}

static json_t *read_range(struct history *self, const json_t *content, bool output, char *wrong,
                          size_t wrong_size)
{
    long long session, start, stop;

    if (!read_integer(content, "session", 0, &session) ||
        !read_integer(content, "start", 1, &start) || !read_integer(content, "stop", -1, &stop)) {
        snprintf(wrong, wrong_size, "\"session\", \"start\" and \"stop\" must be whole numbers");
        return NULL;
    }
    sqlite3_stmt *statement =
        prepare(self, "SELECT session, line, input, output FROM history WHERE session = ?"
                      " AND line >= ? AND (? < 0 OR line < ?) ORDER BY line");
    if (!statement)
        return json_array();
    sqlite3_bind_int64(statement, 1, session <= 0 ? self->session + session : session);
    sqlite3_bind_int64(statement, 2, start);
    sqlite3_bind_int64(statement, 3, stop);
    sqlite3_bind_int64(statement, 4, stop);
    return read_rows(statement, output);
}

/* The last `count` cells whose input matches, oldest first; of equal inputs only the last when they
 * shall be unique. */
static json_t *read_last(struct history *self, struct history_text pattern, long long count,
                         bool unique, bool output)
{
    sqlite3_stmt *statement = prepare(
        self,
        unique ? "SELECT session, line, input, output FROM (SELECT session, line, input, output,"
                 " MAX(session * 4294967296 + line) FROM history WHERE input GLOB ? GROUP BY input)"
                 " ORDER BY session DESC, line DESC LIMIT ?"
               : "SELECT session, line, input, output FROM history WHERE input GLOB ?"
                 " ORDER BY session DESC, line DESC LIMIT ?");
    if (!statement)
        return json_array();
    bind_text(statement, 1, pattern);
    sqlite3_bind_int64(statement, 2, count);
    json_t *rows = read_rows(statement, output);
    reverse(rows);
    return rows;
}

static json_t *read_tail(struct history *self, const json_t *content, bool output, char *wrong,
                         size_t wrong_size)
{
    long long count;

    if (!read_integer(content, "n", 10, &count) || count < 0) {
        snprintf(wrong, wrong_size, "\"n\" must be a whole number");
        return NULL;
    }
    return read_last(self, (struct history_text){"*", 1}, count,
                     json_is_true(json_object_get(content, "unique")), output);
}

static json_t *read_search(struct history *self, const json_t *content, bool output, char *wrong,
                           size_t wrong_size)
{
    const json_t *given = json_object_get(content, "pattern");
    struct history_text pattern = {"*", 1};
    long long count;

    if ((given && !json_is_string(given)) || !read_integer(content, "n", -1, &count)) {
        snprintf(wrong, wrong_size, "\"pattern\" must be a string and \"n\" a whole number");
        return NULL;
    }
    if (given)
        pattern = (struct history_text){json_string_value(given), json_string_length(given)};
    return read_last(self, pattern, count, json_is_true(json_object_get(content, "unique")),
                     output);
}

/* NULL, or which flag is no boolean. */
static const char *wrong_flag(const json_t *content)
{
    static const char *const flags[] = {"output", "raw", "unique"};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const json_t *value = json_object_get(content, flags[i]);
        if (value && !json_is_boolean(value) && !json_is_null(value))
            return flags[i];
    }
    return NULL;
}

json_t *history_read(struct history *self, const json_t *content, char *wrong, size_t wrong_size)
{
    static const struct {
        const char *name;
        json_t *(*read)(struct history *, const json_t *, bool, char *, size_t);
    } kinds[] = {{"range", read_range}, {"tail", read_tail}, {"search", read_search}};
    const char *kind = json_string_value(json_object_get(content, "hist_access_type"));
    bool output = json_is_true(json_object_get(content, "output"));
    const char *flag = wrong_flag(content);

    snprintf(wrong, wrong_size, "out of memory"); /* when nothing else is said */
    if (flag) {
        snprintf(wrong, wrong_size, "\"%s\" must be a boolean", flag);
        return NULL;
    }
    history_write(self);
    bool there = history_open(self) == DONE;
    for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            return !there ? json_array() : kinds[i].read(self, content, output, wrong, wrong_size);
    snprintf(wrong, wrong_size, "\"hist_access_type\" must be range, tail or search");
    return NULL;
}

json_t *history_place(struct history *self)
{
    bool there = history_open(self) == DONE;
    const char *path = there ? sqlite3_db_filename(self->database, "main") : NULL;

    return json_pack("{s:s, s:I}", "path", path && *path ? path : ":memory:", "session",
                     (json_int_t)self->session);
}
