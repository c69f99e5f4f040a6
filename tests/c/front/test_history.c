/* History: what was typed is read back whole, in order and by every way of asking; a file that
 * cannot be used costs the history, and says so, and never what this session itself has typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "kernel/front/history.h"
#include "tests/c/front/log_kept.h"

enum { NOBODY = 65534 };

static char folder[64], file[96];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/safepyrun-history-XXXXXX");
    log_text[0] = 0;
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/history.sqlite", folder);
    return 0;
}

static int leave_folder(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", file, ends[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static struct history_text text_of(const char *text)
{
    return (struct history_text){text, text ? strlen(text) : 0};
}

static struct history *history_with(const char *const *inputs, const char *path)
{
    struct history *history = history_new(path);

    assert_non_null(history);
    for (int line = 1; *inputs; inputs++, line++)
        history_add(history, line, text_of(*inputs), text_of(NULL));
    return history;
}

/* The rows of a request, given as JSON. */
static json_t *ask(struct history *history, const char *content)
{
    char wrong[256] = "";
    json_t *request = json_loads(content, JSON_ALLOW_NUL, NULL);

    assert_non_null(request);
    json_t *rows = history_read(history, request, wrong, sizeof wrong);
    json_decref(request);
    if (!rows)
        fail_msg("%s: %s", content, wrong);
    assert_true(json_is_array(rows));
    return rows;
}

/* Inputs of the rows, each followed by a bar. */
static void assert_inputs(struct history *history, const char *content, const char *wanted)
{
    json_t *rows = ask(history, content), *row;
    char all[1024] = "";
    size_t index;

    json_array_foreach(rows, index, row)
    {
        strncat(all, json_string_value(json_array_get(row, 2)), sizeof all - strlen(all) - 1);
        strncat(all, "|", sizeof all - strlen(all) - 1);
    }
    json_decref(rows);
    if (strcmp(all, wanted) != 0)
        fail_msg("%s gives %s, not %s", content, all, wanted);
}

/* ---- reading ---- */

static void test_every_way_of_asking(void **state)
{
    static const char *const inputs[] = {"a = 1", "b", "a = 1", "[c]", "b", NULL};
    static const struct {
        const char *content, *wanted;
    } rows[] = {
        {"{'hist_access_type':'range'}", "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'range','start':2,'stop':4}", "b|a = 1|"},
        {"{'hist_access_type':'range','start':4}", "[c]|b|"},
        {"{'hist_access_type':'range','start':null,'stop':null,'session':null}",
         "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'range','start':4,'stop':4}", ""},
        {"{'hist_access_type':'range','start':5,'stop':2}", ""},
        {"{'hist_access_type':'range','session':1}", "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'range','session':-1}", ""},
        {"{'hist_access_type':'range','session':77}", ""},
        {"{'hist_access_type':'tail','n':2}", "[c]|b|"},
        {"{'hist_access_type':'tail','n':0}", ""},
        {"{'hist_access_type':'tail'}", "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'tail','n':9223372036854775807}", "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'tail','unique':true}", "a = 1|[c]|b|"},
        {"{'hist_access_type':'tail','n':2,'unique':true}", "[c]|b|"},
        {"{'hist_access_type':'search','pattern':'a*'}", "a = 1|a = 1|"},
        {"{'hist_access_type':'search','pattern':'a*','unique':true}", "a = 1|"},
        {"{'hist_access_type':'search','pattern':'a'}", ""},
        {"{'hist_access_type':'search','pattern':'?'}", "b|b|"},
        {"{'hist_access_type':'search','pattern':'[[]*'}", "[c]|"},
        {"{'hist_access_type':'search','pattern':'A*'}", ""},
        {"{'hist_access_type':'search','pattern':''}", ""},
        {"{'hist_access_type':'search'}", "a = 1|b|a = 1|[c]|b|"},
        {"{'hist_access_type':'search','pattern':'*','n':1}", "b|"},
    };
    struct history *history = history_with(inputs, file);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char content[256];
        snprintf(content, sizeof content, "%s", rows[i].content);
        for (char *at = content; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        assert_inputs(history, content, rows[i].wanted);
    }
    history_destroy(&history);
    assert_null(history);
}

static void test_output_goes_beside_its_input(void **state)
{
    struct history *history = history_new(file);

    (void)state;
    history_add(history, 1, text_of("1 + 1"), text_of("2"));
    history_add(history, 2, text_of("pass"), text_of(NULL));
    history_add(history, 3, text_of("x"), (struct history_text){"\xff", 1}); /* no text */
    json_t *wanted = json_loads("[[1, 1, [\"1 + 1\", \"2\"]], [1, 2, [\"pass\", null]],"
                                " [1, 3, [\"x\", null]]]",
                                0, NULL);
    for (int raw = 0; raw < 2; raw++) { /* we keep what was typed: raw or not is the same */
        json_t *rows =
            ask(history, raw ? "{\"hist_access_type\":\"tail\",\"output\":true,\"raw\":true}"
                             : "{\"hist_access_type\":\"tail\",\"output\":true,\"raw\":false}");
        assert_true(json_equal(rows, wanted));
        json_decref(rows);
    }
    json_decref(wanted);
    history_destroy(&history);
}

static void test_a_text_with_nul_is_kept_whole(void **state)
{
    static const char typed[] = "'a\0b\0'", shown[] = "\0 \0";
    struct history *history = history_new(file);

    (void)state;
    history_add(history, 1, (struct history_text){typed, sizeof typed - 1},
                (struct history_text){shown, sizeof shown - 1});
    history_add(history, 2, (struct history_text){"'a\0c'", 5}, text_of(NULL));
    history_destroy(&history);
    history = history_new(file);
    json_t *rows = ask(history, "{\"hist_access_type\":\"tail\",\"output\":true,\"unique\":true}");
    assert_int_equal(json_array_size(rows), 2); /* what is behind the NUL tells them apart */
    const json_t *pair = json_array_get(json_array_get(rows, 0), 2);
    assert_int_equal(json_string_length(json_array_get(pair, 0)), sizeof typed - 1);
    assert_memory_equal(json_string_value(json_array_get(pair, 0)), typed, sizeof typed - 1);
    assert_int_equal(json_string_length(json_array_get(pair, 1)), sizeof shown - 1);
    assert_memory_equal(json_string_value(json_array_get(pair, 1)), shown, sizeof shown - 1);
    json_decref(rows);
    history_destroy(&history);
}

static void test_wrong_requests_say_what_is_wrong(void **state)
{
    static const struct {
        const char *content, *says;
    } rows[] = {
        {"{}", "hist_access_type"},
        {"{\"hist_access_type\":\"all\"}", "hist_access_type"},
        {"{\"hist_access_type\":[]}", "hist_access_type"},
        {"{\"hist_access_type\":\"tail\",\"n\":-1}", "\"n\""},
        {"{\"hist_access_type\":\"tail\",\"n\":1.5}", "\"n\""},
        {"{\"hist_access_type\":\"search\",\"pattern\":1}", "\"pattern\""},
        {"{\"hist_access_type\":\"search\",\"n\":\"1\"}", "\"n\""},
        {"{\"hist_access_type\":\"range\",\"stop\":\"1\"}", "\"stop\""},
        {"{\"hist_access_type\":\"range\",\"output\":1}", "\"output\""},
        {"{\"hist_access_type\":\"range\",\"raw\":\"\"}", "\"raw\""},
        {"{\"hist_access_type\":\"range\",\"unique\":{}}", "\"unique\""},
    };
    struct history *history = history_new(":memory:");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wrong[256] = "";
        json_t *request = json_loads(rows[i].content, 0, NULL);
        assert_null(history_read(history, request, wrong, sizeof wrong));
        json_decref(request);
        if (!strstr(wrong, rows[i].says))
            fail_msg("%s: \"%s\"", rows[i].content, wrong);
    }
    history_destroy(&history);
}

static void test_sessions_follow_each_other(void **state)
{
    static const char *const first[] = {"first", NULL}, *const second[] = {"second", NULL};
    struct history *history = history_with(first, file);

    (void)state;
    history_destroy(&history);
    history = history_with(second, file);
    assert_inputs(history, "{\"hist_access_type\":\"range\"}", "second|");
    assert_inputs(history, "{\"hist_access_type\":\"range\",\"session\":-1}", "first|");
    assert_inputs(history, "{\"hist_access_type\":\"tail\"}", "first|second|");
    history_destroy(&history);
    assert_string_equal(log_text, "");
}

/* ---- several processes ---- */

enum { WRITERS = 3, CELLS = 40 };

static void write_as(int writer)
{
    struct history *history = history_new(file);
    char input[32];

    for (int line = 1; line <= CELLS; line++) {
        snprintf(input, sizeof input, "%d:%d", writer, line);
        history_add(history, line, text_of(input), text_of(NULL));
        history_write(history);
    }
    for (int i = 0; i < 100 && history_pending(history); i++)
        history_write(history);
    history_destroy(&history);
}

static void test_processes_that_write_at_once_lose_nothing(void **state)
{
    pid_t writers[WRITERS];
    int status;

    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0) {
            write_as(i);
            _exit(log_text[0] ? 1 : 0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct history *history = history_new(file);
    json_t *rows = ask(history, "{\"hist_access_type\":\"search\"}");
    assert_int_equal(json_array_size(rows), WRITERS * CELLS);
    for (size_t i = 0; i < WRITERS * CELLS; i++) { /* a session is one writer, in its order */
        const json_t *row = json_array_get(rows, i), *start = json_array_get(rows, i - i % CELLS);
        char wanted[32];
        snprintf(wanted, sizeof wanted, "%c:%zu", *json_string_value(json_array_get(start, 2)),
                 i % CELLS + 1);
        assert_string_equal(json_string_value(json_array_get(row, 2)), wanted);
        assert_int_equal(json_integer_value(json_array_get(row, 1)), i % CELLS + 1);
    }
    json_decref(rows);
    history_destroy(&history);
}

static sqlite3 *sql(const char *text)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(file, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    return database;
}

/* Locked from before the first cell; the other process lets go while this one ends. */
static void test_a_lock_that_is_let_go_at_the_end_loses_nothing(void **state)
{
    static const char *const inputs[] = {"kept", NULL};
    int holds[2], ends[2];
    char told;

    (void)state;
    assert_int_equal(pipe(holds), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t other = fork();
    assert_true(other >= 0);
    if (other == 0) {
        sqlite3 *locked = sql("BEGIN EXCLUSIVE");
        if (write(holds[1], "", 1) != 1 || read(ends[0], &told, 1) != 1)
            _exit(1);
        usleep(100000); /* longer than one call waits, much shorter than the last one */
        _exit(sqlite3_close(locked));
    }
    assert_int_equal(read(holds[0], &told, 1), 1);
    struct history *history = history_with(inputs, file);
    history_write(history);
    assert_true(history_pending(history));
    assert_int_equal(write(ends[1], "", 1), 1);
    history_destroy(&history);
    assert_int_equal(waitpid(other, NULL, 0), other);
    for (int i = 0; i < 2; i++) {
        close(holds[i]);
        close(ends[i]);
    }
    assert_string_equal(log_text, "");
    history = history_new(file);
    assert_inputs(history, "{\"hist_access_type\":\"tail\"}", "kept|");
    history_destroy(&history);
}

static void test_cells_that_a_lock_costs_are_told(void **state)
{
    static const char *const inputs[] = {"lost", NULL};
    sqlite3 *locked = sql("BEGIN EXCLUSIVE");
    struct history *history = history_with(inputs, file);

    (void)state;
    history_destroy(&history);
    assert_log_says("locked");
    assert_int_equal(sqlite3_close(locked), SQLITE_OK);
}

/* ---- files that cannot be used ---- */

static const char *const typed[] = {"one", "two", NULL};

/* This session's own cells are there whatever became of the file, and the log says what did. */
static void assert_goes_on_in_memory(const char *path, const char *says)
{
    struct history *history = history_with(typed, path);

    history_write(history);
    assert_false(history_pending(history));
    assert_inputs(history, "{\"hist_access_type\":\"range\"}", "one|two|");
    history_add(history, 3, text_of("three"), text_of(NULL));
    assert_inputs(history, "{\"hist_access_type\":\"range\"}", "one|two|three|");
    history_destroy(&history);
    assert_log_says(says);
}

static void test_no_database(void **state)
{
    FILE *out = fopen(file, "w");

    (void)state;
    assert_non_null(out);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", out);
    fclose(out);
    assert_goes_on_in_memory(file, "not a database");
    struct stat status;
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_size, 20000); /* left as it was */
}

static void test_a_folder_in_its_place(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file, 0700), 0);
    assert_goes_on_in_memory(file, "cannot be used");
    assert_int_equal(rmdir(file), 0);
}

static void test_a_path_too_long(void **state)
{
    char path[8192];

    (void)state;
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    struct history *history = history_with(typed, path);
    assert_inputs(history, "{\"hist_access_type\":\"range\"}", "one|two|");
    history_destroy(&history);
    assert_log_says("path");
}

/* The pages behind the first are overwritten: what is read ends there, and the log says so. */
static void test_damage_further_on_in_the_file(void **state)
{
    struct history *history = history_new(file);
    char *text = malloc(20001);

    (void)state;
    memset(text, 'x', 20000);
    text[20000] = 0;
    for (int line = 1; line <= 20; line++)
        history_add(history, line, text_of(text), text_of(NULL));
    history_destroy(&history);
    FILE *out = fopen(file, "r+");
    assert_int_equal(fseek(out, 4096, SEEK_SET), 0);
    memset(text, 0xee, 20000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(fwrite(text, 1, 20000, out), 20000);
    fclose(out);
    free(text);
    assert_goes_on_in_memory(file, "malformed");
}

static void test_a_folder_that_cannot_be_written(void **state)
{
    uid_t before = geteuid();

    (void)state;
    assert_int_equal(chmod(folder, 0555), 0);
    if (before == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    assert_goes_on_in_memory(file, "cannot be used");
    assert_int_equal(seteuid(before), 0);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void test_a_full_disk(void **state)
{
    struct rlimit before, little;
    struct history *history = history_new(file);
    char *text = malloc(300001);

    (void)state;
    memset(text, 'x', 300000);
    text[300000] = 0;
    history_add(history, 1, text_of("early"), text_of(NULL));
    history_write(history);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = 100000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    history_add(history, 2, text_of(text), text_of(NULL));
    history_add(history, 3, text_of("late"), text_of("shown"));
    history_write(history);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_false(history_pending(history));
    assert_log_says("cannot be written");
    json_t *rows = ask(history, "{\"hist_access_type\":\"range\",\"start\":2}");
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 0), 2)), text);
    json_decref(rows);
    free(text);
    history_destroy(&history);
    history = history_new(file); /* and the file is whole */
    assert_inputs(history, "{\"hist_access_type\":\"tail\"}", "early|");
    history_destroy(&history);
}

/* ---- other versions' files ---- */

static void test_columns_of_a_later_version_are_left_alone(void **state)
{
    (void)state;
    sqlite3_close(sql("CREATE TABLE sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, start"
                      " TIMESTAMP DEFAULT CURRENT_TIMESTAMP, host TEXT);"
                      "CREATE TABLE history (session INTEGER, line INTEGER, kind TEXT DEFAULT 'k',"
                      " input TEXT, output TEXT, PRIMARY KEY (session, line));"
                      "INSERT INTO sessions (host) VALUES ('h');"
                      "INSERT INTO history VALUES (1, 1, 'k', 'theirs', NULL)"));
    struct history *history = history_with(typed, file);
    assert_inputs(history, "{\"hist_access_type\":\"tail\"}", "theirs|one|two|");
    history_destroy(&history);
    assert_string_equal(log_text, "");
}

static int note_text(void *context, int count, char **values, char **names)
{
    (void)count, (void)names;
    strcpy(context, values[0]);
    return 0;
}

static void test_tables_of_another_program_are_not_touched(void **state)
{
    char sessions[32] = "", mode[32] = "";

    (void)state;
    sqlite3_close(
        sql("CREATE TABLE sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, start TIMESTAMP,"
            " num_cmds INTEGER, remark TEXT);"
            "CREATE TABLE history (session INTEGER, line INTEGER, source TEXT, source_raw TEXT)"));
    assert_goes_on_in_memory(file, "no such column");
    sqlite3 *database = sql("SELECT 1");
    sqlite3_exec(database, "SELECT count(*) FROM sessions", note_text, sessions, NULL);
    sqlite3_exec(database, "PRAGMA journal_mode", note_text, mode, NULL);
    sqlite3_close(database);
    assert_string_equal(sessions, "0");
    assert_string_equal(mode, "delete");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_way_of_asking),
        IN_FOLDER(test_output_goes_beside_its_input),
        IN_FOLDER(test_a_text_with_nul_is_kept_whole),
        IN_FOLDER(test_wrong_requests_say_what_is_wrong),
        IN_FOLDER(test_sessions_follow_each_other),
        IN_FOLDER(test_processes_that_write_at_once_lose_nothing),
        IN_FOLDER(test_a_lock_that_is_let_go_at_the_end_loses_nothing),
        IN_FOLDER(test_cells_that_a_lock_costs_are_told),
        IN_FOLDER(test_no_database),
        IN_FOLDER(test_a_folder_in_its_place),
        IN_FOLDER(test_a_path_too_long),
        IN_FOLDER(test_damage_further_on_in_the_file),
        IN_FOLDER(test_a_folder_that_cannot_be_written),
        IN_FOLDER(test_a_full_disk),
        IN_FOLDER(test_columns_of_a_later_version_are_left_alone),
        IN_FOLDER(test_tables_of_another_program_are_not_touched),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
