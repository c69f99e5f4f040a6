/* What the argument is for a cell, whatever was asked for. */
#include "sandbox/patch/processes.h"

#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/interpose.h"

static const struct instead {
    const char *module, *type, *function; /* type: NULL for a module's function */
    Py_ssize_t position;
    const char *keyword;
    int value;
} instead[] = {
    {"joblib._parallel_backends", "LokyBackend", "configure", 1, "n_jobs", 1},
    {"joblib._parallel_backends", "MultiprocessingBackend", "configure", 1, "n_jobs", 1},
    {"joblib.externals.loky.backend.context", NULL, "cpu_count", 0, "only_physical_cores", 0},
};

/* interpose_fn */
static bool give_instead(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct instead *self = row;
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
    for (size_t i = 0; i < sizeof instead / sizeof *instead; i++) {
        PyObject *function =
            loaded_function(instead[i].module, instead[i].type, instead[i].function);
        if (function && !interpose_function(function, give_instead, &instead[i]))
            return false;
    }
    return true;
}
