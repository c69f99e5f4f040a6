/* box: D: keeps the value of a last expression until the host takes it. */
#include "sandbox/compile/box.h"

#include "base/object.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"

static PyTypeObject *box_type; /* made once per process */

struct box {
    PyObject_HEAD PyObject *value; /* owned or NULL */
};

static PyObject *box_keep(PyObject *self, PyObject *value)
{
    Py_XSETREF(((struct box *)self)->value, Py_NewRef(value));
    Py_RETURN_NONE;
}

static PyObject *box_call(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    (void)arguments, (void)keywords;
    PyObject *value = box_take(self);
    return value || PyErr_Occurred() ? value : Py_NewRef(Py_None);
}

OBJECT_FREES(box, &self->value)

PyObject *box_new(void)
{
    struct box *self = PyObject_New(struct box, box_type);

    if (self)
        self->value = NULL;
    return (PyObject *)self;
}

PyObject *box_take(PyObject *result)
{
    struct box *box = (struct box *)result;
    PyObject *value = Py_IS_TYPE(result, box_type) ? box->value : NULL;

    if (!value)
        return NULL;
    box->value = NULL;
    if (!gate_is_closed()) /* it is the host's from now on */
        Py_SETREF(value, Py_NewRef(deferred_original(value)));
    return value;
}

bool box_init(void)
{
    static PyMethodDef methods[] = {{"keep", box_keep, METH_O, NULL}, {NULL, NULL, 0, NULL}};
    PyType_Slot slots[] = {
        {Py_tp_dealloc, box_dealloc}, {Py_tp_methods, methods}, {Py_tp_call, box_call}, {0, NULL}};

    if (!box_type)
        box_type = object_type("safepyrun.box", sizeof(struct box), 0, slots);
    return box_type != NULL;
}
