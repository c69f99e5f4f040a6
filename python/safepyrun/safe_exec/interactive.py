"""InteractiveExecutor: pauses at every external call, and goes on from there when it is told the answer: here, or elsewhere from JSON."""
from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..runner import wire
from ..runner.local import Channel, Conversation, LocalEngine
from ..runner.policy import RunnerPolicy
from ..runner.result import EngineUnavailable
from ..values import to_json
from . import profiles
from .journal import JournalMismatch

VERSION = 1 # of the JSON
_DAYS_S = 10 * 365 * 86400 # pauses do not count; the time limit is held here


class _JournalEngine(LocalEngine):
    "Its runs have one hash seed, so that sets of strings have one order, everywhere and always."

    def _more_environment(self) -> dict[str, str]:
        return {"PYTHONHASHSEED": "0"}


_engine: _JournalEngine | None = None
_lock = threading.Lock()


def _shared_engine() -> _JournalEngine:
    global _engine
    with _lock:
        if _engine is None:
            _engine = _JournalEngine(preload=["safepyrun.safe_exec.replay"])
        return _engine


@dataclass
class InteractiveState:
    """Where a run is. status: "paused", "finished" or "failed". result, error: str or None, stdout: str; pending_calls: list of dicts with `id`,
    `function`, `args` (tuple), `kwargs` (dict), the oldest first. `to_json` is all that is needed to go on elsewhere."""

    status: str
    pending_calls: list[dict[str, Any]] = field(default_factory=list)
    result: Any = None
    error: str | None = None
    stdout: str = ""
    _run: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pending_call(self) -> dict[str, Any] | None:
        "`{'function': 'fetch', 'args': ('https://...',)}`, with `kwargs` when there are some; None when nothing is pending."
        if not self.pending_calls:
            return None
        first = self.pending_calls[0]
        return {part: first[part] for part in ("function", "args", "kwargs") if first[part] or part != "kwargs"}

    @property
    def done(self) -> bool:
        return self.status != "paused"

    def to_json(self) -> str:
        "Text that `from_json` takes. It holds the code, the inputs, all calls and their answers."
        return json.dumps({"version": VERSION, "python": "%d.%d" % sys.version_info[:2], "status": self.status, "result": self.result,
                           "error": self.error, **self._run})

    @classmethod
    def from_json(cls, text: str) -> InteractiveState:
        "The state that `to_json` told; to go on from it: InteractiveExecutor.from_json. Raises ValueError."
        run = _read(text)
        return cls(run.pop("status"), _pending(run["journal"]), run.pop("result"), run.pop("error"), "", run)


def _read(text: str) -> dict[str, Any]:
    "Raises ValueError for what is not of `to_json`."
    try:
        run = json.loads(text)
        if run.pop("version") != VERSION:
            raise ValueError("it is of another version")
        run.pop("python")
        if not isinstance(run["journal"], list) or not isinstance(run["code"], str) or not isinstance(run["functions"], list):
            raise ValueError("parts of it are missing")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no state of an InteractiveExecutor: {type(error).__name__}: {error}") from None
    return dict(run)


def _pending(journal: list[list[Any]]) -> list[dict[str, Any]]:
    "The calls without an answer."
    calls = {entry[1]: entry for entry in journal if entry[0] == "call"}
    for entry in journal:
        if entry[0] == "answer":
            calls.pop(entry[1], None)
    return [_call(entry) for entry in calls.values()]


def _call(entry: list[Any]) -> dict[str, Any]:
    return {"id": entry[1], "function": entry[2], "args": tuple(entry[3]), "kwargs": dict(entry[4])}


class InteractiveExecutor:
    """Runs code that pauses at every call of an external function until it is told the answer.

    The code runs in a process of its own. In another process, on another day, it is run again from its beginning over the journal of what it was
    told: `InteractiveExecutor.from_json(state.to_json())`. Clocks are in the journal, random numbers and `id` follow from its seed, sets of
    strings have one order, sleeping is done once; what the code reads from files or the network is not kept.

    code: Python. inputs: {name: what JSON holds}. external_functions: names, or {name: anything}; those that the code awaits, by itself or in
    `asyncio.gather` and the like, are recognised, others that are to give awaitables are named in async_functions. timeout: seconds
    between two pauses. memory_mb: MiB. profile: "strict" or "standard" (imports, classes; what asyncio needs). ok_dests: directories that may be written to.
    Raises NotJSON for inputs, ValueError for names and profiles.
    """

    def __init__(self, code: str, inputs: Mapping[str, Any] | None = None, external_functions: Iterable[str] = (), *, timeout: float | None = 30,
                 max_recursion: int = 500, memory_mb: int = 256, profile: str = "strict", async_functions: Iterable[str] = (),
                 ok_dests: list[str] | None = None) -> None:
        functions = list(external_functions)
        profiles.builtins_of(profile)
        for name in [*functions, *(inputs or {})]:
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(f"no name for the code to use: {name!r}")
        self._run: dict[str, Any] = {
            "code": code, "inputs": to_json(dict(inputs or {}), "inputs"), "functions": functions, "async_functions": list(async_functions),
            "profile": profile, "ok_dests": list(ok_dests or []), "max_recursion": max_recursion, "seed": secrets.token_hex(32), "journal": [],
            "timeout": timeout, "memory_mb": memory_mb}
        self.state: InteractiveState | None = None
        self._talk: Conversation | None = None
        self._pid = 0
        self._pending: dict[int, dict[str, Any]] = {}

    @classmethod
    def from_json(cls, text: str) -> InteractiveExecutor:
        """An executor that goes on where `state.to_json()` was taken, its `state` being that state; `resume` runs the code over the journal.

        Raises ValueError for what is no such text.
        """
        state = InteractiveState.from_json(text)
        executor = cls(state._run["code"], state._run["inputs"], state._run["functions"])
        executor._run, executor.state = state._run, state
        executor._pending = {call["id"]: call for call in state.pending_calls}
        return executor

    def start(self) -> InteractiveState:
        """Run to the first external call, or to the end. Errors of the code are in the state.

        Raises SecurityViolation for what the code may not do, EngineUnavailable, RuntimeError when it was started before.
        """
        if self.state is not None:
            raise RuntimeError("this executor has been started")
        self._begin()
        return self._advance()

    def resume(self, call_result: Any = None, *, error: BaseException | str | None = None, call_id: int | None = None) -> InteractiveState:
        """Answer a pending call and run on to the next pause, or to the end.

        call_result: what JSON holds. error: raised inside the code instead; an exception of a builtin type, or text for a RuntimeError. call_id:
        which of `state.pending_calls`; default is the oldest. Raises NotJSON, JournalMismatch, RuntimeError when nothing is pending,
        KeyError when that call is not.
        """
        if self.state is None or self.state.done:
            raise RuntimeError("nothing is pending: " + ("start() it first" if self.state is None else f"the code has {self.state.status}"))
        call = next(iter(self._pending)) if call_id is None else call_id
        if call not in self._pending:
            raise KeyError(f"call {call_id} is not pending; pending are {list(self._pending)}")
        if error is None:
            answer = ["answer", call, "value", to_json(call_result, "call_result")]
        else:
            told = RuntimeError(error) if isinstance(error, str) else error
            message = told.args[0] if len(told.args) == 1 and isinstance(told.args[0], str) else str(told)
            answer = ["answer", call, "error", {"type": type(told).__name__, "message": message}]
        if self._talk is None:
            self._begin()
            self._advance()
        del self._pending[call]
        self._run["journal"].append(answer)
        assert self._talk is not None
        self._talk.send(wire.pack(answer))
        return self._advance()

    def close(self) -> None:
        "End the process of the code. `state` can still be told and resumed."
        if self._talk is not None:
            self._talk = None
            self._closer()

    def _begin(self) -> None:
        "Start the process and give it the journal."
        engine, run = _shared_engine(), self._run
        channel = engine.open_channel("journal", RunnerPolicy(timeout_seconds=_DAYS_S, memory_limit_mb=run["memory_mb"], ok_dests=run["ok_dests"]))
        self._closer = weakref.finalize(self, Channel.close, channel) # the run ends when nobody talks to it
        self._talk = Conversation(channel, 1 << 20)
        self._talk.send(wire.pack({**run, "cwd": os.getcwd()}))
        hello = self._talk.receive()
        if hello is None:
            raise EngineUnavailable(f"the run did not start: {self._talk.err.text() or self._talk.status}")
        self._pid = hello["pid"]

    def _advance(self) -> InteractiveState:
        "Wait for the run's next word."
        talk = self._talk
        assert talk is not None
        try:
            said = talk.receive(self._run["timeout"])
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
            said = {"status": "failed", "kind": "error", "error": f"TimeoutError: the code took longer than {self._run['timeout']:g} s", "new": []}
        if said is None:
            how = talk.end()
            memory = how.get("ended_for") == "memory"
            said = {"status": "failed", "kind": "error", "new": [], "error": f"MemoryError: more than {self._run['memory_mb']} MiB" if memory
                    else f"the run ended: {how.get('failed') or how.get('exit')}"}
        return self._note(said, talk)

    def _note(self, said: dict[str, Any], talk: Conversation) -> InteractiveState:
        self._run["journal"] += said["new"]
        for entry in said["new"]:
            if entry[0] == "call":
                self._pending[entry[1]] = _call(entry)
        if said["status"] != "paused":
            self.close()
        if said.get("kind") == "JournalMismatch":
            raise JournalMismatch(said["error"])
        if said.get("kind") == "SecurityViolation":
            raise profiles.SecurityViolation(said["violations"])
        pending = list(self._pending.values()) if said["status"] == "paused" else []
        self.state = InteractiveState(said["status"], pending, said.get("result"), said.get("error"), talk.out.text(), self._run)
        return self.state
