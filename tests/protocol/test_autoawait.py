"""%autoawait: what runs a cell that awaits outside of functions, and whether one may."""
import time

import pytest


@pytest.fixture
def kernel(raw):
    "The kernel of this file, back in asyncio afterwards."
    yield raw
    raw.run("%autoawait asyncio")
    assert raw.run("import asyncio\nawait asyncio.sleep(0.001, 'asyncio again')").plain == "'asyncio again'"


@pytest.fixture
def in_trio(kernel):
    pytest.importorskip("trio")
    kernel.run("%autoawait trio\nimport trio")
    return kernel


def test_alone_it_tells(kernel):
    assert kernel.run("%autoawait").stream() == "IPython autoawait is `on`, and set to use `asyncio`\n"
    kernel.run("%autoawait sync")
    assert kernel.run("%autoawait").stream() == "IPython autoawait is `off`, and set to use `sync`\n"


@pytest.mark.parametrize("off", ["%autoawait False", "%autoawait off", "%autoawait sync", "get_ipython().autoawait = False",
                                 "%config InteractiveShell.autoawait = False"])
def test_off_is_plain_python(kernel, off):
    assert kernel.run(off).reply["status"] == "ok"
    cell = kernel.run("import asyncio\nawait asyncio.sleep(0)")
    assert (cell.reply["ename"], cell.reply["evalue"].split(" (")[0]) == ("SyntaxError", "'await' outside function")
    assert kernel.run("get_ipython().autoawait, get_ipython().should_run_async('await x')").plain == "(False, False)"
    assert kernel.run("async def f(): return 5\nasyncio.run(f())").plain == "5"


def test_on_is_what_it_was_before(kernel):
    kernel.run("%autoawait False\n%autoawait True")
    assert kernel.run("import asyncio\nawait asyncio.sleep(0, 'x')").plain == "'x'"


def test_without_a_loop_a_coroutine_that_need_not_wait_runs(kernel):
    kernel.run("%autoawait sync\n%autoawait on\nimport asyncio\nasync def f(): return 5")
    assert kernel.run("await f()").plain == "5"
    cell = kernel.run("await asyncio.sleep(1)")
    assert cell.reply["ename"] == "RuntimeError" and "%autoawait asyncio" in cell.reply["evalue"]


def test_trio_runs_cells(in_trio):
    cell = in_trio.run("async def child(n):\n    await trio.sleep(0.001)\n    print('child', n)\n"
                       "async with trio.open_nursery() as nursery:\n    for n in range(3): nursery.start_soon(child, n)\n'whole'")
    assert (sorted(cell.stream().splitlines()), cell.plain) == (["child 0", "child 1", "child 2"], "'whole'")
    assert in_trio.run("with trio.move_on_after(0.01) as scope: await trio.sleep(100)\nscope.cancelled_caught").plain == "True"
    assert in_trio.run("await trio.to_thread.run_sync(lambda: 6 * 7)").plain == "42"
    assert in_trio.run("1 + 1").plain == "2"
    assert in_trio.run("%autoawait").stream() == "IPython autoawait is `on`, and set to use `trio`\n"


def test_an_error_of_a_trio_cell_is_the_cells(in_trio):
    cell = in_trio.run("await trio.sleep(0)\nraise ValueError('in it')")
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("ValueError", "in it")
    assert "trio/_core" not in "".join(cell.reply["traceback"])
    cell = in_trio.run("import asyncio\nawait asyncio.sleep(1)")
    assert cell.reply["status"] == "error" and not cell.stream("stderr")
    assert in_trio.run("await trio.sleep(0)\n'goes on'").plain == "'goes on'"


def test_a_trio_cell_is_held_as_others_are(in_trio, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("kept")
    for code in (f"import os\nasync def f(): os.remove({str(kept)!r})\nawait f()", f"await trio.Path({str(kept)!r}).write_text('')",
                 f"import os\nawait trio.to_thread.run_sync(os.remove, {str(kept)!r})", f"await trio.run_process(['rm', {str(kept)!r}])"):
        assert in_trio.run(code).reply["ename"] == "Denied", code
    assert kept.read_text() == "kept"


@pytest.mark.parametrize("stop", ["interrupt_request", "signal"])
def test_an_interrupt_ends_a_trio_cell(in_trio, stop):
    msg_id = in_trio.start_cell("print('in it')\nawait trio.sleep(1000)")
    assert in_trio.client.get_iopub_msg(timeout=10)["content"].get("text") == "in it\n"
    if stop == "signal":
        in_trio.signal()
    else:
        in_trio.request("interrupt_request", channel="control")
        assert in_trio.reply("control")["content"]["status"] == "ok"
    assert in_trio.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert in_trio.run("await trio.sleep(0)\n'goes on'").plain == "'goes on'"


def test_the_second_interrupt_ends_a_trio_cell_that_swallows_the_first(in_trio):
    msg_id = in_trio.start_cell("while True:\n    try:\n        print('again')\n        await trio.sleep(1000)\n"
                                "    except BaseException:\n        pass")
    assert in_trio.client.get_iopub_msg(timeout=10)["content"].get("text") == "again\n"
    for _ in range(2):
        in_trio.request("interrupt_request", channel="control")
        assert in_trio.reply("control")["content"]["status"] == "ok"
        time.sleep(0.3)
    assert in_trio.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert in_trio.run("await trio.sleep(0)\n'goes on'").plain == "'goes on'"


def test_requests_are_answered_while_a_trio_cell_awaits(in_trio):
    in_trio.run("released = trio.Event()\nfrom ipykernel.comm import Comm\nget_ipython().kernel.comm_manager.register_target("
                "'release', lambda comm, opened: released.set())")
    msg_id = in_trio.start_cell("with trio.fail_after(20): await released.wait()\n'released'")
    asked = in_trio.request("complete_request", {"code": "trio.open_nur", "cursor_pos": 13})
    answer = in_trio.reply()
    assert answer["parent_header"]["msg_id"] == asked and answer["content"]["matches"] == ["open_nursery"]
    in_trio.request("comm_open", {"comm_id": "c", "target_name": "release", "data": {}})
    assert in_trio.finish_cell(msg_id).plain == "'released'"


def test_trio_run_in_a_cell_of_asyncio(kernel):
    pytest.importorskip("trio")
    assert kernel.run("import trio\nasync def main():\n    await trio.sleep(0.001)\n    return 'done'\ntrio.run(main)").plain == "'done'"


def test_trio_in_a_subshell(in_trio):
    subshell = in_trio.control("create_subshell_request")["subshell_id"]
    msg_id = in_trio.request("execute_request", {"code": "await trio.sleep(0.001)\nprint('there')", "allow_stdin": False}, subshell=subshell)
    cell = in_trio.finish_cell(msg_id)
    assert (cell.reply["status"], cell.stream()) == ("ok", "there\n")
    assert in_trio.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"


def test_a_runner_of_ones_own(kernel):
    kernel.run("import asyncio\ndef runner(coroutine):\n    print('mine')\n    return asyncio.run(coroutine)")
    for choose in ("%autoawait runner", "get_ipython().loop_runner = runner", "%autoawait asyncio.run"):
        assert kernel.run(choose).reply["status"] == "ok"
        cell = kernel.run("await asyncio.sleep(0.001, 'r')")
        assert cell.plain == "'r'" and cell.stream() == ("" if "asyncio" in choose else "mine\n")


@pytest.mark.parametrize("choose, name, words", [
    ("%autoawait bogus", "ValueError", "neither one of asyncio, curio, trio, sync"), ("%autoawait no_such_module.run", "ModuleNotFoundError", "no_such_module"),
    ("%autoawait asyncio.no_such", "ImportError", "no_such"), ("get_ipython().loop_runner = 5", "ValueError", "callable")])
def test_a_runner_that_is_none(kernel, choose, name, words):
    cell = kernel.run(choose)
    assert cell.reply["ename"] == name and words in cell.reply["evalue"]


def test_a_runner_is_held_as_a_call_of_the_cells(kernel, tmp_path):
    "What a person may not call, %autoawait does not call for him either."
    assert kernel.run("%autoawait os.kill").reply["status"] == "ok"
    cell = kernel.run("async def f(): return 5\nawait f()")
    assert cell.reply["status"] == "error" and not cell.stream("stderr")
