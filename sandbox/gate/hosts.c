/* hosts: see the header. What was given is kept with every address that its name has, each as
 * (host, port), port 0 for any. */
#include "sandbox/gate/hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/text.h"
#include "sandbox/owners/owners.h"

/* ---- reading ---- */

/* `host` without its brackets; the port, 0: any. False: no host. */
static bool read_host(const char *text, char *host, size_t room, long *port)
{
    const char *colon = strrchr(text, ':');
    const char *end = text + strlen(text);
    char *rest = "";

    if (colon && (text[0] == '[' ? colon > text && colon[-1] == ']' : strchr(text, ':') == colon)) {
        *port = strtol(colon + 1, &rest, 10);
        if (rest == colon + 1 || *rest || *port < 1 || *port > 65535)
            return false;
        end = colon;
    } else {
        *port = 0;
    }
    if (text[0] == '[' && end > text + 1 && end[-1] == ']') {
        text++;
        end--;
    }
    if (end == text || (size_t)(end - text) >= room || strchr(text, '/'))
        return false;
    memcpy(host, text, (size_t)(end - text));
    host[end - text] = 0;
    return true;
}

static bool add(PyObject *list, const char *host, long port)
{
    AUTO_REF PyObject *pair = Py_BuildValue("(sl)", host, port);

    return pair && PyList_Append(list, pair) == 0;
}

static bool add_addresses(PyObject *list, const char *host, long port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    bool all = true;
    int error;

    Py_BEGIN_ALLOW_THREADS error = getaddrinfo(host, NULL, &hints, &found);
    Py_END_ALLOW_THREADS for (struct addrinfo *at = error ? NULL : found; all && at;
                              at = at->ai_next)
    {
        char text[INET6_ADDRSTRLEN];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) ==
            0)
            all = strcmp(text, host) == 0 || add(list, text, port);
    }
    if (!error)
        freeaddrinfo(found);
    return all;
}

/* The host that `given` names, and the addresses that it has. */
static bool add_host(PyObject *list, PyObject *given)
{
    const char *text = text_of(given);
    char host[256];
    long port;

    if (!text || !read_host(text, host, sizeof host, &port))
        return PyErr_Format(PyExc_ValueError, "%R is no host: 'name', 'name:port', '[::1]:port'",
                            given) != NULL;
    return add(list, host, port) && add_addresses(list, host, port);
}

bool hosts_set(struct sandbox *self, PyObject *hosts)
{
    if (PyUnicode_Check(hosts) || PyBytes_Check(hosts))
        return PyErr_Format(PyExc_TypeError, "ok_hosts is a list of hosts, not one name") != NULL;
    AUTO_REF PyObject *given = hosts == Py_None ? PyList_New(0) : PySequence_List(hosts);
    AUTO_REF PyObject *places = given ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; places && i < PyList_GET_SIZE(given); i++)
        if (!add_host(places, PyList_GET_ITEM(given, i)))
            return false;
    AUTO_REF PyObject *both = places ? PyTuple_Pack(2, given, places) : NULL;
    if (!both)
        return false;
    Py_XSETREF(self->ok_hosts, Py_NewRef(both));
    return true;
}

PyObject *hosts_of(const struct sandbox *self)
{
    return self->ok_hosts ? PySequence_List(PyTuple_GET_ITEM(self->ok_hosts, 0)) : PyList_New(0);
}

/* ---- asking ---- */

static bool lists(const struct sandbox *self, const char *host, long port)
{
    PyObject *places = self && self->ok_hosts ? PyTuple_GET_ITEM(self->ok_hosts, 1) : NULL;

    for (Py_ssize_t i = 0; host && places && i < PyList_GET_SIZE(places); i++) {
        PyObject *place = PyList_GET_ITEM(places, i);
        const char *name = text_of(PyTuple_GET_ITEM(place, 0));
        long at = PyLong_AsLong(PyTuple_GET_ITEM(place, 1));
        if (name && strcasecmp(name, host) == 0 && (at == 0 || port < 0 || at == port))
            return true;
    }
    return false;
}

bool hosts_lists(const struct sandbox *self, PyObject *address)
{
    if (!self || !self->ok_hosts || !PyTuple_CheckExact(address) || PyTuple_GET_SIZE(address) < 2 ||
        !PyLong_CheckExact(PyTuple_GET_ITEM(address, 1)))
        return false;
    long port = PyLong_AsLong(PyTuple_GET_ITEM(address, 1));
    if (port == -1)
        PyErr_Clear();
    return port > 0 && PyUnicode_CheckExact(PyTuple_GET_ITEM(address, 0)) &&
           lists(self, text_of(PyTuple_GET_ITEM(address, 0)), port);
}

bool hosts_lists_fd(const struct sandbox *self, int fd)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    char host[INET6_ADDRSTRLEN], port[8];

    return self && self->ok_hosts && fd >= 0 &&
           getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
           (peer.ss_family == AF_INET || peer.ss_family == AF_INET6) &&
           getnameinfo((struct sockaddr *)&peer, size, host, sizeof host, port, sizeof port,
                       NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
           lists(self, host, strtol(port, NULL, 10));
}

bool hosts_lists_name(const struct sandbox *self, const char *name)
{
    return lists(self, name, -1);
}
