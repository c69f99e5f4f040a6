"""Functions of sandboxed code on a real Dask cluster: refused there what is refused here. The effect is looked for."""
import asyncio
import os
import subprocess
import sys

import pytest

distributed = pytest.importorskip("distributed", reason="it is in tests/requirements-frameworks.txt")
from safepyrun import RunPython, allow  # noqa: E402
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


def test_a_refused_function_does_not_travel(client, tmp_path):
    "What a cell holds of os.system is its locked twin: it does not leave."
    allow("distributed.Client.run", "distributed.Client.submit")
    run = RunPython(g={"client": client, "line": f"touch {tmp_path}/new"})
    for code in ("client.run(os.system, line)", "client.submit(os.system, line, pure=False).result(timeout=60)"):
        with pytest.raises(Exception, match="os.system|serialize"):
            asyncio.run(run(f"import os\n{code}"))
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
    from safepyrun import Denied
    with pytest.raises((Denied, PermissionError)):
        asyncio.run(RunPython(g={"restore": _safepyrun.restore})("restore('guard', 'G')"))
    for wrong in ((), ("guard",), ("guard", 3), ("guard", "no"), ("code", 1), ("cell", 1)):
        with pytest.raises((ValueError, TypeError, SystemError)):
            _safepyrun.restore(*wrong)
