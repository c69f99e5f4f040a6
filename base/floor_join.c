/* floor_join: see the header. */
#include "base/floor_join.h"
#include "base/floor_word.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

union one_fd {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static int install(const struct sock_fprog *program, unsigned long flags)
{
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW | flags,
                        program);
}

int floor_join(const struct sock_fprog *program, bool *two_steps)
{
    *two_steps = true;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    int listener = install(program, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    if (listener < 0 && errno == EINVAL) { /* older than Linux 5.19 */
        *two_steps = false;
        listener = install(program, 0);
    }
    return listener < 0 ? -errno : listener;
}

bool floor_join_send(int channel, const void *data, size_t size, int fd)
{
    union one_fd control = {0};
    struct iovec part = {(void *)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    while ((sent = sendmsg(channel, &message, MSG_NOSIGNAL | FLOOR_MSG_OWN)) < 0 && errno == EINTR)
        continue;
    return sent == (ssize_t)size;
}

long floor_join_receive(int channel, void *data, size_t size, int *fd)
{
    union one_fd control;
    struct iovec part = {data, size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;

    *fd = -1;
    while ((got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    for (struct cmsghdr *head = got >= 0 ? CMSG_FIRSTHDR(&message) : NULL; head;
         head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            memcpy(fd, CMSG_DATA(head), sizeof *fd);
    return (long)got;
}
