/* sandbox: what the worker, the extension module and the magics include of it, and nothing else.
 * CPython API only. The GIL is needed for every function here unless its comment says otherwise.
 *
 * Process-wide: the allowlist (packs + grants), the audit hook, the patched natives, the import
 * hooks. Per namespace (`struct sandbox`): ok_dests, the globals dict, the run number. How the
 * layers work: docs/sandbox.md. */
#ifndef SAFEPYRUN_SANDBOX_H
#define SAFEPYRUN_SANDBOX_H

#include "sandbox/compile/compile.h" /* source to guarded code, and the value of its last line */
#include "sandbox/gate/gate.h"     /* trusted scopes; refusals, destinations, what the host hears */
#include "sandbox/list/list.h"     /* grants, where a callable stands, near names */
#include "sandbox/owners/owners.h" /* whose code it is */
#include "sandbox/guest.h"         /* functions that came from elsewhere */
#include "sandbox/travel.h"        /* guarded code in pickles */

/* Once per process, before any sandbox: types, allowlist, audit hook, import hooks. May be called
 * again (same mode): does nothing. False with a Python exception set. */
bool sandbox_install(enum sandbox_mode mode);

/* `globals` (borrowed, kept alive by the sandbox) is the namespace that its code runs in.
 * `persistent` true (kernel): what earlier cells defined stays callable. False (RunPython): each
 * compile starts a new run; functions and classes of earlier runs need `allow`. NULL on error. */
struct sandbox *sandbox_new(PyObject *globals, bool persistent);
void sandbox_destroy(struct sandbox **self);

/* ok_dests: a list of str, "." and "~" kept as given and resolved at check time. NULL/None: no
 * writes. */
bool sandbox_set_ok_dests(struct sandbox *self, PyObject *dests);
PyObject *sandbox_ok_dests(struct sandbox *self); /* new list */

#endif
