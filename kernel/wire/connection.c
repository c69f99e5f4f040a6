#include "kernel/wire/connection.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "base/json_memory.h"

const char *const channel_names[CHANNEL_COUNT] = {"shell", "control", "iopub", "stdin", "hb"};

static bool copy_text(const json_t *file, const char *name, const char *fallback, char *out,
                      size_t size, char *error, size_t error_size)
{
    const json_t *value = json_object_get(file, name);

    if (!value && fallback) {
        snprintf(out, size, "%s", fallback);
        return true;
    }
    if (!json_is_string(value)) {
        snprintf(error, error_size, "\"%s\" must be a string", name);
        return false;
    }
    if (json_string_length(value) >= size ||
        strlen(json_string_value(value)) != json_string_length(value)) {
        snprintf(error, error_size, "\"%s\" is too long, or has a NUL byte", name);
        return false;
    }
    strcpy(out, json_string_value(value));
    return true;
}

static bool read_port(const json_t *file, const char *name, bool needed, int *out, char *error,
                      size_t error_size)
{
    const json_t *port = json_object_get(file, name);

    if (!port && !needed)
        return true;
    if (!json_is_integer(port) || json_integer_value(port) < 0 ||
        json_integer_value(port) > 65535) {
        snprintf(error, error_size, "\"%s\" must be a port number", name);
        return false;
    }
    *out = (int)json_integer_value(port);
    return true;
}

/* Files of one name for each channel, where no other kernel has its own. */
static void choose_ipc_ports(struct connection *self)
{
    for (int i = 0, port = getpid() % 10000 * CHANNEL_COUNT + 1; i < CHANNEL_COUNT; i++, port++) {
        char path[1100];

        if (self->ports[i])
            continue;
        do
            snprintf(path, sizeof path, "%s-%d", self->ip, port);
        while (access(path, F_OK) == 0 && ++port <= 65535);
        self->ports[i] = port;
    }
}

static bool read_ports(struct connection *self, const json_t *file, char *error, size_t error_size)
{
    if (!read_port(file, "registration_port", false, &self->registration_port, error, error_size))
        return false;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s_port", channel_names[i]);
        if (!read_port(file, name, !self->registration_port, &self->ports[i], error, error_size))
            return false;
    }
    if (self->registration_port && strcmp(self->transport, "ipc") == 0)
        choose_ipc_ports(self);
    return true;
}

static bool read_curve(struct connection *self, const json_t *file, char *error, size_t error_size)
{
    if (!copy_text(file, "curve_publickey", "", self->curve_public, sizeof self->curve_public,
                   error, error_size) ||
        !copy_text(file, "curve_secretkey", "", self->curve_secret, sizeof self->curve_secret,
                   error, error_size))
        return false;
    size_t size = strlen(self->curve_public);
    if (strlen(self->curve_secret) != size || (size != 0 && size != 40)) {
        snprintf(error, error_size,
                 "\"curve_publickey\" and \"curve_secretkey\" must both have 40 characters");
        return false;
    }
    uint8_t public[32], secret[32];
    if (size && (!zmq_z85_decode(public, self->curve_public) ||
                 !zmq_z85_decode(secret, self->curve_secret))) {
        snprintf(error, error_size,
                 "\"curve_publickey\" and \"curve_secretkey\" must be keys in Z85");
        return false;
    }
    char derived[41];
    if (size && (zmq_curve_public(derived, self->curve_secret) != 0 ||
                 strcmp(derived, self->curve_public) != 0)) {
        snprintf(error, error_size, "\"curve_publickey\" does not belong to \"curve_secretkey\"");
        return false;
    }
    return true;
}

static bool read_fields(struct connection *self, const json_t *file, char *error, size_t error_size)
{
    char scheme[32];

    if (!json_is_object(file)) {
        snprintf(error, error_size, "it is not a JSON object");
        return false;
    }
    if (!copy_text(file, "transport", "tcp", self->transport, sizeof self->transport, error,
                   error_size) ||
        !copy_text(file, "ip", "127.0.0.1", self->ip, sizeof self->ip, error, error_size) ||
        !copy_text(file, "key", "", self->key, sizeof self->key, error, error_size) ||
        !copy_text(file, "signature_scheme", "hmac-sha256", scheme, sizeof scheme, error,
                   error_size) ||
        !copy_text(file, "kernel_name", "", self->kernel_name, sizeof self->kernel_name, error,
                   error_size) ||
        !read_ports(self, file, error, error_size) || !read_curve(self, file, error, error_size))
        return false;
    self->key_size = strlen(self->key);
    if (strcmp(self->transport, "tcp") != 0 && strcmp(self->transport, "ipc") != 0) {
        snprintf(error, error_size, "transport \"%s\" is not known (tcp, ipc)", self->transport);
        return false;
    }
    if (self->key_size && strcmp(scheme, "hmac-sha256") != 0) {
        snprintf(error, error_size, "signature_scheme \"%s\" is not known (hmac-sha256)", scheme);
        return false;
    }
    return true;
}

bool connection_load(struct connection *self, const char *path, char *error, size_t error_size)
{
    char reason[512] = "";
    json_error_t json_error;

    memset(self, 0, sizeof *self);
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(error, error_size, "cannot read connection file %s: %s", path, strerror(errno));
        return false;
    }
    unsigned long failures = json_memory_failures();
    json_t *json = json_loadf(file, 0, &json_error);
    fclose(file);
    if (json_memory_failures() != failures) {
        snprintf(error, error_size, "cannot read connection file %s: out of memory", path);
        json_decref(json);
        return false;
    }
    if (!json)
        snprintf(reason, sizeof reason, "line %d: %s", json_error.line, json_error.text);
    bool valid = json && read_fields(self, json, reason, sizeof reason);
    json_decref(json);
    if (!valid)
        snprintf(error, error_size, "broken connection file %s: %s", path, reason);
    return valid;
}

void connection_endpoint_of(const struct connection *self, int port, char *out, size_t size)
{
    if (strcmp(self->transport, "ipc") == 0)
        snprintf(out, size, "ipc://%s-%d", self->ip, port);
    else if (port == 0)
        snprintf(out, size, "tcp://%s:*", self->ip);
    else if (strchr(self->ip, ':') && self->ip[0] != '[')
        snprintf(out, size, "tcp://[%s]:%d", self->ip, port);
    else
        snprintf(out, size, "tcp://%s:%d", self->ip, port);
}

void connection_endpoint(const struct connection *self, enum channel channel, char *out,
                         size_t size)
{
    connection_endpoint_of(self, self->ports[channel], out, size);
}

json_t *connection_json(const struct connection *self)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "transport", self->transport, "ip", self->ip, "key",
                  self->key, "signature_scheme", "hmac-sha256", "kernel_name", self->kernel_name);

    for (int i = 0; json && i < CHANNEL_COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s_port", channel_names[i]);
        json_object_set_new(json, name, json_integer(self->ports[i]));
    }
    if (json && self->curve_public[0]) {
        json_object_set_new(json, "curve_publickey", json_string(self->curve_public));
        json_object_set_new(json, "curve_secretkey", json_string(self->curve_secret));
    }
    return json;
}
