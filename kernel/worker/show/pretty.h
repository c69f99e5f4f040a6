/* pretty: one value being laid out as text/plain (pretty.c), and the object that `_repr_pretty_`
 * and registered printers write to (printer.c). False means that an exception is set. */
#ifndef SAFEPYRUN_WORKER_PRETTY_H
#define SAFEPYRUN_WORKER_PRETTY_H

#include "kernel/worker/show/layout.h"

/* One that is being printed: what comes again inside itself is cut short. */
struct pretty_value {
    PyObject *value; /* borrowed */
    struct pretty_value *outer;
};

struct pretty {
    struct layout layout;
    Py_ssize_t items_max; /* of a container; 0: all */
    struct pretty_value *innermost;
    PyObject *printer; /* owned, made when it is first asked for */
};

struct rule;
typedef bool pretty_rule(struct pretty *, PyObject *value, const struct rule *, bool cycle);

/* How the instances of one class are printed; `open` and `close` are its brackets. */
struct rule {
    const char *module, *name;
    pretty_rule *print;
    const char *open, *close;
};

/* Printers of rules (pretty_calls.c). */
pretty_rule pretty_defaultdict, pretty_ordereddict, pretty_counter, pretty_deque, pretty_userlist,
    pretty_namespace, pretty_exception, pretty_super, pretty_pattern;

bool pretty_print(struct pretty *self, PyObject *value);
bool pretty_text(struct pretty *self, PyObject *string);
void pretty_string(struct pretty *self, const char *string);
/* module.name of a class, builtins' without their module; new str. */
PyObject *pretty_type_name(PyTypeObject *type);
/* The printer object, borrowed. */
PyObject *pretty_printer(struct pretty *self);
/* It prints no more: whoever kept it gets an exception. */
void pretty_release(struct pretty *self);

#endif
