/* floor_listen: ports and names under which others may connect: a port of the loopback that the
 * system chooses is one's own, and so is a name where cells may write; others are for a person. */
#include "kernel/front/floor_call.h"
#include "kernel/front/floor_net.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file of a Unix socket is made where cells may make files. */
static long bind_path(struct floor_call *call, int fd, union floor_address *to)
{
    struct floor_spot spot;
    long wrong = floor_net_find_path(call, call->notif.data.args[1], to, &spot);

    if (!wrong)
        wrong = floor_spot_judge(call, &spot, FLOOR_NAME, FLOOR_MAKES);
    if (!wrong) {
        union floor_address at = *to;
        int length = snprintf(at.un.sun_path, sizeof at.un.sun_path, "/proc/self/fd/%d/%s",
                              spot.dir, spot.name);
        floor_take_umask(call);
        if (length >= (int)sizeof at.un.sun_path)
            wrong = -ENAMETOOLONG;
        else if (fd < 0)
            wrong = FLOOR_CONTINUE;
        else
            wrong = bind(fd, &at.any, sizeof at.un) ? -errno : 0;
    }
    floor_spot_clear(&spot);
    return wrong == -EEXIST ? -EADDRINUSE : wrong;
}

/* A port that the system chooses, for oneself; others are for a person to open. */
static long judge_port(struct floor_call *call, int fd, const union floor_address *to)
{
    int port = floor_hosts_port(&to->any);

    call->kind = FLOOR_HOST;
    floor_hosts_write(&to->any, call->path, sizeof call->path);
    if (!port &&
        (floor_hosts_is_loopback(&to->any) || floor_socket_option(fd, SO_TYPE) == SOCK_DGRAM))
        return 0;
    for (size_t i = 0; i < call->rules->host_count; i++)
        if (strcmp(call->rules->hosts[i], call->path) == 0)
            return 0;
    return floor_refuse(call, "a port is opened to others");
}

long floor_do_bind(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    union floor_address to;
    long wrong = floor_address_read(call, args[1], args[2], &to);

    floor_address_complete(&to, args[2]);
    bool is_path = to.any.sa_family == AF_UNIX &&
                   args[2] > offsetof(struct sockaddr_un, sun_path) && to.un.sun_path[0];

    if (wrong || floor_address_is_harmless(&to) || (to.any.sa_family == AF_UNIX && !is_path))
        return wrong ? wrong : FLOOR_CONTINUE;
    int fd = floor_copy_fd(call, (int)args[0]);
    if (fd < FLOOR_NOT_COPIED)
        return fd;
    if (is_path) {
        wrong = bind_path(call, fd, &to);
    } else if (!floor_address_is_inet(&to)) {
        wrong = -EACCES;
    } else {
        wrong = judge_port(call, fd, &to);
        if (!wrong)
            wrong = fd < 0 ? FLOOR_CONTINUE : bind(fd, &to.any, (socklen_t)args[2]) ? -errno : 0;
        if (!wrong)
            floor_net_keep_port(call->worker, fd);
    }
    if (fd >= 0)
        close(fd);
    return wrong;
}

long floor_do_listen(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    union floor_address here = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t size = sizeof here;
    int fd = floor_copy_fd(call, (int)args[0]);

    if (fd == FLOOR_NOT_COPIED)
        return FLOOR_CONTINUE;
    if (fd < 0)
        return fd;
    long wrong = getsockname(fd, &here.any, &size) ? -errno : 0;
    /* Without a name the system gives it a port of every address of this machine. */
    if (!wrong && floor_address_is_inet(&here) && !floor_hosts_port(&here.any))
        wrong = judge_port(call, fd, &here);
    if (!wrong && listen(fd, (int)args[1]))
        wrong = -errno;
    if (!wrong)
        floor_net_keep_port(call->worker, fd);
    close(fd);
    return wrong;
}
