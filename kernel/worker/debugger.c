/* debugger: debug_request. debugpy does the work, and a Python part talks to it
 * (shell/shims/_safepyrun_debugger.py), on a thread that answers while cells run or are stopped.
 * Until the first request that needs it nothing of either is loaded.
 *
 * The kernel's own grant: that thread is trusted, so debugpy may set its hooks; what it evaluates
 * for the user is compiled through the sandbox (debugger_code), and answers for itself. */
#include "kernel/worker/inside.h"

#include <string.h>
#include <unistd.h>

static PyObject *part; /* owned: the Python part, once it traces */

/* ---- files of cells ---- */

/* The 32-bit MurmurHash2 that frontends compute for the code of a cell. */
static uint32_t murmur2(const unsigned char *data, size_t size, uint32_t seed)
{
    const uint32_t multiplier = 0x5bd1e995;
    uint32_t hash = seed ^ (uint32_t)size;

    for (; size >= 4; data += 4, size -= 4) {
        uint32_t word = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                        (uint32_t)data[3] << 24;
        word *= multiplier;
        word ^= word >> 24;
        hash = hash * multiplier ^ word * multiplier;
    }
    for (size_t i = size; i-- > 0;)
        hash ^= (uint32_t)data[i] << (8 * i);
    if (size)
        hash *= multiplier;
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

PyObject *debugger_hash(PyObject *module, PyObject *args)
{
    const char *text;
    Py_ssize_t size;
    unsigned int seed;

    (void)module;
    if (!PyArg_ParseTuple(args, "s#I", &text, &size, &seed))
        return NULL;
    return PyLong_FromUnsignedLong(murmur2((const unsigned char *)text, (size_t)size, seed));
}

bool debugger_name(PyObject *filename, PyObject *source, bool is_cell)
{
    const char *how = is_cell ? "name_cell" : "name_file";
    AUTO_REF PyObject *done = part ? PyObject_CallMethod(part, how, "OO", filename, source) : NULL;

    return done || !PyErr_Occurred();
}

/* ---- what is evaluated ---- */

PyObject *debugger_code(PyObject *module, PyObject *args)
{
    PyObject *source, *filename;
    const char *mode;
    int flags = 0;
    struct sandbox_code code;

    (void)module;
    if (!PyArg_ParseTuple(args, "UUs|i", &source, &filename, &mode, &flags))
        return NULL;
    if (!compile_source(
            worker_self->sandbox, source, filename,
            strcmp(mode, "eval") == 0     ? Py_eval_input
            : strcmp(mode, "single") == 0 ? Py_single_input
                                          : Py_file_input,
            SANDBOX_INHERIT | (flags & PyCF_ALLOW_TOP_LEVEL_AWAIT ? SANDBOX_TOP_AWAIT : 0), &code))
        return NULL;
    Py_XDECREF(code.result);
    return code.code;
}

/* eval() and exec(): a frame of Python's own between would be one that a debugger stops in. */
static PyObject *evaluate(PyObject *args, int mode)
{
    PyObject *source, *globals = Py_None, *locals = Py_None;
    struct sandbox_code code = {0};

    if (!PyArg_ParseTuple(args, "O|OO", &source, &globals, &locals))
        return NULL;
    globals = globals == Py_None ? worker_self->globals : globals;
    locals = locals == Py_None ? globals : locals;
    AUTO_REF PyObject *filename = PyUnicode_FromString("<string>");
    AUTO_REF PyObject *text = PyUnicode_Check(source) && mode == Py_eval_input
                                  ? PyObject_CallMethod(source, "strip", NULL)
                                  : Py_NewRef(source);
    if (!filename || !text)
        return NULL;
    if (PyCode_Check(text) && !code_is_guarded(text))
        return PyErr_Format(PyExc_TypeError, "this code did not pass the sandbox");
    if (PyCode_Check(text))
        code.code = Py_NewRef(text);
    else if (!compile_source(worker_self->sandbox, text, filename, mode, SANDBOX_INHERIT, &code))
        return NULL;
    AUTO_REF PyObject *owned = code.code;
    AUTO_REF PyObject *box = code.result;
    if (!PyDict_Check(globals) ||
        (!PyDict_GetItemString(globals, "__builtins__") &&
         PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "globals must be a dict");
    return PyEval_EvalCode(owned, globals, locals);
}

PyObject *debugger_eval(PyObject *module, PyObject *args)
{
    (void)module;
    return evaluate(args, Py_eval_input);
}

PyObject *debugger_exec(PyObject *module, PyObject *args)
{
    (void)module;
    return evaluate(args, Py_file_input);
}

/* ---- pdb ---- */

static PyObject *call_breakpoint(PyObject *args, PyObject *keywords)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    AUTO_REF PyObject *pdb_part = PyImport_ImportModule("_safepyrun_pdb");
    AUTO_REF PyObject *hook = pdb_part ? PyObject_GetAttrString(pdb_part, "breakpoint_hook") : NULL;
    gate_trusted_exit(&scope);
    return hook ? PyObject_Call(hook, args, keywords) : NULL;
}

/* pdb's functions are those of the kernel's own part. */
static bool pdb_ready(PyObject *module)
{
    (void)module;
    gate_set_debugger(true);
    AUTO_REF PyObject *ours = PyImport_ImportModule("_safepyrun_pdb");

    return ours != NULL;
}

/* debugpy's functions, too: in a cell they would open a port, or trace by themselves. */
static bool debugpy_ready(PyObject *module)
{
    (void)module;
    AUTO_REF PyObject *ours = PyImport_ImportModule("_safepyrun_debugpy");

    return ours != NULL;
}

bool debugger_install(void)
{
    session_set_breakpoint(call_breakpoint);
    return import_after("pdb", pdb_ready) && import_after("debugpy", debugpy_ready);
}

/* The frontend's debugger stops where the cell failed, if it was asked to. */
static void stop_at_error(PyObject *exception)
{
    struct gate_scope scope;

    if (!part)
        return;
    gate_trusted_enter(&scope);
    AUTO_REF PyObject *done = PyObject_CallMethod(part, "stop_at_error", "O", exception);
    gate_trusted_exit(&scope);
    PyErr_Clear();
}

void debugger_after_error(PyObject *exception)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *pdb_part = PyDict_GetItemString(modules, "_safepyrun_pdb");

    stop_at_error(exception);
    AUTO_REF PyObject *done =
        pdb_part ? PyObject_CallMethod(pdb_part, "after_error", "O", exception) : NULL;

    debugger_untrace(false);
    PyErr_Clear(); /* the cell has failed already */
}

/* ---- tracing ---- */

PyObject *debugger_attached(PyObject *module, PyObject *part_or_none)
{
    (void)module;
    if (part_or_none != Py_None)
        gate_set_debugger(true); /* for good: a thread that it has stopped goes on after it left */
    Py_XSETREF(part, part_or_none == Py_None ? NULL : Py_NewRef(part_or_none));
    Py_RETURN_NONE;
}

bool debugger_traces(void)
{
    return PyThreadState_Get()->c_tracefunc != NULL;
}

void debugger_untrace(bool traced)
{
    struct gate_scope scope;
    PyObject *type, *error, *traceback;

    if (traced || !debugger_traces())
        return;
    PyErr_Fetch(&type, &error, &traceback);
    gate_trusted_enter(&scope);
    PyEval_SetTrace(NULL, NULL);
    gate_trusted_exit(&scope);
    PyErr_Restore(type, error, traceback);
}

bool debugger_trace(bool is_cell)
{
    struct gate_scope scope;

    if (!part)
        return true;
    gate_trusted_enter(&scope);
    AUTO_REF PyObject *done = PyObject_CallMethod(part, is_cell ? "trace_cell" : "trace", NULL);
    gate_trusted_exit(&scope);
    return done != NULL;
}

/* ---- the request ---- */

bool debugger_request(struct worker *self, struct request *request)
{
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    AUTO_REF PyObject *module = PyImport_ImportModule("_safepyrun_debugger");
    AUTO_REF PyObject *reply =
        module ? PyObject_CallMethod(module, "handle", "O", request->content) : NULL;
    gate_trusted_exit(&scope);
    return reply && worker_reply(self, request, "debug_reply", reply);
}

bool debugger_is_installed(void)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    char file[4096];

    for (Py_ssize_t i = 0; path && PyList_Check(path) && i < PyList_GET_SIZE(path); i++) {
        const char *folder = text_of(PyList_GET_ITEM(path, i));
        if (!folder || !*folder)
            continue;
        snprintf(file, sizeof file, "%s/debugpy/__init__.py", folder);
        if (access(file, R_OK) == 0)
            return true;
    }
    PyErr_Clear();
    return false;
}
