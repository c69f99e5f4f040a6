"""While a cell awaits, what is no cell is answered; tasks go on between cells; what each prints goes to its own cell."""
import os
import signal
import time

import pytest


@pytest.fixture
def awaiting(raw):
    "A cell that awaits until `release` is set by a comm message, or for 20 s; its msg_id."
    raw.run("import asyncio, comm\nrelease = asyncio.Event()\n"
            "comm.get_comm_manager().register_target('let_go', lambda c, m: release.set())")
    msg_id = raw.start_cell("print('begun')\nawait asyncio.wait_for(release.wait(), 20)\nprint('ended')\n7")
    while raw.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    yield msg_id
    let_go(raw)
    wait_for(raw, msg_id)


def let_go(raw):
    raw.request("comm_open", {"comm_id": "c", "target_name": "let_go", "data": {}})


def wait_for(raw, msg_id):
    "The reply of a cell, past other replies; what iopub said until its idle."
    while raw.reply(timeout=20)["parent_header"]["msg_id"] != msg_id:
        pass
    return raw.published(msg_id)


@pytest.mark.parametrize("msg_type, content, field", [
    ("complete_request", {"code": "asyncio.sle", "cursor_pos": 11}, "matches"),
    ("inspect_request", {"code": "len", "cursor_pos": 3, "detail_level": 0}, "found"),
    ("is_complete_request", {"code": "def f():"}, "indent"),
    ("kernel_info_request", {}, "implementation"),
    ("comm_info_request", {}, "comms"),
    ("history_request", {"hist_access_type": "tail", "n": 1}, "history"),
    ("connect_request", {}, "shell_port"),
])
def test_requests_are_answered_while_a_cell_awaits(raw, awaiting, msg_type, content, field):
    msg_id = raw.request(msg_type, content)
    reply = raw.reply()
    assert reply["parent_header"]["msg_id"] == msg_id and reply["content"]["status"] in ("ok", "incomplete") and field in reply["content"]
    states = [m["content"]["execution_state"] for m in raw.published(msg_id) if m["parent_header"]["msg_id"] == msg_id]
    assert states == ["busy", "idle"]


def test_comm_messages_are_heard_and_the_cells_output_stays_its_own(raw):
    raw.run("import asyncio, comm\nrelease = asyncio.Event()\n"
            "def opened(c, m):\n    print('heard')\n    release.set()\n"
            "comm.get_comm_manager().register_target('speaks', opened)")
    cell = raw.start_cell("await asyncio.wait_for(release.wait(), 20)\nprint('mine')\n7")
    time.sleep(0.2)
    other = raw.request("comm_open", {"comm_id": "d", "target_name": "speaks", "data": {}})
    assert raw.reply(timeout=20)["content"]["status"] == "ok"
    said = {}
    for message in raw.published(cell):
        if message["msg_type"] == "stream":
            said.setdefault(message["parent_header"]["msg_id"], []).append(message["content"]["text"])
    assert said == {other: ["heard\n"], cell: ["mine\n"]}


def test_cells_wait_their_turn(raw):
    first = raw.start_cell("import asyncio\nawait asyncio.sleep(20)")
    time.sleep(0.1)
    second = raw.client.execute("8")
    completes = raw.request("complete_request", {"code": "asyncio.sle", "cursor_pos": 11})
    assert raw.reply()["parent_header"]["msg_id"] == completes  # it overtakes the cell that is queued
    raw.request("interrupt_request", channel="control")
    raw.reply("control")
    assert [raw.reply(timeout=20)["parent_header"]["msg_id"] for _ in range(2)] == [first, second]
    raw.published(second)


def test_comm_messages_do_not_overtake_cells(raw):
    raw.run("import asyncio, comm\norder = []")
    raw.start_cell("await asyncio.sleep(0.5)\norder.append('first')")
    raw.client.execute("order.append('second')\ncomm.get_comm_manager().register_target('late', lambda c, m: order.append('comm'));")
    raw.request("comm_open", {"comm_id": "f", "target_name": "late", "data": {}})
    raw.answers(2)
    assert raw.run("order").plain == "['first', 'second', 'comm']"


def test_an_interrupt_ends_a_cell_that_awaits(raw):
    msg_id = raw.start_cell("import asyncio\nawait asyncio.sleep(30)")
    time.sleep(0.1)
    raw.request("interrupt_request", channel="control")
    raw.reply("control")
    assert raw.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"


def test_requests_behind_a_cell_that_blocks_wait_for_it(raw):
    msg_id = raw.start_cell("import time\ntime.sleep(0.5)\n'blocked'")
    raw.request("complete_request", {"code": "tim", "cursor_pos": 3})
    assert raw.reply()["parent_header"]["msg_id"] == msg_id
    assert raw.reply()["content"]["matches"]


def test_a_worker_that_dies_meanwhile_answers_all(start):
    kernel = start()
    cell = kernel.start_cell("import asyncio, time, comm\ncomm.get_comm_manager().register_target('blocks', lambda c, m: (print('blocks'), time.sleep(200)))\n"
                             "print('awaits')\nawait asyncio.sleep(200)")
    assert kernel.client.get_iopub_msg(timeout=20)["content"].get("text") == "awaits\n"
    kernel.request("comm_open", {"comm_id": "e", "target_name": "blocks", "data": {}})
    while kernel.client.get_iopub_msg(timeout=20)["content"].get("text") != "blocks\n":
        pass
    completes = kernel.request("complete_request", {"code": "le", "cursor_pos": 2})
    behind = kernel.request("kernel_info_request")
    assert kernel.reply(timeout=20)["parent_header"]["msg_id"] == behind  # so the front has the other, too
    os.kill(kernel.worker, signal.SIGKILL)
    replies = {reply["parent_header"]["msg_id"]: reply["content"]["status"] for reply in (kernel.reply(timeout=20) for _ in range(2))}
    assert replies == {cell: "error", completes: "error"}
    assert kernel.run("1 + 1").plain == "2"


def test_tasks_go_on_between_cells_and_print_into_theirs(raw):
    first = raw.start_cell("import asyncio\nasync def ticks():\n    for i in range(3):\n        await asyncio.sleep(0.05)\n        print('tick', i)\n"
                           "task = asyncio.create_task(ticks());")
    raw.finish_cell(first)
    said = []
    while len(said) < 3:
        message = raw.client.get_iopub_msg(timeout=10)
        if message["msg_type"] == "stream":
            assert message["parent_header"]["msg_id"] == first
            said += message["content"]["text"].splitlines()
    assert said == ["tick 0", "tick 1", "tick 2"]
