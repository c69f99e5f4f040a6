"""The command `safepyrun`, as it is typed."""
import json
import os
import subprocess
import sys

import pytest
from built import ROOT


@pytest.fixture
def safepyrun(home):
    "Run the command in a folder of its own; (exit code, stdout, stderr)."
    def call(*words, text="", **variables):
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **variables)
        done = subprocess.run([sys.executable, "-m", "safepyrun", *map(str, words)], input=text, capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout, done.stderr
    return call


# ---- run ------------------------------------------------------------------------------------------------------------------

def test_a_script_with_arguments(safepyrun, home):
    (home / "helper.py").write_text("VALUE = 7\n")
    (home / "script.py").write_text("import sys, helper\nprint(sys.argv, __name__, helper.VALUE)\nopen('out/a', 'w').write('hi')\n")
    (home / "out").mkdir()
    assert safepyrun("run", "script.py", "a", "-b", "--ok-dest", "out/", "--", "--json") == (0, "['script.py', 'a', '-b', '--json'] __main__ 7\n", "")
    assert (home / "out" / "a").read_text() == "hi"
    code, out, err = safepyrun("run", "--ok-dest=elsewhere", "script.py")
    assert code == 3 and "Dest" in err and "not allowed" in err and "--ok-dest" in err.splitlines()[-1]


def test_a_refusal_and_its_remedy(safepyrun, home):
    (home / "script.py").write_text("import os\nos.system('touch spawned')\n")
    code, _, err = safepyrun("run", "script.py")
    assert code == 3 and 'File "script.py", line 2' in err and not (home / "spawned").exists()
    assert err.splitlines()[-1] == "safepyrun run: --allow os.system permits it"
    assert safepyrun("run", "script.py", "--allow", "os.system") == (0, "", "") and (home / "spawned").exists()


def test_standard_input_text_and_modules(safepyrun, home):
    assert safepyrun("run", "-", "x", text="import sys\nprint(sys.argv)")[1] == "['-', 'x']\n"
    assert safepyrun("run", "-c", "print(1 + 1)")[1] == "2\n"
    (home / "mine").mkdir()
    (home / "mine" / "__init__.py").write_text("")
    (home / "mine" / "__main__.py").write_text("import sys\nprint('main', sys.argv[1:])")
    assert safepyrun("run", "-m", "mine", "--flag")[1] == "main ['--flag']\n"
    assert safepyrun("run", "-m", "json.tool", text='{"a":1}')[1] == '{\n    "a": 1\n}\n'


@pytest.mark.parametrize("words, exit_code", [
    (["-c", "1/0"], 1), (["-c", "x ="], 1), (["-c", "import sys; sys.exit(7)"], 7), (["-c", "raise SystemExit('no')"], 1), (["-c", "raise SystemExit"], 0),
    (["-c", "while True: pass", "--timeout", "300ms"], 124), (["-c", "x = bytearray(10**9)", "--memory", "64M"], 137),
    (["-c", "f.__globals__"], 3), (["-c", "raise KeyboardInterrupt"], 130)])
def test_exit_codes(safepyrun, words, exit_code):
    assert safepyrun("run", *words)[0] == exit_code


@pytest.mark.parametrize("words, said", [
    ([], "nothing to run"), (["none.py"], "No such file"), (["--timeout", "soon", "x"], "--timeout"), (["--memory", "much", "x"], "--memory"),
    (["--timeout"], "needs a value"), (["--colour", "x"], "unknown option"), (["-m", "no.such.module"], "-m no.such.module"), (["-m"], "needs a value")])
def test_wrong_usage(safepyrun, words, said):
    code, out, err = safepyrun("run", *words)
    assert code == 2 and out == "" and said in err and "usage: safepyrun run" in err


def test_json_of_a_run(safepyrun):
    code, out, err = safepyrun("run", "--json", "-c", "import os\nprint('hi')\nos.kill(1, 9)")
    told = json.loads(out)
    assert code == 3 == told["exit_code"] and err == "" and told["stdout"] == "hi\n" and told["refusal"]["callable"] == "os.kill" and not told["ok"]
    told = json.loads(safepyrun("run", "--json", "-c", "pass")[1])
    assert told["ok"] and told["exit_code"] == 0 and told["error"] is None and told["duration_ms"] > 0
    told = json.loads(safepyrun("run", "--json", "--timeout", "300ms", "-c", "print('a', flush=True)\nwhile True: pass")[1])
    assert told["timed_out"] and told["stdout"] == "a\n" and told["exit_code"] == 124


# ---- check ----------------------------------------------------------------------------------------------------------------

BAD = "def f(): pass\nf.__globals__\nf.__code__.co_code\nimport os\nfrom os import system as rm\nos.kill(1, 9)\nrm('y')\n"


def test_check(safepyrun, home):
    (home / "bad.py").write_text(BAD)
    (home / "good.py").write_text("class A:\n    def __init__(self): self._x = 1\nprint(await A())\n")
    assert safepyrun("check", "good.py") == (0, "", "")
    code, out, _ = safepyrun("check", "good.py", "bad.py")
    assert code == 1 and out.startswith("bad.py:2:1: __globals__: ") and "os.kill" not in out
    code, out, _ = safepyrun("check", "bad.py", "--calls", "--json")
    found = [(v["line"], v["kind"], v["name"]) for v in json.loads(out)]
    assert code == 1 and (2, "reflect", "__globals__") in found and found[-2:] == [(6, "call", "os.kill"), (7, "call", "os.system")]
    assert safepyrun("check", "-", text="x =")[:2] == (1, "-:1:4: SyntaxError: invalid syntax\n")
    code, _, err = safepyrun("check", "none.py", "good.py")
    assert code == 2 and "none.py: No such file" in err


def test_check_runs_nothing(safepyrun, home):
    (home / "script.py").write_text("open('written', 'w')\n")
    assert safepyrun("check", "script.py")[0] == 0 and not (home / "written").exists()


def test_sarif(safepyrun, home):
    (home / "bad.py").write_text(BAD)
    code, out, _ = safepyrun("check", "bad.py", "--format", "sarif", "--calls")
    log = json.loads(out)
    run = log["runs"][0]
    assert code == 1 and log["version"] == "2.1.0" and run["tool"]["driver"]["name"] == "safepyrun"
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == {"reflect", "call"} <= rules
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "bad.py"}, "region": {"startLine": 2, "startColumn": 1}}
    assert json.loads(safepyrun("check", "-", "--format", "sarif", text="1")[1])["runs"][0]["results"] == []


def test_sarif_of_a_name_and_a_line_that_are_not_ascii(safepyrun, home):
    (home / "ü x#.py").write_text("'é'; (lambda: 0).__globals__\n")
    for name, uri in (("ü x#.py", "%C3%BC%20x%23.py"), (str(home / "ü x#.py"), (home / "ü x#.py").as_uri())):
        place = json.loads(safepyrun("check", name, "--format", "sarif")[1])["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": uri}, "region": {"startLine": 1, "startColumn": 6}}


def test_the_pre_commit_hook_is_the_command():
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "entry: safepyrun check" in text and "language: python" in text
    assert 'safepyrun = "safepyrun.command:main"' in (ROOT / "pyproject.toml").read_text()


# ---- policy, audit --------------------------------------------------------------------------------------------------------

def test_policy(safepyrun):
    code, out, _ = safepyrun("policy", "os.system")
    assert code == 0 and out.splitlines()[0].split()[:3] == ["os.system", "deny", "stdlib"]
    assert json.loads(safepyrun("policy", "os.system", "--json")[1])[0] == {"name": "os.system", "grade": "deny", "list": "stdlib", "note": "starts a program"}
    assert "math.**" in safepyrun("policy", "math.sqrt")[1] # the row that it falls under
    assert safepyrun("policy", "no_such_name_anywhere")[:2] == (1, "")


def test_audit(safepyrun, home):
    assert safepyrun("audit", XDG_STATE_HOME=str(home)) == (0, "", "")
    (home / "safepyrun").mkdir()
    records = [{"kind": "effect", "callable": f"f{n}", "reason": "no", "time": "2026-01-01T00:00:00Z", "session": "ab"[n % 2]} for n in range(4)]
    (home / "safepyrun" / "audit.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records) + '{"half')
    assert safepyrun("audit", "--last", "1", XDG_STATE_HOME=str(home))[1] == "2026-01-01T00:00:00Z  effect  f3  no\n"
    out = safepyrun("audit", "--json", "--session", "a", XDG_STATE_HOME=str(home))[1]
    assert [json.loads(line) for line in out.splitlines()] == records[::2]


def test_help_and_version(safepyrun):
    import safepyrun as package
    assert safepyrun("--version")[1] == f"safepyrun {package.__version__}\n"
    assert "exit codes" in safepyrun("--help")[1] and "--ok-dest" in safepyrun("run", "--help")[1]
    assert safepyrun()[0] == 2
