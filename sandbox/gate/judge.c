/* judge: what each rule of the table of effects asks of an event. Runs no Python code: a path that
 * is neither str, bytes nor a descriptor could say something else a moment later, so it is
 * refused. */
#include "sandbox/gate/judge.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/places.h"
#include "sandbox/gate/caches.h"
#include "sandbox/gate/database.h"
#include "sandbox/gate/descriptors.h"
#include "sandbox/gate/frames.h"
#include "sandbox/gate/functions.h"
#include "sandbox/gate/left.h"
#include "sandbox/gate/process.h"
#include "sandbox/list/list.h"
#include "sandbox/owners/owners.h"

static PyTypeObject *source_loader; /* importlib's SourceFileLoader; borrowed, never unloaded */

bool judge_init(void)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_frozen_importlib_external");
    AUTO_REF PyObject *type = module ? PyObject_GetAttrString(module, "SourceFileLoader") : NULL;

    source_loader = type && PyType_Check(type) ? (PyTypeObject *)type : NULL;
    return source_loader != NULL && caches_init();
}

/* Argument `index` of the event; borrowed, None when there is none. */
static PyObject *argument_at(PyObject *arguments, int index)
{
    return index >= 0 && index < PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, index)
                                                             : Py_None;
}

/* A directory descriptor; -1: none. */
static int directory_at(PyObject *arguments, int index)
{
    PyObject *value = argument_at(arguments, index);
    long fd = PyLong_Check(value) ? PyLong_AsLong(value) : -1;

    PyErr_Clear();
    return fd >= 0 ? (int)fd : -1;
}

static bool is_plain(PyObject *path)
{
    return PyUnicode_Check(path) || PyBytes_Check(path) || PyLong_Check(path);
}

/* Pipes, and files that have no name (memfd), have no place; what is written through them stays in
 * the process that has them. So do shared memory and terminals, which the floor opens for who made
 * them. */
static bool is_anonymous(PyObject *path)
{
    struct stat status;
    char place[PATH_MAX];
    long fd = PyLong_Check(path) ? PyLong_AsLong(path) : -1;

    PyErr_Clear();
    if (fd <= 2 || fstat((int)fd, &status))
        return false;
    if (S_ISFIFO(status.st_mode))
        return true;
    if (!ground_is_there() || descriptors_is_kernels(path))
        return false;
    return S_ISCHR(status.st_mode) || (S_ISREG(status.st_mode) && !status.st_nlink) ||
           (S_ISREG(status.st_mode) && dests_locate(path, -1, DEST_CONTENT, place) &&
            place_is_below(place, places_shared_memory));
}

static int check(const struct asker *asker, PyObject *path, int dir_fd, enum dest_use use)
{
    if (!is_plain(path))
        return gate_refuse("path", "a destination must be a str, bytes or a pathlib path", NULL);
    AUTO_REF PyObject *exact = dests_exact(path);
    PyObject *dests = gate_dests(asker);

    if (!exact)
        return -1;
    if (dests_permitted(exact, dir_fd, use, dests) ||
        (use == DEST_CONTENT && is_anonymous(exact)) || caches_is_written(exact, dir_fd, use))
        return 0;
    char place[PATH_MAX];
    bool below = dir_fd >= 0 && dests_locate(exact, dir_fd, use, place);
    AUTO_REF PyObject *whole = below ? PyBytes_FromString(place) : NULL;
    PyErr_Clear();
    dests_refuse(whole ? whole : exact, asker->makes ? DEST_MADE : use, dests, asker->event);
    return -1;
}

int judge_dest(const struct asker *asker, PyObject *path)
{
    return check(asker, path, -1, DEST_CONTENT);
}

/* Is the import system caching a module that it compiled itself? Only then may it write outside,
 * and only what it would: __pycache__ of the source that a loader of its own exact type reads. */
static bool is_bytecode_cache(PyObject *path)
{
    char place[PATH_MAX]; /* of a descriptor: it opens the file first, and then by its number */
    const char *text = !PyLong_Check(path)                           ? text_of(path)
                       : dests_locate(path, -1, DEST_CONTENT, place) ? place
                                                                     : NULL;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    bool found = false;

    if (!text || !strstr(text, "__pycache__"))
        Py_CLEAR(frame);
    while (frame && !found && gate_is_import_frame(frame)) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        if (PyUnicode_CompareWithASCIIString(code->co_name, "get_code") == 0) {
            AUTO_REF PyObject *locals = PyFrame_GetLocals(frame);
            AUTO_REF PyObject *loader = locals ? PyMapping_GetItemString(locals, "self") : NULL;
            found = loader && Py_IS_TYPE(loader, source_loader);
            PyErr_Clear();
        }
        Py_DECREF(code);
        PyFrameObject *outer = PyFrame_GetBack(frame);
        Py_SETREF(frame, outer);
    }
    Py_XDECREF(frame);
    return found;
}

/* Did sandbox code itself do it, not a library, nor a debugger that stops it? */
static bool is_near(void)
{
    return frame_running_sandbox() != NULL && !gate_is_debugging();
}

static bool open_writes(PyObject *arguments)
{
    PyObject *mode = argument_at(arguments, 1), *flags = argument_at(arguments, 2);
    const char *text = text_of(mode);
    long bits = PyLong_Check(flags) ? PyLong_AsLong(flags) : 0;

    PyErr_Clear();
    return (text && strpbrk(text, "wax+")) || (bits & O_ACCMODE) != O_RDONLY ||
           (bits & (O_CREAT | O_TRUNC | O_APPEND)) || (bits & O_TMPFILE) == O_TMPFILE;
}

/* os.open(path, dir_fd=N) does not tell the event of N: a relative path is then judged by the
 * current directory, and policies refuse dir_fd (natives.c). */
static int judge_open(const struct asker *asker, PyObject *arguments)
{
    PyObject *path = argument_at(arguments, 0);

    if (open_writes(arguments))
        return is_bytecode_cache(path) ? 0 : check(asker, path, -1, DEST_CONTENT);
    if (descriptors_is_kernels(path))
        return gate_refuse("open", "this descriptor is the kernel's", NULL);
    AUTO_REF PyObject *exact = is_plain(path) ? dests_exact(path) : NULL;
    PyErr_Clear();
    if (exact && dests_read_denied(exact, -1))
        return gate_refuse("open", "reading this file is not allowed", NULL);
    return 0;
}

static bool is_there(PyObject *path, int dir_fd)
{
    AUTO_REF PyObject *exact = is_plain(path) && !PyLong_Check(path) ? dests_exact(path) : NULL;
    struct stat status;
    char place[PATH_MAX];

    PyErr_Clear();
    return exact && dests_locate(exact, dir_fd, DEST_NAME, place) && lstat(place, &status) == 0;
}

static int judge_names(struct asker *asker, const struct effect *effect, PyObject *arguments)
{
    asker->makes = effect->rule == RULE_MAKES;

    PyObject *first = argument_at(arguments, effect->first);
    enum dest_use use = effect->rule == RULE_CONTENT ? DEST_CONTENT : DEST_NAME;

    if (asker->in_import && is_bytecode_cache(first))
        return 0;
    if (effect->rule == RULE_MAKES && is_there(first, directory_at(arguments, effect->first_dir)))
        return 0; /* the error is the system's */
    if (check(asker, first, directory_at(arguments, effect->first_dir), use) < 0)
        return -1;
    if (effect->second < 0)
        return 0;
    return check(asker, argument_at(arguments, effect->second),
                 directory_at(arguments, effect->second_dir), use);
}

bool judge_is_unpatching(void)
{
    PyObject *type = loaded_member("unittest.mock", "_patch_dict");
    AUTO_REF PyObject *frame =
        type ? (PyObject *)PyThreadState_GetFrame(PyThreadState_Get()) : NULL;

    while (frame) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        AUTO_REF PyObject *globals = PyFrame_GetGlobals((PyFrameObject *)frame);
        if (code_sandbox(code))
            return false;
        if (loaded_is_namespace(globals, "unittest.mock") &&
            PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_name, "_unpatch_dict") ==
                0) {
            AUTO_REF PyObject *locals = PyFrame_GetLocals((PyFrameObject *)frame);
            AUTO_REF PyObject *self = locals ? PyMapping_GetItemString(locals, "self") : NULL;
            PyErr_Clear();
            return self && (PyObject *)Py_TYPE(self) == type; /* whose notes no cell can change */
        }
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    }
    return false;
}

/* What stands between a library and the call that it makes. */
static bool is_between(const char *module)
{
    static const char *const modules[] = {"ctypes", "os", "_collections_abc"};
    size_t length = strcspn(module, ".");

    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (strlen(modules[i]) == length && memcmp(module, modules[i], length) == 0)
            return true;
    return false;
}

/* Does an installed library ask on its own? Not the standard one, which does what it is told. */
static bool library_asks(void)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());
    const char *name;

    while (frame && (name = frame_module((PyFrameObject *)frame)) && is_between(name))
        Py_SETREF(frame, (PyObject *)PyFrame_GetBack((PyFrameObject *)frame));
    PyObject *module =
        frame && name && !frame_sandbox((PyFrameObject *)frame) ? loaded_module(name) : NULL;
    AUTO_REF PyObject *globals = module ? PyFrame_GetGlobals((PyFrameObject *)frame) : NULL;
    return module && PyModule_GetDict(module) == globals && loaded_is_installed(module) &&
           !loaded_is_standard(module);
}

/* Libraries set variables while they are imported (cv2 and xgboost say where their parts are). */
static int judge_environ(const struct asker *asker, const struct effect *effect,
                         PyObject *arguments)
{
    PyObject *name = argument_at(arguments, 0);
    const char *text = PyBytes_Check(name) ? PyBytes_AS_STRING(name) : text_of(name);

    if ((text && !effects_is_dangerous_variable(text)) || judge_is_unpatching() ||
        (asker->importing && library_asks()))
        return 0;
    return gate_refuse(effect->event, "programs started later obey this variable", NULL);
}

/* ":memory:" and "" are no files. Of an URI only what is sure to be read as one (natives.c) is
 * taken apart. */
static int judge_database(const struct asker *asker, PyObject *arguments)
{
    PyObject *path = argument_at(arguments, 0);
    const char *text = PyBytes_Check(path) ? PyBytes_AS_STRING(path) : text_of(path);
    char place[PATH_MAX];

    if (text && (!*text || strcmp(text, ":memory:") == 0))
        return 0;
    if (!text || strncmp(text, "file:", 5) != 0)
        return check(asker, path, -1, DEST_CONTENT);
    enum database_use use = database_is_uri() ? database_from_uri(text, place) : DATABASE_REFUSED;
    if (use == DATABASE_MEMORY)
        return 0;
    AUTO_REF PyObject *file = use == DATABASE_REFUSED ? NULL : PyBytes_FromString(place);
    if (!file)
        return gate_refuse("sqlite3.connect",
                           "this URI cannot be judged; name the database by its path", NULL);
    if (use == DATABASE_WRITTEN)
        return check(asker, file, -1, DEST_CONTENT);
    return dests_read_denied(file, -1)
               ? gate_refuse("open", "reading this file is not allowed", NULL)
               : 0;
}

static int judge_url(PyObject *arguments)
{
    PyObject *method = argument_at(arguments, 3);

    if (ground_is_there())
        return 0; /* whom it is sent to counts as well: sandbox/patch/sends.c */
    if (PyUnicode_Check(method) && PyUnicode_CompareWithASCIIString(method, "GET") != 0 &&
        PyUnicode_CompareWithASCIIString(method, "HEAD") != 0)
        return gate_refuse("urllib.Request", "only GET and HEAD are read-only", NULL);
    return 0; /* the connection is judged when it is made */
}

/* Is the nearest frame code of that loaded module? */
static bool is_called_by(const char *module_name)
{
    PyFrameObject *frame = PyEval_GetFrame();
    AUTO_REF PyObject *globals = frame ? PyFrame_GetGlobals(frame) : NULL;

    return loaded_is_namespace(globals, module_name);
}

/* Frames of cells and of libraries: see frames.h. */
static int judge_frame(const struct effect *effect, PyObject *arguments)
{
    PyObject *frame = argument_at(arguments, 0);

    if (is_near())
        return gate_refuse(effect->event, "it reaches frames", NULL);
    if (frames_fills_others(frame))
        return gate_refuse(effect->event, "the variables of others are not changed", NULL);
    return frames_reads_others(frame)
               ? gate_refuse(effect->event, "the variables of others are not read", NULL)
               : 0;
}

/* namedtuple gives its own new function its defaults; nobody else changes functions of the host. */
static int judge_attribute(const struct asker *asker, const struct effect *effect,
                           PyObject *arguments)
{
    PyObject *object = argument_at(arguments, 0), *name = argument_at(arguments, 1);
    bool is_code = PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__code__") == 0;

    if (strcmp(effect->event, "object.__getattr__") == 0) { /* defaults may be read */
        bool is_default = PyUnicode_Check(name) &&
                          (PyUnicode_CompareWithASCIIString(name, "__defaults__") == 0 ||
                           PyUnicode_CompareWithASCIIString(name, "__kwdefaults__") == 0);
        return is_default || !is_near() || functions_are_instrumented()
                   ? 0
                   : gate_refuse(effect->event, "it reaches the interpreter's insides", NULL);
    }
    if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
        bool own = asker->sandbox && classes_is_born(asker->sandbox, Py_TYPE(object));
        return own || !is_near()
                   ? 0
                   : gate_refuse(effect->event, "the class of what is not yours is not changed",
                                 NULL);
    }
    if (!PyFunction_Check(object) || (!is_code && !is_near()))
        return 0;
    if (is_code && (is_called_by("types") || /* types.coroutine only sets a flag */
                    functions_may_change(object, argument_at(arguments, 2), is_near())))
        return code_inherit(argument_at(arguments, 2), PyFunction_GET_CODE(object)) ? 0 : -1;
    if (!is_code && code_sandbox(PyFunction_GET_CODE(object)))
        return 0;
    return gate_refuse(effect->event, "functions are not changed", NULL);
}

/* What pickled data names: the namespaces and registries of modules would be changed by what
 * follows in it. */
static int judge_pickled(const struct effect *effect, PyObject *arguments)
{
    PyObject *module = argument_at(arguments, 0), *name = argument_at(arguments, 1);
    const char *module_text = text_of(module), *name_text = text_of(name);

    if (!module_text || !name_text) /* no names: there is nothing that they lead to */
        return 0;
    AUTO_REF PyObject *whole = PyUnicode_FromFormat("%s.%s", module_text, name_text);
    const char *dotted = whole ? PyUnicode_AsUTF8(whole) : NULL;
    if (!dotted)
        return -1;
    if (!PyDict_GetItemString(PyImport_GetModuleDict(), module_text))
        gate_import(module_text); /* as the one who unpickles does next */
    AUTO_REF PyObject *found = resolve_object(dotted);
    bool data = found && (PyDict_Check(found) || PyList_Check(found) || PySet_Check(found) ||
                          PyModule_Check(found));
    if (data || strcmp(name_text, "__import__") == 0 ||
        strcmp(dotted, "importlib.import_module") == 0)
        return gate_refuse(effect->event, "pickled data reaches a module's own", NULL);
    return 0;
}

/* What lies where cells may write is not loaded. */
static bool is_cells_file(const struct asker *asker, PyObject *path)
{
    AUTO_REF PyObject *exact = is_plain(path) && !PyLong_Check(path) ? dests_exact(path) : NULL;
    char place[PATH_MAX];

    PyErr_Clear();
    return exact && (!dests_locate(exact, -1, DEST_CONTENT, place) ||
                     dests_within(place, gate_dests(asker)));
}

static int judge_library(const struct asker *asker, PyObject *arguments)
{
    if (!is_cells_file(asker, argument_at(arguments, 1)))
        return 0;
    return gate_refuse("import", "an extension module in a directory that cells may write to",
                       NULL);
}

/* Functions and addresses of the interpreter itself, which no floor holds. */
static bool is_interpreters(const struct effect *effect, PyObject *arguments)
{
    PyObject *type = loaded_member("ctypes", "PyDLL");

    return strcmp(effect->event, "ctypes.PyObj_FromPtr") == 0 ||
           (type && PyType_Check(type) &&
            PyObject_TypeCheck(argument_at(arguments, 0), (PyTypeObject *)type));
}

/* What native code does is held where the floor is. */
static int judge_loading(const struct asker *asker, const struct effect *effect,
                         PyObject *arguments)
{
    PyObject *path = argument_at(arguments, effect->first);
    const char *text = text_of(path);

    if (unlisted_is_gated())
        return is_interpreters(effect, arguments) && !asker->importing && !library_asks()
                   ? gate_refuse(effect->event, "it reaches the interpreter's insides", NULL)
                   : 0;
    /* "libm.so.6" is looked for where the system keeps its libraries. */
    if ((asker->importing || library_asks()) &&
        ((text && !strchr(text, '/')) || !is_cells_file(asker, path)))
        return 0;
    return gate_refuse(effect->event, "not allowed from a cell", NULL);
}

/* A connection where no floor is; what is told of before it is opened is judged with it. */
static int judge_host(const struct asker *asker, const struct effect *effect, PyObject *arguments)
{
    PyObject *address = argument_at(arguments, effect->first);
    PyObject *name = address && PyTuple_CheckExact(address) && PyTuple_GET_SIZE(address) >= 2
                         ? PyTuple_GET_ITEM(address, 0)
                         : NULL;
    char host[300];
    bool known = false;

    if (effect->first < 0 ? asker->sandbox && asker->sandbox->ok_hosts
                          : hosts_lists(asker->sandbox, address))
        return 0;
    if (name && PyUnicode_CheckExact(name) && PyLong_CheckExact(PyTuple_GET_ITEM(address, 1))) {
        const char *text = text_of(name);
        long port = PyLong_AsLong(PyTuple_GET_ITEM(address, 1));
        PyErr_Clear();
        known = text && snprintf(host, sizeof host, strchr(text, ':') ? "[%s]:%ld" : "%s:%ld", text,
                                 port) < (int)sizeof host;
    }
    const struct remedy remedy = {REMEDY_HOST, host};
    return gate_refuse(effect->event, "no connection may be opened here", known ? &remedy : NULL);
}

/* Libraries start programs to learn what there is (git, lscpu, nvidia-smi, dot), and do without
 * where they are not installed. */
static int judge_program(const struct effect *effect)
{
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());

    bool library_looks = frame_library((PyFrameObject *)frame) != NULL;
    gate_refuse(effect->event, "not allowed from a cell", NULL);
    if (library_looks)
        refusal_set_missing();
    return -1;
}

static int judge_row(struct asker *asker, const struct effect *effect, PyObject *arguments)
{
    static const char reason[] = "not allowed from a cell";

    switch ((enum effect_rule)effect->rule) {
    case RULE_OPEN:
        return judge_open(asker, arguments);
    case RULE_NAME:
    case RULE_MAKES:
    case RULE_CONTENT:
        return judge_names(asker, effect, arguments);
    case RULE_NET:
        if (gate_net_active() && strcmp(effect->event, "socket.connect") == 0)
            ground_connects();
        return gate_net_active() || ground_is_there() /* then the floor judges whom it leads to */
                   ? 0
                   : judge_host(asker, effect, arguments);
    case RULE_HELD:
        return ground_is_there() ? 0 : gate_refuse(effect->event, reason, NULL);
    case RULE_ADDRESS:
        return ground_is_there() || argument_at(arguments, effect->first) == Py_None
                   ? 0
                   : gate_refuse(effect->event, reason, NULL);
    case RULE_URL:
        return judge_url(arguments);
    case RULE_ENVIRON:
        return judge_environ(asker, effect, arguments);
    case RULE_DATABASE:
        return judge_database(asker, arguments);
    case RULE_NATIVE:
        return is_near() && !unlisted_is_gated() ? gate_refuse(effect->event, reason, NULL) : 0;
    case RULE_NEAR:
        return is_near() && !functions_are_instrumented() && !code_is_plain_again(arguments)
                   ? gate_refuse(effect->event, reason, NULL)
                   : 0;
    case RULE_ATTRIBUTE:
        return judge_attribute(asker, effect, arguments);
    case RULE_MARSHAL:
        return asker->in_import || is_called_by("pstats") /* the figures that a profiler saved */
                   ? 0
                   : gate_refuse(effect->event, reason, NULL);
    case RULE_LIBRARY:
        return judge_library(asker, arguments);
    case RULE_FRAME:
        return judge_frame(effect, arguments);
    case RULE_EXEC: {
        PyObject *code = argument_at(arguments, 0);
        return is_near() && PyCode_Check(code) && !code_sandbox(code)
                   ? gate_refuse(effect->event, "this code did not pass the sandbox", NULL)
                   : 0;
    }
    case RULE_LOADING:
        return judge_loading(asker, effect, arguments);
    case RULE_PICKLED:
        return judge_pickled(effect, arguments);
    case RULE_MEMORY:
        return descriptors_judge_memory(asker, arguments);
    case RULE_DIRECTORY:
        return session_is_moving() ? 0 : gate_refuse(effect->event, reason, NULL);
    case RULE_DESCRIPTOR:
        return descriptors_judge(asker, effect->event, arguments);
    case RULE_SIGNAL:
        return process_judge_signal(effect->event, arguments);
    case RULE_LIMIT:
        return process_judge_limit(effect->event, arguments);
    case RULE_PROGRAM:
        return judge_program(effect);
    case RULE_DENY:
        break;
    }
    return gate_refuse(effect->event, reason, NULL);
}

bool judge_is_harmless(const struct effect *effect, PyObject *arguments)
{
    return effect->rule == RULE_LIBRARY && argument_at(arguments, 1) == Py_None;
}

static bool changes_the_world(const struct effect *effect, PyObject *arguments)
{
    switch ((enum effect_rule)effect->rule) {
    case RULE_OPEN:
        return open_writes(arguments);
    case RULE_NAME:
    case RULE_MAKES:
    case RULE_CONTENT:
    case RULE_DENY:
    case RULE_PROGRAM:
    case RULE_SIGNAL:
    case RULE_LIMIT:
    case RULE_DIRECTORY:
    case RULE_DATABASE:
        return true;
    default:
        return false;
    }
}

int judge_effect(const struct effect *effect, PyObject *arguments)
{
    struct asker asker = gate_asker();
    asker.event = effect->event;
    if (asker.undecided && changes_the_world(effect, arguments)) {
        asker.sandbox = left_owner();
        asker.permitted = !asker.sandbox;
    } else if (asker.permitted && asker.reading && changes_the_world(effect, arguments)) {
        asker = gate_origin(&asker);
    }
    return asker.permitted ? 0 : judge_row(&asker, effect, arguments);
}
