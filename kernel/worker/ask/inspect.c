/* inspect: what `obj?` and Shift-Tab show. Read from the object as it lies there; a cell's own
 * properties, __repr__ and __len__ are not called. */
#include <string.h>

#include "magics/magic.h"
#include "kernel/worker/inside.h"
#include "kernel/worker/ask/introspect.h"

enum { FIELDS_MAX = 12, STRING_MAX = 200 };

struct field {
    const char *title;
    PyObject *text; /* owned */
};
struct page {
    struct field fields[FIELDS_MAX];
    int count;
};

/* Takes the reference `text`; NULL (an error is cleared) or empty adds nothing. */
static void page_add(struct page *self, const char *title, PyObject *text)
{
    PyErr_Clear();
    if (text && PyUnicode_Check(text) && PyUnicode_GET_LENGTH(text) && self->count < FIELDS_MAX)
        self->fields[self->count++] = (struct field){title, text};
    else
        Py_XDECREF(text);
}

/* The fields under one another, their titles coloured; new str. Empties the page. */
static PyObject *page_text(struct page *self)
{
    struct text out = {0};
    size_t width = 0;

    for (int i = 0; i < self->count; i++)
        if (strlen(self->fields[i].title) + 2 > width)
            width = strlen(self->fields[i].title) + 2;
    for (int i = 0; i < self->count; i++) {
        const struct field *field = &self->fields[i];
        bool lines = PyUnicode_FindChar(field->text, '\n', 0, PY_SSIZE_T_MAX, 1) >= 0;
        int pad = (int)(width - strlen(field->title) - 1);
        text_addf(&out, "%s\x1b[31m%s:\x1b[39m", i ? "\n" : "", field->title);
        text_addf(&out, "%*s", lines ? 0 : pad, "");
        text_add_string(&out, lines ? "\n" : "");
        AUTO_REF PyObject *bytes = PyUnicode_AsEncodedString(field->text, "utf-8", "replace");
        if (bytes)
            text_add(&out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        PyErr_Clear();
        Py_DECREF(field->text);
    }
    return text_finish(&out);
}

/* ---- fields ---- */

static PyObject *call_inspect(const char *function, PyObject *argument)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("inspect");
    PyObject *result = module ? PyObject_CallMethod(module, function, "O", argument) : NULL;

    PyErr_Clear();
    return result;
}

static PyObject *docstring(PyObject *object)
{
    AUTO_REF PyObject *key = PyUnicode_FromString("__doc__");
    PyObject *owner = PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object;
    AUTO_REF PyObject *doc = NULL;

    if (!key)
        return NULL;
    if (PyFunction_Check(owner))
        doc = Py_XNewRef(((PyFunctionObject *)owner)->func_doc);
    else if (PyCFunction_Check(owner) || Py_IS_TYPE(owner, &PyMethodDescr_Type) ||
             Py_IS_TYPE(owner, &PyWrapperDescr_Type) || Py_IS_TYPE(owner, &PyProperty_Type))
        doc = PyObject_GetAttr(owner, key);
    else
        doc = static_attribute(owner, key);
    PyErr_Clear();
    return doc && PyUnicode_Check(doc) ? call_inspect("cleandoc", doc) : NULL;
}

static PyObject *string_form(PyObject *object)
{
    AUTO_REF PyObject *text = repr_is_safe(object, 0) ? PyObject_Str(object) : NULL;

    PyErr_Clear();
    if (!text)
        return PyUnicode_FromFormat("<%s object at %p>", Py_TYPE(object)->tp_name, (void *)object);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    AUTO_REF PyObject *head =
        length > STRING_MAX ? PyUnicode_Substring(text, 0, STRING_MAX / 2) : NULL;
    AUTO_REF PyObject *tail =
        length > STRING_MAX ? PyUnicode_Substring(text, length - STRING_MAX / 2, length) : NULL;
    return head && tail ? PyUnicode_FromFormat("%U <...> %U", head, tail) : Py_NewRef(text);
}

static PyObject *length_text(PyObject *object)
{
    AUTO_REF PyObject *method =
        PyType_Check(object) ? NULL : static_library_method(object, "__len__");
    AUTO_REF PyObject *length = method ? PyObject_CallNoArgs(method) : NULL;

    PyErr_Clear();
    return length ? PyObject_Str(length) : NULL;
}

static PyObject *file_text(PyObject *object)
{
    bool bound;
    PyFunctionObject *function = PyType_Check(object) ? NULL : function_behind(object, &bound);

    if (function) {
        PyObject *name = ((PyCodeObject *)function->func_code)->co_filename;
        PyObject *file = PyDict_GetItemString(function->func_globals, "__file__");
        bool frozen = PyUnicode_GET_LENGTH(name) && PyUnicode_READ_CHAR(name, 0) == '<' && file &&
                      PyUnicode_Check(file);
        return Py_NewRef(frozen ? file : name);
    }
    if (!PyType_Check(object) && !PyModule_Check(object))
        return NULL;
    AUTO_REF PyObject *key = PyUnicode_FromString("__module__");
    AUTO_REF PyObject *name = PyType_Check(object) && key ? static_attribute(object, key) : NULL;
    PyObject *module = PyType_Check(object) && name && PyUnicode_CheckExact(name)
                           ? PyDict_GetItem(PyImport_GetModuleDict(), name)
                       : PyType_Check(object) ? NULL
                                              : object;
    PyObject *file = module && PyModule_Check(module)
                         ? PyDict_GetItemString(PyModule_GetDict(module), "__file__")
                         : NULL;
    return Py_XNewRef(file);
}

/* ---- source ---- */

/* The text of `class NAME` in one source, found by its tree; NULL without exception. */
static PyObject *class_in_source(PyObject *source, const char *name)
{
    AUTO_REF PyObject *ast = PyImport_ImportModule("ast");
    AUTO_REF PyObject *plain = magic_transform(source);
    AUTO_REF PyObject *tree = ast && plain ? PyObject_CallMethod(ast, "parse", "O", plain) : NULL;
    AUTO_REF PyObject *body = tree ? PyObject_GetAttrString(tree, "body") : NULL;
    AUTO_REF PyObject *kind = ast ? PyObject_GetAttrString(ast, "ClassDef") : NULL;
    PyObject *found = NULL;

    for (Py_ssize_t i = 0; body && kind && i < PyList_GET_SIZE(body); i++) {
        PyObject *node = PyList_GET_ITEM(body, i);
        AUTO_REF PyObject *label =
            PyObject_IsInstance(node, kind) == 1 ? PyObject_GetAttrString(node, "name") : NULL;
        if (label && PyUnicode_CompareWithASCIIString(label, name) == 0)
            Py_XSETREF(found, PyObject_CallMethod(ast, "get_source_segment", "OO", plain, node));
        PyErr_Clear();
    }
    PyErr_Clear();
    return found;
}

/* A class of `__main__`: in the newest cell that defines it. */
static PyObject *class_source(struct worker *self, PyObject *type)
{
    PyObject *cells = PyDict_GetItemString(self->globals, "_ih");
    AUTO_REF PyObject *name = PyType_GetName((PyTypeObject *)type);
    const char *utf8 = name ? PyUnicode_AsUTF8(name) : NULL;
    AUTO_REF PyObject *statement = utf8 ? PyUnicode_FromFormat("class %s", utf8) : NULL;
    PyObject *found = NULL;

    for (Py_ssize_t i = cells && PyList_CheckExact(cells) ? PyList_GET_SIZE(cells) : 0;
         statement && !found && i > 0; i--) {
        PyObject *cell = PyList_GET_ITEM(cells, i - 1);
        if (PyUnicode_CheckExact(cell) && PyUnicode_Contains(cell, statement) == 1)
            found = class_in_source(cell, utf8);
    }
    PyErr_Clear();
    return found;
}

/* The source of a frozen part, where linecache finds it. */
static bool shim_source_add(PyObject *code)
{
    PyObject *filename = ((PyCodeObject *)code)->co_filename;

    for (const struct shim_source *row = shims_sources; row->filename; row++) {
        if (PyUnicode_CompareWithASCIIString(filename, row->filename) != 0)
            continue;
        AUTO_REF PyObject *text = PyUnicode_FromString(row->text);
        return text && sources_add(filename, text);
    }
    return true;
}

static PyObject *source_text(struct worker *self, PyObject *object)
{
    bool bound;
    AUTO_REF PyObject *key = PyUnicode_FromString("__module__");
    AUTO_REF PyObject *module = PyType_Check(object) && key ? static_attribute(object, key) : NULL;

    if (module && PyUnicode_Check(module) &&
        PyUnicode_CompareWithASCIIString(module, "__main__") == 0)
        return class_source(self, object);
    PyFunctionObject *function = PyType_Check(object) ? NULL : function_behind(object, &bound);
    if (!function && !PyType_Check(object) && !PyModule_Check(object))
        return NULL;
    if (function && !shim_source_add(PyFunction_GET_CODE((PyObject *)function)))
        return NULL;
    AUTO_REF PyObject *text = call_inspect("getsource", function ? (PyObject *)function : object);
    return text && PyUnicode_Check(text) ? PyObject_CallMethod(text, "rstrip", "s", "\n") : NULL;
}

static PyObject *subclasses_text(PyObject *object)
{
    AUTO_REF PyObject *list =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", object);
    AUTO_REF PyObject *names = PyList_New(0);
    AUTO_REF PyObject *comma = PyUnicode_FromString(", ");

    for (Py_ssize_t i = 0; list && names && i < PyList_GET_SIZE(list) && i < 10; i++) {
        AUTO_REF PyObject *name = PyType_GetName((PyTypeObject *)PyList_GET_ITEM(list, i));
        if (name)
            PyList_Append(names, name);
    }
    PyErr_Clear();
    return names && comma ? PyUnicode_Join(comma, names) : NULL;
}

/* ---- the page ---- */

static PyObject *titled_signature(PyObject *object, PyObject *name)
{
    AUTO_REF PyObject *signature = signature_text(object, true);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PY_SSIZE_T_MAX, -1);
    AUTO_REF PyObject *label = PyUnicode_Substring(name, dot >= 0 ? dot + 1 : 0, PY_SSIZE_T_MAX);
    bool plain = PyType_Check(object) &&
                 ((PyTypeObject *)object)->tp_init == PyBaseObject_Type.tp_init &&
                 ((PyTypeObject *)object)->tp_new == PyBaseObject_Type.tp_new;

    PyErr_Clear();
    if (!signature && plain)
        signature = PyUnicode_FromString("()");
    return signature && label ? PyUnicode_FromFormat("%U%U", dot < 0 ? label : name, signature)
                              : NULL;
}

static bool is_callable_code(PyObject *object)
{
    return PyFunction_Check(object) || PyMethod_Check(object) || PyCFunction_Check(object) ||
           PyType_Check(object) || Py_IS_TYPE(object, &PyMethodDescr_Type) ||
           Py_IS_TYPE(object, &PyWrapperDescr_Type);
}

static void page_fill(struct worker *self, struct page *page, PyObject *object, PyObject *name,
                      int detail)
{
    bool code = is_callable_code(object);
    PyObject *source = detail > 0 ? source_text(self, object) : NULL;
    AUTO_REF PyObject *init_name = PyUnicode_FromString("__init__");
    AUTO_REF PyObject *call_name = PyUnicode_FromString("__call__");
    PyObject *call =
        !code && call_name ? interpreter_type_lookup(Py_TYPE(object), call_name) : NULL;

    if (code) {
        page_add(page, PyType_Check(object) ? "Init signature" : "Signature",
                 titled_signature(object, name));
    } else {
        if (call && PyFunction_Check(call)) {
            AUTO_REF PyObject *method = PyMethod_New(call, object);
            page_add(page, "Call signature", method ? titled_signature(method, name) : NULL);
        }
        page_add(page, "Type", PyUnicode_FromString(interpreter_type_name(Py_TYPE(object))));
        page_add(page, "String form", string_form(object));
        page_add(page, "Length", length_text(object));
        page_add(page, "File", file_text(object));
    }
    if (source && PyUnicode_Check(source))
        page_add(page, "Source", source);
    else {
        Py_XDECREF(source);
        PyObject *doc = docstring(object);
        page_add(page, "Docstring", doc || !code ? doc : PyUnicode_FromString("<no docstring>"));
        PyObject *init = PyType_Check(object) && init_name
                             ? interpreter_type_lookup((PyTypeObject *)object, init_name)
                             : NULL;
        if (init && PyFunction_Check(init))
            page_add(page, "Init docstring", docstring(init));
        if (call && PyFunction_Check(call))
            page_add(page, "Call docstring", docstring(call));
    }
    if (!code)
        return;
    page_add(page, "File", file_text(object));
    page_add(page, "Type", PyUnicode_FromString(interpreter_type_name(Py_TYPE(object))));
    if (PyType_Check(object))
        page_add(page, "Subclasses", subclasses_text(object));
}

static PyObject *magic_page(const char *name)
{
    bool cell = strncmp(name, "%%", 2) == 0;
    const struct magic *magic = magic_find(name + (cell ? 2 : 1), cell ? MAGIC_CELL : MAGIC_LINE);
    struct page page = {.count = 0};

    PyErr_Clear();
    if (!magic)
        return NULL;
    page_add(&page, "Usage", PyUnicode_FromString(magic->usage));
    page_add(&page, "Docstring", PyUnicode_FromString(magic->doc));
    return page_text(&page);
}

/* The part of an installed package that it imports when it is asked for (sklearn.svm after
 * `import sklearn`): imported, as asking would. New reference, NULL: there is none. */
static PyObject *import_part(PyObject *package, PyObject *part)
{
    bool has_parts = PyDict_GetItemString(PyModule_GetDict(package), "__path__") != NULL;
    AUTO_REF PyObject *name =
        has_parts && loaded_is_installed(package) ? PyModule_GetNameObject(package) : NULL;
    AUTO_REF PyObject *whole = name ? PyUnicode_FromFormat("%U.%U", name, part) : NULL;
    PyObject *module = whole ? PyImport_Import(whole) : NULL;

    PyErr_Clear();
    return module;
}

/* Did a part come that a dotted name needs? */
static bool import_parts(struct worker *self, PyObject *dotted)
{
    AUTO_REF PyObject *dot = PyUnicode_FromString(".");
    AUTO_REF PyObject *names = dot ? PyUnicode_Split(dotted, dot, -1) : NULL;
    AUTO_REF PyObject *at = names ? Py_XNewRef(static_name(self, PyList_GET_ITEM(names, 0))) : NULL;
    bool came = false;

    for (Py_ssize_t i = 1; at && PyModule_Check(at) && i < PyList_GET_SIZE(names); i++) {
        PyObject *next = static_attribute(at, PyList_GET_ITEM(names, i));
        if (!next && (next = import_part(at, PyList_GET_ITEM(names, i))))
            came = true;
        Py_SETREF(at, next);
    }
    PyErr_Clear();
    return came;
}

/* What "a.b.c" is; new reference or NULL without exception. */
static PyObject *find(struct worker *self, PyObject *dotted)
{
    PyObject *object = known_dotted(self, dotted);

    return object || !import_parts(self, dotted) ? object : known_dotted(self, dotted);
}

PyObject *inspect_text(struct worker *self, PyObject *name, int detail)
{
    struct page page = {.count = 0};
    struct gate_scope scope;
    const char *utf8 = PyUnicode_AsUTF8(name);

    if (!utf8)
        return PyErr_Clear(), NULL;
    AUTO_REF PyObject *page_of_table = utf8[0] == '%' ? magic_page(utf8) : NULL;
    if (page_of_table || PyErr_Occurred())
        return Py_XNewRef(page_of_table);
    gate_reading_enter(&scope);
    AUTO_REF PyObject *object = utf8[0] == '%' ? shell_magic(utf8) : find(self, name);
    if (!object) {
        gate_trusted_exit(&scope);
        return NULL;
    }
    page_fill(self, &page, object, name, detail);
    gate_trusted_exit(&scope);
    PyObject *text = page_text(&page);
    PyErr_Clear();
    return text;
}

/* ---- the request ---- */

/* The dotted name that ends at `end`; new str, empty when there is none. */
static PyObject *name_before(const struct codescan *scan, Py_ssize_t end)
{
    Py_ssize_t at = codescan_word(scan, end);

    while (at < end && at > 1 && scan->text[at - 1] == '.' && codescan_word(scan, at - 1) < at - 1)
        at = codescan_word(scan, at - 1);
    while (at > 0 && at < end && scan->text[at - 1] == '%')
        at--;
    return codescan_slice(scan, at, end);
}

/* The text for the name at the cursor, else for the callee of the open call; NULL without
 * exception when neither is known. */
static PyObject *inspect_at(struct worker *self, PyObject *code, Py_ssize_t cursor, int detail)
{
    struct codescan scan;
    Py_ssize_t end = cursor;
    PyObject *text = NULL;

    while (end < PyUnicode_GET_LENGTH(code) && codescan_is_name(PyUnicode_READ_CHAR(code, end)))
        end++;
    while (end > 0 && (PyUnicode_READ_CHAR(code, end - 1) == '?' ||
                       PyUnicode_READ_CHAR(code, end - 1) == '\n'))
        end--;
    if (!codescan_init(&scan, code, 0, end))
        return NULL;
    AUTO_REF PyObject *name = scan.string < 0 && !scan.comment ? name_before(&scan, end) : NULL;
    if (name && PyUnicode_GET_LENGTH(name))
        text = inspect_text(self, name, detail);
    for (int depth = scan.depth; !text && depth > 0; depth--) {
        if (scan.text[scan.open[depth - 1]] != '(')
            continue;
        AUTO_REF PyObject *callee =
            name_before(&scan, codescan_skip_back(&scan, scan.open[depth - 1]));
        if (callee && PyUnicode_GET_LENGTH(callee))
            text = inspect_text(self, callee, detail);
    }
    if (!text && scan.depth == 0 && scan.size && scan.text[scan.size - 1] == ')') {
        AUTO_REF PyObject *callee =
            name_before(&scan, scan.partner[scan.size - 1] > 0 ? scan.partner[scan.size - 1] : 0);
        if (callee && PyUnicode_GET_LENGTH(callee))
            text = inspect_text(self, callee, detail);
    }
    codescan_clear(&scan);
    PyErr_Clear();
    return text;
}

bool inspect_request(struct worker *self, struct request *request)
{
    PyObject *code = request_str(request, "code"); /* borrowed */

    if (!code)
        return false;
    Py_ssize_t length = PyUnicode_GET_LENGTH(code);
    Py_ssize_t cursor = request_int(request, "cursor_pos", length);
    cursor = cursor < 0 || cursor > length ? length : cursor;
    AUTO_REF PyObject *text =
        inspect_at(self, code, cursor, (int)request_int(request, "detail_level", 0));
    AUTO_REF PyObject *data = PyDict_New();
    if (!data || (text && PyDict_SetItemString(data, "text/plain", text) < 0))
        return false;
    AUTO_REF PyObject *content = Py_BuildValue("{s:s,s:O,s:O,s:{}}", "status", "ok", "found",
                                               text ? Py_True : Py_False, "data", data, "metadata");
    return content && worker_reply(self, request, "inspect_reply", content);
}
