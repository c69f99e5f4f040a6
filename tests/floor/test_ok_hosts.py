"""%ok_hosts: who may widen it and how, what each way of naming a host means, and what no name but its very own reaches. What a
server heard is what counts."""
import errno
import os
import socket
import struct
import subprocess

import pytest
from held import Floor
from raw_kernel import wait_until
from test_approvals import Notebook, ok
from test_net import Server, connect

TALK = "import socket\nsocket.create_connection({!r}, 5).sendall(b'hello')"


# ---- it asks, as %ok_dests does

@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def notebook(tmp_path):
    started = []

    def start(*options, **more):
        started.append(Notebook(tmp_path, *options, config=more.pop("config", 'on_refusal = "tell"\n'), **more))
        return started[-1]
    yield start
    for kernel in started:
        kernel.stop()


def reaches(kernel, server):
    "Does a cell reach it? What the server heard has the last word."
    before = server.heard.count(b"hello")
    cell = kernel.run(TALK.format(server.address))
    came = wait_until(lambda: server.heard.count(b"hello") > before, 10 if cell.reply["status"] == "ok" else 0.1)
    assert came == (cell.reply["status"] == "ok")
    return came


@pytest.mark.parametrize("answer, holds", [("n", [False, False, False]), ("o", [True, False, False]), ("s", [True, True, False]),
                                           ("p", [True, True, True])])
def test_a_host_is_asked_about_once(notebook, server, answer, holds):
    "In the next cell, in later ones, in another session in that folder."
    kernel = notebook()
    assert not reaches(kernel, server)
    cell = kernel.ask(f"%ok_hosts --add {server.name}", answer)
    question, = cell.asked
    assert server.name in question and cell.reply["status"] == ("error" if answer == "n" else "ok")
    assert [reaches(kernel, server), reaches(kernel, server)] == holds[:2]
    assert (server.name in kernel.project.read_text() if kernel.project.exists() else False) == holds[2]
    assert reaches(notebook(), server) == holds[2]


def test_where_nobody_can_be_asked_it_is_a_no_and_says_what_to_do(notebook, server):
    kernel = notebook()
    cell = kernel.run(f"%ok_hosts {server.name}")
    assert cell.reply["status"] == "error" and server.name in cell.reply["evalue"] and "config.toml" in cell.reply["evalue"]
    assert not reaches(kernel, server)
    assert kernel.run("%ok_hosts").stream().startswith("None")


def test_taking_away_asks_nobody(notebook, server):
    kernel = notebook(config=f'on_refusal = "tell"\nok_hosts = ["{server.name}", "192.0.2.1:80"]\n')
    assert reaches(kernel, server)
    assert not ok(kernel.ask(f"%ok_hosts --remove {server.name}")).asked and not reaches(kernel, server)
    assert "192.0.2.1:80" in kernel.run("%ok_hosts").stream()
    assert not ok(kernel.ask("%ok_hosts --clear")).asked and "192.0.2.1" not in kernel.run("%ok_hosts").stream()
    cell = kernel.ask("%ok_hosts 192.0.2.7:80", "s")
    assert len(cell.asked) == 1 and "192.0.2.7:80" in kernel.run("%ok_hosts").stream()
    assert len(kernel.ask("%ok_hosts 192.0.2.8:80", "s").asked) == 1, "instead of the others, and asked about as well"
    assert "192.0.2.7" not in kernel.run("%ok_hosts").stream()


@pytest.mark.parametrize("magics, may", [("locked", False), ("open", True)])
def test_as_the_settings_say(notebook, server, magics, may):
    kernel = notebook("--magics", magics)
    cell = kernel.ask(f"%ok_hosts {server.name}")
    assert not cell.asked and (cell.reply["status"] == "ok") == may and reaches(kernel, server) == may


# ---- what names a host

def packed(address, port):
    if ":" in address:
        return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(address) + bytes(8)


@pytest.mark.parametrize("named, reached", [("127.0.0.1:{}", "127.0.0.1"), ("localhost:{}", "127.0.0.1"), ("127.0.0.1:{}", "::ffff:127.0.0.1"),
                                            ("[::1]:{}", "::1"), ("[::ffff:127.0.0.1]:{}", "127.0.0.1")])
def test_an_address_and_a_name(shared, named, reached):
    with socket.socket(socket.AF_INET6) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        both.listen()
        port = both.getsockname()[1]
        assert connect(shared, packed(reached, port)) == -errno.EACCES
        shared.good(f"%ok_hosts {named.format(port)}")
        assert connect(shared, packed(reached, port)) == 0
        shared.good(f"%ok_hosts {named.format(port + 1)}")
        assert connect(shared, packed(reached, port)) == -errno.EACCES
        shared.good("%ok_hosts --clear")


def unix(path):
    return struct.pack("=H", socket.AF_UNIX) + os.fsencode(path) + b"\0"


def test_a_path_relative_to_where_the_kernel_is(shared):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(shared.ok / "sock"))
        listening.listen()
        where = shared.good("os.getcwd()").plain
        shared.good(f"%cd -q {shared.ok}")
        try:
            assert connect(shared, unix("sock")) == -errno.EACCES
            shared.good("%ok_hosts ./sock")
            assert connect(shared, unix("sock")) == 0 and connect(shared, unix(shared.ok / "sock")) == 0
            shared.good("%ok_hosts ./other")
            assert connect(shared, unix("sock")) == -errno.EACCES
        finally:
            shared.good(f"%ok_hosts --clear\nos.chdir({where})")


@pytest.mark.parametrize("way", ["link", "folder"])
def test_a_path_does_not_lead_where_a_cell_points_it_to(shared, tmp_path, way):
    "A service of the machine listens; a cell makes the name that a person permitted a link to it."
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(tmp_path / "docker.sock"))
        service.listen()
        service.settimeout(0.3)
        name = shared.ok / (f"{way}" if way == "link" else f"{way}/docker.sock")
        shared.good(f"%ok_hosts {name}")
        shared.good(f"os.symlink({str(tmp_path / 'docker.sock' if way == 'link' else tmp_path)!r}, {str(shared.ok / way)!r})")
        try:
            assert connect(shared, unix(name)) == -errno.EACCES
            cell = shared.run(f"import socket\nsocket.socket(socket.AF_UNIX).connect({str(name)!r})")
            assert cell.reply["status"] == "error" and f"%ok_hosts --add {tmp_path}/docker.sock" in cell.traceback
            with pytest.raises(TimeoutError):
                service.accept()
            shared.good(f"%ok_hosts --add {tmp_path}/docker.sock")
            assert connect(shared, unix(name)) == 0
        finally:
            shared.good("%ok_hosts --clear")
            (shared.ok / way).unlink()


def test_a_link_of_the_persons_own_is_followed(shared, tmp_path):
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(tmp_path / "real"))
        service.listen()
        (shared.out / "link").symlink_to(tmp_path / "real")
        shared.good(f"%ok_hosts {shared.out / 'link'}")
        assert connect(shared, unix(shared.out / "link")) == 0
        shared.good("%ok_hosts --clear")
        (shared.out / "link").unlink()


# ---- never, but by its very own name

@pytest.fixture
def renamed(tmp_path, extension):
    "A kernel for which names mean what this test says: in a mount namespace, /etc/hosts is another."
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives no mount namespaces (unshare)")
    (tmp_path / "hosts").write_text("127.0.0.1 localhost farm.example\n169.254.169.254 keys.example\n")
    kernel = Floor(tmp_path, extension, before=("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', tmp_path / "hosts"),
                   environment={"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")})
    (tmp_path / "runtime").mkdir()
    kernel.runtime = tmp_path / "runtime"
    yield kernel
    kernel.stop()


def test_a_name_does_not_reach_what_tells_a_machine_its_keys(renamed):
    "Whoever answers for a name may make it mean anything."
    renamed.good("%ok_hosts keys.example:80")
    for attempt in (lambda: connect(renamed, packed("169.254.169.254", 80)),
                    lambda: connect(renamed, packed("::ffff:169.254.169.254", 80), kind=socket.SOCK_STREAM)):
        assert attempt() == -errno.EACCES
    cell = renamed.run("import urllib.request\nurllib.request.urlopen('http://keys.example/', timeout=3)")
    assert cell.reply["status"] == "error" and "keys of this machine" in cell.traceback + cell.stream("stderr")
    assert "%ok_hosts --add 169.254.169.254:80" in cell.traceback + cell.stream("stderr")
    renamed.good("%ok_hosts --add 169.254.169.254:80")
    assert connect(renamed, packed("169.254.169.254", 80), kind=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) != -errno.EACCES


def test_a_name_does_not_reach_jupyters_own_ports(renamed, server):
    renamed.good(f"%ok_hosts farm.example:{server.address[1]}")
    assert connect(renamed, server.packed) == 0
    (renamed.runtime / "jpserver-77.json").write_text(f'{{"port": {server.address[1]}}}')
    assert connect(renamed, server.packed) == -errno.EACCES
    renamed.good(f"%ok_hosts localhost:{server.address[1]}")
    assert connect(renamed, server.packed) == 0
    shell = renamed.info["shell_port"]
    renamed.good(f"%ok_hosts farm.example:{shell}")
    assert connect(renamed, packed("127.0.0.1", shell)) == -errno.EACCES


@pytest.mark.parametrize("place", ["the folder", "the name", "reading"])
def test_nothing_but_its_path_names_a_service(shared, tmp_path, place):
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(tmp_path / "docker.sock"))
        service.listen()
        if place != "reading":
            shared.good(f"%ok_hosts {tmp_path if place == 'the folder' else './docker.sock'}")
        assert connect(shared, unix(tmp_path / "docker.sock")) == -errno.EACCES
        shared.good("%ok_hosts --clear")
