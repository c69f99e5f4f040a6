"""A kernel that runs as a service of systemd, or in one of its containers, as far as a process sees of that: under its filters of system
calls. The floor holds there as it does outside, or the kernel says that it cannot."""
import errno
import os
import subprocess
from pathlib import Path

import pytest
import raw_kernel
from built import kernel_command
from held import Floor, confined_does_not_start, lists_hold_alone
from test_net import judges_connections
from test_sockets import SERVERS

SETS = (Path(__file__).parent / "systemd_sets.txt").read_text()
PART = dict(zip(("both", "service", "container"), (part.split()[1:] for part in SETS.partition("\n\n")[2].split("\n\n"))))
SERVICE, CONTAINER = PART["both"] + PART["service"], PART["both"] + PART["container"]
# What a unit says -> how others are answered, and what may be called.
HOLDS = {
    "a container of systemd-nspawn": ("", CONTAINER),
    "@system-service seccomp": ("", SERVICE + ["seccomp"]),
    "@system-service @sandbox, and what hardened units say": ("hardened", SERVICE + ["seccomp", "landlock_create_ruleset", "landlock_add_rule",
                                                                                   "landlock_restrict_self"]),
    "@system-service seccomp, others end it": ("kill", SERVICE + ["seccomp", "pidfd_getfd"]),
}
CANNOT = {"@system-service": ("", SERVICE), "@system-service, others end it": ("kill", SERVICE),
          "@system-service, and what hardened units say": ("hardened", SERVICE)}
WHY = "it is not permitted here: the filter of a container or a service forbids seccomp"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = tmp_path_factory.mktemp("filtered") / "filtered"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", str(Path(__file__).parent / "filtered.c"), "-o", str(program), "-lseccomp"], check=True)
    return program


def under(patch, program, words, calls):
    patch.setattr(raw_kernel, "kernel_command", lambda *options: [str(program), words or "-", ",".join(calls), *kernel_command(*options)])


def test_the_sets_are_systemds():
    assert len(SERVICE) > 350 and "seccomp" not in SERVICE and "seccomp" in CONTAINER and {"mount", "ptrace"} <= set(CONTAINER) - set(SERVICE)


@pytest.fixture(scope="module", params=HOLDS)
def service(request, program, extension, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        under(patch, program, *HOLDS[request.param])
        kernel = Floor(tmp_path_factory.mktemp("service"), extension)
        yield kernel
        kernel.stop()


def test_the_floor_holds(service):
    assert "does not hold" not in service.good("%policy").stream()
    (service.out / "kept").write_text("mine")
    for how in "here", "thread", "child", "grandchild":
        assert service.raw("open", service.out / "kept", os.O_WRONLY | os.O_TRUNC, how=how) == -errno.EACCES
        assert service.raw("unlink", service.out / "kept", how=how) == -errno.EACCES
    assert service.run(f"open({str(service.out / 'new')!r}, 'w')").reply["ename"] == "Denied"
    assert (service.out / "kept").read_text() == "mine" and not (service.out / "new").exists()


def test_what_was_permitted_is_done(service):
    (service.ok / "door").symlink_to(service.out)
    service.good(f"with open({str(service.ok / 'mine')!r}, 'w') as f: f.write('hello')")
    assert (service.ok / "mine").read_text() == "hello"
    for _ in range(2):
        assert service.raw("open", service.ok / "native", os.O_WRONLY | os.O_CREAT, 0o644) > 2
        assert service.raw("open", service.ok / "door" / "native", os.O_WRONLY | os.O_CREAT, 0o644) == -errno.EACCES
    assert (service.ok / "native").exists() and not (service.out / "native").exists()
    assert service.raw("rename", service.ok / "native", service.ok / "renamed") == 0 and (service.ok / "renamed").exists()
    service.good("import subprocess\n%allow --trust subprocess.run")
    assert service.good("subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout").plain == "'hello\\n'"


def test_connections_are_judged(service):
    judges_connections(service)


@pytest.mark.parametrize("kind", ["create_server", "asyncio", "datagrams", "http.server"])
def test_servers_of_the_cells_own(service, kind):
    assert "hello" in service.good(SERVERS[kind]).plain


def test_a_cell_is_undone(service):
    service.good("kept = [1]\n%checkpoint")
    service.good("kept.append(2)")
    service.good("%undo")
    assert service.good("kept").plain == "[1]"


@pytest.fixture(params=CANNOT)
def narrow(request, program, monkeypatch):
    under(monkeypatch, program, *CANNOT[request.param])


def test_where_it_cannot_it_says_so_and_the_lists_hold(tmp_path, narrow):
    lists_hold_alone(tmp_path, WHY)


def test_where_it_cannot_a_confined_kernel_does_not_start(tmp_path, narrow):
    confined_does_not_start(tmp_path, WHY)
