/* The wire protocol: what wire makes wire reads, and what nobody signed, or nobody can read, is
 * dropped with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "kernel/wire/wire.h"

#define KEY "a0436f6c-1916-498b-8eb9-e81ab9368e84"
#define HEADER "{\"msg_id\":\"one\",\"msg_type\":\"execute_request\",\"session\":\"s\"}"
#define REPLAYS_REMEMBERED (1 << 15) /* at least that many of the last messages */

struct json_parts {
    const char *header, *parent, *metadata, *content;
};

static const struct json_parts good = {HEADER, "{}", "{}", "{\"code\":\"1+1\"}"};

/* The signature as another implementation makes it. */
static void sign_as_frontend(const char *key, const struct json_parts *parts, char hex[65])
{
    const char *const texts[] = {parts->header, parts->parent, parts->metadata, parts->content};
    size_t size = 0, used = 0;
    unsigned char mac[32];

    for (int i = 0; i < 4; i++)
        size += strlen(texts[i]);
    char *all = malloc(size + 1);
    assert_non_null(all);
    for (int i = 0; i < 4; used += strlen(texts[i++]))
        memcpy(all + used, texts[i], strlen(texts[i]));
    assert_non_null(
        HMAC(EVP_sha256(), key, (int)strlen(key), (unsigned char *)all, size, mac, NULL));
    free(all);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
}

static zmsg_t *message_of(const char *signature, const struct json_parts *parts)
{
    zmsg_t *frames = zmsg_new();
    const char *const texts[] = {"frontend",    "<IDS|MSG>",     signature,     parts->header,
                                 parts->parent, parts->metadata, parts->content};

    assert_non_null(frames);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(zmsg_addstr(frames, texts[i]), 0);
    return frames;
}

static zmsg_t *signed_message(const struct json_parts *parts)
{
    char hex[65];

    sign_as_frontend(KEY, parts, hex);
    return message_of(hex, parts);
}

static struct wire *wire_with_key(void)
{
    struct wire *wire = wire_new(KEY, strlen(KEY));

    assert_non_null(wire);
    return wire;
}

/* Takes `frames`. "" when the message was taken, else the reason. */
static const char *reason_for(struct wire *wire, zmsg_t *frames)
{
    static char reason[512];

    memset(reason, 0, sizeof reason);
    struct message *message = wire_parse(wire, &frames, reason, sizeof reason);
    assert_null(frames);
    assert_true(message ? !*reason : *reason); /* taken, or a reason: never both, never neither */
    message_destroy(&message);
    assert_null(message);
    return reason;
}

static void assert_starts_with(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0)
        fail_msg("\"%s\" does not start with \"%s\"", text, start);
}

static void assert_frame_is(zframe_t *frame, const char *text)
{
    assert_non_null(frame);
    assert_int_equal(zframe_size(frame), strlen(text));
    assert_memory_equal(zframe_data(frame), text, strlen(text));
}

static struct message *parse(struct wire *wire, zmsg_t *frames)
{
    char reason[512] = "";
    struct message *message = wire_parse(wire, &frames, reason, sizeof reason);

    if (!message)
        fail_msg("dropped: %s", reason);
    return message;
}

/* ---- what is made is read back ---- */

static void test_a_signed_message_is_read(void **state)
{
    struct wire *wire = wire_with_key();
    zmsg_t *frames = signed_message(&good);

    (void)state;
    assert_int_equal(zmsg_pushstr(frames, "hop before"), 0);
    struct message *message = parse(wire, frames);
    assert_string_equal(message->msg_type, "execute_request");
    assert_string_equal(message->msg_id, "one");
    assert_string_equal(message->session, "s");
    assert_string_equal(message->subshell_id, "");
    assert_int_equal(message->identity_count, 2);
    assert_frame_is(message->identity_first, "hop before");
    assert_frame_is(message->header_raw, HEADER);
    assert_frame_is(message->parent_raw, "{}");
    assert_frame_is(message->content_raw, good.content);
    assert_string_equal(json_string_value(json_object_get(message->content, "code")), "1+1");
    assert_int_equal(message->buffer_count, 0);
    message_destroy(&message);
    wire_destroy(&wire);
    assert_null(wire);
}

static void test_a_packed_message_comes_back_with_its_buffers(void **state)
{
    struct wire *sender = wire_with_key(), *receiver = wire_with_key();
    const struct wire_part buffers[] = {{"\0\1\2", 3}, {"", 0}, {"<IDS|MSG>", 9}};
    const struct outgoing outgoing = {.msg_type = "display_data",
                                      .topic = "display",
                                      .parent = {HEADER, strlen(HEADER)},
                                      .content = {"{\"data\":{}}", 11},
                                      .metadata = {"{\"m\":1}", 7},
                                      .buffers = buffers,
                                      .buffer_count = 3};

    (void)state;
    struct message *message = parse(receiver, wire_pack(sender, &outgoing));
    assert_string_equal(message->msg_type, "display_data");
    assert_string_equal(message->session, wire_session(sender));
    assert_int_equal(strlen(wire_session(sender)), 32);
    assert_string_equal(json_string_value(json_object_get(message->header, "version")),
                        PROTOCOL_VERSION);
    assert_int_equal(message->identity_count, 1);
    assert_frame_is(message->identity_first, "display");
    assert_frame_is(message->parent_raw, HEADER);
    assert_frame_is(message->metadata_raw, "{\"m\":1}");
    assert_frame_is(message->content_raw, "{\"data\":{}}");
    assert_int_equal(message->buffer_count, 3);
    zframe_t *last = zmsg_last(message->frames);
    assert_frame_is(last, "<IDS|MSG>");
    message_destroy(&message);
    wire_destroy(&sender);
    wire_destroy(&receiver);
}

/* An answer goes back along the identities of its request, and each message has an id of its
 * own. */
static void test_an_answer_finds_its_way_back(void **state)
{
    struct wire *kernel = wire_with_key(), *frontend = wire_with_key();
    zsock_t *router = zsock_new_router("@inproc://wire-test"),
            *dealer = zsock_new_dealer(">inproc://wire-test");
    zmsg_t *frames = signed_message(&good);
    char first[64] = "", second[64] = "";

    (void)state;
    assert_non_null(router);
    assert_non_null(dealer);
    assert_int_equal(zmsg_send(&frames, dealer), 0);
    struct message *request = parse(kernel, zmsg_recv(router));
    assert_int_equal(request->identity_count, 2); /* the router's own, and the one that was sent */
    const struct outgoing answer = {
        .msg_type = "execute_reply", .to = request, .content = {"{\"status\":\"ok\"}", 15}};
    assert_true(wire_send(kernel, router, &answer, first));
    assert_true(wire_send(kernel, router, &answer, second));
    assert_string_not_equal(first, second);
    for (int i = 0; i < 2; i++) {
        struct message *reply = parse(frontend, zmsg_recv(dealer));
        assert_string_equal(reply->msg_type, "execute_reply");
        assert_string_equal(reply->msg_id, i ? second : first);
        assert_frame_is(reply->identity_first, "frontend");
        assert_frame_is(reply->parent_raw, "{}");
        message_destroy(&reply);
    }
    message_destroy(&request);
    zsock_destroy(&dealer);
    zsock_destroy(&router);
    wire_destroy(&kernel);
    wire_destroy(&frontend);
}

static void test_a_type_too_long_for_a_header_is_not_sent(void **state)
{
    struct wire *wire = wire_with_key();
    char type[600];
    const struct outgoing outgoing = {.msg_type = type};

    (void)state;
    memset(type, 'x', sizeof type);
    type[sizeof type - 1] = 0;
    assert_null(wire_pack(wire, &outgoing));
    wire_destroy(&wire);
}

/* ---- signatures ---- */

static void test_an_empty_key_means_unsigned(void **state)
{
    struct wire *wire = wire_new("", 0);
    const struct outgoing outgoing = {.msg_type = "status"};

    (void)state;
    assert_non_null(wire);
    assert_string_equal(reason_for(wire, message_of("", &good)), "");
    assert_string_equal(reason_for(wire, message_of("", &good)), ""); /* nothing tells a replay */
    assert_string_equal(reason_for(wire, message_of("whatever", &good)), "");
    zmsg_t *frames = wire_pack(wire, &outgoing);
    assert_frame_is(zmsg_first(frames), "<IDS|MSG>");
    assert_frame_is(zmsg_next(frames), "");
    zmsg_destroy(&frames);
    wire_destroy(&wire);
}

static void test_what_nobody_signed_is_dropped(void **state)
{
    struct wire *wire = wire_with_key();
    char right[65], wrong[65];

    (void)state;
    sign_as_frontend(KEY, &good, right);
    assert_string_equal(reason_for(wire, message_of("", &good)), "unsigned");
    assert_string_equal(reason_for(wire, message_of("ab", &good)), "signature of the wrong length");
    snprintf(wrong, sizeof wrong, "%.63sz", right);
    assert_string_equal(reason_for(wire, message_of(wrong, &good)), "signature is not hexadecimal");
    for (int i = 0; i < 64; i++) { /* each digit counts */
        strcpy(wrong, right);
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        assert_string_equal(reason_for(wire, message_of(wrong, &good)), "invalid signature");
    }
    sign_as_frontend("another key", &good, wrong);
    assert_string_equal(reason_for(wire, message_of(wrong, &good)), "invalid signature");
    assert_string_equal(reason_for(wire, message_of(right, &good)),
                        ""); /* none of them left a trace */
    wire_destroy(&wire);
}

static void test_every_part_is_signed(void **state)
{
    const struct json_parts changed[] = {
        {HEADER " ", good.parent, good.metadata, good.content},
        {good.header, "{\"msg_id\":\"x\"}", good.metadata, good.content},
        {good.header, good.parent, "{\"m\":1}", good.content},
        {good.header, good.parent, good.metadata, "{\"code\":\"2+2\"}"}};
    struct wire *wire = wire_with_key();
    char hex[65];

    (void)state;
    sign_as_frontend(KEY, &good, hex);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(reason_for(wire, message_of(hex, &changed[i])), "invalid signature");
    wire_destroy(&wire);
}

static zmsg_t *numbered_message(int number)
{
    char header[128];
    const struct json_parts parts = {header, "{}", "{}", "{}"};

    snprintf(header, sizeof header, "{\"msg_id\":\"%d\",\"msg_type\":\"comm_msg\"}", number);
    return signed_message(&parts);
}

static void test_a_replay_is_dropped(void **state)
{
    struct wire *wire = wire_with_key();
    char hex[65];

    (void)state;
    assert_string_equal(reason_for(wire, signed_message(&good)), "");
    assert_string_equal(reason_for(wire, signed_message(&good)), "replayed signature");
    sign_as_frontend(KEY, &good, hex);
    for (char *at = hex; *at; at++) /* the same signature in other letters */
        *at = *at >= 'a' ? (char)(*at - 'a' + 'A') : *at;
    assert_string_equal(reason_for(wire, message_of(hex, &good)), "replayed signature");
    assert_string_equal(reason_for(wire, numbered_message(1)), "");
    wire_destroy(&wire);
}

/* What is remembered is bounded, and holds the last messages however many came before. */
static void test_the_last_messages_are_remembered(void **state)
{
    struct wire *wire = wire_with_key();
    int count = 3 * REPLAYS_REMEMBERED + 100;

    (void)state;
    for (int i = 0; i < count; i++)
        assert_string_equal(reason_for(wire, numbered_message(i)), "");
    for (int i = count - REPLAYS_REMEMBERED; i < count; i++)
        assert_string_equal(reason_for(wire, numbered_message(i)), "replayed signature");
    assert_string_equal(reason_for(wire, numbered_message(0)), ""); /* the first is forgotten */
    wire_destroy(&wire);
}

/* ---- what cannot be read ---- */

static void test_truncated_at_every_frame(void **state)
{
    struct wire *wire = wire_with_key();
    zmsg_t *whole = signed_message(&good);
    size_t size = zmsg_size(whole);

    (void)state;
    for (size_t kept = 0; kept < size; kept++) {
        zmsg_t *part = zmsg_dup(whole);
        while (zmsg_size(part) > kept) {
            zframe_t *frame = zmsg_last(part);
            zmsg_remove(part, frame);
            zframe_destroy(&frame);
        }
        assert_string_equal(reason_for(wire, part),
                            kept < 2 ? "no delimiter" : "truncated: fewer than five parts");
    }
    assert_string_equal(reason_for(wire, whole), "");
    wire_destroy(&wire);
}

static void test_without_its_delimiter(void **state)
{
    struct wire *wire = wire_with_key();
    zmsg_t *frames = signed_message(&good);

    (void)state;
    zmsg_first(frames);
    zframe_t *delimiter = zmsg_next(frames);
    zmsg_remove(frames, delimiter);
    zframe_destroy(&delimiter);
    assert_string_equal(reason_for(wire, frames), "no delimiter");
    wire_destroy(&wire);
}

#define TYPED(fields) "{\"msg_id\":\"x\",\"msg_type\":\"y\"" fields "}"

static void test_signed_but_broken(void **state)
{
    static const struct {
        struct json_parts parts;
        const char *reason;
    } cases[] = {
        {{"", "{}", "{}", "{}"}, "header is not a JSON object: "},
        {{"{", "{}", "{}", "{}"}, "header is not a JSON object: "},
        {{"[]", "{}", "{}", "{}"}, "header is not a JSON object"},
        {{"null", "{}", "{}", "{}"}, "header is not a JSON object"},
        {{"{} {}", "{}", "{}", "{}"}, "header is not a JSON object: "},
        {{"{\"msg_id\":\"\xff\",\"msg_type\":\"x\"}", "{}", "{}", "{}"},
         "header is not a JSON object: "},
        {{"{}", "{}", "{}", "{}"}, "header lacks msg_type or msg_id"},
        {{"{\"msg_id\":\"x\"}", "{}", "{}", "{}"}, "header lacks msg_type or msg_id"},
        {{"{\"msg_type\":\"x\"}", "{}", "{}", "{}"}, "header lacks msg_type or msg_id"},
        {{"{\"msg_id\":1,\"msg_type\":\"x\"}", "{}", "{}", "{}"},
         "header lacks msg_type or msg_id"},
        {{"{\"msg_id\":\"x\",\"msg_type\":[\"x\"]}", "{}", "{}", "{}"},
         "header lacks msg_type or msg_id"},
        {{"{\"msg_id\":\"x\",\"msg_type\":null}", "{}", "{}", "{}"},
         "header lacks msg_type or msg_id"},
        {{"{\"msg_id\":\"x\\u0000y\",\"msg_type\":\"x\"}", "{}", "{}", "{}"},
         "header lacks msg_type or msg_id"},
        {{HEADER, "", "{}", "{}"}, "parent_header is not a JSON object: "},
        {{HEADER, "3", "{}", "{}"}, "parent_header is not a JSON object: "},
        {{HEADER, "[]", "{}", "{}"}, "parent_header is not a JSON object"},
        {{HEADER, "{}", "\"\"", "{}"}, "metadata is not a JSON object: "},
        {{HEADER, "{}", "{\"\xc3\":1}", "{}"}, "metadata is not a JSON object: "},
        {{HEADER, "{}", "{}", ""}, "content is not a JSON object: "},
        {{HEADER, "{}", "{}", "[]"}, "content is not a JSON object"},
        {{HEADER, "{}", "{}", "{\"code\":\"\xed\xa0\x80\"}"}, "content is not a JSON object: "},
        {{HEADER, "{}", "{}", "{\"code\":-}"}, "content is not a JSON object: "},
        {{HEADER, "{}", "{}", "{'code':1}"}, "content is not a JSON object: "},
        {{HEADER, "{}", "{}", "{\"code\":\""}, "content is not a JSON object: "},
        {{HEADER, "{}", "{}", "{\"code\":\"\\"}, "content is not a JSON object: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire *wire = wire_with_key();
        assert_starts_with(reason_for(wire, signed_message(&cases[i].parts)), cases[i].reason);
        wire_destroy(&wire);
    }
}

/* Fields that a message can do without: it is taken, and they say so. */
static void test_fields_of_the_wrong_type(void **state)
{
    static const struct {
        const char *header, *session, *subshell;
    } cases[] = {
        {TYPED(""), "", ""},
        {TYPED(",\"session\":7"), "", ""},
        {TYPED(",\"subshell_id\":null"), "", ""},
        {TYPED(",\"subshell_id\":\"s1\""), "", "s1"},
        {TYPED(",\"subshell_id\":7"), "", "?"},
        {TYPED(",\"subshell_id\":\"a\\u0000b\""), "", "?"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire *wire = wire_with_key();
        const struct json_parts parts = {cases[i].header, "{}", "{}", "{}"};
        struct message *message = parse(wire, signed_message(&parts));
        assert_string_equal(message->session, cases[i].session);
        assert_string_equal(message->subshell_id, cases[i].subshell);
        message_destroy(&message);
        wire_destroy(&wire);
    }
}

/* {"a":[[...]]}, `depth` levels with the object. For the caller to free. */
static char *nested(size_t depth)
{
    char *text = malloc(2 * depth + 8);
    size_t inner = depth - 1;

    assert_non_null(text);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', inner);
    memset(text + 5 + inner, ']', inner);
    strcpy(text + 5 + 2 * inner, "}");
    return text;
}

static void test_nesting_has_a_limit(void **state)
{
    static const struct {
        size_t depth;
        const char *reason;
    } cases[] = {{100, ""},
                 {WIRE_JSON_DEPTH_MAX, ""},
                 {WIRE_JSON_DEPTH_MAX + 1, "content is nested too deeply"},
                 {1000000, "content is nested too deeply"}};
    char in_text[WIRE_JSON_DEPTH_MAX + 64];
    const struct json_parts brackets_in_text = {HEADER, "{}", "{}", in_text};
    struct wire *wire = wire_with_key();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *content = nested(cases[i].depth);
        const struct json_parts parts = {HEADER, "{}", "{}", content};
        assert_string_equal(reason_for(wire, signed_message(&parts)), cases[i].reason);
        free(content);
    }
    memset(in_text, '[', sizeof in_text);
    memcpy(in_text, "{\"code\":\"\\\"", 11);
    strcpy(in_text + sizeof in_text - 3, "\"}");
    assert_string_equal(reason_for(wire, signed_message(&brackets_in_text)), "");
    wire_destroy(&wire);
}

/* They are counted; that these are too many for the worker is for the request's answer to say. */
static void test_many_buffers_are_counted(void **state)
{
    struct wire *wire = wire_with_key();
    zmsg_t *frames = signed_message(&good);

    (void)state;
    for (int i = 0; i < WIRE_BUFFERS_MAX + 1; i++)
        assert_int_equal(zmsg_addmem(frames, "b", 1), 0);
    struct message *message = parse(wire, frames);
    assert_int_equal(message->buffer_count, WIRE_BUFFERS_MAX + 1);
    assert_frame_is(message->content_raw, good.content);
    message_destroy(&message);
    wire_destroy(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signed_message_is_read),
        cmocka_unit_test(test_a_packed_message_comes_back_with_its_buffers),
        cmocka_unit_test(test_an_answer_finds_its_way_back),
        cmocka_unit_test(test_a_type_too_long_for_a_header_is_not_sent),
        cmocka_unit_test(test_an_empty_key_means_unsigned),
        cmocka_unit_test(test_what_nobody_signed_is_dropped),
        cmocka_unit_test(test_every_part_is_signed),
        cmocka_unit_test(test_a_replay_is_dropped),
        cmocka_unit_test(test_the_last_messages_are_remembered),
        cmocka_unit_test(test_truncated_at_every_frame),
        cmocka_unit_test(test_without_its_delimiter),
        cmocka_unit_test(test_signed_but_broken),
        cmocka_unit_test(test_fields_of_the_wrong_type),
        cmocka_unit_test(test_nesting_has_a_limit),
        cmocka_unit_test(test_many_buffers_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
