/* lent: what of the process cells have for the time of one cell: the handlers of signals, the
 * descriptor that is woken by them, which signals wait, the standard streams of C, soft limits.
 * Libraries change them and put them back; what is not put back is given back when the cell ends.
 * In a user's own session only (session.h). */
#ifndef SAFEPYRUN_LENT_H
#define SAFEPYRUN_LENT_H

#include <stdbool.h>

#include "base/reference.h"

/* May the function be called with these arguments, a tuple? It is remembered what was there. */
bool lent_handler(PyObject *arguments);      /* signal.signal */
bool lent_interruption(PyObject *arguments); /* signal.siginterrupt */
bool lent_wakeup(PyObject *arguments);       /* signal.set_wakeup_fd */
bool lent_stream(PyObject *arguments);       /* os.dup2 */
bool lent_mask(PyObject *arguments);         /* signal.pthread_sigmask */
bool lent_limit(PyObject *arguments);        /* resource.setrlimit */

/* Is that signal heard by a handler that a cell has set, or is it an interrupt? */
bool lent_is_heard(int number);

/* After a cell, on the main thread, trusted. False with an exception: call it again later. */
bool lent_give_back(void);

#endif
