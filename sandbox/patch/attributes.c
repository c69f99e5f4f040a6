/* attributes: stores to an attribute raise no audit event. A library may hand out setattr itself
 * (operator.attrgetter, inspect.getmembers), and much of what libraries offer stores to what it is
 * given: a method that is called with a `self` of another kind, argparse's namespace, a decorator.
 * So the function objects setattr and delattr look at who calls: called from a cell's frame, by
 * `map` or any other C code, they store where a cell's statement may. And modules, classes and
 * functions, which everybody shares, ask who stores. */
#include "base/interpreter.h"
#include "sandbox/patch/attributes.h"

#include <opcode.h>
#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

/* ---- setattr and delattr ---- */

static interpreter_fast_fn plain_set, plain_delete;

/* What more than its own users can see. Looking at frames for the others would cost host code too
 * much. */
static bool is_shared(PyObject *object)
{
    return PyModule_Check(object) || PyType_Check(object) || PyFunction_Check(object);
}

static bool told_may_store(PyFrameObject *frame, PyObject *instance);

static bool caller_may_store(PyObject *const *arguments, Py_ssize_t count)
{
    bool shared = count && is_shared(arguments[0]);

    if (count == 0 || (!shared && !shared_has(arguments[0])))
        return true;
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    struct sandbox *sandbox = frame_sandbox(frame);

    return sandbox ? stores_check(sandbox, arguments[0])
                   : !frame || shared || told_may_store(frame, arguments[0]);
}

static PyObject *store(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return caller_may_store(arguments, count) ? plain_set(module, arguments, count) : NULL;
}

static PyObject *erase(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    return caller_may_store(arguments, count) ? plain_delete(module, arguments, count) : NULL;
}

/* ---- modules, classes, functions ---- */

enum { NAME_MOST = 1024 };

/* Whose is the object? False for what nobody can find by a name: it is being made, or its maker's
 * alone. */
static bool find_owner(PyObject *object, char *out, size_t size)
{
    bool proven = false;

    if (PyModule_Check(object)) {
        const char *name = PyModule_GetName(object);
        PyErr_Clear();
        snprintf(out, size, "%s", name ? name : ""); /* cut: its top level is what counts */
        return name != NULL;
    }
    if (PyType_Check(object))
        return resolve_type_name((PyTypeObject *)object, out, size, &proven) && proven;
    struct identity identity;
    if (code_sandbox(PyFunction_GET_CODE(object)))
        return false;
    AUTO_REF PyObject *found =
        resolve_identity(object, &identity) ? resolve_object(identity.name) : NULL;
    return found == object && snprintf(out, size, "%s", identity.name) < (int)size;
}

/* What libraries store to the modules and classes of others in passing; `attribute` NULL: a whole
 * namespace is asked for, which only rows for every attribute permit. */
static bool is_customary(const char *module, PyObject *attribute)
{
    return packs_say(FACT_STORES, module, text_of(attribute));
}

/* Libraries that store to the classes that they are given. */
static bool changes_as_told(const char *module)
{
    EACH_FACT (FACT_STORES_AS_TOLD, library)
        if (loaded_same_library(module, library->module))
            return true;
    return loaded_is_standard_name(module);
}

bool attributes_does_as_told(PyFrameObject *frame, const char *owner)
{
    const char *module = frame_module(frame);
    if (!module || !owner || !loaded_is_standard_name(module) || is_customary(module, NULL) ||
        loaded_same_library(module, owner))
        return false;
    const char *library = frame_library(frame);

    return !library || !loaded_same_library(library, owner);
}

/* An instance that a module keeps for everybody: libraries store to their own. */
static bool told_may_store(PyFrameObject *frame, PyObject *instance)
{
    const char *module = frame_module(frame), *owner = shared_home(instance);

    if (!module || !owner || !loaded_is_standard_name(owner) || loaded_same_library(owner, module))
        return true;
    struct sandbox *sandbox = gate_judged();
    return !sandbox || !shared_instance_is_of_module(sandbox, instance) ||
           stores_check(sandbox, instance);
}

/* An accessor (of data frames) may add a name or renew a cell's own, not take one over. */
static bool takes_over(const char *module, PyObject *object, PyObject *attribute)
{
    if (!packs_say(FACT_STORES_NEW, module, NULL) || !PyType_Check(object))
        return false;
    PyObject *present = interpreter_type_lookup((PyTypeObject *)object, attribute); /* borrowed */
    AUTO_REF PyObject *accessor = present ? PyObject_GetAttrString(present, "_accessor") : NULL;

    PyErr_Clear();
    return present &&
           !(accessor && PyType_Check(accessor) && classes_sandbox((PyTypeObject *)accessor));
}

/* A library's compiled code has no frame of its own. To a module of others it may add a name
 * (rust-numpy keeps a capsule in numpy), not take one over. */
static bool extension_may_store(PyObject *object, PyObject *attribute)
{
    char library[NAME_MOST], owner[NAME_MOST];

    if (!extension_at_work(library, sizeof library) || !find_owner(object, owner, sizeof owner))
        return false;
    if (loaded_same_library(owner, library) || is_customary(library, attribute) ||
        (!PyModule_Check(object) && !loaded_is_standard_name(owner)))
        return true;
    return PyModule_Check(object) && !loaded_is_standard_name(owner) &&
           PyDict_Contains(PyModule_GetDict(object), attribute) == 0;
}

/* posixpath.exists is genericpath's, and has the name that it is put back under. */
static bool bears(PyObject *value, PyObject *name)
{
    AUTO_REF PyObject *own = PyFunction_Check(value) || PyCFunction_Check(value)
                                 ? PyObject_GetAttrString(value, "__name__")
                                 : NULL;

    PyErr_Clear();
    return own && PyUnicode_Check(own) && PyUnicode_Check(name) &&
           PyUnicode_Compare(own, name) == 0;
}

/* An installed library that puts a function of its own into another's module, takes it away, or
 * puts back the module's (pandas reads old pickles so, nest_asyncio lets loops nest): it knows what
 * it does. */
static bool is_own_patch(const char *library, const char *owner, PyObject *module,
                         PyObject *attribute, PyObject *value)
{
    PyObject *what =
        value ? value : PyDict_GetItemWithError(PyModule_GetDict(module), attribute); /* borrowed */
    const char *home = what ? loaded_said_module(what) : NULL;

    return home && (loaded_same_library(home, library) || loaded_same_library(home, owner) ||
                    (loaded_is_standard_name(home) && loaded_is_standard_name(owner) &&
                     bears(what, attribute)));
}

/* What mock.patch puts somewhere it takes away again. */
static bool is_mock(const char *module)
{
    return strcmp(module, "unittest.mock") == 0;
}

/* A class that the library made, by a metaclass of its own (sqlalchemy maps those of others). */
static bool is_of_own_kind(const char *module, PyObject *object)
{
    PyTypeObject *kind = PyType_Check(object) ? Py_TYPE(object) : NULL;
    const char *home = kind && kind != &PyType_Type ? loaded_said_module((PyObject *)kind) : NULL;

    return home && !loaded_is_standard_name(module) && loaded_same_library(home, module);
}

/* A compiled package makes its classes while it is loaded, and has the standard library dress them
 * (mypyc, dataclasses); it has no frame of its own. */
static bool is_in_making(PyObject *object)
{
    char owner[NAME_MOST];

    return PyType_Check(object) && find_owner(object, owner, sizeof owner) &&
           !loaded_is_standard_name(owner) && gate_loads_extension();
}

/* Code of a library at work: its own things are its to change, and what it has just made. Of
 * classes and functions, what the standard library does to those of others at a cell's wish is
 * judged; other libraries know whose they change, through the standard library (mock.patch) too. */
static bool library_may_store(PyFrameObject *frame, PyObject *object, PyObject *attribute,
                              PyObject *value)
{
    const char *module = frame_module(frame), *library = frame_library(frame);
    char owner[NAME_MOST];

    if (!module || (!takes_over(module, object, attribute) &&
                    (is_customary(module, attribute) ||
                     (!PyModule_Check(object) && !changes_as_told(module)) ||
                     !find_owner(object, owner, sizeof owner) ||
                     loaded_same_library(owner, module) || is_of_own_kind(module, object) ||
                     (PyModule_Check(object) && library &&
                      (is_own_patch(library, owner, object, attribute, value) ||
                       (is_mock(module) && !loaded_is_standard_name(owner)))) ||
                     (PyType_Check(object) && !loaded_is_standard_name(owner) && library))))
        return true;
    struct sandbox *sandbox = gate_judged();
    return !sandbox || extension_may_store(object, attribute) || is_in_making(object) ||
           stores_check(sandbox, object);
}

/* Is the frame at a statement that stores an attribute? That was judged on the way to it, but for
 * what libraries share (offered.h), and for sys: the first store to a local variable lets others
 * through, and may have had what stands in for sys. */
static bool is_statement(PyFrameObject *frame)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    AUTO_REF PyObject *bytes = PyCode_GetCode((PyCodeObject *)code);
    int at = PyFrame_GetLasti(frame);
    int operation = bytes && at >= 0 && at < PyBytes_GET_SIZE(bytes)
                        ? (unsigned char)PyBytes_AS_STRING(bytes)[at]
                        : -1;

    PyErr_Clear(); /* without memory it is judged once more */
    return operation == STORE_ATTR || operation == DELETE_ATTR;
}

/* What sys.displayhook keeps, for every statement that is compiled to show its value. */
static bool is_last_value(PyObject *object, PyObject *attribute)
{
    const char *name =
        PyModule_Check(object) && PyUnicode_CompareWithASCIIString(attribute, "_") == 0
            ? PyModule_GetName(object)
            : "";

    PyErr_Clear();
    return name && strcmp(name, "builtins") == 0;
}

static bool may_store(PyObject *object, PyObject *attribute, PyObject *value)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    struct sandbox *sandbox = frame_sandbox(frame);

    if (!frame || !PyUnicode_Check(attribute) ||
        ((value || !sandbox) && sys_module_may_set(object, attribute)) ||
        is_last_value(object, attribute))
        return true;
    if (!sandbox)
        return library_may_store(frame, object, attribute, value);
    return (PyType_Check(object) && classes_is_born(sandbox, (PyTypeObject *)object)) ||
           (is_statement(frame) && !offered_is_shared(object) && !sys_module_is(object)) ||
           offered_is_setting(object, attribute, value) || extension_may_store(object, attribute) ||
           stores_check(sandbox, object);
}

/* Since modules and functions store as every object does, `generic` serves both. */
static setattrofunc plain_type, plain_module, plain_function, plain_environ;

/* type.__setattr__. What others will call is deferred (guards/deferred.c). */
static int type_store(PyObject *object, PyObject *name, PyObject *value)
{
    if (!may_store(object, name, value))
        return -1;
    struct sandbox *sandbox = value && deferred_is_due(name, value) ? gate_judged() : NULL;
    AUTO_REF PyObject *kept = sandbox ? deferred_new(sandbox, value) : Py_XNewRef(value);
    return kept || !value ? plain_type(object, name, kept) : -1;
}

static int generic_store(PyObject *object, PyObject *name, PyObject *value)
{
    return may_store(object, name, value) ? PyObject_GenericSetAttr(object, name, value) : -1;
}

static wrapperfunc plain_called_set, plain_called_delete;

/* object.__setattr__(module, ...): it compares what it would call with what the type has, which is
 * ours. It cannot be ours in `object` itself: every class would store as slowly as modules do. */
static void *stores_by(PyObject *object, void *wrapped)
{
    bool is_plain = wrapped == (void *)PyObject_GenericSetAttr;

    return is_plain && (PyModule_Check(object) || PyFunction_Check(object)) ? (void *)generic_store
                                                                            : wrapped;
}

static PyObject *called_set(PyObject *object, PyObject *arguments, void *wrapped)
{
    return plain_called_set(object, arguments, stores_by(object, wrapped));
}

static PyObject *called_delete(PyObject *object, PyObject *arguments, void *wrapped)
{
    return plain_called_delete(object, arguments, stores_by(object, wrapped));
}

/* os.environ's items are for cells to set, the functions that encode them are not. */
static int sealed_store(PyObject *object, PyObject *name, PyObject *value)
{
    if (gate_current() && !gate_asker().importing) {
        refusal_raise("store", Py_TYPE(object)->tp_name, "its items may be set, its attributes not",
                      NULL);
        return -1;
    }
    return PyObject_GenericSetAttr(object, name, value);
}

/* ---- a module's namespace ---- */

/* May what runs now have it as it is? Library code that a cell calls fills the namespaces of what
 * it is given (copy, pickle, cached_property, enum.global_enum). */
static bool may_have_namespace(PyObject *module)
{
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    const char *asks = frame_module(frame);
    char owner[NAME_MOST];

    if (!frame || (!frame_sandbox(frame) &&
                   (!asks || is_customary(asks, NULL) || !find_owner(module, owner, sizeof owner) ||
                    loaded_same_library(owner, asks))))
        return true;
    struct sandbox *sandbox = gate_judged();
    return !sandbox || !others_has(sandbox, PyModule_GetDict(module));
}

static PyObject *module_namespace(PyObject *module, void *unused)
{
    PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;

    (void)unused;
    if (!dict)
        return PyErr_Format(PyExc_TypeError, "a module expected");
    return may_have_namespace(module) ? Py_NewRef(dict) : PyDict_Copy(dict);
}

static PyGetSetDef namespace_field = {"__dict__", module_namespace, NULL, NULL, NULL};

static bool cover_namespaces(void)
{
    AUTO_REF PyObject *descriptor = PyDescr_NewGetSet(&PyModule_Type, &namespace_field);

    return descriptor && slots_put(&PyModule_Type, "__dict__", descriptor);
}

/* ---- installing ---- */

#define CALLED .of = &PyBaseObject_Type, .kind = SLOT_CALLED
#define STORES(whose, function, kept) SLOT_OF_OWN(whose, "__setattr__", tp_setattro, function, kept)
static const struct slot slots[] = {
    SLOT_OF_MODULE("builtins", "setattr", CALL_FAST, store, plain_set),
    SLOT_OF_MODULE("builtins", "delattr", CALL_FAST, erase, plain_delete),
    STORES(&PyType_Type, type_store, plain_type),
    STORES(&PyModule_Type, generic_store, plain_module),
    STORES(&PyFunction_Type, generic_store, plain_function),
    {CALLED, .member = "__setattr__", .ours = {ANY(called_set)}, .plain = &plain_called_set},
    {CALLED, .member = "__delattr__", .ours = {ANY(called_delete)}, .plain = &plain_called_delete},
    SLOT_OF_TYPE("os", "_Environ", "__setattr__", tp_setattro, sealed_store, plain_environ),
};

bool attributes_init(void)
{
    return plain_type || (SLOTS_TAKE(slots) && cover_namespaces());
}
