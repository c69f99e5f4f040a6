/* pretty: text/plain of a value as IPython lays it out. A value is printed by the first class of
 * its MRO that has a printer: one that was registered, a row of `rules`, `_repr_pretty_` or
 * `__repr__` of its own. */
#include "kernel/worker/show/pretty.h"

#include "kernel/worker/ask/introspect.h"
#include "kernel/worker/worker.h"

#include <string.h>

/* ---- text ---- */

void pretty_string(struct pretty *self, const char *string)
{
    layout_text(&self->layout, string, strlen(string));
}

bool pretty_text(struct pretty *self, PyObject *string)
{
    AUTO_REF PyObject *bytes = PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace");

    if (!bytes)
        return false;
    layout_text(&self->layout, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    return true;
}

/* Between two items; false: there are enough, the rest is "...". */
static bool begin_item(struct pretty *self, Py_ssize_t i)
{
    bool more = !self->items_max || i < self->items_max;

    if (i) {
        layout_text(&self->layout, ",", 1);
        layout_breakable(&self->layout, " ", 1);
    }
    if (!more)
        pretty_string(self, "...");
    return more;
}

/* ---- leaves ---- */

static PyObject *attribute_or_null(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (!value)
        PyErr_Clear();
    return value;
}

/* What repr() gives, its lines under each other. */
static bool print_repr(struct pretty *self, PyObject *value)
{
    AUTO_REF PyObject *text = PyObject_Repr(value);
    AUTO_REF PyObject *lines = text ? PyUnicode_Splitlines(text, 0) : NULL;

    if (!lines)
        return false;
    layout_begin(&self->layout, 0, "");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines); i++) {
        if (i)
            layout_break(&self->layout);
        if (!pretty_text(self, PyList_GET_ITEM(lines, i)))
            return false;
    }
    layout_end(&self->layout, 0, "");
    return true;
}

/* module.name of a class, builtins' without their module; new str. */
PyObject *pretty_type_name(PyTypeObject *type)
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

static bool print_type(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule, (void)cycle;
    if (Py_TYPE(value)->tp_repr != PyType_Type.tp_repr) /* its metaclass has a repr of its own */
        return print_repr(self, value);
    AUTO_REF PyObject *name = pretty_type_name((PyTypeObject *)value);

    return name && pretty_text(self, name);
}

/* <module.Class at 0x...> */
static bool print_default(struct pretty *self, PyObject *value, bool cycle)
{
    char address[48];

    snprintf(address, sizeof address, " at %p%s", (void *)value, cycle ? " ..." : "");
    layout_begin(&self->layout, 1, "<");
    if (!pretty_print(self, (PyObject *)Py_TYPE(value)))
        return false;
    pretty_string(self, address);
    layout_end(&self->layout, 1, ">");
    return true;
}

/* <function module.name(parameters)> */
static bool print_function(struct pretty *self, PyObject *value, const struct rule *rule,
                           bool cycle)
{
    (void)rule, (void)cycle;
    AUTO_REF PyObject *module = attribute_or_null(value, "__module__");
    AUTO_REF PyObject *name = attribute_or_null(value, "__qualname__");
    AUTO_REF PyObject *known = signature_text(value, true);
    AUTO_REF PyObject *parameters = known ? Py_NewRef(known) : PyUnicode_New(0, 0);

    if (!parameters)
        return false;
    if (!name || !PyUnicode_Check(name))
        return print_repr(self, value);
    bool named = module && PyUnicode_Check(module) &&
                 PyUnicode_CompareWithASCIIString(module, "builtins") != 0;
    AUTO_REF PyObject *text =
        named ? PyUnicode_FromFormat("<function %U.%U%U>", module, name, parameters)
              : PyUnicode_FromFormat("<function %U%U>", name, parameters);
    return text && pretty_text(self, text);
}

/* ---- containers ---- */

/* The items of an iterable, separated, without brackets. */
static bool print_items(struct pretty *self, PyObject *iterable)
{
    AUTO_REF PyObject *items = PyObject_GetIter(iterable);
    PyObject *next;

    for (Py_ssize_t i = 0; items && (next = PyIter_Next(items)); i++) {
        AUTO_REF PyObject *item = next;
        if (!begin_item(self, i))
            return true;
        if (!pretty_print(self, item))
            return false;
    }
    return items && !PyErr_Occurred();
}

static bool print_cycle(struct pretty *self, const struct rule *rule)
{
    pretty_string(self, rule->open);
    pretty_string(self, "...");
    pretty_string(self, rule->close);
    return true;
}

static bool print_sequence(struct pretty *self, PyObject *value, const struct rule *rule,
                           bool cycle)
{
    if (cycle)
        return print_cycle(self, rule);
    layout_begin(&self->layout, 1, rule->open);
    if (!print_items(self, value))
        return false;
    if (PyTuple_Check(value) && PyTuple_GET_SIZE(value) == 1)
        pretty_string(self, ",");
    layout_end(&self->layout, 1, rule->close);
    return true;
}

/* Sort a list: as its items compare, or else as their str() do, or not at all. False only for what
 * is no Exception. */
static bool sort_items(PyObject *items)
{
    if (PyList_Sort(items) == 0)
        return true;
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return false;
    PyErr_Clear();
    AUTO_REF PyObject *sort = PyObject_GetAttrString(items, "sort");
    AUTO_REF PyObject *keywords = Py_BuildValue("{s:O}", "key", (PyObject *)&PyUnicode_Type);
    AUTO_REF PyObject *none = PyTuple_New(0);
    AUTO_REF PyObject *done = sort && keywords && none ? PyObject_Call(sort, none, keywords) : NULL;
    if (done || !PyErr_ExceptionMatches(PyExc_Exception))
        return done != NULL;
    PyErr_Clear();
    return true;
}

static bool print_set(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    if (cycle)
        return print_cycle(self, rule);
    if (PySet_GET_SIZE(value) == 0) {
        AUTO_REF PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");
        AUTO_REF PyObject *text = name ? PyUnicode_FromFormat("%U()", name) : NULL;
        return text && pretty_text(self, text);
    }
    bool sorted = !self->items_max || PySet_GET_SIZE(value) < self->items_max;
    AUTO_REF PyObject *items = sorted ? PySequence_List(value) : Py_NewRef(value);
    if (!items || (sorted && !sort_items(items)))
        return false;
    layout_begin(&self->layout, strlen(rule->open), rule->open);
    if (!print_items(self, items))
        return false;
    layout_end(&self->layout, strlen(rule->open), rule->close);
    return true;
}

static bool print_mapping(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    if (cycle) {
        pretty_string(self, "{...}");
        return true;
    }
    AUTO_REF PyObject *keys = PyMapping_Keys(value);
    if (!keys)
        return false;
    layout_begin(&self->layout, strlen(rule->open), rule->open);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys) && begin_item(self, i); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        if (!pretty_print(self, key))
            return false;
        pretty_string(self, ": ");
        AUTO_REF PyObject *item = PyObject_GetItem(value, key);
        if (!item || !pretty_print(self, item))
            return false;
    }
    layout_end(&self->layout, strlen(rule->open), rule->close);
    return true;
}

static bool print_plain(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule, (void)cycle;
    return print_repr(self, value);
}

/* ---- which printer ---- */

static const struct rule rules[] = {
    {"builtins", "int", print_plain, NULL, NULL},
    {"builtins", "str", print_plain, NULL, NULL},
    {"builtins", "float", print_plain, NULL, NULL},
    {"builtins", "list", print_sequence, "[", "]"},
    {"builtins", "dict", print_mapping, "{", "}"},
    {"builtins", "tuple", print_sequence, "(", ")"},
    {"builtins", "set", print_set, "{", "}"},
    {"builtins", "frozenset", print_set, "frozenset({", "})"},
    {"builtins", "type", print_type, NULL, NULL},
    {"builtins", "function", print_function, NULL, NULL},
    {"builtins", "builtin_function_or_method", print_function, NULL, NULL},
    {"builtins", "BaseException", pretty_exception, NULL, NULL},
    {"builtins", "super", pretty_super, NULL, NULL},
    {"builtins", "mappingproxy", print_mapping, "mappingproxy({", "})"},
    {"collections", "defaultdict", pretty_defaultdict, NULL, NULL},
    {"collections", "OrderedDict", pretty_ordereddict, NULL, NULL},
    {"collections", "deque", pretty_deque, NULL, NULL},
    {"collections", "Counter", pretty_counter, NULL, NULL},
    {"collections", "UserList", pretty_userlist, NULL, NULL},
    {"types", "SimpleNamespace", pretty_namespace, NULL, NULL},
    {"os", "_Environ", print_mapping, "environ{", "}"},
    {"re", "Pattern", pretty_pattern, NULL, NULL},
};

static const struct rule *rule_of(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    const char *name = dot ? dot + 1 : type->tp_name;

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].name, name) != 0)
            continue;
        AUTO_REF PyObject *module = attribute_or_null((PyObject *)type, "__module__");
        if (module && PyUnicode_Check(module) &&
            PyUnicode_CompareWithASCIIString(module, rules[i].module) == 0)
            return &rules[i];
    }
    return NULL;
}

/* What the class itself defines, not a base of it: new reference, NULL without an exception. */
static PyObject *own_attribute(PyTypeObject *type, const char *name)
{
    AUTO_REF PyObject *names = interpreter_type_dict(type);
    PyObject *value = names ? PyDict_GetItemString(names, name) : NULL;

    PyErr_Clear();
    return Py_XNewRef(value);
}

/* Let `function(value, printer, cycle)` print it. */
static bool print_by(struct pretty *self, PyObject *function, PyObject *value, bool cycle)
{
    PyObject *printer = pretty_printer(self); /* borrowed */
    AUTO_REF PyObject *done = printer
                                  ? PyObject_CallFunctionObjArgs(function, value, printer,
                                                                 cycle ? Py_True : Py_False, NULL)
                                  : NULL;

    return done != NULL;
}

/* `_repr_pretty_` as the class has it: new reference, NULL without an exception when there is none.
 */
static PyObject *own_printer(PyTypeObject *type)
{
    AUTO_REF PyObject *own = own_attribute(type, "_repr_pretty_");
    PyObject *method = own ? attribute_or_null((PyObject *)type, "_repr_pretty_") : NULL;

    if (method && !PyCallable_Check(method))
        Py_CLEAR(method);
    return method;
}

static bool print_by_class(struct pretty *self, PyObject *value, bool cycle)
{
    PyObject *mro = Py_TYPE(value)->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *registered = display_printer_of(worker_self, "text/plain", type);
        if (registered)
            return print_by(self, registered, value, cycle);
        const struct rule *rule = rule_of(type);
        if (rule)
            return rule->print(self, value, rule, cycle);
        AUTO_REF PyObject *method = own_printer(type);
        if (method)
            return print_by(self, method, value, cycle);
        AUTO_REF PyObject *repr =
            type == &PyBaseObject_Type ? NULL : own_attribute(type, "__repr__");
        if (repr)
            return print_repr(self, value);
    }
    if (Py_TYPE(value)->tp_repr != PyBaseObject_Type.tp_repr)
        return print_repr(self, value);
    return print_default(self, value, cycle);
}

bool pretty_print(struct pretty *self, PyObject *value)
{
    struct pretty_value here = {value, self->innermost};
    bool cycle = false;

    if (value == Py_None || PyBool_Check(value) || value == Py_Ellipsis ||
        value == Py_NotImplemented)
        return print_repr(self, value);
    for (const struct pretty_value *outer = here.outer; outer && !cycle; outer = outer->outer)
        cycle = outer->value == value;
    if (Py_EnterRecursiveCall(" while printing"))
        return false;
    self->innermost = &here;
    layout_begin(&self->layout, 0, "");
    bool printed = print_by_class(self, value, cycle);
    layout_end(&self->layout, 0, "");
    self->innermost = here.outer;
    Py_LeaveRecursiveCall();
    return printed;
}

PyObject *pretty_repr(PyObject *value)
{
    const struct text_settings *settings = &worker_self->text_settings;

    if (settings->plain)
        return PyObject_Repr(value);
    struct pretty self = {.layout.width = settings->width, .items_max = settings->items_max};
    bool printed = pretty_print(&self, value);

    layout_finish(&self.layout);
    pretty_release(&self);
    if (printed)
        return text_finish(&self.layout.out);
    text_clear(&self.layout.out);
    return NULL;
}
