/* judge: applies a row of the table of effects to one event. */
#ifndef SAFEPYRUN_JUDGE_H
#define SAFEPYRUN_JUDGE_H

#include "sandbox/gate/gate.h"

bool judge_init(void);
/* 0, or -1 with Denied set. */
int judge_effect(const struct effect *effect, PyObject *arguments);

#endif
