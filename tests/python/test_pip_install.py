"""`pip install` of this tree into a fresh virtual environment, and the archives that it makes."""
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from built import ROOT

LEFT_OUT = shutil.ignore_patterns(".git", "build*", "__pycache__", ".venv", ".cache")

PROGRAM = """
import asyncio, os, safepyrun
from importlib import metadata
run = safepyrun.RunPython(g={"os": os}, ok_dests=["out"])
assert asyncio.run(run("import statistics; statistics.mean([1, 2, 6])")) == 3
assert asyncio.run(run("open('out/a', 'w').write('hi')")) == 2
try:
    asyncio.run(run("os.system('touch spawned')"))
except safepyrun.Denied as refusal:
    assert refusal.callable == "os.system", refusal.callable
assert safepyrun.__version__ == metadata.version("safepyrun-kernel")
assert metadata.metadata("safepyrun-kernel")["License-Expression"] == "Apache-2.0"
print(safepyrun.__file__)
"""


def bare_environment():
    "No build setting of the caller's."
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SKBUILD", "CMAKE"))}


def call(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=bare_environment(), **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("clone") / "safepyrun", ignore=LEFT_OUT))


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    "The Python of a fresh virtual environment that can build packages."
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    call(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "build")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def archives(clone, environment, tmp_path_factory):
    "The source archive, and the wheel that was built from it."
    folder = tmp_path_factory.mktemp("archives")
    call(environment, "-m", "build", "--outdir", folder, clone)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def test_pip_installs_the_package_and_its_extension(clone, environment, tmp_path):
    call(environment, "-m", "pip", "install", clone)
    (tmp_path / "out").mkdir()
    place = call(environment, "-c", PROGRAM, cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(environment.parents[1])
    assert [p.name for p in tmp_path.iterdir()] == ["out"] and (tmp_path / "out" / "a").read_text() == "hi"
    listed = call(environment, "-m", "pip", "uninstall", "-y", "safepyrun-kernel")
    assert "Successfully uninstalled" in listed


def test_the_wheel_has_the_extension_for_this_python_and_the_kernel(archives):
    names = set(zipfile.ZipFile(archives[1]).namelist())
    version = f"{sys.version_info[0]}{sys.version_info[1]}"
    packages = {str(source.relative_to(ROOT / "python")) for folder in ("safepyrun", "safepyrun_kernel")
                for source in (ROOT / "python" / folder).rglob("*") if source.is_file() and "__pycache__" not in source.parts}
    assert packages <= names
    assert any(name.startswith(f"_safepyrun.cpython-{version}") for name in names)
    assert any(name.endswith("scripts/safepyrun-kernel") for name in names)
    assert any(name.endswith("jupyter/kernels/safepyrun/kernel.json") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_archive_can_be_built_and_has_the_packs(archives):
    names = {name.partition("/")[2] for name in tarfile.open(archives[0]).getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "sandbox/guards/guard.c", "policies/stdlib.toml", "PKG-INFO"} <= names
    assert not any(re.match(r"\.git/|build/|\.ci/", name) for name in names)
