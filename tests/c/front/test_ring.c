/* The output ring: nothing is lost, mixed up or reordered between a writing and a reading process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring.h"

#define CAPACITY_BYTES (256u * 1024u) /* more than one record of the longest kind, which a ring must hold */
#define SENT_BYTES ((size_t)CAPACITY_BYTES * 20)

struct received {
    size_t size;
    bool in_order; /* each byte is the one that was written at its place */
    uint64_t request;
    enum ring_stream stream;
};

static char byte_at(size_t place)
{
    return (char)(place % 251);
}

static void receive(void *context, enum ring_stream stream, uint64_t request, const char *data, size_t size)
{
    struct received *all = context;
    for (size_t i = 0; i < size; i++)
        all->in_order = all->in_order && data[i] == byte_at(all->size + i);
    all->size += size;
    all->request = request;
    all->stream = stream;
}

static void write_from(struct ring *ring, size_t place, size_t size)
{
    char data[1000];
    assert_true(size <= sizeof(data));
    for (size_t i = 0; i < size; i++)
        data[i] = byte_at(place + i);
    assert_true(ring_write(ring, RING_STDERR, 7, data, size));
}

static void test_a_record_keeps_stream_and_request(void **state)
{
    (void)state;
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    assert_non_null(ring);
    write_from(ring, 0, 10);
    assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
    assert_int_equal(all.size, 10);
    assert_true(all.in_order);
    assert_int_equal(all.request, 7);
    assert_int_equal(all.stream, RING_STDERR);
    ring_destroy(&ring);
    assert_null(ring);
}

static void test_order_is_kept_around_the_end(void **state)
{
    (void)state;
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    size_t sent = 0;
    assert_non_null(ring);
    for (size_t size = 1; sent < SENT_BYTES; size = size % 997 + 1) {
        write_from(ring, sent, size);
        sent += size;
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        assert_int_equal(all.size, sent);
    }
    assert_true(all.in_order);
    ring_destroy(&ring);
}

/* More than the ring holds, from another process: it waits for room, and all of it comes. */
static void test_a_full_ring_holds_the_writer_and_loses_nothing(void **state)
{
    (void)state;
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    int status = 0;
    assert_non_null(ring);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        char *data = malloc(SENT_BYTES);
        for (size_t i = 0; data && i < SENT_BYTES; i++)
            data[i] = byte_at(i);
        _exit(data && ring_write(ring, RING_STDOUT, 1, data, SENT_BYTES) ? 0 : 1);
    }
    pid_t ended = 0;
    while (ended == 0) {
        ended = waitpid(writer, &status, WNOHANG);
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        usleep(1000);
    }
    assert_int_equal(ended, writer);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(all.size, SENT_BYTES);
    assert_true(all.in_order);
    ring_destroy(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_keeps_stream_and_request),
        cmocka_unit_test(test_order_is_kept_around_the_end),
        cmocka_unit_test(test_a_full_ring_holds_the_writer_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
