/* pretty_calls: values that are laid out as the call that makes them: name(argument, ...,
 * keyword=argument). */
#include "kernel/worker/show/pretty.h"

struct call {
    struct pretty *pretty;
    size_t indent;
    int count; /* of arguments so far */
};

static bool call_begin(struct call *self, struct pretty *pretty, PyObject *name)
{
    AUTO_REF PyObject *open = PyUnicode_FromFormat("%U(", name);

    if (!open)
        return false;
    *self = (struct call){pretty, (size_t)PyUnicode_GET_LENGTH(open), 0};
    layout_begin(&pretty->layout, 0, ""); /* it is a value itself */
    if (!pretty_text(pretty, open))
        return false;
    layout_begin(&pretty->layout, self->indent, "");
    return true;
}

static void call_next(struct call *self)
{
    if (self->count++) {
        pretty_string(self->pretty, ",");
        layout_breakable(&self->pretty->layout, " ", 1);
    }
}

static bool call_argument(struct call *self, PyObject *value)
{
    call_next(self);
    return pretty_print(self->pretty, value);
}

static bool call_keyword(struct call *self, PyObject *name, PyObject *value)
{
    size_t indent = (size_t)PyUnicode_GET_LENGTH(name) + 1;

    call_next(self);
    if (!pretty_text(self->pretty, name))
        return false;
    pretty_string(self->pretty, "=");
    layout_begin(&self->pretty->layout, indent, "");
    if (!pretty_print(self->pretty, value))
        return false;
    layout_end(&self->pretty->layout, indent, "");
    return true;
}

static bool call_end(struct call *self)
{
    layout_end(&self->pretty->layout, self->indent, ")");
    layout_end(&self->pretty->layout, 0, "");
    return true;
}

static bool call_rest(struct call *self)
{
    call_next(self);
    pretty_string(self->pretty, "...");
    return call_end(self);
}

/* The name of its class, called with what `arguments` gives. */
static bool print_as_call(struct pretty *self, PyObject *value, bool cycle,
                          bool (*arguments)(struct call *, PyObject *))
{
    AUTO_REF PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");
    struct call call;

    if (!name || !call_begin(&call, self, name))
        return false;
    if (cycle)
        return call_rest(&call);
    return arguments(&call, value) && call_end(&call);
}

static bool defaultdict_arguments(struct call *call, PyObject *value)
{
    AUTO_REF PyObject *factory = PyObject_GetAttrString(value, "default_factory");
    AUTO_REF PyObject *items = PyDict_Copy(value);

    return factory && items && call_argument(call, factory) && call_argument(call, items);
}

static bool ordereddict_arguments(struct call *call, PyObject *value)
{
    AUTO_REF PyObject *items = PyMapping_Items(value);

    return items && (PyList_GET_SIZE(items) == 0 || call_argument(call, items));
}

static bool counter_arguments(struct call *call, PyObject *value)
{
    AUTO_REF PyObject *pairs = PyObject_CallMethod(value, "most_common", NULL);
    AUTO_REF PyObject *items = PyDict_New();

    return pairs && items && PyDict_MergeFromSeq2(items, pairs, 1) == 0 &&
           (PyDict_GET_SIZE(items) == 0 || call_argument(call, items));
}

static bool deque_arguments(struct call *call, PyObject *value)
{
    AUTO_REF PyObject *items = PySequence_List(value);
    AUTO_REF PyObject *limit = items ? PyObject_GetAttrString(value, "maxlen") : NULL;
    AUTO_REF PyObject *name = PyUnicode_FromString("maxlen");

    return limit && name && call_argument(call, items) &&
           (limit == Py_None || call_keyword(call, name, limit));
}

static bool userlist_arguments(struct call *call, PyObject *value)
{
    AUTO_REF PyObject *data = PyObject_GetAttrString(value, "data");

    return data && call_argument(call, data);
}

bool pretty_defaultdict(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    return print_as_call(self, value, cycle, defaultdict_arguments);
}

bool pretty_ordereddict(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    return print_as_call(self, value, cycle, ordereddict_arguments);
}

bool pretty_counter(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    return print_as_call(self, value, cycle, counter_arguments);
}

bool pretty_deque(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    return print_as_call(self, value, cycle, deque_arguments);
}

bool pretty_userlist(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    return print_as_call(self, value, cycle, userlist_arguments);
}

bool pretty_namespace(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule;
    AUTO_REF PyObject *name = PyUnicode_FromString("namespace");
    AUTO_REF PyObject *names = PyObject_GetAttrString(value, "__dict__");
    AUTO_REF PyObject *items = names ? PyMapping_Items(names) : NULL;
    struct call call;

    if (!name || !items || !call_begin(&call, self, name))
        return false;
    if (cycle)
        return call_rest(&call);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        if (!call_keyword(&call, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)))
            return false;
    }
    return call_end(&call);
}

bool pretty_exception(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule, (void)cycle;
    AUTO_REF PyObject *name = pretty_type_name(Py_TYPE(value));
    AUTO_REF PyObject *args = PyObject_GetAttrString(value, "args");
    AUTO_REF PyObject *items = args ? PySequence_List(args) : NULL;
    struct call call;

    if (!name || !items || !call_begin(&call, self, name))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++)
        if (!call_argument(&call, PyList_GET_ITEM(items, i)))
            return false;
    return call_end(&call);
}

bool pretty_super(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    (void)rule, (void)cycle;
    AUTO_REF PyObject *type = PyObject_GetAttrString(value, "__thisclass__");
    AUTO_REF PyObject *object = type ? PyObject_GetAttrString(value, "__self__") : NULL;

    if (!object)
        return false;
    layout_begin(&self->layout, 8, "<super: ");
    if (!pretty_print(self, type))
        return false;
    pretty_string(self, ",");
    layout_breakable(&self->layout, " ", 1);
    if (!pretty_print(self, object))
        return false;
    layout_end(&self->layout, 8, ">");
    return true;
}

/* re.compile(r'...', re.FLAG|re.FLAG) */
bool pretty_pattern(struct pretty *self, PyObject *value, const struct rule *rule, bool cycle)
{
    static const struct {
        long bit;
        const char *name;
    } flags[] = {{2, "re.IGNORECASE"}, {4, "re.LOCALE"},   {8, "re.MULTILINE"}, {16, "re.DOTALL"},
                 {32, "re.UNICODE"},   {64, "re.VERBOSE"}, {128, "re.DEBUG"}};
    AUTO_REF PyObject *name = PyUnicode_FromString("re.compile");
    AUTO_REF PyObject *pattern = PyObject_GetAttrString(value, "pattern");
    AUTO_REF PyObject *repr = pattern ? PyObject_Repr(pattern) : NULL;
    AUTO_REF PyObject *plain =
        repr ? PyObject_CallMethod(repr, "replace", "ss", "\\\\", "\\") : NULL;
    AUTO_REF PyObject *raw = plain ? PyUnicode_FromFormat("r%U", plain) : NULL;
    AUTO_REF PyObject *given = raw ? PyObject_GetAttrString(value, "flags") : NULL;
    long bits = given ? PyLong_AsLong(given) : -1;
    struct call call;

    (void)rule, (void)cycle;
    if (PyErr_Occurred() || !name || !call_begin(&call, self, name))
        return false;
    call_next(&call);
    if (!pretty_text(self, raw))
        return false;
    if (bits)
        call_next(&call);
    bool more = false;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!(bits & flags[i].bit))
            continue;
        if (more)
            pretty_string(self, "|");
        pretty_string(self, flags[i].name);
        more = true;
    }
    return call_end(&call);
}
