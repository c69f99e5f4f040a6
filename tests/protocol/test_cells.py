"""What cells show: results, streams, errors, input, tasks, threads and subshells, over real sockets."""
import re
import threading
import time
from queue import Empty

import pytest
from built import kernel_command
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Cell:
    """What one execute_request brought: `reply`, `outputs` (its own), `others` (of other cells)."""

    def __init__(self, reply, messages, msg_id):
        self.reply = reply["content"]
        mine = [m for m in messages if m["parent_header"].get("msg_id") == msg_id]
        self.types = [m["msg_type"] for m in mine]
        self.messages = mine
        self.others = [m for m in messages
                       if m["parent_header"].get("msg_id") != msg_id and m["msg_type"] != "status"]

    def stream(self, name="stdout"):
        return "".join(m["content"]["text"] for m in self.messages
                       if m["msg_type"] == "stream" and m["content"]["name"] == name)

    @property
    def data(self):
        result, = (m for m in self.messages if m["msg_type"] == "execute_result")
        return result["content"]["data"]

    @property
    def plain(self):
        return self.data["text/plain"]

    @property
    def traceback(self):
        error, = (m for m in self.messages if m["msg_type"] == "error")
        return ANSI.sub("", "\n".join(error["content"]["traceback"]))


class Kernel:
    def __init__(self, *options):
        argv = kernel_command(*options, "{connection_file}")
        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(argv=argv, display_name="safepyrun", language="python")
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=20)

    def collect(self, msg_id, timeout=20):
        reply = self.client.get_shell_msg(timeout=timeout)
        while reply["msg_type"] == "kernel_info_reply":  # a late answer to one of wait_for_ready's questions
            reply = self.client.get_shell_msg(timeout=timeout)
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            messages.append(message)
            if (message["msg_type"] == "status" and message["parent_header"].get("msg_id") == msg_id
                    and message["content"]["execution_state"] == "idle"):
                return Cell(reply, messages, msg_id)

    def run(self, code, **options):
        options.setdefault("allow_stdin", False)
        return self.collect(self.client.execute(code, **options))

    def run_interrupted(self, code, after=0.4, **options):
        threading.Timer(after, self.manager.interrupt_kernel).start()
        return self.run(code, **options)

    def control(self, msg_type, **content):
        self.client.control_channel.send(self.client.session.msg(msg_type, content))
        return self.client.get_control_msg(timeout=10)["content"]

    def send_to_subshell(self, subshell_id, code):
        content = dict(code=code, silent=False, store_history=True, user_expressions={},
                       allow_stdin=False, stop_on_error=True)
        message = self.client.session.msg("execute_request", content)
        message["header"]["subshell_id"] = subshell_id
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.stop()


def test_the_last_expression_is_the_result(kernel):
    assert kernel.run("a = 6\na * 7").plain == "42"


def test_messages_come_in_the_order_of_the_specification(kernel):
    assert kernel.run("print('x')\n1").types == ["status", "execute_input", "stream", "execute_result", "status"]


@pytest.mark.parametrize("code", ["1;", "1 ; # why", "'a;b';", "", "# only a comment", "x = 1", "None"])
def test_nothing_is_shown(kernel, code):
    cell = kernel.run(code)
    assert cell.reply["status"] == "ok" and cell.types == ["status", "execute_input", "status"]


@pytest.mark.parametrize("code, plain", [
    ("'a;'", "'a;'"), ("{3, 1, 2}", "{1, 2, 3}"), ("(1,)", "(1,)"), ("int", "int"), ("set()", "set()"),
    ("r = [1]; r.append(r); r", "[1, [...]]"), ("  q = 1\n  q + 1", "2"),
    ("list(range(40))", "[" + ",\n ".join(map(str, range(40))) + "]"),
])
def test_text_of_results(kernel, code, plain):
    assert kernel.run(code).plain == plain


def test_in_out_and_underscores(kernel):
    first = kernel.run("'one'").reply["execution_count"]
    kernel.run("'two'")
    assert kernel.run("_, __").plain == "('two', 'one')"
    assert kernel.run(f"Out[{first}], _{first}, In[{first}]").plain == '(\'one\', \'one\', "\'one\'")'


def test_silent_leaves_no_trace(kernel):
    before = kernel.run("1").reply["execution_count"]
    cell = kernel.run("print('x'); 5", silent=True)
    assert cell.types == ["status", "status"]
    assert kernel.run("2").reply["execution_count"] == before + 1


def test_a_cell_that_is_not_stored_uses_no_count(kernel):
    before = kernel.run("1").reply["execution_count"]
    assert kernel.run("5", store_history=False).plain == "5"
    assert kernel.run("2").reply["execution_count"] == before + 1


def test_user_expressions_have_errors_of_their_own(kernel):
    cell = kernel.run("u = 2", user_expressions={"good": "u + 1", "bad": "1/0"})
    assert cell.reply["status"] == "ok"
    assert cell.reply["user_expressions"]["good"]["data"]["text/plain"] == "3"
    assert cell.reply["user_expressions"]["bad"]["ename"] == "ZeroDivisionError"


def test_streams_keep_their_order(kernel):
    cell = kernel.run("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')")
    texts = [(m["content"]["name"], m["content"]["text"]) for m in cell.messages if m["msg_type"] == "stream"]
    assert texts == [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")]


def test_surrogates_and_nul_are_printed(kernel):
    assert kernel.run("print('\\ud800|\\0|é')").stream() == "\\ud800|\0|é\n"


def test_long_lines_are_whole(kernel):
    assert kernel.run("print('é' * 200_000)").stream() == "é" * 200_000 + "\n"


def test_a_stream_of_bytes(kernel):
    assert kernel.run("import sys; n = sys.stdout.buffer.write(b'bytes')").stream() == "bytes"


def test_a_traceback_shows_the_cells_own_lines(kernel):
    cell = kernel.run("def f(x):\n    return x / 0\n\nf(1)")
    count = cell.reply["execution_count"]
    assert f"Cell In[{count}], line 4\n" in cell.traceback
    assert f"Cell In[{count}], line 2, in f(x)\n" in cell.traceback
    assert "----> 2     return x / 0" in cell.traceback
    assert cell.traceback.count("Cell In[") == 2 and "File" not in cell.traceback


def test_a_syntax_error_has_its_caret(kernel):
    cell = kernel.run("ok = 1\nx = (1,")
    lines = cell.traceback.splitlines()
    assert cell.reply["ename"] == "SyntaxError" and lines[0].endswith("line 2")
    assert lines[1].index("(") == lines[2].index("^")


def test_causes_come_first(kernel):
    text = kernel.run("try:\n    1/0\nexcept Exception as e:\n    raise ValueError('b') from e").traceback
    assert text.index("ZeroDivisionError: division") < text.index("direct cause") < text.index("ValueError: b")


def test_groups_and_notes(kernel):
    text = kernel.run("e = ExceptionGroup('g', [ValueError(1), TypeError('t')])\ne.add_note('mind')\nraise e").traceback
    assert "mind" in text and "ValueError: 1" in text and "TypeError: t" in text


def test_endless_recursion_is_shortened(kernel):
    cell = kernel.run("def r(n):\n    return r(n + 1)\nr(0)")
    assert cell.reply["ename"] == "RecursionError" and "skipping" in cell.traceback
    assert len(cell.traceback) < 4000


def test_a_repr_that_raises_is_the_cells_error(kernel):
    assert kernel.run("class R:\n    def __repr__(self): raise KeyError('r')\nR()").reply["ename"] == "KeyError"


def test_a_formatter_that_raises_leaves_the_other_representations(kernel):
    cell = kernel.run("class H:\n    def _repr_html_(self): return 1 / 0\nH()")
    assert cell.reply["status"] == "error" and [t for t in cell.types if t != "status"] == ["execute_input", "error", "execute_result"]
    shown, = [m["content"] for m in cell.messages if m["msg_type"] == "error"]
    assert shown["ename"] == "ZeroDivisionError" and "return 1 / 0" in ANSI.sub("", "\n".join(shown["traceback"]))
    assert "text/html" not in cell.data


def test_rich_results(kernel):
    data = kernel.run("class B:\n    def _repr_html_(self): return '<b>'\n"
                      "    def _repr_png_(self): return b'abc'\nB()").data
    assert data["text/html"] == "<b>" and data["image/png"] == "YWJj"


def test_a_mimebundle(kernel):
    data = kernel.run("class M:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
                      "        return {'text/x': 'y'}\nM()").data
    assert data["text/x"] == "y" and "text/plain" in data


def test_inspect_finds_a_cells_source(kernel):
    kernel.run("def sourced(a):\n    return a\n")
    assert kernel.run("import inspect\nprint(inspect.getsource(sourced))").stream() == \
        "def sourced(a):\n    return a\n\n"


def test_a_warning_is_shown_once_a_line(kernel):
    cell = kernel.run("import warnings\nfor i in range(3):\n    warnings.warn('careful')")
    assert cell.stream("stderr").count("UserWarning: careful") == 1
    assert f"Cell In[{cell.reply['execution_count']}]:3" in cell.stream("stderr")


def test_await_at_top_level(kernel):
    assert kernel.run("import asyncio\nawait asyncio.sleep(0.01, 'awaited')").plain == "'awaited'"


def test_asyncio_run_works_too(kernel):
    assert kernel.run("import asyncio\nasyncio.run(asyncio.sleep(0, 5))").plain == "5"


def test_context_variables_stay(kernel):
    kernel.run("import contextvars\nv = contextvars.ContextVar('v')\nt = v.set(1)")
    assert kernel.run("v.get()").plain == "1"
    assert kernel.run("import asyncio\nawait asyncio.sleep(0)\nt = v.set(v.get() + 1)").reply["status"] == "ok"
    assert kernel.run("v.get()").plain == "2"


def test_a_task_prints_to_the_cell_that_made_it(kernel):
    cell = kernel.run("import asyncio\nasync def later():\n    await asyncio.sleep(0.2)\n    print('late')\n"
                      "task = asyncio.create_task(later())")
    assert cell.stream() == ""
    waiting = kernel.run("await asyncio.sleep(0.5)")
    assert waiting.stream() == "" and [m["content"]["text"] for m in waiting.others] == ["late\n"]
    assert waiting.others[0]["parent_header"]["msg_id"] == cell.messages[0]["parent_header"]["msg_id"]


def test_a_thread_prints_to_the_cell_that_started_it(kernel):
    cell = kernel.run("import threading, time\ndef work():\n    time.sleep(0.2)\n    print('thread')\n"
                      "threading.Thread(target=work).start()")
    waiting = kernel.run("time.sleep(0.5)")
    assert waiting.stream() == "" and [m["content"]["text"] for m in waiting.others] == ["thread\n"]
    assert waiting.others[0]["parent_header"]["msg_id"] == cell.messages[0]["parent_header"]["msg_id"]


@pytest.mark.parametrize("code", [
    "import time\ntime.sleep(30)", "while True: pass", "import asyncio\nawait asyncio.sleep(30)",
    "async def spin():\n    while True: pass\nawait spin()"])
def test_an_interrupt_ends_the_cell(kernel, code):
    cell = kernel.run_interrupted(code)
    assert cell.reply["ename"] == "KeyboardInterrupt" and "Cell In[" in cell.traceback
    assert kernel.run("'on'").plain == "'on'"


def test_input_comes_after_what_was_printed(kernel):
    msg_id = kernel.client.execute("print('before', end='')\nv = input('p? ')\nv", allow_stdin=True)
    asked = kernel.client.get_stdin_msg(timeout=10)
    assert asked["content"] == {"prompt": "p? ", "password": False}
    types = [kernel.client.get_iopub_msg(timeout=10)["msg_type"] for _ in range(3)]
    assert types == ["status", "execute_input", "stream"]
    kernel.client.input("typed")
    assert kernel.collect(msg_id).plain == "'typed'"


def test_getpass_asks_for_a_password(kernel):
    msg_id = kernel.client.execute("import getpass\ngetpass.getpass()", allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=10)["content"] == {"prompt": "Password: ", "password": True}
    kernel.client.input("secret")
    assert kernel.collect(msg_id).plain == "'secret'"


def test_input_without_a_human(kernel):
    assert kernel.run("input()").reply["ename"] == "StdinNotImplementedError"


def test_system_exit_is_an_error_of_the_cell(kernel):
    assert kernel.run("import sys\nsys.exit(3)").reply["ename"] == "SystemExit"
    assert kernel.run("1").plain == "1"


def test_a_subshell_runs_while_the_main_shell_sleeps(kernel):
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    kernel.run("shared = 1")
    kernel.client.execute("import time\ntime.sleep(1.5)\nshared")
    time.sleep(0.3)
    in_subshell = kernel.send_to_subshell(subshell, "shared = 2")
    first = kernel.client.get_shell_msg(timeout=10)
    assert first["parent_header"]["msg_id"] == in_subshell
    second = kernel.client.get_shell_msg(timeout=10)
    assert second["content"]["status"] == "ok"
    assert kernel.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    while True:  # what both have shown
        try:
            kernel.client.get_iopub_msg(timeout=0.5)
        except Empty:
            break
    assert kernel.run("shared").plain == "2"


@pytest.mark.parametrize("code", ["import os\nlen(os.environ.get('no such', ''))", "import os\nlen(os.environ.items() & set())",
                                  "{}.keys().isdisjoint([1]) - 1", "import weakref\nlen(weakref.WeakValueDictionary())"])
def test_what_is_allowed_in_the_first_cell(code):
    """Given a kernel that has imported next to nothing yet, then the first cell may call what later ones may."""
    kernel = Kernel()
    try:
        assert kernel.run(code).plain == "0"
    finally:
        kernel.stop()


@pytest.mark.parametrize("harm", ["sys.stdout = sys.stderr = None", "sys.stdout = open('/dev/null', 'w'); sys.stdout.close()",
                                  "import io\nsys.stdout = io.StringIO(); sys.stdout.close()"])
def test_a_cell_prints_whatever_the_one_before_did_to_the_streams(raw, harm):
    "Given a cell that leaves no stream, or a closed one, then the next prints; a stream that takes text stays."
    raw.run(f"import sys\nkept = sys.stdout, sys.stderr\n{harm}")
    assert raw.run("print('seen')").stream() == "seen\n"
    raw.run("import io, sys\nsys.stdout = mine = io.StringIO()")
    assert raw.run("print('kept')").stream() == ""
    raw.run("sys.stdout, sys.stderr = kept")
    assert raw.run("print(mine.getvalue())").stream() == "kept\n\n"


@pytest.mark.parametrize("harm", ["sys.path.clear()", "sys.path = []", "sys.path[:] = ['mine']", "sys.path = None"])
def test_a_cell_finds_the_standard_library_whatever_the_one_before_did_to_the_path(start, harm):
    "Given a cell that takes the standard library from sys.path, then the next imports from it, and what was put first is first."
    kernel = start()
    kernel.run(f"import sys\n{harm}")
    assert kernel.run("import colorsys, sys\nprint(colorsys.__name__)").stream() == "colorsys\n"
    kernel.run("sys.path.remove(sys.path[-1]); sys.path.insert(0, 'first'); left = list(sys.path)")
    assert kernel.run("print(sys.path[0], len(sys.path) >= len(left))").stream() == "first True\n"
