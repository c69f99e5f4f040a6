/* process: what a worker's process does from its arguments to its end, whoever started Python in it
 * (embed.c, host.c). */
#include "kernel/worker/process.h"
#include "base/platform.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option options[] = {
    {"hop", required_argument, NULL, 'h'},   {"ring", required_argument, NULL, 'r'},
    {"wake", required_argument, NULL, 'w'},  {"python", required_argument, NULL, 'p'},
    {"data", required_argument, NULL, 'd'},  {"points", required_argument, NULL, 'c'},
    {"crash", required_argument, NULL, 'x'}, {NULL, 0, NULL, 0},
};

static bool arguments_read(struct worker *self, int argc, char **argv, int *ring_fd)
{
    self->hop_fd = self->wake_fd = self->points_fd = self->crash_fd = *ring_fd = -1;
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
        case 'c':
            self->points_fd = atoi(optarg);
            break;
        case 'x':
            self->crash_fd = atoi(optarg);
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

static void descriptors_prepare(struct worker *self, int ring_fd)
{
    int fds[] = {self->hop_fd, self->wake_fd, ring_fd, self->points_fd, self->crash_fd};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
}

int process_run(int argc, char **argv, bool (*start_python)(struct worker *))
{
    static struct worker worker = {.text_settings = {.width = 79, .items_max = 1000}};
    int ring_fd;

    if (!arguments_read(&worker, argc, argv, &ring_fd)) {
        fprintf(stderr, "usage: %s --hop FD --ring FD --wake FD [--python PATH] [--data DIR]\n",
                argv[0]);
        return 2;
    }
    setpgid(0, 0);
    platform_end_with_parent();
    descriptors_prepare(&worker, ring_fd);
    worker.ring = ring_attach(ring_fd);
    worker.link = link_new();
    if (!worker.ring || !worker.link) {
        perror("safepyrun worker");
        return 1;
    }
    ring_set_wake(worker.ring, worker.wake_fd);
    if (!start_python(&worker) || !interpreter_start(&worker)) {
        if (Py_IsInitialized() && PyErr_Occurred())
            PyErr_Print();
        return 1;
    }
    if (!watch_capture(&worker) || !watch_start(&worker) || !interpreter_ready(&worker)) {
        perror("safepyrun worker");
        return 1;
    }
    return interpreter_run(&worker);
}
