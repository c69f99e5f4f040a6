"""What a run may use, and how much of it."""
from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, fields
from os import PathLike
from typing import Any

from ..values import to_json

_LISTS = ("blocked_imports", "allowed_imports", "blocked_builtins", "allowed_builtins", "blocked_globals", "allowed_globals", "ok_dests", "ok_hosts",
          "allow")


@dataclass
class RunnerPolicy:
    """The limits of a run, and what of Python it gets to see, on top of the sandbox that every run is in.

    mode: "restrict" (everything but what is blocked) or "allow" (nothing but what is allowed) of imports, builtins and globals.
    timeout_seconds: wall time. memory_limit_mb: MiB that the run may take beyond what the interpreter has already.
    max_output_kb: KiB of stdout and as many of stderr that are kept; the rest is dropped. max_processes: of the run, itself included.
    blocked_imports, allowed_imports: dotted module names; a package stands for all below it. blocked_builtins, allowed_builtins: names.
    extra_globals: dict of JSON values that the code finds as variables; blocked_globals, allowed_globals: names of these and of the input's.
    ok_dests: directories that may be written to. ok_hosts: "host:port" that may be connected and sent to (reading over HTTP needs none), where
    an engine has a floor. allow: dotted names that the sandbox shall permit, with their effects.
    Raises ValueError for what is none of these.
    """

    timeout_seconds: float = 5
    memory_limit_mb: int = 256
    max_output_kb: int = 128
    blocked_imports: list[str] = field(default_factory=list)
    allowed_imports: list[str] = field(default_factory=list)
    blocked_builtins: list[str] = field(default_factory=list)
    allowed_builtins: list[str] = field(default_factory=list)
    mode: str = "restrict"
    extra_globals: dict[str, Any] = field(default_factory=dict)
    blocked_globals: list[str] = field(default_factory=list)
    allowed_globals: list[str] = field(default_factory=list)
    ok_dests: list[str] = field(default_factory=list)
    ok_hosts: list[str] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)
    max_processes: int = 8

    def __post_init__(self) -> None:
        if self.mode not in ("restrict", "allow"):
            raise ValueError(f"mode is 'restrict' or 'allow', not {self.mode!r}")
        for name in ("timeout_seconds", "memory_limit_mb", "max_output_kb", "max_processes"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < 1e9:
                raise ValueError(f"{name} is a number above 0, not {number!r}")
        for name in _LISTS:
            names = getattr(self, name)
            if isinstance(names, (str, bytes)) or not all(isinstance(item, (str, PathLike)) for item in names):
                raise ValueError(f"{name} is a list of str, not {names!r}")
            setattr(self, name, [str(item) for item in names])
        if not isinstance(self.extra_globals, dict) or not all(isinstance(name, str) and name.isidentifier() for name in self.extra_globals):
            raise ValueError("extra_globals is a dict whose keys are names")

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> RunnerPolicy:
        """The policy of a TOML file: its keys are the fields of this class, at the top or in a table `policy`.

        Raises OSError, and ValueError that names the file for what is no TOML, unknown or wrong.
        """
        with open(path, "rb") as file:
            try:
                raw = tomllib.load(file)
                raw = raw.get("policy", raw)
                if not isinstance(raw, dict):
                    raise ValueError("policy is a table")
                unknown = sorted(raw.keys() - {known.name for known in fields(cls)})
                if unknown:
                    raise ValueError(f"unknown: {', '.join(unknown)}")
                return cls(**raw)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        "As it travels to the process of the run. Raises NotJSON when extra_globals has what JSON cannot hold."
        return {**asdict(self), "extra_globals": to_json(self.extra_globals, "extra_globals")}
