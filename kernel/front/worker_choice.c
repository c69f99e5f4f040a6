/* worker_choice: which worker the options mean, and how it is called.
 *
 * HOSTED: the user's own interpreter is executed and loads safepyrun-worker-X.Y.so, which takes it
 * over. EMBEDDED: the program safepyrun-worker-X.Y, which has libpython in it. Nothing is started
 * to find out: a kernel that asked a Python for its version first would answer 20 ms later. */
#include "kernel/front/worker_choice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/platform.h"
#include "base/versions.h"
#include "kernel/front/front.h"

/* Newest first. */
static const char *const versions[] = {"3.15", "3.14", "3.13", "3.12", "3.11"};
enum { VERSION_COUNT = sizeof versions / sizeof *versions };

/* ---- versions ---- */

/* "3.11" out of text like "3.11.7" or "python3.11"; false when there is none. */
static bool parse_version(const char *text, char *out, size_t size)
{
    const char *three = strstr(text, "3.");

    if (!three)
        return false;
    size_t digits = strspn(three + 2, "0123456789");
    if (!digits || digits > 2)
        return false;
    digits += three[2 + digits] == 't'; /* python3.14t: free-threaded */
    snprintf(out, size, "%.*s", (int)(digits + 2), three);
    return true;
}

/* All of "3.11.7" out of text that begins with another word. */
static void parse_full_version(const char *text, char *out, size_t size)
{
    const char *three = strstr(text, "3.");

    size_t length = three ? strspn(three, "0123456789.") : 0;
    while (length && three[length - 1] == '.') /* "3.11.7.final.0" */
        length--;
    if (length)
        snprintf(out, size, "%.*s", (int)length, three);
}

/* The version line of the pyvenv.cfg beside the environment's bin folder. */
static bool venv_line(const char *python, char *line, int size)
{
    char path[PATH_MAX + 32];
    const char *slash = strrchr(python, '/');

    if (!slash)
        return false;
    snprintf(path, sizeof path, "%.*s/../pyvenv.cfg", (int)(slash - python), python);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, size, file))
        found = strncmp(line, "version", 7) == 0;
    if (file)
        fclose(file);
    return found;
}

static bool python_version(const char *python, char *out, size_t size)
{
    char line[512], real[PATH_MAX];

    if (venv_line(python, line, sizeof line) && parse_version(line, out, size))
        return true;
    const char *name = strrchr(realpath(python, real) ? real : python, '/');
    return name && parse_version(name, out, size);
}

/* ---- places ---- */

bool program_folder(char *out, size_t size)
{
    if (!platform_program(out, size))
        return false;
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
    return slash != NULL;
}

/* Look for a worker beside this program: installed, or as built. */
static bool find_worker(const char *version, const char *suffix, char *out, size_t size)
{
    static const char *const places[] = {"../libexec/safepyrun", "."};
    char folder[PATH_MAX];

    for (size_t i = 0; program_folder(folder, sizeof folder) && i < sizeof places / sizeof *places;
         i++) {
        int length =
            snprintf(out, size, "%s/%s/safepyrun-worker-%s%s", folder, places[i], version, suffix);
        if (length > 0 && (size_t)length < size && access(out, *suffix ? R_OK : X_OK) == 0)
            return true;
    }
    *out = 0;
    return false;
}

/* A program, not a wrapper that finds the right one (pyenv's): that takes longer than Python's
 * start and may find another version than its name says. */
static bool is_binary(const char *path)
{
    char magic[4] = "";
    FILE *file = access(path, X_OK) == 0 ? fopen(path, "re") : NULL;
    bool binary = file && fread(magic, 1, 4, file) == 4 && memcmp(magic, "\177ELF", 4) == 0;

    if (file)
        fclose(file);
    return binary;
}

/* The first of that name on PATH, wrappers passed over. */
static bool find_on_path(const char *name, char *out, size_t size)
{
    const char *folders = getenv("PATH");

    for (size_t length; folders && *folders; folders += length + (folders[length] == ':')) {
        length = strcspn(folders, ":");
        int written = snprintf(out, size, "%.*s/%s", (int)length, folders, name);
        if (length && written > 0 && (size_t)written < size && is_binary(out))
            return true;
    }
    return false;
}

/* ---- which ---- */

/* --python: its version as told or found out; a name without a folder is looked up on PATH. */
static bool python_named(const struct options *options, struct worker_choice *choice)
{
    if (strchr(options->python, '/') ||
        !find_on_path(options->python, choice->program, sizeof choice->program))
        snprintf(choice->program, sizeof choice->program, "%s", options->python);
    if (options->python_version)
        return parse_version(options->python_version, choice->version, sizeof choice->version);
    return python_version(choice->program, choice->version, sizeof choice->version);
}

/* The `python3` beside this program: that of the environment which the kernel is installed in. */
static bool find_beside(const char *name, char *out, size_t size)
{
    char folder[PATH_MAX];
    int length =
        program_folder(folder, sizeof folder) ? snprintf(out, size, "%s/%s", folder, name) : 0;

    return length > 0 && (size_t)length < size && is_binary(out);
}

/* No --python: `python3` beside this program, else the first on PATH, else the newest there, that
 * there is a module for. */
static bool python_found(struct worker_choice *choice)
{
    for (int i = -2; i < VERSION_COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "python%s", i < 0 ? "3" : versions[i]);
        bool there = i == -2 ? find_beside(name, choice->program, sizeof choice->program)
                             : find_on_path(name, choice->program, sizeof choice->program);
        if (there && python_version(choice->program, choice->version, sizeof choice->version) &&
            find_worker(choice->version, ".so", choice->module, sizeof choice->module))
            return true;
    }
    return false;
}

static void set_bootstrap(struct worker_choice *choice)
{
    /* Builtins and their like only: the current folder is on sys.path by then, and nothing of it
     * may be found instead. The module's path comes as an argument, so nothing is to be quoted. A
     * Python that was replaced by another version says so instead of crashing. */
    int minor = atoi(choice->version + 2);

    snprintf(
        choice->bootstrap, sizeof choice->bootstrap,
        "__import__('sys').abiflags.find('t')<0 or __import__('sys').exit('safepyrun: this is "
        "Python "
        "'+__import__('sys').version.split()[0]+'t: " VERSION_FREE_THREADED "')\n"
        "__import__('sys').version_info[:2]==(3,%d)"
        "or __import__('sys').exit('safepyrun: this is Python '+__import__('sys').version.split"
        "()[0]+', and the kernel was installed for 3.%d: install it again')\n"
        "__import__('_imp').create_dynamic(type('',(),{'name':'_safepyrun_worker','origin':"
        "__import__('sys').argv[1]})).run(*__import__('sys').argv[2:])",
        minor, minor);
}

static bool choose_hosted(const struct options *options, struct worker_choice *choice)
{
    if (options->python && !python_named(options, choice))
        return false;
    if (!options->python && !python_found(choice))
        return false;
    if (!*choice->module &&
        !find_worker(choice->version, ".so", choice->module, sizeof choice->module))
        return false;
    set_bootstrap(choice);
    return true;
}

static bool choose_embedded(const struct options *options, struct worker_choice *choice)
{
    *choice->module = 0;
    if (options->python)
        return python_named(options, choice) &&
               find_worker(choice->version, "", choice->program, sizeof choice->program);
    for (int i = 0; i < VERSION_COUNT; i++) {
        snprintf(choice->version, sizeof choice->version, "%s", versions[i]);
        if (find_worker(versions[i], "", choice->program, sizeof choice->program))
            return true;
    }
    *choice->version = 0;
    return false;
}

bool worker_choose(const struct options *options, struct worker_choice *choice, char *error,
                   size_t error_size)
{
    bool embed_only = options->host && strcmp(options->host, "embed") == 0;
    bool host_only = options->host && strcmp(options->host, "python") == 0;
    char folder[PATH_MAX] = "?";

    memset(choice, 0, sizeof *choice);
    if (options->worker) {
        const char *slash = strrchr(options->worker, '/');
        snprintf(choice->program, sizeof choice->program, "%s", options->worker);
        parse_version(slash ? slash : options->worker, choice->version, sizeof choice->version);
        return true;
    }
    if ((!embed_only && choose_hosted(options, choice)) ||
        (!host_only && choose_embedded(options, choice)))
        return true;
    program_folder(folder, sizeof folder);
    const char *objection = *choice->version ? version_objection(choice->version) : NULL;
    if (objection)
        snprintf(error, error_size, "%s is Python %s: %s",
                 options->python ? options->python : "python3 on PATH", choice->version, objection);
    else if (*choice->version)
        snprintf(error, error_size,
                 "there is no worker for Python %s beside %s (built with -DSAFEPYRUN_PYTHONS=...)",
                 choice->version, folder);
    else if (options->python)
        snprintf(error, error_size, "cannot tell which version %s is: say it with --python-version",
                 options->python);
    else
        snprintf(error, error_size,
                 "no python3 on PATH that there is a worker for beside %s: name one with --python",
                 folder);
    return false;
}

int worker_leading(const struct worker_choice *choice, const char **arguments)
{
    arguments[0] = choice->program;
    if (!*choice->module)
        return 1;
    arguments[1] = "-P"; /* 3.14 imports linecache for the text of -c */
    arguments[2] = "-c";
    arguments[3] = choice->bootstrap;
    arguments[4] = choice->module;
    return WORKER_LEADING_MOST;
}

void worker_python_version(const struct options *options, char *out, size_t size)
{
    struct worker_choice choice;
    char error[512], line[512] = "";

    snprintf(out, size, "3");
    if (options->python && venv_line(options->python, line, sizeof line))
        parse_full_version(line, out, size);
    else if (worker_choose(options, &choice, error, sizeof error) && *choice.version)
        snprintf(out, size, "%s", choice.version);
}
