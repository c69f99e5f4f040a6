"""input(): the question, its answer, and answers that come late or to nobody."""
import time
from queue import Empty

import pytest


def stdin_message(kernel, content, parent=None):
    "An input_reply as no client sends it."
    message = kernel.client.session.msg("input_reply", content, parent=parent)
    kernel.client.stdin_channel.send(message)


def test_the_question(raw):
    msg_id = raw.ask("input('name? ')")
    assert raw.question["msg_type"] == "input_request" and raw.question["parent_header"]["msg_id"] == msg_id
    assert raw.question["content"] == {"prompt": "name? ", "password": False}
    raw.client.input("Zoë \U0001f40d")
    assert raw.collect(msg_id).plain == "'Zoë \U0001f40d'"


@pytest.mark.parametrize("code, prompt", [
    ("input()", ""), ("input('')", ""), ("input(5)", "5"), ("input('é\\n\"')", "é\n\""), ("input(['x'])", "['x']")])
def test_prompts(raw, code, prompt):
    msg_id = raw.ask(code, "x")
    assert raw.question["content"]["prompt"] == prompt and raw.collect(msg_id).plain == "'x'"


def test_what_was_printed_comes_before_the_question(raw):
    for number in range(10):
        msg_id = raw.client.execute(f"print('text {number}', end='')\ninput()", allow_stdin=True)
        raw.client.get_stdin_msg(timeout=10)
        seen = []
        while raw.client.iopub_channel.msg_ready() or len(seen) < 3:
            seen.append(raw.client.get_iopub_msg(timeout=5))
        assert seen[-1]["content"] == {"name": "stdout", "text": f"text {number}"}
        raw.client.input("")
        raw.collect(msg_id)


def test_many_questions(raw):
    msg_id = raw.client.execute("[input(f'{i}? ') for i in range(20)]", allow_stdin=True)
    for number in range(20):
        assert raw.client.get_stdin_msg(timeout=10)["content"]["prompt"] == f"{number}? "
        raw.client.input(str(number))
    assert eval(raw.collect(msg_id).plain) == [str(number) for number in range(20)]


def test_a_second_answer_is_not_for_the_next_question(raw):
    msg_id = raw.ask("a = input('a? ')\nimport time\ntime.sleep(0.2)\nb = input('b? ')\n(a, b)")
    raw.client.input("first")
    raw.client.input("stale")
    assert raw.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "b? "
    raw.client.input("second")
    assert raw.collect(msg_id).plain == "('first', 'second')"


def test_an_answer_between_cells_is_for_nobody(raw):
    msg_id = raw.ask("input('a? ')", "first")
    assert raw.collect(msg_id).plain == "'first'"
    raw.client.input("stale")
    msg_id = raw.ask("input('b? ')")
    assert raw.question["content"]["prompt"] == "b? "
    raw.client.input("second")
    assert raw.collect(msg_id).plain == "'second'"


def test_an_answer_that_names_another_question(raw):
    msg_id = raw.ask("input('a? ')", "first")
    old = raw.question
    raw.collect(msg_id)
    msg_id = raw.ask("input('b? ')")
    stdin_message(raw, {"value": "stale"}, parent=old)
    stdin_message(raw, {"value": "second"}, parent=raw.question)
    assert raw.collect(msg_id).plain == "'second'"


@pytest.mark.parametrize("content", [{}, {"value": None}, {"value": 5}, {"value": ["x"]}])
def test_a_malformed_answer_is_none(raw, content):
    msg_id = raw.ask("input()")
    stdin_message(raw, content)
    raw.client.input("right")
    assert raw.collect(msg_id).plain == "'right'"


def test_a_long_answer(raw):
    msg_id = raw.ask("len(input())", "é" * 5_000_000)
    assert raw.collect(msg_id).plain == "5000000"


@pytest.mark.parametrize("code", ["input()", "import getpass\ngetpass.getpass()"])
def test_without_a_person_nobody_is_asked(raw, code):
    cell = raw.run(code, allow_stdin=False)
    assert cell.reply["ename"] == "StdinNotImplementedError"
    with pytest.raises(Empty):
        raw.client.get_stdin_msg(timeout=0.2)


def test_a_cell_may_catch_that(raw):
    assert raw.run("try:\n    input()\nexcept NotImplementedError:\n    print('nobody')").stream() == "nobody\n"


def test_only_who_sent_the_cell_is_asked(raw):
    other = raw.connect("stdin", identity=b"another frontend")
    msg_id = raw.ask("input('who? ')")
    assert not other.poll(200)
    raw.client.input("me")
    assert raw.collect(msg_id).plain == "'me'"


def test_a_thread_of_a_running_cell_may_ask(raw):
    code = "import threading\ngot = []\nt = threading.Thread(target=lambda: got.append(input('t? ')))\nt.start()\nt.join()\ngot"
    assert raw.collect(raw.ask(code, "x")).plain == "['x']"


def test_a_thread_whose_cell_is_over_may_not(raw):
    raw.run("import threading, time\ndef late():\n    time.sleep(0.2)\n    try:\n        input()\n"
            "    except BaseException as e:\n        got.append(type(e).__name__)\ngot = []\n"
            "t = threading.Thread(target=late)\nt.start()", allow_stdin=True)
    assert raw.run("t.join(5)\ngot").plain == "['StdinNotImplementedError']"


def test_threads_that_ask_at_once(raw):
    "Each question gets its own answer, one after the other, or is refused: nothing hangs."
    msg_id = raw.client.execute(
        "import threading\ngot = []\ndef ask(n):\n    try:\n        got.append((n, input(str(n))))\n"
        "    except Exception as e:\n        got.append((n, type(e).__name__))\n"
        "ts = [threading.Thread(target=ask, args=(n,)) for n in range(8)]\n"
        "[t.start() for t in ts]\n[t.join() for t in ts]\nsorted(got)", allow_stdin=True)
    until = time.monotonic() + 10
    while not raw.client.shell_channel.msg_ready():
        assert time.monotonic() < until
        if raw.client.stdin_channel.msg_ready():
            raw.client.input("to " + raw.client.get_stdin_msg(timeout=5)["content"]["prompt"])
        time.sleep(0.01)
    got = eval(raw.collect(msg_id).plain)
    assert [n for n, _ in got] == list(range(8))
    assert all(answer in (f"to {n}", "StdinNotImplementedError") for n, answer in got)


def test_a_subshell_asks_while_the_main_shell_runs(raw):
    subshell = raw.control("create_subshell_request")["subshell_id"]
    cell = raw.start_cell("import time\ntime.sleep(1)")
    message = raw.client.session.msg("execute_request", {
        "code": "input('sub? ')", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True,
        "stop_on_error": True})
    message["header"]["subshell_id"] = subshell
    raw.client.shell_channel.send(message)
    question = raw.client.get_stdin_msg(timeout=10)
    assert question["parent_header"]["subshell_id"] == subshell
    raw.client.input("x")
    assert raw.reply()["parent_header"]["msg_id"] == message["header"]["msg_id"]
    assert raw.reply()["parent_header"]["msg_id"] == cell
    raw.published(cell)
    raw.control("delete_subshell_request", subshell_id=subshell)


def test_a_cell_that_sets_sys_stdin_reads_from_that(raw):
    cell = raw.run("import io, sys\nsys.stdin = io.StringIO('one\\ntwo\\n')\nread = [input('? '), input()]\n"
                   "try: input()\nexcept EOFError: read.append('end')\nsys.stdin = sys.__stdin__\nread")
    assert cell.plain == "['one', 'two', 'end']" and cell.stream() == "? "
    assert "input requests" in raw.run("input()").traceback


def late(raw, code):
    "A frontend of its own, without its socket for questions yet: its identity, and the id of its cell."
    session = raw.client.session
    shell = raw.connect("shell", identity=b"late")
    message = session.msg("execute_request", {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": True})
    session.send(shell, message)
    time.sleep(0.3)
    return shell, message["header"]["msg_id"]


def test_a_question_waits_for_a_frontend_that_connects_late(raw):
    shell, msg_id = late(raw, "print(input('name? '))")
    stdin = raw.connect("stdin", identity=b"late")
    question = raw.receive(stdin)
    assert question["content"]["prompt"] == "name? " and question["parent_header"]["msg_id"] == msg_id
    raw.client.session.send(stdin, raw.client.session.msg("input_reply", {"value": "Ada"}))
    assert raw.receive(shell)["content"]["status"] == "ok"
    shown = [m["content"]["text"] for m in raw.published(msg_id) if m["msg_type"] == "stream"]
    assert shown == ["Ada\n"] and not stdin.poll(200)
    shell.close()
    stdin.close()


def test_a_question_that_waits_can_be_interrupted(raw):
    shell, msg_id = late(raw, "input('never? ')")
    raw.signal()
    assert raw.receive(shell)["content"]["ename"] == "KeyboardInterrupt"
    raw.published(msg_id)
    stdin = raw.connect("stdin", identity=b"late")
    assert not stdin.poll(300), "what was cancelled is not asked"
    shell.close()
    stdin.close()
    msg_id = raw.ask("input('next? ')", "on")
    assert raw.collect(msg_id).plain == "'on'"
