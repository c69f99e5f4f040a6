/* grants: what the user allowed on top of the packs, for the process. */
#ifndef SAFEPYRUN_GRANTS_H
#define SAFEPYRUN_GRANTS_H

#include "sandbox/list/allowlist.h"

/* Grants on top of the packs, process-wide. `target` is a dotted name (str), a callable, a type, a
 * module (whole module, gated) - borrowed. `policy` NULL, or a Python callable
 * (obj, args, kwargs, ok_dests) that raises PermissionError, borrowed. Raises LookupError with near
 * misses for unknown names; then nothing is granted. Moves the epoch. */
bool grants_allow(PyObject *target, enum grade grade, PyObject *policy);
bool grants_deny(PyObject *target); /* takes a grant back */
/* As grants_allow for a dotted name whose library may not be loaded yet: it holds once it is.
 * "a.b.*" and "a.b.**" are all names below a module or a class. */
bool grants_allow_later(const char *name, enum grade grade, PyObject *policy);
/* Was any callable trusted by a person, in this process? */
bool grants_trust_any(void);
PyObject *grants_list(void); /* new list of (name, grade name, source) */
/* The callable or module that `dotted` names; an installed library is imported for it. New
 * reference, NULL with LookupError that names near misses. */
PyObject *grants_find_target(const char *dotted);
/* Where a callable or a module stands now. */
struct grants_standing {
    char name[512];     /* what the library calls it */
    enum grade grade;   /* GRADE_UNKNOWN: nothing speaks of it */
    const char *source; /* the pack, "user", "sandbox"; NULL when unknown */
    const char *why;    /* of a denial, or NULL */
    bool native;        /* compiled code: its effects raise no audit event that can be relied on */
    bool born;          /* defined in a cell */
};
void grants_standing(PyObject *target, struct grants_standing *out);
/* Search packs and grants: new list of (name, grade name, pack name, policy text). */
PyObject *grants_search(const char *needle);
bool grants_allow_write_type(PyObject *type);

/* ---- for the allowlist ---- */

/* The grant for this very object, or NULL. */
const struct grant *grants_find(PyObject *object);
/* The grant of the longest allowed module that dotted `name` lies in, or NULL. */
const struct grant *grants_find_module(const char *name);
/* The grant of the class that dotted `name` is a member of, when a person trusts it, or NULL. */
const struct grant *grants_find_class(const char *name);
/* Is there a pack for the module, or did the user give it, or one that it lies in or that lies in
 * it, terms that hold for host code only: trust, or a policy of their own? */
bool grants_need_host_code(const char *module);
/* Take up what was allowed before its library was loaded. */
void grants_settle(void);
bool grants_type_writable(PyTypeObject *type);

#endif
