/* introspect: reading objects without asking them. */
#include "kernel/worker/ask/introspect.h"

#include <string.h>

#include "kernel/worker/ask/answers.h"

bool static_is_library(PyObject *function)
{
    if (PyMethod_Check(function))
        function = PyMethod_GET_FUNCTION(function);
    if (Py_IS_TYPE(function, &PyClassMethod_Type) || Py_IS_TYPE(function, &PyStaticMethod_Type))
        return false;
    if (PyFunction_Check(function))
        return !code_is_guarded(PyFunction_GET_CODE(function));
    return PyCFunction_Check(function) || Py_IS_TYPE(function, &PyMethodDescr_Type) ||
           Py_IS_TYPE(function, &PyWrapperDescr_Type);
}

PyObject *static_library_method(PyObject *object, const char *name)
{
    AUTO_REF PyObject *key = PyUnicode_FromString(name);
    PyObject *function = key ? interpreter_type_lookup(Py_TYPE(object), key) : NULL; /* borrowed */
    PyObject *method = NULL;

    if (function && static_is_library(function)) {
        if (PyFunction_Check(function))
            method = PyMethod_New(function, object);
        else if (Py_TYPE(function)->tp_descr_get)
            method = Py_TYPE(function)->tp_descr_get(function, object, (PyObject *)Py_TYPE(object));
    }
    PyErr_Clear();
    return method;
}

/* The instance dict of `object`; new reference, NULL without exception when it has none. */
static PyObject *instance_dict(PyObject *object)
{
    if (PyModule_Check(object))
        return Py_XNewRef(PyModule_GetDict(object));
    if (PyType_Check(object))
        return NULL;
    PyObject *dict = PyObject_GenericGetDict(object, NULL);
    PyErr_Clear();
    if (dict && !PyDict_Check(dict))
        Py_CLEAR(dict);
    return dict;
}

/* May the getter of a C descriptor be called? Those of static types read a field. */
static bool getter_reads_field(PyObject *descriptor)
{
    if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type))
        return true;
    if (!Py_IS_TYPE(descriptor, &PyGetSetDescr_Type))
        return false;
    PyTypeObject *owner = PyDescr_TYPE(descriptor);
    const char *name = PyDescr_NAME(descriptor) ? PyUnicode_AsUTF8(PyDescr_NAME(descriptor)) : NULL;
    return !(owner->tp_flags & Py_TPFLAGS_HEAPTYPE) && name &&
           strcmp(name, "__annotations__") != 0 && strcmp(name, "__doc__") != 0 &&
           strcmp(name, "__annotate__") != 0;
}

/* What looking `raw` (borrowed, found in a type) up through an instance gives. */
static PyObject *bind_raw(PyObject *raw, PyObject *object, PyObject *type)
{
    PyObject *bound = NULL;

    if (Py_IS_TYPE(raw, &PyStaticMethod_Type) || Py_IS_TYPE(raw, &PyClassMethod_Type)) {
        AUTO_REF PyObject *function = PyObject_GetAttrString(raw, "__func__");
        if (function && Py_IS_TYPE(raw, &PyClassMethod_Type))
            bound = PyMethod_New(function, type);
        else
            bound = Py_XNewRef(function);
    } else if (PyFunction_Check(raw)) {
        bound = object ? PyMethod_New(raw, object) : Py_NewRef(raw);
    } else if (Py_IS_TYPE(raw, &PyClassMethodDescr_Type)) {
        bound = Py_TYPE(raw)->tp_descr_get(raw, NULL, type);
    } else if (object && (Py_IS_TYPE(raw, &PyMethodDescr_Type) ||
                          Py_IS_TYPE(raw, &PyWrapperDescr_Type) || getter_reads_field(raw))) {
        bound = Py_TYPE(raw)->tp_descr_get(raw, object, type);
    }
    PyErr_Clear();
    return bound ? bound : Py_NewRef(raw);
}

static PyObject *dict_find(PyObject *dict, PyObject *name)
{
    PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;

    PyErr_Clear();
    return value;
}

PyObject *static_attribute(PyObject *object, PyObject *name)
{
    AUTO_REF PyObject *dict = instance_dict(object);
    PyObject *of_type = interpreter_type_lookup(Py_TYPE(object), name); /* borrowed */
    PyObject *own = PyType_Check(object) ? interpreter_type_lookup((PyTypeObject *)object, name)
                                         : dict_find(dict, name);

    PyErr_Clear();
    if (own && PyType_Check(object))
        return bind_raw(own, NULL, object);
    if (own && !(of_type && Py_TYPE(of_type)->tp_descr_set))
        return Py_NewRef(own);
    return of_type ? bind_raw(of_type, object, (PyObject *)Py_TYPE(object)) : NULL;
}

/* ---- listing ---- */

static void add_dict(PyObject *names, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (dict && PyDict_Next(dict, &at, &key, &value))
        if (PyUnicode_CheckExact(key) && PyDict_SetDefault(names, key, value) == NULL)
            PyErr_Clear();
}

static void add_type(PyObject *names, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro; /* borrowed */

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        AUTO_REF PyObject *key = PyUnicode_FromString("__dict__");
        AUTO_REF PyObject *proxy =
            key ? PyObject_GenericGetAttr(PyTuple_GET_ITEM(mro, i), key) : NULL;
        AUTO_REF PyObject *dict = proxy ? PyDict_New() : NULL; /* a mappingproxy's copy */
        if (PyType_Check(PyTuple_GET_ITEM(mro, i)) && dict && PyDict_Update(dict, proxy) == 0)
            add_dict(names, dict);
        PyErr_Clear();
    }
}

/* What the __dir__ of a library's type says: columns of a table, lazy attributes. */
static void add_dir(PyObject *names, PyObject *object)
{
    PyTypeObject *base = PyType_Check(object) ? &PyType_Type : &PyBaseObject_Type;
    AUTO_REF PyObject *key = PyUnicode_FromString("__dir__");
    PyObject *usual = key ? interpreter_type_lookup(base, key) : NULL;
    PyObject *found = key ? interpreter_type_lookup(Py_TYPE(object), key) : NULL;

    if (!found || found == usual || PyModule_Check(object))
        return;
    AUTO_REF PyObject *method = static_library_method(object, "__dir__");
    AUTO_REF PyObject *listed = method ? PyObject_CallNoArgs(method) : NULL;
    AUTO_REF PyObject *items = listed ? PySequence_List(listed) : NULL;
    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++)
        if (PyUnicode_CheckExact(PyList_GET_ITEM(items, i)))
            PyDict_SetDefault(names, PyList_GET_ITEM(items, i), Py_None);
    PyErr_Clear();
}

void static_names(PyObject *object, bool instance, PyObject *names)
{
    if (PyType_Check(object)) {
        add_type(names, (PyTypeObject *)object);
        if (!instance)
            add_dir(names, object);
        return;
    }
    AUTO_REF PyObject *dict = instance_dict(object);
    add_dict(names, dict);
    if (!PyModule_Check(object)) {
        add_type(names, Py_TYPE(object));
        add_dir(names, object);
    }
}

/* ---- expressions ---- */

PyObject *static_name(struct worker *self, PyObject *name)
{
    PyObject *value = dict_find(self->globals, name);
    PyObject *builtins = PyDict_GetItemString(self->globals, "__builtins__");

    if (value)
        return value;
    if (builtins && PyModule_Check(builtins))
        builtins = PyModule_GetDict(builtins);
    return dict_find(builtins && PyDict_Check(builtins) ? builtins : PyEval_GetBuiltins(), name);
}

static bool known_set(struct known *known, PyObject *value, bool instance)
{
    known->value = value; /* stolen */
    known->instance = instance;
    return value != NULL;
}

static bool known_type(struct known *known, PyTypeObject *type)
{
    return known_set(known, Py_NewRef((PyObject *)type), true);
}

/* What a descriptor of a class gives to an instance of it, as far as it says so itself. */
static bool known_promised(PyObject *raw, PyObject *type, struct known *known)
{
    AUTO_REF PyObject *getter =
        Py_IS_TYPE(raw, &PyProperty_Type) ? PyObject_GetAttrString(raw, "fget") : NULL;
    AUTO_REF PyObject *promised = getter && PyFunction_Check(getter)
                                      ? answer_annotated((PyFunctionObject *)getter, type)
                                      : NULL;

    PyErr_Clear();
    if (promised)
        return known_set(known, Py_NewRef(promised), true);
    if (Py_IS_TYPE(raw, &PyProperty_Type))
        return false;
    AUTO_REF PyObject *accessor = answer_class_attribute((PyTypeObject *)type, raw);
    return accessor && known_set(known, Py_NewRef(accessor), true);
}

/* Does a value lie there as it is, or would somebody's code make it? */
static bool is_made(PyObject *raw)
{
    return Py_TYPE(raw)->tp_descr_get && !PyFunction_Check(raw) && !PyMethod_Check(raw) &&
           !static_is_library(raw);
}

static bool known_attribute(const struct known *base, PyObject *name, enum know how,
                            struct known *known)
{
    PyObject *type = base->instance ? base->value : (PyObject *)Py_TYPE(base->value);

    if (Py_IS_TYPE(base->value, &PyProperty_Type)) /* what it would give is not known */
        return false;
    if (base->instance) {
        PyObject *raw =
            PyType_Check(type) ? interpreter_type_lookup((PyTypeObject *)type, name) : NULL;
        PyErr_Clear();
        if (raw && is_made(raw) && known_promised(raw, type, known))
            return true;
        return known_set(known, Py_XNewRef(raw), false);
    }
    PyObject *value = static_attribute(base->value, name);
    if (value && !is_made(value))
        return known_set(known, value, false);
    AUTO_REF PyObject *made = value;
    if (how == KNOW_CLASS && made && known_promised(made, type, known))
        return true;
    PyObject *answer = answer_attribute(base->value, name);
    return known_set(known, answer ? answer : Py_XNewRef(made), false);
}

static bool known_word(struct worker *self, const struct codescan *scan, Py_ssize_t start,
                       Py_ssize_t end, enum know how, struct known *known)
{
    Py_ssize_t before = codescan_skip_back(scan, start);
    AUTO_REF PyObject *name = codescan_slice(scan, start, end);

    if (!name)
        return PyErr_Clear(), false;
    if (before > 0 && scan->text[before - 1] == '.') {
        struct known base;
        if (!known_expression(self, scan, before - 1, how, &base))
            return false;
        bool found = known_attribute(&base, name, how, known);
        Py_DECREF(base.value);
        return found;
    }
    if (Py_UNICODE_ISDIGIT(scan->text[start]))
        return known_type(known, &PyLong_Type);
    return known_set(known, Py_XNewRef(static_name(self, name)), false);
}

/* The constant between two offsets: an int or a string; new reference, NULL without exception. */
static PyObject *constant(struct worker *self, const struct codescan *scan, Py_ssize_t from,
                          Py_ssize_t to)
{
    AUTO_REF PyObject *text = codescan_slice(scan, from, to);
    Py_UCS4 first = to > from ? scan->text[from] : 0;
    PyObject *value = NULL;

    if (text && codescan_word(scan, to) == from && to > from && !Py_UNICODE_ISDIGIT(first)) {
        value = static_name(self, text);
        if (value && (PyUnicode_CheckExact(value) || PyLong_CheckExact(value)))
            return Py_NewRef(value);
        return NULL;
    }
    if (text && (first == '-' || Py_UNICODE_ISDIGIT(first)))
        value = PyLong_FromUnicodeObject(text, 0);
    else if (text && to - from >= 2 && (first == '"' || first == '\'') &&
             scan->partner[to - 1] == from)
        value = codescan_slice(scan, from + 1, to - 1);
    PyErr_Clear();
    return value;
}

/* Is what is in the brackets one label? A slice, a list or a comparison selects, and what it gives
 * has the columns of what it is of. */
static bool is_selection(const struct codescan *scan, Py_ssize_t from, Py_ssize_t to)
{
    for (Py_ssize_t at = from; at < to; at++)
        if (scan->text[at] < 128 && scan->text[at] && strchr("[:<>=~&", (int)scan->text[at]))
            return true;
    return false;
}

static bool known_item(struct worker *self, const struct codescan *scan, Py_ssize_t open,
                       Py_ssize_t end, enum know how, struct known *known)
{
    struct known base;

    if (!known_expression(self, scan, open, how, &base))
        return false;
    AUTO_REF PyObject *owner = base.value;
    AUTO_REF PyObject *key = constant(self, scan, open + 1, end - 1);
    if (base.instance) /* of which kind alone is no answer: the value may be had */
        return how == KNOW_CLASS && known_item(self, scan, open, end, KNOW_VALUE, known);
    if (PyUnicode_CheckExact(owner))
        return known_type(known, &PyUnicode_Type);
    if (!key)
        return is_selection(scan, open + 1, end - 1) && answer_is_asked(owner) &&
               known_set(known, Py_NewRef(owner), false);
    PyObject *item = NULL;
    if (PyDict_Check(owner)) /* as it lies there, whatever a subclass says */
        item = Py_XNewRef(dict_find(owner, key));
    else if ((PyList_CheckExact(owner) || PyTuple_CheckExact(owner)) && PyLong_CheckExact(key))
        item = PySequence_GetItem(owner, PyLong_AsSsize_t(key));
    else
        item = answer_item(owner, key);
    PyErr_Clear();
    return known_set(known, item, false);
}

/* A call: of a class gives an instance of it; of a function, what its annotation says. What has
 * keys hands them on, where nothing but they is asked for. */
static bool known_call(struct worker *self, const struct codescan *scan, Py_ssize_t open,
                       enum know how, struct known *known)
{
    struct known callee;
    bool bound;

    if (!known_expression(self, scan, open, how, &callee))
        return false;
    AUTO_REF PyObject *owner = callee.value;
    if (callee.instance)
        return false;
    if (PyType_Check(owner))
        return owner != (PyObject *)&PyType_Type && known_set(known, Py_NewRef(owner), true);
    PyObject *of = PyMethod_Check(owner) ? PyMethod_GET_SELF(owner) : NULL;
    if (how == KNOW_VALUE && of && answer_is_asked(of))
        return known_set(known, Py_NewRef(of), false);
    PyFunctionObject *function = function_behind(owner, &bound);
    PyObject *type =
        function ? answer_annotated(function, of ? (PyObject *)Py_TYPE(of) : NULL) : NULL;
    return known_set(known, type, true);
}

bool known_ends_primary(const struct codescan *scan, Py_ssize_t end)
{
    static const char *const keywords[] = {"return", "in",     "and",   "or",    "not",
                                           "if",     "else",   "is",    "await", "yield",
                                           "del",    "assert", "while", "for"};
    if (end == 0)
        return false;
    Py_UCS4 c = scan->text[end - 1];
    if (!codescan_is_name(c))
        return c == ')' || c == ']' || c == '"' || c == '\'';
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (codescan_equals(scan, codescan_word(scan, end), end, keywords[i]))
            return false;
    return true;
}

bool known_expression(struct worker *self, const struct codescan *scan, Py_ssize_t end,
                      enum know how, struct known *known)
{
    known->value = NULL;
    end = codescan_skip_back(scan, end);
    if (end == 0 || Py_EnterRecursiveCall(" while completing"))
        return PyErr_Clear(), false;
    Py_UCS4 c = scan->text[end - 1];
    Py_ssize_t open = scan->partner[end - 1];
    bool found = false;
    if (codescan_is_name(c))
        found = known_word(self, scan, codescan_word(scan, end), end, how, known);
    else if (open < 0)
        found = false;
    else if (c == '"' || c == '\'')
        found = known_type(known, (scan->text[open] | 32) == 'b' ? &PyBytes_Type : &PyUnicode_Type);
    else if (c == '}')
        found = known_type(known, &PyDict_Type);
    else if (c == ']')
        found = known_ends_primary(scan, open) ? known_item(self, scan, open, end, how, known)
                                               : known_type(known, &PyList_Type);
    else if (known_ends_primary(scan, open))
        found = known_call(self, scan, open, how, known);
    else
        found = known_expression(self, scan, end - 1, how, known);
    Py_LeaveRecursiveCall();
    return found;
}

PyObject *known_dotted(struct worker *self, PyObject *dotted)
{
    struct codescan scan;
    struct known known = {NULL, false};

    if (!codescan_init(&scan, dotted, 0, PyUnicode_GET_LENGTH(dotted)))
        return PyErr_Clear(), NULL;
    bool found = known_expression(self, &scan, scan.size, KNOW_VALUE, &known);
    codescan_clear(&scan);
    if (found && known.instance && known.value)
        Py_CLEAR(known.value);
    return found ? known.value : NULL;
}
