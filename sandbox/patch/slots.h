/* slots: every place of CPython, or of a library's types, where a function of ours stands instead
 * of the one that was there. A place is a row of a table; one engine finds it, writes to it, and
 * knows what was there before. */
#ifndef SAFEPYRUN_SLOTS_H
#define SAFEPYRUN_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/reference.h"

#define ANY(function) ((void (*)(void))(function))

enum slot_kind {
    SLOT_METHOD, /* a function of a module, or a method, that is written in C */
    SLOT_TYPE,   /* what the type does (tp_new, tp_call), called by its name (`__init__`) or not */
    SLOT_CALLED, /* how the type's slot is called by its name; of all types */
    SLOT_SETTER, /* what a store to an attribute written in C does */
};

/* How C is called differs between versions; for other kinds than METHOD only the first counts. */
enum slot_call {
    CALL_ONE,
    CALL_TUPLE,
    CALL_NAMED,
    CALL_FAST,
    CALL_FAST_NAMED,
    CALL_OF_CLASS,
    CALLS
};

struct slot {
    PyTypeObject *of;          /* whose it is; NULL: the type of that name, or, without one, */
    const char *module, *type; /* the module */
    const char *member; /* METHOD, SETTER, CALLED: its name; of the others, what to call it */
    enum slot_kind kind;
    bool optional;     /* called in a way that there is no function of ours for: left as it is */
    size_t within, at; /* TYPE: offset of the slot in the type (within 0), or in the
                          structure that the type's pointer at `within` leads to */
    void (*ours[CALLS])(void);
    void *plain; /* pointer to where the function that was there is kept */
};
/* What most rows say: a function of a module; what a type of a module does; what one of ours to
 * point to does. */
#define SLOT_OF_MODULE(in, name, call, function, kept)                                             \
    {                                                                                              \
        .module = (in), .member = (name), .ours[call] = ANY(function), .plain = &(kept)            \
    }
#define SLOT_OF_TYPE(in, name, does, field, function, kept)                                        \
    {                                                                                              \
        .module = (in), .type = (name), .member = (does), .kind = SLOT_TYPE,                       \
        .at = offsetof(PyTypeObject, field), .ours = {ANY(function)}, .plain = &(kept)             \
    }
#define SLOT_OF_OWN(whose, does, field, function, kept)                                            \
    {                                                                                              \
        .of = (whose), .member = (does), .kind = SLOT_TYPE, .at = offsetof(PyTypeObject, field),   \
        .ours = {ANY(function)}, .plain = &(kept)                                                  \
    }

/* Those of `module`; NULL: each row's own, which is imported. Once per process; a second time
 * changes nothing. False with an exception. */
bool slots_take_in(PyObject *module, const struct slot *rows, size_t count);
#define SLOTS_TAKE_IN(module, rows) slots_take_in(module, rows, sizeof(rows) / sizeof *(rows))
#define SLOTS_TAKE(rows) SLOTS_TAKE_IN(NULL, rows)
/* One row, of that owner. */
bool slots_take_of(PyObject *owner, const struct slot *row);

struct slot_place {
    void *at, *ours;
};
/* `*at` becomes `ours`: of all these places in an object, which is kept alive from now on, or of
 * none (without memory). */
bool slots_write(PyObject *owner, const char *member, const struct slot_place *places,
                 size_t count);
/* `value` becomes the entry of a class's own namespace. */
bool slots_put(PyTypeObject *type, const char *name, PyObject *value);

/* ---- for tests ---- */

size_t slots_count(void);
/* What has been written over since; NULL: nothing. */
const char *slots_lost(void);
/* Everything as it was, the last first. */
void slots_take_back(void);

#endif
