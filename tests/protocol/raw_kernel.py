"""A kernel process of a test's own: started by its command line, with its log, its sockets and its processes."""
import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.session import DELIM

from built import kernel_command
from processes import children, is_alive, worker
from test_cells import Cell, Kernel

CHANNELS = ("shell", "control", "iopub", "stdin", "hb")


def wait_until(condition, seconds=10):
    "True as soon as `condition()` is; False when it has not been for so long."
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def free_ports(count):
    "Ports that nobody listens on, below those that the system gives to connections: on a busy machine one of these is soon taken."
    sockets = []
    while len(sockets) < count:
        sockets.append(socket.socket())
        try:
            sockets[-1].bind(("127.0.0.1", random.randrange(20000, 32000)))
        except OSError:
            sockets.pop().close()
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class RawKernel(Kernel):
    """What a session of tests may ask of the process as well as of its client."""

    def __init__(self, folder, *options, environment=None, client=True, as_user=None, before=(), **connection):
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "connection.json"
        self.log_file = folder / "log"
        connection.setdefault("ip", "127.0.0.1")
        connection.setdefault("key", b"a key")
        if connection.get("transport", "tcp") == "tcp":
            connection = {**dict(zip((f"{channel}_port" for channel in CHANNELS), free_ports(len(CHANNELS)))), **connection}
        write_connection_file(str(self.file), **connection)
        if as_user is not None:
            for path in (folder, self.file):
                os.chown(path, as_user, -1)
        environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"),
                       **(environment or {})}
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen([*before, *kernel_command("-f", self.file, "--history", ":memory:", *options)], stderr=log,
                                            stdin=subprocess.DEVNULL, env=environment, user=as_user)
        self.info = json.loads(self.file.read_text())
        self.context = zmq.Context()
        self.client = None
        if client:
            self.client = BlockingKernelClient(connection_file=str(self.file))
            self.client.load_connection_file()
            self.client.start_channels()
            self.client.wait_for_ready(timeout=20)

    # ---- the process

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    @property
    def worker(self):
        "The pid of the process that runs the cells; for a moment after one has ended there is none."
        found = []
        assert wait_until(lambda: found.append(worker(self.process.pid)) or found[-1])
        return found[-1]

    @property
    def alive(self):
        return self.process.poll() is None

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def ended(self, seconds=5, processes=()):
        "Did it end within so long, and every one of `processes` with it?"
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return wait_until(lambda: not any(map(is_alive, processes)), seconds)

    def stop(self):
        if self.client:
            self.client.stop_channels()
        self.context.destroy(linger=0)
        left = [self.process.pid, *children(self.process.pid)] if self.alive else []
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(10)

    # ---- sockets without a client

    def address(self, channel):
        port = self.info[f"{channel}_port"]
        return f"tcp://{self.info['ip']}:{port}" if self.info["transport"] == "tcp" else f"ipc://{self.info['ip']}-{port}"

    def connect(self, channel, identity=None, **options):
        "A socket of one's own; `options` are those of zmq, in lower case."
        socket = self.context.socket({"hb": zmq.REQ, "iopub": zmq.SUB}.get(channel, zmq.DEALER))
        if identity:
            socket.identity = identity
        socket.rcvtimeo = 20_000
        for name, value in options.items():
            setattr(socket, name, value)
        if channel == "iopub":
            socket.subscribe(b"")
        socket.connect(self.address(channel))
        return socket

    def receive(self, socket):
        "A message from a socket of `connect`; the signature is checked."
        _, frames = self.client.session.feed_identities(socket.recv_multipart())
        return self.client.session.deserialize(frames)

    def request(self, msg_type, content=None, channel="shell", subshell=None):
        "Send a request; its msg_id."
        message = self.client.session.msg(msg_type, content or {})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        getattr(self.client, f"{channel}_channel").send(message)
        return message["header"]["msg_id"]

    def send_parts(self, header, parent=b"{}", metadata=b"{}", content=b"{}", *, channel="shell", signature=None,
                   buffers=()):
        "Send what a client would not: the JSON parts are bytes, or objects for json.dumps."
        parts = [part if isinstance(part, bytes) else json.dumps(part).encode()
                 for part in (header, parent, metadata, content)]
        if signature is None:
            signature = self.client.session.sign(parts)
        getattr(self.client, f"{channel}_channel").socket.send_multipart([DELIM, signature, *parts, *buffers])

    # ---- answers

    def reply(self, channel="shell", timeout=10):
        return getattr(self.client, f"get_{channel}_msg")(timeout=timeout)

    def published(self, msg_id, timeout=10):
        "All of iopub until the idle of a request; asserts that nothing on it has no parent."
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            assert message["parent_header"] or message["msg_type"] == "iopub_welcome", message
            messages.append(message)
            if (message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
                    and message["parent_header"].get("msg_id") == msg_id):
                return messages

    def answers(self, count):
        "So many executes that were sent: their replies, in order, and then all that was published until the last idle."
        replies = [self.reply(timeout=20) for _ in range(count)]
        return replies, self.published(replies[-1]["parent_header"]["msg_id"])

    def assert_silent(self):
        "Assert that nothing is on its way: the answers to two further requests come first, and alone."
        for channel in ("shell", "control"):
            msg_id = self.request("kernel_info_request", channel=channel)
            assert self.reply(channel)["parent_header"]["msg_id"] == msg_id
            assert [m["parent_header"]["msg_id"] for m in self.published(msg_id)] == [msg_id] * 2

    def ask(self, code, answer=None, **options):
        "Start a cell that asks for input; its msg_id, after `answer` was given, if any."
        msg_id = self.client.execute(code, allow_stdin=True, **options)
        self.question = self.client.get_stdin_msg(timeout=10)
        if answer is not None:
            self.client.input(answer)
        return msg_id

    def start_cell(self, code, **options):
        "Send a cell; its msg_id, as soon as the kernel said that it runs."
        options.setdefault("allow_stdin", False)
        msg_id = self.client.execute(code, **options)
        while True:
            message = self.client.get_iopub_msg(timeout=10)
            if message["msg_type"] == "execute_input" and message["parent_header"]["msg_id"] == msg_id:
                return msg_id

    def finish_cell(self, msg_id, timeout=20):
        "What a cell of `start_cell` brought after it was announced."
        reply = self.reply(timeout=timeout)
        return Cell(reply, self.published(msg_id, timeout), msg_id)
