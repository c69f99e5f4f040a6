"""What the kernel's front does when the worker, a frontend or a file does not keep pace or breaks."""
import os
import signal

import pytest

from raw_kernel import children, is_alive


@pytest.fixture
def stopped(start):
    "A kernel whose worker process is stopped; it goes on at the end."
    kernel = start()
    os.kill(kernel.worker, signal.SIGSTOP)
    yield kernel
    for pid in children(kernel.process.pid):
        os.kill(pid, signal.SIGCONT)


# ---- a worker that does not take part

def test_a_large_request_to_a_stopped_worker(stopped):
    msg_id = stopped.client.execute(f"len({'x' * 50_000_000!r})")
    assert stopped.control("kernel_info_request")["status"] == "ok"
    os.kill(stopped.worker, signal.SIGCONT)
    assert stopped.finish_cell(msg_id).reply["status"] == "ok"
    assert stopped.run("1 + 1").plain == "2"


def test_a_large_request_comes_whole(start):
    cell = start().run(f"len({'x' * 50_000_000!r})")
    assert cell.plain == "50000000"


def test_requests_behind_a_large_one(stopped):
    ids = [stopped.client.execute(f"{n}; {'x' * 9_000_000!r}.count('x')") for n in range(4)]
    assert stopped.control("kernel_info_request")["status"] == "ok"
    os.kill(stopped.worker, signal.SIGCONT)
    replies, _ = stopped.answers(4)
    assert [r["parent_header"]["msg_id"] for r in replies] == ids


def test_shutdown_of_a_stopped_worker(stopped):
    processes = children(stopped.process.pid)
    stopped.client.execute(f"len({'x' * 50_000_000!r})")
    assert stopped.control("shutdown_request", restart=False)["status"] == "ok"
    assert stopped.ended(5, processes)


def test_a_worker_stopped_in_the_middle_of_a_frame(start):
    kernel = start()
    msg_id = kernel.start_cell("for i in range(200):\n    display({'text/plain': 'x' * 2_000_000}, raw=True)")
    os.kill(kernel.worker, signal.SIGSTOP)
    assert kernel.control("kernel_info_request")["status"] == "ok"
    os.kill(kernel.worker, signal.SIGCONT)
    shown = [m for m in kernel.finish_cell(msg_id, 60).messages if m["msg_type"] == "display_data"]
    assert len(shown) == 200 and all(len(m["content"]["data"]["text/plain"]) == 2_000_000 for m in shown)


# ---- a worker that ends

def test_a_worker_whose_hop_a_forked_child_holds_open(start):
    kernel = start("--magics", "open")
    kernel.run("""%%trusted
import os, time
child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(300)
    os._exit(0)
""")
    child = int(kernel.run("child").plain)
    assert is_alive(child)
    msg_id = kernel.start_cell("import time\ntime.sleep(300)")
    os.kill(kernel.worker, signal.SIGKILL)
    try:
        assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
        assert kernel.run("1 + 1").plain == "2"
    finally:
        os.kill(child, signal.SIGKILL)


def test_control_answers_while_a_worker_that_hung_up_is_awaited(start):
    kernel = start("--magics", "open")
    msg_id = kernel.start_cell("""%%trusted
import os, time
for fd in range(3, 64):
    try:
        if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"):
            os.close(fd)
    except OSError:
        pass
time.sleep(300)
""")
    assert kernel.control("kernel_info_request")["status"] == "ok"
    assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
    assert kernel.run("1 + 1").plain == "2"


# ---- requests that are wrong

def test_a_wrong_request_is_answered_in_its_turn(raw):
    ids = [raw.client.execute("import time\ntime.sleep(0.5)", allow_stdin=False),
           raw.request("execute_request", {"code": 5}), raw.request("no_such_request"),
           raw.client.execute("2", allow_stdin=False)]
    replies, messages = raw.answers(4)
    assert [r["parent_header"]["msg_id"] for r in replies] == ids
    assert [r["content"]["status"] for r in replies] == ["ok", "error", "error", "ok"]
    states = [m["content"]["execution_state"] for m in messages if m["msg_type"] == "status"]
    assert states == ["busy", "idle"] * 4
