/* worker_choice: how the worker is started: which program, of which Python. */
#ifndef SAFEPYRUN_WORKER_CHOICE_H
#define SAFEPYRUN_WORKER_CHOICE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct options;

struct worker_choice {
    char program[PATH_MAX]; /* what is executed: a Python, or the embedding program */
    char module[PATH_MAX];  /* HOSTED: what that Python loads; "" for the embedding program */
    char version[16];       /* "3.11"; "" when nothing tells */
    char bootstrap[768];    /* HOSTED: the value of -c */
};

/* What the options mean. False with a sentence in `error`. */
bool worker_choose(const struct options *options, struct worker_choice *choice, char *error,
                   size_t error_size);
/* The first arguments of the program, up to the worker's own (--hop ...); their number. `arguments`
 * has room for WORKER_LEADING_MOST, and borrows from `choice`. */
enum { WORKER_LEADING_MOST = 5 };
int worker_leading(const struct worker_choice *choice, const char **arguments);
/* As much as is known of sys.version before Python has started: "3.11.7", "3.11" or "3". */
void worker_python_version(const struct options *options, char *out, size_t size);
/* The folder that this program is in. */
bool program_folder(char *out, size_t size);

#endif
