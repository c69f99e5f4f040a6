"""A cell that swallows its interrupt: the second ends it whatever it catches, the third ends its Python process."""
import time

import pytest

SWALLOWS = {
    "except": "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
    "one line": "def f():\n    while True: pass\nwhile True:\n    try: f()\n    except: continue",
    "finally": "def f():\n    while True:\n        try:\n            while True: pass\n        finally:\n            continue\nf()",
    "sleeping": "import time\nwhile True:\n    try:\n        time.sleep(100)\n    except BaseException:\n        time.sleep(100)",
    "suppress": "import contextlib\nwhile True:\n    with contextlib.suppress(BaseException):\n        while True: pass",
    "exit": "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): return True\nwhile True:\n    with C():\n        while True: pass",
    "nested": "def f(n):\n    while True:\n        try:\n            f(n - 1) if n else [i for i in iter(int, 1)]\n        except BaseException:\n            pass\nf(20)",
    "generator": "def g():\n    while True:\n        try:\n            yield\n        except BaseException:\n            pass\ndef f():\n    while True:\n"
                 "        try:\n            for _ in g(): pass\n        except BaseException: pass\nf()",
    "await": "import asyncio\nwhile True:\n    try:\n        await asyncio.sleep(100)\n    except BaseException:\n        pass",
    "coroutine": "import asyncio\nasync def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException:\n            pass\nawait f()",
    "hook": "import signal\nwhile True:\n    try:\n        signal.pause()\n    except BaseException:\n        pass",
}


def interrupt(kernel):
    kernel.request("interrupt_request", channel="control")
    assert kernel.reply("control")["content"]["status"] == "ok"


def begin(kernel, code):
    "Start a cell that prints 'in it' where an interrupt is to meet it; its msg_id, once it has."
    msg_id = kernel.start_cell(code)
    while kernel.client.get_iopub_msg(timeout=20)["content"].get("text") != "in it\n":
        pass  # what newer Pythons warn of in such a cell
    return msg_id


@pytest.mark.parametrize("code", SWALLOWS.values(), ids=SWALLOWS)
def test_the_second_interrupt_ends_the_cell(raw, code):
    raw.run("import asyncio, contextlib, time, signal\nkept = 5")
    msg_id = begin(raw, f"print('in it')\n{code}")
    time.sleep(0.1)
    interrupt(raw)
    time.sleep(0.3)
    interrupt(raw)
    cell = raw.finish_cell(msg_id)
    assert (cell.reply["status"], cell.reply["ename"]) == ("error", "KeyboardInterrupt")
    assert raw.run("try:\n    1 / 0\nexcept BaseException:\n    kept += 1\nkept").plain == "6"  # the same process, and it catches again
    assert raw.run("await asyncio.sleep(0.01)\n'awaited'").plain == "'awaited'"  # the session's loop is as it was


@pytest.mark.parametrize("pause", [0, 0.0003, 0.001, 0.003, 0.02])
def test_a_cell_awaits_after_interrupts_in_the_middle_of_asyncio(raw, pause):
    "The second may come while the loop cleans up after the first."
    for _ in range(8):
        msg_id = raw.start_cell("import asyncio\nawait asyncio.sleep(1000)")
        time.sleep(0.03)
        raw.signal()
        time.sleep(pause)
        raw.signal()
        assert raw.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
        assert raw.run("import asyncio\nawait asyncio.sleep(0.001)\n'awaited'").plain == "'awaited'"


@pytest.mark.parametrize("name, does", [("swallows_asleep", "time.sleep(100)"), ("swallows_awake", "pass")])
def test_no_module_stays_half_imported(raw, tmp_path, name, does):
    """Given a module whose code swallows the first interrupt, then the second meets it and the import system, and it is imported
    anew afterwards: a half imported one would fail in every cell."""
    (tmp_path / f"{name}.py").write_text("import os, time\nprint('in it')\nwhile not os.path.exists(__file__ + '.done'):\n    try:\n"
                                         f"        {does}\n    except BaseException:\n        pass\nwhole = 1\n")
    msg_id = begin(raw, f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport {name}")
    for _ in range(2):
        time.sleep(0.3)
        raw.signal()
    assert raw.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    (tmp_path / f"{name}.py.done").touch()
    cell = raw.run(f"there = {name!r} in sys.modules\nimport {name}\nprint(there, {name}.whole)\nsys.path.pop(0)")
    assert cell.stream() == "in it\nFalse 1\n"


def test_one_interrupt_is_the_cells_to_catch(raw):
    msg_id = begin(raw, "import time\ntry:\n    print('in it')\n    time.sleep(100)\nexcept KeyboardInterrupt:\n    print('caught')\n8")
    interrupt(raw)
    cell = raw.finish_cell(msg_id)
    assert cell.plain == "8" and cell.stream() == "caught\n"


def test_interrupts_of_different_cells_are_not_added_up(raw):
    for _ in range(4):
        msg_id = begin(raw, "import time\ntry:\n    print('in it')\n    time.sleep(100)\nexcept KeyboardInterrupt:\n    pass\n8")
        interrupt(raw)
        assert raw.finish_cell(msg_id).plain == "8"


def test_the_third_interrupt_ends_what_runs_in_c(start):
    kernel = start()
    worker = kernel.worker
    msg_id = begin(kernel, "print('in it')\nlist(map(len, iter(str, None)))")  # C alone, which takes no signal
    time.sleep(0.5)
    for _ in range(3):
        interrupt(kernel)
        time.sleep(0.6)
    assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
    assert kernel.worker != worker
    assert kernel.run("1 + 1").plain == "2"
