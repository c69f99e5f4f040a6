/* dests: where a write would land, by the view of the operating system, and whether it may. */
#ifndef SAFEPYRUN_DESTS_H
#define SAFEPYRUN_DESTS_H

#include <limits.h>

#include <stdbool.h>

#include "base/reference.h"

enum dest_use {
    DEST_CONTENT, /* what the name points to is changed: a final symlink is followed */
    DEST_NAME,    /* the name itself is changed (remove, rename, mkdir): it is not followed */
    DEST_MADE,    /* for dests_refuse: a folder would be made */
};

/* The path `path` (str, bytes, os.PathLike, int descriptor; borrowed) as an exact str or bytes,
 * made once; ints stay ints. New reference; NULL with TypeError. May call `__fspath__`. */
PyObject *dests_exact(PyObject *path);
/* As dests_exact, as bytes; None for what is no path (a buffer, an open file). New reference. */
PyObject *dests_bytes(PyObject *path);
/* Resolve an exact path into `out` (PATH_MAX bytes): parents and symlinks resolved, no `..`.
 * `dir_fd` -1: none. Runs no Python code. False without exception when it cannot be said where the
 * path leads. */
bool dests_locate(PyObject *exact, int dir_fd, enum dest_use use, char *out);
bool dests_resolve(const char *path, char *out);
/* May `exact` be written under `ok_dests` (list of str, None or NULL)? Sets no exception. */
bool dests_permitted(PyObject *exact, int dir_fd, enum dest_use use, PyObject *ok_dests);
/* Sets Denied: "Dest '/x' not allowed; permitted: [...]". `path`: exact str, bytes or int.
 * `callable`: who would have written there, or NULL. */
void dests_refuse(PyObject *path, enum dest_use use, PyObject *ok_dests, const char *callable);
/* Is reading `exact` refused (dests_deny_reads)? */
bool dests_read_denied(PyObject *exact, int dir_fd);
/* Take up the home directory and this Python's prefixes, once. */
bool dests_init(void);
/* May cells write to resolved `path`, by where it is: in one of `ok_dests` that reaches it, or in
 * the session's scratch folder? */
bool dests_within(const char *path, PyObject *ok_dests);

/* Files never reachable, whatever ok_dests says (policy and config files, connection file):
 * appends. */
bool dests_protect(const char *path);
/* The folder for temporary files: always a destination. */
bool dests_set_scratch(const char *path);
/* Below this, open for reading is refused too (~/.ssh). */
bool dests_deny_reads(const char *path);
/* The check that gate and policies share: raises PermissionError
 * "Dest '/etc/x' not allowed; permitted: ['/tmp']". `path`: str, bytes, os.PathLike. */
bool dests_check(PyObject *path, PyObject *ok_dests);

#endif
