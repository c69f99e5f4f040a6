"""Limits on code that runs in this process: time, depth of calls, memory. They are for what Python sees: a call that stays in C is not
interrupted (`safepyrun.runner` holds that too)."""
from __future__ import annotations

import ctypes
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import _safepyrun

AGAIN_S = 0.05 # code that catches the exception gets it again


class TimeLimit(BaseException):
    "Raised inside the code when its time is over; not an Exception, so that `except Exception` lets it through."


class TimeLimitAgain(TimeLimit):
    "Raised inside code that caught the first: every line that it begins raises from now on, those of its handlers, too."

    def __init__(self) -> None: # in the thread of the code
        if not hasattr(_ended, "before"):
            _ended.before = sys.gettrace()
            _safepyrun.end_lines(TimeLimit)


_ended = threading.local()


def _end_no_more() -> None:
    if hasattr(_ended, "before"):
        before = _ended.before
        del _ended.before
        _safepyrun.end_lines(None)
        sys.settrace(before)


_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise_in.argtypes = (ctypes.c_ulong, ctypes.py_object)


class Watchdog:
    "One thread that interrupts others at their deadlines; it starts with the first and stays."

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._deadlines: dict[object, tuple[float, int, type[TimeLimit]]] = {} # when, the thread, what comes then
        self._wakes = float("inf")
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float) -> object:
        "Interrupt this thread in so many seconds, and again and again until `let_go` of what this returns."
        watched, deadline = object(), time.monotonic() + seconds
        with self._moved:
            self._deadlines[watched] = deadline, threading.get_ident(), TimeLimit
            if self._thread is None or not self._thread.is_alive(): # also after a fork
                self._thread = threading.Thread(target=self._run, name="safepyrun-watchdog", daemon=True)
                self._thread.start()
            elif deadline < self._wakes:
                self._moved.notify()
        return watched

    def let_go(self, watched: object) -> None:
        "No more interrupts, also none that is on its way."
        with self._moved:
            self._deadlines.pop(watched, None)
            _end_no_more() # first: CPython 3.11 would trace for ever what it is to look at
            _raise_in(threading.get_ident(), ctypes.py_object()) # a null pointer takes back

    def _run(self) -> None:
        with self._moved:
            while True:
                now = time.monotonic()
                for watched, (deadline, thread, what) in list(self._deadlines.items()):
                    if deadline <= now:
                        _raise_in(thread, what)
                        self._deadlines[watched] = now + AGAIN_S, thread, TimeLimitAgain
                self._wakes = min((deadline for deadline, *_ in self._deadlines.values()), default=float("inf"))
                self._moved.wait(None if self._wakes == float("inf") else self._wakes - now)


_watchdog = Watchdog()


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    "Raises TimeoutError when the body takes longer."
    if seconds is None:
        yield
        return
    watched = _watchdog.watch(seconds)
    try:
        try:
            yield
        finally:
            _watchdog.let_go(watched)
    except TimeLimit:
        _watchdog.let_go(watched)
        raise TimeoutError(f"the code took longer than {seconds:g} s") from None


_lock = threading.Lock()
_depths: list[int] = []
_usual_depth = 0


def _depth_now() -> int:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1 # type: ignore[assignment]
    return depth


@contextmanager
def depth_limit(calls: int | None) -> Iterator[None]:
    "At most so many calls in each other in the body. The interpreter has one limit for all threads: the largest that is asked for holds."
    global _usual_depth
    if calls is None:
        yield
        return
    wanted = _depth_now() + calls
    with _lock:
        if not _depths:
            _usual_depth = sys.getrecursionlimit()
        _depths.append(wanted)
        sys.setrecursionlimit(max(_depths))
    try:
        yield
    finally:
        with _lock:
            _depths.remove(wanted)
            sys.setrecursionlimit(max(_depths) if _depths else _usual_depth)


_memory_lock = threading.Lock()
_memory_users = 0
_usual_memory = (0, 0)


@contextmanager
def memory_limit(megabytes: float | None) -> Iterator[None]:
    "MemoryError when the process takes so many MiB more in the body. The limit is the whole process's while the body runs."
    global _memory_users, _usual_memory
    if megabytes is None:
        yield
        return
    with open("/proc/self/statm", "rb") as file:
        wanted = int(file.read().split()[5]) * resource.getpagesize() + int(megabytes * (1 << 20))
    with _memory_lock:
        if not _memory_users:
            _usual_memory = resource.getrlimit(resource.RLIMIT_DATA)
        _memory_users += 1
        hard = _usual_memory[1]
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    try:
        yield
    finally:
        with _memory_lock:
            _memory_users -= 1
            if not _memory_users:
                resource.setrlimit(resource.RLIMIT_DATA, _usual_memory)
