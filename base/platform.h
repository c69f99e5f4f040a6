/* platform: what Linux alone has and front, hop and worker cannot do without, as small functions,
 * so that another system has one file to bring.
 *
 * The rest that is Linux's own are whole files, which another system leaves out, and the kernel
 * says what is missing then: the floor (base/floor_join.c, kernel/front/floor*.c, confine.c,
 * hold.c: seccomp with user notification), %%preview (overlay.c, worker/preview.c: mount
 * namespaces), files that %undo keeps (kept.c, undo_files.c: openat2, reflinks), checkpoints
 * (checkpoints.c, worker/checkpoint.c, fork_away.c, descriptors.c: what a fork leaves behind,
 * /proc), and what is known of processes (base/proc.c, front/process_tree.c: /proc).
 * tests/sandbox/test_rooms.py holds everything else to this. */
#ifndef SAFEPYRUN_PLATFORM_H
#define SAFEPYRUN_PLATFORM_H

#include <limits.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A descriptor that is readable once the process has ended; -1 with errno. */
static inline int platform_watch_process(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Is that the number of a thread of this process? */
static inline bool platform_has_thread(long thread)
{
    char task[64];

    snprintf(task, sizeof task, "/proc/self/task/%ld", thread);
    return access(task, F_OK) == 0;
}

/* From now on this process is killed when the thread that started it ends. It may have ended
 * already: see getppid(). */
static inline void platform_end_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* The end of this process, whether somebody is there to hear of it or not. Who ends on the floor
 * tells the front first; once that has gone the call fails, upon which newer C libraries crash in
 * their _exit. */
static inline _Noreturn void platform_exit(int status)
{
    syscall(SYS_exit_group, status);
    for (;;)
        syscall(SYS_exit, status);
}

/* From now on descendants whose parent ends are children of this process. */
static inline void platform_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Have the two processes one and the same memory? */
static inline bool platform_share_memory(pid_t one, pid_t other)
{
    return syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0;
}

/* What was freed, and lies where the heap does not end, goes back to the system. Any thread. */
static inline void platform_trim_memory(void)
{
    malloc_trim(0);
}

/* A file without a name, for this process and those it is handed to; `fixed`: its size can be fixed
 * (fcntl, F_ADD_SEALS). Closed by exec; -1 with errno. */
static inline int platform_memory_file(const char *name, bool fixed)
{
    return memfd_create(name, MFD_CLOEXEC | (fixed ? MFD_ALLOW_SEALING : 0));
}

/* A descriptor that is readable from the first byte written to it (8 at a time) until it is read;
 * closed by exec, never blocks; -1 with errno. */
static inline int platform_flag(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* Sleep until somebody wakes those at `word`, in whatever process, at most `most`; not at all when
 * it is not `value` any more. */
static inline void platform_sleep_at(const void *word, uint32_t value, const struct timespec *most)
{
    syscall(SYS_futex, word, FUTEX_WAIT, value, most, NULL, 0);
}

static inline void platform_wake_at(const void *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* A descriptor that is readable when one of `signals`, which every thread blocks, has come; closed
 * by exec, never blocks; -1 with errno. */
static inline int platform_watch_signals(const sigset_t *signals)
{
    return signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The next signal that came to it; 0: no other. */
static inline int platform_next_signal(int fd)
{
    struct signalfd_siginfo info;

    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

/* What a link of the system says, ended by 0. False: there is none, or it is too long. */
static inline bool platform_read_link(const char *link, char *out, size_t size)
{
    ssize_t length = readlink(link, out, size);
    bool fits = length > 0 && (size_t)length < size;

    out[fits ? length : 0] = 0;
    return fits;
}

/* Where this program lies. */
static inline bool platform_program(char *out, size_t size)
{
    return platform_read_link("/proc/self/exe", out, size);
}

/* What a descriptor is open on, when that has a path. */
static inline bool platform_path_of(int fd, char *out, size_t size)
{
    char link[32];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return platform_read_link(link, out, size) && *out == '/';
}

#endif
