"""The everyday magics, each as IPython's documentation says, and with bad input."""
import json
import os
import re

import pytest

from test_approvals import Notebook, notebook, ok, refused  # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("magics"), "--magics", "open")
    (kernel.folder / "script.py").write_text(
        "import sys\nargs = sys.argv[1:]\nname = __name__\nstarted = globals().get('seed')\nprint('ran', args)\n")
    (kernel.folder / "fails.py").write_text("before = 1\n1/0\n")
    (kernel.folder / "below").mkdir()
    yield kernel
    kernel.stop()


@pytest.fixture(autouse=True)
def fresh(kernel):
    kernel.run(f"%reset -f\n%ok_dests --clear\n%cd -q {str(kernel.folder)!r}")


def shown(cell, mime=None):
    "The one display of a cell: its data, or that of one MIME type."
    display, = (m for m in ok(cell).messages if m["msg_type"] == "display_data")
    return display["content"]["data"][mime] if mime else display["content"]


# ---- %time, %timeit --------------------------------------------------------------------------------------------------------

TIMES = re.compile(r"CPU times: user [\d.]+ \S+, sys: [\d.]+ \S+, total: [\d.]+ \S+\nWall time: [\d.]+ \S+\n")
LOOPS = re.compile(r"(The slowest run took .*\n)?[\d.]+ \S+ ± [\d.]+ \S+ per loop \(mean ± std\. dev\. of (\d+) runs?, ([\d,]+) loops? each\)\n")


def test_time_of_an_expression(kernel):
    cell = ok(kernel.run("%time 6 * 7"))
    assert TIMES.fullmatch(cell.stream()) and cell.plain == "42"


def test_time_of_a_statement_binds_its_names(kernel):
    assert TIMES.fullmatch(ok(kernel.run("%time x = 5")).stream()) and kernel.run("x").plain == "5"


def test_time_of_a_cell(kernel):
    cell = ok(kernel.run("%%time\ny = 2\nprint('out')\ny * 2"))
    assert cell.stream().startswith("out\n") and TIMES.fullmatch(cell.stream()[4:]) and cell.plain == "4"


def test_time_gives_its_value(kernel):
    assert ok(kernel.run("x = %time 5\nx")).plain == "5"


def test_time_does_not_expand_braces(kernel):
    assert ok(kernel.run("x = 1\n%time print('{x} $x')")).stream().startswith("{x} $x\n")


def test_time_of_an_error_shows_the_cells_own_line(kernel):
    cell = kernel.run("%%time\nx = 1\n1/0")
    assert cell.reply["ename"] == "ZeroDivisionError" and "----> 3 1/0" in cell.traceback


def test_timeit_counts_runs_and_loops(kernel):
    runs = LOOPS.fullmatch(ok(kernel.run("%timeit -n 3 -r 2 sum([1])")).stream())
    assert runs[2] == "2" and runs[3] == "3"


@pytest.mark.parametrize("code", ["%timeit -n 3 -r 2 await asleep()", "%%timeit -n 3 -r 2 n = 1\nawait asleep()\nasync with Held():\n    n"])
def test_timeit_awaits(kernel, code):
    ok(kernel.run("import asyncio\nslept = []\nasync def asleep():\n    await asyncio.sleep(0)\n    slept.append(asyncio.get_running_loop())\n"
                  "class Held:\n    async def __aenter__(self): pass\n    async def __aexit__(self, *error): pass"))
    assert LOOPS.fullmatch(ok(kernel.run(code)).stream())
    ok(kernel.run("here = asyncio.get_event_loop()"))
    assert kernel.run("(len(slept), {loop is here for loop in slept})").plain == "(6, {True})"
    assert kernel.run("%timeit -n 1 -r 1 await 1 +").reply["ename"] == "SyntaxError"


def test_timeit_of_a_cell_with_setup(kernel):
    ok(kernel.run("calls = []"))
    ok(kernel.run("%%timeit -n 3 -r 2 calls.append('setup')\ncalls.append('run')"))
    assert kernel.run("calls.count('run'), 'setup' in calls").plain == "(6, True)"


def test_timeit_binds_no_name(kernel):
    ok(kernel.run("%timeit -n 1 -r 1 inside = 1"))
    assert kernel.run("inside").reply["ename"] == "NameError"


def test_timeit_gives_its_result(kernel):
    cell = ok(kernel.run("t = %timeit -o -q -n 2 -r 3 pass\nt.loops, t.repeat, len(t.timings), t.best <= t.average <= t.worst"))
    assert cell.plain == "(2, 3, 3, True)" and cell.stream() == ""


def test_what_timeit_gives_is_shown_as_what_it_prints(kernel):
    cell = kernel.run("r = %timeit -n 1000 -r 2 -o 1 + 1\nr")
    assert cell.plain == f"<TimeitResult : {cell.stream().splitlines()[-1]}>" and "loops each" in cell.plain


def test_timeit_digits(kernel):
    longest = max(len(ok(kernel.run("%timeit -p 12 -n 7 -r 1 sum(range(99))")).stream().split()[0]) for _ in range(5))
    assert longest > 8


def test_timeit_is_judged(kernel):
    refused(kernel.run("%timeit -n 1 -r 1 open('file', 'w')"))
    assert not (kernel.folder / "file").exists()


# ---- names ---------------------------------------------------------------------------------------------------------------------

def test_who_lists_what_the_user_defined(kernel):
    ok(kernel.run("number = 1\ntext = 's'\nimport os\ndef function(): pass\n_private = 1"))
    assert ok(kernel.run("%who")).stream().split() == ["function", "number", "os", "text"]
    assert ok(kernel.run("%who int str")).stream().split() == ["number", "text"]
    assert kernel.run("%who_ls int").plain == "['number']"
    assert kernel.run("names = %who_ls\nnames").plain == "['function', 'number', 'os', 'text']"


def test_whos_is_a_table(kernel):
    ok(kernel.run("number = 1\ntext = 'some text'"))
    assert ok(kernel.run("%whos")).stream().splitlines() == [
        "Variable   Type    Data/Info", "----------------------------", "number     int     1", "text       str     some text"]


def test_who_of_nothing(kernel):
    assert "Interactive namespace is empty" in ok(kernel.run("%who")).stream()
    assert "No variables match" in ok(kernel.run("x = 1\n%who str")).stream()


def test_whos_runs_no_code_outside_of_the_sandbox(kernel):
    ok(kernel.run("class Bomb:\n    def __repr__(self):\n        open('file', 'w')\n        return 'x'\n    __str__ = __repr__\nb = Bomb()"))
    kernel.run("%whos")
    assert not (kernel.folder / "file").exists()


def test_reset_asks(kernel):
    ok(kernel.run("x = 1"))
    question, = kernel.ask("%reset", "n").asked
    assert "Proceed (y/[n])?" in question and kernel.run("x").plain == "1"
    ok(kernel.ask("%reset", "y"))
    assert kernel.run("x").reply["ename"] == "NameError"


def test_reset_without_anybody_to_ask(kernel):
    ok(kernel.run("x = 1"))
    cell = kernel.run("%reset")
    assert cell.reply["ename"] == "UsageError" and "%reset -f" in cell.reply["evalue"] and kernel.run("x").plain == "1"


def test_reset_forgets_outputs_unless_soft(kernel):
    kernel.run("5")
    ok(kernel.run("%reset -f -s"))
    assert kernel.run("len(Out) > 0").plain == "True"
    ok(kernel.run("%reset -f"))
    assert kernel.run("len(Out)").plain == "0"


def test_search_by_pattern(kernel):
    ok(kernel.run("import os\nalpha = alpine = 1"))
    assert ok(kernel.run("alp*?")).stream().split() == ["alpha", "alpine"]
    found = ok(kernel.run("os.*dir*?")).stream().split()
    assert {"os.listdir", "os.mkdir"} <= set(found) and all(name.startswith("os.") for name in found)
    assert "upper" in ok(kernel.run("str.up*?")).stream()
    assert "No name matches" in ok(kernel.run("%psearch zz*")).stream()


# ---- files and the environment -----------------------------------------------------------------------------------------------------

def test_pwd_and_cd(kernel):
    assert kernel.run("%pwd").plain == repr(str(kernel.folder))
    assert ok(kernel.run("%cd below")).stream() == f"{kernel.folder}/below\n"
    assert ok(kernel.run("%cd -q -")).stream() == "" and kernel.run("%pwd").plain == repr(str(kernel.folder))
    ok(kernel.run("where = 'below'\n%cd {where}"))
    assert kernel.run("here = %pwd\nhere.endswith('/below')").plain == "True"
    ok(kernel.run("%cd"))
    assert kernel.run("import os\nos.getcwd() == os.path.expanduser('~')").plain == "True"


def test_cd_to_a_name_with_blanks(kernel):
    ok(kernel.run("%cd .."))
    assert ok(kernel.run('%cd "notebook folder"')).stream() == f"{kernel.folder}\n"


def test_cd_that_fails_stays(kernel):
    assert kernel.run("%cd nowhere").reply["ename"] == "FileNotFoundError"
    assert kernel.run("%cd script.py").reply["ename"] == "NotADirectoryError"
    assert kernel.run("%pwd").plain == repr(str(kernel.folder))


def test_ls(kernel):
    (kernel.folder / ".hidden").write_text("")
    assert ok(kernel.run("%ls")).stream().splitlines() == ["below/", "fails.py", "script.py"]
    assert ".hidden" in ok(kernel.run("%ls -a")).stream()
    assert re.search(r"^-rw.{7} +\d+  fails\.py$", ok(kernel.run("%ls -l fails.py")).stream(), re.M)
    assert ok(kernel.run("%ls *.py")).stream().splitlines() == ["fails.py", "script.py"]
    assert kernel.run("%ls nowhere").reply["ename"] == "FileNotFoundError"
    (kernel.folder / ".hidden").unlink()


def test_env(kernel):
    assert ok(kernel.run("%env SOME_NAME=with blanks")).stream() == "env: SOME_NAME=with blanks\n"
    assert kernel.run("%env SOME_NAME").plain == "'with blanks'"
    assert kernel.run("import os\nos.environ['SOME_NAME']").plain == "'with blanks'"
    ok(kernel.run("%env SOME_NAME = spaced"))
    ok(kernel.run("value = 5\n%set_env OTHER {value}"))
    assert kernel.run("all = %env\nall['SOME_NAME'], all['OTHER']").plain == "('spaced', '5')"


def test_env_that_later_programs_obey_is_refused(kernel):
    for name in ("LD_PRELOAD", "PYTHONSTARTUP", "PATH"):
        refused(kernel.run(f"%env {name}=/evil"))


def test_writefile(kernel):
    refused(kernel.run("%%writefile file.txt\none"))
    assert not (kernel.folder / "file.txt").exists()
    ok(kernel.run("%ok_dests ."))
    assert ok(kernel.run("%%writefile file.txt\none\n  two {x}")).stream() == "Writing file.txt\n"
    assert (kernel.folder / "file.txt").read_text() == "one\n  two {x}\n"
    assert ok(kernel.run("%%writefile -a file.txt\nthree")).stream() == "Appending to file.txt\n"
    assert (kernel.folder / "file.txt").read_text() == "one\n  two {x}\nthree\n"
    assert ok(kernel.run("name = 'file.txt'\n")) and ok(kernel.run("%%file {name}\nlast")).stream() == "Overwriting file.txt\n"
    assert (kernel.folder / "file.txt").read_text() == "last\n"
    (kernel.folder / "file.txt").unlink()
    refused(kernel.run("%%writefile ../outside.txt\nx"))


def test_run(kernel):
    assert ok(kernel.run("%run script.py one 'two three'")).stream() == "ran ['one', 'two three']\n"
    assert kernel.run("args, name, started").plain == "(['one', 'two three'], '__main__', None)"
    ok(kernel.run("seed = 3\n%run -i script"))
    assert kernel.run("started").plain == "3"
    assert kernel.run("import sys\nsys.argv").plain == "['']"


def test_run_that_fails_shows_the_file_and_keeps_what_it_made(kernel):
    cell = kernel.run("%run fails.py")
    assert cell.reply["ename"] == "ZeroDivisionError" and "fails.py" in cell.traceback and kernel.run("before").plain == "1"


def test_run_is_judged(kernel):
    (kernel.folder / "writes.py").write_text("open('file', 'w')\n")
    refused(kernel.run("%run writes.py"))
    assert not (kernel.folder / "file").exists()
    (kernel.folder / "writes.py").unlink()


# ---- the session -------------------------------------------------------------------------------------------------------------------

def test_history(kernel):
    first = kernel.run("'first line'").reply["execution_count"]
    kernel.run("'second'\n'line'")
    assert ok(kernel.run(f"%history {first}-{first + 1}")).stream() == "'first line'\n'second'\n'line'\n"
    assert ok(kernel.run(f"%hist -n {first}")).stream() == f"{first:4}: 'first line'\n"
    assert "'first line'\n'first line'" in ok(kernel.run(f"%history -o {first}")).stream()
    assert re.search(rf"^ *\d+/{first}: 'first line'$", ok(kernel.run("%history -g first")).stream(), re.M)
    assert len(ok(kernel.run("%history -l 2")).stream().splitlines()) >= 2


def test_lsmagic(kernel):
    text = ok(kernel.run("%lsmagic")).plain
    assert "Available line magics:" in text and "%allow" in text and "%%trusted" in text


def test_help_of_a_magic(kernel):
    page, = ok(kernel.run("%timeit?")).reply["payload"]
    assert "-n LOOPS" in page["data"]["text/plain"]


# ---- shows ------------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, mime, of", [
    ("html", "text/html", "HTML"), ("HTML", "text/html", "HTML"), ("markdown", "text/markdown", "Markdown"), ("latex", "text/latex", "Latex"),
    ("javascript", "application/javascript", "Javascript"), ("js", "application/javascript", "Javascript"),
    ("svg", "image/svg+xml", "SVG"), ("SVG", "image/svg+xml", "SVG")])
def test_a_cell_in_another_language(kernel, name, mime, of):
    """Given a cell of HTML and the like, then it is shown, and a frontend of text alone has what IPython shows there."""
    content = shown(kernel.run(f"%%{name}\n<b>{{x}}</b> $y"))
    assert content["data"] == {mime: "<b>{x}</b> $y\n", "text/plain": f"<IPython.core.display.{of} object>"} and content["metadata"] == {}


def test_isolated_html(kernel):
    assert shown(kernel.run("%%html --isolated\n<b>"))["metadata"] == {"text/html": {"isolated": True}}


def test_capture(kernel):
    cell = ok(kernel.run("%%capture kept\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay(1)\n2"))
    assert cell.types == ["status", "execute_input", "status"]
    assert kernel.run("kept.stdout, kept.stderr, kept.outputs").plain == "('out\\n', 'err\\n', [1, 2])"
    again = ok(kernel.run("kept.show()"))
    assert again.stream() == "out\n" and again.stream("stderr") == "err\n" and again.types.count("display_data") == 2


@pytest.mark.parametrize("switch, left", [("--no-stdout", "stdout"), ("--no-stderr", "stderr"), ("--no-display", "display")])
def test_capture_of_some(kernel, switch, left):
    cell = ok(kernel.run(f"%%capture {switch} kept\nimport sys\nprint('x')\nprint('x', file=sys.stderr)\ndisplay(1)"))
    assert bool(cell.stream("stdout")) is (left == "stdout") and bool(cell.stream("stderr")) is (left == "stderr")
    assert ("display_data" in cell.types) is (left == "display")


def test_capture_keeps_what_came_before_an_error(kernel):
    assert kernel.run("%%capture kept\nprint('before')\n1/0").reply["ename"] == "ZeroDivisionError"
    assert kernel.run("kept.stdout").plain == "'before\\n'" and ok(kernel.run("print('shown')")).stream() == "shown\n"


def test_matplotlib(kernel):
    ok(kernel.run("%matplotlib inline"))
    assert "inline" in ok(kernel.run("%matplotlib")).stream() and "inline" in ok(kernel.run("%matplotlib --list")).stream()


# ---- %policy, %audit, %check ----------------------------------------------------------------------------------------------------------

def table(cell):
    "Rows of a table that was shown: the plain text's lines; its HTML must have as many."
    data = shown(cell)["data"]
    rows = data["text/plain"].splitlines()[1:]
    assert data["text/html"].count("<tr>") == len(rows) + 1
    return rows


def test_policy_without_a_text_counts_packs(kernel):
    cell = kernel.run("%policy")
    assert "(nowhere)" in cell.stream() and any(re.match(r"stdlib +\d{3}", row) for row in table(cell))


def test_policy_is_searchable(kernel):
    assert [row.split() for row in table(kernel.run("%policy pandas.DataFrame.to_parquet"))] == [
        ["pandas.DataFrame.to_parquet", "write", "pandas", "destination:", "argument", "0,", "path"]]
    assert any("pathlib" in row for row in table(kernel.run("%policy pathlib")))


def test_policy_of_what_a_pattern_covers(kernel):
    row, = table(kernel.run("import pandas as pd\n%policy pd.DataFrame.head"))
    assert "gated" in row and "pandas" in row


def test_policy_of_nothing(kernel):
    assert "No name" in ok(kernel.run("%policy no_such_name")).stream()


def test_policy_shows_grants(kernel):
    ok(kernel.run("%%trusted\n@allow\ndef my_own_tool(): pass"))
    assert any("my_own_tool" in row and "trusted" in row and "user" in row for row in table(kernel.run("%policy my_own")))


def test_audit_has_what_was_refused_and_granted(kernel):
    kernel.run("open('<refused>', 'w')")
    kernel.run("%ok_dests .")
    refusal, grant = table(kernel.run("%audit -n 2"))
    assert "<refused>" in refusal and re.search(r"granted +ok_dests: \. +session", grant)
    assert "&lt;refused&gt;" in shown(kernel.run("%audit -n 2"), "text/html")


def test_audit_as_json_lines_here_and_in_the_state_directory(kernel):
    kernel.run("open('for the log', 'w')")
    here = json.loads(ok(kernel.run("%audit -j -n 1")).stream())
    assert re.fullmatch(r"(sandbox|policies)/.+", here["rule"]), here
    assert here == kernel.audit()[-1] and "for the log" in here["reason"] and here["kind"] == "write"
    assert oct(os.stat(kernel.state / "safepyrun" / "audit.jsonl").st_mode)[-3:] == "600"


def test_check_runs_nothing(kernel):
    assert "Nothing is refused" in ok(kernel.run("%check print('ran')")).stream()
    rows = table(kernel.run("%%check\nprint('ran')\nf.__globals__\n%pwd\ng.__code__"))
    assert [row.split()[:3] for row in rows] == [["3", "0", "__globals__"], ["5", "0", "__code__"]]
    assert kernel.run("%check def (").reply["ename"] == "SyntaxError"


# ---- bad input --------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", [
    "%timeit", "%timeit -n", "%timeit -n x 1", "%timeit -r 0 1", "%timeit -z 1", "%%timeit -n -1\n1", "%who_ls -x", "%reset -x",
    "%reset x", "%pwd x", "%cd a b", "%cd 'a", "%cd -x", "%ls -z", "%env NOT_SET_AT_ALL", "%env =5", "%env A B=5", "%set_env",
    "%set_env A", "%%writefile\nx", "%%writefile a b\nx", "%%writefile -z a\nx", "%run", "%run -z script.py",
    "%run 'script.py", "%history -z", "%history x", "%history 1-x", "%history -l x", "%history -l 0", "%lsmagic x", "%matplotlib qt",
    "%matplotlib inline qt", "%%capture a b\n1", "%%capture --none\n1", "%%capture 1a\n1", "%%html x\n1", "%%svg x\n1", "%%latex x\n1",
    "%%javascript x\n1", "%%markdown x\n1", "%psearch", "%psearch a b", "%audit x", "%audit -n x", "%audit -z", "%check",
    "%html x", "%capture x", "%%who\nx", "%%pwd\nx", "%%run x\nx", "%trusted 1", "%writefile x"
])
def test_is_a_usage_error(kernel, code):
    cell = kernel.run(code)
    assert cell.reply["ename"] == "UsageError", cell.reply
    assert len(cell.reply["evalue"]) > 10


@pytest.mark.parametrize("code, near", [
    ("%tim 1", "%time"), ("%alow x", "%allow"), ("%okdests .", "%ok_dests"), ("%%writfile x\ny", "%%writefile"),
    ("%ENV", "%env"), ("%%htm\nx", "%%html"), ("%html x", "there is a cell magic `%%html`"), ("%%who\nx", "there is a line magic `%who`"),
])
def test_an_unknown_magic_tells_the_nearest(kernel, code, near):
    cell = kernel.run(code)
    assert cell.reply["ename"] == "UsageError" and near in cell.reply["evalue"]


@pytest.mark.parametrize("code", ["%locked", "%%nowhere\nx", "%no_such"])
def test_what_is_not_there_is_said(kernel, code):
    cell = kernel.run(code)
    assert cell.reply["ename"] == "UsageError" and "not found" in cell.reply["evalue"] and "%lsmagic" in cell.reply["evalue"]


def test_nothing_behind_a_bad_magic_runs(kernel):
    cell = kernel.run("print('before')\n%who_ls -x\nprint('after')")
    assert cell.stream() == "before\n"
