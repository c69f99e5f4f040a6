"""SIGINT to the kernel's process and interrupt_request: whatever runs, and when nothing does."""
import random
import threading
import time

import pytest

LOOPS = {
    "sleep": "import time\ntime.sleep(1000)",
    "loop": "while True: pass",
    "await": "import asyncio\nawait asyncio.sleep(1000)",
    "gather": "import asyncio\nawait asyncio.gather(*(asyncio.sleep(1000) for _ in range(3)))",
    "loop in a coroutine": "import asyncio\nasync def spin():\n    while True: pass\nawait spin()",
    "asyncio.run": "import asyncio\nasyncio.run(asyncio.sleep(1000))",
    "regular expression": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    "big numbers": "n = 7 ** (10 ** 7)\nwhile True: n * n",
    "sorting": "while True: sorted(range(1000), key=lambda x: -x)",
    "iterators in C": "import collections, itertools\nclass It:\n    def __iter__(self): return self\n"
                      "    def __next__(self): return 0\ncollections.deque(It(), 0)",
    "a lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "an event": "import threading\nthreading.Event().wait()",
    "a queue": "import queue\nqueue.Queue().get()",
    "a thread": "import threading, time\nthread = threading.Thread(target=time.sleep, args=(2,), daemon=True)\n"
                "thread.start()\nthread.join()\nwhile True: pass",
    "a generator": "def g():\n    while True: yield\nfor _ in g(): pass",
    "a comprehension": "import itertools\n[0 for _ in itertools.repeat(0) if False]",
    "select": "import select\nselect.select([], [], [])",
    "printing": "while True: print('x' * 1000)",
    "displaying": "while True: display(1)",
    "a with block": "import time\nclass C:\n    def __enter__(self): return self\n    def __exit__(self, *a): pass\n"
                    "with C():\n    time.sleep(1000)",
    "a try block": "import time\ntry:\n    time.sleep(1000)\nexcept Exception:\n    pass",
    "timeit": "%timeit -n 1 -r 1 __import__('time').sleep(1000)",
    "a cell magic": "%%time\nwhile True: pass",
    "importing": "import time, importlib\nwhile True: importlib.import_module('json')",
}


@pytest.fixture(scope="module", autouse=True)
def imported(raw):
    "What the cells import is there: on a busy machine an interrupt would meet the import of asyncio, and CPython cannot repeat that."
    modules = "asyncio, collections, getpass, importlib, itertools, queue, re, select, threading, time"
    assert raw.run("import " + modules).reply["status"] == "ok"


def interrupt(kernel, how):
    if how == "message":
        assert kernel.control("interrupt_request") == {"status": "ok"}
    else:
        kernel.signal()


def assert_interrupted(kernel, msg_id):
    cell = kernel.finish_cell(msg_id)
    assert (cell.reply["status"], cell.reply["ename"]) == ("error", "KeyboardInterrupt")
    assert cell.types.count("error") == 1 and not cell.others


@pytest.mark.parametrize("how", ["message", "signal"])
@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS)
def test_an_interrupt_ends(raw, code, how):
    msg_id = raw.start_cell(code)
    time.sleep(0.2)
    interrupt(raw, how)
    assert_interrupted(raw, msg_id)
    assert raw.run("'on'").plain == "'on'"


@pytest.mark.parametrize("how", ["message", "signal"])
@pytest.mark.parametrize("code", ["input()", "import getpass\ngetpass.getpass()"])
def test_an_interrupt_ends_what_waits_for_input(raw, code, how):
    msg_id = raw.ask(code)
    interrupt(raw, how)
    cell = raw.collect(msg_id)
    assert (cell.reply["status"], cell.reply["ename"]) == ("error", "KeyboardInterrupt")
    msg_id = raw.ask("v = input('next? ')\nv", "answer")
    assert raw.collect(msg_id).plain == "'answer'"


@pytest.mark.parametrize("how", ["message", "signal"])
@pytest.mark.parametrize("code", ["import time\ntime.sleep(1000)", "while True: pass",
                                  "import asyncio\nawait asyncio.sleep(1000)"])
def test_two_interrupts_in_a_row(raw, code, how):
    for pause in (0, 0.001, 0.02):
        msg_id = raw.start_cell(code)
        time.sleep(0.05)
        interrupt(raw, how)
        time.sleep(pause)
        interrupt(raw, how)
        assert_interrupted(raw, msg_id)
        assert raw.run("'on'").plain == "'on'"


@pytest.mark.parametrize("how", ["message", "signal"])
def test_an_interrupt_while_nothing_runs_does_nothing(raw, how):
    for pause in (0, 0.001, 0.02, 0.1):
        interrupt(raw, how)
        time.sleep(pause)
        assert raw.run("import time\ntime.sleep(0.05)\n'on'").plain == "'on'"


def test_an_interrupt_while_a_cells_task_waits_between_cells(raw):
    raw.run("import asyncio\nasync def later():\n    await asyncio.sleep(0.3)\n    done.append(1)\n"
            "done = []\ntask = asyncio.create_task(later())")
    raw.signal()
    assert raw.run("await asyncio.sleep(0.5)\ndone").plain == "[1]"


def test_an_interrupt_that_meets_a_hook_is_the_cells(raw):
    raw.run("import time\ndef slow(): time.sleep(0.3)\nget_ipython().events.register('pre_execute', slow)")
    try:
        msg_id = raw.start_cell("while True: pass")
        time.sleep(0.1)
        raw.signal()
        assert_interrupted(raw, msg_id)
    finally:
        raw.run("get_ipython().events.unregister('pre_execute', slow)")


@pytest.mark.parametrize("busy", ["time.sleep(0.4)", "while True: pass"])
def test_an_interrupt_that_meets_a_task_is_the_cells_that_waits_as_well(raw, busy):
    "The task holds the loop between two cells; the second has been sent, and has not begun."
    raw.run(f"import asyncio, time\nasync def later():\n    await asyncio.sleep(0.05)\n    {busy}\ntask = asyncio.create_task(later())")
    time.sleep(0.2)
    msg_id = raw.client.execute("while True: pass", allow_stdin=False)
    time.sleep(0.1)
    raw.signal()
    assert_interrupted(raw, msg_id)
    assert raw.run("task.cancel()\n'on'").plain == "'on'"


def test_interrupts_at_any_moment(raw):
    "200 signals around the start and the end of short cells: each cell gets its reply, and the next one runs."
    luck = random.Random(7)
    for _ in range(200):
        timer = threading.Timer(luck.random() * 0.004, raw.signal)
        timer.start()
        cell = raw.run("for i in range(2000): i * i\n'done'")
        timer.join()
        assert cell.reply["status"] == "ok" or cell.reply["ename"] == "KeyboardInterrupt"
        assert cell.types.count("execute_input") == 1, cell.traceback
    assert raw.run("'on'").plain == "'on'" and not raw.log


def test_interrupts_as_cells_start_and_queue_up(raw):
    "Signals while 100 cells are in the queue: a reply each, in their order."
    stop = threading.Event()

    def signals():
        while not stop.wait(0.003):
            raw.signal()

    thread = threading.Thread(target=signals)
    thread.start()
    ids = [raw.client.execute("sum(i for i in range(300))", stop_on_error=False, allow_stdin=False) for _ in range(100)]
    replies = [raw.reply(timeout=20) for _ in ids]
    stop.set()
    thread.join()
    assert [r["parent_header"]["msg_id"] for r in replies] == ids
    assert all(r["content"]["status"] == "ok" or r["content"]["ename"] == "KeyboardInterrupt" for r in replies)
    raw.published(ids[-1])
    assert raw.run("'on'").plain == "'on'"


@pytest.mark.parametrize("stop_on_error, status", [(True, "aborted"), (False, "ok")])
def test_the_next_queued_cell_gets_its_reply(raw, stop_on_error, status):
    first = raw.start_cell("import time\ntime.sleep(1000)", stop_on_error=stop_on_error)
    second = raw.client.execute("'second'", allow_stdin=False)
    time.sleep(0.1)
    raw.signal()
    replies, _ = raw.answers(2)
    assert [(r["parent_header"]["msg_id"], r["content"]["status"]) for r in replies] == \
        [(first, "error"), (second, status)]
    assert raw.run("'on'").plain == "'on'"


def test_a_cell_may_catch_it(raw):
    msg_id = raw.start_cell("import time\ntry:\n    time.sleep(1000)\nexcept KeyboardInterrupt:\n    print('caught')\n'on'")
    time.sleep(0.1)
    raw.signal()
    cell = raw.finish_cell(msg_id)
    assert cell.stream() == "caught\n" and cell.plain == "'on'"


def test_the_traceback_shows_where(raw):
    msg_id = raw.start_cell("def outer():\n    inner()\ndef inner():\n    while True:\n        pass\nouter()")
    time.sleep(0.1)
    raw.signal()
    text = raw.finish_cell(msg_id).traceback
    assert "in outer()" in text and "in inner()" in text and text.endswith("\nKeyboardInterrupt: ")


def test_an_error_whose_words_are_interrupted_is_told_with_them(raw):
    msg_id = raw.start_cell("import time\nclass E(Exception):\n    asked = 0\n    def __str__(self):\n        E.asked += 1\n"
                            "        if E.asked == 2: print('asked', flush=True); time.sleep(1000)\n        return 'words'\nraise E()")
    time.sleep(0.3)
    raw.signal()
    cell = raw.finish_cell(msg_id)
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("E", "words") and "str() failed" not in cell.traceback
    assert cell.stream() == "asked\n"


def test_an_error_whose_words_never_come_is_told_without_them(raw):
    msg_id = raw.start_cell("import time\nclass E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()")
    cell = None
    for _ in range(20):  # each asking for the words is ended by an interrupt
        time.sleep(0.2)
        raw.signal()
        if raw.client.shell_channel.msg_ready():
            break
    cell = raw.finish_cell(msg_id)
    assert cell.reply["ename"] == "E" and "str() failed" in cell.reply["evalue"]
    assert raw.run("'on'").plain == "'on'"


def test_a_lent_handler_of_interrupts_is_given_back_before_the_reply(raw):
    "An interrupt between that cell and the next one is nobody's."
    for pause in (0, 0.001, 0.02, 0.05):
        assert raw.run("import signal, time\nheard = []\nbefore = signal.signal(signal.SIGINT, lambda *a: heard.append(1))").reply["status"] == "ok"
        time.sleep(pause)
        raw.signal()
        time.sleep(0.05)
        assert raw.run("time.sleep(0.05)\nheard, signal.getsignal(signal.SIGINT) == before").plain == "([], True)"


def test_after_an_error_the_queued_executes_are_aborted(raw):
    sent = [raw.client.execute("import time\ntime.sleep(0.3)\n1/0"), raw.client.execute("ran = 1"), raw.client.kernel_info(),
            raw.client.execute("ran = 2", silent=True), raw.client.complete("im"), raw.client.execute("ran = 3")]
    replies = [raw.reply() for _ in sent]
    messages = raw.published(sent[-1])
    assert [r["parent_header"]["msg_id"] for r in replies] == sent
    assert [r["content"]["status"] for r in replies] == ["error", "aborted", "ok", "aborted", "ok", "aborted"]
    for msg_id in sent:
        states = [m["content"]["execution_state"] for m in messages
                  if m["msg_type"] == "status" and m["parent_header"]["msg_id"] == msg_id]
        assert states == ["busy", "idle"]
    assert not [m for m in messages if m["msg_type"] == "execute_input" and "ran" in m["content"]["code"]]
    assert raw.run("ran").reply["ename"] == "NameError"


def test_a_cell_sent_after_the_error_runs(raw):
    for _ in range(30):
        assert raw.run("1/0").reply["ename"] == "ZeroDivisionError"
        assert raw.run("'on'").plain == "'on'"


def test_without_stop_on_error_the_queue_goes_on(raw):
    sent = [raw.client.execute("1/0", stop_on_error=False), raw.client.execute("'on'")]
    replies, _ = raw.answers(2)
    assert [r["content"]["status"] for r in replies] == ["error", "ok"]
    assert [r["parent_header"]["msg_id"] for r in replies] == sent
