/* person: a call of sandboxed code that only a person may permit pauses where it is, and the person
 * is asked. Who the person is, and how they are reached, is the kernel's to know; here is what is
 * asked and what a yes means. The same place asks the `before_deny` of a host program (hooks.h). */
#ifndef SAFEPYRUN_PERSON_H
#define SAFEPYRUN_PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/reference.h"

/* `is_there`: could a person be asked now, from this thread? Keeps an exception that is set.
 * `ask`: 1 yes, 0 no, -1 with an exception. `question` (a dict, borrowed):
 *   callable, kind, reason, remedy: str, as of Denied
 *   about: list of (word, str), what is granted with the callable: ("in", folder), ("runs", program
 *          line), ("to", host), ("with", arguments)
 *   file, line: str and int, where in the cell; None when it is not known
 *   library: True: `callable` is a library that goes on with what a call of the cell began. Nobody
 *          is asked: 1 when a call of its was permitted there */
struct person {
    bool (*is_there)(void *context);
    int (*ask)(void *context, PyObject *question);
    void *context;
};
void person_set(const struct person *person); /* borrowed; for the process's life */
bool person_is_there(void);

enum person_answer {
    PERSON_NO,      /* the exception that was set, or the one of an interrupt, is set */
    PERSON_PLACE,   /* writing below the destination; see person_place_enter */
    PERSON_GATED,   /* the call, whose effects are judged as ever */
    PERSON_TRUSTED, /* the call with its effects */
};
/* Call with Denied set; it is gone unless the answer is no. `arguments`: (callable, tuple, dict or
 * None), borrowed. On a yes to a place `*place` is a new reference to a list of it. */
enum person_answer person_asked_of_call(PyObject *arguments, PyObject **place);
/* Of an event, by the folder that was refused: a yes gives a new list of it, else NULL. */
PyObject *person_asked_of_event(void);

/* Of a request that was refused because of whom it goes to ("127.0.0.1:80"), when the cell itself
 * called what sends it: true is a yes, and Denied is gone. */
bool person_asked_of_host(const char *host);

/* Of a command, as it would run ("git status"), that was refused: as above. */
bool person_asked_of_command(PyObject *line);

/* The library whose code does what is refused now, "matplotlib"; "" when it is the cell's own,
 * which may do it by the standard library. */
void person_library(char *out, size_t size);

/* Between these, destinations of this thread are these places as well. They nest. */
struct person_scope {
    PyObject *outer;
};
void person_place_enter(struct person_scope *scope, PyObject *places);
void person_place_leave(struct person_scope *scope);
/* `ok_dests` and the places; borrowed until the next call. */
PyObject *person_dests(PyObject *ok_dests);

#endif
