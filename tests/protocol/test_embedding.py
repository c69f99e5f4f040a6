"""A kernel inside a C program: examples/embedding, as docs/embedding.md describes it."""
import json
import shutil
import subprocess

import pytest
from built import BUILD, ROOT
from raw_kernel import RawKernel

PLANT = BUILD / "plant"
pytestmark = pytest.mark.skipif(not PLANT.exists(), reason="there is no libpython to link the program with")


@pytest.fixture(scope="module")
def version():
    return subprocess.run([PLANT, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def plant(tmp_path_factory, version):
    folder = tmp_path_factory.mktemp("plant")
    settings = folder / "config" / "safepyrun"
    settings.mkdir(parents=True)
    shutil.copy(ROOT / "examples/embedding/plant.toml", settings)
    (settings / "config.toml").write_text('packs = ["plant.toml"]\n')
    kernel = RawKernel(folder, "--python", PLANT, "--python-version", version, "--host", "python")
    yield kernel
    kernel.stop()


def test_cells_run_in_the_program_itself(plant):
    cell = plant.run("import os, plant, sys\n(os.readlink('/proc/self/exe'), sys.executable)")
    assert cell.plain == repr((str(PLANT.resolve()), str(PLANT)))


def test_its_state_and_functions_are_the_cells(plant):
    assert plant.run("import plant\nplant.level()").plain == "2.005"
    assert plant.run("plant.step(1000)").plain == "2.505" and plant.run("plant.level()").plain == "2.505"
    assert plant.run("plant.step('x')").reply["ename"] == "TypeError"


def test_what_acts_is_refused_with_its_reason(plant):
    cell = plant.run("plant.set_pump(9)")
    assert cell.reply["ename"] == "Denied" and "acts on the real pump" in cell.reply["evalue"]
    assert plant.run("before = plant.level()\nplant.step(1000) - before").plain.startswith("0.5")
    assert plant.run("list(map(plant.set_pump, [9]))").reply["ename"] == "Denied"


def test_cells_are_held_as_ever(plant, tmp_path):
    assert plant.run(f"open({str(tmp_path / 'new')!r}, 'w')").reply["ename"] == "Denied" and list(tmp_path.iterdir()) == []


def test_the_installer_takes_the_program(tmp_path, version):
    said = subprocess.run([BUILD / "safepyrun-kernel", "install", "--prefix", tmp_path, "--name", "plant", "--display-name", "Plant", "--python", PLANT],
                          capture_output=True, text=True, check=True).stdout
    assert f"(Python {version}, hosted in {PLANT})" in said
    spec = json.loads((tmp_path / "share/jupyter/kernels/plant/kernel.json").read_text())
    assert spec["display_name"] == "Plant" and str(PLANT) in spec["argv"]


def test_the_example_builds_as_the_page_says(tmp_path, version):
    config = shutil.which(f"python{version}-config", path="/usr/bin") or shutil.which(f"python{version}-config")
    if not config:
        pytest.skip(f"python{version}-config is not here")
    folder = shutil.copytree(ROOT / "examples/embedding", tmp_path / "embedding")
    subprocess.run(["make", "-C", folder, f"PYTHON={config.removesuffix('-config')}"], check=True, capture_output=True)
    assert (folder / "plant").exists()
