"""The fork server: has the sandbox loaded, forks for each run, and holds the runs from outside.

It is started with one end of a SOCK_SEQPACKET pair. Each packet asks for a run: JSON with its limits, and four descriptors:
    talk    (socket) the run reads its request there and writes its reply
    status  (pipe)   the server writes there that the run begins, and when it is over: how it ended
    out, err (pipes) the run's descriptors 1 and 2
A few processes wait, forked and warm: the next runs cost neither a fork nor the copies of pages that come after one. A run says that it is
over before its process goes, which takes as long as a short run does; where it has started nothing, that is told at once.
When the pair is closed, it ends its runs and itself. Where `safepyrun-kernel hold` started it (SAFEPYRUN_HOLD names a socket to that), each
run joins the floor there with its policy's destinations before its code begins: native code and programs are held as well.
"""
from __future__ import annotations

import array
import ctypes
import errno
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import _safepyrun

from . import wire
from .child import warm

HOLD = "SAFEPYRUN_HOLD"
TICK_S = 0.1           # how often memory and processes are looked at
SPARES = 4             # processes that wait
IDLE_S = 0.003
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
PAGE = resource.getpagesize()
_libc = ctypes.CDLL(None)

TASKS: dict[str, str] = {"code": "safepyrun.runner.child:serve", "journal": "safepyrun.safe_exec.replay:serve"}


@dataclass
class Run:
    "A run that is going on; `status` is written to once, when it is over."

    pid: int
    status: int
    limits: dict[str, Any]
    line: socket.socket | None = None # it says there that it is over
    began: float = field(default_factory=time.monotonic)
    ended_for: str | None = None

    @property
    def deadline(self) -> float:
        return self.began + float(self.limits["timeout_seconds"])


@dataclass
class Spare:
    "The process that waits for its run; what it shall be is sent to it as it came here, without `status`."

    pid: int
    line: socket.socket


class Floor:
    "The floor that runs are to stand on. `missing`: why there is none, or None."

    def __init__(self) -> None:
        fd = int(os.environ.pop(HOLD, "-1"))
        self.channel = socket.socket(fileno=fd) if fd >= 0 else None
        self.missing: str | None = "the program safepyrun-kernel is not there" if self.channel is None else None
        if self.channel is not None:
            self.channel.set_inheritable(False)
            self.offer = self.channel.recv(1 << 16)
            self.missing = self._try()

    def join(self, limits: dict[str, Any]) -> None:
        "In a run: stand on it from now on. Raises OSError."
        if self.channel is not None and self.missing is None:
            rules = {"dests": limits["ok_dests"], "hosts": limits["ok_hosts"], "trusts": limits["trusts"]}
            _safepyrun.join_floor(self.channel.fileno(), self.offer, json.dumps(rules))

    def _try(self) -> str | None:
        "Does it hold a process of ours? Why not."
        told, tells = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self.join({"ok_dests": [], "ok_hosts": [], "trusts": False})
                try:
                    os.mkdir("/safepyrun") # whoever we are
                except OSError as error:
                    if error.errno != errno.EACCES:
                        raise
            except OSError as error:
                os.write(tells, f"the system does not let it: {error.strerror}".encode())
            finally:
                os._exit(0)
        os.close(tells)
        with os.fdopen(told) as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        return text or None


class Server:
    "Forks, watches, ends."

    def __init__(self, control: socket.socket, floor: Floor) -> None:
        self.control, self.floor, self.runs = control, floor, {} # type: socket.socket, Floor, dict[int, Run]
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)
        self.woken, waker = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self.selector.register(self.woken, selectors.EVENT_READ)
        self.own = {control.fileno(), self.selector.fileno(), self.woken, waker}
        self.pid, self.base = os.getpid(), _resident(os.getpid())
        self.next_look, self.spares, self.may_spare = 0.0, [], True # type: float, list[Spare], bool
        self.filling = True
        self.leaving: set[int] = set() # processes whose run is over and told

    def serve(self) -> None:
        "Until the engine is gone."
        while True:
            patience_s = self._patience()
            ready = self.selector.select(self._wait() if patience_s is None else patience_s)
            for key, _ in ready:
                if key.fd == self.woken:
                    self._drain()
                elif key.data is not None:
                    self._hear(key.data)
                elif not self._accept():
                    return
            self._reap()
            self._hold()
            if not ready and patience_s is not None: # when many are asked for at once, they go first
                self._make_spare()

    def _drain(self) -> None:
        try:
            while os.read(self.woken, 512):
                pass
        except BlockingIOError:
            pass

    def _patience(self) -> float | None:
        """Seconds without a request after which one more process shall wait; None: there are enough.

        Making one takes as long as a short run does, so that calls back to back have it made for a few of them at a time."""
        self.filling = len(self.spares) < (SPARES if self.filling else 1)
        if not self.may_spare or len(self.spares) == SPARES:
            return None
        return 0 if self.filling else IDLE_S

    def _wait(self) -> float | None:
        "Seconds until a limit has to be looked at."
        if not self.runs:
            return None
        return max(0.0, min(self.next_look, *(run.deadline for run in self.runs.values())) - time.monotonic())

    def _accept(self) -> bool:
        "Start what one packet asks for; False at the end."
        packet, fds = _receive(self.control)
        if not packet:
            for run in list(self.runs.values()):
                self._end(run, "closed")
            return False
        self.may_spare = True
        self._start(packet, *fds)
        return True

    def _start(self, packet: bytes, talk: int, status: int, out: int, err: int) -> None:
        "Have the process that waits do it, or a new one."
        _tell(status, {"begun": True})
        limits, spare = json.loads(packet), self._hand_over(packet, [talk, out, err])
        try:
            pid = spare.pid if spare else self._fork()
        except OSError as error:
            _tell(status, {"failed": f"no process for the run: {error}"})
            pid = -1
        if pid == 0:
            self._become(limits, talk, out, err, also=status)
        if pid < 0:
            os.close(status)
        else:
            self.runs[pid] = run = Run(pid, status, limits, spare and spare.line)
            if run.line is not None:
                self.selector.register(run.line, selectors.EVENT_READ, run)
            self.next_look = min(self.next_look, time.monotonic() + TICK_S) if len(self.runs) > 1 else time.monotonic() + TICK_S
        for fd in (talk, out, err):
            os.close(fd)

    def _hand_over(self, packet: bytes, fds: list[int]) -> Spare | None:
        "The process that waits longest gets this run; None when there is none."
        while self.spares:
            spare = self.spares.pop(0)
            try:
                socket.send_fds(spare.line, [packet], fds)
                return spare
            except OSError: # somebody ended it
                spare.line.close()
        return None

    def _make_spare(self) -> None:
        self.may_spare = False
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError: # the next run tells of it
            return
        with theirs:
            try:
                pid = self._fork()
            except OSError:
                ours.close()
                return
            if pid == 0:
                ours.close()
                self._await(theirs)
        self.spares.append(Spare(pid, ours))
        self.may_spare = True

    def _await(self, line: socket.socket) -> None:
        "In the child: touch what a run touches, then wait for what to be."
        try:
            warm()
            packet, fds = _receive(line)
            if not packet: # the server is about to end
                os._exit(0)
        except BaseException:
            os._exit(1)
        self._become(json.loads(packet), *fds, line=line)

    def _fork(self) -> int:
        "A child that ends with this process and has nothing of it but what it needs; 0 in it. Raises OSError."
        pid = os.fork()
        if pid:
            return pid
        try:
            os.setsid()
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != self.pid: # it died before that
                os._exit(1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for fd in self.own | {run.status for run in self.runs.values()}:
                os.close(fd)
            for one in (*self.spares, *self.runs.values()):
                if one.line is not None:
                    one.line.close()
        except BaseException:
            os._exit(1)
        return 0

    def _become(self, limits: dict[str, Any], talk: int, out: int, err: int, also: int = -1, line: socket.socket | None = None) -> None:
        "In the child: be the run, and end with it. also: a descriptor that is not the run's; line: where to say that it is over."
        code = 1
        try:
            os.dup2(out, 1)
            os.dup2(err, 2)
            for fd in {out, err, also} - {-1}:
                os.close(fd)
            sys.stdout.reconfigure(line_buffering=True) # type: ignore[union-attr]
            serve = load_task(limits["task"])
            self.floor.join(limits)
            if self.floor.channel is not None:
                self.floor.channel.close()
            limit_memory(int(limits["memory_limit_mb"]) << 20)
            code = serve(talk)
            sys.stdout.flush()
            sys.stderr.flush()
            if line is not None and code == 0:
                line.send(b"over")
        except BaseException as error:
            try:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
                sys.stderr.flush()
            except Exception:
                pass
        finally:
            os._exit(code)

    def _hear(self, run: Run) -> None:
        "A run says that it is over, or its line is closed. What was started, or may still print, is waited for."
        line, run.line = run.line, None
        if line is None or run.pid not in self.runs: # reaped meanwhile
            return
        self.selector.unregister(line)
        said = line.recv(8)
        line.close()
        if said and _is_alone(run.pid) and not self._adopted():
            _kill_group(run.pid)
            self.leaving.add(run.pid)
            self._over(self.runs.pop(run.pid), 0)

    def _over(self, run: Run, code: int) -> None:
        if run.line is not None:
            self.selector.unregister(run.line)
            run.line.close()
            run.line = None
        _tell(run.status, {"exit": code, "ended_for": run.ended_for, "duration_ms": (time.monotonic() - run.began) * 1e3})
        os.close(run.status)

    def _adopted(self) -> set[int]:
        "Processes whose run is over, or that it let go of."
        return _children() - self.runs.keys() - self.leaving - {spare.pid for spare in self.spares}

    def _reap(self) -> None:
        "Tell of the runs that are over, and end what they left."
        over, left = False, [] # type: bool, list[tuple[Run, int]]
        while True:
            try:
                pid, state = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            over |= pid in self.leaving
            self.leaving.discard(pid)
            for spare in [spare for spare in self.spares if spare.pid == pid]:
                spare.line.close()
                self.spares.remove(spare)
                self.may_spare = False
            run = self.runs.pop(pid, None)
            if run is not None:
                _kill_group(pid)
                left.append((run, os.waitstatus_to_exitcode(state)))
        if over or left:
            for pid in self._adopted():
                _kill(pid)
        for run, code in left:
            self._over(run, code)

    def _hold(self) -> None:
        "End the runs that are over a limit."
        now = time.monotonic()
        for run in self.runs.values():
            if now >= run.deadline:
                self._end(run, "timeout")
        if self.runs and now >= self.next_look:
            self.next_look = now + TICK_S
            for session, members in _sessions(self.runs.keys()).items():
                run = self.runs[session]
                if len(members) > run.limits["max_processes"]:
                    self._end(run, "processes")
                elif sum(max(0, _resident(pid) - self.base) for pid in members) > (int(run.limits["memory_limit_mb"]) << 20) * 1.25:
                    self._end(run, "memory")

    def _end(self, run: Run, reason: str) -> None:
        run.ended_for = run.ended_for or reason
        _kill_group(run.pid)


def load_task(name: str) -> Callable[[int], int]:
    "The function that is a run of that kind: takes the descriptor it talks on, gives the exit code."
    module, _, function = TASKS[name].partition(":")
    found: Callable[[int], int] = getattr(importlib.import_module(module), function)
    return found


def limit_memory(size_bytes: int) -> None:
    "So much more private memory than there is now; no core files."
    with open("/proc/self/statm", "rb") as file:
        data = int(file.read().split()[5]) * PAGE
    resource.setrlimit(resource.RLIMIT_DATA, (data + size_bytes, data + size_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(line: socket.socket) -> tuple[bytes, list[int]]:
    "One packet and its descriptors; b'' at the end."
    packet, extra, _, _ = line.recvmsg(65536, socket.CMSG_SPACE(4 * 4))
    fds = array.array("i")
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
    return packet, fds.tolist()


def _tell(fd: int, message: dict[str, Any]) -> None:
    try:
        wire.send(fd, message)
    except OSError: # the engine has given up on this run
        pass


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill): # the group is not there yet, or the process is no more
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _children() -> set[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return {int(pid) for pid in file.read().split()}
    except OSError: # a kernel without this file: then only process groups are ended
        return set()


def _is_alone(pid: int) -> bool:
    "One thread, and no child of it."
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            return not file.read() and len(os.listdir(f"/proc/{pid}/task")) == 1
    except OSError: # it is gone, or a kernel without this file
        return False


def _sessions(leaders: Any) -> dict[int, list[int]]:
    "The processes of each session."
    found: dict[int, list[int]] = {leader: [] for leader in leaders}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    session = int(file.read().rpartition(b")")[2].split()[3])
            except OSError:
                continue
            if session in found:
                found[session].append(int(name))
    return found


def _resident(pid: int) -> int:
    "Bytes of memory that the process has and shares with no file."
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            numbers = file.read().split()
        return (int(numbers[1]) - int(numbers[2])) * PAGE
    except OSError:
        return 0


def main(fd: int, preload: list[str]) -> None:
    "Load, say so, serve."
    control = socket.socket(fileno=fd)
    try:
        floor = Floor()
        for name in preload:
            importlib.import_module(name)
        load_task("code")
        warm()
    except BaseException as error:
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        return
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": os.getpid(), "floor_missing": floor.missing}).encode())
    Server(control, floor).serve()
