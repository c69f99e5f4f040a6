/* loop: one asyncio loop for the whole session, made when a cell first awaits, and one for each
 * subshell. Tasks of earlier cells go on while later cells await, and while the thread waits for
 * its next request. */
#include "kernel/worker/inside.h"

#include <string.h>

static _Thread_local PyObject **subshell_loop; /* where this subshell has its own; else NULL */

static bool on_main_thread(void)
{
    return PyThread_get_thread_ident() == worker_self->main_thread;
}

/* Where this thread has its loop; NULL for threads of the user's. */
static PyObject **loop_place(struct worker *self)
{
    return on_main_thread() ? &self->loop : subshell_loop;
}

/* ---- at rest ---- */

static _Thread_local bool loop_in_use; /* run_until_complete or run_forever is on this stack */

static void set_attribute(PyObject *object, const char *name, PyObject *value)
{
    if (PyObject_SetAttrString(object, name, value) < 0)
        PyErr_Clear(); /* a loop of another make */
}

/* `task`, which the loop was run for, does not stop it any more when it ends later. */
static void task_let_go(PyObject *task)
{
    AUTO_REF PyObject *events = PyImport_ImportModule("asyncio.base_events");
    AUTO_REF PyObject *stops =
        events ? PyObject_GetAttrString(events, "_run_until_complete_cb") : NULL;
    AUTO_REF PyObject *removed =
        stops ? PyObject_CallMethod(task, "remove_done_callback", "O", stops) : NULL;

    PyErr_Clear();
}

/* An interrupt in the middle of asyncio's own clean-up leaves a loop that says it is running, or
 * that is to stop at once: every later await would end in a RuntimeError. Nothing of Python's is
 * run here, so no further interrupt comes between. `task`: what it was run for, or NULL. The
 * exception that is set stays. */
static void loop_rest(PyObject *loop, PyObject *task)
{
    AUTO_REF PyObject *error = interpreter_take_exception();
    AUTO_REF PyObject *thread = PyObject_GetAttrString(loop, "_thread_id");

    PyErr_Clear();
    if (task)
        task_let_go(task);
    if (thread && thread != Py_None && !loop_in_use) {
        AUTO_REF PyObject *asyncio = PyImport_ImportModule("_asyncio");
        AUTO_REF PyObject *unset =
            asyncio ? PyObject_CallMethod(asyncio, "_set_running_loop", "O", Py_None) : NULL;
        AUTO_REF PyObject *sys = PyImport_ImportModule("sys");
        AUTO_REF PyObject *hooks =
            sys ? PyObject_CallMethod(sys, "set_asyncgen_hooks", "OO", Py_None, Py_None) : NULL;
        PyErr_Clear();
        set_attribute(loop, "_thread_id", Py_None);
    }
    if (thread && !loop_in_use)
        set_attribute(loop, "_stopping", Py_False);
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
}

/* `asyncio` imported, the loop made and set as this thread's; borrowed loop or NULL. */
static PyObject *loop_get(PyObject **place)
{
    AUTO_REF PyObject *asyncio = PyImport_ImportModule("asyncio");

    if (!asyncio)
        return NULL;
    if (*place) { /* asyncio.run() of a cell may have closed or unset it */
        AUTO_REF PyObject *closed = PyObject_CallMethod(*place, "is_closed", NULL);
        if (!closed)
            return NULL;
        if (closed == Py_True)
            Py_CLEAR(*place);
    }
    if (!*place)
        *place = PyObject_CallMethod(asyncio, "new_event_loop", NULL);
    if (!*place)
        return NULL;
    AUTO_REF PyObject *set = PyObject_CallMethod(asyncio, "set_event_loop", "O", *place);
    return set ? *place : NULL;
}

/* ---- create_task without await ---- */
/* asyncio.create_task() in a cell that does not await finds no running loop; there it is the
 * session's or the subshell's. Only get_running_loop is answered so, so asyncio.run() still works
 * in cells. */
static PyMethodDef running_original, running_ours;

static PyObject *running_loop(PyObject *module, PyObject *args)
{
    PyObject *loop = running_original.ml_meth(module, args);
    PyObject **place = loop ? NULL : loop_place(worker_self);

    if (!place || !*place || !PyErr_ExceptionMatches(PyExc_RuntimeError))
        return loop;
    PyErr_Clear();
    return Py_NewRef(*place);
}

static bool running_install(void)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_asyncio");
    AUTO_REF PyObject *function =
        module ? PyObject_GetAttrString(module, "get_running_loop") : NULL;

    if (!function) {
        PyErr_Clear(); /* a pure Python asyncio: create_task needs an await there */
        return true;
    }
    PyCFunctionObject *object = (PyCFunctionObject *)function;
    if (!PyCFunction_Check(function) || object->m_ml == &running_ours ||
        object->m_ml->ml_flags != METH_NOARGS)
        return true;
    running_original = running_ours = *object->m_ml;
    running_ours.ml_meth = running_loop;
    object->m_ml = &running_ours;
    return true;
}

/* An interrupt in the middle of the import leaves parts behind, with which asyncio can never be
 * imported again. */
static void import_forget(void)
{
    AUTO_REF PyObject *exception = interpreter_take_exception();
    AUTO_REF PyObject *names = PyDict_Keys(PyImport_GetModuleDict());

    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        if (name && strncmp(name, "asyncio", 7) == 0 && (!name[7] || name[7] == '.'))
            PyDict_DelItem(PyImport_GetModuleDict(), PyList_GET_ITEM(names, i));
    }
    PyErr_Clear();
    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
}

bool loop_prepare(struct worker *self, PyObject *source)
{
    static bool used;

    if (!used) {
        AUTO_REF PyObject *word = PyUnicode_FromString("asyncio");
        used = PyDict_GetItemString(PyImport_GetModuleDict(), "asyncio") ||
               (word && PyUnicode_Find(source, word, 0, PyUnicode_GET_LENGTH(source), 1) >= 0);
        if (!used)
            return true;
        AUTO_REF PyObject *asyncio = PyImport_ImportModule("asyncio");
        if (!asyncio || !running_install()) {
            used = false;
            import_forget();
            return false;
        }
    }
    PyObject **place = loop_place(self);
    return !place || loop_get(place) != NULL;
}

/* ---- a cell ---- */

static bool task_done(PyObject *task)
{
    AUTO_REF PyObject *done = PyObject_CallMethod(task, "done", NULL);

    return done == Py_True;
}

/* The task's exception becomes the one that is set (as it is, without asyncio's frames), or its
 * result. */
static PyObject *task_result(PyObject *task)
{
    AUTO_REF PyObject *cancelled = PyObject_CallMethod(task, "cancelled", NULL);
    AUTO_REF PyObject *exception =
        cancelled == Py_False ? PyObject_CallMethod(task, "exception", NULL) : NULL;

    if (exception && exception != Py_None) {
        AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);
        PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exception)), Py_NewRef(exception),
                      traceback ? Py_NewRef(traceback) : NULL);
        return NULL;
    }
    return cancelled ? PyObject_CallMethod(task, "result", NULL) : NULL;
}

/* As the loop's own; however it ends, the loop is at rest. New reference. */
static PyObject *run_until_complete(PyObject *loop, PyObject *task)
{
    bool outer = loop_in_use;

    loop_in_use = true;
    PyObject *done = PyObject_CallMethod(loop, "run_until_complete", "O", task);
    loop_in_use = outer;
    breaking_over();
    if (!done)
        loop_rest(loop, task);
    return done;
}

/* KeyboardInterrupt came while the task waits: it is cancelled, and what it then raises out of its
 * await is shown as KeyboardInterrupt at that line. */
static PyObject *interrupt_task(PyObject *loop, PyObject *task, PyObject *interrupt)
{
    AUTO_REF PyObject *cancelled = PyObject_CallMethod(task, "cancel", NULL);
    AUTO_REF PyObject *ignored = cancelled ? run_until_complete(loop, task) : NULL;

    if (ignored)
        return Py_NewRef(ignored); /* it caught the cancelling and came to its end */
    AUTO_REF PyObject *error = interpreter_take_exception();
    AUTO_REF PyObject *traceback = error ? PyException_GetTraceback(error) : NULL;
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(interrupt)), Py_NewRef(interrupt),
                  traceback ? Py_NewRef(traceback) : NULL);
    return NULL;
}

/* ---- other requests while a cell awaits ---- */

enum { AWAITS_AFTER_MS = 10 }; /* a cell that is over sooner tells nobody */

/* The request of a frame, with the output's owner as it was before put back. */
static void handle_aside(struct worker *self, const struct hop_frame *frame)
{
    AUTO_REF PyObject *context = PyContext_Copy(self->context);
    AUTO_REF PyObject *parent = Py_XNewRef(self->last_parent);
    uint64_t prints = watch_whose();

    if (context)
        worker_handle(self, frame, context);
    Py_XSETREF(self->last_parent, Py_XNewRef(parent));
    watch_for(prints, false);
}

/* The loop's reader: what came for the main shell meanwhile. */
static PyObject *answer_asides(PyObject *module, PyObject *unused)
{
    struct worker *self = worker_self;
    struct inbox *inbox = link_shell(self, 0);
    struct hop_frame frame;

    (void)module, (void)unused;
    inbox_clear(inbox);
    while (link_take(self, inbox, &frame)) {
        handle_aside(self, &frame);
        hop_frame_clear(&frame);
    }
    return PyErr_CheckSignals() < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *tell_awaiting(PyObject *number, PyObject *unused)
{
    struct hop_head head = {.type = HOP_AWAITING, .request = PyLong_AsUnsignedLongLong(number)};

    (void)unused;
    return link_send(worker_self, head, NULL) ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef aside_methods[] = {
    {"answer_asides", answer_asides, METH_NOARGS, NULL},
    {"tell_awaiting", tell_awaiting, METH_NOARGS, NULL},
};

/* What a runner of the person's choice needs to answer requests, for the outermost cell of the main
 * shell: the descriptor to wait for, what then answers, what tells the front. None elsewhere. */
static PyObject *asides_of_runner(struct worker *self)
{
    struct parent *parent = on_main_thread() && !self->awaits ? parent_current(self) : NULL;
    AUTO_REF PyObject *owned = (PyObject *)parent;
    AUTO_REF PyObject *number = parent ? PyLong_FromUnsignedLongLong(parent->request) : NULL;

    if (!parent)
        return Py_NewRef(Py_None);
    return number ? Py_BuildValue("(iNN)", inbox_fd(link_shell(self, 0)),
                                  PyCFunction_New(&aside_methods[0], NULL),
                                  PyCFunction_New(&aside_methods[1], number))
                  : NULL;
}

/* One that its runner did not begin is not warned of later, one that it left does not go on. */
static void coroutine_close(PyObject *coroutine)
{
    AUTO_REF PyObject *error = interpreter_take_exception();
    AUTO_REF PyObject *closed = PyObject_CallMethod(coroutine, "close", NULL);

    PyErr_Clear();
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
}

/* New reference: what the coroutine gives. */
static PyObject *run_by(struct worker *self, PyObject *runner, PyObject *coroutine)
{
    AUTO_REF PyObject *kept = Py_NewRef(runner); /* the cell may choose another */
    AUTO_REF PyObject *asides = asides_of_runner(self);
    bool outer = self->awaits;

    if (!asides)
        return NULL;
    if (on_main_thread())
        self->awaits = true;
    PyObject *result = PyObject_CallFunctionObjArgs(kept, coroutine, asides, NULL);
    if (on_main_thread())
        self->awaits = outer;
    if (!result)
        coroutine_close(coroutine); /* while what it swallows is still broken */
    breaking_over();
    return result;
}

/* From now until asides_close the loop answers requests; new reference to the timer that tells the
 * front, NULL without an exception when it cannot. */
static PyObject *asides_open(struct worker *self, PyObject *loop)
{
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    AUTO_REF PyObject *number = parent ? PyLong_FromUnsignedLongLong(parent->request) : NULL;
    AUTO_REF PyObject *answer = number ? PyCFunction_New(&aside_methods[0], NULL) : NULL;
    AUTO_REF PyObject *tell = answer ? PyCFunction_New(&aside_methods[1], number) : NULL;
    AUTO_REF PyObject *reads =
        tell ? PyObject_CallMethod(loop, "add_reader", "iO", inbox_fd(link_shell(self, 0)), answer)
             : NULL;
    PyObject *timer =
        reads ? PyObject_CallMethod(loop, "call_later", "dO", AWAITS_AFTER_MS / 1000.0, tell)
              : NULL;

    PyErr_Clear();
    return timer;
}

static void asides_close(struct worker *self, PyObject *loop, PyObject *timer)
{
    AUTO_REF PyObject *error = interpreter_take_exception();
    AUTO_REF PyObject *cancelled = timer ? PyObject_CallMethod(timer, "cancel", NULL) : NULL;
    AUTO_REF PyObject *removed =
        timer ? PyObject_CallMethod(loop, "remove_reader", "i", inbox_fd(link_shell(self, 0)))
              : NULL;

    PyErr_Clear();
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
}

static PyObject *run_in_loop(PyObject *loop, PyObject *coroutine, PyObject *context)
{
    AUTO_REF PyObject *create = PyObject_GetAttrString(loop, "create_task");
    AUTO_REF PyObject *args = PyTuple_Pack(1, coroutine);
    AUTO_REF PyObject *keywords = context ? Py_BuildValue("{s:O}", "context", context) : NULL;
    AUTO_REF PyObject *task = create && args ? PyObject_Call(create, args, keywords) : NULL;

    if (!task)
        return NULL;
    AUTO_REF PyObject *done = run_until_complete(loop, task);
    PyObject *result = NULL;
    AUTO_REF PyObject *raised = done ? NULL : interpreter_take_exception();
    if (done)
        result = Py_NewRef(done);
    else if (task_done(task))
        result = task_result(task);
    else
        result = interrupt_task(loop, task, raised);
    return result;
}

PyObject *loop_run(struct worker *self, PyObject *coroutine, PyObject *context)
{
    PyObject **place = loop_place(self);

    if (self->runner && self->runner != Py_False)
        return run_by(self, self->runner, coroutine);
    if (!place) { /* a thread of the user's: its loop lasts as long as the coroutine */
        AUTO_REF PyObject *asyncio = PyImport_ImportModule("asyncio");
        return asyncio ? PyObject_CallMethod(asyncio, "run", "O", coroutine) : NULL;
    }
    AUTO_REF PyObject *loop = Py_XNewRef(loop_get(place));
    if (!loop)
        return NULL;
    if (place == subshell_loop)
        return run_in_loop(loop, coroutine, NULL);
    /* The task enters the context itself, so it must not be entered already. */
    bool left = context && PyContext_Exit(context) == 0;
    if (context && !left) { /* a cell inside a task of its own: that task's context holds */
        PyErr_Clear();
        context = NULL;
    }
    bool outermost = !self->awaits; /* a cell's code that runs a loop in a loop has one reader */
    AUTO_REF PyObject *timer = outermost ? asides_open(self, loop) : NULL;
    self->awaits = true;
    PyObject *result = run_in_loop(loop, coroutine, context);
    if (outermost) {
        asides_close(self, loop, timer);
        self->awaits = false;
    }
    if (left) {
        AUTO_REF PyObject *error = interpreter_take_exception();
        if (PyContext_Enter(context) < 0)
            PyErr_Clear();
        if (error)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    }
    return result;
}

/* ---- between cells ---- */

enum link_result loop_wait(struct worker *self, struct hop_frame *frame)
{
    struct inbox *inbox = link_shell(self, 0);

    for (;;) {
        if (link_take(self, inbox, frame))
            return LINK_FRAME;
        if (atomic_load(&self->shutting_down))
            return LINK_END;
        AUTO_REF PyObject *stop = PyObject_GetAttrString(self->loop, "stop");
        AUTO_REF PyObject *added =
            stop ? PyObject_CallMethod(self->loop, "add_reader", "iO", self->hop_fd, stop) : NULL;
        AUTO_REF PyObject *also =
            added ? PyObject_CallMethod(self->loop, "add_reader", "iO", inbox_fd(inbox), stop)
                  : NULL;
        AUTO_REF PyObject *ran = also ? PyObject_CallMethod(self->loop, "run_forever", NULL) : NULL;
        bool failed = !ran;
        PyErr_Clear();
        if (failed)
            loop_rest(self->loop, NULL);
        AUTO_REF PyObject *removed =
            PyObject_CallMethod(self->loop, "remove_reader", "i", self->hop_fd);
        AUTO_REF PyObject *too =
            PyObject_CallMethod(self->loop, "remove_reader", "i", inbox_fd(inbox));
        PyErr_Clear();
        bool more;
        Py_BEGIN_ALLOW_THREADS inbox_clear(inbox);
        more = link_read(self);
        Py_END_ALLOW_THREADS if (!more) return LINK_END;
        if (failed && !added)
            return LINK_SIGNAL; /* the loop is closed: wait without it */
    }
}

/* ---- a subshell's ---- */

void loop_of_subshell(PyObject **place)
{
    subshell_loop = place;
}

bool loop_idle(PyObject **place, struct inbox *inbox)
{
    PyObject *loop = *place;

    if (!loop)
        return false;
    AUTO_REF PyObject *stop = PyObject_GetAttrString(loop, "stop");
    AUTO_REF PyObject *added =
        stop ? PyObject_CallMethod(loop, "add_reader", "iO", inbox_fd(inbox), stop) : NULL;
    AUTO_REF PyObject *ran = added ? PyObject_CallMethod(loop, "run_forever", NULL) : NULL;
    PyErr_Clear(); /* of a task: the loop goes on the next time */
    if (!ran)
        loop_rest(loop, NULL);
    AUTO_REF PyObject *removed = PyObject_CallMethod(loop, "remove_reader", "i", inbox_fd(inbox));
    PyErr_Clear();
    if (!added) /* closed by a cell: the next one gets a new one */
        Py_CLEAR(*place);
    return added;
}

void loop_wake(PyObject *loop)
{
    AUTO_REF PyObject *woken =
        PyObject_CallMethod(loop, "call_soon_threadsafe", "O", (PyObject *)&PyLong_Type);

    PyErr_Clear(); /* closed meanwhile */
}

/* Tasks that do not let themselves be cancelled are left behind. */
static const char closing[] = "import asyncio\n"
                              "tasks = asyncio.all_tasks(loop)\n"
                              "for task in tasks: task.cancel()\n"
                              "if tasks: loop.run_until_complete(asyncio.wait(tasks, timeout=1))\n"
                              "loop.run_until_complete(loop.shutdown_asyncgens())\n"
                              "loop.close()\n";

void loop_close(PyObject **place)
{
    AUTO_REF PyObject *loop = *place;
    AUTO_REF PyObject *scope = loop ? Py_BuildValue("{s:O}", "loop", loop) : NULL;
    AUTO_REF PyObject *done = scope ? PyRun_String(closing, Py_file_input, scope, scope) : NULL;

    *place = NULL;
    PyErr_Clear();
}
