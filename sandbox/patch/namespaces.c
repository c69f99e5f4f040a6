/* namespaces: nothing takes over the namespace of another for its own: `x.__dict__ = registry`. */
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

/* Attributes of the one would be items of the other. */
static bool may_take(PyObject *namespace)
{
    bool dict = namespace && PyDict_CheckExact(namespace);
    struct sandbox *sandbox = dict && others_may_have(namespace) ? gate_judged() : NULL;

    return !sandbox || !others_has_exactly(sandbox, namespace) || stores_check(sandbox, namespace);
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

bool namespaces_init(void)
{
    static bool done;
    AUTO_REF PyObject *builtins = done ? NULL : PyImport_ImportModule("builtins");

    if (done || !builtins)
        return done;
    done = watch_namespaces(builtins) && SLOTS_TAKE(partials);
    return done;
}
