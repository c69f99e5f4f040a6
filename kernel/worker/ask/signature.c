/* signature: the parameters of a callable, from code objects and C docstrings alone. */
#include "kernel/worker/ask/introspect.h"

#include <string.h>

PyFunctionObject *function_behind(PyObject *callable, bool *bound)
{
    *bound = false;
    if (PyMethod_Check(callable)) {
        *bound = true;
        callable = PyMethod_GET_FUNCTION(callable);
    } else if (PyType_Check(callable)) {
        static const char *const makers[] = {"__init__", "__new__"};
        PyObject *maker = NULL;
        *bound = true;
        for (int i = 0; i < 2 && !(maker && PyFunction_Check(maker)); i++) {
            AUTO_REF PyObject *name = PyUnicode_FromString(makers[i]);
            maker = name ? interpreter_type_lookup((PyTypeObject *)callable, name) : NULL;
            if (maker && Py_IS_TYPE(maker, &PyStaticMethod_Type)) { /* __new__; the type keeps it */
                AUTO_REF PyObject *function = PyObject_GetAttrString(maker, "__func__");
                maker = function;
            }
        }
        callable = maker;
    } else if (!PyFunction_Check(callable) && !PyModule_Check(callable)) { /* numpy's, a cache's */
        AUTO_REF PyObject *dict = PyObject_GenericGetDict(callable, NULL);
        PyObject *wrapped =
            dict && PyDict_CheckExact(dict) ? PyDict_GetItemString(dict, "__wrapped__") : NULL;
        callable = wrapped ? wrapped : callable; /* kept by the dict, that by the object */
    }
    PyErr_Clear();
    for (int depth = 0; callable && PyFunction_Check(callable) && depth < 10; depth++) {
        PyObject *dict = ((PyFunctionObject *)callable)->func_dict; /* functools.wraps */
        PyObject *wrapped = dict ? PyDict_GetItemString(dict, "__wrapped__") : NULL;
        if (!wrapped || !PyFunction_Check(wrapped))
            return (PyFunctionObject *)callable;
        callable = wrapped;
    }
    return NULL;
}

bool repr_is_safe(PyObject *value, int depth)
{
    static PyTypeObject *const plain[] = {
        &PyUnicode_Type, &PyLong_Type,      &PyFloat_Type,   &PyBool_Type,  &PyBytes_Type,
        &PyComplex_Type, &PyByteArray_Type, &PyRange_Type,   &PySlice_Type, &PyCFunction_Type,
        &PyModule_Type,  &PyType_Type,      &PyFunction_Type};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (Py_IS_TYPE(value, plain[i]))
            return true;
    if (value == Py_None || value == Py_Ellipsis || value == Py_NotImplemented)
        return true;
    if (depth > 20)
        return false;
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
            if (i > 2000 || !repr_is_safe(PySequence_Fast_GET_ITEM(value, i), depth + 1))
                return false;
        return true;
    }
    if (PyDict_CheckExact(value)) {
        PyObject *key, *item;
        Py_ssize_t at = 0;
        while (PyDict_Next(value, &at, &key, &item))
            if (at > 4000 || !repr_is_safe(key, depth + 1) || !repr_is_safe(item, depth + 1))
                return false;
        return true;
    }
    AUTO_REF PyObject *text = static_library_method(value, "__repr__");
    AUTO_REF PyObject *string = static_library_method(value, "__str__");
    return text && string && !PyAnySet_Check(value);
}

static void add_value(struct text *out, PyObject *value)
{
    AUTO_REF PyObject *repr = repr_is_safe(value, 0) ? PyObject_Repr(value) : NULL;

    PyErr_Clear();
    if (repr && PyUnicode_GET_LENGTH(repr) < 200 && text_add_object(out, repr))
        return;
    PyErr_Clear();
    text_addf(out, "<%s>", Py_TYPE(value)->tp_name);
}

static void add_annotation(struct text *out, PyObject *annotation)
{
    if (PyType_Check(annotation)) {
        AUTO_REF PyObject *name = PyType_GetQualName((PyTypeObject *)annotation);
        if (name && text_add_object(out, name))
            return;
        PyErr_Clear();
    }
    add_value(out, annotation);
}

struct writer {
    struct text out;
    PyFunctionObject *function;
    PyCodeObject *code;
    PyObject *names; /* owned: co_varnames */
    bool full;
    bool first; /* nothing written yet */
};

/* One parameter with its annotation and default (or NULL). */
static void add_parameter(struct writer *self, const char *stars, Py_ssize_t index,
                          PyObject *fallback)
{
    PyObject *name = PyTuple_GET_ITEM(self->names, index);
    PyObject *annotations = PyFunction_GetAnnotations((PyObject *)self->function);
    PyObject *annotation = self->full && annotations && PyDict_CheckExact(annotations)
                               ? PyDict_GetItemWithError(annotations, name)
                               : NULL;

    text_add_string(&self->out, self->first ? "" : ", ");
    self->first = false;
    text_add_string(&self->out, stars);
    if (!text_add_object(&self->out, name))
        PyErr_Clear();
    if (annotation) {
        text_add_string(&self->out, ": ");
        add_annotation(&self->out, annotation);
    }
    if (!fallback)
        return;
    text_add_string(&self->out, annotation ? " = " : "=");
    if (self->full)
        add_value(&self->out, fallback);
    else
        text_add_string(&self->out, "...");
}

static void add_mark(struct writer *self, const char *mark)
{
    text_add_string(&self->out, self->first ? "" : ", ");
    text_add_string(&self->out, mark);
    self->first = false;
}

static void add_parameters(struct writer *self, bool bound)
{
    PyCodeObject *code = self->code;
    int count = code->co_argcount;
    int keyword_only = code->co_kwonlyargcount;
    PyObject *defaults = self->function->func_defaults;
    PyObject *keyword_defaults = self->function->func_kwdefaults;
    Py_ssize_t without = count - (defaults ? PyTuple_GET_SIZE(defaults) : 0);

    for (int i = bound ? 1 : 0; i < count; i++) {
        add_parameter(self, "", i, i >= without ? PyTuple_GET_ITEM(defaults, i - without) : NULL);
        if (i + 1 == code->co_posonlyargcount)
            add_mark(self, "/");
    }
    if (code->co_flags & CO_VARARGS)
        add_parameter(self, "*", count + keyword_only, NULL);
    else if (keyword_only)
        add_mark(self, "*");
    for (int i = count; i < count + keyword_only; i++)
        add_parameter(self, "", i,
                      keyword_defaults ? PyDict_GetItemWithError(keyword_defaults,
                                                                 PyTuple_GET_ITEM(self->names, i))
                                       : NULL);
    if (code->co_flags & CO_VARKEYWORDS)
        add_parameter(self, "**", count + keyword_only + ((code->co_flags & CO_VARARGS) ? 1 : 0),
                      NULL);
}

static PyObject *function_signature(PyFunctionObject *function, bool bound, bool full)
{
    struct writer writer = {.function = function, .full = full, .first = true};

    writer.code = (PyCodeObject *)PyFunction_GET_CODE(function);
    AUTO_REF PyObject *names = PyCode_GetVarnames(writer.code);
    if (!names)
        return PyErr_Clear(), NULL;
    writer.names = names;
    bound = bound && writer.code->co_argcount > 0;
    text_add_string(&writer.out, "(");
    add_parameters(&writer, bound);
    text_add_string(&writer.out, ")");
    PyObject *annotations = PyFunction_GetAnnotations((PyObject *)function);
    PyObject *returns = full && annotations && PyDict_CheckExact(annotations)
                            ? PyDict_GetItemString(annotations, "return")
                            : NULL;
    if (returns) {
        text_add_string(&writer.out, " -> ");
        add_annotation(&writer.out, returns);
    }
    PyObject *text = text_finish(&writer.out);
    PyErr_Clear();
    return text;
}

/* __text_signature__ of what is written in C, "($self, /, x)" without the first. */
static PyObject *c_signature(PyObject *callable)
{
    bool is_c =
        PyCFunction_Check(callable) || Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
        Py_IS_TYPE(callable, &PyWrapperDescr_Type) ||
        strcmp(Py_TYPE(callable)->tp_name, "method-wrapper") == 0 ||
        (PyType_Check(callable) && !(((PyTypeObject *)callable)->tp_flags & Py_TPFLAGS_HEAPTYPE));
    AUTO_REF PyObject *key = is_c ? PyUnicode_FromString("__text_signature__") : NULL;
    PyObject *getter = key ? interpreter_type_lookup(Py_TYPE(callable), key) : NULL;
    AUTO_REF PyObject *text =
        getter && Py_TYPE(getter)->tp_descr_get
            ? Py_TYPE(getter)->tp_descr_get(getter, callable, (PyObject *)Py_TYPE(callable))
            : NULL;
    const char *utf8 = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;

    PyErr_Clear();
    if (!utf8)
        return NULL;
    if (strncmp(utf8, "($", 2) == 0) {
        const char *rest = utf8 + strcspn(utf8, ",)");
        rest += *rest == ',' ? 1 : 0;
        rest += strspn(rest, " ");
        if (strncmp(rest, "/, ", 3) == 0)
            rest += 3;
        else if (strncmp(rest, "/)", 2) == 0)
            rest += 1;
        return PyUnicode_FromFormat("(%s", rest);
    }
    return Py_NewRef(text);
}

PyObject *signature_text(PyObject *callable, bool full)
{
    bool bound;
    PyFunctionObject *function = function_behind(callable, &bound);
    PyObject *text = function ? function_signature(function, bound, full) : c_signature(callable);

    PyErr_Clear();
    return text;
}

/* Names in "(a, /, b=1, *, c)" that may be given by keyword. */
static void text_keywords(const char *at, PyObject *names)
{
    int depth = 0;

    for (at++; *at; at++) {
        size_t length =
            strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (depth == 0 && length) {
            AUTO_REF PyObject *name = PyUnicode_FromStringAndSize(at, (Py_ssize_t)length);
            if (name)
                PyList_Append(names, name);
        } else if (depth == 0 && *at == '/') {
            PyList_SetSlice(names, 0, PyList_GET_SIZE(names), NULL);
        }
        at += strcspn(at, ",()[]{}/");
        depth += *at == '(' || *at == '[' || *at == '{';
        depth -= *at == ')' || *at == ']' || *at == '}';
        if (!*at || depth < 0)
            break;
        if (*at == ',')
            at += strspn(at + 1, " *");
        else if (*at == '/' && depth == 0)
            PyList_SetSlice(names, 0, PyList_GET_SIZE(names), NULL);
    }
    PyErr_Clear();
}

void signature_keywords(PyObject *callable, PyObject *names)
{
    bool bound;
    PyFunctionObject *function = function_behind(callable, &bound);

    if (!function) {
        AUTO_REF PyObject *text = c_signature(callable);
        const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
        if (utf8)
            text_keywords(utf8, names);
        PyErr_Clear();
        return;
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    AUTO_REF PyObject *all = PyCode_GetVarnames(code);
    int from = code->co_posonlyargcount > (bound ? 1 : 0) ? code->co_posonlyargcount : bound;
    for (int i = from; all && i < code->co_argcount + code->co_kwonlyargcount; i++)
        PyList_Append(names, PyTuple_GET_ITEM(all, i));
    PyErr_Clear();
}
