/* handed: a function that a person trusts keeps that when a cell hands it to a library, and one
 * that reads over HTTP opens connections there as well. */
#include "sandbox/patch/handed.h"

#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/patch.h"

/* The frame that calls `function`, not that of what stands in for its code (interpose.c). New
 * reference, or NULL. */
static PyFrameObject *calling_frame(PyObject *function)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    AUTO_REF PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;

    if (code && PyFunction_Check(function) && PyFunction_GET_CODE(function) == code)
        Py_SETREF(frame, PyFrame_GetBack(frame));
    return frame;
}

/* Is it that member of the module? */
static bool has_member(PyObject *module, PyObject *name, PyObject *callable)
{
    return PyModule_Check(module) &&
           PyDict_GetItemWithError(PyModule_GetDict(module), name) == callable;
}

/* Does code with these names and globals reach it by one (`os.unlink(entry)` in shutil)? */
static bool reaches(PyObject *names, PyObject *globals, PyObject *callable)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *value = PyDict_GetItemWithError(globals, PyTuple_GET_ITEM(names, i));
        if (value == callable)
            return true;
        for (Py_ssize_t at = 0; value && at < PyTuple_GET_SIZE(names); at++)
            if (has_member(value, PyTuple_GET_ITEM(names, at), callable))
                return true;
    }
    return false;
}

/* A method is reached through an object, which cannot be told from outside: by its name. */
static bool names_method(PyObject *names, PyObject *callable)
{
    PyFunctionObject *function = (PyFunctionObject *)callable;

    return PyFunction_Check(callable) &&
           PyUnicode_FindChar(function->func_qualname, '.', 0,
                              PyUnicode_GET_LENGTH(function->func_qualname), 1) >= 0 &&
           PySequence_Contains(names, function->func_name) != 0;
}

/* Did whoever calls it need no cell for that? */
static bool is_called_by_name(PyObject *function, PyObject *callable)
{
    AUTO_REF PyObject *frame = (PyObject *)calling_frame(function);
    AUTO_REF PyObject *code = frame ? (PyObject *)PyFrame_GetCode((PyFrameObject *)frame) : NULL;
    AUTO_REF PyObject *globals = code ? PyFrame_GetGlobals((PyFrameObject *)frame) : NULL;
    PyObject *names = code ? ((PyCodeObject *)code)->co_names : NULL;

    return globals && !code_sandbox(code) && PyDict_Check(globals) &&
           (reaches(names, globals, callable) || names_method(names, callable));
}

static enum grade handed_grade(PyObject *function, PyObject *trusted)
{
    return handed_is_trusted(function, trusted) ? GRADE_TRUSTED : GRADE_UNKNOWN;
}

bool handed_is_trusted(PyObject *function, PyObject *trusted)
{
    const struct grant *grant = allowlist_find(trusted);
    bool holds = grant && grant->grade == GRADE_TRUSTED && gate_judged() &&
                 !is_called_by_name(function, trusted);

    PyErr_Clear();
    return holds;
}

/* ---- handing ---- */

/* How instances of the class are made, when it says so itself, in Python; borrowed, or NULL. */
static PyObject *own_initializer(PyObject *callable)
{
    PyObject *dict = ((PyTypeObject *)callable)->tp_dict;
    PyObject *found = dict ? PyDict_GetItemString(dict, "__init__") : NULL;

    return found && PyFunction_Check(found) ? found : NULL;
}

/* A method written in C, bound or not: there is no function that could be told of the trust. */
static bool is_method_of_c(PyObject *callable)
{
    PyObject *owner = PyCFunction_Check(callable) ? PyCFunction_GET_SELF(callable) : NULL;

    return owner ? !PyModule_Check(owner) && !PyType_Check(owner) && !natives_covers(callable)
                 : Py_IS_TYPE(callable, &PyMethodDescr_Type);
}

static bool tell(PyObject *callable)
{
    PyObject *trusted = PyMethod_Check(callable) ? PyMethod_GET_FUNCTION(callable) : callable;
    const struct grant *grant = allowlist_find(trusted);
    PyObject *function = PyType_Check(trusted) ? own_initializer(trusted) : trusted;

    if (!grant || grant->grade != GRADE_TRUSTED || grant->policy || grant->py_policy || !function)
        return true;
    if (PyCFunction_Check(function) && PyCFunction_GET_SELF(function) &&
        (PyModule_Check(PyCFunction_GET_SELF(function)) || natives_covers(function)))
        return natives_hand(function);
    return !PyFunction_Check(function) || interpose_trust(function, handed_grade, trusted);
}

/* New reference. */
static PyObject *hand(PyObject *callable)
{
    const struct grant *grant = is_method_of_c(callable) ? allowlist_find(callable) : NULL;

    if (grant && grant->grade == GRADE_TRUSTED)
        return twin_new(callable, grant); /* it is called as code of a cell would call it */
    return tell(callable) ? Py_NewRef(callable) : NULL;
}

/* ---- readers ---- */

static enum grade reads(PyObject *function, PyObject *target)
{
    (void)function, (void)target;
    return gate_judged() ? GRADE_NET : GRADE_UNKNOWN;
}

/* Clients of HTTP that packs list open connections whoever calls them for a cell (a pool of
 * threads, another library): what is sent over these is looked at anyway. */
static bool cover_readers(void)
{
    for (const struct pack *const *pack = packs; *pack; pack++)
        for (size_t i = 0; i < (*pack)->count; i++) {
            const struct pack_entry *entry = &(*pack)->entries[i];
            AUTO_REF PyObject *found =
                entry->grade == GRADE_NET ? resolve_object(entry->name) : NULL;
            if (found && PyFunction_Check(found) && !interpose_is_done(found) &&
                !interpose_trust(found, reads, found))
                return false;
            PyErr_Clear();
        }
    return true;
}

void handed_init(void)
{
    values_on_handing(hand);
    libraries_watch(cover_readers);
}
