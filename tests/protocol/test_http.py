"""HTTP from a cell: whichever library asks, only requests that read are sent. What the server received is what counts."""
import http.server
import os
import ssl
import subprocess
import sys
import threading

import pytest

from raw_kernel import RawKernel, wait_until


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.server.received.append(self.command)
        body = b"answer"
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_PURGE = answer

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    "Of a host that signs for itself: the file is its certificate, its key and what its clients trust."
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + open(f"{file}.crt").read())
    return file


@pytest.fixture(scope="module", params=["http", "https"])
def server(request, certificate):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received = []
    server.scheme = request.param
    if server.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.set_alpn_protocols(["http/1.1"])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, server, certificate):
    trusted = {name: str(certificate) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPLIB2_CA_CERTS")}
    kernel = RawKernel(tmp_path_factory.mktemp("http"), "--magics", "open", "--python", sys.executable, environment=trusted)
    kernel.run(f"HOST = '127.0.0.1:{server.server_port}'\nURL = f'{server.scheme}://{{HOST}}/'\nCERTIFICATE = {str(certificate)!r}")
    yield kernel
    kernel.stop()


def over(server, code):
    "The code for this server: what names its scheme in clear is written for HTTP."
    if server.scheme == "http":
        return code
    code = code.replace("HTTPConnection", "HTTPSConnection")
    return code.replace("s = socket.create_connection(HOST.split(':'))",
                        "import ssl\ns = ssl.create_default_context().wrap_socket(socket.create_connection(HOST.split(':')), server_hostname='127.0.0.1')")


# Where a verb decides: the clients that others are built upon, their transports, what libraries call.
CLIENTS = {
    "httpcore": "import httpcore\nhttpcore.request(VERB, URL)",
    "httpcore_pool": "import httpcore\nwith httpcore.ConnectionPool() as p:\n    p.request(VERB, URL)",
    "httpcore_async": "import httpcore\nasync with httpcore.AsyncConnectionPool() as p:\n    await p.request(VERB, URL)",
    "httplib2": "import httplib2\nhttplib2.Http().request(URL, VERB)",
    "httplib2_in_threads": "import httplib2\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as p:\n"
                           "    list(p.map(lambda url: httplib2.Http().request(url, VERB), [URL] * 2))",
    "httpx_transport": "import httpx\nwith httpx.HTTPTransport() as t:\n    t.handle_request(httpx.Request(VERB, URL)).read()",
    "httpx_async_transport": "import httpx\nasync with httpx.AsyncHTTPTransport() as t:\n"
                             "    await (await t.handle_async_request(httpx.Request(VERB, URL))).aread()",
    "requests_adapter": "import requests\nfrom requests.adapters import HTTPAdapter\nHTTPAdapter().send(requests.Request(VERB, URL).prepare(), verify=CERTIFICATE).text",
    "tornado": "from tornado.httpclient import AsyncHTTPClient\nawait AsyncHTTPClient().fetch(URL, method=VERB)",
    "tornado_in_a_thread": "from tornado.httpclient import HTTPClient\nfrom concurrent.futures import ThreadPoolExecutor\n"
                           "ThreadPoolExecutor(1).submit(lambda: HTTPClient().fetch(URL, method=VERB)).result()",
    "urllib3_connection": "from urllib3.connection import HTTPConnection\nh, p = HOST.split(':')\nc = HTTPConnection(h, int(p))\n"
                          "c.request(VERB, '/')\nc.getresponse().data",
}
READING = {
    "http.client": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.request('GET', '/')\nc.getresponse().read()",
    "http.client_head": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.request('HEAD', '/')\nc.getresponse().read()",
    "http.client_twice": "import http.client\nc = http.client.HTTPConnection(HOST)\nfor _ in 'ab':\n    c.request('GET', '/')\n    r = c.getresponse().read()",
    "http.client_body": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.request('GET', '/', body=b'x' * 100000)\nc.getresponse().read()",
    "putrequest": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.putrequest('OPTIONS', '/')\nc.endheaders()\nc.getresponse().read()",
    "urllib": "import urllib.request\nurllib.request.urlopen(URL).read()",
    "urllib3": "import urllib3\nurllib3.PoolManager().request('GET', URL).data",
    "requests": "import requests\nrequests.get(URL).text",
    "requests_session": "import requests\ns = requests.Session()\n[s.get(URL).text, s.head(URL).status_code]",
    "httpx": "import httpx\nhttpx.get(URL).text",
    "httpx_async": "import httpx\nasync with httpx.AsyncClient() as c:\n    r = (await c.get(URL)).text",
    "aiohttp": "import aiohttp\nasync with aiohttp.ClientSession() as s:\n    async with s.get(URL) as r:\n        await r.text()",
    **{name: code.replace("VERB", "'GET'") for name, code in CLIENTS.items()},
    "pool": "import requests\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as p:\n    r = [a.text for a in p.map(requests.get, [URL] * 4)]",
    "pool_session": "import requests\nfrom concurrent.futures import ThreadPoolExecutor\ns = requests.Session()\nwith ThreadPoolExecutor(2) as p:\n    r = p.submit(s.get, URL).result().text",
    "to_thread": "import asyncio, requests, httpx\nr = [(await asyncio.to_thread(requests.get, URL)).text, (await asyncio.get_running_loop().run_in_executor(None, httpx.get, URL)).text]",
    "map": "import requests\nfrom functools import partial\nr = [a.text for a in map(partial(requests.get, timeout=9), [URL])]",
    "thread": "import threading, urllib.request\nt = threading.Thread(target=lambda: None)\nt.start(); t.join()\nurllib.request.urlopen(URL).read()",
}
# Whom a socket of one's own leads to is named first: nobody knows what it will be for.
SOCKETS = {
    "tls": "import socket, ssl\nc = ssl.create_default_context()\nwith socket.create_connection(HOST.split(':')) as plain:\n    s = plain\n    if URL[4] == 's':\n        s = c.wrap_socket(plain, server_hostname='127.0.0.1')\n        ssl.cert_time_to_seconds(s.getpeercert()['notAfter'])\n    s.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n    assert b'200' in s.recv(100)",
    "streams": "import asyncio\nr, w = await asyncio.open_connection('127.0.0.1', int(HOST.split(':')[1]), ssl=URL[4] == 's' or None)\nw.write(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\nassert b'200' in await r.readline()\nw.close()",
}
CHANGING = {
    "http.client": "import http.client\nhttp.client.HTTPConnection(HOST).request('DELETE', '/')",
    "http.client_small": "import http.client\nhttp.client.HTTPConnection(HOST).request('purge', '/')",
    "http.client_again": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.request('GET', '/')\nc.getresponse().read()\nc.request('DELETE', '/')",
    "putrequest": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.putrequest('PUT', '/')\nc.putheader('Content-Length', '1')\nc.endheaders(b'x')",
    "send": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.connect()\nc.send(b'POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n')",
    "send_in_pieces": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.connect()\nc.send(b'DEL')\nc.send(b'ETE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')",
    "send_behind": "import http.client\nc = http.client.HTTPConnection(HOST)\nc.connect()\nc.send(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nDELETE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')",
    "urllib": "import urllib.request\nurllib.request.urlopen(urllib.request.Request(URL, method='DELETE'))",
    "urllib_data": "import urllib.request\nurllib.request.urlopen(URL, data=b'x')",
    "urllib3": "import urllib3\nurllib3.PoolManager().request('POST', URL)",
    "urllib3_module": "import urllib3\nurllib3.request('DELETE', URL)",
    "urllib3_pool": "import urllib3\nurllib3.HTTPConnectionPool('127.0.0.1', int(HOST.split(':')[1])).urlopen('PUT', '/')",
    "requests": "import requests\nrequests.request('PATCH', URL)",
    "requests_delete": "import requests\nrequests.delete(URL)",
    "requests_session": "import requests\ns = requests.Session()\ns.get(URL)\ns.request('DELETE', URL)",
    "requests_prepared": "import requests\nrequests.Session().send(requests.Request('DELETE', URL).prepare())",
    "pool": "import requests\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as p:\n    list(p.map(requests.delete, [URL]))",
    "pool_verb": "import requests\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as p:\n    p.submit(requests.request, 'PUT', URL).result()",
    "to_thread": "import asyncio, httpx\nawait asyncio.to_thread(httpx.post, URL)",
    "httpx": "import httpx\nhttpx.request('DELETE', URL)",
    "httpx_client": "import httpx\nhttpx.Client().send(httpx.Request('POST', URL))",
    "httpx_async": "import httpx\nasync with httpx.AsyncClient() as c:\n    await c.request('DELETE', URL)",
    **{name: code.replace("VERB", "'DELETE'") for name, code in CLIENTS.items()},
    "aiohttp": "import aiohttp\nasync with aiohttp.ClientSession() as s:\n    async with s.put(URL, data=b'x') as r:\n        await r.text()",
    "streams": "import asyncio\nr, w = await asyncio.open_connection('127.0.0.1', int(HOST.split(':')[1]), ssl=URL[4] == 's' or None)\nw.write(b'DELETE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\nassert b'200' in await r.readline()",
    "xmlrpc": "import xmlrpc.client\nxmlrpc.client.ServerProxy(URL).f()",
    "socket": "import socket\ns = socket.create_connection(HOST.split(':'))\ns.sendall(b'DELETE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')",
}


@pytest.mark.parametrize("code", READING.values(), ids=READING)
def test_reading_is_free(kernel, server, code):
    server.received.clear()
    cell = kernel.run(over(server, code))
    assert cell.reply["status"] == "ok", cell.traceback
    assert server.received and set(server.received) <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("code", CHANGING.values(), ids=CHANGING)
def test_nothing_else_arrives(kernel, server, code):
    server.received.clear()
    cell = kernel.run(over(server, code))
    assert cell.reply["status"] == "error" and set(server.received) <= {"GET"}
    assert "%" in cell.traceback, "what would permit it is said"


def test_the_refusal_says_which_verb_and_what_permits_it(kernel, server):
    code = over(server, CHANGING["http.client"])
    cell = kernel.run(code)
    assert "HTTP DELETE" in cell.reply["evalue"] and "%ok_hosts --add 127.0.0.1:" in cell.traceback
    server.received.clear()
    assert kernel.run("%%trusted\n" + code).reply["status"] == "ok"
    assert wait_until(lambda: server.received) and server.received == ["DELETE"]


@pytest.mark.parametrize("name", ["http.client", "putrequest", "urllib_data", "urllib3", "requests", "requests_session", "httpx",
                                  "httpx_client", "httpx_async", "httpcore", "httplib2",
                                  "httpx_async_transport", "tornado", "aiohttp", "streams", "xmlrpc", "socket"])
def test_a_named_host_is_sent_to_by_every_client(kernel, server, name):
    code = over(server, CHANGING[name])
    kernel.run(f"%ok_hosts --add 127.0.0.1:{server.server_port}")
    try:
        server.received.clear()
        kernel.run(code)
        assert wait_until(lambda: set(server.received) & {"POST", "PUT", "DELETE", "PATCH"})
    finally:
        kernel.run(f"%ok_hosts --remove 127.0.0.1:{server.server_port}")
    server.received.clear()
    assert kernel.run(code).reply["status"] == "error" and set(server.received) <= {"GET"}


@pytest.mark.parametrize("code", SOCKETS.values(), ids=SOCKETS)
def test_a_socket_to_a_named_host_may_speak_tls(kernel, server, code):
    kernel.run(f"%ok_hosts --add 127.0.0.1:{server.server_port}")
    server.received.clear()
    assert kernel.run(code).reply["status"] == "ok" and server.received == ["GET"]
    kernel.run(f"%ok_hosts --remove 127.0.0.1:{server.server_port}")
    assert "%ok_hosts --add" in kernel.run(code).traceback and server.received == ["GET"]


def test_the_event_loops_own_pair_of_sockets_is_nobodys_business(kernel):
    assert kernel.run("import asyncio\nawait asyncio.to_thread(len, 'abc')").plain == "3"
