/* standard: the streams that the program began with (sys.__stdout__ and its kin). */
#include "sandbox/patch/standard.h"

#include "base/interpreter.h"
#include "sandbox/gate/gate.h"
#include "sandbox/patch/slots.h"

enum { STREAMS = 18, TYPES = 5 };
static PyObject *streams[STREAMS]; /* owned, with what they are made of; for the process */
static int stream_count;

static bool is_standard(PyObject *object)
{
    for (int i = 0; i < stream_count; i++)
        if (streams[i] == object)
            return true;
    return false;
}

static bool is_cells(void)
{
    return gate_current() != NULL;
}

bool standard_may_begin(PyObject *stream)
{
    if (!is_standard(stream) || !is_cells())
        return true;
    refusal_raise("store", Py_TYPE(stream)->tp_name, "this stream is the host's", NULL);
    return false;
}

bool standard_is_descriptor(PyObject *descriptor)
{
    long fd = PyLong_Check(descriptor) ? PyLong_AsLong(descriptor) : -1;

    PyErr_Clear();
    return fd >= 0 && fd <= 2;
}

/* ---- methods ---- */

/* One for each class, since the method itself does not say whose it is. */
static struct {
    const char *name;
    PyObject *close, *detach; /* owned: as they were; detach may be NULL */
    PyMethodDef methods[2];
} types[TYPES] = {
    {.name = "TextIOWrapper"},  {.name = "BufferedWriter"}, {.name = "BufferedReader"},
    {.name = "BufferedRandom"}, {.name = "FileIO"},
};

static PyObject *close_stream(PyObject *self, PyObject *plain)
{
    if (is_standard(self) && is_cells())
        return PyObject_CallMethod(self, "flush", NULL);
    return PyObject_CallOneArg(plain, self);
}

static PyObject *detach_stream(PyObject *self, PyObject *plain)
{
    return standard_may_begin(self) ? PyObject_CallOneArg(plain, self) : NULL;
}

#define OF_TYPE(at)                                                                                \
    static PyObject *close_##at(PyObject *self, PyObject *unused)                                  \
    {                                                                                              \
        (void)unused;                                                                              \
        return close_stream(self, types[at].close);                                                \
    }                                                                                              \
    static PyObject *detach_##at(PyObject *self, PyObject *unused)                                 \
    {                                                                                              \
        (void)unused;                                                                              \
        return detach_stream(self, types[at].detach);                                              \
    }
OF_TYPE(0)
OF_TYPE(1)
OF_TYPE(2)
OF_TYPE(3)
OF_TYPE(4)
static const PyCFunction closers[TYPES] = {close_0, close_1, close_2, close_3, close_4},
                         detachers[TYPES] = {detach_0, detach_1, detach_2, detach_3, detach_4};

/* `*plain` becomes the method that the class has; a class without one is left alone. */
static bool replace_method(PyTypeObject *type, PyMethodDef *method, PyObject **plain)
{
    AUTO_REF PyObject *own = interpreter_type_dict(type);

    *plain = own ? Py_XNewRef(PyDict_GetItemString(own, method->ml_name)) : NULL;
    AUTO_REF PyObject *ours = *plain ? PyDescr_NewMethod(type, method) : NULL;
    return !*plain || (ours && slots_put(type, method->ml_name, ours));
}

static bool cover_type(PyObject *module, int at)
{
    AUTO_REF PyObject *found = PyObject_GetAttrString(module, types[at].name);
    PyTypeObject *type = (PyTypeObject *)found;

    if (!found || !PyType_Check(found))
        return false;
    types[at].methods[0] = (PyMethodDef){"close", closers[at], METH_NOARGS, NULL};
    types[at].methods[1] = (PyMethodDef){"detach", detachers[at], METH_NOARGS, NULL};
    return replace_method(type, &types[at].methods[0], &types[at].close) &&
           replace_method(type, &types[at].methods[1], &types[at].detach);
}

/* ---- files by number ---- */

static initproc plain_file_init;

/* FileIO(1, "w"): as with closefd=False. */
static int file_init(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"file", "mode", "closefd", "opener", NULL};
    PyObject *file, *mode = NULL, *closes = NULL, *opener = Py_None;

    if (!standard_may_begin(self))
        return -1;
    if (!PyTuple_GET_SIZE(arguments) || !standard_is_descriptor(PyTuple_GET_ITEM(arguments, 0)) ||
        !is_cells())
        return plain_file_init(self, arguments, keywords);
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|OOO", names, &file, &mode, &closes,
                                     &opener))
        return -1;
    AUTO_REF PyObject *reading = mode ? Py_NewRef(mode) : PyUnicode_FromString("r");
    AUTO_REF PyObject *given = reading ? PyTuple_Pack(4, file, reading, Py_False, opener) : NULL;
    return given ? plain_file_init(self, given, NULL) : -1;
}

static const struct slot files[] = {
    SLOT_OF_TYPE("_io", "FileIO", "__init__", tp_init, file_init, plain_file_init),
};

/* ---- which they are ---- */

/* The stream, its buffer, and the file below. */
static void keep(const char *name)
{
    static const char *const below[] = {"buffer", "raw"};
    AUTO_REF PyObject *stream = Py_XNewRef(PySys_GetObject(name));

    for (size_t i = 0; stream && stream != Py_None; i++) {
        if (!is_standard(stream) && stream_count < STREAMS)
            streams[stream_count++] = Py_NewRef(stream);
        Py_SETREF(stream, i < 2 ? PyObject_GetAttrString(stream, below[i]) : NULL);
    }
    PyErr_Clear(); /* one of the host's own making */
}

bool standard_init(void)
{
    static const char *const names[] = {"__stdin__", "__stdout__", "__stderr__",
                                        "stdin",     "stdout",     "stderr"};
    AUTO_REF PyObject *module = stream_count ? NULL : PyImport_ImportModule("_io");

    if (stream_count || !module)
        return stream_count != 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        keep(names[i]);
    for (int at = 0; at < TYPES; at++)
        if (!cover_type(module, at))
            return false;
    return SLOTS_TAKE(files);
}
