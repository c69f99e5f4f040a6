/* module: the module _safepyrun_kernel, what Python code of the kernel (the shims) uses of
 * it. */
#include "kernel/worker/inside.h"

static PyObject *module_publish(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"msg_type", "content", "metadata", "buffers", NULL};
    const char *msg_type;
    PyObject *content, *metadata = NULL, *buffers = NULL;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO!|OO", names, &msg_type, &PyDict_Type,
                                     &content, &metadata, &buffers))
        return NULL;
    if (metadata == Py_None)
        metadata = NULL;
    if (buffers == Py_None)
        buffers = NULL;
    if (metadata && !PyDict_Check(metadata))
        return PyErr_Format(PyExc_TypeError, "metadata is a dict, not %s",
                            Py_TYPE(metadata)->tp_name);
    bool sent = buffers ? worker_publish(worker_self, msg_type, content, metadata, buffers)
                        : worker_display(worker_self, msg_type, content, metadata);
    return sent ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_format(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", "include", "exclude", NULL};
    PyObject *value, *include = NULL, *exclude = NULL;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO", names, &value, &include, &exclude))
        return NULL;
    return display_bundle(worker_self, value, include, exclude);
}

static PyObject *module_pretty(PyObject *module, PyObject *value)
{
    (void)module;
    return pretty_repr(value);
}

/* A cell that has set sys.stdin reads from that. New reference. */
static PyObject *read_stream(PyObject *stream, PyObject *prompt)
{
    PyObject *out = PySys_GetObject("stdout"); /* borrowed */

    if (out && PyFile_WriteObject(prompt, out, Py_PRINT_RAW) < 0)
        return NULL;
    return PyFile_GetLine(stream, -1);
}

static PyObject *module_input(PyObject *module, PyObject *args)
{
    PyObject *prompt = NULL;

    (void)module;
    if (!PyArg_UnpackTuple(args, "input", 0, 1, &prompt))
        return NULL;
    AUTO_REF PyObject *text = prompt ? PyObject_Str(prompt) : PyUnicode_New(0, 0);
    PyObject *stream = PySys_GetObject("stdin"); /* borrowed */
    if (text && stream && stream != PySys_GetObject("__stdin__"))
        return read_stream(stream, text);
    return text ? stdin_read(worker_self, text, false) : NULL;
}

static PyObject *module_getpass(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"prompt", "stream", "echo_char", NULL};
    PyObject *prompt = NULL, *stream = NULL, *echo = NULL;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO", names, &prompt, &stream, &echo))
        return NULL;
    AUTO_REF PyObject *text = prompt ? PyObject_Str(prompt) : PyUnicode_FromString("Password: ");
    return text ? stdin_read(worker_self, text, true) : NULL;
}

static PyObject *module_displayhook(PyObject *module, PyObject *value)
{
    (void)module;
    return cell_show_result(worker_self, value) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_execution_count(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return PyLong_FromLong(worker_self->execution_count);
}

static PyObject *module_query(PyObject *module, PyObject *args)
{
    const char *kind;
    PyObject *content;

    (void)module;
    if (!PyArg_ParseTuple(args, "sO!", &kind, &PyDict_Type, &content))
        return NULL;
    return worker_query(worker_self, kind, content);
}

static PyObject *module_register(PyObject *module, PyObject *args)
{
    const char *mime;
    PyObject *type, *printer;

    (void)module;
    if (!PyArg_ParseTuple(args, "sOO", &mime, &type, &printer))
        return NULL;
    return display_register(worker_self, mime, type, printer == Py_None ? NULL : printer)
               ? Py_NewRef(Py_None)
               : NULL;
}

static PyObject *module_describe(PyObject *module, PyObject *exception)
{
    (void)module;
    if (!PyExceptionInstance_Check(exception))
        return PyErr_Format(PyExc_TypeError, "an exception is wanted, not %s",
                            Py_TYPE(exception)->tp_name);
    return traceback_text(exception);
}

static PyObject *module_text_settings(PyObject *module, PyObject *args)
{
    struct text_settings settings = {0};
    Py_ssize_t width;
    int plain;

    (void)module;
    if (!PyArg_ParseTuple(args, "nnp", &width, &settings.items_max, &plain))
        return NULL;
    if (width < 0 || settings.items_max < 0)
        return PyErr_Format(PyExc_ValueError, "not less than 0 columns or items");
    settings.width = (size_t)width;
    settings.plain = plain;
    worker_self->text_settings = settings;
    Py_RETURN_NONE;
}

static PyObject *module_automagic(PyObject *module, PyObject *on)
{
    int wanted = PyObject_IsTrue(on);

    (void)module;
    if (wanted < 0)
        return NULL;
    worker_self->automagic_off = !wanted;
    Py_RETURN_NONE;
}

static PyObject *module_await_with(PyObject *module, PyObject *runner)
{
    (void)module;
    if (runner != Py_None && runner != Py_False && !PyCallable_Check(runner))
        return PyErr_Format(PyExc_TypeError, "a runner is callable, not %s",
                            Py_TYPE(runner)->tp_name);
    Py_XSETREF(worker_self->runner, runner == Py_None ? NULL : Py_NewRef(runner));
    Py_RETURN_NONE;
}

static PyObject *module_show_type(PyObject *module, PyObject *args)
{
    PyObject *mime;
    int enabled;

    (void)module;
    if (!PyArg_ParseTuple(args, "Up", &mime, &enabled))
        return NULL;
    if (!worker_self->hidden && !(worker_self->hidden = PySet_New(NULL)))
        return NULL;
    int done =
        enabled ? PySet_Discard(worker_self->hidden, mime) : PySet_Add(worker_self->hidden, mime);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef module_methods[] = {
    {"publish", (PyCFunction)(void (*)(void))module_publish, METH_VARARGS | METH_KEYWORDS,
     "publish(msg_type, content, metadata=None, buffers=None): an iopub message of the running "
     "cell."},
    {"format", (PyCFunction)(void (*)(void))module_format, METH_VARARGS | METH_KEYWORDS,
     "format(value, include=None, exclude=None): the MIME bundle as (data, metadata)."},
    {"pretty", module_pretty, METH_O, "pretty(value): its text/plain."},
    {"input", module_input, METH_VARARGS,
     "Read a string from the frontend.  The prompt string, if given, is shown first."},
    {"getpass", (PyCFunction)(void (*)(void))module_getpass, METH_VARARGS | METH_KEYWORDS,
     "getpass(prompt='Password: ', stream=None): read a password from the frontend."},
    {"displayhook", module_displayhook, METH_O, "displayhook(value): show a cell's result."},
    {"execution_count", module_execution_count, METH_NOARGS,
     "execution_count(): of the running cell."},
    {"query", module_query, METH_VARARGS,
     "query(kind, content): ask the front; returns its answer."},
    {"register_formatter", module_register, METH_VARARGS,
     "register_formatter(mime, type_or_name, printer): None removes."},
    {"automagic", module_automagic, METH_O,
     "automagic(on): may a magic's name begin a line without its %?"},
    {"await_with", module_await_with, METH_O,
     "await_with(runner): of cells' coroutines; None: the session's loop, False: none."},
    {"text_settings", module_text_settings, METH_VARARGS,
     "text_settings(width, items_max, plain): how text/plain is laid out."},
    {"show_type", module_show_type, METH_VARARGS,
     "show_type(mime, enabled): is that representation of objects made?"},
    {"describe_error", module_describe, METH_O,
     "describe_error(exception): its traceback as text."},
    {0},
};

static struct PyModuleDef module_definition = {PyModuleDef_HEAD_INIT, .m_name = "_safepyrun_kernel",
                                               .m_doc =
                                                   "What the kernel gives to its Python parts.",
                                               .m_size = -1, .m_methods = module_methods};

PyObject *module_create(void)
{
    PyObject *module = PyModule_Create(&module_definition);

    if (module && shims_methods && PyModule_AddFunctions(module, shims_methods) < 0)
        Py_CLEAR(module);
    return module;
}

PyMODINIT_FUNC
PyInit__safepyrun(void); /* python/_safepyrun.c: over the sandbox that is in force here */

bool module_install(void)
{
    return import_provide("_safepyrun_kernel", module_create) &&
           import_provide("_safepyrun", PyInit__safepyrun);
}

static bool patch_getpass(PyObject *module)
{
    AUTO_REF PyObject *own = PyImport_ImportModule("_safepyrun_kernel");
    AUTO_REF PyObject *function = own ? PyObject_GetAttrString(own, "getpass") : NULL;

    return function && PyObject_SetAttrString(module, "getpass", function) == 0;
}

bool stdin_install(struct worker *self)
{
    (void)self;
    AUTO_REF PyObject *own = PyImport_ImportModule("_safepyrun_kernel");
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");
    AUTO_REF PyObject *input = own ? PyObject_GetAttrString(own, "input") : NULL;
    AUTO_REF PyObject *hook = own ? PyObject_GetAttrString(own, "displayhook") : NULL;

    return input && hook && builtins && PyObject_SetAttrString(builtins, "input", input) == 0 &&
           PySys_SetObject("displayhook", hook) == 0 && import_after("getpass", patch_getpass);
}
