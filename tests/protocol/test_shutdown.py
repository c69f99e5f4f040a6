"""The end that a frontend asks for: answered, and then process and children are gone."""
import time

import pytest

from processes import children
from raw_kernel import wait_until

SHUT_DOWN = ["import time\ntime.sleep(1000)", "while True: pass", "import asyncio\nawait asyncio.sleep(1000)",
             "import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "import itertools\nany(map(int, itertools.repeat(0)))",
             "import time\nwhile True:\n    try:\n        time.sleep(1000)\n    except BaseException:\n        pass",
             "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"]


def shut_down(kernel, restart=False, channel="control"):
    "Ask for the end; assert that it is agreed to, and that process and children are gone in time."
    processes = children(kernel.process.pid)
    assert processes
    kernel.request("shutdown_request", {"restart": restart}, channel=channel)
    reply = kernel.reply(channel)
    assert reply["msg_type"] == "shutdown_reply" and reply["content"] == {"status": "ok", "restart": restart}
    assert kernel.ended(5, processes) and kernel.process.returncode == 0


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("channel", ["control", "shell"])
def test_when_nothing_runs(start, channel, restart):
    kernel = start()
    kernel.run("1")
    shut_down(kernel, restart, channel)


def test_before_the_first_cell(start):
    shut_down(start())


@pytest.mark.parametrize("code", SHUT_DOWN)
def test_while_a_cell_runs(start, code):
    kernel = start()
    kernel.start_cell(code)
    time.sleep(0.1)
    shut_down(kernel)


@pytest.mark.parametrize("code", ["input()", "import getpass\ngetpass.getpass()", "%allow --trust os.unlink"])
def test_while_a_cell_waits_for_input(start, code):
    kernel = start()
    kernel.ask(code)
    shut_down(kernel)


@pytest.mark.parametrize("code", SHUT_DOWN)
def test_while_a_subshell_runs(start, code):
    kernel = start()
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    kernel.send_to_subshell(subshell, code)
    while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
        pass
    time.sleep(0.1)
    shut_down(kernel)


def test_while_cells_are_queued(start):
    kernel = start()
    kernel.start_cell("import time\ntime.sleep(1000)")
    for _ in range(10):
        kernel.client.execute("import time\ntime.sleep(1000)")
    shut_down(kernel)


def test_while_output_streams(start):
    kernel = start()
    kernel.start_cell("while True: print('x' * 1000)")
    shut_down(kernel)


def test_with_threads_and_tasks_that_never_end(start):
    kernel = start()
    kernel.run("import asyncio, threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n"
               "def spin():\n    while True: pass\nthreading.Thread(target=spin).start()\n"
               "task = asyncio.create_task(asyncio.sleep(1000))")
    shut_down(kernel)


def test_with_child_processes(start):
    kernel = start("--magics", "open")
    cell = kernel.run("%%trusted\nimport subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n"
                      "stubborn = subprocess.Popen(['sh', '-c', 'trap \"\" INT TERM HUP; sleep 1000; sleep 1000'])\n"
                      "child.pid")
    assert cell.reply["status"] == "ok", cell.traceback
    assert wait_until(lambda: len(children(kernel.process.pid)) >= 4)
    shut_down(kernel)


@pytest.mark.parametrize("magic", ["", "%%trusted\n"])
def test_what_was_registered_runs_at_the_end(start, tmp_path, magic):
    kernel = start("--magics", "open")
    mark = tmp_path / "mark"
    kernel.run(f"%ok_dests {tmp_path}")
    cell = kernel.run(f"{magic}import atexit, pathlib\nmark = pathlib.Path({str(mark)!r})\n"
                      "leave = lambda: mark.write_text('left')\nleave = atexit.register(leave)")
    assert cell.reply["status"] == "ok", cell.traceback
    shut_down(kernel)
    assert mark.read_text() == "left"


def test_what_a_cell_registered_has_a_cells_rights_at_the_end(start, tmp_path):
    kernel = start()
    kernel.run(f"import atexit\nran = atexit.register(lambda: open({str(tmp_path / 'mark')!r}, 'w'))")
    shut_down(kernel)
    assert not (tmp_path / "mark").exists()


def test_something_registered_that_never_ends(start):
    kernel = start()
    kernel.run("import atexit\ndef forever():\n    while True: pass\natexit.register(forever)")
    shut_down(kernel)


def test_exit_and_quit_ask_the_frontend(start):
    kernel = start()
    for code in ("exit()", "quit()", "exit(keep_kernel := True)"):
        payload = kernel.run(code).reply["payload"]
        assert [p["source"] for p in payload] == ["ask_exit"]
    assert kernel.run("'on'").plain == "'on'"


def test_a_second_request_while_it_ends(start):
    kernel = start()
    kernel.start_cell("import time\nwhile True:\n    try:\n        time.sleep(1000)\n    except BaseException:\n        pass")
    processes = children(kernel.process.pid)
    for _ in range(3):
        kernel.request("shutdown_request", {"restart": False}, channel="control")
    assert kernel.reply("control")["content"]["status"] == "ok"
    assert kernel.ended(5, processes)


def test_the_ports_are_free_again(start):
    kernel = start()
    shut_down(kernel)
    import socket
    for channel in ("shell", "control", "iopub", "stdin", "hb"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((kernel.info["ip"], kernel.info[f"{channel}_port"]))
