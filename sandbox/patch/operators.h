/* operators: operator.methodcaller calls what a cell names, and operator.attrgetter reads it,
 * without a guard. Python code meets the gate there too; what modules, classes, compiled types and
 * shared instances offer is judged as if the cell had called it, and what is read as if it had read
 * it. */
#ifndef SAFEPYRUN_OPERATORS_H
#define SAFEPYRUN_OPERATORS_H

#include "sandbox/internal.h"

/* Once per process. False with an exception. */
bool operators_init(void);

#endif
