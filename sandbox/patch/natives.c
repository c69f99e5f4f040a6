/* natives: builtin functions that have an effect and no audit event of their own. The function
 * object that everybody shares is turned into one that judges first, so there is no way around it:
 * not by alias, not by callback, not by importing it again. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/keywords.h"
#include "base/object.h"
#include "base/platform.h"
#include "sandbox/gate/gate.h"
#include "sandbox/guards/guards.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"
#include "sandbox/patch/databases.h"
#include "sandbox/patch/handed.h"
#include "sandbox/patch/native_rows.h"
#include "sandbox/patch/patch.h"
#include "sandbox/patch/processes.h"
#include "sandbox/patch/sends.h"
#include "sandbox/patch/slots.h"
#include "sandbox/patch/sockets.h"
#include "sandbox/patch/standard.h"

/* What a patched function is bound to: the row, and how it was. */
struct patch {
    PyObject_HEAD const struct native *native;
    PyObject *function; /* borrowed: what was patched, which nobody takes away any more */
    PyObject *original; /* owned: a function like it */
    PyMethodDef method;
};

static PyTypeObject *patch_type(void);
static void natives_patch_object(PyObject *module);

/* Is the nearest frame code of that loaded module, the wrapper signal.signal aside? */
static bool called_by(const char *module_name)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;

    if (frame && loaded_is_namespace(globals, "signal")) {
        PyFrameObject *outer = PyFrame_GetBack(frame);
        Py_SETREF(frame, outer);
        Py_XSETREF(globals, frame ? PyFrame_GetGlobals(frame) : NULL);
    }
    Py_XDECREF(frame);
    return loaded_is_namespace(globals, module_name);
}

/* dbm's open: a database that is opened for more than reading is a destination, whatever files it
 * is kept in. */
static int judge_dbm(const struct asker *asker, PyObject *arguments)
{
    static const char *const endings[] = {"", ".db", ".pag", ".dir"};
    PyObject *name = PyTuple_GET_ITEM(arguments, 0),
             *flag = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : NULL;

    if (!flag || (PyUnicode_Check(flag) && PyUnicode_GET_LENGTH(flag) &&
                  PyUnicode_READ_CHAR(flag, 0) == 'r'))
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        AUTO_REF PyObject *file = PyBytes_FromFormat("%s%s", PyBytes_AS_STRING(name), endings[i]);
        if (!file || judge_dest(asker, file) < 0)
            return -1;
    }
    return 0;
}

/* The arguments with the name of the database as bytes, asked for once; new reference. */
static PyObject *dbm_arguments(PyObject *arguments)
{
    AUTO_REF PyObject *name =
        PyTuple_GET_SIZE(arguments) ? dests_bytes(PyTuple_GET_ITEM(arguments, 0)) : NULL;

    if (!name || !PyBytes_Check(name)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "open: the name of the database is a path");
        return NULL;
    }
    return keywords_with_first(arguments, name);
}

/* A file, a pipe, or a socket to whom anything may be sent. What has __index__ could say something
 * else a moment later. */
static int judge_written(const struct asker *asker, const char *name, PyObject *descriptor)
{
    long fd = descriptor && PyLong_Check(descriptor) ? PyLong_AsLong(descriptor) : -1;
    struct stat status;

    PyErr_Clear();
    if (!descriptor || !PyLong_Check(descriptor))
        return gate_refuse(name, "a descriptor is given by position, as an int", NULL);
    if (fd > 2 && fstat((int)fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
        !descriptors_is_kernels(descriptor) && sends_pass(asker->sandbox, (int)fd))
        return 0;
    return judge_dest(asker, descriptor);
}

static int judge_held(const char *name)
{
    return ground_is_there() ? 0 : gate_refuse(name, "not allowed from a cell", NULL);
}

static int judge(const struct patch *patch, PyObject *arguments)
{
    PyObject *first = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : NULL;

    if (patch->native->kind == NATIVE_KERNELS && !(first && descriptors_is_kernels(first)))
        return 0;
    if (patch->native->kind == NATIVE_DUP && !first)
        return 0;
    if (patch->native->kind == NATIVE_ENVIRONMENT && judge_is_unpatching())
        return 0;
    if (patch->native->kind == NATIVE_CLOSE &&
        !(first && (descriptors_is_kernels(first) || standard_is_descriptor(first))))
        return 0;
    struct asker asker = gate_asker();
    if (asker.permitted && asker.reading)
        asker = gate_origin(&asker);
    if (asker.permitted || (patch->native->kind == NATIVE_IMPORT && asker.in_import))
        return 0;
    switch (patch->native->kind) {
    case NATIVE_OPEN:
    case NATIVE_DATABASE:
    case NATIVE_THREAD:
    case NATIVE_KEPT:
    case NATIVE_DIRECTORY:
        return 0;
    case NATIVE_SIGNAL:
        if (called_by("asyncio.runners"))
            return 0;
        return session_judge_handler(arguments);
    case NATIVE_TIMER:
        return session_judge_timer(patch->native->name, arguments);
    case NATIVE_UMASK: /* with a floor only what a person permits is made */
        return called_by("dbm.dumb") ? 0 : judge_held(patch->native->name);
    case NATIVE_HELD:
        return judge_held(patch->native->name);
    case NATIVE_RAISED:
        return session_judge_raised(patch->native->name, keywords_number(arguments, 0, 0));
    case NATIVE_LENT:
        return session_judge_lent(patch->native->name, arguments);
    case NATIVE_DUP2:
        return first && descriptors_judge_copy(&asker, first) < 0
                   ? -1
                   : session_judge_lent(patch->native->name, arguments);
    case NATIVE_KERNELS:
    case NATIVE_CLOSE:
        return gate_refuse(patch->native->name, "this descriptor is the kernel's", NULL);
    case NATIVE_DUP:
        return descriptors_is_kernels(first)
                   ? gate_refuse(patch->native->name, "this descriptor is the kernel's", NULL)
                   : descriptors_judge_copy(&asker, first);
    case NATIVE_PATH:
        return first ? judge_dest(&asker, first) : 0;
    case NATIVE_DBM:
        return judge_dbm(&asker, arguments);
    case NATIVE_DESCRIPTOR:
        return judge_written(&asker, patch->native->name, first);
    case NATIVE_INTO:
        if (first && descriptors_is_kernels(first))
            return gate_refuse(patch->native->name, "this descriptor is the kernel's", NULL);
        return judge_written(&asker, patch->native->name,
                             PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1)
                                                             : NULL);
    default:
        return gate_refuse(patch->native->name, "not allowed from a cell", NULL);
    }
}

/* ---- threads ---- */

/* Runs in the new thread: from its first frame to its last it belongs to the sandbox whose token it
 * carries, or to the trusted scope that started it. */
static PyObject *thread_run(PyObject *carried, PyObject *arguments, PyObject *keywords)
{
    PyObject *capsule = PyTuple_GET_ITEM(carried, 0);
    struct sandbox *before = gate_thread_sandbox();
    struct gate_scope scope;

    if (!gate_trust_enter(&scope, capsule)) {
        struct sandbox *sandbox = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
        gate_thread_set(sandbox);
        gate_judged_enter(&scope, sandbox);
    }
    PyObject *result = PyObject_Call(PyTuple_GET_ITEM(carried, 1), arguments, keywords);
    gate_trusted_exit(&scope);
    gate_thread_set(before);
    return result;
}

static PyMethodDef thread_method = {"run", (PyCFunction)(void (*)(void))thread_run,
                                    METH_VARARGS | METH_KEYWORDS, NULL};

/* The arguments of start_new_thread with a function that carries `capsule`, the sandbox or the
 * trust in force; new reference. */
static PyObject *thread_arguments(PyObject *arguments, PyObject *capsule)
{
    AUTO_REF PyObject *carried = PyTuple_Pack(2, capsule, PyTuple_GET_ITEM(arguments, 0));
    AUTO_REF PyObject *run = carried ? PyCFunction_New(&thread_method, carried) : NULL;

    return keywords_with_first(arguments, run);
}

static PyObject *start_thread(const struct patch *patch, PyObject *arguments, PyObject *keywords)
{
    struct sandbox *sandbox = gate_current();
    bool is_thread = strcmp(patch->native->name, "register") != 0;
    AUTO_REF PyObject *trust = !sandbox && is_thread ? gate_trust() : NULL;

    if (PyErr_Occurred())
        return NULL;
    if (!sandbox && !trust)
        return PyObject_Call(patch->original, arguments, keywords);
    if (!PyTuple_GET_SIZE(arguments) || !PyCallable_Check(PyTuple_GET_ITEM(arguments, 0))) {
        PyErr_SetString(PyExc_TypeError, "the function is given by position");
        return NULL;
    }
    AUTO_REF PyObject *carried = thread_arguments(arguments, trust ? trust : sandbox->token);
    AUTO_REF PyObject *result = carried ? PyObject_Call(patch->original, carried, keywords) : NULL;
    if (result && !is_thread) /* a decorator: what was given comes back */
        return Py_NewRef(PyTuple_GET_ITEM(arguments, 0));
    return Py_XNewRef(result);
}

/* ---- a path below a directory that is open ---- */

/* What (path, dir_fd) means, in full; new bytes. NULL without an exception: no path that could be
 * found this way, with which the system's own error is best. */
static PyObject *full_path(PyObject *path, PyObject *dir_fd)
{
    char folder[PATH_MAX];
    AUTO_REF PyObject *bytes = PyLong_Check(path) ? NULL : dests_bytes(path);
    const char *text = bytes && PyBytes_Check(bytes) ? PyBytes_AS_STRING(bytes) : NULL;

    if (!text || *text == '/')
        return text ? Py_NewRef(bytes) : NULL;
    long fd = PyLong_AsLong(dir_fd);
    if (PyErr_Occurred() || fd != (int)fd || !platform_path_of((int)fd, folder, sizeof folder))
        return NULL;
    return PyBytes_FromFormat("%s/%s", folder, text);
}

/* f(path, ..., dir_fd=N): neither the audit event of open nor a destination knows of N. The path
 * becomes a whole one, in arguments of our own. False with an exception. */
static bool take_directory(const struct native *native, PyObject **arguments, PyObject **keywords)
{
    PyObject *dir_fd = keywords_item(*keywords, "dir_fd");
    PyObject *first = PyTuple_GET_SIZE(*arguments) ? PyTuple_GET_ITEM(*arguments, 0)
                                                   : keywords_item(*keywords, "path");

    if (PyErr_Occurred())
        return false;
    if (!dir_fd || dir_fd == Py_None || !first)
        return true;
    if (!PyLong_Check(dir_fd)) /* it could say something else a moment later */
        return gate_refuse(native->name, "dir_fd is given as an int", NULL) == 0;
    AUTO_REF PyObject *path = full_path(first, dir_fd);
    if (!path)
        return !PyErr_Occurred();
    AUTO_REF PyObject *named = PyDict_Copy(*keywords);
    AUTO_REF PyObject *all = keywords_with_first(*arguments, path);
    if (!all || !named || PyDict_DelItemString(named, "dir_fd") < 0 ||
        (!PyTuple_GET_SIZE(*arguments) && PyDict_DelItemString(named, "path") < 0))
        return false;
    Py_SETREF(*arguments, Py_NewRef(all));
    Py_SETREF(*keywords, Py_NewRef(named));
    return true;
}

/* ---- descriptors that are written to later ---- */

/* faulthandler.enable(all_threads=...), .dump_traceback(all_threads=...), .register(signum, ...):
 * to descriptor 2, whatever sys.stderr says that it is. An interrupt stays the kernel's. */
static PyObject *tell_on_stderr(const struct patch *patch, PyObject *arguments, PyObject *keywords)
{
    bool registers = strcmp(patch->native->name, "register") == 0;
    bool plain = PyTuple_GET_SIZE(arguments) == registers &&
                 !(keywords && PyDict_GetItemString(keywords, "file"));

    if (gate_asker().permitted)
        return PyObject_Call(patch->original, arguments, keywords);
    long number = plain && registers ? PyLong_AsLong(PyTuple_GET_ITEM(arguments, 0)) : 0;
    if (PyErr_Occurred())
        return NULL;
    if (!plain || number == SIGINT) {
        char what[64];
        snprintf(what, sizeof what, "faulthandler.%s", patch->native->name);
        gate_refuse(what,
                    plain ? "the interrupt is the kernel's"
                          : "it writes to a raw descriptor; without `file`, to stderr",
                    NULL);
        return NULL;
    }
    AUTO_REF PyObject *given =
        registers ? Py_BuildValue("(li)", number, 2) : Py_BuildValue("(i)", 2);
    return given ? PyObject_Call(patch->original, given, keywords) : NULL;
}

/* os.chdir(path). Whoever is asked may take a while, which an audit hook should not. */
static PyObject *change_directory(const struct patch *patch, PyObject *arguments,
                                  PyObject *keywords)
{
    struct asker asker = gate_asker();
    PyObject *path = PyTuple_GET_SIZE(arguments) == 1 ? PyTuple_GET_ITEM(arguments, 0)
                     : PyTuple_GET_SIZE(arguments)    ? NULL
                                                      : keywords_item(keywords, "path");

    if (PyErr_Occurred())
        return NULL;
    if ((asker.permitted && !asker.reading) || !path)
        return PyObject_Call(patch->original, arguments, keywords);
    if (asker.permitted)
        asker = gate_origin(&asker);
    AUTO_REF PyObject *directory = session_directory(&asker, path);
    if (!directory)
        return NULL;
    session_set_moving(true);
    PyObject *result = PyObject_CallOneArg(patch->original, directory);
    session_set_moving(false);
    return result;
}

static PyObject *call_handed(const struct patch *patch, PyObject *arguments, PyObject *keywords)
{
    struct gate_scope scope;

    if (!handed_is_trusted(patch->function, patch->function))
        return PyObject_Call(patch->original, arguments, keywords);
    scoped_enter(GRADE_TRUSTED, &scope);
    PyObject *result = PyObject_Call(patch->original, arguments, keywords);
    scoped_leave(GRADE_TRUSTED, &scope);
    return scoped_result(result, GRADE_TRUSTED);
}

static PyObject *call_judged(struct patch *patch, PyObject *arguments, PyObject *keywords)
{
    PyObject *arguments_seen = arguments;
    AUTO_REF PyObject *made = NULL;

    if (patch->native->kind == NATIVE_HANDED)
        return call_handed(patch, arguments, keywords);
    if (patch->native->kind == NATIVE_THREAD)
        return start_thread(patch, arguments, keywords);
    if (patch->native->kind == NATIVE_DIRECTORY)
        return change_directory(patch, arguments, keywords);
    if (patch->native->kind == NATIVE_STDERR)
        return tell_on_stderr(patch, arguments, keywords);
    if (patch->native->kind == NATIVE_KEPT && gate_current())
        Py_RETURN_NONE;
    if (PyTuple_GET_SIZE(arguments) == 0 && keywords) {
        /* f(path=...): the path is looked for under the names that posix uses. */
        PyObject *path = keywords_item(keywords, "path");
        path = path || PyErr_Occurred() ? path : keywords_item(keywords, "fd");
        made = path ? PyTuple_Pack(1, path) : NULL;
        if (PyErr_Occurred())
            return NULL;
        arguments_seen = made ? made : arguments;
    }
    if (patch->native->kind == NATIVE_DBM) {
        Py_XSETREF(made, dbm_arguments(arguments));
        if (!made)
            return NULL;
        arguments = arguments_seen = made;
    }
    if (judge(patch, arguments_seen) < 0)
        return NULL;
    PyObject *result = patch->native->kind == NATIVE_DATABASE
                           ? databases_connect(patch->original, arguments, keywords)
                           : PyObject_Call(patch->original, arguments, keywords);
    /* A C module was just set up: its functions are patched before anybody has them. */
    if (result && patch->native->kind == NATIVE_IMPORT &&
        strncmp(patch->native->name, "exec_", 5) == 0 && PyTuple_GET_SIZE(arguments) &&
        PyModule_Check(PyTuple_GET_ITEM(arguments, 0)))
        natives_patch_object(PyTuple_GET_ITEM(arguments, 0));
    return result;
}

static PyObject *patched_call(PyObject *self, PyObject *given_arguments, PyObject *given)
{
    struct patch *patch = (struct patch *)self;
    AUTO_REF PyObject *arguments = Py_NewRef(given_arguments);
    AUTO_REF PyObject *keywords = NULL;
    bool of_path = patch->native->kind == NATIVE_OPEN || patch->native->kind == NATIVE_PATH;

    if (!keywords_take(given, &keywords))
        return NULL;
    struct asker asker = of_path && keywords ? gate_asker() : (struct asker){.permitted = true};
    if ((!asker.permitted || asker.reading) &&
        !take_directory(patch->native, &arguments, &keywords))
        return NULL;
    return call_judged(patch, arguments, keywords);
}

static bool is_patched(PyObject *self_object)
{
    return self_object && Py_IS_TYPE(self_object, patch_type());
}

OBJECT_FREES(patch, &self->original)

static PyTypeObject *patch_type(void)
{
    static PyTypeObject *type; /* made once per process */
    static PyType_Slot slots[] = {{Py_tp_dealloc, patch_dealloc}, {0, NULL}};

    if (!type)
        type = object_type("safepyrun.native", sizeof(struct patch), 0, slots);
    return type;
}

static bool patch_function(PyCFunctionObject *function, const struct native *native)
{
    struct patch *patch = PyObject_New(struct patch, patch_type());

    if (!patch)
        return false;
    patch->native = native;
    patch->function = (PyObject *)function;
    patch->method = *function->m_ml;
    patch->original = PyCFunction_NewEx(function->m_ml, function->m_self, function->m_module);
    if (!patch->original) {
        Py_DECREF(patch);
        return false;
    }
    patch->method.ml_meth = (PyCFunction)(void (*)(void))patched_call;
    patch->method.ml_flags = METH_VARARGS | METH_KEYWORDS;
    /* The reference to what it was bound to is kept, and `patch` is its own from now on; without
     * vectorcall it is called through tp_call. */
    const struct slot_place places[] = {{(void *)&function->m_ml, &patch->method},
                                        {(void *)&function->vectorcall, NULL},
                                        {(void *)&function->m_self, patch}};
    if (slots_write((PyObject *)function, native->name, places, 3))
        return true;
    Py_DECREF(patch);
    return false;
}

bool natives_covers(PyObject *function)
{
    return is_patched(((PyCFunctionObject *)function)->m_self);
}

bool natives_hand(PyObject *function)
{
    static const struct native handed = {"", "handed", NATIVE_HANDED};
    PyCFunctionObject *builtin = (PyCFunctionObject *)function;
    bool done = is_patched(builtin->m_self) && ((struct patch *)builtin->m_self)->native == &handed;

    return done || patch_function(builtin, &handed);
}

static bool patch_module(PyObject *module)
{
    const char *name = PyModule_GetName(module);

    for (size_t i = 0; name && native_rows[i].module; i++) {
        if (strcmp(native_rows[i].module, name) != 0)
            continue;
        PyObject *function =
            PyDict_GetItemString(PyModule_GetDict(module), native_rows[i].name); /* borrowed */
        if (function && Py_IS_TYPE(function, &PyCFunction_Type) &&
            !is_patched(((PyCFunctionObject *)function)->m_self) &&
            !patch_function((PyCFunctionObject *)function, &native_rows[i]))
            return false;
    }
    return name != NULL && (strcmp(name, "_sqlite3") != 0 || databases_watch(module)) &&
           (strcmp(name, "_multiprocessing") != 0 || processes_watch(module)) &&
           (strcmp(name, "_socket") != 0 || sockets_watch(module)) && sends_cover(module);
}

/* As patch_module, for a module that was just loaded: what fails there must not fail the import,
 * and is not passed over in silence. */
static void natives_patch_object(PyObject *module)
{
    if (!patch_module(module))
        PyErr_WriteUnraisable(module);
}

static PyCFunction plain_reduce;

/* A pickle has a function of a module by its name, whatever it is bound to here. */
static PyObject *reduce(PyObject *function, PyObject *unused)
{
    return is_patched(((PyCFunctionObject *)function)->m_self)
               ? PyUnicode_FromString(((PyCFunctionObject *)function)->m_ml->ml_name)
               : plain_reduce(function, unused);
}

static const struct slot reducer = {
    .member = "__reduce__", .kind = SLOT_METHOD, .ours = {ANY(reduce)}, .plain = &plain_reduce};

bool natives_init(void)
{
    if (!patch_type() || !slots_take_of((PyObject *)&PyCFunction_Type, &reducer))
        return false;
    resolve_see_through(patch_type(), NULL);
    for (size_t i = 0; native_rows[i].module; i++) {
        PyObject *module = loaded_module(native_rows[i].module);
        if (module && !patch_module(module))
            return false;
    }
    static const char *const others[] = {"_sqlite3", "_ssl", "_socket", "_multiprocessing"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        PyObject *module = loaded_module(others[i]);
        if (module && !patch_module(module))
            return false;
    }
    return true;
}
