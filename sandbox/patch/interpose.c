/* interpose: by the vectorcall slot that functions have, Cython's too: CPython inlines a call of a
 * function only while that slot is its own. 3.11 does not look at it: there a Python function's
 * code becomes a stub that calls a copy. */
#include "base/interpreter.h"
#include "sandbox/patch/interpose.h"

#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/patch/slots.h"

struct interposed {
    interpose_fn before; /* or NULL */
    const void *row;
    interpose_trust_fn trusts;   /* or NULL */
    PyObject *function, *target; /* owned: what that is asked of */
    vectorcallfunc original;     /* or, for Python functions on 3.11: */
    PyObject *copy;              /* owned, a function with the original code */
};

static PyObject *interposed_functions; /* dict: address -> (capsule, the function) */
static const char capsule_name[] = "safepyrun.interposed";

static struct interposed *find(PyObject *function)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(function);
    PyObject *kept = key ? PyDict_GetItemWithError(interposed_functions, key) : NULL;

    return kept ? PyCapsule_GetPointer(PyTuple_GET_ITEM(kept, 0), capsule_name) : NULL;
}

/* The keyword arguments of a vectorcall as a dict of exact names, an empty one where there are
 * none: what stands before the function may give it some. */
static PyObject *keyword_dict(PyObject *const *values, PyObject *names)
{
    AUTO_REF PyObject *dict = PyDict_New();

    for (Py_ssize_t i = 0; dict && names && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), values[i]) < 0)
            return NULL;
    return dict ? keywords_exact(dict) : NULL;
}

/* Call the function itself. */
static PyObject *call_original(const struct interposed *self, PyObject *function,
                               PyObject *positional, PyObject *keywords)
{
    Py_ssize_t count = PyTuple_GET_SIZE(positional);

    if (!PyDict_GET_SIZE(keywords))
        return self->original(function, ((PyTupleObject *)positional)->ob_item, (size_t)count,
                              NULL);
    AUTO_REF PyObject *values = PyDict_Values(keywords);
    AUTO_REF PyObject *list = values ? PySequence_Tuple(values) : NULL;
    AUTO_REF PyObject *all = list ? PySequence_Concat(positional, list) : NULL;
    AUTO_REF PyObject *name_list = all ? PyDict_Keys(keywords) : NULL;
    AUTO_REF PyObject *names = name_list ? PySequence_Tuple(name_list) : NULL;
    return names ? self->original(function, ((PyTupleObject *)all)->ob_item, (size_t)count, names)
                 : NULL;
}

typedef PyObject *(*run_fn)(const struct interposed *self, PyObject *function, PyObject *positional,
                            PyObject *keywords);

/* What stands before the function, then the function, in a scope or in none. */
static PyObject *run(const struct interposed *self, PyObject *function, PyObject *positional,
                     PyObject *keywords, run_fn plain)
{
    struct gate_scope scope;

    if (self->before && !self->before(self->row, positional, keywords))
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    enum grade grade = self->trusts ? self->trusts(self->function, self->target) : GRADE_UNKNOWN;
    if (grade != GRADE_TRUSTED && grade != GRADE_NET)
        return plain(self, function, positional, keywords);
    scoped_enter(grade, &scope);
    PyObject *result = plain(self, function, positional, keywords);
    scoped_leave(grade, &scope);
    return scoped_result(result, grade);
}

static PyObject *interposed_call(PyObject *function, PyObject *const *arguments, size_t flags,
                                 PyObject *names)
{
    const struct interposed *self = find(function);
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    AUTO_REF PyObject *positional = self ? PyTuple_New(count) : NULL;

    if (!positional)
        return PyErr_Occurred() ? NULL
                                : PyErr_Format(PyExc_SystemError, "a function lost its original");
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(positional, i, Py_NewRef(arguments[i]));
    AUTO_REF PyObject *keywords = keyword_dict(arguments + count, names);
    return keywords ? run(self, function, positional, keywords, call_original) : NULL;
}

/* Where the object keeps its vectorcall; NULL: nowhere. */
static vectorcallfunc *vectorcall_slot(PyObject *object)
{
    Py_ssize_t offset = PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HAVE_VECTORCALL)
                            ? Py_TYPE(object)->tp_vectorcall_offset
                            : 0;
    vectorcallfunc *slot = offset > 0 ? (vectorcallfunc *)((char *)object + offset) : NULL;

    return slot && *slot ? slot : NULL;
}

static bool take_slot(PyObject *target, PyObject *capsule)
{
    struct interposed *self = PyCapsule_GetPointer(capsule, capsule_name);
    vectorcallfunc *slot = vectorcall_slot(target);

    if (!slot)
        return true; /* stays as it is */
    self->original = *slot;
    if (!slots_write(target, "vectorcall",
                     &(struct slot_place){(void *)slot, (void *)interposed_call}, 1))
        return false;
    if (PyFunction_Check(target))
        ((PyFunctionObject *)target)->func_version = 0;
    return true;
}

#if INTERPRETER_CALLS_BY_SLOT
static bool take_place(PyObject *target, PyObject *capsule)
{
    return take_slot(target, capsule);
}

static bool make_template(void)
{
    return true;
}
#else
static PyObject *call_copy(const struct interposed *self, PyObject *function, PyObject *positional,
                           PyObject *keywords)
{
    (void)function;
    return PyObject_Call(self->copy, positional, keywords);
}

/* What the stub calls with its (arguments, keywords). */
static PyObject *stub_call(PyObject *capsule, PyObject *both)
{
    const struct interposed *self = PyCapsule_GetPointer(capsule, capsule_name);
    PyObject *arguments, *keywords;

    if (!PyArg_ParseTuple(both, "O!O!", &PyTuple_Type, &arguments, &PyDict_Type, &keywords))
        return NULL;
    AUTO_REF PyObject *items = PySequence_List(arguments);
    AUTO_REF PyObject *own = items ? PyList_AsTuple(items) : NULL; /* may be given other items */
    AUTO_REF PyObject *exact = own ? keywords_exact(keywords) : NULL;
    return exact ? run(self, NULL, own, exact, call_copy) : NULL;
}

static PyMethodDef stub_method = {"stub", stub_call, METH_VARARGS, NULL};

static PyObject *stub_module; /* owned: the template is its constant */

static bool make_template(void)
{
    if (!stub_module)
        stub_module = Py_CompileString("lambda *args, **kwargs: 'call'.__call__(args, kwargs)",
                                       "<stub>", Py_eval_input);
    return stub_module != NULL;
}

/* Code that calls `call`, and says of itself where `code` is from. */
static PyObject *make_stub(PyCodeObject *code, PyObject *call)
{
    PyObject *inner = PyTuple_GET_ITEM(((PyCodeObject *)stub_module)->co_consts, 0); /* borrowed */
    AUTO_REF PyObject *replace = PyObject_GetAttrString(inner, "replace");
    AUTO_REF PyObject *consts =
        replace ? PySequence_List(((PyCodeObject *)inner)->co_consts) : NULL;

    for (Py_ssize_t i = 0; consts && i < PyList_GET_SIZE(consts); i++)
        if (PyUnicode_Check(PyList_GET_ITEM(consts, i)) &&
            PyList_SetItem(consts, i, Py_NewRef(call)) < 0)
            return NULL;
    AUTO_REF PyObject *tuple = consts ? PyList_AsTuple(consts) : NULL;
    AUTO_REF PyObject *keywords =
        tuple ? Py_BuildValue("{sOsOsOsOsi}", "co_consts", tuple, "co_name", code->co_name,
                              "co_qualname", code->co_qualname, "co_filename", code->co_filename,
                              "co_firstlineno", code->co_firstlineno)
              : NULL;
    AUTO_REF PyObject *none = keywords ? PyTuple_New(0) : NULL;
    return none ? PyObject_Call(replace, none, keywords) : NULL;
}

static bool take_place(PyObject *object, PyObject *capsule)
{
    struct interposed *self = PyCapsule_GetPointer(capsule, capsule_name);
    PyFunctionObject *target = (PyFunctionObject *)object;

    if (!PyFunction_Check(object))
        return take_slot(object, capsule);
    AUTO_REF PyObject *call = PyCFunction_New(&stub_method, capsule);
    AUTO_REF PyObject *stub = call ? make_stub((PyCodeObject *)target->func_code, call) : NULL;
    AUTO_REF PyObject *wrapped = PyUnicode_FromString("__wrapped__");

    self->copy = stub ? PyFunction_NewWithQualName(target->func_code, target->func_globals,
                                                   target->func_qualname)
                      : NULL;
    if (!self->copy || !wrapped)
        return false;
    int has_wrapped = PyObject_HasAttr((PyObject *)target,
                                       wrapped); /* a decorator's own, which it may read again */
    if (!has_wrapped && PyObject_GenericSetAttr((PyObject *)target, wrapped, self->copy) < 0)
        return false;
    PyFunctionObject *copy = (PyFunctionObject *)self->copy;
    Py_XSETREF(copy->func_defaults, Py_XNewRef(target->func_defaults));
    Py_XSETREF(copy->func_kwdefaults, Py_XNewRef(target->func_kwdefaults));
    Py_XSETREF(copy->func_closure, target->func_closure);
    target->func_closure = NULL;
    Py_SETREF(target->func_code, Py_NewRef(stub));
    target->func_version = 0;
    return true;
}
#endif

static void interposed_free(PyObject *capsule)
{
    struct interposed *self = PyCapsule_GetPointer(capsule, capsule_name);

    Py_XDECREF(self->copy);
    Py_XDECREF(self->function);
    Py_XDECREF(self->target);
    PyMem_Free(self);
}

bool interpose_is_done(PyObject *function)
{
    return find(function) != NULL;
}

/* It stays in the list only when it has taken its place: what is listed is covered. */
static bool list_and_take(PyObject *function, PyObject *capsule)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(function);
    AUTO_REF PyObject *kept = key ? PyTuple_Pack(2, capsule, function) : NULL;

    if (!kept || PyDict_SetItem(interposed_functions, key, kept) < 0)
        return false;
    struct gate_scope scope;
    gate_trusted_enter(&scope); /* our own code makes code */
    bool taken = take_place(function, capsule);
    gate_trusted_exit(&scope);
    AUTO_ERROR(set);
    if (!taken)
        PyDict_DelItem(interposed_functions, key);
    return taken;
}

bool interpose_init(void)
{
    if (!interposed_functions)
        interposed_functions = PyDict_New();
    return interposed_functions && make_template();
}

bool interpose_function(PyObject *function, interpose_fn before, const void *row)
{
    if (find(function))
        return true;
    struct interposed *self = PyErr_Occurred() ? NULL : PyMem_Calloc(1, sizeof *self);
    if (!self)
        return !PyErr_Occurred() && PyErr_NoMemory() != NULL;
    self->before = before;
    self->row = row;
    AUTO_REF PyObject *capsule = PyCapsule_New(self, capsule_name, interposed_free);
    if (!capsule)
        PyMem_Free(self);
    return capsule && list_and_take(function, capsule);
}

bool interpose_trust(PyObject *function, interpose_trust_fn trusts, PyObject *target)
{
    if (!interpose_function(function, NULL, NULL))
        return false;
    struct interposed *self = find(function);
    if (!self)
        return false;
    Py_XSETREF(self->function, Py_NewRef(function));
    Py_XSETREF(self->target, Py_NewRef(target));
    self->trusts = trusts;
    return true;
}
