/* cell: execute_request. */
#include "kernel/worker/inside.h"

#include <string.h>
#include <time.h>

/* One execute_request, read in one place. */
struct cell {
    PyObject *code;        /* borrowed str */
    PyObject *expressions; /* borrowed dict or NULL */
    bool silent;
    bool store_history;
    int count; /* the number that it shows */
};

static bool cell_read(struct worker *self, struct request *request, struct cell *cell)
{
    cell->code = request_str(request, "code");
    if (!cell->code)
        return false;
    cell->silent = request_flag(request, "silent", false);
    cell->store_history = !cell->silent && request_flag(request, "store_history", true);
    cell->expressions = request_dict(request, "user_expressions");
    cell->count = self->execution_count + 1;
    return true;
}

/* ---- results ---- */

/* The bundle of a value whose display, when it fails, is an error of the cell; new reference. */
static PyObject *result_bundle(struct worker *self, struct parent *parent, PyObject *value)
{
    if (parent)
        parent->shows_result = true;
    PyObject *bundle = display_bundle(self, value, NULL, NULL);
    if (parent)
        parent->shows_result = false;
    return bundle;
}

/* What the reply is to tell of a display that failed, once: new reference, or NULL without an
 * exception. */
static PyObject *take_display_error(struct worker *self)
{
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    PyObject *content = parent ? parent->display_error : NULL;

    if (parent)
        parent->display_error = NULL;
    return content;
}

bool cell_show_result(struct worker *self, PyObject *value)
{
    if (value == Py_None)
        return true;
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    AUTO_REF PyObject *bundle = result_bundle(self, parent, value);

    if (!bundle || !parent)
        return bundle != NULL;
    if (PyDict_GET_SIZE(PyTuple_GET_ITEM(bundle, 0)) > 0) {
        AUTO_REF PyObject *content =
            Py_BuildValue("{s:i,s:O,s:O}", "execution_count", parent->count, "data",
                          PyTuple_GET_ITEM(bundle, 0), "metadata", PyTuple_GET_ITEM(bundle, 1));
        if (!content || !worker_publish(self, "execute_result", content, NULL, NULL))
            return false;
    }
    return !parent->store_history || history_result(self, parent->count, value);
}

/* sys.displayhook may be the user's own. */
static bool show(PyObject *value)
{
    PyObject *hook = PySys_GetObject("displayhook"); /* borrowed */

    if (!hook) {
        PyErr_SetString(PyExc_RuntimeError, "lost sys.displayhook");
        return false;
    }
    Py_INCREF(hook);
    AUTO_REF PyObject *result = PyObject_CallOneArg(hook, value);
    Py_DECREF(hook);
    return result != NULL;
}

/* ---- user_expressions ---- */

static PyObject *evaluate(struct worker *self, PyObject *source)
{
    struct sandbox_code code;
    AUTO_REF PyObject *filename = PyUnicode_FromString("<user_expression>");

    if (!PyUnicode_Check(source))
        return PyErr_Format(PyExc_TypeError, "an expression is a str, not %s",
                            Py_TYPE(source)->tp_name);
    if (!filename || !compile_source(self->sandbox, source, filename, Py_eval_input, 0, &code))
        return NULL;
    AUTO_REF PyObject *owned = code.code;
    AUTO_REF PyObject *box = code.result;
    AUTO_REF PyObject *value = PyEval_EvalCode(owned, self->globals, self->globals);
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned_parent = (PyObject *)parent;
    AUTO_REF PyObject *bundle = value ? result_bundle(self, parent, value) : NULL;
    PyObject *error = bundle ? take_display_error(self) : NULL;
    if (!bundle || error)
        return error;
    return Py_BuildValue("{s:s,s:O,s:O}", "status", "ok", "data", PyTuple_GET_ITEM(bundle, 0),
                         "metadata", PyTuple_GET_ITEM(bundle, 1));
}

static PyObject *error_content(PyObject *exception)
{
    PyObject *content = traceback_describe(exception);
    AUTO_REF PyObject *status = PyUnicode_FromString("error");

    if (content && (!status || PyDict_SetItemString(content, "status", status) < 0 ||
                    !shell_render(exception, content)))
        Py_CLEAR(content);
    return content;
}

/* `content` as an error message. */
static bool publish_error(struct worker *self, PyObject *exception, PyObject *content)
{
    AUTO_REF PyObject *published = PyDict_Copy(content);
    AUTO_REF PyObject *metadata = denial_is(exception) ? denial_metadata(exception) : PyDict_New();

    return published && metadata && PyDict_DelItemString(published, "status") == 0 &&
           worker_publish(self, "error", published, metadata, NULL);
}

PyObject *error_show(struct worker *self, PyObject *exception)
{
    AUTO_REF PyObject *content = error_content(exception);

    return content && publish_error(self, exception, content) ? Py_NewRef(content) : NULL;
}

static PyObject *evaluate_all(struct worker *self, PyObject *expressions)
{
    AUTO_REF PyObject *results = PyDict_New();
    AUTO_REF PyObject *items = expressions ? PyDict_Items(expressions) : PyList_New(0);

    for (Py_ssize_t i = 0; results && items && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        AUTO_REF PyObject *result = evaluate(self, PyTuple_GET_ITEM(pair, 1));
        if (!result) {
            AUTO_REF PyObject *exception = interpreter_take_exception();
            result = exception ? error_content(exception) : NULL;
        }
        if (!result || PyDict_SetItem(results, PyTuple_GET_ITEM(pair, 0), result) < 0)
            return NULL;
    }
    return results && items ? Py_NewRef(results) : NULL;
}

/* ---- replies ---- */

static bool add_common(struct worker *self, const struct cell *cell, PyObject *content,
                       PyObject *expressions)
{
    AUTO_REF PyObject *count =
        PyLong_FromLong(cell->store_history ? cell->count : self->execution_count);
    AUTO_REF PyObject *payload = self->payload ? Py_NewRef(self->payload) : PyList_New(0);

    Py_CLEAR(self->payload);
    return count && payload && PyDict_SetItemString(content, "execution_count", count) == 0 &&
           PyDict_SetItemString(content, "payload", payload) == 0 &&
           PyDict_SetItemString(content, "user_expressions", expressions) == 0;
}

static bool reply_ok(struct worker *self, struct request *request, const struct cell *cell)
{
    AUTO_REF PyObject *expressions = evaluate_all(self, cell->expressions);
    AUTO_REF PyObject *content = Py_BuildValue("{s:s}", "status", "ok");

    return expressions && content && add_common(self, cell, content, expressions) &&
           worker_reply(self, request, "execute_reply", content);
}

/* For post-mortem looks: %tb, sys.last_value. */
static bool remember_error(PyObject *exception)
{
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);

    return PySys_SetObject("last_type", (PyObject *)Py_TYPE(exception)) == 0 &&
           PySys_SetObject("last_value", exception) == 0 &&
           PySys_SetObject("last_exc", exception) == 0 &&
           PySys_SetObject("last_traceback", traceback ? traceback : Py_None) == 0;
}

/* A cell that leaves wants no traceback: what runs notebooks shows these two lines. */
static bool shorten_exit(PyObject *content)
{
    PyObject *value = PyDict_GetItemString(content, "evalue");
    bool says = value && PyUnicode_GET_LENGTH(value) > 0;
    AUTO_REF PyObject *lines = Py_BuildValue(
        "[sN]", "An exception has occurred, use %tb to see the full traceback.\n",
        PyUnicode_FromFormat(RED "%U" PLAIN "%s%V\n", PyDict_GetItemString(content, "ename"),
                             says ? ": " : "", says ? value : NULL, ""));

    return lines && PyDict_SetItemString(content, "traceback", lines) == 0;
}

/* The error is shown on iopub, unless silent; what the reply tells of it, new reference. */
static PyObject *show_error(struct worker *self, const struct cell *cell, PyObject *exception)
{
    AUTO_REF PyObject *content = error_content(exception);
    if (content && PyErr_GivenExceptionMatches(exception, PyExc_SystemExit) &&
        !shorten_exit(content))
        return NULL;
    bool taken = content && !cell->silent && shell_takes_error(exception);

    if (!content || !remember_error(exception) ||
        (!taken && !publish_error(self, exception, content)))
        return NULL;
    return Py_NewRef(content);
}

static bool reply_error(struct worker *self, struct request *request, const struct cell *cell,
                        PyObject *content)
{
    AUTO_REF PyObject *expressions = PyDict_New();

    return expressions && add_common(self, cell, content, expressions) &&
           worker_reply(self, request, "execute_reply", content);
}

/* ---- the cell ---- */

static bool announce(struct worker *self, const struct cell *cell)
{
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:O,s:i}", "code", cell->code, "execution_count", cell->count);

    return content && worker_publish(self, "execute_input", content, NULL, NULL);
}

/* An interrupt may come first: the cell is announced all the same, then interrupted. */
static bool announce_surely(struct worker *self, const struct cell *cell)
{
    if (announce(self, cell))
        return true;
    AUTO_REF PyObject *exception = interpreter_take_exception();
    announce(self, cell);
    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    return false;
}

/* What was warned of in an earlier cell is warned of again: `warnings` keeps that in the module. */
static void warn_anew(struct worker *self)
{
    if (PyDict_DelItemString(self->globals, "__warningregistry__") < 0)
        PyErr_Clear();
}

static bool cell_begin(struct worker *self, const struct cell *cell)
{
    AUTO_REF PyObject *filename = PyUnicode_FromFormat("Cell In[%d]", cell->count);

    if (!filename)
        return false;
    Py_XSETREF(self->filename, Py_NewRef(filename));
    Py_XSETREF(self->payload, PyList_New(0));
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    if (parent) {
        parent->count = cell->count;
        parent->store_history = cell->store_history;
    }
    if (cell->store_history) {
        self->execution_count = cell->count;
        if (!history_begin(self, cell->count, cell->code))
            return false;
    }
    if (!cell->silent && !announce_surely(self, cell))
        return false;
    warn_anew(self);
    if (!basics_are_there() || !config_cell_begins(self, cell->code, cell->silent))
        return false;
    return !shell_cell_begins ||
           shell_cell_begins(self, cell->code, cell->silent, cell->store_history);
}

/* Run and show; false with the cell's exception. */
static bool cell_run(struct worker *self, const struct cell *cell, PyObject *context)
{
    bool has_result;
    AUTO_REF PyObject *filename = Py_NewRef(self->filename);

    if (!sources_add(filename, cell->code) || !debugger_name(filename, cell->code, true) ||
        !loop_prepare(self, cell->code))
        return false;
    AUTO_REF PyObject *value =
        run_source_code(self, cell->code, filename, RUN_GUARDED | RUN_TRANSFORMED | RUN_INTERACTIVE,
                        self->globals, context, &has_result);
    if (!value)
        return false;
    if (has_result && shell_leaves(cell->code, value)) {
        AUTO_REF PyObject *left = PyObject_CallNoArgs(value);
        return left != NULL;
    }
    if (has_result && shell_runs_macro(cell->code, value))
        return true;
    if (PyErr_Occurred())
        return false;
    if (!has_result || cell->silent || source_is_quiet(cell->code))
        return true;
    return show(value);
}

static void flush_standard_streams(struct worker *self)
{
    fflush(stdout);
    watch_drain(self);
    for (int i = 0; i < 2; i++) { /* a stream of the user's own may hold text back */
        PyObject *stream = PySys_GetObject(i ? "stderr" : "stdout");
        AUTO_REF PyObject *flushed =
            stream && stream != Py_None ? PyObject_CallMethod(stream, "flush", NULL) : NULL;
        PyErr_Clear();
    }
}

/* nbclient sends the state of Output widgets on the socket that the reply comes to. A reply that
 * arrives just then does not wake it: jupyter_client sends past its event loop, which is never told
 * of what came meanwhile. So it is given the time to have done so. */
static void wait_for_outputs(struct worker *self)
{
    static const struct timespec pause = {0, 100 * 1000 * 1000};

    if (!self->redirected)
        return;
    self->redirected = false;
    Py_BEGIN_ALLOW_THREADS nanosleep(&pause, NULL);
    Py_END_ALLOW_THREADS
}

bool cell_execute(struct worker *self, struct request *request)
{
    struct cell cell;

    if (!cell_read(self, request, &cell))
        return false;
    AUTO_REF PyObject *earlier = refusal_take_kept(NULL); /* which nobody was told of */
    AUTO_REF PyObject *context = request->shell == 0 ? Py_NewRef(self->context) : NULL;
    bool ran = cell_begin(self, &cell) && cell_run(self, &cell, context);
    AUTO_REF PyObject *raised = ran ? NULL : interpreter_take_exception();
    AUTO_REF PyObject *exception = raised ? refused_explain(self, raised) : NULL;

    if (exception)
        flush_standard_streams(self);
    AUTO_REF PyObject *error =
        exception ? show_error(self, &cell, exception) : take_display_error(self);
    if (exception && !error)
        return false;
    if (exception && !cell.silent)
        debugger_after_error(exception);
    if (shell_cell_ends && !shell_cell_ends(self, NULL, exception, cell.silent))
        PyErr_Clear();
    flush_standard_streams(self);
    wait_for_outputs(self);
    return error ? reply_error(self, request, &cell, error) : reply_ok(self, request, &cell);
}
