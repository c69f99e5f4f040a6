/* connection: the connection file that a launcher writes: where the five sockets are, and the
 * keys. */
#ifndef SAFEPYRUN_CONNECTION_H
#define SAFEPYRUN_CONNECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum channel {
    CHANNEL_SHELL,
    CHANNEL_CONTROL,
    CHANNEL_IOPUB,
    CHANNEL_STDIN,
    CHANNEL_HEARTBEAT,
    CHANNEL_COUNT
};

struct connection {
    char transport[8];        /* "tcp" or "ipc" */
    char ip[1024];            /* address, or path prefix for ipc */
    int ports[CHANNEL_COUNT]; /* 0: choose one (tcp) */
    char key[1024];
    size_t key_size; /* 0: messages are not signed */
    char kernel_name[256];
    char curve_public[48]; /* Z85; empty: no encryption */
    char curve_secret[48];
    int registration_port; /* JEP 66: where to tell the ports that the system chose; 0: none */
};

extern const char *const channel_names[CHANNEL_COUNT];

/* Read and check a connection file. False with a message for the user in `error`. */
bool connection_load(struct connection *self, const char *path, char *error, size_t error_size);
/* The endpoint of a port: "tcp://127.0.0.1:5555", "ipc://path-1". A port of 0 becomes "*". */
void connection_endpoint_of(const struct connection *self, int port, char *out, size_t size);
void connection_endpoint(const struct connection *self, enum channel channel, char *out,
                         size_t size);
/* As a launcher would write it, with the ports that are bound. New reference, NULL when memory is
 * short. */
json_t *connection_json(const struct connection *self);

#endif
