/* gate: what the files of L3 share. effects.c says what each event means, natives.c makes events of
 * natives that raise none, gate.c decides. */
#ifndef SAFEPYRUN_GATE_H
#define SAFEPYRUN_GATE_H

#include "dests.h"

enum effect_rule {
    RULE_DENY = 1,  /* refused unless trusted */
    RULE_NAME,      /* the names at `first`, `second` change: both must be destinations */
    RULE_CONTENT,   /* what `first` leads to changes */
    RULE_OPEN,      /* a destination when mode or flags write */
    RULE_NET,       /* permitted in a net scope */
    RULE_URL,       /* as NET; the method must read */
    RULE_ENVIRON,   /* by the name of the variable */
    RULE_DATABASE,  /* sqlite3.connect */
    RULE_NEAR,      /* refused only when sandbox code does it itself */
    RULE_ATTRIBUTE, /* object.__setattr__: code and defaults of foreign functions */
    RULE_MARSHAL,   /* the import system's */
    RULE_LIBRARY,   /* import of an extension module */
    RULE_EXEC,      /* sandbox code runs only guarded code */
    RULE_DESCRIPTOR, /* `first` is a descriptor that must be the sandbox's own */
};
struct effect {
    const char *event;
    unsigned char rule;          /* enum effect_rule */
    signed char first, second;   /* argument with a path; -1: none */
    signed char first_dir, second_dir; /* argument with a directory descriptor; -1: none */
};

/* The row of `event`, or NULL for what has no effect. No Python code, no allocation. */
const struct effect *effect_find(const char *event);
void effects_init(void);
/* Is this environment variable one that later programs obey? */
bool environ_is_dangerous(const char *name);

enum gate_verdict { GATE_PASS, GATE_JUDGE };
/* Who answers for what happens now on this thread. GATE_JUDGE: *who is the sandbox (never NULL). */
enum gate_verdict gate_verdict(struct sandbox **who, bool *net, bool *near);
/* As sandbox_trusted_enter, for connections only. */
void gate_net_enter(struct sandbox_scope *scope);
/* Judge `effect` with `args` (borrowed tuple). False with Denied set. */
bool gate_decide(const struct effect *effect, PyObject *args);
/* `function` as it runs in a new thread of the current sandbox; new reference. */
PyObject *gate_carry(PyObject *function);
/* Descriptors that were open when the gate closed belong to the host. */
bool gate_fd_is_foreign(int fd);

bool natives_init(void);
bool natives_patch_module(PyObject *module); /* known natives of this module, once */

#endif
