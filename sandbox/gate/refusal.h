/* refusal: Denied, the one way in which the sandbox says no. */
#ifndef SAFEPYRUN_REFUSAL_H
#define SAFEPYRUN_REFUSAL_H

#include "base/reference.h"

/* The exception type `Denied` (a PermissionError with .callable, .kind, .reason, .remedy),
 * borrowed. */
PyObject *refusal_type(void);
/* Always returns NULL with Denied set. kind: "call", "write", "effect", "store", "reflect",
 * "import". `rule` is where the rule stands that refuses, "sandbox/gate/judge.c:120" or
 * "policies/stdlib.toml: os.fork". */
PyObject *refusal_raise_by(const char *rule, const char *kind, const char *callable,
                           const char *reason, const char *remedy);
#define REFUSAL_TEXT(line) #line
#define REFUSAL_PLACE(file, line) file ":" REFUSAL_TEXT(line)
#define REFUSAL_HERE REFUSAL_PLACE(__FILE__, __LINE__)
/* By the rule that stands here. */
#define refusal_raise(kind, callable, reason, remedy)                                              \
    refusal_raise_by(REFUSAL_HERE, kind, callable, reason, remedy)
/* Hears of every refusal (the audit log). Called with the GIL; must not raise. */
typedef void (*refusal_listener_fn)(void *context, const char *kind, const char *callable,
                                    const char *reason, const char *rule);
void refusal_listen(refusal_listener_fn listener, void *context);
/* While held on this thread, refusals are not told: they may be permitted yet. Returns what was. */
bool refusal_hold(bool held);
/* Call with an exception set: tell it, if it is a refusal. */
void refusal_tell(void);
/* Call with Denied set: `folder` is what a person would permit (.destination). */
void refusal_set_destination(const char *folder);
/* Denied for code that was not run: `violations` is a list of (lineno, col_offset, name, reason),
 * not empty. Always NULL. */
PyObject *refusal_raise_violations(PyObject *violations);

#endif
