/* install: one folder, share/jupyter/kernels/NAME, written whole or reported.
 *
 * Every file is written beside its place and renamed into it, kernel.json last, so that a frontend
 * never reads half a kernelspec, and doing it twice gives the same as doing it once. A folder of
 * the same name that belongs to another kernel is left alone. */
#include "kernel/install/install.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/platform.h"
#include "base/versions.h"
#include "kernel/install/kernelspec_files.h"
#include "kernel/install/python_probe.h"

#define PROGRAM "safepyrun-kernel"
#define OWNED __attribute__((cleanup(string_free)))

enum { EXIT_DONE = 0, EXIT_CANNOT = 1, EXIT_USAGE = 2 };

struct options {
    bool uninstall, user, sys_prefix, replace, help;
    const char *prefix, *name, *display_name, *python, *program, *host;
    json_t *env; /* owned: an object of strings */
};

static const char usage[] =
    "usage: " PROGRAM " install [where] [options]\n"
    "       " PROGRAM " uninstall [where] [--name NAME]\n"
    "\n"
    "where (--user when nothing is said):\n"
    "  --user              the user's Jupyter folder ($JUPYTER_DATA_DIR, or "
    "~/.local/share/jupyter)\n"
    "  --sys-prefix        the environment of --python, or of the python3 on PATH\n"
    "  --prefix DIR        DIR/share/jupyter\n"
    "\n"
    "options:\n"
    "  --name NAME         the kernelspec's name (safepyrun)\n"
    "  --display-name TEXT what frontends show (Python (safepyrun))\n"
    "  --python PATH       the Python that cells run in; a virtual environment's is fine\n"
    "  --host HOST         python: that Python itself runs the cells; embed: a program with its\n"
    "                      libpython in it (python, where it can be had)\n"
    "  --env KEY=VALUE     set a variable in the kernel's environment; may be repeated\n"
    "  --replace           replace a kernelspec of that name that another kernel installed\n"
    "  --program PATH      the path of " PROGRAM
    " to write down, when it will be moved there later\n";

static void string_free(char **string)
{
    free(*string);
}

static int complain(int status, const char *format, ...)
{
    va_list arguments;

    fputs(PROGRAM ": ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

/* ---- options ---- */

static int env_add(struct options *options, const char *pair)
{
    const char *equals = strchr(pair, '=');

    if (!equals || equals == pair)
        return complain(EXIT_USAGE, "--env %s: KEY=VALUE is needed", pair);
    OWNED char *key = strndup(pair, (size_t)(equals - pair));
    json_t *value = json_string(equals + 1);
    if (!key || !value || json_object_set_new(options->env, key, value) < 0)
        return complain(EXIT_USAGE, "--env %s: not UTF-8", pair);
    return EXIT_DONE;
}

/* Take argv[*index] (and its value); moves *index past what was read. */
static int option_take(struct options *options, int argc, char **argv, int *index)
{
    const struct {
        const char *name;
        bool *flag;
        const char **value;
    } table[] = {
        {"--user", &options->user, NULL},       {"--sys-prefix", &options->sys_prefix, NULL},
        {"--replace", &options->replace, NULL}, {"--help", &options->help, NULL},
        {"-h", &options->help, NULL},           {"--prefix", NULL, &options->prefix},
        {"--name", NULL, &options->name},       {"--display-name", NULL, &options->display_name},
        {"--python", NULL, &options->python},   {"--program", NULL, &options->program},
        {"--host", NULL, &options->host},       {"--env", NULL, NULL},
    };
    const char *given = argv[(*index)++];
    size_t length = strcspn(given, "=");

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *name = table[i].name, *value = NULL;
        if (strlen(name) != length || strncmp(name, given, length) != 0)
            continue;
        if (table[i].flag) {
            *table[i].flag = true;
            return given[length] ? complain(EXIT_USAGE, "%s takes no value", name) : EXIT_DONE;
        }
        if (given[length])
            value = given + length + 1;
        else if (*index < argc)
            value = argv[(*index)++];
        if (!value || !*value)
            return complain(EXIT_USAGE, "%s needs a value", name);
        if (!table[i].value)
            return env_add(options, value);
        *table[i].value = value;
        return EXIT_DONE;
    }
    return complain(EXIT_USAGE, "unknown option %s (" PROGRAM " install --help)", given);
}

/* Jupyter's rule for the names of kernelspecs; it finds them in lower case. */
static bool name_is_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");

    return length && !name[length] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int options_check(const struct options *options)
{
    if (options->user + options->sys_prefix + !!options->prefix > 1)
        return complain(EXIT_USAGE, "only one of --user, --sys-prefix and --prefix");
    if (!name_is_valid(options->name))
        return complain(EXIT_USAGE, "--name %s: only small letters, digits and - . _ are possible",
                        options->name);
    if (options->host && strcmp(options->host, "python") != 0 &&
        strcmp(options->host, "embed") != 0)
        return complain(EXIT_USAGE, "--host %s: python or embed is needed", options->host);
    if (options->uninstall && (json_object_size(options->env) || options->display_name))
        return complain(EXIT_USAGE, "uninstall takes only --name and where to look");
    return EXIT_DONE;
}

/* ---- places ---- */

/* Where this program lies, new; NULL with errno. */
static char *program_path(void)
{
    char path[PATH_MAX];

    return platform_program(path, sizeof path) ? realpath(path, NULL) : NULL;
}

/* The user's share/jupyter as jupyter_core finds it, new; NULL when there is no home. */
static char *user_data_dir(void)
{
    const char *set = getenv("JUPYTER_DATA_DIR"), *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;

    if (set && *set)
        return strdup(set);
    if (xdg && *xdg)
        return asprintf(&path, "%s/jupyter", xdg) < 0 ? NULL : path;
    if (!home || !*home) {
        const struct passwd *entry = getpwuid(getuid());
        home = entry ? entry->pw_dir : NULL;
    }
    return home && asprintf(&path, "%s/.local/share/jupyter", home) >= 0 ? path : NULL;
}

/* The kernelspec's folder that the options mean, new; NULL after having complained. */
static char *spec_dir(const struct options *options, const char *sys_prefix)
{
    const char *prefix = options->sys_prefix ? sys_prefix : options->prefix;
    OWNED char *base = NULL;
    char *path = NULL;

    if (!prefix)
        base = user_data_dir();
    else if (asprintf(&base, "%s/share/jupyter", prefix) < 0)
        base = NULL;
    if (!base || asprintf(&path, "%s/kernels/%s", base, options->name) < 0) {
        complain(EXIT_CANNOT, "no home folder to install into: name one with --prefix");
        return NULL;
    }
    return path;
}

/* The worker for that Python version beside this program, new: the module (suffix ".so") or the
 * program (""). NULL: there is none. */
static char *worker_path(const char *version, const char *suffix)
{
    OWNED char *program = program_path();
    OWNED char *folder = program ? strdup(dirname(program)) : NULL;
    const char *places[] = {"../libexec/safepyrun", "."};

    for (size_t i = 0; folder && i < sizeof places / sizeof *places; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s/safepyrun-worker-%s%s", folder, places[i], version, suffix) < 0)
            return NULL;
        if (access(path, *suffix ? R_OK : X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* How cells can run in that Python: "python" (it loads the module), "embed", or NULL. */
static const char *host_choose(const struct options *options, const struct python_facts *facts)
{
    OWNED char *module = worker_path(facts->version, ".so");
    OWNED char *program = worker_path(facts->version, "");

    if (module && (!options->host || strcmp(options->host, "python") == 0) &&
        python_probe_loads(facts->executable, module))
        return "python";
    return program && (!options->host || strcmp(options->host, "embed") == 0) ? "embed" : NULL;
}

static int complain_version(const struct options *options, const struct python_facts *facts)
{
    const char *objection = version_objection(facts->version);

    if (objection)
        return complain(EXIT_CANNOT, "%s is Python %s: %s", options->python, facts->version,
                        objection);
    return complain(EXIT_CANNOT, "%s is Python %s, and this build has no worker for it%s%s",
                    options->python, facts->version, options->host ? " with --host " : "",
                    options->host ? options->host : "");
}

/* The Python to run cells in and how: the one asked for, else the first usable one on PATH. */
static int python_choose(const struct options *options, struct python_facts *facts,
                         const char **host)
{
    const char *names[] = {"python3",    "python3.15", "python3.14", "python3.13",
                           "python3.12", "python3.11", NULL};
    OWNED char *error = NULL;

    if (options->python) {
        if (!python_probe(options->python, false, facts, &error))
            return complain(EXIT_CANNOT, "%s", error ? error : "out of memory");
        *host = host_choose(options, facts);
        return *host ? EXIT_DONE : complain_version(options, facts);
    }
    for (const char **name = names; *name; name++) {
        if (python_probe(*name, true, facts, &error) && (*host = host_choose(options, facts)))
            return EXIT_DONE;
        python_facts_clear(facts);
        if (options->sys_prefix)
            break; /* it names the place too, so no other will do */
    }
    return complain(EXIT_CANNOT, "no python3 on PATH that this build has a worker for; "
                                 "name one with --python");
}

/* ---- files ---- */

static bool all_written(int fd, const void *data, size_t size)
{
    const char *next = data;

    while (size) {
        ssize_t n = write(fd, next, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        next += n;
        size -= (size_t)n;
    }
    return true;
}

/* Write `dir`/`name` beside its place, then rename it there. False with errno. */
static bool file_put(const char *dir, const char *name, const void *data, size_t size)
{
    OWNED char *path = NULL;
    OWNED char *draft = NULL;

    if (asprintf(&path, "%s/%s", dir, name) < 0 || asprintf(&draft, "%s.%d", path, getpid()) < 0)
        return false;
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return false;
    bool ok = all_written(fd, data, size) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok = ok && rename(draft, path) == 0;
    if (!ok) {
        int why = errno;
        unlink(draft);
        errno = why;
    }
    return ok;
}

/* Whose kernelspec lies in `dir`? 0: none, 1: ours, -1: another kernel's. */
static int spec_owner(const char *dir)
{
    OWNED char *path = NULL;

    if (asprintf(&path, "%s/kernel.json", dir) < 0)
        return -1;
    if (access(path, F_OK) < 0)
        return 0;
    json_t *spec = json_load_file(path, 0, NULL);
    const char *program = json_string_value(json_array_get(json_object_get(spec, "argv"), 0));
    const char *slash = program ? strrchr(program, '/') : NULL;
    int owner = program && strcmp(slash ? slash + 1 : program, PROGRAM) == 0 ? 1 : -1;
    json_decref(spec);
    return owner;
}

/* kernel.json for these options, as new text; NULL when memory is short or a text is not UTF-8. */
static char *spec_text(const struct options *options, const struct python_facts *facts,
                       const char *host)
{
    bool embeds = strcmp(host, "embed") == 0;
    OWNED char *self = options->program ? strdup(options->program) : program_path();
    const struct kernelspec_file *template = &kernelspec_files[0];
    json_t *spec = json_loadb((const char *)template->data, template->size, 0, NULL);
    json_t *argv = json_object_get(spec, "argv");
    const char *more[] = {"--python",
                          facts->executable,
                          "--python-version",
                          facts->version,
                          "--host",
                          host,
                          embeds && facts->libpython ? "--libpython" : NULL,
                          facts->libpython};
    bool ok = self && json_array_set_new(argv, 0, json_string(self)) == 0;

    for (size_t i = 0; ok && i < sizeof more / sizeof *more && more[i]; i++)
        ok = json_array_append_new(argv, json_string(more[i])) == 0;
    if (ok && options->display_name)
        ok = json_object_set_new(spec, "display_name", json_string(options->display_name)) == 0;
    ok = ok && json_object_set(spec, "env", options->env) == 0 &&
         json_object_set_new(json_object_get(spec, "metadata"), "debugger",
                             json_boolean(facts->has_debugger)) == 0; /* JupyterLab goes by it */
    char *text = ok ? json_dumps(spec, JSON_INDENT(2)) : NULL;
    json_decref(spec);
    return text;
}

/* ---- install and uninstall ---- */

static int spec_write(const char *dir, const char *text)
{
    const struct kernelspec_file *file = kernelspec_files + 1;
    bool ok = folders_make(dir, 0777);

    for (; ok && file->name; file++)
        ok = file_put(dir, file->name, file->data, file->size);
    ok = ok && file_put(dir, "kernel.json", text, strlen(text));
    if (ok)
        return EXIT_DONE;
    return complain(EXIT_CANNOT, "cannot write %s: %s%s", dir, strerror(errno),
                    errno == EACCES || errno == EPERM ? " (try --user or --prefix)" : "");
}

static int install(const struct options *options)
{
    struct python_facts facts = {0};
    const char *host = NULL;
    int status = python_choose(options, &facts, &host);
    OWNED char *dir = status == EXIT_DONE ? spec_dir(options, facts.prefix) : NULL;
    OWNED char *text = dir ? spec_text(options, &facts, host) : NULL;

    if (status == EXIT_DONE && dir && !text)
        status = complain(EXIT_USAGE, "a name or path is not UTF-8");
    else if (status == EXIT_DONE && !dir)
        status = EXIT_CANNOT;
    else if (status == EXIT_DONE && spec_owner(dir) < 0 && !options->replace)
        status = complain(EXIT_CANNOT,
                          "%s belongs to another kernel: choose another --name, "
                          "or --replace it",
                          dir);
    if (status == EXIT_DONE && text)
        status = spec_write(dir, text);
    if (status == EXIT_DONE)
        printf("Installed kernelspec %s in %s (Python %s, %s %s)\n", options->name, dir,
               facts.version, strcmp(host, "embed") == 0 ? "embedded for" : "hosted in",
               facts.executable);
    python_facts_clear(&facts);
    return status;
}

static int spec_remove(const char *dir)
{
    const struct kernelspec_file *file = kernelspec_files;

    for (; file->name; file++) {
        OWNED char *path = NULL;
        if (asprintf(&path, "%s/%s", dir, file->name) < 0 || (unlink(path) < 0 && errno != ENOENT))
            return complain(EXIT_CANNOT, "cannot remove %s/%s: %s", dir, file->name,
                            strerror(errno));
    }
    if (rmdir(dir) < 0 && errno != ENOTEMPTY && errno != EEXIST)
        return complain(EXIT_CANNOT, "cannot remove %s: %s", dir, strerror(errno));
    printf("Removed kernelspec %s\n", dir);
    return EXIT_DONE;
}

static int uninstall(const struct options *options)
{
    struct python_facts facts = {0};
    OWNED char *error = NULL;
    const char *python = options->python ? options->python : "python3";

    if (options->sys_prefix && !python_probe(python, false, &facts, &error))
        return complain(EXIT_CANNOT, "%s", error ? error : "out of memory");
    OWNED char *dir = spec_dir(options, facts.prefix);
    python_facts_clear(&facts);
    if (!dir)
        return EXIT_CANNOT;
    int owner = spec_owner(dir);
    if (owner == 0)
        return complain(EXIT_CANNOT, "no kernelspec %s in %s", options->name, dir);
    if (owner < 0 && !options->replace)
        return complain(EXIT_CANNOT, "%s belongs to another kernel: left as it is", dir);
    return spec_remove(dir);
}

int install_main(int argc, char **argv)
{
    struct options options = {.name = "safepyrun", .env = json_object()};
    int status = options.env ? EXIT_DONE : EXIT_CANNOT;

    options.uninstall = argc > 1 && strcmp(argv[1], "uninstall") == 0;
    for (int index = 2; status == EXIT_DONE && index < argc;)
        status = option_take(&options, argc, argv, &index);
    if (status == EXIT_DONE && options.help)
        fputs(usage, stdout);
    else if (status == EXIT_DONE)
        status = options_check(&options);
    if (status == EXIT_DONE && !options.help)
        status = options.uninstall ? uninstall(&options) : install(&options);
    json_decref(options.env);
    return status;
}
