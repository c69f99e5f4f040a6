#include "base/places.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Anywhere in a path: these components one after the other. */
static const char *const anywhere[] = {
    "site-packages",
    "dist-packages",
    ".git/hooks",
    ".git/config",
    ".safepyrun.toml",
    ".safepyrun.toml.new",
    ".ssh",
    ".gnupg",
    ".ipython/profile_default/startup",
    "conda-meta",
    "jupyter/kernels",
    ".config/autostart",
    ".config/systemd",
};
/* Below the home directory. */
static const char *const at_home[] = {
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".kshrc",
    ".inputrc",
    ".xprofile",
    ".xinitrc",
    ".xsessionrc",
    ".pam_environment",
    ".config/fish",
    ".gitconfig",
    ".config/git",
    ".netrc",
    ".pypirc",
    ".npmrc",
    ".aws",
    ".kube",
    ".docker",
    ".pythonrc.py",
    ".config/pip",
    ".pip",
    ".condarc",
    ".jupyter",
    ".config/environment.d",
    ".local/bin",
    ".config/safepyrun",
};
/* Whole paths. */
static const char *const absolute[] = {
    "/var/spool/cron", "/etc", "/boot", "/bin", "/sbin", "/lib", "/lib64",
};

static const char *const sinks[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                                    "/dev/urandom", "/dev/tty",  "/dev/ptmx"};
static const char *const sink_folders[] = {"/dev/pts", "/dev/shm", "/dev/dri"};
static const char *const sink_names[] = {"/dev/nvidia", "/dev/kfd"};
static const char *const systems[] = {"/proc", "/sys", "/dev"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

bool place_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length == 1 && folder[0] == '/')
        return true;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

/* The end of the last place in `path` where `name` stands as whole components; 0: nowhere. */
static size_t last_end(const char *path, const char *name)
{
    size_t size = strlen(name), end = 0;

    for (const char *at = strstr(path, name); at; at = strstr(at + 1, name))
        if (at > path && at[-1] == '/' && (at[size] == '/' || !at[size]))
            end = (size_t)(at - path) + size;
    return end;
}

static size_t longer(size_t one, size_t other)
{
    return one > other ? one : other;
}

size_t place_guarded(const char *path, const char *home)
{
    size_t found = 0, home_size = home ? strlen(home) : 0;

    for (size_t i = 0; i < COUNT(anywhere); i++)
        found = longer(found, last_end(path, anywhere[i]));
    for (size_t i = 0; i < COUNT(absolute); i++)
        if (place_is_below(path, absolute[i]))
            found = longer(found, strlen(absolute[i]));
    if (home_size > 1 && place_is_below(path, home) && path[home_size] == '/')
        for (size_t i = 0; i < COUNT(at_home); i++)
            if (place_is_below(path + home_size + 1, at_home[i]))
                found = longer(found, home_size + 1 + strlen(at_home[i]));
    return found;
}

bool place_is_environment(const char *folder, size_t length)
{
    static const char *const marks[] = {"pyvenv.cfg", "conda-meta"};
    char mark[PATH_MAX + 16];

    for (size_t i = 0; i < COUNT(marks); i++)
        if (snprintf(mark, sizeof mark, "%.*s/%s", (int)length, folder, marks[i]) <
                (int)sizeof mark &&
            access(mark, F_OK) == 0)
            return true;
    return false;
}

bool place_is_sink(const char *path)
{
    for (size_t i = 0; i < COUNT(sinks); i++)
        if (strcmp(path, sinks[i]) == 0)
            return true;
    for (size_t i = 0; i < COUNT(sink_folders); i++)
        if (place_is_below(path, sink_folders[i]) && path[strlen(sink_folders[i])])
            return true;
    for (size_t i = 0; i < COUNT(sink_names); i++)
        if (strncmp(path, sink_names[i], strlen(sink_names[i])) == 0)
            return true;
    return false;
}

bool place_is_system(const char *path)
{
    for (size_t i = 0; i < COUNT(systems); i++)
        if (place_is_below(path, systems[i]))
            return true;
    return false;
}
