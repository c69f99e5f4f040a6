/* twin: what stands for a function that may not be called, wherever it goes: it looks like the
 * function, compares like it, and refuses to be called, whoever calls it. */
#include "sandbox/guards/guard_object.h"

struct twin {
    PyObject_HEAD PyObject *original; /* owned */
    PyObject *key;                    /* owned: its place in `twins` */
    const struct grant *grant;
};

static PyTypeObject *twin_type; /* made once per process */
static PyObject *twins; /* dict: address of the original -> address of its twin while that lives, so
                           that `is` holds */

bool twin_is(PyObject *object)
{
    return Py_IS_TYPE(object, twin_type);
}

PyObject *twin_original(PyObject *twin)
{
    return twin_is(twin) ? ((struct twin *)twin)->original : NULL;
}

/* The twin that lives for the original at that address; borrowed, or NULL. */
static struct twin *find_twin(PyObject *key)
{
    PyObject *address = PyDict_GetItemWithError(twins, key);

    return address ? PyLong_AsVoidPtr(address) : NULL;
}

PyObject *twin_new(PyObject *callable, const struct grant *grant_or_null)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(callable);
    struct twin *known = key ? find_twin(key) : NULL;

    if (known)
        return Py_NewRef(known);
    AUTO_REF PyObject *self = key ? (PyObject *)PyObject_New(struct twin, twin_type) : NULL;
    if (!self)
        return NULL;
    struct twin *twin = (struct twin *)self;
    twin->original = Py_NewRef(callable);
    twin->key = Py_NewRef(key);
    twin->grant = grant_or_null;
    AUTO_REF PyObject *address = PyLong_FromVoidPtr(self);
    return address && PyDict_SetItem(twins, key, address) == 0 ? Py_NewRef(self) : NULL;
}

static void twin_dealloc(PyObject *object)
{
    struct twin *self = (struct twin *)object;
    PyObject *kind, *error, *traceback;

    PyErr_Fetch(&kind, &error, &traceback);
    if (find_twin(self->key) == self)
        PyDict_DelItem(twins, self->key); /* an int that is there: cannot fail */
    PyErr_Restore(kind, error, traceback);
    PyObject **const owned[] = {&self->key, &self->original};
    object_free(object, owned, 2);
}

static PyObject *twin_call(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    const struct twin *self = (struct twin *)object;
    const struct grant *grant = allowlist_find(self->original);
    struct sandbox *sandbox = gate_current();

    if (grant && grant->grade != GRADE_DENY && grant->grade != GRADE_UNKNOWN) { /* allowed since */
        AUTO_REF PyObject *checked =
            sandbox ? calls_check(sandbox, self->original) : Py_NewRef(self->original);
        return checked ? PyObject_Call(checked, arguments, keywords) : NULL;
    }
    bool held = refusal_hold(true);
    calls_refuse(self->original, grant);
    refusal_hold(held);
    return checked_ask_and_call(sandbox, self->original, arguments, keywords);
}

/* A function in a class is a method, its twin too. */
static PyObject *twin_bind(PyObject *object, PyObject *instance, PyObject *type)
{
    (void)type;
    return !instance || instance == Py_None || !PyFunction_Check(((struct twin *)object)->original)
               ? Py_NewRef(object)
               : PyMethod_New(object, instance);
}

static PyObject *twin_repr(PyObject *object)
{
    return PyObject_Repr(((struct twin *)object)->original);
}

static Py_hash_t twin_hash(PyObject *object)
{
    return PyObject_Hash(((struct twin *)object)->original);
}

static PyObject *original_of(PyObject *object)
{
    return twin_is(object) ? ((struct twin *)object)->original : object;
}

static PyObject *twin_compare(PyObject *left, PyObject *right, int operation)
{
    if (operation != Py_EQ && operation != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong((original_of(left) == original_of(right)) == (operation == Py_EQ));
}

/* Does a library ask (inspect, for the source), not code of a cell? */
static bool library_asks(void)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */

    return frame && !frame_sandbox(frame);
}

/* What describes the function is its own; what reaches it is not handed out. */
static PyObject *twin_getattro(PyObject *object, PyObject *name)
{
    static const char *const passed[] = {"__name__",     "__qualname__",        "__doc__",
                                         "__module__",   "__text_signature__",  "__annotations__",
                                         "__defaults__", "__kwdefaults__",      "__type_params__",
                                         "__objclass__", "__isabstractmethod__"};
    PyObject *original = ((struct twin *)object)->original;

    if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0)
        return Py_NewRef(Py_TYPE(original));
    if (PyUnicode_CompareWithASCIIString(name, "__signature__") == 0) {
        AUTO_REF PyObject *inspect = PyImport_ImportModule("inspect");
        PyObject *signature =
            inspect ? PyObject_CallMethod(inspect, "signature", "O", original) : NULL;
        if (!signature &&
            (PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_TypeError)))
            PyErr_SetObject(PyExc_AttributeError, name);
        return signature;
    }
    if (PyUnicode_CompareWithASCIIString(name, "__code__") == 0 && library_asks())
        return PyObject_GetAttr(original, name);
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (PyUnicode_CompareWithASCIIString(name, passed[i]) == 0)
            return PyObject_GetAttr(original, name);
    return PyObject_GenericGetAttr(object, name);
}

/* pydoc reads it past the attribute lookup. */
static PyObject *twin_doc(PyObject *object, void *unused)
{
    (void)unused;
    return PyObject_GetAttrString(((struct twin *)object)->original, "__doc__");
}

/* Nor is it sent elsewhere, to be called there. */
static PyObject *twin_reduce(PyObject *object, PyObject *unused)
{
    const struct twin *self = (struct twin *)object;

    (void)unused;
    calls_refuse(self->original, allowlist_find(self->original));
    return NULL;
}

/* Functions are copied as themselves. */
static PyObject *twin_copy(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyMethodDef twin_methods[] = {{"__copy__", twin_copy, METH_NOARGS, NULL},
                                     {"__deepcopy__", twin_copy, METH_O, NULL},
                                     {"__reduce_ex__", twin_reduce, METH_O, NULL},
                                     {NULL, NULL, 0, NULL}};

bool twin_init(void)
{
    static PyGetSetDef fields[] = {{"__doc__", twin_doc, NULL, NULL, NULL},
                                   {NULL, NULL, NULL, NULL, NULL}};
    static PyType_Slot slots[] = {
        {Py_tp_dealloc, twin_dealloc},   {Py_tp_call, twin_call},
        {Py_tp_repr, twin_repr},         {Py_tp_descr_get, twin_bind},
        {Py_tp_hash, twin_hash},         {Py_tp_richcompare, twin_compare},
        {Py_tp_getattro, twin_getattro}, {Py_tp_getset, fields},
        {Py_tp_methods, twin_methods},   {0, NULL}};

    if (!twin_type)
        twin_type = object_type("safepyrun.locked_twin", sizeof(struct twin), 0, slots);
    if (!twins)
        twins = PyDict_New();
    resolve_see_through(NULL, twin_original);
    return twin_type && twins;
}
