/* JSON that jansson alone would not read, and what is no JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_text.h"

static void test_the_nearest_that_can_be_held(void **state)
{
    static const struct {
        const char *text, *read;
    } cases[] = {
        {"[1, -2, 3.5, \"a\\n\\u00e9\"]", "[1,-2,3.5,\"a\\n\u00e9\"]"},
        {"[9223372036854775807, -9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[9223372036854775808]", "[9223372036854775807]"},
        {"[-100000000000000000000]", "[-9223372036854775808]"},
        {"[1e309, -2.5E+400]", "[1e308,-1e308]"},
        {"[1e-999, 12345678901234567890123e2, 5]", "[0.0,1.2345678901234568e24,5]"},
        {"[\"\\ud83d\", \"\\ude00\", \"\\uD83D\\uDE00\"]",
         "[\"\ufffd\",\"\ufffd\",\"\U0001f600\"]"},
        {"[\"\\ud83d\\ud83d\\ude00\"]", "[\"\ufffd\U0001f600\"]"},
        {"[\"\\\\ud83d\", \"\\ud83d\"]", "[\"\\\\ud83d\",\"\ufffd\"]"},
        {"{\"a\\u0000b\": 1}", "{\"a\ufffdb\":1}"},
        {"[\"99999999999999999999\", 99999999999999999999]",
         "[\"99999999999999999999\",9223372036854775807]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_text_read(cases[i].text, strlen(cases[i].text), NULL);
        assert_non_null(json);
        char *read = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
        assert_string_equal(read, cases[i].read);
        free(read);
        json_decref(json);
    }
}

static void test_what_is_no_json_is_not_read(void **state)
{
    static const char *const cases[] = {
        "",
        "[",
        "[\"\\",
        "[\"\\u",
        "[\"\\ud8",
        "[\"\\ud83d",
        "[NaN]",
        "[1,]",
        "[99999999999999999999",
        "[-]",
        "[099999999999999999999]",
        "[1.e999]",
        "[\"\\ud83d\\x\"]",
        "[\"\xed\xa0\xbd\"]",
        "[1e999e1]",
        "[--99999999999999999999]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* of its own size, for the sanitizers to see a read behind it */
        size_t size = strlen(cases[i]);
        char *text = malloc(size ? size : 1);
        assert_non_null(text);
        memcpy(text, cases[i], size);
        json_error_t error;
        if (json_text_read(text, size, &error))
            fail_msg("%s was read", cases[i]);
        assert_string_not_equal(error.text, "");
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_that_can_be_held),
        cmocka_unit_test(test_what_is_no_json_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
