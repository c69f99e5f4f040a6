/* changes: the methods and operators by which containers are changed ask whose they are, however
 * they were come by: fetched by operator.attrgetter, named in pickled data, kept in a variable,
 * bound by a library, or called by a statement: `x += [1]` changes what the name x stands for. What
 * other statements and method calls of cells change was judged on the way. */
#include "base/interpreter.h"
#include "sandbox/patch/containers.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/slots.h"

/* ---- methods ---- */

typedef PyObject *(*fast_named_fn)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);

/* One for each way in which CPython calls a method: which one it is differs between versions. */
#define WATCHED(in, of, name)                                                                      \
    static PyCFunction plain_##of##_##name;                                                        \
    static PyObject *of##_##name##_one(PyObject *self, PyObject *argument)                         \
    {                                                                                              \
        return containers_may_change(self) ? plain_##of##_##name(self, argument) : NULL;           \
    }                                                                                              \
    static PyObject *of##_##name##_named(PyObject *self, PyObject *arguments, PyObject *keywords)  \
    {                                                                                              \
        PyCFunctionWithKeywords plain = (PyCFunctionWithKeywords)ANY(plain_##of##_##name);         \
        return containers_may_change(self) ? plain(self, arguments, keywords) : NULL;              \
    }                                                                                              \
    static PyObject *of##_##name##_fast(PyObject *self, PyObject *const *items, Py_ssize_t count)  \
    {                                                                                              \
        interpreter_fast_fn plain = (interpreter_fast_fn)ANY(plain_##of##_##name);                 \
        return containers_may_change(self) ? plain(self, items, count) : NULL;                     \
    }                                                                                              \
    static PyObject *of##_##name##_fast_named(PyObject *self, PyObject *const *items,              \
                                              Py_ssize_t count, PyObject *names)                   \
    {                                                                                              \
        fast_named_fn plain = (fast_named_fn)ANY(plain_##of##_##name);                             \
        return containers_may_change(self) ? plain(self, items, count, names) : NULL;              \
    }                                                                                              \
    static PyObject *of##_##name##_of_class(PyObject *self, PyTypeObject *class,                   \
                                            PyObject *const *items, size_t count, PyObject *names) \
    {                                                                                              \
        PyCMethod plain = (PyCMethod)ANY(plain_##of##_##name);                                     \
        return containers_may_change(self) ? plain(self, class, items, count, names) : NULL;       \
    }

/* clang-format off */
#define METHODS(row)                                                                               \
    row(builtins, dict, update) row(builtins, dict, setdefault) row(builtins, dict, pop)           \
    row(builtins, dict, popitem) row(builtins, dict, clear)                                        \
    row(builtins, list, append) row(builtins, list, extend) row(builtins, list, insert)            \
    row(builtins, list, remove) row(builtins, list, pop) row(builtins, list, clear)                \
    row(builtins, list, sort) row(builtins, list, reverse)                                         \
    row(builtins, set, add) row(builtins, set, update) row(builtins, set, discard)                 \
    row(builtins, set, remove) row(builtins, set, pop) row(builtins, set, clear)                   \
    row(builtins, set, difference_update) row(builtins, set, intersection_update)                  \
    row(builtins, set, symmetric_difference_update)                                                \
    row(builtins, bytearray, append) row(builtins, bytearray, extend)                              \
    row(builtins, bytearray, insert) row(builtins, bytearray, remove)                              \
    row(builtins, bytearray, pop) row(builtins, bytearray, clear)                                  \
    row(builtins, bytearray, reverse)                                                              \
    row(_collections, deque, append) row(_collections, deque, appendleft)                          \
    row(_collections, deque, extend) row(_collections, deque, extendleft)                          \
    row(_collections, deque, insert) row(_collections, deque, remove)                              \
    row(_collections, deque, pop) row(_collections, deque, popleft)                                \
    row(_collections, deque, clear) row(_collections, deque, reverse)                              \
    row(_collections, deque, rotate)                                                               \
    row(_collections, OrderedDict, update) row(_collections, OrderedDict, setdefault)              \
    row(_collections, OrderedDict, pop) row(_collections, OrderedDict, popitem)                    \
    row(_collections, OrderedDict, clear) row(_collections, OrderedDict, move_to_end)
#define ARRAY_METHODS(row)                                                                         \
    row(array, array, append) row(array, array, extend) row(array, array, insert)                  \
    row(array, array, remove) row(array, array, pop) row(array, array, reverse)                    \
    row(array, array, byteswap) row(array, array, frombytes) row(array, array, fromfile)           \
    row(array, array, fromlist) row(array, array, fromunicode)
/* Those of later versions of Python. */
#define LATER_METHODS(row) row(builtins, bytearray, resize) row(builtins, bytearray, take_bytes)
#define LATER_ARRAY_METHODS(row) row(array, array, clear)
/* clang-format on */
METHODS(WATCHED)
ARRAY_METHODS(WATCHED)
LATER_METHODS(WATCHED)
LATER_ARRAY_METHODS(WATCHED)

/* ---- functions that change what they are handed ---- */

static bool may_change_first(PyObject *const *items, Py_ssize_t count)
{
    return !count || containers_may_change(items[0]);
}

/* bisect's take the list by its name as well. */
static bool may_change_named(PyObject *const *items, Py_ssize_t count, PyObject *names)
{
    for (Py_ssize_t i = 0; !count && names && i < PyTuple_GET_SIZE(names); i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), "a") == 0)
            return containers_may_change(items[i]);
    return may_change_first(items, count);
}

#define HANDED(in, name)                                                                           \
    static PyCFunction plain_##in##_##name;                                                        \
    static PyObject *in##_##name##_one(PyObject *module, PyObject *item)                           \
    {                                                                                              \
        return containers_may_change(item) ? plain_##in##_##name(module, item) : NULL;             \
    }                                                                                              \
    static PyObject *in##_##name##_fast(PyObject *module, PyObject *const *items,                  \
                                        Py_ssize_t count)                                          \
    {                                                                                              \
        interpreter_fast_fn plain = (interpreter_fast_fn)ANY(plain_##in##_##name);                 \
        return may_change_first(items, count) ? plain(module, items, count) : NULL;                \
    }                                                                                              \
    static PyObject *in##_##name##_fast_named(PyObject *module, PyObject *const *items,            \
                                              Py_ssize_t count, PyObject *names)                   \
    {                                                                                              \
        fast_named_fn plain = (fast_named_fn)ANY(plain_##in##_##name);                             \
        return may_change_named(items, count, names) ? plain(module, items, count, names) : NULL;  \
    }

/* clang-format off */
#define COUNTING(row) row(_collections, _count_elements)
#define HEAPS(row)                                                                                 \
    row(_heapq, heappush) row(_heapq, heappop) row(_heapq, heapify) row(_heapq, heapreplace)       \
    row(_heapq, heappushpop)                                                                       \
    row(_heapq, _heappop_max) row(_heapq, _heapify_max) row(_heapq, _heapreplace_max)              \
    row(_heapq, heappush_max) row(_heapq, heappop_max) row(_heapq, heapify_max)                    \
    row(_heapq, heapreplace_max) row(_heapq, heappushpop_max)
#define BISECTS(row) row(_bisect, insort_left) row(_bisect, insort_right)
/* clang-format on */
COUNTING(HANDED)
HEAPS(HANDED)
BISECTS(HANDED)

/* ---- slots: what statements do, and methods such as `{}.__setitem__` ---- */

#define STORE(of)                                                                                  \
    static objobjargproc plain_##of##_store;                                                       \
    static int of##_store(PyObject *self, PyObject *key, PyObject *value)                          \
    {                                                                                              \
        return containers_may_change(self) ? plain_##of##_store(self, key, value) : -1;            \
    }
#define CHANGE(of, how)                                                                            \
    static binaryfunc plain_##of##_##how;                                                          \
    static PyObject *of##_##how(PyObject *self, PyObject *other)                                   \
    {                                                                                              \
        return containers_may_change(self) ? plain_##of##_##how(self, other) : NULL;               \
    }
#define REPEAT(of)                                                                                 \
    static ssizeargfunc plain_##of##_repeat;                                                       \
    static PyObject *of##_repeat(PyObject *self, Py_ssize_t times)                                 \
    {                                                                                              \
        return containers_may_change(self) ? plain_##of##_repeat(self, times) : NULL;              \
    }
#define CONCATENATE(of) CHANGE(of, add) REPEAT(of)
STORE(dict)
STORE(list)
STORE(bytearray)
STORE(array)
STORE(OrderedDict)
CHANGE(dict, or)
CHANGE(OrderedDict, or)
CHANGE(set, or)
CHANGE(set, and)
CHANGE(set, subtract)
CHANGE(set, xor)
CONCATENATE(list)
CONCATENATE(bytearray)
CONCATENATE(array)
CONCATENATE(deque)

static ssizeobjargproc plain_deque_store;

static int deque_store(PyObject *self, Py_ssize_t index, PyObject *value)
{
    return containers_may_change(self) ? plain_deque_store(self, index, value) : -1;
}

/* A look at bytes that are not the code's to change is for reading: memoryview(m.BUFFER)[0] = 1. */
static int give_buffer(PyObject *self, Py_buffer *view, int flags, getbufferproc plain)
{
    bool readonly = containers_may_be_kept(self) && containers_are_readonly(self);

    if (readonly && flags & PyBUF_WRITABLE) {
        view->obj = NULL;
        PyErr_SetString(PyExc_BufferError, "it is not yours to change");
        return -1;
    }
    int result = plain(self, view, flags);
    if (result == 0 && readonly)
        view->readonly = 1;
    return result;
}

#define BUFFER(of)                                                                                 \
    static getbufferproc plain_##of##_buffer;                                                      \
    static int of##_buffer(PyObject *self, Py_buffer *view, int flags)                             \
    {                                                                                              \
        return give_buffer(self, view, flags, plain_##of##_buffer);                                \
    }
BUFFER(bytearray)
BUFFER(array)

/* ---- others ---- */

static PyCFunction plain_missing;

/* To read an item that a defaultdict has not makes it: that is what it is for, whosesoever it is.
 */
static PyObject *missing(PyObject *self, PyObject *key)
{
    bool stores_plainly = containers_may_be_kept(self) &&
                          Py_TYPE(self)->tp_as_mapping->mp_ass_subscript == dict_store;
    AUTO_REF PyObject *factory =
        stores_plainly ? PyObject_GetAttrString(self, "default_factory") : NULL;

    if (!factory || factory == Py_None) {
        PyErr_Clear();
        return plain_missing(self, key);
    }
    AUTO_REF PyObject *value = PyObject_CallNoArgs(factory);
    return value && plain_dict_store(self, key, value) == 0 ? Py_NewRef(value) : NULL;
}

static wrapperfunc_kwds plain_called_init;

/* dict.__init__(m.REGISTRY, x=1) fills what is there. */
static PyObject *called_init(PyObject *self, PyObject *arguments, void *wrapped, PyObject *keywords)
{
    return containers_may_change(self) ? plain_called_init(self, arguments, wrapped, keywords)
                                       : NULL;
}

/* ---- rows ---- */

#define METHOD_ROW(in, of, name, later)                                                            \
    {.module = #in,                                                                                \
     .type = #of,                                                                                  \
     .member = #name,                                                                              \
     .optional = (later),                                                                          \
     .ours = {ANY(of##_##name##_one), ANY(of##_##name##_one), ANY(of##_##name##_named),            \
              ANY(of##_##name##_fast), ANY(of##_##name##_fast_named),                              \
              ANY(of##_##name##_of_class)},                                                        \
     .plain = &plain_##of##_##name},
#define METHOD(in, of, name) METHOD_ROW(in, of, name, false)
#define LATER_METHOD(in, of, name) METHOD_ROW(in, of, name, true)
#define FUNCTION(in, name)                                                                         \
    {.module = #in,                                                                                \
     .member = #name,                                                                              \
     .optional = true,                                                                             \
     .ours = {[CALL_ONE] = ANY(in##_##name##_one),                                                 \
              [CALL_FAST] = ANY(in##_##name##_fast),                                               \
              [CALL_FAST_NAMED] = ANY(in##_##name##_fast_named)},                                  \
     .plain = &plain_##in##_##name},
#define SLOT(in, whose, name, group, structure, slot, function)                                    \
    {                                                                                              \
        .module = #in, .type = #whose, .member = (name), .kind = SLOT_TYPE,                        \
        .within = offsetof(PyTypeObject, group), .at = offsetof(structure, slot),                  \
        .ours = {ANY(function)}, .plain = &plain_##function                                        \
    }
#define ITEMS(in, of)                                                                              \
    SLOT(in, of, "__setitem__", tp_as_mapping, PyMappingMethods, mp_ass_subscript, of##_store)
#define NUMBER(in, of, name, slot, function)                                                       \
    SLOT(in, of, name, tp_as_number, PyNumberMethods, slot, function)
#define SEQUENCE(in, of, name, slot, function)                                                     \
    SLOT(in, of, name, tp_as_sequence, PySequenceMethods, slot, function)
#define GROWS(in, of)                                                                              \
    SEQUENCE(in, of, "__iadd__", sq_inplace_concat, of##_add),                                     \
        SEQUENCE(in, of, "__imul__", sq_inplace_repeat, of##_repeat)
#define BYTES(in, of)                                                                              \
    SLOT(in, of, "__buffer__", tp_as_buffer, PyBufferProcs, bf_getbuffer, of##_buffer)
static const struct slot slots[] = {
    METHODS(METHOD) LATER_METHODS(LATER_METHOD) COUNTING(FUNCTION) /**/
    ITEMS(builtins, dict),
    ITEMS(builtins, list),
    ITEMS(builtins, bytearray),
    ITEMS(_collections, OrderedDict),
    SEQUENCE(_collections, deque, "__setitem__", sq_ass_item, deque_store),
    NUMBER(builtins, dict, "__ior__", nb_inplace_or, dict_or),
    NUMBER(_collections, OrderedDict, "__ior__", nb_inplace_or, OrderedDict_or),
    NUMBER(builtins, set, "__ior__", nb_inplace_or, set_or),
    NUMBER(builtins, set, "__iand__", nb_inplace_and, set_and),
    NUMBER(builtins, set, "__isub__", nb_inplace_subtract, set_subtract),
    NUMBER(builtins, set, "__ixor__", nb_inplace_xor, set_xor),
    GROWS(builtins, list),
    GROWS(builtins, bytearray),
    GROWS(_collections, deque),
    BYTES(builtins, bytearray),
    {.module = "_collections",
     .type = "defaultdict",
     .member = "__missing__",
     .ours = {[CALL_ONE] = ANY(missing)},
     .plain = &plain_missing},
    {.of = &PyBaseObject_Type,
     .member = "__init__",
     .kind = SLOT_CALLED,
     .ours = {ANY(called_init)},
     .plain = &plain_called_init},
};

static const struct slot array_slots[] = {
    ARRAY_METHODS(METHOD) LATER_ARRAY_METHODS(LATER_METHOD) /**/
    ITEMS(array, array),
    GROWS(array, array),
    BYTES(array, array),
};
static const struct slot heap_slots[] = {HEAPS(FUNCTION)};
static const struct slot bisect_slots[] = {BISECTS(FUNCTION)};

bool changes_init(void)
{
    return plain_dict_store || SLOTS_TAKE(slots);
}

static bool take_once(const char *name, const struct slot *rows, size_t count, bool *done)
{
    PyObject *module = *done ? NULL : loaded_module(name); /* borrowed */

    *done = *done || (module && slots_take_in(module, rows, count));
    return !module || *done;
}
#define TAKE_ONCE(name, rows, done) take_once(name, rows, sizeof(rows) / sizeof *(rows), done)

bool changes_cover_libraries(void)
{
    static bool arrays, heaps, bisects;

    return TAKE_ONCE("array", array_slots, &arrays) && TAKE_ONCE("_heapq", heap_slots, &heaps) &&
           TAKE_ONCE("_bisect", bisect_slots, &bisects);
}
