/* containers: whose a container is that is about to be changed, and who changes it. */
#include "sandbox/patch/containers.h"

#include <string.h>

#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/attributes.h"
#include "sandbox/patch/interpose.h"
#include "sandbox/patch/patch.h"

/* ---- whose it is, and who asks ---- */

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

/* Classes that keep their items in a dict or set, and functions that are handed what they change,
 * do it for whoever uses them. */
static bool changes_for_others(const char *module)
{
    static const char *const delegates[] = {"weakref",          "_weakrefset",     "collections",
                                            "_collections_abc", "collections.abc", "random"};

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

/* Only its address is like one that somebody keeps. */
static bool is_nobodys(PyObject *container)
{
    return others_are_known() && !PyDict_CheckExact(container) && !others_is_protected(container) &&
           !shared_has(container) && !registries_home(container);
}

/* What a module of the program's own keeps is nothing that the standard library could know as its
 * own: who has it change that is who decides. What is nobody's is not looked at any closer, while
 * something is imported least of all: modules would be looked at before they are whole. */
static bool does_as_told(PyFrameObject *frame, PyObject *container, const char *owner)
{
    if (owner || !shared_has(container))
        return attributes_does_as_told(frame, owner);
    AUTO_REF PyObject *at = Py_NewRef((PyObject *)frame);
    const char *module = frame_module(frame);
    while (at && module && !frame_sandbox((PyFrameObject *)at) && loaded_is_standard_name(module)) {
        Py_SETREF(at, (PyObject *)PyFrame_GetBack((PyFrameObject *)at));
        module = frame_module((PyFrameObject *)at);
    }
    return at != (PyObject *)frame && (!at || frame_sandbox((PyFrameObject *)at));
}

/* A thread that a cell began with the container's own method. */
static bool is_called_by_nobody(PyObject *container)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    return !frame && shared_is_special(container);
}

/* Which sandbox changes what may be a module's or a class's; NULL: the change is none of a
 * sandbox's. A cell's own frame is judged, and the standard library's, which does what it is told
 * (copy, pickle, functools); other libraries know what they change, in Python or in C. */
static struct sandbox *changing_sandbox(PyObject *container)
{
    if (is_nobodys(container))
        return NULL;
    const char *owner = owner_of(container);
    AUTO_REF PyObject *kept = changing_frame(owner);
    PyFrameObject *frame = (PyFrameObject *)kept;
    struct sandbox *sandbox = frame_sandbox(frame);

    if (frame ? !sandbox &&
                    (!does_as_told(frame, container, owner) || is_bookkeeping(frame, container))
              : !is_called_by_nobody(container))
        return NULL;
    if (!sandbox)
        sandbox = gate_judged();
    return sandbox && (others_has_exactly(sandbox, container) || shared_is_special(container))
               ? sandbox
               : NULL;
}

bool containers_ask(PyObject *container)
{
    struct sandbox *sandbox = changing_sandbox(container);

    return !sandbox || (!others_is_protected(container) && extension_at_work(NULL, 0)) ||
           stores_check(sandbox, container);
}

/* A compiled library asks for bytes that it keeps itself. */
static bool is_for_owner(PyObject *container)
{
    const char *owner = owner_of(container);
    char library[1024];

    return owner && extension_at_work(library, sizeof library) &&
           loaded_same_library(owner, library);
}

bool containers_are_readonly(PyObject *container)
{
    struct sandbox *sandbox = changing_sandbox(container);

    return sandbox && !stores_may_change(sandbox, container) && !is_for_owner(container);
}

/* ---- functions of Python's ---- */

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
    return !kept || !PyDict_Check(kept) || containers_ask(kept);
}

/* What the function changes: the argument at that place, or of that name. Its statements store into
 * plain lists without asking once they are warm, and other classes have only Python's methods to be
 * changed by, of which those that stand for an operator are never fetched by a name. */
struct changer {
    const char *module, *type, *name;
    Py_ssize_t position;
    const char *keyword; /* or NULL */
};
static const struct changer changers[] = {
    {"random", "Random", "shuffle", 1, "x"},
    {"collections", "ChainMap", "__ior__", 0, NULL},
    {"collections", "UserDict", "__ior__", 0, NULL},
    {"collections", "UserList", "__iadd__", 0, NULL},
    {"collections", "UserList", "__imul__", 0, NULL},
    {"weakref", "WeakKeyDictionary", "__ior__", 0, NULL},
    {"weakref", "WeakValueDictionary", "__ior__", 0, NULL},
    {"_weakrefset", "WeakSet", "__ior__", 0, NULL},
    {"_weakrefset", "WeakSet", "__iand__", 0, NULL},
    {"_weakrefset", "WeakSet", "__isub__", 0, NULL},
    {"_weakrefset", "WeakSet", "__ixor__", 0, NULL},
};

static bool check_changed(const void *row, PyObject *arguments, PyObject *keywords)
{
    const struct changer *changer = row;
    PyObject *changed = PyTuple_GET_SIZE(arguments) > changer->position
                            ? PyTuple_GET_ITEM(arguments, changer->position)
                        : changer->keyword ? PyDict_GetItemString(keywords, changer->keyword)
                                           : NULL; /* borrowed */

    return !changed || containers_may_change(changed);
}

bool containers_cover_libraries(void)
{
    static const char row;
    PyObject *property = loaded_function("functools", "cached_property", "__get__"); /* borrowed */

    if (property && !interpose_function(property, check_property, &row))
        return false;
    for (size_t i = 0; i < sizeof changers / sizeof *changers; i++) {
        const struct changer *changer = &changers[i];
        PyObject *function = loaded_function(changer->module, changer->type, changer->name);
        if (function && !interpose_function(function, check_changed, changer))
            return false;
    }
    return true;
}
