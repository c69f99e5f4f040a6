/* Output: what was written becomes stream messages, few, in order, and always text; and what
 * happens when a subscriber does not read them. */
#include <unistd.h>

#include "tests/c/front/kernel_front.h"

static int make_output(void **state)
{
    make_front(state);
    front->supervisor.ring = ring_new(RING_BYTES_DEFAULT);
    return front->supervisor.ring ? 0 : -1;
}

static void write_text(enum ring_stream stream, uint64_t request, const char *data, size_t size)
{
    ring_write(front->supervisor.ring, stream, request, data, size);
}

static void drain(void)
{
    output_drain(front, UINT64_MAX);
}

/* Have the loop run for so long: the drain timer and the one of what is kept. */
static void run_for(int64_t time_ms)
{
    awaited = "nothing";
    awaited_count = SIZE_MAX;
    deadline = zclock_mono() + time_ms;
    output_watch(front);
    loop_run();
}

/* All text of a stream as heard until now; valid until the next call. */
static const char *text_heard(const char *stream, size_t *size)
{
    static char *all;

    free(all);
    all = calloc(1, 1);
    *size = 0;
    for (size_t i = 0; i < heard_count; i++) {
        const json_t *text = json_object_get(heard[i].content, "text");
        if (strcmp(heard[i].msg_type, "stream") != 0 ||
            strcmp(text_of(heard[i].content, "name"), stream) != 0)
            continue;
        all = realloc(all, *size + json_string_length(text) + 1);
        memcpy(all + *size, json_string_value(text), json_string_length(text));
        *size += json_string_length(text);
        all[*size] = 0;
    }
    return all;
}

static void assert_heard(const char *wanted, size_t wanted_size)
{
    size_t size;
    const char *text = text_heard("stdout", &size);

    if (size != wanted_size || memcmp(text, wanted, size) != 0)
        fail_msg("heard \"%s\" (%zu), not \"%s\" (%zu)", text, size, wanted, wanted_size);
}

/* ---- few messages, in order ---- */

static void test_adjacent_text_goes_together(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        write_text(RING_STDOUT, 1, "line\n", 5);
    drain();
    output_flush(front);
    hear(subscriber);
    assert_int_equal(heard_of("stream"), 1);
    assert_int_equal(json_string_length(json_object_get(last_heard("stream"), "text")), 5000);
}

static void test_another_stream_or_request_is_another_message(void **state)
{
    static const struct {
        enum ring_stream stream;
        uint64_t request;
        const char *text;
    } rows[] = {{RING_STDOUT, 1, "a"}, {RING_STDERR, 1, "b"}, {RING_STDOUT, 1, "c"},
                {RING_STDOUT, 2, "d"}, {RING_STDERR, 2, "e"}, {RING_STDERR, 3, "f"}};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        write_text(rows[i].stream, rows[i].request, rows[i].text, 1);
    drain();
    output_flush(front);
    hear(subscriber);
    assert_int_equal(heard_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(text_of(heard[i].content, "text"), rows[i].text);
        assert_string_equal(text_of(heard[i].content, "name"),
                            rows[i].stream == RING_STDOUT ? "stdout" : "stderr");
    }
}

static void test_much_text_goes_in_pieces(void **state)
{
    enum { ALL = 1000000, PIECE = 64 * 1024 };
    char *data = malloc(ALL);

    (void)state;
    for (size_t i = 0; i < ALL; i++)
        data[i] = (char)('a' + i % 23);
    write_text(RING_STDOUT, 1, data, ALL);
    drain();
    output_flush(front);
    hear(subscriber);
    for (size_t i = 0; i < heard_count; i++)
        assert_true(json_string_length(json_object_get(heard[i].content, "text")) <= PIECE);
    assert_in_range(heard_count, ALL / PIECE, ALL / PIECE + 1);
    assert_heard(data, ALL);
    free(data);
}

static void test_nothing_is_no_message(void **state)
{
    (void)state;
    output_flush(front);
    write_text(RING_STDOUT, 1, "", 0);
    drain();
    output_flush(front);
    hear(subscriber);
    assert_int_equal(heard_count, 0);
}

static void test_the_timer_sends_without_more_output(void **state)
{
    (void)state;
    write_text(RING_STDOUT, 1, "soon", 4);
    drain();
    hear(subscriber);
    assert_int_equal(heard_count, 0);
    output_watch(front);
    run_until(1, "stream");
    assert_heard("soon", 4);
    for (int i = 0; i < 100 && front->drain_timer >= 0; i++)
        run_for(20);
    assert_int_equal(front->drain_timer, -1); /* and rests again */
}

/* ---- text ---- */

#define TEXT "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z" /* characters of one to four bytes */

static void test_a_character_split_between_reads_is_put_together(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < sizeof TEXT; cut++) {
        forget_heard();
        write_text(RING_STDOUT, 1, TEXT, cut);
        drain();
        run_for(45); /* at least one turn of the timer */
        write_text(RING_STDOUT, 1, TEXT + cut, sizeof TEXT - 1 - cut);
        drain();
        output_flush(front);
        hear(subscriber);
        assert_heard(TEXT, sizeof TEXT - 1);
    }
}

static void test_a_character_split_between_messages_is_put_together(void **state)
{
    enum { ALL = 3 * 64 * 1024 };
    char *data = malloc(ALL + sizeof TEXT);

    (void)state;
    for (size_t shift = 0; shift < sizeof TEXT; shift++) {
        size_t size = shift;
        memset(data, '.', shift);
        for (; size < ALL; size += sizeof TEXT - 1)
            memcpy(data + size, TEXT, sizeof TEXT - 1);
        forget_heard();
        write_text(RING_STDOUT, 1, data, size);
        drain();
        output_flush(front);
        hear(subscriber);
        assert_true(heard_count > 2);
        assert_heard(data, size);
    }
    free(data);
}

#define NO "\xef\xbf\xbd" /* U+FFFD */

static void test_what_is_no_utf8_is_replaced(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"caf\xe9\n", "caf" NO "\n"}, /* latin-1 */
        {"\x80", NO},                 /* a middle without a start */
        {"\xc3", NO},                 /* a start, and the end */
        {"\xc3(", NO "("},
        {"\xe2\x82", NO NO},
        {"\xe2\x82(", NO NO "("},
        {"\xf0\x9f\x98", NO NO NO},
        {"\xc0\xaf", NO NO}, /* overlong */
        {"\xc1\xbf", NO NO},
        {"\xe0\x9f\xbf", NO NO NO},
        {"\xf0\x8f\xbf\xbf", NO NO NO NO},
        {"\xed\xa0\x80", NO NO NO},               /* a surrogate */
        {"\xed\x9f\xbf", "\xed\x9f\xbf"},         /* just below */
        {"\xee\x80\x80", "\xee\x80\x80"},         /* and above */
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}, /* the last character */
        {"\xf4\x90\x80\x80", NO NO NO NO},        /* beyond it */
        {"\xf5\x80\x80\x80", NO NO NO NO},
        {"\xfe\xff", NO NO},
        {"\xc3\xc3\xa9", NO "\xc3\xa9"}, /* a character behind a broken one */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        forget_heard();
        write_text(RING_STDOUT, 1, rows[i].bytes, strlen(rows[i].bytes));
        drain();
        output_flush(front);
        hear(subscriber);
        assert_heard(rows[i].text, strlen(rows[i].text));
    }
}

/* Bytes that cannot become a character any more do not hold up what is behind them. */
static void test_broken_text_is_shown_at_once(void **state)
{
    static const char *const rows[][2] = {{"caf\xe9\n", "caf" NO "\n"},
                                          {"\xf0"
                                           "ab",
                                           NO "ab"},
                                          {"\xed\xa0", NO NO}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        forget_heard();
        write_text(RING_STDOUT, 1, rows[i][0], strlen(rows[i][0]));
        drain();
        output_watch(front);
        run_until(1, "stream");
        assert_heard(rows[i][1], strlen(rows[i][1]));
        assert_int_equal(front->output.size, 0);
    }
}

static void test_every_ascii_character_comes_back(void **state)
{
    char all[128];

    (void)state;
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    write_text(RING_STDOUT, 1, all, sizeof all);
    drain();
    output_flush(front);
    hear(subscriber);
    assert_heard(all, sizeof all);
}

/* ---- subscribers that do not keep pace ---- */

enum { PIECE_BYTES = 100 * 1024, KEPT_BYTES = 16 * 1024 * 1024 };

static zsock_t *stalled;

static int make_stalled(void **state)
{
    make_output(state);
    stalled = zsock_new(ZMQ_SUB);
    zsock_set_subscribe(stalled, "");
    zsock_set_rcvhwm(stalled, 1);
    assert_int_equal(zsock_connect(stalled, "%s", iopub_endpoint), 0);
    zframe_t *subscription = zframe_recv(front->sockets[CHANNEL_IOPUB]);
    zframe_destroy(&subscription);
    return 0;
}

static int end_stalled(void **state)
{
    zsock_destroy(&stalled);
    return end_front(state);
}

/* Message `number` with `size` bytes more. */
static void publish(json_int_t number, size_t size)
{
    char *text = calloc(1, size + 1);

    memset(text, 'x', size);
    publish_json(front, 0, "display_data", json_pack("{s:I, s:s}", "number", number, "text", text));
    free(text);
}

static void assert_heard_in_order(size_t count)
{
    assert_int_equal(heard_of("display_data"), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(json_integer_value(json_object_get(heard[i].content, "number")), i);
}

/* The stalled one reads on, until it has had so many. */
static void catch_up(size_t count)
{
    for (size_t got = 0; got < count;) {
        zmsg_t *frames = zmsg_recv_nowait(stalled);
        got += frames != NULL;
        if (!frames)
            run_for(2);
        zmsg_destroy(&frames);
    }
    run_for(10);
}

static void test_a_full_queue_keeps_messages_for_all(void **state)
{
    enum { MESSAGES = 200 };

    (void)state;
    for (json_int_t number = 0; number < MESSAGES; number++)
        publish(number, 100);
    hear(subscriber);
    assert_in_range(heard_count, 1, MESSAGES / 2);
    assert_true(front->publish.kept_bytes > 0);
    assert_false(publish_waits(front));
    catch_up(MESSAGES);
    assert_heard_in_order(MESSAGES);
    assert_int_equal(front->publish.kept_bytes, 0);
    assert_int_equal(front->publish.timer, -1);
    assert_string_equal(log_text, "");
    publish(MESSAGES, 100); /* sent at once again */
    hear(subscriber);
    assert_heard_in_order(MESSAGES + 1);
}

static void test_one_that_never_reads_loses_and_the_others_do_not(void **state)
{
    enum { MESSAGES = 200 };

    (void)state;
    for (json_int_t number = 0; number < MESSAGES; number++)
        publish(number, 100);
    int64_t start = zclock_mono();
    run_until(MESSAGES, "display_data");
    assert_true(zclock_mono() - start >= 1500);
    assert_heard_in_order(MESSAGES);
    assert_log_says("does not read");
}

static json_int_t fill(json_int_t number, size_t bytes)
{
    while (front->publish.kept_bytes <= bytes) {
        assert_false(publish_waits(front));
        publish(number++, PIECE_BYTES);
    }
    return number;
}

/* With much kept nothing more is taken from the worker: its ring is left to fill. */
static void test_with_much_kept_the_ring_is_left_alone(void **state)
{
    (void)state;
    write_text(RING_STDOUT, 1, "now, ", 5);
    drain();
    json_int_t count = fill(0, KEPT_BYTES);
    size_t kept = 0;
    for (int same = 0; same < 5;) { /* until the sockets' own queues are full, too */
        count = fill(count, KEPT_BYTES);
        kept = front->publish.kept_bytes;
        run_for(50);
        same = kept == front->publish.kept_bytes ? same + 1 : 0;
    }
    assert_true(publish_waits(front));
    write_text(RING_STDOUT, 1, "later", 5);
    run_for(100); /* the timer turns, for something is not sent yet */
    assert_int_equal(front->output.size, 5);
    assert_int_equal(heard_of("stream"), 0);
    assert_int_equal(front->publish.kept_bytes, kept);
    catch_up((size_t)count);
    assert_false(publish_waits(front));
    run_until(1, "stream");
    assert_heard("now, later", 10);
    for (json_int_t i = 0; i < count; i++)
        assert_int_equal(json_integer_value(json_object_get(heard[i].content, "number")), i);
}

/* The reply of an interrupted cell comes behind what it has shown: four times as much is taken. */
static void test_an_interrupt_lets_more_through(void **state)
{
    (void)state;
    json_int_t count = fill(0, KEPT_BYTES);
    assert_true(publish_waits(front));
    supervisor_interrupt(front);
    assert_false(publish_waits(front));
    count = fill(count, 4 * (size_t)KEPT_BYTES);
    assert_true(publish_waits(front));
    catch_up((size_t)count);
    assert_heard_in_order((size_t)count);
    fill(0, KEPT_BYTES); /* the next cell has as little as the first */
    assert_true(publish_waits(front));
}

static void test_an_interrupt_with_nothing_kept_changes_nothing(void **state)
{
    (void)state;
    supervisor_interrupt(front);
    fill(0, KEPT_BYTES);
    assert_true(publish_waits(front));
}

#define WITH_OUTPUT(test) cmocka_unit_test_setup_teardown(test, make_output, end_front)
#define WITH_STALLED(test) cmocka_unit_test_setup_teardown(test, make_stalled, end_stalled)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OUTPUT(test_adjacent_text_goes_together),
        WITH_OUTPUT(test_another_stream_or_request_is_another_message),
        WITH_OUTPUT(test_much_text_goes_in_pieces),
        WITH_OUTPUT(test_nothing_is_no_message),
        WITH_OUTPUT(test_the_timer_sends_without_more_output),
        WITH_OUTPUT(test_a_character_split_between_reads_is_put_together),
        WITH_OUTPUT(test_a_character_split_between_messages_is_put_together),
        WITH_OUTPUT(test_what_is_no_utf8_is_replaced),
        WITH_OUTPUT(test_broken_text_is_shown_at_once),
        WITH_OUTPUT(test_every_ascii_character_comes_back),
        WITH_STALLED(test_a_full_queue_keeps_messages_for_all),
        WITH_STALLED(test_one_that_never_reads_loses_and_the_others_do_not),
        WITH_STALLED(test_with_much_kept_the_ring_is_left_alone),
        WITH_STALLED(test_an_interrupt_lets_more_through),
        WITH_STALLED(test_an_interrupt_with_nothing_kept_changes_nothing),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
