"""A thin Jupyter client over pyzmq: the same work for every kernel that is measured."""
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone

import zmq
from jupyter_client.connect import write_connection_file


def tree_pss_mb(pid):
    """Proportional set size of a process and its descendants, in MB (Linux)."""
    total_kb = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup") as lines:
            total_kb = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        children = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as line:
                children += line.read().split()
    except OSError:
        return total_kb / 1024
    return total_kb / 1024 + sum(tree_pss_mb(child) for child in children)


class Kernel:
    """One kernel process and the client's sockets. Times are in seconds unless the name says ms."""

    def __init__(self, spec_dir, environment=None):
        """Start the kernel of the kernelspec folder `spec_dir` and wait for its kernel_info_reply."""
        with open(os.path.join(spec_dir, "kernel.json")) as file:
            spec = json.load(file)
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        path, self.connection = write_connection_file(
            os.path.join(self.folder.name, "connection.json"), ip="127.0.0.1", key=uuid.uuid4().hex.encode())
        argv = [part.replace("{connection_file}", path).replace("{resource_dir}", str(spec_dir))
                for part in spec["argv"]]
        if argv[0].startswith("python"):
            argv[0] = sys.executable
        self.key = self.connection["key"]
        if isinstance(self.key, str):
            self.key = self.key.encode()
        self.session = uuid.uuid4().hex
        self.context = zmq.Context()
        self.shell = self.socket(zmq.DEALER, "shell_port")
        self.control = self.socket(zmq.DEALER, "control_port")
        self.iopub = self.socket(zmq.SUB, "iopub_port")
        self.log = open(os.path.join(self.folder.name, "log"), "wb")
        self.started = time.perf_counter()
        # A person's own config.py costs 25 ms: what is measured is the kernel.
        own = {"XDG_CONFIG_HOME": self.folder.name, "XDG_STATE_HOME": self.folder.name}
        self.process = subprocess.Popen(argv, env={**os.environ, **own, **spec.get("env", {}), **(environment or {})},
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        try:
            self.ask(self.shell, "kernel_info_request", {}, 30)
        except TimeoutError:
            self.process.kill()
            with open(self.log.name) as log:
                raise TimeoutError(f"{argv[0]} ended with {self.process.wait()}: {log.read()[-500:]}") from None
        self.info_seconds = time.perf_counter() - self.started

    def socket(self, kind, port_name):
        socket = self.context.socket(kind)
        socket.linger, socket.reconnect_ivl = 0, 1
        socket.rcvhwm = socket.sndhwm = 0
        if kind == zmq.DEALER:
            socket.identity = self.session.encode()
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(f"tcp://127.0.0.1:{self.connection[port_name]}")
        return socket

    # ---- messages ------------------------------------------------------------------------------

    def send(self, socket, kind, content):
        """Send one request; its msg_id."""
        header = {"msg_id": uuid.uuid4().hex, "session": self.session, "username": "bench", "version": "5.5",
                  "msg_type": kind, "date": datetime.now(timezone.utc).isoformat()}
        frames = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        signature = hmac.new(self.key, b"".join(frames), hashlib.sha256).hexdigest().encode()
        socket.send_multipart([b"<IDS|MSG>", signature, *frames])
        return header["msg_id"]

    def receive(self, socket, timeout):
        """The next message: (msg_type, parent msg_id, content)."""
        if not socket.poll(timeout * 1000):
            raise TimeoutError(f"no message for {timeout} s")
        frames = socket.recv_multipart()
        frames = frames[frames.index(b"<IDS|MSG>") + 2:]
        parent = json.loads(frames[1]) or {}
        return json.loads(frames[0])["msg_type"], parent.get("msg_id"), json.loads(frames[3])

    def reply(self, socket, msg_id, timeout=120):
        while True:
            kind, parent, content = self.receive(socket, timeout)
            if parent == msg_id and kind.endswith("_reply"):
                return content

    def ask(self, socket, kind, content, timeout=30):
        return self.reply(socket, self.send(socket, kind, content), timeout)

    def start(self, code):
        return self.send(self.shell, "execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True})

    def run(self, code, timeout=120):
        """Execute a cell and wait for idle and reply: (seconds, reply content, its result's text)."""
        begin, result = time.perf_counter(), None
        msg_id = self.start(code)
        while True:
            kind, parent, content = self.receive(self.iopub, timeout)
            if parent != msg_id:
                continue
            if kind == "execute_result":
                result = content["data"].get("text/plain")
            if kind == "status" and content["execution_state"] == "idle":
                break
        reply = self.reply(self.shell, msg_id, timeout)
        return time.perf_counter() - begin, reply, result

    def drain(self):
        while self.iopub.poll(100):
            self.iopub.recv_multipart()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def stop(self):
        """Ask it to shut down; the seconds until the process was gone (killed after 10)."""
        begin = time.perf_counter()
        self.send(self.control, "shutdown_request", {"restart": False})
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        seconds = time.perf_counter() - begin
        self.context.destroy(linger=0)
        self.log.close()
        self.folder.cleanup()
        return seconds
