/* hooks: what the host program hears of a sandbox: each call that its code makes, and each refusal
 * before it is raised. Without hooks nothing of this is on the way of a call. */
#ifndef SAFEPYRUN_HOOKS_H
#define SAFEPYRUN_HOOKS_H

#include <stdbool.h>

#include "base/reference.h"

struct hooks;
struct sandbox;

/* What the host hears of the sandbox's code; None or NULL: nothing. `data` is handed to both.
 * on_call(caller, callee, fn, code, off, data): before each call; False or sys.monitoring.DISABLE:
 * no more of that place. before_deny(event, args, frame, msg, data): before a refusal is raised;
 * true lets it pass this once. */
bool hooks_set(struct sandbox *self, PyObject *on_call, PyObject *before_deny, PyObject *data);

void hooks_destroy(struct hooks **self);
int hooks_traverse(const struct hooks *self, visitproc visit, void *arg);
/* Are calls told? Then guards are made that tell them. */
bool hooks_watch_calls(const struct sandbox *sandbox);
bool hooks_ask_first(const struct sandbox *sandbox); /* is there a before_deny, or a person? */
/* `callable` passed the guard and is about to be called by the code of the current frame. False
 * with the exception that on_call raised. */
bool hooks_tell_call(struct sandbox *sandbox, PyObject *callable);
/* A new run: places that on_call wanted to hear no more of are told again. */
void hooks_new_run(struct sandbox *sandbox);
/* Call with an exception set. Was it a PermissionError, and does before_deny let it pass? Then
 * true, and the exception is gone. Otherwise false, with that exception or the one that the hook
 * raised. `arguments` a tuple, borrowed. */
bool hooks_let_pass(struct sandbox *sandbox, const char *event, PyObject *arguments);

#endif
