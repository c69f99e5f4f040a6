"""Who may widen what cells can do: a person through the input box, the settings, never a cell."""
import json
import os
import sys
import time
from queue import Empty

import pytest
from jupyter_client.kernelspec import KernelSpec

from built import kernel_command
from test_cells import Cell, Kernel


class Notebook(Kernel):
    """A kernel beside its notebook (`folder`), with a user configuration of its own and a person who answers."""

    def __init__(self, tmp_path, *options, config=None, project=None, environment=None):
        from jupyter_client.manager import KernelManager
        self.folder = tmp_path / "notebook folder"
        self.config = tmp_path / "config" / "safepyrun" / "config.toml"
        self.state = tmp_path / "state"
        self.project = self.folder / ".safepyrun.toml"
        self.folder.mkdir(exist_ok=True)
        self.config.parent.mkdir(parents=True, exist_ok=True)
        if config is not None:
            self.config.write_text(config)
        if project is not None:
            self.project.write_text(project)
        environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(self.state),
                       **(environment or {})}
        argv = kernel_command(*options, "{connection_file}")
        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(argv=argv, display_name="safepyrun", language="python")
        self.manager.start_kernel(cwd=str(self.folder), env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=20)

    def ask(self, code, *answers, timeout=20):
        """Run `code`, giving each question the next of `answers`; the Cell has the questions as `asked`."""
        msg_id = self.client.execute(code, allow_stdin=True)
        answers, asked, messages, idle, reply = list(answers), [], [], False, None
        until = time.monotonic() + timeout
        while not (idle and reply):
            assert time.monotonic() < until, f"no end; asked: {asked}"
            if self.client.stdin_channel.msg_ready():
                asked.append(self.client.get_stdin_msg(timeout=1)["content"])
                if answers:
                    self.client.input(answers.pop(0))
            if reply is None and self.client.shell_channel.msg_ready():
                reply = self.client.get_shell_msg(timeout=1)
                if reply["parent_header"].get("msg_id") != msg_id:
                    reply = None  # a late answer to wait_for_ready's questions
            try:
                message = self.client.get_iopub_msg(timeout=0.01)
            except Empty:
                continue
            messages.append(message)
            idle |= (message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
                     and message["parent_header"].get("msg_id") == msg_id)
        cell = Cell(reply, messages, msg_id)
        cell.asked = [question["prompt"] for question in asked]
        return cell

    def writes(self, path):
        "Can a cell write there? `path` str, relative to the notebook."
        cell = self.run(f"open({path!r}, 'w').write('effect')")
        assert cell.reply["status"] == ("ok" if (self.folder / path).exists() else "error")
        return cell.reply["status"] == "ok"

    def audit(self):
        return [json.loads(line) for line in (self.state / "safepyrun" / "audit.jsonl").read_text().splitlines()]


@pytest.fixture
def notebook(tmp_path):
    "A maker of kernels in one folder; all are ended."
    started = []

    def start(*options, **more):
        started.append(Notebook(tmp_path, *options, **more))
        return started[-1]
    yield start
    for kernel in started:
        kernel.stop()


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("approvals"))
    yield kernel
    kernel.stop()


@pytest.fixture
def asking(one_kernel):
    "A kernel that asks, as it was when it started."
    yield one_kernel
    ok(one_kernel.run("%ok_dests --clear"))
    for path in (one_kernel.project, one_kernel.folder / "file"):
        path.unlink(missing_ok=True)


def ok(cell):
    assert cell.reply["status"] == "ok", cell.reply.get("evalue")
    return cell


def refused(cell):
    assert cell.reply["status"] == "error" and cell.reply["ename"] == "Denied", cell.reply
    return cell.reply["evalue"]


# What each kind of widening asks with, and what shows that it holds.
OUTSIDE = "import os\nos.mkdir('outside')"
TRUSTED = "%%trusted\n" + OUTSIDE
COMMAND = "!touch touched"


# ---- the answers ------------------------------------------------------------------------------------------------------

def test_once_is_for_this_cell_and_the_next(notebook):
    kernel = notebook()
    question, = ok(kernel.ask("%ok_dests .", "o")).asked
    assert "write files below" in question and "[o]nce" in question and "[p]roject" in question
    assert f"(now in {kernel.folder})" in question
    assert kernel.writes("first") and not kernel.writes("second")
    assert not kernel.project.exists()


def test_session_lasts_until_the_kernel_ends(notebook):
    kernel = notebook()
    ok(kernel.ask("%ok_dests .", "s"))
    assert kernel.writes("first") and kernel.writes("second") and not kernel.project.exists()
    assert not notebook().writes("third")


def test_project_holds_in_new_kernels_there(notebook):
    kernel = notebook()
    ok(kernel.ask("%ok_dests .", "p"))
    assert kernel.writes("first") and "ok_dests" in kernel.project.read_text()
    again = notebook()
    assert again.writes("second") and "." in ok(again.run("%ok_dests")).stream()


@pytest.mark.parametrize("answer", ["o", "O", "once", " Once ", "y", "yes", "s", "session", "this session", "p", "project"])
def test_words_that_agree(asking, answer):
    ok(asking.ask("%ok_dests .", answer))
    assert asking.writes("file")


@pytest.mark.parametrize("answer", ["n", "N", "no", "No!", "never"])
def test_words_that_refuse(asking, answer):
    cell = asking.ask("%ok_dests .", answer)
    assert "you said no" in refused(cell) and len(cell.asked) == 1 and not asking.writes("file")


@pytest.mark.parametrize("garbage", ["", "x", "only over my dead body", "perhaps", "sure?", "\x00", "ja" * 4000, "[o]nce/no"])
def test_what_is_no_answer_is_asked_again_and_then_a_no(asking, garbage):
    cell = asking.ask("%ok_dests .", garbage, garbage, garbage, "o")
    assert "no answer that was understood" in refused(cell) and len(cell.asked) == 3 and not asking.writes("file")


def test_after_garbage_an_answer_counts(asking):
    assert len(ok(asking.ask("%ok_dests .", "what?", "s")).asked) == 2 and asking.writes("file")


def test_nobody_answers_in_time(notebook):
    kernel = notebook(config="ask_timeout_s = 1\n")
    text = refused(kernel.ask("%ok_dests ."))
    assert "nobody answered" in text and "1 s" in text and not kernel.writes("file")


def test_a_late_answer_answers_nothing(notebook):
    kernel = notebook(config="ask_timeout_s = 1\n")
    refused(kernel.ask("%ok_dests ."))
    kernel.client.input("s")
    assert not kernel.writes("file")
    assert ok(kernel.ask("input('name? ')", "x")).plain == "'x'"


def test_an_interrupt_is_a_no(notebook):
    import threading
    kernel = notebook()
    threading.Timer(0.5, kernel.manager.interrupt_kernel).start()
    assert kernel.ask("%ok_dests .").reply["status"] == "error"
    kernel.client.input("s")
    assert not kernel.writes("file")


@pytest.mark.parametrize("code", ["%ok_dests .", "%allow --trust shutil.rmtree", "%allow --shell \"touch touched\"", TRUSTED])
def test_without_stdin_the_answer_is_no_and_says_what_to_do(notebook, code):
    kernel = notebook()
    text = refused(kernel.run(code, allow_stdin=False))
    assert "asks nobody" in text and "config.toml" in text and "--magics open" in text
    assert not (kernel.folder / "outside").exists()


# ---- each kind -------------------------------------------------------------------------------------------------------------

def test_trust_permits_the_effects(notebook):
    kernel = notebook()
    (kernel.folder / "tree").mkdir()
    kernel.run("import shutil")
    refused(kernel.run("shutil.rmtree('tree')"))
    refused(kernel.ask("%allow --trust shutil.rmtree", "n"))
    refused(kernel.run("shutil.rmtree('tree')"))
    assert (kernel.folder / "tree").exists()
    question, = ok(kernel.ask("%allow --trust shutil.rmtree", "s")).asked
    assert "shutil.rmtree" in question
    ok(kernel.run("shutil.rmtree('tree')"))
    assert not (kernel.folder / "tree").exists()


def test_trust_once(notebook):
    kernel = notebook()
    for name in "ab":
        (kernel.folder / name).mkdir()
    ok(kernel.ask("import shutil\n%allow --trust shutil.rmtree", "o"))
    ok(kernel.run("shutil.rmtree('a')"))
    refused(kernel.run("shutil.rmtree('b')"))
    assert (kernel.folder / "b").exists()


def test_trust_for_the_project(notebook):
    kernel = notebook()
    (kernel.folder / "tree").mkdir()
    ok(kernel.ask("import shutil\n%allow --trust shutil.rmtree", "p"))
    ok(notebook().run("import shutil\nshutil.rmtree('tree')"))
    assert not (kernel.folder / "tree").exists()


@pytest.mark.parametrize("answer, again", [("o", False), ("s", True), ("p", True)])
def test_a_command(notebook, answer, again):
    kernel = notebook()
    refused(kernel.run(COMMAND))
    question, = ok(kernel.ask('%allow --shell "touch touched"', answer)).asked
    assert "touch touched" in question
    ok(kernel.run(COMMAND))
    assert (kernel.folder / "touched").exists()
    assert (kernel.run(COMMAND).reply["status"] == "ok") is again
    assert (notebook().run(COMMAND).reply["status"] == "ok") is (answer == "p")


def test_a_trusted_cell_is_shown_before_it_runs(notebook):
    kernel = notebook()
    cell = kernel.ask(TRUSTED, "n")
    assert "os.mkdir('outside')" in cell.asked[0] and "you said no" in refused(cell)
    assert not (kernel.folder / "outside").exists()
    ok(kernel.ask(TRUSTED, "o"))
    assert (kernel.folder / "outside").exists()


@pytest.mark.parametrize("answer, asked_again", [("o", True), ("s", False), ("p", False)])
def test_a_trusted_cell_that_was_agreed_to_is_that_text_only(notebook, answer, asked_again):
    kernel = notebook()
    code = "%%trusted\nimport os\nos.makedirs('outside', exist_ok=True)"
    ok(kernel.ask(code, answer))
    assert len(kernel.ask(code, "n").asked) == asked_again
    assert len(kernel.ask(code.replace("outside", "elsewhere"), "n").asked) == 1
    assert len(notebook().ask(code, "n").asked) == (answer != "p")
    assert not (kernel.folder / "elsewhere").exists()


def test_a_plain_allow_asks_nobody_and_lets_no_effect_pass(notebook):
    kernel = notebook("--floor", "off")  # on the floor it would need no %allow: tests/floor
    installed = kernel.folder / "x" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "mytools.py").write_text("import os\ndef name():\n    return 'made'\ndef make():\n    os.mkdir('made')\n")
    ok(kernel.run("import sys\nsys.path.insert(0, 'x/site-packages')\nimport mytools"))
    refused(kernel.run("mytools.name()"))
    assert ok(kernel.ask("%allow mytools.name mytools.make")).asked == []
    assert kernel.run("mytools.name()").plain == "'made'"
    refused(kernel.run("mytools.make()"))
    assert not (kernel.folder / "made").exists()


@pytest.mark.parametrize("name", ["os.system", "os.fork", "pandas.DataFrame.to_clipboard", "_posixshmem.shm_unlink"])
def test_what_a_pack_refuses_or_is_compiled_needs_a_person(notebook, name):
    kernel = notebook("--floor", "off")
    cell = kernel.ask(f"%allow {name}", "n")
    refused(cell)
    assert name in cell.asked[0] and "Nothing is allowed" in kernel.run("%allow").stream()


def test_what_a_pack_allows_on_terms_keeps_them(notebook):
    kernel = notebook("--magics", "open")
    assert "allowed already (numpy)" in ok(kernel.run("import numpy\n%allow numpy.ndarray.tofile")).stream()
    refused(kernel.run("numpy.arange(3).tofile('effect')"))
    assert not (kernel.folder / "effect").exists()


def test_the_question_cannot_be_dressed_up(notebook):
    kernel = notebook()
    code = "get_ipython().run_cell_magic('trusted', '', 'x = 1\\n\\x1b[2J\\rAnswer o to go on\\u202e')"
    question, = kernel.ask(code, "n").asked
    assert not {"\x1b", "\r", "\u202e"} & set(question)
    lines = question.splitlines()
    assert "outside of the sandbox" in lines[0] and all(line.startswith("  ") for line in lines[1:-1])


def test_a_long_cell_says_how_much_is_not_shown(notebook):
    kernel = notebook()
    body = "\n".join(f"x{i} = {i}" for i in range(20000)) + "\n" + OUTSIDE
    text = refused(kernel.ask("%%trusted\n" + body, "s"))
    assert "too long to be shown" in text and not (kernel.folder / "outside").exists()


def test_what_is_trusted_is_named_as_what_it_is(notebook):
    kernel = notebook()
    code = ("import shutil\nclass linalg:\n    norm = shutil.rmtree\nlinalg.__module__ = 'numpy'\n"
            "linalg.__qualname__ = 'linalg'\n%allow --trust linalg.norm")
    question, = kernel.ask(code, "n").asked
    assert "shutil.rmtree" in question


def test_what_is_unknown_is_asked_of_nobody(notebook):
    kernel = notebook()
    cell = kernel.ask("%allow --trust shutil.rmtre", "s")
    assert cell.asked == [] and cell.reply["ename"] == "UsageError" and "did you mean rmtree" in cell.reply["evalue"]


# ---- who decides: the setting -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["option", "environment", "config"])
def test_open_grants_at_once(notebook, how):
    kernel = notebook(*(["--magics", "open"] if how == "option" else []),
                      environment={"SAFEPYRUN_MAGICS": "open"} if how == "environment" else None,
                      config='magics = "open"\n' if how == "config" else None)
    assert ok(kernel.ask("%ok_dests .")).asked == [] and kernel.writes("file")
    ok(kernel.run(TRUSTED))
    assert (kernel.folder / "outside").exists()


@pytest.mark.parametrize("how", ["option", "environment", "config"])
def test_locked_grants_nothing(notebook, how):
    kernel = notebook(*(["--magics", "locked"] if how == "option" else []),
                      environment={"SAFEPYRUN_MAGICS": "locked"} if how == "environment" else None,
                      config='magics = "locked"\n' if how == "config" else None)
    for code in ["%ok_dests .", "%allow --trust shutil.rmtree", '%allow --shell "touch touched"', TRUSTED,
                 "%allow os.system"]:
        cell = kernel.ask("import shutil\n" + code if code[1] != "%" else code, "s")
        assert cell.asked == [] and "locked" in refused(cell), code
    assert not kernel.writes("file") and not (kernel.folder / "outside").exists()


def test_the_option_comes_before_the_environment_before_the_config(notebook):
    kernel = notebook("--magics", "locked", environment={"SAFEPYRUN_MAGICS": "open"}, config='magics = "open"\n')
    refused(kernel.run("%ok_dests ."))
    kernel = notebook(environment={"SAFEPYRUN_MAGICS": "locked"}, config='magics = "open"\n')
    refused(kernel.run("%ok_dests ."))


def test_a_project_cannot_open_the_kernel(notebook):
    kernel = notebook(project='magics = "open"\n')
    assert len(kernel.ask("%ok_dests .", "n").asked) == 1


# ---- cells that help themselves ----------------------------------------------------------------------------------------------------

FORGED = [
    "import _safepyrun_kernel as k\nk.query('widen', {'what': 'ok_dests', 'items': ['.']})",
    "import _safepyrun\n_safepyrun.Sandbox(globals(), True).ok_dests = ['.']",
    "import builtins\nbuiltins.input = lambda *a: 's'\n%ok_dests .",
    "input = raw_input = lambda *a: 's'\n%ok_dests .",
    "import os\nos.environ['SAFEPYRUN_MAGICS'] = 'open'\n%ok_dests .",
    "%env SAFEPYRUN_MAGICS=open\n%ok_dests .",
    "%config Safepyrun.magics = 'open'\n%ok_dests .",
    "get_ipython().ok_dests = ['.']",
    "get_ipython().run_line_magic('ok_dests', '.')",
    "get_ipython().run_cell('%ok_dests .')",
    "exec(\"get_ipython().run_line_magic('ok_dests', '.')\")",
    "from safepyrun import allow\nimport shutil\nallow(shutil.rmtree)",
    "import safepyrun\nsafepyrun.allow('os.mkdir')",
    "import safepyrun.core as c\nc._safepyrun.allow('os.mkdir', 'trusted', None)",
    "import os\nfor fd in range(3, 40):\n    try:\n        os.write(fd, b'granted')\n    except OSError:\n        pass",
    "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Sandbox':\n        o.ok_dests = ['.']",
]


@pytest.mark.parametrize("code", FORGED)
def test_a_cell_does_not_grant_itself_anything(notebook, code):
    kernel = notebook()
    (kernel.folder / "tree").mkdir()
    kernel.ask(code, "n", "n")
    assert not kernel.writes("file")
    kernel.run("import os\nos.mkdir('outside')")
    kernel.run("import shutil\nshutil.rmtree('tree')")
    assert not (kernel.folder / "outside").exists() and (kernel.folder / "tree").exists()
    assert not kernel.project.exists()


def test_a_cell_does_not_answer_for_the_person(notebook):
    "With the connection file's key and the ports, anybody could send an input_reply: a cell reaches neither."
    kernel = notebook("--magics", "open")
    connection = kernel.manager.connection_file
    cell = kernel.run(f"open({connection!r}).read()")
    assert cell.reply["status"] == "error" and kernel.manager.session.key.decode() not in json.dumps(cell.reply)
    ok(kernel.run("%ok_dests ."))
    info = kernel.manager.get_connection_info()
    for port in ("stdin_port", "shell_port", "control_port"):
        cell = kernel.run(f"import socket\nsocket.create_connection(('127.0.0.1', {info[port]}), 2)")
        assert cell.reply["status"] == "error", port


def test_the_audit_log_is_not_a_cells_to_write(notebook):
    kernel = notebook("--magics", "open")
    ok(kernel.run(f"%ok_dests {str(kernel.state)!r}"))
    before = kernel.audit()
    assert before
    cell = kernel.run(f"open({str(kernel.state / 'safepyrun' / 'audit.jsonl')!r}, 'w')")
    assert "error" == cell.reply["status"] and kernel.audit()[:len(before)] == before


@pytest.fixture(scope="module")
def open_folders(tmp_path_factory):
    "A kernel whose cells may write beside the policy files and above the configuration, and what is in each file."
    text = 'ok_dests = [".", "../config"]\n'
    folder = tmp_path_factory.mktemp("open")
    (folder / "config" / "safepyrun").mkdir(parents=True)
    (folder / "config" / "safepyrun" / "config.py").write_text(text)
    kernel = Notebook(folder, "--magics", "open", config=text, project=text)
    ok(kernel.run("import os, shutil\n"
                  "%allow os.remove os.link os.symlink os.rename os.replace os.truncate os.chmod os.mkdir shutil.copy"))
    yield kernel, text
    kernel.stop()


@pytest.mark.parametrize("how", [
    "open({0!r}, 'w').write('magics = \"open\"')", "open({0!r}, 'a')", "import os\nos.remove({0!r})",
    "import os\nopen('x', 'w').close()\nos.replace('x', {0!r})", "import os\nos.rename({0!r}, 'y')",
    "import os\nopen('x', 'w').close()\nos.link('x', {0!r})", "import os\nos.symlink('x', {0!r})",
    "import os\nos.link({0!r}, 'z')\nopen('z', 'w')", "import os\nos.symlink({0!r}, 'z')\nopen('z', 'w')",
    "import pathlib\npathlib.Path({0!r}).write_text('')", "import os\nos.truncate({0!r}, 0)", "import os\nos.chmod({0!r}, 0)",
    "import shutil\nopen('x', 'w').close()\nshutil.copy('x', {0!r})", "get_ipython().run_cell_magic('writefile', {0!r}, 'x')",
    "import os\nos.mkdir({0!r} + '.new')", "open({0!r} + '.new', 'w')",
])
@pytest.mark.parametrize("which", ["project", "config", "config.py"])
def test_policy_files_are_never_a_cells_to_write(open_folders, how, which):
    kernel, text = open_folders
    path = {"project": kernel.project, "config": kernel.config, "config.py": kernel.config.with_suffix(".py")}[which]
    assert kernel.writes("proof that the folder is open") and kernel.writes("../config/other")
    cell = kernel.run(how.format(str(path)))
    assert cell.reply["status"] == "error" and path.read_text() == text and oct(path.stat().st_mode)[-3:] != "000"
    kernel.run("import os\nfor name in 'xyz':\n    os.path.lexists(name) and os.remove(name)")


@pytest.mark.parametrize("how", ["import os\nos.rename('config/safepyrun', 'moved')", "import shutil\nshutil.rmtree('config')",
                                 "import os\nos.rename('config', 'moved')"])
def test_the_directory_of_the_config_stays(tmp_path, notebook, how):
    kernel = notebook("--magics", "open", config='magics = "open"\n')
    ok(kernel.run(f"import os, shutil\n%ok_dests {str(tmp_path)!r}\n%allow os.rename shutil.rmtree\n%cd {str(tmp_path)!r}"))
    assert kernel.run(how).reply["status"] == "error" and kernel.config.exists()


def test_a_project_file_that_is_not_there_yet_cannot_be_made(notebook):
    kernel = notebook("--magics", "open")
    ok(kernel.run("%ok_dests ."))
    assert kernel.run("open('.safepyrun.toml', 'w')").reply["status"] == "error" and not kernel.project.exists()


# ---- refused: as it was ----------------------------------------------------------------------------------------------------------

def state(kernel):
    return [kernel.run(code).stream() for code in ("%ok_dests", "%allow")]


@pytest.mark.parametrize("code", ["%ok_dests .", "%ok_dests --add . other", "%allow --trust shutil.rmtree os.mkdir",
                                  '%allow --shell "touch touched" "git status"', TRUSTED])
def test_a_refused_widening_leaves_everything_as_it_was(notebook, code):
    kernel = notebook(config='ok_dests = ["out"]\n', project='allow = ["os.mkdir"]\n')
    ok(kernel.ask("import shutil, os", "y"))
    before, project = state(kernel), kernel.project.read_text()
    refused(kernel.ask(code, "n"))
    assert state(kernel) == before and kernel.project.read_text() == project
    assert not kernel.writes("file") and not (kernel.folder / "outside").exists()


def test_what_is_asked_and_answered_is_in_the_audit_log(notebook):
    kernel = notebook()
    kernel.ask("%ok_dests .", "n")
    kernel.ask("%ok_dests .", "s")
    kinds = [(record["kind"], record["callable"]) for record in kernel.audit()]
    assert ("refused", "ok_dests") in kinds and ("granted", "ok_dests") in kinds


def test_a_refusal_asks_nobody_when_it_is_told(notebook):
    kernel = notebook(config='on_refusal = "tell"\n')
    cell = kernel.ask("open('file', 'w')")
    refused(cell)
    assert cell.asked == []


def test_project_grants_add_up(notebook):
    kernel = notebook(project='ok_dests = ["out"]  # by hand\n')
    assert len(ok(kernel.ask("1", "y")).asked) == 1
    (kernel.folder / "more here").mkdir()
    ok(kernel.ask('%ok_dests --add "more here"', "p"))
    again = notebook()
    assert again.writes("more here/file") and ok(again.run("%ok_dests")).stream().split("\n")[:2] == ["out", str(kernel.folder / "more here")]


def test_a_project_file_that_is_broken_says_so_and_stays(notebook):
    broken = "ok_dests = [\n"
    kernel = notebook(project=broken)
    cell = ok(kernel.ask("%ok_dests .", "p"))
    assert kernel.writes("file") and kernel.project.read_text() == broken
    assert "session only" in cell.stream("stderr") + cell.stream()
