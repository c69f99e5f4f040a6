"""run_code: a process of its own for each run, held from outside."""
import collections
import datetime
import decimal
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from safepyrun.runner import (EngineUnavailable, LocalEngine, NotJSON, RunnerPolicy, RunnerResult, RunResult, default_engine, run_code,
                              run_code_many)
from safepyrun.runner.server import SPARES
from safepyrun.values import to_json


@pytest.fixture(scope="module")
def engine():
    with LocalEngine() as engine:
        yield engine


@pytest.fixture
def result_of(engine):
    "The result of code that ends well."
    def run(code, input_data=None, **policy):
        done = run_code(code, input_data, RunnerPolicy(**policy), engine=engine)
        assert done.ok, done.error
        return done.result
    return run


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def output_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/fd/1")
    except OSError: # it is dead, and nobody has waited for it
        return ""


def runs_of(pid):
    "The children but those that wait for their run: they print nowhere yet."
    return [child for child in children_of(pid) if output_of(child) != "/dev/null"]


def descriptors_of(pid):
    "Without libffi's own file, which it keeps open in a process that has loaded ctypes, in some versions."
    places = Path(f"/proc/{pid}/fd")
    return [name for name in os.listdir(places) if ".so" not in os.readlink(places / name)]


def comes_true(condition):
    for _ in range(500):
        if condition():
            return True
        time.sleep(0.01)
    return False


def waiting_of(pid):
    for _ in range(200):
        if waiting := [child for child in children_of(pid) if output_of(child) == "/dev/null"]:
            return int(waiting[0])
        time.sleep(0.02)


# ---- the examples of safe-py-runner's description -----------------------------------------------------------------------

def test_quick_start(tmp_path, capsys):
    policy = RunnerPolicy(timeout_seconds=5, memory_limit_mb=128, blocked_imports=["os", "subprocess", "socket"])
    engine = LocalEngine(venv_dir=str(tmp_path / "demo"))
    result = run_code(code="import math\nresult = math.sqrt(input_data['x'])", input_data={"x": 81}, policy=policy, engine=engine)
    if result.ok:
        print(result.result)
    assert capsys.readouterr().out == "9.0\n"
    assert (tmp_path / "demo" / "pyvenv.cfg").exists()
    engine.close()


def test_a_policy_from_a_file(tmp_path, engine):
    path = tmp_path / "policy.toml"
    path.write_text('[policy]\nmode = "restrict"\ntimeout_seconds = 5\nblocked_imports = ["os"]\n[policy.extra_globals]\nrate = 3\n')
    assert run_code(code="result = 1 + 1", policy_file=str(path), engine=engine).result == 2
    assert run_code(code="rate", policy_file=path, engine=engine).result == 3
    refused = run_code(code="import os", policy_file=path, engine=engine)
    assert not refused.ok and "import of 'os'" in refused.error


# ---- results --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, value", [
    ("1+1", 2), ("result = 5\n7", 5), ("x = 1", None), ("", None), ("def f():\n  return 3\nf()", 3),
    ("import asyncio\nasync def f(): return 4\nawait f()", 4),
    ("import datetime, decimal\n[datetime.date(2020, 1, 2), decimal.Decimal('1.50'), (1, 2), {3}, float('nan')]",
     ["2020-01-02", "1.50", [1, 2], [3], None]),
    ("from dataclasses import dataclass\n@dataclass\nclass P:\n  x: int\nP(3)", {"x": 3}),
    ("import numpy as np\nnp.float32(0.5), np.arange(3), {np.int64(1): np.bool_(True)}", [0.5, [0, 1, 2], {"1": True}]),
    ("import pandas as pd\npd.DataFrame({'a': [1, None], 'd': pd.to_datetime(['2020-01-01', None])})",
     [{"a": 1.0, "d": "2020-01-01T00:00:00"}, {"a": None, "d": None}]),
    ("input_data['n'] + n", 4),
])
def test_the_result(result_of, code, value):
    assert result_of(code, {"n": 2}) == value


def test_input_of_a_hosts_kind(result_of):
    assert result_of("[d, m]", {"d": datetime.date(2024, 5, 6), "m": decimal.Decimal("2.5")}) == ["2024-05-06", "2.5"]


def test_what_json_cannot_hold_is_named(engine):
    done = run_code("{'a': [1, 2, 3, object()]}", engine=engine)
    assert not done.ok and done.error.startswith('NotJSON: result["a"][3]: builtins.object') and done.exit_code == 1
    with pytest.raises(NotJSON, match=r'^input_data\["f"\]'):
        run_code("1", {"f": print}, engine=engine)
    done = run_code("a = []\na.append(a)\na", engine=engine)
    assert "result[0]: contains itself" in done.error


@dataclass
class Point:
    x: int


@pytest.mark.parametrize("value, plain", [
    (Point(1), {"x": 1}), (Path("/a"), "/a"), ({1: 2, None: 3, datetime.date(2020, 1, 1): 4}, {"1": 2, "null": 3, "2020-01-01": 4}),
    (datetime.timedelta(seconds=3), 3.0), (float("inf"), None), (range(2), [0, 1]), (collections.deque([1, 2]), [1, 2]), ({"a": 1}.keys(), ["a"]), ({"a": (1,)}.items(), [["a", [1]]]), ({"a": 1}.values(), [1]), (True, True), (signal.SIGINT, 2)])
def test_values(value, plain):
    got = to_json(value)
    assert got == plain and type(got) is type(plain)


@pytest.mark.parametrize("value, path", [
    ({"a": {1: 1, "1": 2}}, 'result["a"]'), ({(1, 2): 1}, "result"), ([b"x"], "result[0]"), ({"k": {"z": 1j}}, 'result["k"]["z"]')])
def test_values_that_have_no_json(value, path):
    with pytest.raises(NotJSON) as error:
        to_json(value)
    assert error.value.path == path


def test_a_deep_value_is_an_error():
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(NotJSON, match="deeper"):
        to_json(value)


def test_output_and_errors(engine):
    done = run_code("import sys\nprint('out')\nprint('err', file=sys.stderr)\n1/0", engine=engine)
    assert (done.stdout, done.ok, done.error, done.exit_code) == ("out\n", False, "ZeroDivisionError: division by zero", 1)
    assert done.stderr.startswith("err\nTraceback") and 'File "<code>", line 4' in done.traceback and "child.py" not in done.traceback
    assert isinstance(done, RunResult) and RunnerResult is RunResult and done.duration_ms > 0


@pytest.mark.parametrize("code, exit_code, ok", [("import sys; sys.exit()", 0, True), ("import sys; sys.exit(3)", 3, False),
                                                 ("raise SystemExit('no')", 1, False), ("x =", 1, False), ("raise KeyboardInterrupt", 1, False)])
def test_exit_codes(engine, code, exit_code, ok):
    done = run_code(code, engine=engine)
    assert (done.exit_code, done.ok) == (exit_code, ok)


# ---- the sandbox and the policy ------------------------------------------------------------------------------------------

def test_the_sandbox_is_the_kernels(engine, home):
    (home / "victim").write_text("")
    done = run_code("import os\nos.remove('victim')", engine=engine)
    assert not done.ok and done.refusal["callable"] == "os.remove" and done.refusal["remedy"] and (home / "victim").exists()
    done = run_code("open('out.txt', 'w').write('hi')", policy=RunnerPolicy(ok_dests=["."]), engine=engine)
    assert done.ok and (home / "out.txt").read_text() == "hi"
    done = run_code("import os\nos.remove('victim')", policy=RunnerPolicy(allow=["os.remove"]), engine=engine)
    assert done.ok and not (home / "victim").exists()
    done = run_code("import os\nos.remove('out.txt')", engine=engine)
    assert not done.ok and (home / "out.txt").exists()


@pytest.mark.parametrize("code", ["import os", "import os.path", "from os import path", "__import__('os')", "def f():\n  import os\nf()",
                                  "import importlib\nimportlib.import_module('os')", "import xml.dom.minidom", "from xml import dom",
                                  "exec('import os')"])
def test_blocked_imports(engine, code):
    done = run_code(code, policy=RunnerPolicy(blocked_imports=["os", "xml.dom"]), engine=engine)
    assert not done.ok and done.exit_code == 1


def test_libraries_import_what_they_need(engine):
    done = run_code("import tempfile, pathlib, xml.etree\nimport pandas as pd\npd.Series([1]).sum()",
                    policy=RunnerPolicy(blocked_imports=["os", "xml.dom"]), engine=engine)
    assert done.ok, done.error


def test_allow_mode(engine):
    policy = RunnerPolicy(mode="allow", allowed_imports=["math", "xml.etree"], allowed_builtins=["print", "len"], allowed_globals=["x"])
    for code, ok in [("import math\nmath.pi", True), ("import json", False), ("import xml.etree.ElementTree", True), ("import xml.dom", False),
                     ("len('a')", True), ("sum([1])", False), ("class A: pass", True), ("x", True), ("y", False)]:
        done = run_code(code, {"x": 1, "y": 2}, policy, engine=engine)
        assert done.ok is ok, (code, done.error)


def test_blocked_builtins(engine):
    policy = RunnerPolicy(blocked_builtins=["open", "eval"])
    assert "builtin 'open'" in run_code("open('/etc/passwd')", policy=policy, engine=engine).error
    assert run_code("def open(): return 1\nopen()", policy=policy, engine=engine).result == 1


@pytest.mark.parametrize("options, message", [
    ({"mode": "deny"}, "mode is"), ({"timeout_seconds": 0}, "timeout_seconds"), ({"memory_limit_mb": "1"}, "memory_limit_mb"),
    ({"blocked_imports": "os"}, "blocked_imports"), ({"extra_globals": {"a b": 1}}, "extra_globals")])
def test_a_wrong_policy(options, message):
    with pytest.raises(ValueError, match=message):
        RunnerPolicy(**options)


def test_a_wrong_policy_file(tmp_path):
    path = tmp_path / "policy.toml"
    for text in ("colour = 1", "timeout_seconds = -1", "policy = 3", "this is no toml"):
        path.write_text(text)
        with pytest.raises(ValueError, match="policy.toml"):
            RunnerPolicy.from_file(path)
    with pytest.raises(ValueError, match="not both"):
        run_code("1", policy=RunnerPolicy(), policy_file=path)
    with pytest.raises(FileNotFoundError):
        run_code("1", policy_file=tmp_path / "none")


# ---- limits ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", ["print('begun')\nwhile True: pass", "print('begun')\nsum(range(10**13))",
                                  "print('begun')\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass"])
def test_time(engine, code):
    done = run_code(code, policy=RunnerPolicy(timeout_seconds=0.4), engine=engine)
    assert done.timed_out and not done.ok and done.exit_code == 124 and "0.4 s" in done.error and done.stdout == "begun\n"


@pytest.mark.parametrize("code", ["x = bytearray(10**9)", "x = []\nwhile True: x.append('a' * 100000)"])
def test_memory(engine, code):
    done = run_code(code, policy=RunnerPolicy(memory_limit_mb=64), engine=engine)
    assert done.memory_exceeded and not done.ok and done.exit_code == 137 and "64 MiB" in done.error


def test_memory_up_to_the_limit(result_of):
    assert result_of("len(bytearray(40 << 20))", memory_limit_mb=64) == 40 << 20


def test_output(engine):
    done = run_code("import sys\nfor _ in range(3000): print('x' * 999)\nprint('e' * 5000, file=sys.stderr)", policy=RunnerPolicy(max_output_kb=2),
                    engine=engine)
    assert done.ok and done.truncated and len(done.stdout) == 2048 and len(done.stderr) == 2048


def test_large_values_both_ways(result_of):
    assert len(result_of("text + text", {"text": "ü" * 3_000_000}, memory_limit_mb=512)) == 6_000_000


def test_a_killed_run_leaves_no_process(engine):
    spawn = "import subprocess, time\nsubprocess.Popen(['sleep', '4242.5'], start_new_session=True)\nsubprocess.Popen(['sleep', '4242.5'])\nwhile True: pass"
    done = run_code(spawn, policy=RunnerPolicy(timeout_seconds=1, allow=["subprocess.Popen"]), engine=engine)
    assert done.timed_out
    pid = engine.start()
    for _ in range(100):
        left = subprocess.run(["pgrep", "-f", "^sleep 4242.5$"], capture_output=True, text=True).stdout.split()
        if not left and not runs_of(pid):
            break
        time.sleep(0.05)
    assert not left and not runs_of(pid)


def test_too_many_processes(engine):
    code = "import subprocess\nps = [subprocess.Popen(['sleep', '4243.5']) for _ in range(6)]\nimport time\ntime.sleep(60)"
    done = run_code(code, policy=RunnerPolicy(max_processes=3, timeout_seconds=30, allow=["subprocess.Popen"]), engine=engine)
    assert not done.ok and "more than 3 processes" in done.error and not done.timed_out
    assert subprocess.run(["pgrep", "-f", "^sleep 4243.5$"], capture_output=True).stdout == b""


def test_what_ends_the_process_is_told(engine):
    done = run_code("import ctypes\nctypes.string_at(0)", policy=RunnerPolicy(allow=["ctypes.string_at"]), engine=engine)
    assert not done.ok and "signal 11" in done.error and done.exit_code == 139


def test_runs_do_not_meet(engine, result_of):
    assert result_of("import sys\nsys.path.append('/marked')") is None
    assert result_of("import sys\n'/marked' in sys.path") is False
    numbers = {result_of("import random\nrandom.random()") for _ in range(3)}
    assert len(numbers) == 3


# ---- the server -----------------------------------------------------------------------------------------------------------

def test_many_at_once_and_none_lost(engine):
    pid, before = engine.start(), len(os.listdir("/proc/self/fd"))
    with ThreadPoolExecutor(50) as pool:
        done = list(pool.map(lambda n: run_code("n * 2", {"n": n}, RunnerPolicy(timeout_seconds=60), engine=engine), range(1000)))
    assert [result.result for result in done] == [n * 2 for n in range(1000)]
    assert engine.start() == pid and len(os.listdir("/proc/self/fd")) == before
    assert comes_true(lambda: runs_of(pid) == []) and len(children_of(pid)) <= SPARES and comes_true(lambda: len(descriptors_of(pid)) <= 8 + SPARES)


def test_a_dead_server_is_started_again(engine):
    pid = engine.start()
    os.kill(pid, signal.SIGKILL)
    assert run_code("1", engine=engine).result == 1
    assert engine.start() != pid


def test_a_process_waits_for_the_next_run(engine):
    "It is what runs; one that somebody ended is not missed; each run has a process of its own."
    pid = engine.start()
    first = waiting_of(pid)
    assert run_code("import os\nos.getpid()", engine=engine).result == first
    second = waiting_of(pid)
    assert second != first
    os.kill(second, signal.SIGKILL)
    while Path(f"/proc/{second}").exists(): # until the server has heard of it
        time.sleep(0.01)
    done = [run_code("import os\nx = 1 + globals().get('x', 0)\n[x, os.getpid()]", engine=engine) for _ in range(3)]
    assert [result.result[0] for result in done] == [1, 1, 1] and len({result.result[1] for result in done} - {first, second}) == 3


def test_the_one_that_waits_knows_nothing_of_the_run_before(engine, tmp_path):
    "Its folder, random numbers, limits and folders to write into are those of its own run."
    code = "import os, random\nopen('a', 'w').close()\n[os.getcwd(), random.random()]"
    seen = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        waiting_of(engine.start())
        before = os.getcwd()
        os.chdir(tmp_path / name)
        try:
            seen.append(run_code(code, policy=RunnerPolicy(ok_dests=["."]), engine=engine).result)
            assert not run_code("open('b', 'w')", engine=engine).ok
        finally:
            os.chdir(before)
    assert [folder for folder, _ in seen] == [str(tmp_path / "one"), str(tmp_path / "two")] and seen[0][1] != seen[1][1]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["one", "one/a", "two", "two/a"]


def test_as_many_wait_as_were_taken(engine):
    "Calls back to back find them made for several at a time; none is lost, and there are no more than that."
    pid = engine.start()
    assert comes_true(lambda: len(children_of(pid)) == SPARES)
    waiting = set(map(int, children_of(pid)))
    done = [run_code("import os\nos.getpid()", engine=engine).result for _ in range(3 * SPARES)]
    assert set(done[:SPARES]) == waiting and len(set(done)) == len(done)
    assert comes_true(lambda: len(children_of(pid)) == SPARES and not set(map(int, children_of(pid))) & set(done))


@pytest.mark.parametrize("code", [
    "import subprocess\nsubprocess.Popen(['sleep', '60']).pid",
    "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True).pid",
    "import subprocess\nint(subprocess.run(['sh', '-c', 'setsid sleep 60 >/dev/null 2>&1 & echo $!'], capture_output=True, text=True).stdout)"])
def test_what_a_run_started_is_gone_when_it_is_told(engine, code):
    done = run_code(code, policy=RunnerPolicy(allow=["subprocess.Popen", "subprocess.run"]), engine=engine)
    assert done.ok, done.error
    assert comes_true(lambda: not Path(f"/proc/{done.result}").exists())


def test_a_thread_that_goes_on_ends_with_its_run(engine):
    "What it printed until then is there, and the run is told at once."
    done = run_code("import threading, time\ndef go():\n    print('on', flush=True)\n    time.sleep(30)\nthreading.Thread(target=go, daemon=True).start()\n"
                    "time.sleep(0.05)\n1", policy=RunnerPolicy(timeout_seconds=20), engine=engine)
    assert done.ok and done.result == 1 and done.stdout == "on\n" and not done.timed_out


def test_a_server_that_dies_during_a_run(engine):
    pid, done = engine.start(), []
    thread = threading.Thread(target=lambda: done.append(run_code("while True: pass", policy=RunnerPolicy(timeout_seconds=60), engine=engine)))
    thread.start()
    while not (children := runs_of(pid)):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    thread.join()
    assert not done[0].ok and "server died" in done[0].error
    for _ in range(100):
        if not Path(f"/proc/{children[0]}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{children[0]}").exists()


def test_the_server_ends_with_its_engine():
    with LocalEngine() as engine:
        pid = engine.start()
    assert not Path(f"/proc/{pid}").exists()
    assert run_code("2", engine=engine).result == 2
    engine.close()


def test_the_server_ends_with_its_process():
    program = ("from safepyrun.runner import default_engine, run_code\nassert run_code('1').result == 1\n"
               "import os\nprint(default_engine().start(), flush=True)\nos._exit(0)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_a_forked_process_has_a_server_of_its_own(engine):
    first = engine.start()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            second = LocalEngine.start(engine)
            os.write(writer, b"%d" % (second != first and run_code("1", engine=engine).result == 1))
            engine.close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 10) == b"1" and run_code("1", engine=engine).result == 1 and engine.start() == first


def test_preload():
    with LocalEngine(preload=["fractions"]) as engine:
        assert run_code("import sys\n'fractions' in sys.modules", engine=engine).result is True
    with pytest.raises(EngineUnavailable, match="ModuleNotFoundError.*no_such"), LocalEngine(preload=["no_such"]) as engine:
        run_code("1", engine=engine)


@pytest.mark.parametrize("python, message", [("/nonexistent/python", "cannot be started"), ("/bin/false", "no sandbox")])
def test_a_python_that_cannot(python, message):
    with pytest.raises(EngineUnavailable, match=message):
        run_code("1", engine=LocalEngine(python=python))


def test_the_environment_of_the_runs():
    with LocalEngine(environment={"GIVEN": "yes"}) as engine:
        assert run_code("import os\n[os.environ.get('GIVEN'), os.environ.get('HOME')]", engine=engine).result == ["yes", None]


def test_either_venv_or_python():
    with pytest.raises(ValueError):
        LocalEngine(venv_dir="x", python="y")


def test_many(engine):
    told = []
    done = run_code_many(["1", ("x", {"x": 2}), "1/0"], engine=engine, progress=lambda n, of: told.append((n, of)))
    assert [result.result for result in done] == [1, 2, None] and told == [(1, 3), (2, 3), (3, 3)]


def test_code_is_text(engine):
    with pytest.raises(TypeError):
        run_code(b"1", engine=engine)


def test_without_an_engine():
    assert run_code("3").result == 3 and run_code("3", engine=default_engine()).result == 3


# ---- engines that are not there -------------------------------------------------------------------------------------------

def test_engines_without_their_packages():
    program = ("import sys\nsys.modules['docker'] = sys.modules['distributed'] = None\nfrom safepyrun.runner import *\n"
               "for make in (lambda: run_code('1', engine=DockerEngine()), lambda: DaskEngine('tcp://a:1')):\n"
               "    try:\n        make()\n    except EngineUnavailable as error:\n        print(error)\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    assert "pip install 'safepyrun-kernel[docker]'" in done.stdout and "pip install 'safepyrun-kernel[dask]'" in done.stdout, done.stderr
