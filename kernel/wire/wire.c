/* wire: the Jupyter wire protocol: multipart messages, signed with HMAC-SHA256. */
#include "kernel/wire/wire.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/json_memory.h"
#include "base/json_text.h"

enum { MAC_BYTES = 32, SEEN_SLOTS = 1 << 16 };
static const char delimiter[] = "<IDS|MSG>";

/* Signatures seen, in two generations of open-addressed tables: when the younger is half full the
 * older is forgotten. 64 bits of a MAC that verified are enough to tell two messages apart. */
struct seen {
    uint64_t *young, *old;
    size_t count;
};

struct wire {
    EVP_MAC *mac;
    EVP_MAC_CTX *context; /* keyed; NULL when messages are unsigned */
    struct seen seen;
    char session[33];
    uint64_t sent;
};

/* ---- signing ---- */

static bool random_hex(char *out, size_t bytes)
{
    unsigned char raw[32];

    if (getrandom(raw, bytes, 0) != (ssize_t)bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
    return true;
}

static bool init_mac(struct wire *self, const char *key, size_t key_size)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};

    /* Neither the old names of all ciphers nor texts of errors are needed: half the start. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
                            OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                        NULL);
    self->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    self->context = self->mac ? EVP_MAC_CTX_new(self->mac) : NULL;
    return self->context &&
           EVP_MAC_init(self->context, (const unsigned char *)key, key_size, parameters) == 1;
}

struct wire *wire_new(const char *key, size_t key_size)
{
    struct wire *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->seen.young = calloc(SEEN_SLOTS, sizeof *self->seen.young);
    self->seen.old = calloc(SEEN_SLOTS, sizeof *self->seen.old);
    if (!self->seen.young || !self->seen.old || !random_hex(self->session, 16) ||
        (key_size && !init_mac(self, key, key_size)))
        wire_destroy(&self);
    return self;
}

void wire_destroy(struct wire **self)
{
    if (!*self)
        return;
    EVP_MAC_CTX_free((*self)->context);
    EVP_MAC_free((*self)->mac);
    free((*self)->seen.young);
    free((*self)->seen.old);
    free(*self);
    *self = NULL;
}

const char *wire_session(const struct wire *self)
{
    return self->session;
}

/* MAC of the four JSON parts, in order. */
static bool sign(struct wire *self, const struct wire_part *parts, unsigned char mac[MAC_BYTES])
{
    size_t size = 0;

    if (EVP_MAC_init(self->context, NULL, 0, NULL) != 1)
        return false;
    for (int i = 0; i < 4; i++)
        if (EVP_MAC_update(self->context, parts[i].data, parts[i].size) != 1)
            return false;
    return EVP_MAC_final(self->context, mac, &size, MAC_BYTES) == 1 && size == MAC_BYTES;
}

static bool table_has(const uint64_t *table, uint64_t mark)
{
    for (size_t at = mark % SEEN_SLOTS; table[at]; at = (at + 1) % SEEN_SLOTS)
        if (table[at] == mark)
            return true;
    return false;
}

/* True the first time that a MAC is seen. */
static bool seen_add(struct seen *self, const unsigned char mac[MAC_BYTES])
{
    uint64_t mark;

    memcpy(&mark, mac, sizeof mark);
    mark = mark ? mark : 1;
    if (table_has(self->young, mark) || table_has(self->old, mark))
        return false;
    if (self->count >= SEEN_SLOTS / 2) {
        uint64_t *swapped = self->old;
        self->old = self->young;
        self->young = swapped;
        memset(self->young, 0, SEEN_SLOTS * sizeof *self->young);
        self->count = 0;
    }
    size_t at = mark % SEEN_SLOTS;
    while (self->young[at])
        at = (at + 1) % SEEN_SLOTS;
    self->young[at] = mark;
    self->count++;
    return true;
}

static struct wire_part frame_part(zframe_t *frame)
{
    return (struct wire_part){zframe_data(frame), zframe_size(frame)};
}

static int hex_digit(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* NULL when the signature is right and new, else the reason. */
static const char *check_signature(struct wire *self, zframe_t *signature,
                                   const struct wire_part parts[4])
{
    unsigned char expected[MAC_BYTES], given[MAC_BYTES];
    const unsigned char *hex = zframe_data(signature);

    if (!self->context)
        return NULL;
    if (zframe_size(signature) == 0)
        return "unsigned";
    if (zframe_size(signature) != 2 * MAC_BYTES)
        return "signature of the wrong length";
    for (int i = 0; i < MAC_BYTES; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return "signature is not hexadecimal";
        given[i] = (unsigned char)(high << 4 | low);
    }
    if (!sign(self, parts, expected))
        return "the signature could not be computed";
    if (CRYPTO_memcmp(expected, given, MAC_BYTES) != 0)
        return "invalid signature";
    return seen_add(&self->seen, given) ? NULL : "replayed signature";
}

/* ---- parsing ---- */

/* Are brackets nested deeper than the limit? jansson recurses, so this is asked before it
 * parses. */
static bool too_deep(struct wire_part text)
{
    const char *at = text.data, *end = at + text.size;
    int depth = 0;
    bool in_string = false;

    for (; at < end; at++) {
        if (in_string) {
            if (*at == '\\')
                at++;
            else if (*at == '"')
                in_string = false;
        } else if (*at == '"') {
            in_string = true;
        } else if (*at == '[' || *at == '{') {
            if (++depth > WIRE_JSON_DEPTH_MAX)
                return true;
        } else if (*at == ']' || *at == '}') {
            depth--;
        }
    }
    return false;
}

/* A JSON object, new reference; NULL with `reason`. */
static json_t *parse_object(zframe_t *frame, const char *part, char *reason, size_t reason_size)
{
    struct wire_part text = frame_part(frame);
    json_error_t error;

    if (too_deep(text)) {
        snprintf(reason, reason_size, "%s is nested too deeply", part);
        return NULL;
    }
    unsigned long failures = json_memory_failures();
    json_t *json = json_text_read(text.data, text.size, &error);
    if (json_memory_failures() != failures) {
        snprintf(reason, reason_size, "%s is not read: out of memory", part);
        json_decref(json);
        return NULL;
    }
    if (json_is_object(json))
        return json;
    snprintf(reason, reason_size, "%s is not a JSON object%s%.200s", part, json ? "" : ": ",
             json ? "" : error.text);
    json_decref(json);
    return NULL;
}

/* Find delimiter and parts. NULL when all are there, else the reason. */
static const char *split_frames(struct message *message, zframe_t **signature)
{
    zframe_t *frame = zmsg_first(message->frames);

    message->identity_first = frame;
    while (frame && !(zframe_size(frame) == sizeof delimiter - 1 &&
                      memcmp(zframe_data(frame), delimiter, sizeof delimiter - 1) == 0)) {
        message->identity_count++;
        frame = zmsg_next(message->frames);
    }
    if (!frame)
        return "no delimiter";
    if (zmsg_size(message->frames) - message->identity_count <
        6) /* zmsg_next wraps around after the last */
        return "truncated: fewer than five parts";
    *signature = zmsg_next(message->frames);
    message->header_raw = zmsg_next(message->frames);
    message->parent_raw = zmsg_next(message->frames);
    message->metadata_raw = zmsg_next(message->frames);
    message->content_raw = zmsg_next(message->frames);
    message->buffer_count = zmsg_size(message->frames) - message->identity_count - 6;
    return NULL;
}

static const char *header_text(const json_t *header, const char *name)
{
    const json_t *value = json_object_get(header, name);
    const char *text = json_string_value(value);

    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool read_header(struct message *self, char *reason, size_t reason_size)
{
    const json_t *subshell;

    self->header = parse_object(self->header_raw, "header", reason, reason_size);
    if (!self->header)
        return false;
    self->msg_type = header_text(self->header, "msg_type");
    self->msg_id = header_text(self->header, "msg_id");
    self->session = header_text(self->header, "session");
    subshell = json_object_get(self->header, "subshell_id");
    self->subshell_id =
        !subshell || json_is_null(subshell) ? "" : header_text(self->header, "subshell_id");
    if (!self->msg_type || !self->msg_id) {
        snprintf(reason, reason_size, "header lacks msg_type or msg_id");
        return false;
    }
    if (!self->session)
        self->session = "";
    if (!self->subshell_id)
        self->subshell_id = "?"; /* no subshell is called that: answered with an error */
    return true;
}

/* The other JSON parts must be objects as well; content is kept. */
static bool read_parts(struct message *self, char *reason, size_t reason_size)
{
    json_t *parent = parse_object(self->parent_raw, "parent_header", reason, reason_size);
    json_t *metadata =
        parent ? parse_object(self->metadata_raw, "metadata", reason, reason_size) : NULL;

    self->content =
        metadata ? parse_object(self->content_raw, "content", reason, reason_size) : NULL;
    json_decref(parent);
    json_decref(metadata);
    return self->content != NULL;
}

struct message *wire_parse(struct wire *self, zmsg_t **frames, char *reason, size_t reason_size)
{
    struct message *message = calloc(1, sizeof *message);
    zframe_t *signature = NULL;
    const char *wrong = NULL;

    if (!message) {
        zmsg_destroy(frames);
        snprintf(reason, reason_size, "out of memory");
        return NULL;
    }
    message->frames = *frames;
    *frames = NULL;
    if (zmsg_content_size(message->frames) > WIRE_MESSAGE_BYTES_MAX)
        wrong = "too large";
    if (!wrong)
        wrong = split_frames(message, &signature);
    if (!wrong) {
        struct wire_part parts[4] = {
            frame_part(message->header_raw), frame_part(message->parent_raw),
            frame_part(message->metadata_raw), frame_part(message->content_raw)};
        wrong = check_signature(self, signature, parts);
    }
    if (wrong)
        snprintf(reason, reason_size, "%s", wrong);
    else if (read_header(message, reason, reason_size) && read_parts(message, reason, reason_size))
        return message;
    message_destroy(&message);
    return NULL;
}

void message_destroy(struct message **self)
{
    if (!*self)
        return;
    zmsg_destroy(&(*self)->frames);
    json_decref((*self)->header);
    json_decref((*self)->content);
    free(*self);
    *self = NULL;
}

/* ---- sending ---- */

static size_t write_header(struct wire *self, const char *msg_type, char *out, size_t size,
                           char *msg_id)
{
    char id[64], date[40];
    struct timespec now;
    struct tm broken;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &broken);
    size_t used = strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &broken);
    snprintf(date + used, sizeof date - used, ".%06ldZ", now.tv_nsec / 1000);
    snprintf(id, sizeof id, "%s_%llu", self->session, (unsigned long long)++self->sent);
    if (msg_id)
        strcpy(msg_id, id);
    int length =
        snprintf(out, size,
                 "{\"msg_id\":\"%s\",\"session\":\"%s\",\"username\":\"kernel\",\"date\":\"%s\","
                 "\"msg_type\":\"%s\",\"version\":\"" PROTOCOL_VERSION "\"}",
                 id, self->session, date, msg_type);
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

static bool send_part(void *socket, const void *data, size_t size, bool more)
{
    return zmq_send(socket, data, size, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
}

static bool send_address(void *socket, const struct outgoing *message)
{
    if (!message->to)
        return !message->topic || send_part(socket, message->topic, strlen(message->topic), true);
    zframe_t *frame = zmsg_first(message->to->frames);

    for (size_t i = 0; i < message->to->identity_count; i++, frame = zmsg_next(message->to->frames))
        if (!send_part(socket, zframe_data(frame), zframe_size(frame), true))
            return false;
    return true;
}

/* What is written anew for each message. */
struct envelope {
    char header[512], hex[2 * MAC_BYTES + 1];
    struct wire_part parts[4];
};

static bool envelope_fill(struct envelope *envelope, struct wire *self,
                          const struct outgoing *message, char *msg_id)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char mac[MAC_BYTES];
    struct wire_part empty = {"{}", 2};
    size_t size =
        write_header(self, message->msg_type, envelope->header, sizeof envelope->header, msg_id);

    envelope->parts[0] = (struct wire_part){envelope->header, size};
    envelope->parts[1] = message->parent.size ? message->parent : empty;
    envelope->parts[2] = message->metadata.size ? message->metadata : empty;
    envelope->parts[3] = message->content.size ? message->content : empty;
    envelope->hex[0] = 0;
    if (!size || !self->context)
        return size > 0;
    if (!sign(self, envelope->parts, mac))
        return false;
    for (int i = 0; i < MAC_BYTES; i++) {
        envelope->hex[2 * i] = digits[mac[i] >> 4];
        envelope->hex[2 * i + 1] = digits[mac[i] & 15];
    }
    envelope->hex[2 * MAC_BYTES] = 0;
    return true;
}

bool wire_send(struct wire *self, zsock_t *socket, const struct outgoing *message, char *msg_id)
{
    void *raw = zsock_resolve(socket);
    struct envelope envelope;

    errno = 0;
    if (!envelope_fill(&envelope, self, message, msg_id) || !send_address(raw, message) ||
        !send_part(raw, delimiter, sizeof delimiter - 1, true) ||
        !send_part(raw, envelope.hex, strlen(envelope.hex), true))
        return false;
    for (int i = 0; i < 4; i++)
        if (!send_part(raw, envelope.parts[i].data, envelope.parts[i].size,
                       i < 3 || message->buffer_count))
            return false;
    for (size_t i = 0; i < message->buffer_count; i++)
        if (!send_part(raw, message->buffers[i].data, message->buffers[i].size,
                       i + 1 < message->buffer_count))
            return false;
    return true;
}

zmsg_t *wire_pack(struct wire *self, const struct outgoing *message)
{
    struct envelope envelope;
    zmsg_t *frames = zmsg_new();
    bool packed = frames && envelope_fill(&envelope, self, message, NULL) &&
                  (!message->topic || zmsg_addstr(frames, message->topic) == 0) &&
                  zmsg_addstr(frames, delimiter) == 0 && zmsg_addstr(frames, envelope.hex) == 0;

    for (int i = 0; packed && i < 4; i++)
        packed = zmsg_addmem(frames, envelope.parts[i].data, envelope.parts[i].size) == 0;
    for (size_t i = 0; packed && i < message->buffer_count; i++)
        packed = zmsg_addmem(frames, message->buffers[i].data, message->buffers[i].size) == 0;
    if (!packed)
        zmsg_destroy(&frames);
    return frames;
}
