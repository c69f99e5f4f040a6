"""A namespace that lives from run to run, as an agent's code expects it."""
from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import _safepyrun

from . import limits, profiles
from .executor import remember_source
from .tools import Counter, external

_numbers = itertools.count()


class Session:
    """Code in this process, in the sandbox, run after run in one namespace: variables, functions and classes stay.

    functions: {name: callable} that the code may call, with the host's rights. timeout: seconds for each run, None for no limit.
    ok_dests: directories that may be written to. `namespace`: the dict that the code runs in, the real objects.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None = None, *, timeout: float | None = 30,
                 ok_dests: list[str] | None = None) -> None:
        self.timeout, self.counter = timeout, Counter()
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": profiles.builtins_of("standard")}
        self._sandbox = _safepyrun.Sandbox(self.namespace, True)
        self._sandbox.ok_dests = ok_dests or []
        self.give(functions or {})
        self.printed = "" #: what the last run printed, also when it failed

    def give(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        "More functions that the code may call."
        self.namespace.update({name: external(name, function, self.counter) for name, function in functions.items()})

    def run(self, code: str) -> Any:
        "The value of the last expression, None when there is none. Raises what the code raises, Denied for what is refused, TimeoutError."
        name = f"<session_{next(_numbers) % 1000}>"
        remember_source(code, name)
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), limits.time_limit(self.timeout):
                compiled, box = self._sandbox.compile(code, name)
                waiting = _safepyrun.run(compiled, self.namespace)
                if waiting is not None:
                    asyncio.run(waiting)
                return box() if box is not None else None
        finally:
            self.printed = out.getvalue()
