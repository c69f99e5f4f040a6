/* shell: what get_ipython() stands on: magics and their host, the events around a cell, the
 * kernel's frozen Python parts. The object itself is Python (shims/_safepyrun_shell.py), made when
 * it is first asked for. */
#include "kernel/worker/checkpoint.h"
#include "kernel/worker/inside.h"
#include "kernel/worker/preview.h"

#include <string.h>

#include "magics/magic.h"

#pragma weak inspect_text
PyObject *inspect_text(struct worker *self, PyObject *name, int detail);

static struct magic_host host; /* of the one worker; filled by shell_install */
static PyObject
    *unheard_error; /* of the last cell, while there was no shell object to hear of it */

/* module.function(*arguments) of a Python part; new reference, NULL without an exception when the
 * part was not imported yet. `arguments` is a tuple or NULL. */
static PyObject *ask_if_loaded(const char *module_name, const char *function, PyObject *arguments)
{
    AUTO_REF PyObject *name = PyUnicode_FromString(module_name);
    PyObject *module = name ? PyDict_GetItemWithError(PyImport_GetModuleDict(), name) : NULL;

    if (!module)
        return NULL;
    AUTO_REF PyObject *callable = PyObject_GetAttrString(module, function);
    return callable ? PyObject_CallObject(callable, arguments) : NULL;
}

/* The same for what only acts: true when the part was not imported yet. */
static bool call_if_loaded(const char *module_name, const char *function, PyObject *arguments)
{
    AUTO_REF PyObject *done = ask_if_loaded(module_name, function, arguments);

    return done || !PyErr_Occurred();
}

/* ---- the host of the magics ---- */

static bool host_publish(void *context, const char *msg_type, PyObject *content, PyObject *metadata)
{
    return worker_display(context, msg_type, content, metadata);
}

/* What the cell drew while displays are captured belongs to the capture, not to the end of the
 * cell. */
static PyObject *run_guarded(struct worker *self, PyObject *source, const char *filename,
                             PyObject *globals)
{
    PyObject *value = cell_run_source(self, source, filename, true, globals);

    if (value && self->sink && !call_if_loaded("safepyrun_backend_inline", "flush_figures", NULL))
        Py_CLEAR(value);
    return value;
}

static PyObject *host_run(void *context, PyObject *source, const char *filename, bool guarded,
                          PyObject *globals)
{
    struct gate_scope scope;

    if (guarded)
        return run_guarded(context, source, filename, globals);
    gate_trusted_enter(&scope);
    ground_enter();
    PyObject *value = cell_run_source(context, source, filename, false, globals);
    ground_leave();
    gate_trusted_exit(&scope);
    return value;
}

static PyObject *host_query(void *context, const char *kind, PyObject *content)
{
    return worker_query(context, kind, content);
}

static bool host_page(void *context, PyObject *text)
{
    struct worker *self = context;
    AUTO_REF PyObject *page = Py_BuildValue("{s:s,s:{s:O},s:i}", "source", "page", "data",
                                            "text/plain", text, "start", 0);

    return page && self->payload && PyList_Append(self->payload, page) == 0;
}

static PyObject *host_inspect(void *context, PyObject *name, int detail)
{
    return inspect_text ? inspect_text(context, name, detail) : NULL;
}

static PyObject *host_capture(void *context, PyObject *sink)
{
    struct worker *self = context;
    PyObject *before = self->sink;

    self->sink = Py_XNewRef(sink);
    Py_XDECREF(before); /* whoever set it holds it as well */
    return before;
}

static PyObject *host_python(void *context, const char *name, PyObject *line, PyObject *cell)
{
    (void)context;
    AUTO_REF PyObject *part = PyImport_ImportModule("_safepyrun_magics");
    AUTO_REF PyObject *function = part ? PyObject_GetAttrString(part, name) : NULL;

    return function ? PyObject_CallFunctionObjArgs(function, line, cell, NULL) : NULL;
}

PyObject *shell_magic_names(unsigned kind)
{
    AUTO_REF PyObject *names = magic_names(kind);
    AUTO_REF PyObject *arguments = Py_BuildValue("(s)", kind & MAGIC_CELL ? "cell" : "line");
    AUTO_REF PyObject *own =
        arguments ? ask_if_loaded("_safepyrun_shell", "user_magic_names", arguments) : NULL;

    if (!names || PyErr_Occurred())
        return NULL;
    return own ? PySequence_InPlaceConcat(names, own) : Py_NewRef(names);
}

static PyObject *host_names(void *context, unsigned kind)
{
    (void)context;
    return shell_magic_names(kind);
}

PyObject *shell_magic(const char *name)
{
    AUTO_REF PyObject *arguments = Py_BuildValue("(s)", name);
    PyObject *function =
        arguments ? ask_if_loaded("_safepyrun_shell", "user_magic", arguments) : NULL;

    if (function == Py_None)
        Py_CLEAR(function);
    return function;
}

static PyObject *host_obstacle(void *context)
{
    bool passing = false;
    PyObject *obstacle = checkpoint_obstacle(context, &passing);

    if (passing) /* the front tries again */
        Py_CLEAR(obstacle);
    return obstacle;
}

static PyObject *host_preview(void *context, PyObject *source)
{
    return preview_run(context, source);
}

static int host_count(void *context)
{
    return ((struct worker *)context)->execution_count;
}

static PyObject *host_filename(void *context)
{
    return ((struct worker *)context)->filename;
}

/* Commands that the settings allow from the start. */
static bool take_shell_grants(struct worker *self)
{
    PyObject *commands = self->policy ? PyDict_GetItemString(self->policy, "shell") : NULL;

    for (Py_ssize_t i = 0; commands && PyList_Check(commands) && i < PyList_GET_SIZE(commands); i++)
        if (!magic_grant_shell(host.state, PyList_GET_ITEM(commands, i)))
            return false;
    return true;
}

/* ---- for Python ---- */

static PyObject *shims_magic(PyObject *module, PyObject *args)
{
    PyObject *name, *line, *cell = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "UU|U", &name, &line, &cell))
        return NULL;
    return magic_run(&host, name, line, cell);
}

static PyObject *shims_shell(PyObject *module, PyObject *args)
{
    PyObject *command;
    int capture;

    (void)module;
    if (!PyArg_ParseTuple(args, "Up", &command, &capture))
        return NULL;
    AUTO_REF PyObject *expanded = magic_expand(&host, command);
    return expanded ? magic_shell(&host, expanded, capture) : NULL;
}

/* A magic line or a command with {x} and $x replaced. */
static PyObject *shims_expand(PyObject *module, PyObject *line)
{
    (void)module;
    if (!PyUnicode_Check(line))
        return PyErr_Format(PyExc_TypeError, "a line is a str, not %s", Py_TYPE(line)->tp_name);
    return magic_expand(&host, line);
}

static PyObject *shims_unheard_error(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_NewRef(unheard_error ? unheard_error : Py_None);
}

static PyObject *shims_local_scope(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return magic_local_scope(&host);
}

/* A cell's source as plain Python. */
static PyObject *shims_transform(PyObject *module, PyObject *source)
{
    (void)module;
    if (!PyUnicode_Check(source))
        return PyErr_Format(PyExc_TypeError, "source must be a str");
    return magic_transform(source);
}

static PyObject *shims_namespace(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_NewRef(worker_self->globals);
}

static PyObject *shims_magic_names(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return Py_BuildValue("(NN)", magic_names(MAGIC_LINE), magic_names(MAGIC_CELL));
}

/* Run source as part of this cell, guarded: a whole cell's (with the user's transformers, and
 * showing what a cell shows) or an expression or statements of a magic. */
static PyObject *shims_run(PyObject *module, PyObject *args)
{
    PyObject *source;
    int whole = 0;
    bool has_result;

    (void)module;
    if (!PyArg_ParseTuple(args, "U|p", &source, &whole))
        return NULL;
    return run_source_code(worker_self, source, worker_self->filename,
                           RUN_GUARDED | (whole ? RUN_TRANSFORMED | RUN_INTERACTIVE : 0),
                           worker_self->globals, worker_self->context, &has_result);
}

/* A frontend acts on each payload: of two with the same source (text for the next cell, leaving)
 * the later stands. Pages are all shown. */
static bool payload_add(PyObject *payload)
{
    PyObject *list = worker_self->payload;
    PyObject *source = PyDict_GetItemString(payload, "source");
    bool pages =
        source && PyUnicode_Check(source) && PyUnicode_CompareWithASCIIString(source, "page") == 0;

    for (Py_ssize_t i = list && !pages ? PyList_GET_SIZE(list) : 0; i-- > 0;) {
        PyObject *other = PyDict_GetItemString(PyList_GET_ITEM(list, i), "source");
        int same = other && source ? PyObject_RichCompareBool(other, source, Py_EQ) : 0;
        if (same < 0 || (same && PyList_SetSlice(list, i, i + 1, NULL) < 0))
            return false;
    }
    return !list || PyList_Append(list, payload) == 0;
}

static PyObject *shims_payload(PyObject *module, PyObject *payload)
{
    (void)module;
    if (!PyDict_Check(payload))
        return PyErr_Format(PyExc_TypeError, "a payload is a dict, not %s",
                            Py_TYPE(payload)->tp_name);
    return payload_add(payload) ? Py_NewRef(Py_None) : NULL;
}

/* What Tab would offer. */
static PyObject *shims_complete(PyObject *module, PyObject *args)
{
    PyObject *code;
    Py_ssize_t cursor;

    (void)module;
    return PyArg_ParseTuple(args, "Un", &code, &cursor) ? complete_text(worker_self, code, cursor)
                                                        : NULL;
}

static PyObject *shims_is_complete(PyObject *module, PyObject *code)
{
    (void)module;
    if (!PyUnicode_Check(code))
        return PyErr_Format(PyExc_TypeError, "code is a str, not %s", Py_TYPE(code)->tp_name);
    return iscomplete_text(code);
}

/* The request that output belongs to, as an object to enter later, maybe on another thread. */
static PyObject *shims_parent(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    PyObject *parent = (PyObject *)parent_current(worker_self);
    return parent ? parent : Py_NewRef(Py_None);
}

static PyObject *shims_enter_parent(PyObject *module, PyObject *parent)
{
    (void)module;
    return parent_set(worker_self, parent);
}

static PyObject *shims_leave_parent(PyObject *module, PyObject *token)
{
    (void)module;
    return PyContextVar_Reset(worker_self->parent_var, token) == 0 ? Py_NewRef(Py_None) : NULL;
}

/* The header of the request that output belongs to; {} before the first. */
static PyObject *shims_parent_header(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    struct parent *parent = parent_current(worker_self);
    AUTO_REF PyObject *owned = (PyObject *)parent;

    return parent && parent->header ? json_decode(parent->header, strlen(parent->header))
                                    : PyDict_New();
}

/* What name? (detail 0) or name?? (1) shows; None when the name is not known. */
static PyObject *shims_inspect(PyObject *module, PyObject *args)
{
    PyObject *name;
    int detail = 0;

    (void)module;
    if (!PyArg_ParseTuple(args, "U|i", &name, &detail))
        return NULL;
    PyObject *text = inspect_text(worker_self, name, detail > 0);
    return text || PyErr_Occurred() ? text : Py_NewRef(Py_None);
}

static PyObject *shims_error(PyObject *module, PyObject *exception)
{
    (void)module;
    if (!PyExceptionInstance_Check(exception))
        return PyErr_Format(PyExc_TypeError, "an exception is wanted, not %s",
                            Py_TYPE(exception)->tp_name);
    return traceback_describe(exception);
}

/* get_ipython(), wherever it is called. */
static PyObject *get_ipython(PyObject *module, PyObject *unused)
{
    static PyObject *shell; /* the one object, made once */

    (void)module, (void)unused;
    if (!shell) {
        AUTO_REF PyObject *python = PyImport_ImportModule("_safepyrun_shell");
        shell = python ? PyObject_GetAttrString(python, "shell") : NULL;
    }
    return Py_XNewRef(shell);
}

static PyObject *shims_names(PyObject *module, PyObject *unused)
{
    AUTO_REF PyObject *names = PyList_New(0);

    (void)module, (void)unused;
    for (const struct _frozen *row = shims_frozen; names && row->name; row++) {
        AUTO_REF PyObject *name = PyUnicode_FromString(row->name);
        if (!name || PyList_Append(names, name) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

PyMethodDef shims_methods[] = {
    {"run_magic", shims_magic, METH_VARARGS, "run_magic(name, line, cell=None)"},
    {"run_shell", shims_shell, METH_VARARGS, "run_shell(command, capture)"},
    {"namespace", shims_namespace, METH_NOARGS, "namespace(): the user's names, a dict"},
    {"magic_names", shims_magic_names, METH_NOARGS, "magic_names() -> (line magics, cell magics)"},
    {"run_cell", shims_run, METH_VARARGS,
     "run_cell(source, whole=False): run it as part of this cell"},
    {"expand", shims_expand, METH_O, "expand(line): {x} and $x replaced by their values"},
    {"local_scope", shims_local_scope, METH_NOARGS,
     "local_scope(): names of the innermost sandbox function"},
    {"transform", shims_transform, METH_O, "transform(source): magics as plain Python"},
    {"complete", shims_complete, METH_VARARGS, "complete(code, cursor) -> (matches, start)"},
    {"is_complete", shims_is_complete, METH_O,
     "is_complete(code) -> content of an is_complete_reply"},
    {"add_payload", shims_payload, METH_O, "add_payload(dict): into the running cell's reply"},
    {"parent", shims_parent, METH_NOARGS, "parent(): the request that output belongs to, or None"},
    {"enter_parent", shims_enter_parent, METH_O,
     "enter_parent(parent): let this thread's output belong to it; a token to go back with"},
    {"leave_parent", shims_leave_parent, METH_O, "leave_parent(token): back to what was before"},
    {"parent_header", shims_parent_header, METH_NOARGS,
     "parent_header(): of the request that output belongs to, a dict"},
    {"inspect", shims_inspect, METH_VARARGS, "inspect(name, detail=0): what name? shows, or None"},
    {"error_content", shims_error, METH_O,
     "error_content(exception): ename, evalue and traceback as frontends take them"},
    {"unheard_error", shims_unheard_error, METH_NOARGS,
     "unheard_error(): how the cell before the shell object was made ended, an exception or None"},
    {"cell_hash", debugger_hash, METH_VARARGS, "cell_hash(source, seed): MurmurHash2 of its UTF-8"},
    {"guarded_code", debugger_code, METH_VARARGS,
     "guarded_code(source, filename, mode, flags=0): compile() through the sandbox"},
    {"guarded_eval", debugger_eval, METH_VARARGS, "guarded_eval(source, globals, locals): eval()"},
    {"guarded_exec", debugger_exec, METH_VARARGS, "guarded_exec(source, globals, locals): exec()"},
    {"attached", debugger_attached, METH_O, "attached(part): who traces cells, or None"},
    {"part_names", shims_names, METH_NOARGS, "part_names(): of the kernel's Python parts"},
    {"sources", sources_all, METH_NOARGS, "sources(): the text of every cell by its filename"},
    {"get_ipython", get_ipython, METH_NOARGS, "get_ipython(): the kernel's shell object"},
    {0},
};

/* ---- around cells ---- */

/* Events are for whoever registered callbacks: the Python part shows their errors; what still comes
 * out (an interrupt) does not stop the cell either. */
static void tell_shell(const char *function, PyObject *arguments)
{
    if (!arguments || !call_if_loaded("_safepyrun_shell", function, arguments))
        PyErr_WriteUnraisable(NULL);
}

bool shell_cell_begins(struct worker *self, PyObject *source, bool silent, bool store_history)
{
    AUTO_REF PyObject *arguments = Py_BuildValue(
        "(OOO)", source, store_history ? Py_True : Py_False, silent ? Py_True : Py_False);

    if (!magic_cell_begins(&host) || !take_shell_grants(self))
        PyErr_WriteUnraisable(NULL);
    tell_shell("cell_begins", arguments);
    return true;
}

bool shell_cell_ends(struct worker *self, PyObject *result_or_null, PyObject *error_or_null,
                     bool silent)
{
    AUTO_REF PyObject *arguments =
        Py_BuildValue("(OOO)", result_or_null ? result_or_null : Py_None,
                      error_or_null ? error_or_null : Py_None, silent ? Py_True : Py_False);

    (void)self;
    Py_XSETREF(unheard_error, Py_XNewRef(error_or_null));
    if (!magic_cell_ends(&host))
        PyErr_WriteUnraisable(NULL);
    if (!call_if_loaded("safepyrun_backend_inline", "flush_figures", NULL))
        return false;
    tell_shell("cell_ends", arguments);
    return true;
}

PyObject *shell_transform(const char *step, PyObject *source)
{
    AUTO_REF PyObject *arguments = Py_BuildValue("(sO)", step, source);
    PyObject *changed =
        arguments ? ask_if_loaded("_safepyrun_shell", "transform", arguments) : NULL;

    return changed || PyErr_Occurred() ? changed : Py_NewRef(source);
}

PyObject *shell_automagic(PyObject *source)
{
    return worker_self->automagic_off ? Py_NewRef(source) : magic_automagic(&host, source);
}

PyObject *shell_tree(PyObject *source, PyObject *filename, bool interactive)
{
    AUTO_REF PyObject *arguments =
        Py_BuildValue("(OOO)", source, filename, interactive ? Py_True : Py_False);
    PyObject *tree = arguments ? ask_if_loaded("_safepyrun_shell", "tree", arguments) : NULL;

    return tree || PyErr_Occurred() ? tree : Py_NewRef(source);
}

bool shell_render(PyObject *exception, PyObject *content)
{
    AUTO_REF PyObject *arguments =
        Py_BuildValue("(OO)", exception, PyDict_GetItemString(content, "traceback"));
    AUTO_REF PyObject *lines =
        arguments ? ask_if_loaded("_safepyrun_shell", "render", arguments) : NULL;

    if (PyErr_Occurred())
        PyErr_WriteUnraisable(NULL);
    return !lines || !PyList_Check(lines) || PyDict_SetItemString(content, "traceback", lines) == 0;
}

bool shell_takes_error(PyObject *exception)
{
    AUTO_REF PyObject *arguments = PyTuple_Pack(1, exception);
    AUTO_REF PyObject *taken =
        arguments ? ask_if_loaded("_safepyrun_shell", "takes_error", arguments) : NULL;

    if (PyErr_Occurred())
        PyErr_WriteUnraisable(NULL);
    return taken == Py_True;
}

static bool add_builtin(const char *name, PyObject *value)
{
    AUTO_REF PyObject *builtins = PyImport_ImportModule("builtins");

    return value && builtins && PyObject_SetAttrString(builtins, name, value) == 0;
}

static PyObject *leave(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"keep_kernel", NULL};
    int keep = 0;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|p", names, &keep))
        return NULL;
    AUTO_REF PyObject *payload =
        Py_BuildValue("{s:s,s:O}", "source", "ask_exit", "keepkernel", keep ? Py_True : Py_False);
    return payload && payload_add(payload) ? Py_NewRef(Py_None) : NULL;
}

bool shell_leaves(PyObject *source, PyObject *value)
{
    if (!PyCFunction_Check(value) ||
        PyCFunction_GET_FUNCTION(value) != (PyCFunction)(void (*)(void))leave)
        return false;
    AUTO_REF PyObject *typed = PyObject_CallMethod(source, "strip", NULL);
    bool bare = typed && (PyUnicode_CompareWithASCIIString(typed, "exit") == 0 ||
                          PyUnicode_CompareWithASCIIString(typed, "quit") == 0);
    PyErr_Clear();
    return bare;
}

bool shell_runs_macro(PyObject *source, PyObject *value)
{
    AUTO_REF PyObject *typed = PyObject_CallMethod(source, "strip", NULL);
    AUTO_REF PyObject *arguments =
        typed && PyUnicode_IsIdentifier(typed) == 1 ? PyTuple_Pack(1, value) : NULL;
    AUTO_REF PyObject *ran =
        arguments ? ask_if_loaded("_safepyrun_history", "run_macro", arguments) : NULL;

    return ran == Py_True;
}

static PyObject *display_lazily(PyObject *module, PyObject *args, PyObject *keywords)
{
    (void)module;
    AUTO_REF PyObject *python = PyImport_ImportModule("IPython.display");
    AUTO_REF PyObject *display = python ? PyObject_GetAttrString(python, "display") : NULL;

    return display ? PyObject_Call(display, args, keywords) : NULL;
}

static PyMethodDef user_methods[] = {
    {"exit", (PyCFunction)(void (*)(void))leave, METH_VARARGS | METH_KEYWORDS,
     "exit(keep_kernel=False): ask the frontend to end the kernel, or to close and let it run on."},
    {"quit", (PyCFunction)(void (*)(void))leave, METH_VARARGS | METH_KEYWORDS,
     "quit(keep_kernel=False): ask the frontend to end the kernel, or to close and let it run on."},
    {"display", (PyCFunction)(void (*)(void))display_lazily, METH_VARARGS | METH_KEYWORDS,
     "display(*objects, **options): show objects; see IPython.display.display."},
    {0},
};

/* By these, programs tell that they run in IPython, and that somebody sits in front. */
static bool install_marks(void)
{
    AUTO_REF PyObject *prompt = PyUnicode_FromString("In : ");
    AUTO_REF PyObject *more = PyUnicode_FromString("...: ");

    return prompt && more && add_builtin("__IPYTHON__", Py_True) &&
           PySys_SetObject("ps1", prompt) == 0 && PySys_SetObject("ps2", more) == 0;
}

static bool install_user_names(struct worker *self)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_safepyrun_kernel");
    AUTO_REF PyObject *getter = module ? PyObject_GetAttrString(module, "get_ipython") : NULL;

    if (!getter || !add_builtin("get_ipython", getter) || !install_marks() ||
        PyModule_AddFunctions(module, user_methods) < 0)
        return false;
    for (const PyMethodDef *method = user_methods; method->ml_name; method++) {
        AUTO_REF PyObject *function = PyObject_GetAttrString(module, method->ml_name);
        bool is_display = method == &user_methods[2];
        if (!function ||
            (is_display ? !add_builtin("display", function)
                        : PyDict_SetItemString(self->globals, method->ml_name, function) < 0))
            return false;
    }
    return PyDict_SetItemString(self->globals, "_dh", magic_directories(host.state)) == 0;
}

/* Who looks whether this is a notebook looks for ipykernel's shell among the loaded modules. */
static bool notebook_ready(PyObject *module)
{
    (void)module;
    AUTO_REF PyObject *stand_in = PyImport_ImportModule("ipykernel.zmqshell");
    return stand_in != NULL;
}

/* Figures are shown inline unless the user's environment names another backend. */
static bool matplotlib_ready(PyObject *module)
{
    (void)module;
    AUTO_REF PyObject *inline_backend = PyImport_ImportModule("safepyrun_backend_inline");
    AUTO_REF PyObject *done =
        inline_backend ? PyObject_CallMethod(inline_backend, "select", NULL) : NULL;

    return done != NULL;
}

static bool comm_ready(PyObject *module)
{
    AUTO_REF PyObject *ours = PyImport_ImportModule("_safepyrun_comm");
    AUTO_REF PyObject *done = ours ? PyObject_CallMethod(ours, "take_over", "O", module) : NULL;

    return done != NULL;
}

bool shell_install(struct worker *self)
{
    PyImport_FrozenModules = shims_frozen;
    host = (struct magic_host){.context = self,
                               .state = magic_state_new(),
                               .sandbox = self->sandbox,
                               .globals = self->globals,
                               .publish = host_publish,
                               .run = host_run,
                               .query = host_query,
                               .page = host_page,
                               .inspect = host_inspect,
                               .capture_display = host_capture,
                               .python = host_python,
                               .names = host_names,
                               .obstacle = host_obstacle,
                               .preview = host_preview,
                               .execution_count = host_count,
                               .filename = host_filename};
    if (host.state)
        session_set(magic_may_move, &host);
    return host.state && install_user_names(self) && import_after("matplotlib", matplotlib_ready) &&
           import_after("tqdm", notebook_ready) && import_after("comm", comm_ready) &&
           debugger_install();
}
