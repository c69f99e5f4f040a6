"""What became of a run."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


class EngineUnavailable(RuntimeError):
    "There is nothing to run code with; the message says what was tried."


@dataclass
class RunResult:
    """What became of a run.

    ok: it ended by itself and without an error. result: its variable `result`, or the value of its last expression, as JSON holds it.
    stdout, stderr: str, what it printed. error: "ValueError: ..." or None. exit_code: 0, 1 for an error, what `sys.exit` was given,
    124 for the time limit, 137 for the memory limit, 128 + n for signal n. duration_ms: wall time of the run itself.
    timed_out, memory_exceeded, truncated (output was dropped): bool. refusal: of the sandbox, a dict with `callable`, `kind`,
    `reason`, `remedy`, or None. traceback: text with the code's own lines, or None.
    """

    ok: bool
    result: Any = None
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    exit_code: int = 0
    duration_ms: float = 0.0
    timed_out: bool = False
    memory_exceeded: bool = False
    truncated: bool = False
    refusal: dict[str, Any] | None = None
    traceback: str | None = None

    def to_dict(self) -> dict[str, Any]:
        "As JSON holds it."
        return asdict(self)
