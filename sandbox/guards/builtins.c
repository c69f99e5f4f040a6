/* builtins: guarded stand-ins. Some builtins reach what a call site cannot judge beforehand: an
 * attribute by a computed name, code from a string, a store past a class's own rules. Whoever asks
 * for one of these gets ours instead, which asks the same questions as the syntax would. */
#include <string.h>
#include <unistd.h>

#include "sandbox/guards/dynamic.h"
#include "sandbox/guards/guard_object.h"
#include "sandbox/guards/mocks.h"
#include "sandbox/guards/registering.h"
#include "sandbox/guards/unmarshal.h"
#include "sandbox/guards/views.h"

static PyObject *stand_ins;      /* dict: the builtin -> ours */
static PyObject *own;            /* set of ours */
static PyObject *slot_stand_ins; /* dict: wrapper descriptor (object.__setattr__, ...) -> ours, made
                                    when asked for */
static PyObject *dict_name;

/* ---- helpers ---- */

/* An exact str of an attribute's name; new reference. */
static PyObject *exact_name(PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    PyObject *exact = PyUnicode_FromObject(name);

    if (exact)
        PyUnicode_InternInPlace(&exact);
    return exact;
}

static bool name_is_free(PyObject *name)
{
    const char *reason = reflect_reason(name);

    if (reason)
        reflect_refuse(name, reason);
    return !reason;
}

/* ---- attributes ---- */

static PyObject *guarded_getattr(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    struct sandbox *sandbox = gate_required();

    (void)self;
    if (count < 2 || count > 3)
        return PyErr_Format(PyExc_TypeError, "getattr expected 2 or 3 arguments, got %zd", count);
    AUTO_REF PyObject *name = sandbox ? exact_name(args[1]) : NULL;
    return name ? values_read(sandbox, args[0], name, count == 3 ? args[2] : NULL) : NULL;
}

static PyObject *store_attribute(PyObject *object, PyObject *given, PyObject *value)
{
    struct sandbox *sandbox = gate_required();
    AUTO_REF PyObject *name = sandbox ? exact_name(given) : NULL;

    if (!name || !name_is_free(name))
        return NULL;
    AUTO_REF PyObject *target = offered_is_setting(object, name, value)
                                    ? Py_NewRef(object)
                                    : stores_target(sandbox, object);
    if (!target || PyObject_SetAttr(target, name, value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *guarded_setattr(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)self;
    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "setattr expected 3 arguments, got %zd", count);
    return store_attribute(args[0], args[1], args[2]);
}

static PyObject *guarded_delattr(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    (void)self;
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "delattr expected 2 arguments, got %zd", count);
    return store_attribute(args[0], args[1], NULL);
}

static PyObject *guarded_vars(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    struct sandbox *sandbox = gate_required();

    (void)self;
    if (!sandbox || count > 1)
        return sandbox ? PyErr_Format(PyExc_TypeError, "vars expected at most 1 argument, got %zd",
                                      count)
                       : NULL;
    if (count == 0) { /* Python's own knows the names of an inlined comprehension */
        PyObject *locals = loaded_member("builtins", "locals"); /* borrowed */
        return locals ? PyObject_CallNoArgs(locals) : Py_XNewRef(PyEval_GetLocals());
    }
    PyObject *value = values_read(sandbox, args[0], dict_name, NULL);
    if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_SetString(PyExc_TypeError, "vars() argument must have __dict__ attribute");
    return value;
}

/* ---- types ---- */

static PyObject *guarded_type(PyObject *self, PyObject *const *args, Py_ssize_t count,
                              PyObject *keywords)
{
    (void)self;
    if (count == 1 && !keywords)
        return Py_NewRef(
            Py_TYPE(twin_is(args[0]) ? twin_original(args[0]) : deferred_original(args[0])));
    PyObject *type = PyObject_Vectorcall((PyObject *)&PyType_Type, args, (size_t)count, keywords);
    struct sandbox *sandbox = type && count == 3 ? gate_current() : NULL;
    if (sandbox && PyType_Check(type) && !classes_remember(sandbox, (PyTypeObject *)type))
        Py_CLEAR(type);
    return type;
}

/* ---- names in strings ---- */

/* The arguments with exact str for names, at `first` and up to `end`: they say the same each time
 * that they are asked. Each part of a dotted one must be free. New reference. */
static PyObject *named_arguments(PyObject *args, Py_ssize_t first, Py_ssize_t end)
{
    AUTO_REF PyObject *dot = PyUnicode_FromString(".");
    AUTO_REF PyObject *list = dot ? PySequence_List(args) : NULL;

    for (Py_ssize_t i = first; list && i < end && i < PyList_GET_SIZE(list); i++) {
        if (!PyUnicode_Check(PyList_GET_ITEM(list, i)))
            continue; /* the TypeError is Python's own */
        PyObject *name = exact_name(PyList_GET_ITEM(list, i));
        AUTO_REF PyObject *parts =
            name && PyList_SetItem(list, i, name) == 0 ? PyUnicode_Split(name, dot, -1) : NULL;
        for (Py_ssize_t k = 0; parts && k < PyList_GET_SIZE(parts); k++)
            if (!name_is_free(PyList_GET_ITEM(parts, k)))
                return NULL;
        if (!parts)
            return NULL;
    }
    return list ? PyList_AsTuple(list) : NULL;
}

/* `self` is the class of operator that is stood in for. */
static PyObject *guarded_attrgetter(PyObject *self, PyObject *given, PyObject *keywords)
{
    AUTO_REF PyObject *args = named_arguments(given, 0, PyTuple_GET_SIZE(given));

    return args ? PyObject_Call(self, args, keywords) : NULL;
}

/* inspect's ways to read attributes: one, or a list of (name, value). Functions stay what they are
 * for inspect: calling them is judged. `self` is the function. */
static PyObject *guarded_members(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct sandbox *sandbox = gate_current();
    AUTO_REF PyObject *found = PyObject_Call(self, args, keywords);

    if (!found || !sandbox || !PyList_CheckExact(found) || !PyList_GET_SIZE(found) ||
        !PyTuple_CheckExact(PyList_GET_ITEM(found, 0)))
        return found && sandbox ? values_leave_container(sandbox, found) : Py_XNewRef(found);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(found); i++) {
        PyObject *pair = PyList_GET_ITEM(found, i); /* borrowed */
        if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2)
            continue;
        AUTO_REF PyObject *value = values_leave_container(sandbox, PyTuple_GET_ITEM(pair, 1));
        PyObject *leaving = value ? PyTuple_Pack(2, PyTuple_GET_ITEM(pair, 0), value) : NULL;
        if (!leaving || PyList_SetItem(found, i, leaving) < 0)
            return NULL;
    }
    return Py_NewRef(found);
}

/* methodcaller("__getattribute__", "a"): what a special method is given may be a name as well. */
static PyObject *guarded_methodcaller(PyObject *self, PyObject *given, PyObject *keywords)
{
    PyObject *name = PyTuple_GET_SIZE(given) ? PyTuple_GET_ITEM(given, 0) : NULL;
    bool special = name && PyUnicode_Check(name) && PyUnicode_GET_LENGTH(name) > 2 &&
                   PyUnicode_READ_CHAR(name, 1) == '_';
    AUTO_REF PyObject *args = named_arguments(given, 0, special ? PyTuple_GET_SIZE(given) : 1);

    return args ? PyObject_Call(self, args, keywords) : NULL;
}

/* str.format and str.format_map called through the class; `self` is the method. */
static PyObject *guarded_format(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *format = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL;
    const char *reason = format && PyUnicode_Check(format) ? reflect_in_format(format) : NULL;

    if (reason)
        return refusal_raise("reflect", "str.format", reason, NULL);
    return PyObject_Call(self, args, keywords);
}

/* functools.update_wrapper(wrapper, wrapped): `wrapper` is written to; `self` is the function. */
static PyObject *guarded_update_wrapper(PyObject *self, PyObject *args, PyObject *given)
{
    AUTO_REF PyObject *keywords = NULL;
    struct sandbox *sandbox = gate_current();
    PyObject *target =
        keywords_take(given, &keywords) ? keywords_argument(args, 0, keywords, "wrapper") : NULL;

    if (PyErr_Occurred() ||
        (sandbox && target && (PyFunction_Check(target) || PyType_Check(target)) &&
         !stores_check(sandbox, target)))
        return NULL;
    return PyObject_Call(self, args, keywords);
}

/* ---- slots: object.__setattr__(obj, name, value) and its like; `self` is the descriptor ---- */

static PyObject *guarded_slot_store(PyObject *self, PyObject *given, PyObject *keywords)
{
    struct sandbox *sandbox = gate_required();
    AUTO_REF PyObject *args = sandbox ? named_arguments(given, 1, 2) : NULL;

    if (!args || (PyTuple_GET_SIZE(args) && !stores_check(sandbox, PyTuple_GET_ITEM(args, 0))))
        return NULL;
    return PyObject_Call(self, args, keywords);
}

static PyObject *guarded_slot_read(PyObject *self, PyObject *given, PyObject *keywords)
{
    struct sandbox *sandbox = gate_required();
    AUTO_REF PyObject *args = sandbox ? named_arguments(given, 1, 2) : NULL;
    AUTO_REF PyObject *value = args ? PyObject_Call(self, args, keywords) : NULL;

    if (!value || PyTuple_GET_SIZE(args) < 2)
        return value ? values_leave(sandbox, value) : NULL;
    return values_attribute(sandbox, PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), value);
}

#define CALLABLE(function) ((PyCFunction)(void (*)(void))(function))
enum { WITH_KEYWORDS = METH_VARARGS | METH_KEYWORDS };

static PyMethodDef slot_store_method = {"__setattr__", CALLABLE(guarded_slot_store), WITH_KEYWORDS,
                                        NULL};
static PyMethodDef slot_read_method = {"__getattribute__", CALLABLE(guarded_slot_read),
                                       WITH_KEYWORDS, NULL};

static PyObject *slot_stand_in(PyObject *descriptor)
{
    PyObject *known = PyDict_GetItemWithError(slot_stand_ins, descriptor);
    PyObject *name = ((PyDescrObject *)descriptor)->d_name;
    bool store = PyUnicode_CompareWithASCIIString(name, "__setattr__") == 0 ||
                 PyUnicode_CompareWithASCIIString(name, "__delattr__") == 0;

    if (known || (!store && PyUnicode_CompareWithASCIIString(name, "__getattribute__") != 0))
        return known;
    AUTO_REF PyObject *made =
        PyCFunction_New(store ? &slot_store_method : &slot_read_method, descriptor);
    if (!made || PyDict_SetItem(slot_stand_ins, descriptor, made) < 0 || PySet_Add(own, made) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return PyDict_GetItemWithError(slot_stand_ins, descriptor);
}

/* ---- the table ---- */

static bool make_stand_ins(void);

static const struct {
    const char *module, *name; /* name: in the module, dotted for methods */
    PyCFunction function;
    int flags;
} table[] = {
    {"builtins", "getattr", CALLABLE(guarded_getattr), METH_FASTCALL},
    {"builtins", "setattr", CALLABLE(guarded_setattr), METH_FASTCALL},
    {"builtins", "delattr", CALLABLE(guarded_delattr), METH_FASTCALL},
    {"builtins", "vars", CALLABLE(guarded_vars), METH_FASTCALL},
    {"builtins", "eval", CALLABLE(dynamic_eval), WITH_KEYWORDS},
    {"builtins", "exec", CALLABLE(dynamic_exec), WITH_KEYWORDS},
    {"builtins", "compile", CALLABLE(dynamic_compile), WITH_KEYWORDS},
    {"builtins", "breakpoint", CALLABLE(dynamic_breakpoint), WITH_KEYWORDS},
    {"builtins", "type", CALLABLE(guarded_type), METH_FASTCALL | METH_KEYWORDS},
    {"builtins", "str.format", CALLABLE(guarded_format), WITH_KEYWORDS},
    {"builtins", "str.format_map", CALLABLE(guarded_format), WITH_KEYWORDS},
    {"functools", "update_wrapper", CALLABLE(guarded_update_wrapper), WITH_KEYWORDS},
    {"importlib", "reload", CALLABLE(registering_reload), WITH_KEYWORDS},
    {"copyreg", "pickle", CALLABLE(registering_pickle), WITH_KEYWORDS},
    {"_codecs", "register_error", CALLABLE(registering_error), WITH_KEYWORDS},
    {"_codecs", "register", CALLABLE(registering_codec), WITH_KEYWORDS},
    {"_codecs", "unregister", CALLABLE(registering_no_codec), WITH_KEYWORDS},
    {"marshal", "loads", CALLABLE(unmarshal_loads), WITH_KEYWORDS},
    {"_operator", "attrgetter", CALLABLE(guarded_attrgetter), WITH_KEYWORDS},
    {"inspect", "getattr_static", CALLABLE(guarded_members), WITH_KEYWORDS},
    {"inspect", "getmembers", CALLABLE(guarded_members), WITH_KEYWORDS},
    {"inspect", "getmembers_static", CALLABLE(guarded_members), WITH_KEYWORDS},
    {"sys", "_getframe", views_current_frame, METH_VARARGS},
    {"inspect", "currentframe", views_current_frame, METH_VARARGS},
    {"inspect", "stack", CALLABLE(views_stack), WITH_KEYWORDS},
    {"inspect", "trace", CALLABLE(views_stack), WITH_KEYWORDS},
    {"inspect", "getinnerframes", CALLABLE(views_infos), WITH_KEYWORDS},
    {"traceback", "walk_tb", views_walk_tb, METH_O},
    {"traceback", "walk_stack", views_walk_stack, METH_O},
    {"_operator", "methodcaller", CALLABLE(guarded_methodcaller), WITH_KEYWORDS},
};
static PyMethodDef made_methods[sizeof table / sizeof *table]; /* ml_name NULL: not made yet */

/* ---- libraries that run text, or name objects in text ---- */

/* They look the name up in their own namespace first: there it is one that asks as ours does when a
 * sandbox is on the stack, and does what the builtin does when none is. Cells do not get hold of
 * it. Which they are is told by the packs' `covers`. */

/* A function that the library itself has just made, with a function inside it: setattr() dresses it
 * up. */
static bool is_made_by(PyObject *object, PyObject *globals)
{
    const char *name = PyFunction_Check(object)
                           ? PyUnicode_AsUTF8(((PyFunctionObject *)object)->func_qualname)
                           : NULL;

    PyErr_Clear();
    return name && strstr(name, "<locals>") && PyFunction_GET_GLOBALS(object) == globals;
}

/* Does a library compile a file of an installed package for another library (bokeh's templates)?
 * Neither is a cell's. */
static bool is_librarys_file(PyObject *args)
{
    const char *file = PyTuple_GET_SIZE(args) > 1 ? text_of(PyTuple_GET_ITEM(args, 1)) : NULL;
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());
    const char *compiles = frame_module((PyFrameObject *)frame), *asks = compiles;

    if (!file || !compiles ||
        !(strstr(file, "/site-packages/") || strstr(file, "/dist-packages/")) ||
        access(file, R_OK) < 0)
        return false;
    size_t top = strcspn(compiles, ".");
    /* a template that includes another runs in a namespace without a name */
    while (frame && (asks ? strncmp(asks, compiles, top) == 0 && strcspn(asks, ".") == top
                          : !frame_sandbox((PyFrameObject *)frame))) {
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
        asks = frame_module((PyFrameObject *)frame);
    }
    PyObject *module =
        frame && asks && !frame_sandbox((PyFrameObject *)frame) ? loaded_module(asks) : NULL;
    return module && loaded_is_installed(module) && !loaded_is_standard(module);
}

/* A library sets what is on a class of another, mock.patch.object(HTTPAdapter, ...), or in a
 * module: the store itself is judged (patch/attributes.c). */
static bool is_librarys_store(PyObject *args)
{
    PyObject *object = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 0) : NULL;

    return object &&
           ((PyModule_Check(object) && object != loaded_module("sys")) ||
            (PyType_Check(object) && !classes_sandbox((PyTypeObject *)object))) &&
           frame_library(PyEval_GetFrame());
}

/* `both`: (the builtin, ours). */
static PyObject *call_covered(PyObject *both, PyObject *args, PyObject *keywords)
{
    int mocked = mocks_patch_builtin(gate_current(), args);
    if (mocked)
        return mocked < 0 ? NULL : Py_NewRef(Py_None);
    bool own_function =
        PyTuple_GET_SIZE(args) == 3 && is_made_by(PyTuple_GET_ITEM(args, 0), PyEval_GetGlobals());

    bool guarded =
        gate_current() && !own_function && !is_librarys_file(args) && !is_librarys_store(args);

    return PyObject_Call(PyTuple_GET_ITEM(both, guarded), args, keywords);
}

static PyMethodDef covered_method = {"covered", CALLABLE(call_covered), WITH_KEYWORDS, NULL};

static bool cover(const char *module_name, const char *name)
{
    AUTO_REF PyObject *key = PyUnicode_FromString(module_name);
    PyObject *module = key ? PyDict_GetItemWithError(PyImport_GetModuleDict(), key) : NULL;

    if (!module || !PyModule_Check(module) || PyDict_GetItemString(PyModule_GetDict(module), name))
        return key != NULL;
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");
    AUTO_REF PyObject *original = builtins ? PyObject_GetAttrString(builtins, name) : NULL;
    PyObject *stand_in = original ? PyDict_GetItemWithError(stand_ins, original) : NULL;
    AUTO_REF PyObject *both = stand_in ? PyTuple_Pack(2, original, stand_in) : NULL;
    AUTO_REF PyObject *covering = both ? PyCFunction_New(&covered_method, both) : NULL;
    return covering && PyDict_SetItemString(PyModule_GetDict(module), name, covering) == 0;
}

static bool cover_libraries(void)
{
    bool covered = make_stand_ins();

    EACH_FACT (FACT_COVERS, row)
        covered = covered && cover(row->module, row->name);
    return covered;
}

PyObject *builtins_stand_in(PyObject *callable)
{
    if (PyCFunction_Check(callable) && PyCFunction_GET_SELF(callable) &&
        !PyModule_Check(PyCFunction_GET_SELF(callable)))
        return NULL;
    if (Py_IS_TYPE(callable, &PyWrapperDescr_Type))
        return slot_stand_in(callable);
    if (!PyCFunction_Check(callable) && !Py_IS_TYPE(callable, &PyMethodDescr_Type) &&
        !Py_IS_TYPE(callable, &PyType_Type) && !PyFunction_Check(callable))
        return NULL;
    PyObject *found = PyDict_GetItemWithError(stand_ins, callable);

    PyErr_Clear();
    return found;
}

bool builtins_is_stand_in(PyObject *callable)
{
    return PyCFunction_Check(callable) && PySet_Contains(own, callable) == 1;
}

/* Follow "str.format" in a module. New reference. */
static PyObject *find_member(PyObject *module, const char *dotted)
{
    const char *dot = strchr(dotted, '.');
    AUTO_REF PyObject *first =
        dot ? PyUnicode_FromStringAndSize(dotted, dot - dotted) : PyUnicode_FromString(dotted);
    AUTO_REF PyObject *member = first ? PyObject_GetAttr(module, first) : NULL;

    return member && dot ? PyObject_GetAttrString(member, dot + 1) : Py_XNewRef(member);
}

bool builtins_init(void)
{
    if (stand_ins)
        return true;
    dict_name = PyUnicode_InternFromString("__dict__");
    own = PySet_New(NULL);
    stand_ins = PyDict_New();
    slot_stand_ins = PyDict_New();
    AUTO_REF PyObject *operators = PyImport_ImportModule("_operator");
    if (!dict_name || !own || !stand_ins || !slot_stand_ins || !operators || !views_init())
        return false;
    libraries_watch(cover_libraries);
    return make_stand_ins();
}

/* Stand-ins for the rows whose module is loaded (functools comes later) and that have none yet. */
static bool make_stand_ins(void)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_REF PyObject *key = PyUnicode_FromString(table[i].module);
        if (!key || made_methods[i].ml_name ||
            !PyDict_GetItemWithError(PyImport_GetModuleDict(), key))
            continue;
        AUTO_REF PyObject *module = PyImport_ImportModule(table[i].module);
        AUTO_REF PyObject *original = module ? find_member(module, table[i].name) : NULL;
        AUTO_REF PyObject *name = PyUnicode_FromString(table[i].module);
        const char *dot = strchr(table[i].name, '.');
        made_methods[i] =
            (PyMethodDef){dot ? dot + 1 : table[i].name, table[i].function, table[i].flags, NULL};
        /* Bound to what it stands in for; its module is the builtin's, so that it pickles and
         * prints alike. */
        AUTO_REF PyObject *made =
            original && name ? PyCFunction_NewEx(&made_methods[i], original, name) : NULL;
        if (!made || PyDict_SetItem(stand_ins, original, made) < 0 || PySet_Add(own, made) < 0) {
            made_methods[i].ml_name = NULL;
            return false;
        }
    }
    return !PyErr_Occurred();
}
