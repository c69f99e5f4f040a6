/* fields: dataclasses puts the names of fields into the text of functions that it runs: names they
 * must be, when a cell asks. */
#include "sandbox/patch/fields.h"

#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/interpose.h"

/* Of the class itself: those of its bases were looked at when they were made. */
static bool are_names(PyObject *annotations)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (PyDict_Check(annotations) && PyDict_Next(annotations, &at, &name, &value))
        if (!PyUnicode_CheckExact(name) || !PyUnicode_IsIdentifier(name))
            return false;
    return PyDict_Check(annotations);
}

/* interpose_fn of dataclasses._process_class(cls, ...) */
static bool check_fields(const void *row, PyObject *arguments, PyObject *keywords)
{
    PyObject *type = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    PyObject *own = type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_dict : NULL;
    PyObject *annotations =
        own ? PyDict_GetItemString(own, "__annotations__") : NULL; /* borrowed */

    (void)row, (void)keywords;
    if (!annotations || are_names(annotations) || !gate_current())
        return true;
    return refusal_raise("call", "dataclasses.dataclass", "a field's name must be an identifier",
                         &(struct remedy){REMEDY_CODE, ""}) != NULL;
}

bool fields_cover_libraries(void)
{
    static const char row;
    PyObject *function = loaded_function("dataclasses", NULL, "_process_class"); /* borrowed */

    return !function || interpose_function(function, check_fields, &row);
}
