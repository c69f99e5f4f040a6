/* ground: the floor below the sandbox: another process judges what is done, whoever does it: the
 * kernel's front, or the one that this process joins (base/floor_join.h). Not everywhere. */
#include <errno.h>
#include <linux/filter.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/floor_join.h"
#include "base/floor_word.h"
#include "sandbox/gate/gate.h"

static atomic_bool there;
static char why[200] = "only the kernel and run_code have one";

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
        floor_say(word, 0);
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

void ground_thread(void)
{
    say(FLOOR_WORD_THREAD);
}

bool ground_lists_fd(int fd)
{
    return ground_is_there() && fd >= 0 && floor_say(FLOOR_WORD_LISTS_FD, (long)fd) == 1;
}

bool ground_lists_name(const char *name)
{
    return ground_is_there() && floor_say(FLOOR_WORD_LISTS_NAME, (long)name) == 1;
}

int ground_join(int channel, const void *offer, size_t size, const char *rules)
{
    struct floor_offer head;
    struct floor_joined *joined = NULL;
    struct sock_fprog program = {0};
    size_t length = strlen(rules);
    bool two_steps;

    if (size < sizeof head)
        return EPROTO;
    memcpy(&head, offer, sizeof head);
    if (head.error)
        return head.error;
    program.filter = malloc(size - sizeof head + 1); /* aligned */
    joined = malloc(sizeof *joined + length);
    int listener = -ENOMEM, error = 0;
    if (program.filter && joined) {
        program.len = (unsigned short)((size - sizeof head) / sizeof *program.filter);
        memcpy(program.filter, (const char *)offer + sizeof head, size - sizeof head);
        listener = floor_join(&program, &two_steps);
    }
    if (listener >= 0) {
        *joined = (struct floor_joined){getpid(), two_steps};
        memcpy(joined + 1, rules, length);
        error = floor_join_send(channel, joined, sizeof *joined + length, listener) ? 0 : errno;
        close(listener);
    }
    free(program.filter);
    free(joined);
    if (listener >= 0 && !error)
        ground_set(NULL);
    return listener < 0 ? -listener : error;
}
