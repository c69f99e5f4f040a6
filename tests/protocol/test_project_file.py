"""Trust on first use: a `.safepyrun.toml` that came with a folder grants nothing before a person has seen it and said yes."""
import shutil

import pytest

from test_approvals import Notebook, notebook, ok, refused  # noqa: F401 (a fixture)

COMMAND = "%allow --project"

# What a project's file may have, a cell that it lets pass, and the words of the question.
GRANTS = {
    'ok_dests = ["out"]': ("open('out/effect', 'w').close()", "write files below out"),
    'trust = ["shutil.rmtree"]': ("import shutil\nshutil.rmtree('tree')", "call, with all its effects, shutil.rmtree"),
    'allow = ["shutil.rmtree"]\nok_dests = ["tree"]': ("import shutil\nshutil.rmtree('tree/inner')", "call shutil.rmtree"),
    'shell = ["touch effect"]': ("!touch effect", "run, outside of the sandbox, !touch effect"),
    'permit = ["os.remove in ./tree"]': ("import os\nos.remove('tree/file')", "do without asking you os.remove in ./tree"),
    'packs = ["a.toml"]': ("import mytools\nmytools.make('effect')", "trusted = [\"mytools.make\"]"),
    'ok_hosts = ["127.0.0.1:9"]': ("%ok_hosts", "reach and send to 127.0.0.1:9"),
}
TOOLS = "import os\ndef make(path):\n    os.mkdir(path)\n"


def furnish(folder):
    (folder / "out").mkdir(parents=True, exist_ok=True)
    (folder / "tree" / "inner").mkdir(parents=True, exist_ok=True)
    (folder / "tree" / "file").write_text("mine")
    (folder / "a.toml").write_text('# a pack\nmodules = ["mytools"]\ntrusted = ["mytools.make"]\n')
    (folder / "mytools.py").write_text(TOOLS)


def state_of(folder):
    return sorted(str(path) for path in folder.rglob("*") if "__pycache__" not in str(path))


def changed(kernel, cell):
    "Does the cell leave an effect, with a person who says no to all that it asks? (Of hosts: is one listed?)"
    before = state_of(kernel.folder)
    done = kernel.ask(cell, *"nnn")
    return state_of(kernel.folder) != before or "127.0.0.1:9" in done.stream()


@pytest.fixture
def cloned(tmp_path, notebook):
    "A kernel in a folder that came with that file."
    def start(project, *options, **more):
        furnish(tmp_path / "notebook folder")
        return notebook(*options, project=project, **more)
    return start


@pytest.mark.parametrize("project", GRANTS)
def test_nothing_holds_before_the_yes_and_all_of_it_after(cloned, project):
    cell, words = GRANTS[project]
    kernel = cloned(project + "\n", config='on_refusal = "tell"\n' if "permit" not in project else None)
    if "packs" not in project:  # a module of one's own that is imported already stays a cell's
        assert not changed(kernel, cell)
    question, = kernel.ask(COMMAND, "y").asked
    assert words in question and "as it is now? [y]es or [n]o?" in question and ".safepyrun.toml" in question
    assert changed(kernel, cell), "what was agreed to holds in the cell after"


@pytest.mark.parametrize("project", list(GRANTS)[1:6:4])
def test_a_no_grants_nothing_and_is_not_asked_again(cloned, project):
    cell, _ = GRANTS[project]
    kernel = cloned(project + "\n")
    first = ok(kernel.ask("1", "n"))
    assert len(first.asked) == 1 and "you said no" in first.stream("stderr") and COMMAND in first.stream("stderr")
    assert not changed(kernel, cell)
    assert kernel.ask("2").asked == []


def test_without_input_one_line_says_so_once(cloned):
    kernel = cloned('trust = ["shutil.rmtree"]\n')
    line, = ok(kernel.run("1")).stream("stderr").splitlines()
    assert COMMAND in line and "this frontend asks nobody" in line and ".safepyrun.toml" in line
    assert kernel.run("2").stream("stderr") == ""
    refused(kernel.run("import shutil\nshutil.rmtree('tree')"))
    assert (kernel.folder / "tree").exists()


def test_the_command_of_that_line_asks_and_grants_at_once(cloned):
    kernel = cloned('ok_dests = ["out"]\nshell = ["touch out/touched"]\n', config='on_refusal = "tell"\n')
    told = ok(kernel.ask("1"))
    assert told.asked == [] and "nobody is asked" in told.stream("stderr")
    refused(kernel.run(COMMAND))
    cell = ok(kernel.ask(COMMAND + "\nopen('out/effect', 'w').close()", "y"))
    assert len(cell.asked) == 1 and (kernel.folder / "out" / "effect").exists()
    ok(kernel.run("!touch out/touched"))
    assert (kernel.folder / "out" / "touched").exists()
    assert "have not agreed to" in ok(kernel.ask(COMMAND)).stream()


def test_it_is_remembered_by_content(cloned, notebook):
    kernel = cloned('ok_dests = ["out"]\n')
    ok(kernel.ask("1", "y"))
    again = notebook()
    cell = ok(again.ask("open('out/effect', 'w').close()"))
    assert cell.asked == [] and cell.stream("stderr") == ""
    again.project.write_text('ok_dests = ["out"]\ntrust = ["shutil.rmtree"]\n')
    changed_file = notebook()
    question, = changed_file.ask("import shutil\nshutil.rmtree('tree')", "n", "n").asked[:1]
    assert "shutil.rmtree" in question and (kernel.folder / "tree").exists()
    assert "error" == changed_file.run("open('out/other', 'w')").reply["status"], "nothing of the changed file holds"


def test_a_pack_that_changes_asks_anew(cloned, notebook):
    kernel = cloned('packs = ["a.toml"]\n')
    ok(kernel.ask("1", "y"))
    assert notebook().ask("1").asked == []
    (kernel.folder / "a.toml").write_text('modules = ["mytools"]\ntrusted = ["mytools.make", "os.mkdir"]\n')
    question, = notebook().ask("1", "n").asked
    assert "os.mkdir" in question


def test_it_is_remembered_by_path(cloned, notebook, tmp_path):
    ok(cloned('ok_dests = ["out"]\n').ask("1", "y"))
    shutil.copytree(tmp_path / "notebook folder", tmp_path / "elsewhere" / "notebook folder")
    shutil.copytree(tmp_path / "state", tmp_path / "elsewhere" / "state")
    other = Notebook(tmp_path / "elsewhere")
    try:
        assert len(other.ask("1", "n").asked) == 1
    finally:
        other.stop()


def test_what_the_kernel_wrote_on_a_persons_word_is_not_asked_about(notebook):
    kernel = notebook()
    (kernel.folder / "out").mkdir()
    ok(kernel.ask("%ok_dests --add out", "p"))
    cell = ok(notebook().ask("open('out/effect', 'w').close()"))
    assert cell.asked == [] and cell.stream("stderr") == ""


def test_a_grant_for_the_project_agrees_to_nothing_else_in_the_file(cloned, notebook):
    text = 'trust = ["shutil.rmtree"]\n'
    kernel = cloned(text)
    cell = ok(kernel.ask("%ok_dests --add out", "n", "p"))
    assert "session only" in cell.stream("stderr") and COMMAND in cell.stream("stderr")
    assert kernel.project.read_text() == text and kernel.writes("out/effect")
    assert len(notebook().ask("1", "n").asked) == 1


def test_a_file_that_changed_meanwhile_is_not_agreed_to_by_a_grant(notebook):
    kernel = notebook()
    (kernel.folder / "out").mkdir()
    ok(kernel.ask("%ok_dests --add out", "p"))
    kernel.project.write_text('trust = ["shutil.rmtree"]\n')
    cell = ok(kernel.ask("%ok_dests --add .", "p"))
    assert "session only" in cell.stream("stderr") and "trust" in kernel.project.read_text()
    assert "ok_dests" not in kernel.project.read_text()
    question, = ok(kernel.ask(COMMAND, "y")).asked
    assert "shutil.rmtree" in question
    ok(kernel.ask("%allow --trust os.mkdir", "p"))
    assert notebook().ask("1").asked == []


@pytest.mark.parametrize("how", ["open({0!r}, 'w').write({1!r})", "import os\nos.system('echo x > ' + {0!r})",
                                 "import pathlib\npathlib.Path({0!r}).write_text({1!r})",
                                 "import os\nopen('out/x', 'w').write({1!r})\nos.replace('out/x', {0!r})"])
def test_a_cell_neither_changes_it_nor_says_yes_to_it(cloned, notebook, how):
    kernel = cloned('ok_dests = ["."]\n')
    ok(kernel.ask("1", "y"))
    assert kernel.writes("proof")
    cell = kernel.ask(how.format(str(kernel.project), 'trust = ["shutil.rmtree"]\n'), *"nnn")
    assert cell.reply["status"] == "error" and kernel.project.read_text() == 'ok_dests = ["."]\n'
    memory = kernel.state / "safepyrun" / "projects"
    remembered = {path: path.read_text() for path in memory.iterdir()}
    assert len(remembered) == 1


def test_a_cell_does_not_reach_what_is_remembered(cloned, tmp_path):
    kernel = cloned(f'ok_dests = ["{tmp_path}"]\n')
    ok(kernel.ask("1", "y"))
    ok(kernel.run(f"open({str(tmp_path / 'proof')!r}, 'w').close()"))
    memory = kernel.state / "safepyrun" / "projects"
    path, = memory.iterdir()
    before = path.read_text()
    for cell in (f"open({str(path)!r}, 'w')", f"open({str(memory / 'x')!r}, 'w')", f"import os\nos.remove({str(path)!r})",
                 f"import os\nos.rename({str(memory)!r}, {str(tmp_path / 'moved')!r})", f"import shutil\nshutil.rmtree({str(memory)!r})"):
        assert kernel.ask(cell, *"nnn").reply["status"] == "error", cell
    assert path.read_text() == before and list(memory.iterdir()) == [path]


def test_a_cell_does_not_ask_for_it_itself(cloned):
    "The question is the person's, whoever put it."
    kernel = cloned('trust = ["shutil.rmtree"]\n')
    kernel.ask("1", "n")
    refused(kernel.run("get_ipython().run_line_magic('allow', '--project')"))
    kernel.ask("import _safepyrun_kernel as k\nk.query('project', {})", *"nnn")
    refused(kernel.run("import shutil\nshutil.rmtree('tree')"))
    assert (kernel.folder / "tree").exists()


@pytest.mark.parametrize("text, told", [("ok_dests = [\n", "ok_dests expected"), ("[broken\n", "expected [section]"),
                                        ('magics = "open"\n', "belongs into"), ("\0", "NUL byte")])
def test_a_broken_file_grants_nothing_and_asks_nothing(cloned, text, told):
    kernel = cloned(text)
    cell = ok(kernel.ask("1"))
    assert cell.asked == [] and told in cell.stream("stderr") and not kernel.writes("out/effect")


def test_what_is_right_in_a_broken_file_is_asked_about(cloned):
    kernel = cloned('ok_dests = ["out"]\ntrust = [\n')
    cell = ok(kernel.ask("1", "y"))
    assert len(cell.asked) == 1 and "trust" in cell.stream("stderr") and kernel.writes("out/effect")


def test_answers_that_mean_nothing_here(cloned):
    kernel = cloned('ok_dests = ["out"]\n')
    cell = ok(kernel.ask("1", "p", "session", "once"))
    assert len(cell.asked) == 3 and "Please answer y or n" in cell.asked[1] and not kernel.writes("out/effect")


def test_an_interrupt_is_a_no_and_ends_the_cell(cloned):
    kernel = cloned('ok_dests = ["out"]\n')
    msg_id = kernel.client.execute("ran = 1", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=10)
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=10)
    while reply["parent_header"].get("msg_id") != msg_id:
        reply = kernel.client.get_shell_msg(timeout=10)
    assert reply["content"]["status"] == "error" and reply["content"]["ename"] == "KeyboardInterrupt"
    assert not kernel.writes("out/effect")
    assert "NameError" == kernel.run("ran").reply["ename"]


def test_relative_folders_are_the_projects(cloned, tmp_path):
    (tmp_path / "away" / "out").mkdir(parents=True)
    kernel = cloned('ok_dests = ["out"]\n')
    ok(kernel.run(f"%cd {tmp_path / 'away'}"))
    ok(kernel.ask("1", "y"))
    assert kernel.run("open('out/effect', 'w')").reply["status"] == "error"
    ok(kernel.run(f"open({str(kernel.folder / 'out' / 'effect')!r}, 'w').close()"))


def test_the_audit_log_has_the_answer(cloned):
    kernel = cloned('ok_dests = ["out"]\n')
    ok(kernel.ask("1", "n"))
    ok(kernel.ask(COMMAND, "y"))
    kinds = [(record["kind"], record["callable"]) for record in kernel.audit()]
    assert kinds == [("refused", "project"), ("granted", "project")]


def test_open_asks_nobody_and_locked_follows_what_was_agreed_to_before(cloned, notebook):
    kernel = cloned('ok_dests = ["out"]\n', "--magics", "open")
    assert kernel.writes("out/open")
    locked = notebook("--magics", "locked")
    assert "locked" in ok(locked.ask("1")).stream("stderr") and not locked.writes("out/locked")
    ok(notebook().ask("1", "y"))
    assert notebook("--magics", "locked").writes("out/locked")
