/* guard_object: what the files behind the guards share: guard.c (the objects), calls.c (G),
 * methods.c (M), stores.c (T, A, C, S, W), classes.c (B). */
#ifndef SAFEPYRUN_GUARD_OBJECT_H
#define SAFEPYRUN_GUARD_OBJECT_H

#include "base/interpreter.h"
#include "sandbox/guards/guard.h"

enum { METHOD_WAYS = 4, VERDICTS = 4096 };

struct guard {
    PyObject_HEAD enum guard_kind kind;
    struct sandbox *sandbox; /* borrowed: its guards dict holds us, the code holds its token */
    PyObject *name;          /* owned: of the method or attribute */
    bool mutates;            /* the method changes its receiver */
    bool formats;            /* str.format, str.format_map */
    bool begins;             /* __init__, __setstate__ */
    /* Types whose method of that name may be called as it is, by version tag. */
    struct {
        PyTypeObject *type;
        unsigned version;
        uint64_t epoch;
    } ways[METHOD_WAYS];
    unsigned next_way;
};

/* Callables that passed, by address: only objects that the allowlist keeps alive, and definitions
 * of methods, which nobody takes away (borrowed). */
struct verdict {
    const void *key;
    uint64_t epoch;
};
extern struct verdict guard_passed[VERDICTS];

static inline struct verdict *guard_verdict_slot(const void *key)
{
    return &guard_passed[((uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u >> 52];
}

static inline bool guard_has_passed(const void *key)
{
    const struct verdict *slot = guard_verdict_slot(key);

    return slot->key == key && slot->epoch == allowlist_epoch;
}

/* A class that passed, by version: a version is never given twice, so an address that is used again
 * does no harm. */
struct type_verdict {
    const PyTypeObject *type; /* borrowed: only compared */
    const struct sandbox *sandbox;
    uint64_t epoch;
    unsigned version, run;
};
enum { TYPE_VERDICTS = 1024 };

/* Its place in such a table; the one beside it (^ 1) is its second. */
static inline unsigned type_slot(const PyTypeObject *type)
{
    return (unsigned)(((uintptr_t)type >> 4) * 0x9E3779B97F4A7C15u >> 54);
}

static inline bool verdict_stands(const struct type_verdict *verdict, const struct sandbox *sandbox,
                                  const PyTypeObject *type)
{
    return verdict->type == type && verdict->version == type->tp_version_tag &&
           verdict->epoch == allowlist_epoch && verdict->sandbox == sandbox &&
           verdict->run == sandbox->run;
}

static inline bool guard_type_has_passed(const struct type_verdict *table,
                                         const struct sandbox *sandbox, const PyTypeObject *type)
{
    unsigned at = type_slot(type);

    return verdict_stands(&table[at], sandbox, type) ||
           verdict_stands(&table[at ^ 1], sandbox, type);
}

void guard_remember_type(struct type_verdict *table, const struct sandbox *sandbox,
                         PyTypeObject *type);

/* What each guard does with what it is subscripted by; all give a new reference. */
PyObject *calls_subscript(PyObject *self, PyObject *callable);
PyObject *methods_subscript(PyObject *self, PyObject *object);
PyObject *values_subscript(PyObject *self, PyObject *value);
PyObject *values_subscript_read(PyObject *self, PyObject *object);
PyObject *values_subscript_star(PyObject *self, PyObject *unused);
PyObject *values_subscript_capture(PyObject *self, PyObject *value);
PyObject *views_subscript(PyObject *self, PyObject *object);
PyObject *stores_subscript(PyObject *self, PyObject *object);

/* classes.c */
bool classes_init(void);
bool classes_remember(const struct sandbox *sandbox,
                      PyObject *type);    /* a class statement made it */
unsigned classes_run(PyTypeObject *type); /* the run it was born in, 0: not by a class statement */
/* May it be called as it is, as far as is remembered? */
bool calls_has_passed(const struct sandbox *sandbox, PyObject *callable);
/* calls.c, methods.c, stores.c */
bool calls_init(void);
bool methods_init(void);
bool stores_init(void);
bool sys_module_init(void);
bool sys_module_may_set(
    PyObject *object,
    PyObject *name); /* is it the module sys, and that of it which cells may set? */
/* Does it belong to the interpreter, or to a module other than the sandbox's own? */
bool others_has_exactly(const struct sandbox *sandbox, PyObject *object);

/* Which addresses such objects have, as bits: most others are told from them by one look. Made
 * again when modules came or went. */
struct others {
    PyObject *modules;   /* sys.modules, borrowed */
    Py_ssize_t made_for; /* how many there were */
    uint64_t bits[2048];
};
extern struct others others;

static inline unsigned others_bit(const PyObject *object)
{
    return (unsigned)(((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 47);
}

static inline bool others_are_known(void) /* no module came since */
{
    return others.made_for == PyDict_GET_SIZE(others.modules);
}

static inline bool others_marked(const PyObject *object)
{
    unsigned bit = others_bit(object);

    return others.bits[bit / 64] >> (bit % 64) & 1;
}

static inline bool others_may_have(const PyObject *object)
{
    return !others_are_known() || others_marked(object);
}

static inline bool others_has(const struct sandbox *sandbox, PyObject *object)
{
    return others_may_have(object) && others_has_exactly(sandbox, object);
}

PyTypeObject *guard_make_type(const char *name, int size, unsigned flags, PyType_Slot *slots);

#endif
