"""A connection of a cell's own to a host that nobody named is asked about in place: the call waits, and goes on with the answer."""
import socket
import struct
import threading
import time

import psutil
import pytest
from held import NUMBERS
from test_approvals import Notebook, ok


class Listening(socket.socket):
    came = 0


def serve(listening):
    "Say hello to each that comes, until it is closed."
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        listening.came += 1
        connection.sendall(b"hello")
        connection.close()


@pytest.fixture(scope="module")
def server():
    "A server on the loopback that says hello; `came`: how many connections there were."
    listening = Listening()
    listening.bind(("127.0.0.1", 0))
    listening.listen()

    threading.Thread(target=serve, args=(listening,), daemon=True).start()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, extension):
    started = Notebook(tmp_path_factory.mktemp("hosts"), environment={"PYTHONPATH": str(extension)},
                       config='allow = ["rawcall"]\ntrust = ["socket.socket"]\n')
    ok(started.run("import rawcall, socket, threading\ncount = 0"))
    yield started
    started.stop()


@pytest.fixture
def person(kernel, server):
    kernel.port = server.getsockname()[1]
    kernel.talk = f"s = socket.create_connection(('127.0.0.1', {kernel.port}), 5)\ns.recv(5)"
    return kernel


def test_a_yes_costs_one_question_and_no_second_run(person, server):
    before = server.came
    cell = ok(person.ask(f"count += 1\n{person.talk}\nprint(s.recv(5), count)", "o"))
    question, = cell.asked
    assert f"connection to 127.0.0.1:{person.port}" in question and "Cell In[" in question
    assert cell.stream().endswith(" 1\n") and server.came == before + 1


def test_once_is_for_that_cell(person):
    assert len(ok(person.ask(f"{person.talk}\n{person.talk}", "o")).asked) == 1
    assert len(person.ask(person.talk, "n").asked) == 1


def test_a_no_is_for_the_cell_and_names_the_remedy(person, server):
    before = server.came
    cell = person.ask(f"for i in range(3):\n    try:\n        socket.create_connection(('127.0.0.1', {person.port}), 5)\n    except PermissionError:\n        print('no')\n{person.talk}", "n")
    assert len(cell.asked) == 1 and cell.stream() == "no\nno\nno\n" and cell.reply["status"] == "error"
    assert f"%ok_hosts --add 127.0.0.1:{person.port}" in cell.reply["evalue"] and server.came == before


def test_nobody_is_asked_without_input_or_in_a_thread(person, server):
    before = server.came
    assert f"%ok_hosts --add 127.0.0.1:{person.port}" in person.run(person.talk).reply["evalue"]
    cell = person.ask(f"def talk():\n    try:\n        socket.create_connection(('127.0.0.1', {person.port}), 5)\n    except PermissionError:\n        print('no')\n"
                      "t = threading.Thread(target=talk)\nt.start()\nt.join()")
    assert not cell.asked and cell.stream() == "no\n" and server.came == before


def test_native_code_waits_as_well(person, server):
    "A raw connect(2), past Python."
    before = server.came
    address = struct.pack("=H", socket.AF_INET) + struct.pack(">H", person.port) + socket.inet_aton("127.0.0.1") + bytes(8)
    code = f"n = socket.socket()\nrawcall.call('here', {NUMBERS['connect']}, n.fileno(), {address!r}, 16)"
    cell = ok(person.ask(code, "o"))
    assert cell.plain == "0" and len(cell.asked) == 1
    assert person.ask(code, "n").plain == "-13"
    deadline = time.monotonic() + 5
    while server.came != before + 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.came == before + 1


def test_other_calls_are_answered_meanwhile_and_an_interrupt_is_a_no(person, server):
    before = server.came
    msg_id = person.client.execute(person.talk, allow_stdin=True)
    person.client.get_stdin_msg(timeout=20)
    assert person.manager.is_alive()
    person.manager.interrupt_kernel()
    while True:
        reply = person.client.get_shell_msg(timeout=20)
        if reply["parent_header"]["msg_id"] == msg_id:
            break
    assert reply["content"]["status"] == "error" and server.came == before
    while True:
        message = person.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle" and message["parent_header"].get("msg_id") == msg_id:
            break


def test_what_nobody_can_permit_is_not_asked_about(person):
    own = psutil.Process(person.manager.provisioner.pid).net_connections(kind="tcp")
    port = next(c.laddr.port for c in own if c.status == "LISTEN")
    cell = person.ask(f"socket.create_connection(('127.0.0.1', {port}), 5)")
    assert not cell.asked and cell.reply["status"] == "error"
    cell = person.ask("socket.create_connection(('169.254.169.254', 80), 5)")
    assert not cell.asked and cell.reply["status"] == "error"


def test_a_session_lasts_and_is_for_that_port_alone(person, server):
    ok(person.ask(person.talk, "s"))
    assert not ok(person.ask(person.talk)).asked and not ok(person.run(person.talk)).messages == []
    other = socket.socket()
    other.bind(("127.0.0.1", 0))
    other.listen()
    cell = person.ask(f"socket.create_connection(('127.0.0.1', {other.getsockname()[1]}), 5)", "n")
    other.close()
    assert len(cell.asked) == 1 and cell.reply["status"] == "error"


# ---- Unix sockets -------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def path(tmp_path_factory):
    "A Unix socket on which somebody says hello."
    place = tmp_path_factory.mktemp("sockets") / "hello.sock"
    listening = Listening(socket.AF_UNIX)
    listening.bind(str(place))
    listening.listen()

    threading.Thread(target=serve, args=(listening,), daemon=True).start()
    yield place
    listening.close()


def test_a_unix_socket_is_asked_about_by_its_path(person, path):
    talk = f"u = socket.socket(socket.AF_UNIX)\nu.connect({str(path)!r})\nu.recv(5)"
    cell = person.ask(talk, "n")
    question, = cell.asked
    assert f"connection to {path}" in question and cell.reply["status"] == "error"
    assert f"%ok_hosts --add {path}" in cell.reply["evalue"]
    cell = ok(person.ask(f"count = 0\ncount += 1\n{talk}, count", "o"))
    assert len(cell.asked) == 1 and cell.plain == "(b'hello', 1)"
    ok(person.ask(talk, "s"))
    cell = ok(person.ask(talk))
    assert not cell.asked and cell.plain == "b'hello'"


def test_nobody_is_asked_about_a_unix_socket_that_is_not_there(person, path):
    cell = person.ask(f"socket.socket(socket.AF_UNIX).connect({str(path) + ' no'!r})")
    assert not cell.asked and cell.reply["ename"] == "FileNotFoundError"


def test_native_code_waits_for_a_unix_socket_as_well(person, tmp_path):
    place = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        address = struct.pack("=H", socket.AF_UNIX) + bytes(place) + b"\0"
        code = f"n = socket.socket(socket.AF_UNIX)\nrawcall.call('here', {NUMBERS['connect']}, n.fileno(), {address!r}, {len(address)})"
        cell = person.ask(code, "n")
        assert len(cell.asked) == 1 and cell.plain == "-13"
        cell = ok(person.ask(code, "o"))
        assert len(cell.asked) == 1 and cell.plain == "0"
