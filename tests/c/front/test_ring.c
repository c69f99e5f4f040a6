/* The output ring: nothing is lost, mixed up or reordered between a writing and a reading
 * process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/hop/hop.h"

#define CAPACITY_BYTES                                                                             \
    (256u * 1024u) /* more than one record of the longest kind, which a ring must hold */
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

static void receive(void *context, enum ring_stream stream, uint64_t request, const char *data,
                    size_t size)
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
    ring_write(ring, RING_STDERR, 7, data, size);
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
        if (data)
            ring_write(ring, RING_STDOUT, 1, data, SENT_BYTES);
        _exit(data ? 0 : 1);
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

/* ---- sizes ---- */

static void test_a_ring_too_short_for_a_record_is_refused(void **state)
{
    static const size_t wrong[] = {0,
                                   1,
                                   4096,
                                   RING_RECORD_BYTES_MAX,
                                   RING_BYTES_MIN - 1,
                                   (size_t)RING_BYTES_MAX + 1,
                                   SIZE_MAX,
                                   SIZE_MAX - 4096};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        errno = 0;
        assert_null(ring_new(wrong[i]));
        assert_int_equal(errno, EINVAL);
    }
}

static void test_a_mapping_too_short_for_a_record_is_refused(void **state)
{
    static const off_t wrong[] = {0, 4096, 4096 + RING_RECORD_BYTES_MAX + 1,
                                  4096 + RING_BYTES_MIN - 1};
    int fd = memfd_create("test", MFD_CLOEXEC);
    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(ftruncate(fd, wrong[i]), 0);
        errno = 0;
        assert_null(ring_attach(fd));
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(close(fd), 0); /* still ours */
    assert_null(ring_attach(fd));
    assert_int_equal(errno, EBADF);
}

/* The shortest ring and the longest records: each fills it to the last byte, wherever it starts. */
static void test_the_shortest_ring_takes_the_longest_record(void **state)
{
    struct ring *ring = ring_new(RING_BYTES_MIN);
    struct received all = {.in_order = true};
    char *data = malloc(RING_RECORD_BYTES_MAX);
    size_t sent = 0;
    (void)state;
    assert_non_null(ring);
    assert_non_null(data);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < RING_RECORD_BYTES_MAX; i++)
            data[i] = byte_at(sent + i);
        ring_write(ring, RING_STDOUT, 1, data, RING_RECORD_BYTES_MAX);
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        sent += RING_RECORD_BYTES_MAX;
        assert_int_equal(all.size, sent);
        write_from(ring, sent, 1 + (size_t)round); /* the next starts elsewhere */
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        sent += 1 + (size_t)round;
    }
    assert_int_equal(all.size, sent);
    assert_true(all.in_order);
    free(data);
    ring_destroy(&ring);
}

static void test_nobody_can_make_the_mapping_shorter(void **state)
{
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct stat status;
    (void)state;
    assert_non_null(ring);
    assert_int_equal(ftruncate(ring_fd(ring), 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(fstat(ring_fd(ring), &status), 0);
    assert_true(status.st_size > (off_t)CAPACITY_BYTES);
    ring_destroy(&ring);
}

/* ---- what stops in between ---- */

static void test_drained_only_up_to_the_position(void **state)
{
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    (void)state;
    assert_non_null(ring);
    write_from(ring, 0, 10);
    uint64_t position = ring_position(ring);
    write_from(ring, 10, 20);
    assert_true(ring_drain(ring, position, receive, &all));
    assert_int_equal(all.size, 10);
    assert_true(ring_drain(ring, ring_position(ring), receive, &all));
    assert_int_equal(all.size, 30);
    assert_true(all.in_order);
    ring_destroy(&ring);
}

/* The text ends where nothing can be read: its writer dies with half of it copied. */
static void test_a_record_whose_writer_died_in_it_does_not_count(void **state)
{
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int status = 0;
    (void)state;
    assert_non_null(ring);
    char *text = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(text, MAP_FAILED);
    assert_int_equal(mprotect(text + page, page, PROT_NONE), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        signal(SIGSEGV, SIG_DFL);
        write_from(ring, 0, 100);
        ring_write(ring, RING_STDOUT, 7, text, 2 * page);
        _exit(0);
    }
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
    assert_int_equal(all.size, 100);
    assert_true(all.in_order);
    write_from(ring, 100, 50); /* over what was left half */
    assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
    assert_int_equal(all.size, 150);
    assert_true(all.in_order);
    munmap(text, 2 * page);
    ring_destroy(&ring);
}

/* Killed wherever it is just then, many times: what can be read is a whole beginning of what was
 * sent. */
static void test_a_writer_killed_anywhere_leaves_whole_records(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct ring *ring = ring_new(CAPACITY_BYTES);
        struct received all = {.in_order = true};
        assert_non_null(ring);
        pid_t writer = fork();
        assert_true(writer >= 0);
        if (writer == 0)
            for (size_t sent = 0;; sent += sent % 1000 + 1)
                write_from(ring, sent, sent % 1000 + 1);
        while (all.size < (size_t)round * 1000)
            assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        assert_int_equal(kill(writer, SIGKILL), 0);
        assert_int_equal(waitpid(writer, NULL, 0), writer);
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
        size_t whole = 0;
        while (whole < all.size)
            whole += whole % 1000 + 1;
        assert_int_equal(all.size, whole);
        assert_true(all.in_order);
        ring_destroy(&ring);
    }
}

/* A writer that waits for room calls the reader, again and again, and goes on as soon as one
 * reads. */
static void test_a_writer_without_a_reader_waits_and_calls(void **state)
{
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), status = 0;
    (void)state;
    assert_non_null(ring);
    assert_true(wake >= 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        ring_set_wake(ring, wake);
        for (size_t sent = 0; sent < 2 * CAPACITY_BYTES; sent += 512)
            write_from(ring, sent, 512);
        _exit(0);
    }
    for (int calls = 0; calls < 3; calls++) { /* half full, full, full after 100 ms */
        struct pollfd item = {wake, POLLIN, 0};
        uint64_t count;
        assert_int_equal(poll(&item, 1, -1), 1);
        assert_int_equal(read(wake, &count, sizeof count), sizeof count);
    }
    assert_int_equal(waitpid(writer, &status, WNOHANG), 0); /* waits */
    while (all.size < 2 * CAPACITY_BYTES)
        assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(all.size, 2 * CAPACITY_BYTES);
    assert_true(all.in_order);
    close(wake);
    ring_destroy(&ring);
}

static void test_a_reader_does_not_sleep_on_text(void **state)
{
    struct ring *ring = ring_new(CAPACITY_BYTES);
    struct received all = {.in_order = true};
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uint64_t count = 0;
    (void)state;
    assert_non_null(ring);
    ring_set_wake(ring, wake);
    write_from(ring, 0, 10);
    assert_false(ring_reader_sleeps(ring, true));
    write_from(ring, 10, 10);
    assert_int_equal(read(wake, &count, sizeof count), -1); /* it is awake */
    assert_true(ring_drain(ring, UINT64_MAX, receive, &all));
    assert_true(ring_reader_sleeps(ring, true));
    write_from(ring, 20, 10);
    write_from(ring, 30, 10);
    assert_int_equal(read(wake, &count, sizeof count), sizeof count);
    assert_int_equal(count, 1); /* called once, not for each */
    close(wake);
    ring_destroy(&ring);
}

/* A cell may have got hold of the memory. What it writes there ends the reading, never the
 * reader. */
static void test_nonsense_in_the_mapping_is_told(void **state)
{
    static const struct {
        uint64_t written, read;
        uint32_t size, stream;
    } wrong[] = {
        {100, 0, 85, RING_STDOUT},         /* longer than what is there */
        {15, 0, 0, RING_STDOUT},           /* not even a head */
        {100, 0, UINT32_MAX, RING_STDOUT}, /* longer than everything */
        {CAPACITY_BYTES, 0, RING_RECORD_BYTES_MAX + 1, RING_STDOUT},
        {100, 0, 84, 0}, /* no stream */
        {100, 0, 84, 3},
        {CAPACITY_BYTES + 1, 0, 10, RING_STDOUT}, /* more than fits */
        {10, 20, 10, RING_STDOUT},                /* read before it was written */
        {UINT64_MAX, 0, 10, RING_STDOUT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ring *ring = ring_new(CAPACITY_BYTES);
        struct received all = {.in_order = true};
        assert_non_null(ring);
        char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd(ring), 0);
        assert_ptr_not_equal(memory, MAP_FAILED);
        memcpy(memory, &wrong[i].written, 8);
        memcpy(memory + 8, &wrong[i].read, 8);
        memcpy(memory + 4096, &wrong[i].size, 4);
        memcpy(memory + 4096 + 4, &wrong[i].stream, 4);
        if (ring_drain(ring, UINT64_MAX, receive, &all))
            fail_msg("nonsense %zu is taken", i);
        assert_int_equal(all.size, 0);
        munmap(memory, 8192);
        ring_destroy(&ring);
    }
}

int main(void)
{
    alarm(120); /* a test that waits for ever ends here */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_keeps_stream_and_request),
        cmocka_unit_test(test_order_is_kept_around_the_end),
        cmocka_unit_test(test_a_full_ring_holds_the_writer_and_loses_nothing),
        cmocka_unit_test(test_a_ring_too_short_for_a_record_is_refused),
        cmocka_unit_test(test_a_mapping_too_short_for_a_record_is_refused),
        cmocka_unit_test(test_the_shortest_ring_takes_the_longest_record),
        cmocka_unit_test(test_nobody_can_make_the_mapping_shorter),
        cmocka_unit_test(test_drained_only_up_to_the_position),
        cmocka_unit_test(test_a_record_whose_writer_died_in_it_does_not_count),
        cmocka_unit_test(test_a_writer_killed_anywhere_leaves_whole_records),
        cmocka_unit_test(test_a_writer_without_a_reader_waits_and_calls),
        cmocka_unit_test(test_a_reader_does_not_sleep_on_text),
        cmocka_unit_test(test_nonsense_in_the_mapping_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
