/* main: safepyrun-worker-X.Y --hop FD --ring FD --wake FD [--python PATH] [--data DIR]
 * Started by the front alone. */
#include "kernel/worker/inside.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct option options[] = {
    {"hop", required_argument, NULL, 'h'},  {"ring", required_argument, NULL, 'r'},
    {"wake", required_argument, NULL, 'w'}, {"python", required_argument, NULL, 'p'},
    {"data", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0},
};

static bool arguments_read(struct worker *self, int argc, char **argv, int *ring_fd)
{
    self->hop_fd = self->wake_fd = *ring_fd = -1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'h':
            self->hop_fd = atoi(optarg);
            break;
        case 'r':
            *ring_fd = atoi(optarg);
            break;
        case 'w':
            self->wake_fd = atoi(optarg);
            break;
        case 'p':
            self->python = optarg;
            break;
        case 'd':
            self->data_dir = optarg;
            break;
        default:
            return false;
        }
    return self->hop_fd >= 0 && *ring_fd >= 0 && self->wake_fd >= 0;
}

/* LD_LIBRARY_PATH was for finding libpython; programs that cells start get the user's own again. */
static void environment_restore(void)
{
    const char *before = getenv("SAFEPYRUN_LD_LIBRARY_PATH");

    if (before && *before)
        setenv("LD_LIBRARY_PATH", before, 1);
    else if (before)
        unsetenv("LD_LIBRARY_PATH");
    unsetenv("SAFEPYRUN_LD_LIBRARY_PATH");
}

static void process_prepare(struct worker *self, int ring_fd)
{
    int fds[] = {self->hop_fd, self->wake_fd, ring_fd};
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL); /* ignored when the front was started in the background */
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    if (nothing > 0) {
        dup2(nothing, 0);
        close(nothing);
    }
    environment_restore();
}

int main(int argc, char **argv)
{
    static struct worker worker = {.text_settings = {.width = 79, .items_max = 1000}};
    int ring_fd;

    if (!arguments_read(&worker, argc, argv, &ring_fd)) {
        fprintf(stderr, "usage: %s --hop FD --ring FD --wake FD [--python PATH] [--data DIR]\n",
                argv[0]);
        return 2;
    }
    process_prepare(&worker, ring_fd);
    worker.ring = ring_attach(ring_fd);
    worker.link = link_new();
    if (!worker.ring || !worker.link) {
        perror("safepyrun worker");
        return 1;
    }
    ring_set_wake(worker.ring, worker.wake_fd);
    if (!interpreter_start(&worker)) {
        if (Py_IsInitialized())
            PyErr_Print();
        return 1;
    }
    if (!watch_capture(&worker) || !watch_start(&worker) || !interpreter_ready(&worker)) {
        perror("safepyrun worker");
        return 1;
    }
    int status = interpreter_run(&worker);
    fflush(NULL);
    _exit(status); /* threads of cells may still run: no teardown of Python under them */
}
