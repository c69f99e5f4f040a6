/* owners: whose is it? A sandbox's, a library's, the interpreter's: code, classes, modules and what
 * they keep. What the rooms above may use of this one. */
#ifndef SAFEPYRUN_OWNERS_H
#define SAFEPYRUN_OWNERS_H

#include "sandbox/owners/classes.h"
#include "sandbox/owners/code.h"
#include "sandbox/owners/frame.h"
#include "sandbox/owners/installed.h"
#include "sandbox/owners/libraries.h"
#include "sandbox/owners/loaded.h"
#include "sandbox/owners/others.h"
#include "sandbox/owners/registries.h"
#include "sandbox/owners/shared.h"
#include "sandbox/owners/verdict.h"

/* One namespace that cells run in. sandbox.c makes it and lets it go. */
struct sandbox {
    PyObject *globals;  /* owned */
    PyObject *ok_dests; /* owned list of str, or NULL */
    PyObject *ok_hosts; /* owned, or NULL: see gate/hosts.c */
    bool persistent;
    uint64_t run;    /* number of the current compile run, of no other sandbox; with `persistent`
                        always the same */
    PyObject *token; /* owned: what guarded code objects and guard objects point back to */
    int future_flags;
    int optimize; /* of the compile() that runs; -1: as the interpreter was started */
    PyObject
        *guards; /* owned dict: what a placeholder names ("T", "M:append") -> its guard object */
    PyObject *given;          /* owned list: containers that the host gave it by name (shared.c) */
    PyObject *classes_before; /* owned set of addresses, or NULL: classes in `globals` when the run
                                 began */
    struct hooks *hooks;      /* owned, or NULL: what the host program wants to hear (hooks.c) */
};

#endif
