/* calls: G[f]: may this callable be called by the sandbox's code, and as what. */
#include <string.h>

#include "sandbox/guards/guard_object.h"

struct verdicts guard_passed;
static PyObject *call_name; /* "__call__" */

/* Does the name lead to it, when a person types it? ("code.replace" is of no module.) */
static bool leads_there(const char *name)
{
    AUTO_REF PyObject *found = resolve_object(name);

    PyErr_Clear();
    return found != NULL;
}

/* What helps is the whole package, when no pack speaks of it; of what has no name, nothing less
 * than the code that calls it. */
static PyObject *refuse_unknown(PyObject *callable, const char *name)
{
    struct identity identity;
    char package[128];
    struct remedy remedy = {leads_there(name) ? REMEDY_CALL : REMEDY_CODE, name};

    if (!resolve_identity(callable, &identity))
        identity.name[0] = 0;
    if (unlisted_package(callable, &identity, package, sizeof package))
        remedy = (struct remedy){REMEDY_CALL, package};
    PyErr_Clear();
    return refusal_raise("call", name, "not on the allowlist", &remedy);
}

PyObject *calls_refuse(PyObject *callable, const struct grant *grant)
{
    AUTO_REF PyObject *name = resolve_name(callable);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;
    char rule[600];

    if (!text)
        return NULL;
    if (!grant || grant->grade != GRADE_DENY)
        return refuse_unknown(callable, text);
    if (strcmp(grant->source, "user") == 0 && !grant->why) /* a person's pack says why */
        return refusal_raise("call", text, "it was taken back (deny)",
                             &(struct remedy){REMEDY_CALL, grant->name});
    snprintf(rule, sizeof rule, "policies/%s.toml: %s", grant->source, grant->name);
    return refusal_raise_by(rule, "call", text, grant->why ? grant->why : "not allowed in a cell",
                            &(struct remedy){leads_there(text) ? REMEDY_TRUST : REMEDY_CODE, text});
}

static bool born_here(const struct sandbox *sandbox, PyObject *function)
{
    const struct origin *origin = code_origin(PyFunction_GET_CODE(function));

    return origin && origin->sandbox == sandbox &&
           (sandbox->persistent || origin->run == sandbox->run);
}

/* A grant as it stands: the callable itself, a checked one, or a refusal. New reference. */
static PyObject *call_by_grant(struct sandbox *sandbox, PyObject *callable)
{
    if (!libraries_cover())
        return NULL;
    PyObject *stand_in =
        builtins_stand_in(callable); /* that of a module that has just been imported */
    if (stand_in)
        return Py_NewRef(stand_in);
    const struct grant *grant = allowlist_find(callable);

    if (!grant || grant->grade == GRADE_UNKNOWN || grant->grade == GRADE_DENY)
        return calls_refuse(callable, grant);
    if ((grant->grade == GRADE_PURE || grant->grade == GRADE_GATED) && !grant->py_policy &&
        !checked_method_class(callable))
        return Py_NewRef(callable);
    return checked_bind(sandbox, callable, grant);
}

/* May instances of `type` be made? Each class behind it is born here or allowed. */
static PyObject *call_type(struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    PyTypeObject *meta = Py_TYPE(type);

    if (!classes_is_born(sandbox, type))
        return call_by_grant(sandbox, (PyObject *)type);
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base == &PyBaseObject_Type || classes_is_born(sandbox, base))
            continue;
        const struct grant *grant = allowlist_find((PyObject *)base);
        if (!grant || grant->grade == GRADE_DENY)
            return calls_refuse((PyObject *)base, grant);
    }
    if (!sandbox->persistent && classes_run(type) && classes_run(type) != sandbox->run &&
        !grants_find((PyObject *)type))
        return calls_refuse((PyObject *)type, NULL);
    if (meta != &PyType_Type && !classes_is_born(sandbox, meta) &&
        !allowlist_find((PyObject *)meta))
        return calls_refuse((PyObject *)meta, NULL);
    return Py_NewRef(type);
}

/* The function of a staticmethod or classmethod; others as they are. Borrowed. */
static PyObject *unwrapped(PyObject *method)
{
    if (!Py_IS_TYPE(method, &PyStaticMethod_Type) && !Py_IS_TYPE(method, &PyClassMethod_Type))
        return method;
    PyObject *function = PyObject_GetAttrString(method, "__func__");

    Py_XDECREF(function); /* the wrapper keeps it */
    return function ? function : method;
}

/* An object that is called through its class's __call__. */
static PyObject *call_instance(struct sandbox *sandbox, PyObject *object)
{
    PyObject *method = interpreter_type_lookup(Py_TYPE(object), call_name);

    if (twin_is(object)) /* it may have been allowed since */
        return calls_check(sandbox, twin_original(object));
    if (checked_target(object) != object)
        return Py_NewRef(object);
    if (method && PyFunction_Check(method) && code_sandbox(PyFunction_GET_CODE(method)) == sandbox)
        return Py_NewRef(object);
    if (!method) /* calling it is the TypeError that the user expects */
        return Py_NewRef(object);
    if (!PyFunction_Check(method) &&
        classes_is_born(sandbox, Py_TYPE(object))) { /* __call__ = partial(f), = Other() */
        if (Py_EnterRecursiveCall(" while calling a Python object"))
            return NULL;
        method = unwrapped(method);
        AUTO_REF PyObject *checked = calls_check(sandbox, method);
        Py_LeaveRecursiveCall();
        return checked == method ? Py_NewRef(object)
               : checked         ? calls_refuse(method, allowlist_find(method))
                                 : NULL;
    }
    return call_by_grant(sandbox, object);
}

/* A slot bound to its object (super().__setattr__): stores are judged by what is stored to. */
static PyObject *call_slot(struct sandbox *sandbox, PyObject *slot)
{
    AUTO_REF PyObject *name = PyObject_GetAttrString(slot, "__name__");
    AUTO_REF PyObject *target = name ? PyObject_GetAttrString(slot, "__self__") : NULL;

    if (!target)
        return NULL;
    if (PyUnicode_CompareWithASCIIString(name, "__setattr__") == 0 ||
        PyUnicode_CompareWithASCIIString(name, "__delattr__") == 0)
        return stores_check(sandbox, target) ? Py_NewRef(slot) : NULL;
    if (PyUnicode_CompareWithASCIIString(name, "__getattribute__") ==
        0) { /* bound to what stands in for the slot */
        AUTO_REF PyObject *owner = PyObject_GetAttrString(slot, "__objclass__");
        AUTO_REF PyObject *descriptor = owner ? PyObject_GetAttr(owner, name) : NULL;
        PyObject *stand_in = descriptor ? builtins_stand_in(descriptor) : NULL;
        PyErr_Clear();
        return stand_in ? PyMethod_New(stand_in, target) : call_by_grant(sandbox, slot);
    }
    if (PyType_Check(target) && PyUnicode_CompareWithASCIIString(name, "__call__") == 0) {
        AUTO_REF PyObject *checked = call_type(sandbox, (PyTypeObject *)target);
        return checked ? Py_NewRef(slot) : NULL;
    }
    return call_by_grant(sandbox, slot);
}

/* Does what it is bound to decide? */
static bool is_judged_by_target(PyObject *slot)
{
    static const char *const names[] = {"__setattr__", "__delattr__", "__getattribute__",
                                        "__call__"};
    const char *name = resolve_bound_slot(slot) ? resolve_bound_slot(slot)->d_base->name : "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What its verdict is remembered by: itself, when the allowlist keeps it alive; the definition of a
 * method, which is judged whosesoever it is: a container's asks itself whose that is
 * (changes.c). Not a class's, nor a text's, whose format() depends on the text. A slot of a
 * builtin class. NULL: nothing. */
static const void *verdict_key(PyObject *callable)
{
    if (PyFunction_Check(callable))
        return code_sandbox(PyFunction_GET_CODE(callable)) ? NULL : callable;
    if (resolve_is_method_wrapper(callable))
        return resolve_bound_slot(callable);
    if (!PyCFunction_Check(callable))
        return allowlist_keeps(callable) ? callable : NULL;
    PyObject *owner = PyCFunction_GET_SELF(callable);
    if (!owner || PyModule_Check(owner))
        return callable;
    return PyType_Check(owner) || PyUnicode_Check(owner) || grants_find(callable)
               ? NULL
               : ((PyCFunctionObject *)callable)->m_ml;
}

static void remember(PyObject *callable)
{
    const void *key = is_judged_by_target(callable) ? NULL : verdict_key(callable);

    if (key)
        verdicts_keep(&guard_passed, key, 0, NULL);
}

static PyObject *call_partial(struct sandbox *sandbox, PyObject *partial)
{
    AUTO_REF PyObject *function = PyObject_GetAttrString(partial, "func");
    AUTO_REF PyObject *checked = function ? calls_check(sandbox, function) : NULL;

    if (!checked)
        return NULL;
    if (checked == function) {
        if (PyFunction_Check(function) || PyCFunction_Check(function))
            remember(function);
        return Py_NewRef(partial);
    }
    if (twin_is(function) || builtins_is_stand_in(checked) ||
        checked_target(checked) != checked) { /* the same partial of what stands in */
        AUTO_REF PyObject *bound = PyObject_GetAttrString(partial, "args");
        AUTO_REF PyObject *keywords = bound ? PyObject_GetAttrString(partial, "keywords") : NULL;
        AUTO_REF PyObject *first = keywords ? PyTuple_Pack(1, checked) : NULL;
        AUTO_REF PyObject *arguments = first ? PySequence_Concat(first, bound) : NULL;
        return arguments ? PyObject_Call((PyObject *)Py_TYPE(partial), arguments, keywords) : NULL;
    }
    return calls_refuse(function, allowlist_find(function)); /* its arguments cannot be checked */
}

/* A bound __subclasses__ of a class that was born in the sandbox? */
bool calls_tells_subclasses(const struct sandbox *sandbox, PyObject *callable)
{
    PyObject *self = PyCFunction_Check(callable) ? PyCFunction_GET_SELF(callable) : NULL;

    return self && PyType_Check(self) &&
           strcmp(((PyCFunctionObject *)callable)->m_ml->ml_name, "__subclasses__") == 0 &&
           classes_is_born(sandbox, (PyTypeObject *)self);
}

PyObject *calls_check(struct sandbox *sandbox, PyObject *callable)
{
    PyObject *stand_in = builtins_stand_in(callable);

    if (stand_in)
        return Py_NewRef(stand_in);
    if (PyFunction_Check(callable) && born_here(sandbox, callable))
        return Py_NewRef(callable);
    if (PyMethod_Check(callable)) {
        PyObject *function = PyMethod_GET_FUNCTION(callable);
        if (twin_is(function)) {
            AUTO_REF PyObject *method =
                PyMethod_New(twin_original(function), PyMethod_GET_SELF(callable));
            return method ? calls_check(sandbox, method) : NULL;
        }
        if (stores_refuses_method(sandbox, function, PyMethod_GET_SELF(callable)))
            return NULL;
        if (PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)) == sandbox)
            return Py_NewRef(callable);
        if (!PyFunction_Check(function)) {
            AUTO_REF PyObject *checked = calls_check(sandbox, function);
            if (!checked || checked == function)
                return checked ? Py_NewRef(callable) : NULL;
        } /* else it is called on terms: the bound method is, too */
        return call_by_grant(sandbox, callable);
    }
    if (PyType_Check(callable))
        return call_type(sandbox, (PyTypeObject *)callable);
    if (resolve_is_method_wrapper(callable))
        return call_slot(sandbox, callable);
    if (reflect_in_bound_format(callable))
        return refusal_raise("reflect", "str.format", reflect_in_bound_format(callable), NULL);
    if (builtins_is_stand_in(callable) || calls_tells_subclasses(sandbox, callable))
        return Py_NewRef(callable);
    if (PyFunction_Check(callable) || PyCFunction_Check(callable) ||
        Py_IS_TYPE(callable, &PyMethodDescr_Type) || Py_IS_TYPE(callable, &PyWrapperDescr_Type) ||
        Py_IS_TYPE(callable, &PyClassMethodDescr_Type))
        return call_by_grant(sandbox, callable);
    if (resolve_is_partial(callable))
        return call_partial(sandbox, callable);
    if (deferred_original(callable) !=
        callable) { /* self.__init__(), where that is no function: judged as what it is */
        AUTO_REF PyObject *checked = calls_check(sandbox, deferred_original(callable));
        return checked == deferred_original(callable) ? Py_NewRef(callable) : Py_XNewRef(checked);
    }
    return call_instance(sandbox, callable);
}

PyObject *calls_check_asking(struct sandbox *sandbox, PyObject *callable)
{
    bool held = refusal_hold(true);
    PyObject *checked = calls_check(sandbox, callable);

    refusal_hold(held);
    if (checked || !PyErr_ExceptionMatches(refusal_type()))
        return checked;
    if (!hooks_ask_first(sandbox)) {
        refusal_tell();
        return NULL;
    }
    PyErr_Clear();
    return checked_bind_asking(sandbox, callable);
}

static struct verdicts passed_types;

/* partial(f, ...), where f may be called as it is. */
static bool partial_has_passed(const struct sandbox *sandbox, PyObject *callable)
{
    static PyObject *func;

    if (!resolve_is_partial(callable) || (!func && !(func = PyUnicode_InternFromString("func"))))
        return false;
    AUTO_REF PyObject *function = PyObject_GetAttr(callable, func);
    return function && !resolve_is_partial(function) && calls_has_passed(sandbox, function);
}

bool calls_has_passed(const struct sandbox *sandbox, PyObject *callable)
{
    if (PyFunction_Check(callable))
        return born_here(sandbox, callable) || guard_has_passed(callable);
    if (PyType_Check(callable))
        return verdicts_find_type(&passed_types, (PyTypeObject *)callable, sandbox->run) != NULL;
    if (guard_has_passed(callable))
        return true;
    bool keyed = PyCFunction_Check(callable) || resolve_is_method_wrapper(callable);
    const void *key = keyed ? verdict_key(callable) : NULL;
    if (key)
        return key != callable && guard_has_passed(key);
    return allowlist_passes_as_instance(callable) || partial_has_passed(sandbox, callable);
}

static PyObject *subscript_type(struct sandbox *sandbox, PyTypeObject *type)
{
    if (verdicts_find_type(&passed_types, type, sandbox->run))
        return interpreter_again((PyObject *)type);
    PyObject *checked = calls_check_asking(sandbox, (PyObject *)type);
    if (checked == (PyObject *)type)
        verdicts_keep_type(&passed_types, type, sandbox->run, NULL);
    return checked;
}

PyObject *calls_subscript(PyObject *self, PyObject *callable)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (PyFunction_Check(callable) ? born_here(sandbox, callable) : guard_has_passed(callable))
        return interpreter_again(callable);
    if (PyMethod_Check(callable) && PyFunction_Check(PyMethod_GET_FUNCTION(callable)) &&
        code_sandbox(PyFunction_GET_CODE(PyMethod_GET_FUNCTION(callable))) == sandbox)
        return interpreter_again(callable);
    if (PyType_Check(callable))
        return subscript_type(sandbox, (PyTypeObject *)callable);
    if (calls_has_passed(sandbox, callable))
        return interpreter_again(callable);
    PyObject *checked = calls_check_asking(sandbox, callable);
    if (checked == callable)
        remember(callable);
    return checked;
}

/* What was checked is looked up again by the name `super`, and called as it is: no callable that
 * may be called on terms only. */
PyObject *calls_subscript_super(PyObject *self, PyObject *callable)
{
    if (callable == (PyObject *)&PySuper_Type)
        return interpreter_again(callable);
    PyObject *checked = calls_subscript(self, callable);
    if (checked && checked != callable) {
        Py_DECREF(checked);
        return calls_refuse(callable, NULL);
    }
    return checked;
}

bool calls_init(void)
{
    call_name = PyUnicode_InternFromString("__call__");
    return call_name != NULL;
}
