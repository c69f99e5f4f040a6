/* subshell: each has a thread and an inbox of its own; the namespace is shared. */
#include "kernel/worker/inside.h"

#include <stdlib.h>

#define ITSELF                                                                                     \
    UINT64_MAX /* `running`: no cell, but it begins or ends, in code that is not to be cut */

struct subshell {
    struct worker *worker;
    unsigned shell;
    struct inbox *inbox;
    atomic_bool closing;
    atomic_ulong ident;    /* Python's, 0 until it runs */
    atomic_ullong running; /* request number, 0: none */
    atomic_bool interrupted;
    PyObject *loop;        /* asyncio's, owned; NULL before a cell needs it; with the GIL */
    struct subshell *next; /* of `living` */
};

/* Both changed with `changing` held. */
static struct subshell *subshells[SHELLS_MAX]; /* open ones */
static struct subshell *living; /* whose thread runs: a closed one goes on with its cell */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

/* Its number is free from here on, although its thread may still run. Only with `changing` held. */
static void leave_slot(struct subshell *self)
{
    if (subshells[self->shell] != self)
        return;
    subshells[self->shell] = NULL;
    link_close_shell(self->worker, self->shell);
}

/* Only with `changing` held. */
static void leave_living(struct subshell *self)
{
    for (struct subshell **at = &living; *at; at = &(*at)->next)
        if (*at == self) {
            *at = self->next;
            return;
        }
}

/* The one that runs this request, or NULL. Only with `changing` held. */
static struct subshell *find_running(uint64_t request)
{
    struct subshell *self = request ? living : NULL;

    while (self && atomic_load(&self->running) != request)
        self = self->next;
    return self;
}

/* An interrupt that came too late for the last request is raised, and caught, in code that does
 * nothing. Setting it to NULL would leave CPython 3.11 looking for it for ever: every check of the
 * interpreter's loop would be slow, and traced code would not go on at all. */
static void forget_interrupt(struct subshell *self)
{
    AUTO_REF PyObject *scope = atomic_exchange(&self->interrupted, false) ? PyDict_New() : NULL;
    AUTO_REF PyObject *done =
        scope ? PyRun_String("for i in (1, 2): pass", Py_file_input, scope, scope) : NULL;

    PyErr_Clear();
}

/* Tasks of its cells go on meanwhile. */
static enum link_result next_frame(struct subshell *self, struct hop_frame *frame)
{
    enum link_result result = LINK_SIGNAL;

    if (self->loop)
        result = link_look(self->worker, self->inbox, frame);
    if (result != LINK_SIGNAL || loop_idle(&self->loop, self->inbox))
        return result;
    Py_BEGIN_ALLOW_THREADS result = link_wait(self->worker, self->inbox, false, frame);
    Py_END_ALLOW_THREADS return result;
}

/* Until it is closed, and what came before that is answered: the front waits for it. */
static void handle_frames(struct subshell *self, PyObject *context)
{
    struct worker *worker = self->worker;

    for (;;) {
        struct hop_frame frame;
        enum link_result result;

        result = next_frame(self, &frame);
        if (result == LINK_END)
            return;
        if (result != LINK_FRAME) {
            if (atomic_load(&self->closing))
                return;
            continue;
        }
        forget_interrupt(self);
        atomic_store(&self->running, frame.head.request);
        worker_handle(worker, &frame, context);
        atomic_store(&self->running, 0);
        hop_frame_clear(&frame);
    }
}

/* `threading` takes the thread that imports it first for the main one (before Python 3.13). */
static const char threading_fix[] =
    "import sys\n"
    "if 'threading' not in sys.modules:\n"
    "    import threading\n"
    "    main = threading._main_thread\n"
    "    threading._active.pop(main._ident, None)\n"
    "    main._ident = ident\n"
    "    threading._active[ident] = main\n"
    "import threading\n"
    "threading.current_thread().name = 'subshell'\n"; /* counted from here on */
static const char threading_end[] = "import threading\n"
                                    "threading._active.pop(threading.get_ident(), None)\n";

static void threading_run(struct worker *worker, const char *source)
{
    AUTO_REF PyObject *scope = Py_BuildValue("{s:k}", "ident", worker->main_thread);
    AUTO_REF PyObject *done = scope ? PyRun_String(source, Py_file_input, scope, scope) : NULL;

    PyErr_Clear();
}

static void *subshell_run(void *argument)
{
    struct subshell *self = argument;
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *context = PyContext_New();

    atomic_store(&self->ident, PyThread_get_thread_ident());
    threading_run(self->worker, threading_fix);
    loop_of_subshell(&self->loop);
    atomic_store(&self->running, 0);
    if (context)
        handle_frames(self, context);
    atomic_store(&self->running, ITSELF);
    loop_close(&self->loop);
    Py_XDECREF(context);
    PyErr_Clear();
    threading_run(self->worker, threading_end);
    PyGILState_Release(gil);
    pthread_mutex_lock(&changing);
    leave_slot(self);
    leave_living(self);
    pthread_mutex_unlock(&changing);
    link_refuse_rest(self->worker, self->inbox);
    inbox_destroy(&self->inbox);
    free(self);
    return NULL;
}

static bool start_thread(void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &attributes, run, argument) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

/* Without memory or threads it stays shut: its requests are answered where they come in. */
void subshell_open(struct worker *worker, unsigned shell)
{
    struct subshell *self = shell > 0 && shell < SHELLS_MAX ? calloc(1, sizeof *self) : NULL;

    if (!self)
        return;
    self->worker = worker;
    self->shell = shell;
    atomic_init(&self->running, ITSELF);
    self->inbox = inbox_new();
    pthread_mutex_lock(&changing);
    bool listed = self->inbox && link_open_shell(worker, shell, self->inbox);
    bool started = listed && start_thread(subshell_run, self);
    if (started) {
        subshells[shell] = self;
        self->next = living;
        living = self;
    } else if (listed) {
        link_close_shell(worker, shell);
    }
    pthread_mutex_unlock(&changing);
    if (started)
        return;
    inbox_destroy(&self->inbox);
    free(self);
}

void subshell_close(struct worker *worker, unsigned shell)
{
    (void)worker;
    pthread_mutex_lock(
        &changing); /* its thread, told that it ends, waits here before it frees all */
    struct subshell *self = shell > 0 && shell < SHELLS_MAX ? subshells[shell] : NULL;
    if (self) {
        leave_slot(self);
        atomic_store(&self->closing, true);
        inbox_interrupt(self->inbox);
    }
    pthread_mutex_unlock(&changing);
}

/* In a thread of its own, since it waits for the GIL: who reads the hop must not, with the output
 * of whoever holds the GIL to drain. */
static void *interrupt_run(void *argument)
{
    uint64_t *request = argument;
    PyGILState_STATE gil = PyGILState_Ensure();

    pthread_mutex_lock(&changing);
    struct subshell *self = find_running(*request);
    PyObject *loop = self ? Py_XNewRef(self->loop) : NULL;
    if (self) {
        atomic_store(&self->interrupted, true);
        PyThreadState_SetAsyncExc(atomic_load(&self->ident), PyExc_KeyboardInterrupt);
    }
    pthread_mutex_unlock(&changing);
    if (loop)
        loop_wake(loop);
    Py_XDECREF(loop);
    PyGILState_Release(gil);
    free(request);
    return NULL;
}

bool subshell_runs(void)
{
    bool runs = false;

    pthread_mutex_lock(&changing);
    for (const struct subshell *one = living; one; one = one->next)
        runs = runs || atomic_load(&one->running);
    pthread_mutex_unlock(&changing);
    return runs;
}

void subshells_forget(void)
{
    pthread_mutex_init(&changing, NULL);
    for (unsigned i = 0; i < SHELLS_MAX; i++) /* small, and once in a crash: not freed */
        subshells[i] = NULL;
    living = NULL;
}

void subshell_interrupt(struct worker *worker, uint64_t request)
{
    pthread_mutex_lock(&changing);
    bool running = find_running(request);
    pthread_mutex_unlock(&changing);

    if (!running || link_interrupt_waiter(worker, request))
        return;
    uint64_t *asked = malloc(sizeof *asked);
    if (!asked)
        return;
    *asked = request;
    if (!start_thread(interrupt_run, asked))
        free(asked);
}
