/* preview: a cell that is only tried. A fork of this process runs it and leaves; this process waits
 * and is not touched. The fork lives in a file system that the front has made (kernel/front/
 * overlay.c): what it writes is seen by it alone. It has no connections, may make none, starts no
 * programs and signals nobody; what it prints and shows comes back as one object, through memory
 * that both hold. */
#include "kernel/worker/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "kernel/worker/checkpoint.h"
#include "kernel/worker/descriptors.h"
#include "kernel/worker/inside.h"

enum { LOOK_US = 1000, PASSING_TRIES = 20, PASSING_US = 25000 };

/* What the front sends, in this order, and what both processes write to. */
struct view {
    int mount_fd, upper_fd, user_fd; /* user_fd -1: no user namespace is needed */
    int answer_fd, output_fd, error_fd, stack_fd;
};

static PyObject *refused; /* in the fork: owned list of (kind, callable, reason) */

static void view_close(struct view *self)
{
    int *fds = &self->mount_fd;

    for (size_t i = 0; i < sizeof *self / sizeof(int); i++)
        if (fds[i] >= 0) {
            close(fds[i]);
            fds[i] = -1;
        }
}

/* ---- in the fork ---- */

void preview_refused(const char *kind, const char *callable, const char *reason)
{
    AUTO_REF PyObject *row = refused ? Py_BuildValue("(sss)", kind ? kind : "",
                                                     callable ? callable : "", reason ? reason : "")
                                     : NULL;

    if (row && PyList_Append(refused, row) < 0)
        PyErr_Clear();
}

#define LOAD_AT(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define LOAD(field) LOAD_AT(offsetof(struct seccomp_data, field))
#define IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)
#define PASS BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What no file system holds: nothing is sent, started or ended. */
static bool shut_in(void)
{
    unsigned own = (unsigned)getpid();
    struct sock_filter code[] = {
        LOAD(nr),
        IF(SYS_connect, 1, 0),
        IF(SYS_execve, 0, 1),
        REFUSE,
        IF(SYS_execveat, 0, 1),
        REFUSE,
        IF(SYS_socket, 0, 3), /* of this machine's own alone: event loops wake themselves by them */
        LOAD(args[0]),
        IF(AF_UNIX, 11, 0),
        REFUSE,
        IF(SYS_sendto, 0, 4), /* to an address */
        LOAD(args[4]),
        IF(0, 0, 6),
        LOAD_AT(offsetof(struct seccomp_data, args[4]) + 4),
        IF(0, 5, 4),
        IF(SYS_kill, 1, 0),
        IF(SYS_tgkill, 0, 3), /* to itself alone */
        LOAD(args[0]),
        IF(own, 1, 0),
        REFUSE,
        PASS,
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Into the view, with nothing left of what is outside of it. */
static const char *move_in(struct worker *self, struct view *view)
{
    int alone[] = {view->answer_fd, view->stack_fd, view->output_fd, view->error_fd,
                   self->crash_fd};
    char cwd[PATH_MAX];

    if (!getcwd(cwd, sizeof cwd))
        return "the working directory is gone";
    if (view->user_fd >= 0 && setns(view->user_fd, CLONE_NEWUSER) < 0)
        return "its user namespace cannot be entered";
    if (setns(view->mount_fd, CLONE_NEWNS) < 0)
        return "its file system cannot be entered";
    if (chdir(cwd) < 0)
        return "its working directory cannot be entered";
    close(view->mount_fd);
    close(view->upper_fd);
    if (view->user_fd >= 0)
        close(view->user_fd);
    if (dup2(view->output_fd, 1) < 0 || dup2(view->error_fd, 2) < 0 ||
        (self->crash_fd >= 0 && dup2(view->stack_fd, self->crash_fd) < 0))
        return "its output cannot be made";
    struct descriptors *descriptors = descriptors_look(alone, sizeof alone / sizeof *alone);
    if (!descriptors)
        return "its descriptors cannot be made";
    descriptors_freeze(descriptors);
    descriptors_reopen(descriptors);
    descriptors_destroy(&descriptors);
    return shut_in() ? NULL : "the system does not let it be shut in";
}

static void write_all(int fd, const char *text, size_t size)
{
    for (ssize_t done; size > 0; text += done, size -= (size_t)done)
        if ((done = write(fd, text, size)) <= 0)
            return;
}

/* Run the cell; what it shows goes to a list. Never an exception. A source that begins with a line
 * of its own is what stands in the cell, in this process. */
static PyObject *try_cell(struct worker *self, PyObject *source)
{
    AUTO_REF PyObject *part = NULL;
    AUTO_REF PyObject *before = NULL;
    struct gate_scope scope;

    gate_trusted_enter(&scope);
    part = PyImport_ImportModule("_safepyrun_preview");
    before = part ? PyObject_CallMethod(part, "begin", "O", self->globals) : NULL;
    gate_trusted_exit(&scope);
    if (!before)
        return NULL;
    refused = PyList_New(0);
    Py_XSETREF(self->sink, PyList_New(0));
    bool own_lines = PyUnicode_GET_LENGTH(source) && PyUnicode_READ_CHAR(source, 0) != '\n';
    bool ready = refused && self->sink && (!own_lines || sources_add(self->filename, source));
    AUTO_REF PyObject *value =
        ready ? cell_run_source(self, source, NULL, true, self->globals) : NULL;
    AUTO_REF PyObject *error = value ? NULL : interpreter_take_exception();
    AUTO_REF PyObject *described = error ? traceback_describe(error) : Py_NewRef(Py_None);
    AUTO_REF PyObject *shown = value && value != Py_None && !source_is_quiet(source)
                                   ? display_bundle(self, value, NULL, NULL)
                                   : Py_NewRef(Py_None);
    PyErr_Clear();
    gate_trusted_enter(&scope);
    PyObject *answer = described && shown
                           ? PyObject_CallMethod(part, "end", "OOOOOO", before, self->globals,
                                                 self->sink, refused, described, shown)
                           : NULL;
    gate_trusted_exit(&scope);
    return answer;
}

static _Noreturn void run_in_fork(struct worker *self, struct view *view, PyObject *source,
                                  PyObject *threads, PyObject *random, pid_t parent,
                                  struct held_interrupt *interrupt)
{
    const char *wrong = NULL;

    platform_end_with_parent();
    if (getppid() != parent)
        platform_exit(1);
    PyOS_AfterFork_Child();
    wrong = move_in(self, view);
    link_renew(self);
    subshells_forget();
    AUTO_REF PyObject *set = random ? checkpoint_random(random) : NULL;
    AUTO_REF PyObject *repaired = threads ? checkpoint_part("repair", threads) : NULL;
    interrupt_release(interrupt, false);
    AUTO_REF PyObject *answer =
        wrong ? Py_BuildValue("{s:s}", "wrong", wrong) : try_cell(self, source);
    AUTO_REF PyObject *json = answer ? json_encode(answer) : NULL;
    if (json)
        write_all(view->answer_fd, PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json));
    else if (PyErr_Occurred())
        PyErr_Print();
    fflush(NULL);
    platform_exit(json ? 0 : 1);
}

/* ---- in the worker ---- */

/* What stands in the way of a fork, once what passes has had its time; new str, or NULL without an
 * exception. */
static PyObject *obstacle(struct worker *self)
{
    bool passing = false;
    PyObject *why = checkpoint_obstacle(self, &passing);

    for (int i = 0; why && passing && i < PASSING_TRIES; i++) {
        Py_DECREF(why);
        Py_BEGIN_ALLOW_THREADS usleep(PASSING_US);
        Py_END_ALLOW_THREADS why = checkpoint_obstacle(self, &passing);
    }
    error_forget();
    return why;
}

/* Until it has ended; its status. -1 with an exception: it was interrupted, and ended. */
static int await_end(pid_t pid)
{
    int status = 0;

    for (;;) {
        pid_t ended;
        Py_BEGIN_ALLOW_THREADS ended = waitpid(pid, &status, WNOHANG);
        if (ended == 0)
            usleep(LOOK_US);
        Py_END_ALLOW_THREADS if (ended == pid) return status;
        if (ended < 0 && errno != EINTR)
            return 0; /* somebody else waited for it */
        if (PyErr_CheckSignals() < 0) {
            kill(pid, SIGKILL);
            while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
            return -1;
        }
    }
}

/* All of a memory file, new bytes. */
static PyObject *read_memory(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size > 0 ? (Py_ssize_t)size : 0);

    if (bytes && size > 0 && pread(fd, PyBytes_AS_STRING(bytes), (size_t)size, 0) != size)
        Py_CLEAR(bytes);
    if (!bytes && !PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    return bytes;
}

static bool put_text(PyObject *dict, const char *key, int fd)
{
    AUTO_REF PyObject *bytes = read_memory(fd);
    AUTO_REF PyObject *text =
        bytes ? PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), "replace")
              : NULL;

    return text && PyDict_SetItemString(dict, key, text) == 0;
}

/* "signal 11 (SEGV)" when it did not come to its end by itself. */
static bool put_death(PyObject *dict, int status, int stack_fd)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    AUTO_REF PyObject *how =
        WIFSIGNALED(status)
            ? PyUnicode_FromFormat("signal %d (SIG%s)", WTERMSIG(status), name ? name : "?")
            : PyUnicode_FromFormat("status %d", WEXITSTATUS(status));

    return how && PyDict_SetItemString(dict, "died", how) == 0 && put_text(dict, "stack", stack_fd);
}

static PyObject *read_answer(const struct view *view, int status)
{
    AUTO_REF PyObject *json = read_memory(view->answer_fd);
    bool whole = json && PyBytes_GET_SIZE(json) > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
    AUTO_REF PyObject *answer =
        whole ? json_decode(PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)) : NULL;

    if (!json)
        return NULL;
    if (!answer || !PyDict_Check(answer)) {
        PyErr_Clear();
        Py_XSETREF(answer, PyDict_New());
        if (!answer || !put_death(answer, status, view->stack_fd))
            return NULL;
    }
    return put_text(answer, "stdout", view->output_fd) && put_text(answer, "stderr", view->error_fd)
               ? Py_NewRef(answer)
               : NULL;
}

static bool make_memory(struct view *view)
{
    int *fds[] = {&view->answer_fd, &view->output_fd, &view->error_fd, &view->stack_fd};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        *fds[i] = memfd_create("preview", MFD_CLOEXEC);
        if (*fds[i] < 0 || fcntl(*fds[i], F_SETFL, O_APPEND) < 0) {
            PyErr_SetFromErrno(PyExc_OSError);
            return false;
        }
    }
    return true;
}

/* The view that the front makes; its answer, new dict. */
static PyObject *ask_view(struct worker *self, struct view *view)
{
    int fds[] = {-1, -1, -1};
    AUTO_REF PyObject *dests = sandbox_ok_dests(self->sandbox);
    AUTO_REF PyObject *question = dests ? Py_BuildValue("{s:O}", "ok_dests", dests) : NULL;
    AUTO_REF PyObject *answer = question ? worker_query(self, "preview", question) : NULL;
    PyObject *wrong = answer ? PyDict_GetItemString(answer, "error") : NULL; /* borrowed */

    if (!answer)
        return NULL;
    bool came = !wrong && checkpoint_receive(self, "preview", fds, 3) >= 2;
    if (!came) {
        if (wrong)
            PyErr_Format(PyExc_OSError, "no preview can be made here: %S", wrong);
        else
            PyErr_SetString(PyExc_OSError, "no preview can be made here: its descriptors are lost");
        return NULL;
    }
    view->mount_fd = fds[0];
    view->upper_fd = fds[1];
    view->user_fd = fds[2];
    return Py_NewRef(answer);
}

/* The interrupt is held until the fork is made. */
static PyObject *run_preview(struct worker *self, PyObject *source, struct view *view,
                             struct held_interrupt *interrupt)
{
    AUTO_REF PyObject *told = make_memory(view) ? ask_view(self, view) : NULL;
    AUTO_REF PyObject *threads = told ? checkpoint_part("threads", NULL) : NULL;
    AUTO_REF PyObject *random = told ? checkpoint_random(NULL) : NULL;
    pid_t parent = getpid();

    if (!told)
        return NULL;
    fflush(NULL);
    checkpoint_fork_begins(self);
    pid_t pid = fork();
    int failed = errno;
    checkpoint_fork_ends(self);
    if (pid == 0)
        run_in_fork(self, view, source, threads, random, parent, interrupt);
    PyOS_AfterFork_Parent();
    interrupt_release(interrupt, true);
    errno = failed;
    if (pid < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    int status = await_end(pid);
    AUTO_REF PyObject *answer = status == -1 ? NULL : read_answer(view, status);
    if (!answer || PyDict_Update(answer, told) < 0)
        return NULL;
    AUTO_REF PyObject *upper = PyLong_FromLong(view->upper_fd);
    if (!upper || PyDict_SetItemString(answer, "upper", upper) < 0)
        return NULL;
    view->upper_fd = -1; /* the caller's, who closes it */
    return Py_NewRef(answer);
}

PyObject *preview_run(struct worker *self, PyObject *source)
{
    struct view view = {-1, -1, -1, -1, -1, -1, -1};

    if (atomic_load(&self->forked))
        return PyErr_Format(PyExc_RuntimeError, "a preview cannot be made within one");
    struct held_interrupt interrupt;
    interrupt_hold(&interrupt); /* it is for the cell, not for what prepares it */
    AUTO_REF PyObject *why = PyErr_CheckSignals() < 0 ? NULL : obstacle(self);
    PyObject *answer = NULL;
    if (why)
        PyErr_Format(PyExc_RuntimeError, "no preview can be made now: %U", why);
    else if (!PyErr_Occurred())
        answer = run_preview(self, source, &view, &interrupt);
    interrupt_release(&interrupt, true);
    view_close(&view);
    return answer;
}
