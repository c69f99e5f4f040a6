/* classes: which classes were born in a sandbox: those that a class statement made are remembered;
 * those made otherwise are known by the module that they name. */
#ifndef SAFEPYRUN_CLASSES_H
#define SAFEPYRUN_CLASSES_H

#include "base/reference.h"

#include <stdbool.h>

struct sandbox;

/* The sandbox whose class statement made the class, or one of its bases; NULL. Borrowed. */
struct sandbox *classes_sandbox(PyTypeObject *type);
uint64_t classes_run(PyTypeObject *type); /* the run it was born in, 0: not by a class statement */
/* Was this class born in a sandbox (a class statement, type(), namedtuple...)? */
bool classes_is_born(const struct sandbox *sandbox, PyTypeObject *type);
/* A class statement made it. False with an exception. */
bool classes_remember(struct sandbox *sandbox, PyTypeObject *type);
/* What a room above does to each class that a sandbox makes; then, that done to one. */
void classes_on_birth(bool (*cover)(struct sandbox *sandbox, PyTypeObject *type));
bool classes_cover(struct sandbox *sandbox, PyTypeObject *type);
/* A run that stands alone begins: the classes that are there are the host's. */
bool classes_new_run(struct sandbox *sandbox);
bool classes_init(void);

#endif
