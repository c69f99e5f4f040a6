/* The effect gate, looked at from what is left behind: does the file exist? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reference.h"
#include "sandbox/sandbox.h"

static char inside[] = "/tmp/gate-in-XXXXXX", outside[] = "/tmp/gate-out-XXXXXX";
/* Host code runs here: the sandbox that was made first answers for everything that no cell is seen
 * to do. */
static struct sandbox *sandbox;
static PyObject *names;

/* Runs `source`; the name of the exception type, or "". */
static const char *run(const char *source)
{
    static char error[200];
    PyObject *value = PyRun_String(source, Py_file_input, names, names);
    error[0] = '\0';
    if (!value) {
        PyObject *type, *raised, *traceback;
        PyErr_Fetch(&type, &raised, &traceback);
        PyObject *text = raised ? PyObject_Str(raised) : NULL;
        snprintf(error, sizeof error, "%s: %s", ((PyTypeObject *)type)->tp_name,
                 text ? PyUnicode_AsUTF8(text) : "");
        Py_XDECREF(text);
        Py_XDECREF(type);
        Py_XDECREF(raised);
        Py_XDECREF(traceback);
    }
    Py_XDECREF(value);
    return error;
}

static bool exists(const char *directory, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return lstat(path, &status) == 0;
}

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(inside));
    assert_non_null(mkdtemp(outside));
    Py_InitializeEx(0);
    names = PyDict_New();
    PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
    PyObject *text = PyUnicode_FromString(inside), *other = PyUnicode_FromString(outside);
    PyDict_SetItemString(names, "I", text);
    PyDict_SetItemString(names, "O", other);
    PyObject *dests = PyList_New(0);
    PyList_Append(dests, text);
    Py_DECREF(text);
    Py_DECREF(other);
    assert_string_equal(
        run("import os, sys, shutil, subprocess, threading, tempfile, sqlite3, pathlib, socket\n"
            "open(O + '/kept', 'w').close(); fd = os.open(O, os.O_RDONLY)\n"
            "os.symlink(O, I + '/link'); os.symlink(O + '/new', I + '/dangling')\n"
            "os.link(O + '/kept', I + '/hard')"),
        "");
    assert_true(sandbox_install(SANDBOX_CLOSED));
    sandbox = sandbox_new(names, true);
    assert_non_null(sandbox);
    assert_true(sandbox_set_ok_dests(sandbox, dests));
    Py_DECREF(dests);
    return 0;
}

static void writes_inside_pass(void **state)
{
    (void)state;
    assert_string_equal(
        run("open(I + '/a', 'w').write('x'); pathlib.Path(I, 'b').write_text('y')\n"
            "os.mkdir(I + '/d'); os.rename(I + '/a', I + '/d/a'); shutil.rmtree(I + '/d')\n"
            "tempfile.TemporaryFile(dir=I).close(); sqlite3.connect(I + '/db').close()"),
        "");
    assert_true(exists(inside, "b"));
    assert_false(exists(inside, "d"));
}

/* One row an escape: what it does must leave `outside` as it was. */
static const char *const escapes[] = {
    "open(O + '/new', 'w')",
    "open(O + '/new', 'x')",
    "open(O.encode() + b'/new', 'ab')",
    "os.open(O + '/new', os.O_CREAT | os.O_WRONLY)",
    "os.open('new', os.O_CREAT | os.O_WRONLY, dir_fd=fd)",
    "open(I + '/../' + os.path.basename(O) + '/new', 'w')",
    "open(I + '/link/new', 'w')",
    "open(I + '/dangling', 'w')",
    "open(I + '/link/../' + os.path.basename(O) + '/new', 'w')",
    "open(f'/proc/self/fd/{fd}/new', 'w')",
    "open('new', 'w', opener=lambda p, f: os.open(p, f, dir_fd=fd))",
    "pathlib.Path(O, 'new').touch()",
    "os.mkdir(O + '/new')",
    "os.mkdir('new', dir_fd=fd)",
    "os.mkfifo(O + '/new')",
    "os.mknod(O + '/new')",
    "os.mknod('new', dir_fd=fd)",
    "os.symlink('x', O + '/new')",
    "os.link(I + '/b', O + '/new')",
    "os.link(O + '/kept', I + '/hard2')",
    "os.rename(I + '/b', O + '/new')",
    "shutil.copy(I + '/b', O + '/new')",
    "shutil.copytree(I, O + '/new')",
    "os.remove(O + '/kept')",
    "os.unlink('kept', dir_fd=fd)",
    "os.rename(O + '/kept', I + '/k')",
    "shutil.rmtree(O)",
    "os.truncate(O + '/kept', 9)",
    "open(I + '/hard', 'w').write('x')",
    "sqlite3.connect(O + '/new')",
    "sqlite3.connect('file:' + O + '/new', uri=True)",
    "subprocess.run(['touch', O + '/new'])",
    "os.system('touch ' + O + '/new')",
    "os.posix_spawn('/bin/touch', ['touch', O + '/new'], {})",
    "import _posixsubprocess as p; p.fork_exec()",
    "t = threading.Thread(target=open, args=(O + '/new', 'w')); threading.excepthook = lambda a: "
    "None\n"
    "t.start(); t.join(); raise PermissionError",
    "class P:\n    n = 0\n    def __fspath__(s):\n        s.n += 1; return (I if s.n < 2 else O) + "
    "'/new'\nopen(P(), 'w'); open(P(), 'w')\n"
    "p = P(); __import__('_io').FileIO(p, 'w')",
    "os.putenv('LD_PRELOAD', 'x')",
    "os.environ['PATH'] = O",
    "os.chdir(O)",
    "os.kill(os.getpid(), 28)", /* SIGWINCH, which nobody hears */
    "sqlite3.connect(':memory:').execute(\"attach '\" + O + \"/new' as x\").execute('create table "
    "x.t(a)')",
};

static void escapes_leave_nothing(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        const char *error = run(escapes[i]);
        char path[PATH_MAX];
        struct stat status;
        snprintf(path, sizeof path, "%s/kept", outside);
        bool harmed = exists(outside, "new") || stat(path, &status) != 0 || status.st_size != 0;
        if (harmed || !*error) {
            print_error("%s: %s %s\n", harmed ? "EFFECT" : "no error", error, escapes[i]);
            failed++;
        }
        snprintf(path, sizeof path, "%s/new", outside);
        remove(path);
    }
    assert_int_equal(failed, 0);
}

static void ordinary_code_runs(void **state)
{
    (void)state;
    assert_string_equal(
        run("os.environ['OMP_NUM_THREADS'] = '1'; open('/dev/null', 'w').write('x')\n"
            "import json, dataclasses, collections, asyncio, inspect, decimal\n"
            "collections.namedtuple('P', 'a b', defaults=[1])(1); inspect.signature(json.dumps)\n"
            "dataclasses.make_dataclass('D', ['a'])(1); sqlite3.connect(':memory:').close()\n"
            "async def f(): return 1\nasyncio.run(f())"),
        "");
}

static void trusted_scopes_pass(void **state)
{
    (void)state;
    struct gate_scope scope;
    gate_trusted_enter(&scope);
    assert_string_equal(run("open(O + '/trusted', 'w').close()"), "");
    gate_trusted_exit(&scope);
    assert_string_not_equal(run("open(O + '/after', 'w').close()"), "");
    assert_false(exists(outside, "after"));
}

/* A single sandbox answers for all; of two, the scopes and frames tell. */
static void the_sandbox_in_force_is_told(void **state)
{
    AUTO_REF PyObject *globals = PyDict_New();
    struct gate_scope scope, inner;

    (void)state;
    assert_ptr_equal(gate_current(), sandbox);
    gate_trusted_enter(&scope);
    assert_null(gate_current());
    gate_judged_enter(&inner, sandbox);
    assert_ptr_equal(gate_current(), sandbox);
    gate_trusted_exit(&inner);
    gate_trusted_exit(&scope);
    struct sandbox *other = sandbox_new(globals, true);
    assert_ptr_equal(gate_current(), sandbox);
    gate_judged_enter(&scope, other);
    assert_ptr_equal(gate_current(), other);
    gate_trusted_exit(&scope);
    sandbox_destroy(&other);
    assert_ptr_equal(gate_current(), sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sandbox_in_force_is_told), cmocka_unit_test(writes_inside_pass),
        cmocka_unit_test(escapes_leave_nothing),        cmocka_unit_test(ordinary_code_runs),
        cmocka_unit_test(trusted_scopes_pass),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
