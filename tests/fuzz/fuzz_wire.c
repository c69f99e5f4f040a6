/* Messages from a frontend: any frames are taken with every part in bounds, or dropped with a
 * reason, signed or not.
 *
 * The first byte says how: bit 0, the message is signed with our key; bit 1, the kernel has no key.
 * The rest are the frames, "|" between them; one that is "<>" becomes the delimiter, and the
 * signature is made to fit. */
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kernel/wire/wire.h"

#define KEY "fuzz"
enum { SIGNED = 1, NO_KEY = 2, JSON_PARTS = 4 };

static zmsg_t *split(const char *at, size_t size)
{
    zmsg_t *frames = zmsg_new();
    const char *end = at + size;

    while (at <= end) {
        const char *bar = at < end ? memchr(at, '|', (size_t)(end - at)) : NULL;
        size_t length = (size_t)((bar ? bar : end) - at);
        if (length == 2 && memcmp(at, "<>", 2) == 0)
            zmsg_addstr(frames, "<IDS|MSG>");
        else
            zmsg_addmem(frames, at, length);
        at += length + 1;
    }
    return frames;
}

/* The frame behind the first delimiter becomes the signature of the four behind it. */
static void sign(zmsg_t *frames)
{
    unsigned char mac[32], all[65536];
    char hex[65];
    size_t used = 0;
    zframe_t *frame = zmsg_first(frames);

    while (frame && !zframe_streq(frame, "<IDS|MSG>"))
        frame = zmsg_next(frames);
    zframe_t *signature = frame ? zmsg_next(frames) : NULL;
    for (int i = 0; signature && i < JSON_PARTS; i++) {
        frame = zmsg_next(frames);
        if (!frame || used + zframe_size(frame) > sizeof all)
            return;
        memcpy(all + used, zframe_data(frame), zframe_size(frame));
        used += zframe_size(frame);
    }
    if (!signature || !HMAC(EVP_sha256(), KEY, sizeof KEY - 1, all, used, mac, NULL))
        return;
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    zframe_reset(signature, hex, 64);
}

static void check(const struct message *message)
{
    size_t frames = 0, total = 0;

    assert(message->msg_type && message->msg_id && message->session && message->subshell_id);
    assert(json_is_object(message->header) && json_is_object(message->content));
    for (zframe_t *frame = zmsg_first(message->frames); frame; frame = zmsg_next(message->frames)) {
        for (size_t i = 0; i < zframe_size(frame); i++)
            total += zframe_data(frame)[i];
        frames++;
    }
    assert(frames == message->identity_count + 6 + message->buffer_count);
    assert(message->header_raw != message->content_raw);
    (void)total;
}

/* What came in can be answered: the answer is read by the same rules. */
static void answer(struct wire *wire, const struct message *message)
{
    char reason[512] = "";
    struct wire_part parent = {zframe_data(message->header_raw), zframe_size(message->header_raw)};
    const struct outgoing outgoing = {.msg_type = "status", .topic = "status", .parent = parent};
    zmsg_t *frames = wire_pack(wire, &outgoing);
    struct message *back = wire_parse(wire, &frames, reason, sizeof reason);

    assert(back && back->buffer_count == 0);
    message_destroy(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire *keyed, *open;
    static unsigned runs;
    char reason[512] = "";

    if (size < 1 || size > 65536)
        return 0;
    if (runs++ % 4096 == 0) /* replays are part of it, but not for ever */
        wire_destroy(&keyed);
    keyed = keyed ? keyed : wire_new(KEY, sizeof KEY - 1);
    open = open ? open : wire_new("", 0);
    struct wire *wire = data[0] & NO_KEY ? open : keyed;
    zmsg_t *frames = split((const char *)data + 1, size - 1);
    if (data[0] & SIGNED)
        sign(frames);
    struct message *message = wire_parse(wire, &frames, reason, sizeof reason);
    assert(!frames);
    if (message) {
        check(message);
        answer(wire, message);
    } else {
        assert(memchr(reason, 0, sizeof reason) && reason[0]);
    }
    message_destroy(&message);
    return 0;
}
