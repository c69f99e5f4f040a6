"""Programs, signals and limits: what native code may do to other processes. The effect is looked for."""
import errno
import os
import signal

import pytest
from held import NUMBERS
from raw_kernel import wait_until

AT_FDCWD, PRIO_PROCESS, PRIO_USER, RLIMIT_CORE = -100, 0, 2, 4


@pytest.fixture
def script(shared):
    "A program whose effect is a file that cells may make."
    made, program = shared.ok / "made", shared.ok / "program"
    made.unlink(missing_ok=True)
    program.write_text(f"#!/usr/bin/touch {made}\n")
    program.chmod(0o755)
    return program, made


@pytest.mark.parametrize("how", ["child", "grandchild"])
@pytest.mark.parametrize("name", ["execve", "execveat"])
def test_no_program_is_started(shared, script, name, how):
    program, made = script
    arguments = (program, 0, 0) if name == "execve" else (AT_FDCWD, program, 0, 0, 0)
    code = f"rawcall.call({how!r}, {NUMBERS[name]}, {', '.join(repr(os.fsencode(a) if a is program else a) for a in arguments)})"
    cell = shared.good(code)
    assert cell.plain == str(-errno.EACCES) and not made.exists()
    line, = cell.stream("stderr").splitlines()
    assert line.startswith(f"Refused: {name} of {program}") and line.endswith("to permit it: %%trusted")
    shared.run(f"%%trusted\n{code}")  # what it starts has no result to give
    assert wait_until(made.exists)


def test_a_program_that_is_not_there_is_not_there(shared):
    assert shared.raw("execve", shared.ok / "missing", 0, 0, how="child") == -errno.ENOENT
    assert shared.raw("execve", shared.ok, 0, 0, how="child") == -errno.EACCES


@pytest.mark.parametrize("how", ["here", "thread", "child", "grandchild"])
def test_others_get_no_signal(shared, other, how):
    pid = other.pid
    assert shared.raw("kill", pid, signal.SIGKILL, how=how) == -errno.EPERM
    assert shared.raw("tkill", pid, signal.SIGKILL, how=how) == -errno.EPERM
    assert shared.raw("tgkill", pid, pid, signal.SIGKILL, how=how) == -errno.EPERM
    assert shared.raw("rt_sigqueueinfo", pid, signal.SIGKILL, bytes(128), how=how) == -errno.EPERM
    assert shared.raw("kill", shared.process.pid, signal.SIGTERM, how=how) == -errno.EPERM
    assert shared.raw("kill", -1, signal.SIGTERM, how=how) == -errno.EPERM
    assert shared.raw("kill", -os.getpgid(pid), signal.SIGTERM, how=how) == -errno.EPERM
    assert shared.raw("kill", pid, 0, how=how) == 0  # is it there?
    assert shared.raw("kill", 2**22 + 1, signal.SIGTERM, how=how) == -errno.ESRCH
    assert other.poll() is None and shared.alive


def test_others_get_no_signal_by_a_descriptor(shared, other):
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["pidfd_open"]}, {other.pid}, 0)
sent = rawcall.call("here", {NUMBERS["pidfd_send_signal"]}, fd, 9, 0, 0)
rawcall.call("here", {NUMBERS["close"]}, fd)
own = rawcall.call("here", {NUMBERS["pidfd_open"]}, os.getpid(), 0)
sent, rawcall.call("here", {NUMBERS["pidfd_send_signal"]}, own, 0, 0, 0), rawcall.call("here", {NUMBERS["close"]}, own)""")
    assert cell.plain == f"({-errno.EPERM}, 0, 0)"
    assert other.poll() is None


def test_the_process_itself_and_its_children_get_signals(shared):
    pid = shared.worker
    assert shared.raw("tgkill", pid, pid, signal.SIGCHLD) == 0
    assert shared.raw("kill", pid, signal.SIGCHLD, how="thread") == 0
    assert shared.raw("kill", 0, signal.SIGCHLD) == 0
    child = int(shared.good("rawcall.child()").plain)
    assert shared.raw("kill", child, signal.SIGKILL) == 0
    assert shared.raw("wait4", child, 0, 0, 0) == child


def test_limits_and_priorities_of_others_stay(shared, other):
    before = os.getpriority(os.PRIO_PROCESS, other.pid), os.sched_getaffinity(other.pid)
    new = (0).to_bytes(8, "little") * 2
    assert shared.raw("prlimit64", other.pid, RLIMIT_CORE, new, 0) == -errno.EPERM
    assert shared.raw("prlimit64", shared.process.pid, RLIMIT_CORE, new, 0) == -errno.EPERM
    assert shared.raw("prlimit64", other.pid, RLIMIT_CORE, 0, bytes(16)) == 0
    assert shared.raw("setpriority", PRIO_PROCESS, other.pid, 19) == -errno.EPERM
    assert shared.raw("setpriority", PRIO_USER, 0, 19) == -errno.EPERM
    assert shared.raw("sched_setaffinity", other.pid, 8, (1).to_bytes(8, "little")) == -errno.EPERM
    assert (os.getpriority(os.PRIO_PROCESS, other.pid), os.sched_getaffinity(other.pid)) == before
    assert shared.raw("sched_setaffinity", shared.worker, 8, (3).to_bytes(8, "little")) == 0
    assert shared.raw("setpriority", PRIO_PROCESS, 0, 0) == 0
