"""SafeExec: code that a model wrote, run here, with the functions it was given."""
from __future__ import annotations

import ast
import asyncio
import itertools
import linecache
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import _safepyrun
from _safepyrun import Denied

from . import limits, profiles
from .profiles import SecurityViolation
from .tools import Counter, argument_check, describe, external, name_of

_numbers = itertools.count()
KEPT_SOURCES = 100 # of runs whose lines tracebacks can show


def remember_source(code: str, name: str) -> None:
    "Tracebacks and inspect show these lines for that file name."
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)


class SafeExec:
    """Runs code in this process, in the sandbox, with the functions and values it is given.

    code: Python. external_functions: {name: callable}; the code may call these, and their effects are the host's own. inputs: {name:
    value}, the real objects. timeout: seconds of wall time, None for no limit. max_recursion: calls in each other. memory_mb: MiB that
    the process may take while the code runs. profile: "strict" (no import, class, open, eval, dunder) or "standard" (what the
    sandbox permits). max_calls: of external functions in a run. ok_dests: directories that the code may write to.
    Raises TypeError and ValueError for wrong arguments.
    """

    #: For the prompt of a model: signatures and docstrings of the tools. Made by `from_tools`.
    prompt: str = ""

    def __init__(self, code: str = "", external_functions: Mapping[str, Callable[..., Any]] | None = None,
                 inputs: Mapping[str, Any] | None = None, timeout: float | None = 30, max_recursion: int | None = 500,
                 memory_mb: float | None = None, *, profile: str = "strict", max_calls: int | None = None,
                 ok_dests: list[str] | None = None) -> None:
        self.code, self.inputs, self.profile = code, dict(inputs or {}), profile
        self.timeout, self.max_recursion, self.memory_mb = timeout, max_recursion, memory_mb
        self.max_calls, self.ok_dests = max_calls, ok_dests
        self._counter = Counter(max_calls)
        self._builtins = profiles.builtins_of(profile)
        self._functions = dict(external_functions or {})
        self._checks: dict[str, Callable[[Any, Any], None]] = {}
        for name, function in self._functions.items():
            if not callable(function):
                raise TypeError(f"external_functions[{name!r}] is not callable: {function!r}")
        if not isinstance(code, str):
            raise TypeError(f"code is str, not {type(code).__name__}")

    @classmethod
    def from_tools(cls, tools: Iterable[Callable[..., Any]], code: str = "", **options: Any) -> SafeExec:
        """A SafeExec whose external functions are `tools`, typed Python functions: `.prompt` describes them to a model, and their
        arguments are checked against their annotations (TypeError in the code). options: as for SafeExec.

            executor = SafeExec.from_tools([get_weather], max_calls=20)
            reply = model(executor.prompt + question)
            executor.run(reply)
        """
        functions = {name_of(tool): tool for tool in tools}
        made = cls(code, functions, **options)
        made._checks = {name: argument_check(function) for name, function in functions.items()}
        made.prompt = describe(functions.values())
        return made

    @property
    def calls(self) -> int:
        "External calls of the last run."
        return self._counter.count

    @property
    def _given(self) -> set[str]:
        return {*self._functions, *self.inputs}

    def validate(self, code: str | None = None) -> list[str]:
        "All violations that can be seen before the code runs ('Import blocked: os'); [] when there are none. Never raises for what is in it."
        return profiles.violations(self.code if code is None else code, self.profile, self._given)

    def run(self, code: str | None = None) -> Any:
        """Run the code; its variable `result`, or else the value of its last expression.

        code: instead of the one that was given before. Raises SecurityViolation for what it may not do, TimeoutError, RecursionError,
        MemoryError, SyntaxError, and what the code itself raises. Code that awaits is run in an event loop; inside one, use run_async.
        """
        namespace, compiled, box = self._compile(self.code if code is None else code)
        try:
            with limits.memory_limit(self.memory_mb), limits.depth_limit(self.max_recursion), limits.time_limit(self.timeout):
                waiting = _safepyrun.run(compiled, namespace)
                if waiting is not None:
                    asyncio.run(waiting)
                return self._result(namespace, box)
        except Denied as refusal:
            raise SecurityViolation([str(refusal)]) from refusal

    async def run_async(self, code: str | None = None) -> Any:
        "As `run`, in the running event loop; the time limit is the loop's, so that code which never awaits is not interrupted."
        namespace, compiled, box = self._compile(self.code if code is None else code)
        try:
            waiting = _safepyrun.run(compiled, namespace)
            if waiting is not None:
                await asyncio.wait_for(waiting, self.timeout)
            return self._result(namespace, box)
        except Denied as refusal:
            raise SecurityViolation([str(refusal)]) from refusal

    def _compile(self, code: str) -> tuple[dict[str, Any], Any, Any]:
        "Namespace, code object and the box of its last value."
        name = f"<safe_exec_{next(_numbers) % KEPT_SOURCES}>"
        source: str | ast.AST = code
        if self.profile == "strict":
            source = profiles.parse(code, name)
            found = profiles.strict_violations(source, self._given)
            if found:
                raise SecurityViolation(self.validate(code))
        counter = self._counter = Counter(self.max_calls)
        namespace = {"__builtins__": dict(self._builtins), "__name__": "__main__", **self.inputs}
        for function_name, function in self._functions.items():
            namespace[function_name] = external(function_name, function, counter, self._checks.get(function_name))
        sandbox = _safepyrun.Sandbox(namespace, False)
        if self.ok_dests:
            sandbox.ok_dests = self.ok_dests
        remember_source(code, name)
        try:
            compiled, box = sandbox.compile(source, name)
        except Denied as refusal:
            raise SecurityViolation(self.validate(code) or [str(refusal)]) from refusal
        return namespace, compiled, box

    def _result(self, namespace: dict[str, Any], box: Any) -> Any:
        if "result" in namespace and namespace["result"] is not self.inputs.get("result", namespace):
            return namespace["result"]
        return box() if box is not None else None
