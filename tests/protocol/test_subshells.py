"""Subshells: queues and threads of their own, one namespace."""
import time
from pathlib import Path

import pytest

from raw_kernel import RawKernel, children, wait_until


@pytest.fixture
def subshell(raw):
    subshell = raw.control("create_subshell_request")["subshell_id"]
    yield subshell
    raw.control("delete_subshell_request", subshell_id=subshell)
    while raw.client.iopub_channel.msg_ready():
        raw.client.get_iopub_msg()


def send(raw, subshell, code, **options):
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
               "stop_on_error": True, **options}
    return raw.request("execute_request", content, subshell=subshell)


def run(raw, subshell, code, **options):
    return raw.collect(send(raw, subshell, code, **options))


def threads(raw):
    return len(list(Path(f"/proc/{raw.worker}/task").iterdir()))


def test_create_list_and_delete_while_the_main_shell_is_busy(raw):
    cell = raw.start_cell("import time\ntime.sleep(1)")
    made = [raw.control("create_subshell_request")["subshell_id"] for _ in range(3)]
    assert len(set(made)) == 3
    assert set(raw.control("list_subshell_request")["subshell_id"]) == set(made)
    for subshell in made:
        assert raw.control("delete_subshell_request", subshell_id=subshell) == {"status": "ok"}
    assert raw.control("list_subshell_request")["subshell_id"] == []
    assert not raw.client.shell_channel.msg_ready()
    raw.finish_cell(cell)


def test_a_subshell_runs_while_the_main_shell_is_busy(raw, subshell):
    cell = raw.start_cell("import time\ntime.sleep(1)\nprint('main')")
    msg_id = send(raw, subshell, "print('sub')\n'on'")
    assert raw.reply()["parent_header"]["msg_id"] == msg_id
    messages = [m for m in raw.published(msg_id) if m["parent_header"]["msg_id"] == msg_id]
    assert [m["msg_type"] for m in messages] == ["status", "execute_input", "stream", "execute_result", "status"]
    assert raw.finish_cell(cell).stream() == "main\n"


def test_every_message_carries_the_subshells_id(raw, subshell):
    msg_id = send(raw, subshell, "print('x')\ndisplay(1)\n1/0")
    reply = raw.reply()
    messages = [reply, *(m for m in raw.published(msg_id) if m["parent_header"]["msg_id"] == msg_id)]
    assert [m["msg_type"] for m in messages] == ["execute_reply", "status", "execute_input", "stream", "display_data",
                                                 "error", "status"]
    assert {m["parent_header"]["subshell_id"] for m in messages} == {subshell}


def test_one_namespace(raw, subshell):
    raw.run("shared = [1]")
    run(raw, subshell, "shared.append(2)")
    assert raw.run("shared").plain == "[1, 2]"


def test_its_thread_is_its_own_and_stays(raw, subshell):
    code = "import threading\nthreading.get_ident()"
    first, second = (run(raw, subshell, code).plain for _ in range(2))
    assert first == second != raw.run(code).plain
    assert raw.run("threading.current_thread() is threading.main_thread()").plain == "True"


def test_its_thread_is_gone_after_it_is_deleted(raw):
    assert wait_until(lambda: raw.run("import threading\nthreading.active_count()").plain == "1")  # that of the test before has ended
    before = threads(raw)
    subshell = raw.control("create_subshell_request")["subshell_id"]
    run(raw, subshell, "1")
    assert threads(raw) == before + 1
    raw.control("delete_subshell_request", subshell_id=subshell)
    assert wait_until(lambda: threads(raw) == before)
    while raw.client.iopub_channel.msg_ready():
        raw.client.get_iopub_msg()


def test_two_subshells_at_once(raw, subshell):
    other = raw.control("create_subshell_request")["subshell_id"]
    first = send(raw, subshell, "import time\nmeet = []\nwhile not meet: time.sleep(0.01)\n'met'")
    time.sleep(0.1)
    second = send(raw, other, "meet.append(1)")
    replies = {r["parent_header"]["msg_id"]: r["content"]["status"] for r in (raw.reply(), raw.reply())}
    assert replies == {first: "ok", second: "ok"}
    raw.published(first)
    raw.control("delete_subshell_request", subshell_id=other)


def test_cells_of_one_subshell_keep_their_order(raw, subshell):
    sent = [send(raw, subshell, f"import time\ntime.sleep(0.01)\n{n}") for n in range(10)]
    assert [raw.reply()["parent_header"]["msg_id"] for _ in sent] == sent
    raw.published(sent[-1])


def test_its_errors_abort_its_own_queue_alone(raw, subshell):
    failing = send(raw, subshell, "import time\ntime.sleep(0.5)\n1/0")
    behind = send(raw, subshell, "'never'")
    main = [raw.client.execute("import time\ntime.sleep(0.7)"), raw.client.execute("'main'")]
    replies = {r["parent_header"]["msg_id"]: r["content"]["status"] for r in (raw.reply() for _ in range(4))}
    assert [replies[i] for i in (failing, behind, *main)] == ["error", "aborted", "ok", "ok"]
    raw.published(main[-1])


def test_errors_of_the_main_shell_abort_nothing_of_it(raw, subshell):
    main = [raw.client.execute("import time\ntime.sleep(0.3)\n1/0"), raw.client.execute("'never'")]
    sub = [send(raw, subshell, "import time\ntime.sleep(0.5)"), send(raw, subshell, "'sub'")]
    replies = {r["parent_header"]["msg_id"]: r["content"]["status"] for r in (raw.reply() for _ in range(4))}
    assert [replies[i] for i in (*main, *sub)] == ["error", "aborted", "ok", "ok"]
    raw.published(sub[-1])


def test_an_interrupt_ends_its_cell(raw, subshell):
    for code in ("while True: pass", "import time\nwhile True: time.sleep(0.01)"):
        msg_id = send(raw, subshell, code)
        while raw.client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
            pass
        time.sleep(0.1)
        raw.control("interrupt_request")
        reply = raw.reply()
        assert reply["parent_header"]["msg_id"] == msg_id and reply["content"]["ename"] == "KeyboardInterrupt"
        raw.published(msg_id)
        assert run(raw, subshell, "'on'").plain == "'on'"


@pytest.mark.parametrize("msg_type, content", [
    ("complete_request", {"code": "im", "cursor_pos": 2}), ("inspect_request", {"code": "int", "cursor_pos": 3}),
    ("is_complete_request", {"code": "1"}), ("kernel_info_request", {}), ("comm_info_request", {}),
    ("history_request", {"hist_access_type": "tail", "n": 1})])
def test_other_requests_are_answered_while_the_main_shell_is_busy(raw, subshell, msg_type, content):
    cell = raw.start_cell("import time\ntime.sleep(0.5)")
    msg_id = raw.request(msg_type, content, subshell=subshell)
    reply = raw.reply()
    assert reply["parent_header"]["msg_id"] == msg_id and reply["content"]["status"] in ("ok", "complete")
    raw.finish_cell(cell)


def test_await_in_a_subshell(raw, subshell):
    cell = raw.start_cell("import asyncio\nawait asyncio.sleep(0.7, 'main')")
    msg_id = send(raw, subshell, "import asyncio\nawait asyncio.sleep(0.01, 'sub')")
    assert raw.reply()["parent_header"]["msg_id"] == msg_id
    assert raw.finish_cell(cell).plain == "'main'"


def test_a_task_of_a_cell_that_does_not_await(raw, subshell):
    """Given asyncio.create_task in a subshell, then the task goes on between its cells, on its thread, while the main shell is busy."""
    cell = raw.start_cell("import time\nwhile not globals().get('ticked'): time.sleep(0.01)")
    made = run(raw, subshell, "import asyncio, threading\nasync def tick():\n    await asyncio.sleep(0.01)\n"
                              "    globals()['ticked'] = threading.get_ident()\n    await asyncio.sleep(0.01)\n    return 'done'\n"
                              "task = asyncio.create_task(tick())\nthreading.get_ident()")
    assert made.reply["status"] == "ok", made.reply
    raw.finish_cell(cell)
    assert run(raw, subshell, "(await task, ticked == threading.get_ident())").plain == "('done', True)"
    assert run(raw, subshell, "asyncio.get_running_loop() is asyncio.get_event_loop() is task.get_loop()").plain == "True"
    assert run(raw, subshell, "asyncio.run(asyncio.sleep(0, 'a loop of its own'))").plain == "'a loop of its own'"
    assert run(raw, subshell, "await asyncio.create_task(tick())").plain == "'done'"


def test_loops_are_not_shared(raw, subshell):
    """Given tasks in the main shell and in a subshell, then each shell's cells meet their own loop."""
    raw.run("import asyncio\nmain = asyncio.create_task(asyncio.sleep(3600))")
    run(raw, subshell, "import asyncio\nsub = asyncio.create_task(asyncio.sleep(3600))")
    assert raw.run("main.get_loop() is asyncio.get_running_loop(), sub.get_loop() is asyncio.get_running_loop()").plain == "(True, False)"
    assert run(raw, subshell, "main.get_loop() is asyncio.get_running_loop(), sub.get_loop() is asyncio.get_running_loop()").plain \
        == "(False, True)"
    raw.run("main.cancel();")
    run(raw, subshell, "sub.cancel();")


@pytest.mark.parametrize("sleep", ["asyncio.sleep(3600)", "asyncio.Event().wait()"])
def test_an_interrupt_ends_an_await(raw, subshell, sleep):
    msg_id = send(raw, subshell, f"import asyncio\nprint('on')\nawait {sleep}")
    while raw.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    raw.control("interrupt_request")
    reply = raw.reply()
    assert reply["parent_header"]["msg_id"] == msg_id and reply["content"]["ename"] == "KeyboardInterrupt"
    raw.published(msg_id)
    assert run(raw, subshell, "await asyncio.sleep(0, 'on')").plain == "'on'"


def test_tasks_of_a_deleted_subshell_are_cancelled(raw):
    """Given a task that still waits, when its subshell is deleted, then it is cancelled as at the end of asyncio.run, and the thread ends."""
    before = threads(raw)
    subshell = raw.control("create_subshell_request")["subshell_id"]
    run(raw, subshell, "import asyncio\nheard = []\nasync def wait():\n    try:\n        await asyncio.sleep(3600)\n"
                       "    except asyncio.CancelledError:\n        heard.append('cancelled')\n        raise\n"
                       "waiting = asyncio.create_task(wait())\nawait asyncio.sleep(0)")
    raw.control("delete_subshell_request", subshell_id=subshell)
    assert wait_until(lambda: threads(raw) <= before)
    assert raw.run("heard, waiting.cancelled(), waiting.get_loop().is_closed()").plain == "(['cancelled'], True, True)"


def test_a_task_between_cells_is_held_as_a_cell_is(raw, subshell, tmp_path):
    """Given a task that writes a file when its subshell is between cells, then the file is not written."""
    target = tmp_path / "effect"
    run(raw, subshell, f"import asyncio\nasync def write():\n    await asyncio.sleep(0.01)\n    open({str(target)!r}, 'w').write('x')\n"
                       "writing = asyncio.create_task(write());")
    assert wait_until(lambda: raw.run("writing.done()").plain == "True")
    assert not target.exists()
    assert raw.run("type(writing.exception()).__name__").plain == "'Denied'"


def test_a_deleted_subshells_cells(raw):
    subshell = raw.control("create_subshell_request")["subshell_id"]
    running = send(raw, subshell, "import time\ntime.sleep(0.5)")
    queued = send(raw, subshell, "'never'")
    time.sleep(0.1)
    assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    replies = {r["parent_header"]["msg_id"]: r["content"]["status"] for r in (raw.reply(), raw.reply())}
    assert replies == {running: "ok", queued: "aborted"}
    raw.published(running)
    late = send(raw, subshell, "1")
    reply = raw.reply()
    assert reply["parent_header"]["msg_id"] == late and reply["content"]["status"] == "error"
    raw.published(late)


@pytest.mark.parametrize("code, allow_stdin", [("print('on')\nwhile True: pass", False), ("print('on')\ninput()", True),
                                               ("import asyncio\nprint('on')\nawait asyncio.sleep(3600)", False)])
def test_a_deleted_subshells_cell_can_be_interrupted(raw, code, allow_stdin):
    """Given a subshell deleted while its cell never ends, when the kernel is interrupted, then the cell is answered and its thread ends."""
    before = threads(raw)
    subshell = raw.control("create_subshell_request")["subshell_id"]
    endless = send(raw, subshell, code, allow_stdin=allow_stdin)
    while raw.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    if allow_stdin:
        raw.client.get_stdin_msg(timeout=10)
    assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    assert raw.run("'the main shell goes on'").plain == "'the main shell goes on'"
    raw.control("interrupt_request")
    reply = raw.reply()
    assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (endless, "KeyboardInterrupt")
    assert raw.published(endless)[-1]["content"]["execution_state"] == "idle"
    assert wait_until(lambda: threads(raw) <= before)


def test_a_cell_sent_just_before_its_subshell_is_deleted(raw):
    """Given a subshell whose thread did not come to its cell yet, when it is deleted, then the cell still runs and is answered."""
    main = raw.start_cell("import re\nre.match('(a+)+$', 'a' * 24 + 'b')")
    subshell = raw.control("create_subshell_request")["subshell_id"]
    cell = send(raw, subshell, "21 * 2")
    while raw.client.get_iopub_msg(timeout=10)["parent_header"]["msg_id"] != cell:
        pass
    assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    replies = {r["parent_header"]["msg_id"]: r["content"]["status"] for r in (raw.reply(timeout=30), raw.reply(timeout=30))}
    assert replies == {main: "ok", cell: "ok"}
    raw.published(cell)


@pytest.mark.parametrize("subshell_id", ["none", "", 5, [], None])
def test_deleting_what_does_not_exist(raw, subshell_id):
    msg_id = raw.request("delete_subshell_request", {"subshell_id": subshell_id}, channel="control")
    assert raw.reply("control")["content"]["status"] == "error"
    raw.published(msg_id)


@pytest.mark.parametrize("subshell_id", ["none", 5, [], {}, "\0"])
def test_a_request_to_an_unknown_subshell(raw, subshell_id):
    msg_id = send(raw, subshell_id, "1")
    reply = raw.reply()["content"]
    assert (reply["status"], reply["ename"]) == ("error", "SubshellNotFound")
    assert [m["content"]["execution_state"] for m in raw.published(msg_id)] == ["busy", "idle"]


@pytest.mark.parametrize("subshell_id", ["", None])
def test_no_id_is_the_main_shell(raw, subshell_id):
    assert run(raw, subshell_id, "import threading\nthreading.current_thread() is threading.main_thread()").plain == "True"


def test_more_than_there_can_be(raw):
    made = []
    while (reply := raw.control("create_subshell_request"))["status"] == "ok":
        made.append(reply["subshell_id"])
        assert len(made) < 1000
    assert "subshells already" in reply["evalue"]
    sent = [send(raw, subshell, "1") for subshell in made]
    assert {raw.reply()["parent_header"]["msg_id"] for _ in made} == set(sent)
    for subshell in made:
        assert raw.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    assert raw.control("create_subshell_request")["status"] == "ok"
    raw.control("delete_subshell_request", subshell_id=raw.control("list_subshell_request")["subshell_id"][0])
    while raw.client.iopub_channel.msg_ready():
        raw.client.get_iopub_msg()


def test_output_of_both_is_kept_apart(raw, subshell):
    code = "import time\nfor i in range(50):\n    print({!r}, i)\n    time.sleep(0.002)"
    main, sub = raw.client.execute(code.format("main")), send(raw, subshell, code.format("sub"))
    messages, idle = [], set()
    while not idle >= {main, sub}:
        messages.append(raw.client.get_iopub_msg(timeout=10))
        if messages[-1]["content"].get("execution_state") == "idle":
            idle.add(messages[-1]["parent_header"]["msg_id"])
    for msg_id, word in ((main, "main"), (sub, "sub")):
        text = "".join(m["content"]["text"] for m in messages
                       if m["msg_type"] == "stream" and m["parent_header"]["msg_id"] == msg_id)
        assert text == "".join(f"{word} {i}\n" for i in range(50))
    raw.reply(), raw.reply()


def test_in_has_each_cell_at_its_number(raw, subshell):
    raw.run("'a result'")
    running = raw.client.execute("import time\ntime.sleep(0.7)", allow_stdin=False)
    queued = raw.client.execute("'queued'", allow_stdin=False)
    overtaking = send(raw, subshell, "'overtaking'")
    counts = {r["parent_header"]["msg_id"]: r["content"]["execution_count"] for r in (raw.reply() for _ in range(3))}
    raw.published(queued)
    assert len(set(counts.values())) == 3
    known = ", ".join(f"In[{counts[cell]}]" for cell in (running, queued, overtaking))
    assert raw.run(f"[{known}]").plain == repr(["import time\ntime.sleep(0.7)", "'queued'", "'overtaking'"])


# ---- what must not wait for the GIL, and requests that nobody can take ------------------------------------------------------

@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    "A kernel whose cells may do all."
    kernel = RawKernel(tmp_path_factory.mktemp("trusting"), "--magics", "open")
    yield kernel
    kernel.stop()


PRINT_WITH_THE_GIL = r"""%%trusted
import ctypes
ctypes.PyDLL(None).system(b"trap : INT; sleep 1; head -c 300000 /dev/zero | tr '\\000' x")"""


def test_interrupting_it_while_c_code_holds_the_gil_and_prints(trusting):
    subshell = trusting.control("create_subshell_request")["subshell_id"]
    looping = send(trusting, subshell, "print('looping')\nwhile True: pass")
    while trusting.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    printing = trusting.client.execute(PRINT_WITH_THE_GIL)
    assert wait_until(lambda: any(Path(f"/proc/{pid}/comm").read_text() == "sleep\n" for pid in children(trusting.process.pid)))
    trusting.control("interrupt_request")
    replies, messages = trusting.answers(2)
    assert {reply["parent_header"]["msg_id"] for reply in replies} == {looping, printing}
    while printing not in {m["parent_header"]["msg_id"] for m in messages if m["content"].get("execution_state") == "idle"}:
        messages += trusting.published(printing)
    printed = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream" and m["parent_header"]["msg_id"] == printing)
    assert len(printed) == 300000
    trusting.control("delete_subshell_request", subshell_id=subshell)


NO_MORE_MEMORY = """%%trusted
import resource
before = resource.getrlimit(resource.RLIMIT_AS)
pages = int(open('/proc/self/statm').read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (1 << 20), before[1]))
"""


def test_requests_are_answered_where_memory_is_short(start):
    trusting = start("--magics", "open") # one that has no thread's stack to use again
    assert trusting.run(NO_MORE_MEMORY).reply["status"] == "ok"
    subshell = trusting.control("create_subshell_request")["subshell_id"]
    reply = run(trusting, subshell, "1").reply
    assert (reply["status"], reply["ename"]) == ("error", "RuntimeError") and "no thread" in reply["evalue"]
    reply = trusting.run("'" + "x" * (8 << 20) + "'").reply
    assert (reply["status"], reply["ename"]) == ("error", "MemoryError")
    trusting.control("delete_subshell_request", subshell_id=subshell)
    assert trusting.run("%%trusted\nresource.setrlimit(resource.RLIMIT_AS, before)\n2").plain == "2"
    subshell = trusting.control("create_subshell_request")["subshell_id"]
    assert run(trusting, subshell, "3").plain == "3"
    trusting.control("delete_subshell_request", subshell_id=subshell)
