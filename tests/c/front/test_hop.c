/* The hop: frames come out as they went in however they are cut, in order; what breaks a limit, and
 * a peer that is gone, is told and never waited for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/hop/hop.h"

enum { OURS, THEIRS, SMALL_BYTES = 4096 };

static int pair[2];

static int make_pair(void **state)
{
    int bytes = SMALL_BYTES;

    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    return setsockopt(pair[OURS], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static int close_pair(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
    return 0;
}

static void close_theirs(void)
{
    close(pair[THEIRS]);
    pair[THEIRS] = -1;
}

/* ---- a frame of each kind ---- */

#define MANY 40

static const struct hop_part some[] = {
    {"display_data", 12}, {"", 0}, {"a\0b", 3}, {NULL, 0}, {"{}", 2}};

/* Frame `number`: some parts, none, or many of which most are empty. */
static struct hop_head head_of(uint64_t number)
{
    static const uint32_t parts[] = {5, 0, MANY};

    return (struct hop_head){.type = HOP_PUBLISH,
                             .shell = 3,
                             .parts = parts[number % 3],
                             .token = 9,
                             .request = number,
                             .ring_position = number << 40};
}

static const struct hop_part *parts_of(uint64_t number)
{
    static struct hop_part many[MANY];

    for (size_t i = 0; i < MANY; i++)
        many[i] = some[i % 5];
    return number % 3 == 2 ? many : some;
}

static void assert_frame_is(const struct hop_frame *frame, uint64_t number)
{
    struct hop_head wanted = head_of(number);
    const struct hop_part *parts = parts_of(number);

    wanted.magic = HOP_MAGIC;
    assert_memory_equal(&frame->head, &wanted, sizeof wanted);
    for (uint32_t i = 0; i < wanted.parts; i++) {
        assert_int_equal(frame->parts[i].size, parts[i].size);
        if (parts[i].size)
            assert_memory_equal(frame->parts[i].data, parts[i].data, parts[i].size);
        assert_int_equal(((const char *)frame->parts[i].data)[parts[i].size], 0); /* ends as text */
    }
}

static bool keep_bytes(void *context, struct iovec *vectors, int count)
{
    struct hop_part *all = context;
    char *at = (char *)all->data;

    for (int i = 0; i < count; i++) {
        if (vectors[i].iov_len)
            memcpy(at, vectors[i].iov_base, vectors[i].iov_len);
        at += vectors[i].iov_len;
    }
    all->size = (size_t)(at - (char *)all->data);
    return true;
}

/* The bytes of a frame, at most 4096. */
static struct hop_part bytes_of(uint64_t number, char *buffer)
{
    struct hop_head head = head_of(number);
    struct hop_part all = {buffer, 0};

    assert_true(hop_write_frame(&head, parts_of(number), keep_bytes, &all));
    return all;
}

static void write_bytes(const void *data, size_t size)
{
    assert_int_equal(write(pair[OURS], data, size), size);
}

/* ---- cut anywhere ---- */

static void test_a_frame_cut_at_every_byte_is_put_together(void **state)
{
    char buffer[4096];

    (void)state;
    for (uint64_t number = 0; number < 3; number++) {
        struct hop_part all = bytes_of(number, buffer);
        for (size_t cut = 0; cut <= all.size; cut++) {
            struct hop_in in = {0};
            struct hop_frame frame;
            write_bytes(all.data, cut);
            if (cut < all.size) {
                assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_NOTHING);
                write_bytes((const char *)all.data + cut, all.size - cut);
            }
            assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_FRAME);
            assert_frame_is(&frame, number);
            hop_frame_clear(&frame);
            assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_NOTHING);
            hop_in_clear(&in);
        }
    }
}

static void test_bytes_that_come_one_by_one(void **state)
{
    char buffer[4096];
    struct hop_in in = {0};
    struct hop_frame frame;

    (void)state;
    for (uint64_t number = 0; number < 6; number++) {
        struct hop_part all = bytes_of(number, buffer);
        for (size_t i = 0; i < all.size; i++) {
            write_bytes((const char *)all.data + i, 1);
            enum hop_got wanted = i + 1 < all.size ? HOP_GOT_NOTHING : HOP_GOT_FRAME;
            assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), wanted);
        }
        assert_frame_is(&frame, number);
        hop_frame_clear(&frame);
    }
    hop_in_clear(&in);
}

static void test_frames_that_came_together_are_taken_without_reading(void **state)
{
    char buffer[4096];
    struct hop_in in = {0};
    struct hop_frame frame;

    (void)state;
    for (uint64_t number = 0; number < 3; number++) {
        struct hop_part all = bytes_of(number, buffer);
        write_bytes(all.data, all.size);
    }
    assert_int_equal(hop_in_take(&in, pair[THEIRS], false, &frame), HOP_GOT_NOTHING);
    for (uint64_t number = 0; number < 3; number++) {
        assert_int_equal(hop_in_take(&in, pair[THEIRS], number == 0, &frame), HOP_GOT_FRAME);
        assert_frame_is(&frame, number);
        hop_frame_clear(&frame);
    }
    assert_int_equal(hop_in_take(&in, pair[THEIRS], false, &frame), HOP_GOT_NOTHING);
    hop_in_clear(&in);
}

/* ---- the peer is gone ---- */

static void test_a_peer_that_closes_at_every_byte(void **state)
{
    char buffer[4096];

    close_pair(state);
    for (uint64_t number = 0; number < 3; number++) {
        struct hop_part all = bytes_of(number, buffer);
        for (size_t cut = 0; cut < all.size; cut++)
            for (int blocking = 0; blocking < 2; blocking++) {
                struct hop_in in = {0};
                struct hop_frame frame;
                assert_int_equal(make_pair(NULL), 0);
                write_bytes(all.data, cut);
                close(pair[OURS]);
                errno = EIO;
                if (blocking) {
                    assert_false(hop_receive(pair[THEIRS], &frame));
                    assert_int_equal(errno, cut ? EBADMSG : 0);
                    assert_null(frame.bytes);
                } else {
                    assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_END);
                }
                hop_in_clear(&in);
                close(pair[THEIRS]);
            }
    }
    assert_int_equal(make_pair(NULL), 0);
}

/* What was sent before the end is still taken. */
static void test_frames_before_the_end_come(void **state)
{
    char buffer[4096];
    struct hop_in in = {0};
    struct hop_frame frame;
    struct hop_part all = bytes_of(2, buffer);

    (void)state;
    write_bytes(all.data, all.size);
    write_bytes(all.data, all.size / 2);
    assert_int_equal(shutdown(pair[OURS], SHUT_WR), 0);
    assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_FRAME);
    assert_frame_is(&frame, 2);
    hop_frame_clear(&frame);
    assert_int_equal(hop_in_take(&in, pair[THEIRS], true, &frame), HOP_GOT_END);
    hop_in_clear(&in);
}

static void test_sending_to_a_peer_that_is_gone_fails(void **state)
{
    struct hop_head head = head_of(0);
    struct hop_out out = {0};

    (void)state;
    close_theirs(); /* and no SIGPIPE */
    assert_false(hop_send(pair[OURS], &head, some));
    assert_int_equal(errno, EPIPE);
    assert_false(hop_out_send(&out, pair[OURS], &head, some));
    assert_int_equal(errno, EPIPE);
    assert_int_equal(out.size, 0);
    hop_out_clear(&out);
}

static void test_what_is_kept_for_a_peer_that_went_away(void **state)
{
    static char text[SMALL_BYTES * 64];
    struct hop_head head = {.type = HOP_REQUEST, .parts = 1, .request = 1};
    struct hop_part part = {text, sizeof text};
    struct hop_out out = {0};

    (void)state;
    assert_true(hop_out_send(&out, pair[OURS], &head, &part));
    assert_true(out.size > 0);
    close_theirs();
    assert_false(hop_out_flush(&out, pair[OURS]));
    hop_out_clear(&out);
    assert_true(hop_out_flush(&out, pair[OURS])); /* nothing is kept: nothing to fail */
}

/* ---- limits ---- */

static void test_frames_that_break_a_limit_are_refused(void **state)
{
    static const struct {
        uint32_t magic, parts, sizes[3];
        bool taken;
    } rows[] = {
        {HOP_MAGIC, 2, {1, 2, 0}, true},
        {HOP_MAGIC + 1, 0, {0}, false},
        {0, 1, {1}, false},
        {HOP_MAGIC, HOP_PARTS_MAX + 1, {0}, false},
        {HOP_MAGIC, UINT32_MAX, {0}, false},
        {HOP_MAGIC, 1, {HOP_FRAME_BYTES_MAX + 1}, false},
        {HOP_MAGIC, 1, {UINT32_MAX}, false},
        {HOP_MAGIC, 2, {HOP_FRAME_BYTES_MAX, 1}, false},
        {HOP_MAGIC, 3, {UINT32_MAX, UINT32_MAX, 2}, false}, /* around 32 bits it is little */
    };

    close_pair(state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hop_head head = {.magic = rows[i].magic, .type = HOP_REPLY, .parts = rows[i].parts};
        struct hop_in in = {0};
        struct hop_frame frame;
        enum hop_got wanted = rows[i].taken ? HOP_GOT_FRAME : HOP_GOT_END;
        for (int blocking = 0; blocking < 2; blocking++) {
            assert_int_equal(make_pair(NULL), 0);
            write_bytes(&head, sizeof head);
            write_bytes(rows[i].sizes, sizeof rows[i].sizes);
            if (blocking) {
                errno = 0;
                assert_int_equal(hop_receive(pair[THEIRS], &frame), rows[i].taken);
                assert_int_equal(errno, rows[i].taken ? 0 : EBADMSG);
            } else if (hop_in_take(&in, pair[THEIRS], true, &frame) != wanted) {
                fail_msg("frame %zu", i);
            }
            if (rows[i].taken)
                hop_frame_clear(&frame);
            close(pair[OURS]);
            close(pair[THEIRS]);
        }
        hop_in_clear(&in);
    }
    assert_int_equal(make_pair(NULL), 0);
}

/* What the peer would refuse is not begun, so the connection stays good. */
static void test_a_frame_too_large_is_not_sent(void **state)
{
    static const size_t wrong[][2] = {{(size_t)HOP_FRAME_BYTES_MAX + 1, 0},
                                      {HOP_FRAME_BYTES_MAX, 1},
                                      {(size_t)UINT32_MAX + 2, 0}, /* cut to 32 bits it is 1 */
                                      {SIZE_MAX, 2}};
    struct hop_head head = {.type = HOP_PUBLISH, .parts = 2};
    char byte;

    (void)state;
    assert_int_equal(fcntl(pair[OURS], F_SETFL, O_NONBLOCK), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hop_part parts[2] = {{"", wrong[i][0]}, {"", wrong[i][1]}}; /* not read */
        struct hop_out out = {0};
        errno = 0;
        assert_false(hop_send(pair[OURS], &head, parts));
        assert_int_equal(errno, EMSGSIZE);
        assert_false(hop_out_send(&out, pair[OURS], &head, parts));
        assert_int_equal(errno, EMSGSIZE);
        assert_int_equal(out.size, 0);
    }
    static struct hop_part many[HOP_PARTS_MAX + 1];
    head.parts = HOP_PARTS_MAX + 1;
    assert_false(hop_send(pair[OURS], &head, many));
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(recv(pair[THEIRS], &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    head.parts = HOP_PARTS_MAX;
    struct hop_out out = {0};
    assert_true(hop_out_send(&out, pair[OURS], &head, many));
    hop_out_clear(&out);
}

/* ---- a full pipe ---- */

static void test_a_full_pipe_is_not_waited_for_and_order_is_kept(void **state)
{
    enum { FRAMES = 2000 };
    struct hop_out out = {0};
    struct hop_in in = {0};
    struct hop_frame frame;
    uint64_t sent = 0, taken = 0;
    bool waited = false;

    (void)state;
    while (taken < FRAMES) {
        for (int i = 0; i < 30 && sent < FRAMES; i++, sent++) {
            struct hop_head head = head_of(sent);
            assert_true(hop_out_send(&out, pair[OURS], &head, parts_of(sent)));
        }
        waited = waited || out.size > SMALL_BYTES;
        for (int i = 0; i < 7; i++) { /* slower than they come */
            enum hop_got got = hop_in_take(&in, pair[THEIRS], true, &frame);
            assert_int_not_equal(got, HOP_GOT_END);
            if (got == HOP_GOT_NOTHING)
                break;
            assert_frame_is(&frame, taken++);
            hop_frame_clear(&frame);
        }
        assert_true(hop_out_flush(&out, pair[OURS]));
    }
    assert_true(waited);
    assert_int_equal(out.size, 0);
    assert_null(out.bytes); /* an emptied queue gives its memory back */
    hop_in_clear(&in);
}

/* A part longer than everything between: it is read where it belongs, as much as is there. */
static void test_a_large_frame_comes_whole(void **state)
{
    enum { LARGE = 3 * 1024 * 1024 + 5 };
    char *data = malloc(LARGE);
    struct hop_head head = {.type = HOP_PUBLISH, .parts = 3, .request = 4};
    struct hop_part parts[3] = {{"x", 1}, {data, LARGE}, {"y", 1}};
    struct hop_out out = {0};
    struct hop_in in = {0};
    struct hop_frame frame;

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < LARGE; i++)
        data[i] = (char)(i % 251);
    assert_true(hop_out_send(&out, pair[OURS], &head, parts));
    while (hop_in_take(&in, pair[THEIRS], true, &frame) == HOP_GOT_NOTHING)
        assert_true(hop_out_flush(&out, pair[OURS]));
    assert_int_equal(frame.parts[1].size, LARGE);
    assert_memory_equal(frame.parts[1].data, data, LARGE);
    assert_string_equal(frame.parts[0].data, "x");
    assert_string_equal(frame.parts[2].data, "y");
    hop_frame_clear(&frame);
    hop_in_clear(&in);
    free(data);
}

/* The worker's end waits: what it sends comes, in order, while the front reads in its own time. */
static void test_a_sender_that_waits_keeps_order(void **state)
{
    enum { FRAMES = 3000 };
    struct hop_in in = {0};
    struct hop_frame frame;
    int status = 0;

    (void)state;
    pid_t sender = fork();
    assert_true(sender >= 0);
    if (sender == 0) {
        for (uint64_t number = 0; number < FRAMES; number++) {
            struct hop_head head = head_of(number);
            if (!hop_send(pair[OURS], &head, parts_of(number)))
                _exit(1);
        }
        _exit(0);
    }
    for (uint64_t taken = 0; taken < FRAMES;) {
        enum hop_got got = hop_in_take(&in, pair[THEIRS], true, &frame);
        struct pollfd item = {pair[THEIRS], POLLIN, 0};
        assert_int_not_equal(got, HOP_GOT_END);
        if (got == HOP_GOT_FRAME) {
            assert_frame_is(&frame, taken++);
            hop_frame_clear(&frame);
        } else {
            assert_int_equal(poll(&item, 1, -1), 1);
        }
    }
    assert_int_equal(waitpid(sender, &status, 0), sender);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    hop_in_clear(&in);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAIR(test_a_frame_cut_at_every_byte_is_put_together),
        WITH_PAIR(test_bytes_that_come_one_by_one),
        WITH_PAIR(test_frames_that_came_together_are_taken_without_reading),
        WITH_PAIR(test_a_peer_that_closes_at_every_byte),
        WITH_PAIR(test_frames_before_the_end_come),
        WITH_PAIR(test_sending_to_a_peer_that_is_gone_fails),
        WITH_PAIR(test_what_is_kept_for_a_peer_that_went_away),
        WITH_PAIR(test_frames_that_break_a_limit_are_refused),
        WITH_PAIR(test_a_frame_too_large_is_not_sent),
        WITH_PAIR(test_a_full_pipe_is_not_waited_for_and_order_is_kept),
        WITH_PAIR(test_a_large_frame_comes_whole),
        WITH_PAIR(test_a_sender_that_waits_keeps_order),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
