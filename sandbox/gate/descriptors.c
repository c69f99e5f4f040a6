/* descriptors: open files that are known by their number: the kernel's own, and those of the host
 * that C code would write to by way of a copy. */
#include "sandbox/gate/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "sandbox/gate/gate.h"

static struct {
    dev_t device;
    ino_t inode; /* 0: none */
} kernels[1024]; /* what was open when the kernel was about to run cells, standard streams aside */
enum { KERNELS = sizeof kernels / sizeof *kernels, POLLED = 128 };

void descriptors_keep(void)
{
    struct pollfd all[POLLED];
    struct stat status;

    /* Which of them are open is one question for each POLLED, not a thousand at every start. */
    for (int from = 3; from < KERNELS; from += POLLED) {
        int count = from + POLLED < KERNELS ? POLLED : KERNELS - from;
        for (int i = 0; i < count; i++)
            all[i] = (struct pollfd){.fd = from + i};
        bool known = poll(all, (nfds_t)count, 0) >= 0;
        for (int i = 0; i < count; i++)
            if (!(known && all[i].revents & POLLNVAL) && fstat(from + i, &status) == 0) {
                kernels[from + i].device = status.st_dev;
                kernels[from + i].inode = status.st_ino;
            }
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
