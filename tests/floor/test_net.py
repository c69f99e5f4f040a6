"""Connecting, sending and listening: what native code reaches. What the server heard is what counts."""
import contextlib
import errno
import os
import socket
import struct
import threading
import time

import pytest
from held import NUMBERS, Floor
from raw_kernel import wait_until

HOW = ("here", "thread", "child", "grandchild")


class Server:
    "Takes connections and datagrams of this machine; `heard` has what came."

    def __init__(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, address=("127.0.0.1", 0)):
        self.socket, self.heard = socket.socket(family, kind), []
        self.socket.bind(address)
        if kind == socket.SOCK_STREAM:
            self.socket.listen(64)
        self.address = self.socket.getsockname()
        self.kind = kind
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                if self.kind == socket.SOCK_DGRAM:
                    self.heard.append(self.socket.recv(100))
                else:
                    connection, _ = self.socket.accept()
                    self.heard.append(b"connection")
                    threading.Thread(target=self.answer, args=(connection,), daemon=True).start()
            except OSError:
                return

    def answer(self, connection):
        with contextlib.suppress(ConnectionError):  # who was there may be gone
            while data := connection.recv(1000):
                self.heard.append(data)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    @property
    def name(self):
        return "%s:%d" % self.address

    @property
    def packed(self):
        return struct.pack("=H", socket.AF_INET) + struct.pack("!H", self.address[1]) + socket.inet_aton(self.address[0]) + bytes(8)

    def stop(self):
        self.socket.close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


def connect(kernel, address, how="here", kind=socket.SOCK_STREAM):
    "The result of connect(2), made by native code on a socket of its own."
    family = struct.unpack("=H", address[:2])[0]
    return int(kernel.good(f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {family}, {int(kind)}, 0)
result = rawcall.call({how!r}, {NUMBERS["connect"]}, fd, {address!r}, {len(address)})
rawcall.call("here", {NUMBERS["close"]}, fd)
result""").plain)


def judges_connections(kernel):
    "A host is reached once it was named, and not before."
    server = Server()
    try:
        assert connect(kernel, server.packed) == -errno.EACCES and server.heard == []
        kernel.good(f"%ok_hosts {server.name}")
        assert connect(kernel, server.packed) == 0 and wait_until(lambda: server.heard)
        kernel.good("%ok_hosts --clear")
    finally:
        server.stop()


@pytest.mark.parametrize("how", HOW)
def test_native_code_reaches_nobody(shared, server, how):
    assert connect(shared, server.packed, how) == -errno.EACCES
    assert server.heard == []


@pytest.mark.parametrize("how", HOW)
def test_a_host_that_was_named_is_reached(shared, server, how):
    shared.good(f"%ok_hosts --add {server.name}")
    assert server.name in shared.good("%ok_hosts").stream()
    assert connect(shared, server.packed, how) == 0
    shared.good(f"%ok_hosts --remove {server.name}")
    assert connect(shared, server.packed, how) == -errno.EACCES
    assert wait_until(lambda: server.heard) and server.heard == [b"connection"]


def test_a_refusal_has_the_remedy_that_works(shared, server):
    code = f"import socket\ns = socket.create_connection({server.address!r}, 5)\ns.sendall(b'hello')\nanswer = s.recv(100)\ns.close()"
    cell = shared.run(code)
    remedy = f"%ok_hosts --add {server.name}"
    assert cell.reply["ename"] == "Denied" and remedy in cell.traceback and server.heard == []
    shared.good(remedy)
    shared.good(code)
    assert wait_until(lambda: len(server.heard) == 2) and server.heard == [b"connection", b"hello"]
    shared.good("%ok_hosts --clear")
    assert shared.run(code).reply["ename"] == "Denied"


def test_a_name_is_looked_up_by_the_front(shared, server):
    shared.good(f"%ok_hosts localhost:{server.address[1]}")
    assert connect(shared, server.packed) == 0
    shared.good("%ok_hosts --clear")


POSTS = {
    "requests": "import requests\nrequests.post('URL', data=b'x').text",
    "a session": "import requests\nwith requests.Session() as s:\n    s.get('URL')\n    answer = s.post('URL', data=b'x').text\nanswer",
    "httpx": "import httpx\nhttpx.post('URL', content=b'x').text",
    "httpx, by name": "import httpx\nhttpx.request('POST', 'URL', content=b'x').text",
    "a client": "import httpx\nwith httpx.Client() as c:\n    c.get('URL')\n    answer = c.post('URL', content=b'x').text\nanswer",
    "an asynchronous client": "import httpx\nasync with httpx.AsyncClient() as c:\n    await c.get('URL')\n"
                              "    answer = (await c.post('URL', content=b'x')).text\nanswer",
    "aiohttp": "import aiohttp\nasync with aiohttp.ClientSession() as s:\n    async with s.get('URL') as r: await r.text()\n"
               "    async with s.post('URL', data=b'x') as r: answer = await r.text()\nanswer",
    "aiohttp, by name": "import aiohttp\nasync with aiohttp.request('POST', 'URL', data=b'x') as r: answer = await r.text()\nanswer",
}


@pytest.mark.parametrize("library", POSTS)
def test_a_post_is_sent_to_a_host_that_was_named(shared, server, library):
    pytest.importorskip(POSTS[library].split()[1], reason="installed from tests/requirements-packs.txt where that is")
    code = POSTS[library].replace("URL", f"http://{server.name}/")
    cell = shared.run(code)
    assert cell.reply["status"] == "error" and f"%ok_hosts --add {server.name}" in cell.traceback
    assert not any(b"POST" in data for data in server.heard)
    shared.good(f"%ok_hosts --add {server.name}")
    assert shared.good(code).plain == "'ok'"
    assert any(b"POST" in data for data in server.heard)
    shared.good("%ok_hosts --clear")


def test_reading_a_page_permits_no_other_connection(shared, server):
    shared.good(f"import urllib.request\nurllib.request.urlopen('http://{server.name}/').read()")
    assert any(data.startswith(b"GET") for data in server.heard)
    assert connect(shared, server.packed) == -errno.EACCES


def test_a_connection_is_made_on_a_socket_that_does_not_wait(shared, server):
    shared.good(f"%ok_hosts {server.name}")
    assert connect(shared, server.packed, kind=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) in (0, -errno.EINPROGRESS)
    shared.good("%ok_hosts --clear")


def test_nobody_there_is_said_as_ever(shared):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        host, port = gone.getsockname()
    shared.good(f"%ok_hosts {host}:{port}")
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
    assert connect(shared, address) == -errno.ECONNREFUSED
    shared.good("%ok_hosts --clear")


def test_a_connection_that_waits_is_interrupted(shared):
    with socket.socket() as full:  # nobody takes what comes: the second connection waits
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            host, port = full.getsockname()
            shared.good(f"%ok_hosts {host}:{port}")
            msg_id = shared.start_cell(f"import socket\nfor i in range(9):\n    socket.create_connection(({host!r}, {port}))")
            time.sleep(0.5)
            shared.signal()
            assert shared.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    shared.good("%ok_hosts --clear")


@pytest.mark.parametrize("how", HOW)
def test_no_datagram_is_sent(shared, how):
    server = Server(kind=socket.SOCK_DGRAM)
    code = f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {int(socket.AF_INET)}, {int(socket.SOCK_DGRAM)}, 0)
result = rawcall.call({how!r}, {NUMBERS["sendto"]}, fd, b"hello", 5, 0, {server.packed!r}, 16)
rawcall.call("here", {NUMBERS["close"]}, fd)
result"""
    assert shared.good(code).plain == str(-errno.EACCES)
    shared.good(f"%ok_hosts {server.name}")
    assert shared.good(code).plain == "5"
    shared.good("%ok_hosts --clear")
    assert wait_until(lambda: server.heard) and server.heard == [b"hello"]
    server.stop()


def test_unix_sockets_are_named_by_their_path(shared, tmp_path):
    server = Server(socket.AF_UNIX, address=str(tmp_path / "sock"))
    address = struct.pack("=H", socket.AF_UNIX) + os.fsencode(tmp_path / "sock") + b"\0"
    assert connect(shared, address) == -errno.EACCES and server.heard == []
    shared.good(f"%ok_hosts {tmp_path}/sock")
    assert connect(shared, address) == 0
    shared.good("%ok_hosts --clear")
    missing = struct.pack("=H", socket.AF_UNIX) + os.fsencode(tmp_path / "missing") + b"\0"
    assert connect(shared, missing) == -errno.ENOENT
    hidden = Server(socket.AF_UNIX, address=f"\0floor-{os.getpid()}")
    assert connect(shared, struct.pack("=H", socket.AF_UNIX) + b"\0" + hidden.address[1:]) == -errno.EACCES
    assert hidden.heard == []


def test_the_kernels_own_ports_are_not_read_either(shared):
    port = shared.info["shell_port"]
    cell = shared.run(f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=5)")
    assert cell.reply["ename"] == "Denied" and "port of Jupyter's" in cell.traceback


def test_a_port_for_oneself_may_be_opened_and_others_not(shared):
    def bind(host, port):
        address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
        return int(shared.good(f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {int(socket.AF_INET)}, {int(socket.SOCK_STREAM)}, 0)
result = rawcall.call("here", {NUMBERS["bind"]}, fd, {address!r}, 16)
rawcall.call("here", {NUMBERS["close"]}, fd)
result""").plain)
    assert bind("127.0.0.1", 0) == 0
    assert bind("0.0.0.0", 0) == -errno.EACCES
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert bind("127.0.0.1", port) == -errno.EACCES


def test_what_is_no_host_is_said(shared):
    for wrong in ("example.com", "example.com:no", "http://example.com:80", "example.com:70000"):
        cell = shared.run(f"%ok_hosts {wrong}")
        assert cell.reply["ename"] == "UsageError" and "HOST:PORT" in cell.traceback, wrong
    assert shared.run("%ok_hosts --remove nobody:1").reply["ename"] == "UsageError"


@pytest.mark.parametrize("net", ["hosts", "none"])
def test_reading_is_what_the_setting_says(tmp_path, extension, server, net):
    config = tmp_path / "kernel" / "config" / "safepyrun"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f'net = "{net}"\nok_hosts = ["{server.name}"]\n')
    other = Server()
    kernel = Floor(tmp_path, extension)
    try:
        read = "import urllib.request\nurllib.request.urlopen('http://%s/', timeout=5).read()"
        assert kernel.run(read % other.name).reply["ename"] == "Denied" and other.heard == []
        assert (kernel.run(read % server.name).reply["status"] == "ok") == (net == "hosts")
        assert bool(server.heard) == (net == "hosts")
    finally:
        kernel.stop()
        other.stop()


# ---- messages that say themselves whom they are for

def send_message(kernel, address, many, connect=False):
    "The result of sendmsg(2) on a datagram socket of its own, made by native code."
    family = struct.unpack("=H", address[:2])[0]
    return int(kernel.good(f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {family}, {int(socket.SOCK_DGRAM)}, 0)
if {connect}: rawcall.call("here", {NUMBERS["connect"]}, fd, {address!r}, {len(address)})
result = rawcall.message(fd, b"hello", {b"" if connect else address!r}, {int(many)})
rawcall.call("here", {NUMBERS["close"]}, fd)
result""").plain)


@pytest.fixture
def listener():
    server = Server(kind=socket.SOCK_DGRAM)
    yield server
    server.stop()


@pytest.mark.parametrize("many", [False, True])
def test_a_message_reaches_whom_a_person_named_and_nobody_else(shared, listener, many):
    assert send_message(shared, listener.packed, many) == -errno.EACCES
    shared.good(f"%ok_hosts --add {listener.name}")
    assert send_message(shared, listener.packed, many) == (1 if many else 5)
    assert send_message(shared, listener.packed, many, connect=True) == (1 if many else 5)
    shared.good("%ok_hosts --clear")
    assert send_message(shared, listener.packed, many) == -errno.EACCES
    assert wait_until(lambda: len(listener.heard) == 2) and listener.heard == [b"hello"] * 2


def test_a_message_to_a_socket_with_a_path(shared, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "s"))
        server.settimeout(5)
        address = struct.pack("=H", socket.AF_UNIX) + os.fsencode(tmp_path / "s") + b"\0"
        assert send_message(shared, address, False) == -errno.EACCES
        shared.good(f"%ok_hosts {tmp_path / 's'}")
        assert send_message(shared, address, False) == 5
        assert server.recv(10) == b"hello"
        shared.good("%ok_hosts --clear")


def test_messages_between_sockets_of_ones_own_go_on(shared):
    shared.good("%%trusted\nimport socket\na, b = socket.socketpair()")
    assert shared.good("n = rawcall.message(a.fileno(), b'hello', b'', 0)\n(n, b.recv(10))").plain == "(5, b'hello')"


@pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets are root's")
@pytest.mark.parametrize("many", [None, False, True])
def test_raw_sockets_reach_nobody(shared, many):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, 253) as heard:  # a protocol for experiments
        heard.settimeout(0.3)
        address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 0) + socket.inet_aton("127.0.0.1") + bytes(8)
        call = (f"rawcall.call('here', {NUMBERS['sendto']}, fd, b'hello', 5, 0, {address!r}, 16)" if many is None
                else f"rawcall.message(fd, b'hello', {address!r}, {int(many)})")
        result = int(shared.good(f"fd = rawcall.call('here', {NUMBERS['socket']}, {int(socket.AF_INET)}, {int(socket.SOCK_RAW)}, 253)\n"
                                 f"result = {call}\nrawcall.call('here', {NUMBERS['close']}, fd)\nresult").plain)
        assert result == -errno.EACCES
        with pytest.raises(TimeoutError):
            heard.recv(100)


# ---- what is reached only when it is named exactly

def test_another_jupyter_server_of_this_machine(tmp_path, extension):
    kernel = Floor(tmp_path / "here", extension, environment={"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")})
    server = Server()
    try:
        (tmp_path / "runtime").mkdir()
        code = f"import urllib.request\nurllib.request.urlopen('http://{server.name}/api/contents').read()"
        kernel.good(code)  # any server of this machine may be read from
        server.heard.clear()
        (tmp_path / "runtime" / "jpserver-77.json").write_text(f'{{"port": {server.address[1]}, "token": "secret"}}')
        assert kernel.run(code).reply["status"] == "error" and server.heard == []
        assert connect(kernel, server.packed) == -errno.EACCES
        kernel.good(f"%ok_hosts --add {server.name}\n{code}")
        assert server.heard != []
    finally:
        kernel.stop()
        server.stop()


def test_the_kernels_own_ports(shared):
    for name in ("shell", "control", "stdin", "hb", "iopub"):
        port = shared.info[f"{name}_port"]
        address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton("127.0.0.1") + bytes(8)
        assert connect(shared, address) == -errno.EACCES, name
        assert shared.run(f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=5)").reply["status"] == "error"


@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.170.2", "100.100.100.200", "[fd00:ec2::254]"])
def test_metadata_of_a_cloud(shared, host):
    "That machine is nowhere here: the floor says no before the network says that there is no way."
    cell = shared.run(f"import urllib.request\nurllib.request.urlopen('http://{host}/latest/meta-data/', timeout=3).read()")
    assert cell.reply["status"] == "error" and f"%ok_hosts --add {host}:80" in cell.traceback


@pytest.mark.parametrize("name", ["docker.sock", "bus", "agent.1234", "S.gpg-agent"])
def test_sockets_of_services_that_act_for_one(shared, tmp_path, name):
    "Docker, D-Bus, SSH and GPG agents listen on such paths; nothing but its own name permits one."
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / name))
        server.listen(5)
        server.settimeout(0.2)
        address = struct.pack("=H", socket.AF_UNIX) + os.fsencode(tmp_path / name) + b"\0"
        shared.good(f"%ok_dests --add {tmp_path}")
        assert connect(shared, address) == -errno.EACCES
        assert shared.run(f"import socket\nsocket.socket(socket.AF_UNIX).connect({str(tmp_path / name)!r})").reply["status"] == "error"
        with pytest.raises(TimeoutError):
            server.accept()
        shared.good(f"%ok_hosts {tmp_path / name}")
        assert connect(shared, address) == 0
        shared.good(f"%ok_hosts --clear\n%ok_dests --remove {tmp_path}")
