/* gate: what the files of L3 share. effects.c says what each event means, natives.c makes events of
 * natives that raise none, gate.c decides. */
#ifndef SAFEPYRUN_GATE_H
#define SAFEPYRUN_GATE_H

#include "sandbox/gate/dests.h"
#include "base/reference.h"

enum effect_rule {
    RULE_DENY = 1,   /* refused unless trusted */
    RULE_NAME,       /* the names at `first`, `second` change: both must be destinations */
    RULE_CONTENT,    /* what `first` leads to changes */
    RULE_OPEN,       /* a destination when mode or flags write */
    RULE_NET,        /* permitted in a net scope */
    RULE_URL,        /* as NET; the method must read */
    RULE_ENVIRON,    /* by the name of the variable */
    RULE_DATABASE,   /* sqlite3.connect */
    RULE_NEAR,       /* refused only when sandbox code does it itself */
    RULE_ATTRIBUTE,  /* object.__setattr__: code and defaults of foreign functions */
    RULE_MARSHAL,    /* the import system's */
    RULE_LIBRARY,    /* import of an extension module */
    RULE_FRAME,      /* libraries may; the one that evaluates text looks at frames of cells only */
    RULE_EXEC,       /* sandbox code runs only guarded code */
    RULE_LOADING,    /* libraries may; `first` is a file that they load */
    RULE_PICKLED,    /* a function or a class that pickled data names */
    RULE_MEMORY,     /* mmap: a descriptor that can be written to must be the sandbox's own */
    RULE_DIRECTORY,  /* judged before it is raised (session.h) */
    RULE_DESCRIPTOR, /* `first` is a descriptor that must be the sandbox's own */
};
struct effect {
    const char *event;
    unsigned char rule;                /* enum effect_rule */
    signed char first, second;         /* argument with a path; -1: none */
    signed char first_dir, second_dir; /* argument with a directory descriptor; -1: none */
};

/* The row of `event`, or NULL for what has no effect. No Python code, no allocation. */
const struct effect *effects_find(const char *event);
bool effects_init(void);
/* 0, or -1 with Denied set. `arguments`: the event's tuple, borrowed. */
int effects_judge(const char *event, PyObject *arguments);
/* Is this environment variable one that later programs obey? */
bool effects_is_dangerous_variable(const char *name);

/* Who answers for what happens now on this thread. */
struct asker {
    bool permitted; /* host code, or a trusted scope */
    bool reading;   /* permitted, but for what changes the world */
    bool undecided; /* nothing on the stack speaks for a sandbox or against one */
    bool importing; /* a module that is being imported is at work, not the code that imports it */
    bool in_import; /* the nearest frame is the import system's */
    struct sandbox *sandbox; /* borrowed; NULL when permitted */
    const char *event;       /* what is judged, for messages; may be NULL */
};
struct asker gate_asker(void);
/* The sandbox whose doing this is; NULL: the host's, or that of a module being imported. Borrowed.
 */
struct sandbox *gate_judged(void);
struct asker
gate_origin(const struct asker *asker);          /* the same as if nothing on the stack decided */
bool gate_is_closed(void);                       /* the kernel's mode */
PyObject *gate_dests(const struct asker *asker); /* borrowed list or NULL */
/* 0, or -1 with Denied set. `path`: str, bytes, int; runs no Python code for these. */
int judge_dest(const struct asker *asker, PyObject *path);
int gate_refuse(const char *what, const char *reason, const char *remedy); /* -1 with Denied set */

/* Import a module while an event is judged: what it does is judged as ever. What fails shows when
 * the module is imported again. */
void gate_import(const char *module);
/* Connections are permitted on this thread between these. They nest. */
void gate_net_enter(void);
void gate_net_exit(void);
bool gate_net_active(void);
/* What happens between this and gate_trusted_exit is the sandbox's doing, whoever called. */
void gate_judged_enter(struct gate_scope *scope, struct sandbox *sandbox);
/* What started this thread; NULL: the host. Borrowed. */
struct sandbox *gate_thread_sandbox(void);
void gate_thread_set(struct sandbox *sandbox);

bool natives_init(void);
bool natives_is_patched(PyObject *self_object);
bool loaders_init(void);
bool gate_is_import_frame(PyFrameObject *frame);

#endif
