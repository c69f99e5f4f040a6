"""The event loop of an interactive run: when nothing can go on, it asks for an answer; its clock moves only while it waits."""
from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class _Selector(selectors.DefaultSelector):
    "Where the loop waits."

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0.0
        self.asked: Callable[[], bool] = lambda: False
        self.replaying: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.asked():
            return []
        found = super().select(0 if timeout is not None and self.replaying() else timeout)
        self.clock += timeout or 0
        return found


class JournalLoop(asyncio.SelectorEventLoop):
    """asked: called when no task can go on; answers one pending call and says True, or says False when there is none.
    replaying: is time not to be waited for?"""

    def __init__(self, asked: Callable[[], bool], replaying: Callable[[], bool]) -> None:
        selector = _Selector()
        self._waits = selector
        super().__init__(selector)
        selector.asked, selector.replaying = asked, replaying

    def time(self) -> float:
        return self._waits.clock
