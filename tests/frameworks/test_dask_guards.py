"""Functions of sandboxed code on a real Dask cluster: refused there what is refused here. The effect is looked for."""
import asyncio
import os
import subprocess
import sys

import pytest

distributed = pytest.importorskip("distributed", reason="it is in tests/requirements-frameworks.txt")
from safepyrun import Denied, RunPython, allow  # noqa: E402
from safepyrun.frameworks.dask import worker_plugin  # noqa: E402
from test_dask import cluster  # noqa: E402, F401

CODE = """
import os, math
def compute(x):
    ys = [x]
    ys.append(math.sqrt(x))
    return sum(sorted(ys))
def remove(path):
    os.remove(path)
def write(path):
    with open(path, 'w') as file:
        file.write('there')
def spawn(path):
    return os.system('touch ' + path)
def by_alias(path):
    f = getattr(os, 'unl' + 'ink')
    return list(map(f, [path]))
def text(path):
    exec("import os\\nos.remove(path)", {'path': path})
class Deleter:
    def __init__(self, path):
        self.path = path
    def go(self):
        return os.unlink(self.path)
def by_class(path):
    return Deleter(path).go()
def closure(path):
    def inner():
        os.remove(path)
    return inner()
def by_thread(path):
    import threading
    thread = threading.Thread(target=os.remove, args=(path,))
    thread.start()
    thread.join()
"""


@pytest.fixture(scope="module")
def client(cluster):  # noqa: F811
    with distributed.Client(cluster[0], set_as_default=False) as client:
        yield client


@pytest.fixture(scope="module")
def made():
    names = {}
    asyncio.run(RunPython(g=names)(CODE))
    return names


def outcome(client, function, *arguments):
    future = client.submit(function, *arguments, pure=False)
    return future.exception(timeout=60) or future.result()


def test_they_compute(client, made):
    assert outcome(client, made["compute"], 9) == 12.0
    assert client.gather(client.map(made["compute"], [1, 4])) == [2.0, 6.0]


@pytest.mark.parametrize("name", ["remove", "by_alias", "text", "by_class", "closure", "by_thread"])
def test_they_delete_nothing(client, made, tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    outcome(client, made[name], str(victim))
    assert victim.read_text() == "mine"


def test_the_refusal_is_the_same(client, made, tmp_path):
    refused = outcome(client, made["remove"], str(tmp_path / "victim"))
    assert isinstance(refused, PermissionError) and "not allowed; permitted: []" in str(refused)
    assert isinstance(outcome(client, made["spawn"], str(tmp_path / "new")), PermissionError) and list(tmp_path.iterdir()) == []


def test_they_write_where_the_plugin_says(client, made, tmp_path):
    (tmp_path / "ok").mkdir()
    assert isinstance(outcome(client, made["write"], str(tmp_path / "ok" / "a")), PermissionError)
    client.register_plugin(worker_plugin([tmp_path / "ok"]))
    assert outcome(client, made["write"], str(tmp_path / "ok" / "a")) is None and (tmp_path / "ok" / "a").read_text() == "there"
    assert isinstance(outcome(client, made["write"], str(tmp_path / "b")), PermissionError)
    client.unregister_worker_plugin("safepyrun-guests")
    assert isinstance(outcome(client, made["write"], str(tmp_path / "ok" / "c")), PermissionError)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "ok"]


# ---- what a cell sends itself -------------------------------------------------------------------------------------------------

HEAD = """
import os, shutil, subprocess, dask
from functools import partial
from operator import methodcaller
from pathlib import Path
import numpy as np, pandas as pd
def submit(*arguments):
    return client.submit(*arguments, pure=False).result(timeout=60)
"""
EFFECTS = ["client.run(os.remove, p)", "submit(os.remove, p)", "submit(shutil.rmtree, d)", "submit(shutil.copy, p, q)", "submit(Path(p).unlink)",
           "submit(Path.unlink, Path(p))", "submit(partial(os.remove, p))", "submit(lambda: os.remove(p))", "submit(Path(q).write_text, 'x')",
           "submit(open, q, 'w')", "submit(np.save, q, [1])", "submit(pd.DataFrame({'a': [1]}).to_csv, q)", "submit(subprocess.run, ['touch', q])",
           "submit(eval, 'open(%r, \"w\")' % q)", "submit(exec, 'import os; os.remove(%r)' % p)", "submit(os.system, 'touch ' + q)",
           "client.run(os.system, 'touch ' + q)", "def f(): os.remove(p)\nsubmit(f)", "def f(): open(q, 'w').write('x')\nclient.run(f)",
           "client.run_on_scheduler(os.remove, p)", "dask.compute(dask.delayed(os.remove)(p), scheduler=client)",
           "submit(methodcaller('unlink'), Path(p))", "client.gather(client.map(os.remove, [p]))", "submit(list, map(os.remove, [p]))",
           "class R:\n    def __reduce__(self):\n        return (os.remove, (p,))\nsubmit(len, [R()])",
           "class R:\n    def __reduce__(self):\n        return (os.remove, (p,))\nclient.run(len, [R()])",
           "def f(g, x): return g(x)\nsubmit(f, os.remove, p)", "def f(g, x): return list(map(g, [x]))\nclient.run(f, os.remove, p)",
           "class C:\n    def __call__(self): os.remove(p)\nsubmit(C())", "client.register_plugin(type('P', (dask.distributed.WorkerPlugin,), {'setup': lambda self, worker: os.remove(p)})())"]
WORK = [("submit(sum, [1, 2])", 3), ("submit(lambda x: x + 1, 1)", 2), ("float(submit(np.mean, np.arange(4)))", 1.5),
        ("submit(pd.DataFrame({'a': [1, 2]}).sum)['a']", 3), ("submit(str.upper, 'a')", "A"), ("submit(methodcaller('upper'), 'a')", "A"),
        ("submit(partial(max, 3), 4)", 4), ("sum(client.gather(client.map(abs, [-1, -2])))", 3), ("submit(os.path.basename, p)", "victim"),
        ("list(client.run(os.getcwd).values()) != []", True), ("submit(np.zeros(200_000).sum)", 0.0), ("float(submit(np.sqrt, 4.0))", 2.0),
        ("def f(g, x): return sorted(map(g, x))\nsubmit(f, abs, [-2, 1])", [1, 2]), ("submit(Path(p).read_text)", "mine"),
        ("dask.compute(dask.delayed(sum)([1, 2]), scheduler=client)", (3,)), ("submit(eval, '1 + 1')", 2),
        ("import dask.array as da\nfloat(client.compute(da.ones((10, 10), chunks=5).sum()).result(timeout=60))", 100.0)]


@pytest.fixture
def sent(client, tmp_path):
    "Run code that has the client, a file p, a folder d and a name q that is not there."
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "folder").mkdir()
    names = {"client": client, "p": str(tmp_path / "victim"), "q": str(tmp_path / "new"), "d": str(tmp_path / "folder")}

    def send(code):
        return asyncio.run(RunPython(g=dict(names), ok_hosts=[client.scheduler.address.removeprefix("tcp://")])(HEAD + code))
    return send


def left(folder):
    return sorted(path.name for path in folder.iterdir()), (folder / "victim").read_text() if (folder / "victim").exists() else None


@pytest.mark.parametrize("code", EFFECTS)
def test_what_a_cell_sends_changes_nothing_there(sent, tmp_path, code):
    try:
        sent(code)
    except Exception: # whichever way it comes: the effect is what counts
        pass
    assert left(tmp_path) == (["folder", "victim"], "mine")


@pytest.mark.parametrize("code, value", WORK)
def test_what_a_cell_sends_works_there(sent, code, value):
    assert sent(code) == value


def test_the_refusal_there_is_the_one_here(sent, client, tmp_path):
    for code in ("client.run(os.remove, p)", "submit(os.remove, p)", "submit(Path(p).unlink)"):
        with pytest.raises(Denied, match=r"victim' not allowed; permitted: \[\]"):
            sent(code)
    with pytest.raises(Denied, match="os.system: starts a program"):
        sent("client.run(os.system, 'true')")
    for code, name in (("submit(subprocess.run, ['true'])", "subprocess.run"), ("submit(os.system, 'true')", "os.system")):
        with pytest.raises(TypeError, match="serialize") as told: # distributed says so of whatever does not pickle; the reason is its cause
            sent(code)
        assert isinstance(told.value.__cause__, Denied) and str(told.value.__cause__).startswith(f"{name}: starts a program; to permit it:")


def test_a_cell_writes_where_the_plugin_says(sent, client, tmp_path):
    client.register_plugin(worker_plugin([tmp_path / "folder"]))
    try:
        assert sent("submit(shutil.copy, p, d + '/a')") and (tmp_path / "folder" / "a").read_text() == "mine"
        with pytest.raises(PermissionError):
            sent("submit(os.remove, p)")
    finally:
        client.unregister_worker_plugin("safepyrun-guests")
    assert left(tmp_path) == (["folder", "victim"], "mine")


def test_a_function_of_the_programs_that_a_cell_may_call_sends_in_its_own_name(client, tmp_path):
    (tmp_path / "victim").write_text("")

    def clean(path):
        return client.submit(os.remove, path, pure=False).result(timeout=60)
    allow(clean)
    asyncio.run(RunPython(g={"clean": clean})(f"clean({str(tmp_path / 'victim')!r})"))
    assert list(tmp_path.iterdir()) == []


def test_host_code_on_the_workers_is_as_it_was(client, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("")
    assert outcome(client, os.remove, str(victim)) is None and not victim.exists()


def test_a_process_without_the_extension_says_so(made):
    import cloudpickle
    pickled = cloudpickle.dumps(made["compute"])
    site = os.path.dirname(os.path.dirname(cloudpickle.__file__))
    program = f"import sys; sys.path.append({site!r}); import pickle; pickle.loads(sys.stdin.buffer.read())"
    done = subprocess.run([sys.executable, "-S", "-c", program], input=pickled, capture_output=True, env={"PATH": os.environ["PATH"]})
    assert b"RuntimeError: this function comes from a cell of Python (safepyrun)" in done.stderr and b"install safepyrun-kernel" in done.stderr
    assert done.returncode == 1


def test_sandboxed_code_puts_nothing_together(made):
    "restore() makes guarded code of any bytes: for host code alone."
    import _safepyrun
    with pytest.raises(Denied):
        asyncio.run(RunPython(g={"restore": _safepyrun.restore})("restore('guard', 'G')"))
    for wrong in ((), ("guard",), ("guard", 3), ("guard", "no"), ("code", 1), ("cell", 1)):
        with pytest.raises((ValueError, TypeError, SystemError)):
            _safepyrun.restore(*wrong)
