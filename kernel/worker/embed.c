/* embed: safepyrun-worker-X.Y --hop FD --ring FD --wake FD [--python PATH] [--data DIR]: a program
 * that has libpython in it, for where an interpreter cannot be executed. Started by the front
 * alone. */
#include "kernel/worker/process.h"

#include <stdlib.h>
#include <unistd.h>

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

static bool configure(struct worker *self, PyConfig *config)
{
    char name[32];
    char *argv[] = {""};
    const char *python = self->python;

    snprintf(name, sizeof name, "python%d.%d", PY_MAJOR_VERSION, PY_MINOR_VERSION);
    config->parse_argv = 0;
    config->install_signal_handlers = 1;
    if (PyStatus_Exception(
            PyConfig_SetBytesString(config, &config->program_name, python ? python : name)))
        return false;
    if (python && PyStatus_Exception(PyConfig_SetBytesString(config, &config->executable, python)))
        return false;
    return !PyStatus_Exception(PyConfig_SetBytesArgv(config, 1, argv));
}

static bool python_start(struct worker *self)
{
    PyPreConfig before;
    PyConfig config;

    environment_restore();
    PyPreConfig_InitPythonConfig(&before);
    before.parse_argv = 0;
    if (PyStatus_Exception(Py_PreInitialize(&before)))
        return false;
    PyConfig_InitPythonConfig(&config);
    PyStatus status =
        configure(self, &config) ? Py_InitializeFromConfig(&config) : PyStatus_NoMemory();
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status) && status.err_msg)
        fprintf(stderr, "safepyrun worker: Python does not start: %s\n", status.err_msg);
    return !PyStatus_Exception(status);
}

int main(int argc, char **argv)
{
    int status = process_run(argc, argv, python_start);

    fflush(NULL);
    _exit(status);
}
