/* display: a value's MIME bundle: its _repr_*_ methods, printers registered for its type,
 * text/plain. */
#include "kernel/worker/inside.h"

#include <string.h>

enum form { FORM_TEXT, FORM_BYTES, FORM_JSON };

/* One row per representation, in the order in which frontends' bundles usually have them. */
static const struct representation {
    const char *method;
    const char *mime;
    enum form form;
} representations[] = {
    {"_repr_html_", "text/html", FORM_TEXT},
    {"_repr_markdown_", "text/markdown", FORM_TEXT},
    {"_repr_svg_", "image/svg+xml", FORM_TEXT},
    {"_repr_png_", "image/png", FORM_BYTES},
    {"_repr_jpeg_", "image/jpeg", FORM_BYTES},
    {"_repr_pdf_", "application/pdf", FORM_BYTES},
    {"_repr_latex_", "text/latex", FORM_TEXT},
    {"_repr_json_", "application/json", FORM_JSON},
    {"_repr_javascript_", "application/javascript", FORM_TEXT},
};
enum { REPRESENTATIONS = sizeof representations / sizeof *representations };

/* ---- finding ---- */

/* The attribute when it is a method of the object's own (not of a class shown as a value, not of an
 * object that has every attribute); new reference or NULL, without exception. */
static PyObject *real_method(PyObject *value, const char *name)
{
    if (PyType_Check(value))
        return NULL;
    PyObject *method = PyObject_GetAttrString(value, name);

    if (!method)
        PyErr_Clear();
    else if (!PyCallable_Check(method))
        Py_CLEAR(method);
    return method;
}

static bool has_every_attribute(PyObject *value)
{
    PyObject *canary = PyObject_GetAttrString(value, "_ipython_canary_method_should_not_exist_");

    if (!canary)
        PyErr_Clear();
    Py_XDECREF(canary);
    return canary != NULL;
}

/* Borrowed, or NULL without exception. "module.Type" rows count as soon as the type exists. */
static PyObject *printer_of_type(PyObject *table, PyTypeObject *type)
{
    PyObject *printer = PyDict_GetItem(table, (PyObject *)type);

    if (printer)
        return printer;
    AUTO_REF PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");
    AUTO_REF PyObject *name =
        module ? PyUnicode_FromFormat("%S.%s", module,
                                      strrchr(type->tp_name, '.') ? strrchr(type->tp_name, '.') + 1
                                                                  : type->tp_name)
               : NULL;
    if (!name) {
        PyErr_Clear();
        return NULL;
    }
    return PyDict_GetItem(table, name);
}

PyObject *display_printer_of(struct worker *self, const char *mime, PyTypeObject *type)
{
    PyObject *table = self->printers ? PyDict_GetItemString(self->printers, mime) : NULL;

    return table && PyDict_GET_SIZE(table) ? printer_of_type(table, type) : NULL;
}

PyObject *display_printer(struct worker *self, const char *mime, PyObject *value)
{
    PyObject *mro = Py_TYPE(value)->tp_mro;

    for (Py_ssize_t i = 0; self->printers && mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *printer =
            display_printer_of(self, mime, (PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        if (printer)
            return printer;
    }
    return NULL;
}

bool display_register(struct worker *self, const char *mime, PyObject *type_or_name,
                      PyObject *printer)
{
    if (!self->printers && !(self->printers = PyDict_New()))
        return false;
    PyObject *table = PyDict_GetItemString(self->printers, mime);

    if (!table) {
        AUTO_REF PyObject *fresh = PyDict_New();
        if (!fresh || PyDict_SetItemString(self->printers, mime, fresh) < 0)
            return false;
        table = fresh;
    }
    if (printer)
        return PyDict_SetItem(table, type_or_name, printer) == 0;
    return !PyDict_Contains(table, type_or_name) || PyDict_DelItem(table, type_or_name) == 0;
}

/* ---- putting together ---- */

/* A formatter failed: shown as an error, the cell goes on. The cell's reply tells of it when its
 * result was shown, as ipykernel's does, or when the sandbox refused. KeyboardInterrupt is passed
 * on (false). */
static bool report(struct worker *self)
{
    breaking_prefer();
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return false;
    if (PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
        PyErr_Clear();
        return true;
    }
    AUTO_REF PyObject *exception = interpreter_take_exception();
    AUTO_REF PyObject *content = exception ? error_show(self, exception) : NULL;
    struct parent *parent = content ? parent_current(self) : NULL;
    AUTO_REF PyObject *owned = (PyObject *)parent;

    if (parent && (parent->shows_result || denial_is(exception)))
        Py_XSETREF(parent->display_error, Py_NewRef(content));
    return content != NULL;
}

static bool wanted(struct worker *self, const char *mime, PyObject *include, PyObject *exclude)
{
    AUTO_REF PyObject *name = PyUnicode_FromString(mime);
    bool hidden = self->hidden && name && PySet_Contains(self->hidden, name) == 1;
    bool in = !include || include == Py_None || PySequence_Contains(include, name) == 1;
    bool out = exclude && exclude != Py_None && PySequence_Contains(exclude, name) == 1;

    if (PyErr_Occurred())
        PyErr_Clear();
    return in && !out && !hidden;
}

/* What one method returned goes into data and metadata: value, or (value, metadata). */
static bool put(PyObject *data, PyObject *metadata, const char *mime, PyObject *result)
{
    PyObject *value = result;

    if (PyTuple_Check(result) && PyTuple_GET_SIZE(result) == 2) {
        value = PyTuple_GET_ITEM(result, 0);
        PyObject *extra = PyTuple_GET_ITEM(result, 1);
        if (extra != Py_None && PyDict_Check(extra) && PyDict_GET_SIZE(extra) > 0 &&
            PyDict_SetItemString(metadata, mime, extra) < 0)
            return false;
    }
    if (value != Py_None && strcmp(mime, "application/json") != 0 && !PyUnicode_Check(value) &&
        !PyObject_CheckBuffer(value)) {
        PySys_FormatStderr("what gives %s is a str (or bytes), not %s: left out\n", mime,
                           Py_TYPE(value)->tp_name);
        return true;
    }
    return value == Py_None || PyDict_SetItemString(data, mime, value) == 0;
}

static bool add_representation(struct worker *self, const struct representation *row,
                               PyObject *value, PyObject *data, PyObject *metadata, bool methods)
{
    PyObject *printer = display_printer(self, row->mime, value);
    AUTO_REF PyObject *method = printer || !methods ? NULL : real_method(value, row->method);
    AUTO_REF PyObject *result = printer  ? PyObject_CallOneArg(printer, value)
                                : method ? PyObject_CallNoArgs(method)
                                         : Py_NewRef(Py_None);

    if (!result || !put(data, metadata, row->mime, result))
        return report(self);
    return true;
}

/* _repr_mimebundle_: a dict, or (data, metadata). */
static bool add_bundle(struct worker *self, PyObject *value, PyObject *include, PyObject *exclude,
                       PyObject *data, PyObject *metadata)
{
    AUTO_REF PyObject *method = real_method(value, "_repr_mimebundle_");

    if (!method)
        return true;
    AUTO_REF PyObject *keywords = Py_BuildValue("{s:O,s:O}", "include", include ? include : Py_None,
                                                "exclude", exclude ? exclude : Py_None);
    AUTO_REF PyObject *none = PyTuple_New(0);
    AUTO_REF PyObject *result = keywords && none ? PyObject_Call(method, none, keywords) : NULL;
    PyObject *bundle = result, *extra = NULL;

    if (result && PyTuple_Check(result) && PyTuple_GET_SIZE(result) == 2) {
        bundle = PyTuple_GET_ITEM(result, 0);
        extra = PyTuple_GET_ITEM(result, 1);
    }
    if (!result)
        return report(self);
    if (bundle != Py_None && !PyDict_Check(bundle)) {
        PySys_FormatStderr("what _repr_mimebundle_ gives is a dict, not %s: left out\n",
                           Py_TYPE(bundle)->tp_name);
        return true;
    }
    if (bundle != Py_None && PyDict_Update(data, bundle) < 0)
        return report(self);
    if (extra && extra != Py_None && PyDict_Update(metadata, extra) < 0)
        return report(self);
    return true;
}

static bool is_plain(PyObject *value)
{
    return value == Py_None || PyLong_CheckExact(value) || PyUnicode_CheckExact(value) ||
           PyFloat_CheckExact(value) || PyBool_Check(value) || PyList_CheckExact(value) ||
           PyDict_CheckExact(value) || PyTuple_CheckExact(value) || PyBytes_CheckExact(value) ||
           PyAnySet_CheckExact(value);
}

static bool add_plain(struct worker *self, PyObject *value, PyObject *data, PyObject *metadata)
{
    if (PyDict_GetItemString(data, "text/plain"))
        return true;
    AUTO_REF PyObject *text = pretty_repr(value);

    return (text && put(data, metadata, "text/plain", text)) || report(self);
}

static bool show_itself(struct worker *self, PyObject *value, bool *shown)
{
    AUTO_REF PyObject *method = real_method(value, "_ipython_display_");

    *shown = false;
    if (!method)
        return true;
    AUTO_REF PyObject *result = PyObject_CallNoArgs(method);
    *shown = result != NULL;
    return result || report(self);
}

PyObject *display_bundle(struct worker *self, PyObject *value, PyObject *include, PyObject *exclude)
{
    AUTO_REF PyObject *data = PyDict_New();
    AUTO_REF PyObject *metadata = PyDict_New();
    bool methods = !is_plain(value) && !has_every_attribute(value), shown = false;

    if (!data || !metadata || (methods && !show_itself(self, value, &shown)))
        return NULL;
    if (shown)
        return PyTuple_Pack(2, data, metadata);
    if (methods && !add_bundle(self, value, include, exclude, data, metadata))
        return NULL;
    for (size_t i = 0; (methods || self->printers) && i < REPRESENTATIONS; i++) {
        const struct representation *row = &representations[i];
        if (PyDict_GetItemString(data, row->mime) || !wanted(self, row->mime, include, exclude))
            continue;
        if (!add_representation(self, row, value, data, metadata, methods))
            return NULL;
    }
    if (wanted(self, "text/plain", include, exclude) && !add_plain(self, value, data, metadata))
        return NULL;
    return PyTuple_Pack(2, data, metadata);
}

/* ---- publishing ---- */

bool worker_display(struct worker *self, const char *msg_type, PyObject *content,
                    PyObject *metadata)
{
    if (!self->sink)
        return worker_publish(self, msg_type, content, metadata, NULL);
    AUTO_REF PyObject *pair = Py_BuildValue("(sO)", msg_type, content);

    return pair && PyList_Append(self->sink, pair) == 0;
}
