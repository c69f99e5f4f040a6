/* descriptors: open files that are known by their number: the kernel's own, and those of the host
 * that C code would write to by way of a copy. */
#include "sandbox/gate/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/keywords.h"
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

/* ioctl: what only tells something. The newer numbers say so themselves; FIONBIO and the size of a
 * window are as O_NONBLOCK is. */
static bool is_question(unsigned long command)
{
    static const unsigned long questions[] = {
        TCGETS,         TIOCGPGRP,     TIOCGSID,       TIOCGWINSZ,    TIOCOUTQ,     TIOCMGET,
        TIOCGEXCL,      TIOCGETD,      FIONREAD,       FIONBIO,       TIOCSWINSZ,   SIOCGIFNAME,
        SIOCGIFCONF,    SIOCGIFFLAGS,  SIOCGIFADDR,    SIOCGIFMTU,    SIOCGIFINDEX, SIOCGIFBRDADDR,
        SIOCGIFNETMASK, SIOCGIFHWADDR, SIOCGIFDSTADDR, SIOCGIFTXQLEN,
    };

    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (questions[i] == command)
            return true;
    return _IOC_TYPE(command) && _IOC_DIR(command) == _IOC_READ;
}

/* fcntl(fd, F_GETFL), ioctl(fd, TIOCGWINSZ) and the like tell of a descriptor, or change how it
 * waits: of any but the kernel's own. */
static bool is_about_descriptor(const char *event, PyObject *fd, PyObject *command)
{
    long number = PyLong_Check(command) ? PyLong_AsLong(command) : -1;

    PyErr_Clear();
    if (descriptors_is_kernels(fd))
        return false;
    bool others = PyLong_AsLong(fd) > 2;
    if (strcmp(event, "fcntl.ioctl") == 0)
        return is_question((unsigned long)number & 0xffffffffU) &&
               (others || (number != FIONBIO && number != TIOCSWINSZ));
    return strcmp(event, "fcntl.fcntl") == 0 &&
           (number == F_GETFL || number == F_GETFD ||
            (others && (number == F_SETFL || number == F_SETFD)));
}

int descriptors_judge(const struct asker *asker, const char *event, PyObject *arguments)
{
    PyObject *fd = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : Py_None;
    PyObject *command = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : Py_None;

    if (PyLong_Check(fd) && is_about_descriptor(event, fd, command))
        return 0;
    return PyLong_Check(fd) ? judge_dest(asker, fd)
                            : gate_refuse("descriptor", "not allowed from a cell", NULL);
}

/* What can only be read, or is copied when it is written to, changes no file. The event does not
 * tell flags and prot, so the descriptor decides. */
int descriptors_judge_memory(const struct asker *asker, PyObject *arguments)
{
    enum { ACCESS_READ = 1, ACCESS_COPY = 3 };
    PyObject *fd = PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, 0) : Py_None;
    long number = keywords_number(arguments, 0, -1), kind = keywords_number(arguments, 2, 0);
    int flags = number >= 0 ? fcntl((int)number, F_GETFL) : -1;

    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || kind == ACCESS_READ || kind == ACCESS_COPY)
        return 0;
    return judge_dest(asker, fd);
}
