/* printer: what `_repr_pretty_(p, cycle)` gets as `p`, with the methods of IPython's. */
#include "kernel/worker/show/pretty.h"

struct printer {
    PyObject_HEAD struct pretty *pretty; /* NULL once its value is printed */
};

/* group(...) and indent(...): `with` ends them. */
struct level {
    PyObject_HEAD struct printer *printer; /* owned */
    PyObject *close;                       /* owned, NULL: an indentation alone */
    Py_ssize_t indent;
};

static struct layout *layout_of(PyObject *object)
{
    struct pretty *pretty = ((struct printer *)object)->pretty;

    if (!pretty)
        PyErr_SetString(PyExc_ValueError, "what this printer was made for is printed");
    return pretty ? &pretty->layout : NULL;
}

static bool write_text(PyObject *object, PyObject *text)
{
    AUTO_REF PyObject *string = layout_of(object) ? PyObject_Str(text) : NULL;

    return string && pretty_text(((struct printer *)object)->pretty, string);
}

static PyObject *none_if(bool done)
{
    return done ? Py_NewRef(Py_None) : NULL;
}

static PyObject *printer_text(PyObject *object, PyObject *text)
{
    return none_if(write_text(object, text));
}

static PyObject *printer_breakable(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"sep", NULL};
    struct layout *layout = layout_of(object);
    const char *separator = " ";
    Py_ssize_t size = 1;

    if (!layout || !PyArg_ParseTupleAndKeywords(args, keywords, "|s#", names, &separator, &size))
        return NULL;
    layout_breakable(layout, separator, (size_t)size);
    Py_RETURN_NONE;
}

static PyObject *printer_break(PyObject *object, PyObject *unused)
{
    struct layout *layout = layout_of(object);

    (void)unused;
    if (!layout)
        return NULL;
    layout_break(layout);
    Py_RETURN_NONE;
}

static PyObject *printer_pretty(PyObject *object, PyObject *value)
{
    return none_if(layout_of(object) && pretty_print(((struct printer *)object)->pretty, value));
}

static bool parse_group(PyObject *args, PyObject *keywords, const char *count, const char *edge,
                        Py_ssize_t *indent, PyObject **text)
{
    char *names[] = {(char *)count, (char *)edge, NULL};

    *indent = 0;
    *text = NULL;
    return PyArg_ParseTupleAndKeywords(args, keywords, "|nU", names, indent, text);
}

static PyObject *printer_begin_group(PyObject *object, PyObject *args, PyObject *keywords)
{
    Py_ssize_t indent;
    PyObject *open;

    if (!parse_group(args, keywords, "indent", "open", &indent, &open) || !layout_of(object) ||
        (open && !write_text(object, open)))
        return NULL;
    layout_begin(layout_of(object), indent > 0 ? (size_t)indent : 0, "");
    Py_RETURN_NONE;
}

static PyObject *printer_end_group(PyObject *object, PyObject *args, PyObject *keywords)
{
    Py_ssize_t dedent;
    PyObject *close;

    if (!parse_group(args, keywords, "dedent", "close", &dedent, &close) || !layout_of(object))
        return NULL;
    layout_end(layout_of(object), dedent > 0 ? (size_t)dedent : 0, "");
    return none_if(!close || write_text(object, close));
}

static PyObject *printer_flush(PyObject *object, PyObject *unused)
{
    (void)unused;
    return none_if(layout_of(object) != NULL);
}

/* ---- with p.group(...), with p.indent(...) ---- */

static void level_dealloc(PyObject *object)
{
    Py_XDECREF(((struct level *)object)->printer);
    Py_XDECREF(((struct level *)object)->close);
    PyObject_Free(object);
}

static PyObject *level_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyObject *level_exit(PyObject *object, PyObject *args)
{
    struct level *self = (struct level *)object;
    struct layout *layout = layout_of((PyObject *)self->printer);
    size_t indent = self->indent > 0 ? (size_t)self->indent : 0;

    (void)args;
    if (!layout)
        return NULL;
    if (!self->close) {
        layout->indent -= indent < layout->indent ? indent : layout->indent;
        Py_RETURN_NONE;
    }
    layout_end(layout, indent, "");
    return none_if(write_text((PyObject *)self->printer, self->close));
}

static PyMethodDef level_methods[] = {
    {"__enter__", level_enter, METH_NOARGS, NULL},
    {"__exit__", level_exit, METH_VARARGS, NULL},
    {0},
};

static PyTypeObject level_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.PrettyLevel",
    .tp_basicsize = sizeof(struct level),
    .tp_dealloc = level_dealloc,
    .tp_methods = level_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = PyDoc_STR("A group or an indentation that `with` ends."),
};

static PyObject *level_new(PyObject *printer, Py_ssize_t indent, PyObject *close)
{
    struct level *self = PyObject_New(struct level, &level_type);

    if (!self)
        return NULL;
    self->printer = (struct printer *)Py_NewRef(printer);
    self->close = Py_XNewRef(close);
    self->indent = indent;
    return (PyObject *)self;
}

static PyObject *printer_group(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"indent", "open", "close", NULL};
    AUTO_REF PyObject *empty = PyUnicode_New(0, 0);
    Py_ssize_t indent = 0;
    PyObject *open = NULL, *close = empty;

    if (!empty ||
        !PyArg_ParseTupleAndKeywords(args, keywords, "|nUU", names, &indent, &open, &close))
        return NULL;
    AUTO_REF PyObject *level = layout_of(object) ? level_new(object, indent, close) : NULL;
    if (!level || (open && !write_text(object, open)))
        return NULL;
    layout_begin(layout_of(object), indent > 0 ? (size_t)indent : 0, "");
    return Py_NewRef(level);
}

static PyObject *printer_indent(PyObject *object, PyObject *args)
{
    struct layout *layout = layout_of(object);
    Py_ssize_t indent;

    if (!layout || !PyArg_ParseTuple(args, "n", &indent))
        return NULL;
    PyObject *level = level_new(object, indent, NULL);
    if (level)
        layout->indent += indent > 0 ? (size_t)indent : 0;
    return level;
}

/* ---- the type ---- */

static PyObject *get_indentation(PyObject *object, void *unused)
{
    struct layout *layout = layout_of(object);

    (void)unused;
    return layout ? PyLong_FromSize_t(layout->indent) : NULL;
}

static int set_indentation(PyObject *object, PyObject *value, void *unused)
{
    struct layout *layout = layout_of(object);
    Py_ssize_t indent = layout && value ? PyLong_AsSsize_t(value) : -1;

    (void)unused;
    if (layout && !PyErr_Occurred() && indent < 0)
        PyErr_SetString(PyExc_ValueError, "an indentation is a number of columns");
    if (PyErr_Occurred())
        return -1;
    layout->indent = (size_t)indent;
    return 0;
}

static PyObject *get_width(PyObject *object, void *unused)
{
    struct layout *layout = layout_of(object);

    (void)unused;
    return layout ? PyLong_FromSize_t(layout->width) : NULL;
}

static PyObject *get_items(PyObject *object, void *unused)
{
    (void)unused;
    return layout_of(object) ? PyLong_FromSsize_t(((struct printer *)object)->pretty->items_max)
                             : NULL;
}

static PyObject *get_verbose(PyObject *object, void *unused)
{
    (void)object, (void)unused;
    Py_RETURN_FALSE;
}

static PyGetSetDef printer_values[] = {
    {"indentation", get_indentation, set_indentation, "The column of further lines.", NULL},
    {"max_width", get_width, NULL, "The columns of a line.", NULL},
    {"max_seq_length", get_items, NULL, "How many items of a container are shown.", NULL},
    {"verbose", get_verbose, NULL, "False.", NULL},
    {0},
};

#define WITH_KEYWORDS(function)                                                                    \
    (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS
static PyMethodDef printer_methods[] = {
    {"text", printer_text, METH_O, NULL},
    {"breakable", WITH_KEYWORDS(printer_breakable), NULL},
    {"break_", printer_break, METH_NOARGS, NULL},
    {"pretty", printer_pretty, METH_O, NULL},
    {"begin_group", WITH_KEYWORDS(printer_begin_group), NULL},
    {"end_group", WITH_KEYWORDS(printer_end_group), NULL},
    {"group", WITH_KEYWORDS(printer_group), NULL},
    {"indent", printer_indent, METH_VARARGS, NULL},
    {"flush", printer_flush, METH_NOARGS, NULL},
    {0},
};

static void printer_dealloc(PyObject *object)
{
    PyObject_Free(object);
}

static PyTypeObject printer_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.PrettyPrinter",
    .tp_basicsize = sizeof(struct printer),
    .tp_dealloc = printer_dealloc,
    .tp_methods = printer_methods,
    .tp_getset = printer_values,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = PyDoc_STR("What _repr_pretty_(p, cycle) writes to."),
};

PyObject *pretty_printer(struct pretty *self)
{
    if (self->printer)
        return self->printer;
    if (PyType_Ready(&printer_type) < 0 || PyType_Ready(&level_type) < 0)
        return NULL;
    struct printer *printer = PyObject_New(struct printer, &printer_type);
    if (printer)
        printer->pretty = self;
    return self->printer = (PyObject *)printer;
}

void pretty_release(struct pretty *self)
{
    if (self->printer)
        ((struct printer *)self->printer)->pretty = NULL;
    Py_CLEAR(self->printer);
}
