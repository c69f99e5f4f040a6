"""A wheel of `make dist`, in a fresh environment: Jupyter finds the kernel there, and pip takes all of it away again."""
import json
import subprocess
import sys
import venv

import pytest
from built import ROOT
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

WHEELS = sorted((ROOT / "dist").glob("safepyrun_kernel-*-cp%d%d-*.whl" % sys.version_info[:2]))
pytestmark = pytest.mark.skipif(not WHEELS, reason="no wheel for this Python in dist/ (make dist)")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel") / "env"
    venv.create(folder, with_pip=True)
    before = {path for path in folder.rglob("*") if "__pycache__" not in path.parts}
    pip = [folder / "bin/python", "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", WHEELS[-1]], check=True)
    yield folder
    subprocess.run([*pip, "uninstall", "-y", "safepyrun-kernel"], check=True)
    assert {p for p in folder.rglob("*") if "__pycache__" not in p.parts and p.is_file()} <= before


def test_the_kernel_of_the_environment_runs_in_its_python(environment):
    manager = KernelManager()
    specs = KernelSpecManager(kernel_dirs=[str(environment / "share/jupyter/kernels")])
    manager._kernel_spec = specs.get_kernel_spec("safepyrun")
    manager.start_kernel(env={"PATH": "/nowhere", "HOME": str(environment)})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=20)
    seen = []
    client.execute_interactive("import sys, safepyrun; print(sys.prefix, safepyrun.__file__)", timeout=20, allow_stdin=False,
                               output_hook=lambda m: seen.append(m["content"].get("text", "")))
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert "".join(seen).startswith(f"{environment} {environment}/lib/")


def test_install_writes_down_this_python(environment, tmp_path):
    run = [environment / "bin/python", "-m", "safepyrun_kernel"]
    said = subprocess.run([*run, "install", "--prefix", tmp_path], check=True, capture_output=True, text=True).stdout
    spec = json.loads((tmp_path / "share/jupyter/kernels/safepyrun/kernel.json").read_text())
    assert spec["argv"][0] == str(environment / "bin/safepyrun-kernel") and str(environment / "bin/python") in spec["argv"], said
    subprocess.run([*run, "uninstall", "--prefix", tmp_path], check=True, capture_output=True)
    assert not (tmp_path / "share/jupyter/kernels/safepyrun").exists()


def test_the_front_needs_no_library_of_the_system(environment):
    dynamic = subprocess.run(["readelf", "-d", environment / "bin/safepyrun-kernel"], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].split(".so")[0] for line in dynamic.splitlines() if "(NEEDED)" in line}
    assert needed <= {"libc", "libm", "libgcc_s", "libdl", "libpthread", "librt", "ld-linux-x86-64", "ld-linux-aarch64"}
    assert WHEELS[-1].stat().st_size < 6_000_000
