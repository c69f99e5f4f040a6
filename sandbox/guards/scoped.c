/* scoped: a call that is trusted, or may open connections, may give something that runs later: a
 * coroutine, a generator, a context manager around one. */
#include "sandbox/guards/scoped.h"

#include <stddef.h>
#include <structmember.h>

#include "base/keywords.h"
#include "base/object.h"
#include "sandbox/owners/owners.h"

struct scoped {
    PyObject_HEAD PyObject *inner; /* owned: what is run */
    enum grade grade;              /* GRADE_NET or GRADE_TRUSTED */
    PyObject *weak_references;
};

static PyTypeObject *steps_type, *async_steps_type; /* made once per process */

static bool make_types(void);
static bool cover_tasks(void);

/* ---- scopes ---- */

static _Thread_local int trusted_depth;

void scoped_enter(enum grade grade, struct gate_scope *scope)
{
    if (grade == GRADE_NET) {
        gate_net_enter();
    } else {
        gate_trusted_enter(scope);
        ground_enter();
        trusted_depth++;
    }
}

void scoped_leave(enum grade grade, struct gate_scope *scope)
{
    if (grade == GRADE_NET) {
        gate_net_exit();
    } else {
        trusted_depth--;
        ground_leave();
        gate_trusted_exit(scope);
    }
}

/* ---- what is wrapped ---- */

static PyObject *wrap(PyObject *inner, PyTypeObject *type, enum grade grade)
{
    struct scoped *self = PyObject_GC_New(struct scoped, type);

    if (!self)
        return NULL;
    self->inner = Py_NewRef(inner);
    self->grade = grade;
    self->weak_references = NULL;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* The stand-in of what runs in steps; a new reference to anything else. */
static PyObject *wrap_steps(PyObject *value, enum grade grade)
{
    if (PyCoro_CheckExact(value) || PyGen_CheckExact(value))
        return wrap(value, steps_type, grade);
    if (PyAsyncGen_CheckExact(value))
        return wrap(value, async_steps_type, grade);
    return Py_NewRef(value);
}

/* A context manager that the library made around one (contextlib's, aiohttp's) goes on with the
 * stand-in. */
static bool wrap_member(PyObject *object, PyObject *name, enum grade grade)
{
    AUTO_REF PyObject *value = PyObject_GenericGetAttr(object, name);
    AUTO_REF PyObject *wrapped = value ? wrap_steps(value, grade) : NULL;

    PyErr_Clear();
    return !value ||
           (wrapped && (wrapped == value || PyObject_GenericSetAttr(object, name, wrapped) == 0));
}

static bool wrap_members(PyObject *object, enum grade grade)
{
    PyTypeObject *type = Py_TYPE(object);
    bool plain = type->tp_flags & Py_TPFLAGS_HEAPTYPE && !PyType_Check(object) &&
                 type->tp_getattro == PyObject_GenericGetAttr;
    AUTO_REF PyObject *own =
        plain && type->tp_dictoffset ? PyObject_GenericGetDict(object, NULL) : NULL;
    AUTO_REF PyObject *names = own && PyDict_Check(own) ? PyDict_Keys(own) : NULL;

    PyErr_Clear();
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++)
        if (!wrap_member(object, PyList_GET_ITEM(names, i), grade))
            return false;
    for (Py_ssize_t i = 0; plain && type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *name, *member,
            *kept = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict;
        Py_ssize_t at = 0;
        while (kept && PyDict_Next(kept, &at, &name, &member))
            if (Py_IS_TYPE(member, &PyMemberDescr_Type) && !wrap_member(object, name, grade))
                return false;
    }
    return true;
}

static bool is_manager(PyObject *object)
{
    PyObject *type = (PyObject *)Py_TYPE(object);

    return PyObject_HasAttrString(type, "__aenter__") || PyObject_HasAttrString(type, "__enter__");
}

PyObject *scoped_result(PyObject *result, enum grade grade)
{
    if (!result || (grade != GRADE_NET && grade != GRADE_TRUSTED))
        return result;
    AUTO_REF PyObject *owned = result;
    if (!make_types())
        return NULL;
    AUTO_REF PyObject *wrapped = wrap_steps(result, grade);
    if (!wrapped || (wrapped != result && !cover_tasks()) ||
        (wrapped == result && is_manager(result) &&
         (!cover_tasks() || !wrap_members(result, grade))))
        return NULL;
    return Py_NewRef(wrapped);
}

/* ---- steps ---- */

static PySendResult steps_send(PyObject *object, PyObject *value, PyObject **result)
{
    AUTO_REF PyObject *alive = Py_NewRef(object);
    struct scoped *self = (struct scoped *)object;
    struct gate_scope scope;

    scoped_enter(self->grade, &scope);
    PySendResult sent = PyIter_Send(self->inner, value, result);
    scoped_leave(self->grade, &scope);
    return sent;
}

/* As generators do it: the value of the last step is that of a StopIteration. */
static PyObject *steps_go_on(PyObject *object, PyObject *value)
{
    PyObject *result = NULL;
    PySendResult sent = steps_send(object, value, &result);

    if (sent != PYGEN_RETURN)
        return result;
    AUTO_REF PyObject *last = result;
    AUTO_REF PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, last);
    if (stop)
        PyErr_SetObject(PyExc_StopIteration, stop);
    return NULL;
}

static PyObject *steps_next(PyObject *object)
{
    return steps_go_on(object, Py_None);
}

static PyObject *steps_self(PyObject *object)
{
    return Py_NewRef(object);
}

static PyObject *steps_await(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

/* A method of what is run, in the scope. New reference. */
static PyObject *call_inner(PyObject *object, const char *name, PyObject *arguments)
{
    AUTO_REF PyObject *alive = Py_NewRef(object);
    struct scoped *self = (struct scoped *)object;
    struct gate_scope scope;

    scoped_enter(self->grade, &scope);
    AUTO_REF PyObject *method = PyObject_GetAttrString(self->inner, name);
    PyObject *result = method ? PyObject_CallObject(method, arguments) : NULL;
    scoped_leave(self->grade, &scope);
    return result;
}

static PyObject *steps_throw(PyObject *object, PyObject *arguments)
{
    return call_inner(object, "throw", arguments);
}

static PyObject *steps_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    return call_inner(object, "close", NULL);
}

/* ---- asynchronous generators ---- */

/* What such a method gives is awaited: its steps are scoped as well. */
static PyObject *scoped_step(PyObject *object, const char *name, PyObject *arguments)
{
    AUTO_REF PyObject *step = call_inner(object, name, arguments);

    return step ? wrap(step, steps_type, ((struct scoped *)object)->grade) : NULL;
}

static PyObject *async_next(PyObject *object)
{
    return scoped_step(object, "__anext__", NULL);
}

#define STEP(name)                                                                                 \
    static PyObject *async_##name(PyObject *object, PyObject *arguments)                           \
    {                                                                                              \
        return scoped_step(object, #name, arguments);                                              \
    }
STEP(asend)
STEP(athrow)
STEP(aclose)

/* ---- tasks ---- */

static initproc plain_task_init;

/* The grade of what is going on, when a library is at work in it; GRADE_UNKNOWN: none. */
static enum grade present_grade(void)
{
    if (frame_running_sandbox())
        return GRADE_UNKNOWN;
    if (trusted_depth && gate_asker().permitted)
        return GRADE_TRUSTED;
    return gate_net_active() ? GRADE_NET : GRADE_UNKNOWN;
}

/* Task(coroutine, ...): one that a library starts in such a step goes on with its terms. */
static int task_init(PyObject *task, PyObject *arguments, PyObject *keywords)
{
    enum grade grade = present_grade();
    bool given = PyTuple_GET_SIZE(arguments) > 0;
    PyObject *coroutine = given ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    if (grade == GRADE_UNKNOWN || !coroutine || !PyCoro_CheckExact(coroutine))
        return plain_task_init(task, arguments, keywords);
    AUTO_REF PyObject *wrapped = wrap(coroutine, steps_type, grade);
    AUTO_REF PyObject *all = keywords_with_first(arguments, wrapped);
    return all ? plain_task_init(task, all, keywords) : -1;
}

static bool cover_tasks(void)
{
    PyTypeObject *type = (PyTypeObject *)loaded_member("_asyncio", "Task");

    if (type && PyType_Check(type) && type->tp_init != task_init) {
        plain_task_init = type->tp_init;
        type->tp_init = task_init;
        PyType_Modified(type);
    }
    return true;
}

/* ---- the types ---- */

/* Names, documentation and the state are those of what is run. */
static PyObject *scoped_getattro(PyObject *object, PyObject *name)
{
    PyObject *own = PyObject_GenericGetAttr(object, name);

    if (own || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return own;
    PyErr_Clear();
    return PyObject_GetAttr(((struct scoped *)object)->inner, name);
}

static PyObject *scoped_repr(PyObject *object)
{
    return PyObject_Repr(((struct scoped *)object)->inner);
}

OBJECT_OWNS(scoped, &self->inner)

static PyMemberDef scoped_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct scoped, weak_references), READONLY, NULL},
    {0}};
static PyMethodDef steps_methods[] = {{"send", steps_go_on, METH_O, NULL},
                                      {"throw", steps_throw, METH_VARARGS, NULL},
                                      {"close", steps_close, METH_NOARGS, NULL},
                                      {"__await__", steps_await, METH_NOARGS, NULL},
                                      {NULL, NULL, 0, NULL}};
static PyMethodDef async_methods[] = {{"asend", async_asend, METH_VARARGS, NULL},
                                      {"athrow", async_athrow, METH_VARARGS, NULL},
                                      {"aclose", async_aclose, METH_VARARGS, NULL},
                                      {NULL, NULL, 0, NULL}};

#define COMMON                                                                                     \
    {Py_tp_members, scoped_members}, OBJECT_GC_SLOTS(scoped), {Py_tp_repr, scoped_repr},           \
    {                                                                                              \
        Py_tp_getattro, scoped_getattro                                                            \
    }

static bool make_types(void)
{
    static PyType_Slot steps[] = {COMMON,
                                  {Py_tp_methods, steps_methods},
                                  {Py_tp_iter, steps_self},
                                  {Py_tp_iternext, steps_next},
                                  {Py_am_await, steps_self},
                                  {Py_am_send, steps_send},
                                  {0, NULL}};
    static PyType_Slot async_steps[] = {COMMON,
                                        {Py_tp_methods, async_methods},
                                        {Py_am_aiter, steps_self},
                                        {Py_am_anext, async_next},
                                        {0, NULL}};

    if (!steps_type)
        steps_type =
            object_type("safepyrun.steps", sizeof(struct scoped), Py_TPFLAGS_HAVE_GC, steps);
    if (!async_steps_type)
        async_steps_type = object_type("safepyrun.async_steps", sizeof(struct scoped),
                                       Py_TPFLAGS_HAVE_GC, async_steps);
    return steps_type && async_steps_type;
}
