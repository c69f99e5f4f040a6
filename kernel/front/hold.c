/* hold: see the header. One loop that takes who joins; the floor answers each on a thread. */
#include "kernel/front/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/floor_join.h"
#include "base/places.h"
#include "base/platform.h"
#include "kernel/front/floor.h"

static const char variable[] = "SAFEPYRUN_HOLD";

/* The settings of the person, and what the kernel keeps, whatever a destination covers. */
static void add_never(struct floor_rules *rules, const char *name, const char *home_folder)
{
    const char *base = getenv(name);
    char path[PATH_MAX];
    int size = base && *base == '/' ? snprintf(path, sizeof path, "%s/safepyrun", base)
                                    : snprintf(path, sizeof path, "~/%s/safepyrun", home_folder);

    if (size < (int)sizeof path)
        floor_rules_add_never(rules, path);
}

static void add_each(struct floor_rules *rules, const json_t *list,
                     bool (*add)(struct floor_rules *, const char *))
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) if (json_is_string(item))
        add(rules, json_string_value(item));
}

/* NULL: not what a process says that joins, or no memory. */
static struct floor_rules *read_rules(const char *text, size_t size)
{
    json_t *said = json_loadb(text, size, 0, NULL);
    struct floor_rules *rules = json_is_object(said) ? floor_rules_new() : NULL;

    if (rules) {
        add_each(rules, json_object_get(said, "dests"), floor_rules_add_dest);
        add_each(rules, json_object_get(said, "hosts"), floor_rules_add_host);
        rules->trusts = json_is_true(json_object_get(said, "trusts"));
        floor_rules_add_caches(rules);
        add_never(rules, "XDG_CONFIG_HOME", ".config");
        add_never(rules, "XDG_STATE_HOME", ".local/state");
    }
    json_decref(said);
    return rules;
}

static void offer(int channel, struct sock_fprog *program)
{
    unsigned char packet[FLOOR_PACKET_MOST];
    struct floor_offer head = {.error = program ? 0 : errno ? errno : ENOMEM};
    size_t size = program ? program->len * sizeof *program->filter : 0;

    if (size > sizeof packet - sizeof head)
        head.error = E2BIG, size = 0;
    memcpy(packet, &head, sizeof head);
    if (size)
        memcpy(packet + sizeof head, program->filter, size);
    floor_join_send(channel, packet, sizeof head + size, -1);
}

/* Until nobody is left who could join. */
static void attend(int channel)
{
    static char packet[FLOOR_PACKET_MOST];
    struct floor_joined head;
    int listener;
    long size;

    while ((size = floor_join_receive(channel, packet, sizeof packet, &listener)) > 0) {
        struct floor_rules *rules =
            size > (long)sizeof head && listener >= 0
                ? read_rules(packet + sizeof head, (size_t)size - sizeof head)
                : NULL;
        memcpy(&head, packet, sizeof head);
        if (rules)
            floor_hold(listener, head.two_steps, head.pid, rules);
        else if (listener >= 0)
            close(listener); /* its calls fail */
    }
}

static int run(char **command, int channel)
{
    char number[16];

    platform_end_with_parent();
    snprintf(number, sizeof number, "%d", channel);
    if (setenv(variable, number, 1) == 0 && fcntl(channel, F_SETFD, 0) == 0)
        execvp(command[0], command);
    fprintf(stderr, "safepyrun-kernel hold: %s: %s\n", command[0], strerror(errno));
    return 127;
}

int hold_main(int argc, char **argv)
{
    int pair[2], status = 0;

    if (argc < 3 || argv[2][0] == '-') {
        fputs("usage: safepyrun-kernel hold COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    struct sock_fprog *program = floor_filter_new();
    if (!places_init() || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        perror("safepyrun-kernel hold");
        return 127;
    }
    offer(pair[0], program);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        if (getppid() != parent)
            _exit(127);
        _exit(run(argv + 2, pair[1]));
    }
    close(pair[1]);
    places_keep_python(argv[2]);
    attend(pair[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child < 0 ? 127 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
