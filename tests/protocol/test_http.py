"""HTTP from a cell: whichever library asks, only requests that read are sent. What the server received is what counts."""
import http.server
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
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, server):

    kernel = RawKernel(tmp_path_factory.mktemp("http"), "--magics", "open", "--python", sys.executable)
    kernel.run(f"HOST = '127.0.0.1:{server.server_port}'\nURL = f'http://{{HOST}}/'")
    yield kernel
    kernel.stop()


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
    "thread": "import threading, urllib.request\nt = threading.Thread(target=lambda: None)\nt.start(); t.join()\nurllib.request.urlopen(URL).read()",
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
    "httpx": "import httpx\nhttpx.request('DELETE', URL)",
    "httpx_client": "import httpx\nhttpx.Client().send(httpx.Request('POST', URL))",
    "httpx_async": "import httpx\nasync with httpx.AsyncClient() as c:\n    await c.request('DELETE', URL)",
    "httpcore": "import httpcore\nhttpcore.request('DELETE', URL)",
    "xmlrpc": "import xmlrpc.client\nxmlrpc.client.ServerProxy(URL).f()",
    "socket": "import socket\ns = socket.create_connection(HOST.split(':'))\ns.sendall(b'DELETE / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')",
}


@pytest.mark.parametrize("code", READING.values(), ids=READING)
def test_reading_is_free(kernel, server, code):
    server.received.clear()
    cell = kernel.run(code)
    assert cell.reply["status"] == "ok", cell.traceback
    assert server.received and set(server.received) <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("code", CHANGING.values(), ids=CHANGING)
def test_nothing_else_arrives(kernel, server, code):
    server.received.clear()
    cell = kernel.run(code)
    assert cell.reply["status"] == "error" and set(server.received) <= {"GET"}
    assert "%" in cell.traceback, "what would permit it is said"


def test_the_refusal_says_which_verb_and_what_permits_it(kernel, server):
    cell = kernel.run(CHANGING["http.client"])
    assert "HTTP DELETE" in cell.reply["evalue"] and "%ok_hosts --add 127.0.0.1:" in cell.traceback
    server.received.clear()
    assert kernel.run("%%trusted\n" + CHANGING["http.client"]).reply["status"] == "ok"
    assert wait_until(lambda: server.received) and server.received == ["DELETE"]


def test_the_event_loops_own_pair_of_sockets_is_nobodys_business(kernel):
    assert kernel.run("import asyncio\nawait asyncio.to_thread(len, 'abc')").plain == "3"
