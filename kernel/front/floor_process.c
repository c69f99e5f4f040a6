/* floor_process: calls about processes, and the worker's own words to the floor. What is judged
 * lies in registers, so what passes goes on as it was called. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/proc.h"

/* ---- programs ---- */

/* Is there a program to be started? 0, or what the system would have answered. */
static long find_program(struct floor_call *call, int directory, uint64_t address, bool empty)
{
    struct floor_spot spot;
    struct stat status;
    long verdict = 0;

    if (empty) {
        spot = (struct floor_spot){.dir = floor_take_fd(call, directory), .object = true};
        verdict = spot.dir < 0 ? spot.dir : floor_fd_path(spot.dir, spot.parent);
        snprintf(call->path, sizeof call->path, "%s", spot.parent);
    } else {
        verdict = floor_spot_read(call, directory, address, FLOOR_FOLLOWS, &spot);
    }
    if (!verdict && (spot.object ? fstat(spot.dir, &status)
                                 : fstatat(spot.dir, spot.name, &status, AT_SYMLINK_NOFOLLOW)))
        verdict = -errno;
    if (!verdict && (!S_ISREG(status.st_mode) || !(status.st_mode & 0111)))
        verdict = -EACCES;
    floor_spot_clear(&spot);
    return verdict;
}

const char floor_unstarted[] = "programs are started by what a person trusts";

/* `text` behind what stands in the line, after a blank. False: it does not fit. */
static bool add_word(char line[PATH_MAX], const char *text)
{
    size_t have = strlen(line);

    return (size_t)snprintf(line + have, PATH_MAX - have, " %s", text) < PATH_MAX - have;
}

bool floor_program_line(const struct floor_call *call, char line[PATH_MAX])
{
    bool at = call->notif.data.nr != SYS_execve;
    uint64_t list = call->notif.data.args[at ? 2 : 1], word = 0;
    char text[PATH_MAX];

    if ((size_t)snprintf(line, PATH_MAX, "%s", call->path) >= PATH_MAX)
        return false;
    for (size_t i = 1; list; i++) { /* the first is its name */
        if (floor_read_bytes(call, list + i * sizeof word, &word, sizeof word) || !word)
            break;
        if (floor_read_text(call, word, text) || !add_word(line, text))
            return false;
    }
    return true;
}

/* A person saw this line and said yes. What the caller has in its memory is read by the system
 * once more: native code that changes it meanwhile is not held by this. */
static bool is_permitted(const struct floor_call *call)
{
    char line[PATH_MAX];

    if (!call->rules->program_count || !floor_program_line(call, line))
        return false;
    for (size_t i = 0; i < call->rules->program_count; i++)
        if (strcmp(call->rules->programs[i], line) == 0)
            return floor_scope_join(call);
    return false;
}

/* A scope starts programs, where what is called is not judged (floor.c), and what a person
 * permitted native code to start. */
static long judge_program(struct floor_call *call, int directory, uint64_t address, bool empty)
{
    long verdict = find_program(call, directory, address, empty);

    call->kind = FLOOR_PROGRAM;
    if (verdict)
        return verdict;
    return is_permitted(call) ? FLOOR_CONTINUE : floor_refuse(call, floor_unstarted);
}

long floor_do_exec(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    if (call->notif.data.nr == SYS_execve)
        return judge_program(call, AT_FDCWD, args[0], false);
    return judge_program(call, (int)args[0], args[1], (args[4] & AT_EMPTY_PATH) != 0);
}

/* ---- other processes ---- */

static pid_t process_of(pid_t tid)
{
    return (pid_t)proc_status(tid, "\nTgid:", 10);
}

/* Is `pid`, a process or a thread, the caller's own, or one that the worker started? */
static bool is_ours(const struct floor_call *call, pid_t pid)
{
    pid_t caller = (pid_t)call->notif.pid, process;

    if (pid == caller || (process = process_of(pid)) == process_of(caller))
        return true;
    return process > 0 && floor_is_below(call->worker, process);
}

static long refuse_process(struct floor_call *call, pid_t pid)
{
    if (pid > 0 && kill(pid, 0) && errno == ESRCH)
        return -ESRCH;
    call->kind = FLOOR_PROCESS;
    snprintf(call->path, sizeof call->path, "process %d", pid);
    floor_refuse(call, "it is not one that this notebook started");
    return -EPERM;
}

static long judge_process(struct floor_call *call, pid_t pid)
{
    return is_ours(call, pid) ? FLOOR_CONTINUE : refuse_process(call, pid);
}

/* A group: one's own, or one that a process of ours leads. */
static long judge_group(struct floor_call *call, pid_t group)
{
    if (!group || group == getpgid((pid_t)call->notif.pid))
        return FLOOR_CONTINUE;
    return judge_process(call, group);
}

long floor_do_kill(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    int number = call->notif.data.nr;
    bool by_thread = number == SYS_tgkill || number == SYS_rt_tgsigqueueinfo;
    pid_t pid = (pid_t)args[0];

    if ((int)args[by_thread ? 2 : 1] == 0)
        return FLOOR_CONTINUE; /* is it there? */
    if (pid == -1)
        return refuse_process(call, pid);
    return pid <= 0 ? judge_group(call, -pid) : judge_process(call, pid);
}

/* The number of the process that a pidfd stands for; -1. */
static pid_t pid_of(int pid_fd)
{
    char file[48], line[128];
    pid_t pid = -1;

    snprintf(file, sizeof file, "/proc/self/fdinfo/%d", pid_fd);
    FILE *info = fopen(file, "re");
    while (info && fgets(line, sizeof line, info))
        if (strncmp(line, "Pid:", 4) == 0)
            pid = (pid_t)strtol(line + 4, NULL, 10);
    if (info)
        fclose(info);
    return pid;
}

/* Sent from here: what the caller's number stands for could be another by then. */
long floor_do_pidfd_send_signal(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    int pid_fd = floor_copy_fd(call, (int)args[0]);

    if (pid_fd < 0)
        return pid_fd;
    pid_t pid = pid_of(pid_fd);
    long verdict = pid <= 0 ? -EBADF : judge_process(call, pid);
    if (verdict == FLOOR_CONTINUE)
        verdict = syscall(SYS_pidfd_send_signal, pid_fd, (int)args[1], NULL, (unsigned)args[3])
                      ? -errno
                      : 0;
    close(pid_fd);
    return verdict;
}

long floor_do_prlimit(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;

    return args[2] ? judge_process(call, (pid_t)args[0]) : FLOOR_CONTINUE; /* it only asks */
}

long floor_do_sched(struct floor_call *call)
{
    return judge_process(call, (pid_t)call->notif.data.args[0]);
}

long floor_do_priority(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    bool nice = call->notif.data.nr == SYS_setpriority;
    int which = (int)args[0];
    pid_t who = (pid_t)args[1];

    if (which == (nice ? (int)PRIO_PROCESS : (int)IOPRIO_WHO_PROCESS))
        return who ? judge_process(call, who) : FLOOR_CONTINUE;
    if (which == (nice ? (int)PRIO_PGRP : (int)IOPRIO_WHO_PGRP))
        return judge_group(call, who);
    return refuse_process(call, -1); /* all of a user's */
}

/* The owner of a descriptor hears of it by a signal, any that was chosen: whoever names one sends
 * it. One that lies in memory is read once, and set from here. */
static long judge_owner(struct floor_call *call, int type, pid_t pid)
{
    if (!pid)
        return FLOOR_CONTINUE;
    return type == F_OWNER_PGRP ? judge_group(call, pid) : judge_process(call, pid);
}

long floor_do_owner(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    bool is_control = call->notif.data.nr == SYS_fcntl;
    struct f_owner_ex owner = {F_OWNER_PID, (pid_t)args[2]};
    bool is_whole = is_control && (int)args[1] == F_SETOWN_EX, in_memory = !is_control || is_whole;
    long wrong = !in_memory
                     ? 0
                     : floor_read_bytes(call, args[2], is_whole ? (void *)&owner : &owner.pid,
                                        is_whole ? sizeof owner : sizeof owner.pid);

    if (!is_whole && owner.pid < 0)
        owner = (struct f_owner_ex){F_OWNER_PGRP, -owner.pid};
    long verdict = wrong ? wrong : judge_owner(call, owner.type, owner.pid);
    if (verdict != FLOOR_CONTINUE || !in_memory)
        return verdict;
    int fd = floor_copy_fd(call, (int)args[0]);
    if (fd == -EPERM) /* a container forbids it */
        return FLOOR_CONTINUE;
    if (fd < 0)
        return fd;
    verdict = floor_result(fcntl(fd, F_SETOWN_EX, &owner));
    close(fd);
    return verdict;
}

/* ---- words ---- */

long floor_do_exit(struct floor_call *call)
{
    floor_scope_exit(call);
    return FLOOR_CONTINUE;
}

long floor_do_umask(struct floor_call *call)
{
    atomic_store(&call->worker->umask_moved, true); /* from now on each caller's own is asked for */
    return FLOOR_CONTINUE;
}

long floor_do_prctl(struct floor_call *call)
{
    switch (call->notif.data.args[1]) {
    case FLOOR_WORD_READY:
        if ((pid_t)call->notif.pid == call->worker->pid)
            atomic_store(&call->worker->starting, false);
        return 0;
    case FLOOR_WORD_ENTER:
        floor_scope_enter(call);
        return 0;
    case FLOOR_WORD_LEAVE:
        floor_scope_leave(call);
        return 0;
    case FLOOR_WORD_CONNECT:
        return floor_net_expect(call);
    case FLOOR_WORD_LISTS_FD:
        return floor_net_lists_fd(call, (int)call->notif.data.args[2]);
    case FLOOR_WORD_LISTS_NAME:
        return floor_net_lists_name(call, call->notif.data.args[2]);
    case FLOOR_WORD_THREAD:
        floor_asked_python_thread(call);
        return 0;
    default:
        return -EINVAL;
    }
}
