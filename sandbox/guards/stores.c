/* stores: W[obj]: may it be written to. */
#include <string.h>

#include "base/interpreter.h"
#include "sandbox/guards/guard_object.h"

/* May attributes and items of a library's instance be set? */
bool stores_instance_is_writable(const struct sandbox *sandbox, PyObject *object)
{
    enum writable writable = allowlist_writable(Py_TYPE(object));

    if (writable == WRITABLE_NOT && offered_is_class(sandbox, Py_TYPE(object)))
        writable = WRITABLE_OWN;
    if (writable != WRITABLE_OWN)
        return writable == WRITABLE_ALL;
    return (!shared_instance_is_of_module(sandbox, object) && !registries_home(object)) ||
           (offered_is_class(sandbox, Py_TYPE(object)) && offered_has_settings(Py_TYPE(object))) ||
           offered_is_table(object);
}

static bool is_plain_container(PyObject *object)
{
    return PyDict_CheckExact(object) || PyList_CheckExact(object);
}

/* A class of this sandbox among the object's classes? */
static bool is_born_instance(const struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++)
        if (classes_is_born(sandbox, (PyTypeObject *)PyTuple_GET_ITEM(mro, i)))
            return true;
    return false;
}

/* The answer is not NULL for containers that are one's own unless others are marked to have them.
 */
static struct verdicts writable_types;

static bool type_is_writable(const struct sandbox *sandbox, PyTypeObject *type)
{
    enum writable writable =
        is_born_instance(sandbox, type) ? WRITABLE_ALL : allowlist_writable(type);
    bool is_marked = writable == WRITABLE_OWN && shared_is_special_class(type);

    if (writable == WRITABLE_ALL || is_marked)
        verdicts_keep_type(&writable_types, type, sandbox->run, is_marked ? type : NULL);
    return writable == WRITABLE_ALL;
}

/* Is that remembered? */
static bool has_passed(const struct sandbox *sandbox, PyObject *object)
{
    if (is_plain_container(object))
        return !others_has(sandbox, object);
    if (PyByteArray_CheckExact(object))
        return !others_may_have(object);
    const struct verdict *known =
        verdicts_find_type(&writable_types, Py_TYPE(object), sandbox->run);
    return known && (!known->answer || !others_may_have(object));
}

/* Nothing can be stored there: the error is Python's own. */
static bool is_immutable(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    return object == Py_None || type == &PyTuple_Type || type == &PyUnicode_Type ||
           type == &PyBytes_Type || type == &PyLong_Type || type == &PyFloat_Type ||
           type == &PyComplex_Type || type == &PyBool_Type || type == &PyFrozenSet_Type ||
           type == &PyBaseObject_Type || type == &PyRange_Type || type == &PyDictProxy_Type ||
           type == &PyEllipsis_Type || interpreter_is_frozendict(object);
}

/* Instances can be permitted by their class. */
static void refuse_store(PyObject *object)
{
    AUTO_REF PyObject *name = PyCallable_Check(object) ? resolve_name(object)
                              : PyModule_Check(object)
                                  ? PyModule_GetNameObject(object)
                                  : PyUnicode_FromFormat("%s object", Py_TYPE(object)->tp_name);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;
    if (!text)
        return;
    char type_name[256];
    bool proven;
    bool by_class = !PyModule_Check(object) && !PyType_Check(object) && !PyFunction_Check(object) &&
                    !PyDict_CheckExact(object) && !PyList_CheckExact(object) &&
                    resolve_type_name(Py_TYPE(object), type_name, sizeof type_name, &proven);

    refusal_raise("store", text, "it is not yours to change",
                  &(struct remedy){REMEDY_STORE, by_class ? type_name : ""});
}

bool stores_may_change(const struct sandbox *sandbox, PyObject *object)
{
    if (others_has(sandbox, object))
        return offered_is_table(object);
    if (is_plain_container(object))
        return true;
    if (PyType_Check(object))
        return classes_is_born(sandbox, (PyTypeObject *)object);
    if (PyModule_Check(object)) /* a module that a cell made is nobody else's */
        return !others_is_namespace(sandbox, PyModule_GetDict(object));
    if (PyFunction_Check(object))
        return code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    return type_is_writable(sandbox, Py_TYPE(object)) ||
           stores_instance_is_writable(sandbox, object);
}

bool stores_check(struct sandbox *sandbox, PyObject *object)
{
    if (is_immutable(object))
        return true;
    if (PyWeakref_CheckProxy(object)) {
        AUTO_REF PyObject *target = interpreter_weakref_target(object);
        return !target || target == Py_None || stores_check(sandbox, target);
    }
    if (stores_may_change(sandbox, object))
        return true;
    refuse_store(object);
    AUTO_REF PyObject *arguments = PyTuple_Pack(1, object);
    return arguments && hooks_let_pass(sandbox, "store", arguments);
}

PyObject *stores_subscript(PyObject *self, PyObject *object)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (has_passed(sandbox, object))
        return interpreter_again(object);
    if (offered_is_shared(object)) /* the store itself asks which attribute it is (attributes.c) */
        return interpreter_again(object);
    return stores_target(sandbox, object);
}

/* A class whose metaclass takes what is set on it, and says what may be: a pack lists that
 * metaclass. Ways around the metaclass (type.__setattr__) do not come here. */
static bool has_settings(PyObject *object)
{
    return PyType_Check(object) && Py_TYPE(object) != &PyType_Type &&
           allowlist_writable(Py_TYPE(object));
}

PyObject *stores_target(struct sandbox *sandbox, PyObject *object)
{
    if (has_settings(object))
        return Py_NewRef(object);
    if (sys_module_writer(object))
        return Py_NewRef(sys_module_writer(object));
    return stores_check(sandbox, object) ? Py_NewRef(object) : NULL;
}

/* A container whose class is Python's is changed by that class's own code. Those of C ask
 * themselves. */
static bool changes_container(PyObject *function, PyObject *self_object)
{
    return others_may_have(self_object) && shared_is_special(self_object) &&
           guard_mutates(((PyFunctionObject *)function)->func_name);
}

bool stores_refuses_method(struct sandbox *sandbox, PyObject *function, PyObject *self_object)
{
    const char *name = PyFunction_Check(function) && self_object
                           ? PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_name)
                           : NULL;

    PyErr_Clear();
    if (!name)
        return false;
    bool begins = (strcmp(name, "__init__") == 0 || strcmp(name, "__setstate__") == 0) &&
                  shared_instance_is_of_module(sandbox, self_object);
    return (begins || changes_container(function, self_object)) &&
           !stores_check(sandbox, self_object);
}
