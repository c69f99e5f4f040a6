/* sockets: what a cell makes a socket of, and who comes to one of its servers. */
#include "sandbox/patch/sockets.h"

#include <stddef.h>

#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/patch/sends.h"
#include "sandbox/patch/slots.h"

static initproc plain_socket_init;
static PyCFunction plain_accept;

/* socket(family, type, proto, fileno): of what is open already, but not of the kernel's own. */
static int socket_init(PyObject *self, PyObject *arguments, PyObject *given)
{
    enum { FILENO = 3 };
    AUTO_REF PyObject *keywords = NULL;

    if (!keywords_take(given, &keywords))
        return -1;
    PyObject *fileno = PyTuple_GET_SIZE(arguments) > FILENO ? PyTuple_GET_ITEM(arguments, FILENO)
                                                            : keywords_item(keywords, "fileno");
    if (PyErr_Occurred())
        return -1;
    if (fileno && fileno != Py_None && !gate_asker().permitted) {
        if (!PyLong_Check(fileno)) /* it could say something else a moment later */
            return gate_refuse("socket", "a descriptor is given as an int", NULL);
        if (descriptors_is_kernels(fileno))
            return gate_refuse("socket", "this descriptor is the kernel's", NULL);
    }
    return plain_socket_init(self, arguments, keywords);
}

static PyObject *socket_accept(PyObject *self, PyObject *unused)
{
    PyObject *result = plain_accept(self, unused);

    if (result && PyTuple_Check(result) && PyTuple_GET_SIZE(result) &&
        PyLong_Check(PyTuple_GET_ITEM(result, 0)))
        sends_answer((int)PyLong_AsLong(PyTuple_GET_ITEM(result, 0)));
    return result;
}

static const struct slot rows[] = {
    SLOT_OF_TYPE(NULL, "socket", "__init__", tp_init, socket_init, plain_socket_init),
    {.type = "socket", .member = "_accept", .ours = {ANY(socket_accept)}, .plain = &plain_accept},
};

bool sockets_watch(PyObject *module)
{
    return SLOTS_TAKE_IN(module, rows);
}
