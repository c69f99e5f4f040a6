/* floor: the least that any kernel can cost. It starts Python, speaks the wire protocol, and
 * answers every execute_request with the same canned messages; no cell is run. What a kernel takes
 * beyond this is its own. Only for bench/: it trusts its client, checks no signature and handles no
 * error. */
#include <Python.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <zmq.h>

enum { ROUTE, DELIMITER, SIGNATURE, HEADER, PARENT, METADATA, CONTENT, FRAMES };

struct floor {
    void *shell, *control, *iopub;
    char key[256];
    unsigned long sent;
};

static void *endpoint_bind(void *context, int kind, json_t *connection, const char *port_name)
{
    char address[64];
    void *socket = zmq_socket(context, kind);

    snprintf(address, sizeof address, "tcp://127.0.0.1:%d",
             (int)json_integer_value(json_object_get(connection, port_name)));
    return zmq_bind(socket, address) == 0 ? socket : NULL;
}

/* Sign and send the four dictionaries of one message. */
static void message_send(struct floor *self, void *socket, zmq_msg_t *route, const char *type,
                         const char *parent, size_t parent_size, const char *content)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];
    char header[256], signature[64];
    unsigned size;
    int header_size =
        snprintf(header, sizeof header,
                 "{\"msg_id\":\"floor-%lu\",\"session\":\"floor\",\"username\":\"\","
                 "\"date\":\"2026-01-01T00:00:00Z\",\"msg_type\":\"%s\",\"version\":\"5.5\"}",
                 self->sent++, type);
    struct {
        const void *data;
        size_t size;
    } parts[] = {{header, (size_t)header_size},
                 {parent, parent_size},
                 {"{}", 2},
                 {content, strlen(content)}};
    HMAC_CTX *hmac = HMAC_CTX_new();

    HMAC_Init_ex(hmac, self->key, (int)strlen(self->key), EVP_sha256(), NULL);
    for (int i = 0; i < 4; i++)
        HMAC_Update(hmac, parts[i].data, parts[i].size);
    HMAC_Final(hmac, digest, &size);
    HMAC_CTX_free(hmac);
    for (int i = 0; i < 32; i++) {
        signature[2 * i] = digits[digest[i] >> 4];
        signature[2 * i + 1] = digits[digest[i] & 15];
    }
    if (route)
        zmq_send(socket, zmq_msg_data(route), zmq_msg_size(route), ZMQ_SNDMORE);
    else
        zmq_send(socket, type, strlen(type), ZMQ_SNDMORE);
    zmq_send(socket, "<IDS|MSG>", 9, ZMQ_SNDMORE);
    zmq_send(socket, signature, sizeof signature, ZMQ_SNDMORE);
    for (int i = 0; i < 4; i++)
        zmq_send(socket, parts[i].data, parts[i].size, i < 3 ? ZMQ_SNDMORE : 0);
}

/* Answer one request; false when it was the last. */
static bool request_serve(struct floor *self, void *socket)
{
    zmq_msg_t frames[FRAMES];
    int count = 0;

    do {
        zmq_msg_init(&frames[count]);
        zmq_msg_recv(&frames[count], socket, 0);
    } while (zmq_msg_more(&frames[count++]) && count < FRAMES);
    const char *parent = zmq_msg_data(&frames[HEADER]);
    size_t size = zmq_msg_size(&frames[HEADER]);
    json_t *header = json_loadb(parent, size, 0, NULL);
    const char *type = json_string_value(json_object_get(header, "msg_type"));
    bool last = strcmp(type, "shutdown_request") == 0;

    message_send(self, self->iopub, NULL, "status", parent, size, "{\"execution_state\":\"busy\"}");
    if (strcmp(type, "execute_request") == 0) {
        json_decref(
            json_loadb(zmq_msg_data(&frames[CONTENT]), zmq_msg_size(&frames[CONTENT]), 0, NULL));
        message_send(self, self->iopub, NULL, "execute_input", parent, size,
                     "{\"code\":\"1\",\"execution_count\":1}");
        message_send(self, self->iopub, NULL, "execute_result", parent, size,
                     "{\"data\":{\"text/plain\":\"1\"},\"metadata\":{},\"execution_count\":1}");
        message_send(
            self, socket, &frames[ROUTE], "execute_reply", parent, size,
            "{\"status\":\"ok\",\"execution_count\":1,\"user_expressions\":{},\"payload\":[]}");
    } else {
        message_send(self, socket, &frames[ROUTE], last ? "shutdown_reply" : "kernel_info_reply",
                     parent, size,
                     "{\"status\":\"ok\",\"protocol_version\":\"5.5\",\"restart\":false,"
                     "\"implementation\":\"floor\",\"language_info\":{\"name\":\"python\"}}");
    }
    message_send(self, self->iopub, NULL, "status", parent, size, "{\"execution_state\":\"idle\"}");
    json_decref(header);
    for (int i = 0; i < count; i++)
        zmq_msg_close(&frames[i]);
    return !last;
}

int main(int argc, char **argv)
{
    struct floor self = {0};
    json_t *connection = argc > 1 ? json_load_file(argv[argc - 1], 0, NULL) : NULL;

    if (!connection)
        return fputs("usage: floor CONNECTION_FILE\n", stderr), 2;
    void *context = zmq_ctx_new();
    snprintf(self.key, sizeof self.key, "%s",
             json_string_value(json_object_get(connection, "key")));
    self.shell = endpoint_bind(context, ZMQ_ROUTER, connection, "shell_port");
    self.control = endpoint_bind(context, ZMQ_ROUTER, connection, "control_port");
    self.iopub = endpoint_bind(context, ZMQ_PUB, connection, "iopub_port");
    json_decref(connection);
    Py_Initialize();

    zmq_pollitem_t items[] = {{self.shell, 0, ZMQ_POLLIN, 0}, {self.control, 0, ZMQ_POLLIN, 0}};
    for (bool going = true; going;) {
        zmq_poll(items, 2, -1);
        for (int i = 0; i < 2 && going; i++)
            if (items[i].revents & ZMQ_POLLIN)
                going = request_serve(&self, items[i].socket);
    }
    zmq_close(self.shell);
    zmq_close(self.control);
    zmq_close(self.iopub);
    zmq_ctx_term(context);
    return 0;
}
