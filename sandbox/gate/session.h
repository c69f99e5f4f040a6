/* session: the state of a process that is the user's own notebook: its cells may change the working
 * directory and set alarms there. In a program that runs sandboxed code beside its own, they may
 * not. */
#ifndef SAFEPYRUN_SESSION_H
#define SAFEPYRUN_SESSION_H

#include <stdbool.h>

#include "base/reference.h"

struct asker;
struct sandbox;

/* The process is the user's own session: its cells may change the working directory to what
 * `may_move` agrees to (a str, borrowed; false with an exception: no), and set the timers of
 * time-outs. NULL, as at first: it is a program that runs sandboxed code beside its own. */
typedef bool (*session_mover_fn)(void *context, PyObject *directory);
void session_set(session_mover_fn may_move, void *context);
/* breakpoint() in sandboxed code: what the host makes of it, args and keywords as given; NULL, as
 * at first: it is refused. */
typedef PyObject *(*session_breakpoint_fn)(PyObject *args, PyObject *keywords);
void session_set_breakpoint(session_breakpoint_fn function);
session_breakpoint_fn session_breakpoint(void);
/* Called before the working directory changes: relative destinations but "." become whole paths, so
 * that they go on meaning the same folders. */
bool session_keep_relative_dests(struct sandbox *self);

/* os.chdir(path) of what is judged: the directory as an exact str, agreed to by the host; new
 * reference. NULL with an exception. */
PyObject *session_directory(const struct asker *asker, PyObject *path);
/* Is the change that was agreed to under way on this thread? */
bool session_is_moving(void);
void session_set_moving(bool moving);

/* signal.signal, alarm and setitimer: time-outs; other handlers for the time of the cell.
 * `arguments` as the function has them. 0, or -1 with Denied set. */
int session_judge_handler(PyObject *arguments);
int session_judge_timer(const char *name, PyObject *arguments);
/* What is lent for the time of a cell (lent.h), by the name of the function. */
int session_judge_lent(const char *name, PyObject *arguments);
/* A signal to this very process. */
int session_judge_raised(const char *name, long signal);

#endif
