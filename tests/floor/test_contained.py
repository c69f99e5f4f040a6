"""A container without an engine: namespaces and a root of their own (the system's folders, read-only), the capabilities and the
filter that Docker gives by default. The floor holds there as it does outside."""
import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import raw_kernel
from built import BUILD, ROOT, kernel_command
from held import Floor
from raw_kernel import RawKernel, wait_until
from test_net import POSTS, Server, judges_connections
from test_sockets import SERVERS

# The new root: what is in it is the system's, but for /tmp. The old one is out of reach.
ROOT_SCRIPT = """set -e
new=$1; shift
mount --make-rprivate /
mount -t tmpfs tmpfs "$new"
for folder in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$folder" ]; then ln -s "$(readlink "/$folder")" "$new/$folder"
    elif [ -d "/$folder" ]; then mkdir "$new/$folder"; mount --rbind "/$folder" "$new/$folder"; fi
done
for folder in usr etc $READ; do
    mkdir -p "$new/$folder"; mount --rbind "/$folder" "$new/$folder"
done
for folder in $WRITE; do
    mkdir -p "$new/$folder"; mount --bind "/$folder" "$new/$folder"
done
mkdir -p "$new/tmp" "$new/proc" "$new/dev/shm" "$new/dev/pts" "$new/sys" "$new/old"; chmod 1777 "$new/tmp" "$new/dev/shm"
mount -t proc proc "$new/proc"
for device in null zero full random urandom tty; do touch "$new/dev/$device"; mount --bind "/dev/$device" "$new/dev/$device"; done
ln -s /proc/self/fd "$new/dev/fd"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$new/dev/pts" 2>/dev/null && ln -s pts/ptmx "$new/dev/ptmx" || true
cd "$new"
pivot_root . old
cd /
umount -l /old
exec "$@"
"""


def tops(*paths):
    "Folders to be mounted, without those that another one has, and without what is in the new root anyway."
    folders = sorted({str(Path(path).resolve()) for path in paths})
    return [folder[1:] for i, folder in enumerate(folders) if not any(folder.startswith(f"{other}/") for other in [*folders[:i], "/usr", "/etc"])]


@pytest.fixture(scope="module")
def contained(tmp_path_factory):
    program = tmp_path_factory.mktemp("contained") / "contained"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", str(Path(__file__).parent / "contained.c"), "-o", str(program)], check=True)
    return program


@pytest.fixture(scope="module", params=["as root", "in a user namespace"])
def container(request, contained, extension, tmp_path_factory):
    "A kernel in a container; `floor` is one that has the folders `ok` and `out`."
    user = ["--user", "--map-root-user"] if request.param != "as root" else []
    if not user and os.getuid():
        pytest.skip("a container of root's needs root")
    if subprocess.run(["unshare", *user, "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives no namespaces of that kind (unshare)")
    if not shutil.which("pivot_root", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        pytest.skip("there is no pivot_root (Debian: util-linux)")
    base = tmp_path_factory.mktemp("container")
    (base / "root").mkdir()
    read = tops(ROOT, BUILD, sys.prefix, contained.parent, extension, *(Path(p).resolve().parents[1] for p in re.findall(r"\S*/bin/python\S*", " ".join(kernel_command()))))
    script = ["sh", "-c", f"READ='{' '.join(read)}' WRITE='{str(base)[1:]}'\n{ROOT_SCRIPT}", "sh", str(base / "root"), str(contained)]
    with pytest.MonkeyPatch.context() as patch: # also where it does not start: the other files' kernels are no containers
        patch.setattr(raw_kernel, "kernel_command", lambda *options: [
            "unshare", *user, "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", *script, *kernel_command(*options)])
        kernel = Floor(base / "floor", extension)
        yield kernel
        kernel.stop()
    shutil.rmtree(base / "root", ignore_errors=True)


def test_it_is_a_container(container):
    assert container.good("import os\nos.listdir('/old'), os.getpid() < 100").plain == "([], True)"
    assert container.good("[l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')]").plain == "['00000000a80425fb']"
    assert container.raw("unshare", 0x20000) == -errno.EPERM


def test_the_floor_holds(container):
    assert "floor" in container.good("%policy").stream()
    assert "not hold" not in container.good("%policy").stream()
    (container.out / "kept").write_text("mine")
    path = str(container.out / "kept").encode() + b"\0"
    for how in "here", "thread", "child", "grandchild":
        assert container.raw("open", path, os.O_WRONLY | os.O_TRUNC, how=how) == -errno.EACCES
        assert container.raw("unlink", path, how=how) == -errno.EACCES
    assert container.run(f"open({str(container.out / 'new')!r}, 'w')").reply["ename"] == "Denied"
    assert (container.out / "kept").read_text() == "mine" and not (container.out / "new").exists()


def test_what_was_permitted_is_done(container):
    container.good(f"with open({str(container.ok / 'mine')!r}, 'w') as f: f.write('hello')")
    assert (container.ok / "mine").read_text() == "hello"
    number = container.raw("open", str(container.ok / "native").encode() + b"\0", os.O_WRONLY | os.O_CREAT, 0o644)
    assert number > 2 and (container.ok / "native").exists()
    container.good("import subprocess\n%allow --trust subprocess.run")
    assert container.good("subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout").plain == "'hello\\n'"


def test_connections_are_judged(container):
    judges_connections(container)


@pytest.mark.parametrize("kind", SERVERS)
def test_servers_of_the_cells_own(container, kind):
    "The front cannot copy sockets here: what it judged, the caller does."
    assert "hello" in container.good(SERVERS[kind]).plain


@pytest.mark.parametrize("library", ["requests", "an asynchronous client", "aiohttp"])
def test_reading_is_free_and_a_post_goes_to_who_was_named(container, library):
    pytest.importorskip(POSTS[library].split()[1], reason="installed from tests/requirements-packs.txt where that is")
    server = Server()
    try:
        code = POSTS[library].replace("URL", f"http://{server.name}/")
        container.good(f"import urllib.request\nurllib.request.urlopen('http://{server.name}/').read()")
        cell = container.run(code)
        assert cell.reply["status"] == "error" and f"%ok_hosts --add {server.name}" in cell.traceback
        assert not any(b"POST" in data for data in server.heard)
        container.good(f"%ok_hosts --add {server.name}")
        assert container.good(code).plain == "'ok'" and any(b"POST" in data for data in server.heard)
    finally:
        container.good("%ok_hosts --clear")
        server.stop()


def test_datagrams_are_judged(container):
    import socket
    server = Server(kind=socket.SOCK_DGRAM)
    try:
        code = f"import socket\nwith socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b'hello', {server.address!r})"
        assert container.run(code).reply["ename"] == "Denied"
        container.good(f"%ok_hosts {server.name}\n{code}\n%ok_hosts --clear")
        assert wait_until(lambda: server.heard == [b"hello"])
    finally:
        server.stop()


def test_a_cell_is_undone_and_an_interrupt_arrives(container):
    container.good("kept = [1]")
    container.good("kept.append(2)")
    container.run("%undo")
    assert container.good("kept").plain in ("[1]", "[1, 2]")
    assert container.works


def test_a_confined_kernel_starts(container, tmp_path):
    kernel = RawKernel(container.ok.parent / "confined", "--confine", "--magics", "open")
    try:
        assert kernel.run("1 + 1").plain == "2"
    finally:
        kernel.stop()
