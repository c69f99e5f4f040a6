/* refusal: Denied, the one way in which the sandbox says no. */
#ifndef SAFEPYRUN_REFUSAL_H
#define SAFEPYRUN_REFUSAL_H

#include "base/reference.h"

/* The exception type `Denied` (a PermissionError with .callable, .kind, .reason, .remedy),
 * borrowed. */
PyObject *refusal_type(void);
/* Is it a refusal of ours, not an instance of a class that a cell derived? */
bool refusal_is(PyObject *error);
/* What would permit what was refused. The sandbox says what is missing; what a person types for it
 * is the program's to know (refusal_set_words). */
enum remedy_kind {
    REMEDY_CALL,   /* that `about`, a callable, may be called; its effects are judged as ever */
    REMEDY_TRUST,  /* that `about` may be called, with its effects */
    REMEDY_DEST,   /* writing below `about`, a folder */
    REMEDY_HOST,   /* connecting to `about`, "127.0.0.1:80" */
    REMEDY_STORE,  /* changing instances of `about`, a class; "": of none that can be named */
    REMEDY_IMPORT, /* the import by somebody else */
    REMEDY_CODE,   /* nothing narrower than trusting the code that does it */
    REMEDY_SAID,   /* `about` says it: the program's own words */
};
struct remedy {
    enum remedy_kind kind;
    const char *about;
};
/* The words for it: new reference, None when there are none. */
typedef PyObject *(*remedy_words_fn)(const struct remedy *remedy);
/* For the process's life: who sets them first has said it (a cell can import RunPython). */
void refusal_set_words(remedy_words_fn words);

/* Always returns NULL with Denied set. `remedy` NULL: the one of its kind. kind: "call", "write",
 * "effect", "store", "reflect", "import". `rule` is where the rule stands that refuses,
 * "sandbox/gate/judge.c:120" or "policies/stdlib.toml: os.fork". */
PyObject *refusal_raise_by(const char *rule, const char *kind, const char *callable,
                           const char *reason, const struct remedy *remedy);
#define REFUSAL_TEXT(line) #line
#define REFUSAL_PLACE(file, line) file ":" REFUSAL_TEXT(line)
#define REFUSAL_HERE REFUSAL_PLACE(__FILE__, __LINE__)
/* By the rule that stands here; the last argument is the remedy. */
#define refusal_raise(kind, callable, reason, ...)                                                 \
    refusal_raise_by(REFUSAL_HERE, kind, callable, reason, __VA_ARGS__)
/* Hears of every refusal (the audit log). Called with the GIL; must not raise. */
typedef void (*refusal_listener_fn)(void *context, const char *kind, const char *callable,
                                    const char *reason, const char *rule);
void refusal_listen(refusal_listener_fn listener, void *context);
/* While held on this thread, refusals are not told: they may be permitted yet. Returns what was. */
bool refusal_hold(bool held);
/* Call with an exception set: tell it, if it is a refusal. */
void refusal_tell(void);
/* Call with Denied set: `folder` is what a person would permit (.destination). */
void refusal_set_destination(const char *folder);
/* Call with Denied set: to the library that catches it, what it asked for is not there
 * (FileNotFoundError, ENOENT), so it does without, as where it is not installed. */
void refusal_set_missing(void);
bool refusal_is_missing(PyObject *error);
/* What permits `denied`, an instance of Denied. */
enum remedy_kind refusal_remedy(PyObject *denied);
/* Denied for code that was not run: `violations` is a list of (lineno, col_offset, name, reason),
 * not empty. Always NULL. */
PyObject *refusal_raise_violations(PyObject *violations);

/* The refusal that is pending may be passed over, and something fails for its consequence: it is
 * kept for whoever explains that. `library`: whose failures it may explain; NULL: anybody's. */
void refusal_keep(const char *library);
/* The one that was kept, as long as `library` (NULL: nobody) may have failed for it; new reference,
 * NULL without an exception. None is kept afterwards. */
PyObject *refusal_take_kept(const char *library);

#endif
