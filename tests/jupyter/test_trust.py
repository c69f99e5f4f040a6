"""`safepyrun-kernel trust`: a person agrees in a terminal to a project's file, and programs that run notebooks follow it."""
import os
import pty
import subprocess
import sys

import nbformat
import pytest

WRITES = "import os\nopen('out/made', 'w').close()\nos.remove('out/made')\nopen('out/kept', 'w').close()"
PROJECT = 'ok_dests = ["out"]\ntrust = ["shutil.rmtree"]\n'


@pytest.fixture
def project(tmp_path):
    "A folder that came with a file, and a notebook that needs what it permits."
    folder = tmp_path / "cloned project"
    (folder / "out").mkdir(parents=True)
    (folder / ".safepyrun.toml").write_text(PROJECT)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(WRITES)])
    book.metadata["kernelspec"] = {"name": "safepyrun", "display_name": "Python (safepyrun)", "language": "python"}
    nbformat.write(book, folder / "book.ipynb")
    return folder


@pytest.fixture
def run(tmp_path, project):
    "Run a program in the project; its CompletedProcess."
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}

    def call(*words, cwd=project, text=""):
        return subprocess.run([str(word) for word in words], cwd=cwd, env=environment, input=text, capture_output=True, text=True)
    call.environment = environment
    return call


NBCONVERT = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb"]
PAPERMILL = [sys.executable, "-m", "papermill", "--no-progress-bar"]


def test_without_it_nbconvert_and_papermill_say_what_to_do(run, project):
    done = run(*NBCONVERT, "book.ipynb")
    assert done.returncode != 0 and "Dest 'out/made' not allowed" in done.stderr and os.listdir(project / "out") == []
    done = run(*PAPERMILL, "book.ipynb", "done.ipynb")
    assert done.returncode != 0 and "Dest 'out/made' not allowed" in done.stderr and os.listdir(project / "out") == []
    told = [output.text for cell in nbformat.read(project / "done.ipynb", 4).cells for output in cell.get("outputs", [])
            if output.output_type == "stream"]
    assert any("`safepyrun-kernel trust` in a terminal" in text for text in told)


def test_after_a_yes_nbconvert_and_papermill_follow_it(run, program, project, tmp_path):
    assert run(program, "trust", text="y\n").returncode == 0
    assert run(*NBCONVERT, "book.ipynb").returncode == 0 and os.listdir(project / "out") == ["kept"]
    (project / "out" / "kept").unlink()
    assert run(*NBCONVERT, project / "book.ipynb", cwd=tmp_path).returncode == 0, "from elsewhere: the notebook's folder counts"
    (project / "out" / "kept").unlink()
    assert run(*PAPERMILL, "book.ipynb", "done.ipynb").returncode == 0 and os.listdir(project / "out") == ["kept"]
    (project / "out" / "kept").unlink()
    assert run(*PAPERMILL, "--cwd", project, project / "book.ipynb", tmp_path / "done.ipynb", cwd=tmp_path).returncode == 0
    assert os.listdir(project / "out") == ["kept"]


def test_it_shows_all_of_it_and_asks(run, program, project):
    done = run(program, "trust", text="n\n")
    assert done.returncode == 1 and "write files below out" in done.stdout and "call, with all its effects, shutil.rmtree" in done.stdout
    assert "[y]es or [n]o?" in done.stdout and "Nothing of it is followed." in done.stdout
    assert run(*NBCONVERT, "book.ipynb").returncode != 0


def test_nobody_answers(run, program):
    done = run(program, "trust")
    assert done.returncode == 1 and "--yes agrees to it" in done.stdout


def test_an_answer_that_means_nothing_is_asked_again(run, program):
    done = run(program, "trust", text="perhaps\no\nyes\n")
    assert done.returncode == 0 and done.stdout.count("Please answer y or n") == 2
    assert run(program, "trust", text="a\nb\nc\n").stdout.endswith("as it is now\n")


def test_at_a_terminal(run, program, project):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project)
        os.execve(program, [str(program), "trust"], run.environment)
    shown = b""
    while b"[n]o?" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"y\n")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert "followed already" in run(program, "trust").stdout


def test_yes_beforehand_and_another_folder(run, program, project, tmp_path):
    done = run(program, "trust", "--yes", project, cwd=tmp_path)
    assert done.returncode == 0 and "write files below out" in done.stdout and str(project / ".safepyrun.toml") in done.stdout
    assert "followed already" in run(program, "trust", project, cwd=tmp_path).stdout


def test_content_that_changed_is_asked_about_anew(run, program, project):
    run(program, "trust", "--yes")
    (project / ".safepyrun.toml").write_text(PROJECT + 'shell = ["git status"]\n')
    assert run(*NBCONVERT, "book.ipynb").returncode != 0
    done = run(program, "trust", text="n\n")
    assert "run, outside of the sandbox, !git status" in done.stdout and done.returncode == 1


def test_a_pack_that_it_names_counts(run, program, project):
    (project / ".safepyrun.toml").write_text(PROJECT + 'packs = ["a.toml"]\n')
    (project / "a.toml").write_text('modules = ["mine"]\ntrusted = ["mine.f"]\n')
    assert 'trusted = ["mine.f"]' in run(program, "trust", "--yes").stdout
    (project / "a.toml").write_text('modules = ["mine"]\ntrusted = ["mine.g"]\n')
    assert "mine.g" in run(program, "trust", text="n\n").stdout


@pytest.mark.parametrize("words, said, code", [
    (["trust", "nowhere"], "nowhere: No such file", 2), (["trust", "out"], "there is no", 2), (["trust", "--what"], "usage:", 2), (["trust", ".", "."], "usage:", 2)])
def test_wrong_usage(run, program, words, said, code):
    done = run(program, *words)
    assert done.returncode == code and said in done.stderr and done.stdout == ""


def test_a_file_that_cannot_be_read_and_one_that_permits_nothing(run, program, project):
    (project / ".safepyrun.toml").write_text("ok_dests = [\n")
    assert ".safepyrun.toml" in run(program, "trust").stderr
    (project / ".safepyrun.toml").write_text("ok_dests = []\n")
    done = run(program, "trust")
    assert done.returncode == 0 and "nothing that needs a yes" in done.stdout


def test_a_memory_that_cannot_be_kept(run, program, tmp_path):
    (tmp_path / "full").write_text("")
    done = run(program, "trust", "--yes", "--state-dir", tmp_path / "full")
    assert done.returncode == 1 and "it cannot be remembered" in done.stderr


def test_help(run, program):
    assert "usage: safepyrun-kernel trust" in run(program, "trust", "--help").stdout and "trust" in run(program, "--help").stdout
