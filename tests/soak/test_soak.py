"""Long runs: memory stays flat, and a killed worker never takes the connection with it.

SAFEPYRUN_SOAK is the number of executes (`make soak`: 100,000)."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from built import BUILD
from client import Kernel, tree_pss_mb
from processes import worker

EXECUTES = int(os.environ.get("SAFEPYRUN_SOAK", "4000"))
KILLS = 50

pytestmark = pytest.mark.timeout(300 + EXECUTES // 20)


@pytest.fixture
def kernel(tmp_path):
    subprocess.run([BUILD / "safepyrun-kernel", "install", "--prefix", tmp_path, "--python",
                    sys.executable], check=True, stdout=subprocess.DEVNULL)
    config = tmp_path / "config/safepyrun/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("checkpoints = 0\n") # they come when they are cheap: what is measured here is the rest
    kernel = Kernel(tmp_path / "share/jupyter/kernels/safepyrun", {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")})
    yield kernel
    kernel.stop()


def wait_idle(kernel, msg_id):
    while True:
        kind, parent, content = kernel.receive(kernel.iopub, 30)
        if (kind, parent) == ("status", msg_id) and content["execution_state"] == "idle":
            return


CELLS = [
    "1",
    "sum(n * n for n in range(50))",
    "print('line')",
    "from IPython.display import display, HTML; display(HTML('<b>x</b>'))",
    "def f(x):\n    return [x] * 3\nf(1)",
    "1 / 0",
    "class C:\n    def m(self): return self\nC().m() is None",
    "import os; os.unlink('/nothing/here')",
]


@pytest.mark.parametrize("stored, bytes_per_cell", [(False, 500), (True, 3000)])
def test_memory_stays_flat(kernel, stored, bytes_per_cell):
    """With store_history a cell may cost what In and Out keep of it; without it, nothing but what %audit keeps of one that is
    refused, which each eighth is: 2 kB, and what the heap keeps of that."""
    def run(count):
        for number in range(count):
            msg_id = kernel.send(kernel.shell, "execute_request", {
                "code": CELLS[number % len(CELLS)], "silent": False, "store_history": stored,
                "user_expressions": {}, "allow_stdin": False, "stop_on_error": False})
            kernel.reply(kernel.shell, msg_id)
            wait_idle(kernel, msg_id)

    # Frozen processes hold more of what has changed since, the longer they are there; what prints goes round a ring, whose
    # pages are there once it was full.
    kernel.run("%limits checkpoints=0\nfor i in range(60_000): print('x' * 99)")
    warm_up = max(500, EXECUTES // 10)
    run(warm_up)
    before_mb = tree_pss_mb(kernel.process.pid)
    run(EXECUTES)
    grown_bytes = (tree_pss_mb(kernel.process.pid) - before_mb) * 1024 * 1024
    print(f"{EXECUTES} executes, {before_mb:.1f} MB, grown {grown_bytes / 1024:.0f} kB")
    assert grown_bytes < 1024 * 1024 + EXECUTES * bytes_per_cell


def test_a_worker_killed_in_the_middle_of_a_cell_is_replaced_each_time(kernel):
    front = kernel.process.pid
    for _ in range(KILLS):
        msg_id = kernel.start("import time\nprint('on')\nwhile True: time.sleep(0.01)")
        while True:
            kind, parent, content = kernel.receive(kernel.iopub, 30)
            if (kind, parent) == ("stream", msg_id):
                break
        os.kill(worker(kernel.process.pid), signal.SIGKILL)
        reply = kernel.reply(kernel.shell, msg_id, 30)
        assert reply["status"] == "error"
        assert "SIGKILL" in reply["ename"] + reply["evalue"]
        wait_idle(kernel, msg_id)
        _, reply, result = kernel.run("6 * 7")
        assert (reply["status"], result) == ("ok", "42"), reply
    assert kernel.process.poll() is None and kernel.process.pid == front


def test_a_thousand_displays_and_a_hundred_megabytes_leave_memory_flat(kernel):
    kernel.run("from IPython.display import display, HTML\nfor i in range(1000): display(HTML('x'))")
    before_mb = tree_pss_mb(kernel.process.pid)
    _, reply, _ = kernel.run("line = 'x' * 99\nfor i in range(1_000_000): print(line)", timeout=200)
    assert reply["status"] == "ok"
    assert tree_pss_mb(kernel.process.pid) - before_mb < 30
