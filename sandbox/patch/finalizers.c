/* finalizers: what a library's object does when it is finalized is done by whoever made the object,
 * not by whoever happens to drop it or to run the collector (the host program, a trusted scope). */
#include "sandbox/patch/finalizers.h"

#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/slots.h"
#include "sandbox/patch/standard.h"

static PyObject *makers; /* dict: address of a living object -> token of the sandbox that made it */
static PyObject *originals; /* dict: class -> capsule of the finalizer that it had */
static const char capsule_name[] = "safepyrun.finalizer";

/* ---- objects ---- */

static void note_maker(PyObject *object, struct sandbox *sandbox)
{
    AUTO_REF PyObject *key = sandbox || PyDict_GET_SIZE(makers) ? PyLong_FromVoidPtr(object) : NULL;

    if (key && sandbox)
        PyDict_SetItem(makers, key, sandbox->token);
    else if (key &&
             PyDict_GetItemWithError(makers, key)) /* of an object that was at this address */
        PyDict_DelItem(makers, key);
    PyErr_Clear();
}

/* Who made the object; it is forgotten. NULL: the host. New reference. */
static PyObject *take_maker(PyObject *object)
{
    AUTO_REF PyObject *key = PyDict_GET_SIZE(makers) ? PyLong_FromVoidPtr(object) : NULL;
    PyObject *token = key ? Py_XNewRef(PyDict_GetItemWithError(makers, key)) : NULL;

    if (token)
        PyDict_DelItem(makers, key);
    PyErr_Clear();
    return token;
}

static PyObject *noting_alloc(PyTypeObject *type, Py_ssize_t count)
{
    PyObject *object = PyType_GenericAlloc(type, count);

    if (object)
        note_maker(object, gate_current());
    return object;
}

static destructor original_of(PyTypeObject *type)
{
    PyObject *capsule = NULL;

    for (; type && !capsule; type = type->tp_base)
        capsule = PyDict_GetItemWithError(originals, (PyObject *)type); /* borrowed */
    return capsule ? (destructor)PyCapsule_GetPointer(capsule, capsule_name) : NULL;
}

/* The finalizer, as its maker. Called with an exception set, at times. */
static void judged_finalize(PyObject *object)
{
    PyObject *type, *error, *traceback;
    struct gate_scope scope;

    PyErr_Fetch(&type, &error, &traceback);
    destructor original = original_of(Py_TYPE(object));
    AUTO_REF PyObject *token = take_maker(object);
    PyErr_Restore(type, error, traceback);
    if (!original)
        return;
    if (!token) {
        original(object);
        return;
    }
    gate_judged_enter(&scope, PyCapsule_GetPointer(token, PyCapsule_GetName(token)));
    original(object);
    gate_trusted_exit(&scope);
}

/* ---- classes ---- */

/* Its finalizer is ours from now on. */
static bool take_finalizer(PyTypeObject *type)
{
    if (type->tp_finalize == judged_finalize)
        return true;
    AUTO_REF PyObject *capsule = PyCapsule_New((void *)type->tp_finalize, capsule_name, NULL);
    if (!capsule || PyDict_SetItem(originals, (PyObject *)type, capsule) < 0)
        return false;
    type->tp_finalize = judged_finalize;
    return true;
}

static bool cover(PyTypeObject *type)
{
    if (type->tp_alloc != PyType_GenericAlloc || !type->tp_finalize)
        return true;
    type->tp_alloc = noting_alloc;
    return take_finalizer(type);
}

bool finalizers_cover_class(PyTypeObject *type)
{
    static PyObject *del_name;

    if (!type->tp_finalize || !originals)
        return true;
    if (!del_name && !(del_name = PyUnicode_InternFromString("__del__")))
        return false;
    PyObject *method = interpreter_type_lookup(type, del_name); /* borrowed */
    bool own = method && PyFunction_Check(method) && code_sandbox(PyFunction_GET_CODE(method));
    return own || cover(type); /* its own is judged anyway */
}

/* ---- streams ---- */

/* In C, and made with every open(): only those that write to something other than a stream of C's
 * are looked at. */
static struct stream {
    const char *name;
    PyTypeObject *type;
    initproc init;
} streams[] = {{"BufferedReader", NULL, NULL},
               {"BufferedWriter", NULL, NULL},
               {"BufferedRandom", NULL, NULL},
               {"BufferedRWPair", NULL, NULL},
               {"TextIOWrapper", NULL, NULL}};
enum { STREAMS = sizeof streams / sizeof *streams };
static PyTypeObject *stream_base;

/* A stream of C's, or no stream: the encoding, the size of a buffer. */
static bool is_plain(PyObject *value)
{
    unsigned long flags = Py_TYPE(value)->tp_flags;

    if (PyUnicode_Check(value) || PyLong_Check(value) || value == Py_None)
        return true;
    return PyType_IsSubtype(Py_TYPE(value), stream_base) &&
           (!(flags & Py_TPFLAGS_HEAPTYPE) || flags & Py_TPFLAGS_IMMUTABLETYPE);
}

static bool are_plain(PyObject *arguments, PyObject *keywords)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); i++)
        if (!is_plain(PyTuple_GET_ITEM(arguments, i)))
            return false;
    while (keywords && PyDict_Next(keywords, &at, &name, &value))
        if (!is_plain(value))
            return false;
    return true;
}

static int stream_init(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    for (PyTypeObject *type = Py_TYPE(object); type; type = type->tp_base)
        for (size_t i = 0; i < STREAMS; i++)
            if (streams[i].type == type) {
                if (!standard_may_begin(object))
                    return -1;
                note_maker(object, are_plain(arguments, keywords) ? NULL : gate_current());
                return streams[i].init(object, arguments, keywords);
            }
    PyErr_SetString(PyExc_SystemError, "a stream lost its constructor");
    return -1;
}

static bool cover_stream(PyObject *module, struct stream *stream)
{
    struct slot begins = {.member = "__init__",
                          .kind = SLOT_TYPE,
                          .at = offsetof(PyTypeObject, tp_init),
                          .ours = {ANY(stream_init)},
                          .plain = &stream->init};
    AUTO_REF PyObject *type = PyObject_GetAttrString(module, stream->name);

    if (!type || !slots_take_of(type, &begins))
        return false;
    stream->type = (PyTypeObject *)type; /* its module keeps it */
    return take_finalizer(stream->type);
}

/* ---- libraries ---- */

static bool cover_module(PyObject *module)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(PyModule_GetDict(module), &at, &name, &value)) {
        PyTypeObject *type = (PyTypeObject *)value;
        if (PyType_Check(value) &&
            (type->tp_flags & (Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_IMMUTABLETYPE)) ==
                Py_TPFLAGS_HEAPTYPE &&
            !cover(type))
            return false;
    }
    return true;
}

static bool cover_libraries(void)
{
    static struct libraries_seen seen;

    return libraries_each_changed(&seen, cover_module);
}

bool finalizers_init(void)
{
    if (makers)
        return true;
    AUTO_REF PyObject *module = PyImport_ImportModule("_io");
    AUTO_REF PyObject *base = module ? PyObject_GetAttrString(module, "_IOBase") : NULL;
    if (!base || !PyType_Check(base) || !(makers = PyDict_New()) || !(originals = PyDict_New()))
        return false;
    stream_base = (PyTypeObject *)base;
    for (size_t i = 0; i < STREAMS; i++)
        if (!cover_stream(module, &streams[i]))
            return false;
    libraries_watch(cover_libraries);
    return true;
}
