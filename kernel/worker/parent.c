/* parent: which request a piece of output belongs to. A context variable holds a parent object, so
 * tasks inherit it by themselves; threads get it through a trampoline in place of `_thread`'s C
 * functions, and keep it beside their context, which is an empty one for most since 3.14. */
#include "kernel/worker/inside.h"

#include <stdlib.h>
#include <string.h>

enum { FRONT_REMEMBERS = 256 }; /* finished requests, at least */

/* Borrowed from the start of the thread: where its context says nothing. */
static _Thread_local PyObject *thread_parent;

static void parent_dealloc(PyObject *object)
{
    Py_XDECREF(((struct parent *)object)->display_error);
    free(((struct parent *)object)->header);
    PyObject_Free(object);
}

static PyTypeObject parent_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.Parent",
    .tp_basicsize = sizeof(struct parent),
    .tp_dealloc = parent_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = PyDoc_STR("The request that output belongs to."),
};

struct parent *parent_new(const struct request *request, bool silent, bool allow_stdin)
{
    struct parent *self = PyObject_New(struct parent, &parent_type);

    if (!self)
        return NULL;
    self->request = self->announced = request->number;
    self->shell = request->shell;
    self->silent = silent;
    self->allow_stdin = allow_stdin;
    self->over = self->store_history = self->shows_result = false;
    self->display_error = NULL;
    self->count = 0;
    self->header = strdup(request->header);
    if (!self->header) {
        Py_DECREF(self);
        return (struct parent *)PyErr_NoMemory();
    }
    return self;
}

bool parent_enter(struct worker *self, struct parent *parent)
{
    PyObject *token = PyContextVar_Set(self->parent_var, (PyObject *)parent);

    if (!token)
        return false;
    Py_DECREF(token);
    if (parent->shell == 0)
        Py_XSETREF(self->last_parent, Py_NewRef((PyObject *)parent));
    return true;
}

PyObject *parent_set(struct worker *self, PyObject *parent)
{
    if (!Py_IS_TYPE(parent, &parent_type))
        return PyErr_Format(PyExc_TypeError, "a request is wanted, not %s",
                            Py_TYPE(parent)->tp_name);
    return PyContextVar_Set(self->parent_var, parent);
}

void parent_finish(struct worker *self, struct parent *parent)
{
    (void)self;
    parent->over = true;
}

struct parent *parent_current(struct worker *self)
{
    PyObject *value = NULL;

    if (!self->parent_var)
        return NULL;
    if (PyContextVar_Get(self->parent_var, NULL, &value) < 0)
        PyErr_Clear();
    if (value && Py_TYPE(value) == &parent_type)
        return (struct parent *)value;
    Py_XDECREF(value);
    return (struct parent *)Py_XNewRef(thread_parent ? thread_parent : self->last_parent);
}

void parent_announce(struct worker *self, struct parent *parent)
{
    if (!parent->over)
        return;
    struct hop_part part = {parent->header, strlen(parent->header)};
    struct hop_head head = {
        .type = HOP_PARENT, .shell = parent->shell, .parts = 1, .request = parent->request};

    /* The front remembers the last few hundred; it is told again well before it forgets. */
    uint64_t latest = atomic_load(&self->latest_request);
    if (latest - parent->announced < FRONT_REMEMBERS)
        return;
    parent->announced = latest;
    if (!link_send(self, head, &part))
        PyErr_Clear();
}

/* ---- threads ---- */
/* Wraps the function of a new thread: enters the parent of the thread that started it, then
 * calls. */
struct thread_start {
    PyObject_HEAD PyObject *function;
    PyObject *parent;
    bool traced; /* by the debugger that traces the thread that started it */
};

static void start_dealloc(PyObject *object)
{
    struct thread_start *self = (struct thread_start *)object;

    Py_XDECREF(self->function);
    Py_XDECREF(self->parent);
    PyObject_Free(object);
}

static PyObject *start_call(PyObject *object, PyObject *args, PyObject *kwargs)
{
    struct thread_start *self = (struct thread_start *)object;
    PyObject *token = PyContextVar_Set(worker_self->parent_var, self->parent);

    if (!token)
        return NULL;
    Py_DECREF(token);
    if (self->traced && !debugger_trace(false))
        return NULL;
    thread_parent = self->parent;
    ground_thread();
    PyObject *result = PyObject_Call(self->function, args, kwargs);
    thread_parent = NULL;
    return result;
}

static PyTypeObject start_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_safepyrun_kernel.ThreadStart",
    .tp_basicsize = sizeof(struct thread_start),
    .tp_dealloc = start_dealloc,
    .tp_call = start_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

/* The C functions of `_thread` that start one, and what they were before. */
static struct thread_entry {
    const char *name;
    PyMethodDef original;
    PyMethodDef ours;
} thread_entries[] = {
    {.name = "start_new_thread"}, {.name = "start_new"}, {.name = "start_joinable_thread"}};

static PyObject *call_original(const PyMethodDef *original, PyObject *module, PyObject *args,
                               PyObject *kwargs)
{
    if (original->ml_flags & METH_KEYWORDS)
        return ((PyCFunctionWithKeywords)(void (*)(void))original->ml_meth)(module, args, kwargs);
    return original->ml_meth(module, args);
}

/* args with the function (the first, or the keyword `function`) wrapped. */
static PyObject *thread_start(struct thread_entry *entry, PyObject *module, PyObject *args,
                              PyObject *kwargs)
{
    PyObject *parent = (PyObject *)parent_current(worker_self);

    if (!parent || PyTuple_GET_SIZE(args) == 0 || !PyCallable_Check(PyTuple_GET_ITEM(args, 0))) {
        Py_XDECREF(parent);
        return call_original(&entry->original, module, args, kwargs);
    }
    struct thread_start *start = PyObject_New(struct thread_start, &start_type);
    if (!start) {
        Py_DECREF(parent);
        return NULL;
    }
    start->function = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    start->parent = parent;
    start->traced = debugger_traces() && PyThreadState_Get()->tracing == 0; /* no debugger's own */
    AUTO_REF PyObject *wrapped = PyTuple_GetSlice(args, 0, PyTuple_GET_SIZE(args));
    if (wrapped == args) { /* a whole slice is the same tuple */
        Py_DECREF(wrapped);
        wrapped = PyTuple_New(PyTuple_GET_SIZE(args));
        for (Py_ssize_t i = 1; wrapped && i < PyTuple_GET_SIZE(args); i++)
            PyTuple_SET_ITEM(wrapped, i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    if (!wrapped) {
        Py_DECREF(start);
        return NULL;
    }
    PyTuple_SET_ITEM(wrapped, 0, (PyObject *)start);
    return call_original(&entry->original, module, wrapped, kwargs);
}

static PyObject *start_0(PyObject *module, PyObject *args)
{
    return thread_start(&thread_entries[0], module, args, NULL);
}

static PyObject *start_1(PyObject *module, PyObject *args)
{
    return thread_start(&thread_entries[1], module, args, NULL);
}

static PyObject *start_2(PyObject *module, PyObject *args, PyObject *kwargs)
{
    return thread_start(&thread_entries[2], module, args, kwargs);
}

static bool threads_install(void)
{
    PyCFunction ours[] = {start_0, start_1, (PyCFunction)(void (*)(void))start_2};
    AUTO_REF PyObject *module = PyImport_ImportModule("_thread");

    if (!module)
        return false;
    for (size_t i = 0; i < sizeof thread_entries / sizeof *thread_entries; i++) {
        struct thread_entry *entry = &thread_entries[i];
        PyObject *function = PyDict_GetItemString(PyModule_GetDict(module), entry->name);

        if (!function || !PyCFunction_Check(function))
            continue;
        PyCFunctionObject *object = (PyCFunctionObject *)function;
        bool keywords = (object->m_ml->ml_flags & METH_KEYWORDS) != 0;
        if (object->vectorcall || keywords != (i == 2))
            continue;
        entry->original = entry->ours = *object->m_ml;
        entry->ours.ml_meth = ours[i];
        object->m_ml = &entry->ours;
    }
    return true;
}

bool parent_init(struct worker *self)
{
    if (PyType_Ready(&parent_type) < 0 || PyType_Ready(&start_type) < 0)
        return false;
    self->parent_var = PyContextVar_New("safepyrun_parent", NULL);
    return self->parent_var && threads_install();
}
