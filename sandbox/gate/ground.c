/* ground: the floor below the sandbox: the kernel's front judges what is done, whoever does it.
 * Only the kernel has one, and not everywhere. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "base/floor_word.h"
#include "sandbox/gate/gate.h"

static atomic_bool there;
static char why[200] = "only the kernel has one";

void ground_set(const char *missing)
{
    snprintf(why, sizeof why, "%s", missing ? missing : "");
    atomic_store(&there, missing == NULL);
}

const char *ground_missing(void)
{
    return ground_is_there() ? NULL : why;
}

bool ground_is_there(void)
{
    return atomic_load(&there);
}

static void say(enum floor_word word)
{
    int error = errno;

    if (ground_is_there())
        prctl(FLOOR_PRCTL, word, 0, 0, 0);
    errno = error;
}

void ground_enter(void)
{
    say(FLOOR_WORD_ENTER);
}

void ground_leave(void)
{
    say(FLOOR_WORD_LEAVE);
}

void ground_connects(void)
{
    say(FLOOR_WORD_CONNECT);
}

bool ground_lists_fd(int fd)
{
    return ground_is_there() && fd >= 0 &&
           prctl(FLOOR_PRCTL, FLOOR_WORD_LISTS_FD, (long)fd, 0, 0) == 1;
}

bool ground_lists_name(const char *name)
{
    return ground_is_there() && prctl(FLOOR_PRCTL, FLOOR_WORD_LISTS_NAME, name, 0, 0) == 1;
}
