/* The connection file: a good one is taken with every field, any other refused with a reason that
 * names the file. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "kernel/wire/wire.h"

#define PORTS "\"shell_port\":1,\"iopub_port\":2,\"stdin_port\":3,\"control_port\":4,\"hb_port\":5"
#define PUBLIC_KEY "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define SECRET_KEY "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
enum { NOBODY = 65534 };

static char folder[] = "/tmp/safepyrun-connection-XXXXXX", path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/kernel.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void write_file(const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void load(struct connection *connection, const char *text)
{
    char error[1024] = "";

    write_file(text, strlen(text));
    if (!connection_load(connection, path, error, sizeof error))
        fail_msg("%s", error);
    assert_string_equal(error, "");
}

/* What is said of the file at `path`, which must be refused by its name. */
static const char *complaint(void)
{
    static char error[1024];
    struct connection connection;

    *error = 0;
    assert_false(connection_load(&connection, path, error, sizeof error));
    assert_non_null(strstr(error, path));
    return error;
}

static void assert_endpoint(const struct connection *connection, enum channel channel,
                            const char *expected)
{
    char endpoint[2048];

    connection_endpoint(connection, channel, endpoint, sizeof endpoint);
    assert_string_equal(endpoint, expected);
}

/* ---- good files ---- */

static void test_tcp(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection,
         "{" PORTS
         ",\"ip\":\"127.0.0.2\",\"key\":\"secret\",\"transport\":\"tcp\",\"signature_scheme\":"
         "\"hmac-sha256\",\"kernel_name\":\"safepyrun\",\"jupyter_session\":[\"not ours\"]}");
    assert_string_equal(connection.transport, "tcp");
    assert_string_equal(connection.kernel_name, "safepyrun");
    assert_int_equal(connection.key_size, 6);
    assert_string_equal(connection.key, "secret");
    assert_string_equal(connection.curve_public, "");
    assert_int_equal(connection.registration_port, 0);
    assert_endpoint(&connection, CHANNEL_SHELL, "tcp://127.0.0.2:1");
    assert_endpoint(&connection, CHANNEL_IOPUB, "tcp://127.0.0.2:2");
    assert_endpoint(&connection, CHANNEL_STDIN, "tcp://127.0.0.2:3");
    assert_endpoint(&connection, CHANNEL_CONTROL, "tcp://127.0.0.2:4");
    assert_endpoint(&connection, CHANNEL_HEARTBEAT, "tcp://127.0.0.2:5");
}

static void test_what_may_be_left_out(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection, "{" PORTS "}");
    assert_int_equal(connection.key_size, 0);
    assert_endpoint(&connection, CHANNEL_SHELL, "tcp://127.0.0.1:1");
}

static void test_ipv6_and_ports_of_the_systems_choice(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection,
         "{\"shell_port\":0,\"iopub_port\":65535,\"stdin_port\":3,\"control_port\":4,\"hb_port\":5,"
         "\"ip\":\"::1\"}");
    assert_endpoint(&connection, CHANNEL_IOPUB, "tcp://[::1]:65535");
    assert_int_equal(connection.ports[CHANNEL_SHELL], 0);
}

static void test_ipc(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection, "{" PORTS ",\"transport\":\"ipc\",\"ip\":\"/run/user/kernel\",\"key\":\"\"}");
    assert_endpoint(&connection, CHANNEL_CONTROL, "ipc:///run/user/kernel-4");
    assert_int_equal(connection.key_size, 0);
}

static void test_curve_keys(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection, "{" PORTS ",\"curve_publickey\":\"" PUBLIC_KEY
                      "\",\"curve_secretkey\":\"" SECRET_KEY "\"}");
    assert_string_equal(connection.curve_public, PUBLIC_KEY);
    assert_string_equal(connection.curve_secret, SECRET_KEY);
}

/* What the kernel tells other clients is a connection file that it would take itself. */
static void test_it_is_written_as_it_is_read(void **state)
{
    struct connection connection, again;

    (void)state;
    load(&connection,
         "{" PORTS
         ",\"ip\":\"/run/k\",\"transport\":\"ipc\",\"key\":\"\\\"\\u00e9\",\"kernel_name\":\"n\","
         "\"curve_publickey\":\"" PUBLIC_KEY "\",\"curve_secretkey\":\"" SECRET_KEY "\"}");
    json_t *json = connection_json(&connection);
    char *text = json_dumps(json, 0);
    assert_non_null(text);
    load(&again, text);
    assert_memory_equal(&again, &connection, sizeof again);
    free(text);
    json_decref(json);
}

/* ---- registration: the launcher waits at one port to be told the others ---- */

static void test_registration_over_tcp(void **state)
{
    struct connection connection;

    (void)state;
    load(&connection,
         "{\"registration_port\":7000,\"ip\":\"127.0.0.1\",\"key\":\"k\",\"transport\":\"tcp\"}");
    assert_int_equal(connection.registration_port, 7000);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        assert_endpoint(&connection, (enum channel)i, "tcp://127.0.0.1:*");
}

/* No two channels share a file, and none takes the file of another kernel. */
static void test_registration_over_ipc(void **state)
{
    struct connection connection;
    char text[256], taken[256];

    (void)state;
    snprintf(text, sizeof text, "{\"registration_port\":7,\"ip\":\"%s/k\",\"transport\":\"ipc\"}",
             folder);
    load(&connection, text);
    int first = connection.ports[0];
    snprintf(taken, sizeof taken, "%s/k-%d", folder, first);
    int fd = open(taken, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    load(&connection, text);
    unlink(taken);
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        assert_in_range(connection.ports[i], 1, 65535);
        assert_int_not_equal(connection.ports[i], first);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(connection.ports[i], connection.ports[k]);
    }
}

/* ---- files that cannot be read ---- */

static void test_no_file(void **state)
{
    (void)state;
    assert_non_null(strstr(complaint(), "No such file or directory"));
}

static void test_a_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    const char *said = complaint();
    assert_int_equal(rmdir(path), 0);
    assert_non_null(strstr(said, "connection file"));
}

/* Nobody's right to read is taken from root, so another user reads. */
static void test_a_file_of_somebody_else(void **state)
{
    struct connection connection;
    char error[1024] = "";
    int status = 0;

    (void)state;
    write_file("{" PORTS "}", strlen("{" PORTS "}"));
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(folder, 0711), 0);
    pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(2);
        bool loaded = connection_load(&connection, path, error, sizeof error);
        _exit(loaded || !strstr(error, "Permission denied"));
    }
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_not_json(void **state)
{
    static const char *const texts[] = {
        "",       "{",     "{\"shell_port\":1,}", "{\"shell_port\":01}",
        "kernel", "{} {}", "{\"ip\":\"\xff\"}",   "{\"ip\":\"\\ud800\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(texts[i], strlen(texts[i]));
        assert_non_null(strstr(complaint(), "line "));
    }
    write_file("{\0}", 3);
    assert_non_null(strstr(complaint(), "line "));
}

/* ---- fields ---- */

#define LONG_40 "0123456789012345678901234567890123456789"
#define LONG_1200                                                                                  \
    LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40        \
        LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40    \
            LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40

static void test_fields_that_are_wrong(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"[]", "it is not a JSON object"},
        {"{}", "\"shell_port\" must be a port number"},
        {"{" PORTS ",\"transport\":7}", "\"transport\" must be a string"},
        {"{" PORTS ",\"transport\":\"udp\"}", "transport \"udp\" is not known (tcp, ipc)"},
        {"{" PORTS ",\"transport\":\"\"}", "transport \"\" is not known (tcp, ipc)"},
        {"{" PORTS ",\"transport\":\"carrier pigeon\"}",
         "\"transport\" is too long, or has a NUL byte"},
        {"{" PORTS ",\"ip\":null}", "\"ip\" must be a string"},
        {"{" PORTS ",\"ip\":[\"127.0.0.1\"]}", "\"ip\" must be a string"},
        {"{" PORTS ",\"ip\":\"" LONG_1200 "\"}", "\"ip\" is too long, or has a NUL byte"},
        {"{" PORTS ",\"key\":17}", "\"key\" must be a string"},
        {"{" PORTS ",\"key\":{}}", "\"key\" must be a string"},
        {"{" PORTS ",\"key\":\"" LONG_1200 "\"}", "\"key\" is too long, or has a NUL byte"},
        {"{" PORTS ",\"kernel_name\":false}", "\"kernel_name\" must be a string"},
        {"{" PORTS ",\"signature_scheme\":256}", "\"signature_scheme\" must be a string"},
        {"{" PORTS ",\"key\":\"k\",\"signature_scheme\":\"hmac-md5\"}",
         "signature_scheme \"hmac-md5\" is not known (hmac-sha256)"},
        {"{" PORTS ",\"registration_port\":\"7\"}", "\"registration_port\" must be a port number"},
        {"{" PORTS ",\"registration_port\":65536}", "\"registration_port\" must be a port number"},
        {"{\"registration_port\":7,\"iopub_port\":-1}", "\"iopub_port\" must be a port number"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(cases[i].text, strlen(cases[i].text));
        const char *said = complaint();
        if (!strstr(said, cases[i].said))
            fail_msg("%s: said \"%s\"", cases[i].text, said);
    }
}

/* Each of the five ports: missing, or not a port. */
static void test_ports_that_are_wrong(void **state)
{
    static const char *const values[] = {NULL,   "\"1\"", "1.5", "-1",        "65536",
                                         "true", "null",  "[1]", "4294967297"};
    char text[512], said[64], name[16];

    (void)state;
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            json_t *json = json_loads("{" PORTS "}", 0, NULL);
            snprintf(name, sizeof name, "%s_port", channel_names[channel]);
            json_object_del(json, name);
            if (values[i])
                json_object_set_new(json, name, json_loads(values[i], JSON_DECODE_ANY, NULL));
            assert_true(json_dumpb(json, text, sizeof text - 1, 0) < sizeof text - 1);
            write_file(text, json_dumpb(json, text, sizeof text - 1, 0));
            snprintf(said, sizeof said, "\"%s\" must be a port number", name);
            assert_non_null(strstr(complaint(), said));
            json_decref(json);
        }
}

static void test_curve_keys_that_are_wrong(void **state)
{
    static const struct {
        const char *public, *secret, *said;
    } cases[] = {
        {"\"\"", "\"" SECRET_KEY "\"", "must both have 40 characters"},
        {"\"" PUBLIC_KEY "\"", "\"\"", "must both have 40 characters"},
        {"\"short\"", "\"short\"", "must both have 40 characters"},
        {"\"" PUBLIC_KEY "0\"", "\"" SECRET_KEY "0\"", "must both have 40 characters"},
        {"\"" PUBLIC_KEY "0123456789\"", "\"" SECRET_KEY "\"", "is too long, or has a NUL byte"},
        {"40", "\"" SECRET_KEY "\"", "\"curve_publickey\" must be a string"},
        {"\"" PUBLIC_KEY "\"", "[]", "\"curve_secretkey\" must be a string"},
        {"\"~ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"", "\"" SECRET_KEY "\"",
         "must be keys in Z85"},
        {"\"" PUBLIC_KEY "\"", "\"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c \"",
         "must be keys in Z85"},
        {"\"" SECRET_KEY "\"", "\"" SECRET_KEY "\"", "does not belong to"},
        {"\"" PUBLIC_KEY "\"", "\"" PUBLIC_KEY "\"", "does not belong to"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, "{" PORTS ",\"curve_publickey\":%s,\"curve_secretkey\":%s}",
                 cases[i].public, cases[i].secret);
        write_file(text, strlen(text));
        const char *said = complaint();
        if (!strstr(said, cases[i].said))
            fail_msg("%s: said \"%s\"", text, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_tcp, remove_file),
        cmocka_unit_test_teardown(test_what_may_be_left_out, remove_file),
        cmocka_unit_test_teardown(test_ipv6_and_ports_of_the_systems_choice, remove_file),
        cmocka_unit_test_teardown(test_ipc, remove_file),
        cmocka_unit_test_teardown(test_curve_keys, remove_file),
        cmocka_unit_test_teardown(test_it_is_written_as_it_is_read, remove_file),
        cmocka_unit_test_teardown(test_registration_over_tcp, remove_file),
        cmocka_unit_test_teardown(test_registration_over_ipc, remove_file),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_a_folder),
        cmocka_unit_test_teardown(test_a_file_of_somebody_else, remove_file),
        cmocka_unit_test_teardown(test_not_json, remove_file),
        cmocka_unit_test_teardown(test_fields_that_are_wrong, remove_file),
        cmocka_unit_test_teardown(test_ports_that_are_wrong, remove_file),
        cmocka_unit_test_teardown(test_curve_keys_that_are_wrong, remove_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
