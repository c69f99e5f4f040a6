"""A hundred thousand calls that the floor is asked about: nothing is left behind in the front, or in the worker."""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "floor"))
from held import NUMBERS, Floor, build_extension  # noqa: E402

OPENS, ROUNDS = 100_000, 10


def left_open(kernel):
    "How many descriptors and threads the front has, and descriptors the worker."
    front = f"/proc/{kernel.process.pid}"
    return len(os.listdir(front + "/fd")), len(os.listdir(front + "/task")), len(os.listdir(f"/proc/{kernel.worker}/fd"))


def more_than(before, after):
    return any(now > then for then, now in zip(before, after))


def resident_pages(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def test_nothing_is_left_of_a_hundred_thousand_opens(tmp_path):
    kernel = Floor(tmp_path, build_extension(tmp_path))
    code = f"""
for i in range({OPENS // ROUNDS // 2}):
    rawcall.call("here", {NUMBERS["close"]}, rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(kernel.ok / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644))
    rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(kernel.out / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644)"""
    try:
        kernel.good("%limits checkpoints=0")  # each has a socket there
        for _ in range(2):  # until what is made once is made
            kernel.good(code)
        before = left_open(kernel)
        pages = resident_pages(kernel.process.pid)
        for _ in range(ROUNDS):
            kernel.good(code)
        until = time.monotonic() + 30  # threads that helped leave when they have nothing to do
        while more_than(before, after := left_open(kernel)) and time.monotonic() < until:
            time.sleep(0.1)
        assert not more_than(before, after), (before, after)
        assert resident_pages(kernel.process.pid) < pages + 1000  # 4 MB; 100,000 records would be 420 MB
    finally:
        kernel.stop()
