/* floor_net: connecting, sending, listening. The address is read once and judged; the call is then
 * made here, on the caller's own socket, of which the front has a copy for that long. What may wait
 * does so on a thread of its own. */
#include "kernel/front/floor_call.h"
#include "kernel/front/floor_net.h"
#include "kernel/front/floor_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/places.h"

enum { LOOK_MS = 10, DATAGRAM_MOST = 65536, MESSAGES_MOST = 1024 };
/* A call that waits for its turn on a thread of its own. */
struct net_job {
    struct floor_call call;
    struct floor_rules *rules; /* held */
    int fd, dir;               /* copy of the socket; of a Unix socket's path the folder, or -1 */
    bool reads;
    union floor_address to;
    socklen_t size;
};

int floor_address_read(const struct floor_call *call, uint64_t at, uint64_t size,
                       union floor_address *to)
{
    memset(to, 0, sizeof *to);
    if (size < sizeof to->any.sa_family || size > sizeof to->room)
        return -EINVAL;
    int wrong = floor_read_bytes(call, at, to, size);
    return !wrong && !floor_call_alive(call) ? -EINTR : wrong;
}

void floor_address_complete(union floor_address *to, uint64_t size)
{
    if (to->any.sa_family == AF_UNSPEC && size >= sizeof to->in)
        to->any.sa_family = AF_INET;
}

bool floor_address_is_inet(const union floor_address *to)
{
    return to->any.sa_family == AF_INET || to->any.sa_family == AF_INET6;
}

static void drop(int fd)
{
    if (fd >= 0)
        close(fd);
}

int floor_socket_option(int fd, int name)
{
    int value = 0;
    socklen_t size = sizeof value;

    return getsockopt(fd, SOL_SOCKET, name, &value, &size) ? -1 : value;
}

/* ---- what was said of it ---- */

long floor_net_expect(struct floor_call *call)
{
    struct floor_worker *worker = call->worker;

    pthread_mutex_lock(&worker->lock);
    worker->connects[worker->connect_at++ % CONNECTS_MOST] = (pid_t)call->notif.pid;
    pthread_mutex_unlock(&worker->lock);
    return 0;
}

static bool take_expected(struct floor_call *call)
{
    struct floor_worker *worker = call->worker;
    bool found = false;

    pthread_mutex_lock(&worker->lock);
    for (size_t i = 0; i < CONNECTS_MOST; i++)
        if (worker->connects[i] == (pid_t)call->notif.pid) {
            worker->connects[i] = 0;
            found = true;
        }
    pthread_mutex_unlock(&worker->lock);
    return found;
}

/* Datagrams have ports of their own. */
static int number_of(int fd, const union floor_address *at)
{
    int port = floor_hosts_port(&at->any);

    return port ? port * 2 + (floor_socket_option(fd, SO_TYPE) == SOCK_DGRAM) : 0;
}

static bool has_port(const struct floor_worker *worker, int number)
{
    for (size_t i = 0; number && i < PORTS_MOST; i++)
        if (worker->ports[i] == number)
            return true;
    return false;
}

void floor_net_keep_port(struct floor_worker *worker, int fd)
{
    union floor_address here = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t size = sizeof here;

    if (getsockname(fd, &here.any, &size) || !floor_address_is_inet(&here))
        return;
    pthread_mutex_lock(&worker->lock);
    if (!has_port(worker, number_of(fd, &here)))
        worker->ports[worker->port_at++ % PORTS_MOST] = number_of(fd, &here);
    pthread_mutex_unlock(&worker->lock);
}

static bool is_own_port(struct floor_worker *worker, int fd, const union floor_address *to)
{
    if (fd < 0) /* it could not be copied, nor could those that were bound */
        return floor_hosts_is_loopback(&to->any) &&
               floor_sockets_has_port(worker->pid, floor_hosts_port(&to->any));
    pthread_mutex_lock(&worker->lock);
    bool found = has_port(worker, number_of(fd, to));
    pthread_mutex_unlock(&worker->lock);
    return found && floor_hosts_is_loopback(&to->any);
}

/* ---- connecting ---- */

static const char *judge_inet(struct net_job *job)
{
    job->call.kind = FLOOR_HOST;
    floor_hosts_write(&job->to.any, job->call.path, sizeof job->call.path);
    /* Looking for a way to an address, as name resolution does, sends nothing. */
    job->call.quiet = floor_socket_option(job->fd, SO_TYPE) == SOCK_DGRAM;
    return is_own_port(job->call.worker, job->fd, &job->to)
               ? NULL
               : floor_hosts_judge(job->rules, &job->to.any, job->reads);
}

/* Who tells what a name means, and what the kernel keeps for its cells. */
static const char *judge_path(const struct floor_rules *rules, const char *path)
{
    static const char *const names[] = {"/run/nscd/socket", "/var/run/nscd/socket",
                                        "/run/systemd/resolve/io.systemd.Resolve"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(path, names[i]) == 0)
            return NULL;
    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(path, rules->always[i]))
            return NULL;
    if (place_is_below(path, "/run/systemd/userdb") || place_is_below(path, "/var/lib/sss/pipes"))
        return NULL;
    return floor_hosts_list_path(rules, path) ? NULL : floor_unlisted;
}

/* Until it is connected, the caller is interrupted, or gives up by its own time limit. */
static int wait_connected(struct net_job *job)
{
    struct pollfd done = {.fd = job->fd, .events = POLLOUT};
    struct timeval limit = {0};
    socklen_t size = sizeof limit;

    getsockopt(job->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
    long left_ms = limit.tv_sec * 1000 + limit.tv_usec / 1000;
    bool limited = left_ms > 0;
    while (poll(&done, 1, LOOK_MS) <= 0) {
        if (floor_interrupted(&job->call))
            return FLOOR_ANSWERED;
        if (limited && (left_ms -= LOOK_MS) <= 0)
            return -EINPROGRESS;
    }
    return -floor_socket_option(job->fd, SO_ERROR);
}

static int goes_on(struct net_job *job)
{
    floor_reply(&job->call, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    return FLOOR_ANSWERED;
}

static int connect_socket(struct net_job *job)
{
    char link[sizeof job->to.un.sun_path];

    if (job->fd < 0)
        return goes_on(job);
    int flags = fcntl(job->fd, F_GETFL);
    bool waits = flags >= 0 && !(flags & O_NONBLOCK);

    if (job->dir >= 0) {
        snprintf(link, sizeof link, "%s", job->to.un.sun_path);
        int length = snprintf(job->to.un.sun_path, sizeof job->to.un.sun_path,
                              "/proc/self/fd/%d/%s", job->dir, link);
        if (length >= (int)sizeof job->to.un.sun_path)
            return -ENAMETOOLONG;
        job->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
    }
    if (waits)
        fcntl(job->fd, F_SETFL, flags | O_NONBLOCK);
    int wrong = connect(job->fd, &job->to.any, job->size) ? -errno : 0;
    if (waits)
        fcntl(job->fd, F_SETFL, flags);
    return waits && (wrong == -EINPROGRESS || wrong == -EALREADY) ? wait_connected(job) : wrong;
}

static void end_job(struct net_job *job, long verdict)
{
    drop(job->fd);
    drop(job->dir);
    floor_release_rules(job->call.worker->floor, job->rules);
    if (verdict != FLOOR_ANSWERED)
        floor_reply(&job->call, verdict > 0 ? verdict : 0, verdict < 0 ? (int)verdict : 0, 0);
    floor_worker_release(job->call.worker);
    free(job);
}

/* Refused: what a person says, by the rules as they are then. 0: it may connect. */
static long refuse_or_ask(struct net_job *job, const char *why)
{
    struct floor *floor = job->call.worker->floor;
    long verdict = floor_refuse(&job->call, why);

    if (!job->call.asks)
        return verdict;
    if (floor_ask(&job->call)) {
        floor_release_rules(floor, job->rules);
        job->call.rules = job->rules = floor_hold_rules(floor);
        why = judge_inet(job);
    }
    return why ? floor_refuse(&job->call, why) : 0;
}

static void *run_connect(void *argument)
{
    struct net_job *job = argument;
    const char *why = job->dir < 0 && floor_address_is_inet(&job->to) ? judge_inet(job) : NULL;
    long refused = why ? refuse_or_ask(job, why) : 0;

    end_job(job, refused ? refused : connect_socket(job));
    return NULL;
}

/* `fd` and `dir` are taken over. */
static long start_job(struct floor_call *call, void *(*run)(void *), const union floor_address *to,
                      socklen_t size, int fd, int dir, bool reads)
{
    struct net_job *job = malloc(sizeof *job);
    pthread_t thread;

    if (job) {
        *job = (struct net_job){.call = *call,
                                .fd = fd,
                                .dir = dir,
                                .reads = reads,
                                .to = *to,
                                .size = size,
                                .rules = floor_hold_rules(call->worker->floor)};
        job->call.rules = job->rules;
        floor_worker_hold(call->worker);
        if (pthread_create(&thread, NULL, run, job) == 0) {
            pthread_detach(thread);
            return FLOOR_ANSWERED;
        }
        end_job(job, -EAGAIN);
        return FLOOR_ANSWERED;
    }
    drop(fd);
    drop(dir);
    return -ENOMEM;
}

long floor_net_find_path(struct floor_call *call, uint64_t at, union floor_address *to,
                         struct floor_spot *spot)
{
    long wrong = floor_spot_read(call, AT_FDCWD, at + offsetof(struct sockaddr_un, sun_path),
                                 FLOOR_FOLLOWS, spot);

    if (!wrong && spot->object)
        wrong = -ECONNREFUSED;
    size_t size = strlen(spot->name) + 1;
    if (!wrong && size > sizeof to->un.sun_path)
        wrong = -ENAMETOOLONG;
    if (!wrong)
        memcpy(to->un.sun_path, spot->name, size);
    return wrong;
}

/* `verdict`: 0, go on with `spot`. */
static long judge_unix(struct floor_call *call, uint64_t at, union floor_address *to,
                       socklen_t size, struct floor_spot *spot)
{
    const char *path = to->un.sun_path;
    struct stat status;

    *spot = (struct floor_spot){.dir = -1};
    call->kind = FLOOR_HOST;
    if (size <= offsetof(struct sockaddr_un, sun_path))
        return 0;
    if (!path[0]) { /* a name without a file */
        snprintf(call->path, sizeof call->path, "@%.*s", (int)sizeof to->un.sun_path - 1, path + 1);
        return floor_hosts_list_path(call->rules, call->path) ? 0
                                                              : floor_refuse(call, floor_unlisted);
    }
    long wrong = floor_net_find_path(call, at, to, spot);
    if (wrong)
        return wrong;
    const char *why = judge_path(call->rules, call->path);
    if (why && fstatat(spot->dir, spot->name, &status, 0))
        return -errno;
    return why ? floor_refuse(call, why) : 0;
}

bool floor_address_is_harmless(const union floor_address *to)
{
    return to->any.sa_family == AF_UNSPEC || to->any.sa_family == AF_NETLINK;
}

long floor_do_connect(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    struct floor_spot spot = {.dir = -1};
    bool reads = take_expected(call);
    union floor_address to;
    long wrong = floor_address_read(call, args[1], args[2], &to);

    if (wrong || floor_address_is_harmless(&to))
        return wrong ? wrong : FLOOR_CONTINUE;
    call->kind = FLOOR_HOST;
    if (to.any.sa_family == AF_UNIX) {
        wrong = judge_unix(call, args[1], &to, (socklen_t)args[2], &spot);
    } else if (!floor_address_is_inet(&to)) {
        snprintf(call->path, sizeof call->path, "address family %d", to.any.sa_family);
        wrong = floor_refuse(call, "it is no network that cells reach");
    }
    int fd = wrong ? FLOOR_NOT_COPIED : floor_copy_fd(call, (int)args[0]);
    if (!wrong && fd < FLOOR_NOT_COPIED)
        wrong = fd;
    if (!wrong)
        return start_job(call, run_connect, &to, (socklen_t)args[2], fd, spot.dir, reads);
    floor_spot_clear(&spot);
    return wrong;
}

/* ---- sending to an address ---- */

static long send_data(struct net_job *job)
{
    const __u64 *args = job->call.notif.data.args;
    char *data = args[2] <= DATAGRAM_MOST ? malloc(args[2] + 1) : NULL;

    if (!data)
        return -EMSGSIZE;
    long wrong = floor_read_bytes(&job->call, args[1], data, args[2]);
    if (!wrong) {
        ssize_t sent = sendto(job->fd, data, args[2], (int)args[3] | MSG_DONTWAIT | MSG_NOSIGNAL,
                              &job->to.any, job->size);
        wrong = sent < 0 ? -errno : sent;
    }
    free(data);
    return wrong;
}

static void *run_send(void *argument)
{
    struct net_job *job = argument;
    const char *why = judge_inet(job);

    job->call.quiet = false;
    long verdict = why           ? floor_refuse(&job->call, why)
                   : job->fd < 0 ? goes_on(job)
                                 : send_data(job);
    if (verdict >= 0 && job->fd >= 0)
        floor_net_keep_port(job->call.worker, job->fd);
    end_job(job, verdict);
    return NULL;
}

long floor_do_sendto(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    struct floor_spot spot;
    union floor_address to;
    long wrong = floor_address_read(call, args[4], args[5], &to);

    floor_address_complete(&to, args[5]);
    if (wrong || floor_address_is_harmless(&to))
        return wrong ? wrong : FLOOR_CONTINUE;
    if (to.any.sa_family == AF_UNIX) {
        wrong = judge_unix(call, args[4], &to, (socklen_t)args[5], &spot);
        floor_spot_clear(&spot);
        return wrong ? wrong : FLOOR_CONTINUE;
    }
    int fd = floor_copy_fd(call, (int)args[0]);
    if (fd < FLOOR_NOT_COPIED)
        return fd;
    if (floor_socket_option(fd, SO_TYPE) == SOCK_STREAM) { /* whom it is connected to counts */
        close(fd);
        return (int)args[3] & MSG_FASTOPEN ? -EOPNOTSUPP : FLOOR_CONTINUE;
    }
    return start_job(call, run_send, &to, (socklen_t)args[5], fd, -1, false);
}

/* ---- messages, which may say whom they are for ---- */

/* Of sendmsg one, of sendmmsg as many as the call has. */
static bool read_message(const struct floor_call *call, size_t index, struct msghdr *message)
{
    bool many = call->notif.data.nr == SYS_sendmmsg;
    size_t step = many ? sizeof(struct mmsghdr) : sizeof *message;

    if (index >= (many ? call->notif.data.args[2] : 1) || index >= MESSAGES_MOST)
        return false;
    return !floor_read_bytes(call, call->notif.data.args[1] + index * step, message,
                             sizeof *message);
}

/* 0: as far as this message goes the call may go on. */
static long judge_message(struct net_job *job, const struct msghdr *message)
{
    struct floor_spot spot = {.dir = -1};
    uint64_t at = (uint64_t)(uintptr_t)message->msg_name;
    long wrong = at ? floor_address_read(&job->call, at, message->msg_namelen, &job->to) : 0;

    floor_address_complete(&job->to, at ? message->msg_namelen : 0);
    if (!at || wrong || floor_address_is_harmless(&job->to))
        return wrong;
    if (job->to.any.sa_family == AF_UNIX) {
        wrong = judge_unix(&job->call, at, &job->to, message->msg_namelen, &spot);
        floor_spot_clear(&spot);
        return wrong;
    }
    const char *why = judge_inet(job);
    job->call.quiet = false;
    return why ? floor_refuse(&job->call, why) : 0;
}

static void *run_messages(void *argument)
{
    struct net_job *job = argument;
    struct msghdr message;
    long wrong = 0;

    for (size_t i = 0; !wrong && read_message(&job->call, i, &message); i++)
        wrong = judge_message(job, &message);
    if (!wrong)
        floor_reply(&job->call, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    end_job(job, wrong ? wrong : FLOOR_ANSWERED);
    return NULL;
}

long floor_do_sendmsg(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    union floor_address none = {.any = {.sa_family = AF_UNSPEC}};
    struct msghdr message;
    bool named = false;

    for (size_t i = 0; !named && read_message(call, i, &message); i++)
        named = message.msg_name != NULL;
    int flags = (int)args[call->notif.data.nr == SYS_sendmmsg ? 3 : 2];
    if (!named)
        return FLOOR_CONTINUE;
    int fd = floor_copy_fd(call, (int)args[0]);
    if (fd < FLOOR_NOT_COPIED)
        return fd;
    if (floor_socket_option(fd, SO_TYPE) != SOCK_STREAM)
        return start_job(call, run_messages, &none, 0, fd, -1, false);
    close(fd);
    return flags & MSG_FASTOPEN ? -EOPNOTSUPP : FLOOR_CONTINUE; /* whom it is connected to counts */
}

/* ---- what the worker asks ---- */

static void *run_lists(void *argument)
{
    struct net_job *job = argument;

    end_job(job, floor_hosts_list(job->rules, &job->to.any));
    return NULL;
}

long floor_net_lists_fd(struct floor_call *call, int number)
{
    union floor_address peer = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t size = sizeof peer;
    int fd = floor_copy_fd(call, number);

    if (fd < FLOOR_NOT_COPIED)
        return 0;
    bool known = fd < 0 ? floor_sockets_peer((pid_t)call->notif.pid, number, &peer.room)
                        : !getpeername(fd, &peer.any, &size);
    bool own = known && floor_address_is_inet(&peer) && is_own_port(call->worker, fd, &peer);
    if (known && !own && floor_address_is_inet(&peer))
        return start_job(call, run_lists, &peer, size, fd, -1, false);
    drop(fd);
    long listed = own || (known && peer.any.sa_family == AF_UNIX && peer.un.sun_path[0] &&
                          floor_hosts_list_path(call->rules, peer.un.sun_path));
    floor_reply(call, listed, 0, 0);
    return FLOOR_ANSWERED;
}

long floor_net_lists_name(struct floor_call *call, uint64_t address)
{
    char name[PATH_MAX];

    floor_reply(call,
                !floor_read_text(call, address, name) && floor_hosts_list_name(call->rules, name),
                0, 0);
    return FLOOR_ANSWERED;
}
