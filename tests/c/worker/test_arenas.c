/* Arenas that CPython gives back: a few are kept for it, the others and all that are trimmed go to
 * the system. */
#include "kernel/worker/arenas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIZE = 1 << 12, MORE = ARENAS_KEPT + 3 };

static long taken, given; /* by and to the system */
static bool none_left;
static PyObjectArenaAllocator arenas;

static void *take(void *context, size_t size)
{
    (void)context;
    void *arena = none_left ? NULL : malloc(size);

    taken += arena != NULL;
    return arena;
}

static void give(void *context, void *arena, size_t size)
{
    (void)context;
    (void)size;
    given++;
    free(arena);
}

static int start(void **state)
{
    PyObjectArenaAllocator system = {.alloc = take, .free = give};

    (void)state;
    PyObject_SetArenaAllocator(&system);
    arenas_keep();
    PyObject_GetArenaAllocator(&arenas);
    return 0;
}

static int trimmed(void **state)
{
    (void)state;
    arenas_trim();
    none_left = false;
    taken = given = 0;
    return 0;
}

static void *alloc(size_t size)
{
    return arenas.alloc(arenas.ctx, size);
}

static void test_one_that_is_freed_is_the_next(void **state)
{
    (void)state;
    void *arena = alloc(SIZE);

    for (int i = 0; i < 5; i++) {
        arenas.free(arenas.ctx, arena, SIZE);
        assert_ptr_equal(alloc(SIZE), arena);
    }
    assert_int_equal(taken, 1);
    assert_int_equal(given, 0);
    arenas.free(arenas.ctx, arena, SIZE);
}

static void test_so_many_are_kept_and_no_more(void **state)
{
    (void)state;
    void *all[MORE];

    for (int i = 0; i < MORE; i++)
        all[i] = alloc(SIZE);
    for (int i = 0; i < MORE; i++)
        arenas.free(arenas.ctx, all[i], SIZE);
    assert_int_equal(taken, MORE);
    assert_int_equal(given, MORE - ARENAS_KEPT);
}

static void test_what_is_trimmed_goes_back(void **state)
{
    (void)state;
    void *arena = alloc(SIZE);

    arenas.free(arenas.ctx, arena, SIZE);
    arenas_trim();
    assert_int_equal(given, 1);
    arenas_trim();
    assert_int_equal(given, 1);
    arena = alloc(SIZE);
    assert_int_equal(taken, 2);
    arenas.free(arenas.ctx, arena, SIZE);
}

static void test_another_size_is_the_systems(void **state)
{
    (void)state;
    arenas.free(arenas.ctx, alloc(2 * SIZE), 2 * SIZE);
    assert_int_equal(given, 1);
    void *arena = alloc(SIZE);
    arenas.free(arenas.ctx, arena, SIZE);
    void *larger = alloc(2 * SIZE);
    assert_ptr_not_equal(larger, arena);
    arenas.free(arenas.ctx, larger, 2 * SIZE);
    assert_int_equal(given, 2);
}

static void test_when_the_system_has_none(void **state)
{
    (void)state;
    void *arena = alloc(SIZE);

    none_left = true;
    assert_null(alloc(SIZE));
    arenas.free(arenas.ctx, arena, SIZE);
    assert_ptr_equal(alloc(SIZE), arena);
    arenas.free(arenas.ctx, arena, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_one_that_is_freed_is_the_next, trimmed),
        cmocka_unit_test_teardown(test_so_many_are_kept_and_no_more, trimmed),
        cmocka_unit_test_teardown(test_what_is_trimmed_goes_back, trimmed),
        cmocka_unit_test_teardown(test_another_size_is_the_systems, trimmed),
        cmocka_unit_test_teardown(test_when_the_system_has_none, trimmed),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
