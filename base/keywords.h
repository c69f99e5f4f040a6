/* keywords: the keyword arguments of a call, as they are judged. The keys of `**mapping` may be of
 * a class that says another hash or equals what it likes: a lookup would miss what the function
 * then finds. */
#ifndef SAFEPYRUN_KEYWORDS_H
#define SAFEPYRUN_KEYWORDS_H

#include "base/reference.h"

#include <stdbool.h>

/* The same with exact str for keys: what is judged and what is passed on. New reference, `keywords`
 * itself (borrowed, a dict) when it has no others; NULL with an exception, a TypeError when two
 * keys say the same. */
PyObject *keywords_exact(PyObject *keywords);
/* As keywords_exact, into `*out` (owned by the caller); NULL for NULL. False with an exception. */
bool keywords_take(PyObject *keywords, PyObject **out);
/* The item under `name`, borrowed; NULL without exception when there is none, with one when that
 * cannot be told: what is to be judged must not be taken for missing. `keywords` may be NULL. */
PyObject *keywords_item(PyObject *keywords, const char *name);
/* The argument at `position` of a tuple, else the item: the same promises. */
PyObject *keywords_argument(PyObject *arguments, Py_ssize_t position, PyObject *keywords,
                            const char *name);
/* The arguments with `first` instead of what is first; new tuple. NULL: `first` is NULL, with its
 * exception. */
PyObject *keywords_with_first(PyObject *arguments, PyObject *first);
/* The whole number at `position` of a tuple, `none` where there is none; -1 for one that is out of
 * range. Never an exception. */
long keywords_number(PyObject *arguments, Py_ssize_t position, long none);

#endif
