/* pack: the compiled form of policies/<library>.toml. Constant tables, made at build time by
 * policies/compile.py, so that start-up parses nothing. See policies/README.md for the TOML. */
#ifndef SAFEPYRUN_PACK_H
#define SAFEPYRUN_PACK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum grade {
    GRADE_UNKNOWN = 0, /* not listed: denied */
    GRADE_DENY,        /* listed as denied: wins over any pattern that is less specific */
    GRADE_PURE,        /* calls nothing back, has no effect */
    GRADE_GATED,       /* runs; its effects meet the effect gate */
    GRADE_WRITE,       /* the policy checks its destination first, then as gated */
    GRADE_NET,         /* may open connections (read-only HTTP) */
    GRADE_TRUSTED,     /* its effects are permitted while it runs */
};

enum policy_kind {
    POLICY_NONE = 0,
    POLICY_POSITION, /* destination is argument `position` (self not counted) or keyword `keyword`
                      */
    POLICY_SELF,     /* destination is str(self): Path methods */
    POLICY_OPEN,     /* as POSITION, but only when the mode argument writes */
    POLICY_NEVER_WRITE, /* permitted only when the mode argument does not write (POLICY_OPEN's mode
                         * fields say where), whatever ok_dests says */
    POLICY_MAKES,       /* as POSITION, or SELF when there is neither position nor keyword: a
                         * directory that is there already is not made */
    POLICY_VERB,        /* GRADE_NET: the method of HTTP is argument `position` or `keyword` */
    POLICY_SOURCE,  /* GRADE_GATED: argument `position` is a function whose code is read, as it was
                     * written */
    POLICY_GUARDED, /* GRADE_GATED: argument `position` is code that SOURCE gave, to run again */
    POLICY_SENDS, /* GRADE_GATED: the arguments from `position` on are pickled, to run elsewhere */
    POLICY_NEVER_CALL, /* denied native code: to others that a cell has call it, too */
};

/* A destination that is not a path (a file object, a buffer, None) passes the policy: what is
 * written through it was judged when it was opened. */
struct pack_policy {
    uint8_t kind;         /* enum policy_kind */
    int8_t position;      /* -1: keyword only */
    int8_t mode_position; /* POLICY_OPEN, POLICY_NEVER_WRITE */
    const char *keyword;  /* or NULL */
    const char *mode_keyword;
    const char *mode_default; /* mode when the argument is missing: "r" */
    bool names; /* the name itself is changed (removed, moved): a final symlink is not followed */
    const char *open;   /* instances of this class say that they are paths, but are open: or NULL */
    const char *unless; /* keywords, with spaces between: given one, it writes to memory: or NULL */
};

/* One name. `name` is dotted, as the library's users write it ("os.path.join",
 * "pandas.DataFrame.to_csv"). Ends with ".*": every public callable of that module (whose own
 * __module__ lies in the pack's top-level packages) or of that class, dunders included. Ends with
 * ".**": of that module and all its submodules. The most specific entry wins; DENY wins ties. */
struct pack_entry {
    const char *name;
    uint8_t grade;                    /* enum grade */
    const struct pack_policy *policy; /* GRADE_WRITE, GRADE_NET, native GRADE_DENY, or NULL */
    const char *why;                  /* DENY: the reason told to the user, or NULL */
    bool held; /* DENY: only where the operating system does not hold what it does */
};

struct pack {
    const char *name;                 /* "pandas" */
    const char *const *modules;       /* top-level import names it is for, NULL-terminated */
    const struct pack_entry *entries; /* sorted by name (strcmp) */
    size_t count;
    const char *const
        *writable; /* types whose instances may be stored to (attributes, items), NULL-terminated */
    const char *const *own; /* the same, but not the instances that a module keeps under a name;
                               patterns as above */
};

/* Does a pack list functions of the module's package that send requests (requests, httpx)? */
bool packs_is_client(const char *module);
/* Is there a pack for the package that the module is of? */
bool packs_know(const char *module);
extern const struct pack *const packs[]; /* generated; NULL-terminated */

/* What is known of libraries beside their callables. */
enum pack_fact_kind {
    FACT_COVERS, /* `module` runs text, or names objects in text: its builtin `name` is ours */
    FACT_STORES, /* `module` sets attribute `name` (NULL: any) of others in passing */
    FACT_STORES_AS_TOLD, /* the library `module` stores to the classes that it is given */
    FACT_STORES_NEW,     /* `module` adds names to classes, and takes none over */
    FACT_FRAMES_FILLED,  /* `module` puts names into the variables of its caller */
    FACT_FRAMES_READ,    /* `module` reads the variables of its caller, and looks further out */
    FACT_INSTEAD, /* of function `name`, argument `position` or `keyword` is `text`, else `value`,
                     for a cell; a function's rows follow each other */
    FACT_SKIPPED, /* function `name` does nothing for a cell */
    FACT_BYPRODUCTS,  /* of function `name`, argument `position` or `keyword` is a folder for what
                         nobody asked for; value 1: that key of a dict that argument `position` is */
    FACT_FUNCTIONS,   /* objects of a type called `name` are functions, each its own; value 1:
                         made of Python code by a compiler */
    FACT_GENERATED,   /* code from files that begin with `name` is what it writes for classes */
    FACT_INSTRUMENTS, /* the compiled package `module` reads and marks the code of functions */
    FACT_ANSWERS,     /* completion may ask objects of `module` for properties, items and keys */
    FACT_POOLS, /* threads of `module` survive no fork; `name` tells users what it is. They run once
                   it is loaded, or with `keyword` once a thread's name begins with that */
    FACT_SETTINGS, /* programs set `name` of `module`, a module or a class: it is made for that */
    FACT_THREADS,  /* `name` of `module` is a process, or what processes come from: the kernel gives
                      it threads */
};
#define PACK_NOTHING INT_MIN      /* `value` of FACT_INSTEAD: None */
#define PACK_OBJECT (INT_MIN + 1) /* the same: what the name `text` leads to */
struct pack_fact {
    const char *module, *name;
    int position;
    const char *keyword;
    int value;
    const char *text;
};

/* Generated: for each kind, rows that end with one of nothing. */
extern const struct pack_fact *const pack_facts[];
#define EACH_FACT(kind, row)                                                                       \
    for (const struct pack_fact *row = pack_facts[kind]; row->module || row->name; row++)

#endif
