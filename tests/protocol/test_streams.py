"""Output: order, parents, odd characters, descriptors, and much of it."""
import re
from itertools import groupby
from pathlib import Path
from queue import Empty

import pytest

from raw_kernel import wait_until


def streams(messages):
    return [(m["content"]["name"], m["content"]["text"]) for m in messages if m["msg_type"] == "stream"]


def test_order_of_streams(raw):
    cell = raw.run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out')")
    assert streams(cell.messages) == [("stdout", "out\n"), ("stderr", "err\n"), ("stdout", "out\n")]


def test_many_changes_of_stream_keep_their_order(raw):
    cell = raw.run("import sys\nfor i in range(300):\n    print(i, file=(sys.stdout, sys.stderr)[i % 2])")
    assert streams(cell.messages) == [(("stdout", "stderr")[i % 2], f"{i}\n") for i in range(300)]


def test_adjacent_writes_are_one_message(raw):
    cell = raw.run("for i in range(100): print(i)")
    assert streams(cell.messages) == [("stdout", "".join(f"{i}\n" for i in range(100)))]


def test_order_of_streams_and_displays(raw):
    cell = raw.run("print('a')\ndisplay(1)\nprint('b')\ndisplay(2)\nprint('c')\n3")
    assert cell.types == ["status", "execute_input", "stream", "display_data", "stream", "display_data", "stream",
                          "execute_result", "status"]


def test_output_comes_before_the_error(raw):
    assert raw.run("print('x')\n1/0").types == ["status", "execute_input", "stream", "error", "status"]


def test_output_is_seen_while_the_cell_still_runs(raw):
    msg_id = raw.client.execute("print('soon')\ninput()", allow_stdin=True)
    raw.client.get_stdin_msg(timeout=10)
    seen = [raw.client.get_iopub_msg(timeout=5) for _ in range(3)]
    assert streams(seen) == [("stdout", "soon\n")]
    raw.client.input("")
    raw.collect(msg_id)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\x1b[31mred\x1b[0m", "\x7f\x80\x9f", "\r\n\t\b", '"\\/', "\ufeff\ufffe\uffff",
                                  "\U0010ffff", "e\u0301", "\u2028\u2029", "\u202e", "]]>", "x" * 1_000_000])
def test_every_character_arrives(raw, text):
    assert raw.run(f"print({text!r}, end='')").stream() == text


@pytest.mark.parametrize("text, shown", [("'\\ud800'", "\\ud800"), ("'a\\udfffb'", "a\\udfffb"),
                                         ("'\\ud83d\\ude00'", "\\ud83d\\ude00")])
def test_surrogates_are_escaped(raw, text, shown):
    assert raw.run(f"print({text}, end='')").stream() == shown


def test_surrogates_in_results_errors_and_displays(raw):
    assert raw.run("'\\ud800|\\0'").plain == "'\\ud800|\\x00'"
    assert raw.run("raise ValueError('\\ud800|\\0')").reply["ename"] == "ValueError"
    cell = raw.run("class R:\n    def __repr__(self): return '\\ud800|\\0'\n    _repr_html_ = __repr__\ndisplay(R())\nR()")
    assert cell.reply["status"] == "ok" and cell.types.count("display_data") == 1 and "|\0" in cell.data["text/html"]


@pytest.mark.parametrize("data, shown", [(b"\xff", "\ufffd"), (b"a\xc3\xa9b", "aéb"), (b"\xc3", "\ufffd"), (b"", "")])
def test_bytes_that_are_no_text(raw, data, shown):
    assert raw.run(f"import sys\nn = sys.stdout.buffer.write({data!r})").stream() == shown


@pytest.mark.parametrize("fd, name", [(1, "stdout"), (2, "stderr")])
def test_what_is_written_to_a_descriptor(raw, fd, name):
    cell = raw.run(f"import os\nn = os.write({fd}, b'by descriptor')\nprint('by print')")
    assert cell.reply["status"] == "ok", cell.traceback
    assert cell.stream(name).startswith("by descriptor") or "by descriptor" in cell.stream(name)
    assert "by print\n" in cell.stream()


def test_a_childs_output(start):
    kernel = start("--magics", "open")
    cell = kernel.run("%%trusted\nimport subprocess\n"
                      "done = subprocess.run(['sh', '-c', 'echo out; echo err >&2'])")
    assert (cell.stream(), cell.stream("stderr")) == ("out\n", "err\n")


def test_a_thousand_displays(raw):
    cell = raw.run("for i in range(1000): display(i)")
    shown = [m["content"]["data"]["text/plain"] for m in cell.messages if m["msg_type"] == "display_data"]
    assert shown == [str(i) for i in range(1000)]


def memory_kilobytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def test_100_megabytes_of_output(raw):
    "All of it arrives, in messages of moderate size, and the worker's memory does not grow with it."
    raw.run("line = 'x' * 99")
    before = memory_kilobytes(raw.worker)
    msg_id = raw.client.execute("for i in range(1_000_000): print(line)", allow_stdin=False)
    size = largest = 0
    while True:
        message = raw.client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "stream":
            size += len(message["content"]["text"])
            largest = max(largest, len(message["content"]["text"]))
        elif message["content"].get("execution_state") == "idle" and message["parent_header"]["msg_id"] == msg_id:
            break
    assert raw.reply()["content"]["status"] == "ok"
    assert size == 100_000_000 and largest < 2_000_000
    assert memory_kilobytes(raw.worker) < before + 20_000


def test_a_silent_cell_prints_nothing_later_either(raw):
    cell = raw.run("import sys\nprint('x')\nprint('y', file=sys.stderr)\ndisplay(1)\n2", silent=True)
    assert cell.types == ["status", "status"]
    following = raw.run("'next'")
    assert following.types == ["status", "execute_input", "execute_result", "status"] and not following.others


def test_a_silent_error_is_in_the_reply_alone(raw):
    cell = raw.run("1/0", silent=True)
    assert cell.types == ["status", "status"] and cell.reply["ename"] == "ZeroDivisionError"


def test_threads_print_to_the_cell_that_started_them(raw):
    first = raw.run("import threading, time\ngo = threading.Event()\ndef work(n):\n    go.wait(10)\n    print('thread', n)\n"
                    "ts = [threading.Thread(target=work, args=(i,)) for i in range(5)]\n[t.start() for t in ts]\nNone")
    home = first.messages[0]["parent_header"]["msg_id"]
    second = raw.run("go.set()\n[t.join() for t in ts]\nprint('second')")
    assert second.stream() == "second\n"
    assert {m["parent_header"]["msg_id"] for m in second.others} == {home}
    assert sorted("".join(m["content"]["text"] for m in second.others).splitlines()) == [f"thread {i}" for i in range(5)]


@pytest.mark.parametrize("make", [
    "import concurrent.futures\npool = concurrent.futures.ThreadPoolExecutor()\nf = pool.submit(late)",
    "t = threading.Timer(0.1, late)\nt.start()",
    "t = threading.Thread(target=lambda: [threading.Thread(target=late).start()])\nt.start()"])
def test_every_kind_of_thread(raw, make):
    first = raw.run(f"import threading, time\ndef late():\n    time.sleep(0.2)\n    print('late')\n    display('shown')\n{make}")
    second = raw.run("time.sleep(0.6)")
    assert second.types == ["status", "execute_input", "status"]
    assert {m["parent_header"]["msg_id"] for m in second.others} == {first.messages[0]["parent_header"]["msg_id"]}
    assert "".join(m["content"].get("text", "") for m in second.others) == "late\n"
    assert [kind for kind, _ in groupby(m["msg_type"] for m in second.others)] == ["stream", "display_data"]


def test_tasks_print_to_the_cell_that_made_them(raw):
    first = raw.run("import asyncio\nasync def late(n):\n    await asyncio.sleep(0.1 * n)\n    print('task', n)\n"
                    "ts = [asyncio.create_task(late(i)) for i in (1, 2, 3)]")
    second = raw.run("await asyncio.gather(*ts)\nprint('second')")
    assert second.stream() == "second\n"
    assert {m["parent_header"]["msg_id"] for m in second.others} == {first.messages[0]["parent_header"]["msg_id"]}


def test_tasks_go_on_between_cells(raw):
    cell = raw.run("import asyncio\nasync def ticks():\n    for i in range(3):\n        print('tick', i)\n"
                   "        await asyncio.sleep(0.05)\ntask = asyncio.create_task(ticks())")
    text = cell.stream()  # the first may come before the cell's idle
    while not text.endswith("tick 2\n"):
        text += raw.client.get_iopub_msg(timeout=5)["content"]["text"]
    assert text == "tick 0\ntick 1\ntick 2\n"


def test_adjacent_writes_between_cells_are_one_message(raw):
    raw.run("import threading, time\ndef late():\n    time.sleep(0.1)\n    for i in range(20): print(i, i)\n"
            "threading.Thread(target=late).start()")
    text, messages = "", 0
    while "19 19\n" not in text:
        text += raw.client.get_iopub_msg(timeout=5)["content"]["text"]
        messages += 1
    assert text == "".join(f"{i} {i}\n" for i in range(20)) and messages < 5


def test_output_of_a_thread_after_hundreds_of_cells(raw):
    first = raw.run("import threading\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(60), print('late'))).start()")
    for _ in range(700):
        raw.client.execute("1", silent=True)
    for _ in range(700):
        raw.reply()
    cell = raw.run("go.set()\nimport time\ntime.sleep(0.2)")
    late, = [m for m in cell.others if m["msg_type"] == "stream"]
    assert late["parent_header"]["msg_id"] == first.messages[0]["parent_header"]["msg_id"]


def test_context_variables_stay(raw):
    raw.run("import contextvars, decimal\nv = contextvars.ContextVar('v')\nt = v.set(1)\ndecimal.getcontext().prec = 5")
    assert raw.run("v.get(), decimal.Decimal(1) / 3").plain == "(1, Decimal('0.33333'))"
    raw.run("import asyncio\nawait asyncio.sleep(0)\nt = v.set(2)")
    raw.run("1/0")
    assert raw.run("v.get()").plain == "2"


def test_the_users_own_stream_object(raw):
    cell = raw.run("import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as held:\n    print('held')\n"
                   "held.getvalue()")
    assert cell.plain == "'held\\n'" and cell.stream() == ""
    assert raw.run("print('shown')").stream() == "shown\n"


def test_nothing_comes_between_cells(raw):
    raw.run("print('x')")
    with pytest.raises(Empty):
        raw.client.get_iopub_msg(timeout=0.3)


def test_a_descriptor_that_leads_elsewhere_is_no_work(start):
    kernel = start("--magics", "open")
    kernel.run("%%trusted\nimport os\nnull = os.open(os.devnull, os.O_WRONLY)\nos.dup2(null, 1)")
    states = lambda: {(task / "stat").read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{kernel.worker}/task").iterdir()}
    assert wait_until(lambda: all(states() == {"S"} for _ in range(10))), "a thread goes round and round"
    cell = kernel.run("%%trusted\nos.write(2, b'error')\nprint('shown')")
    assert (cell.stream(), cell.stream("stderr")) == ("shown\n", "error")
