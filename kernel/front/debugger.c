/* debugger: is there one, and the shell that its requests are queued on. The debugger itself is
 * debugpy, in the worker. */
#include "kernel/front/front.h"
#include "kernel/front/worker_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_debugpy(const char *folder)
{
    char path[PATH_MAX + 96];

    snprintf(path, sizeof path, "%s/debugpy/__init__.py", folder);
    return access(path, R_OK) == 0;
}

/* Before Python has started: it is looked for where pip, conda and the system put packages. */
static bool is_installed(const struct front *self)
{
    struct worker_choice choice;
    char error[512], prefix[PATH_MAX], folder[PATH_MAX + 64];

    if (!worker_choose(&self->options, &choice, error, sizeof error))
        return false;
    snprintf(prefix, sizeof prefix, "%s", choice.program);
    for (int up = 0; up < 2; up++) { /* PREFIX/bin/python */
        char *slash = strrchr(prefix, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    snprintf(folder, sizeof folder, "%s/lib/python%s/site-packages", prefix, choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/pyvenv.cfg", prefix);
    if (access(folder, F_OK) == 0) /* an environment is closed */
        return false;
    const char *home = getenv("HOME");
    snprintf(folder, sizeof folder, "%s/.local/lib/python%s/site-packages", home ? home : "",
             choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/local/lib/python%s/dist-packages", prefix, choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/lib/python3/dist-packages", prefix);
    return has_debugpy(folder);
}

bool debugger_is_there(const struct front *self)
{
    if (self->debugger == DEBUGGER_UNKNOWN)
        return is_installed(self);
    return self->debugger == DEBUGGER_IS_THERE;
}

void debugger_open(struct front *self)
{
    struct shell *shell = &self->shells[HOP_SHELL_DEBUG];

    if (shell->open)
        return;
    shell->open = true; /* a worker that is started later opens it as it does subshells */
    link_send(self, HOP_SHELL_OPEN, 0, (int)HOP_SHELL_DEBUG, 0, shell->id);
}
