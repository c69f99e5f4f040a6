"""DockerEngine: against a real podman where it can start containers, and its refusals everywhere."""
import glob
import os
import shutil
import subprocess
import sys
import time

import pytest
from safepyrun.runner import DockerEngine, EngineUnavailable, RunnerPolicy, run_code

docker = pytest.importorskip("docker", reason="it is in tests/requirements-frameworks.txt")
LIBRARIES = ["ld-linux*", "libc.so.6", "libm.so.6", "libz.so.1*", "libexpat.so.1*", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1",
             "libgcc_s.so.1", "libstdc++.so.6*", "libcrypto.so.3", "libssl.so.3", "libffi.so.8*", "libbz2.so.1*", "liblzma.so.5*", "libuuid.so.1*"]
CONF = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=500:500"]\n[engine]\n'


def base_image_files(version):
    "What of this system's Python an image needs, below /."
    paths = ["bin", "lib", "lib64", "usr/lib64", "usr/bin/python3", f"usr/bin/python{version}", f"usr/lib/python{version}"]
    paths += [path[1:] for name in LIBRARIES for path in glob.glob(f"/usr/lib/{os.uname().machine}-linux-gnu/{name}")]
    return [path for path in paths if os.path.lexists(f"/{path}")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    "A DockerEngine on a podman of its own, with this system's Python as base image (no registry is asked)."
    version = "%d.%d" % sys.version_info[:2]
    if not shutil.which("podman"):
        pytest.skip("podman is not installed")
    if not os.path.exists(f"/usr/bin/python{version}") or not os.path.islink("/lib"):
        pytest.skip(f"this system has no Python {version} to make an image of")
    folder = tmp_path_factory.mktemp("podman")
    (folder / "containers.conf").write_text(CONF + ('runtime = "runc"\n' if shutil.which("runc") else ""))
    environment = dict(os.environ, CONTAINERS_CONF=str(folder / "containers.conf"))
    podman = ["podman", "--root", str(folder / "root"), "--runroot", str(folder / "run")]
    files = subprocess.run(["tar", "-C", "/", "-c", "--exclude=dist-packages", "--exclude=__pycache__", "--exclude=test", *base_image_files(version)],
                           stdout=subprocess.PIPE, check=True).stdout
    subprocess.run([*podman, "import", "-", "localhost/base:1"], input=files, check=True, capture_output=True, env=environment)
    trial = subprocess.run([*podman, "run", "--rm", "--network=none", "localhost/base:1", "python3", "-c", "print(1)"], capture_output=True, text=True, env=environment)
    if trial.returncode:
        pytest.skip(f"podman cannot start a container here: {trial.stderr.strip()[-200:]}")
    service = subprocess.Popen([*podman, "system", "service", "--time=0", f"unix://{folder}/s.sock"], env=environment, stderr=subprocess.DEVNULL)
    while not (folder / "s.sock").exists() and service.poll() is None:
        time.sleep(0.05)
    engine = DockerEngine(host=f"unix://{folder}/s.sock", base_image="localhost/base:1")
    yield engine
    left = engine.start().containers.list(all=True)
    engine.close()
    service.terminate()
    service.wait()
    subprocess.run([*podman, "unmount", "--all"], capture_output=True, env=environment)
    assert left == []


def test_runs(engine):
    done = run_code("import math\nprint('out')\nresult = math.sqrt(input_data['x'])", {"x": 81}, engine=engine)
    assert done.ok and (done.result, done.stdout) == (9.0, "out\n"), done.error
    done = run_code("1 / 0", engine=engine)
    assert not done.ok and done.error == "ZeroDivisionError: division by zero" and 'File "<code>", line 1' in done.traceback
    assert run_code("import os\nos.system('x')", engine=engine).refusal["callable"] == "os.system"
    assert not run_code("import os", policy=RunnerPolicy(blocked_imports=["os"]), engine=engine).ok


def test_limits(engine):
    done = run_code("while True: pass", policy=RunnerPolicy(timeout_seconds=1), engine=engine)
    assert done.timed_out and done.exit_code == 124
    done = run_code("x = bytearray(10**9)", policy=RunnerPolicy(memory_limit_mb=64, timeout_seconds=30), engine=engine)
    assert done.memory_exceeded and done.exit_code == 137
    done = run_code("print('x' * 10**6)", policy=RunnerPolicy(max_output_kb=1, timeout_seconds=30), engine=engine)
    assert done.ok and done.truncated and len(done.stdout) == 1024


def test_the_container(engine):
    code = "import os\n[os.getuid(), open('/proc/self/status').read().split('CapEff:')[1].split()[0], os.listdir('/sys/class/net')]"
    assert run_code(code, policy=RunnerPolicy(timeout_seconds=30), engine=engine).result == [65534, "0" * 16, ["lo"]]
    done = run_code("open('/x', 'w')", policy=RunnerPolicy(ok_dests=["/"], timeout_seconds=30), engine=engine)
    assert "Read-only file system" in done.error


def test_nobody_there(tmp_path):
    with pytest.raises(EngineUnavailable, match=f"no container daemon answers; tried unix://{tmp_path}/none"):
        run_code("1", engine=DockerEngine(host=f"unix://{tmp_path}/none"))
    with pytest.raises(EngineUnavailable, match="context"):
        run_code("1", engine=DockerEngine(docker_context="no-such-context"))
    with pytest.raises(ValueError):
        DockerEngine(docker_context="a", host="b")


def test_processes(engine):
    "As many as the policy says and a few for the runner: a run that starts more is refused them, and ends."
    code = """
import threading
threading.stack_size(1 << 18) # it is not memory that ends them
stop, begun = threading.Event(), []
try:
    for n in range(200):
        thread = threading.Thread(target=stop.wait)
        thread.start()
        begun.append(thread)
except RuntimeError as error:
    print(error)
stop.set()
result = len(begun)
"""
    limited = run_code(code, policy=RunnerPolicy(timeout_seconds=60, max_processes=8), engine=engine)
    assert limited.ok and limited.stdout == "can't start new thread\n" and limited.result == 15, (limited.result, limited.error)
    wide = run_code(code, policy=RunnerPolicy(timeout_seconds=60, max_processes=300), engine=engine)
    assert wide.ok and (wide.result, wide.stdout) == (200, ""), (wide.result, wide.error, wide.stdout)
