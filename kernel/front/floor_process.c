/* floor_process: calls about processes, and the worker's own words to the floor. */
#include "kernel/front/floor_call.h"

/* Seen, so that a process that was started in a scope is known from its first step. */
long floor_do_exec(struct floor_call *call)
{
    floor_scope_holds(call);
    return FLOOR_CONTINUE;
}

long floor_do_exit(struct floor_call *call)
{
    floor_scope_exit(call);
    return FLOOR_CONTINUE;
}

long floor_do_umask(struct floor_call *call)
{
    atomic_store(&call->worker->umask_moved, true); /* from now on each caller's own is asked for */
    return FLOOR_CONTINUE;
}

long floor_do_prctl(struct floor_call *call)
{
    switch (call->notif.data.args[1]) {
    case FLOOR_WORD_READY:
        if ((pid_t)call->notif.pid == call->worker->pid)
            atomic_store(&call->worker->starting, false);
        return 0;
    case FLOOR_WORD_ENTER:
        floor_scope_enter(call);
        return 0;
    case FLOOR_WORD_LEAVE:
        floor_scope_leave(call);
        return 0;
    default:
        return -22; /* EINVAL */
    }
}
