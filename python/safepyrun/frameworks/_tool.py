"""What the tools of the frameworks have in common: code in, text for a model out."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..safe_exec import Session
from ..safe_exec.tools import describe

DESCRIPTION = """Run Python and get back what it printed and the value of its last expression. Variables, functions and classes stay for the
next call. Imports work; files can be read, and written only below: {dests}. Deleting, starting programs and the like is refused.{tools}"""


class PythonTool:
    "functions: {name: callable} for the code to call. timeout: seconds of each run. ok_dests: directories that may be written to."

    def __init__(self, functions: Mapping[str, Callable[..., Any]] | None = None, *, timeout: float | None = 30, ok_dests: list[str] | None = None) -> None:
        self.session = Session(functions, timeout=timeout, ok_dests=ok_dests)
        tools = f"\nThese functions are there:\n{describe(functions.values())}" if functions else ""
        self.description = DESCRIPTION.format(dests=", ".join(ok_dests or []) or "(nowhere)", tools=tools)

    def run_python(self, code: str) -> str:
        "What the code printed and its last value, or the error, as text."
        try:
            value = self.session.run(code)
        except Exception as error:
            return f"{self.session.printed}{type(error).__name__}: {error}"
        return self.session.printed + (repr(value) if value is not None else "")
