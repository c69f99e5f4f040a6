/* python_probe: start a Python with a few lines of its own language and read one line of JSON back.
 *
 * Nothing else tells reliably what an executable is: a virtual environment's python is a symlink, a
 * version manager's is a shell script, and libpython may lie anywhere. The program is not trusted
 * to be a Python at all, so what it prints is bounded and checked. */
#include "kernel/install/python_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX 65536

extern char **environ;

static const char question[] =
    "import importlib.util, json, os, sys, sysconfig\n"
    "get = sysconfig.get_config_var\n"
    "name, libdir = get('INSTSONAME') or '', get('LIBDIR') or ''\n"
    "dirs = [libdir, os.path.join(libdir, get('MULTIARCH') or ''),\n"
    "        os.path.join(sys.base_prefix, 'lib')]\n"
    "found = [p for p in (os.path.join(d, name) for d in dirs) if '.so' in name and "
    "os.path.exists(p)]\n"
    "print(json.dumps({'executable': sys.executable, 'prefix': sys.prefix,\n"
    "                  'version': '%d.%d' % sys.version_info[:2]\n"
    "                             + ('t' if get('Py_GIL_DISABLED') else ''),\n"
    "                  'implementation': sys.implementation.name,\n"
    "                  'debugger': importlib.util.find_spec('debugpy') is not None,\n"
    "                  'libpython': found[0] if found else None}))\n";

static bool probe_fail(char **error, const char *python, const char *why)
{
    free(*error);
    if (asprintf(error, "%s: %s", python, why) < 0)
        *error = NULL;
    return false;
}

/* Start `argv` with its stdout in the pipe (-1: nowhere). Returns 0 or an errno value. */
static int probe_spawn(char *const *argv, bool quiet, int stdout_fd, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return failed;
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (stdout_fd >= 0)
        posix_spawn_file_actions_adddup2(&actions, stdout_fd, 1);
    else
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (quiet)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    failed = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Read until end of file or until `size` bytes are there; the number of bytes. */
static size_t probe_read(int fd, char *buffer, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = read(fd, buffer + used, size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    return used;
}

/* Run the question; the answer as a new JSON object, or NULL with `error` set. */
static json_t *probe_ask(const char *python, bool quiet, char **error)
{
    static char answer[ANSWER_BYTES_MAX];
    char *argv[] = {(char *)python, "-I", "-c", (char *)question, NULL};
    int ends[2], status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        probe_fail(error, python, strerror(errno));
        return NULL;
    }
    int failed = probe_spawn(argv, quiet, ends[1], &pid);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        probe_fail(error, python, failed == ENOENT ? "no such program" : strerror(failed));
        return NULL;
    }
    size_t used = probe_read(ends[0], answer, sizeof answer);
    close(ends[0]);
    if (used == sizeof answer)
        kill(pid, SIGKILL); /* whatever this is, it is no Python answering one question */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    json_t *object = status == 0 ? json_loadb(answer, used, 0, NULL) : NULL;
    if (!json_is_object(object)) {
        json_decref(object);
        probe_fail(error, python, "cannot be asked for its version: not a working Python 3");
        return NULL;
    }
    return object;
}

bool python_probe(const char *python, bool quiet, struct python_facts *facts, char **error)
{
    memset(facts, 0, sizeof *facts);
    json_t *answer = probe_ask(python, quiet, error);
    if (!answer)
        return false;

    const char *executable = NULL, *version = NULL, *prefix = NULL, *kind = NULL, *library = NULL;
    json_unpack(answer, "{s:s, s:s, s:s, s:s, s:s?}", "executable", &executable, "version",
                &version, "prefix", &prefix, "implementation", &kind, "libpython", &library);
    facts->has_debugger = json_is_true(json_object_get(answer, "debugger"));
    bool ok = executable && version && prefix && kind;
    if (!ok)
        probe_fail(error, python, "gave no answer that makes sense");
    else if (strcmp(kind, "cpython") != 0)
        ok = probe_fail(error, python, "not CPython");
    if (ok) {
        facts->executable = strdup(executable);
        facts->version = strdup(version);
        facts->prefix = strdup(prefix);
        facts->libpython = library ? strdup(library) : NULL;
        ok = facts->executable && facts->version && facts->prefix;
        if (!ok)
            probe_fail(error, python, strerror(ENOMEM));
    }
    json_decref(answer);
    return ok;
}

bool python_probe_loads(const char *python, const char *module)
{
    static const char load[] = "import _imp, sys\n"
                               "_imp.create_dynamic(type('', (), {'name': '_safepyrun_worker',"
                               " 'origin': sys.argv[1]}))\n";
    char *argv[] = {(char *)python, "-I", "-c", (char *)load, (char *)module, NULL};
    int status = 0;
    pid_t pid;

    if (probe_spawn(argv, false, -1, &pid))
        return false;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

void python_facts_clear(struct python_facts *facts)
{
    free(facts->executable);
    free(facts->version);
    free(facts->prefix);
    free(facts->libpython);
    memset(facts, 0, sizeof *facts);
}
