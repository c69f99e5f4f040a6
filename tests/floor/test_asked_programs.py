"""A program that native code of a cell starts is asked about in place, by its line: the child waits in its exec, and goes on with the answer."""
import errno

import pytest
from held import NUMBERS
from test_approvals import Notebook, ok


@pytest.fixture(scope="module")
def shared(tmp_path_factory, extension):
    kernel = Notebook(tmp_path_factory.mktemp("programs"), environment={"PYTHONPATH": str(extension)}, config='allow = ["rawcall"]\n')
    ok(kernel.run("import rawcall, threading, time\ncount = 0"))
    yield kernel
    kernel.stop()


@pytest.fixture
def person(shared, tmp_path):
    "The kernel, with a file of the test's own that its programs make."
    shared.made = tmp_path / "made"
    shared.starts = f"rawcall.shell('touch {shared.made}')"
    return shared


def test_a_yes_costs_one_question_and_no_second_run(person):
    cell = ok(person.ask(f"count = 0\ncount += 1\nr = {person.starts}\n(r, count)", "o"))
    question, = cell.asked
    assert f"-c touch {person.made}" in question.replace("-c -- ", "-c ") and "Cell In[" in question # newer C libraries' system() says --
    assert cell.plain == "(0, 1)" and person.made.exists() and not cell.stream("stderr")


def test_what_the_program_starts_and_writes_is_its_own(person):
    person.starts = f"rawcall.shell('(date; ls /) | sort > {person.made}')"
    cell = ok(person.ask(person.starts, "o"))
    assert len(cell.asked) == 1 and "usr" in person.made.read_text()


def test_a_no_is_for_the_cell_and_names_the_remedy(person):
    cell = ok(person.ask(f"[{person.starts}, {person.starts}]", "n"))
    assert len(cell.asked) == 1 and "0" not in cell.plain.strip("[]").split(", ") and not person.made.exists()
    assert "%%trusted" in cell.stream("stderr")
    assert ok(person.ask(f"%%trusted\n{person.starts}", "o")).plain == "0" and person.made.exists()


def test_once_is_for_that_line_in_that_cell(person):
    cell = ok(person.ask(f"{person.starts}; {person.starts}; rawcall.shell('touch {person.made}.other') and None", "o", "n"))
    assert len(cell.asked) == 2 and person.made.exists() and not person.made.with_name("made.other").exists()
    assert len(ok(person.ask(person.starts, "n")).asked) == 1


def test_a_session_lasts_and_is_for_that_line_alone(person):
    ok(person.ask(person.starts, "s"))
    person.made.unlink()
    cell = ok(person.ask(person.starts))
    assert not cell.asked and cell.plain == "0" and person.made.exists()
    assert len(person.ask(f"rawcall.shell('touch {person.made} x')", "n").asked) == 1


def test_the_rest_of_the_cell_is_held_as_ever(person):
    "A yes to a program is none to the native code that started it."
    other = person.made.with_name("other")
    cell = person.ask(f"{person.starts}\nopen({str(other)!r}, 'w')", "o", "n")
    assert len(cell.asked) == 2 and cell.reply["ename"] == "Denied" and not other.exists()


def test_nobody_is_asked_without_input_or_in_a_thread_of_pythons(person):
    cell = person.run(person.starts)
    assert cell.plain != "0" and "%%trusted" in cell.stream("stderr") and not person.made.exists()
    cell = person.ask(f"t = threading.Thread(target=lambda: {person.starts})\nt.start()\nt.join()")
    assert not cell.asked and not person.made.exists()


def test_a_program_that_is_not_there_is_not_asked_about(person):
    cell = ok(person.ask(f"rawcall.call('child', {NUMBERS['execve']}, {str(person.made)!r}.encode(), 0, 0)"))
    assert not cell.asked and cell.plain == str(-errno.ENOENT)


def test_a_line_that_cannot_be_shown_is_a_no(person):
    cell = ok(person.ask(f"rawcall.shell('touch {person.made} ' + 'x' * 5000)"))
    assert not cell.asked and cell.plain != "0" and not person.made.exists()


def interrupted(person, code):
    "The reply of a cell that is interrupted at its question."
    msg_id = person.client.execute(code, allow_stdin=True)
    person.client.get_stdin_msg(timeout=20)
    assert person.manager.is_alive()
    person.manager.interrupt_kernel()
    return person.collect(msg_id)


def test_an_interrupt_is_a_no_and_ends_the_cell(person):
    "The child of a fork: the cell's thread waits for it."
    code = f"rawcall.call('child', {NUMBERS['execve']}, b'/usr/bin/env', 0, 0)\nwhile True: pass"
    assert interrupted(person, code).reply["ename"] == "KeyboardInterrupt"
    assert ok(person.run("'on'")).plain == "'on'"


def test_an_interrupt_is_a_no_where_c_does_not_hear_it(person):
    "system(3) is deaf to SIGINT as long as it waits; what it was to start is not started."
    cell = interrupted(person, f"r = {person.starts}\nr")
    assert cell.reply["status"] == "ok" and cell.plain != "0" and not person.made.exists()
