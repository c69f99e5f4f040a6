"""The rest of the table of calls: those that reach other processes' scheduling, calls of another architecture, files without a
name, folders that are gone, and what native code does when no cell runs."""
import errno
import os
import platform
import re
import signal
import stat
import struct
from pathlib import Path

import pytest
from held import NUMBERS
from raw_kernel import wait_until
from test_without_files import mine

AT_FDCWD = -100
TESTS = Path(__file__).parent
TABLE = Path(__file__).parents[2] / "kernel" / "front" / "floor_table.c"
FILTER = TABLE.parent / "floor_filter.c"


def test_every_call_of_the_table_is_tried():
    calls = set(re.findall(r"ROW(?:_WHEN)?\((\w+),", TABLE.read_text())) - {"call", "exit_group"}  # who ends is heard, not judged
    tried = "\n".join(path.read_text() for path in TESTS.glob("*.[pc]*"))
    assert len(calls) > 50 and [name for name in sorted(calls) if not re.search(rf"\b{name}\b", tried)] == []


def test_scheduling_of_others_stays(shared, other):
    before = os.sched_getscheduler(other.pid), os.sched_getparam(other.pid).sched_priority, os.sched_getaffinity(other.pid)
    attributes = struct.pack("=IIQiIQQQ", 48, 3, 0, 0, 0, 0, 0, 0)
    for pid in other.pid, shared.process.pid:
        assert shared.raw("sched_setscheduler", pid, 3, bytes(4)) == -errno.EPERM
        assert shared.raw("sched_setparam", pid, bytes(4)) == -errno.EPERM
        assert shared.raw("sched_setattr", pid, attributes, 0) == -errno.EPERM
        assert shared.raw("ioprio_set", 1, pid, 3 << 13) == -errno.EPERM
    assert (os.sched_getscheduler(other.pid), os.sched_getparam(other.pid).sched_priority, os.sched_getaffinity(other.pid)) == before
    assert shared.raw("ioprio_set", 1, 0, 2 << 13 | 4) == 0


def test_a_queued_signal_to_a_thread_of_others(shared, other):
    assert shared.raw("rt_tgsigqueueinfo", other.pid, other.pid, signal.SIGKILL, bytes(128)) == -errno.EPERM
    assert other.poll() is None


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other architectures have none")
def test_calls_of_another_architecture_are_refused(shared):
    x32, mkdir_32 = 0x40000000, 39
    assert shared.good(f"rawcall.call('here', {x32 | NUMBERS['mkdir']}, {os.fsencode(shared.out / 'x32')!r}, 0o755)").plain == "-1"
    assert shared.good(f"rawcall.foreign({mkdir_32}, 0, 0)").plain in ("-1", "-38")
    assert list(shared.out.glob("x32")) == [] and shared.works


OWNER = {"chown": lambda f: (f, 1, 1), "lchown": lambda f: (f, 1, 1), "fchownat": lambda f: (AT_FDCWD, f, 1, 1, 0)}
ATTRIBUTES = {"removexattr": lambda f: (f, b"user.there"), "lremovexattr": lambda f: (f, b"user.there")}


def make(folder, name):
    file = folder / name
    file.write_text("mine")
    try:
        os.setxattr(file, "user.there", b"1")
    except OSError:
        pass  # a file system without them: then there is none to be removed
    return file


@pytest.mark.parametrize("name", [*OWNER, *ATTRIBUTES])
def test_owner_and_attributes(shared, name):
    inside, outside = make(shared.ok, name), make(shared.out, name)
    before = outside.stat(), os.listxattr(outside)
    arguments = {**OWNER, **ATTRIBUTES}[name]
    assert shared.raw(name, *arguments(outside)) == -errno.EACCES
    assert (outside.stat(), os.listxattr(outside)) == before
    may = os.geteuid() == 0 if name in OWNER else os.listxattr(inside) != []
    done = shared.raw(name, *arguments(inside))
    assert done == 0 if may else done < 0
    assert not may or (inside.stat().st_uid == 1 if name in OWNER else os.listxattr(inside) == [])
    outside.unlink()
    inside.unlink()


@pytest.mark.parametrize("name", ["fchown", "fremovexattr"])
def test_the_same_by_a_descriptor_for_reading(shared, name):
    file = make(shared.out, name)
    before = file.stat(), os.listxattr(file)
    rest = "1, 1" if name == "fchown" else "b'user.there'"
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(file)!r}, 0)
done = rawcall.call("here", {NUMBERS[name]}, fd, {rest})
rawcall.call("here", {NUMBERS["close"]}, fd)
done""")
    assert int(cell.plain) == -errno.EACCES and (file.stat(), os.listxattr(file)) == before
    file.unlink()


def test_a_file_without_a_name_gets_one_below_a_destination_alone(shared):
    names = [shared.ok / "named", shared.out / "named"]
    made, first, second = eval(shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.ok)!r}, {os.O_TMPFILE | os.O_RDWR}, 0o600)
link = b"/proc/self/fd/%d" % fd
tries = [rawcall.call("here", {NUMBERS["linkat"]}, {AT_FDCWD}, link, {AT_FDCWD}, name, 0x400) for name in {list(map(os.fsencode, names))!r}]
rawcall.call("here", {NUMBERS["close"]}, fd)
fd, *tries""").plain)
    assert shared.raw("open", shared.out, os.O_TMPFILE | os.O_RDWR, 0o600) == -errno.EACCES
    assert made >= 0 and first == 0 and names[0].exists() and second < 0 and not names[1].exists()


def test_in_a_folder_that_is_gone(shared):
    gone = shared.ok / "gone"
    gone.mkdir()
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(gone)!r}, {os.O_DIRECTORY})
os.rmdir({str(gone)!r})
tries = (rawcall.call("here", {NUMBERS["openat"]}, fd, b"new", {os.O_CREAT | os.O_WRONLY}, 0o600),
         rawcall.call("here", {NUMBERS["mkdirat"]}, fd, b"new", 0o700))
rawcall.call("here", {NUMBERS["close"]}, fd)
tries""")
    assert all(number < 0 for number in eval(cell.plain)) and not gone.exists()


def test_after_a_cell_its_threads_are_held_as_well(shared):
    "A thread that goes on when the cell has ended, and no other runs."
    trigger, told = shared.ok / "trigger", shared.ok / "told"
    shared.good(f"""
import threading, time
def later():
    while not os.path.exists({str(trigger)!r}):
        time.sleep(0.01)
    done = [rawcall.call(how, {NUMBERS["open"]}, {os.fsencode(shared.out / "later")!r}, {os.O_CREAT | os.O_WRONLY}, 0o600)
            for how in ("here", "thread", "child", "grandchild")]
    with open({str(told)!r}, "w") as file:
        file.write(repr(done))
threading.Thread(target=later, daemon=True).start()""")
    trigger.write_text("")
    assert wait_until(lambda: told.exists() and told.stat().st_size, 20)
    assert told.read_text() == repr([-errno.EACCES] * 4) and not (shared.out / "later").exists()
    assert stat.S_ISDIR(shared.out.stat().st_mode) and shared.works


# What only reads, computes, waits, or acts on what the caller has already (its memory, its descriptors, its own process).
FREE = set("""
read write close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 pwrite64 readv writev
access pipe select sched_yield mremap msync mincore madvise dup dup2 pause nanosleep getitimer alarm setitimer getpid sendfile socket accept
recvfrom recvmsg shutdown getsockname getpeername socketpair setsockopt getsockopt fork vfork exit wait4 uname flock fsync fdatasync
ftruncate getdents getcwd chdir fchdir readlink gettimeofday getrlimit getrusage sysinfo times getuid getgid setuid setgid geteuid getegid
setpgid getppid getpgrp setsid setreuid setregid getgroups setgroups setresuid getresuid setresgid getresgid getpgid setfsuid setfsgid getsid
capget capset rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack personality statfs fstatfs getpriority sched_getparam sched_getscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval mlock munlock mlockall munlockall modify_ldt arch_prctl setrlimit sync
gettid readahead getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr time futex sched_getaffinity set_thread_area get_thread_area
io_setup io_destroy io_getevents io_submit io_cancel epoll_create epoll_ctl_old epoll_wait_old remap_file_pages getdents64 set_tid_address
restart_syscall fadvise64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete clock_gettime clock_getres clock_nanosleep
epoll_wait epoll_ctl mbind set_mempolicy get_mempolicy waitid ioprio_get inotify_init inotify_add_watch inotify_rm_watch newfstatat
readlinkat faccessat pselect6 ppoll set_robust_list get_robust_list splice tee sync_file_range vmsplice epoll_pwait signalfd timerfd_create
eventfd fallocate timerfd_settime timerfd_gettime accept4 signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev recvmmsg
name_to_handle_at syncfs getcpu kcmp sched_getattr seccomp getrandom memfd_create membarrier mlock2 copy_file_range preadv2 pwritev2
pkey_mprotect pkey_alloc pkey_free statx io_pgetevents rseq pidfd_open close_range faccessat2 epoll_pwait2 landlock_create_ruleset
landlock_add_rule landlock_restrict_self memfd_secret futex_waitv set_mempolicy_home_node cachestat map_shadow_stack futex_wake futex_wait
futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal getxattrat listxattrat file_getattr listns
rseq_slice_yield fanotify_mark shmdt fstatat sync_file_range2
mq_timedsend mq_timedreceive mq_notify mq_getsetattr
process_mrelease
ustat sysfs uselib lookup_dcookie _sysctl create_module get_kernel_syms query_module nfsservctl getpmsg putpmsg afs_syscall tuxcall security
vserver uretprobe uprobe
""".split())  # mq_*: on a queue that is open; process_mrelease: of a process that is ending; those of the last lines Linux no longer has


def test_every_call_of_linux_was_decided_about():
    "Each is free, or asked about, or refused, by a table; what is newer than the last that was looked at, the system does not have."
    tables = TABLE.read_text() + FILTER.read_text()
    held = set(re.findall(r"ROW(?:_WHEN)?\((\w+),", tables)) | {name.lower() for name in re.findall(r"(?:SCMP_SYS\(|NR_)(\w+)", tables)}
    last = int(re.search(r"NR_LAST = (\d+)", tables)[1])
    assert {name for name, number in NUMBERS.items() if number <= last} - FREE - held == set()
    assert FREE & held == set()


def test_pages_of_others_stay_where_they_are(shared, other):
    assert shared.raw("migrate_pages", other.pid, 8, bytes(8), bytes(8)) == -errno.EPERM
    assert shared.raw("move_pages", other.pid, 0, 0, 0, 0, 0) == -errno.EPERM


COMMANDS = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541c, "FS_IOC_SETFLAGS": 0x40086602, "FS_IOC_FSSETXATTR": 0x401c5820, "FS_IOC_SETVERSION": 0x40087602,
            "FS_IOC_ENABLE_VERITY": 0x40806685, "FS_IOC_SET_ENCRYPTION_POLICY": 0x800c6613, "FIFREEZE": 0xc0045877, "FITHAW": 0xc0045878,
            "BTRFS_IOC_SUBVOL_CREATE": 0x5000940e, "BTRFS_IOC_SUBVOL_CREATE_V2": 0x50009418, "BTRFS_IOC_SNAP_CREATE": 0x50009401,
            "BTRFS_IOC_SNAP_CREATE_V2": 0x50009417, "BTRFS_IOC_SNAP_DESTROY": 0x5000940f, "BTRFS_IOC_SNAP_DESTROY_V2": 0x5000943f,
            "BTRFS_IOC_SUBVOL_SETFLAGS": 0x4008941a, "BTRFS_IOC_DEFAULT_SUBVOL": 0x40089413}


@pytest.mark.parametrize("how", ["here", "grandchild"])
def test_a_descriptor_for_reading_changes_no_file_by_a_command(shared, how):
    "On a folder of the floor's own, where root might; each would be answered in another way by the system itself."
    assert set(COMMANDS) == set(re.findall(r"SCMP_SYS\(ioctl\), 1, (\w+)\}", FILTER.read_text()))
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.out)!r}, 0)
answers = {{rawcall.call({how!r}, {NUMBERS["ioctl"]}, fd, command | upper, 0) for command in {list(COMMANDS.values())!r} for upper in (0, 1 << 32)}}
reads = rawcall.call("here", {NUMBERS["ioctl"]}, fd, 0x80086601, bytes(8))  # FS_IOC_GETFLAGS
rawcall.call("here", {NUMBERS["close"]}, fd)
answers, reads != {-errno.EPERM}""")
    assert cell.plain == f"({{{-errno.EPERM}}}, True)"


@pytest.mark.parametrize("how", ["here", "grandchild"])
def test_the_systems_log_is_not_taken_away(shared, how):
    for action in (2, 4, 5, 6, 7, 8):
        assert shared.raw("syslog", action, 0, 0, how=how) == -errno.EPERM
    assert shared.raw("syslog", 10, 0, 0, how=how) == mine("syslog", 10, 0, 0)  # how large it is


def test_a_preview_reaches_nobody_by_what_is_no_file(shared, other):
    "It has a file system of its own, which does not hold these."
    key = 0x5AFD0000 | os.getpid() & 0xffff
    calls = {"shmget": (key, 4096, 0o1600), "semget": (key, 1, 0o1600), "msgget": (key, 0o1600), "shmctl": (0, 0, 0),
             "mq_open": (b"safepyrun-preview", 0o102, 0o600, 0), "mq_unlink": (b"safepyrun-preview",), "fcntl": (0, 8, other.pid), "listen": (0, 5)}
    for name, arguments in calls.items():
        cell = shared.run(f"%%preview\nimport rawcall\nprint(rawcall.call('here', {NUMBERS[name]}, {', '.join(map(repr, arguments))}))")
        assert cell.stream().split()[:1] in ([str(-errno.EACCES)], [str(-errno.EPERM)]), (name, cell.stream(), cell.traceback)
    assert shared.raw("shmget", key, 4096, 0o600) == -errno.ENOENT and shared.raw("msgget", key, 0o600) == -errno.ENOENT
