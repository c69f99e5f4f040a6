/* containers: the methods by which dicts, lists and sets are changed ask whose they are, however
 * they were come by: fetched by operator.attrgetter, named in pickled data, bound by a library.
 * What statements and method calls of cells change was judged on the way. */
/* ---- who asks ---- */
#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/attributes.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

/* Whose it is, by name; NULL: nobody's that is known. Borrowed. */
static const char *owner_of(PyObject *container)
{
    if (others_is_protected(container))
        return "sys";
    PyObject *home = registries_home(container);
    if (home)
        return text_of(home);
    PyObject *module = shared_module(container);
    if (!module && PyDict_CheckExact(container)) /* a namespace */
        return text_of(PyDict_GetItemString(container, "__name__"));
    return module ? text_of(PyDict_GetItemString(PyModule_GetDict(module), "__name__")) : NULL;
}

/* functools.cached_property keeps what a library's own function gave for its instance
 * (platform.uname().processor): with it, whoever asks for it first. */
static bool is_filling_in(PyFrameObject *frame)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    if (PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_qualname,
                                         "cached_property.__get__") != 0)
        return false;
    AUTO_REF PyObject *locals = PyFrame_GetLocals(frame);
    AUTO_REF PyObject *name = PyUnicode_FromString("self");
    AUTO_REF PyObject *self = locals && name ? PyObject_GetItem(locals, name) : NULL;
    AUTO_REF PyObject *function = self ? PyObject_GetAttrString(self, "func") : NULL;
    PyErr_Clear();
    return function && PyFunction_Check(function) &&
           !code_is_guarded(PyFunction_GET_CODE(function));
}

/* What the frame's module has a name for itself (the filters of warnings, which are `_warnings`' as
 * well); new members of an enumeration, virtual subclasses. */
static bool is_bookkeeping(PyFrameObject *frame, PyObject *container)
{
    AUTO_REF PyObject *globals = PyFrame_GetGlobals(frame);
    const char *module = frame_module(frame);

    return module && (shared_names(globals, container) ||
                      (strcmp(module, "functools") == 0 && is_filling_in(frame)) ||
                      ((strcmp(module, "enum") == 0 || strcmp(module, "_py_abc") == 0) &&
                       registries_has(container)));
}

/* Classes that keep their items in a dict or set change it for whoever uses them. */
static bool changes_for_others(const char *module)
{
    static const char *const delegates[] = {"weakref", "_weakrefset", "collections",
                                            "_collections_abc", "collections.abc"};

    for (size_t i = 0; i < sizeof delegates / sizeof *delegates; i++)
        if (strcmp(module, delegates[i]) == 0)
            return true;
    return false;
}

/* Who changes what is `owner`'s (may be NULL); NULL when nobody is there. New reference. */
static PyObject *changing_frame(const char *owner)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    const char *module;

    while (frame && (module = frame_module(frame)) && changes_for_others(module) &&
           !(owner && strcmp(module, owner) == 0)) {
        PyFrameObject *outer = PyFrame_GetBack(frame);
        Py_SETREF(frame, outer);
    }
    return (PyObject *)frame;
}

/* The container may be a module's or a class's. A cell's own frame is judged, and the standard
 * library's, which does what it is told (copy, pickle, functools); other libraries know what they
 * change, in Python or in C. */
static bool ask(PyObject *container)
{
    const char *owner = owner_of(container);
    AUTO_REF PyObject *kept = changing_frame(owner);
    PyFrameObject *frame = (PyFrameObject *)kept;
    struct sandbox *sandbox = frame_sandbox(frame);

    if (!frame ||
        (!sandbox && (!attributes_does_as_told(frame, owner) || is_bookkeeping(frame, container))))
        return true;
    if (!sandbox)
        sandbox = gate_judged();
    return !sandbox || !others_has_exactly(sandbox, container) ||
           (!others_is_protected(container) && extension_at_work(NULL, 0)) ||
           stores_check(sandbox, container);
}

/* Modules came: only for a cell's frame is it worth while to look at them now. */
static bool ask_anew(PyObject *container)
{
    return !frame_running_sandbox() || ask(container);
}

/* Once it is warm (from 3.12 on at the second time) the statement by which
 * functools.cached_property keeps a value stores into the dict without asking: so it is asked
 * before, for values that a cell's function gives. `arguments`: (property, instance[, class]). */
static bool check_property(const void *row, PyObject *arguments, PyObject *keywords)
{
    PyObject *instance = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;

    (void)row, (void)keywords;
    if (instance == Py_None || !gate_current())
        return true;
    AUTO_REF PyObject *function = PyObject_GetAttrString(PyTuple_GET_ITEM(arguments, 0), "func");
    AUTO_REF PyObject *kept =
        function && PyFunction_Check(function) && code_is_guarded(PyFunction_GET_CODE(function))
            ? PyObject_GetAttrString(instance, "__dict__")
            : NULL;
    PyErr_Clear();
    return !kept || !PyDict_Check(kept) || ask(kept);
}

bool containers_cover_libraries(void)
{
    static const char row;
    PyObject *function = loaded_function("functools", "cached_property", "__get__"); /* borrowed */

    return !function || interpose_function(function, check_property, &row);
}

static inline bool may_change(PyObject *container)
{
    if (others_marked(container))
        return ask(container);
    return others_are_known() || ask_anew(container);
}

/* ---- methods ---- */

typedef PyObject *(*fast_fn)(PyObject *, PyObject *const *, Py_ssize_t);
typedef PyObject *(*fast_named_fn)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);

/* One for each way in which CPython calls a method: which one it is differs between versions. */
#define WATCHED(name)                                                                              \
    static PyCFunction plain_##name;                                                               \
    static PyObject *name##_one(PyObject *self, PyObject *argument)                                \
    {                                                                                              \
        return may_change(self) ? plain_##name(self, argument) : NULL;                             \
    }                                                                                              \
    static PyObject *name##_named(PyObject *self, PyObject *arguments, PyObject *keywords)         \
    {                                                                                              \
        return may_change(self)                                                                    \
                   ? ((PyCFunctionWithKeywords)ANY(plain_##name))(self, arguments, keywords)       \
                   : NULL;                                                                         \
    }                                                                                              \
    static PyObject *name##_fast(PyObject *self, PyObject *const *arguments, Py_ssize_t count)     \
    {                                                                                              \
        return may_change(self) ? ((fast_fn)ANY(plain_##name))(self, arguments, count) : NULL;     \
    }                                                                                              \
    static PyObject *name##_fast_named(PyObject *self, PyObject *const *arguments,                 \
                                       Py_ssize_t count, PyObject *names)                          \
    {                                                                                              \
        return may_change(self)                                                                    \
                   ? ((fast_named_fn)ANY(plain_##name))(self, arguments, count, names)             \
                   : NULL;                                                                         \
    }

#define METHODS(row)                                                                               \
    row(dict, update) row(dict, setdefault) row(dict, pop) row(dict, popitem) row(dict, clear)     \
        row(list, append) row(list, extend) row(list, insert) row(list, remove) row(list, pop)     \
            row(list, clear) row(list, sort) row(list, reverse) row(set, add) row(set, update)     \
                row(set, discard) row(set, remove) row(set, pop) row(set, clear)                   \
                    row(set, difference_update) row(set, intersection_update)                      \
                        row(set, symmetric_difference_update)
#define DEFINE(type, name) WATCHED(type##_##name)
METHODS(DEFINE)

/* ---- slots: `{}.__setitem__` as a method ---- */

static objobjargproc plain_dict_store, plain_list_store;
static binaryfunc plain_dict_or, plain_list_add, plain_set_or, plain_set_and, plain_set_subtract,
    plain_set_xor;
static ssizeargfunc plain_list_repeat;

#define STORE(name)                                                                                \
    static int name(PyObject *self, PyObject *key, PyObject *value)                                \
    {                                                                                              \
        return may_change(self) ? plain_##name(self, key, value) : -1;                             \
    }
#define CHANGE(name)                                                                               \
    static PyObject *name(PyObject *self, PyObject *other)                                         \
    {                                                                                              \
        return may_change(self) ? plain_##name(self, other) : NULL;                                \
    }
STORE(dict_store)
STORE(list_store)
CHANGE(dict_or)
CHANGE(list_add)
CHANGE(set_or)
CHANGE(set_and)
CHANGE(set_subtract)
CHANGE(set_xor)

static PyObject *list_repeat(PyObject *self, Py_ssize_t times)
{
    return may_change(self) ? plain_list_repeat(self, times) : NULL;
}

#define METHOD(of, name)                                                                           \
    {.module = "builtins",                                                                         \
     .type = #of,                                                                                  \
     .member = #name,                                                                              \
     .ours = {ANY(of##_##name##_one), ANY(of##_##name##_one), ANY(of##_##name##_named),            \
              ANY(of##_##name##_fast), ANY(of##_##name##_fast_named)},                             \
     .plain = &plain_##of##_##name},
#define SLOT(type, name, group, structure, slot, function)                                         \
    {                                                                                              \
        .of = &(type), .member = (name), .kind = SLOT_TYPE,                                        \
        .within = offsetof(PyTypeObject, group), .at = offsetof(structure, slot),                  \
        .ours = {ANY(function)}, .plain = &plain_##function                                        \
    }
#define ITEM(type, function)                                                                       \
    SLOT(type, "__setitem__", tp_as_mapping, PyMappingMethods, mp_ass_subscript, function)
#define NUMBER(type, name, slot, function)                                                         \
    SLOT(type, name, tp_as_number, PyNumberMethods, slot, function)
#define SEQUENCE(name, slot, function)                                                             \
    SLOT(PyList_Type, name, tp_as_sequence, PySequenceMethods, slot, function)
/* Items are also stored by C code (operator.setitem, pickled state), and by statements that run for
 * the first times. `x += [1]` changes what the name x stands for. */
static const struct slot slots[] = {
    METHODS(METHOD) ITEM(PyDict_Type, dict_store),
    ITEM(PyList_Type, list_store),
    NUMBER(PyDict_Type, "__ior__", nb_inplace_or, dict_or),
    SEQUENCE("__iadd__", sq_inplace_concat, list_add),
    SEQUENCE("__imul__", sq_inplace_repeat, list_repeat),
    NUMBER(PySet_Type, "__ior__", nb_inplace_or, set_or),
    NUMBER(PySet_Type, "__iand__", nb_inplace_and, set_and),
    NUMBER(PySet_Type, "__isub__", nb_inplace_subtract, set_subtract),
    NUMBER(PySet_Type, "__ixor__", nb_inplace_xor, set_xor),
};

bool containers_init(void)
{
    return plain_dict_store || SLOTS_TAKE(slots);
}
