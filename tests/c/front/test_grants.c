/* Who may widen what: the person is asked and means what the answer says, "open" asks nobody,
 * "locked" grants nothing, and all of it is in the audit log. The worker and the frontend are stood
 * in for by link_send and input_ask. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "front.h"

#define USER "config/safepyrun/config.toml"
#define PROJECT ".safepyrun.toml"
#define AUDIT "state/deep/audit.jsonl"
enum { REQUEST = 7, TOKEN = 99 };

/* ---- the worker and the frontend
 * ------------------------------------------------------------------------------ */

static json_t
    *sent; /* the last content that went to the worker; NULL: nothing since it was taken */
static enum hop_type sent_type;
static uint32_t sent_token;
static char *shown; /* the last question */
static unsigned questions;
static bool nobody_there; /* the frontend asks nobody */

bool link_send(struct front *self, enum hop_type type, uint64_t request, int shell, uint32_t token,
               const char *text)
{
    (void)self, (void)shell;
    assert_null(sent); /* one answer to one query */
    sent = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(sent);
    assert_int_equal(request, type == HOP_ANSWER ? REQUEST : 0);
    sent_type = type;
    sent_token = token;
    return true;
}

bool input_ask(struct front *self, uint64_t request, const char *prompt, bool password,
               bool for_grant)
{
    (void)self;
    if (nobody_there)
        return false;
    assert_int_equal(request, REQUEST);
    assert_false(password);
    assert_true(for_grant);
    free(shown);
    shown = strdup(prompt);
    questions++;
    return true;
}

static json_t *take_sent(enum hop_type type)
{
    json_t *content = sent;

    assert_non_null(content);
    assert_int_equal(sent_type, type);
    assert_int_equal(sent_token, type == HOP_ANSWER ? TOKEN : 0);
    sent = NULL;
    return content;
}

/* ---- a front of no more than what grants use
 * ------------------------------------------------------------------ */

static char folder[PATH_MAX], state_folder[PATH_MAX + 16];

static int enter_folder(void **state)
{
    char path[PATH_MAX + 16];

    (void)state;
    strcpy(folder, "/tmp/safepyrun-grants-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("config", 0755) != 0 ||
        mkdir("config/safepyrun", 0755) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/config", folder);
    snprintf(state_folder, sizeof state_folder, "%s/state/deep", folder);
    questions = 0;
    nobody_there = false;
    return setenv("XDG_CONFIG_HOME", path, 1) || setenv("HOME", folder, 1);
}

static int leave_folder(void **state)
{
    static const char *const files[] = {USER, PROJECT, AUDIT, "state"};
    static const char *const folders[] = {"state/deep", "state", "config/safepyrun", "config"};

    (void)state;
    json_decref(sent);
    sent = NULL;
    free(shown);
    shown = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        rmdir(folders[i]);
    return chdir("/") || rmdir(folder);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* `magics` NULL: as config.toml says. */
static struct front *front_with(const char *magics)
{
    struct front *front = calloc(1, sizeof *front);

    assert_non_null(front);
    front->options.magics = magics;
    front->options.state_dir = state_folder;
    front->options.connection_file = "/run/kernel.json";
    front->wire = wire_new("", 0);
    front->loop = zloop_new();
    front->grants = grants_new(front);
    assert_non_null(front->wire);
    assert_non_null(front->loop);
    assert_non_null(front->grants);
    return front;
}

static void front_destroy(struct front **front)
{
    grants_destroy(&(*front)->grants);
    assert_null((*front)->grants);
    zloop_destroy(&(*front)->loop);
    wire_destroy(&(*front)->wire);
    free(*front);
    *front = NULL;
}

/* Takes `content`. */
static void query(struct front *front, const char *kind, json_t *content)
{
    const struct hop_frame frame = {
        .head = {.type = HOP_QUERY, .token = TOKEN, .request = REQUEST}};

    grants_query(front, &frame, kind, content);
    json_decref(content);
}

static void widen(struct front *front, const char *what, const char *item)
{
    query(front, "widen", json_pack("{s:s, s:[s]}", "what", what, "items", item));
}

static const char *field(const json_t *content, const char *name)
{
    const char *text = json_string_value(json_object_get(content, name));

    return text ? text : "(none)";
}

static void assert_says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text ? text : "(nothing)", part);
}

static void assert_granted(const char *scope)
{
    json_t *answer = take_sent(HOP_ANSWER);

    assert_true(json_is_true(json_object_get(answer, "granted")));
    assert_string_equal(field(answer, "scope"), scope);
    assert_string_equal(field(answer, "note"), "");
    json_decref(answer);
}

static void assert_refused(const char *reason)
{
    json_t *answer = take_sent(HOP_ANSWER);

    assert_true(json_is_false(json_object_get(answer, "granted")));
    assert_says(field(answer, "reason"), reason);
    json_decref(answer);
}

/* ---- the person decides
 * --------------------------------------------------------------------------------------- */

static void test_each_thing_is_asked_for_by_name(void **state)
{
    static const struct {
        const char *what, *question;
    } cases[] = {{"trust", "with their effects permitted"},
                 {"ok_dests", "write files below"},
                 {"shell", "commands may run, outside of the sandbox"},
                 {"trusted cell", "run outside of the sandbox"},
                 {"native", "refused by default or compiled"}};
    struct front *front = front_with("ask");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        widen(front, cases[i].what, "the very thing");
        assert_null(sent); /* not before the answer */
        assert_int_equal(questions, i + 1);
        assert_says(shown, cases[i].question);
        assert_says(shown, "\n  the very thing\n");
        assert_says(shown, "[o]nce, this [s]ession, this [p]roject, or [n]o? ");
        grants_answered(front, "once");
        assert_granted("once");
    }
    front_destroy(&front);
}

static void test_what_an_answer_means(void **state)
{
    static const struct {
        const char *answer, *scope; /* NULL: a no */
    } cases[] = {
        {"o", "once"},       {"Once", "once"},       {"y", "once"},    {"  yes. ", "once"},
        {"YES!", "once"},    {"s", "session"},       {"S", "session"}, {"this session", "session"},
        {"\tp ", "project"}, {"project", "project"}, {"n", NULL},      {"No!", NULL},
        {"never", NULL}};
    struct front *front = front_with("ask");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        widen(front, "trust", "f");
        grants_answered(front, cases[i].answer);
        if (cases[i].scope)
            assert_granted(cases[i].scope);
        else
            assert_refused("you said no");
    }
    front_destroy(&front);
}

/* Asked again, in other words; after three such answers it is a no. */
static void test_answers_that_mean_nothing(void **state)
{
    static const char *const answers[] = {
        "",   "yes please", "on",  "oo",
        "yn", "\xff",       "o\n", "yes yes yes yes yes yes yes yes yes yes yes"};
    struct front *front = front_with("ask");

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        questions = 0;
        widen(front, "trust", "f");
        assert_null(strstr(shown, "Please answer"));
        for (int tries = 0; tries < 3; tries++) {
            assert_null(sent);
            grants_answered(front, answers[i]);
        }
        assert_says(shown, "Please answer o, s, p or n: ");
        assert_int_equal(questions, 3);
        assert_refused("no answer that was understood");
    }
    widen(front, "trust", "f");
    grants_answered(front, "what?");
    grants_answered(front, "s");
    assert_granted("session");
    front_destroy(&front);
}

static void test_an_interrupt_is_a_no(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "trust", "f");
    grants_answered(front, NULL);
    assert_refused("the question was interrupted");
    grants_answered(front, "y"); /* to a question that is over */
    assert_null(sent);
    front_destroy(&front);
}

static void test_one_question_at_a_time(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "trust", "first");
    widen(front, "shell", "second");
    assert_refused("another question waits for its answer");
    assert_int_equal(questions, 1);
    grants_answered(front, "o");
    assert_granted("once");
    front_destroy(&front);
}

static void test_nobody_to_ask(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    nobody_there = true;
    widen(front, "ok_dests", "/data");
    json_t *answer = take_sent(HOP_ANSWER);
    assert_true(json_is_false(json_object_get(answer, "granted")));
    assert_says(field(answer, "reason"), "this frontend asks nobody");
    assert_says(field(answer, "remedy"), "ok_dests = [\"/data\"] in ");
    assert_says(field(answer, "remedy"), "/" USER);
    json_decref(answer);
    nobody_there = false; /* no question was left open */
    widen(front, "ok_dests", "/data");
    grants_answered(front, "o");
    assert_granted("once");
    front_destroy(&front);
}

static int has_answer(zloop_t *loop, int timer, void *argument)
{
    (void)loop, (void)timer, (void)argument;
    return sent ? -1 : 0;
}

static void test_no_answer_in_time_is_a_no(void **state)
{
    (void)state;
    write_text(USER, "ask_timeout_s = 1\n");
    struct front *front = front_with("ask");
    widen(front, "trust", "f");
    assert_null(sent);
    zloop_timer(front->loop, 20, 0, has_answer, NULL);
    assert_int_equal(zloop_start(front->loop), -1);
    assert_refused("nobody answered within 1 s");
    grants_answered(front, "y");
    assert_null(sent);
    front_destroy(&front);
}

/* ---- what the person sees
 * --------------------------------------------------------------------------------------- */

/* Letters that would hide or turn around a part of the question. */
static void test_letters_that_deceive_are_not_shown(void **state)
{
    static const struct {
        const char *item, *shown;
    } cases[] = {
        {"a\rb\x1b[2Kc\x7f", "\n  a?b?[2Kc?\n"},
        {"two\nlines\tx", "\n  two\n  lines x\n"},
        {"a\u202eb\u2066c\u200bd", "\n  a?b?c?d\n"},
        {"a\xc2\x85\x62\u2028c", "\n  a?b?c\n"},
        {"\u00e9\u20ac\U0001f600", "\n  \u00e9\u20ac\U0001f600\n"},
    };
    struct front *front = front_with("ask");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        query(front, "widen",
              json_pack("{s:s, s:[s], s:s}", "what", "shell", "items", "ls", "detail",
                        cases[i].item));
        assert_says(shown, cases[i].shown);
        grants_answered(front, "n");
        assert_refused("you said no");
        widen(front, "shell", cases[i].item);
        assert_says(shown, cases[i].shown);
        grants_answered(front, "n");
        assert_refused("you said no");
    }
    front_destroy(&front);
}

static void test_a_question_too_long_to_judge_is_not_asked(void **state)
{
    struct front *front = front_with("ask");
    char *item = malloc(20001);

    (void)state;
    assert_non_null(item);
    memset(item, 'x', 20000);
    item[20000] = 0;
    widen(front, "shell", item);
    assert_int_equal(questions, 0);
    assert_refused("too long to be shown");
    free(item);
    front_destroy(&front);
}

static void test_what_is_no_question(void **state)
{
    static const char *const contents[] = {
        "null",
        "[]",
        "7",
        "{}",
        "{\"what\":\"trust\"}",
        "{\"what\":\"trust\",\"items\":[]}",
        "{\"what\":\"trust\",\"items\":\"f\"}",
        "{\"what\":\"trust\",\"items\":{\"f\":1}}",
        "{\"what\":\"trust\",\"items\":[\"f\",1]}",
        "{\"what\":\"trust\",\"items\":[[\"f\"]]}",
        "{\"what\":\"trust\",\"items\":[\"f\\u0000 and more\"]}", /* more than is shown */
        "{\"what\":\"everything\",\"items\":[\"f\"]}",
        "{\"what\":7,\"items\":[\"f\"]}",
        "{\"what\":\"magics\",\"items\":[\"open\"]}",
    };
    static const char *const modes[] = {"ask", "open", "locked"};

    (void)state;
    for (size_t mode = 0; mode < 3; mode++) {
        struct front *front = front_with(modes[mode]);
        for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
            query(front, "widen", json_loads(contents[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
            assert_refused("nothing that could be granted");
        }
        query(front, "widen", NULL); /* not JSON */
        assert_refused("nothing that could be granted");
        query(front, "something else", json_object());
        json_t *answer = take_sent(HOP_ANSWER);
        assert_string_equal(field(answer, "error"), "unknown query");
        json_decref(answer);
        front_destroy(&front);
    }
    assert_int_equal(questions, 0);
}

/* ---- modes
 * ------------------------------------------------------------------------------------------------------
 */

static void test_open_asks_nobody_and_locked_grants_nothing(void **state)
{
    static const char *const all[] = {"trust",        "ok_dests", "shell",
                                      "trusted cell", "native",   "allow"};
    struct front *open = front_with("open"), *locked = front_with("locked"),
                 *ask = front_with("ask");

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        widen(open, all[i], "x");
        assert_granted("session");
        widen(locked, all[i], "x");
        json_t *answer = take_sent(HOP_ANSWER);
        assert_true(json_is_false(json_object_get(answer, "granted")));
        assert_says(field(answer, "reason"), "this kernel is locked");
        assert_says(field(answer, "remedy"), "whoever started the kernel decides");
        json_decref(answer);
    }
    widen(ask, "allow", "math.sqrt"); /* harmless: what it does still meets the gate */
    assert_granted("session");
    assert_int_equal(questions, 0);
    front_destroy(&open);
    front_destroy(&locked);
    front_destroy(&ask);
}

/* --magics goes before config.toml, which goes before "ask". */
static void test_where_the_mode_comes_from(void **state)
{
    static const struct {
        const char *option, *text, *mode;
    } cases[] = {{NULL, "", "ask"},
                 {NULL, "magics = \"open\"\n", "open"},
                 {NULL, "magics = \"locked\"\n", "locked"},
                 {NULL, "magics = \"opened\"\n", "ask"},
                 {"locked", "magics = \"open\"\n", "locked"},
                 {"ask", "magics = \"open\"\n", "ask"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(USER, cases[i].text);
        struct front *front = front_with(cases[i].option);
        grants_send_policy(front);
        json_t *policy = take_sent(HOP_POLICY);
        assert_string_equal(field(policy, "magics"), cases[i].mode);
        json_decref(policy);
        front_destroy(&front);
    }
}

static bool has(const json_t *list, const char *text)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

static void test_the_policy_protects_what_decides(void **state)
{
    static const char *const below[] = {"config/safepyrun", PROJECT, PROJECT ".new", AUDIT};
    char path[PATH_MAX + 64];

    (void)state;
    write_text(USER, "ok_dests = [\"/data\"]\npacks = [\"/p.toml\"]\ndenied_reads = "
                     "[\"/secret\"]\ncolour = 1\n");
    write_text(PROJECT, "shell = [\"make\"]\n");
    struct front *front = front_with("ask");
    grants_send_policy(front);
    json_t *policy = take_sent(HOP_POLICY);
    assert_true(has(json_object_get(policy, "ok_dests"), "/data"));
    assert_true(has(json_object_get(policy, "shell"), "make"));
    assert_true(has(json_object_get(policy, "denied_reads"), "/secret"));
    assert_true(has(json_object_get(policy, "denied_reads"), "/run/kernel.json"));
    assert_int_equal(json_array_size(json_object_get(policy, "warnings")), 1);
    const json_t *protected = json_object_get(policy, "protected");
    assert_true(has(protected, "/p.toml"));
    assert_true(has(protected, "/run/kernel.json"));
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, below[i]);
        assert_true(has(protected, path));
    }
    json_decref(policy);
    front_destroy(&front);
}

/* ---- what is kept
 * -----------------------------------------------------------------------------------------------
 */

static void test_a_project_grant_holds_for_the_next_kernel(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "native", "lib.f");
    grants_answered(front, "p");
    assert_granted("project");
    front_destroy(&front);
    front = front_with("ask");
    grants_send_policy(front);
    json_t *policy = take_sent(HOP_POLICY);
    assert_true(has(json_object_get(policy, "allow"), "lib.f"));
    json_decref(policy);
    front_destroy(&front);
}

static void test_a_project_file_that_cannot_be_written(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    write_text(PROJECT, "broken\n");
    widen(front, "shell", "ls");
    grants_answered(front, "p");
    json_t *answer = take_sent(HOP_ANSWER);
    assert_true(json_is_true(json_object_get(answer, "granted")));
    assert_string_equal(field(answer, "scope"), "session");
    assert_says(field(answer, "note"), "this holds for the session only: ");
    assert_says(field(answer, "note"), PROJECT ", line 1");
    json_decref(answer);
    front_destroy(&front);
}

/* An approval for longer than once is for that very text. */
static void test_a_trusted_cell(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "trusted cell", "print(1)");
    grants_answered(front, "o");
    assert_granted("once");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 2); /* once was once */
    grants_answered(front, "s");
    assert_granted("session");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 2);
    assert_granted("session");
    widen(front, "trusted cell", "print(1) ");
    assert_int_equal(questions, 3); /* another one */
    grants_answered(front, "p");
    assert_granted("project");
    front_destroy(&front);
    front = front_with("ask");
    widen(front, "trusted cell", "print(1) ");
    assert_granted("session");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 4);
    grants_answered(front, "n");
    assert_refused("you said no");
    front_destroy(&front);
}

/* ---- the audit log
 * ---------------------------------------------------------------------------------------------- */

static json_t *records(struct front *front, int count)
{
    query(front, "audit", json_pack("{s:s, s:i}", "what", "read", "count", count));
    json_t *answer = take_sent(HOP_ANSWER), *list = json_incref(json_object_get(answer, "records"));

    assert_true(json_is_array(list));
    json_decref(answer);
    return list;
}

static void note(struct front *front, const char *callable)
{
    query(
        front, "audit",
        json_pack("{s:s, s:s, s:s}", "kind", "refused", "callable", callable, "session", "forged"));
    json_decref(take_sent(HOP_ANSWER));
}

static void test_decisions_are_on_record_in_memory_and_on_disk(void **state)
{
    static const char *const kinds[] = {"refused", "granted", "refused"}, *const names[] = {
                                                                              "os.remove", "trust",
                                                                              "shell"};
    struct front *front = front_with("ask");
    char line[1024];

    (void)state;
    note(front, "os.remove");
    widen(front, "trust", "f");
    grants_answered(front, "s");
    assert_granted("session");
    widen(front, "shell", "two\nlines");
    grants_answered(front, "n");
    assert_refused("you said no");
    json_t *list = records(front, 0);
    FILE *file = fopen(AUDIT, "r");
    assert_non_null(file);
    assert_int_equal(json_array_size(list), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        json_t *written = json_loads(line, 0, NULL);
        assert_true(json_equal(written, json_array_get(list, i)));
        assert_string_equal(field(written, "kind"), kinds[i]);
        assert_string_equal(field(written, "callable"), names[i]);
        assert_string_equal(field(written, "session"), wire_session(front->wire));
        assert_int_equal(strlen(field(written, "time")), 20);
        json_decref(written);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    json_decref(list);
    list = records(front, 2);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(field(json_array_get(list, 0), "kind"), "granted");
    json_decref(list);
    struct stat now;
    assert_int_equal(stat(AUDIT, &now), 0);
    assert_int_equal(now.st_mode & 0777, 0600);
    front_destroy(&front);
}

/* The last thousand, however many there were. */
static void test_the_record_in_memory_is_bounded(void **state)
{
    struct front *front = front_with("ask");
    char name[32];

    (void)state;
    for (int i = 0; i < 1100; i++) {
        snprintf(name, sizeof name, "f%d", i);
        note(front, name);
    }
    json_t *list = records(front, 5000);
    assert_int_equal(json_array_size(list), 1000);
    assert_string_equal(field(json_array_get(list, 0), "callable"), "f100");
    assert_string_equal(field(json_array_get(list, 999), "callable"), "f1099");
    json_decref(list);
    front_destroy(&front);
}

/* A log that cannot be written keeps nobody from working, and the record is still there for %audit.
 */
static void test_no_place_for_the_log(void **state)
{
    struct front *front = front_with("open");

    (void)state;
    write_text("state", "not a folder");
    widen(front, "trust", "f");
    assert_granted("session");
    note(front, "os.remove");
    json_t *list = records(front, -1);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    front_destroy(&front);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_each_thing_is_asked_for_by_name),
        IN_FOLDER(test_what_an_answer_means),
        IN_FOLDER(test_answers_that_mean_nothing),
        IN_FOLDER(test_an_interrupt_is_a_no),
        IN_FOLDER(test_one_question_at_a_time),
        IN_FOLDER(test_nobody_to_ask),
        IN_FOLDER(test_no_answer_in_time_is_a_no),
        IN_FOLDER(test_letters_that_deceive_are_not_shown),
        IN_FOLDER(test_a_question_too_long_to_judge_is_not_asked),
        IN_FOLDER(test_what_is_no_question),
        IN_FOLDER(test_open_asks_nobody_and_locked_grants_nothing),
        IN_FOLDER(test_where_the_mode_comes_from),
        IN_FOLDER(test_the_policy_protects_what_decides),
        IN_FOLDER(test_a_project_grant_holds_for_the_next_kernel),
        IN_FOLDER(test_a_project_file_that_cannot_be_written),
        IN_FOLDER(test_a_trusted_cell),
        IN_FOLDER(test_decisions_are_on_record_in_memory_and_on_disk),
        IN_FOLDER(test_the_record_in_memory_is_bounded),
        IN_FOLDER(test_no_place_for_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
