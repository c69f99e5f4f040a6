"""Each fault, many times, while a client goes on with its cells: no variable and no file is lost, nothing hangs.

    SAFEPYRUN_FAULTS=50 SAFEPYRUN_BUILD=build python -m pytest -s tests/soak/test_soak_faults.py

prints for each fault how long it took until the next cell was answered. Fewer by default: CI runs each five times.
"""
import contextlib
import os
import signal
import statistics
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
from processes import children  # noqa: E402
from raw_kernel import RawKernel, wait_until  # noqa: E402

TIMES = int(os.environ.get("SAFEPYRUN_FAULTS", 5))
TRUSTED = "%%trusted\nimport os, signal, ctypes, sys\n"
DIES = {  # cells that end their process
    "segmentation fault": TRUSTED + "ctypes.string_at(0)",
    "abort": TRUSTED + "os.abort()",
    "os._exit": TRUSTED + "os._exit(3)",
    "SIGKILL": TRUSTED + "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGTERM": TRUSTED + "signal.signal(signal.SIGTERM, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGTERM)",
    "C stack": TRUSTED + "COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\n"
                         "numbers = (ctypes.c_int * 2)(2, 1)\n"
                         "sort = ctypes.CDLL(None).qsort\nsys.setrecursionlimit(10 ** 9)\n"
                         "def deeper(a, b):\n    sort(numbers, 2, 4, COMPARE(deeper))\n    return 0\n"
                         "import resource; resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))\n"
                         "deeper(0, 0)",
}


class Session:
    "A kernel, what its variables should be, and a file that every cell adds to."

    def __init__(self, folder):
        self.kernel = RawKernel(folder / "kernel", "--magics", "open")
        self.file = folder / "file"
        self.expected, self.times = 0, []
        self.good(f"%ok_dests --add {folder}\nn, log, path = 0, [], {str(self.file)!r}\nopen(path, 'w').close()")

    def good(self, code):
        cell = self.kernel.run(code, timeout=60)
        assert cell.reply["status"] == "ok", cell.traceback
        return cell

    def work(self):
        "A cell whose state is kept when it has ended."
        self.expected += 1
        self.good("n += 1; log.append(n)\nwith open(path, 'a') as f: _ = f.write(f'{n}\\n')\n%checkpoint")

    def is_whole(self, began):
        assert self.good("n, len(log), log[-1:]").plain == str((self.expected, self.expected, [self.expected]))
        self.times.append((time.perf_counter() - began) * 1000)
        assert self.file.read_text().split() == [str(i + 1) for i in range(self.expected)]

    def told(self, fault):
        print(f"\n{fault:>20}: {len(self.times)} times, next answer after {statistics.median(self.times):.1f} ms "
              f"(median; {min(self.times):.1f} to {max(self.times):.1f})", end="")
        assert wait_until(lambda: len(children(self.kernel.process.pid)) <= 10), "no zombie, no checkpoint too many"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    session = Session(tmp_path_factory.mktemp("faults").resolve())
    yield session
    session.kernel.stop()


@pytest.fixture
def session(shared):
    shared.times.clear()
    return shared


@pytest.mark.parametrize("fault", DIES)
def test_a_cell_that_ends_its_process(session, fault):
    for _ in range(TIMES):
        session.work()
        began = time.perf_counter()
        cell = session.kernel.run(DIES[fault], timeout=60)
        assert cell.reply["ename"] == "WorkerDied", cell.traceback
        session.is_whole(began)
    session.told(fault)


def test_a_cell_that_takes_too_much_memory(session):
    session.good("%limits memory=300M")
    try:
        for _ in range(TIMES):
            session.work()
            began = time.perf_counter()
            cell = session.kernel.run("lost = bytearray(400_000_000)\nwhile True: lost[0] = 1", timeout=60)
            assert cell.reply["ename"] == "LimitExceeded" and "the limit memory=300M" in cell.reply["evalue"], cell.traceback
            session.kernel.run("del lost")
            session.is_whole(began)
        session.told("memory")
    finally:
        session.good("%limits memory=none")


def test_a_process_that_is_killed_from_outside(session):
    for _ in range(TIMES):
        session.work()
        msg_id = session.kernel.start_cell("while True: pass")
        began = time.perf_counter()
        os.kill(session.kernel.worker, signal.SIGKILL)
        assert session.kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
        session.is_whole(began)
    session.told("killed from outside")


def test_a_cell_that_no_interrupt_stops(session):
    for _ in range(TIMES):
        session.work()
        msg_id = session.kernel.start_cell("import re\nre.match('(a+)+$', 'a' * 40 + 'b')")
        began = time.perf_counter()
        for _ in range(3):
            session.kernel.request("interrupt_request", channel="control")
            assert session.kernel.reply("control")["content"]["status"] == "ok"
        assert session.kernel.finish_cell(msg_id).reply["status"] == "error"
        session.is_whole(began)
    session.told("no interrupt stops it")


def test_undo(session):
    for _ in range(TIMES):
        session.work()
        session.good("n = 'changed'; log.clear()")
        began = time.perf_counter()
        session.good("%undo")
        session.is_whole(began)
    session.told("%undo")


def test_undo_of_files(session):
    for _ in range(TIMES):
        session.work()
        session.good("n = 'changed'; open(path, 'w').write('changed'); open(path + '.new', 'w').write('new')")
        msg_id = session.kernel.ask("%undo --files", "y")
        began = time.perf_counter()
        assert session.kernel.finish_cell(msg_id).reply["status"] == "ok"
        session.is_whole(began)
        assert not Path(str(session.file) + ".new").exists()
    session.told("%undo --files")


def test_a_preview_that_dies(session):
    for _ in range(TIMES):
        session.work()
        began = time.perf_counter()
        cell = session.good("%%preview\nn = 'changed'; open(path, 'w').write('changed')\nimport faulthandler; faulthandler._sigsegv()")
        assert "Denied" in str(cell.messages) or "SIGSEGV" in str(cell.messages)
        session.is_whole(began)
    session.told("a preview that dies")


def test_checkpoints_that_are_killed(session):
    "The running process is untouched; what is lost is the way back."
    for _ in range(TIMES):
        session.work()
        began = time.perf_counter()
        front, worker = session.kernel.process.pid, session.kernel.worker
        for pid in map(int, Path(f"/proc/{front}/task/{front}/children").read_text().split()):
            if pid != worker:
                with contextlib.suppress(ProcessLookupError):  # it was let go meanwhile
                    os.kill(pid, signal.SIGKILL)
        session.is_whole(began)
    session.told("killed checkpoints")
