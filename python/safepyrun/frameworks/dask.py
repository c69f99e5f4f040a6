"""Functions of sandboxed code on a Dask cluster: they are checked there as here.

A function or class that a cell or RunPython made is pickled with its checks, and put together on a worker by the extension there; a
library's function that such code sends by its name is judged there as it is here. A worker without safepyrun-kernel says that it lacks it. Needs the extra `dask`.
"""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

_NAME = "safepyrun-guests"


def worker_plugin(ok_dests: Sequence[str | os.PathLike[str]] = (), ok_hosts: Sequence[str] = ()) -> Any:
    """A plugin for `client.register_plugin`: sandboxed functions that come to the workers may write below `ok_dests` (directories there)
    and connect to `ok_hosts` ("db.local:5432").

    Without it they write and connect nowhere. Raises ImportError without `distributed`, and on workers that have no safepyrun-kernel.
    """
    from distributed import WorkerPlugin # type: ignore[import-untyped, import-not-found, unused-ignore]
    dests, hosts = [os.fspath(dest) for dest in ok_dests], list(ok_hosts)

    class Guests(WorkerPlugin): # type: ignore[misc, unused-ignore]
        name = _NAME

        def setup(self, worker: Any) -> None:
            import _safepyrun
            _safepyrun.guests(dests, hosts)

        def teardown(self, worker: Any) -> None:
            import _safepyrun
            _safepyrun.guests(None, None)
    return Guests()
