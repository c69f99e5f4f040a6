/* main: the command line of safepyrun-kernel. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/front.h"
#include "kernel/front/hold.h"
#include "kernel/front/limits.h"
#include "kernel/front/trust.h"
#include "kernel/install/install.h"
#include "base/log.h"

static const char usage[] =
    "usage: safepyrun-kernel -f CONNECTION_FILE [options]   run the kernel (Jupyter does this)\n"
    "       safepyrun-kernel install [options]              put the kernelspec where Jupyter finds "
    "it\n"
    "       safepyrun-kernel uninstall [options]            take it away again\n"
    "       safepyrun-kernel trust [--yes] [FOLDER]         agree to its .safepyrun.toml\n"
    "       safepyrun-kernel hold COMMAND [ARGUMENT...]     the floor for other programs' "
    "processes "
    "(the Python package does this)\n"
    "\n"
    "  -f, --connection-file FILE   what the launcher wrote\n"
    "      --python PATH            run cells in this Python (of a virtual environment, say)\n"
    "      --python-version X.Y     its version, when PATH does not tell\n"
    "      --host HOST              python: that interpreter runs the cells (default); embed: the\n"
    "                               program with a libpython in it\n"
    "      --libpython PATH         the libpython of --host embed\n"
    "      --magics MODE            who may widen what cells can do: ask (default), open, locked\n"
    "      --floor MODE             auto (default): the operating system holds cells where it can; "
    "off\n"
    "      --confine                do not start where it cannot\n"
    "      --limits \"time=30s ...\"  what a cell may use: time, memory, output, files, processes\n"
    "      --history FILE           the history's database (:memory: keeps none)\n"
    "      --state-dir DIR          where the audit log goes\n"
    "      --worker PATH            the worker program\n"
    "      --data DIR               the package `safepyrun` for cells is in DIR/python\n"
    "      --version, --help\n"
    "\n"
    "Exit status: 1 a port in use, Python cannot start or the launcher does not answer, 2 usage or "
    "the connection file.\n";

/* One row an option: its name, and where its value goes in struct options. */
enum { OPTION_FIRST = 256 };
static const struct {
    const char *name;
    size_t offset;
} settings[] = {
    {"connection-file", offsetof(struct options, connection_file)},
    {"python", offsetof(struct options, python)},
    {"python-version", offsetof(struct options, python_version)},
    {"libpython", offsetof(struct options, libpython)},
    {"host", offsetof(struct options, host)},
    {"magics", offsetof(struct options, magics)},
    {"floor", offsetof(struct options, floor)},
    {"limits", offsetof(struct options, limits)},
    {"history", offsetof(struct options, history_file)},
    {"state-dir", offsetof(struct options, state_dir)},
    {"worker", offsetof(struct options, worker)},
    {"data", offsetof(struct options, data_dir)},
};
enum { SETTING_COUNT = sizeof settings / sizeof *settings };

static int usage_error(void)
{
    fputs(usage, stderr);
    return 2;
}

static bool one_of(const char *value, const char *const *known)
{
    for (; value && *known && strcmp(value, *known) != 0; known++)
        continue;
    return !value || *known;
}

/* Settings of IPython's that launchers give as --Class.name=value to a kernel called python3
 * (nbclient: where its history goes), and where this kernel has them. */
static const struct {
    const char *name;
    size_t offset;
} class_settings[] = {
    {"--HistoryManager.hist_file=", offsetof(struct options, history_file)},
    {"--IPKernelApp.connection_file=", offsetof(struct options, connection_file)},
    {"--ConnectionFileMixin.connection_file=", offsetof(struct options, connection_file)},
};

static bool is_class_setting(const char *argument)
{
    const char *equals = strchr(argument, '='), *dot = strchr(argument, '.');

    return !strncmp(argument, "--", 2) && argument[2] >= 'A' && argument[2] <= 'Z' && equals &&
           dot && dot < equals;
}

/* Launchers hand over what they were given themselves (`jupyter console --simple-prompt`, `jupyter
 * run FILE`), and IPython's kernel passes over what it does not know; so does this one, with a word
 * in the log. */
static void pass_over(const char *argument)
{
    log_warning("%.*s is no setting of this kernel", (int)strcspn(argument, "="), argument);
}

static void take_class_setting(const char *argument, struct options *options)
{
    for (size_t i = 0; i < sizeof class_settings / sizeof *class_settings; i++) {
        size_t length = strlen(class_settings[i].name);

        if (strncmp(argument, class_settings[i].name, length) == 0) {
            *(const char **)((char *)options + class_settings[i].offset) = argument + length;
            return;
        }
    }
    pass_over(argument);
}

/* Takes them out of argv; new argc. */
static int take_class_settings(int argc, char **argv, struct options *options)
{
    int kept = 1;

    for (int i = 1; i < argc; i++)
        if (is_class_setting(argv[i]))
            take_class_setting(argv[i], options);
        else
            argv[kept++] = argv[i];
    argv[kept] = NULL;
    return kept;
}

/* -1: run the kernel; else the exit status. */
static int read_arguments(int argc, char **argv, struct options *options)
{
    struct option table[SETTING_COUNT + 5] = {{"version", no_argument, NULL, 'V'},
                                              {"confine", no_argument, NULL, 'C'},
                                              {"help", no_argument, NULL, 'h'},
                                              {"f", required_argument, NULL, 'f'}};
    int letter;

    opterr = 0;
    for (int i = 0; i < SETTING_COUNT; i++)
        table[i + 4] = (struct option){settings[i].name, required_argument, NULL, OPTION_FIRST + i};
    while ((letter = getopt_long(argc, argv, ":f:hV", table, NULL)) != -1) {
        if (letter == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (letter == 'V') {
            puts("safepyrun-kernel " SAFEPYRUN_VERSION);
            return 0;
        }
        if (letter == 'C') {
            options->confine = true;
            continue;
        }
        if (letter == '?') {
            pass_over(argv[optind - 1]);
            continue;
        }
        if (letter == ':') {
            fprintf(stderr, "safepyrun-kernel: %s takes a value\n", argv[optind - 1]);
            return usage_error();
        }
        size_t offset = letter == 'f' ? offsetof(struct options, connection_file)
                                      : settings[letter - OPTION_FIRST].offset;
        *(const char **)((char *)options + offset) = optarg;
    }
    if (!options->connection_file && optind < argc)
        options->connection_file = argv[optind++];
    if (!options->connection_file)
        return usage_error();
    for (; optind < argc; optind++)
        pass_over(argv[optind]);
    if (!one_of(options->host, (const char *const[]){"python", "embed", NULL})) {
        fprintf(stderr, "safepyrun-kernel: --host takes python or embed, not %s\n", options->host);
        return 2;
    }
    if (!one_of(options->magics, (const char *const[]){"ask", "open", "locked", NULL})) {
        fprintf(stderr, "safepyrun-kernel: --magics takes ask, open or locked, not %s\n",
                options->magics);
        return 2;
    }
    if (options->floor && strcmp(options->floor, "auto") != 0 &&
        strcmp(options->floor, "off") != 0) {
        fprintf(stderr, "safepyrun-kernel: --floor takes auto or off, not %s\n", options->floor);
        return 2;
    }
    int64_t limits[LIMIT_COUNT] = {0};
    char wrong[160];
    if (options->limits && !limit_words_read(options->limits, limits, wrong, sizeof wrong)) {
        fprintf(stderr, "safepyrun-kernel: --limits: %s\n", wrong);
        return 2;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct options options = {.magics = getenv("SAFEPYRUN_MAGICS"),
                              .floor = getenv("SAFEPYRUN_FLOOR"),
                              .limits = getenv("SAFEPYRUN_LIMITS")};

    if (argc > 1 && (strcmp(argv[1], "install") == 0 || strcmp(argv[1], "uninstall") == 0))
        return install_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "hold") == 0)
        return hold_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "trust") == 0)
        return trust_main(argc, argv);
    argc = take_class_settings(argc, argv, &options);
    int status = read_arguments(argc, argv, &options);

    return status >= 0 ? status : front_run(&options);
}
