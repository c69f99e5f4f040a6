"""safepyrun-kernel install and uninstall, as a person calls them."""
import importlib.util
import json
import os
import subprocess
import sys
import venv

import pytest


@pytest.fixture
def run(program):
    """Call the program; gives (exit status, stdout, stderr)."""
    def call(*arguments, **variables):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG"))}
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                              env=dict(environment, **variables))
        return done.returncode, done.stdout, done.stderr
    return call


def spec_of(prefix, name="safepyrun"):
    return json.loads((prefix / "share/jupyter/kernels" / name / "kernel.json").read_text())


def test_prefix_gets_kernel_json_and_logos_and_nothing_else(run, tmp_path):
    assert run("install", "--prefix", tmp_path, "--python", sys.executable)[0] == 0
    files = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    folder = "share/jupyter/kernels/safepyrun/"
    assert files == [folder + name for name in
                     ("kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg")]


def test_kernel_json_says_what_frontends_need(run, program, tmp_path):
    run("install", "--prefix", tmp_path, "--python", sys.executable)
    spec = spec_of(tmp_path)
    assert spec["display_name"] == "Python (safepyrun)"
    assert spec["language"] == "python"
    assert spec["interrupt_mode"] == "signal"
    assert spec["argv"][:3] == [str(program.resolve()), "-f", "{connection_file}"]
    assert spec["argv"][spec["argv"].index("--python") + 1] == sys.executable
    assert spec["argv"][spec["argv"].index("--python-version") + 1] == "%d.%d" % sys.version_info[:2]
    assert spec["env"] == {}
    assert spec["metadata"]["debugger"] is (importlib.util.find_spec("debugpy") is not None)


def test_options_reach_kernel_json(run, tmp_path):
    status, said, _ = run("install", "--prefix", tmp_path, "--name", "other", "--display-name",
                          "Päckchen 3", "--env", "A=b=c", "--env=EMPTY=", "--python", sys.executable)
    assert status == 0 and "other" in said
    spec = spec_of(tmp_path, "other")
    assert spec["display_name"] == "Päckchen 3"
    assert spec["env"] == {"A": "b=c", "EMPTY": ""}


def test_twice_is_the_same_as_once(run, tmp_path):
    run("install", "--prefix", tmp_path, "--python", sys.executable)
    once = spec_of(tmp_path)
    assert run("install", "--prefix", tmp_path, "--python", sys.executable)[0] == 0
    assert spec_of(tmp_path) == once


def test_user_is_the_users_jupyter_folder(run, tmp_path):
    assert run("install", "--user", "--python", sys.executable, HOME=str(tmp_path))[0] == 0
    assert (tmp_path / ".local/share/jupyter/kernels/safepyrun/kernel.json").exists()
    assert run("install", "--user", "--python", sys.executable,
               JUPYTER_DATA_DIR=str(tmp_path / "data"))[0] == 0
    assert (tmp_path / "data/kernels/safepyrun/kernel.json").exists()


def test_sys_prefix_is_the_environment_of_the_python(run, tmp_path):
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env/bin/python"
    assert run("install", "--sys-prefix", "--python", python)[0] == 0
    spec = spec_of(tmp_path / "env")
    assert spec["metadata"]["debugger"] is False  # the environment is empty
    assert str(python) in spec["argv"]  # not the file that the symlink leads to
    assert run("uninstall", "--sys-prefix", "--python", python)[0] == 0
    assert not (tmp_path / "env/share/jupyter/kernels/safepyrun").exists()


def test_uninstall_takes_the_folder_away_once(run, tmp_path):
    run("install", "--prefix", tmp_path, "--python", sys.executable)
    assert run("uninstall", "--prefix", tmp_path)[0] == 0
    assert not (tmp_path / "share/jupyter/kernels/safepyrun").exists()
    status, _, complaint = run("uninstall", "--prefix", tmp_path)
    assert status == 1 and "no kernelspec safepyrun" in complaint


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_another_kernels_spec_is_left_alone(run, tmp_path, verb):
    folder = tmp_path / "share/jupyter/kernels/python3"
    folder.mkdir(parents=True)
    text = '{"argv": ["python", "-m", "other"]}'
    (folder / "kernel.json").write_text(text)
    status, _, complaint = run(verb, "--prefix", tmp_path, "--name", "python3")
    assert status == 1 and "another kernel" in complaint
    assert (folder / "kernel.json").read_text() == text


@pytest.mark.parametrize("arguments, why", [
    (["--bogus"], "unknown option --bogus"),
    (["stray"], "unknown option stray"),
    (["--name"], "--name needs a value"),
    (["--name", "../up"], "--name ../up"),
    (["--env", "novalue"], "KEY=VALUE"),
    (["--user", "--sys-prefix"], "only one of"),
    (["--user=yes"], "takes no value"),
])
def test_wrong_usage_is_said_and_ends_with_2(run, tmp_path, arguments, why):
    status, said, complaint = run("install", *arguments, HOME=str(tmp_path))
    assert (status, said) == (2, "") and why in complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("python, why", [
    ("/no/such/python", "no such program"),
    ("/bin/true", "not a working Python"),
    ("/usr/bin/yes", "not a working Python"),
])
def test_a_python_that_is_none_is_refused(run, tmp_path, python, why):
    status, _, complaint = run("install", "--prefix", tmp_path, "--python", python)
    assert status == 1 and why in complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version, why", [
    ("3.7", "Python 3.7: too old: the kernel needs Python 3.11 or newer"),
    ("3.10", "Python 3.10: too old: the kernel needs Python 3.11 or newer"),
    ("3.14t", "Python 3.14t: free-threaded, and the sandbox needs a Python with the GIL"),
    ("3.16", "Python 3.16: newer than this kernel"),
])
def test_a_version_that_there_cannot_be_a_worker_for_is_refused(run, tmp_path, version, why):
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\necho '{{\"executable\": \"/x\", \"version\": \"{version}\", \"prefix\": \"/\","
                    " \"implementation\": \"cpython\", \"libpython\": null}'\n")
    fake.chmod(0o755)
    status, _, complaint = run("install", "--prefix", tmp_path / "p", "--python", fake)
    assert status == 1 and why in complaint
    assert not (tmp_path / "p").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission_names_the_way_out(run, tmp_path):
    tmp_path.chmod(0o555)
    status, _, complaint = run("install", "--prefix", tmp_path, "--python", sys.executable)
    assert status == 1 and "--user or --prefix" in complaint


def test_a_file_in_the_way_is_named(run, tmp_path):
    (tmp_path / "share").write_text("")
    status, _, complaint = run("install", "--prefix", tmp_path, "--python", sys.executable)
    assert status == 1 and "cannot write" in complaint and "Not a directory" in complaint


def test_help_and_version(run):
    status, said, _ = run("--help")
    assert status == 0 and "install" in said
    status, said, _ = run("install", "--help")
    assert status == 0 and "--sys-prefix" in said
    status, said, _ = run("--version")
    assert status == 0 and said.split()[-1][0].isdigit()
