/* lent: see the header. */
#include "sandbox/gate/lent.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/keywords.h"
#include "sandbox/gate/descriptors.h"
#include "sandbox/gate/gate.h"

enum { SIGNALS = 65, STREAMS = 3, NONE = -1 };

static struct {
    bool any;
    struct {
        PyObject *handler; /* owned; NULL: it is not lent */
        struct sigaction action;
    } signals[SIGNALS];
    bool wakes;
    int wakeup;
    bool streams[STREAMS];
    int kept[STREAMS]; /* copies of them */
    bool masks;
    sigset_t mask; /* of the main thread */
    bool limits[RLIM_NLIMITS];
    rlim_t soft[RLIM_NLIMITS];
} lent;

/* ---- signals ---- */

/* Timers' have rules of their own (session.c); those of faults are the kernel's. */
static bool is_lendable(long number)
{
    static const int never[] = {SIGKILL, SIGSTOP, SIGSEGV,   SIGBUS,  SIGILL,
                                SIGFPE,  SIGABRT, SIGVTALRM, SIGPROF, SIGALRM};

    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (number == never[i])
            return false;
    return number > 0 && number < SIGNALS;
}

/* Lends it, once. */
static bool lend_signal(long number)
{
    struct sigaction present;

    if (lent.signals[number].handler)
        return true;
    AUTO_REF PyObject *module = PyImport_ImportModule("_signal");
    AUTO_REF PyObject *handler =
        module ? PyObject_CallMethod(module, "getsignal", "l", number) : NULL;
    bool known = handler && sigaction((int)number, NULL, &present) == 0;

    PyErr_Clear();
    if (!known)
        return false;
    lent.signals[number].handler = Py_NewRef(handler);
    lent.signals[number].action = present;
    return lent.any = true;
}

bool lent_handler(PyObject *arguments)
{
    long number = keywords_number(arguments, 0, NONE);
    PyObject *handler = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;

    if (!is_lendable(number))
        return false;
    if (PyCallable_Check(handler))
        return lend_signal(number);
    /* To ignore it, or to be ended by it, is what was there before, or nothing for a cell. */
    PyObject *before = lent.signals[number].handler;
    return before && PyLong_Check(before) && PyLong_Check(handler) &&
           PyLong_AsLong(before) == keywords_number(arguments, 1, NONE);
}

bool lent_interruption(PyObject *arguments)
{
    long number = keywords_number(arguments, 0, NONE);

    return is_lendable(number) && lent.signals[number].handler;
}

/* What was there before; false with an exception. */
static bool set_wakeup(int descriptor, int *before)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    AUTO_REF PyObject *module = PyImport_ImportModule("_signal");
    AUTO_REF PyObject *old =
        module ? PyObject_CallMethod(module, "set_wakeup_fd", "i", descriptor) : NULL;
    gate_trusted_exit(&scope);
    *before = old ? (int)PyLong_AsLong(old) : NONE;
    return old != NULL;
}

bool lent_wakeup(PyObject *arguments)
{
    PyObject *descriptor = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : Py_None;

    if (!PyLong_Check(descriptor) || descriptors_is_kernels(descriptor))
        return false;
    int none;
    if (!lent.wakes && set_wakeup(NONE, &lent.wakeup))
        lent.wakes = lent.any = set_wakeup(lent.wakeup, &none);
    PyErr_Clear(); /* on another thread than the main one nobody can */
    return lent.wakes;
}

bool lent_is_heard(int number)
{
    struct sigaction present;

    if (number == SIGINT)
        return true;
    bool timed = number == SIGALRM || number == SIGVTALRM || number == SIGPROF;
    return number > 0 && number < SIGNALS && (timed || lent.signals[number].handler) &&
           sigaction(number, NULL, &present) == 0 && present.sa_handler != SIG_DFL;
}

/* Other threads are the cell's own. */
bool lent_mask(PyObject *arguments)
{
    (void)arguments;
    if (!lent.masks && getpid() == gettid())
        lent.masks = lent.any = pthread_sigmask(SIG_SETMASK, NULL, &lent.mask) == 0;
    return true;
}

/* ---- limits ---- */

/* A number of a pair of limits; RLIM_INFINITY is -1 in Python before 3.15, and what C has since. */
static rlim_t limit_at(PyObject *pair, Py_ssize_t at)
{
    int large = 0;
    long long number = PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(pair, at), &large);

    if (large)
        return PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(pair, at));
    return number < 0 ? RLIM_INFINITY : (rlim_t)number;
}

/* Those whose end is an error in the cell, not the end of the process. A smaller stack ends it. */
bool lent_limit(PyObject *arguments)
{
    static const int kinds[] = {RLIMIT_NOFILE, RLIMIT_AS,      RLIMIT_DATA, RLIMIT_CORE,
                                RLIMIT_NPROC,  RLIMIT_MEMLOCK, RLIMIT_STACK};
    long kind = keywords_number(arguments, 0, NONE);
    PyObject *pair = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;
    struct rlimit present;
    bool lendable = false;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        lendable |= kinds[i] == kind;
    if (!lendable || !PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        !PyLong_CheckExact(PyTuple_GET_ITEM(pair, 0)) ||
        !PyLong_CheckExact(PyTuple_GET_ITEM(pair, 1)) ||
        getrlimit((__rlimit_resource_t)kind, &present))
        return false;
    rlim_t soft = limit_at(pair, 0), hard = limit_at(pair, 1);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    if (hard != present.rlim_max || (kind == RLIMIT_STACK && soft < present.rlim_cur))
        return false;
    if (!lent.limits[kind]) {
        lent.soft[kind] = present.rlim_cur;
        lent.limits[kind] = lent.any = true;
    }
    return true;
}

static void give_back_limits(void)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit present;
        if (lent.limits[i] && getrlimit((__rlimit_resource_t)i, &present) == 0) {
            present.rlim_cur = lent.soft[i];
            setrlimit((__rlimit_resource_t)i, &present);
        }
        lent.limits[i] = false;
    }
}

/* ---- files ---- */

bool lent_stream(PyObject *arguments)
{
    PyObject *from = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 0) : Py_None;
    PyObject *to = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;
    long number = keywords_number(arguments, 1, NONE);

    if (!PyLong_Check(from) || number < 0 || descriptors_is_kernels(from) ||
        descriptors_is_kernels(to))
        return false;
    if (number >= STREAMS || lent.streams[number])
        return true;
    lent.kept[number] = fcntl((int)number, F_DUPFD_CLOEXEC, STREAMS);
    lent.streams[number] = lent.kept[number] >= 0;
    lent.any |= lent.streams[number];
    return lent.streams[number];
}

/* ---- the end of the cell ---- */

static bool give_back_signals(void)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_signal");

    for (int i = 1; module && i < SIGNALS; i++) {
        if (!lent.signals[i].handler)
            continue;
        PyObject *handler = lent.signals[i].handler; /* None: not of Python's */
        AUTO_REF PyObject *done = handler == Py_None
                                      ? Py_NewRef(Py_None)
                                      : PyObject_CallMethod(module, "signal", "iO", i, handler);
        if (!done)
            return false;
        sigaction(i, &lent.signals[i].action, NULL);
        Py_CLEAR(lent.signals[i].handler);
    }
    return module != NULL;
}

bool lent_give_back(void)
{
    if (!lent.any)
        return true;
    give_back_limits();
    if (lent.masks)
        pthread_sigmask(SIG_SETMASK, &lent.mask, NULL);
    lent.masks = false;
    for (int i = 0; i < STREAMS; i++)
        if (lent.streams[i]) {
            dup2(lent.kept[i], i);
            close(lent.kept[i]);
            lent.streams[i] = false;
        }
    int now;
    if (lent.wakes && !set_wakeup(lent.wakeup, &now))
        return false;
    lent.wakes = false;
    return give_back_signals() && !(lent.any = false);
}
