/* guard: what guarded code asks before it calls, stores, or lets a value leave. Each guard is an object in
 * the code's constants, reached by a subscript: G[f](x), M_append[l].append(x), T[m.f], W[o].a = v. */
#include "guard.h"

#include <string.h>


#include "gate.h"
#include "origin.h"
#include "reflect.h"
#include "resolve.h"

enum { METHOD_WAYS = 4 };

struct guard {
    PyObject_HEAD
    enum guard_kind kind;
    struct sandbox *sandbox; /* borrowed: its guards dict holds us, the code holds its token */
    PyObject *token;         /* owned */
    PyObject *name;          /* owned: of the method or attribute; NULL */
    bool mutates;            /* the method changes its receiver */
    bool formats;            /* str.format, str.format_map */
    /* Types whose method of that name may be called as it is, by version tag. */
    struct {
        PyTypeObject *type;
        unsigned version;
        uint64_t epoch;
    } ways[METHOD_WAYS];
    unsigned next_way;
};

static PyTypeObject *guard_types[GUARD_CAPTURE + 1]; /* made once per process */
static PyTypeObject *holder_type, *box_type;
static PyObject *born_classes; /* dict: address -> (weak reference, run) */
static PyObject *call_name, *name_name;

/* ---- verdicts on lasting callables, by address -------------------------------------------------------------------------- */

enum { VERDICTS = 4096 };
static struct verdict {
    PyObject *key; /* borrowed: only objects that the allowlist keeps alive */
    uint64_t epoch;
} passed[VERDICTS];

static struct verdict *verdict_slot(PyObject *key)
{
    return &passed[((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u >> 52];
}

static bool has_passed(PyObject *key)
{
    const struct verdict *slot = verdict_slot(key);

    return slot->key == key && slot->epoch == allowlist_epoch;
}

static void remember_passed(PyObject *key)
{
    *verdict_slot(key) = (struct verdict){key, allowlist_epoch};
}

/* ---- classes ---------------------------------------------------------------------------------------------------------------- */

/* The type version that CPython itself keeps; 0 when it has none at the moment. */
static unsigned type_version(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG ? type->tp_version_tag : 0;
}

static PyObject *forget_class(PyObject *key, PyObject *weak)
{
    (void)weak;
    if (born_classes && PyDict_DelItem(born_classes, key) < 0)
        PyErr_Clear();
    Py_RETURN_NONE;
}

static PyMethodDef forget_method = {"forget_class", forget_class, METH_O, NULL};

static bool remember_class(const struct sandbox *sandbox, PyObject *type)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(type);
    AUTO_REF PyObject *forget = key ? PyCFunction_New(&forget_method, key) : NULL;
    AUTO_REF PyObject *weak = forget ? PyWeakref_NewRef(type, forget) : NULL;
    AUTO_REF PyObject *value = weak ? Py_BuildValue("(OI)", weak, sandbox->run) : NULL;

    return value && PyDict_SetItem(born_classes, key, value) == 0;
}

/* Run in which the class was born, 0 when it was not born by a class statement here. */
static unsigned class_run(PyTypeObject *type)
{
    AUTO_REF PyObject *key = PyLong_FromVoidPtr(type);
    PyObject *value = key ? PyDict_GetItemWithError(born_classes, key) : NULL;

    PyErr_Clear();
    return value ? (unsigned)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(value, 1)) : 0;
}

/* A class made without a class statement: type(), namedtuple(), Enum(), make_dataclass(). It names the
 * sandbox's module, and no host object of that name is there. */
static bool is_dynamic_class(const struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *module, *own;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE))
        return false;
    if (!sandbox->globals)
        return true; /* its owner is gone: nothing can be told apart any more */
    module = PyDict_GetItemWithError(type->tp_dict, name_name);
    own = PyDict_GetItemString(sandbox->globals, "__name__");
    PyErr_Clear();
    if (!module || !own || !PyUnicode_CheckExact(module) || !PyUnicode_Check(own) || PyUnicode_Compare(module, own) != 0)
        return false;
    if (sandbox->persistent)
        return true;
    return PyDict_GetItem(sandbox->globals, ((PyHeapTypeObject *)type)->ht_name) != (PyObject *)type;
}

bool guard_type_is_born(const struct sandbox *sandbox, PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return false;
    return class_run(type) != 0 || is_dynamic_class(sandbox, type);
}

/* ---- calls -------------------------------------------------------------------------------------------------------------------- */

static PyObject *refuse_call(struct sandbox *sandbox, PyObject *callable, const struct grant *grant)
{
    AUTO_REF PyObject *name = resolve_name(callable);
    const char *text = name ? PyUnicode_AsUTF8(name) : NULL;
    char remedy[600];

    if (!text)
        return NULL;
    if (grant && grant->grade == GRADE_DENY) {
        snprintf(remedy, sizeof remedy, sandbox->persistent ? "%%allow --trust %.500s" : "allow('%.500s')", text);
        return sandbox_refuse("call", text, grant->why ? grant->why : "not allowed in a cell", remedy);
    }
    snprintf(remedy, sizeof remedy, sandbox->persistent ? "%%allow %.500s" : "allow('%.500s')", text);
    return sandbox_refuse("call", text, "not on the allowlist", remedy);
}

static bool born_here(const struct sandbox *sandbox, PyObject *function)
{
    const struct origin *origin = code_origin(PyFunction_GET_CODE(function));

    return origin && origin->sandbox == sandbox && (sandbox->persistent || origin->run == sandbox->run);
}

/* A grant as it stands: the callable itself, a checked one, or a refusal. New reference. */
static PyObject *call_by_grant(struct sandbox *sandbox, PyObject *callable)
{
    const struct grant *grant = allowlist_find(callable);

    if (!grant || grant->grade == GRADE_UNKNOWN || grant->grade == GRADE_DENY)
        return refuse_call(sandbox, callable, grant);
    if ((grant->grade == GRADE_PURE || grant->grade == GRADE_GATED) && !grant->py_policy)
        return Py_NewRef(callable);
    return policy_bind(sandbox, callable, grant);
}

/* May instances of `type` be made? Each class behind it is born here or allowed. */
static PyObject *call_type(struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    PyTypeObject *meta = Py_TYPE(type);

    if (!guard_type_is_born(sandbox, type))
        return call_by_grant(sandbox, (PyObject *)type);
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base == &PyBaseObject_Type || guard_type_is_born(sandbox, base))
            continue;
        const struct grant *grant = allowlist_find((PyObject *)base);
        if (!grant || grant->grade == GRADE_DENY)
            return refuse_call(sandbox, (PyObject *)base, grant);
    }
    if (!sandbox->persistent && class_run(type) && class_run(type) != sandbox->run && !allowlist_find((PyObject *)type))
        return refuse_call(sandbox, (PyObject *)type, NULL);
    if (meta != &PyType_Type && !guard_type_is_born(sandbox, meta) && !allowlist_find((PyObject *)meta))
        return refuse_call(sandbox, (PyObject *)meta, NULL);
    return Py_NewRef(type);
}

/* An object that is called through its class's __call__. */
static PyObject *call_instance(struct sandbox *sandbox, PyObject *object)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(object), call_name);

    if (guard_is_twin(object))
        return twin_original(object) ? refuse_call(sandbox, twin_original(object), allowlist_find(twin_original(object))) : NULL;
    if (strcmp(Py_TYPE(object)->tp_name, "safepyrun.checked_callable") == 0)
        return Py_NewRef(object);
    if (method && PyFunction_Check(method) && code_sandbox(PyFunction_GET_CODE(method)) == sandbox)
        return Py_NewRef(object);
    if (!method) { /* calling it is the TypeError that the user expects */
        return Py_NewRef(object);
    }
    return call_by_grant(sandbox, object);
}

static PyObject *call_partial(struct sandbox *sandbox, PyObject *partial)
{
    AUTO_REF PyObject *function = PyObject_GetAttrString(partial, "func");
    AUTO_REF PyObject *checked = function ? guard_call(sandbox, function) : NULL;

    if (!checked)
        return NULL;
    if (checked == function)
        return Py_NewRef(partial);
    return refuse_call(sandbox, function, allowlist_find(function)); /* its arguments cannot be checked */
}

/* A slot bound to its object (super().__setattr__): stores are judged by what is stored to. */
static PyObject *call_slot(struct sandbox *sandbox, PyObject *slot)
{
    AUTO_REF PyObject *name = PyObject_GetAttrString(slot, "__name__");
    AUTO_REF PyObject *target = name ? PyObject_GetAttrString(slot, "__self__") : NULL;

    if (!target)
        return NULL;
    if (PyUnicode_CompareWithASCIIString(name, "__setattr__") == 0 || PyUnicode_CompareWithASCIIString(name, "__delattr__") == 0)
        return guard_write(sandbox, target) ? Py_NewRef(slot) : NULL;
    if (PyUnicode_CompareWithASCIIString(name, "__getattribute__") == 0)
        return guard_type_is_born(sandbox, Py_TYPE(target)) ? Py_NewRef(slot) : call_by_grant(sandbox, slot);
    if (PyType_Check(target) && PyUnicode_CompareWithASCIIString(name, "__call__") == 0)
        return call_type(sandbox, (PyTypeObject *)target);
    return call_by_grant(sandbox, slot);
}

PyObject *guard_call(struct sandbox *sandbox, PyObject *callable)
{
    PyObject *stand_in = builtin_stand_in(callable);

    if (stand_in)
        return Py_NewRef(stand_in);
    if (PyFunction_Check(callable) && born_here(sandbox, callable))
        return Py_NewRef(callable);
    if (PyMethod_Check(callable)) {
        PyObject *function = PyMethod_GET_FUNCTION(callable);
        if (PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)) == sandbox)
            return Py_NewRef(callable);
        if (!PyFunction_Check(function)) {
            AUTO_REF PyObject *checked = guard_call(sandbox, function);
            return checked ? Py_NewRef(callable) : NULL;
        }
        return call_by_grant(sandbox, callable);
    }
    if (PyType_Check(callable))
        return call_type(sandbox, (PyTypeObject *)callable);
    if (resolve_is_method_wrapper(callable))
        return call_slot(sandbox, callable);
    if (PyCFunction_Check(callable) && PyCFunction_GET_SELF(callable) && PyUnicode_Check(PyCFunction_GET_SELF(callable)) &&
        strncmp(((PyCFunctionObject *)callable)->m_ml->ml_name, "format", 6) == 0 &&
        reflect_in_format(PyCFunction_GET_SELF(callable)))
        return sandbox_refuse("reflect", "str.format", reflect_in_format(PyCFunction_GET_SELF(callable)), NULL);
    if (builtin_is_stand_in(callable))
        return Py_NewRef(callable);
    if (PyFunction_Check(callable) || PyCFunction_Check(callable) || Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
        Py_IS_TYPE(callable, &PyWrapperDescr_Type) || Py_IS_TYPE(callable, &PyClassMethodDescr_Type))
        return call_by_grant(sandbox, callable);
    if (strcmp(Py_TYPE(callable)->tp_name, "functools.partial") == 0)
        return call_partial(sandbox, callable);
    return call_instance(sandbox, callable);
}

/* Only what the allowlist keeps alive may be remembered by address. */
static bool may_remember(PyObject *callable)
{
    return PyCFunction_Check(callable)
               ? !PyCFunction_GET_SELF(callable) || PyModule_Check(PyCFunction_GET_SELF(callable))
               : PyFunction_Check(callable);
}

static unsigned type_slot(const PyTypeObject *type)
{
    return (unsigned)(((uintptr_t)type >> 4) * 0x9E3779B97F4A7C15u >> 56);
}

/* Classes that passed, by version: a version is never given twice, so an address that is used again does no
 * harm. */
static struct {
    PyTypeObject *type;
    unsigned version, run;
    uint64_t epoch;
    const struct sandbox *sandbox;
} passed_types[256];

static PyObject *subscript_type(struct sandbox *sandbox, PyTypeObject *type)
{
    unsigned at = type_slot(type), version = type->tp_version_tag;

    if (version && passed_types[at].type == type && passed_types[at].version == version &&
        passed_types[at].epoch == allowlist_epoch && passed_types[at].sandbox == sandbox && passed_types[at].run == sandbox->run)
        return Py_NewRef(type);
    PyObject *checked = guard_call(sandbox, (PyObject *)type);
    if (checked == (PyObject *)type) {
        passed_types[at].type = type;
        passed_types[at].version = type_version(type);
        passed_types[at].run = sandbox->run;
        passed_types[at].epoch = allowlist_epoch;
        passed_types[at].sandbox = sandbox;
    }
    return checked;
}

static PyObject *subscript_call(PyObject *self, PyObject *callable)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;


    if (PyFunction_Check(callable) ? born_here(sandbox, callable) : has_passed(callable))
        return Py_NewRef(callable);
    if (PyType_Check(callable))
        return subscript_type(sandbox, (PyTypeObject *)callable);
    if (has_passed(callable))
        return Py_NewRef(callable);
    PyObject *checked = guard_call(sandbox, callable);
    if (checked == callable && may_remember(callable) && !(PyFunction_Check(callable) && code_sandbox(PyFunction_GET_CODE(callable))))
        remember_passed(callable);
    return checked;
}

/* ---- what is not the sandbox's to change ------------------------------------------------------------------------------------- */

static PyObject *protected_modules, *protected_meta_path, *protected_path_hooks, *protected_builtins, *protected_cache;

bool guard_is_protected(PyObject *object)
{
    return object && (object == protected_modules || object == protected_meta_path || object == protected_path_hooks ||
                      object == protected_builtins || object == protected_cache);
}

/* The namespaces of loaded modules, by address; made again when modules came or went. */
enum { NAMESPACES = 8192 };
static PyObject *namespaces[NAMESPACES]; /* borrowed: only compared */
static Py_ssize_t namespaces_made_for = -1;

static PyObject **namespace_slot(const PyObject *dict)
{
    size_t at = (((uintptr_t)dict >> 4) * 0x9E3779B97F4A7C15u >> 51) % NAMESPACES;

    while (namespaces[at] && namespaces[at] != dict)
        at = (at + 1) % NAMESPACES;
    return &namespaces[at];
}

static void find_namespaces(void)
{
    PyObject *key, *module;
    Py_ssize_t at = 0, most = NAMESPACES / 2;

    memset(namespaces, 0, sizeof namespaces);
    namespaces_made_for = PyDict_GET_SIZE(protected_modules);
    while (PyDict_Next(protected_modules, &at, &key, &module) && most-- > 0)
        if (PyModule_Check(module))
            *namespace_slot(PyModule_GetDict(module)) = PyModule_GetDict(module);
}

/* The namespace of a module other than the sandbox's own? Writing there overwrites what others use. */
static bool is_foreign_namespace(const struct sandbox *sandbox, PyObject *object)
{
    if (!PyDict_CheckExact(object) || object == sandbox->globals)
        return false;
    if (namespaces_made_for != PyDict_GET_SIZE(protected_modules))
        find_namespaces();
    return *namespace_slot(object) != NULL;
}

/* May nobody but the interpreter and its modules change it? */
static bool is_others(const struct sandbox *sandbox, PyObject *object)
{
    return guard_is_protected(object) || is_foreign_namespace(sandbox, object);
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------ */

/* One fetched and checked attribute: whatever is read from it is that. */
struct holder {
    PyObject_HEAD
    PyObject *value; /* owned */
};

static PyObject *holder_getattro(PyObject *self, PyObject *name)
{
    (void)name;
    return Py_NewRef(((struct holder *)self)->value);
}

static void holder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(((struct holder *)self)->value);
    type->tp_free(self);
    Py_DECREF(type);
}

static int holder_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct holder *)self)->value);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* Steals `value` (may be NULL). */
static PyObject *holder_new(PyObject *value)
{
    struct holder *self = value ? PyObject_GC_New(struct holder, holder_type) : NULL;

    if (!self) {
        Py_XDECREF(value);
        return NULL;
    }
    self->value = value;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* Fetch the attribute once, check it, and hold it for the call. */
static PyObject *method_slowly(struct guard *self, PyObject *object)
{
    AUTO_REF PyObject *fetched = PyObject_GetAttr(object, self->name);

    return fetched ? holder_new(guard_call(self->sandbox, fetched)) : NULL;
}

/* Can a lookup of the name on instances of `type` find anything but what the type has? */
static bool type_decides(PyTypeObject *type, PyObject *method)
{
    return type->tp_getattro == PyObject_GenericGetAttr &&
           (PyFunction_Check(method) || Py_IS_TYPE(method, &PyMethodDescr_Type));
}

/* May this method be called on instances as it is, without a look at the arguments? */
static bool method_passes(struct sandbox *sandbox, PyObject *method)
{
    if (PyFunction_Check(method) && code_sandbox(PyFunction_GET_CODE(method)) == sandbox)
        return true;
    if (builtin_stand_in(method))
        return false;
    const struct grant *grant = allowlist_find(method);
    return grant && (grant->grade == GRADE_PURE || grant->grade == GRADE_GATED) && !grant->py_policy;
}

/* Instances whose own dict has the name are looked at one by one; for the others the type decides. */
static bool has_own_attribute(PyObject *object, PyObject *name)
{
    if (!Py_TYPE(object)->tp_dictoffset && !PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE))
        return false;
    PyObject **dict = _PyObject_GetDictPtr(object);
    bool own = dict && *dict && PyDict_GetItemWithError(*dict, name);

    PyErr_Clear();
    return own;
}

static PyObject *check_method(struct guard *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *method = _PyType_Lookup(type, self->name); /* borrowed */

    if (self->formats && PyUnicode_Check(object)) {
        const char *reason = reflect_in_format(object);
        if (reason)
            return reflect_refuse(self->name, reason);
    }
    if (self->mutates && is_others(self->sandbox, object))
        return sandbox_refuse("store", PyUnicode_AsUTF8(self->name), "it belongs to the interpreter", NULL);
    if (!method || !type_decides(type, method) || has_own_attribute(object, self->name) || !method_passes(self->sandbox, method))
        return method_slowly(self, object);
    unsigned version = type_version(type);
    if (version && !self->formats && !self->mutates) {
        struct guard *guard = self;
        guard->ways[guard->next_way % METHOD_WAYS].type = type;
        guard->ways[guard->next_way % METHOD_WAYS].version = version;
        guard->ways[guard->next_way++ % METHOD_WAYS].epoch = allowlist_epoch;
    }
    return Py_NewRef(object);
}

static PyObject *subscript_method(PyObject *object_self, PyObject *object)
{
    struct guard *self = (struct guard *)object_self;
    PyTypeObject *type = Py_TYPE(object);

    for (unsigned i = 0; i < METHOD_WAYS; i++)
        if (self->ways[i].type == type && self->ways[i].version == type->tp_version_tag &&
            self->ways[i].epoch == allowlist_epoch)
            return Py_NewRef(object);
    if (self->mutates && (PyList_CheckExact(object) || PyDict_CheckExact(object) || PySet_Check(object)) &&
        !is_others(self->sandbox, object))
        return Py_NewRef(object); /* methods of these that the packs list as pure: all that change them */
    return check_method(self, object);
}

/* ---- values ------------------------------------------------------------------------------------------------------------------- */

PyObject *guard_value(struct sandbox *sandbox, PyObject *value)
{
    if (!Py_TYPE(value)->tp_call) {
        if (!guard_is_protected(value))
            return Py_NewRef(value);
        return PyDict_Check(value) ? PyDict_Copy(value) : PySequence_List(value);
    }
    PyObject *function = PyMethod_Check(value) ? PyMethod_GET_FUNCTION(value) : value;
    if (PyType_Check(value) || (PyFunction_Check(function) && code_sandbox(PyFunction_GET_CODE(function)) == sandbox) ||
        has_passed(value))
        return Py_NewRef(value);
    PyObject *stand_in = builtin_stand_in(value);
    if (stand_in)
        return Py_NewRef(stand_in);
    if (builtin_is_stand_in(value) || !(PyFunction_Check(function) || PyCFunction_Check(value) ||
                                         Py_IS_TYPE(value, &PyMethodDescr_Type) || Py_IS_TYPE(value, &PyWrapperDescr_Type) ||
                                         Py_IS_TYPE(value, &PyClassMethodDescr_Type)))
        return Py_NewRef(value);
    const struct grant *grant = allowlist_find(value);
    return grant && grant->grade != GRADE_DENY ? Py_NewRef(value) : twin_new(value, grant);
}

static PyObject *subscript_value(PyObject *self, PyObject *value)
{
    if (!Py_TYPE(value)->tp_call && !PyDict_CheckExact(value) && !PyList_CheckExact(value))
        return Py_NewRef(value);
    return guard_value(((struct guard *)self)->sandbox, value);
}

/* A copy of a dict whose values are such as may leave. New reference. */
static PyObject *leaving_copy(struct sandbox *sandbox, PyObject *dict)
{
    AUTO_REF PyObject *copy = PyDict_Copy(dict);
    AUTO_REF PyObject *keys = copy ? PyDict_Keys(copy) : NULL;

    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        AUTO_REF PyObject *value = guard_value(sandbox, PyDict_GetItem(copy, key));
        if (!value || PyDict_SetItem(copy, key, value) < 0)
            return NULL;
    }
    return keys ? Py_NewRef(copy) : NULL;
}

/* May the object's own namespace be handed out as it is? */
static bool owns_namespace(struct sandbox *sandbox, PyObject *object)
{
    if (PyModule_Check(object))
        return PyModule_GetDict(object) == sandbox->globals;
    if (PyType_Check(object))
        return guard_type_is_born(sandbox, (PyTypeObject *)object);
    if (PyFunction_Check(object))
        return code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    return guard_type_is_born(sandbox, Py_TYPE(object)) || allowlist_writable(Py_TYPE(object));
}

PyObject *guard_read(struct sandbox *sandbox, PyObject *object, PyObject *name)
{
    const char *reason = reflect_reason(name);

    if (reason)
        return reflect_refuse(name, reason);
    AUTO_REF PyObject *value = PyObject_GetAttr(object, name);
    if (!value || !reflect_is_guarded(name) || owns_namespace(sandbox, object))
        return value ? guard_value(sandbox, value) : NULL;
    AUTO_REF PyObject *dict = PyDict_Check(value) ? Py_NewRef(value) : PyDict_New();
    if (!dict || (!PyDict_Check(value) && PyDict_Update(dict, value) < 0))
        return NULL;
    AUTO_REF PyObject *copy = leaving_copy(sandbox, dict);
    if (!copy)
        return NULL;
    return PyType_Check(object) ? PyDictProxy_New(copy) : Py_NewRef(copy);
}

static PyObject *subscript_read(PyObject *self, PyObject *object)
{
    return guard_read(((struct guard *)self)->sandbox, object, ((struct guard *)self)->name);
}

/* A class pattern reads attributes by the names in __match_args__, which cannot be checked beforehand: what the
 * interpreter is made of is refused, namespaces of others are copied. */
static PyObject *subscript_capture(PyObject *self, PyObject *value)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;

    if (PyCode_Check(value) || PyFrame_Check(value) || PyCell_Check(value))
        return sandbox_refuse("reflect", Py_TYPE(value)->tp_name, "a pattern cannot take the interpreter apart", NULL);
    if (is_foreign_namespace(sandbox, value))
        return leaving_copy(sandbox, value);
    return guard_value(sandbox, value);
}

/* After `from m import *`: every name in the frame's namespace. */
static PyObject *subscript_star(PyObject *self, PyObject *unused)
{
    struct sandbox *sandbox = ((struct guard *)self)->sandbox;
    PyObject *locals = PyEval_GetLocals(); /* borrowed: star imports stand at module level only */
    AUTO_REF PyObject *keys = locals ? PyMapping_Keys(locals) : NULL;

    (void)unused;
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        AUTO_REF PyObject *value = PyObject_GetItem(locals, PyList_GET_ITEM(keys, i));
        AUTO_REF PyObject *leaving = value ? guard_value(sandbox, value) : NULL;
        if (!leaving || (leaving != value && PyObject_SetItem(locals, PyList_GET_ITEM(keys, i), leaving) < 0))
            return NULL;
    }
    return keys ? Py_NewRef(Py_None) : NULL;
}

/* ---- stores ------------------------------------------------------------------------------------------------------------------- */

static bool is_plain_container(PyObject *object)
{
    return PyDict_CheckExact(object) || PyList_CheckExact(object) || PyByteArray_CheckExact(object);
}

/* A class of this sandbox among the object's classes? */
static bool is_born_instance(const struct sandbox *sandbox, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++)
        if (guard_type_is_born(sandbox, (PyTypeObject *)PyTuple_GET_ITEM(mro, i)))
            return true;
    return false;
}

enum { WRITABLES = 256 };
static struct {
    PyTypeObject *type;
    unsigned version;
    uint64_t epoch;
} writable_types[WRITABLES];

/* A class that was found writable, and has not changed since. */
static bool is_known_writable(const PyTypeObject *type)
{
    unsigned at = type_slot(type);

    return writable_types[at].type == type && writable_types[at].version == type->tp_version_tag &&
           writable_types[at].epoch == allowlist_epoch;
}

static bool type_is_writable(const struct sandbox *sandbox, PyTypeObject *type)
{
    unsigned at = type_slot(type), version = type_version(type);

    if (!is_born_instance(sandbox, type) && !allowlist_writable(type))
        return false;
    if (version) {
        writable_types[at].type = type;
        writable_types[at].version = version;
        writable_types[at].epoch = allowlist_epoch;
    }
    return true;
}

bool guard_write(struct sandbox *sandbox, PyObject *object)
{
    bool allowed;

    if (is_others(sandbox, object))
        allowed = false;
    else if (is_plain_container(object))
        return true;
    else if (PyType_Check(object))
        allowed = guard_type_is_born(sandbox, (PyTypeObject *)object);
    else if (PyModule_Check(object))
        allowed = PyModule_GetDict(object) == sandbox->globals;
    else if (PyFunction_Check(object))
        allowed = code_sandbox(PyFunction_GET_CODE(object)) == sandbox;
    else
        allowed = type_is_writable(sandbox, Py_TYPE(object));
    if (allowed)
        return true;
    AUTO_REF PyObject *name = PyCallable_Check(object) ? resolve_name(object)
                              : PyModule_Check(object) ? PyModule_GetNameObject(object)
                                                       : PyUnicode_FromFormat("%s object", Py_TYPE(object)->tp_name);
    if (name)
        sandbox_refuse("store", PyUnicode_AsUTF8(name), "it is not yours to change",
                       PyModule_Check(object) || PyType_Check(object) ? NULL : "allow_write_types(its class)");
    return false;
}

static PyObject *subscript_write(PyObject *self, PyObject *object)
{
    if (is_plain_container(object) ? !is_others(((struct guard *)self)->sandbox, object) : is_known_writable(Py_TYPE(object)))
        return Py_NewRef(object);
    return guard_write(((struct guard *)self)->sandbox, object) ? Py_NewRef(object) : NULL;
}

/* ---- @B ------------------------------------------------------------------------------------------------------------------------ */

static PyObject *call_born(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *type = PyTuple_GET_SIZE(arguments) == 1 ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    (void)keywords;
    if (!type)
        return PyErr_Format(PyExc_TypeError, "one class expected");
    if (PyType_Check(type) && !remember_class(((struct guard *)self)->sandbox, type))
        return NULL;
    return Py_NewRef(type);
}

/* ---- the box -------------------------------------------------------------------------------------------------------------------- */

struct box {
    PyObject_HEAD
    PyObject *value; /* owned or NULL */
};

static PyObject *box_keep(PyObject *self, PyObject *value)
{
    Py_XSETREF(((struct box *)self)->value, Py_NewRef(value));
    Py_RETURN_NONE;
}

static PyObject *box_call(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    (void)arguments, (void)keywords;
    PyObject *value = sandbox_take_result(self);
    return value || PyErr_Occurred() ? value : Py_NewRef(Py_None);
}

static void box_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(((struct box *)self)->value);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyObject *box_new(void)
{
    struct box *self = PyObject_New(struct box, box_type);

    if (self)
        self->value = NULL;
    return (PyObject *)self;
}

PyObject *sandbox_take_result(PyObject *result_box)
{
    struct box *box = (struct box *)result_box;
    PyObject *value = Py_IS_TYPE(result_box, box_type) ? box->value : NULL;

    if (value)
        box->value = NULL;
    return value;
}

/* ---- types ----------------------------------------------------------------------------------------------------------------------- */

static void guard_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    struct guard *self = (struct guard *)object;

    Py_CLEAR(self->token);
    Py_CLEAR(self->name);
    PyObject_Free(object);
    Py_DECREF(type);
}

/* The letter of a placeholder, and what its guard does. */
static const struct {
    char letter;
    binaryfunc subscript;
} kinds[] = {
    [GUARD_CALL] = {'G', subscript_call},   [GUARD_METHOD] = {'M', subscript_method}, [GUARD_VALUE] = {'T', subscript_value},
    [GUARD_WRITE] = {'W', subscript_write}, [GUARD_BORN] = {'B', NULL},               [GUARD_READ] = {'A', subscript_read},
    [GUARD_STAR] = {'S', subscript_star},   [GUARD_CAPTURE] = {'C', subscript_capture},
};

static PyTypeObject *make_type(const char *name, int size, unsigned flags, PyType_Slot *slots)
{
    PyType_Spec spec = {.name = name, .basicsize = size,
                        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION | flags,
                        .slots = slots};

    return (PyTypeObject *)PyType_FromSpec(&spec);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

PyObject *guard_new(struct sandbox *sandbox, const char *placeholder)
{
    static const char *const mutators[] = {"append", "extend", "insert", "remove", "pop", "clear", "update", "setdefault", "popitem",
                                           "sort", "reverse", "__setitem__", "__delitem__", "__iadd__", "__ior__", NULL};
    static const char *const formatters[] = {"format", "format_map", NULL};
    const char *name = strchr(placeholder, ':') ? strchr(placeholder, ':') + 1 : "";
    size_t kind = 0;

    while (kind <= GUARD_CAPTURE && kinds[kind].letter != placeholder[0])
        kind++;
    if (kind > GUARD_CAPTURE)
        return PyErr_Format(PyExc_SystemError, "no guard is called %s", placeholder);
    struct guard *self = PyObject_New(struct guard, guard_types[kind]);
    if (!self)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->kind = (enum guard_kind)kind;
    self->sandbox = sandbox;
    self->token = NULL; /* the sandbox's guards dict holds us: a reference back would never end */
    self->mutates = is_one_of(name, mutators);
    self->formats = is_one_of(name, formatters);
    self->name = PyUnicode_InternFromString(name);
    if (!self->name)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static bool make_types(void)
{
    static PyMethodDef box_methods[] = {{"keep", box_keep, METH_O, NULL}, {NULL, NULL, 0, NULL}};

    for (int kind = 0; kind <= GUARD_CAPTURE; kind++) {
        PyType_Slot subscript[] = {{Py_tp_dealloc, guard_dealloc}, {Py_mp_subscript, kinds[kind].subscript}, {0, NULL}};
        PyType_Slot call[] = {{Py_tp_dealloc, guard_dealloc}, {Py_tp_call, call_born}, {0, NULL}};
        guard_types[kind] = make_type("safepyrun.guard", sizeof(struct guard), 0, kind == GUARD_BORN ? call : subscript);
        if (!guard_types[kind])
            return false;
    }
    PyType_Slot holder[] = {{Py_tp_dealloc, holder_dealloc}, {Py_tp_traverse, holder_traverse},
                            {Py_tp_getattro, holder_getattro}, {0, NULL}};
    PyType_Slot box[] = {{Py_tp_dealloc, box_dealloc}, {Py_tp_methods, box_methods}, {Py_tp_call, box_call}, {0, NULL}};
    holder_type = make_type("safepyrun.holder", sizeof(struct holder), Py_TPFLAGS_HAVE_GC, holder);
    box_type = make_type("safepyrun.box", sizeof(struct box), 0, box);
    return holder_type && box_type;
}

bool guard_init(void)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    if (born_classes)
        return true;
    if (!builtins || !make_types())
        return false;
    protected_modules = PyImport_GetModuleDict();
    protected_builtins = PyModule_GetDict(builtins);
    protected_meta_path = PySys_GetObject("meta_path");
    protected_path_hooks = PySys_GetObject("path_hooks");
    protected_cache = PySys_GetObject("path_importer_cache");
    call_name = PyUnicode_InternFromString("__call__");
    name_name = PyUnicode_InternFromString("__module__");
    born_classes = PyDict_New();
    return call_name && name_name && born_classes;
}
