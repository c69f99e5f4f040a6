"""Start, end, sockets: what the kernel's front answers whatever a cell does."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import zmq
from jupyter_client.session import Session

from built import kernel_command
from processes import is_alive
from raw_kernel import CHANNELS, wait_until

HOLDS_THE_GIL = "import re\nre.match('(a+)+$', 'a' * 28 + 'b')"


def run_program(*options, **more):
    return subprocess.run(kernel_command(*options), capture_output=True, text=True, timeout=30, **more)


def connection(**fields):
    return {"transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256",
            **{f"{channel}_port": 0 for channel in CHANNELS}, **fields}


# ---- starting

def test_a_missing_connection_file(tmp_path):
    done = run_program("-f", tmp_path / "none.json")
    assert done.returncode == 2 and "none.json: No such file" in done.stderr and not done.stdout


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "{}", "\xff", json.dumps(connection(shell_port="1")), json.dumps(connection(hb_port=-1)),
    json.dumps(connection(iopub_port=70000)), json.dumps(connection(key=5)), json.dumps(connection(transport="udp")),
    json.dumps(connection(signature_scheme="hmac-md5")), json.dumps(connection(curve_publickey="short")),
    json.dumps(connection(curve_publickey="x" * 40)), json.dumps(connection(ip="x" * 5000))])
def test_a_broken_connection_file(tmp_path, text):
    file = tmp_path / "connection.json"
    file.write_text(text, encoding="latin-1")
    done = run_program("-f", file)
    assert done.returncode == 2 and f"broken connection file {file}: " in done.stderr


def test_a_port_in_use(tmp_path):
    taken = zmq.Context.instance().socket(zmq.REP)
    port = taken.bind_to_random_port("tcp://127.0.0.1")
    file = tmp_path / "connection.json"
    file.write_text(json.dumps(connection(control_port=port)))
    done = run_program("-f", file)
    taken.close(0)
    assert done.returncode == 1 and "cannot bind the control socket" in done.stderr and "in use" in done.stderr


@pytest.mark.parametrize("options", [(), ("-f",), ("-f", "a", "b"), ("--nothing",), ("-f", "a", "--magics", "maybe")])
def test_a_wrong_command_line(options):
    assert run_program(*options).returncode == 2


def test_a_python_that_does_not_exist(start):
    kernel = start("--worker", "/nowhere/worker", client=False)
    assert kernel.process.wait(10) == 1 and "/nowhere/worker" in kernel.log


def test_a_worker_that_dies_at_once(start):
    kernel = start("--worker", "/bin/false", client=False)
    assert kernel.process.wait(20) == 1 and "Python cannot be started" in kernel.log


def test_ipc(start):
    import tempfile
    with tempfile.TemporaryDirectory() as folder:  # a short path: ipc has a limit
        kernel = start(transport="ipc", ip=f"{folder}/k")
        assert kernel.run("6 * 7").plain == "42"
        assert kernel.control("shutdown_request", restart=False)["status"] == "ok"
        assert kernel.ended()


def test_messages_without_a_key(start):
    kernel = start(key=b"")
    assert kernel.run("6 * 7").plain == "42"


def test_curve_keys(start):
    public, secret = zmq.curve_keypair()
    mine_public, mine_secret = zmq.curve_keypair()
    kernel = start(client=False, curve_publickey=public, curve_secretkey=secret)
    session = Session(key=b"a key")
    keys = {"curve_serverkey": public, "curve_publickey": mine_public, "curve_secretkey": mine_secret}
    for channel in ("shell", "control"):
        # Nothing is queued for a connection that never comes about: libzmq can wait for ever for the end of one that is.
        plain = kernel.connect(channel, immediate=True, sndtimeo=500)
        with pytest.raises(zmq.Again):
            session.send(plain, "kernel_info_request")
        socket = kernel.connect(channel, **keys)
        session.send(socket, "kernel_info_request")
        _, reply = session.recv(socket, mode=0)
        assert reply["content"]["status"] == "ok"
    heart = kernel.connect("hb", **keys)
    heart.send(b"beat")
    assert heart.recv() == b"beat"


def test_kernel_info_before_python_has_started(start, tmp_path):
    "A worker that never gets ready does not keep it from being answered."
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    kernel = start("--worker", slow, client=False)
    session = Session(key=b"a key")
    for channel in ("shell", "control"):
        socket = kernel.connect(channel)
        session.send(socket, "kernel_info_request")
        _, reply = session.recv(socket, mode=0)
        assert reply["content"]["language_info"]["name"] == "python"


# ---- while a cell runs

@pytest.fixture
def held(raw):
    "A kernel whose cell holds the GIL."
    msg_id = raw.start_cell(HOLDS_THE_GIL)
    time.sleep(0.1)
    yield raw
    cell = raw.finish_cell(msg_id)
    assert cell.reply["ename"] == "KeyboardInterrupt"  # it ran until the test had interrupted it
    assert raw.run("'on'").plain == "'on'"


def test_what_is_answered_while_the_gil_is_held(held):
    heart = held.connect("hb")
    heart.send(b"are you there?")
    assert heart.recv() == b"are you there?"
    for msg_type in ("kernel_info_request", "connect_request", "list_subshell_request", "create_subshell_request"):
        msg_id = held.request(msg_type, channel="control")
        reply = held.reply("control")
        assert reply["content"]["status"] == "ok" and reply["parent_header"]["msg_id"] == msg_id
        held.published(msg_id)
    subshell = reply["content"]["subshell_id"]
    assert not held.client.shell_channel.msg_ready()
    assert held.control("delete_subshell_request", subshell_id=subshell)["status"] == "ok"
    assert held.control("interrupt_request") == {"status": "ok"}


def test_sigint_while_the_gil_is_held(held):
    held.signal()


def test_shutdown_while_the_gil_is_held(start):
    kernel = start()
    kernel.start_cell(HOLDS_THE_GIL)
    worker = kernel.worker
    assert kernel.control("shutdown_request", restart=False) == {"status": "ok", "restart": False}
    assert kernel.ended(processes=[worker]) and kernel.process.returncode == 0


def test_kernel_info_on_shell_waits_for_the_cell(raw):
    cell = raw.start_cell("import time\ntime.sleep(0.5)")
    info = raw.request("kernel_info_request")
    overtaking = raw.request("kernel_info_request", channel="control")
    assert raw.reply("control")["parent_header"]["msg_id"] == overtaking
    assert [raw.reply()["parent_header"]["msg_id"] for _ in range(2)] == [cell, info]
    raw.published(info)


# ---- the envelope

@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("msg_type, content", [
    ("kernel_info_request", {}), ("connect_request", {}), ("history_request", {"hist_access_type": "tail", "n": 1}),
    ("is_complete_request", {"code": "1"}), ("complete_request", {"code": "i", "cursor_pos": 1}),
    ("inspect_request", {"code": "int", "cursor_pos": 3}), ("comm_info_request", {}), ("list_subshell_request", {}),
    ("interrupt_request", {}), ("debug_request", {"command": "debugInfo", "seq": 1, "type": "request"})])
def test_busy_and_idle_around_every_request(raw, channel, msg_type, content):
    sent = raw.client.session.msg(msg_type, content)
    getattr(raw.client, f"{channel}_channel").send(sent)
    reply = raw.reply(channel)
    messages = raw.published(sent["header"]["msg_id"])
    assert [m["content"]["execution_state"] for m in messages] == ["busy", "idle"]
    for message in (reply, *messages):
        assert message["parent_header"]["msg_id"] == sent["header"]["msg_id"]
        assert message["header"]["version"] == "5.5" and message["header"]["session"] == reply["header"]["session"]
    ids = [m["header"]["msg_id"] for m in (reply, *messages)]
    assert len(set(ids)) == 3


def test_replies_come_in_the_order_of_the_requests(raw):
    ids = []
    for number in range(20):
        ids += [raw.client.execute(f"{number}", silent=True), raw.client.complete("im"), raw.client.kernel_info(),
                raw.client.inspect("int"), raw.client.is_complete("1"), raw.client.history(n=1, hist_access_type="tail")]
    assert [raw.reply()["parent_header"]["msg_id"] for _ in ids] == ids
    statuses = [m for m in raw.published(ids[-1]) if m["msg_type"] == "status"]
    assert [(m["parent_header"]["msg_id"], m["content"]["execution_state"]) for m in statuses] == \
        [(msg_id, state) for msg_id in ids for state in ("busy", "idle")]


def test_idle_comes_at_once_after_the_reply(raw):
    delays = []
    for _ in range(20):
        msg_id = raw.client.execute("1", silent=True)
        raw.reply()
        replied = time.monotonic()
        raw.published(msg_id)
        delays.append(time.monotonic() - replied)
    assert sorted(delays)[10] < 0.02


def test_a_connect_request_names_the_ports(raw):
    raw.request("connect_request")
    content = raw.reply()["content"]
    assert {f"{c}_port": raw.info[f"{c}_port"] for c in CHANNELS}.items() <= content.items()
    raw.published(raw.request("list_subshell_request", channel="control"))
    raw.reply("control")


def test_the_welcome_is_the_first_message_of_a_subscription(raw):
    for topic in (b"", b"kernel.", b"stream"):
        socket = raw.context.socket(zmq.SUB)
        socket.rcvtimeo = 10_000
        socket.subscribe(topic)
        socket.connect(raw.address("iopub"))
        frames = socket.recv_multipart()
        assert frames[0] == topic
        session = Session(key=b"a key")  # the client's own has seen it as well
        message = session.deserialize(session.feed_identities(frames)[1])
        assert message["msg_type"] == "iopub_welcome" and message["content"] == {"subscription": topic.decode()}
        assert message["parent_header"] == {}
        socket.close(0)


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_a_second_peer_of_the_same_identity_takes_over(raw, channel):
    for _ in range(3):  # what a frontend does that reconnects before its old connection is noticed to be dead
        socket = raw.connect(channel, identity=b"the same")
        message = raw.client.session.send(socket, "kernel_info_request")
        assert raw.receive(socket)["parent_header"]["msg_id"] == message["msg_id"]


def test_90_requests_whose_replies_nobody_reads(raw):
    socket, deaf = raw.connect("shell", rcvhwm=1), raw.connect("iopub", rcvhwm=1)
    raw.run("unread = None")
    for number in range(90):
        code = f"print('x' * 100_000)\nunread = {number}"
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        raw.client.session.send(socket, "execute_request", content)
    assert wait_until(lambda: raw.run("print(unread)", store_history=False).stream() == "89\n")
    assert deaf.poll(10_000)
    socket.close(0)


def test_history_of_the_running_session(start):
    kernel = start()
    kernel.run("first = 1")
    kernel.run("'second'")

    def entries(**content):
        msg_id = kernel.request("history_request", {"hist_access_type": "range", "raw": True, "output": False, **content})
        entries = kernel.reply()["content"]["history"]
        kernel.published(msg_id)
        return entries

    (session, line, source), *_ = entries(session=0, start=1, stop=3)
    assert (line, source) == (1, "first = 1")
    assert entries(session=session, start=1, stop=3) == [[session, 1, "first = 1"], [session, 2, "'second'"]]
    assert entries(session=session, start=2, stop=3, output=True) == [[session, 2, ["'second'", "'second'"]]]
    assert entries(session=session + 5, start=1, stop=3) == []


# ---- ends that nobody asked for

def test_the_kernel_ends_with_its_parent(tmp_path, start):
    kernel = start("--magics", "open", client=False)  # only for a connection file
    kernel.stop()
    parent = subprocess.Popen(["sleep", "60"])
    starter = ("import os, subprocess, sys\nos.environ['JPY_PARENT_PID'] = str(os.getpid())\n"
               "p = subprocess.Popen(sys.argv[1:])\nprint(p.pid, flush=True)\np.wait()")
    launcher = subprocess.Popen([sys.executable, "-c", starter, *kernel_command("-f", kernel.file, "--history", ":memory:")],
                                stdout=subprocess.PIPE, text=True)
    pid = int(launcher.stdout.readline())
    children = f"/proc/{pid}/task/{pid}/children"
    assert wait_until(lambda: open(children).read().strip())
    worker = int(open(children).read())
    launcher.kill()
    launcher.wait()
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not is_alive(pid) and not is_alive(worker), 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end(start, number):
    kernel = start()
    kernel.start_cell("import time\ntime.sleep(1000)")
    worker = kernel.worker
    kernel.signal(number)
    assert kernel.ended(processes=[worker])


@pytest.mark.parametrize("code", ["while True: pass", "while True: print('x' * 1000)"])  # computes; waits for room
def test_the_worker_ends_with_a_killed_front(start, code):
    kernel = start()
    kernel.start_cell(code)
    worker = kernel.worker
    time.sleep(1)
    kernel.signal(signal.SIGKILL)
    assert kernel.ended(processes=[worker])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_killed_worker_fails_the_cell_only(start, number):
    kernel = start()
    subshell = kernel.control("create_subshell_request")["subshell_id"]
    kernel.run("kept = 1")
    msg_id = kernel.start_cell("lost = 1\nprint('said before', flush=True)\nimport time\ntime.sleep(1000)")
    while (message := kernel.client.get_iopub_msg(timeout=20))["msg_type"] != "stream":
        pass
    assert message["content"]["text"] == "said before\n"
    before = kernel.worker
    os.kill(before, number)
    cell = kernel.finish_cell(msg_id)
    assert cell.reply["status"] == "error" and signal.Signals(number).name in cell.reply["evalue"]
    assert signal.Signals(number).name in cell.traceback
    assert signal.Signals(number).name in kernel.log
    assert kernel.run("'on'").plain == "'on'" and kernel.worker != before
    assert kernel.run("lost").reply["ename"] == "NameError"
    kernel.send_to_subshell(subshell, "1")
    assert kernel.reply()["content"]["status"] == "ok"


def test_a_worker_killed_between_cells(start):
    kernel = start()
    kernel.run("1")
    os.kill(kernel.worker, signal.SIGKILL)
    for _ in range(8):
        os.kill(kernel.worker, signal.SIGKILL)
        reply = kernel.run("'on'").reply
        assert reply["status"] == "ok" or "SIGKILL" in reply["evalue"]  # the cell was sent before the end was noticed
        assert kernel.run("'on'").plain == "'on'"


def test_cells_queued_behind_a_killed_worker(start):
    kernel = start()
    first = kernel.start_cell("import time\ntime.sleep(1000)")
    second, info = kernel.client.execute("'second'"), kernel.client.kernel_info()
    time.sleep(0.2)
    os.kill(kernel.worker, signal.SIGKILL)
    replies, _ = kernel.answers(3)
    assert [(r["parent_header"]["msg_id"], r["content"]["status"]) for r in replies] == \
        [(first, "error"), (second, "aborted"), (info, "ok")]
    assert kernel.run("'on'").plain == "'on'"
