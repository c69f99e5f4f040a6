/* rawcall: system calls as native code makes them, past Python: from the calling thread, from one
 * of its own, from a child, from a child's child. Each gives the result, or -errno. */
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE
#include <Python.h>

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct raw {
    long arguments[7], result;
};

static void *run(void *argument)
{
    struct raw *raw = argument;
    const long *a = raw->arguments;

    raw->result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    if (raw->result < 0)
        raw->result = -errno;
    return NULL;
}

static void run_thread(struct raw *raw)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, raw) == 0)
        pthread_join(thread, NULL);
}

/* So many processes down. */
static void run_below(struct raw *raw, int depth)
{
    int pipes[2];

    raw->result = -ECHILD;
    if (pipe(pipes) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        if (depth > 1)
            run_below(raw, depth - 1);
        else
            run(raw);
        _exit(write(pipes[1], &raw->result, sizeof raw->result) < 0);
    }
    close(pipes[1]);
    if (read(pipes[0], &raw->result, sizeof raw->result) < 0)
        raw->result = -errno;
    close(pipes[0]);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* message(descriptor, data, address, many): sendmsg(2), or sendmmsg(2); the result, or -errno. */
static PyObject *message(PyObject *module, PyObject *args)
{
    struct iovec part;
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    Py_buffer data, address;
    int fd, many;

    (void)module;
    if (!PyArg_ParseTuple(args, "iy*y*i", &fd, &data, &address, &many))
        return NULL;
    part = (struct iovec){data.buf, (size_t)data.len};
    message.msg_hdr.msg_name = address.len ? address.buf : NULL;
    message.msg_hdr.msg_namelen = (socklen_t)address.len;
    long result = many ? sendmmsg(fd, &message, 1, 0) : sendmsg(fd, &message.msg_hdr, 0);
    PyObject *answer = PyLong_FromLong(result < 0 ? -errno : result);
    PyBuffer_Release(&data);
    PyBuffer_Release(&address);
    return answer;
}

/* forever(what, descriptor): C code that holds the interpreter and looks at no signal: "spin",
 * "memory" (takes more and more), "write" (to the descriptor). */
static PyObject *forever(PyObject *module, PyObject *args)
{
    static char block[1 << 20];
    const char *what;
    int fd = -1;

    (void)module;
    if (!PyArg_ParseTuple(args, "s|i", &what, &fd))
        return NULL;
    memset(block, 'x', sizeof block);
    for (volatile long turns = 0;; turns++)
        if (*what == 'm')
            memcpy(malloc(sizeof block), block, sizeof block);
        else if (*what == 'w' && write(fd, block, sizeof block) < 0)
            usleep(1000);
}

/* call(how, number, ...): `how` is "here", "locked" (here, and keeping the interpreter's lock),
 * "thread", "child", "grandchild". */
static PyObject *call(PyObject *module, PyObject *args)
{
    struct raw raw = {{0}, -EINVAL};
    const char *how = PyUnicode_AsUTF8(PyTuple_GetItem(args, 0));

    (void)module;
    for (Py_ssize_t i = 1; how && i < PyTuple_GET_SIZE(args) && i < 8; i++) {
        PyObject *value = PyTuple_GET_ITEM(args, i);
        raw.arguments[i - 1] =
            PyBytes_Check(value) ? (long)PyBytes_AS_STRING(value) : PyLong_AsLong(value);
    }
    if (!how || PyErr_Occurred())
        return NULL;
    if (*how == 'l') {
        run(&raw);
        return PyLong_FromLong(raw.result);
    }
    Py_BEGIN_ALLOW_THREADS;
    if (*how == 'h')
        run(&raw);
    else if (*how == 't')
        run_thread(&raw);
    else
        run_below(&raw, *how == 'g' ? 2 : 1);
    Py_END_ALLOW_THREADS;
    return PyLong_FromLong(raw.result);
}

#ifdef __x86_64__
/* foreign(number, first, second): a call as 32-bit programs make it, with their numbers; -errno. */
static PyObject *foreign(PyObject *module, PyObject *args)
{
    int number, first = 0, second = 0, result;

    (void)module;
    if (!PyArg_ParseTuple(args, "i|ii", &number, &first, &second))
        return NULL;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second)
                     : "memory", "r8", "r9", "r10", "r11");
    return PyLong_FromLong(result);
}
#endif

/* shell(line): system(3), as a C library starts programs; what it returned. */
static PyObject *shell(PyObject *module, PyObject *line)
{
    const char *text = PyUnicode_AsUTF8(line);
    int result = -1;

    (void)module;
    if (!text)
        return NULL;
    Py_BEGIN_ALLOW_THREADS result = system(text);
    Py_END_ALLOW_THREADS return PyLong_FromLong(result);
}

/* A child that waits to be ended; its number. */
static PyObject *child(PyObject *module, PyObject *args)
{
    (void)module, (void)args;
    pid_t pid = fork();
    while (pid == 0)
        pause();
    return PyLong_FromLong(pid);
}

static PyMethodDef methods[] = {{"shell", shell, METH_O, NULL},
#ifdef __x86_64__
                                {"foreign", foreign, METH_VARARGS, "A 32-bit program's call."},
#endif
                                {"call", call, METH_VARARGS, "A system call."},
                                {"message", message, METH_VARARGS, "A message."},
                                {"forever", forever, METH_VARARGS, "C code that does not end."},
                                {"child", child, METH_NOARGS, "A child that waits."},
                                {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "rawcall", .m_size = -1,
                                        .m_methods = methods};

PyMODINIT_FUNC PyInit_rawcall(void)
{
    return PyModule_Create(&definition);
}
