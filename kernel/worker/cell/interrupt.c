/* interrupt: it is for the code of a cell. What the kernel does on the way there and around a fork
 * calls Python too, some of it where no exception can be told: an interrupt raised there would be
 * lost. It waits until that is over. */
#include "kernel/worker/inside.h"

#include <signal.h>

enum { TRIES_MOST = 3 };

static volatile sig_atomic_t interrupts_noted;
static unsigned holders;                                /* of the main thread */
static struct held_interrupt between = {.held = false}; /* requests */
static uint64_t begun; /* the main shell's request that can be interrupted; 0: none */

static void note_interrupt(int signal)
{
    (void)signal;
    interrupts_noted = 1;
}

void interrupt_hold(struct held_interrupt *self)
{
    struct sigaction note = {.sa_handler = note_interrupt, .sa_flags = SA_RESTART};

    self->held = PyThread_get_thread_ident() == worker_self->main_thread;
    self->outer = self->held && holders++ == 0;
    if (self->outer) {
        interrupts_noted = 0;
        sigaction(SIGINT, &note, &self->before);
    }
}

void interrupt_release(struct held_interrupt *self, bool again)
{
    if (!self->held)
        return;
    self->held = false;
    holders--;
    if (!self->outer)
        return;
    sigaction(SIGINT, &self->before, NULL);
    if (interrupts_noted && again)
        raise(SIGINT);
}

/* ---- between requests ---- */

/* What the cell was lent, its handler of interrupts, too, before another is put above it. One that
 * comes meanwhile is of the cell that ends. */
static void give_back(void)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    for (int tries = 0; tries < TRIES_MOST && !lent_give_back(); tries++)
        PyErr_Clear();
    gate_trusted_exit(&scope);
}

/* What came already is nobody's any more. */
static void hold_between(bool ended)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    if (ended)
        give_back();
    interrupt_hold(&between);
    if (between.outer && PyErr_CheckSignals() < 0)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
}

/* An interrupt that met the import system itself may have left modules half imported. */
static void mend_imports(void)
{
    struct gate_scope scope;
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    breaking_over();
    gate_trusted_enter(&scope);
    AUTO_REF PyObject *part = PyImport_ImportModule("_safepyrun_imports");
    AUTO_REF PyObject *done = part ? PyObject_CallMethod(part, "mend", NULL) : NULL;
    if (!done)
        PyErr_Clear();
    gate_trusted_exit(&scope);
    PyErr_Restore(type, error, traceback);
}

void interrupt_begin(const struct worker *self, uint64_t request)
{
    begun = request;
    interrupt_release(&between, false);
    if (request && request == ring_interrupted(self->ring)) /* it met what ran before */
        raise(SIGINT);
}

void interrupt_over(uint64_t request)
{
    if (PyThread_get_thread_ident() != worker_self->main_thread || request != begun || between.held)
        return;
    bool was_interrupted = begun && ring_interrupted(worker_self->ring) == begun;
    begun = 0;
    hold_between(true);
    if (was_interrupted)
        mend_imports();
}

void interrupt_tasks(bool run)
{
    if (run)
        interrupt_release(&between, false);
    else
        hold_between(false);
}
