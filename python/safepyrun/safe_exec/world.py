"""What would make a replay differ, in the process of an interactive run: clocks are written into the journal, random numbers and ids follow
from its seed, sleeping is done once. The order of sets is fixed by the process's hash seed (see interactive.py)."""
from __future__ import annotations

import ast
import datetime
import hashlib
import os
import random
import sys
import time
import uuid
from typing import Any

import _safepyrun

from .journal import Journal

_CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns",
           "thread_time", "thread_time_ns")
_OF_NOW = ("now", "utcnow", "today")
STAND_IN = "__safepyrun_now__"


def fix(journal: Journal, seed: bytes) -> dict[str, Any]:
    "Make this process's clocks and random numbers those of the journal. Names that the code's namespace has for it."
    def grant(function: Any) -> Any:
        _safepyrun.allow(function, "trusted")
        return function

    real = {name: getattr(time, name) for name in _CLOCKS}
    for name in _CLOCKS:
        setattr(time, name, grant(lambda name=name: journal.clock(name, real[name])))
    for name, position in (("localtime", 0), ("gmtime", 0), ("ctime", 0)):
        setattr(time, name, grant(_with_now(getattr(time, name), position)))
    for name, position in (("strftime", 1), ("asctime", 0)):
        setattr(time, name, grant(_with_now(getattr(time, name), position, lambda: time.localtime(time.time()))))
    sleep = time.sleep
    time.sleep = grant(lambda seconds, /: None if journal.replaying else sleep(seconds))

    counter = iter(range(1 << 62))

    def urandom(size: int, /) -> bytes:
        return hashlib.shake_256(seed + next(counter).to_bytes(8, "big")).digest(size)
    os.urandom = random._urandom = grant(urandom) # type: ignore[attr-defined]
    random.seed(int.from_bytes(seed, "big"))
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(int.from_bytes(seed[:4], "big"))
    uuid._generate_time_safe = None # type: ignore[attr-defined]
    uuid.getnode = grant(lambda: int.from_bytes(seed[:6], "big"))
    return {STAND_IN: grant(_stand_in), "id": grant(_ids())}


def _with_now(function: Any, position: int, now: Any = None) -> Any:
    "A function of `time` whose argument at `position` is the time when it is left out."
    def of_now(*args: Any) -> Any:
        if len(args) == position or args[position:] == (None,):
            args = (*args[:position], (now or time.time)())
        return function(*args)
    return of_now


def _ids() -> Any:
    "Numbers for objects, in the order in which they are asked for."
    numbers: dict[int, tuple[int, Any]] = {}

    def id(obj: Any, /) -> int: # noqa: A001
        return numbers.setdefault(_real_id(obj), (140_000_000_000_000 + 16 * len(numbers), obj))[0]
    return id


_real_id = id


class _Now:
    "Stands for a class of datetime where the code asks it for the time of now."

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def now(self, tz: datetime.tzinfo | None = None) -> Any:
        return self._kind.fromtimestamp(time.time(), tz)

    def utcnow(self) -> Any:
        return self._kind.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

    def today(self) -> Any:
        return self._kind.fromtimestamp(time.time())


for _name in _OF_NOW:
    _safepyrun.allow(getattr(_Now, _name), "gated")


def _stand_in(kind: Any) -> Any:
    return _Now(kind) if isinstance(kind, type) and issubclass(kind, datetime.date) else kind


class Rewrite(ast.NodeTransformer):
    "`X.now` asks a stand-in for X where X is a class of datetime, whose own clock cannot be replaced."

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and node.attr in _OF_NOW:
            stand_in = ast.copy_location(ast.Name(STAND_IN, ast.Load()), node.value)
            node.value = ast.copy_location(ast.Call(stand_in, [node.value], []), node.value)
        return node
