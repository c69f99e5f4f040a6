/* session: the state of a process that is the user's own notebook: its cells may change the working
 * directory and set alarms there. */
#include "base/keywords.h"
#include "sandbox/gate/gate.h"
#include "sandbox/owners/owners.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static struct {
    session_mover_fn may_move; /* NULL: the process is not a session */
    void *context;
} session;

static _Thread_local bool moving;

void session_set(session_mover_fn may_move, void *context)
{
    session.may_move = may_move;
    session.context = context;
}

static session_breakpoint_fn stops;

void session_set_breakpoint(session_breakpoint_fn function)
{
    stops = function;
}

session_breakpoint_fn session_breakpoint(void)
{
    return stops;
}

/* ---- the working directory ---- */

bool session_is_moving(void)
{
    return moving;
}

void session_set_moving(bool now)
{
    moving = now;
}

/* Relative destinations but "." go on meaning the folders that they were given in. */
bool session_keep_relative_dests(struct sandbox *self)
{
    PyObject *dests = self->ok_dests;
    char here[PATH_MAX];

    if (!dests || !getcwd(here, sizeof here))
        return true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(dests); i++) {
        const char *text = PyUnicode_AsUTF8(PyList_GET_ITEM(dests, i));
        if (!text || !*text || *text == '/' || *text == '~' || strcmp(text, ".") == 0)
            continue;
        PyObject *whole = PyUnicode_FromFormat("%s/%s", here, text);
        if (!whole || PyList_SetItem(dests, i, whole) < 0)
            return false;
    }
    return !PyErr_Occurred();
}

PyObject *session_directory(const struct asker *asker, PyObject *path)
{
    AUTO_REF PyObject *bytes = path && !PyLong_Check(path) ? dests_bytes(path) : NULL;
    struct stat status;

    if (PyErr_Occurred())
        return NULL;
    if (!session.may_move || !bytes || !PyBytes_Check(bytes)) {
        gate_refuse("os.chdir", "not allowed from a cell", NULL);
        return NULL;
    }
    const char *text = PyBytes_AS_STRING(bytes);
    AUTO_REF PyObject *target = PyUnicode_DecodeFSDefault(text);
    bool fails = stat(text, &status) < 0 || !S_ISDIR(status.st_mode) || access(text, X_OK) < 0;
    if (!target || (!fails && (!session.may_move(session.context, target) ||
                               !session_keep_relative_dests(asker->sandbox))))
        return NULL;
    return Py_NewRef(target); /* one that fails: the error is the system's */
}

/* ---- time-outs ---- */

/* The signals of timers, and which timer sends them. */
static const struct {
    int signal, timer;
} timers[] = {
    {SIGALRM, ITIMER_REAL},
    {SIGVTALRM, ITIMER_VIRTUAL},
    {SIGPROF, ITIMER_PROF},
};

int session_judge_handler(PyObject *arguments)
{
    long number = keywords_number(arguments, 0, -1);
    PyObject *handler = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : NULL;
    bool ends_process = handler && PyLong_Check(handler) &&
                        keywords_number(arguments, 1, -1) == (long)(intptr_t)SIG_DFL;

    for (size_t i = 0; session.may_move && i < sizeof timers / sizeof *timers; i++)
        if (timers[i].signal == number) {
            if (ends_process) /* with no handler the timer would end the kernel */
                setitimer((__itimer_which_t)timers[i].timer, &(struct itimerval){0}, NULL);
            return 0;
        }
    if (session.may_move && lent_handler(arguments))
        return 0;
    return gate_refuse("signal", "cells do not change signal handlers", NULL);
}

int session_judge_lent(const char *name, PyObject *arguments)
{
    static const struct {
        const char *name;
        bool (*is_lent)(PyObject *arguments);
        const char *why_not;
    } rows[] = {
        {"dup2", lent_stream, "not allowed from a cell"},
        {"set_wakeup_fd", lent_wakeup, "not allowed from a cell"},
        {"siginterrupt", lent_interruption, "not allowed from a cell"},
        {"pthread_sigmask", lent_mask, "not allowed from a cell"},
        {"resource.setrlimit", lent_limit,
         "a cell changes soft limits, given as (soft, resource.getrlimit(kind)[1]), that it can "
         "meet without the process ending; for others: %limits"},
    };
    const char *why_not = "not allowed from a cell";

    for (size_t i = 0; session.may_move && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0) {
            if (rows[i].is_lent(arguments))
                return 0;
            why_not = rows[i].why_not;
        }
    return gate_refuse(name, why_not, NULL);
}

int session_judge_raised(const char *name, long signal)
{
    if (session.may_move && signal > 0 && lent_is_heard((int)signal))
        return 0;
    return gate_refuse(name,
                       session.may_move
                           ? "no handler of yours hears this signal, which would end the "
                             "notebook's own process; `raise SystemExit` ends a cell"
                           : "not allowed from a cell",
                       NULL);
}

int session_judge_timer(const char *name, PyObject *arguments)
{
    bool alarms = strcmp(name, "alarm") == 0;
    long timer = alarms ? ITIMER_REAL : keywords_number(arguments, 0, -1);
    struct sigaction present;

    for (size_t i = 0; session.may_move && i < sizeof timers / sizeof *timers; i++) {
        if (timers[i].timer != timer)
            continue;
        if (sigaction(timers[i].signal, NULL, &present) == 0 && present.sa_handler != SIG_DFL)
            return 0;
        if (keywords_number(arguments, alarms ? 0 : 1, -1) == 0)
            return 0; /* takes a timer back */
        return gate_refuse(name,
                           "nothing handles its signal, which would end the kernel; "
                           "signal.signal(signal.SIGALRM, handler) comes first",
                           NULL);
    }
    return gate_refuse(name, "not allowed from a cell", NULL);
}
