/* embedded: what the tests of the sandbox's modules share: a Python with one sandbox in it, and
 * allocators that count and fail. One program has one Python; `embedded_start` is a group's
 * setup. */
#ifndef SAFEPYRUN_TESTS_EMBEDDED_H
#define SAFEPYRUN_TESTS_EMBEDDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/guards/guards.h"
#include "sandbox/sandbox.h"

static PyObject *host_names;    /* what host code is run in */
static struct sandbox *sandbox; /* cells run in its globals, which are `cell_names` */
static PyObject *cell_names;

/* ---- allocators ---- */

/* Of PYMEM_DOMAIN_MEM and PYMEM_DOMAIN_OBJ; what the C library gives is not seen. */
static struct {
    PyMemAllocatorEx original[2];
    long live;   /* blocks that are allocated and not freed */
    long until;  /* so many allocations succeed before one fails; -1: none fails */
    bool once;   /* the next succeeds again */
    long failed; /* how many have */
} memory = {.until = -1};

static inline bool memory_fails(void)
{
    if (memory.until < 0 || memory.until-- > 0)
        return false;
    memory.until = memory.once ? -1 : 0;
    memory.failed++;
    return true;
}

static inline void *memory_malloc(void *context, size_t size)
{
    PyMemAllocatorEx *original = context;
    void *block = memory_fails() ? NULL : original->malloc(original->ctx, size);

    memory.live += block != NULL;
    return block;
}

static inline void *memory_calloc(void *context, size_t count, size_t size)
{
    PyMemAllocatorEx *original = context;
    void *block = memory_fails() ? NULL : original->calloc(original->ctx, count, size);

    memory.live += block != NULL;
    return block;
}

static inline void *memory_realloc(void *context, void *old, size_t size)
{
    PyMemAllocatorEx *original = context;
    void *block = memory_fails() ? NULL : original->realloc(original->ctx, old, size);

    memory.live += block && !old;
    return block;
}

static inline void memory_free(void *context, void *block)
{
    PyMemAllocatorEx *original = context;

    memory.live -= block != NULL;
    original->free(original->ctx, block);
}

static inline void memory_watch(void)
{
    static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

    for (size_t i = 0; i < 2; i++) {
        PyMem_GetAllocator(domains[i], &memory.original[i]);
        PyMemAllocatorEx ours = {&memory.original[i], memory_malloc, memory_calloc, memory_realloc,
                                 memory_free};
        PyMem_SetAllocator(domains[i], &ours);
    }
}

/* ---- running ---- */

/* Runs host code, which must succeed. */
static inline void host_run(const char *source)
{
    PyObject *done = PyRun_String(source, Py_file_input, host_names, host_names);

    if (!done) {
        PyErr_Print();
        fail_msg("host code failed: %s", source);
    }
    Py_XDECREF(done);
}

/* The value of a host expression; new reference. */
static inline PyObject *host_value(const char *expression)
{
    PyObject *value = PyRun_String(expression, Py_eval_input, host_names, host_names);

    if (!value) {
        PyErr_Print();
        fail_msg("host code failed: %s", expression);
    }
    return value;
}

static inline bool host_holds(const char *expression)
{
    PyObject *value = host_value(expression);
    bool holds = PyObject_IsTrue(value) == 1;

    Py_DECREF(value);
    return holds;
}

/* Runs a cell: the value of its last expression or None, new reference; NULL with its exception. */
static inline PyObject *cell_run(const char *source)
{
    AUTO_REF PyObject *text = PyUnicode_FromString(source);
    AUTO_REF PyObject *filename = PyUnicode_FromString("<cell>");
    struct sandbox_code code;

    if (!text || !filename ||
        !compile_source(sandbox, text, filename, Py_file_input, SANDBOX_RESULT, &code))
        return NULL;
    AUTO_REF PyObject *owned = code.code;
    AUTO_REF PyObject *box = code.result;
    AUTO_REF PyObject *done = PyEval_EvalCode(owned, cell_names, cell_names);
    PyObject *value = done && box ? box_take(box) : NULL;
    return !done || value ? value : Py_NewRef(Py_None);
}

/* "Type: what it says" of the exception that is set, which is cleared; "" when none is. */
static inline const char *error_text(void)
{
    static char text[400];
    PyObject *type, *error, *traceback;

    text[0] = 0;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (type) {
        AUTO_REF PyObject *said = PyObject_Str(error);
        const char *utf8 = said ? PyUnicode_AsUTF8(said) : NULL;
        snprintf(text, sizeof text, "%s: %s", ((PyTypeObject *)type)->tp_name, utf8 ? utf8 : "?");
    }
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    return text;
}

/* An exception of `type` (borrowed) is set; it is cleared. */
#define assert_raised(type)                                                                        \
    do {                                                                                           \
        PyObject *wanted_ = (type);                                                                \
        bool matches_ = PyErr_Occurred() && PyErr_ExceptionMatches(wanted_);                       \
        const char *text_ = error_text();                                                          \
        if (!matches_)                                                                             \
            fail_msg("raised \"%s\", not %s", text_, ((PyTypeObject *)wanted_)->tp_name);          \
    } while (0)
#define assert_denied() assert_raised(refusal_type())
#define assert_no_error()                                                                          \
    do {                                                                                           \
        const char *text_ = error_text();                                                          \
        if (*text_)                                                                                \
            fail_msg("raised \"%s\"", text_);                                                      \
    } while (0)

/* The cell's value is True. */
#define assert_cell(source)                                                                        \
    do {                                                                                           \
        PyObject *value_ = cell_run(source);                                                       \
        if (value_ != Py_True)                                                                     \
            fail_msg("%s: %s", source, value_ ? "not True" : error_text());                        \
        Py_DECREF(value_);                                                                         \
    } while (0)

/* ---- over and over ---- */

/* Blocks that live, but for those that only the interpreter's cache of attribute names keeps. */
static inline long memory_kept(void)
{
    PyGC_Collect();
    PyType_ClearCache();
    return memory.live;
}

/* What is done a thousand times keeps no memory. Caches may fill: the first rounds do not count. */
static inline void assert_keeps_nothing(void (*once)(void))
{
    enum { WARM = 20, ROUNDS = 1000, SLACK = 8 };

    for (int i = 0; i < WARM; i++)
        once();
    long before = memory_kept();
    for (int i = 0; i < ROUNDS; i++)
        once();
    long kept = memory_kept() - before;
    if (kept > SLACK)
        fail_msg("%d rounds keep %ld blocks", ROUNDS, kept);
}

enum outcome { PASSES, REFUSED };

/* Tries it with each of its allocations failing, alone and with all that follow, until none is left
 * to fail. It must give a value and no exception, or NULL with one; what is REFUSED never gives a
 * value. Afterwards it is as it was before. */
static inline void assert_survives(const char *what, PyObject *(*attempt)(PyObject *),
                                   PyObject *context, enum outcome wanted)
{
    enum { MOST = 3000 };

    for (int once = 0; once < 2; once++)
        for (long at = 0; at < MOST; at++) {
            long failed = memory.failed;
            memory.once = once;
            memory.until = at;
            PyObject *value = attempt(context);
            memory.until = -1;
            if (!value == !PyErr_Occurred())
                fail_msg("%s, allocation %ld: %s", what, at,
                         value ? "a value and an exception" : "neither value nor exception");
            if (value && wanted == REFUSED)
                fail_msg("%s, allocation %ld: passes", what, at);
            Py_XDECREF(value);
            PyErr_Clear();
            if (memory.failed == failed)
                break;
        }
    PyObject *value = attempt(context);
    if (!value != (wanted == REFUSED))
        fail_msg("%s: %s afterwards: %s", what, value ? "passes" : "refused", error_text());
    Py_XDECREF(value);
    PyErr_Clear();
}

/* ---- the group ---- */

/* Host code stays free (the open mode): only what cells do is judged. */
static inline int embedded_start(void **state)
{
    (void)state;
    Py_InitializeEx(0);
    memory_watch();
    host_names = PyModule_GetDict(PyImport_AddModule("__main__"));
    cell_names = PyDict_New();
    PyObject *name = PyUnicode_FromString("cells");
    if (!cell_names || !name || PyDict_SetItemString(cell_names, "__name__", name) < 0)
        return -1;
    Py_DECREF(name);
    if (!sandbox_install(SANDBOX_OPEN) || !(sandbox = sandbox_new(cell_names, true))) {
        PyErr_Print();
        return -1;
    }
    return 0;
}

#endif
