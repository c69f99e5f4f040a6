"""DaskEngine: runs on the workers of a dask.distributed cluster, each with a fork server of its own."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .policy import RunnerPolicy
from .result import EngineUnavailable, RunResult

_PLUGIN = "safepyrun"


def _plugin(preload: list[str]) -> Any:
    "A worker plugin that keeps a LocalEngine."
    from distributed import WorkerPlugin # type: ignore[import-untyped, import-not-found, unused-ignore]

    class Runner(WorkerPlugin): # type: ignore[misc, unused-ignore]
        name = _PLUGIN

        def setup(self, worker: Any) -> None:
            from safepyrun.runner.local import LocalEngine
            worker.safepyrun_engine = LocalEngine(preload=preload)
            worker.safepyrun_engine.start()

        def teardown(self, worker: Any) -> None:
            worker.safepyrun_engine.close()
    return Runner()


def _execute(code: str, input_data: Any, policy: RunnerPolicy) -> RunResult:
    "On a worker."
    from distributed import get_worker # type: ignore[import-untyped, import-not-found, unused-ignore]
    engine = getattr(get_worker(), "safepyrun_engine", None)
    if engine is None: # the plugin came after this worker, or is gone
        from . import default_engine
        engine = default_engine()
    result: RunResult = engine.execute(code, input_data, policy)
    return result


class DaskEngine:
    """Runs code on the workers of an existing dask.distributed cluster, each run in a process of its own there, under the limits of its policy.

    Needs the extra `dask`; the workers need safepyrun-kernel as well. When a worker dies, its runs are tried once on another one, and
    then reported as failed.

    address: of the scheduler ("tcp://scheduler:8786"), or a distributed.Client. preload: names of modules that the fork servers load.
    timeout_s: to reach the scheduler. Raises EngineUnavailable when distributed is not installed, the scheduler does not answer, or the
    workers have no safepyrun.
    """

    def __init__(self, address: Any, *, preload: list[str] | None = None, timeout_s: float = 10) -> None:
        try:
            import distributed # type: ignore[import-untyped, import-not-found, unused-ignore]
        except ImportError as error:
            raise EngineUnavailable(f"DaskEngine: pip install 'safepyrun-kernel[dask]' ({error})") from error
        self._own = not isinstance(address, distributed.Client)
        if self._own:
            try:
                self.client = distributed.Client(address, timeout=timeout_s, set_as_default=False)
            except (OSError, TimeoutError, ValueError) as error:
                raise EngineUnavailable(f"DaskEngine: no scheduler at {address}: {error or type(error).__name__}") from error
        else:
            self.client = address
        try:
            self._allow_one_death()
            self.client.register_plugin(_plugin(list(preload or [])), name=_PLUGIN)
        except Exception as error:
            self.close()
            raise EngineUnavailable(f"DaskEngine: the workers cannot run the sandbox: {type(error).__name__}: {error}") from error

    def __enter__(self) -> DaskEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        "Let go of the cluster, when it was reached by address. Its workers keep their servers for the next."
        if self._own:
            self.client.close()

    def execute(self, code: str, input_data: Any, policy: RunnerPolicy) -> RunResult:
        "Run `code` on some worker; `input_data` is plain JSON."
        return self.execute_many([(code, input_data)], policy, lambda done, of: None)[0]

    def execute_many(self, asked: list[tuple[str, Any]], policy: RunnerPolicy, tell: Callable[[int, int], None]) -> list[RunResult]:
        "Run all of (code, input_data); the results in their order. tell: of how many are done, of all."
        from distributed import as_completed # type: ignore[import-untyped, import-not-found, unused-ignore]
        futures = [self.client.submit(_execute, code, data, policy, pure=False, retries=0) for code, data in asked]
        place = {future.key: i for i, future in enumerate(futures)}
        results: list[RunResult] = [RunResult(False, error="not run", exit_code=1)] * len(futures)
        for done, (future, outcome) in enumerate(as_completed(futures, loop=self.client.loop, with_results=True, raise_errors=False), 1):
            results[place[future.key]] = _result(future, outcome)
            tell(done, len(futures))
        return results

    def _allow_one_death(self) -> None:
        "The scheduler retries what dies with a worker so often (`allowed-failures`, 3 by default); a run shall be tried twice at most."
        def limit(dask_scheduler: Any) -> None:
            dask_scheduler.allowed_failures = min(dask_scheduler.allowed_failures, 1)
        self.client.run_on_scheduler(limit)


def _result(future: Any, outcome: Any) -> RunResult:
    if future.status == "finished":
        result: RunResult = outcome
        return result
    error = future.exception()
    killed = type(error).__name__ == "KilledWorker"
    return RunResult(False, error="two workers died with this run" if killed else f"{type(error).__name__}: {error}", exit_code=1)
