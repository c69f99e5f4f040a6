/* fuzz_judge: audit events with random arguments on random trees, as a cell's code would raise
 * them. What is permitted is then done, and nothing below `out` may have changed. Whatever the
 * arguments are, a judgement ends with an exception exactly when it refuses, runs no Python code of
 * theirs and collects no garbage. */
#include <errno.h>
#include <sys/xattr.h>

#include "sandbox/sandbox.h"
#include "tests/fuzz/tree.h"

enum { CALLS_MOST = 40 };

static PyObject *odd;      /* values that are no path, and some that look like one */
static PyObject *flag;     /* what their methods append to */
static PyObject *make_odd; /* str and bytes of classes of its own */
static int base_fd, fds[4];

/* ---- arguments ---- */

static const char setup[] =
    "import gc\n"
    "ran = []\n"
    "def note(*a, **k):\n"
    "    ran.append(1)\n"
    "    return 'ok/a'\n"
    "noted = dict.fromkeys(('__fspath__', '__str__', '__repr__', '__index__', '__int__', '__eq__', "
    "'__bool__', '__len__',\n"
    "    '__iter__', '__getitem__', '__format__', '__contains__', '__bytes__', '__call__', "
    "'__float__'), note)\n"
    "noted['__hash__'] = lambda self: ran.append(1) or 1\n"
    "Path = type('Path', (), noted)\n"
    "Text = type('Text', (str,), noted)\n"
    "Bytes = type('Bytes', (bytes,), noted)\n"
    "Number = type('Number', (int,), noted)\n"
    "odd = [None, True, -1, 2**31, 2**63, -2**70, 1.5, '', b'', 'a\\0b', b'a\\0b', "
    "'\\udc80\\ud800', 'x' * 5000, b'/' * 5000,\n"
    "    'a/' * 2500, (), [], {}, object(), Path(), Text('../out/a'), Bytes(b'../out/a'), "
    "Number(1), print, len, Path,\n"
    "    bytearray(b'ok/a'), memoryview(b'ok/a'), 'file:out/a?mode=rwc', 'file:///x?vfs=y', "
    "':memory:', '__code__', '__class__',\n"
    "    '__defaults__', 'PATH', b'LD_PRELOAD', 'w', 'r+', 'GET', 'POST', note, note.__code__, "
    "'sys', 'modules', range(3), Ellipsis]\n"
    "def make_odd(text, kind):\n"
    "    return (Text, Bytes, str, bytes)[kind % 4](text if kind % 2 == 0 else text.encode())\n"
    "gc.set_threshold(1)\n"
    "gc.callbacks.append(note)\n";

/* A path as a C string into `text`, and as an object: str, bytes, subclasses of these, descriptors.
 * `*fd`: the descriptor, or -1. New reference. */
static PyObject *path_object(struct bytes *bytes, char *text, size_t size, int *fd)
{
    unsigned kind = take(bytes) % 10;

    *fd = -1;
    make_path(bytes, text, size);
    if (kind == 0) {
        *fd = fds[take(bytes) % 4];
        return PyLong_FromLong(*fd);
    }
    if (kind < 3)
        return PyObject_CallFunction(make_odd, "sI", text, take(bytes));
    return kind < 7 ? PyUnicode_FromString(text) : PyBytes_FromString(text);
}

static PyObject *odd_object(struct bytes *bytes)
{
    return Py_NewRef(PyList_GET_ITEM(odd, take(bytes) % (unsigned)PyList_GET_SIZE(odd)));
}

/* ---- judging ---- */

/* Consumes the reference to `arguments`. */
static bool is_permitted(const char *event, PyObject *arguments)
{
    if (!arguments || PyErr_Occurred() || PyList_SetSlice(flag, 0, PY_SSIZE_T_MAX, NULL) < 0)
        abort();
    int verdict = PySys_Audit(event, "O", arguments);
    bool ran = PyList_GET_SIZE(flag) > 0;

    if ((verdict < 0) != (PyErr_Occurred() != NULL) || ran) {
        fprintf(stderr, "%s: %d, %s, ran %d\n", event, verdict,
                PyErr_Occurred() ? "an exception" : "none", ran);
        PyErr_Print();
        abort();
    }
    PyErr_Clear();
    Py_DECREF(arguments);
    return verdict == 0;
}

/* ---- what is done when it is permitted ---- */

struct done {
    char first[256], second[256];
    int fd; /* stands for `first`; -1: none */
    int directory;
    unsigned choice;
};
typedef void doing(const struct done *self);

static const int open_flags[] = {O_WRONLY,           O_WRONLY | O_CREAT,
                                 O_RDWR | O_TRUNC,   O_CREAT | O_EXCL | O_WRONLY,
                                 O_RDONLY | O_TRUNC, O_WRONLY | O_CREAT | O_NOFOLLOW};

static void write_to(int fd)
{
    if (fd >= 0 && write(fd, "yours", 5) < 0)
        errno = 0;
    if (fd >= 0)
        close(fd);
}

static void do_open(const struct done *self)
{
    if (self->fd < 0)
        write_to(open(self->first, open_flags[self->choice % 6], 0644));
}

static void do_connect(const struct done *self)
{
    if (self->fd < 0)
        write_to(open(self->first, O_RDWR | O_CREAT, 0644));
}

static void do_remove(const struct done *self)
{
    unlinkat(self->directory, self->first, 0);
}

static void do_rmdir(const struct done *self)
{
    unlinkat(self->directory, self->first, AT_REMOVEDIR);
}

static void do_mkdir(const struct done *self)
{
    mkdirat(self->directory, self->first, 0755);
}

static void do_rename(const struct done *self)
{
    renameat(self->directory, self->first, self->directory, self->second);
}

static void do_link(const struct done *self)
{
    if (linkat(self->directory, self->first, self->directory, self->second, 0))
        errno = 0;
}

static void do_symlink(const struct done *self)
{
    if (symlinkat(self->first, self->directory, self->second))
        errno = 0;
}

static void do_truncate(const struct done *self)
{
    if (self->fd >= 0 ? ftruncate(self->fd, 1) : truncate(self->first, 1))
        errno = 0;
}

static void do_chmod(const struct done *self)
{
    if (self->fd >= 0)
        fchmod(self->fd, 0600 + self->choice % 8);
    else
        fchmodat(self->directory, self->first, 0600 + self->choice % 8, 0);
}

static void do_utime(const struct done *self)
{
    static const struct timespec times[2] = {{1, 1}, {2, 2}};

    if (self->fd >= 0)
        futimens(self->fd, times);
    else
        utimensat(self->directory, self->first, times, 0);
}

static void do_setxattr(const struct done *self)
{
    if (self->fd >= 0)
        fsetxattr(self->fd, "user.a", "x", 1, 0);
    else
        setxattr(self->first, "user.a", "x", 1, 0);
}

/* `form`: the event's arguments: P a path, Q the second, D the folder's descriptor, F flags, M a
 * mode, N None, 0 a number. */
static const struct call {
    const char *event, *form;
    doing *act;
    bool takes_fd;
} calls[] = {
    {"open", "PNF", do_open, true},
    {"os.remove", "PD", do_remove, false},
    {"os.rmdir", "PD", do_rmdir, false},
    {"os.mkdir", "P0D", do_mkdir, false},
    {"os.rename", "PQDD", do_rename, false},
    {"os.link", "PQDD", do_link, false},
    {"os.symlink", "PQD", do_symlink, false},
    {"os.truncate", "P0", do_truncate, true},
    {"os.chmod", "P0D", do_chmod, true},
    {"os.utime", "PNND", do_utime, true},
    {"os.setxattr", "P000", do_setxattr, true},
    {"sqlite3.connect", "P", do_connect, false},
};

static bool has(const struct call *call, char what)
{
    return strchr(call->form, what) != NULL;
}

static void call_one(struct bytes *bytes)
{
    const struct call *call = &calls[take(bytes) % (sizeof calls / sizeof *calls)];
    struct done done = {.choice = take(bytes), .fd = -1};
    bool in_base = has(call, 'D') && take(bytes) % 2;
    int unused;
    PyObject *first = path_object(bytes, done.first, sizeof done.first, &done.fd);
    PyObject *second = path_object(bytes, done.second, sizeof done.second, &unused);
    PyObject *arguments = PyTuple_New((Py_ssize_t)strlen(call->form));

    if (!first || !second || !arguments)
        abort();
    done.directory = in_base ? base_fd : AT_FDCWD;
    for (Py_ssize_t i = 0; call->form[i]; i++) {
        char what = call->form[i];
        PyObject *value = what == 'P'   ? Py_NewRef(first)
                          : what == 'Q' ? Py_NewRef(second)
                          : what == 'N' ? Py_NewRef(Py_None)
                          : what == 'D' ? PyLong_FromLong(in_base ? base_fd : -1)
                          : what == 'F' ? PyLong_FromLong(open_flags[done.choice % 6])
                                        : PyLong_FromLong(0600);
        PyTuple_SET_ITEM(arguments, i, value);
    }
    bool names = PyLong_Check(second) && has(call, 'Q');
    Py_DECREF(first);
    Py_DECREF(second);
    if (is_permitted(call->event, arguments) && !names && (done.fd < 0 || call->takes_fd))
        call->act(&done);
}

/* Any event with anything: only how the judgement ends is looked at. */
static void judge_anything(struct bytes *bytes)
{
    static const char *const events[] = {"open",
                                         "os.remove",
                                         "os.rename",
                                         "os.link",
                                         "os.utime",
                                         "os.mkdir",
                                         "os.putenv",
                                         "os.unsetenv",
                                         "sqlite3.connect",
                                         "mmap.__new__",
                                         "fcntl.fcntl",
                                         "os.lockf",
                                         "sys._getframe",
                                         "object.__getattr__",
                                         "object.__setattr__",
                                         "object.__delattr__",
                                         "import",
                                         "exec",
                                         "marshal.loads",
                                         "ctypes.dlopen",
                                         "socket.connect",
                                         "socket.sendmsg",
                                         "urllib.Request",
                                         "os.chdir",
                                         "os.kill",
                                         "gc.get_objects",
                                         "code.__new__",
                                         "os.symlink"};
    Py_ssize_t count = take(bytes) % 6;
    PyObject *arguments = PyTuple_New(count);
    const char *event = events[take(bytes) % (sizeof events / sizeof *events)];

    for (Py_ssize_t i = 0; arguments && i < count; i++)
        PyTuple_SET_ITEM(arguments, i, odd_object(bytes));
    is_permitted(event, arguments);
}

/* ---- the program ---- */

static void check(bool done)
{
    if (done)
        return;
    PyErr_Print();
    abort();
}

static void start_python(void)
{
    PyPreConfig before;
    PyConfig config;

    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    before.allocator = PYMEM_ALLOCATOR_MALLOC; /* the sanitizers see each block */
    check(!PyStatus_Exception(Py_PreInitialize(&before)));
    PyConfig_InitIsolatedConfig(&config);
    check(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
    PyConfig_Clear(&config);
}

static void prepare(void)
{
    char ok[128];

    prepare_tree("/tmp/fuzz-judge-XXXXXX");
    start_python();
    PyObject *names = PyDict_New();
    check(names && sandbox_install(SANDBOX_CLOSED));
    check(PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0);
    PyObject *done = PyRun_String(setup, Py_file_input, names, names);
    check(done != NULL);
    odd = PyDict_GetItemString(names, "odd");
    flag = PyDict_GetItemString(names, "ran");
    make_odd = PyDict_GetItemString(names, "make_odd");
    snprintf(ok, sizeof ok, "%s/ok", root);
    PyObject *dests = Py_BuildValue("[s]", ok);
    struct sandbox *sandbox = sandbox_new(PyDict_New(), true); /* it answers for all that follows */
    check(sandbox && dests && sandbox_set_ok_dests(sandbox, dests));
}

static void open_fds(void)
{
    static const char *const places[] = {"ok", "a", "out", "a", "ok", "link", "out", "b"};
    char path[128];

    for (int i = 0; i < 4; i++) {
        path_in(places[2 * i], places[2 * i + 1], path);
        fds[i] = open(path, O_RDONLY | O_NONBLOCK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, size, size};
    char out[128];

    if (!root[0])
        prepare();
    enter_tree(&bytes, out);
    base_fd = open(take(&bytes) % 2 ? "." : "b", O_RDONLY | O_DIRECTORY);
    open_fds();
    uint64_t before = look(out, 0);
    for (int i = 0; i < CALLS_MOST; i++)
        take(&bytes) % 3 ? call_one(&bytes) : judge_anything(&bytes);
    close(base_fd);
    for (int i = 0; i < 4; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (look(out, 0) != before)
        abort();
    return 0;
}
