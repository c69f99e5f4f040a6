/* state: what the magics of one kernel remember between cells, and the table's functions. */
#ifndef SAFEPYRUN_MAGICS_STATE_H
#define SAFEPYRUN_MAGICS_STATE_H

#include "magics/magic.h"

struct magic_state {
    PyObject *shell_grants; /* owned list of lists of words: command prefixes that !cmd may run */
    PyObject *once;         /* owned list of (kind, last cell, before, after): see widen.c */
    PyObject *kept; /* owned dict: names that %%trusted bound to host functions and modules */
    PyObject *directories; /* owned list of str: where %cd has been, this one the last */
    PyObject *permitted;   /* owned set of str: what "." in ok_dests has meant, whole paths */
};

/* One function per row of the table; each says in its file what it does. */
#define MAGIC_FUNCTION(name) PyObject *name(const struct magic_call *call)
MAGIC_FUNCTION(magic_time);
MAGIC_FUNCTION(magic_timeit);
MAGIC_FUNCTION(magic_who_ls);
MAGIC_FUNCTION(magic_reset);
MAGIC_FUNCTION(magic_pwd);
MAGIC_FUNCTION(magic_cd);
MAGIC_FUNCTION(magic_ls);
MAGIC_FUNCTION(magic_env);
MAGIC_FUNCTION(magic_writefile);
MAGIC_FUNCTION(magic_run_file);
MAGIC_FUNCTION(magic_matplotlib);
MAGIC_FUNCTION(magic_capture);
MAGIC_FUNCTION(magic_display);
MAGIC_FUNCTION(magic_pinfo);
MAGIC_FUNCTION(magic_psearch);
MAGIC_FUNCTION(magic_command);
MAGIC_FUNCTION(magic_no_script);
MAGIC_FUNCTION(magic_allow);
MAGIC_FUNCTION(magic_deny);
MAGIC_FUNCTION(magic_ok_dests);
MAGIC_FUNCTION(magic_ok_hosts);
MAGIC_FUNCTION(magic_limits);
MAGIC_FUNCTION(magic_policy);
MAGIC_FUNCTION(magic_audit);
MAGIC_FUNCTION(magic_check);
MAGIC_FUNCTION(magic_trusted);
MAGIC_FUNCTION(magic_checkpoint);
MAGIC_FUNCTION(magic_checkpoints);
MAGIC_FUNCTION(magic_undo);
MAGIC_FUNCTION(magic_preview);
MAGIC_FUNCTION(magic_python);

/* ---- shared helpers ---- */
/* Run cell source (str, borrowed) so that its first line counts as line `first_line` of the
 * cell. */
PyObject *run_source(const struct magic_call *call, PyObject *source, int first_line);
/* Publish display_data with one MIME type. False with an exception. */
bool publish_data(const struct magic_host *host, const char *mime, PyObject *data, PyObject *plain);
/* Call module.function(*args) of an installed module; new reference. `format` as Py_BuildValue's, a
 * tuple. */
PyObject *call_python(const char *module, const char *function, const char *format, ...);
/* "a, b, c" of a list of str, new str. */
PyObject *join_names(PyObject *names, const char *separator);
/* The person's answer to `question`: 1 yes, 0 no; -1 with an exception, a UsageError that says
 * `nobody` where this frontend takes no answers. */
int confirmed(const char *question, const char *nobody);
/* Text in the magic's stdout. False with an exception. */
bool print_text(const char *text);
bool print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* policy.c: one line that names the libraries without a pack which the namespace has something of;
 * none where there is none. */
bool print_unlisted(const struct magic_host *host);
/* The object that `dotted` names, seen from the user's namespace, without running code: modules,
 * types and plain values only. New reference, or NULL without exception. */
PyObject *find_user_object(const struct magic_host *host, const char *dotted);

/* The front's answer to a question that ends in a grant: the scope, new reference; NULL with
 * Denied, of `name`. */
PyObject *ask_front(const struct magic_host *host, const char *query, PyObject *content,
                    const char *name);
/* Ask the front to widen what is allowed. `what`: "allow", "trust", "ok_dests", "trusted cell",
 * "shell". Returns the scope granted ("session", "once", "project") as a new str, NULL with an
 * exception that says how to permit it beforehand. */
PyObject *ask_to_widen(const struct magic_host *host, const char *what, PyObject *items,
                       const char *detail);
/* The sandbox's ok_dests from now on, and the floor's. False with an exception. */
bool ok_dests_set(const struct magic_host *host, PyObject *dests);
/* The hosts that cells may reach, as the front has them; new list. Set: false with an exception. */
PyObject *ok_hosts_now(const struct magic_host *host);
bool ok_hosts_set(const struct magic_host *host, PyObject *hosts);
/* Set limits that need no question (words as %limits takes them). False with an exception. */
bool limits_set(const struct magic_host *host, PyObject *words);
/* Both lists, each entry once; new list. */
PyObject *without_doubles(PyObject *first, PyObject *second);
bool remove_named(const char *magic, PyObject *list, PyObject *removed);
/* What was granted "once" holds for this cell and the next. `before` and `after`: ONCE_ALLOW: list
 * of (callable, grade before), None; ONCE_DESTS: ok_dests before and after; ONCE_SHELL: None, the
 * words. Other scopes: nothing. */
enum once_kind { ONCE_ALLOW, ONCE_DESTS, ONCE_SHELL, ONCE_HOSTS, ONCE_LIMITS };
bool once_remember(const struct magic_host *host, PyObject *scope, enum once_kind kind,
                   PyObject *before, PyObject *after);

#endif
