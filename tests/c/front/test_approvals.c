/* Who may widen what: the person is asked and means what the answer says, "open" asks nobody,
 * "locked" grants nothing. */
#include "tests/c/front/approvals_front.h"

/* ---- the person decides ---- */

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
        approvals_answered(front, "once");
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
        approvals_answered(front, cases[i].answer);
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
            approvals_answered(front, answers[i]);
        }
        assert_says(shown, "Please answer o, s, p or n: ");
        assert_int_equal(questions, 3);
        assert_refused("no answer that was understood");
    }
    widen(front, "trust", "f");
    approvals_answered(front, "what?");
    approvals_answered(front, "s");
    assert_granted("session");
    front_destroy(&front);
}

static void test_an_interrupt_is_a_no(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "trust", "f");
    approvals_answered(front, NULL);
    assert_refused("the question was interrupted");
    approvals_answered(front, "y"); /* to a question that is over */
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
    approvals_answered(front, "o");
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
    approvals_answered(front, "o");
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
    approvals_answered(front, "y");
    assert_null(sent);
    front_destroy(&front);
}

/* ---- what the person sees ---- */

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
        approvals_answered(front, "n");
        assert_refused("you said no");
        widen(front, "shell", cases[i].item);
        assert_says(shown, cases[i].shown);
        approvals_answered(front, "n");
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

/* ---- modes ---- */

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
        approvals_send_policy(front, false);
        json_t *policy = take_sent(HOP_POLICY);
        assert_string_equal(field(policy, "magics"), cases[i].mode);
        json_decref(policy);
        front_destroy(&front);
    }
}

static void test_the_policy_protects_what_decides(void **state)
{
    static const char *const below[] = {"config/safepyrun", PROJECT, PROJECT ".new", AUDIT};
    char path[PATH_MAX + 64];

    (void)state;
    write_text(USER, "ok_dests = [\"/data\"]\npacks = [\"/p.toml\"]\ndenied_reads = "
                     "[\"/secret\"]\nshell = [\"make\"]\ncolour = 1\n");
    struct front *front = front_with("ask");
    approvals_send_policy(front, false);
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

/* ---- a project's file that came with its folder ---- */

static void assert_shell_of_policy(struct front *front, bool has_make)
{
    approvals_send_policy(front, false);
    json_t *policy = take_sent(HOP_POLICY);
    assert_int_equal(has(json_object_get(policy, "shell"), "make"), has_make);
    assert_int_equal(json_is_true(json_object_get(policy, "offered")), !has_make);
    json_decref(policy);
    front_destroy(&front);
}

static void test_nothing_of_a_projects_file_holds_unseen(void **state)
{
    (void)state;
    write_text(PROJECT, "shell = [\"make\"]\n");
    assert_shell_of_policy(front_with("ask"), false);
    assert_shell_of_policy(front_with("locked"), false);
    assert_shell_of_policy(front_with("open"), true);
    assert_shell_of_policy(front_with("ask"), false); /* nobody said yes */
}

static void test_a_no_to_a_projects_file_holds_for_its_content(void **state)
{
    struct front *front;

    (void)state;
    write_text(PROJECT, "trust = [\"os.remove\"]\n");
    front = front_with("ask");
    query(front, "project", json_object());
    assert_says(shown, "call, with all its effects, os.remove");
    approvals_answered(front, "once more"); /* no answer to this question */
    assert_says(shown, "Please answer y or n: ");
    approvals_answered(front, "n");
    assert_refused("you said no");
    query(front, "project", json_object());
    assert_refused("you said no");
    assert_int_equal(questions, 2);
    query(front, "project", json_pack("{s:b}", "asked", 1)); /* %allow --project */
    assert_int_equal(questions, 3);
    approvals_answered(front, NULL);
    assert_refused("the question was interrupted");
    front_destroy(&front);
}

static void test_a_projects_file_too_long_to_judge(void **state)
{
    FILE *file = fopen(PROJECT, "w");
    struct front *front;

    (void)state;
    fputs("allow = [", file);
    for (int i = 0; i < 3000; i++)
        fputs("\"harmless\", ", file);
    fputs("]\ntrust = [\"os.remove\"]\n", file);
    fclose(file);
    front = front_with("ask");
    query(front, "project", json_object());
    assert_refused("too long");
    front_destroy(&front);
}

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
        IN_FOLDER(test_nothing_of_a_projects_file_holds_unseen),
        IN_FOLDER(test_a_no_to_a_projects_file_holds_for_its_content),
        IN_FOLDER(test_a_projects_file_too_long_to_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
