/* shell: what get_ipython() stands on: magics and their host, the events around a cell, the
 * kernel's frozen Python parts. The object itself is Python (shims/_safepyrun_shell.py), made when
 * it is first asked for. */
#include "kernel/worker/checkpoint.h"
#include "kernel/worker/inside.h"
#include "kernel/worker/preview.h"
#include "kernel/worker/shell/shell.h"

#include <string.h>

#include "magics/magic.h"

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

const struct magic_host *shell_host(void)
{
    return &host;
}

/* ---- around cells ---- */

PyObject *shell_unheard_error(void)
{
    return unheard_error;
}

/* Events are for whoever registered callbacks: the Python part shows their errors; what still comes
 * out (an interrupt) does not stop the cell either. */
static void tell_shell(const char *function, PyObject *arguments)
{
    if (!arguments || !call_if_loaded("_safepyrun_shell", function, arguments))
        error_tell();
}

bool shell_cell_begins(struct worker *self, PyObject *source, bool silent, bool store_history)
{
    AUTO_REF PyObject *arguments = Py_BuildValue(
        "(OOO)", source, store_history ? Py_True : Py_False, silent ? Py_True : Py_False);

    if (!magic_cell_begins(&host) || !take_shell_grants(self))
        error_tell();
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
        error_tell();
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
        error_tell();
    return !lines || !PyList_Check(lines) || PyDict_SetItemString(content, "traceback", lines) == 0;
}

bool shell_takes_error(PyObject *exception)
{
    AUTO_REF PyObject *arguments = PyTuple_Pack(1, exception);
    AUTO_REF PyObject *taken =
        arguments ? ask_if_loaded("_safepyrun_shell", "takes_error", arguments) : NULL;

    if (PyErr_Occurred())
        error_tell();
    return taken == Py_True;
}

bool shell_add_payload(PyObject *payload, bool single)
{
    PyObject *list = worker_self->payload;
    PyObject *source = PyDict_GetItemString(payload, "source");

    for (Py_ssize_t i = list && single ? PyList_GET_SIZE(list) : 0; i-- > 0;) {
        PyObject *other = PyDict_GetItemString(PyList_GET_ITEM(list, i), "source");
        int same = other && source ? PyObject_RichCompareBool(other, source, Py_EQ) : 0;
        if (same < 0 || (same && PyList_SetSlice(list, i, i + 1, NULL) < 0))
            return false;
    }
    return !list || PyList_Append(list, payload) == 0;
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
    return payload && shell_add_payload(payload, true) ? Py_NewRef(Py_None) : NULL;
}

bool shell_leaves(PyObject *source, PyObject *value)
{
    if (!PyCFunction_Check(value) ||
        PyCFunction_GET_FUNCTION(value) != (PyCFunction)(void (*)(void))leave)
        return false;
    AUTO_REF PyObject *typed = PyObject_CallMethod(source, "strip", NULL);
    bool bare = typed && (PyUnicode_CompareWithASCIIString(typed, "exit") == 0 ||
                          PyUnicode_CompareWithASCIIString(typed, "quit") == 0);
    error_forget();
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

/* Its own way to a library's name starts a program. */
static bool ctypes_ready(PyObject *module)
{
    AUTO_REF PyObject *ours = PyImport_ImportModule("_safepyrun_sonames");
    AUTO_REF PyObject *find = ours ? PyObject_GetAttrString(ours, "find_soname") : NULL;

    return find && PyObject_SetAttrString(module, "_findSoname_ldconfig", find) == 0;
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
           import_after("ctypes.util", ctypes_ready) && in_threads_install() && debugger_install();
}
