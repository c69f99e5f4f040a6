/* helpers: what several magics need. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

PyObject *run_source(const struct magic_call *call, PyObject *source, int first_line)
{
    AUTO_TEXT text = {0};

    for (int i = 1; i < first_line; i++)
        text_add(&text, "\n", 1);
    if (!text_add_object(&text, source))
        return NULL;
    AUTO_REF PyObject *padded = text_finish(&text);

    return padded ? call->host->run(call->host->context, padded, NULL, true, call->host->globals)
                  : NULL;
}

bool publish_data(const struct magic_host *host, const char *mime, PyObject *data, PyObject *plain)
{
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:{sO},s:{},s:{}}", "data", mime, data, "metadata", "transient");
    AUTO_REF PyObject *metadata = PyDict_New();

    if (!content || !metadata)
        return false;
    if (plain &&
        PyDict_SetItemString(PyDict_GetItemString(content, "data"), "text/plain", plain) < 0)
        return false;
    return host->publish(host->context, "display_data", content, metadata);
}

PyObject *call_python(const char *module, const char *function, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    AUTO_REF PyObject *tuple = Py_VaBuildValue(format, arguments);
    va_end(arguments);
    AUTO_REF PyObject *imported = tuple ? PyImport_ImportModule(module) : NULL;
    AUTO_REF PyObject *callable = imported ? PyObject_GetAttrString(imported, function) : NULL;

    return callable ? PyObject_CallObject(callable, tuple) : NULL;
}

PyObject *join_names(PyObject *names, const char *separator)
{
    AUTO_REF PyObject *glue = PyUnicode_FromString(separator);

    return glue ? PyUnicode_Join(glue, names) : NULL;
}

bool print_text(const char *given)
{
    AUTO_TEXT text = {0};

    text_add_string(&text, given);
    return text_print(&text, "stdout");
}

int confirmed(const char *question, const char *nobody)
{
    AUTO_REF PyObject *answer = call_python("builtins", "input", "(s)", question);
    const char *text = answer ? PyUnicode_AsUTF8(answer) : NULL;

    if (!answer && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
        error_forget();
        usage_error("%s", nobody);
    }
    return text ? *text == 'y' || *text == 'Y' : -1;
}

bool print_line(const char *format, ...)
{
    AUTO_TEXT text = {0};
    char line[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_add_string(&text, line);
    text_add(&text, "\n", 1);
    return text_print(&text, "stdout");
}

/* The attribute of a module or a type without running code; borrowed, or NULL. */
static PyObject *static_attribute(PyObject *object, PyObject *name)
{
    if (PyModule_Check(object))
        return PyDict_GetItem(PyModule_GetDict(object), name);
    if (PyType_Check(object))
        return interpreter_type_lookup((PyTypeObject *)object, name);
    return interpreter_type_lookup(Py_TYPE(object), name); /* a method of a value's class */
}

PyObject *find_user_object(const struct magic_host *host, const char *dotted)
{
    AUTO_REF PyObject *whole = PyUnicode_FromString(dotted);
    AUTO_REF PyObject *dot = PyUnicode_FromString(".");
    AUTO_REF PyObject *parts = whole && dot ? PyUnicode_Split(whole, dot, -1) : NULL;

    if (!parts) {
        error_forget();
        return NULL;
    }
    PyObject *object = PyDict_GetItem(host->globals, PyList_GET_ITEM(parts, 0)); /* borrowed */
    for (Py_ssize_t i = 1; object && i < PyList_GET_SIZE(parts); i++)
        object = static_attribute(object, PyList_GET_ITEM(parts, i));
    return Py_XNewRef(object);
}
