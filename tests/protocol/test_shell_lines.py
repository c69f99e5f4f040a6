"""Lines that only a shell can read, %%bash and what their output becomes: with a person's yes, without one, and as in IPython."""
import pytest

from test_approvals import Notebook, ok, refused

PIPE = "!printf 'b\\na\\n' | tr a c"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("asked"))
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def permitted(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("permitted"), "--magics", "open", config='shell = ["sh"]\n')
    yield kernel
    kernel.stop()


def text(cell, stream="stdout"):
    return "".join(m["content"]["text"] for m in cell.messages if m["msg_type"] == "stream" and m["content"]["name"] == stream)


# ---- a person is asked

def test_one_yes_runs_the_very_line(asked):
    cell = ok(asked.ask(PIPE, "o"))
    assert text(cell) == "b\nc\n" and len(cell.asked) == 1 and "tr a c" in cell.asked[0]


def test_a_no_runs_nothing_and_names_the_shell(asked):
    assert '%allow --shell "sh"' in refused(asked.ask("!printf x > made | cat", "n"))
    assert not (asked.folder / "made").exists()


def test_nobody_to_ask_is_a_no(asked):
    assert '%allow --shell "sh"' in refused(asked.run("!printf x > made2 | cat"))
    assert not (asked.folder / "made2").exists()


def test_a_session_yes_holds_for_that_line_alone(asked):
    ok(asked.ask("!printf 1 | cat", "s"))
    again = ok(asked.ask("!printf 1 | cat"))
    assert not again.asked and text(again) == "1"
    refused(asked.ask("!printf 2 | cat", "n"))


def test_a_cell_for_a_shell_is_asked_about_as_a_whole(asked):
    cell = ok(asked.ask("%%bash\nfor i in 1 2; do printf $i > made$i; done", "o"))
    assert len(cell.asked) == 1 and "for i in 1 2" in cell.asked[0]
    assert (asked.folder / "made1").read_text() == "1" and (asked.folder / "made2").read_text() == "2"
    refused(asked.ask("%%bash\nfor i in 3; do printf $i > made$i; done", "n"))
    assert not (asked.folder / "made3").exists()


def test_the_remedy_helps(tmp_path):
    kernel = Notebook(tmp_path)
    try:
        refused(kernel.run(PIPE))
        ok(kernel.ask('%allow --shell "sh"', "s"))
        assert text(ok(kernel.run(PIPE))) == "b\nc\n"
    finally:
        kernel.stop()


def test_a_quote_that_nothing_closes_is_no_line(asked):
    assert "no closing quotation mark" in asked.ask("!printf 'a | cat").reply["evalue"]


# ---- what comes back

def test_lines_of_a_program_have_ipythons_ways(permitted):
    ok(permitted.run("x = !printf 'b 2\\na 10\\n\\n' | cat"))
    assert permitted.run("x, x.n, x.s, x.l is x, x.list is x").plain == "(['b 2', 'a 10', ''], 'b 2\\na 10\\n', 'b 2 a 10 ', True, True)"
    assert permitted.run("x.grep('^A'), x.grep('a', prune=True), x.grep('10', field=1), x.grep(str.isspace)").plain == "(['a 10'], ['b 2', ''], ['a 10'], [])"
    assert permitted.run("x.fields(1), x.fields(1, 0), x.fields(), x.sort(), x.sort(1, nums=True)").plain == \
        "(['2', '10'],\n ['2 b', '10 a'],\n [['b', '2'], ['a', '10'], []],\n ['', 'a 10', 'b 2'],\n ['', 'b 2', 'a 10'])"
    assert permitted.run("y = !echo . nothere\nz = %sx echo a\n(y.fields(0).p, z.s, isinstance(z, list))").plain.startswith("([PosixPath('.')], 'a', True)")


@pytest.mark.parametrize("cell, status", [("%%sh\nexit 3", 3), ("%%sh\nfalse", 1), ("%%bash\nls nothere", None), ("%%sh\ntrue; kill -9 $$", -9)])
def test_a_cell_whose_program_fails_is_an_error(permitted, cell, status):
    reply = permitted.run(cell).reply
    assert reply["status"] == "error" and reply["ename"] == "CalledProcessError"
    code = int(permitted.run("_exit_code").plain)
    assert code != 0 and status in (None, code)


def test_a_cell_whose_program_ends_well_is_none(permitted):
    assert text(ok(permitted.run("%%sh\nfalse; printf fine"))) == "fine"
    assert text(ok(permitted.run("%%bash\necho one\n# nothing\necho two"))) == "one\ntwo\n"
    assert ok(permitted.run("!false | false")) and permitted.run("_exit_code").plain == "1"
