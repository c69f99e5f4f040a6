"""The rest of the table of calls: those that reach other processes' scheduling, calls of another architecture, files without a
name, folders that are gone, and what native code does when no cell runs."""
import errno
import os
import platform
import re
import signal
import stat
import struct
import subprocess
from pathlib import Path

import pytest
from held import NUMBERS
from raw_kernel import wait_until

AT_FDCWD = -100
TESTS = Path(__file__).parent
TABLE = Path(__file__).parents[2] / "kernel" / "front" / "floor_table.c"


@pytest.fixture
def other():
    process = subprocess.Popen(["sleep", "100"])
    yield process
    process.kill()
    process.wait()


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
