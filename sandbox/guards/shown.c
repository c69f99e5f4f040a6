/* shown: what a call is called for a person. */
#include "sandbox/guards/shown.h"

#include <string.h>

#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

/* "pandas.DataFrame" of an instance, by the nearest class that no cell made; as the package has it,
 * when it does. False: it has no such class. */
static bool class_name(PyObject *object, char out[SHOWN_BYTES])
{
    PyObject *mro = Py_TYPE(object)->tp_mro, *type = NULL;
    char name[SHOWN_BYTES / 2];
    bool proven;

    for (Py_ssize_t i = 0; mro && !type && i < PyTuple_GET_SIZE(mro); i++)
        if (!classes_sandbox((PyTypeObject *)PyTuple_GET_ITEM(mro, i)))
            type = PyTuple_GET_ITEM(mro, i);
    if (!type || !resolve_type_name((PyTypeObject *)type, name, sizeof name, &proven))
        return false;
    const char *dot = strrchr(name, '.');
    snprintf(out, SHOWN_BYTES, "%.*s%s", (int)strcspn(name, "."), name, dot ? dot : "");
    AUTO_REF PyObject *public = resolve_object(out);
    PyErr_Clear();
    if (public != type)
        snprintf(out, SHOWN_BYTES, "%s", name);
    return true;
}

/* Is the class that the entry names one of the object's? */
static bool is_of_class(PyObject *object, const char *granted, const char *dot)
{
    char name[SHOWN_BYTES];

    snprintf(name, sizeof name, "%.*s", (int)(dot - granted), granted);
    AUTO_REF PyObject *type = resolve_object(name);
    PyErr_Clear();
    return !type || !PyType_Check(type) || PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)type);
}

const char *shown_name(PyObject *callable, PyObject *target, const char *granted,
                       char out[SHOWN_BYTES])
{
    const char *dot = strrchr(granted, '.');
    PyObject *builtin = dot ? loaded_member("builtins", dot + 1) : NULL;

    if (builtin && builtin == callable)
        return dot + 1;
    if (!dot || !target || is_of_class(target, granted, dot) || !class_name(target, out) ||
        strlen(out) + strlen(dot) >= SHOWN_BYTES)
        return granted;
    return strcat(out, dot);
}
