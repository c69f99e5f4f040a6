/* trust: `safepyrun-kernel trust [FOLDER]`: a person agrees to a project's .safepyrun.toml in a
 * terminal. What is shown, and what is remembered, is the same as in a notebook (project.c). */
#include "kernel/front/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/front/front.h"
#include "kernel/front/question.h"
#include "kernel/front/settings.h"

static const char usage[] =
    "usage: safepyrun-kernel trust [--yes] [--state-dir DIR] [FOLDER]\n"
    "\n"
    "Shows what the .safepyrun.toml of FOLDER (here) permits every cell of a kernel that starts\n"
    "there, and asks whether to follow it, as a notebook does. A file that changes is asked about\n"
    "anew.\n"
    "\n"
    "      --yes            agree to what is shown, without being asked\n"
    "      --state-dir DIR  where that is remembered\n"
    "\n"
    "Exit status: 0 it is agreed to, 1 it is not, 2 wrong usage or no such file.\n";

struct arguments {
    struct options options;
    const char *folder;
    bool yes, help;
};

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    out->folder = NULL;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--yes") == 0 || strcmp(argv[i], "-y") == 0)
            out->yes = true;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (strcmp(argv[i], "--state-dir") == 0 && i + 1 < argc)
            out->options.state_dir = argv[++i];
        else if (argv[i][0] == '-' || out->folder)
            return false;
        else
            out->folder = argv[i];
    }
    if (!out->folder)
        out->folder = ".";
    return true;
}

static json_t *question_of(json_t *items)
{
    return items ? json_pack("{s:s, s:O}", "what", "project", "items", items) : NULL;
}

/* The answer that a person types; NULL: there is nobody. */
static const char *typed(const json_t *question, char *line, size_t size)
{
    const char *choice = NULL;

    for (int i = 0; !choice && i < 3; i++) {
        if (i)
            fputs("Please answer y or n: ", stdout);
        fflush(stdout);
        if (!fgets(line, (int)size, stdin))
            return NULL;
        line[strcspn(line, "\n")] = 0;
        choice = question_choice(question, line);
    }
    return choice ? choice : "";
}

static int agree(const struct options *options, const struct settings *settings)
{
    int error = project_remember(options, settings);

    if (error) {
        fprintf(stderr, "safepyrun-kernel trust: it cannot be remembered: %s\n", strerror(error));
        return 1;
    }
    printf("Followed from now on: %s\n", settings->project_path);
    return 0;
}

static int ask(const struct arguments *arguments, const struct settings *settings, json_t *items)
{
    char line[128];
    json_t *question = question_of(items);
    char *prompt = question ? question_prompt(question,
                                              "This file lets every cell of a kernel that "
                                              "starts in its folder",
                                              false)
                            : NULL;
    int status = 1;

    if (!prompt) {
        fputs("safepyrun-kernel trust: what it permits cannot be shown, so it cannot be agreed "
              "to\n",
              stderr);
    } else if (arguments->yes) {
        printf("%s\n%s yes\n", settings->project_path, prompt);
        status = agree(&arguments->options, settings);
    } else {
        printf("%s\n%s", settings->project_path, prompt);
        const char *choice = typed(question, line, sizeof line);
        if (choice && *choice)
            status = agree(&arguments->options, settings);
        else
            puts(choice ? "Nothing of it is followed."
                        : "\nNobody answers, so nothing of it is followed; --yes agrees to it.");
    }
    free(prompt);
    json_decref(question);
    return status;
}

static int offer(const struct arguments *arguments, const struct settings *settings)
{
    json_t *items = settings_offers(settings), *warning;
    size_t index;
    int status;

    json_array_foreach(settings->warnings, index, warning)
        fprintf(stderr, "safepyrun-kernel trust: %s\n", json_string_value(warning));
    if (!settings->offered_digest[0]) {
        fprintf(stderr, "safepyrun-kernel trust: there is no %s that can be read\n",
                settings->project_path);
        status = 2;
    } else if (items && !json_array_size(items)) {
        printf("%s permits nothing that needs a yes\n", settings->project_path);
        status = 0;
    } else if (project_is_remembered(&arguments->options, settings)) {
        printf("%s is followed already, as it is now\n", settings->project_path);
        status = 0;
    } else {
        status = ask(arguments, settings, items);
    }
    json_decref(items);
    return status;
}

int trust_main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct settings settings;

    if (!read_arguments(argc, argv, &arguments)) {
        fputs(usage, stderr);
        return 2;
    }
    if (arguments.help) {
        fputs(usage, stdout);
        return 0;
    }
    if (chdir(arguments.folder) < 0) {
        fprintf(stderr, "safepyrun-kernel trust: %s: %s\n", arguments.folder, strerror(errno));
        return 2;
    }
    settings_load(&settings);
    int status = offer(&arguments, &settings);
    settings_clear(&settings);
    return status;
}
