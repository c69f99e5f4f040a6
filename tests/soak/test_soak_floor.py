"""A hundred thousand calls that the floor is asked about: nothing is left behind in the front, or in the worker."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "floor"))
from held import NUMBERS, Floor, build_extension  # noqa: E402

OPENS, ROUNDS = 100_000, 10


def left_open(pid):
    return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))


def resident_pages(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def test_nothing_is_left_of_a_hundred_thousand_opens(tmp_path):
    kernel = Floor(tmp_path, build_extension(tmp_path))
    code = f"""
for i in range({OPENS // ROUNDS // 2}):
    rawcall.call("here", {NUMBERS["close"]}, rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(kernel.ok / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644))
    rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(kernel.out / "f")!r}, {os.O_CREAT | os.O_RDWR}, 0o644)"""
    try:
        for _ in range(2):  # until what is made once is made
            kernel.good(code)
        before = left_open(kernel.process.pid), left_open(kernel.worker)[0]
        pages = resident_pages(kernel.process.pid)
        for _ in range(ROUNDS):
            kernel.good(code)
        assert (left_open(kernel.process.pid), left_open(kernel.worker)[0]) == before
        assert resident_pages(kernel.process.pid) < pages + 1000  # 4 MB; 100,000 records would be 420 MB
    finally:
        kernel.stop()
