/* Memory runs short at each allocation in turn: nothing crashes or leaks, what fails says so, and
 * what says nothing is whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "kernel/wire/wire.h"
#include "kernel/front/history.h"
#include "kernel/hop/hop.h"
#include "base/json_memory.h"
#include "tests/c/front/log_kept.h"
#include "kernel/front/settings.h"

/* ---- memory that runs short ---- */

static long left = -1; /* allocations that succeed yet; below 0: all */
static bool for_good;  /* after the first that failed, all others do too */
static bool failed;

static bool fails(void)
{
    if (left < 0 || left-- > 0)
        return false;
    failed = true;
    if (for_good)
        left = 0;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* SQLite's and jansson's go the same way. */
static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *memory, int size)
{
    return fails() ? NULL : sqlite_memory.xRealloc(memory, size);
}

/* Run with every `step`-th allocation failing, alone and with all that follow it. */
static void for_each_allocation(long step, void (*run)(void))
{
    enum { MOST = 100000 };
    long count = 0;

    for (int mode = 0; mode < 2; mode++) {
        for (count = 0; count < MOST; count += step) {
            log_text[0] = 0;
            for_good = mode;
            failed = false;
            left = count;
            run();
            left = -1;
            if (!failed)
                break;
        }
        assert_in_range(count, 1, MOST - 1); /* some failed, and it ended */
    }
}

/* Do without failures: what the tests themselves need. */
#define WELL(statement)                                                                            \
    do {                                                                                           \
        long kept = left;                                                                          \
        left = -1;                                                                                 \
        statement;                                                                                 \
        left = kept;                                                                               \
    } while (0)

static char folder[] = "/tmp/safepyrun-allocation-XXXXXX", path[128];

static int make_folder(void **state)
{
    (void)state;
    json_memory_watch();
    return mkdtemp(folder) && chdir(folder) == 0 && mkdir("safepyrun", 0700) == 0 &&
                   mkdir("safepyrun/policies", 0700) == 0 &&
                   setenv("XDG_CONFIG_HOME", folder, 1) == 0
               ? 0
               : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {
        "kernel.json", ".safepyrun.toml", "safepyrun/config.toml", "safepyrun/policies/a.toml",
        "history",     "history-wal",     "history-shm",           "history-journal"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    rmdir("safepyrun/policies");
    rmdir("safepyrun");
    return chdir("/") || rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* ---- wire ---- */

static void run_wire(void)
{
    static const char *const texts[] = {
        "frontend",
        "<IDS|MSG>",
        "",
        "{\"msg_id\":\"m\",\"msg_type\":\"execute_request\",\"session\":\"s\"}",
        "{}",
        "{\"deep\":[[1,2.5,null,true,\"\\u00e9\"]]}",
        "{\"code\":\"1+1\",\"silent\":false}"};
    char reason[512] = "";
    zmsg_t *frames;

    WELL(frames = zmsg_new());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        WELL(zmsg_addstr(frames, texts[i]));
    struct wire *wire = wire_new("", 0);
    if (!wire) {
        assert_true(failed);
        zmsg_destroy(&frames);
        return;
    }
    struct message *message = wire_parse(wire, &frames, reason, sizeof reason);
    assert_null(frames);
    assert_true(!message == !!*reason);
    if (message) {
        assert_string_equal(message->msg_type, "execute_request");
        assert_string_equal(json_string_value(json_object_get(message->content, "code")), "1+1");
    } else {
        assert_true(failed);
    }
    message_destroy(&message);
    wire_destroy(&wire);
}

static void test_wire(void **state)
{
    (void)state;
    for_each_allocation(1, run_wire);
}

/* ---- connection file ---- */

static void run_connection(void)
{
    struct connection connection;
    char error[1024] = "";

    if (connection_load(&connection, "kernel.json", error, sizeof error)) {
        assert_string_equal(connection.key, "k");
        assert_int_equal(connection.ports[CHANNEL_HEARTBEAT], 5);
        return;
    }
    assert_true(failed);
    assert_non_null(strstr(error, "kernel.json"));
    assert_non_null(strstr(error, "memory"));
}

static void test_connection(void **state)
{
    (void)state;
    write_file(
        "kernel.json",
        "{\"shell_port\":1,\"iopub_port\":2,\"stdin_port\":3,\"control_port\":4,\"hb_port\":5,"
        "\"key\":\"k\",\"signature_scheme\":\"hmac-sha256\",\"extra\":[1.5,{\"a\":null}]}");
    for_each_allocation(1, run_connection);
}

/* ---- settings ---- */

#define GRANTED "allow = [\"one\", \"two\"]\ntrust = [\"t\"]\n"

static void write_settings(void)
{
    write_file("safepyrun/config.toml",
               "magics = \"locked\"\ndenied_reads = [\"~/.ssh\"]\npacks = [\"p.toml\"]\n");
    write_file("safepyrun/policies/a.toml", "");
    write_file(".safepyrun.toml", GRANTED);
}

/* Both files, as when a person agreed to the project's. */
static void load(struct settings *settings)
{
    settings_load(settings);
    settings_follow(settings);
}

static void run_load(void)
{
    struct settings settings;

    load(&settings);
    bool whole = json_array_size(settings.allow) == 2 && json_array_size(settings.trust) == 1 &&
                 json_array_size(settings.denied_reads) == 1 &&
                 json_array_size(settings.packs) == 2 &&
                 json_string_value(json_array_get(settings.packs, 0))[0] == '/' &&
                 strcmp(settings.magics, "locked") == 0;
    assert_true(whole || failed);
    if (!for_good) /* with nothing left at all nobody can be told */
        assert_true(whole || json_array_size(settings.warnings) > 0);
    settings_clear(&settings);
}

static void test_settings(void **state)
{
    (void)state;
    write_settings();
    for_each_allocation(1, run_load);
}

/* What was granted before is never lost: the file is as it was, or has the new one as well. */
static void run_add(void)
{
    struct settings settings;
    char error[1024] = "", text[1024] = "";
    json_t *items;

    WELL(write_settings());
    WELL(load(&settings));
    WELL(items = json_pack("[s]", "three"));
    bool added = settings_add_project(&settings, "allow", items, error, sizeof error);
    WELL(json_decref(items));
    long kept = left;
    left = -1;
    FILE *file = fopen(".safepyrun.toml", "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    left = kept;
    assert_string_equal(text, added ? "allow = [\"one\", \"two\", \"three\"]\ntrust = [\"t\"]\n"
                                    : GRANTED);
    assert_true(added || failed);
    assert_true(added == !*error);
    settings_clear(&settings);
}

static void test_settings_add(void **state)
{
    (void)state;
    for_each_allocation(1, run_add);
}

/* ---- history ---- */

static const char *history_path;

static void run_history(void)
{
    char wrong[256] = "";
    json_t *request, *rows;

    WELL(request = json_pack("{s:s, s:b}", "hist_access_type", "tail", "output", 1));
    struct history *history = history_new(history_path);
    if (!history) {
        assert_true(failed);
        WELL(json_decref(request));
        return;
    }
    history_add(history, 1, (struct history_text){"one", 3}, (struct history_text){"1", 1});
    history_add(history, 2, (struct history_text){"two", 3}, (struct history_text){NULL, 0});
    history_write(history);
    rows = history_read(history, request, wrong, sizeof wrong);
    assert_true(rows || *wrong);
    bool whole = json_array_size(rows) >= 2;
    assert_true(whole || failed);
    if (!for_good)
        assert_true(whole || !rows || *log_text);
    json_decref(rows);
    history_destroy(&history);
    WELL(json_decref(request));
}

static void test_history(void **state)
{
    (void)state;
    history_path = ":memory:";
    for_each_allocation(1, run_history);
}

static void test_history_in_a_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/history", folder);
    history_path = path;
    for_each_allocation(7, run_history);
    history_path = NULL;
    struct history *history = history_new(path); /* it was not damaged by all that */
    history_add(history, 1, (struct history_text){"after", 5}, (struct history_text){NULL, 0});
    history_destroy(&history);
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* ---- hop and ring ---- */

static void run_hop(void)
{
    enum { PARTS = 20 }; /* more than are put together without memory */
    static const struct hop_head head = {.type = HOP_REPLY, .parts = PARTS, .request = 3};
    struct hop_part parts[PARTS] = {{"text", 4}};
    struct hop_out out = {0};
    struct hop_in in = {0};
    struct hop_frame frame;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    if (hop_out_send(&out, pair[0], &head, parts)) {
        enum hop_got got = hop_in_take(&in, pair[1], true, &frame);
        assert_true(got == HOP_GOT_FRAME || (got == HOP_GOT_END && failed));
        if (got == HOP_GOT_FRAME) {
            assert_string_equal(frame.parts[0].data, "text");
            hop_frame_clear(&frame);
        }
    } else {
        assert_true(failed);
        assert_int_equal(errno, ENOMEM);
    }
    if (hop_send(pair[0], &head, parts)) {
        struct hop_in rest = {0};
        bool received = !in.size && !in.step && hop_receive(pair[1], &frame);
        assert_true(received || failed);
        if (received)
            hop_frame_clear(&frame);
        hop_in_clear(&rest);
    } else {
        assert_true(failed);
    }
    hop_in_clear(&in);
    hop_out_clear(&out);
    close(pair[0]);
    close(pair[1]);
}

static void run_ring(void)
{
    struct ring *ring = ring_new(RING_BYTES_MIN);

    assert_true(ring || (failed && errno == ENOMEM));
    ring_destroy(&ring);
}

static void test_hop(void **state)
{
    (void)state;
    for_each_allocation(1, run_hop);
}

static void test_ring(void **state)
{
    (void)state;
    for_each_allocation(1, run_ring);
    int fd = memfd_create("next", MFD_CLOEXEC); /* none was left open */
    assert_in_range(fd, 3, 20);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire),     cmocka_unit_test(test_connection),
        cmocka_unit_test(test_settings), cmocka_unit_test(test_settings_add),
        cmocka_unit_test(test_history),  cmocka_unit_test(test_history_in_a_file),
        cmocka_unit_test(test_hop),      cmocka_unit_test(test_ring),
    };

    alarm(300);
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
    sqlite3_mem_methods ours = sqlite_memory;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
