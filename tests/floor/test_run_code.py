"""run_code on the floor: native code and programs of a run are held by its own policy. The effect is looked for."""
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from built import BUILD, ROOT
from held import NUMBERS

sys.path[:0] = [str(ROOT / "python"), str(BUILD)]
from safepyrun.runner import EngineUnavailable, LocalEngine, RunnerPolicy, run_code, run_code_many  # noqa: E402
from safepyrun.runner.local import kernel_program  # noqa: E402
from safepyrun.safe_exec import InteractiveExecutor  # noqa: E402


@pytest.fixture(scope="module")
def installed(tmp_path_factory, extension):
    "Where the module rawcall is a library that no list knows."
    return shutil.copytree(extension, tmp_path_factory.mktemp("installed") / "site-packages")


@pytest.fixture(scope="module")
def engine(installed):
    with LocalEngine(floor="require", environment=dict(os.environ, PYTHONPATH=str(installed))) as engine:
        yield engine


def call(name, *arguments, how="here"):
    return f"import rawcall\nrawcall.call({how!r}, {NUMBERS[name]}, *{arguments!r})"


def mkdir(path, how="here"):
    return call("mkdir", os.fsencode(path), 0o755, how=how)


@pytest.mark.parametrize("how", ["here", "thread", "child", "grandchild"])
def test_native_code_is_held(engine, tmp_path, how):
    done = run_code(mkdir(tmp_path / "new", how), engine=engine)
    assert done.ok and done.result == -errno.EACCES, done.error
    assert list(tmp_path.iterdir()) == []
    done = run_code(mkdir(tmp_path / "new", how), policy=RunnerPolicy(ok_dests=[str(tmp_path)]), engine=engine)
    assert done.ok and done.result == 0 and (tmp_path / "new").is_dir()


def test_each_run_has_rules_of_its_own(engine, tmp_path):
    folders = [tmp_path / str(n) for n in range(4)]
    for folder in folders:
        folder.mkdir()
    def each(n):
        for _ in range(5):
            run_code(mkdir(folders[n] / "own") + "\n" + mkdir(folders[n - 1] / f"others{n}"), policy=RunnerPolicy(ok_dests=[str(folders[n])]), engine=engine)
    threads = [threading.Thread(target=each, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[path.name for path in folder.iterdir()] for folder in folders] == [["own"]] * 4


def test_relative_destinations_are_where_the_run_is(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    run_code(mkdir(tmp_path / "out" / "a") + "\n" + mkdir(tmp_path / "b"), policy=RunnerPolicy(ok_dests=["out"]), engine=engine)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["out", "out/a"]


def test_settings_are_kept_whatever_ok_dests_says(installed, tmp_path):
    (tmp_path / ".config" / "safepyrun").mkdir(parents=True)
    home = dict(os.environ, PYTHONPATH=str(installed), HOME=str(tmp_path))
    home.pop("XDG_CONFIG_HOME", None)
    with LocalEngine(floor="require", environment=home) as engine:
        policy = RunnerPolicy(ok_dests=[str(tmp_path)])
        assert run_code(mkdir(tmp_path / ".config" / "safepyrun" / "packs"), policy=policy, engine=engine).result == -errno.EACCES
        assert run_code(mkdir(tmp_path / "plain"), policy=policy, engine=engine).result == 0


def test_what_the_policy_trusts_may(engine, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("")
    done = run_code(f"import os\nos.remove({str(victim)!r})", policy=RunnerPolicy(allow=["os.remove"]), engine=engine)
    assert done.ok and not victim.exists(), done.error
    program = ["touch", str(tmp_path / "touched")]
    done = run_code(f"import subprocess\nsubprocess.run({program!r}).returncode", policy=RunnerPolicy(allow=["subprocess.run"]), engine=engine)
    assert done.ok and done.result == 0 and (tmp_path / "touched").exists(), done.error
    done = run_code(mkdir(tmp_path / "other"), policy=RunnerPolicy(allow=["os.remove"]), engine=engine) # and nothing else
    assert done.result == -errno.EACCES and not (tmp_path / "other").exists()


def test_other_processes_are_out_of_reach(engine):
    sleeper = subprocess.Popen(["sleep", "600"])
    for pid in (sleeper.pid, engine.start(), os.getpid()):
        assert run_code(call("kill", pid, int(signal.SIGKILL)), engine=engine).result < 0
    assert sleeper.poll() is None and run_code("1", engine=engine).ok
    sleeper.kill()
    sleeper.wait()


def test_hosts(engine):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket\nsocket.create_connection(('127.0.0.1', {port})).sendall(b'hi')"
        assert not run_code(code, engine=engine).ok
        assert run_code(code, policy=RunnerPolicy(ok_hosts=[f"127.0.0.1:{port}"]), engine=engine).ok
        server.settimeout(30)
        with server.accept()[0] as connection:
            assert connection.recv(10) == b"hi"
        server.settimeout(0)
        with pytest.raises(BlockingIOError): # the refused one never came
            server.accept()


def test_a_paused_run_is_held(tmp_path):
    code = f"import os\nask()\ntry:\n    os.mkdir({str(tmp_path / 'new')!r})\nexcept OSError: pass\nos.mkdir({str(tmp_path / 'ok' / 'a')!r})"
    (tmp_path / "ok").mkdir()
    executor = InteractiveExecutor(code, {}, ["ask"], profile="standard", ok_dests=[str(tmp_path / "ok")])
    executor.start()
    state = executor.resume(None)
    assert state.status == "finished", state.error
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "ok"]


def test_nothing_is_left_of_runs_that_are_over(engine):
    engine.start()
    holder = engine._server.process.pid
    def known():
        return len(os.listdir(f"/proc/{holder}/fd"))
    before = known()
    done = run_code_many([f"n + {n}" for n in range(200)], RunnerPolicy(extra_globals={"n": 1}, timeout_seconds=60), engine=engine)
    assert [run.result for run in done] == [n + 1 for n in range(200)]
    for _ in range(200): # the last run's thread is about to end
        if known() <= before and len(os.listdir(f"/proc/{holder}/task")) == 1:
            break
        time.sleep(0.05)
    assert known() <= before and len(os.listdir(f"/proc/{holder}/task")) == 1


def test_without_it(tmp_path, installed, monkeypatch):
    environment = dict(os.environ, PYTHONPATH=str(installed))
    with LocalEngine(floor="off", environment=environment) as engine:
        assert engine.floor_missing == "it was turned off"
        assert not run_code(mkdir(tmp_path / "new"), engine=engine).ok and list(tmp_path.iterdir()) == [] # native code that no list knows
    monkeypatch.setattr("safepyrun.runner.local.kernel_program", lambda: None)
    with LocalEngine(environment=environment) as engine:
        assert "safepyrun-kernel is not there" in engine.floor_missing and run_code("1 + 1", engine=engine).result == 2
    with pytest.raises(EngineUnavailable, match="no floor: the program safepyrun-kernel is not there"):
        run_code("1", engine=LocalEngine(floor="require"))
    with pytest.raises(ValueError, match="floor is"):
        LocalEngine(floor="on")


def hold(*command, **options):
    return subprocess.run([kernel_program(), "hold", *command], capture_output=True, text=True, **options)


def test_the_program_that_holds(tmp_path):
    assert hold().returncode == 2 and "usage" in hold().stderr
    assert hold("--help").returncode == 2
    done = hold(str(tmp_path / "none"))
    assert done.returncode == 127 and "No such file" in done.stderr
    assert hold("sh", "-c", "exit 7").returncode == 7 and hold("sh", "-c", "kill -9 $$").returncode == 137


def test_it_takes_no_rubbish(tmp_path):
    "Who sends what is no rules is not held, and those after it are."
    program = """
import os, socket, sys
sys.path[:0] = sys.argv[1:3]
import _safepyrun
channel = socket.socket(fileno=int(os.environ["SAFEPYRUN_HOLD"]))
offer = channel.recv(65536)
channel.send(b"x")
channel.send(b"12345678[1, 2")
def join(rules):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _safepyrun.join_floor(channel.fileno(), offer, rules)
            os.mkdir(sys.argv[3])
        finally: # its status says nothing: who is not held is not answered when it ends, and newer C libraries stop it by a signal then
            os.write(writer, b"%d" % os.path.exists(sys.argv[3]))
            os._exit(0)
    os.waitpid(pid, 0)
    return int(os.read(reader, 9))
try:
    _safepyrun.join_floor(channel.fileno(), b"", "{}")
except OSError:
    print("refused", join("no rules"), join('{"dests": 3}'), join('{"dests": ["%s"]}' % os.path.dirname(sys.argv[3])))
"""
    done = hold(sys.executable, "-c", program, str(ROOT / "python"), str(BUILD), str(tmp_path / "new"))
    assert done.stdout == "refused 0 0 1\n", done.stderr
    assert (tmp_path / "new").is_dir()


def test_it_ends_with_what_it_holds(engine):
    with LocalEngine(floor="require") as other:
        pid, holder = other.start(), other._server.process.pid
        assert Path(f"/proc/{pid}/status").read_text().split("PPid:")[1].split()[0] == str(holder)
        os.kill(holder, signal.SIGKILL)
        while other._server.alive():
            time.sleep(0.01)
        assert run_code("1", engine=other).result == 1 and other.start() != pid
    for _ in range(200):
        if not any(runs(gone) for gone in (holder, pid)):
            break
        time.sleep(0.05)
    assert not runs(holder) and not runs(pid)


def runs(pid):
    "Is the process there, and not only waiting to be reaped?"
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
