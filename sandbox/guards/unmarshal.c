/* unmarshal: see the header. The interpreter's own reader makes code objects that nobody has
 * checked, and its audit event does not tell what is in the data: so what it made is looked at
 * before a cell gets it. */
#include "sandbox/guards/unmarshal.h"

#include "sandbox/guards/guard_object.h"

/* Puts what `value` holds onto `stack`; false with an exception. */
static bool push_parts(PyObject *stack, PyObject *value)
{
    AUTO_REF PyObject *parts = PyDict_CheckExact(value) ? PyDict_Items(value)
                               : PyTuple_CheckExact(value) || PyList_CheckExact(value) ||
                                       PyAnySet_CheckExact(value) || PySlice_Check(value)
                                   ? NULL
                                   : Py_NewRef(Py_None);

    if (parts == Py_None)
        return true; /* it holds nothing */
    if (PySlice_Check(value)) {
        PySliceObject *slice = (PySliceObject *)value;
        parts = PyTuple_Pack(3, slice->start, slice->stop, slice->step);
    } else if (!parts && !PyErr_Occurred()) {
        parts = PySequence_List(value);
    }
    return parts &&
           PyList_SetSlice(stack, PyList_GET_SIZE(stack), PyList_GET_SIZE(stack), parts) == 0;
}

/* Is there code in it, at any depth? Data may hold itself. -1 with an exception. */
static int holds_code(PyObject *data)
{
    AUTO_REF PyObject *stack = PyList_New(0);
    AUTO_REF PyObject *seen = PySet_New(NULL);

    if (!stack || !seen || PyList_Append(stack, data) < 0)
        return -1;
    for (Py_ssize_t count; (count = PyList_GET_SIZE(stack)) > 0;) {
        AUTO_REF PyObject *value = Py_NewRef(PyList_GET_ITEM(stack, count - 1));
        if (PyList_SetSlice(stack, count - 1, count, NULL) < 0)
            return -1;
        if (PyCode_Check(value))
            return 1;
        AUTO_REF PyObject *key = PyLong_FromVoidPtr(value);
        int known = key ? PySet_Contains(seen, key) : -1;
        if (known < 0 || (!known && (PySet_Add(seen, key) < 0 || !push_parts(stack, value))))
            return -1;
    }
    return 0;
}

PyObject *unmarshal_loads(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct gate_scope scope;
    PyObject *data = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL;

    if (!data || !(PyBytes_CheckExact(data) || PyByteArray_CheckExact(data)))
        return PyErr_Format(PyExc_TypeError, "marshal.loads: bytes are expected");
    if (!gate_judged())
        return PyObject_Call(self, args, keywords);
    gate_trusted_enter(&scope); /* reading bytes calls nobody */
    AUTO_REF PyObject *result = PyObject_Call(self, args, keywords);
    gate_trusted_exit(&scope);
    int found = result ? holds_code(result) : -1;
    if (found > 0)
        gate_refuse("marshal.loads", "there is code in it that was not checked", NULL);
    return found == 0 ? Py_NewRef(result) : NULL;
}
