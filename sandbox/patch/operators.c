/* operators: operator.methodcaller calls what a cell names, and operator.attrgetter reads it,
 * without a guard. Python code meets the gate there too; what modules, classes, compiled types and
 * shared instances offer is judged as if the cell had called it, and what is read as if it had read
 * it. */
/* ---- methodcaller ---- */
#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

static ternaryfunc plain_call;

/* May its methods have effects that no event tells of? Those of the builtin types have none. */
static bool may_be_native(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    return PyModule_Check(object) || PyType_Check(object) ||
           (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) && !loaded_is_interpreters(type));
}

/* What a methodcaller was made with. All references owned. */
struct made {
    PyObject *name, *arguments, *keywords; /* keywords: NULL when there are none */
};

static void made_clear(struct made *self)
{
    Py_CLEAR(self->name);
    Py_CLEAR(self->arguments);
    Py_CLEAR(self->keywords);
}

/* Its pickled form tells: (class, (name, ...)), or (partial(class, name, key=...), (...)). */
static bool made_read(struct made *self, PyObject *caller)
{
    AUTO_REF PyObject *parts = PyObject_CallMethod(caller, "__reduce__", NULL);
    PyObject *maker = NULL, *given = NULL;

    if (!parts || !PyArg_ParseTuple(parts, "OO!", &maker, &PyTuple_Type, &given))
        return false;
    bool plain = PyType_Check(maker);
    AUTO_REF PyObject *named = plain ? Py_NewRef(given) : PyObject_GetAttrString(maker, "args");
    self->name = named ? PySequence_GetItem(named, 0) : NULL;
    self->arguments = PyTuple_GetSlice(given, plain, PY_SSIZE_T_MAX);
    self->keywords = plain ? NULL : PyObject_GetAttrString(maker, "keywords");
    return self->name && self->arguments && (plain || self->keywords);
}

/* A library that is loading has no methodcaller but its own. */
static bool is_librarys_own(void)
{
    return frame_library(PyEval_GetFrame()) && !gate_judged();
}

static PyObject *caller_call(PyObject *caller, PyObject *arguments, PyObject *keywords)
{
    __attribute__((cleanup(made_clear))) struct made made = {0};
    PyObject *object = PyTuple_GET_SIZE(arguments) == 1 ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    struct sandbox *sandbox =
        object && (may_be_native(object) || shared_has(object)) ? gate_current() : NULL;

    if (!sandbox || keywords || is_librarys_own())
        return plain_call(caller, arguments, keywords);
    AUTO_REF PyObject *method =
        made_read(&made, caller) ? PyObject_GetAttr(object, made.name) : NULL;
    AUTO_REF PyObject *checked = method ? calls_check_asking(sandbox, method) : NULL;
    return checked ? PyObject_Call(checked, made.arguments, made.keywords) : NULL;
}

/* ---- attrgetter ---- */

static ternaryfunc plain_get;

/* What one attribute gives, as a cell's `x = obj.a` would have it. Sorting by plain values costs
 * nothing. New reference. */
static PyObject *leaving(PyObject *value)
{
    struct sandbox *sandbox =
        Py_TYPE(value)->tp_call || others_may_have(value) ? gate_current() : NULL;

    return sandbox ? values_leave(sandbox, value) : Py_NewRef(value);
}

static PyObject *getter_call(PyObject *getter, PyObject *arguments, PyObject *keywords)
{
    AUTO_REF PyObject *value = plain_get(getter, arguments, keywords);
    AUTO_REF PyObject *list = value && PyTuple_CheckExact(value) ? PySequence_List(value) : NULL;

    if (!value || (PyTuple_CheckExact(value) && !list))
        return NULL;
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *part = leaving(PyList_GET_ITEM(list, i));
        if (!part || PyList_SetItem(list, i, part) < 0)
            return NULL;
    }
    return list ? PyList_AsTuple(list) : leaving(value);
}

/* ---- installing ---- */

static const struct slot slots[] = {
    SLOT_OF_TYPE("_operator", "methodcaller", "__call__", tp_call, caller_call, plain_call),
    SLOT_OF_TYPE("_operator", "attrgetter", "__call__", tp_call, getter_call, plain_get),
};

bool operators_init(void)
{
    return plain_call || SLOTS_TAKE(slots);
}
