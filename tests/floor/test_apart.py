"""The front is by itself: cells do not read it, and one call that takes long holds up no other."""
import errno
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from built import kernel_command
from held import NUMBERS
from raw_kernel import RawKernel

SOMEBODY = 65534
PEEK = """%%trusted
import os
front, seen = os.getppid(), []
for name in ("mem", "environ", "maps", "fd", "fdinfo", "cwd", "syscall", "stack"):
    try:
        path = f"/proc/{front}/{name}"
        seen.append((name, os.readlink(path) if name == "cwd" else os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(64)))
    except OSError:
        pass
print(seen)"""


def is_for_all(path):
    "May anybody come to it?"
    return all(parent.stat().st_mode & 0o001 for parent in Path(path).resolve().parents)


@pytest.fixture(scope="module")
def unprivileged():
    "A kernel of somebody who may not do everything, with a folder of theirs."
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    if not is_for_all(kernel_command()[0]) or not is_for_all(sys.executable):
        pytest.skip("the build or its Python lies where nobody else may look")
    folder = Path(tempfile.mkdtemp(prefix="apart-"))
    os.chown(folder, SOMEBODY, -1)
    kernel = None
    try:
        kernel = RawKernel(folder / "kernel", "--magics", "open", as_user=SOMEBODY, environment={"HOME": str(folder)})
        kernel.folder = folder
        yield kernel
    finally:
        if kernel:
            kernel.stop()
        shutil.rmtree(folder)


def test_the_fronts_memory_is_not_read(unprivileged):
    cell = unprivileged.run(PEEK)
    assert cell.stream() == "[]\n", cell.traceback


def test_what_needs_the_front_to_look_at_itself_goes_on(unprivileged):
    out = unprivileged.folder / "out"
    out.mkdir()
    os.chown(out, SOMEBODY, -1)
    assert unprivileged.run(f"%ok_dests {out}\n%limits memory=4G files=1G\nopen('{out}/a', 'w').write('x')").plain == "1"
    assert (out / "a").read_text() == "x"
    assert unprivileged.run(f"%%preview\nopen('{out}/b', 'w').write('x')").reply["status"] == "ok"
    assert not (out / "b").exists()
    assert unprivileged.run("%checkpoint").reply["status"] == "ok"
    assert unprivileged.run("x = 5").reply["status"] == "ok"


@pytest.mark.parametrize("name", ["process_vm_readv", "process_vm_writev", "ptrace"])
def test_calls_that_reach_into_other_processes_are_refused(shared, name):
    assert shared.raw(name, shared.process.pid, 0, 0, 0, 0, 0) == -errno.EPERM


def test_an_open_that_waits_holds_up_no_other(shared):
    """A lease makes an open wait for its holder, as a file system over a network waits for its server. It holds up the thread that
    made it, and nobody else: not even with as many of them as there are threads to answer."""
    slow = [shared.ok / f"slow{i}" for i in range(6)]
    held = []
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        for path in slow:
            path.write_text("")
            held.append(os.open(path, os.O_RDONLY))
            fcntl.fcntl(held[-1], fcntl.F_SETLEASE, fcntl.F_RDLCK)
        shared.good("import threading\nopened = []\n"
                    f"def write(path):\n    fd = rawcall.call('here', {NUMBERS['open']}, path, {os.O_WRONLY}, 0)\n"
                    "    opened.append(fd)\n"
                    f"waiting = [threading.Thread(target=write, args=(p,)) for p in {[os.fsencode(p) for p in slow]!r}]\n"
                    "for t in waiting: t.start()")
        for i in range(20):
            shared.good(f"open('{shared.ok}/quick{i}', 'w').write('x')")
        assert shared.run("len(opened)").plain == "0"
        assert all((shared.ok / f"quick{i}").read_text() == "x" for i in range(20))
    finally:
        for fd in held:
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            os.close(fd)
        signal.signal(signal.SIGIO, before)
    assert shared.good("for t in waiting: t.join(20)\nlen(opened), min(opened) > 2").plain == "(6, True)"


def test_many_threads_open_at_once(shared):
    shared.good(f"""
import threading
wrong = []
def many(n):
    for i in range(50):
        with open(f"{shared.ok}/t{{n}}", "a") as f: f.write("x")
        try:
            open("{shared.out}/no", "w")
            wrong.append(n)
        except OSError: pass
threads = [threading.Thread(target=many, args=(n,)) for n in range(64)]
for t in threads: t.start()
for t in threads: t.join()""")
    assert shared.run("wrong").plain == "[]" and list(shared.out.iterdir()) == []
    assert all((shared.ok / f"t{n}").read_text() == "x" * 50 for n in range(64))
