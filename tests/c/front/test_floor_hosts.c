/* Hosts that a person named: what a name means is asked again when it may mean something else. The
 * resolver and the clock are this test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <time.h>

#include "kernel/front/floor_call.h"

static const char *answer; /* NULL: nobody knows the name */
static unsigned asked;
static time_t now;

time_t __wrap_time(time_t *out);
time_t __wrap_time(time_t *out)
{
    if (out)
        *out = now;
    return now;
}

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **out);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **out)
{
    static struct sockaddr_in address;
    static struct addrinfo found;

    (void)service, (void)hints;
    assert_string_equal(name, "farm.example");
    asked++;
    if (!answer)
        return EAI_NONAME;
    address = (struct sockaddr_in){.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, answer, &address.sin_addr), 1);
    found = (struct addrinfo){.ai_addr = (struct sockaddr *)&address, .ai_addrlen = sizeof address};
    *out = &found;
    return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *found);
void __wrap_freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

static bool reached(const struct floor_rules *rules, const char *ip, int port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    bool is_four = inet_pton(AF_INET, ip, &four.sin_addr) == 1;

    assert_true(is_four || inet_pton(AF_INET6, ip, &six.sin6_addr) == 1);
    return floor_hosts_list(rules, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six);
}

static void test_a_name_means_what_it_was_lately_told_to(void **state)
{
    struct floor_rules *rules = floor_rules_new();

    (void)state;
    assert_true(floor_rules_add_host(rules, "farm.example:443"));
    now = 1000000;
    answer = "192.0.2.1";
    assert_true(reached(rules, "192.0.2.1", 443));
    assert_true(reached(rules, "::ffff:192.0.2.1", 443));
    assert_int_equal(asked, 1); /* what is fresh is not asked again */
    assert_false(reached(rules, "192.0.2.1", 80));
    assert_false(reached(rules, "192.0.2.2", 443));

    answer = "192.0.2.2"; /* a farm: each answer names another */
    assert_true(reached(rules, "192.0.2.2", 443));
    assert_true(reached(rules, "192.0.2.1", 443));

    now += 61; /* it moved: the first is somebody else's by now */
    assert_false(reached(rules, "192.0.2.1", 443));
    assert_true(reached(rules, "192.0.2.2", 443));

    now += 61;
    answer = NULL;
    assert_false(reached(rules, "192.0.2.2", 443));
    floor_rules_destroy(&rules);
}

static void test_an_address_is_what_it_is(void **state)
{
    struct floor_rules *rules = floor_rules_new();

    (void)state;
    asked = 0;
    assert_true(floor_rules_add_host(rules, "192.0.2.7:5432"));
    assert_true(floor_rules_add_host(rules, "[2001:db8::1]:443"));
    for (const char *const *at =
             (const char *const[]){"192.0.2.7:0", "192.0.2.8:70000", "192.0.2.9:x", "192.0.2.10",
                                   ":443", "/192.0.2.11:443", NULL};
         *at; at++)
        assert_true(floor_rules_add_host(rules, *at));
    assert_true(reached(rules, "192.0.2.7", 5432));
    assert_true(reached(rules, "2001:db8::1", 443));
    assert_false(reached(rules, "192.0.2.7", 0));
    assert_false(reached(rules, "192.0.2.8", 70000 & 0xffff));
    for (int last = 9; last <= 11; last++) {
        char ip[16] = "192.0.2.9";
        if (last > 9)
            ip[8] = '1', ip[9] = (char)('0' + last - 10);
        assert_false(reached(rules, ip, 443));
    }
    assert_int_equal(asked, 0);
    floor_rules_destroy(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_means_what_it_was_lately_told_to),
        cmocka_unit_test(test_an_address_is_what_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
