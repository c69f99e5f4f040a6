/* checked: callables that are handed out instead of what the cell asked for, because calling them
 * is allowed on terms: a destination is checked first (and passed on as it was checked), a trusted
 * scope or a network permission holds while they run. */
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "sandbox/guards/guard_object.h"
#include "sandbox/guards/scoped.h"
#include "sandbox/guards/shown.h"

struct checked {
    PyObject_HEAD PyObject *callable; /* owned: what is called */
    PyObject *self_object;            /* owned: what it is bound to, or NULL */
    PyObject *owner;                  /* owned: keeps the sandbox's namespace alive */
    struct sandbox *sandbox;
    const struct grant *grant;
    PyObject *py_policy; /* owned or NULL */
    PyObject *
        kind; /* owned or NULL: the class whose method it is, when it is called through the class */
    bool asks; /* it is refused unless before_deny lets it pass */
};

static PyTypeObject *checked_type(void);

/* ---- arguments ---- */

/* What the call is about: exact copies that are checked and then passed on. */
struct call {
    PyObject *positional; /* owned tuple */
    PyObject *keywords;   /* owned dict or NULL */
    Py_ssize_t offset;    /* 1: the first positional is `self` of an unbound method */
};

static void call_clear(struct call *self)
{
    Py_CLEAR(self->positional);
    Py_CLEAR(self->keywords);
}

/* What the function calls itself; "" when no text says it (a cell may have named it with half a
 * surrogate pair). */
static const char *qualified_name(PyObject *function)
{
    const char *name = PyUnicode_AsUTF8(((PyFunctionObject *)function)->func_qualname);

    PyErr_Clear();
    return name ? name : "";
}

/* Is the function a method that is called through its class? Then argument 0 is self. */
static bool is_unbound(const struct checked *self)
{
    PyObject *callable = self->callable;

    if (self->self_object)
        return false;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) || Py_IS_TYPE(callable, &PyWrapperDescr_Type))
        return true;
    const char *qualname = PyFunction_Check(callable) ? qualified_name(callable) : "";
    return strchr(qualname, '.') && !strstr(qualname, "<locals>");
}

/* The argument at `position` or `keyword`; borrowed. NULL when it was not given, or with an
 * exception. */
static PyObject *find_argument(const struct call *call, int position, const char *keyword)
{
    PyObject *value = keyword ? keywords_item(call->keywords, keyword) : NULL;

    if (!value && !PyErr_Occurred() && position >= 0 &&
        position + call->offset < PyTuple_GET_SIZE(call->positional))
        value = PyTuple_GET_ITEM(call->positional, position + call->offset);
    return value;
}

/* Put `value` (stolen) in the place of that argument. */
static bool replace_argument(struct call *call, int position, const char *keyword, PyObject *value)
{
    if (!value)
        return false;
    bool by_name = keyword && keywords_item(call->keywords, keyword);
    if (by_name || PyErr_Occurred()) {
        bool set = by_name && PyDict_SetItemString(call->keywords, keyword, value) == 0;
        Py_DECREF(value);
        return set;
    }
    Py_ssize_t at = position + call->offset;
    PyObject *old =
        PyTuple_GET_ITEM(call->positional, at); /* our own tuple, not seen by anyone yet */
    PyTuple_SET_ITEM(call->positional, at, value);
    Py_DECREF(old);
    return true;
}

/* A path argument as a plain str or bytes that says the same as what is checked; others as they
 * are. New reference. A Path stays a Path unless code of a cell decides what it says. */
static PyObject *plain_path(PyObject *path, PyObject *bytes)
{
    if (PyUnicode_Check(path))
        return PyUnicode_FromObject(path);
    if (PyBytes_Check(path))
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    PyObject *pure = loaded_member("pathlib", "PurePath");
    if (pure && PyType_Check(pure) && PyType_IsSubtype(Py_TYPE(path), (PyTypeObject *)pure) &&
        !classes_sandbox(Py_TYPE(path)))
        return Py_NewRef(path);
    return PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

/* The object whose method is called; borrowed, NULL: none was given. */
static PyObject *target_of(const struct checked *self, const struct call *call)
{
    return self->self_object                        ? self->self_object
           : PyTuple_GET_SIZE(call->positional) > 0 ? PyTuple_GET_ITEM(call->positional, 0)
                                                    : NULL;
}

/* What the call is called for a person. */
static const char *name_of(const struct checked *self, const struct call *call,
                           char out[SHOWN_BYTES])
{
    PyObject *target = self->self_object || is_unbound(self) ? target_of(self, call) : NULL;

    return shown_name(self->callable, target, self->grant->name, out);
}

static bool check_path(const struct checked *self, struct call *call, PyObject *path, int position,
                       const char *keyword)
{
    AUTO_REF PyObject *kept = Py_NewRef(path);
    if (allowlist_is_open(self->grant->policy, path))
        return true;
    AUTO_REF PyObject *bytes = PyLong_Check(path) ? NULL : dests_bytes(path);
    PyObject *dests = person_dests(self->sandbox->ok_dests);

    if (!bytes)
        return !PyErr_Occurred();
    if (bytes == Py_None)
        return true; /* a buffer or an open file: judged when it was opened */
    if (!dests_permitted(bytes, -1, self->grant->policy->names ? DEST_NAME : DEST_CONTENT, dests)) {
        char name[SHOWN_BYTES];
        dests_refuse(bytes, self->grant->policy->kind == POLICY_MAKES ? DEST_MADE : DEST_CONTENT,
                     dests, name_of(self, call, name));
        return false;
    }
    return position == -2 || replace_argument(call, position, keyword, plain_path(path, bytes));
}

static bool writes(PyObject *mode, const char *fallback)
{
    const char *text = mode && PyUnicode_Check(mode) ? PyUnicode_AsUTF8(mode) : fallback;

    PyErr_Clear();
    return text && strpbrk(text, "wax+") != NULL;
}

/* requests.request("GET", url): only methods that read. */
static bool check_verb(const struct checked *self, struct call *call)
{
    static const char *const reading[] = {"GET", "HEAD", "OPTIONS"};
    const struct pack_policy *policy = self->grant->policy;
    PyObject *verb = find_argument(call, policy->position, policy->keyword);
    const char *text = verb ? text_of(verb) : NULL;

    if (!verb || PyErr_Occurred())
        return !PyErr_Occurred(); /* the TypeError is Python's own */
    for (size_t i = 0; text && i < sizeof reading / sizeof *reading; i++)
        if (strcasecmp(text, reading[i]) == 0)
            return replace_argument(call, policy->position, policy->keyword,
                                    PyUnicode_FromString(text));
    refusal_raise("call", self->grant->name, "sends data; only reading is allowed",
                  &(struct remedy){REMEDY_TRUST, self->grant->name});
    return false;
}

/* A directory that is there is not made: os.makedirs("there", exist_ok=True). */
static bool is_made(PyObject *path)
{
    AUTO_REF PyObject *bytes = PyLong_Check(path) ? NULL : dests_bytes(path);
    struct stat status;

    PyErr_Clear();
    return bytes && PyBytes_Check(bytes) && stat(PyBytes_AS_STRING(bytes), &status) == 0 &&
           S_ISDIR(status.st_mode);
}

/* os.remove(name, dir_fd=N): a relative name is no path by itself. The gate judges both. */
static bool has_directory(const struct call *call)
{
    static const char *const keywords[] = {"dir_fd", "src_dir_fd", "dst_dir_fd"};

    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (keywords_item(call->keywords, keywords[i]))
            return true;
    PyErr_Clear();
    return false;
}

static bool check_policy(const struct checked *self, struct call *call)
{
    const struct pack_policy *policy = self->grant->policy;
    PyObject *mode = find_argument(call, policy->mode_position, policy->mode_keyword);

    if (PyErr_Occurred())
        return false;
    if (policy->kind == POLICY_VERB)
        return check_verb(self, call);
    bool has_mode = policy->kind == POLICY_OPEN || policy->kind == POLICY_NEVER_WRITE ||
                    policy->mode_default; /* Path.open */
    if (has_mode && !writes(mode, policy->mode_default))
        return true;
    if (policy->kind == POLICY_NEVER_WRITE) {
        refusal_raise("write", self->grant->name, "cells open this for reading only", NULL);
        return false;
    }
    if (has_directory(call) || allowlist_is_spared(policy, call->keywords))
        return true;
    bool of_self = policy->kind == POLICY_SELF ||
                   (policy->kind == POLICY_MAKES && policy->position < 0 && !policy->keyword);
    PyObject *path =
        of_self ? target_of(self, call) : find_argument(call, policy->position, policy->keyword);
    if (!path || (policy->kind == POLICY_MAKES && is_made(path)))
        return !PyErr_Occurred();
    return check_path(self, call, path, of_self ? -2 : policy->position,
                      of_self ? NULL : policy->keyword);
}

/* A policy refuses with any PermissionError: what the cell sees is Denied, in the policy's words
 * and caused by it. */
static void deny_for_policy(const struct checked *self)
{
    if (!PyErr_ExceptionMatches(PyExc_PermissionError) || PyErr_ExceptionMatches(refusal_type()))
        return;
    struct error_taken set = error_take();
    AUTO_REF PyObject *text = PyObject_Str(set.value);
    AUTO_REF PyObject *name = text ? resolve_name(self->callable) : NULL;
    if (!name)
        PyErr_Clear();
    const char *said = text ? PyUnicode_AsUTF8(text) : NULL;
    PyErr_Clear();
    refusal_raise("write", name ? PyUnicode_AsUTF8(name) : NULL, said, NULL);
    struct error_taken denied = error_take();
    PyException_SetCause(denied.value, Py_NewRef(set.value));
    error_put(&denied);
    error_drop(&set);
}

/* The user's own policy: (obj, args, kwargs, ok_dests), raises to refuse. */
static bool check_py_policy(const struct checked *self, const struct call *call)
{
    AUTO_REF PyObject *arguments =
        PyTuple_GetSlice(call->positional, call->offset, PyTuple_GET_SIZE(call->positional));
    AUTO_REF PyObject *keywords = call->keywords ? PyDict_Copy(call->keywords) : PyDict_New();
    AUTO_REF PyObject *dests =
        self->sandbox->ok_dests ? PySequence_List(self->sandbox->ok_dests) : PyList_New(0);
    PyObject *target = self->self_object ? self->self_object
                       : call->offset && PyTuple_GET_SIZE(call->positional)
                           ? PyTuple_GET_ITEM(call->positional, 0)
                           : Py_None;

    if (!arguments || !keywords || !dests)
        return false;
    AUTO_REF PyObject *answer =
        PyObject_CallFunctionObjArgs(self->py_policy, target, arguments, keywords, dests, NULL);
    if (!answer)
        deny_for_policy(self);
    return answer != NULL;
}

/* A method that is written in Python takes any `self`, and stores to it. One of another kind must
 * be the cell's to write to. */
static bool check_kind(const struct checked *self, const struct call *call)
{
    if (!self->kind)
        return true;
    AUTO_REF PyObject *names =
        PyCode_GetVarnames((PyCodeObject *)PyFunction_GET_CODE(self->callable));
    PyObject *name = names && PyTuple_GET_SIZE(names) ? PyTuple_GET_ITEM(names, 0) : Py_None;
    PyObject *given = PyTuple_GET_SIZE(call->positional) ? PyTuple_GET_ITEM(call->positional, 0)
                      : call->keywords ? PyDict_GetItemWithError(call->keywords, name)
                                       : NULL;

    return !given || (PyType_IsSubtype(Py_TYPE(given), (PyTypeObject *)self->kind)
                          ? !stores_refuses_method(self->sandbox, self->callable, given)
                          : stores_check(self->sandbox, given));
}

/* ---- calling ---- */

static PyObject *call_with_grade(const struct checked *self, const struct call *call)
{
    enum grade grade = self->grant->grade;
    struct gate_scope scope;

    if (grade != GRADE_TRUSTED && grade != GRADE_NET)
        return PyObject_Call(self->callable, call->positional, call->keywords);
    scoped_enter(grade, &scope);
    PyObject *result = PyObject_Call(self->callable, call->positional, call->keywords);
    scoped_leave(grade, &scope);
    return scoped_result(result, grade);
}

/* A text as a plain one, a list as a new one: what is shown to a person is what is passed on. New
 * reference. */
static PyObject *frozen(PyObject *value)
{
    if (PyUnicode_Check(value))
        return PyUnicode_FromObject(value);
    return PyList_CheckExact(value) ? PyList_GetSlice(value, 0, PyList_GET_SIZE(value))
                                    : Py_NewRef(value);
}

static PyObject *frozen_tuple(PyObject *positional)
{
    PyObject *copy = PyTuple_New(PyTuple_GET_SIZE(positional));

    for (Py_ssize_t i = 0; copy && i < PyTuple_GET_SIZE(positional); i++) {
        PyObject *value = frozen(PyTuple_GET_ITEM(positional, i));
        if (value)
            PyTuple_SET_ITEM(copy, i, value);
        else
            Py_CLEAR(copy);
    }
    return copy;
}

/* None when there are none. */
static PyObject *frozen_keywords(PyObject *keywords)
{
    PyObject *key, *value, *copy = keywords ? PyDict_New() : Py_NewRef(Py_None);
    Py_ssize_t at = 0;

    while (copy && keywords && PyDict_Next(keywords, &at, &key, &value)) {
        AUTO_REF PyObject *exact = frozen(value);
        if (!exact || PyDict_SetItem(copy, key, exact) < 0)
            Py_CLEAR(copy);
    }
    return copy;
}

static PyObject *call_trusted(PyObject *callable, PyObject *positional, PyObject *keywords)
{
    struct gate_scope scope;

    scoped_enter(GRADE_TRUSTED, &scope);
    PyObject *result = PyObject_Call(callable, positional, keywords == Py_None ? NULL : keywords);
    scoped_leave(GRADE_TRUSTED, &scope);
    return scoped_result(result, GRADE_TRUSTED);
}

/* Refused: as a person says. */
static PyObject *call_as_permitted(PyObject *arguments)
{
    PyObject *callable = PyTuple_GET_ITEM(arguments, 0);
    PyObject *positional = PyTuple_GET_ITEM(arguments, 1);
    PyObject *keywords = PyTuple_GET_ITEM(arguments, 2);
    PyObject *plain = keywords == Py_None ? NULL : keywords;
    AUTO_REF PyObject *places = NULL;
    struct person_scope scope;
    PyObject *result = NULL;

    switch (person_asked_of_call(arguments, &places)) {
    case PERSON_NO:
        return NULL;
    case PERSON_TRUSTED:
        return call_trusted(callable, positional, keywords);
    case PERSON_GATED:
        return PyObject_Call(callable, positional, plain);
    case PERSON_PLACE:
        person_place_enter(&scope, places);
        result = PyObject_Call(callable, positional, plain);
        person_place_leave(&scope);
        break;
    }
    return result;
}

PyObject *checked_ask_and_call(struct sandbox *sandbox, PyObject *callable, PyObject *positional,
                               PyObject *keywords)
{
    struct error_taken set = error_take();
    AUTO_REF PyObject *exact = frozen_tuple(positional);
    AUTO_REF PyObject *exact_keywords = frozen_keywords(keywords);
    AUTO_REF PyObject *arguments =
        exact && exact_keywords ? PyTuple_Pack(3, callable, exact, exact_keywords) : NULL;
    if (!arguments) {
        error_drop(&set);
        return NULL;
    }
    error_put(&set);
    if (hooks_let_pass(sandbox, "call", arguments))
        return call_trusted(callable, exact, exact_keywords);
    PyObject *result = call_as_permitted(arguments);
    if (!result)
        refusal_tell();
    return result;
}

/* Refused when it was looked at: judge it again, and ask. */
static PyObject *asking_call(const struct checked *self, PyObject *positional, PyObject *keywords)
{
    bool held = refusal_hold(true);
    AUTO_REF PyObject *checked = calls_check(self->sandbox, self->callable);

    refusal_hold(held);
    return checked ? PyObject_Call(checked, positional, keywords)
                   : checked_ask_and_call(self->sandbox, self->callable, positional, keywords);
}

/* What a policy refuses may be permitted yet: checked_ask_and_call tells it otherwise. */
static bool passes_policies(const struct checked *self, struct call *call)
{
    bool held = refusal_hold(true);
    bool passes = (!self->grant->policy || check_policy(self, call)) &&
                  (!self->py_policy || check_py_policy(self, call));

    refusal_hold(held);
    return passes;
}

static PyObject *checked_call(PyObject *object, PyObject *positional, PyObject *keywords)
{
    struct checked *self = (struct checked *)object;
    __attribute__((cleanup(call_clear))) struct call call = {0};
    PyObject *alive = Py_NewRef(object);
    PyObject *result = NULL;

    if (self->asks) {
        result = asking_call(self, positional, keywords);
        Py_DECREF(alive);
        return result;
    }
    AUTO_REF PyObject *exact = NULL;
    bool taken = keywords_take(keywords, &exact);
    call.positional = taken ? PyTuple_New(PyTuple_GET_SIZE(positional)) : NULL;
    call.keywords = exact ? PyDict_Copy(exact) : NULL;
    if (call.positional && (!keywords || call.keywords)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(positional); i++)
            PyTuple_SET_ITEM(call.positional, i, Py_NewRef(PyTuple_GET_ITEM(positional, i)));
        call.offset = is_unbound(self);
        if (!check_kind(self, &call))
            result = NULL;
        else if (passes_policies(self, &call))
            result = call_with_grade(self, &call);
        else
            result =
                checked_ask_and_call(self->sandbox, self->callable, call.positional, call.keywords);
    }
    Py_DECREF(alive);
    return result;
}

/* ---- methods that are called through their class ---- */

PyObject *checked_method_class(PyObject *callable)
{
    struct identity identity;
    char *dot;

    if (!PyFunction_Check(callable) || !strchr(qualified_name(callable), '.') ||
        code_sandbox(PyFunction_GET_CODE(callable)) || !resolve_identity(callable, &identity) ||
        !(dot = strrchr(identity.name, '.')))
        return NULL;
    *dot = 0;
    AUTO_REF PyObject *owner = resolve_object(identity.name);
    PyObject *own = owner && PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict : NULL;
    return own && PyDict_GetItemString(own, dot + 1) == callable ? owner
                                                                 : NULL; /* no static method */
}

/* ---- the object ---- */

PyObject *checked_bind_asking(struct sandbox *sandbox, PyObject *callable)
{
    static const struct grant nothing = {.grade = GRADE_UNKNOWN, .name = ""};
    PyObject *bound = checked_bind(sandbox, callable, &nothing);

    if (bound)
        ((struct checked *)bound)->asks = true;
    return bound;
}

PyObject *checked_bind(struct sandbox *sandbox, PyObject *callable, const struct grant *grant)
{
    struct checked *self = PyObject_GC_New(struct checked, checked_type());

    if (!self)
        return NULL;
    self->callable = Py_NewRef(callable);
    self->self_object = NULL;
    self->owner = Py_XNewRef(sandbox->token);
    self->sandbox = sandbox;
    self->grant = grant;
    self->py_policy = Py_XNewRef(grant->py_policy);
    self->kind = Py_XNewRef(checked_method_class(callable));
    self->asks = false;
    if (PyMethod_Check(callable))
        self->self_object = Py_NewRef(PyMethod_GET_SELF(callable));
    else if (PyCFunction_Check(callable) && PyCFunction_GET_SELF(callable) &&
             !PyModule_Check(PyCFunction_GET_SELF(callable)))
        self->self_object = Py_NewRef(PyCFunction_GET_SELF(callable));
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

OBJECT_OWNS(checked, &self->callable, &self->self_object, &self->owner, &self->py_policy,
            &self->kind)

static PyObject *checked_repr(PyObject *object)
{
    return PyObject_Repr(((struct checked *)object)->callable);
}

/* Names, documentation and the like are the function's; what reaches it (its __call__, __self__) is
 * not. */
static PyObject *checked_getattro(PyObject *object, PyObject *name)
{
    static const char *const passed[] = {"__name__",       "__qualname__",       "__doc__",
                                         "__module__",     "__text_signature__", "__signature__",
                                         "__annotations__"};

    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (PyUnicode_CompareWithASCIIString(name, passed[i]) == 0)
            return PyObject_GetAttr(((struct checked *)object)->callable, name);
    return PyObject_GenericGetAttr(object, name);
}

static PyTypeObject *checked_type(void)
{
    static PyTypeObject *type; /* made once per process */
    static PyType_Slot slots[] = {OBJECT_GC_SLOTS(checked),
                                  {Py_tp_call, checked_call},
                                  {Py_tp_repr, checked_repr},
                                  {Py_tp_getattro, checked_getattro},
                                  {0, NULL}};

    if (!type)
        type = object_type("safepyrun.checked_callable", sizeof(struct checked), Py_TPFLAGS_HAVE_GC,
                           slots);
    return type;
}

PyObject *checked_target(PyObject *callable)
{
    return Py_IS_TYPE(callable, checked_type()) ? ((struct checked *)callable)->callable : callable;
}

bool checked_init(void)
{
    return checked_type() != NULL;
}
