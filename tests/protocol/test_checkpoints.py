"""Checkpoints: %undo, and going on after a crash with the variables that were there."""
import ctypes
import os
import signal
import re
import time

import pytest

from processes import children, is_alive, worker
from raw_kernel import wait_until

CRASH = "%%trusted\nimport os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"


@pytest.fixture
def kernel(start):
    return start("--magics", "open")


def settle(kernel):
    "Run `%checkpoint` and wait for it: the state of now can be come back to."
    before = set(children(kernel.process.pid))
    cell = kernel.run("%checkpoint")
    assert cell.reply["status"] == "ok", cell.traceback
    wait_until(lambda: set(children(kernel.process.pid)) - before)


def test_undo_takes_back_what_the_last_cell_did(kernel):
    kernel.run("x = [1]; y = 'kept'")
    settle(kernel)
    kernel.run("x.append(2); del y; z = 3")
    undone = kernel.run("%undo")
    assert undone.reply["status"] == "ok", undone.traceback
    assert "Undone: what cell [3] did" in undone.stream()
    assert kernel.run("x, y, 'z' in globals()").plain == "([1], 'kept', False)"


def test_the_first_cell_can_be_undone(kernel):
    time.sleep(0.5)  # a person's first cell does not come with the start
    kernel.run("x = 1")
    cell = kernel.run("%undo")
    assert cell.reply["status"] == "ok", cell.traceback
    assert kernel.run("'x' in globals()").plain == "False"


def sent_together(kernel, *codes):
    "Their replies, in order."
    sent = [kernel.client.execute(code, allow_stdin=False) for code in codes]
    return [kernel.finish_cell(msg_id).reply for msg_id in sent]


def test_cells_that_follow_at_once_can_be_undone(kernel):
    "No moment goes by in which a checkpoint could be taken after the reply: it is taken before the cell."
    for n in range(10):
        time.sleep(0.5)  # what one may cost is credited by time
        replies = sent_together(kernel, f"x = {n}", "x = 'changed'", "%undo")
        assert [reply["status"] for reply in replies] == ["ok"] * 3, replies
        assert kernel.run("x").plain == str(n)


def test_what_the_cell_behind_a_checkpoint_does_at_once_is_not_in_it(kernel, tmp_path):
    "Both have the same open file, event and selector, which the cell changes while the checkpoint freezes."
    (tmp_path / "book").write_bytes(bytes(range(256)))
    kernel.run(f"import os, select\nbook = open({str(tmp_path / 'book')!r}, 'rb', buffering=0)\nevent = os.eventfd(0, os.EFD_NONBLOCK)\nepoll = select.epoll()")
    for n in range(8):
        time.sleep(0.5)
        replies = sent_together(kernel, f"x = {n}", "_ = book.read(5); os.eventfd_write(event, 1); epoll.register(event)", "%undo")
        assert [reply["status"] for reply in replies] == ["ok"] * 3, replies
        assert kernel.run("x, book.tell(), epoll.poll(0)").plain == f"({n}, 0, [])"
        assert kernel.run("os.eventfd_read(event)").reply["ename"] == "BlockingIOError"


def test_what_runs_in_a_queue_is_survived(kernel):
    "Given cells that were sent together, when the last one kills Python, what the others made is there."
    time.sleep(0.5)
    replies = sent_together(kernel, "a = [1]", "a.append(2)", "a.append(3)", CRASH)
    assert [reply["status"] for reply in replies] == ["ok"] * 3 + ["error"] and replies[3]["ename"] == "WorkerDied"
    assert kernel.run("a").plain == "[1, 2, 3]"


def test_the_count_and_in_go_on(kernel):
    kernel.run("a = 1")
    settle(kernel)
    kernel.run("a = 2")
    assert kernel.run("%undo").reply["execution_count"] == 4
    cell = kernel.run("a, In[3]")
    assert cell.reply["execution_count"] == 5
    assert cell.plain == "(1, 'a = 2')"


def test_undo_of_a_name(kernel):
    kernel.run("a = 1")
    kernel.run("%checkpoint before")
    kernel.run("a = 2")
    kernel.run("a = 3")
    assert kernel.run("%undo before").reply["status"] == "ok"
    assert kernel.run("a").plain == "1"


def test_undo_again(kernel):
    kernel.run("a = 1")
    settle(kernel)
    kernel.run("a = 2")
    settle(kernel)
    kernel.run("a = 3")
    assert kernel.run("%undo").reply["status"] == "ok"
    assert kernel.run("a").plain == "2"
    assert kernel.run("%undo 3").reply["status"] == "ok", "the cell that showed it, the checkpoint's, a = 2"
    assert kernel.run("a").plain == "1"


def test_undo_without_a_checkpoint_says_so(kernel):
    cell = kernel.run("%undo")
    assert cell.reply["ename"] == "UsageError"
    assert kernel.run("%undo nothing").reply["ename"] == "UsageError"
    assert kernel.run("1 + 1").plain == "2"


def test_a_crash_is_survived_with_the_variables(kernel):
    kernel.run("a = {'big': list(range(1000))}")
    settle(kernel)
    crash = kernel.run(CRASH)
    assert crash.reply["ename"] == "WorkerDied"
    assert "SIGSEGV" in crash.reply["evalue"] and "after cell [2]" in crash.reply["evalue"]
    assert kernel.run("len(a['big'])").plain == "1000"


def test_a_crash_shows_where_python_was(kernel):
    crash = kernel.run("%%trusted\nimport os, signal\ndef deep():\n    os.kill(os.getpid(), signal.SIGSEGV)\ndeep()")
    error = next(m["content"] for m in crash.messages if m["msg_type"] == "error")
    text = "\n".join(error["traceback"])
    assert "Segmentation fault" in text and "line 4 in deep" in text and "line 5 in" in text
    again = kernel.run("%%trusted\nimport os\nos._exit(3)")
    error = next(m["content"] for m in again.messages if m["msg_type"] == "error")
    assert "status 3" in error["evalue"] and "Segmentation" not in "".join(error["traceback"]), "of this death alone"


@pytest.mark.parametrize("end", ["%undo", CRASH], ids=["undo", "crash"])
def test_what_was_permitted_before_goes_on_to_hold(kernel, tmp_path, end):
    kernel.run(f"%ok_dests --add {tmp_path}\n%ok_hosts --add example.org:80")
    settle(kernel)
    if end == "%undo":
        kernel.run(f"%ok_dests --add {tmp_path.parent}\nx = 1")
    kernel.run(end)
    cell = kernel.run(f"open({str(tmp_path / 'file')!r}, 'w').write('text')")
    assert cell.reply["status"] == "ok", cell.traceback
    assert kernel.run(f"open({str(tmp_path.parent / 'file')!r}, 'w')").reply["ename"] == "Denied", "permitted by what is undone"
    assert "example.org" in kernel.run("%ok_hosts").stream()


def test_crash_after_crash(kernel):
    kernel.run("a = 1")
    settle(kernel)
    for _ in range(5):
        assert kernel.run(CRASH).reply["ename"] == "WorkerDied"
        assert kernel.run("a").plain == "1"
        time.sleep(0.1)


def test_what_a_fork_loses_is_put_right(kernel):
    kernel.run("import random, threading, asyncio, os, tempfile\n"
               "from concurrent.futures import ThreadPoolExecutor\n"
               "random.seed(7); pool = ThreadPoolExecutor(3); list(pool.map(len, ['a', 'b', 'c']))\n"
               "loop = asyncio.new_event_loop(); loop.run_until_complete(asyncio.sleep(0))\n"
               "local = threading.local(); local.x = 5\n"
               "file = open(os.__file__); line = file.readline()")
    kernel.run("await asyncio.sleep(0)")
    settle(kernel)
    expected = kernel.run("random.random(), file.readline(), threading.main_thread() is threading.current_thread()").plain
    assert kernel.run("%undo").reply["status"] == "ok"
    assert kernel.run("random.random(), file.readline(), threading.main_thread() is threading.current_thread()").plain == expected
    assert kernel.run("list(pool.map(len, ['ab', 'c'])), local.x").plain == "([2, 1], 5)"
    assert kernel.run("loop.run_until_complete(asyncio.sleep(0, 'done'))").plain == "'done'"
    assert kernel.run("await asyncio.sleep(0, 'awaited')").plain == "'awaited'"
    assert kernel.run("t = threading.Thread(target=print, args=('from a thread',)); t.start(); t.join()").stream() == \
        "from a thread\n"


def test_a_users_thread_stands_in_the_way(kernel):
    kernel.run("import threading\nstop = threading.Event(); t = threading.Thread(target=stop.wait, name='mine'); t.start()")
    cell = kernel.run("%checkpoint")
    assert cell.reply["ename"] == "UsageError" and "'mine'" in cell.reply["evalue"]
    kernel.run("stop.set(); t.join()")
    assert kernel.run("%checkpoint").reply["status"] == "ok"


def test_children_of_the_user_are_the_users(kernel):
    settle(kernel)
    assert kernel.run("%%trusted\nimport os\ntry:\n    os.wait()\nexcept ChildProcessError:\n    print('none')").stream() == "none\n"


def test_descriptors_of_a_checkpoint_do_not_hold_a_pipe_open(kernel):
    kernel.run("%%trusted\nimport subprocess\ncat = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)")
    settle(kernel)
    cell = kernel.run("%%trusted\ncat.stdin.close()\nprint(cat.wait(timeout=10))")
    assert cell.stream() == "0\n", cell.traceback


def test_only_so_many_are_kept_and_none_is_left(start):
    kernel = start("--magics", "open")
    for n in range(8):
        kernel.run(f"n = {n}")
        assert kernel.run("%checkpoint").reply["status"] == "ok"
        time.sleep(0.1)
    wait_until(lambda: len(children(kernel.process.pid)) <= 5)
    processes = children(kernel.process.pid)
    kernel.control("shutdown_request", restart=False)
    assert kernel.ended(5, processes)


def test_the_front_killed_takes_them_along(start):
    kernel = start("--magics", "open")
    settle(kernel)
    processes = children(kernel.process.pid)
    os.kill(kernel.process.pid, signal.SIGKILL)
    assert kernel.ended(5, processes)


@pytest.mark.parametrize("end", ["%undo 2", CRASH])
def test_subshells_go_on(kernel, end):
    """Given two subshells, one with a task that waits, when the process is taken back, then both are listed, run cells in the namespace
    of then, await, and are interrupted; what they had started is gone, and says nothing."""
    first, second = (kernel.control("create_subshell_request")["subshell_id"] for _ in range(2))

    def run(code, subshell=first):
        return kernel.collect(kernel.request("execute_request", {"code": code, "allow_stdin": False}, subshell=subshell), 30)

    run("x = ['first']\nimport asyncio, threading\nname = threading.current_thread().name")
    run("async def later():\n    await asyncio.sleep(3600)\n    x.append('late')\ntask = asyncio.ensure_future(later())")
    settle(kernel)
    run("x.append('second')", second)
    kernel.run("x.append('main')")
    cell = kernel.run(end, timeout=30)
    assert cell.reply["status"] == ("error" if end == CRASH else "ok"), cell.traceback
    assert set(kernel.control("list_subshell_request")["subshell_id"]) == {first, second}
    whole = ["first", "second", "main"]  # a crash goes back to the newest checkpoint, which may be of any of the cells
    assert kernel.run("x").plain in ([str(whole[:n]) for n in (1, 2, 3)] if end == CRASH else ["['first']"])
    for subshell in (first, second):
        cell = run("await asyncio.sleep(0.01)\nx.append('again')\n(x[-1], threading.current_thread().name == name)", subshell)
        assert cell.reply["status"] == "ok" and cell.plain == "('again', True)", cell.traceback
    assert run("await asyncio.wait_for(asyncio.to_thread(lambda: 5), 10)", second).plain == "5"
    waiting = kernel.request("execute_request", {"code": "import time\nwhile True: time.sleep(0.01)", "allow_stdin": False}, subshell=first)
    time.sleep(0.3)
    kernel.control("interrupt_request")
    assert kernel.collect(waiting, 30).reply["ename"] == "KeyboardInterrupt"
    assert kernel.control("delete_subshell_request", subshell_id=first) == {"status": "ok"}
    assert kernel.run("x.append(1)\nx[-1]").plain == "1"


def test_a_subshell_that_begins_is_not_cut(kernel):
    "A module that its thread was about to import would never be whole in the checkpoint."
    kernel.run("kept = 1")
    slow = kernel.run("%%trusted\nimport sys, time\nclass Slow:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n"
                      "        if name == '_weakrefset': time.sleep(0.2)\nsys.meta_path.insert(0, Slow)\n'threading' in sys.modules")
    assert slow.plain == "False", "else its thread has nothing to import"
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    settle(kernel)
    kernel.run(CRASH, timeout=30)
    cell = kernel.collect(kernel.request("execute_request", {"code": "import weakref, threading\nkept, weakref.WeakSet", "allow_stdin": False},
                                         subshell=subshell), 30)
    assert cell.reply["status"] == "ok" and cell.plain == "(1, _weakrefset.WeakSet)", cell.traceback or cell.plain


@pytest.mark.parametrize("work, why", [
    ("import polars as pl\npl.DataFrame({'a': range(1000)}).group_by('a').len()", "polars is in use"),
    ("import numba, numpy as np\n@numba.njit(parallel=True)\ndef f(a):\n    s = 0.\n    for i in numba.prange(len(a)): s += a[i]\n"
     "    return s\nnumba.config.THREADING_LAYER = 'omp'; f(np.ones(1000))", "numba with OpenMP is in use"),
])
def test_pools_that_survive_no_fork_are_named(start, work, why):
    kernel = start("--magics", "open")
    library = work.split()[1].rstrip(",")
    if kernel.finish_cell(kernel.start_cell(f"import {library}"), timeout=120).reply["status"] == "error":
        pytest.skip(f"{library} is not installed")
    assert kernel.run("%checkpoint").reply["status"] == "ok", "imported, but not yet at work"
    cell = kernel.finish_cell(kernel.start_cell(work), timeout=120)
    assert cell.reply["status"] == "ok", cell.traceback
    assert why in kernel.run("%checkpoint").reply["evalue"]


def test_the_list(kernel):
    kernel.run("a = 1")
    kernel.run("%checkpoint mine")
    time.sleep(0.2)
    shown = [m["content"]["data"] for m in kernel.run("%checkpoints").messages if m["msg_type"] == "display_data"]
    text = shown[0]["text/plain"]
    assert "mine" in text and "%undo mine" in text and "after cell [2]" in text
    assert re.search(r"\d+\.\d ms", text)


def test_undo_is_answered_once_and_in_order(kernel):
    settle(kernel)
    kernel.run("a = 1")
    cell = kernel.run("%undo")
    kinds = [m["msg_type"] for m in cell.messages]
    assert kinds == ["status", "execute_input", "stream", "status"]


LIBRARIES = """
import numpy as np, pandas as pd, sqlite3
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.cluster import KMeans
rng = np.random.default_rng(7)
A = rng.random((300, 300)); B = A @ A
X = rng.random((1500, 6)); y = (X[:, 0] > .5).astype(int)
fitted = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
frame = pd.DataFrame({"a": np.arange(10000) % 7, "b": rng.random(10000)}); means = frame.groupby("a").b.mean()
memory = sqlite3.connect(":memory:"); memory.execute("create table t(x)"); memory.execute("insert into t values (5)")
"""


def test_libraries_go_on_in_a_woken_checkpoint(kernel):
    assert kernel.finish_cell(kernel.start_cell(LIBRARIES), timeout=120).reply["status"] == "ok"
    time.sleep(0.3) # OpenBLAS's threads look for work for a moment
    settle(kernel)
    expected = kernel.run("rng.random(), memory.execute('select * from t').fetchall()").plain
    kernel.run("frame['c'] = 1; A[:] = 0")
    assert kernel.run("%undo 2").reply["status"] == "ok"
    assert kernel.run("rng.random(), memory.execute('select * from t').fetchall()").plain == expected
    assert kernel.run("np.allclose(A @ A, B), list(frame.columns), frame.groupby('a').b.mean().equals(means)").plain == \
        "(True, ['a', 'b'], True)"
    assert kernel.finish_cell(kernel.start_cell(
        "HistGradientBoostingClassifier(max_iter=5).fit(X, y).score(X, y) > .9, KMeans(3, n_init=1).fit(X).inertia_ > 0"), timeout=60).plain == "(True, True)"


def test_undo_says_which_files_it_does_not_undo(kernel, tmp_path):
    kernel.run(f"%ok_dests {tmp_path}")
    (tmp_path / "gone").write_text("x")
    settle(kernel)
    kernel.run(f"import os\nopen({str(tmp_path / 'new')!r}, 'w').write('n'); os.unlink({str(tmp_path / 'gone')!r})")
    told = kernel.run("%undo").stream()
    assert f"Not undone, on the disk:\n  made {tmp_path / 'new'}\n  removed {tmp_path / 'gone'}\n" in told
    settle(kernel)
    kernel.run("y = 1")
    assert "on the disk" not in kernel.run("%undo").stream(), "only what the undone cells did"


LOCKED = """import fcntl, os, tempfile, time
path = os.path.join(tempfile.mkdtemp(), 'locked')
file = open(path, 'w+')
fcntl.flock(file, fcntl.LOCK_EX)
file.write('one')
file.flush()
"""


def test_a_lock_ends_with_its_file_whatever_checkpoints_there_are(raw):
    """Given a file that is locked for as long as it is open (as every HDF5 file is), when it is closed after checkpoints were taken, then
    it can be opened and locked again: no frozen process holds it."""
    assert raw.run(LOCKED).reply["status"] == "ok"
    for _ in range(3):
        assert raw.run("time.sleep(0.1)").reply["status"] == "ok"
        assert raw.run("%checkpoint").reply["status"] == "ok"
    cell = raw.run("file.close()\nfile = open(path, 'a+')\nfcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\nfile.close()")
    assert cell.reply["status"] == "ok", cell.traceback


def test_a_locked_file_is_there_again_after_an_undo(start):
    """Given a locked file that was written to and closed since, when that is undone, then it is open at the same place, for reading and
    writing, and locked."""
    raw = start("--magics", "open")
    assert raw.run(LOCKED).reply["status"] == "ok"
    assert raw.run("%checkpoint here").reply["status"] == "ok"
    assert raw.run("file.write('two')\nfile.close()").reply["status"] == "ok"
    assert raw.run("%undo here").reply["status"] == "ok"
    cell = raw.run("print(file.closed, file.tell(), os.path.exists(path))\nfile.write('2')\nfile.flush()\nother = open(path)\n"
                   "print(other.read())\ntry: fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)\nexcept BlockingIOError: print('locked')")
    assert cell.stream().split() == ["False", "3", "True", "one2wo", "locked"], cell.stream() + cell.traceback


@pytest.fixture
def adopts():
    "Processes whose parent has ended are children of this one."
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1)
    yield
    ctypes.CDLL(None).prctl(set_child_subreaper, 0)


def test_they_end_quietly_when_nobody_is_there_any_more(kernel, adopts):
    "The floor asks the front about the end of a process: once the front is gone nobody answers."
    kernel.run("x = 1")
    settle(kernel)
    left = set(children(kernel.process.pid)) - {worker(kernel.process.pid)}
    kernel.process.kill()
    kernel.process.wait(10)
    assert wait_until(lambda: not any(map(is_alive, left)))
    statuses = []
    for pid in left:
        try:
            statuses.append(os.waitpid(pid, 0)[1])
        except ChildProcessError: # was on the way to a checkpoint: who started it has seen its end
            pass
    assert statuses and not any(map(os.WIFSIGNALED, statuses)), statuses
