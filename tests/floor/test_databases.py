"""Real databases, and servers behind TLS: reached by nobody until %ok_hosts names them, by address, by name and by Unix socket;
what the server has afterwards is what counts. A database that is not installed (.ci/packages names it) is skipped, as what it
is a test of cannot be had without it."""
import contextlib
import http.server
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

START_SECONDS = 60
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def running(command, socket_path, user=None, **options):
    "A server, from when it listens at the path."
    server = subprocess.Popen(list(map(str, command)), user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        limit = time.monotonic() + START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
                client.connect(str(socket_path))
                break
            assert server.poll() is None and time.monotonic() < limit, f"{command[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def unprivileged():
    "Databases do not run as root."
    return next((name for name in ("postgres", "mysql", "nobody") if any(u.pw_name == name for u in pwd.getpwall())), None) if os.getuid() == 0 else None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    "A short path (a Unix socket's has at most 107 bytes) that another user may enter."
    folder = Path("/tmp") / f"databases-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres(place):
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed: .ci/packages")
    data, port, user = place / "pg", free_port(), unprivileged()
    subprocess.run([POSTGRES[-1].with_name("initdb"), "-D", data, "-U", "me", "-A", "trust", "-N"], user=user, check=True,
                   stdout=subprocess.DEVNULL, cwd=place)
    with running([POSTGRES[-1], "-D", data, "-p", port, "-k", place, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
                 place / f".s.PGSQL.{port}", user, cwd=place):
        yield {"port": port, "socket": place / f".s.PGSQL.{port}", "count": lambda: int(subprocess.run(
            [POSTGRES[-1].with_name("psql"), "-h", place, "-p", str(port), "-U", "me", "-d", "postgres", "-Atc",
             "create table if not exists t(x int); select count(*) from t"], check=True, capture_output=True, text=True).stdout.split()[-1])}


@pytest.fixture(scope="module")
def redis_server(place):
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if not program:
        pytest.skip("Redis is not installed: .ci/packages")
    port = free_port()
    with running([program, "--port", port, "--bind", "127.0.0.1", "--unixsocket", place / "redis", "--unixsocketperm", "777", "--save", "",
                  "--dir", place], place / "redis"):
        def count():
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"LLEN t\r\n")
                return int(client.recv(100)[1:])
        yield {"port": port, "socket": place / "redis", "count": count}


@pytest.fixture(scope="module")
def mariadb(place):
    program = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin") or shutil.which("mysqld", path=os.environ["PATH"] + ":/usr/sbin")
    install = shutil.which("mariadb-install-db")
    if not program or not install:
        pytest.skip("MariaDB is not installed: it is large, and the same roads are tried with PostgreSQL and Redis")
    data, port, user = place / "maria", free_port(), unprivileged()
    subprocess.run([install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"],
                   user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place)
    path = place / "maria.sock"
    with running([program, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={path}",
                  f"--pid-file={place}/maria.pid", "--skip-grant-tables", "--skip-networking=0", f"--tmpdir={place}"], path, user, cwd=place):
        def count():
            import pymysql
            with pymysql.connect(unix_socket=str(path), user="root", autocommit=True) as client, client.cursor() as cursor:
                cursor.execute("create database if not exists d")
                cursor.execute("create table if not exists d.t(x int)")
                cursor.execute("select count(*) from d.t")
                return cursor.fetchone()[0]
        yield {"port": port, "socket": path, "count": count}


# (the server, the library, where it is) -> a cell that adds a row
PG = "c.execute('create table if not exists t(x int)')\nc.execute('insert into t values (1)')"
CLIENTS = {
    ("postgres", "psycopg", "address"): f"import psycopg\nwith psycopg.connect(host='127.0.0.1', port=PORT, user='me', dbname='postgres') as c:\n    {PG.replace(chr(10), chr(10) + '    ')}",
    ("postgres", "psycopg", "name"): f"import psycopg\nwith psycopg.connect('postgresql://me@localhost:PORT/postgres') as c:\n    {PG.replace(chr(10), chr(10) + '    ')}",
    ("postgres", "psycopg", "socket"): f"import psycopg\nwith psycopg.connect(host='FOLDER', port=PORT, user='me', dbname='postgres') as c:\n    {PG.replace(chr(10), chr(10) + '    ')}",
    ("postgres", "asyncpg", "address"): "import asyncpg\nc = await asyncpg.connect(host='127.0.0.1', port=PORT, user='me', database='postgres', ssl=False)\n"
                                        f"{PG.replace('c.', 'await c.')}\nawait c.close()",
    ("postgres", "asyncpg", "socket"): "import asyncpg\nc = await asyncpg.connect(host='FOLDER', port=PORT, user='me', database='postgres')\n"
                                       f"{PG.replace('c.', 'await c.')}\nawait c.close()",
    ("postgres", "pg8000", "name"): "import pg8000.native\nc = pg8000.native.Connection('me', host='localhost', port=PORT, database='postgres')\n"
                                    f"{PG.replace('execute', 'run')}\nc.close()",
    ("postgres", "sqlalchemy", "address"): "import pandas as pd, sqlalchemy\ne = sqlalchemy.create_engine('postgresql+psycopg://me@127.0.0.1:PORT/postgres')\n"
                                           "pd.DataFrame({'x': [1]}).to_sql('t', e, if_exists='append', index=False)\ne.dispose()",
    ("redis_server", "redis", "address"): "import redis\nr = redis.Redis(host='127.0.0.1', port=PORT)\nr.rpush('t', 1)\nr.close()",
    ("redis_server", "redis", "name"): "import redis\nr = redis.from_url('redis://localhost:PORT/0')\nr.rpush('t', 1)\nr.close()",
    ("redis_server", "redis", "socket"): "import redis\nr = redis.Redis(unix_socket_path='SOCKET')\nr.rpush('t', 1)\nr.close()",
    ("redis_server", "redis", "name, asynchronous"): "import redis.asyncio\nr = redis.asyncio.Redis(host='localhost', port=PORT)\nawait r.rpush('t', 1)\nawait r.aclose()",
    ("mariadb", "pymysql", "address"): "import pymysql\nwith pymysql.connect(host='127.0.0.1', port=PORT, user='root', autocommit=True) as c:\n"
                                       "    c.cursor().execute('insert into d.t values (1)')",
    ("mariadb", "pymysql", "name"): "import pymysql\nwith pymysql.connect(host='localhost', port=PORT, user='root', autocommit=True) as c:\n"
                                    "    c.cursor().execute('insert into d.t values (1)')",
    ("mariadb", "pymysql", "socket"): "import pymysql\nwith pymysql.connect(unix_socket='SOCKET', user='root', autocommit=True) as c:\n"
                                      "    c.cursor().execute('insert into d.t values (1)')",
}


def host_of(where, server):
    kind = where.split(",")[0]
    return str(server["socket"]) if kind == "socket" else f"{'localhost' if kind == 'name' else '127.0.0.1'}:{server['port']}"


@pytest.mark.parametrize("client", CLIENTS, ids="-".join)
def test_a_database_is_reached_once_it_was_named(shared, request, client):
    pytest.importorskip(client[1], reason="installed from tests/requirements-floor.txt where that is")
    server = request.getfixturevalue(client[0])
    host = host_of(client[2], server)
    code = CLIENTS[client].replace("PORT", str(server["port"])).replace("FOLDER", str(server["socket"].parent)).replace("SOCKET", str(server["socket"]))
    before = server["count"]()
    cell = shared.run(code)
    assert cell.reply["status"] == "error" and server["count"]() == before
    assert "%ok_hosts --add" in cell.traceback + cell.stream("stderr"), cell.traceback
    shared.good(f"%ok_hosts {host}")
    shared.good(code)
    shared.good("%ok_hosts --clear")
    assert server["count"]() == before + 1
    assert shared.run(code).reply["status"] == "error" and server["count"]() == before + 1


# ---- TLS ----

class Posts(http.server.BaseHTTPRequestHandler):
    heard = []

    def do_GET(self):
        self.answer(self.command)

    def do_POST(self):
        self.answer(self.command, self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def answer(self, *heard):
        self.heard.append(heard)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


@pytest.fixture(autouse=True)
def nobody_is_named(shared):
    shared.good("%ok_hosts --clear")
    Posts.heard.clear()


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    "An HTTPS server called localhost, and the certificate that says so."
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "ca.pem"], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Posts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, folder / "ca.pem"
    server.shutdown()
    server.server_close()


REQUESTS = {
    "urllib": "import ssl, urllib.request\nc = ssl.create_default_context(cafile=CA)\n"
              "urllib.request.urlopen(urllib.request.Request(URL, data=DATA), context=c).read()",
    "http.client": "import http.client, ssl\nh = http.client.HTTPSConnection('localhost', PORT, context=ssl.create_default_context(cafile=CA))\n"
                   "h.request('POST' if DATA else 'GET', '/', DATA)\nanswer = h.getresponse().read()\nh.close()\nanswer",
    "requests": "import requests\n(requests.post(URL, data=DATA, verify=CA) if DATA else requests.get(URL, verify=CA)).content",
    "httpx": "import httpx, ssl\nc = ssl.create_default_context(cafile=CA)\n(httpx.post(URL, content=DATA, verify=c) if DATA else httpx.get(URL, verify=c)).content",
    "aiohttp": "import aiohttp, ssl\nc = ssl.create_default_context(cafile=CA)\nasync with aiohttp.ClientSession() as s:\n"
               "    async with s.request('POST' if DATA else 'GET', URL, data=DATA, ssl=c) as r: answer = await r.read()\nanswer",
}
RAW = {
    "a socket": "import socket, ssl\nc = ssl.create_default_context(cafile=CA)\n"
                "with c.wrap_socket(socket.create_connection(('localhost', PORT)), server_hostname='localhost') as s:\n"
                "    s.sendall(b'POST / HTTP/1.0\\r\\nContent-Length: 5\\r\\n\\r\\nhello')\n    answer = s.makefile('rb').read()[-2:]\nanswer",
    "asyncio": "import asyncio, ssl\nr, w = await asyncio.open_connection('localhost', PORT, ssl=ssl.create_default_context(cafile=CA))\n"
               "w.write(b'POST / HTTP/1.0\\r\\nContent-Length: 5\\r\\n\\r\\nhello')\nanswer = (await r.read())[-2:]\nw.close()\nanswer",
}


def written(code, secure, data):
    port, certificate = secure
    return (code.replace("URL", repr(f"https://localhost:{port}/")).replace("PORT", str(port)).replace("CA", repr(str(certificate)))
            .replace("DATA", repr(data)))


@pytest.mark.parametrize("library", [*REQUESTS, *RAW])
def test_a_server_behind_tls(shared, secure, library):
    "Reading is free, where the library says that it reads; a POST goes to who was named, and is seen before it is encrypted."
    if library in REQUESTS:
        pytest.importorskip(library)
        assert shared.good(written(REQUESTS[library], secure, None)).plain == "b'ok'" and Posts.heard.pop() == ("GET",)
    code = written((REQUESTS | RAW)[library], secure, b"hello")
    cell = shared.run(code)
    for _ in "who is connected to", "whose certificate it is":  # asyncio's TLS knows no address
        if cell.reply["status"] == "ok":
            break
        assert Posts.heard == []
        shared.good(re.search(r"%ok_hosts --add \S+", cell.traceback)[0])
        cell = shared.run(code)
    assert cell.plain == "b'ok'" and Posts.heard == [("POST", b"hello")]
    shared.good("%ok_hosts --clear")
    assert shared.run(code).reply["status"] == "error" and len(Posts.heard) == 1


def test_a_name_that_the_certificate_does_not_have_is_an_error(shared, secure):
    cell = shared.run(written(REQUESTS["urllib"], secure, None).replace("localhost", "127.0.0.1"))
    assert cell.reply["ename"] == "URLError" and "CERTIFICATE_VERIFY_FAILED" in cell.traceback and Posts.heard == []
