"""A child that C's own fork makes, which Python does not hear of: it goes on in the middle of the cell, with all that the
process has. Its effects are held, the session stays the parent's, and the child ends with it."""
import os

import pytest
from processes import children, is_alive
from raw_kernel import wait_until

FORK = "import ctypes, os\nlibc = ctypes.CDLL(None)\npid = libc.fork()\n"

TRIED = {
    "python writes": "open(OUT + '/new', 'w')",
    "python removes": "os.remove(OUT + '/there')",
    "C writes": "libc.open(os.fsencode(OUT + '/new'), 66, 0o600)",
    "C removes": "libc.unlink(os.fsencode(OUT + '/there'))",
    "C renames": "libc.rename(os.fsencode(OUT + '/there'), os.fsencode(OUT + '/new'))",
    "C runs a program": "libc.system(b'touch ' + os.fsencode(OUT + '/new'))",
    "C ends the kernel": "libc.kill(int(open('/proc/%d/stat' % os.getppid()).read().split()[3]), 9)",
    "a child of the child": "libc.fork() or libc.unlink(os.fsencode(OUT + '/there'))",
}


@pytest.mark.parametrize("what", TRIED)
def test_what_the_child_does_is_held(shared, what):
    (shared.out / "there").write_text("mine")
    worker = shared.worker
    code = (f"OUT = {str(shared.out)!r}\n{FORK}if not pid:\n    try:\n        {TRIED[what]}\n    finally:\n        libc._exit(0)\n"
            "libc.waitpid(pid, None, 0)\n'on'")
    cell = shared.run(code)
    assert cell.reply["status"] == "ok" and "'on'" in cell.plain
    assert [path.name for path in shared.out.iterdir()] == ["there"] and (shared.out / "there").read_text() == "mine"
    assert shared.worker == worker and shared.works


def test_only_the_parent_answers(shared):
    shared.good("count = 0")
    cell = shared.good(FORK + "count += 1\nprint('parent' if pid else 'child')\ncount")
    assert cell.plain == "1" and "parent\n" in cell.stream()
    assert [shared.good("count += 1\ncount").plain for _ in range(3)] == ["2", "3", "4"]


@pytest.mark.parametrize("does", ["while True: pass", "libc.pause()", "1 / 0", "os.abort()", "ctypes.string_at(0)"])
def test_however_the_child_goes_on_the_session_does(shared, does):
    worker = shared.worker
    shared.good(f"{FORK}if not pid:\n    {does}\nchild_of_c = pid")
    assert shared.good("child_of_c > 0").plain == "True"
    assert shared.worker == worker and shared.works


def test_a_child_that_signals_its_group_costs_no_more_than_the_process(shared):
    shared.run(f"{FORK}if not pid:\n    libc.kill(0, 15)\n    libc._exit(0)\nlibc.waitpid(pid, None, 0)")
    assert shared.alive and shared.works  # with what the last checkpoint knew


def test_the_children_end_with_the_session(floor):
    floor.good(f"{FORK}if not pid:\n    while True: libc.pause()")
    child = int(floor.good("pid").plain)
    below = children(floor.process.pid)
    assert child in below and is_alive(child)
    floor.client.shutdown()
    assert floor.ended(10)
    assert wait_until(lambda: not any(map(is_alive, below)))
    assert os.path.exists(floor.out)
