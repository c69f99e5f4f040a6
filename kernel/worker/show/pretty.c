/* pretty: text/plain of a value as IPython users know it. A container is written on one line when
 * it fits into 79 columns, else one item a line, indented under its bracket. Everything else is its
 * repr(). */
#include "kernel/worker/ask/introspect.h"
#include "kernel/worker/worker.h"

#include <string.h>

enum { WIDTH = 79, ITEMS_MAX = 1000, DEPTH_MAX = 100 };

struct pretty {
    struct text out;
    size_t column;              /* of the end of `out`, in bytes */
    bool flat;                  /* trying to fit on one line */
    bool overflow;              /* it does not */
    PyObject *stack[DEPTH_MAX]; /* borrowed: containers being written, for cycles */
    int depth;
};

static bool print_value(struct pretty *self, PyObject *value);
static PyObject *value_text(PyObject *value);

static void emit(struct pretty *self, const char *bytes, size_t size)
{
    const char *newline = size ? memrchr(bytes, '\n', size) : NULL;

    text_add(&self->out, bytes, size);
    self->column = newline ? (size_t)(bytes + size - newline - 1) : self->column + size;
    if (self->flat && (newline || self->column > WIDTH))
        self->overflow = true;
}

static void emit_string(struct pretty *self, const char *string)
{
    emit(self, string, strlen(string));
}

static void emit_break(struct pretty *self, size_t indent)
{
    if (self->flat) {
        emit(self, " ", 1);
        return;
    }
    text_add(&self->out, "\n", 1);
    for (size_t i = 0; i < indent; i++)
        text_add(&self->out, " ", 1);
    self->column = indent;
}

static bool emit_object(struct pretty *self, PyObject *string)
{
    AUTO_REF PyObject *bytes = PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace");

    if (!bytes)
        return false;
    emit(self, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

/* ---- leaves
 * ---------------------------------------------------------------------------------------- */

static PyObject *attribute_or_null(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (!value)
        PyErr_Clear();
    return value;
}

static PyObject *type_name(PyTypeObject *type)
{
    AUTO_REF PyObject *module = attribute_or_null((PyObject *)type, "__module__");
    AUTO_REF PyObject *name = attribute_or_null((PyObject *)type, "__qualname__");

    if (!name || !PyUnicode_Check(name))
        return PyUnicode_FromString(type->tp_name);
    if (!module || !PyUnicode_Check(module) ||
        PyUnicode_CompareWithASCIIString(module, "builtins") == 0)
        return Py_NewRef(name);
    return PyUnicode_FromFormat("%U.%U", module, name);
}

/* <function module.name(parameters)> */
static PyObject *function_text(PyObject *value)
{
    AUTO_REF PyObject *module = attribute_or_null(value, "__module__");
    AUTO_REF PyObject *name = attribute_or_null(value, "__qualname__");
    AUTO_REF PyObject *known = signature_text(value, true);
    AUTO_REF PyObject *parameters = known ? Py_NewRef(known) : PyUnicode_New(0, 0);

    if (!name || !parameters || !PyUnicode_Check(name))
        return parameters ? PyObject_Repr(value) : NULL;
    bool named = module && PyUnicode_Check(module) &&
                 PyUnicode_CompareWithASCIIString(module, "builtins") != 0;
    return named ? PyUnicode_FromFormat("<function %U.%U%U>", module, name, parameters)
                 : PyUnicode_FromFormat("<function %U%U>", name, parameters);
}

/* repr() with IPython's wording for the reprs that say least. */
static PyObject *leaf_text(PyObject *value)
{
    if (Py_IS_TYPE(value, &PyFunction_Type) || Py_IS_TYPE(value, &PyCFunction_Type))
        return function_text(value);

    if (PyType_Check(value) && Py_TYPE(value)->tp_repr == PyType_Type.tp_repr)
        return type_name((PyTypeObject *)value);
    if (Py_TYPE(value)->tp_repr == PyBaseObject_Type.tp_repr) {
        AUTO_REF PyObject *name = type_name(Py_TYPE(value));
        return name ? PyUnicode_FromFormat("<%U at %p>", name, value) : NULL;
    }
    return PyObject_Repr(value);
}

/* ---- containers
 * -------------------------------------------------------------------------------------- */

/* What stands before item `i`; false: there are enough, the rest is "...". */
static bool begin_item(struct pretty *self, Py_ssize_t i, size_t indent)
{
    if (i) {
        emit(self, ",", 1);
        emit_break(self, indent);
    }
    if (i == ITEMS_MAX)
        emit_string(self, "...");
    return i < ITEMS_MAX;
}

static bool print_items(struct pretty *self, PyObject *items, const char *open, const char *close)
{
    size_t indent = self->column + strlen(open);

    emit_string(self, open);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items) && !self->overflow; i++) {
        if (!begin_item(self, i, indent))
            break;
        if (!print_value(self, PyList_GET_ITEM(items, i)))
            return false;
    }
    emit_string(self, close);
    return true;
}

static bool print_sequence(struct pretty *self, PyObject *value)
{
    AUTO_REF PyObject *items = PySequence_List(value);

    if (!items)
        return false;
    if (PyList_CheckExact(value))
        return print_items(self, items, "[", "]");
    return print_items(self, items, "(", PyList_GET_SIZE(items) == 1 ? ",)" : ")");
}

static bool print_set(struct pretty *self, PyObject *value)
{
    bool frozen = PyFrozenSet_CheckExact(value);
    AUTO_REF PyObject *items = PySequence_List(value);

    if (!items)
        return false;
    if (PyList_GET_SIZE(items) == 0) {
        emit_string(self, frozen ? "frozenset()" : "set()");
        return true;
    }
    if (PyList_Sort(items) < 0) { /* not comparable: as it comes */
        if (!PyErr_ExceptionMatches(PyExc_Exception))
            return false;
        PyErr_Clear();
    }
    return print_items(self, items, frozen ? "frozenset({" : "{", frozen ? "})" : "}");
}

static bool print_dict(struct pretty *self, PyObject *value)
{
    size_t indent = self->column + 1;
    AUTO_REF PyObject *items = PyDict_Items(value);

    if (!items)
        return false;
    emit(self, "{", 1);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items) && !self->overflow; i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        if (!begin_item(self, i, indent))
            break;
        if (!print_value(self, PyTuple_GET_ITEM(pair, 0)))
            return false;
        emit_string(self, ": ");
        if (!print_value(self, PyTuple_GET_ITEM(pair, 1)))
            return false;
    }
    emit(self, "}", 1);
    return true;
}

/* A defaultdict, whose parts are laid out as its arguments. */
static bool is_defaultdict(PyObject *value)
{
    return PyDict_Check(value) && strcmp(Py_TYPE(value)->tp_name, "collections.defaultdict") == 0;
}

static bool print_defaultdict(struct pretty *self, PyObject *value)
{
    AUTO_REF PyObject *factory = PyObject_GetAttrString(value, "default_factory");

    emit_string(self, "defaultdict(");
    if (!factory || !print_value(self, factory))
        return false;
    emit_string(self, ", ");
    if (!print_dict(self, value))
        return false;
    emit(self, ")", 1);
    return true;
}

static bool print_container(struct pretty *self, PyObject *value)
{
    if (is_defaultdict(value))
        return print_defaultdict(self, value);
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value))
        return print_sequence(self, value);
    return PyDict_CheckExact(value) ? print_dict(self, value) : print_set(self, value);
}

static bool is_container(PyObject *value)
{
    return PyList_CheckExact(value) || PyTuple_CheckExact(value) || PyDict_CheckExact(value) ||
           PyAnySet_CheckExact(value) || is_defaultdict(value);
}

static void emit_cycle(struct pretty *self, PyObject *value)
{
    emit_string(self, PyList_Check(value) ? "[...]" : PyTuple_Check(value) ? "(...)" : "{...}");
}

/* First on one line; when that does not fit, over lines. */
static bool print_fitting(struct pretty *self, PyObject *value)
{
    size_t size = self->out.size, column = self->column;

    if (!self->flat) {
        self->flat = true;
        bool printed = print_container(self, value);
        self->flat = false;
        if (!printed || !self->overflow)
            return printed;
        self->overflow = false;
        self->out.size = size;
        self->column = column;
    }
    return print_container(self, value);
}

static bool print_value(struct pretty *self, PyObject *value)
{
    if (!is_container(value) || display_printer(worker_self, "text/plain", value)) {
        AUTO_REF PyObject *text = value_text(value);
        return text && emit_object(self, text);
    }
    for (int i = 0; i < self->depth; i++)
        if (self->stack[i] == value) {
            emit_cycle(self, value);
            return true;
        }
    if (self->depth == DEPTH_MAX) {
        emit_cycle(self, value);
        return true;
    }
    self->stack[self->depth++] = value;
    bool printed = print_fitting(self, value);
    self->depth--;
    return printed;
}

/* ---- _repr_pretty_
 * ------------------------------------------------------------------------------------- */
/* The printer object that `_repr_pretty_(p, cycle)` gets: text, breakable, pretty, group. */
struct printer {
    PyObject_HEAD PyObject *parts; /* owned list of str */
};

static void printer_dealloc(PyObject *object)
{
    Py_XDECREF(((struct printer *)object)->parts);
    PyObject_Free(object);
}

static PyObject *printer_add(PyObject *object, PyObject *text)
{
    AUTO_REF PyObject *string = text ? PyObject_Str(text) : NULL;

    if (!string || PyList_Append(((struct printer *)object)->parts, string) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *printer_breakable(PyObject *object, PyObject *args)
{
    AUTO_REF PyObject *separator =
        PyTuple_GET_SIZE(args) ? Py_NewRef(PyTuple_GET_ITEM(args, 0)) : PyUnicode_FromString(" ");

    return printer_add(object, separator);
}

static PyObject *printer_break(PyObject *object, PyObject *args)
{
    (void)args;
    AUTO_REF PyObject *newline = PyUnicode_FromString("\n");
    return printer_add(object, newline);
}

static PyObject *printer_pretty(PyObject *object, PyObject *value)
{
    AUTO_REF PyObject *text = pretty_repr(value);

    return text ? printer_add(object, text) : NULL;
}

/* begin_group(indent, open), end_group(dedent, close): the second argument is text. */
static PyObject *printer_group_text(PyObject *object, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) > 1)
        return printer_add(object, PyTuple_GET_ITEM(args, 1));
    Py_RETURN_NONE;
}

/* group(indent, open, close) and indent(n): context managers; leaving writes `close`. */
static PyObject *printer_group(PyObject *object, PyObject *args)
{
    struct printer *inner = PyObject_New(struct printer, Py_TYPE(object));

    if (!inner)
        return NULL;
    inner->parts = PyTuple_Pack(2, ((struct printer *)object)->parts,
                                PyTuple_GET_SIZE(args) > 2 ? PyTuple_GET_ITEM(args, 2) : Py_None);
    if (!inner->parts ||
        (PyTuple_GET_SIZE(args) > 1 && !printer_add(object, PyTuple_GET_ITEM(args, 1)))) {
        Py_DECREF(inner);
        return NULL;
    }
    return (PyObject *)inner;
}

static PyObject *printer_enter(PyObject *object, PyObject *args)
{
    (void)args;
    return Py_NewRef(object);
}

static PyObject *printer_exit(PyObject *object, PyObject *args)
{
    PyObject *pair = ((struct printer *)object)->parts;

    (void)args;
    if (PyTuple_Check(pair) && PyTuple_GET_ITEM(pair, 1) != Py_None &&
        PyList_Append(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)) < 0)
        return NULL;
    Py_RETURN_FALSE;
}

static PyMethodDef printer_methods[] = {
    {"text", printer_add, METH_O, NULL},
    {"breakable", printer_breakable, METH_VARARGS, NULL},
    {"break_", printer_break, METH_NOARGS, NULL},
    {"pretty", printer_pretty, METH_O, NULL},
    {"begin_group", printer_group_text, METH_VARARGS, NULL},
    {"end_group", printer_group_text, METH_VARARGS, NULL},
    {"group", printer_group, METH_VARARGS, NULL},
    {"indent", printer_group, METH_VARARGS, NULL},
    {"__enter__", printer_enter, METH_NOARGS, NULL},
    {"__exit__", printer_exit, METH_VARARGS, NULL},
    {0},
};

static PyTypeObject printer_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.PrettyPrinter",
    .tp_basicsize = sizeof(struct printer),
    .tp_dealloc = printer_dealloc,
    .tp_methods = printer_methods,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = PyDoc_STR("What _repr_pretty_(p, cycle) writes to."),
};

/* What `function(value, printer, False)` writes; new str. */
static PyObject *written_by(PyObject *function, PyObject *value)
{
    if (PyType_Ready(&printer_type) < 0)
        return NULL;
    struct printer *printer = PyObject_New(struct printer, &printer_type);
    AUTO_REF PyObject *owned = (PyObject *)printer;
    if (!printer)
        return NULL;
    printer->parts = PyList_New(0);
    AUTO_REF PyObject *result =
        printer->parts ? PyObject_CallFunctionObjArgs(function, value, owned, Py_False, NULL)
                       : NULL;
    AUTO_REF PyObject *empty = PyUnicode_New(0, 0);
    return result && empty ? PyUnicode_Join(empty, printer->parts) : NULL;
}

/* New str; NULL with or without an exception (without: the type has no such method). */
static PyObject *repr_pretty(PyObject *value)
{
    AUTO_REF PyObject *method = attribute_or_null((PyObject *)Py_TYPE(value), "_repr_pretty_");

    return method && PyCallable_Check(method) ? written_by(method, value) : NULL;
}

/* Of what is no container; new str. */
static PyObject *value_text(PyObject *value)
{
    PyObject *registered = display_printer(worker_self, "text/plain", value);
    if (registered)
        return written_by(registered, value);
    bool plain =
        PyLong_CheckExact(value) || PyUnicode_CheckExact(value) || PyFloat_CheckExact(value);
    PyObject *text = plain ? NULL : repr_pretty(value);

    return text || PyErr_Occurred() ? text : leaf_text(value);
}

PyObject *pretty_repr(PyObject *value)
{
    if (!is_container(value) || display_printer(worker_self, "text/plain", value))
        return value_text(value);
    struct pretty self = {0};
    if (Py_EnterRecursiveCall(" while printing"))
        return NULL;
    bool printed = print_value(&self, value);
    Py_LeaveRecursiveCall();
    if (printed)
        return text_finish(&self.out);
    text_clear(&self.out);
    return NULL;
}
