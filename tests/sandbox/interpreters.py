"""The Pythons under test, and what runs code in them."""
import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

from built import BUILD, ROOT

SERVER = Path(__file__).with_name("server.py")


class Interpreter:
    "One Python with the extension; runs requests (see server.py)."

    def __init__(self, version, executable, mode="open"):
        self.version = tuple(int(part) for part in version.split("."))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment["PYTHONPATH"] = os.pathsep.join([str(BUILD), str(ROOT / "python")])
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.process = subprocess.Popen([executable, "-W", "ignore", str(SERVER), mode], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "broken" not in answer, answer["broken"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


class Sandbox:
    "What tests use: runs cells in a fresh process, in `home`."

    def __init__(self, interpreter, home):
        self.interpreter, self.home, self.version = interpreter, home, interpreter.version

    def run(self, *cells, setup="", after="", ok_dests=None, persistent=False, plain=False):
        "Gives value (a repr), out, err, error (None, or a namespace with type, text, denied, kind, ...)."
        answer = SimpleNamespace(**self.interpreter.ask(
            cells=cells, setup=setup, after=after, plain=plain, persistent=persistent, cwd=str(self.home),
            ok_dests=None if ok_dests is None else [str(d) for d in ok_dests]))
        if answer.error:
            known = answer.error.pop("known")
            answer.error = SimpleNamespace(**answer.error, **known)
        return answer

    def plain(self, *cells, **options):
        "The same without a sandbox."
        return self.run(*cells, plain=True, **options)

    def value(self, *cells, **options):
        "The value of cells that must not fail, as its repr."
        answer = self.run(*cells, **options)
        assert answer.error is None, vars(answer.error)
        return answer.value

    def refusal(self, *cells, **options):
        "The error of cells that must be refused."
        answer = self.run(*cells, **options)
        assert answer.error is not None, f"not refused: {answer.value}"
        assert answer.error.denied, vars(answer.error)
        return answer.error
