"""Functions of sandboxed code on a Dask cluster: they are checked there as here.

A function or class that a cell or RunPython made is pickled with its checks, and put together on a worker by the extension there; a
worker without safepyrun-kernel says that it lacks it. Needs the extra `dask`.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

_NAME = "safepyrun-guests"


def worker_plugin(ok_dests: Sequence[str | os.PathLike[str]] = ()) -> Any:
    """A plugin for `client.register_plugin`: sandboxed functions that come to the workers may write below `ok_dests` (directories there).

    Without it they write nowhere. Raises ImportError without `distributed`, and on workers that have no safepyrun-kernel.
    """
    from distributed import WorkerPlugin # type: ignore[import-untyped, import-not-found, unused-ignore]
    dests = [os.fspath(dest) for dest in ok_dests]

    class Guests(WorkerPlugin): # type: ignore[misc, unused-ignore]
        name = _NAME

        def setup(self, worker: Any) -> None:
            import _safepyrun
            _safepyrun.guest_dests(dests)

        def teardown(self, worker: Any) -> None:
            import _safepyrun
            _safepyrun.guest_dests([])
    return Guests()
