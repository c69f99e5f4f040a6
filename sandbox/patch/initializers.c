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

static bool may_change(PyObject *object, PyObject *kept)
{
    struct sandbox *sandbox = kept && others_may_have(kept) ? gate_judged() : NULL;

    return !sandbox || !others_has_exactly(sandbox, kept) || stores_check(sandbox, object);
}

/* ---- initialisers of builtin types ----------------------------------------------------------- */

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
static const struct beginning {
    PyTypeObject *type;
    initproc *plain, ours;
} beginnings[] = {
    {&PyList_Type, &plain_list, list_init},
    {&PyDict_Type, &plain_dict, dict_init},
    {&PySet_Type, &plain_set, set_init},
    {&PyModule_Type, &plain_module, module_init},
    {&PyProperty_Type, &plain_property, property_init},
    {&PyStaticMethod_Type, &plain_staticmethod, staticmethod_init},
    {&PyClassMethod_Type, &plain_classmethod, classmethod_init},
};

static bool watch_beginnings(void)
{
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        AUTO_REF PyObject *init =
            PyObject_GetAttrString((PyObject *)beginnings[i].type, "__init__");
        if (!init || !Py_IS_TYPE(init, &PyWrapperDescr_Type))
            return false;
        *beginnings[i].plain = (initproc)((PyWrapperDescrObject *)init)->d_wrapped;
        ((PyWrapperDescrObject *)init)->d_wrapped = (void *)beginnings[i].ours;
    }
    return true;
}

/* ---- namespaces ------------------------------------------------------------------------------ */

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

static const struct namespace
{
    const char *example; /* an expression whose value is a type of that table */
    setter *plain, ours;
}
namespaces[] = {
    {"type('', (), {})", &plain_instance, set_instance},
    {"type('', (), {'__slots__': ('__dict__',)})", &plain_slotted, set_slotted},
    {"type(lambda: 0)", &plain_function, set_function},
    {"BaseException", &plain_exception, set_exception},
    {"__import__('functools').partial", &plain_partial, set_partial},
};

static bool watch_namespaces(PyObject *builtins)
{
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        AUTO_REF PyObject *type =
            PyRun_String(namespaces[i].example, Py_eval_input, PyModule_GetDict(builtins), NULL);
        AUTO_REF PyObject *own = type ? PyObject_GetAttrString(type, "__dict__") : NULL;
        AUTO_REF PyObject *field = own ? PyMapping_GetItemString(own, "__dict__") : NULL;
        if (!field || !Py_IS_TYPE(field, &PyGetSetDescr_Type))
            return false;
        PyGetSetDef *functions = ((PyGetSetDescrObject *)field)->d_getset;
        if (functions->set == namespaces[i].ours)
            continue;
        *namespaces[i].plain = functions->set;
        functions->set = namespaces[i].ours;
    }
    return true;
}

/* ---- partials -------------------------------------------------------------------------------- */

static PyMethodDef setstate_method;
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

static bool watch_partials(void)
{
    AUTO_REF PyObject *functools = PyImport_ImportModule("functools");
    AUTO_REF PyObject *partial = functools ? PyObject_GetAttrString(functools, "partial") : NULL;
    AUTO_REF PyObject *found = partial ? PyObject_GetAttrString(partial, "__setstate__") : NULL;

    if (!found || !Py_IS_TYPE(found, &PyMethodDescr_Type) ||
        ((PyMethodDescrObject *)found)->d_method->ml_flags != METH_O)
        return found != NULL;
    setstate_method = *((PyMethodDescrObject *)found)->d_method;
    plain_setstate = setstate_method.ml_meth;
    setstate_method.ml_meth = partial_setstate;
    ((PyMethodDescrObject *)found)->d_method = &setstate_method;
    return true;
}

bool initializers_init(void)
{
    static bool done;
    AUTO_REF PyObject *builtins = done ? NULL : PyImport_ImportModule("builtins");

    if (done || !builtins)
        return done;
    done = watch_beginnings() && watch_namespaces(builtins) && watch_partials();
    return done;
}
