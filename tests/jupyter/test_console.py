"""The kernel as a person meets it in `jupyter console`, at a terminal."""
import os
import re
import subprocess
import sys

import pytest
from built import BUILD

pexpect = pytest.importorskip("pexpect", reason="it is in tests/requirements.txt")
pytest.importorskip("jupyter_console", reason="it is in tests/requirements.txt")

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][AB0]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f]")


class Console:
    "What a person types, and the text that comes of it."

    def __init__(self, folder):
        subprocess.run([BUILD / "safepyrun-kernel", "install", "--prefix", folder / "prefix", "--python", sys.executable], check=True,
                       capture_output=True)
        home = str(folder / "home")
        environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home + "/settings", XDG_STATE_HOME=home + "/state", TERM="xterm",
                           JUPYTER_PATH=str(folder / "prefix/share/jupyter"), JUPYTER_CONFIG_DIR=home + "/config",
                           JUPYTER_DATA_DIR=home + "/data", JUPYTER_RUNTIME_DIR=home + "/runtime", PROMPT_TOOLKIT_NO_CPR="1")
        self.folder = folder / "work"
        self.folder.mkdir()
        self.child = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel", "safepyrun", "--ZMQTerminalInteractiveShell.simple_prompt=True"],
                                   env=environment, cwd=str(self.folder), encoding="utf-8", timeout=60, dimensions=(50, 160))
        self.wait()

    def wait(self):
        "Until the next prompt; the text before it."
        self.child.expect(r"In \[\d+\]: ")
        return ESCAPES.sub("", self.child.before)

    def run(self, line, *answers):
        "Type a line, answer what is asked; what came of it."
        self.child.sendline(line)
        seen = ""
        for answer in answers:
            self.child.expect(r"\? ")
            seen += ESCAPES.sub("", self.child.before)
            self.child.sendline(answer)
        return seen + self.wait()

    def stop(self):
        self.child.close(force=True)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    console = Console(tmp_path_factory.mktemp("console"))
    yield console
    console.stop()


def settle(console):
    "A checkpoint of now is taken while nobody types."
    console.run("%checkpoint")
    console.child.expect(pexpect.TIMEOUT, timeout=0.5)


def test_it_computes(console):
    assert "42" in console.run("6 * 7")


def test_undo_and_the_list(console):
    console.run("x = [1]")
    console.run("%checkpoint start")
    settle(console)
    console.run("x.append(2)")
    seen = console.run("%checkpoints")
    assert "start" in seen, seen
    assert "Undone" in console.run("%undo start")
    assert "[1]" in console.run("x")


def test_undo_of_files_asks(console):
    (console.folder / "kept").write_text("former")
    console.run("%ok_dests .", "session")
    console.run("%checkpoint files")
    settle(console)
    console.run("open('kept', 'w').write('other')")
    seen = console.run("%undo --files files", "y")
    assert "put back" in seen and (console.folder / "kept").read_text() == "former", seen


def test_a_refusal_asks_and_a_no_is_told(console):
    (console.folder / "there").write_text("")
    seen = console.run("import os; os.chmod('/etc/passwd', 0)", "n")
    assert "Denied" in seen and "os.chmod" in seen, seen


def test_a_crash_leaves_the_variables(console):
    console.run("kept = [1, 2, 3]")
    settle(console)
    seen = console.run("import os; os.abort()", "y")
    assert "SIGABRT" in seen and "session goes on" in seen, seen
    assert "[1, 2, 3]" in console.run("kept")


def test_an_interrupt_ends_a_loop(console):
    console.child.sendline("while True: pass")
    console.child.sendline("")
    console.child.expect(pexpect.TIMEOUT, timeout=1)
    console.child.sendintr()
    assert "KeyboardInterrupt" in console.wait()
    assert "[1, 2, 3]" in console.run("kept")
