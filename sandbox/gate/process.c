/* process: see the header. Whom a signal reaches is judged by the floor, which knows the processes
 * that the session started; what only the interpreter knows, whether its own process would end, is
 * judged here. */
#include "sandbox/gate/process.h"

#include <string.h>
#include <unistd.h>

#include "base/keywords.h"
#include "base/platform.h"
#include "sandbox/gate/gate.h"

/* Does the number stand for this process: its own, or that of a thread of it? */
static bool is_here(long process)
{
    return process == getpid() || (process > 0 && platform_has_thread(process));
}

int process_judge_signal(const char *event, PyObject *arguments)
{
    long whom = keywords_number(arguments, 0, 0), signal = keywords_number(arguments, 1, 0);
    bool group = strcmp(event, "os.killpg") == 0 || whom < -1;
    long leader = whom < -1 ? -whom : whom;

    if (!signal)
        return 0; /* is it there? */
    if (!ground_is_there())
        return gate_refuse(event, "not allowed from a cell", NULL);
    if (!group && whom > 0)
        return is_here(whom) ? session_judge_raised(event, signal) : 0;
    return leader <= 0 || leader == getpgrp()
               ? gate_refuse(event, "it reaches the notebook's own process", NULL)
               : 0;
}

int process_judge_limit(const char *event, PyObject *arguments)
{
    bool sets = strcmp(event, "resource.setrlimit") == 0;

    if (sets)
        return session_judge_lent(event, arguments);
    if (PyTuple_GET_SIZE(arguments) < 3 || PyTuple_GET_ITEM(arguments, 2) == Py_None)
        return 0; /* it asks */
    long process = keywords_number(arguments, 0, 0);
    AUTO_REF PyObject *rest = PyTuple_GetSlice(arguments, 1, PY_SSIZE_T_MAX);
    if (!rest)
        return -1;
    return process == 0 || process == getpid()
               ? session_judge_lent("resource.setrlimit", rest)
               : gate_refuse(event, "these are the limits of another process", NULL);
}
