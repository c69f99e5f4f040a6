"""Run code in a process of its own, with limits on time, memory and output, and values that JSON holds.

    from safepyrun.runner import LocalEngine, RunnerPolicy, run_code
    result = run_code("import math\\nresult = math.sqrt(input_data['x'])", input_data={"x": 81})
    result.ok, result.result                  # True, 9.0

Every run is in the same sandbox as a cell of the kernel; a RunnerPolicy narrows what it sees and limits what it uses.
"""
from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from ..values import NotJSON, to_json
from .dask import DaskEngine
from .docker import DockerEngine
from .local import LocalEngine
from .policy import RunnerPolicy
from .result import EngineUnavailable, RunResult

__all__ = ["DaskEngine", "DockerEngine", "Engine", "EngineUnavailable", "LocalEngine", "NotJSON", "RunResult", "RunnerPolicy", "RunnerResult",
           "run_code", "run_code_many"]

RunnerResult = RunResult # the name it has in safe-py-runner


class Engine(Protocol):
    "What runs code."

    def execute(self, code: str, input_data: Any, policy: RunnerPolicy) -> RunResult:
        "Run `code`; `input_data` is plain JSON."
        ...


_default: LocalEngine | None = None
_lock = threading.Lock()


def default_engine() -> LocalEngine:
    "The LocalEngine of this process that runs without an engine use."
    global _default
    with _lock:
        if _default is None:
            _default = LocalEngine()
        return _default


def _policy(policy: RunnerPolicy | None, policy_file: str | os.PathLike[str] | None) -> RunnerPolicy:
    if policy is not None and policy_file is not None:
        raise ValueError("either policy or policy_file, not both")
    return RunnerPolicy.from_file(policy_file) if policy_file is not None else policy or RunnerPolicy()


def run_code(code: str, input_data: Any = None, policy: RunnerPolicy | None = None, policy_file: str | os.PathLike[str] | None = None,
             engine: Engine | None = None) -> RunResult:
    """Run `code` and tell what became of it; nothing that the code does raises here.

    code: Python; its variable `result`, or else the value of its last expression, is the result. It may `await` at the top level.
    input_data: what JSON can hold (see `safepyrun.values.to_json`), the variable `input_data`; the keys of a dict are variables too.
    policy, policy_file: a RunnerPolicy, or the path of its TOML file; not both. engine: default is a LocalEngine that this process shares.
    Raises NotJSON (a TypeError) when input_data cannot be told in JSON, ValueError and OSError for the policy, EngineUnavailable.
    """
    if not isinstance(code, str):
        raise TypeError(f"code is str, not {type(code).__name__}")
    limits, data = _policy(policy, policy_file), to_json(input_data, "input_data")
    return (engine or default_engine()).execute(code, data, limits)


def run_code_many(codes: Iterable[str | tuple[str, Any]], policy: RunnerPolicy | None = None, policy_file: str | os.PathLike[str] | None = None,
                  engine: Engine | None = None, progress: bool | Callable[[int, int], None] = False, workers: int = 16) -> list[RunResult]:
    """Run many, some at a time; the results in the order of `codes`.

    codes: str, or (code, input_data). progress: True for a bar on stderr, or a function of (done, all). workers: threads that wait for runs.
    Raises as run_code does, before anything has run.
    """
    limits, runner = _policy(policy, policy_file), engine or default_engine()
    asked = [(item, None) if isinstance(item, str) else (item[0], to_json(item[1], "input_data")) for item in codes]
    tell = progress if callable(progress) else _bar if progress else lambda done, of: None
    many: Callable[..., list[RunResult]] | None = getattr(runner, "execute_many", None)
    if many is not None: # an engine that has a better way
        return many(asked, limits, tell)
    results: list[RunResult] = []
    with ThreadPoolExecutor(workers) as pool:
        for result in pool.map(lambda item: runner.execute(item[0], item[1], limits), asked):
            results.append(result)
            tell(len(results), len(asked))
    return results


def _bar(done: int, of: int) -> None:
    import sys
    if sys.stderr is not None and (done == of or done % max(1, of // 100) == 0):
        width = 40 * done // max(1, of)
        print(f"\r[{'#' * width}{'.' * (40 - width)}] {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
