"""pdb through the frontend's input box: breakpoint(), pdb.set_trace(), %debug, %pdb. What is typed there is held as a cell is."""
import re
import sys

import pytest

CODE = """\
def f(a):
    b = a + 1
    {stop}
    return b

f(1)"""


def talk(kernel, code, *commands, **options):
    "Run a cell, answer its debugger with `commands`; the cell."
    msg_id = kernel.client.execute(code, allow_stdin=True, **options)
    for command in commands:
        prompt = kernel.client.get_stdin_msg(timeout=20)["content"]["prompt"]
        assert prompt == "ipdb> "
        kernel.client.input(command)
    return kernel.collect(msg_id)


@pytest.mark.parametrize("stop", ["breakpoint()", "import pdb; pdb.set_trace()", "import ipdb; ipdb.set_trace()", "import ipdb; ipdb.set_trace(context=7)",
                                  "from IPython.core.debugger import set_trace; set_trace()",
                                  "from IPython.core.debugger import Pdb; Pdb(color_scheme='Linux').set_trace()"])
def test_a_cell_stops_and_goes_on(raw, stop):
    cell = talk(raw, CODE.format(stop=stop), "p b", "c")
    assert cell.reply["status"] == "ok" and cell.plain == "2"
    assert "2\n" in cell.stream() and "-> " in cell.stream() and "Cell In[" in cell.stream()
    assert "safepyrun" not in cell.stream()


def test_steps_lists_and_moves_in_the_stack(raw):
    cell = talk(raw, CODE.format(stop="breakpoint()"), "ll", "up", "p 'outer', f", "down", "a", "n", "b = 40", "c")
    said = cell.stream()
    assert "b = a + 1" in said and "a = 1" in said and "'outer'" in said and "Denied" not in said
    assert raw.run("1 + 1").plain == "2"  # nothing is traced any more


FIRST = ["n"] if sys.version_info >= (3, 13) else []  # since 3.13 the first stop is at the call itself
LOOP = "x = [1]\ndef f(a):\n    breakpoint()\n    for i in range(3):\n        x.append(i)\n    return a\nf(2)"


def stops(cell):
    return re.sub("\x1b\\[[0-9;]*m", "", cell.stream())


def test_a_stop_shows_the_lines_around_it_in_colour(raw):
    cell = talk(raw, LOOP, *FIRST, "w", "ll", "c")
    assert "\x1b[32m----> 4\x1b[0m     for i in range(3):\n      5         x.append(i)" in cell.stream()
    said = stops(cell)
    assert "      7 f(2)\n" not in said.split("ll")[0].split("<module>")[0]
    assert "<module>()\n----> 7 f(2)\n> Cell In[" in said
    assert "      2 def f(a):\n" in said.split("<module>")[1] and said.count("      6     return a\n") == 2
    raw.run("%colors NoColor")
    assert "\x1b" not in talk(raw, LOOP, "w", "c").stream()
    raw.run("%colors Linux")


def test_statements_are_run_where_it_has_stopped(raw):
    cell = talk(raw, LOOP, "!x.append('typed')", "y = 5", "y + 1", "x; y", "import math", "math.sqrt(16)", "[n for n in x]", "no_such_name", "1 +", "c")
    said = cell.stream()
    assert "6\n" in said and "4.0\n" in said and "[1, 'typed']" in said and "NameError" in said and "SyntaxError" in said and "Denied" not in said
    assert cell.plain == "2" and raw.run("x").plain == "[1, 'typed', 0, 1, 2]"


def test_display_shows_what_changes(raw):
    said = talk(raw, LOOP, *FIRST, "n", "display i", "n", "n", "display", "undisplay i", "n", "n", "c").stream()
    assert said.count("display i: ") == 2 and re.search(r"display i: 0\b", said) and re.search(r"display i: 1 .*0", said)
    assert "Currently displaying:" in said


def test_a_name_with_a_question_mark_is_told_of(raw):
    said = stops(talk(raw, LOOP, "f?", "f??", "pinfo len", "pdoc len", "psource f", "no_such_name?", "c"))
    assert "Signature:    f(a)" in said or "Signature: f(a)" in said
    assert said.count("def f(a):") >= 3 and "Return the number of items in a container." in said and "NameError" in said


def test_a_breakpointhook_of_the_users_own_is_called(raw):
    cell = raw.run("import sys\nsys.breakpointhook = lambda *a: print('mine', a)\nbreakpoint(1)\nsys.breakpointhook = sys.__breakpointhook__")
    assert cell.reply["status"] == "ok" and cell.stream() == "mine (1,)\n"
    assert talk(raw, LOOP, "c").reply["status"] == "ok"


def test_a_breakpointhook_is_no_way_to_what_a_cell_may_not_call(raw, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("here")
    raw.run(f"import os, sys\nsys.breakpointhook = os.remove\nbreakpoint({str(victim)!r})")
    raw.run("sys.breakpointhook = sys.__breakpointhook__")
    assert victim.read_text() == "here"


def test_a_step_over_the_end_of_the_cell_ends_there(raw):
    cell = talk(raw, "x = 1\nbreakpoint()\nx = 2", *FIRST, "n", "n")
    assert cell.reply["status"] == "ok"
    assert raw.run("x").plain == "2"


def test_a_block_of_ipdbs_stops_where_it_fails(raw):
    cell = talk(raw, "import ipdb\nwith ipdb.launch_ipdb_on_exception():\n    inner = 7\n    1 / 0\n'goes on'", "p inner * 6", "q")
    assert "42\n" in cell.stream()


def test_a_condition_that_does_not_hold_stops_nothing(raw):
    assert raw.run("import ipdb\nfrom IPython.core.debugger import Pdb\nipdb.set_trace(cond=False)\nPdb().set_trace(cond=False)\n5").plain == "5"


def test_what_is_typed_is_held_as_a_cell_is(raw, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("here")
    msg_id = raw.client.execute(CODE.format(stop="breakpoint()"), allow_stdin=True)
    commands = [f"import os; os.remove({str(victim)!r})", f"p open({str(victim)!r}, 'w')", f"b 4, open({str(victim)!r}, 'w')", "interact",
                "c", "c"]
    while True:
        try:
            prompt = raw.client.get_stdin_msg(timeout=2)["content"]["prompt"]
        except Exception:
            break
        raw.client.input(commands.pop(0) if prompt == "ipdb> " and commands else "n")
    cell = raw.collect(msg_id)
    assert cell.stream().count("Denied") >= 2 or cell.stream("stderr").count("Denied") >= 2, cell.stream()
    assert victim.read_text() == "here"


def test_quit_ends_the_cell(raw):
    cell = talk(raw, CODE.format(stop="breakpoint()"), "q")
    assert cell.reply["ename"] == "BdbQuit"
    assert raw.run("1 + 1").plain == "2"


def test_debug_looks_at_the_last_error(raw):
    raw.run("def g(n):\n    inner = n * 2\n    return 1 / 0\n\ng(21)")
    cell = talk(raw, "%debug", "p inner", "up", "p 'top'", "q")
    assert cell.reply["status"] == "ok"
    assert "42" in cell.stream() and "'top'" in cell.stream()


def test_debug_runs_a_statement(raw):
    raw.run("def h():\n    return 5")
    cell = talk(raw, "%debug y = h()", "c")
    assert cell.reply["status"] == "ok"
    assert raw.run("y").plain == "5"


def test_pdb_on_comes_after_each_error(raw):
    assert "turned ON" in raw.run("%pdb on").stream()
    cell = talk(raw, "w = 3\n1 / 0", "p w + 4", "q")
    assert cell.reply["ename"] == "ZeroDivisionError" and "7" in cell.stream()
    assert "turned OFF" in raw.run("%pdb").stream()
    assert raw.run("1 / 0").reply["ename"] == "ZeroDivisionError"


def test_pdb_run_and_runcall(raw):
    cell = talk(raw, "import pdb\npdb.run('z = 6')", "c")
    assert cell.reply["status"] == "ok" and raw.run("z").plain == "6"
    cell = talk(raw, "import pdb\ndef k(n):\n    return n + 1\npdb.runcall(k, 2)", "c")
    assert cell.plain == "3"


def test_runcall_begins_in_the_function(raw):
    cell = talk(raw, "import pdb\ndef k(n):\n    m = n + 1\n    return m\npdb.runcall(k, 2)", "n", "p m", "r", "c")
    assert cell.plain == "3" and "--Call--" not in cell.stream() and "lambda" not in cell.stream() and "\n3\n" in cell.stream()
    assert "k()" in cell.stream().splitlines()[0]


@pytest.mark.parametrize("typed, said", [
    ("[b + i for i in range(2)]", "[2, 3]"), ("p [b for _ in range(2)]", "[2, 2]"), ("(lambda: a + b)()", "3"), ("pp {b: a for _ in [0]}", "{2: 1}"),
    ("sorted([1, 2], key=lambda n: -n * b)", "[2, 1]"), ("whatis [b for _ in 'x']", "<class 'list'>"), ("any(b == n for n in (1, 2))", "True")])
def test_what_is_nested_finds_the_functions_names(raw, typed, said):
    assert f"{said}\n" in talk(raw, CODE.format(stop="breakpoint()"), typed, "c").stream()


def test_statements_that_nest_and_that_name_globals(raw):
    cell = talk(raw, CODE.format(stop="breakpoint()"), "g = lambda: b * 10", "g()", "for i in range(2): print('row', [b for _ in range(i)])",
                "global outside; outside = 5", "c")
    assert "20\n" in cell.stream() and "row [2]\n" in cell.stream() and raw.run("outside").plain == "5"


def test_nothing_of_the_debuggers_is_left_among_the_names(raw):
    talk(raw, "breakpoint()", "c")
    talk(raw, "import pdb\npdb.run('x = 1')", "r", "c")
    talk(raw, "import pdb\npdb.run('1 / 0')", "s", "c")
    assert raw.run("[name for name in globals() if name in ('__return__', '__exception__')]").plain == "[]"


def test_an_interrupt_at_the_prompt_ends_the_cell(raw):
    msg_id = raw.client.execute(CODE.format(stop="breakpoint()"), allow_stdin=True)
    raw.client.get_stdin_msg(timeout=20)
    raw.request("interrupt_request", channel="control")
    raw.reply("control")
    assert raw.collect(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert raw.run("1 + 1").plain == "2"


def test_an_interrupt_at_the_prompt_is_not_for_the_cells_that_wait(raw):
    """Given a cell in the queue behind one that stands in the debugger, when that one is interrupted, then the other runs."""
    stopped = raw.client.execute(CODE.format(stop="breakpoint()"), allow_stdin=True)
    waiting = raw.client.execute("40 + 2")
    raw.client.get_stdin_msg(timeout=20)
    raw.request("interrupt_request", channel="control")
    raw.reply("control")
    replies = [raw.reply(timeout=20) for _ in range(2)]
    assert [(r["parent_header"]["msg_id"], r["content"]["status"]) for r in replies] == [(stopped, "error"), (waiting, "ok")]
    raw.published(waiting)


def test_without_input_it_says_so(raw):
    assert raw.run("breakpoint()").reply["ename"] == "StdinNotImplementedError"
    assert raw.run("1 + 1").plain == "2"


def test_pythonbreakpoint_is_respected(start):
    kernel = start(environment={"PYTHONBREAKPOINT": "0"})
    assert kernel.run("breakpoint()\n7").plain == "7"
    kernel = start(environment={"PYTHONBREAKPOINT": "math.sqrt"})
    assert kernel.run("breakpoint(16.0)").plain == "4.0"
    kernel = start("--floor", "off", environment={"PYTHONBREAKPOINT": "os.remove"})
    assert kernel.run("breakpoint('/nowhere/at/all')").reply["ename"] == "Denied"
