/* checkpoint_account: what checkpoints may cost, by a clock that is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/front/checkpoint_account.h"

enum { MS = 1000, SECOND = 1000000 };

/* So many cells at once, `gap_us` apart, each with a checkpoint when it is paid: how many have one.
 */
static int taken_of(struct account *account, int cells, int64_t *now_us, int64_t gap_us,
                    int64_t cost_us)
{
    int taken = 0;

    for (int i = 0; i < cells; i++, *now_us += gap_us) {
        if (account_pays_before_cell(account, *now_us)) {
            account->taken_us = *now_us;
            account->burst++;
            account_taken(account, cost_us, 0);
            taken++;
        }
    }
    return taken;
}

static void a_few_cells_in_a_row_get_one_each_of_many_few_do(void **state)
{
    struct account account;
    int64_t now_us = SECOND;

    (void)state;
    account_open(&account, now_us);
    assert_int_equal(taken_of(&account, 8, &now_us, 400, 500), 8);
    int taken = taken_of(&account, 1000, &now_us, 400, 500);
    assert_in_range(taken, 8, 20); /* 500 us each, and 400,000 us went by: one in 30,000 are 13 */
    account.burst = 0;              /* nothing was queued for a moment */
    assert_int_equal(taken_of(&account, 3, &now_us, 400, 500), 3);
}

static void what_is_dear_has_to_wait(void **state)
{
    struct account account;
    int64_t now_us = 0;

    (void)state;
    account_open(&account, now_us);
    for (int i = 0; i < 8; i++) /* 100 ms by and by */
        account_taken(&account, 100 * MS, 0);
    assert_false(account_pays(&account, now_us));
    now_us += 20 * SECOND; /* which credits a second, of which a half is kept */
    assert_true(account_pays(&account, now_us));
    assert_int_equal(account.balance_us, 500 * MS);
}

static void one_slow_one_is_the_machines(void **state)
{
    struct account account;

    (void)state;
    account_open(&account, 0);
    account_taken(&account, 400, 0);
    account_taken(&account, 300 * MS, 0); /* the process was not given a processor */
    assert_true(account_pays(&account, 0));
}

static void pages_are_paid_too_and_those_of_another_process_are_not(void **state)
{
    struct account account;

    (void)state;
    account_open(&account, 0);
    account_taken(&account, 1, 1000);
    account.cells = 2;
    account_taken(&account, 1, 41000);
    assert_int_equal(account.cell_faults, 20000);
    assert_false(account_pays(&account, 0)); /* 40 ms */
    account.cells = 1;
    account_taken(&account, 1, 500);
    assert_int_equal(account.cell_faults, 0);
    assert_true(account_pays(&account, 0));
}

static void a_try_that_gave_none_costs(void **state)
{
    struct account account;

    (void)state;
    account_open(&account, 0);
    for (int i = 0; i < 5; i++)
        account_failed(&account, 5 * MS);
    assert_false(account_pays(&account, 0));
    assert_int_equal(account.cost_us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_cells_in_a_row_get_one_each_of_many_few_do),
        cmocka_unit_test(what_is_dear_has_to_wait),
        cmocka_unit_test(one_slow_one_is_the_machines),
        cmocka_unit_test(pages_are_paid_too_and_those_of_another_process_are_not),
        cmocka_unit_test(a_try_that_gave_none_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
