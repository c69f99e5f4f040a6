/* config.toml and .safepyrun.toml: what is right is taken, what is wrong is named with its line,
 * and a grant is added to the project's file whole or not at all. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/front/settings.h"

#define USER "config/safepyrun/config.toml"
#define PROJECT ".safepyrun.toml"
enum { NOBODY = 65534 };

static char folder[PATH_MAX];

static int enter_folder(void **state)
{
    char path[PATH_MAX + 16];

    (void)state;
    strcpy(folder, "/tmp/safepyrun-settings-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("config", 0755) != 0 ||
        mkdir("config/safepyrun", 0755) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/config", folder);
    return setenv("XDG_CONFIG_HOME", path, 1) || setenv("HOME", folder, 1);
}

static int leave_folder(void **state)
{
    static const char *const files[] = {USER,
                                        PROJECT,
                                        PROJECT ".new",
                                        "elsewhere",
                                        "config/safepyrun/policies/b.toml",
                                        "config/safepyrun/policies/a.toml",
                                        "config/safepyrun/policies/notes.txt"};
    static const char *const folders[] = {"config/safepyrun/policies", "config/safepyrun",
                                          "config"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        rmdir(folders[i]);
    return chdir("/") || rmdir(folder);
}

/* Both files, as when a person agreed to the project's. */
static void load(struct settings *settings)
{
    settings_load(settings);
    settings_follow(settings);
}

static void write_bytes(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

/* For the caller to free. */
static char *text_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 17);

    assert_non_null(file);
    assert_non_null(text);
    fread(text, 1, (1 << 17) - 1, file);
    fclose(file);
    return text;
}

static void assert_text_is(const char *path, const char *expected)
{
    char *text = text_of(path);

    assert_string_equal(text, expected);
    free(text);
}

/* As JSON, to be compared as a whole. */
static void assert_list(const json_t *list, const char *expected)
{
    char *text = json_dumps(list, JSON_COMPACT);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static const char *warning(const struct settings *settings, size_t number)
{
    const char *text = json_string_value(json_array_get(settings->warnings, number));

    return text ? text : "(no warning)";
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

/* ---- reading ---- */

static void test_no_files(void **state)
{
    struct settings settings;

    (void)state;
    load(&settings);
    assert_list(settings.warnings, "[]");
    assert_list(settings.ok_dests, "[]");
    assert_string_equal(settings.magics, "");
    assert_true(settings.ask_timeout_s > 0);
    settings_clear(&settings);
    assert_null(settings.warnings);
}

static void test_good_files(void **state)
{
    struct settings settings;

    (void)state;
    write_text(USER, "# mine\n"
                     "magics = 'open' # for now\r\n"
                     "\task_timeout_s=60\n\n"
                     "ok_dests = [\".\", '/data\\n', # two\n"
                     "  \"~/a \\\"b\\\" \\\\ \\n \\t\",\n"
                     "]\n"
                     "allow = []\n"
                     "denied_reads = [\"~/.secrets\"]\n"
                     "shell = [\"git status\"]");
    write_text(PROJECT, "allow = [\"numpy.save\"]\nshell = [\"make\"]\ntrust = "
                        "[\"mine.f\"]\ntrusted_cells = [\"ab\"]\n");
    load(&settings);
    assert_list(settings.warnings, "[]");
    assert_string_equal(settings.magics, "open");
    assert_int_equal(settings.ask_timeout_s, 60);
    assert_list(settings.ok_dests, "[\".\",\"/data\\\\n\",\"~/a \\\"b\\\" \\\\ \\n \\t\"]");
    assert_list(settings.allow, "[\"numpy.save\"]");
    assert_list(settings.shell, "[\"git status\",\"make\"]");
    assert_list(settings.trust, "[\"mine.f\"]");
    assert_list(settings.trusted_cells, "[\"ab\"]");
    assert_list(settings.denied_reads, "[\"~/.secrets\"]");
    settings_clear(&settings);
}

/* Packs: beside config.toml by name, and those that the files name, relative to the file. */
static void test_packs(void **state)
{
    struct settings settings;
    char expected[8 * PATH_MAX];

    (void)state;
    assert_int_equal(mkdir("config/safepyrun/policies", 0755), 0);
    write_text("config/safepyrun/policies/b.toml", "");
    write_text("config/safepyrun/policies/a.toml", "");
    write_text("config/safepyrun/policies/notes.txt", "");
    write_text(USER, "packs = [\"/whole.toml\", \"~/home.toml\", \"beside.toml\"]\n");
    write_text(PROJECT, "packs = [\"ours.toml\"]\n");
    load(&settings);
    snprintf(expected, sizeof expected,
             "[\"/whole.toml\",\"%s/home.toml\",\"%s/config/safepyrun/beside.toml\","
             "\"%s/config/safepyrun/policies/a.toml\",\"%s/config/safepyrun/policies/b.toml\",\"%s/"
             "ours.toml\"]",
             folder, folder, folder, folder, folder);
    assert_list(settings.packs, expected);
    settings_clear(&settings);
}

/* One line each: named, and passed over. What stands before and behind it counts. */
static void test_entries_that_are_wrong(void **state)
{
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"colour = \"red\"", "line 2: colour is not known"},
        {"[section]\nallow = [\"x\"]", "line 3: section.allow is not known"},
        {"magics = \"sometimes\"", "line 2: magics must be \"ask\", \"open\" or \"locked\""},
        {"magics = 1", "line 2: magics must be"},
        {"magics = [\"open\"]", "line 2: magics must be"},
        {"ask_timeout_s = \"60\"", "line 2: ask_timeout_s must be a number of seconds, 1 to 86400"},
        {"ask_timeout_s = 0", "line 2: ask_timeout_s must be"},
        {"ask_timeout_s = -5", "line 2: ask_timeout_s must be"},
        {"ask_timeout_s = 99999999999999999999", "line 2: ask_timeout_s must be"},
        {"ask_timeout_s = true", "line 2: ask_timeout_s must be"},
        {"allow = \"x\"", "line 2: allow must be a list of texts"},
        {"allow = true", "line 2: allow must be a list of texts"},
        {"ok_dests = 3", "line 2: ok_dests must be a list of texts"},
        {"packs = false", "line 2: packs must be a list of texts"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        bool section = cases[i].line[0] == '[';
        snprintf(text, sizeof text, "trust = [\"before\"]\n%s\n%s", cases[i].line,
                 section ? "" : "shell = [\"behind\"]\n");
        write_text(USER, text);
        load(&settings);
        assert_int_equal(json_array_size(settings.warnings), 1);
        assert_says(warning(&settings, 0), "/" USER ", ");
        assert_says(warning(&settings, 0), cases[i].said);
        assert_list(settings.trust, "[\"before\"]");
        assert_list(settings.shell, section ? "[]" : "[\"behind\"]");
        assert_list(settings.allow, "[]");
        assert_string_equal(settings.magics, "");
        assert_int_equal(settings.ask_timeout_s, 120);
        settings_clear(&settings);
    }
}

/* The rest of a file cannot be made out behind these: nothing of it is guessed at. */
static void test_files_that_are_broken(void **state)
{
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"shell", "line 2: shell expected key = value"},
        {"= 1", "line 2:  expected key = value"},
        {"sh\"ell = 1", "expected key = value"},
        {"shell =", "line 2: shell expected \"text\""},
        {"shell = maybe", "line 2: shell expected \"text\""},
        {"shell = [1]", "line 2: shell expected \"text\""},
        {"shell = [\"a\" \"b\"]", "line 2: shell expected \"text\""},
        {"shell = [[\"a\"]]", "line 2: shell expected \"text\""},
        {"shell = {a = 1}", "line 2: shell expected \"text\""},
        {"shell = [\"a", "line 2: shell expected \"text\""},
        {"shell = [\"a\\q\"]", "line 2: shell expected \"text\""},
        {"shell = [\"a\\", "line 2: shell expected \"text\""},
        {"shell = [\"\xff\"]", "line 2: shell expected \"text\""},
        {"shell = [\"a\"] [\"b\"]", "line 2: shell more behind the value"},
        {"ask_timeout_s = 1.5", "line 2: ask_timeout_s more behind the value"},
        {"[section", "line 2: [ expected [section]"},
        {"[]", "line 2: [ expected [section]"},
        {"[[section]]", "line 2: [ expected [section]"},
        {"[a section whose name is longer than any]", "line 2: [ expected [section]"},
        {"\xef\xbb\xbf", "expected key = value"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        snprintf(text, sizeof text, "trust = [\"before\"]\n%s\nallow = [\"behind\"]\n",
                 cases[i].line);
        write_text(PROJECT, text);
        load(&settings);
        assert_int_equal(json_array_size(settings.warnings), 1);
        assert_says(warning(&settings, 0), "/" PROJECT ", ");
        assert_says(warning(&settings, 0), cases[i].said);
        assert_list(settings.trust, "[\"before\"]");
        assert_list(settings.allow, "[]");
        assert_list(settings.shell, "[]");
        settings_clear(&settings);
    }
}

/* A project cannot let its cells do everything, nor choose what may be read. */
static void test_what_a_project_may_not_set(void **state)
{
    struct settings settings;

    (void)state;
    write_text(PROJECT, "magics = \"open\"\nask_timeout_s = 1\ndenied_reads = [\"x\"]\n");
    load(&settings);
    assert_string_equal(settings.magics, "");
    assert_int_equal(settings.ask_timeout_s, 120);
    assert_list(settings.denied_reads, "[]");
    assert_int_equal(json_array_size(settings.warnings), 3);
    for (size_t i = 0; i < 3; i++)
        assert_says(warning(&settings, i), "belongs into the user's config.toml");
    settings_clear(&settings);
}

/* ---- files that cannot be read ---- */

static void test_a_folder_in_its_place(void **state)
{
    struct settings settings;

    (void)state;
    assert_int_equal(mkdir(PROJECT, 0755), 0);
    load(&settings);
    assert_int_equal(rmdir(PROJECT), 0);
    assert_int_equal(json_array_size(settings.warnings), 1);
    assert_says(warning(&settings, 0), PROJECT " cannot be read: Is a directory");
    settings_clear(&settings);
}

/* Nobody's right to read is taken from root, so another user reads. */
static void test_no_right_to_read(void **state)
{
    struct settings settings;
    int status = 0;

    (void)state;
    write_text(PROJECT, "allow = [\"x\"]\n");
    assert_int_equal(chmod(PROJECT, 0), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(2);
        load(&settings);
        _exit(!strstr(warning(&settings, 0), "Permission denied") ||
              json_array_size(settings.allow) != 0);
    }
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static json_t *list_of(const char *item)
{
    return json_pack("[s]", item);
}

static bool add(struct settings *settings, const char *what, const char *item, char *error,
                size_t error_size)
{
    json_t *items = list_of(item);
    bool added = settings_add_project(settings, what, items, error, error_size);

    json_decref(items);
    return added;
}

static void assert_added(struct settings *settings, const char *what, const char *item)
{
    char error[2 * PATH_MAX] = "";

    if (!add(settings, what, item, error, sizeof error))
        fail_msg("%s", error);
}

/* Half of a file is neither obeyed nor written back. */
static void test_too_large_or_with_a_nul_byte(void **state)
{
    static const char with_nul[] = "allow = [\"x\"]\n\0trust = [\"y\"]\n";
    size_t size = (1 << 20) + 1;
    char *large = malloc(size), error[2 * PATH_MAX];
    struct settings settings;

    (void)state;
    assert_non_null(large);
    memset(large, '\n', size);
    for (int i = 0; i < 2; i++) {
        write_bytes(PROJECT, i ? with_nul : large, i ? sizeof with_nul - 1 : size);
        load(&settings);
        assert_int_equal(json_array_size(settings.warnings), 1);
        assert_says(warning(&settings, 0), i ? "it has a NUL byte" : "it is too large");
        assert_list(settings.allow, "[]");
        assert_false(add(&settings, "allow", "z", error, sizeof error));
        assert_says(error, i ? "it has a NUL byte" : "it is too large");
        struct stat now;
        assert_int_equal(stat(PROJECT, &now), 0);
        assert_int_equal(now.st_size, i ? sizeof with_nul - 1 : size);
        settings_clear(&settings);
    }
    free(large);
}

/* ---- adding what was granted ---- */

static void test_a_grant_makes_the_file(void **state)
{
    static const char *const lists[] = {"ok_dests", "allow", "trust", "shell", "trusted_cells"};
    struct settings settings, again;

    (void)state;
    load(&settings);
    for (size_t i = 0; i < 5; i++)
        assert_added(&settings, lists[i], "x");
    load(&again);
    assert_list(again.warnings, "[]");
    assert_list(again.ok_dests, "[\"x\"]");
    assert_list(again.allow, "[\"x\"]");
    assert_list(again.trust, "[\"x\"]");
    assert_list(again.shell, "[\"x\"]");
    assert_list(again.trusted_cells, "[\"x\"]");
    settings_clear(&again);
    settings_clear(&settings);
}

static void test_the_rest_of_the_file_is_kept(void **state)
{
    struct settings settings;

    (void)state;
    write_text(PROJECT, "# ours\ntrust = [\"f\"]\nallow = [\n  'a', # first\n] # all\nunknown = "
                        "7\n[tool]\nallow = []\n");
    load(&settings);
    assert_added(&settings, "allow", "b");
    assert_added(&settings, "allow", "a"); /* it is there already */
    assert_added(&settings, "shell", "ls");
    assert_text_is(
        PROJECT,
        "shell = [\"ls\"]\n# ours\ntrust = [\"f\"]\nallow = [\"a\", \"b\"]\nunknown = 7\n[tool]\n"
        "allow = []\n");
    settings_clear(&settings);
}

/* The very text that a person agreed to comes back, and no more than that. */
static void test_any_text_comes_back(void **state)
{
    static char long_text[15000];
    const char *const texts[] = {"\"]\nallow = [\"everything\"",
                                 "back\\slash \\\" \\n",
                                 "two\nlines\tand a tab",
                                 "'quotes'",
                                 "# no comment",
                                 "\xc3\xa9\xe2\x82\xac",
                                 "",
                                 "\x01\r\x7f",
                                 long_text};
    struct settings settings, again;
    size_t count = sizeof texts / sizeof *texts;

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    load(&settings);
    for (size_t i = 0; i < count; i++)
        assert_added(&settings, "shell", texts[i]);
    load(&again);
    assert_list(again.warnings, "[]");
    assert_list(again.allow, "[]");
    assert_int_equal(json_array_size(again.shell), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_array_get(again.shell, i)), texts[i]);
    settings_clear(&again);
    settings_clear(&settings);
}

static void test_what_no_project_can_be_granted(void **state)
{
    static const char *const lists[] = {"magics", "denied_reads", "ask_timeout_s", "",
                                        "allow = [] #"};
    struct settings settings;
    char error[2 * PATH_MAX];

    (void)state;
    load(&settings);
    for (size_t i = 0; i < 5; i++) {
        assert_false(add(&settings, lists[i], "open", error, sizeof error));
        assert_says(error, "cannot be granted to a project");
    }
    assert_int_not_equal(access(PROJECT, F_OK), 0);
    settings_clear(&settings);
}

static void test_a_broken_file_is_left_alone(void **state)
{
    static const char broken[] = "trust = [\"f\"]\nallow = [\"a\nshell = []\n";
    struct settings settings;
    char error[2 * PATH_MAX];

    (void)state;
    write_text(PROJECT, broken);
    load(&settings);
    assert_false(add(&settings, "shell", "ls", error, sizeof error));
    assert_says(error, PROJECT ", line 2: ");
    assert_text_is(PROJECT, broken);
    settings_clear(&settings);
}

/* Somebody laid links: the file that they lead to is not written. */
static void test_links_are_not_followed(void **state)
{
    struct settings settings;

    (void)state;
    write_text("elsewhere", "# theirs\n");
    assert_int_equal(symlink("elsewhere", PROJECT ".new"), 0);
    load(&settings);
    assert_added(&settings, "shell", "ls");
    assert_text_is("elsewhere", "# theirs\n");
    assert_int_equal(unlink(PROJECT), 0);
    assert_int_equal(symlink("elsewhere", PROJECT), 0);
    assert_added(&settings, "shell", "pwd");
    assert_text_is("elsewhere", "# theirs\n");
    assert_text_is(PROJECT, "shell = [\"pwd\"]\n# theirs\n");
    settings_clear(&settings);
}

/* 0 when the grant was refused for lack of room. In a process of its own: the limit is on every
 * file. */
static int add_without_room(void)
{
    const struct rlimit limit = {40, 40};
    struct settings settings;
    char error[2 * PATH_MAX] = "";

    signal(SIGXFSZ, SIG_IGN);
    load(&settings);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    bool added =
        add(&settings, "shell", "a command that is longer than what fits", error, sizeof error);
    settings_clear(&settings);
    return added ? 3 : strstr(error, "cannot be written: File too large") ? 0 : 4;
}

static void test_without_room_the_file_stays_as_it_was(void **state)
{
    int status = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        if (i)
            write_text(PROJECT, "shell = [\"ls\"]\n");
        pid_t writer = fork();
        assert_true(writer >= 0);
        if (writer == 0)
            _exit(add_without_room());
        assert_int_equal(waitpid(writer, &status, 0), writer);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_not_equal(access(PROJECT ".new", F_OK), 0);
        if (i)
            assert_text_is(PROJECT, "shell = [\"ls\"]\n");
        else
            assert_int_not_equal(access(PROJECT, F_OK), 0);
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_no_files),
        IN_FOLDER(test_good_files),
        IN_FOLDER(test_packs),
        IN_FOLDER(test_entries_that_are_wrong),
        IN_FOLDER(test_files_that_are_broken),
        IN_FOLDER(test_what_a_project_may_not_set),
        IN_FOLDER(test_a_folder_in_its_place),
        IN_FOLDER(test_no_right_to_read),
        IN_FOLDER(test_too_large_or_with_a_nul_byte),
        IN_FOLDER(test_a_grant_makes_the_file),
        IN_FOLDER(test_the_rest_of_the_file_is_kept),
        IN_FOLDER(test_any_text_comes_back),
        IN_FOLDER(test_what_no_project_can_be_granted),
        IN_FOLDER(test_a_broken_file_is_left_alone),
        IN_FOLDER(test_links_are_not_followed),
        IN_FOLDER(test_without_room_the_file_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
