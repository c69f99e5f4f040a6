/* What is kept of a decision: for the session, for the project, and in the audit log. */
#include "tests/c/front/approvals_front.h"

/* ---- what is kept ---- */

static void test_a_project_grant_holds_for_the_next_kernel(void **state)
{
    struct front *front = front_with("ask");

    (void)state;
    widen(front, "native", "lib.f");
    approvals_answered(front, "p");
    assert_granted("project");
    front_destroy(&front);
    front = front_with("ask");
    approvals_send_policy(front, false);
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
    approvals_answered(front, "p");
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
    approvals_answered(front, "o");
    assert_granted("once");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 2); /* once was once */
    approvals_answered(front, "s");
    assert_granted("session");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 2);
    assert_granted("session");
    widen(front, "trusted cell", "print(1) ");
    assert_int_equal(questions, 3); /* another one */
    approvals_answered(front, "p");
    assert_granted("project");
    front_destroy(&front);
    front = front_with("ask");
    widen(front, "trusted cell", "print(1) ");
    assert_granted("session");
    widen(front, "trusted cell", "print(1)");
    assert_int_equal(questions, 4);
    approvals_answered(front, "n");
    assert_refused("you said no");
    front_destroy(&front);
}

/* ---- the audit log ---- */

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
    approvals_answered(front, "s");
    assert_granted("session");
    widen(front, "shell", "two\nlines");
    approvals_answered(front, "n");
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

/* A log that cannot be written keeps nobody from working, and the record is still there for
 * %audit. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_project_grant_holds_for_the_next_kernel),
        IN_FOLDER(test_a_project_file_that_cannot_be_written),
        IN_FOLDER(test_a_trusted_cell),
        IN_FOLDER(test_decisions_are_on_record_in_memory_and_on_disk),
        IN_FOLDER(test_the_record_in_memory_is_bounded),
        IN_FOLDER(test_no_place_for_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
