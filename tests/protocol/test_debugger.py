"""debug_request: JupyterLab's debugger, by its messages. Given a kernel with debugpy, when a frontend debugs, then cells stop,
show the user's own names and lines, and what is evaluated is held as a cell is."""
import os
import queue
import signal
import time

import pytest
import zmq

from debugging import CODE, Debugging
from processes import children
from raw_kernel import RawKernel, wait_until

pytest.importorskip("debugpy")

@pytest.fixture
def debugging(raw):
    "The kernel of this file, with the debugger attached; it is left without breakpoints and without the debugger."
    debugging = Debugging(raw)
    debugging.attach()
    yield debugging
    debugging.body("disconnect", restart=False, terminateDebuggee=True)
    try:
        while True:
            raw.client.get_iopub_msg(timeout=0.2)
    except queue.Empty:
        pass


def test_kernel_info_says_so(raw):
    raw.request("kernel_info_request")
    content = raw.reply()["content"]
    assert content["debugger"] is True and "debugger" in content["supported_features"]


def test_nothing_is_loaded_before_it_is_asked_for(start):
    kernel = start()
    debugging = Debugging(kernel)
    info = debugging.body("debugInfo")
    assert info["isStarted"] is False and info["hashMethod"] == "Murmur2"
    code = "import sys\nprint([m for m in sys.modules if 'debugpy' in m or 'pydevd' in m])"
    assert kernel.run(code).stream() == "[]\n"
    traced = "import threading\nprint(sys.gettrace(), sys.getprofile(), threading.gettrace() if hasattr(threading, 'gettrace') else None)"
    assert kernel.run(traced).stream() == "None None None\n"
    if (kernel.run("sys.version_info >= (3, 12)").plain) == "True":
        assert kernel.run("[sys.monitoring.get_tool(i) for i in range(6)]").plain == str([None] * 6)
    refused = debugging.ask("stackTrace", threadId=1)
    assert refused["success"] is False and "initialize" in refused["message"]


def test_a_cell_stops_at_its_breakpoint_and_goes_on(debugging):
    top, bottom = debugging.stop(CODE, 2)
    assert (top["name"], top["line"], bottom["name"], bottom["line"]) == ("f", 2, "<module>", 5)
    path = top["source"]["path"]
    info = debugging.body("debugInfo")
    assert path.startswith(info["tmpFilePrefix"]) and path.endswith(info["tmpFileSuffix"])
    assert info["stoppedThreads"] == [1] and info["breakpoints"] == [{"source": path, "breakpoints": [{"line": 2}]}]
    assert debugging.body("source", source={"path": path})["content"] == CODE
    assert {n: v["value"] for n, v in debugging.names(top, "Locals").items()} == {"a": "2", "b": "3"}
    assert debugging.go_on()["status"] == "ok"
    assert [m["content"]["data"]["text/plain"] for m in debugging.others if m["msg_type"] == "execute_result"] == ["5"]
    assert debugging.body("debugInfo")["stoppedThreads"] == []


def test_events_have_a_topic_of_their_own(debugging):
    "What subscribes to nothing but debug events, by the name that xeus' kernels give them, gets them."
    socket = debugging.kernel.context.socket(zmq.SUB)
    socket.rcvtimeo = 20_000
    socket.subscribe(b"debug_event")
    socket.connect(debugging.kernel.address("iopub"))
    assert b"iopub_welcome" in b"".join(socket.recv_multipart())
    debugging.stop(CODE, 2)
    topic, *_ = socket.recv_multipart()
    assert topic == b"debug_event" and debugging.go_on()["status"] == "ok"
    socket.close(0)


def test_steps_follow_the_users_lines(debugging):
    code = "def g(x):\n    y = x + 1\n    return y\n\nn = g(1)\nprint(len([n]))\nn = 3"
    (top,) = debugging.stop(code, 5)
    lines = [top["line"]]
    for step in ("stepIn", "next", "stepOut", "next", "next"):
        debugging.body(step, threadId=1)
        debugging.event("stopped")
        lines.append(debugging.frames()[0]["line"])
    assert lines == [5, 2, 3, 5, 6, 7]
    assert debugging.go_on()["status"] == "ok"


def test_names_are_changed_and_copied(debugging):
    top, bottom = debugging.stop(CODE, 2)
    scope = debugging.body("scopes", frameId=top["id"])["scopes"][0]
    changed = debugging.body("setVariable", variablesReference=scope["variablesReference"], name="b", value="len('abcd')")
    assert changed["value"] == "4"
    assert debugging.body("copyToGlobals", srcFrameId=top["id"], srcVariableName="b", dstVariableName="copied")["value"] == "4"
    assert debugging.names(bottom, "Globals")["copied"]["value"] == "4"
    assert debugging.body("richInspectVariables", variableName="b", frameId=top["id"])["data"] == {"text/plain": "4"}
    assert debugging.ask("copyToGlobals", srcFrameId=top["id"], srcVariableName="b", dstVariableName="x']")["success"] is False
    assert debugging.go_on()["status"] == "ok"
    assert debugging.kernel.run("copied").plain == "4"


def test_what_is_evaluated_is_held_as_a_cell_is(debugging, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("here")
    top, _ = debugging.stop(CODE, 2)
    assert debugging.evaluate("a * 10 + b", top)["body"]["result"] == "23"
    for expression in (f"__import__('os').remove({str(victim)!r})", f"import os; os.remove({str(victim)!r})",
                       f"open({str(victim)!r}, 'w')"):
        refused = debugging.evaluate(expression, top)
        assert refused["success"] is False and "Denied" in refused["message"]
    assert debugging.evaluate(f"open({str(victim)!r}, 'w')")["success"] is False  # without a frame
    scope = debugging.body("scopes", frameId=top["id"])["scopes"][0]
    debugging.ask("setVariable", variablesReference=scope["variablesReference"], name="b", value=f"open({str(victim)!r}, 'w')")
    assert debugging.go_on()["status"] in ("ok", "error")
    assert victim.read_text() == "here"


def test_a_condition_is_held_as_a_cell_is(debugging, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("here")
    code = "for i in range(5):\n    last = i"
    debugging.break_at(code, 2, condition=f"open({str(victim)!r}, 'w') or True")
    debugging.kernel.client.execute(code, allow_stdin=False)
    reply = debugging.kernel.reply(timeout=20)
    assert reply["content"]["status"] == "ok" and victim.read_text() == "here"
    (top,) = debugging.stop(code, 2, condition="i == 3")
    assert debugging.names(top, "Globals")["i"]["value"] == "3"
    assert debugging.go_on()["status"] == "ok"


@pytest.fixture(scope="module")
def attached(tmp_path_factory):
    "A kernel that is debugged for the first time."
    kernel = RawKernel(tmp_path_factory.mktemp("attached"))
    debugging = Debugging(kernel)
    debugging.attach()
    yield debugging
    kernel.stop()


FAILS = "def g(n):\n    return 1 / n\n\ng(0)"


@pytest.mark.parametrize("code, name", [(FAILS, "g"), ("import asyncio\nawait asyncio.sleep(0)\n1 / 0", "<module>")], ids=["plain", "await"])
def test_a_cell_stops_where_an_exception_is_not_caught(attached, code, name):
    debugging = attached
    debugging.body("setExceptionBreakpoints", filters=["uncaught"])
    debugging.cell = debugging.kernel.client.execute(code, allow_stdin=False)
    stopped = debugging.event("stopped")
    assert stopped["reason"] == "exception" and stopped["description"] == "division by zero"
    top = debugging.frames()[0]
    assert top["name"].split()[0] == name and "/cells/" in top["source"]["path"]
    assert debugging.ask("exceptionInfo", threadId=1)["body"]["exceptionId"].startswith("ZeroDivisionError")
    assert debugging.go_on()["ename"] == "ZeroDivisionError"
    debugging.body("setExceptionBreakpoints", filters=[])
    assert debugging.kernel.run("1 / 0").reply["ename"] == "ZeroDivisionError"


def test_an_exception_that_the_cell_catches_is_not_uncaught(attached):
    debugging = attached
    debugging.body("setExceptionBreakpoints", filters=["uncaught"])
    assert debugging.kernel.run("try:\n    1 / 0\nexcept ZeroDivisionError:\n    print('caught')").stream() == "caught\n"
    debugging.body("setExceptionBreakpoints", filters=["raised"])
    debugging.cell = debugging.kernel.client.execute("try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass", allow_stdin=False)
    assert debugging.event("stopped")["reason"] == "exception" and debugging.frames()[0]["line"] == 2
    debugging.body("setExceptionBreakpoints", filters=[])
    assert debugging.go_on()["status"] == "ok"


def test_exceptions_stop_a_cell_after_the_debugger_came_again(raw):
    for _ in range(3):
        debugging = Debugging(raw)
        debugging.attach()
        debugging.body("setExceptionBreakpoints", filters=["uncaught"])
        debugging.cell = raw.client.execute(FAILS, allow_stdin=False)
        assert debugging.event("stopped")["reason"] == "exception"
        assert debugging.go_on()["ename"] == "ZeroDivisionError"
        debugging.body("disconnect")
    assert raw.run(FAILS).reply["ename"] == "ZeroDivisionError"


@pytest.mark.parametrize("code", ["import threading\ndef work(n):\n    x = n\n    return x\nt = threading.Thread(target=work, args=(1,))\nt.start()\nt.join()",
                                  "from concurrent.futures import ThreadPoolExecutor\ndef work(n):\n    x = n\n    return x\n"
                                  "with ThreadPoolExecutor(1) as pool:\n    pool.submit(work, 1).result()"], ids=["thread", "pool"])
def test_a_thread_of_a_cell_stops(debugging, code):
    debugging.break_at(code, 4)
    debugging.kernel.client.execute(code, allow_stdin=False)
    thread = debugging.event("stopped")["threadId"]
    top = debugging.frames(thread)[0]
    assert thread != 1 and top["name"] == "work" and debugging.names(top, "Locals")["x"]["value"] == "1"
    debugging.body("continue", threadId=thread)
    assert debugging.kernel.reply(timeout=20)["content"]["status"] == "ok"


# ---- files -----------------------------------------------------------------------------------------------------------


PROGRAM = CODE.replace("f(2, 3)", "if __name__ == '__main__':\n    print(f(2, 3))\n")


def stop_in_file(debugging, path, command, code_path=None):
    "The frames where `command` stops at line 2 of the file; the cell goes on to its end."
    shown = str(code_path or path)
    debugging.body("setBreakpoints", source={"path": shown}, breakpoints=[{"line": 2}], sourceModified=False)
    debugging.cell = debugging.kernel.client.execute(command, allow_stdin=False)
    debugging.event("stopped")
    frames = debugging.frames()
    assert (frames[0]["name"], frames[0]["line"], frames[0]["source"]["path"]) == ("f", 2, shown)
    assert debugging.names(frames[0], "Locals")["a"]["value"] == "2"
    assert debugging.go_on()["status"] == "ok"
    debugging.body("setBreakpoints", source={"path": shown}, breakpoints=[])
    return frames


def test_a_file_that_is_run_stops(debugging, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    frames = stop_in_file(debugging, path, f"%run {path}")
    assert [frame["line"] for frame in frames] == [2, 6, 1]
    assert [m["content"]["text"] for m in debugging.others if m["msg_type"] == "stream"] == ["5\n"]
    assert debugging.body("source", source={"path": str(path)})["content"] == PROGRAM
    debugging.kernel.run(f"%cd -q {tmp_path}")
    stop_in_file(debugging, path, "%run program.py")
    debugging.kernel.run("%cd -q -")


def test_a_file_stops_at_the_breakpoints_of_an_editor_that_shows_its_text(debugging, tmp_path):
    "JupyterLab names a file of its editor as it names a cell: by its text."
    path = tmp_path / "edited.py"
    path.write_text(PROGRAM)
    code_path = debugging.body("dumpCell", code=PROGRAM)["sourcePath"]
    stop_in_file(debugging, path, f"%run {path}", code_path)
    stop_in_file(debugging, path, f"%run {path}")


def test_a_module_that_a_cell_imports_stops(debugging, tmp_path):
    path = tmp_path / "module_to_debug.py"
    path.write_text(PROGRAM)
    stop_in_file(debugging, path, f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport module_to_debug\nmodule_to_debug.f(2, 3)")


def test_a_running_cell_is_paused(attached):
    debugging = attached
    debugging.cell = debugging.kernel.client.execute("n = 0\nwhile n >= 0:\n    n += 1\nprint('over')", allow_stdin=False)
    time.sleep(0.3)
    debugging.body("pause", threadId=1)
    debugging.event("stopped")
    top = debugging.frames()[0]
    assert top["line"] in (2, 3)
    debugging.body("setVariable", variablesReference=debugging.body("scopes", frameId=top["id"])["scopes"][0]["variablesReference"], name="n", value="-5")
    assert debugging.go_on()["status"] == "ok"


def test_a_breakpoint_that_logs_does_not_stop(attached):
    debugging = attached
    code = "for i in range(2):\n    j = i * 2\nj"
    debugging.break_at(code, 2, logMessage="i is {i}")
    debugging.cell = debugging.kernel.client.execute(code, allow_stdin=False)
    assert [debugging.event("output")["output"].strip() for _ in range(2)] == ["i is 0", "i is 1"]
    assert debugging.kernel.reply(timeout=20)["content"]["status"] == "ok"


def test_a_breakpoint_counts_its_hits(attached):
    debugging = attached
    code = "for i in range(5):\n    j = i * 2\nj"
    debugging.stop(code, 2, hitCondition="4")
    assert debugging.evaluate("i", debugging.frames()[0])["body"]["result"] == "3"
    assert debugging.go_on()["status"] == "ok"


def test_a_cell_of_a_subshell_stops(attached):
    debugging = attached
    subshell = debugging.kernel.control("create_subshell_request")["subshell_id"]
    debugging.break_at(CODE, 2)
    debugging.kernel.send_to_subshell(subshell, CODE)
    thread = debugging.event("stopped")["threadId"]
    assert thread != 1 and debugging.frames(thread)[0]["line"] == 2
    debugging.body("continue", threadId=thread)
    assert debugging.kernel.reply(timeout=20)["content"]["status"] == "ok"


def test_variables_without_a_stop(debugging):
    debugging.kernel.run("text = 'Hello'\nthings = {'a': [1, 2]}")
    names = {v["name"]: v for v in debugging.body("inspectVariables")["variables"]}
    assert names["text"]["value"] == "'Hello'" and "get_ipython" not in names and "In" not in names
    inner = debugging.body("variables", variablesReference=names["things"]["variablesReference"])["variables"]
    assert {v["name"]: v["value"] for v in inner}["'a'"] == "[1, 2]"
    assert debugging.body("richInspectVariables", variableName="text")["data"] == {"text/plain": "'Hello'"}
    assert debugging.ask("richInspectVariables", variableName="no_such_name")["success"] is False


def test_a_breakpoint_in_a_cell_that_ran_before(raw):
    raw.run("def earlier(x):\n    y = x * 2\n    return y")
    debugging = Debugging(raw)
    debugging.attach()
    debugging.break_at("def earlier(x):\n    y = x * 2\n    return y", 3)
    raw.client.execute("earlier(4)", allow_stdin=False)
    debugging.event("stopped")
    assert debugging.names(debugging.frames()[0], "Locals")["y"]["value"] == "8"
    assert debugging.go_on()["status"] == "ok"
    debugging.body("disconnect")


def test_an_interrupt_ends_a_cell_that_is_stopped(debugging):
    debugging.stop(CODE, 2)
    debugging.kernel.request("interrupt_request", channel="control")
    assert debugging.kernel.reply("control")["content"]["status"] == "ok"
    reply = debugging.kernel.reply(timeout=20)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    debugging.kernel.published(reply["parent_header"]["msg_id"], 20)
    assert debugging.body("debugInfo")["stoppedThreads"] == []
    debugging.stop(CODE, 2)
    assert debugging.go_on()["status"] == "ok"


def test_all_of_it_again(raw):
    for _ in range(2):
        debugging = Debugging(raw)
        debugging.attach()
        assert debugging.body("debugInfo")["isStarted"] is True
        debugging.stop(CODE, 2)
        debugging.body("disconnect")
        reply = raw.reply(timeout=20)
        assert reply["content"]["status"] == "ok"
        raw.published(reply["parent_header"]["msg_id"], 20)
        assert debugging.body("debugInfo")["isStarted"] is False
        assert raw.run(CODE).plain == "5"  # no breakpoint is left


def test_terminate_ends_the_cell_and_not_the_kernel(raw):
    debugging = Debugging(raw)
    debugging.attach()
    debugging.stop(CODE, 2)
    worker = raw.worker
    debugging.body("terminate")
    reply = raw.reply(timeout=20)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    raw.published(reply["parent_header"]["msg_id"], 20)
    assert raw.worker == worker and raw.run("1 + 1").plain == "2"


def test_breakpoint_in_a_cell_stops_in_the_debugger(debugging):
    debugging.kernel.client.execute("def h(x):\n    breakpoint()\n    return x\n\nh(4)", allow_stdin=False)
    debugging.event("stopped")
    top = debugging.frames()[0]
    assert top["name"] == "h" and debugging.names(top, "Locals")["x"]["value"] == "4"
    assert debugging.go_on()["status"] == "ok"


def test_debugpy_in_a_cell_is_the_frontends(raw):
    said = raw.run("import debugpy\ndebugpy.debug_this_thread()\ndebugpy.breakpoint()\ndebugpy.is_client_connected()")
    assert said.plain == "False"
    refused = raw.run("debugpy.listen(5678)").reply
    assert refused["ename"] == "RuntimeError" and "attach" in refused["evalue"]
    debugging = Debugging(raw)
    debugging.attach()
    debugging.cell = raw.client.execute("debugpy.debug_this_thread()\nx = 1\ndebugpy.breakpoint()\ndebugpy.wait_for_client()\nx", allow_stdin=False)
    debugging.event("stopped")
    assert debugging.frames()[0]["line"] in (3, 4)
    assert debugging.go_on()["status"] == "ok"
    debugging.body("disconnect")


def test_shutdown_while_stopped(start):
    kernel = start()
    debugging = Debugging(kernel)
    debugging.attach()
    debugging.stop(CODE, 2)
    kernel.request("shutdown_request", {"restart": False}, channel="control")
    assert kernel.ended(10)


def test_bad_requests_are_answered(debugging):
    for command, arguments in (("setBreakpoints", {}), ("dumpCell", {}), ("noSuchCommand", {}), ("loadedSources", {}), ("restart", {}), ("variables", {}), ("source", {}),
                               ("richInspectVariables", {}), ("stackTrace", {"threadId": "x"}), ("evaluate", {})):
        assert debugging.ask(command, **arguments)["success"] is False, command
    debugging.stop(CODE, 2)  # nor while a cell is stopped does one keep others waiting
    assert debugging.ask("loadedSources")["success"] is False and debugging.ask("readMemory", memoryReference="x", count=1)["success"] is False
    assert debugging.go_on()["status"] == "ok"


CRASH = "%%trusted\nimport os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"


@pytest.mark.parametrize("end", ["undo", "crash", "crash with nothing to go back to", "crash while stopped"])
def test_breakpoints_stop_in_the_process_that_comes_after(start, end):
    """Given breakpoints and a checkpoint from before the debugger, when %undo or a crash ends the process of the cells, then the next
    one has the debugger and stops at them, and the frontend need not attach again."""
    kernel = start("--magics", "open", *(["--limit", "checkpoints=0"] if "nothing" in end else []))
    other = "def g(x):\n    return x + 1\n\ng(1)"
    kernel.run("x = [1]")
    if "nothing" not in end:
        there = set(children(kernel.process.pid))
        assert kernel.run("%checkpoint before").reply["status"] == "ok"
        assert wait_until(lambda: set(children(kernel.process.pid)) - there)
    debugging = Debugging(kernel)
    debugging.attach()
    debugging.break_at(other, 2)
    debugging.break_at(CODE, 3)
    debugging.break_at(CODE, 2)
    if end == "crash while stopped":
        kernel.client.execute(CODE, allow_stdin=False)
        debugging.event("stopped")
        debugging.frames()
        os.kill(kernel.worker, signal.SIGKILL)
        reply = kernel.reply(timeout=20)
        assert reply["content"]["ename"] == "WorkerDied"
        assert debugging.event("continued")["allThreadsContinued"] is True
    else:
        kernel.run("x.append(2)")
        cell = kernel.run("%undo before" if end == "undo" else CRASH, timeout=30)
        assert cell.reply["status"] == ("ok" if end == "undo" else "error"), cell.traceback
    if "nothing" not in end:
        assert kernel.run("x", timeout=30).plain == "[1]"
    kernel.client.execute(CODE, allow_stdin=False)  # at once: it waits for its breakpoints
    debugging.event("stopped")
    assert [frame["line"] for frame in debugging.frames()] == [2, 5]
    assert debugging.names(debugging.frames()[0], "Locals")["a"]["value"] == "2"
    assert debugging.go_on()["status"] == "ok"
    kernel.client.execute(other, allow_stdin=False)
    debugging.event("stopped")
    assert debugging.frames()[0]["line"] == 2
    assert debugging.go_on()["status"] == "ok"
    debugging.body("disconnect", restart=False, terminateDebuggee=True)
    kernel.run(CRASH, timeout=30)
    assert kernel.run(CODE, timeout=30).plain == "5", "who left stays away"
    assert debugging.body("debugInfo")["isStarted"] is False
