/* judge: applies a row of the table of effects to one event. */
#ifndef SAFEPYRUN_JUDGE_H
#define SAFEPYRUN_JUDGE_H

#include "sandbox/gate/gate.h"

enum effect_rule {
    RULE_DENY = 1,  /* refused unless trusted */
    RULE_PROGRAM,   /* refused likewise; to a library the program is not there */
    RULE_NAME,      /* the names at `first`, `second` change: both must be destinations */
    RULE_MAKES,     /* as NAME; what is there already is not made */
    RULE_CONTENT,   /* what `first` leads to changes */
    RULE_OPEN,      /* a destination when mode or flags write */
    RULE_NET,       /* permitted in a net scope */
    RULE_URL,       /* as NET; the method must read */
    RULE_HELD,      /* the floor judges whom it leads to; refused where there is none */
    RULE_ADDRESS,   /* refused when it names whom to send to; else what is sent decides (sends.c) */
    RULE_ENVIRON,   /* by the name of the variable */
    RULE_DATABASE,  /* sqlite3.connect */
    RULE_NEAR,      /* refused only when sandbox code does it itself */
    RULE_NATIVE,    /* the same, where no floor holds what native code does */
    RULE_ATTRIBUTE, /* object.__setattr__: code and defaults of foreign functions */
    RULE_MARSHAL,   /* the import system's */
    RULE_LIBRARY,   /* import of an extension module */
    RULE_FRAME,     /* libraries may; the one that evaluates text looks at frames of cells only */
    RULE_EXEC,      /* sandbox code runs only guarded code */
    RULE_LOADING,   /* libraries may; `first` is a file that they load */
    RULE_PICKLED,   /* a function or a class that pickled data names */
    RULE_MEMORY,    /* mmap: a descriptor that can be written to must be the sandbox's own */
    RULE_DIRECTORY, /* judged before it is raised (session.h) */
    RULE_SIGNAL,    /* to a process of the session's own (process.h) */
    RULE_LIMIT,     /* of the process (process.h) */
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
/* Is this environment variable one that later programs obey? */
bool effects_is_dangerous_variable(const char *name);

bool judge_init(void);
/* Most events of some rules are reads, or names without a file: no frame is walked for them. */
bool judge_is_harmless(const struct effect *effect, PyObject *arguments);
/* 0, or -1 with Denied set. `arguments`: the event's tuple, borrowed. */
int judge_effect(const struct effect *effect, PyObject *arguments);

#endif
