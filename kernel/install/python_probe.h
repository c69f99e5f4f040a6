/* python_probe: what the installer must know of a Python, asked of that Python itself, once. */
#ifndef SAFEPYRUN_PYTHON_PROBE_H
#define SAFEPYRUN_PYTHON_PROBE_H

#include <stdbool.h>

struct python_facts {
    char *executable;  /* absolute, symlinks of a virtual environment kept */
    char *version;     /* "3.11"; "3.13t" is free-threaded */
    char *prefix;      /* sys.prefix: the environment's folder */
    char *libpython;   /* its shared libpython, or NULL when it has none */
    bool has_debugger; /* debugpy can be imported */
};

/* Start `python` (a path, or a name looked up on PATH) and fill `facts`; free with
 * python_facts_clear, also after failure. False with `error` set to a sentence that the caller
 * frees. `quiet` keeps what the program says on stderr off the terminal. */
bool python_probe(const char *python, bool quiet, struct python_facts *facts, char **error);
/* Does that Python load the worker's module (a path)? Why not it says on stderr itself. */
bool python_probe_loads(const char *python, const char *module);
void python_facts_clear(struct python_facts *facts);

#endif
