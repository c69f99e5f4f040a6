/* sends: what a cell's code sends over a connection is a request that reads, whichever library it
 * asks. All of them, blocking and asynchronous, meet in a few methods of sockets and of TLS: those
 * are looked at, in the tables that their types have them from. */
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/sends.h"
#include "sandbox/patch/slots.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* What was replaced; for the process. */
static struct sender {
    const char *module, *type, *method;
    bool has_socket;     /* else what it writes is encrypted first */
    bool is_list;        /* of pieces */
    PyTypeObject *owner; /* borrowed: its module keeps it */
    void (*original)(void);
} senders[] = {
    {"_socket", "socket", "send", .has_socket = true},
    {"_socket", "socket", "sendall", .has_socket = true},
    {"_socket", "socket", "sendmsg", .has_socket = true, .is_list = true},
    {"_ssl", "_SSLSocket", "write", .has_socket = false},
};
enum { SENDERS = sizeof senders / sizeof *senders };

/* ---- the text of a request ---- */

/* CONNECT opens the way to another host, through which requests are sent that are looked at. */
static bool is_reading_verb(const char *text, size_t size)
{
    static const char *const verbs[] = {"GET", "HEAD", "OPTIONS", "CONNECT"};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i]) == size && memcmp(verbs[i], text, size) == 0)
            return true;
    return false;
}

/* The size of the verb that the line begins a request with; 0: it begins none. */
static size_t verb_size(const char *line, size_t size)
{
    static const char version[] = " HTTP/";
    const char *space = memchr(line, ' ', size);
    const size_t tail = sizeof version - 1 + 3; /* "1.1" */

    if (!space || space == line || size < tail ||
        memcmp(line + size - tail, version, sizeof version - 1) != 0)
        return 0;
    for (const char *at = line; at < space; at++)
        if (!Py_ISALNUM(*at) && !strchr("!#$%&'*+-.^_`|~", *at))
            return 0;
    return (size_t)(space - line);
}

/* The first line of a request that does more than read; `*size` becomes its verb's. NULL: none. */
static const char *find_other_verb(const char *data, size_t left, size_t *size)
{
    while (left) {
        const char *end = memchr(data, '\n', left);
        size_t length = end ? (size_t)(end - data) : left, step = end ? length + 1 : length;
        if (length && data[length - 1] == '\r')
            length--;
        *size = verb_size(data, length);
        if (*size && !is_reading_verb(data, *size))
            return data;
        data += step;
        left -= step;
    }
    return NULL;
}

static bool begins_request(const char *data, size_t size)
{
    const char *space = memchr(data, ' ', size);

    return space && is_reading_verb(data, (size_t)(space - data));
}

/* A record of TLS: what it hides was looked at before. */
static bool is_encrypted(const char *data, size_t size)
{
    return size > 2 && data[0] >= 0x14 && data[0] <= 0x18 && data[1] == 3;
}

/* ---- connections ---- */

/* Those that began with a request that reads: what follows may be the rest of it. */
static uint64_t begun[1024];

static uint64_t *begun_slot(uint64_t connection)
{
    return &begun[connection % (sizeof begun / sizeof *begun)];
}

/* -1 where TLS writes into memory: an event loop sends it. */
static int socket_fd(const struct sender *row, PyObject *self)
{
    const struct sender *plain = &senders[0];
    AUTO_REF PyObject *owner =
        row->has_socket ? Py_NewRef(self) : PyObject_GetAttrString(self, "owner");
    bool is_socket = owner && plain->owner && PyObject_TypeCheck(owner, plain->owner);
    AUTO_REF PyObject *number =
        is_socket ? PyObject_CallMethod((PyObject *)plain->owner, "fileno", "O", owner) : NULL;
    long fd = number ? PyLong_AsLong(number) : -1;

    PyErr_Clear();
    return (int)fd;
}

/* The number of the connection; 0: it leads to nobody else (a pair of sockets of this process), or
 * nowhere. */
static uint64_t socket_number(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_storage room;
    } peer = {.room = {0}};
    socklen_t size = sizeof peer;
    struct stat status;

    if (fd < 0 || getpeername(fd, &peer.any, &size) < 0 || fstat(fd, &status) < 0)
        return 0;
    bool unnamed = peer.any.sa_family == AF_UNIX && size <= offsetof(struct sockaddr_un, sun_path);
    return unnamed ? 0 : (uint64_t)status.st_ino * 2;
}

static uint64_t connection_number(const struct sender *row, PyObject *self)
{
    int fd = socket_fd(row, self);

    if (!row->has_socket && fd < 0)
        return (uint64_t)(uintptr_t)self;
    uint64_t number = socket_number(fd);
    return number ? number + !row->has_socket : 0;
}

/* By its name in the certificate, where TLS is done in memory (asyncio): of what a person lists,
 * only the name is compared then. */
static bool find_name(PyObject *self, char *out, size_t room)
{
    AUTO_REF PyObject *name = PyObject_GetAttrString(self, "server_hostname");
    const char *text = text_of(name);

    PyErr_Clear();
    return text && *text && (size_t)snprintf(out, room, "%s:443", text) < room;
}

/* The host that it leads to, "127.0.0.1:80". False: nobody knows, or nothing would permit it. */
static bool find_host(const struct sender *row, PyObject *self, char *out, size_t room)
{
    int fd = socket_fd(row, self);
    char host[INET6_ADDRSTRLEN] = "";
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } peer;
    socklen_t size = sizeof peer;

    if (!ground_is_there())
        return false;
    if (!row->has_socket && fd < 0)
        return find_name(self, out, room);
    if (fd < 0 || getpeername(fd, &peer.any, &size) < 0)
        return false;
    if (peer.any.sa_family == AF_INET && inet_ntop(AF_INET, &peer.in.sin_addr, host, sizeof host))
        snprintf(out, room, "%s:%d", host, ntohs(peer.in.sin_port));
    else if (peer.any.sa_family == AF_INET6 &&
             inet_ntop(AF_INET6, &peer.in6.sin6_addr, host, sizeof host))
        snprintf(out, room, "[%s]:%d", host, ntohs(peer.in6.sin6_port));
    return *host;
}

/* Those that lead to a host that a person named, to a server of the process's own, or to whoever
 * came to one. */
static uint64_t listed[4096];

static uint64_t *listed_slot(uint64_t connection)
{
    return &listed[connection % (sizeof listed / sizeof *listed)];
}

/* Did a person name the host? A connection that leads to one goes on doing so. */
static bool is_listed(const struct sender *row, PyObject *self, uint64_t connection,
                      const struct sandbox *sandbox)
{
    uint64_t *slot = listed_slot(connection), plain = connection & ~(uint64_t)1;
    int fd = socket_fd(row, self);

    /* Where no socket is known, or where it leads to a proxy, the name must do. */
    if (!row->has_socket && (fd < 0 || *begun_slot(plain) == plain)) {
        AUTO_REF PyObject *name = PyObject_GetAttrString(self, "server_hostname");
        const char *text = text_of(name);
        PyErr_Clear();
        if (text && (ground_lists_name(text) || hosts_lists_name(sandbox, text)))
            return true;
    }
    if (hosts_lists_fd(sandbox, fd))
        return true;
    if (*slot != connection && ground_lists_fd(fd))
        *slot = connection;
    return *slot == connection;
}

void sends_answer(int fd)
{
    uint64_t plain = socket_number(fd);

    for (uint64_t number = plain; plain && number <= plain + 1; number++)
        *listed_slot(number) = number;
}

bool sends_pass(const struct sandbox *sandbox, int fd)
{
    uint64_t number = socket_number(fd);

    if (number && *listed_slot(number) != number &&
        (hosts_lists_fd(sandbox, fd) || ground_lists_fd(fd)))
        *listed_slot(number) = number;
    return !number || *listed_slot(number) == number;
}

static void refuse_verb(const char *verb, size_t size, const struct remedy *remedy)
{
    char what[64];

    snprintf(what, sizeof what, "HTTP %.*s", (int)(size < 32 ? size : 32), verb);
    if (size == 3 && memcmp(verb, "PRI", size) == 0)
        gate_refuse("HTTP/2", "its requests cannot be looked at; ask for HTTP/1.1 (http2=False)",
                    NULL);
    else
        gate_refuse(what, "cells only read: GET, HEAD and OPTIONS are sent, nothing else", remedy);
}

static bool may_send(const struct sender *row, PyObject *self, const char *data, size_t size)
{
    struct asker asker = gate_asker();
    size_t verb;

    if (asker.permitted && asker.reading)
        asker = gate_origin(&asker);
    if (asker.permitted || !size)
        return true;
    uint64_t connection = connection_number(row, self);
    if (!connection)
        return true;
    const char *other = find_other_verb(data, size, &verb);
    char host[96];
    struct remedy remedy = {REMEDY_HOST, host};
    if (other) {
        if (is_listed(row, self, connection, asker.sandbox))
            return true;
        bool known = find_host(row, self, host, sizeof host);
        refuse_verb(other, verb, known ? &remedy : NULL);
        if (!known || !person_asked_of_host(host))
            return false;
        *listed_slot(connection) = connection;
        return true;
    }
    if (begins_request(data, size) || (row->has_socket && is_encrypted(data, size)))
        *begun_slot(connection) = connection;
    if (*begun_slot(connection) == connection || is_listed(row, self, connection, asker.sandbox))
        return true;
    gate_refuse("send", "only HTTP requests that read (GET, HEAD, OPTIONS) are sent from a cell",
                find_host(row, self, host, sizeof host) ? &remedy : NULL);
    return false;
}

/* ---- the methods ---- */

/* `rest`: what follows the data, of a method that is called with it. */
static PyObject *call_original(const struct sender *row, enum slot_call way, PyObject *self,
                               PyObject *data, PyObject *rest)
{
    if (way == CALL_ONE)
        return ((PyCFunction)row->original)(self, data);
    AUTO_REF PyObject *first = PyTuple_Pack(1, data);
    AUTO_REF PyObject *all = first ? PySequence_Concat(first, rest) : NULL;
    if (!all || way == CALL_TUPLE)
        return all ? ((PyCFunction)row->original)(self, all) : NULL;
    return ((interpreter_fast_fn)row->original)(self, ((PyTupleObject *)all)->ob_item,
                                                PyTuple_GET_SIZE(all));
}

/* What is sent, as it is looked at: what could say something else a moment later is copied. New
 * reference; NULL with an exception. */
static PyObject *settle(const struct sender *row, PyObject *data)
{
    if (row->is_list)
        return PySequence_Tuple(data);
    if (PyBytes_CheckExact(data) || PyByteArray_CheckExact(data) || PyMemoryView_Check(data) ||
        !PyObject_CheckBuffer(data))
        return Py_NewRef(data);
    return PyBytes_FromObject(data);
}

/* Its bytes; new reference, NULL without an exception for what the method itself refuses. */
static PyObject *bytes_of(const struct sender *row, PyObject *data)
{
    AUTO_REF PyObject *nothing = row->is_list ? PyBytes_FromString("") : NULL;
    PyObject *bytes = row->is_list                 ? PyObject_CallMethod(nothing, "join", "O", data)
                      : PyObject_CheckBuffer(data) ? PyBytes_FromObject(data)
                                                   : NULL;
    if (!bytes && !PyErr_ExceptionMatches(PyExc_MemoryError))
        PyErr_Clear();
    return bytes;
}

static PyObject *send_data(const struct sender *row, enum slot_call way, PyObject *self,
                           PyObject *data, PyObject *rest)
{
    AUTO_REF PyObject *settled = settle(row, data);
    AUTO_REF PyObject *bytes = settled ? bytes_of(row, settled) : NULL;

    if (PyErr_Occurred())
        return NULL;
    int fd = socket_fd(row, self);
    if (bytes && !may_send(row, self, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes))) {
        refusal_keep(NULL);
        if (fd >= 0) /* a library that passes the error over must not wait for an answer */
            shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    return call_original(row, way, self, settled, rest);
}

static PyObject *send_tuple(const struct sender *row, PyObject *self, PyObject *arguments)
{
    if (!PyTuple_GET_SIZE(arguments))
        return ((PyCFunction)row->original)(self, arguments);
    AUTO_REF PyObject *rest = PyTuple_GetSlice(arguments, 1, PY_SSIZE_T_MAX);
    return rest ? send_data(row, CALL_TUPLE, self, PyTuple_GET_ITEM(arguments, 0), rest) : NULL;
}

static PyObject *send_fast(const struct sender *row, PyObject *self, PyObject *const *arguments,
                           Py_ssize_t count)
{
    AUTO_REF PyObject *rest = PyTuple_New(count > 1 ? count - 1 : 0);

    for (Py_ssize_t i = 1; rest && i < count; i++)
        PyTuple_SET_ITEM(rest, i - 1, Py_NewRef(arguments[i]));
    if (!count)
        return ((interpreter_fast_fn)row->original)(self, arguments, count);
    return rest ? send_data(row, CALL_FAST, self, arguments[0], rest) : NULL;
}

/* One for each way in which CPython calls the method: which one it is differs between versions. */
#define ROW(at)                                                                                    \
    static PyObject *one_##at(PyObject *self, PyObject *data)                                      \
    {                                                                                              \
        return send_data(&senders[at], CALL_ONE, self, data, NULL);                                \
    }                                                                                              \
    static PyObject *tuple_##at(PyObject *self, PyObject *arguments)                               \
    {                                                                                              \
        return send_tuple(&senders[at], self, arguments);                                          \
    }                                                                                              \
    static PyObject *fast_##at(PyObject *self, PyObject *const *arguments, Py_ssize_t count)       \
    {                                                                                              \
        return send_fast(&senders[at], self, arguments, count);                                    \
    }
ROW(0)
ROW(1)
ROW(2)
ROW(3)
#define WAYS(at)                                                                                   \
    {                                                                                              \
        ANY(one_##at), ANY(tuple_##at), NULL, ANY(fast_##at), NULL                                 \
    }
static void (*const ours[SENDERS][CALLS])(void) = {WAYS(0), WAYS(1), WAYS(2), WAYS(3)};

static bool replace(PyObject *module, size_t at)
{
    struct sender *row = &senders[at];
    struct slot sends = {.member = row->method, .plain = (void *)&row->original};
    AUTO_REF PyObject *type = PyObject_GetAttrString(module, row->type);

    memcpy(sends.ours, ours[at], sizeof sends.ours);
    row->owner = (PyTypeObject *)type;
    return type && slots_take_of(type, &sends);
}

bool sends_cover(PyObject *module)
{
    const char *name = PyModule_GetName(module);

    for (size_t i = 0; name && i < SENDERS; i++)
        if (strcmp(senders[i].module, name) == 0 && !replace(module, i))
            return false;
    return name != NULL;
}
