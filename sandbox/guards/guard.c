/* guard: the objects in guarded code's constants. Each is reached by a subscript: G[f](x),
 * M_append[l].append(x), T[m.f], W[o].a = v; what it does is in calls.c, methods.c, stores.c,
 * classes.c. */

#include "sandbox/guards/guard_object.h"

#include <string.h>

static PyTypeObject *guard_types[GUARD_KINDS]; /* made once per process */
static PyTypeObject *watched_type; /* of G and M in a sandbox whose calls the host hears of */

/* ---- @B ---- */

static PyObject *call_born(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *type = PyTuple_GET_SIZE(arguments) == 1 ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    (void)keywords;
    if (!type)
        return PyErr_Format(PyExc_TypeError, "one class expected");
    if (PyType_Check(type) &&
        !classes_remember(((struct guard *)self)->sandbox, (PyTypeObject *)type))
        return NULL;
    return Py_NewRef(type);
}

/* Before the class is made: a metaclass is a library's code that nobody calls by name. */
static PyObject *subscript_born(PyObject *self, PyObject *unused)
{
    (void)unused;
    return libraries_cover() ? Py_NewRef(self) : NULL;
}

/* ---- types ---- */

OBJECT_FREES(guard, &self->name)

/* The letter of a placeholder, and what its guard does. */
static const struct {
    char letter;
    binaryfunc subscript;
} kinds[] = {
    [GUARD_CALL] = {'G', calls_subscript},       [GUARD_METHOD] = {'M', methods_subscript},
    [GUARD_VALUE] = {'T', values_subscript},     [GUARD_WRITE] = {'W', stores_subscript},
    [GUARD_BORN] = {'B', subscript_born},        [GUARD_READ] = {'A', values_subscript_read},
    [GUARD_STAR] = {'S', values_subscript_star}, [GUARD_CAPTURE] = {'C', values_subscript_capture},
    [GUARD_INSIDE] = {'I', views_subscript},     [GUARD_SUPER] = {'U', calls_subscript_super},
};

/* G and M, and tell the host what will be called. */
static PyObject *subscript_watched(PyObject *object_self, PyObject *object)
{
    struct guard *self = (struct guard *)object_self;
    AUTO_REF PyObject *passed = kinds[self->kind].subscript(object_self, object);
    AUTO_REF PyObject *callable = !passed ? NULL
                                  : self->kind == GUARD_METHOD
                                      ? PyObject_GetAttr(passed, self->name)
                                      : Py_NewRef(passed);

    return callable && hooks_tell_call(self->sandbox, checked_target(callable)) ? Py_NewRef(passed)
                                                                                : NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* The methods of containers by which they are changed. */
static bool is_mutator(const char *name)
{
    static const char *const mutators[] = {"append",
                                           "extend",
                                           "insert",
                                           "remove",
                                           "pop",
                                           "clear",
                                           "update",
                                           "setdefault",
                                           "popitem",
                                           "sort",
                                           "reverse",
                                           "add",
                                           "discard",
                                           "difference_update",
                                           "intersection_update",
                                           "symmetric_difference_update",
                                           "__setitem__",
                                           "__delitem__",
                                           "__iadd__",
                                           "__imul__",
                                           "__ior__",
                                           "__iand__",
                                           "__isub__",
                                           "__ixor__",
                                           "subtract",
                                           NULL};

    return is_one_of(name, mutators);
}

bool guard_mutates(PyObject *name)
{
    const char *text = text_of(name);

    return text && is_mutator(text);
}

PyObject *guard_new(struct sandbox *sandbox, const char *placeholder)
{
    static const char *const formatters[] = {"format", "format_map", NULL};
    static const char *const beginners[] = {"__init__", "__setstate__", NULL};
    const char *name = strchr(placeholder, ':') ? strchr(placeholder, ':') + 1 : "";
    size_t kind = 0;

    while (kind < GUARD_KINDS && kinds[kind].letter != placeholder[0])
        kind++;
    if (kind == GUARD_KINDS)
        return PyErr_Format(PyExc_SystemError, "no guard is called %s", placeholder);
    bool watched = (kind == GUARD_CALL || kind == GUARD_METHOD || kind == GUARD_SUPER) &&
                   hooks_watch_calls(sandbox);
    struct guard *self = PyObject_New(struct guard, watched ? watched_type : guard_types[kind]);
    if (!self)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->kind = (enum guard_kind)kind;
    self->sandbox = sandbox;
    self->mutates = is_mutator(name);
    self->formats = is_one_of(name, formatters);
    self->begins = is_one_of(name, beginners);
    self->name = PyUnicode_InternFromString(name);
    if (!self->name)
        Py_CLEAR(self);
    return (PyObject *)self;
}

PyObject *guard_of(struct sandbox *sandbox, PyObject *placeholder)
{
    PyObject *guard = PyDict_GetItemWithError(sandbox->guards, placeholder);

    if (guard || PyErr_Occurred())
        return guard;
    const char *text = PyUnicode_AsUTF8(placeholder);
    guard = text ? guard_new(sandbox, text) : NULL;
    if (!guard || PyDict_SetItem(sandbox->guards, placeholder, guard) < 0) {
        Py_XDECREF(guard);
        return NULL;
    }
    Py_DECREF(guard); /* the dict's */
    return guard;
}

PyObject *guard_placeholder(PyObject *object)
{
    const struct guard *self = (const struct guard *)object;
    char letter = kinds[self->kind].letter;

    return PyUnicode_GET_LENGTH(self->name) ? PyUnicode_FromFormat("%c:%U", letter, self->name)
                                            : PyUnicode_FromFormat("%c", letter);
}

bool guard_each_type(PyObject *table, PyObject *value)
{
    bool all = PyDict_SetItem(table, (PyObject *)watched_type, value) == 0;

    for (int kind = 0; all && kind < GUARD_KINDS; kind++)
        all = PyDict_SetItem(table, (PyObject *)guard_types[kind], value) == 0;
    return all;
}

static bool make_types(void)
{
    for (int kind = 0; kind < GUARD_KINDS; kind++) {
        PyType_Slot subscript[] = {
            {Py_tp_dealloc, guard_dealloc}, {Py_mp_subscript, kinds[kind].subscript}, {0, NULL}};
        PyType_Slot call[] = {{Py_tp_dealloc, guard_dealloc},
                              {Py_mp_subscript, kinds[kind].subscript},
                              {Py_tp_call, call_born},
                              {0, NULL}};
        guard_types[kind] = object_type("safepyrun.guard", sizeof(struct guard), 0,
                                        kind == GUARD_BORN ? call : subscript);
        if (!guard_types[kind])
            return false;
    }
    PyType_Slot watch[] = {
        {Py_tp_dealloc, guard_dealloc}, {Py_mp_subscript, subscript_watched}, {0, NULL}};
    watched_type = object_type("safepyrun.guard", sizeof(struct guard), 0, watch);
    return watched_type != NULL;
}

bool guard_init(void)
{
    return watched_type || (make_types() && calls_init() && methods_init() && sys_module_init());
}
