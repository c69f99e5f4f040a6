"""!wget, !curl, !unzip and !tar -x, answered by the kernel itself where cells may write; what a server received and what lies on the disk counts."""
import http.server
import subprocess
import tarfile
import threading
import zipfile

import pytest

from raw_kernel import RawKernel


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.server.received.append(f"{self.command} {self.path}")
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/data.csv")
            body = b"moved"
        else:
            body = b"a,b\n1,2\n"
            self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module", params=["off", "auto"])
def kernel(request, tmp_path_factory):
    kernel = RawKernel(tmp_path_factory.mktemp("fetching"), "--magics", "open", "--floor", request.param)
    yield kernel
    kernel.stop()


@pytest.fixture
def folder(kernel, server, tmp_path):
    "The kernel's, which cells may write to."
    server.received.clear()
    ours = tmp_path / "ours"
    ours.mkdir()
    assert kernel.run(f"import os\nos.chdir({str(ours)!r})\n%ok_dests {ours}").reply["status"] == "ok"
    return ours


def made(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


FETCHED = {"wget URL/data.csv": ["data.csv"], "wget -q URL/data.csv -O x.csv": ["x.csv"], "wget -qO x.csv URL/data.csv": ["x.csv"],
           "wget -P into URL/data.csv": ["into/data.csv"], "wget --quiet --output-document=x.csv URL/data.csv?raw=1": ["x.csv"],
           "wget URL/a URL/b": ["a", "b"], "wget URL/": ["index.html"], "wget -nc URL/a && wget -nc URL/a": ["a"], "wget -q URL/a; wget -q URL/a": ["a", "a.1"],
           "curl -O URL/data.csv": ["data.csv"], "curl -sSL -o x.csv URL/moved": ["x.csv"], "curl -fLo x.csv URL/data.csv": ["x.csv"],
           "curl -s URL/data.csv > x.csv": ["x.csv"], "wget -qO- URL/data.csv > x.csv": ["x.csv"]}


@pytest.mark.parametrize("command", FETCHED)
def test_what_is_fetched_lies_where_it_was_said(kernel, folder, server, command):
    cell = kernel.run("!" + command.replace("URL", f"http://127.0.0.1:{server.server_port}"))
    assert cell.reply["status"] == "ok", cell.traceback
    assert made(folder) == FETCHED[command]
    assert all((folder / name).read_text() == "a,b\n1,2\n" for name in FETCHED[command])
    assert {line.split()[0] for line in server.received} == {"GET"}


def test_what_is_said_of_it(kernel, folder, server):
    url = f"http://127.0.0.1:{server.server_port}"
    assert kernel.run(f"!curl -s {url}/data.csv").stream() == "a,b\n1,2\n"
    assert kernel.run(f"x = !curl -s {url}/data.csv\nprint(x)").stream() == "['a,b', '1,2']\n"
    assert "saved [8]" in kernel.run(f"!wget {url}/data.csv").stream("stderr")
    for command, code in ((f"wget -q {url}/missing", 8), (f"curl -f {url}/missing", 22), (f"curl {url}/moved", 47), ("wget -q http://127.0.0.1:1/x", 4)):
        cell = kernel.run(f"!{command}\nprint(_exit_code)")
        assert (cell.stream(), cell.reply["status"]) == (f"{code}\n", "ok"), command
        assert cell.stream("stderr")
    assert made(folder) == ["data.csv"]


@pytest.mark.parametrize("command", ["wget URL/a -O ../evil", "wget -P .. URL/a", "wget -q URL/a -O x && wget -q URL/a -O ../evil", "curl -o ../evil URL/a",
                                     "curl -X DELETE URL/a", "curl -d a=1 URL/a", "curl -T mine URL/a", "curl --upload-file mine URL/a", "wget --post-data=a URL/a",
                                     "wget --method=DELETE URL/a", "curl file:///etc/passwd", "wget -i list", "wget -r URL/", "curl -K config URL/a"])
def test_elsewhere_and_what_sends_is_no_command_for_the_kernel(kernel, folder, server, tmp_path, command):
    (folder / "mine").write_text("mine")
    cell = kernel.run("!" + command.replace("URL", f"http://127.0.0.1:{server.server_port}"))
    assert cell.reply["ename"] == "Denied" and "cells do not start programs" in cell.reply["evalue"]
    assert server.received == [] and made(tmp_path) == ["ours/mine"]


@pytest.fixture
def archives(folder):
    with zipfile.ZipFile(folder / "x.zip", "w") as file:
        for name in ("a.txt", "in/b.txt"):
            file.writestr(name, name)
    with tarfile.open(folder / "x.tar.gz", "w:gz") as file:
        file.add(folder / "x.zip", "t/x.zip")
    with tarfile.open(folder / "link.tar", "w") as file:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(link)
    with zipfile.ZipFile(folder / "up.zip", "w") as file:
        file.writestr("../evil", "x")
    with tarfile.open(folder / "up.tar", "w") as file:
        file.add(folder / "x.zip", "../evil")
    return folder


UNPACKED = {"unzip x.zip": ["a.txt", "in/b.txt"], "unzip -q x.zip -d new": ["new/a.txt", "new/in/b.txt"], "unzip -o x.zip; unzip -oq x": ["a.txt", "in/b.txt"],
            "unzip x.zip in/*": ["in/b.txt"], "tar xzf x.tar.gz": ["t/x.zip"], "tar -xf x.tar.gz -C .": ["t/x.zip"], "tar -xvzf x.tar.gz && unzip -q t/x.zip": ["a.txt", "in/b.txt", "t/x.zip"]}


@pytest.mark.parametrize("command", UNPACKED)
def test_archives_are_unpacked(kernel, archives, command):
    before = made(archives)
    cell = kernel.run("!" + command)
    assert cell.reply["status"] == "ok", cell.traceback
    assert sorted(set(made(archives)) - set(before)) == UNPACKED[command]


def test_tar_says_what_it_unpacks(kernel, archives):
    theirs = subprocess.run(["tar", "xvzf", "x.tar.gz"], cwd=archives, capture_output=True, text=True, check=True).stdout
    assert kernel.run("!tar xvzf x.tar.gz").stream() == theirs == "t/x.zip\n"


@pytest.mark.parametrize("command", ["unzip x.zip -d ..", "tar xzf x.tar.gz -C ..", "tar xf link.tar", "tar xf up.tar", "tar czf ../x.tar.gz a", "tar cf new.tar x.zip",
                                     "unzip -q x.zip -d new; unzip x.zip -d ..", "tar xf x.tar.gz --to-command=sh"])
def test_nothing_is_unpacked_elsewhere(kernel, archives, tmp_path, command):
    before = made(tmp_path)
    assert kernel.run("!" + command).reply["ename"] == "Denied"
    assert made(tmp_path) == before


def test_names_that_lead_upwards_stay_below(kernel, archives, tmp_path):
    "zipfile takes the steps upwards away, as unzip does; the place that the name says is not written."
    kernel.run("!unzip -o up.zip -d new")
    assert not (tmp_path / "evil").exists() and not (archives / "evil").exists()


def test_what_is_there_is_not_unpacked_over_without_a_word(kernel, archives):
    (archives / "a.txt").write_text("mine")
    assert kernel.run("!unzip x.zip").reply["ename"] == "Denied"
    assert kernel.run("!unzip -n x.zip").reply["status"] == "ok"
    assert (archives / "a.txt").read_text() == "mine"
    assert kernel.run("!unzip -o x.zip").reply["status"] == "ok"
    assert (archives / "a.txt").read_text() == "a.txt"
