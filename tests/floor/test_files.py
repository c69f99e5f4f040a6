"""What native code does to files: nothing outside of ok_dests, everything below. The effect is looked for."""
import errno
import os
import stat
import struct
import time
from pathlib import Path

import pytest
from held import NUMBERS, Floor
from raw_kernel import wait_until

HOW = ("here", "thread", "child", "grandchild")
AT_FDCWD, AT_REMOVEDIR = -100, 0x200
TIMES = struct.pack("4q", 1000, 0, 1000, 0)


def snapshot(folder):
    "All that can be known of what lies in a folder: names, contents, modes, times, links, attributes."
    rows = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        s = path.lstat()
        content = (os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b"")
        extra = tuple(os.listxattr(path, follow_symlinks=False))
        rows[str(path.relative_to(folder))] = (s.st_mode, s.st_uid, s.st_gid, s.st_nlink, s.st_size, s.st_mtime_ns, content,
                                               extra)
    return rows


def fill(folder):
    "A file, an empty folder, a symlink."
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    (folder / "file").write_text("mine")
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("file")


# Each row: the call, and its arguments for a folder. What it does to the folder's files is what `snapshot` tells.
CALLS = {
    "open create": ("open", lambda d: (d / "new", os.O_CREAT | os.O_WRONLY, 0o644)),
    "open truncate": ("open", lambda d: (d / "file", os.O_WRONLY | os.O_TRUNC)),
    "open truncate for reading": ("open", lambda d: (d / "file", os.O_RDONLY | os.O_TRUNC)),
    "open through a link": ("open", lambda d: (d / "link", os.O_RDWR | os.O_TRUNC)),
    "openat create": ("openat", lambda d: (AT_FDCWD, d / "new", os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)),
    "creat": ("creat", lambda d: (d / "file", 0o644)),
    "unlink": ("unlink", lambda d: (d / "file",)),
    "unlinkat": ("unlinkat", lambda d: (AT_FDCWD, d / "link", 0)),
    "unlinkat folder": ("unlinkat", lambda d: (AT_FDCWD, d / "folder", AT_REMOVEDIR)),
    "rmdir": ("rmdir", lambda d: (d / "folder",)),
    "mkdir": ("mkdir", lambda d: (d / "new", 0o755)),
    "mkdirat": ("mkdirat", lambda d: (AT_FDCWD, d / "new", 0o755)),
    "mknod": ("mknod", lambda d: (d / "new", stat.S_IFIFO | 0o644, 0)),
    "mknodat": ("mknodat", lambda d: (AT_FDCWD, d / "new", stat.S_IFREG | 0o644, 0)),
    "symlink": ("symlink", lambda d: (b"file", d / "new")),
    "symlinkat": ("symlinkat", lambda d: (b"file", AT_FDCWD, d / "new")),
    "rename": ("rename", lambda d: (d / "file", d / "new")),
    "renameat": ("renameat", lambda d: (AT_FDCWD, d / "file", AT_FDCWD, d / "new")),
    "renameat2": ("renameat2", lambda d: (AT_FDCWD, d / "file", AT_FDCWD, d / "new", 1)),
    "link": ("link", lambda d: (d / "file", d / "new")),
    "linkat": ("linkat", lambda d: (AT_FDCWD, d / "file", AT_FDCWD, d / "new", 0)),
    "chmod": ("chmod", lambda d: (d / "file", 0o600)),
    "fchmodat": ("fchmodat", lambda d: (AT_FDCWD, d / "file", 0o600)),
    "truncate": ("truncate", lambda d: (d / "file", 1)),
    "utimensat": ("utimensat", lambda d: (AT_FDCWD, d / "file", TIMES, 0)),
    "utimes": ("utimes", lambda d: (d / "file", TIMES)),
    "utime": ("utime", lambda d: (d / "file", struct.pack("2q", 1000, 1000))),
    "futimesat": ("futimesat", lambda d: (AT_FDCWD, d / "file", TIMES)),
    "setxattr": ("setxattr", lambda d: (d / "file", b"user.x", b"1", 1, 0)),
    "lsetxattr": ("lsetxattr", lambda d: (d / "file", b"user.x", b"1", 1, 0)),
}


@pytest.mark.parametrize("how", HOW)
def test_every_call_is_held_outside(shared, how):
    fill(shared.out)
    before = snapshot(shared.out)
    results = {name: shared.raw(call, *arguments(shared.out), how=how) for name, (call, arguments) in CALLS.items()}
    assert snapshot(shared.out) == before
    assert {name: result for name, result in results.items() if result != -errno.EACCES} == {}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_has_its_effect_below_a_destination(shared, name):
    call, arguments = CALLS[name]
    fill(shared.ok)
    os.utime(shared.ok / "file", (5, 5))
    before = snapshot(shared.ok)
    result = shared.raw(call, *arguments(shared.ok), how="child")
    if call.endswith("setxattr") and result == -errno.EOPNOTSUPP:
        pytest.skip("this file system keeps no attributes")
    assert result >= 0
    assert snapshot(shared.ok) != before


def test_a_descriptor_opened_for_reading_changes_nothing(shared):
    fill(shared.out)
    before = snapshot(shared.out)
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.out / "file")!r}, 0)
[rawcall.call("here", {NUMBERS["fchmod"]}, fd, 0o777), rawcall.call("here", {NUMBERS["fchown"]}, fd, 1, 1),
 rawcall.call("here", {NUMBERS["utimensat"]}, fd, 0, {TIMES!r}, 0),
 rawcall.call("here", {NUMBERS["fsetxattr"]}, fd, b"user.x", b"1", 1, 0),
 rawcall.call("here", {NUMBERS["close"]}, fd)]""")
    assert cell.plain == "[-13, -13, -13, -13, 0]"
    assert snapshot(shared.out) == before


def test_a_file_that_is_given_the_owner_it_has_stays_as_it_is(shared):
    "Databases do it as root, to a journal that they opened for reading; nothing is refused that changes nothing."
    fill(shared.out)
    before, owner = snapshot(shared.out), (shared.out / "file").stat()
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.out / "file")!r}, 0)
answers = [rawcall.call("here", {NUMBERS["fchown"]}, fd, *pair) for pair in
           (({owner.st_uid}, {owner.st_gid}), (2 ** 32 - 1, {owner.st_gid}), ({owner.st_uid}, {owner.st_gid + 1}), ({owner.st_uid + 1}, 2 ** 32 - 1))]
rawcall.call("here", {NUMBERS["close"]}, fd)
answers""")
    assert cell.plain == f"[0, 0, {-errno.EACCES}, {-errno.EACCES}]"
    assert snapshot(shared.out) == before


@pytest.mark.parametrize("path", ["ok/../out/file", "ok/door/file", "ok/doorfile", "ok/hard"])
def test_no_way_round_leads_outside(shared, path):
    fill(shared.out)
    fill(shared.ok)
    (shared.ok / "door").symlink_to(shared.out)
    (shared.ok / "doorfile").symlink_to(shared.out / "file")
    os.link(shared.out / "file", shared.ok / "hard")
    target = shared.ok.parent / path
    before = (shared.out / "file").read_text(), (shared.out / "file").stat().st_mode
    assert shared.raw("open", target, os.O_WRONLY | os.O_TRUNC) == -errno.EACCES
    assert shared.raw("truncate", target, 0) == -errno.EACCES
    assert shared.raw("chmod", target, 0) == -errno.EACCES
    assert ((shared.out / "file").read_text(), (shared.out / "file").stat().st_mode) == before


def test_a_link_of_proc_leads_to_the_file_itself(shared):
    fill(shared.out)
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.out / "file")!r}, 0)
result = rawcall.call("here", {NUMBERS["open"]}, b"/proc/self/fd/%d" % fd, {os.O_WRONLY | os.O_TRUNC})
rawcall.call("here", {NUMBERS["close"]}, fd)
result""")
    assert cell.plain == "-13"
    assert (shared.out / "file").read_text() == "mine"


def test_shared_memory_of_others_stays_as_it_is(tmp_path, extension):
    theirs, mine = (Path("/dev/shm") / f"floor-test-{os.getpid()}-{name}" for name in ("theirs", "mine"))
    theirs.write_text("theirs")
    time.sleep(0.1)  # older than the session
    kernel = Floor(tmp_path, extension)
    try:
        for how in HOW:
            assert kernel.raw("open", theirs, os.O_RDWR | os.O_TRUNC, how=how) == -errno.EACCES
            assert kernel.raw("rename", theirs, mine, how=how) == -errno.EACCES
            assert kernel.raw("rename", kernel.ok, theirs, how=how) == -errno.EACCES
            assert kernel.raw("unlink", theirs, how=how) == -errno.EACCES
        assert theirs.read_text() == "theirs" and not mine.exists()
        for _ in range(2):  # new, and there
            assert kernel.raw("open", mine, os.O_CREAT | os.O_RDWR, 0o600) >= 0 and mine.exists()
        assert kernel.raw("unlink", mine) == 0 and not mine.exists()
    finally:
        kernel.stop()
        theirs.unlink()
        mine.unlink(missing_ok=True)


def test_errors_keep_their_meaning(shared):
    fill(shared.out)
    assert shared.raw("mkdir", shared.out / "folder", 0o755) == -errno.EEXIST
    assert shared.raw("open", shared.out / "missing", os.O_WRONLY) == -errno.ENOENT
    assert shared.raw("unlink", shared.out / "missing") == -errno.ENOENT
    assert shared.raw("unlink", shared.ok / "missing") == -errno.ENOENT
    assert shared.raw("rmdir", shared.ok / "missing") == -errno.ENOENT
    assert shared.raw("open", shared.ok, os.O_WRONLY) == -errno.EISDIR
    assert shared.raw("open", shared.ok / ("x" * 300), os.O_CREAT | os.O_WRONLY, 0o644) == -errno.ENAMETOOLONG
    assert shared.raw("open", 1, os.O_CREAT | os.O_WRONLY, 0o644) == -errno.EFAULT


def test_what_a_refusal_tells_of_its_folder_is_not_said_of_links_in_it(shared):
    "What is remembered of a folder outside holds for its files alone."
    fill(shared.out)
    fill(shared.ok)
    (shared.out / "doorfile").symlink_to(shared.ok / "file")
    (shared.out / "door").symlink_to(shared.ok)
    (shared.out / "loop").symlink_to("loop")
    writes, creates = os.O_WRONLY, os.O_WRONLY | os.O_CREAT
    for _ in range(2):
        assert shared.raw("open", shared.out / "file", writes) == -errno.EACCES
        assert shared.raw("open", shared.out / "doorfile", writes) >= 0
        assert shared.raw("open", shared.out / "door" / "file", writes) >= 0
        assert shared.raw("open", shared.out / "doorfile", writes | os.O_NOFOLLOW) in (-errno.EACCES, -errno.ELOOP)
        assert shared.raw("open", shared.out / "loop", writes) == -errno.ELOOP
        assert shared.raw("open", shared.out / "missing", writes) == -errno.ENOENT
        assert shared.raw("open", shared.out / "missing", creates, 0o600) == -errno.EACCES
        assert shared.raw("open", shared.out / "file" / "below", writes) == -errno.ENOTDIR
        assert shared.raw("open", shared.out / "file", creates | os.O_EXCL, 0o600) == -errno.EEXIST
    assert not (shared.out / "missing").exists()
    (shared.out / "door").unlink()
    (shared.out / "door").mkdir()
    assert shared.raw("open", shared.out / "door" / "file", creates, 0o600) == -errno.EACCES
    assert not list((shared.out / "door").iterdir())


def test_a_descriptor_is_as_it_was_asked_for(shared):
    fill(shared.ok)
    (shared.ok / "file").write_text("one\n")
    cell = shared.good(f"""
import fcntl
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.ok / "file")!r}, {os.O_WRONLY | os.O_APPEND})
wrote = rawcall.call("here", {NUMBERS["write"]}, fd, b"two", 3)
flags = rawcall.call("here", {NUMBERS["fcntl"]}, fd, 1)
kept = rawcall.call("here", {NUMBERS["fcntl"]}, rawcall.call("here", {NUMBERS["open"]}, b"/dev/null", {os.O_WRONLY | os.O_CLOEXEC}), 1)
rawcall.call("here", {NUMBERS["close"]}, fd)
wrote, flags, kept""")
    assert cell.plain == "(3, 0, 1)"
    assert (shared.ok / "file").read_text() == "one\ntwo"


def test_the_callers_umask_counts(shared):
    fill(shared.ok)
    old = shared.raw("umask", 0o077)
    shared.raw("open", shared.ok / "new", os.O_CREAT | os.O_WRONLY, 0o666)
    shared.raw("mkdir", shared.ok / "newfolder", 0o777)
    shared.raw("umask", old)
    shared.raw("open", shared.ok / "newer", os.O_CREAT | os.O_WRONLY, 0o666)
    assert stat.S_IMODE((shared.ok / "new").stat().st_mode) == 0o600
    assert stat.S_IMODE((shared.ok / "newfolder").stat().st_mode) == 0o700
    assert stat.S_IMODE((shared.ok / "newer").stat().st_mode) == 0o666 & ~old


def test_what_could_leave_the_floor_is_refused(shared):
    for name, *arguments in [("ptrace", 16, 1, 0, 0), ("io_uring_setup", 8, bytes(120)), ("unshare", 0x10000000),
                             ("mount", b"none", shared.ok, b"tmpfs", 0, 0), ("bpf", 0, 0, 0), ("keyctl", 0, 0),
                             ("process_vm_writev", 1, 0, 0, 0, 0, 0), ("userfaultfd", 0), ("setns", 0, 0),
                             ("perf_event_open", bytes(120), 0, -1, -1, 0)]:
        assert shared.raw(name, *arguments) == -errno.EPERM, name
    assert shared.raw("openat2", AT_FDCWD, shared.ok / "x", bytes(24), 24) == -errno.ENOSYS
    assert shared.raw("clone3", bytes(88), 88) == -errno.ENOSYS


def test_memory_of_processes_is_not_written(shared):
    assert shared.raw("open", b"/proc/self/mem", os.O_RDWR) == -errno.EACCES
    assert shared.raw("open", b"/proc/%d/mem" % shared.process.pid, os.O_RDWR) < 0


def test_devices_that_keep_nothing_pass(shared):
    for device in (b"/dev/null", b"/dev/zero", b"/dev/urandom"):
        assert shared.raw("open", device, os.O_RDWR) > 0


def test_a_wider_destination_does_not_cover_what_is_kept(shared):
    for place in (".git/hooks", ".venv/lib", "a/site-packages"):
        (shared.ok / place).mkdir(parents=True, exist_ok=True)
    (shared.ok / ".venv/pyvenv.cfg").write_text("home = /usr\n")
    for path in (".git/hooks/pre-commit", ".git/config", ".venv/lib/x.pth", "a/site-packages/x.pth", ".safepyrun.toml"):
        assert shared.raw("open", shared.ok / path, os.O_CREAT | os.O_WRONLY, 0o644) == -errno.EACCES, path
        assert not (shared.ok / path).exists()
    shared.good(f"%ok_dests --add {shared.ok / '.git/hooks'}")
    assert shared.raw("open", shared.ok / ".git/hooks/pre-commit", os.O_CREAT | os.O_WRONLY, 0o644) > 0
    shared.good(f"%ok_dests --remove {shared.ok / '.git/hooks'}")
    assert shared.raw("unlink", shared.ok / ".git/hooks/pre-commit") == -errno.EACCES


def test_destinations_are_live(floor):
    assert floor.raw("mkdir", floor.out / "new", 0o755) == -errno.EACCES
    floor.good(f"%ok_dests --add {floor.out}")
    assert floor.raw("mkdir", floor.out / "new", 0o755) == 0
    floor.good("%ok_dests --clear")
    assert floor.raw("rmdir", floor.out / "new") == -errno.EACCES
    assert floor.raw("mkdir", floor.ok / "new", 0o755) == -errno.EACCES


def test_dot_is_where_the_worker_is(floor):
    floor.good(f"%ok_dests .\n%cd -q {floor.out}")
    assert floor.raw("open", b"here", os.O_CREAT | os.O_WRONLY, 0o644) > 0
    assert floor.raw("open", floor.ok / "there", os.O_CREAT | os.O_WRONLY, 0o644) == -errno.EACCES
    assert (floor.out / "here").exists() and not (floor.ok / "there").exists()


def test_sixty_four_threads_open_at_once(floor):
    floor.good(f"""
import threading
def work(n):
    for i in range(20):
        name = b"%b/%d-%d" % ({os.fsencode(floor.ok)!r}, n, i)
        fd = rawcall.call("here", {NUMBERS["open"]}, name, {os.O_CREAT | os.O_WRONLY}, 0o644)
        rawcall.call("here", {NUMBERS["close"]}, fd)
threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
[t.start() for t in threads]; [t.join() for t in threads];""")
    assert len(list(floor.ok.iterdir())) == 64 * 20


def test_nothing_is_left_open_in_the_front(floor):
    def opened():
        return len(os.listdir(f"/proc/{floor.process.pid}/fd"))
    code = f"""
for i in range(2000):
    rawcall.call("here", {NUMBERS["close"]}, rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(floor.ok / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644))
    rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(floor.out / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644)"""
    floor.good("%limits checkpoints=0")  # each has a socket there
    floor.good(code)
    before = opened()
    floor.good(code)
    assert wait_until(lambda: opened() <= before), "a thread may just be closing what it looked at"
    assert len(os.listdir(f"/proc/{floor.worker}/fd")) < 100


def test_a_fifo_waits_without_holding_up_others(floor):
    os.mkfifo(floor.ok / "fifo")
    msg_id = floor.start_cell(f'rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(floor.ok / "fifo")!r}, {os.O_WRONLY})')
    subshell = floor.control("create_subshell_request")["subshell_id"]
    assert subshell  # the front answers
    with open(floor.ok / "fifo", "rb") as reader:
        cell = floor.finish_cell(msg_id)
        assert int(cell.plain) > 0
        assert reader is not None


def test_a_fifo_is_interrupted(floor):
    os.mkfifo(floor.ok / "fifo")
    msg_id = floor.start_cell(f'rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(floor.ok / "fifo")!r}, {os.O_WRONLY})')
    time.sleep(0.5)  # until it waits: native code that has not begun would not hear of it
    floor.signal()
    assert floor.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert floor.good("1 + 1").plain == "2"


def test_a_caller_that_dies_meanwhile(floor):
    os.mkfifo(floor.ok / "fifo")
    floor.start_cell(f'rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(floor.ok / "fifo")!r}, {os.O_WRONLY})')
    os.kill(floor.worker, 9)
    floor.reply()
    assert floor.works
