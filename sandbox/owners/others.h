/* others: what is not a sandbox's to change: what the interpreter and the import system work with,
 * the namespaces of modules, what modules and classes keep. */
#ifndef SAFEPYRUN_OTHERS_H
#define SAFEPYRUN_OTHERS_H

#include "sandbox/owners/libraries.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox;

/* Does it belong to the interpreter, or to a module other than the sandbox's own? */
bool others_has_exactly(const struct sandbox *sandbox, PyObject *object);

/* Which addresses such objects have, as bits: most others are told from them by one look. Made
 * again when modules came or went. */
struct others {
    uint64_t made_for; /* libraries_version */
    uint64_t bits[2048];
};
extern struct others others;

static inline unsigned others_bit(const PyObject *object)
{
    return (unsigned)(((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 47);
}

static inline bool others_are_known(void) /* no module came since */
{
    return others.made_for == libraries_version();
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

/* A dict or list of the interpreter's that decides what others do (sys.modules, ...). */
bool others_is_protected(PyObject *object);
/* The namespace of a module other than the sandbox's own? Writing there overwrites what others
 * use. */
bool others_is_namespace(const struct sandbox *sandbox, PyObject *object);
void others_forget(void); /* something has become the sandbox's own: all is looked at anew */
void others_renew(void);  /* before a cell runs: what modules keep is looked at when modules came */
bool others_init(void);   /* once per process */

#endif
