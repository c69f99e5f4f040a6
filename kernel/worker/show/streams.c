/* streams: sys.stdout and sys.stderr. Each write goes straight into the ring, under the number of
 * the request whose code wrote it. */
#include "kernel/worker/inside.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 60 * 1024, /* a ring record holds more, so that it never cuts a character */
    RELEASE_BYTES = 4096
}; /* from this size the GIL is released while the ring takes it */

struct stream_state {
    enum ring_stream stream;
};

/* What follows the fields of the base, io.TextIOBase or io.RawIOBase. */
static Py_ssize_t state_offset;

static enum ring_stream stream_of(PyObject *object)
{
    return ((struct stream_state *)((char *)object + state_offset))->stream;
}

/* The end of the longest piece of whole UTF-8 characters in `text`. */
static size_t piece_end(const char *text, size_t size)
{
    if (size <= PIECE_BYTES)
        return size;
    size_t end = PIECE_BYTES;
    while (end > PIECE_BYTES - 4 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return end;
}

/* A child process shares the ring's memory but not its lock: it goes by the descriptor, which is a
 * pipe that the worker drains. */
static void write_descriptor(int fd, const char *text, size_t size)
{
    for (ssize_t done; size > 0; text += done, size -= (size_t)done) {
        done = write(fd, text, size);
        if (done < 0 && errno != EINTR)
            return;
        if (done < 0)
            done = 0;
    }
}

static void write_pieces(struct worker *self, enum ring_stream stream, uint64_t request,
                         const char *text, size_t size)
{
    if (atomic_load_explicit(&self->forked, memory_order_relaxed)) {
        write_descriptor(stream, text, size);
        return;
    }
    while (size > 0) {
        size_t piece = piece_end(text, size);

        ring_write(self->ring, stream, request, text, piece);
        text += piece;
        size -= piece;
    }
}

void streams_write(struct worker *self, enum ring_stream stream, const char *text, size_t size)
{
    struct parent *parent = parent_current(self);

    if (!parent)
        return;
    if (!parent->silent) {
        uint64_t request = parent->request;

        parent_announce(self, parent);
        if (size < RELEASE_BYTES) {
            write_pieces(self, stream, request, text, size);
        } else {
            Py_BEGIN_ALLOW_THREADS write_pieces(self, stream, request, text, size);
            Py_END_ALLOW_THREADS
        }
    }
    Py_DECREF(parent);
}

/* ---- methods ---- */

static bool write_text(PyObject *object, PyObject *text)
{
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        streams_write(worker_self, stream_of(object), PyUnicode_DATA(text),
                      (size_t)PyUnicode_GET_LENGTH(text));
        return true;
    }
    AUTO_REF PyObject *bytes = PyUnicode_AsUTF8String(text);

    if (!bytes) {
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    }
    if (!bytes)
        return false;
    streams_write(worker_self, stream_of(object), PyBytes_AS_STRING(bytes),
                  (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

static PyObject *stream_write(PyObject *object, PyObject *text)
{
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %s",
                            Py_TYPE(text)->tp_name);
    return write_text(object, text) ? PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text)) : NULL;
}

static PyObject *stream_writelines(PyObject *object, PyObject *lines)
{
    AUTO_REF PyObject *iterator = PyObject_GetIter(lines);
    PyObject *line;

    while (iterator && (line = PyIter_Next(iterator))) {
        AUTO_REF PyObject *owned = line;
        AUTO_REF PyObject *count = stream_write(object, owned);
        if (!count)
            return NULL;
    }
    return iterator && !PyErr_Occurred() ? Py_NewRef(Py_None) : NULL;
}

static PyObject *buffer_write(PyObject *object, PyObject *data)
{
    Py_buffer view;

    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    streams_write(worker_self, stream_of(object), view.buf, (size_t)view.len);
    PyObject *count = PyLong_FromSsize_t(view.len);
    PyBuffer_Release(&view);
    return count;
}

static PyObject *stream_nothing(PyObject *object, PyObject *args)
{
    (void)object;
    (void)args;
    Py_RETURN_NONE;
}

static PyObject *stream_ignore(PyObject *object, PyObject *args, PyObject *kwargs)
{
    (void)kwargs;
    return stream_nothing(object, args);
}

static PyObject *stream_no(PyObject *object, PyObject *args)
{
    (void)object;
    (void)args;
    Py_RETURN_FALSE;
}

static PyObject *stream_yes(PyObject *object, PyObject *args)
{
    (void)object;
    (void)args;
    Py_RETURN_TRUE;
}

static PyObject *stream_fileno(PyObject *object, PyObject *args)
{
    (void)args;
    return PyLong_FromLong(stream_of(object));
}

static PyObject *stream_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<OutStream name='<%s>' mode='w' encoding='utf-8'>",
                                stream_of(object) == RING_STDOUT ? "stdout" : "stderr");
}

static PyMethodDef text_methods[] = {
    {"write", stream_write, METH_O, "write(text): show text; returns the number of characters."},
    {"writelines", stream_writelines, METH_O, "writelines(lines): write each of them."},
    {"flush", stream_nothing, METH_NOARGS, "flush(): nothing is held back."},
    {"close", stream_nothing, METH_NOARGS, "close(): the stream stays open."},
    {"isatty", stream_no, METH_NOARGS, "isatty(): False."},
    {"readable", stream_no, METH_NOARGS, "readable(): False."},
    {"writable", stream_yes, METH_NOARGS, "writable(): True."},
    {"seekable", stream_no, METH_NOARGS, "seekable(): False."},
    {"_is_master_process", stream_yes, METH_NOARGS,
     "_is_master_process(): True; what child processes print goes through the file descriptors."},
    {"fileno", stream_fileno, METH_NOARGS,
     "fileno(): 1 or 2; what is written there is shown as well."},
    {"reconfigure", (PyCFunction)(void (*)(void))stream_ignore, METH_VARARGS | METH_KEYWORDS,
     "reconfigure(...): accepted and ignored; the encoding is always UTF-8."},
    {0},
};

static PyMethodDef buffer_methods[] = {
    {"write", buffer_write, METH_O, "write(data): show bytes as text; returns their number."},
    {"flush", stream_nothing, METH_NOARGS, "flush(): nothing is held back."},
    {"close", stream_nothing, METH_NOARGS, "close(): the stream stays open."},
    {"isatty", stream_no, METH_NOARGS, "isatty(): False."},
    {"readable", stream_no, METH_NOARGS, "readable(): False."},
    {"writable", stream_yes, METH_NOARGS, "writable(): True."},
    {"fileno", stream_fileno, METH_NOARGS, "fileno(): 1 or 2."},
    {0},
};

/* ---- types ---- */

static PyType_Slot text_slots[] = {
    {Py_tp_methods, text_methods},
    {Py_tp_repr, stream_repr},
    {Py_tp_doc, "Text shown in the frontend as output of the cell that writes it."},
    {0}};
static PyType_Slot buffer_slots[] = {
    {Py_tp_methods, buffer_methods},
    {Py_tp_doc, "Bytes shown in the frontend as output of the cell that writes them."},
    {0}};

/* io's classes have ABCMeta, which makes instances by its own means (and since 3.14 by them alone):
 * the base is the class in C below, registered as what it stands for. */
static PyObject *stream_type(const char *name, const char *base_name, PyType_Slot *slots)
{
    AUTO_REF PyObject *io = PyImport_ImportModule("io");
    AUTO_REF PyObject *native = PyImport_ImportModule("_io");
    AUTO_REF PyObject *abstract = io ? PyObject_GetAttrString(io, base_name + 1) : NULL;
    AUTO_REF PyObject *base = native ? PyObject_GetAttrString(native, base_name) : NULL;

    if (!base || !abstract)
        return NULL;
    state_offset = ((PyTypeObject *)base)->tp_basicsize;
    PyType_Spec spec = {.name = name,
                        .basicsize = (int)(state_offset + (Py_ssize_t)sizeof(struct stream_state)),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};
    AUTO_REF PyObject *type = PyType_FromSpecWithBases(&spec, base);
    AUTO_REF PyObject *registered =
        type ? PyObject_CallMethod(abstract, "register", "O", type) : NULL;
    return registered ? Py_NewRef(type) : NULL;
}

static bool set_string(PyObject *object, const char *name, const char *value)
{
    AUTO_REF PyObject *string = PyUnicode_FromString(value);

    return string && PyObject_SetAttrString(object, name, string) == 0;
}

static PyObject *stream_new(PyObject *type, enum ring_stream stream)
{
    PyObject *object = PyObject_CallNoArgs(type);

    if (object)
        ((struct stream_state *)((char *)object + state_offset))->stream = stream;
    return object;
}

/* encoding, errors and newlines are read-only on io.TextIOBase: the type overrides them. */
static bool type_attributes(PyObject *type)
{
    return set_string(type, "encoding", "utf-8") &&
           set_string(type, "errors", "backslashreplace") &&
           PyObject_SetAttrString(type, "line_buffering", Py_True) == 0 &&
           PyObject_SetAttrString(type, "closed", Py_False) == 0 && set_string(type, "mode", "w") &&
           PyObject_SetAttrString(type, "newlines", Py_None) == 0 &&
           PyObject_SetAttrString(type, "buffer", Py_None) == 0;
}

static bool stream_install(PyObject *type, PyObject *buffer_type, enum ring_stream stream)
{
    const char *name = stream == RING_STDOUT ? "stdout" : "stderr";
    char quoted[16];
    AUTO_REF PyObject *object = stream_new(type, stream);
    AUTO_REF PyObject *buffer = stream_new(buffer_type, stream);

    snprintf(quoted, sizeof quoted, "<%s>", name);
    return object && buffer && set_string(object, "name", quoted) &&
           PyObject_SetAttrString(object, "buffer", buffer) == 0 &&
           PySys_SetObject(name, object) == 0;
}

bool streams_install(struct worker *self)
{
    (void)self;
    AUTO_REF PyObject *buffer_type =
        stream_type("_safepyrun_kernel.OutBuffer", "_RawIOBase", buffer_slots);
    Py_ssize_t buffer_offset = state_offset;
    AUTO_REF PyObject *type = stream_type("_safepyrun_kernel.OutStream", "_TextIOBase", text_slots);

    if (!type || !buffer_type)
        return false;
    /* Named where they say they are, so that the allowlist knows them. */
    AUTO_REF PyObject *module = PyImport_ImportModule("_safepyrun_kernel");
    if (!module || PyObject_SetAttrString(module, "OutStream", type) < 0 ||
        PyObject_SetAttrString(module, "OutBuffer", buffer_type) < 0)
        return false;
    if (buffer_offset != state_offset) {
        PyErr_SetString(PyExc_SystemError, "io.RawIOBase and io.TextIOBase differ in size");
        return false;
    }
    return type_attributes(type) && stream_install(type, buffer_type, RING_STDOUT) &&
           stream_install(type, buffer_type, RING_STDERR);
}
