/* floor_preview: processes that only try things. Their mount namespace is the front's making: all
 * of it is read-only but for overlays, so no path in it leads to what anybody else sees. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The inode that a link below /proc/TID leads to; 0: it cannot be told. */
static uint64_t inode_of(const struct floor_call *call, const char *link)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/%s", (pid_t)call->notif.pid, link);
    return stat(path, &status) < 0 ? 0 : status.st_ino;
}

bool floor_in_preview(const struct floor_call *call)
{
    uint64_t mounts = atomic_load(&call->worker->preview_mount);

    return mounts && inode_of(call, "ns/mnt") == mounts;
}

/* What its file system does not hold. */
static const struct {
    long (*judge)(struct floor_call *);
    long answer;
} refused[] = {
    {floor_do_exec, -EACCES},    {floor_do_connect, -EACCES},
    {floor_do_bind, -EACCES},    {floor_do_listen, -EACCES},
    {floor_do_sendto, -EACCES},  {floor_do_pidfd_send_signal, -EPERM},
    {floor_do_prlimit, -EPERM},  {floor_do_sched, -EPERM},
    {floor_do_priority, -EPERM}, {floor_do_owner, -EPERM},
    {floor_do_ipc_get, -EACCES}, {floor_do_ipc_use, -EACCES},
    {floor_do_mq_open, -EACCES}, {floor_do_mq_unlink, -EACCES},
};

long floor_judge_preview(const struct floor_call *call)
{
    long (*judge)(struct floor_call *) = call->row->judge;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (judge == refused[i].judge)
            return refused[i].answer;
    if (judge == floor_do_kill) /* its own filter lets it signal itself alone */
        return call->notif.data.nr == SYS_kill || call->notif.data.nr == SYS_tgkill ? FLOOR_CONTINUE
                                                                                    : -EPERM;
    return FLOOR_CONTINUE; /* its file system holds it */
}

/* Into the namespaces of a preview, and no others. */
long floor_do_setns(struct floor_call *call)
{
    uint64_t mounts = atomic_load(&call->worker->preview_mount),
             users = atomic_load(&call->worker->preview_user);
    char link[32];

    snprintf(link, sizeof link, "fd/%d", (int)call->notif.data.args[0]);
    uint64_t wanted = mounts ? inode_of(call, link) : 0;
    return wanted && (wanted == mounts || wanted == users) ? FLOOR_CONTINUE : -EPERM;
}
