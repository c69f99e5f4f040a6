"""Sockets and servers of Python's standard library in a cell: the floor judges whom they lead to and where they listen, so
none is refused by name. What the server heard is what counts."""
import socket

import pytest
from raw_kernel import wait_until
from test_net import Server

SERVERS = {
    "create_server": """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
def serve():
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"echo: " + connection.recv(100))
thread = threading.Thread(target=serve)
thread.start()
with socket.create_connection(server.getsockname()) as client:
    client.sendall(b"hello")
    answer = client.recv(100)
thread.join()
server.close()
answer.decode()""",
    "datagrams": """
import socket
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab")
a.bind(("127.0.0.1", 0))
b.sendto(b"hello", a.getsockname())
a.settimeout(5)
data, sender = a.recvfrom(100)
a.sendto(b"echo: " + data, sender)
b.settimeout(5)
answer = b.recv(100).decode()
a.close(), b.close()
answer""",
    "socketpair": """
import os, selectors, socket
a, b = socket.socketpair()
a.sendall(b"echo: ")
os.write(a.fileno(), b"hello")
with selectors.DefaultSelector() as selector:
    selector.register(b, selectors.EVENT_READ)
    assert selector.select(5)
answer = b.recv(100).decode()
a.close(), b.close()
answer""",
    "asyncio": """
import asyncio
async def serve(reader, writer):
    writer.write(b"echo: " + await reader.readline())
    await writer.drain()
    writer.close()
server = await asyncio.start_server(serve, "127.0.0.1", 0)
reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
writer.write(b"hello\\n")
answer = (await reader.readline()).decode().strip()
writer.close()
server.close()
answer""",
    "http.server": """
import threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"echo: " + data)
    def log_message(self, *arguments): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
answer = urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", data=b"hello").read().decode()
server.shutdown(), server.server_close()
answer""",
    "socketserver": """
import socket, socketserver, threading
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"echo: " + self.rfile.readline())
with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.create_connection(server.server_address) as client:
        client.sendall(b"hello\\n")
        answer = client.makefile().readline().strip()
    server.shutdown()
answer""",
    "xmlrpc": """
import threading, xmlrpc.client
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
server.register_function(lambda text: "echo: " + text, "echo")
threading.Thread(target=server.serve_forever, daemon=True).start()
answer = xmlrpc.client.ServerProxy("http://127.0.0.1:%d" % server.server_address[1]).echo("hello")
server.shutdown(), server.server_close()
answer""",
    "multiprocessing.connection": """
from multiprocessing.connection import Client, Listener
listener = Listener(("127.0.0.1", 0), authkey=b"key")
def serve():
    connection = listener.accept()
    connection.send("echo: " + connection.recv())
    connection.close()
threading.Thread(target=serve, daemon=True).start()
with Client(listener.address, authkey=b"key") as client:
    client.send("hello")
    answer = client.recv()
listener.close()
answer""",
    "multiprocessing.Pipe and Queue": """
from multiprocessing import Lock, Pipe, Queue
a, b = Pipe()
queue = Queue()
with Lock():
    a.send("echo: ")
    queue.put("hello")
answer = b.recv() + queue.get(timeout=5)
queue.close(), a.close(), b.close()
answer""",
    "wsgiref": """
import threading, urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments): pass
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"echo: hello"]
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
threading.Thread(target=server.handle_request, daemon=True).start()
answer = urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").read().decode()
server.server_close()
answer""",
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_and_its_client_in_one_session(shared, name):
    assert shared.good(SERVERS[name]).plain == "'echo: hello'"


@pytest.fixture
def servers():
    "Somebody else's, of this machine: streams, datagrams."
    both = Server(), Server(kind=socket.SOCK_DGRAM)
    yield both
    for server in both:
        server.stop()


STREAM = {
    "connect": "s = socket.socket()\ns.connect(ADDRESS)\ns.sendall(b'hello')",
    "connect_ex": "s = socket.socket()\ns.connect_ex(ADDRESS)\ns.sendall(b'hello')",
    "without waiting": "s = socket.socket()\ns.setblocking(False)\ntry:\n    s.connect(ADDRESS)\nexcept BlockingIOError:\n    pass\n"
                       "select.select([], [s], [], 5)\ns.send(b'hello')",
    "by IPv6": "s = socket.socket(socket.AF_INET6)\ns.connect(('::ffff:127.0.0.1', ADDRESS[1]))\ns.send(b'hello')",
    "os.write": "s = socket.socket()\ns.connect_ex(ADDRESS)\nos.write(s.fileno(), b'hello')",
    "sendfile": "s = socket.socket()\ns.connect_ex(ADDRESS)\nos.sendfile(s.fileno(), os.open(os.devnull, os.O_RDONLY), 0, 5)",
    "ftplib": "ftplib.FTP().connect(*ADDRESS)",
    "smtplib": "smtplib.SMTP(*ADDRESS)",
    "imaplib": "imaplib.IMAP4(*ADDRESS)",
    "poplib": "poplib.POP3(*ADDRESS)",
    "asyncio": "reader, writer = await asyncio.open_connection(*ADDRESS)\nwriter.write(b'hello')\nawait writer.drain()",
    "multiprocessing": "multiprocessing.connection.Client(ADDRESS)",
    "logging": "h = logging.handlers.SocketHandler(*ADDRESS)\nh.emit(logging.makeLogRecord({}))\nh.createSocket()",
}
IMPORTS = """import asyncio, ftplib, http.client, imaplib, logging.handlers, multiprocessing.connection, os, poplib, select, smtplib, socket
import urllib.request
"""


@pytest.mark.parametrize("how", STREAM)
def test_nobody_is_reached_who_was_not_named(shared, servers, how):
    cell = shared.run(IMPORTS + STREAM[how].replace("ADDRESS", repr(servers[0].address)))
    said = cell.stream("stderr") + (cell.traceback if cell.reply["status"] == "error" else "")
    assert servers[0].heard == []
    assert f"%ok_hosts --add {servers[0].name}" in said or how in ("connect_ex", "os.write", "sendfile", "logging")


@pytest.mark.parametrize("send", ["s.sendto(b'hello', ADDRESS)", "s.sendmsg([b'hello'], [], 0, ADDRESS)",
                                  "s.connect(ADDRESS)\ns.send(b'hello')"])
def test_datagrams_reach_those_who_were_named(shared, servers, send):
    server = servers[1]
    code = f"import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n{send.replace('ADDRESS', repr(server.address))}"
    cell = shared.run(code)
    assert cell.reply["ename"] == "Denied" and f"%ok_hosts --add {server.name}" in cell.traceback and server.heard == []
    shared.good(f"%ok_hosts --add {server.name}\n{code}")
    shared.good("%ok_hosts --clear")
    assert wait_until(lambda: server.heard == [b"hello"])


@pytest.mark.parametrize("address", ["('0.0.0.0', 0)", "('127.0.0.1', PORT)"])
def test_a_port_is_opened_to_others_by_a_person(shared, address):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"import socket\nserver = socket.create_server({address.replace('PORT', str(port))})\nserver.close()"
    cell = shared.run(code)
    name = "0.0.0.0:0" if "0.0.0.0" in address else f"127.0.0.1:{port}"
    assert cell.reply["ename"] == "Denied" and f"%ok_hosts --add {name}" in cell.traceback
    shared.good(f"%ok_hosts --add {name}\n{code}")
    shared.good("%ok_hosts --clear")


MORE_THAN_READING = {
    "another socket of its descriptor": "r = urllib.request.urlopen(URL)\ns = socket.socket(fileno=os.dup(r.fileno()))\n"
                                        "s.sendall(b'POST / HTTP/1.1\\r\\n\\r\\n')",
    "its descriptor": "r = urllib.request.urlopen(URL)\nos.write(r.fileno(), b'POST / HTTP/1.1\\r\\n\\r\\n')",
    "a file of its descriptor": "r = urllib.request.urlopen(URL)\n"
                                "open(os.dup(r.fileno()), 'wb', 0).write(b'POST / HTTP/1.1\\r\\n\\r\\n')",
    "a port of its own": "c = http.client.HTTPConnection(*ADDRESS, source_address=('127.0.0.1', 0))\nc.request('GET', '/')\n"
                         "c.getresponse().read()\nc.request('POST', '/', b'hello')",
    "a connection of a handler": """
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.create_connection((self.host, self.port))
        self.sock.sendall(b"POST")
class Handler(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(Connection, request)
urllib.request.build_opener(Handler).open(URL)""",
}


@pytest.mark.parametrize("how", MORE_THAN_READING)
def test_a_connection_that_reads_sends_nothing_else(shared, servers, how):
    code = MORE_THAN_READING[how].replace("URL", repr(f"http://{servers[0].name}/")).replace("ADDRESS", repr(servers[0].address))
    assert shared.run(IMPORTS + code).reply["ename"] == "Denied"
    assert not any(b"POST" in data for data in servers[0].heard)


@pytest.mark.parametrize("use", ["socket.socket(fileno=n).close()", "socket.socket(socket.AF_UNIX, fileno=n).shutdown(2)",
                                 "socket.fromfd(n, socket.AF_UNIX, socket.SOCK_STREAM).shutdown(2)", "socket.close(n)",
                                 "multiprocessing.connection.Connection(n).close()", "fcntl.fcntl(n, fcntl.F_SETFL, 0)",
                                 "os.set_blocking(n, False)", "os.preadv(n, [bytearray(9)], 0)"])
def test_the_kernels_own_descriptors_are_not_for_cells(shared, use):
    before = shared.worker
    shared.run(f"""
import fcntl, multiprocessing.connection, os, socket
for n in range(3, 60):
    try: {use}
    except OSError: pass""")
    assert shared.works and shared.worker == before


DIRECTORY = {
    "open": "os.close(os.open('NAME', os.O_WRONLY | os.O_CREAT, dir_fd=d))",
    "mkdir": "os.mkdir('NAME', dir_fd=d)",
    "mkfifo": "os.mkfifo('NAME', dir_fd=d)",
    "symlink": "os.symlink('somewhere', 'NAME', dir_fd=d)",
}


@pytest.mark.parametrize("call", DIRECTORY)
def test_names_below_an_open_directory(shared, call):
    name = f"below-{call}"
    code = "import os\nd = os.open({!r}, os.O_RDONLY)\ntry:\n    {}\nfinally:\n    os.close(d)"
    shared.good(code.format(str(shared.ok), DIRECTORY[call].replace("NAME", name)))
    assert (shared.ok / name).is_symlink() or (shared.ok / name).exists()
    for folder, way in (shared.out, name), (shared.ok, f"../out/{name}"), (shared.ok, str(shared.out / name)):
        cell = shared.run(code.format(str(folder), DIRECTORY[call].replace("NAME", way)))
        assert cell.reply["ename"] == "Denied" and f"%ok_dests --add {shared.out}" in cell.traceback
    assert not list(shared.out.glob("below-*"))


def test_descriptors_of_ones_own(shared):
    "Pipes, files in memory, locks, modes: nothing that anybody else has."
    (shared.ok / "file").write_text("hello")
    assert shared.good(f"""
import fcntl, os
source, target = os.open({str(shared.ok / "file")!r}, os.O_RDONLY), os.open({str(shared.ok / "copy")!r}, os.O_RDWR | os.O_CREAT)
os.copy_file_range(source, target, 3)
os.sendfile(target, source, 3, 2)
os.posix_fallocate(target, 0, 5)
memory = os.memfd_create("x")
os.write(memory, b"in memory")
a, b = os.pipe2(os.O_NONBLOCK)
fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) & ~os.O_NONBLOCK)
os.set_blocking(b, True)
os.splice(source, b, 5, offset_src=0)
fcntl.lockf(target, fcntl.LOCK_EX)
os.umask(os.umask(0o22))
result = os.pread(target, 9, 0), os.read(a, 9), os.pread(memory, 9, 0)
for fd in (source, target, memory, a, b):
    os.close(fd)
result""").plain == "(b'hello', b'hello', b'in memory')"
    out = shared.out / "target"
    out.write_text("kept")
    for call in "os.copy_file_range(s, t, 3)", "os.sendfile(t, s, 0, 3)", "os.splice(s, t, 3)":
        cell = shared.run(f"s, t = os.open({str(shared.ok / 'file')!r}, 0), os.open({str(out)!r}, os.O_RDWR)\n{call}")
        assert cell.reply["ename"] == "Denied"
    assert out.read_text() == "kept"


def test_threads_serve_many_at_once(shared):
    "More connections than the sandbox remembers at any time of its own hosts."
    assert shared.good("""
import socket, socketserver, threading
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    clients = [socket.create_connection(server.server_address) for _ in range(100)]
    for client in clients:
        client.sendall(b"hello\\n")
    answers = {client.makefile().readline() for client in clients}
    for client in clients:
        client.close()
    server.shutdown()
answers""").plain == "{'HELLO\\n'}"
