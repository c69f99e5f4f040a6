/* initializers: what is there already is not made anew in place, and nothing takes over the
 * namespace of another for its own: `json.__init__("x")`, `property.__init__(C.p, f)`, `x.__dict__
 * = registry`.
 */
/* What changes `object` would change what `kept` holds. */
#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

static bool may_change(PyObject *object, PyObject *kept)
{
    struct sandbox *sandbox = kept && others_may_have(kept) ? gate_judged() : NULL;

    return !sandbox || !others_has_exactly(sandbox, kept) || stores_check(sandbox, object);
}

/* ---- initialisers of builtin types ---- */

/* A container or a module that is others'? */
static bool may_begin(PyObject *object)
{
    return may_change(object, PyModule_Check(object) ? PyModule_GetDict(object) : object);
}

/* A descriptor has its function already: a class works with it. */
static bool may_wrap(PyObject *descriptor)
{
    static const char *const fields[] = {"fget", "fset", "__func__"};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        AUTO_REF PyObject *present = PyObject_GetAttrString(descriptor, fields[i]);
        PyErr_Clear();
        if (!present || present == Py_None || !gate_judged())
            continue;
        refusal_raise("store", Py_TYPE(descriptor)->tp_name, "it is not yours to change", NULL);
        return false;
    }
    return true;
}

#define BEGINS(type, may)                                                                          \
    static initproc plain_##type;                                                                  \
    static int type##_init(PyObject *self, PyObject *arguments, PyObject *keywords)                \
    {                                                                                              \
        return may(self) ? plain_##type(self, arguments, keywords) : -1;                           \
    }
BEGINS(list, may_begin)
BEGINS(dict, may_begin)
BEGINS(set, may_begin)
BEGINS(module, may_begin)
BEGINS(property, may_wrap)
BEGINS(staticmethod, may_wrap)
BEGINS(classmethod, may_wrap)

/* Making an instance does not come here, an `__init__` that is called by its name does. */
#define BEGINNING(type, name)                                                                      \
    {                                                                                              \
        .of = &(type), .member = "__init__", .kind = SLOT_WRAPPERS,                                \
        .at = offsetof(PyTypeObject, tp_init), .ours = {ANY(name##_init)}, .plain = &plain_##name  \
    }
static const struct slot beginnings[] = {
    BEGINNING(PyList_Type, list),
    BEGINNING(PyDict_Type, dict),
    BEGINNING(PySet_Type, set),
    BEGINNING(PyModule_Type, module),
    BEGINNING(PyProperty_Type, property),
    BEGINNING(PyStaticMethod_Type, staticmethod),
    BEGINNING(PyClassMethod_Type, classmethod),
};

/* ---- namespaces ---- */

/* Attributes of the one would be items of the other. */
static bool may_take(PyObject *namespace)
{
    return !namespace || !PyDict_CheckExact(namespace) || may_change(namespace, namespace);
}

/* One for each of CPython's tables that has a `__dict__`. */
#define NAMESPACE(name)                                                                            \
    static setter plain_##name;                                                                    \
    static int set_##name(PyObject *self, PyObject *value, void *closure)                          \
    {                                                                                              \
        return may_take(value) ? plain_##name(self, value, closure) : -1;                          \
    }
NAMESPACE(instance)
NAMESPACE(slotted)
NAMESPACE(function)
NAMESPACE(exception)
NAMESPACE(partial)

#define FIELD(name)                                                                                \
    {                                                                                              \
        .member = "__dict__", .kind = SLOT_SETTER, .ours = {ANY(set_##name)},                      \
        .plain = &plain_##name                                                                     \
    }
static const struct namespace
{
    const char *example; /* an expression whose value is a type of that table */
    struct slot field;
}
namespaces[] = {
    {"type('', (), {})", FIELD(instance)},
    {"type('', (), {'__slots__': ('__dict__',)})", FIELD(slotted)},
    {"type(lambda: 0)", FIELD(function)},
    {"BaseException", FIELD(exception)},
    {"__import__('_functools').partial", FIELD(partial)},
};

static bool watch_namespaces(PyObject *builtins)
{
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        AUTO_REF PyObject *type =
            PyRun_String(namespaces[i].example, Py_eval_input, PyModule_GetDict(builtins), NULL);
        if (!type || !slots_take_of(type, &namespaces[i].field))
            return false;
    }
    return true;
}

/* ---- partials ---- */

static PyCFunction plain_setstate;

/* partial.__setstate__((function, arguments, keywords, namespace)) keeps both dicts; the function
 * is carried. */
static PyObject *partial_setstate(PyObject *partial, PyObject *state)
{
    for (Py_ssize_t i = 2; PyTuple_Check(state) && i < PyTuple_GET_SIZE(state); i++)
        if (!may_take(PyTuple_GET_ITEM(state, i)))
            return NULL;
    AUTO_REF PyObject *carried = deferred_first(state);
    return carried ? plain_setstate(partial, carried) : NULL;
}

static const struct slot partials[] = {
    {.module = "_functools",
     .type = "partial",
     .member = "__setstate__",
     .ours[CALL_ONE] = ANY(partial_setstate),
     .plain = &plain_setstate},
};

bool initializers_init(void)
{
    static bool done;
    AUTO_REF PyObject *builtins = done ? NULL : PyImport_ImportModule("builtins");

    if (done || !builtins)
        return done;
    done = SLOTS_TAKE(beginnings) && watch_namespaces(builtins) && SLOTS_TAKE(partials);
    return done;
}
