"""What the kernel's front does when the worker, a frontend or a file does not keep pace or breaks."""
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.session import Session

from built import BUILD, kernel_command
from processes import children, is_alive
from raw_kernel import CHANNELS


@pytest.fixture
def stopped(start):
    "A kernel whose worker process is stopped; it goes on at the end."
    kernel = start()
    os.kill(kernel.worker, signal.SIGSTOP)
    yield kernel
    for pid in children(kernel.process.pid):
        os.kill(pid, signal.SIGCONT)


# ---- a worker that does not take part

def test_a_large_request_to_a_stopped_worker(stopped):
    msg_id = stopped.client.execute(f"len({'x' * 50_000_000!r})")
    assert stopped.control("kernel_info_request")["status"] == "ok"
    os.kill(stopped.worker, signal.SIGCONT)
    assert stopped.finish_cell(msg_id).reply["status"] == "ok"
    assert stopped.run("1 + 1").plain == "2"


def test_a_large_request_comes_whole(start):
    cell = start().run(f"len({'x' * 50_000_000!r})")
    assert cell.plain == "50000000"


def test_requests_behind_a_large_one(stopped):
    ids = [stopped.client.execute(f"{n}; {'x' * 9_000_000!r}.count('x')") for n in range(4)]
    assert stopped.control("kernel_info_request")["status"] == "ok"
    os.kill(stopped.worker, signal.SIGCONT)
    replies, _ = stopped.answers(4)
    assert [r["parent_header"]["msg_id"] for r in replies] == ids


def test_shutdown_of_a_stopped_worker(stopped):
    processes = children(stopped.process.pid)
    stopped.client.execute(f"len({'x' * 50_000_000!r})")
    assert stopped.control("shutdown_request", restart=False)["status"] == "ok"
    assert stopped.ended(5, processes)


def test_a_worker_stopped_in_the_middle_of_a_frame(start):
    kernel = start()
    msg_id = kernel.start_cell("for i in range(200):\n    display({'text/plain': 'x' * 2_000_000}, raw=True)")
    os.kill(kernel.worker, signal.SIGSTOP)
    assert kernel.control("kernel_info_request")["status"] == "ok"
    os.kill(kernel.worker, signal.SIGCONT)
    shown = [m for m in kernel.finish_cell(msg_id, 60).messages if m["msg_type"] == "display_data"]
    assert len(shown) == 200 and all(len(m["content"]["data"]["text/plain"]) == 2_000_000 for m in shown)


# ---- a worker that ends

def test_a_worker_whose_hop_a_forked_child_holds_open(start):
    kernel = start("--magics", "open")
    kernel.run("""%%trusted
import os, time
child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(300)
    os._exit(0)
""")
    child = int(kernel.run("child").plain)
    assert is_alive(child)
    msg_id = kernel.start_cell("import time\ntime.sleep(300)")
    os.kill(kernel.worker, signal.SIGKILL)
    try:
        assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
        assert kernel.run("1 + 1").plain == "2"
    finally:
        os.kill(child, signal.SIGKILL)


def test_control_answers_while_a_worker_that_hung_up_is_awaited(start):
    kernel = start("--magics", "open")
    msg_id = kernel.start_cell("""%%trusted
import os, socket, time
for fd in range(3, 64):
    try:
        if os.readlink(f"/proc/self/fd/{fd}").startswith("socket:"):
            socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
time.sleep(300)
""")
    assert kernel.control("kernel_info_request")["status"] == "ok"
    assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
    assert kernel.run("1 + 1").plain == "2"


# ---- requests that are wrong

def test_a_wrong_request_is_answered_in_its_turn(raw):
    ids = [raw.client.execute("import time\ntime.sleep(0.5)", allow_stdin=False),
           raw.request("execute_request", {"code": 5}), raw.request("no_such_request"),
           raw.client.execute("2", allow_stdin=False)]
    replies, messages = raw.answers(4)
    assert [r["parent_header"]["msg_id"] for r in replies] == ids
    assert [r["content"]["status"] for r in replies] == ["ok", "error", "error", "ok"]
    states = [m["content"]["execution_state"] for m in messages if m["msg_type"] == "status"]
    assert states == ["busy", "idle"] * 4


@pytest.mark.parametrize("msg_type, field", [
    ("execute_request", "code"), ("complete_request", "code"), ("inspect_request", "code"), ("is_complete_request", "code"),
    ("history_request", "hist_access_type"), ("delete_subshell_request", "subshell_id")])
def test_a_request_without_its_field_is_told_which(raw, msg_type, field):
    for content, name, words in (({}, "MissingField", "is missing"), ({field: 5}, "ValueError", "must be a string")):
        msg_id = raw.request(msg_type, content)
        answer = raw.reply()
        assert answer["msg_type"] == msg_type.replace("_request", "_reply") and answer["parent_header"]["msg_id"] == msg_id
        said = answer["content"]
        assert (said["status"], said["ename"], said["evalue"]) == ("error", name, f'{msg_type}: "{field}" {words}')
        assert [m["content"]["execution_state"] for m in raw.published(msg_id)] == ["busy", "idle"]


# ---- connection files

def connection(tmp_path, **fields):
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256", **fields}))
    return file


@pytest.mark.parametrize("public, secret, reason", [
    (b"~" * 40, b"~" * 40, "must be keys in Z85"), (zmq.curve_keypair()[0], b" " * 40, "must be keys in Z85"),
    (*reversed(zmq.curve_keypair()), "does not belong"), (b"x" * 40, b"", "must both have 40 characters")])
def test_curve_keys_that_are_none(tmp_path, public, secret, reason):
    file = connection(tmp_path, **{f"{channel}_port": 0 for channel in CHANNELS}, curve_publickey=public.decode(),
                      curve_secretkey=secret.decode())
    done = subprocess.run(kernel_command("-f", file), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and reason in done.stderr


# ---- JEP 66: the kernel chooses its ports and registers them

class Launcher:
    "Starts a kernel with a connection file that names its own port alone."

    def __init__(self, tmp_path, transport="tcp", **fields):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.REP)
        self.socket.rcvtimeo = 20_000
        if transport == "tcp":
            ip, port = "127.0.0.1", self.socket.bind_to_random_port("tcp://127.0.0.1")
        else:
            ip, port = str(tmp_path / "s"), 1
            self.socket.bind(f"ipc://{ip}-1")
        self.session = Session(key=b"k", signature_scheme="hmac-sha256")
        file = connection(tmp_path, **{"transport": transport, "ip": ip, "registration_port": port, **fields})
        self.log = tmp_path / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(kernel_command("-f", file, "--history", ":memory:"), stderr=log,
                                            env={**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")})
        self.files = tmp_path / "runtime"
        self.ip, self.transport = ip, transport

    def receive(self):
        identities, frames = self.session.feed_identities(self.socket.recv_multipart())
        assert not identities
        self.request = self.session.deserialize(frames)
        return self.request["content"]

    def answer(self, session=None, **content):
        (session or self.session).send(self.socket, "handshake_reply", content, parent=self.request["header"])

    def stop(self):
        self.context.destroy(linger=0)
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def launch(tmp_path):
    import tempfile
    from pathlib import Path
    launchers = []
    with tempfile.TemporaryDirectory() as folder:  # a short path: ipc has a limit
        def new(**fields):
            launchers.append(Launcher(Path(folder), **fields))
            return launchers[-1]
        yield new
        for launcher in launchers:
            launcher.stop()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_kernel_registers_the_ports_that_it_chose(launch, transport):
    launcher = launch(transport=transport)
    ports = launcher.receive()
    assert launcher.request["msg_type"] == "handshake_request"
    assert set(ports) == {f"{channel}_port" for channel in CHANNELS} and len(set(ports.values())) == 5
    launcher.answer(status="ok")
    client = BlockingKernelClient(session=Session(key=b"k"), transport=transport, ip=launcher.ip, **ports)
    client.start_channels()
    client.wait_for_ready(timeout=20)
    assert client.execute("6 * 7", reply=True, timeout=10)["content"]["status"] == "ok"
    # Other clients find it as Jupyter's tools do, as long as it lives.
    file, = launcher.files.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {name: value for name, value in json.loads(file.read_text()).items() if name in ports} == ports
    client.shutdown()
    assert launcher.process.wait(10) == 0 and not file.exists()
    client.stop_channels()


def test_given_ports_are_kept_and_registered(launch):
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        port = socket.bind_to_random_port("tcp://127.0.0.1")
    assert launch(hb_port=port).receive()["hb_port"] == port


@pytest.mark.parametrize("answer", [
    lambda launcher: launcher.answer(status="error"),
    lambda launcher: launcher.answer(Session(key=b"another"), status="ok"),
    lambda launcher: launcher.socket.send(b"ok")], ids=["an error", "forged", "no message"])
def test_a_launcher_that_does_not_acknowledge(launch, answer):
    launcher = launch()
    launcher.receive()
    answer(launcher)
    assert launcher.process.wait(10) == 1 and "registration" in launcher.log.read_text()


def test_a_kernel_that_waits_for_its_launcher_can_be_ended(launch):
    launcher = launch()
    launcher.receive()
    launcher.process.terminate()
    assert launcher.process.wait(10) == 0


# ---- history

def history(kernel, **content):
    kernel.request("history_request", {"output": False, "raw": True, **content})
    while True:
        reply = kernel.reply()
        if reply["msg_type"] == "history_reply":
            return reply["content"]


def inputs(kernel, **content):
    return [row[2] for row in history(kernel, **content)["history"]]


def test_history_keeps_what_is_behind_a_nul(raw):
    text = "'a\x00b'"
    raw.run(text)  # an error in Python: its source has no NUL
    raw.run("'c\\0d'")
    rows = history(raw, hist_access_type="tail", n=2, output=True)["history"]
    assert [row[2][0] for row in rows] == [text, "'c\\0d'"] and rows[1][2][1] == "'c\\x00d'"


@pytest.mark.parametrize("kind", ["tail", "search"])
def test_unique_history_is_the_latest_of_each_input(start, kind):
    kernel = start()
    for code in ("1", "2", "1", "3", "2"):
        kernel.run(code)
    assert inputs(kernel, hist_access_type=kind, n=10, pattern="*", unique=True) == ["1", "3", "2"]
    assert inputs(kernel, hist_access_type=kind, n=2, pattern="*", unique=True) == ["3", "2"]
    assert inputs(kernel, hist_access_type=kind, n=10, pattern="*", unique=False) == ["1", "2", "1", "3", "2"]


@pytest.mark.parametrize("fields", [
    {}, {"hist_access_type": "all"}, {"hist_access_type": 1}, {"hist_access_type": "tail", "n": "3"},
    {"hist_access_type": "tail", "n": -1}, {"hist_access_type": "search", "pattern": 5},
    {"hist_access_type": "range", "start": []}, {"hist_access_type": "range", "session": {}},
    {"hist_access_type": "tail", "n": 1, "unique": "yes"}, {"hist_access_type": "tail", "n": 1, "output": 3}])
def test_a_wrong_history_request(raw, fields):
    assert history(raw, **fields)["status"] == "error"


def test_a_history_file_that_another_process_holds_locked(start, tmp_path):
    import sqlite3
    file = tmp_path / "history.sqlite"
    first = start("--history", file)
    first.run("'before'")
    assert inputs(first, hist_access_type="tail", n=5) == ["'before'"]
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    second = start("--history", file)
    for kernel in (first, second):
        assert kernel.run("'while locked'").plain == "'while locked'"
        assert history(kernel, hist_access_type="tail", n=5)["status"] == "ok"
    other.execute("COMMIT")
    for kernel in (first, second):
        assert "'while locked'" in inputs(kernel, hist_access_type="range", session=0, raw=True)
    other.close()
    assert first.control("shutdown_request", restart=False)["status"] == "ok" and first.ended()
    assert second.control("shutdown_request", restart=False)["status"] == "ok" and second.ended()
    with sqlite3.connect(file) as database:
        rows = database.execute("SELECT input FROM history ORDER BY input").fetchall()
    assert rows == [("'before'",)] + [("'while locked'",)] * 2


def test_a_full_disk_costs_the_history_only(start, tmp_path):
    import resource
    kernel = start("--history", tmp_path / "history.sqlite")
    kernel.run("'early'")
    assert inputs(kernel, hist_access_type="tail", n=5) == ["'early'"]
    resource.prlimit(kernel.process.pid, resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    code = f"len({'x' * 200_000!r})"
    assert kernel.run(code).plain == "200000"
    assert inputs(kernel, hist_access_type="tail", n=5) == [code]
    assert kernel.run("'late'").plain == "'late'"
    assert inputs(kernel, hist_access_type="range", session=0) == [code, "'late'"]
    assert "history cannot be written" in kernel.log


# ---- subscribers of iopub that do not keep pace

def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def stalled_subscriber(kernel):
    return kernel.connect("iopub", rcvhwm=1, rcvbuf=4096)


def test_a_subscriber_that_never_reads_costs_bounded_memory(start):
    kernel = start()
    with stalled_subscriber(kernel):
        kernel.run("1")
        before = resident_bytes(kernel.process.pid)
        msg_id = kernel.client.execute("for i in range(10_000):\n    display({'text/plain': f'{i} ' + 'x' * 40_000}, raw=True)")
        shown = [int(m["content"]["data"]["text/plain"].split()[0]) for m in kernel.published(msg_id, 30)
                 if m["msg_type"] == "display_data"]
        assert shown == list(range(10_000))
        # Of 400 MB its queue holds 2000 messages.
        assert resident_bytes(kernel.process.pid) - before < 250_000_000
        assert "a subscriber of iopub does not read" in kernel.log
        assert kernel.reply()["content"]["status"] == "ok"
        assert kernel.run("print('on')").stream() == "on\n"


def test_control_answers_while_a_subscriber_holds_up_the_cell(start):
    kernel = start()
    with stalled_subscriber(kernel):
        msg_id = kernel.start_cell("while True:\n    print('x' * 999_999)")
        for _ in range(20):
            assert kernel.control("kernel_info_request")["status"] == "ok"
        assert kernel.control("interrupt_request")["status"] == "ok"
        assert kernel.finish_cell(msg_id, 30).reply["ename"] == "KeyboardInterrupt"


def test_a_subscriber_that_pauses_loses_nothing(start):
    kernel = start()
    kernel.client.iopub_channel.stop()
    with kernel.connect("iopub", rcvhwm=1) as slow:
        assert b"iopub_welcome" in slow.recv_multipart()[3]
        kernel.client.execute("for i in range(20_000):\n    display({'text/plain': f'{i} ' + 'x' * 4000}, raw=True)")
        session, seen = Session(key=b"a key"), []
        while not seen or seen[-1] != 19_999:
            message = session.deserialize(session.feed_identities(slow.recv_multipart())[1])
            if message["msg_type"] != "display_data":
                continue
            seen.append(int(message["content"]["data"]["text/plain"].split()[0]))
            if len(seen) == 100:
                time.sleep(1)
        assert seen == list(range(20_000))


# ---- fields of the wrong type

FIELDS = {
    "execute_request": {"code": "1", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
                        "stop_on_error": True},
    "complete_request": {"code": "pri", "cursor_pos": 3}, "inspect_request": {"code": "print", "cursor_pos": 3, "detail_level": 0},
    "is_complete_request": {"code": "1"}, "comm_info_request": {"target_name": "t"}, "history_request": {"hist_access_type": "tail", "n": 1},
    "kernel_info_request": {}, "connect_request": {}, "debug_request": {"command": "initialize", "seq": 1},
    "delete_subshell_request": {"subshell_id": "x"}, "comm_open": {"comm_id": "c", "target_name": "t", "data": {}},
    "comm_msg": {"comm_id": "c", "data": {}}, "comm_close": {"comm_id": "c", "data": {}}}
VALUES = [None, True, -1, 1 << 62, 1.5, "", "\x00", "\ud800", [], [{}], {}, {"a": [None]}]


@pytest.mark.parametrize("msg_type", FIELDS)
def test_fields_of_every_type(raw, msg_type):
    reply_type = msg_type.replace("_request", "_reply") if msg_type.endswith("_request") else None
    for name in [*FIELDS[msg_type], "surprise"]:
        for value in [*VALUES, ...]:
            content = {**FIELDS[msg_type], name: value}
            if value is ...:
                del content[name]
            msg_id = f"{msg_type} {name} {value!r}"
            raw.send_parts({"msg_id": msg_id, "msg_type": msg_type, "session": "s", "username": "u", "version": "5.5",
                            "date": "2026-01-01T00:00:00Z"}, content=json.dumps(content).encode())
            if reply_type:
                reply = raw.reply()
                assert (reply["msg_type"], reply["parent_header"]["msg_id"]) == (reply_type, msg_id)
                assert reply["content"].get("status", "ok") in ("ok", "error", "complete", "incomplete", "invalid", "unknown")
            states = [m["content"]["execution_state"] for m in raw.published(msg_id)
                      if m["msg_type"] == "status" and m["parent_header"]["msg_id"] == msg_id]
            assert states == ["busy", "idle"]
    assert raw.run("6 * 7").plain == "42"


@pytest.mark.parametrize("subshell", ["none such", 5, [], {}, True, "\x00", "x" * 10_000])
def test_a_subshell_that_does_not_exist(raw, subshell):
    for msg_type in ("execute_request", "kernel_info_request", "complete_request"):
        msg_id = raw.request(msg_type, FIELDS[msg_type], subshell=subshell)
        assert raw.reply()["content"]["status"] == "error"
        assert [m["content"]["execution_state"] for m in raw.published(msg_id)] == ["busy", "idle"]


# ---- before Python has started

@pytest.mark.parametrize("configuration, version", [("version = 3.11.7", "3.11.7"), ("version_info = 3.12.1.final.0", "3.12.1"),
                                                    ("", "3.13")])
def test_the_version_before_python_has_started(start, tmp_path, configuration, version):
    worker = tmp_path / "safepyrun-worker-3.13"
    worker.write_text("#!/bin/sh\nexec sleep 300\n")
    worker.chmod(0o755)
    (tmp_path / "bin").mkdir()
    if configuration:
        (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{configuration}\n")
    kernel = start("--worker", worker, "--python", tmp_path / "bin" / "python", client=False)
    client = BlockingKernelClient(connection_file=str(kernel.file))
    client.load_connection_file()
    client.start_channels()
    assert client.kernel_info(reply=True, timeout=10)["content"]["language_info"]["version"] == version
    client.stop_channels()


def test_the_loaders_path_is_handed_on_whole(start, tmp_path):
    "The worker finds its libpython, extension modules what the user's path names, and programs that path as it was."
    path = ":".join(f"/opt/libraries/{i}" for i in range(300)) # more than PATH_MAX
    worker = BUILD / "safepyrun-worker-{}.{}".format(*sys.version_info)
    if not worker.exists():
        pytest.skip("no program with a libpython was built for this Python")
    library = Path(sysconfig.get_config_var("LIBDIR")) / "libpython3.so"
    kernel = start("--magics", "open", "--worker", worker, "--libpython", library, environment={"LD_LIBRARY_PATH": path})
    assert kernel.run("import os\nos.environ['LD_LIBRARY_PATH']").plain == repr(path)
    started = Path(f"/proc/{kernel.worker}/environ").read_bytes().split(b"\0")
    assert f"LD_LIBRARY_PATH={library.parent}:{path}".encode() in started


# ---- memory

CHAIN = """
import resource
def fill_and_empty():
    chain = None
    for number in range(70_000):
        chain = (number, chain)
    chain = None
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
"""


def test_memory_that_is_filled_and_emptied_again_is_not_asked_of_the_system_each_time(raw):
    "Some 5 MB of tuples: CPython gives the arenas back, and would have each of their 1,000 pages made anew."
    raw.run(CHAIN)
    counts = raw.run("faults = [fill_and_empty() for i in range(8)]\n[b - a for a, b in zip(faults, faults[1:])]").plain
    assert sorted(json.loads(counts))[3] < 300, counts
