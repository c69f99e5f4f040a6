/* registering: stand-ins for what enters something into a registry of the process: what is new, or
 * the cell's own. */
#include "sandbox/guards/registering.h"

#include "sandbox/guards/guard_object.h"

/* copyreg.pickle(type, function): of a class of one's own. */
PyObject *registering_pickle(PyObject *self, PyObject *args, PyObject *given)
{
    AUTO_REF PyObject *keywords = NULL;
    struct sandbox *sandbox = gate_required();
    PyObject *type = sandbox && keywords_take(given, &keywords)
                         ? keywords_argument(args, 0, keywords, "ob_type")
                         : NULL;

    if (PyErr_Occurred() || (type && !stores_check(sandbox, type)))
        return NULL;
    return PyObject_Call(self, args, keywords);
}

/* A stand-in comes before the grants, so it looks for one of a person's by itself. */
static bool is_trusted(PyObject *original)
{
    const struct grant *grant = grants_find(original);

    return grant && grant->grade == GRADE_TRUSTED;
}

/* Refused, but for what a person says. */
static PyObject *ask_for(PyObject *original, PyObject *args, PyObject *keywords, const char *name,
                         const char *why)
{
    AUTO_REF PyObject *call = PyTuple_Pack(3, original, args, keywords ? keywords : Py_None);
    PyObject *place = NULL;

    if (!call)
        return NULL;
    refusal_raise("call", name, why, &(struct remedy){REMEDY_TRUST, name});
    return person_asked_of_call(call, &place) == PERSON_TRUSTED
               ? PyObject_Call(original, args, keywords)
               : NULL;
}

/* importlib.reload(module): of the user's own modules. */
PyObject *registering_reload(PyObject *self, PyObject *args, PyObject *given)
{
    AUTO_REF PyObject *keywords = NULL;
    PyObject *module = !is_trusted(self) && gate_judged() && keywords_take(given, &keywords)
                           ? keywords_argument(args, 0, keywords, "module")
                           : NULL;

    if (PyErr_Occurred())
        return NULL;
    if (module && PyModule_Check(module) &&
        (loaded_is_installed(module) || loaded_is_standard(module)))
        return ask_for(self, args, keywords, "importlib.reload",
                       "changes a module that others use; your own can be reloaded");
    return PyObject_Call(self, args, keywords);
}

static bool is_own(PyObject *function)
{
    return PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function));
}

/* codecs.register_error(name, handler): under a name that is free or holds a cell's own. */
PyObject *registering_error(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *name = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL;
    const char *text = text_of(name);

    AUTO_REF PyObject *present =
        text && !is_trusted(self) && gate_judged() ? PyCodec_LookupError(text) : NULL;
    PyErr_Clear();
    if (present && !is_own(present))
        return ask_for(self, args, keywords, "codecs.register_error",
                       "this name is taken by the codecs of the process");
    return PyObject_Call(self, args, keywords);
}

/* codecs.register(search): those that are there already are asked first, so it can only add. What
 * it adds is for a whole process, which in a notebook is the user's own. */
PyObject *registering_codec(PyObject *self, PyObject *args, PyObject *keywords)
{
    if (gate_is_closed() || is_trusted(self) || !gate_judged())
        return PyObject_Call(self, args, keywords);
    return ask_for(self, args, keywords, "codecs.register", "changes the codecs of the process");
}

/* codecs.unregister(search): of a cell's own. */
PyObject *registering_no_codec(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *search = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : Py_None;

    if ((gate_is_closed() && is_own(search)) || is_trusted(self) || !gate_judged())
        return PyObject_Call(self, args, keywords);
    return ask_for(self, args, keywords, "codecs.unregister",
                   "takes codecs away from the process; your own can be taken back");
}
