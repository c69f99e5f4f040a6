/* embed: safepyrun-worker-X.Y --hop FD --ring FD --wake FD [--python PATH] [--data DIR]: a program
 * that has libpython in it, for where an interpreter cannot be executed. Started by the front
 * alone. */
#include "base/platform.h"
#include "kernel/worker/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* What the interpreter says to `-c code`, "" when it cannot be executed or says nothing. */
static void ask_interpreter(const char *python, const char *code, char *answer, size_t size)
{
    char *argv[] = {(char *)python, "-I", "-S", "-c", (char *)code, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    size_t used = 0;
    pid_t pid = -1;

    if (pipe2(ends, O_CLOEXEC) == 0 && posix_spawn_file_actions_init(&actions) == 0) {
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (posix_spawn(&pid, python, &actions, NULL, argv, environ) != 0)
            pid = -1;
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        for (ssize_t got = 1; pid > 0 && got != 0 && used < size - 1;) {
            got = read(ends[0], answer + used, size - 1 - used);
            if (got < 0 && errno != EINTR)
                break;
            used += got > 0 ? (size_t)got : 0;
        }
        close(ends[0]);
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    answer[used] = 0;
}

/* The libpython in this program over the modules of another release is neither: a crash, or a
 * sys.version that is not that of sys.executable. Asked, not read from pyvenv.cfg: that keeps the
 * release that the environment was made with. */
static bool same_release(const char *python)
{
    char theirs[64];
    const char *ours = Py_GetVersion();
    size_t length = strcspn(ours, " ");

    ask_interpreter(python, "import sys;sys.stdout.write('%d.%d.%d'%sys.version_info[:3])", theirs,
                    sizeof theirs);
    size_t numbers = strspn(ours, "0123456789."); /* "3.15.0rc1" is 3.15.0 here */
    if (!*theirs || (strlen(theirs) == numbers && strncmp(ours, theirs, numbers) == 0))
        return true;
    fprintf(stderr,
            "safepyrun worker: %s is Python %s, and the program that embeds Python has %.*s in it, "
            "which do not mix: use --host python\n",
            python, theirs, (int)length, ours);
    return false;
}

static bool python_start(struct worker *self)
{
    PyPreConfig before;
    PyConfig config;

    environment_restore();
    if (self->python && strchr(self->python, '/') && !same_release(self->python))
        return false;
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
    platform_exit(status);
}
