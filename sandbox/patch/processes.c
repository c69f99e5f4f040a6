#include "sandbox/patch/processes.h"

#include "sandbox/gate/gate.h"
#include "sandbox/list/list.h"
#include "sandbox/patch/interpose.h"

/* interpose_fn */
static bool give_instead(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct pack_fact *self = row;
    PyObject *value = gate_current() ? PyLong_FromLong(self->value) : NULL;

    if (!value)
        return !PyErr_Occurred();
    if (self->position < PyTuple_GET_SIZE(arguments))
        return PyTuple_SetItem(arguments, self->position, value) == 0;
    bool given = !keywords || PyDict_SetItemString(keywords, self->keyword, value) == 0;
    Py_DECREF(value);
    return given;
}

bool processes_cover_libraries(void)
{
    EACH_FACT (FACT_INSTEAD, row) {
        AUTO_REF PyObject *function = resolve_object(row->name);
        if (function && PyFunction_Check(function) &&
            !interpose_function(function, give_instead, row))
            return false;
    }
    return true;
}
