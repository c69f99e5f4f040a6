"""LocalEngine: runs in processes of their own, forked from a server that has the sandbox loaded."""
from __future__ import annotations

import array
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import _safepyrun

from . import wire
from .policy import RunnerPolicy
from .result import EngineUnavailable, RunResult

TRIES = 3    # to have a run begun; one that has begun is never repeated
START_S = 60 # for the server to load what it shall preload

# The server's Python finds the package where it lies, and nothing else that lies there.
_BOOTSTRAP = """
import importlib.util, sys
package, extension, fd, preload = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
class Ours:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "_safepyrun":
            return importlib.util.spec_from_file_location(name, extension)
        if name == "safepyrun":
            return importlib.util.spec_from_file_location(name, package + "/__init__.py", submodule_search_locations=[package])
sys.meta_path.insert(0, Ours)
from safepyrun.runner.server import main
main(fd, preload)
"""


class _Server:
    "A running fork server and the socket to it."

    def __init__(self, python: str, extension: str, preload: tuple[str, ...], environment: dict[str, str], holder: str | None) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        package = str(Path(__file__).resolve().parents[1])
        command = [*([holder, "hold"] if holder else []), python, "-c", _BOOTSTRAP, package, extension, str(theirs.fileno()), *preload]
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                            pass_fds=[theirs.fileno()], env=environment, start_new_session=True)
        except OSError as error:
            ours.close()
            raise EngineUnavailable(f"LocalEngine: {python} cannot be started: {error}") from error
        finally:
            theirs.close()
        self.control, self.lock, self.owner = ours, threading.Lock(), os.getpid()
        ours.settimeout(START_S)
        try:
            hello = json.loads(ours.recv(65536) or b"{}")
        except OSError as error:
            hello = {"failed": f"no answer within {START_S} s ({error})"}
        ours.settimeout(None)
        if "ready" not in hello:
            self.process.kill()
            said = self.process.communicate()[1].decode(errors="replace").strip()
            ours.close()
            raise EngineUnavailable(f"LocalEngine: {python} cannot run the sandbox: {hello.get('failed') or said or 'it ended'}")
        self.process.stderr.close() # type: ignore[union-attr]
        self.pid, self.floor_missing = int(hello["ready"]), hello["floor_missing"] # type: int, str | None

    def ask(self, limits: dict[str, Any], fds: list[int]) -> bool:
        "Have a run started; False when the server is gone."
        try:
            with self.lock:
                socket.send_fds(self.control, [json.dumps(limits).encode()], fds)
            return True
        except OSError:
            return False

    def alive(self) -> bool:
        "A server whose end of the socket is closed is about to die, if it has not yet."
        if self.owner != os.getpid() or self.process.poll() is not None:
            return False
        try:
            return self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        self.control.close()
        if self.owner != os.getpid():
            return
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Channel:
    "The descriptors of one run at this end."

    def __init__(self) -> None:
        self.talk, run_talk = socket.socketpair()
        self.status, run_status = os.pipe()
        self.out, run_out = os.pipe()
        self.err, run_err = os.pipe()
        self.theirs = [run_talk.detach(), run_status, run_out, run_err]

    def close_theirs(self) -> None:
        for fd in self.theirs:
            os.close(fd)
        self.theirs = []

    def close(self) -> None:
        self.close_theirs()
        self.talk.close()
        for fd in (self.status, self.out, self.err):
            os.close(fd)


class _Kept:
    "The first so many bytes of a stream."

    def __init__(self, limit: int) -> None:
        self.data, self.limit, self.dropped = bytearray(), limit, False

    def add(self, data: bytes) -> None:
        room = self.limit - len(self.data)
        self.data += data[:room]
        self.dropped |= len(data) > room

    def text(self) -> str:
        return self.data.decode("utf-8", "replace" if not self.dropped else "ignore")


class LocalEngine:
    """Runs code in processes of their own on this machine.

    The first run starts a fork server, which has Python, the sandbox and the modules in `preload` loaded; every run is a fork of it.
    When the server dies it is started again. Use it as a context manager, or `close()` it; it ends with this process in any case.
    Threads may share an engine.

    venv_dir: a virtual environment to run in; it is made (by `venv`, without packages) when it is not there. python: an interpreter to run
    in; default is this one. packages: what pip shall install into a new venv_dir. preload: names of modules. max_parallel: runs at a time,
    further ones wait and their time does not count; default is four for each processor.
    environment: dict of environment variables for the runs; default is this process's, whose secrets the code can read.
    floor: "auto" (where the system can, it holds native code and programs of a run too, by the same ok_dests), "require", or "off";
    `floor_missing` tells why there is none.
    Raises EngineUnavailable when that Python cannot run the sandbox or a floor that is required is not there, ValueError when both
    venv_dir and python are given.
    """

    def __init__(self, venv_dir: str | os.PathLike[str] | None = None, python: str | os.PathLike[str] | None = None, *,
                 packages: list[str] | None = None, preload: list[str] | None = None, max_parallel: int | None = None,
                 environment: dict[str, str] | None = None, floor: str = "auto") -> None:
        if floor not in ("auto", "require", "off"):
            raise ValueError(f"floor is 'auto', 'require' or 'off', not {floor!r}")
        if venv_dir is not None and python is not None:
            raise ValueError("either venv_dir or python, not both")
        self.venv_dir = Path(venv_dir).expanduser() if venv_dir is not None else None
        self.python = str(python) if python is not None else sys.executable
        if self.venv_dir is not None:
            self.python = _make_venv(self.venv_dir, packages or [])
        self.preload, self.floor = tuple(preload or ()), floor
        self._environment = environment
        self._extension: str | None = None
        self._server: _Server | None = None
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(max_parallel or 4 * (os.cpu_count() or 1))
        self._finalizer: Any = None

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        "A pickled engine starts a server of its own where it is unpickled."
        return {"python": self.python, "preload": self.preload, "environment": self._environment, "floor": self.floor}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(python=state["python"], preload=list(state["preload"]), environment=state["environment"], floor=state["floor"]) # type: ignore[misc]

    def close(self) -> None:
        "End the server and the runs that are going on. The next run starts a new one."
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            self._finalizer.detach()
            server.close()

    def start(self) -> int:
        "Start the server if it is not there; its process id. Raises EngineUnavailable."
        with self._lock:
            if self._server is None or not self._server.alive():
                if self._server is not None:
                    self._finalizer.detach()
                    self._server.close()
                self._extension = self._extension or _extension_for(self.python)
                environment = dict(os.environ if self._environment is None else self._environment, PYTHONUTF8="1")
                holder = None if self.floor == "off" else kernel_program()
                self._server = _Server(self.python, self._extension, self.preload, environment | self._more_environment(), holder)
                self._finalizer = weakref.finalize(self, self._server.close)
                if self.floor == "require" and self._server.floor_missing:
                    self._finalizer()
                    raise EngineUnavailable(f"LocalEngine: there is no floor: {self._server.floor_missing}")
            return self._server.pid

    def _more_environment(self) -> dict[str, str]:
        return {}

    @property
    def floor_missing(self) -> str | None:
        "Why native code of the runs is not held; None when it is. Starts the server."
        self.start()
        server = self._server
        return "it was turned off" if self.floor == "off" else server.floor_missing if server is not None else "the engine was closed"

    def execute(self, code: str, input_data: Any, policy: RunnerPolicy) -> RunResult:
        "Run `code`; `input_data` is plain JSON. `run_code` is the way to call it."
        request = {"code": code, "input_data": input_data, "policy": policy.to_dict(), "cwd": os.getcwd()}
        message = wire.pack(request)
        with self._places:
            for _ in range(TRIES):
                channel = self.open_channel("code", policy)
                try:
                    result = _follow(channel, message, policy)
                finally:
                    channel.close()
                if result is not None:
                    return result
        raise EngineUnavailable(f"LocalEngine: the fork server died {TRIES} times in a row")

    def open_channel(self, task: str, policy: RunnerPolicy) -> Channel:
        "Have the server start a run of kind `task` (see server.TASKS). Raises EngineUnavailable when it dies again and again."
        limits = {"task": task, "timeout_seconds": policy.timeout_seconds, "memory_limit_mb": policy.memory_limit_mb,
                  "max_processes": policy.max_processes, "ok_dests": policy.ok_dests, "ok_hosts": policy.ok_hosts, "trusts": bool(policy.allow)}
        for _ in range(TRIES):
            channel = Channel()
            try:
                self.start()
                server = self._server
                if server is not None and server.ask(limits, channel.theirs):
                    channel.close_theirs()
                    return channel
            except BaseException:
                channel.close()
                raise
            channel.close()
        raise EngineUnavailable(f"LocalEngine: the fork server died {TRIES} times in a row")


class Conversation:
    "A run at the other end of a channel: messages to it and from it, and what it prints meanwhile."

    def __init__(self, channel: Channel, limit_bytes: int) -> None:
        self.channel, self.status = channel, None # type: Channel, dict[str, Any] | None
        self.begun = False
        self.out, self.err = _Kept(limit_bytes), _Kept(limit_bytes)
        self._messages: list[Any] = []
        self._reader, self._statuses, self._left = wire.Reader(), wire.Reader(), memoryview(b"")
        self._streams = {channel.out: self.out, channel.err: self.err}
        self._selector = selectors.DefaultSelector()
        for fd in (channel.out, channel.err, channel.status, channel.talk):
            self._selector.register(fd, selectors.EVENT_READ)
        channel.talk.setblocking(False)

    def send(self, message: bytes) -> None:
        "Of wire.pack. It goes out while `receive` waits, as far as it does not at once."
        self._left = _send_some(self.channel.talk, memoryview(bytes(self._left) + message))
        if self._left:
            self._selector.modify(self.channel.talk, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def receive(self, timeout_s: float | None = None) -> Any:
        "The run's next message; None when the run is over. Raises TimeoutError."
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._messages and self.status is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            for key, events in self._selector.select(left):
                self._attend(key.fd, events)
        if not self._messages:
            self._talk() # what it said last
        self._gather()
        return self._messages.pop(0) if self._messages else None

    def end(self) -> dict[str, Any]:
        "How the run ended; waits for that."
        while self.status is None:
            for key, events in self._selector.select():
                self._attend(key.fd, events)
        self._gather()
        self._selector.close()
        return self.status

    def _attend(self, fd: int, events: int) -> None:
        if fd == self.channel.status:
            data = os.read(fd, 1 << 16)
            for told in self._statuses.feed(data) if data else [{"failed": "the fork server died during the run"}]:
                self.begun, self.status = True if "begun" in told else self.begun, None if "begun" in told else told
        elif fd in self._streams:
            data = os.read(fd, 1 << 16)
            self._streams[fd].add(data)
            if not data:
                self._selector.unregister(fd)
        else:
            if events & selectors.EVENT_WRITE:
                self._left = _send_some(self.channel.talk, self._left)
                if not self._left:
                    self._selector.modify(self.channel.talk, selectors.EVENT_READ)
            if events & selectors.EVENT_READ and not self._talk():
                self._selector.unregister(self.channel.talk)

    def _talk(self) -> bool:
        "Read what the run says; False at the end."
        while data := _receive_some(self.channel.talk):
            self._messages += self._reader.feed(data)
        return data is None

    def _gather(self) -> None:
        "What it has printed so far."
        for fd, stream in self._streams.items():
            os.set_blocking(fd, False)
            _drain(fd, stream)


def _follow(channel: Channel, message: bytes, policy: RunnerPolicy) -> RunResult | None:
    "Send the request, gather what comes, until the run is over. None when it never began."
    began = time.monotonic()
    talk = Conversation(channel, int(policy.max_output_kb * 1024))
    talk.send(message)
    reply = talk.receive()
    status = talk.end()
    if not talk.begun:
        return None
    result = _judge(reply, status, policy)
    result.stdout, result.stderr, result.truncated = talk.out.text(), talk.err.text(), talk.out.dropped or talk.err.dropped
    result.duration_ms = status.get("duration_ms", (time.monotonic() - began) * 1e3)
    return result


def _send_some(talk: socket.socket, left: memoryview) -> memoryview:
    try:
        return left[talk.send(left):]
    except BlockingIOError:
        return left
    except OSError: # the run is over already
        return left[:0]


def _receive_some(talk: socket.socket) -> bytes | None:
    "b'' at the end, None when nothing is there yet."
    try:
        return talk.recv(1 << 20)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _drain(fd: int, stream: _Kept) -> None:
    try:
        while data := os.read(fd, 1 << 16):
            stream.add(data)
    except BlockingIOError: # a process that got away holds the other end
        pass


def _judge(reply: dict[str, Any] | None, status: dict[str, Any], policy: RunnerPolicy) -> RunResult:
    "What the run said of itself, unless it was ended or ended without a word."
    if status.get("failed"):
        return RunResult(False, error=status["failed"], exit_code=1)
    reason = status["ended_for"]
    if reason == "timeout":
        return RunResult(False, error=f"the run took longer than {policy.timeout_seconds:g} s", exit_code=124, timed_out=True)
    if reason == "memory":
        return RunResult(False, error=f"the run took more than {policy.memory_limit_mb} MiB of memory", exit_code=137, memory_exceeded=True)
    if reason == "processes":
        return RunResult(False, error=f"the run had more than {policy.max_processes} processes", exit_code=137)
    if reply is None:
        number = status["exit"]
        how = f"was ended by signal {-number}" if number < 0 else f"left with exit code {number} and no result"
        return RunResult(False, error=f"the run {how}", exit_code=128 - number if number < 0 else number or 1)
    result = RunResult(**{"exit_code": 0, **reply})
    if result.memory_exceeded:
        result.exit_code, result.error = 137, f"the run took more than {policy.memory_limit_mb} MiB of memory"
    return result


def _make_venv(folder: Path, packages: list[str]) -> str:
    "The Python of a virtual environment there, made when it is not."
    python = folder / "bin" / "python"
    if not python.exists():
        import venv
        try:
            venv.EnvBuilder(symlinks=True, with_pip=bool(packages)).create(folder)
            if packages:
                subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True,
                               capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None)
            raise EngineUnavailable(f"LocalEngine: no virtual environment in {folder}: {said or error}") from error
    return str(python)


def kernel_program() -> str | None:
    "The program safepyrun-kernel that came with this package: beside the extension (a build), in a wheel's or a prefix's bin; None."
    places = [Path(str(_safepyrun.__file__)).with_name("safepyrun-kernel"), Path(__file__).resolve().parents[5] / "bin" / "safepyrun-kernel"]
    try:
        from importlib import metadata
        places += [Path(str(file.locate())).resolve() for file in metadata.files("safepyrun-kernel") or () if file.name == "safepyrun-kernel"]
    except metadata.PackageNotFoundError:
        pass
    return next((str(place) for place in places if os.access(place, os.X_OK)), None)


def _extension_for(python: str) -> str:
    "The file of the extension module for another Python: this one's own, or its neighbour for that version."
    if python == sys.executable:
        return str(_safepyrun.__file__)
    asking = "import sysconfig, importlib.util as u; s = u.find_spec('_safepyrun'); print(sysconfig.get_config_var('EXT_SUFFIX'), s and s.origin or '')"
    try:
        done = subprocess.run([python, "-c", asking], capture_output=True, text=True, timeout=START_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"LocalEngine: {python} cannot be started: {error}") from error
    suffix, _, own = done.stdout.strip().partition(" ")
    neighbour = Path(str(_safepyrun.__file__)).with_name(f"_safepyrun{suffix}")
    if done.returncode == 0 and suffix and neighbour.exists():
        return str(neighbour)
    if own:
        return own
    raise EngineUnavailable(f"LocalEngine: {python} has no sandbox ({neighbour.name} is not beside {_safepyrun.__file__}): "
                            f"install safepyrun-kernel there. {done.stderr.strip()}".strip())
