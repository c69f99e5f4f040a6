"""DaskEngine on a real cluster of several processes on this machine."""
import os
import signal
import subprocess
import sys
import time

import pytest
from safepyrun.runner import DaskEngine, EngineUnavailable, RunnerPolicy, run_code, run_code_many

distributed = pytest.importorskip("distributed", reason="it is in tests/requirements-frameworks.txt")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    "A scheduler and three workers, each a process; (address, worker processes)."
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), DASK_DISTRIBUTED__DASHBOARD__LINK="")
    folder = tmp_path_factory.mktemp("dask")
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                  "--scheduler-file", str(folder / "scheduler.json")], env=environment, stderr=subprocess.DEVNULL)
    workers = [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(folder / "scheduler.json"), "--no-nanny",
                                 "--nthreads", "2", "--no-dashboard", "--local-directory", str(folder / str(n))], env=environment,
                                stderr=subprocess.DEVNULL) for n in range(3)]
    import json
    while not (folder / "scheduler.json").exists() or not (folder / "scheduler.json").read_text():
        time.sleep(0.05)
    address = json.loads((folder / "scheduler.json").read_text())["address"]
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
    yield address, workers
    for process in [*workers, scheduler]:
        process.terminate()
    for process in [*workers, scheduler]:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired: # it waits for what is gone
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def engine(cluster):
    with DaskEngine(cluster[0]) as engine:
        yield engine


def test_results_and_limits_as_locally(engine):
    assert run_code("import math\nresult = math.sqrt(input_data['x'])", {"x": 81}, engine=engine).result == 9.0
    assert run_code("import os\nos.system('x')", engine=engine).refusal["callable"] == "os.system"
    done = run_code("print('begun')\nwhile True: pass", policy=RunnerPolicy(timeout_seconds=0.5), engine=engine)
    assert done.timed_out and done.stdout == "begun\n"
    assert run_code("bytearray(10**9)", policy=RunnerPolicy(memory_limit_mb=64), engine=engine).memory_exceeded
    assert not run_code("import os", policy=RunnerPolicy(blocked_imports=["os"]), engine=engine).ok
    pids = {run.result for run in run_code_many(["import os\nos.getpid()"] * 12, engine=engine)}
    assert len(pids) == 12


def test_many_and_none_lost_when_a_worker_is_killed(cluster, engine):
    count = int(os.environ.get("SAFEPYRUN_DASK_RUNS", "300"))
    told = []

    def tell(done, of):
        told.append(done)
        if done == count // 3:
            os.kill(cluster[1][0].pid, signal.SIGKILL)
    done = run_code_many([("n * 2", {"n": n}) for n in range(count)], policy=RunnerPolicy(timeout_seconds=60), engine=engine, progress=tell)
    assert [run.result for run in done] == [n * 2 for n in range(count)] and told == list(range(1, count + 1))


def test_what_kills_its_workers_is_tried_twice_and_reported(cluster, engine):
    import safepyrun.runner.dask as module
    future = engine.client.submit(lambda: os._exit(1), pure=False)
    future.exception(timeout=60)
    result = module._result(future, None)
    assert not result.ok and "two workers died" in result.error


def test_nobody_there():
    with pytest.raises(EngineUnavailable, match="no scheduler at"):
        DaskEngine("tcp://127.0.0.1:9", timeout_s=1)
