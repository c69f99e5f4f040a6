/* opens: what opening and closing a file costs, as native code does it. A module for
 * bench/opens.py. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct work {
    const char *path;
    int flags, count;
};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void *open_many(void *argument)
{
    const struct work *work = argument;

    for (int i = 0; i < work->count; i++) {
        int fd = open(work->path, work->flags, 0644);
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

/* opens(path, flags, count, threads): us for each open and close, over all threads. */
static PyObject *opens(PyObject *module, PyObject *arguments)
{
    enum { THREADS_MOST = 64 };
    pthread_t threads[THREADS_MOST];
    struct work work;
    int thread_count, started = 0;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "siii", &work.path, &work.flags, &work.count, &thread_count))
        return NULL;
    double began = now_us();
    Py_BEGIN_ALLOW_THREADS;
    if (thread_count < 2)
        open_many(&work);
    else
        for (; started < thread_count && started < THREADS_MOST; started++)
            if (pthread_create(&threads[started], NULL, open_many, &work))
                break;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    Py_END_ALLOW_THREADS;
    return PyFloat_FromDouble((now_us() - began) / work.count / (started ? started : 1));
}

/* tree(path, folders, files): us for each file of a tree: so many folders with so many small files
 * each are made, as an archive is unpacked. */
static PyObject *tree(PyObject *module, PyObject *arguments)
{
    enum { CONTENT_BYTES = 1000 };
    static const char content[CONTENT_BYTES];
    char path[4096];
    const char *top;
    int folders, files, failed = 0;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "sii", &top, &folders, &files))
        return NULL;
    double began = now_us();
    Py_BEGIN_ALLOW_THREADS;
    failed |= mkdir(top, 0755);
    for (int i = 0; i < folders && !failed; i++) {
        snprintf(path, sizeof path, "%s/%d", top, i);
        failed |= mkdir(path, 0755);
        for (int j = 0; j < files && !failed; j++) {
            snprintf(path, sizeof path, "%s/%d/%d", top, i, j);
            int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
            failed |= fd < 0 || write(fd, content, sizeof content) != sizeof content || close(fd);
        }
    }
    Py_END_ALLOW_THREADS;
    if (failed)
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
    return PyFloat_FromDouble((now_us() - began) / folders / files);
}

static PyMethodDef methods[] = {{"opens", opens, METH_VARARGS, "us for each"},
                                {"tree", tree, METH_VARARGS, "us for each file"},
                                {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "opens", .m_size = -1,
                                        .m_methods = methods};

PyMODINIT_FUNC PyInit_opens(void)
{
    return PyModule_Create(&definition);
}
