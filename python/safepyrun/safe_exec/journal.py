"""The journal of an interactive run: what it asked, what it was told, and what it saw of the world, in the order it happened.

Entries, as JSON holds them:
    ["call", id, function, args, kwargs]
    ["answer", id, "value", value] or ["answer", id, "error", {"type": ..., "message": ...}]
    ["clock", name, number]
A run over an old journal takes the answers from it and compares the calls; where it ends the run goes on live.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any


class JournalMismatch(RuntimeError):
    "The journal does not fit the code (any more): the message says where. Nothing has gone on from there."


class Abandoned(BaseException):
    "The executor is gone: end the run."


class Journal:
    "entries: of an earlier run, or []. wait: blocks until the other side answers; given the new entries, returns the answer's entry."

    def __init__(self, entries: list[list[Any]], wait: Callable[[list[list[Any]]], list[Any]]) -> None:
        self.entries, self.wait = entries, wait
        self.at = 0
        self.told = len(entries) # how many the other side has
        self.calls = 0

    @property
    def replaying(self) -> bool:
        return self.at < len(self.entries)

    def _next(self, *wanted: Any) -> list[Any] | None:
        "The entry that an earlier run made here, None when there is none yet."
        if not self.replaying:
            return None
        entry = self.entries[self.at]
        if entry[0] != wanted[0]:
            raise JournalMismatch(f"the journal does not fit the code: entry {self.at} is {_show(entry)}, the code comes to {_show(wanted)}")
        self.at += 1
        return entry

    def _add(self, entry: list[Any]) -> None:
        self.entries.append(entry)
        self.at += 1

    def call(self, function: str, args: list[Any], kwargs: dict[str, Any]) -> int:
        "Note a call; its id."
        entry = ["call", self.calls, function, args, kwargs]
        self.calls += 1
        made = self._next(*entry)
        if made is None:
            self._add(entry)
        elif made != entry:
            raise JournalMismatch(f"the journal does not fit the code: call {entry[1]} was {_show(made)}, now it is {_show(entry)}")
        return self.calls - 1

    def answer(self) -> list[Any]:
        "The next answer to come in, of whichever call."
        entry = self._next("answer", "an answer")
        if entry is None:
            new, self.told = self.entries[self.told:], len(self.entries)
            entry = self.wait(new)
            self._add(entry)
            self.told += 1
        return entry

    def clock(self, name: str, read: Callable[[], Any]) -> Any:
        "What the clock shows: as it did in the earlier run, else now."
        entry = self._next("clock", name)
        if entry is None:
            entry = ["clock", name, read()]
            self._add(entry)
        elif entry[1] != name:
            raise JournalMismatch(f"the journal does not fit the code: {_show(entry)} was read where the code reads {name}")
        return entry[2]

    def close(self) -> list[list[Any]]:
        "The new entries, at the end of the code."
        if self.replaying:
            raise JournalMismatch(f"the journal does not fit the code: it ends before {_show(self.entries[self.at])}")
        return self.entries[self.told:]


def _show(entry: Any) -> str:
    "An entry for a message."
    if entry[0] == "call":
        parts = [repr(one) for one in entry[3]] + [f"{name}={one!r}" for name, one in entry[4].items()]
        return f"{entry[2]}({', '.join(parts)})"[:200]
    return f"an answer to call {entry[1]}" if entry[0] == "answer" and isinstance(entry[1], int) else str(entry[1])
