"""`make install PREFIX=DIR`: everything below DIR, and it works from there."""
import json
import os
import subprocess

import nbclient
import nbformat
import pytest


@pytest.fixture
def install(build):
    """Install below a prefix, with variables (DESTDIR) set."""
    def call(prefix, **variables):
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True,
                       env=dict(os.environ, **variables), stdout=subprocess.DEVNULL)
    return call


def test_the_parts_are_where_the_readme_says(install, build, tmp_path):
    prefix = tmp_path / "opt"
    install(prefix)
    versions = [line.split()[0] for line in (build / "pythons").read_text().splitlines()]
    for name in ("bin/safepyrun-kernel", "share/jupyter/kernels/safepyrun/kernel.json",
                 "share/jupyter/kernels/safepyrun/logo-64x64.png", "share/safepyrun/policies/stdlib.toml",
                 *(f"libexec/safepyrun/safepyrun-worker-{v}" for v in versions)):
        assert (prefix / name).is_file(), name
    assert {p.name for p in prefix.iterdir()} == {"bin", "libexec", "share"}
    assert [p.name for p in tmp_path.iterdir()] == ["opt"]


def test_a_stage_is_named_nowhere_in_what_it_holds(install, tmp_path):
    install("/opt/there", DESTDIR=str(tmp_path))
    spec = json.loads((tmp_path / "opt/there/share/jupyter/kernels/safepyrun/kernel.json").read_text())
    assert spec["argv"][0] == "/opt/there/bin/safepyrun-kernel"
    assert str(tmp_path) not in json.dumps(spec)


def test_the_installed_kernel_runs_a_notebook(install, tmp_path, monkeypatch):
    install(tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share/jupyter"))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=60).execute()
    assert book.cells[0].outputs[0].data["text/plain"] == "42"
