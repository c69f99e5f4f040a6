/* native_rows: which builtin functions are judged by natives.c, and how. */
#ifndef SAFEPYRUN_NATIVE_ROWS_H
#define SAFEPYRUN_NATIVE_ROWS_H

enum native_kind {
    NATIVE_REFUSE,      /* never from a cell */
    NATIVE_HELD,        /* the floor judges it; refused where there is none */
    NATIVE_RAISED,      /* a signal to this process */
    NATIVE_ENVIRONMENT, /* all of it: but for who puts it back */
    NATIVE_PATH,        /* first argument is a destination */
    NATIVE_DESCRIPTOR,  /* first argument is a descriptor that is written to */
    NATIVE_INTO,        /* (from, to, ...): two descriptors, the second one is written to */
    NATIVE_IMPORT,      /* the import system may, cells may not */
    NATIVE_OPEN,        /* a path like PATH's, which has an audit event */
    NATIVE_THREAD,      /* what it starts belongs to the sandbox that starts it */
    NATIVE_DATABASE,    /* its audit event does not tell whether the name is a URI */
    NATIVE_SIGNAL,      /* asyncio's runner may, for its own SIGINT handler; time-outs */
    NATIVE_TIMER,       /* of time-outs */
    NATIVE_DIRECTORY,   /* of the process; its event does not let anybody be asked */
    NATIVE_LENT,        /* for the time of the cell */
    NATIVE_UMASK,       /* dbm.dumb may: it puts it back */
    NATIVE_DUP2,        /* as LENT and DUP */
    NATIVE_STDERR, /* (file, ...): the file is a descriptor that is written to much later; without
                      one, stderr */
    NATIVE_KEPT, /* does nothing for a cell: what others registered is theirs, what cells did bears
                    another name there */
    NATIVE_KERNELS, /* a descriptor that the kernel works with is not for cells to read, copy or
                       close */
    NATIVE_CLOSE,   /* as KERNELS; the standard streams are the host's */
    NATIVE_DUP,     /* as KERNELS; a copy of what can be written to is written to by C code */
    NATIVE_HANDED,  /* a person trusts it, and a cell handed it to a library */
    NATIVE_DBM, /* (name, flag "r", ...): the files of that name, with the endings that ndbm gives
                   them */
};

struct native {
    const char *module, *name;
    enum native_kind kind;
};

extern const struct native native_rows[]; /* ends with a row without a module */

#endif
