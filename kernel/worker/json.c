/* json: Python objects to JSON text and back. Written by hand straight from the objects, read by
 * Python's own scanner: whatever a frontend sends Python can hold, and no library is needed here.
 */
#include "kernel/worker/worker.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 200 };

static bool write_value(struct text *out, PyObject *value, int depth);

/* ---- writing ---- */

static const char *const escapes[32] = {
    ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};

static void write_bytes_escaped(struct text *out, const char *bytes, size_t size)
{
    size_t from = 0;

    text_add(out, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c >= 32 && c != '"' && c != '\\')
            continue;
        text_add(out, bytes + from, i - from);
        if (c >= 32)
            text_addf(out, "\\%c", c);
        else if (escapes[c])
            text_add(out, escapes[c], 2);
        else
            text_addf(out, "\\u%04x", c);
        from = i + 1;
    }
    text_add(out, bytes + from, size - from);
    text_add(out, "\"", 1);
}

/* A str with surrogates: each becomes U+FFFD. */
static bool write_broken_string(struct text *out, PyObject *value)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    AUTO_REF PyObject *fixed = PyUnicode_New(length, 0x10ffff);

    for (Py_ssize_t i = 0; fixed && i < length; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(value, i);
        PyUnicode_WriteChar(fixed, i, c >= 0xd800 && c <= 0xdfff ? 0xfffd : c);
    }
    AUTO_REF PyObject *bytes = fixed ? PyUnicode_AsUTF8String(fixed) : NULL;

    if (!bytes)
        return false;
    write_bytes_escaped(out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

static bool write_string(struct text *out, PyObject *value)
{
    if (PyUnicode_IS_COMPACT_ASCII(value)) {
        write_bytes_escaped(out, PyUnicode_DATA(value), (size_t)PyUnicode_GET_LENGTH(value));
        return true;
    }
    AUTO_REF PyObject *bytes = PyUnicode_AsUTF8String(value);

    if (!bytes) {
        PyErr_Clear();
        return write_broken_string(out, value);
    }
    write_bytes_escaped(out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

static bool write_str_of(struct text *out, PyObject *value)
{
    AUTO_REF PyObject *string = PyObject_Str(value);

    return string && write_string(out, string);
}

static bool write_base64(struct text *out, const unsigned char *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    text_add(out, "\"", 1);
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned group = (unsigned)data[i] << 16 | (left > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)data[i + 2] : 0);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        left > 1 ? digits[group >> 6 & 63] : '=',
                        left > 2 ? digits[group & 63] : '='};
        text_add(out, four, 4);
    }
    text_add(out, "\"", 1);
    return true;
}

static bool write_float(struct text *out, PyObject *value)
{
    double number = PyFloat_AS_DOUBLE(value);

    if (!isfinite(number)) {
        text_add(out, "null", 4);
        return true;
    }
    char *digits = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!digits)
        return false;
    text_add_string(out, digits);
    PyMem_Free(digits);
    return true;
}

static bool write_int(struct text *out, PyObject *value)
{
    AUTO_REF PyObject *digits = PyLong_Type.tp_repr(value);

    if (!digits)
        return false;
    text_add(out, PyUnicode_DATA(digits), (size_t)PyUnicode_GET_LENGTH(digits));
    return true;
}

static bool write_dict(struct text *out, PyObject *dict, int depth)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool first = true, written = true;

    text_add(out, "{", 1);
    while (written && PyDict_Next(dict, &position, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        if (!first)
            text_add(out, ",", 1);
        first = false;
        written = PyUnicode_Check(key) ? write_string(out, key) : write_str_of(out, key);
        text_add(out, ":", 1);
        written = written && write_value(out, value, depth);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    text_add(out, "}", 1);
    return written;
}

static bool write_items(struct text *out, PyObject *items, int depth)
{
    AUTO_REF PyObject *fast = PySequence_List(items);

    if (!fast)
        return false;
    text_add(out, "[", 1);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(fast); i++) {
        if (i)
            text_add(out, ",", 1);
        if (!write_value(out, PyList_GET_ITEM(fast, i), depth))
            return false;
    }
    text_add(out, "]", 1);
    return true;
}

static bool write_buffer(struct text *out, PyObject *value)
{
    Py_buffer view;

    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0)
        return false;
    bool written = write_base64(out, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return written;
}

static bool write_value(struct text *out, PyObject *value, int depth)
{
    if (depth > DEPTH_MAX) {
        PyErr_SetString(PyExc_ValueError, "nested too deeply for a message");
        return false;
    }
    if (PyUnicode_Check(value))
        return write_string(out, value);
    if (value == Py_None || value == Py_True || value == Py_False) {
        text_add_string(out, value == Py_None ? "null" : value == Py_True ? "true" : "false");
        return true;
    }
    if (PyLong_Check(value))
        return write_int(out, value);
    if (PyFloat_Check(value))
        return write_float(out, value);
    if (PyDict_Check(value))
        return write_dict(out, value, depth + 1);
    if (PyList_Check(value) || PyTuple_Check(value) || PyAnySet_Check(value))
        return write_items(out, value, depth + 1);
    if (PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value))
        return write_buffer(out, value);
    return write_str_of(out, value);
}

bool json_write(struct text *out, PyObject *value)
{
    return write_value(out, value, 0);
}

PyObject *json_encode(PyObject *value)
{
    AUTO_TEXT out = {0};

    if (!json_write(&out, value))
        return NULL;
    return out.failed ? PyErr_NoMemory()
                      : PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.size);
}

/* ---- reading: by the scanner that the json package is made of ---- */

static PyObject *scanner; /* owned: scanner(text, index) -> (value, end) */

bool json_install(void)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_json");
    PyObject *implementation = PySys_GetObject("implementation"); /* a SimpleNamespace; borrowed */
    AUTO_REF PyObject *none = PyTuple_New(0);
    AUTO_REF PyObject *how =
        Py_BuildValue("{s:O,s:O,s:O,s:O,s:O,s:O,s:O}", "strict", Py_False, "object_hook", Py_None,
                      "object_pairs_hook", Py_None, "array_hook", Py_None, "parse_float",
                      &PyFloat_Type, "parse_int", &PyLong_Type, "parse_constant", &PyFloat_Type);
    AUTO_REF PyObject *context = implementation && how && none
                                     ? PyObject_Call((PyObject *)Py_TYPE(implementation), none, how)
                                     : NULL;

    if (!module || !context)
        return false;
    scanner = PyObject_CallMethod(module, "make_scanner", "O", context);
    return scanner != NULL;
}

static size_t skip_space(const char *data, size_t from, size_t size)
{
    while (from < size && data[from] && strchr(" \t\r\n", data[from]))
        from++;
    return from;
}

PyObject *json_decode(const char *data, size_t size)
{
    size_t from = skip_space(data, 0, size);
    AUTO_REF PyObject *text = PyUnicode_DecodeUTF8(data + from, (Py_ssize_t)(size - from), NULL);
    AUTO_REF PyObject *scanned = text ? PyObject_CallFunction(scanner, "Oi", text, 0) : NULL;
    PyObject *value;
    Py_ssize_t end;

    if (!scanned || !PyArg_ParseTuple(scanned, "On", &value, &end)) {
        if (PyErr_ExceptionMatches(PyExc_StopIteration))
            PyErr_SetString(PyExc_ValueError, "no JSON");
        return NULL;
    }
    while (end < PyUnicode_GET_LENGTH(text) && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, end)))
        end++;
    if (end == PyUnicode_GET_LENGTH(text))
        return Py_NewRef(value);
    return PyErr_Format(PyExc_ValueError, "JSON with something behind it");
}
