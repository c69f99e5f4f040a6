/* interpreter: what differs between the versions of CPython, 3.11 to 3.15, and what of its insides
 * is used: all in this one place (tests/sandbox/test_rooms.py), so that a new version stops the
 * build here. To take a new version in, go through these, run the suites on it, and move the limit.
 */
#ifndef SAFEPYRUN_INTERPRETER_H
#define SAFEPYRUN_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x03100000
#error                                                                                             \
    "Python 3.11 to 3.15 are known; see base/interpreter.h for what to look at in another version"
#endif
#ifdef Py_GIL_DISABLED
#error "a free-threaded Python: the sandbox needs the one with the GIL"
#endif

/* For what is neither here nor there a matter of CPython's insides: what this version's own Python
 * does and ours shall do alike. */
#define INTERPRETER_FROM(minor) (PY_VERSION_HEX >= (0x03000000 | (minor) << 16))

/* The fields that are read and written elsewhere, as they are in all of these versions. */
#define INTERPRETER_HAS(structure, field, type)                                                    \
    _Static_assert(__builtin_types_compatible_p(__typeof__(((structure *)0)->field), type),        \
                   #structure "." #field " is not what it was: see base/interpreter.h")
INTERPRETER_HAS(PyTypeObject, tp_dict, PyObject *);
INTERPRETER_HAS(PyTypeObject, tp_version_tag, unsigned int);
INTERPRETER_HAS(PyFunctionObject, func_code, PyObject *);
INTERPRETER_HAS(PyFunctionObject, vectorcall, vectorcallfunc);
INTERPRETER_HAS(PyCodeObject, co_consts, PyObject *);
INTERPRETER_HAS(PyCodeObject, co_qualname, PyObject *);
INTERPRETER_HAS(PyCFunctionObject, m_ml, PyMethodDef *);
INTERPRETER_HAS(PyCFunctionObject, vectorcall, vectorcallfunc);
INTERPRETER_HAS(PyMethodDescrObject, d_method, PyMethodDef *);
INTERPRETER_HAS(PyMethodDescrObject, vectorcall, vectorcallfunc);

/* ---- types, weak references, exceptions ---- */

/* What instances of the type, or the type itself, have under that name by inheritance; borrowed,
 * NULL without an exception. */
static inline PyObject *interpreter_type_lookup(PyTypeObject *type, PyObject *name)
{
    return _PyType_Lookup(type, name);
}

/* Its name without the module's. */
static inline const char *interpreter_type_name(PyTypeObject *type)
{
    return _PyType_Name(type);
}

#define INTERPRETER_WEAKREF_TYPE (&_PyWeakref_RefType)

/* Where an object has its namespace; NULL where it has none. */
static inline PyObject **interpreter_dict_place(PyObject *object)
{
    return _PyObject_GetDictPtr(object);
}

/* The number as an exact int; new reference. */
static inline PyObject *interpreter_int_copy(PyObject *number)
{
    return _PyLong_Copy((PyLongObject *)number);
}

/* A function of METH_FASTCALL. */
typedef PyObject *(*interpreter_fast_fn)(PyObject *self, PyObject *const *arguments,
                                         Py_ssize_t count);

/* A class's own namespace; new reference. */
static inline PyObject *interpreter_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000 /* static types have theirs in the interpreter's state */
    return PyType_GetDict(type);
#else
    return Py_XNewRef(type->tp_dict);
#endif
}

/* The version that CPython gives a class and takes away when it changes; 0 when it has none. */
static inline unsigned interpreter_type_version(const PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030D0000 /* the flag is not used any more */
    return type->tp_version_tag;
#else
    return type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG ? type->tp_version_tag : 0;
#endif
}

/* A new reference to what the interpreter is about to let go of. 3.12 and 3.13 count up in four
 * bytes and down in eight: a processor waits for the four to reach its cache before it reads eight.
 * Written as eight, they are handed on at once; the upper four are zero in what is not immortal. */
static inline PyObject *interpreter_again(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030E0000 && SIZEOF_VOID_P > 4 &&            \
    !defined(Py_GIL_DISABLED) && !defined(Py_REF_DEBUG)
    uint32_t count = object->ob_refcnt_split[PY_BIG_ENDIAN];

    if ((int32_t)count >= 0)
        object->ob_refcnt = (Py_ssize_t)count + 1;
    return object;
#else
    return Py_NewRef(object);
#endif
}

/* Another number whenever the dict was changed; from 3.14 on whenever its size was. */
static inline uint64_t interpreter_dict_version(PyObject *dict)
{
#if PY_VERSION_HEX >= 0x030E0000
    return (uint64_t)PyDict_GET_SIZE(dict);
#else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return ((PyDictObject *)dict)->ma_version_tag;
#pragma GCC diagnostic pop
#endif
}

static inline Py_hash_t interpreter_hash_pointer(const void *pointer)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_HashPointer(pointer);
#else
    return _Py_HashPointer(pointer);
#endif
}

static inline bool interpreter_is_frozendict(const PyObject *object)
{
#if PY_VERSION_HEX >= 0x030F0000
    return PyFrozenDict_CheckExact(object);
#else
    (void)object;
    return false;
#endif
}

/* What a weak reference or proxy leads to; new reference, NULL or None when it is gone. */
static inline PyObject *interpreter_weakref_target(PyObject *reference)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *target = NULL;
    PyWeakref_GetRef(reference, &target);
    return target;
#else
    return Py_NewRef(PyWeakref_GET_OBJECT(reference));
#endif
}

/* The exception that is set, with its traceback, taken; new reference or NULL. */
static inline PyObject *interpreter_take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (!type)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/* getattr(object, name, nothing): 1 with a new reference, 0 when it is not there, -1 with an
 * exception. */
static inline int interpreter_optional_attribute(PyObject *object, PyObject *name, PyObject **value)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(object, name, value);
#else
    return _PyObject_LookupAttr(object, name, value);
#endif
}

static inline bool interpreter_is_finalizing(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

/* ---- frames and code ---- */

/* What locals() says, in a comprehension too, whose variables PyEval_GetLocals leaves out on 3.12.
 * New reference. */
static inline PyObject *interpreter_locals(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyEval_GetFrameLocals();
#else
    PyFrameObject *frame = PyEval_GetFrame();

    if (!frame)
        PyErr_SetString(PyExc_SystemError, "frame does not exist");
    return frame ? PyFrame_GetLocals(frame) : NULL;
#endif
}

/* Take every frame off this thread's stack: for who never returns to them. */
static inline void interpreter_hide_frames(void)
{
    PyThreadState *state = PyThreadState_Get();
#if PY_VERSION_HEX >= 0x030F0000
    state->current_frame = state->base_frame; /* where its profiler expects a stack to end */
#elif PY_VERSION_HEX >= 0x030D0000
    state->current_frame = NULL;
#else
    state->cframe->current_frame = NULL;
#endif
}

/* A pointer of ours at a code object. */
#if PY_VERSION_HEX >= 0x030C0000
#define INTERPRETER_REQUEST_EXTRA PyUnstable_Eval_RequestCodeExtraIndex
#define INTERPRETER_GET_EXTRA PyUnstable_Code_GetExtra
#define INTERPRETER_SET_EXTRA PyUnstable_Code_SetExtra
#else
#define INTERPRETER_REQUEST_EXTRA _PyEval_RequestCodeExtraIndex
#define INTERPRETER_GET_EXTRA _PyCode_GetExtra
#define INTERPRETER_SET_EXTRA _PyCode_SetExtra
#endif

/* The names that eval() and exec() take `globals` and `locals` by: since 3.13. */
#if PY_VERSION_HEX >= 0x030D0000
#define INTERPRETER_NAMESPACES "globals", "locals"
#else
#define INTERPRETER_NAMESPACES "", "" /* by position only */
#endif

/* What compile() takes by keyword alone: `module`, which warnings are filtered by, since 3.15. */
#if PY_VERSION_HEX >= 0x030F0000
#define INTERPRETER_COMPILE "$iO:compile"
#define INTERPRETER_COMPILE_NAMES "_feature_version", "module"
#else
#define INTERPRETER_COMPILE "$i:compile"
#define INTERPRETER_COMPILE_NAMES "_feature_version"
#endif

/* Where the evaluation loop begins. */
#define INTERPRETER_LOOP ((uintptr_t)_PyEval_EvalFrameDefault)

/* Does the compiler note which attributes methods store on `self`, and size instances by them? */
#define INTERPRETER_NOTES_ATTRIBUTES INTERPRETER_FROM(13)

/* Can a dict be watched? */
#define INTERPRETER_WATCHES INTERPRETER_FROM(12)

/* Does a call of a Python function go through its vectorcall slot, whoever calls? Before 3.12 the
 * evaluation loop passes it by. */
#define INTERPRETER_CALLS_BY_SLOT (PY_VERSION_HEX >= 0x030C0000)

#endif
