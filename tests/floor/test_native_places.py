"""What native code finds behind names: places that are nobody's whatever is permitted, folders that it has open, descriptors that
are its own alone, and calls that nobody may make. The effect is looked for."""
import errno
import fcntl
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from held import NUMBERS, Floor

FILTER = Path(__file__).parents[2] / "kernel" / "front" / "floor_filter.c"
MAKES = os.O_CREAT | os.O_WRONLY
WHATEVER = 2**64 - 1 - 2**63  # an address, a size and a number that each call finds wrong by itself


def table(name):
    "The calls that a table of the filter names, as far as this machine has them."
    rows = re.search(rf"{name}\[\] = \{{(.*?)\}};", FILTER.read_text(), re.S)[1]
    names = re.findall(r"(?:SCMP_SYS\(|NR_)(\w+)", rows)
    return [name.lower() for name in names if name.lower() in NUMBERS]


@pytest.mark.parametrize("name", [*table("refused"), *table("no_such")])
def test_a_call_that_could_leave_the_floor_is_never_made(shared, name):
    assert len(table("refused")) > 40
    wrong = errno.EPERM if name in table("refused") else errno.ENOSYS
    for how in ("here", "grandchild"):
        assert shared.raw(name, *[WHATEVER] * 6, how=how) == -wrong


@pytest.mark.parametrize("flag", ["NEWNS", "NEWUSER", "NEWPID", "NEWNET", "NEWIPC", "NEWUTS", "NEWCGROUP"])
def test_no_child_gets_namespaces_of_its_own(shared, flag):
    flags = {"NEWNS": 0x20000, "NEWUSER": 0x10000000, "NEWPID": 0x20000000, "NEWNET": 0x40000000, "NEWIPC": 0x8000000,
             "NEWUTS": 0x4000000, "NEWCGROUP": 0x2000000}[flag]
    assert shared.raw("clone", flags | signal.SIGCHLD, 0, 0, 0, 0, how="child") == -errno.EPERM


@pytest.fixture(scope="module")
def at_home(tmp_path_factory, extension):
    "A kernel with a home of its own, all of which cells may write to, and what lies around its environment."
    folder = tmp_path_factory.mktemp("home")
    kernel = Floor(folder, extension, environment={"HOME": str(folder), "XDG_DATA_HOME": str(folder / ".local/share")})
    kernel.home = folder
    kernel.good(f"%ok_dests {folder} {Path(sys.prefix).parent} /var")
    yield kernel
    kernel.stop()


KEPT = [".bashrc", ".profile", ".zshrc", ".ssh/authorized_keys", ".config/autostart/x.desktop", ".config/systemd/x.service",
        ".local/share/jupyter/kernels/safepyrun/kernel.json", ".ipython/profile_default/startup/x.py", ".safepyrun.toml",
        "kernel/config/safepyrun/config.toml", "kernel/connection.json", "kernel/state/safepyrun/projects/x"]


@pytest.mark.parametrize("name", KEPT)
def test_what_starts_later_is_kept_in_the_home_directory_too(at_home, name):
    path = at_home.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else None
    beside = path.parent / "moved"
    assert at_home.raw("open", path, MAKES | os.O_TRUNC, 0o644) == -errno.EACCES
    assert at_home.raw("symlink", b"/dev/null", path) in (-errno.EACCES, -errno.EEXIST)
    if before is not None:
        assert at_home.raw("unlink", path) == -errno.EACCES and at_home.raw("rename", path, beside) == -errno.EACCES
    assert (path.read_bytes() if os.path.lexists(path) else None) == before and not beside.exists()
    assert at_home.raw("open", at_home.home / "mine", MAKES, 0o644) > 0


@pytest.mark.parametrize("path", [Path(sys.prefix) / "floor-test.pth", Path(os.__file__).parent / "floor_test.py",
                                  Path("/var/spool/cron/crontabs/floor-test"), Path("/var/spool/floor-test"),
                                  Path("/var/lib/floor-test")])
def test_environments_and_the_systems_own_are_kept(at_home, path):
    try:
        assert at_home.raw("open", path, MAKES, 0o644) in (-errno.EACCES, -errno.ENOENT)
        assert not path.exists()
    finally:
        path.unlink(missing_ok=True)


def below(kernel, folder, name, *arguments, call="openat"):
    "The result of a call on a name below a folder that native code has open."
    rest = ", ".join(map(repr, (os.fsencode(name), *arguments)))
    return int(kernel.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(folder)!r}, {os.O_DIRECTORY})
result = rawcall.call("here", {NUMBERS[call]}, fd, {rest})
rawcall.call("here", {NUMBERS["close"]}, fd)
result""").plain)


def test_names_below_an_open_folder_are_judged_where_they_lead(shared):
    (shared.out / "kept").write_text("mine")
    assert below(shared, shared.ok, "new", MAKES, 0o644) > 0 and (shared.ok / "new").exists()
    for folder, name in [(shared.out, "kept"), (shared.ok, "../out/kept"), (shared.out, "new"), (shared.ok, shared.out / "kept")]:
        assert below(shared, folder, name, MAKES | os.O_TRUNC, 0o644) == -errno.EACCES, (folder, name)
    assert below(shared, shared.out, "kept", 0, call="unlinkat") == -errno.EACCES
    assert below(shared, shared.out, "folder", 0o755, call="mkdirat") == -errno.EACCES
    assert below(shared, shared.out, "../ok/new", 0, call="unlinkat") == 0 and not (shared.ok / "new").exists()
    assert (shared.out / "kept").read_text() == "mine" and [p.name for p in shared.out.iterdir()] == ["kept"]
    (shared.out / "kept").unlink()


def test_a_lock_goes_with_the_callers_descriptor(shared):
    "Nobody else keeps a copy of a descriptor that was opened for the caller: its lock would outlive the caller's own close."
    file = shared.ok / "locked"
    cell = shared.good(f"""
held = []
for i in range(300):
    fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(file)!r}, {MAKES}, 0o644)
    held.append(rawcall.call("here", {NUMBERS["flock"]}, fd, {fcntl.LOCK_EX | fcntl.LOCK_NB}))
    rawcall.call("here", {NUMBERS["close"]}, fd)
set(held)""")
    assert cell.plain == "{0}"


@pytest.mark.parametrize("asked", [0, os.O_CLOEXEC])
def test_a_descriptor_is_closed_for_programs_when_that_was_asked_for(shared, asked):
    cell = shared.good(f"""
fd = rawcall.call("here", {NUMBERS["open"]}, {os.fsencode(shared.ok / "kept")!r}, {MAKES | asked}, 0o644)
flags = rawcall.call("here", {NUMBERS["fcntl"]}, fd, {fcntl.F_GETFD})
rawcall.call("here", {NUMBERS["close"]}, fd)
flags""")
    assert cell.plain == str(fcntl.FD_CLOEXEC if asked else 0)


def test_the_import_system_keeps_its_bytecode_and_nobody_else_does(tmp_path, extension):
    package = tmp_path / "lib" / "site-packages" / "floor_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("value = 7\n")
    kernel = Floor(tmp_path / "floor", extension, environment={"PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": f"{extension}:{package.parent}"})
    try:
        assert kernel.good("import floor_package\nfloor_package.value").plain == "7"
        kept, = (package / "__pycache__").iterdir()
        before = kept.read_bytes()
        for code in (f"open({str(kept)!r}, 'wb')", f"os.remove({str(kept)!r})", f"fd = os.open({str(kept)!r}, os.O_WRONLY)\nopen(fd, 'wb')"):
            assert kernel.run(code).reply["ename"] == "Denied", code
        assert kept.read_bytes() == before
    finally:
        kernel.stop()


def test_nothing_is_gained_by_a_program_that_runs_as_another(shared):
    "The process can gain no privileges, whatever is trusted."
    assert re.search(r"^NoNewPrivs:\s+1$", Path(f"/proc/{shared.worker}/status").read_text(), re.M)
