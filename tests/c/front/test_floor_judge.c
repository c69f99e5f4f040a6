/* The floor's judge against a model: random trees of destinations and paths. */
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

#include "base/places.h"
#include "kernel/front/floor.h"

enum { ROUNDS = 20000, DEPTH = 5, DESTS = 3 };
static const char *const names[] = {"a", "b", "ab", "site-packages", ".git", "c"};
static char root[64];

static unsigned next(unsigned below)
{
    return (unsigned)rand() % below;
}

static int random_path(char *out)
{
    int depth = 1 + (int)next(DEPTH), used = snprintf(out, PATH_MAX, "%s", root);

    for (int i = 0; i < depth; i++)
        used += snprintf(out + used, PATH_MAX - (size_t)used, "/%s", names[next(6)]);
    return depth;
}

/* By components: does a destination lead to the path, with nothing that is kept between them? */
static bool model(char dests[][PATH_MAX], size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(dests[i]);
        if (strncmp(path, dests[i], size) != 0 || (path[size] && path[size] != '/'))
            continue;
        char rest[PATH_MAX];
        bool kept = false;
        snprintf(rest, sizeof rest, "%s", path + size);
        for (char *part = strtok(rest, "/"); part; part = strtok(NULL, "/"))
            kept |= strcmp(part, "site-packages") == 0 || strcmp(part, ".git") == 0;
        if (!kept)
            return true;
    }
    return false;
}

static void test_the_judge_is_the_model(void **state)
{
    char dests[DESTS][PATH_MAX], path[PATH_MAX];

    (void)state;
    srand(20261129);
    for (int round = 0; round < ROUNDS / 20; round++) {
        struct floor_rules *rules = floor_rules_new();
        size_t count = next(DESTS + 1);
        for (size_t i = 0; i < count; i++) {
            random_path(dests[i]);
            assert_true(floor_rules_add_dest(rules, dests[i]));
        }
        for (int i = 0; i < 20; i++) {
            random_path(path);
            bool permitted = floor_judge(rules, path, NULL, FLOOR_THING) == NULL;
            if (permitted != model(dests, count, path))
                fail_msg("%s: %d", path, permitted);
        }
        floor_rules_destroy(&rules);
    }
}

static void test_what_is_always_and_what_is_never(void **state)
{
    struct floor_rules *rules = floor_rules_new();
    char path[PATH_MAX];

    (void)state;
    assert_true(floor_rules_add_dest(rules, "/"));
    snprintf(path, sizeof path, "%s/never", root);
    assert_true(floor_rules_add_never(rules, path));
    assert_non_null(floor_judge(rules, path, NULL, FLOOR_THING));
    assert_null(floor_judge(rules, root, NULL, FLOOR_THING));
    assert_non_null(floor_judge(rules, root, NULL, FLOOR_NAME)); /* it would go along */
    assert_non_null(floor_judge(rules, "/proc/1/mem", NULL, FLOOR_THING));
    assert_non_null(floor_judge(rules, "/etc/passwd", NULL, FLOOR_THING));
    assert_null(floor_judge(rules, "/dev/null", NULL, FLOOR_THING));
    snprintf(path, sizeof path, "%s/a (deleted)", root);
    assert_non_null(floor_judge(rules, path, NULL, FLOOR_THING));
    floor_rules_destroy(&rules);
}

static void test_relative_destinations(void **state)
{
    struct floor_rules *rules = floor_rules_new();
    char path[PATH_MAX];

    (void)state;
    assert_true(floor_rules_add_dest(rules, "."));
    snprintf(path, sizeof path, "%s/x", root);
    assert_null(floor_judge(rules, path, root, FLOOR_THING));
    assert_non_null(floor_judge(rules, path, "/usr", FLOOR_THING));
    assert_non_null(floor_judge(rules, path, NULL, FLOOR_THING));
    floor_rules_destroy(&rules);
}

/* What was found out of a folder is about its other files, not about what is named itself, and is
 * forgotten with the rules and the directory that it was found by. */
static void test_what_is_known_of_a_folder(void **state)
{
    char path[PATH_MAX], other[PATH_MAX];

    (void)state;
    snprintf(path, sizeof path, "%s/only", root);
    snprintf(other, sizeof other, "%s/other", root);
    struct floor_rules *rules = floor_rules_new();
    assert_true(floor_rules_add_dest(rules, path));
    for (int i = 0; i < 2; i++) {
        assert_non_null(floor_judge(rules, other, NULL, FLOOR_CONTENT));
        assert_null(floor_judge(rules, path, NULL, FLOOR_CONTENT));
    }
    floor_rules_destroy(&rules);
    rules = floor_rules_new();
    assert_true(floor_rules_add_dest(rules, root));
    assert_null(floor_judge(rules, other, NULL, FLOOR_CONTENT));
    floor_rules_destroy(&rules);
    rules = floor_rules_new();
    assert_true(floor_rules_add_dest(rules, "."));
    for (int i = 0; i < 2; i++) {
        assert_null(floor_judge(rules, other, root, FLOOR_CONTENT));
        assert_non_null(floor_judge(rules, other, "/usr", FLOOR_CONTENT));
        assert_non_null(floor_judge(rules, other, NULL, FLOOR_CONTENT));
    }
    floor_rules_destroy(&rules);
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/floor-judge-XXXXXX");
    return mkdtemp(root) && places_init() ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_judge_is_the_model),
        cmocka_unit_test(test_what_is_always_and_what_is_never),
        cmocka_unit_test(test_relative_destinations),
        cmocka_unit_test(test_what_is_known_of_a_folder),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
