"""A wheel of `make dist`, in a fresh environment: Jupyter finds the kernel there, and pip takes all of it away again."""
import json
import subprocess
import sys
import venv

import pytest
from built import PYTHONS, ROOT
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager



def wheels_for(version):
    return sorted((ROOT / "dist").glob(f"safepyrun_kernel-*-cp{version.replace('.', '')}-*.whl"))


HERE = "%d.%d" % sys.version_info[:2]
WHEELS = wheels_for(HERE)
OTHERS = {version: python for version, python in PYTHONS.items() if version != HERE}
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


def value_in(spec, code, home):
    "What a cell of that kernelspec prints."
    manager = KernelManager()
    manager._kernel_spec = KernelSpecManager(kernel_dirs=[str(spec.parent)]).get_kernel_spec(spec.name)
    manager.start_kernel(env={"PATH": "/nowhere", "HOME": str(home)})
    client = manager.client()
    client.start_channels()
    seen = []
    try:
        client.wait_for_ready(timeout=20)
        client.execute_interactive(code, timeout=20, allow_stdin=False, output_hook=lambda m: seen.append(m["content"].get("text", "")))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "".join(seen)


def test_the_kernel_of_the_environment_runs_in_its_python(environment):
    said = value_in(environment / "share/jupyter/kernels/safepyrun", "import sys, safepyrun; print(sys.prefix, safepyrun.__file__)", environment)
    assert said.startswith(f"{environment} {environment}/lib/")


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


@pytest.mark.parametrize("version", OTHERS)
def test_a_kernel_for_an_environment_of_another_version_needs_the_wheel_there(environment, tmp_path, version):
    "Jupyter's environment has the wheel of its own Python; the other's is asked for by its name, and used once it is there."
    if not wheels_for(version):
        pytest.skip(f"no wheel for Python {version} in dist/ (make dist)")
    other = tmp_path / "other"
    subprocess.run([OTHERS[version], "-m", "venv", other], check=True)
    install = [environment / "bin/python", "-m", "safepyrun_kernel", "install", "--prefix", tmp_path, "--python", other / "bin/python"]
    without = subprocess.run(install, capture_output=True, text=True)
    assert without.returncode == 1 and f"is Python {version} and has no safepyrun-kernel" in without.stderr
    assert f"{other}/bin/python -m pip install safepyrun-kernel" in without.stderr
    assert not (tmp_path / "share").exists()
    subprocess.run([other / "bin/python", "-m", "pip", "-q", "--disable-pip-version-check", "install", "--no-deps", "--no-index", wheels_for(version)[-1]],
                   check=True)
    subprocess.run(install, check=True, capture_output=True)
    said = value_in(tmp_path / "share/jupyter/kernels/safepyrun", "import sys; print(sys.prefix, '%d.%d' % sys.version_info[:2])", tmp_path)
    assert said.split() == [str(other), version]
