#include "sandbox/gate/descriptors.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sandbox/gate/gate.h"

static struct {
    dev_t device;
    ino_t inode; /* 0: none */
} kernels[1024]; /* what was open when the kernel was about to run cells, standard streams aside */
enum { KERNELS = sizeof kernels / sizeof *kernels };

void descriptors_keep(void)
{
    struct stat status;

    for (int fd = 3; fd < KERNELS; fd++)
        if (fstat(fd, &status) == 0) {
            kernels[fd].device = status.st_dev;
            kernels[fd].inode = status.st_ino;
        }
}

bool descriptors_is_kernels(PyObject *descriptor)
{
    long fd = PyLong_Check(descriptor) ? PyLong_AsLong(descriptor) : -1;
    struct stat status;

    PyErr_Clear();
    return fd > 2 && fd < KERNELS && kernels[fd].inode && fstat((int)fd, &status) == 0 &&
           kernels[fd].inode == status.st_ino && kernels[fd].device == status.st_dev;
}

int descriptors_judge_copy(const struct asker *asker, PyObject *descriptor)
{
    long fd = PyLong_Check(descriptor) ? PyLong_AsLong(descriptor) : -1;
    struct stat status;

    PyErr_Clear();
    if (fd <= 2 || fstat((int)fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        (fcntl((int)fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
        return 0;
    return judge_dest(asker, descriptor);
}
