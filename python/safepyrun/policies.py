"""Write policies: what decides whether a call may write to its destination.

A policy is called before the function it belongs to, with `(obj, args, kwargs, ok_dests)`: the object that the method is
bound to (None for a function), the positional and keyword arguments, and the directories that may be written to. It raises
`PermissionError` to refuse. The effect itself is judged again by the sandbox while it happens.
"""
from __future__ import annotations

import os
from _collections_abc import Iterable, Mapping, Sequence

import _safepyrun

TYPE_CHECKING = False # as in core.py
if TYPE_CHECKING:
    from typing import Any
else:
    Any = object


def chk_dest(p: str | bytes | os.PathLike[Any], ok_dests: Iterable[str | os.PathLike[str]] | None) -> None:
    """Raise PermissionError unless path `p` lies in one of the directories `ok_dests`.

    p: str, bytes or os.PathLike. ok_dests: list of str or os.PathLike; '.' is the working directory now, '~' is expanded. Symbolic links
    and '..' are resolved first. None or an empty list permits nothing.
    """
    _safepyrun.check_dest(p, [os.fsdecode(dest) for dest in ok_dests or ()])


class AllowPolicy:
    """Base of the policies; subclasses define `__call__(obj, args, kwargs, ok_dests)`.

    Two policies are equal when their class and their attributes are, so that an entry of `__pytools__` can be found again.
    """

    def __call__(self, obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any], ok_dests: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __call__")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), tuple(sorted((k, repr(v)) for k, v in vars(self).items()))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


def _check_if_path(value: Any, ok_dests: Any) -> None:
    "A destination that is no path (a buffer, an open file) was judged when it was opened."
    if isinstance(value, (str, bytes, os.PathLike)):
        chk_dest(value, ok_dests)


class PosAllowPolicy(AllowPolicy):
    """The destination is positional argument `pos` (from 0, self not counted), or keyword `kw`."""

    def __init__(self, pos: int = 0, kw: str | None = None) -> None:
        self.pos, self.kw = pos, kw

    def __call__(self, obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any], ok_dests: Any) -> Any:
        if self.kw and self.kw in kwargs:
            _check_if_path(kwargs[self.kw], ok_dests)
        elif self.pos < len(args):
            _check_if_path(args[self.pos], ok_dests)


class PathWritePolicy(AllowPolicy):
    """The destination is the object itself (a `Path`), and argument `target_pos` or `target_kw` where there is one."""

    def __init__(self, target_pos: int | None = None, target_kw: str | None = None) -> None:
        self.target_pos, self.target_kw = target_pos, target_kw

    def __call__(self, obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any], ok_dests: Any) -> Any:
        chk_dest(obj, ok_dests)
        if self.target_kw and self.target_kw in kwargs:
            _check_if_path(kwargs[self.target_kw], ok_dests)
        elif self.target_pos is not None and self.target_pos < len(args):
            _check_if_path(args[self.target_pos], ok_dests)


class OpenWritePolicy(AllowPolicy):
    """`open(file, mode)` and `Path.open(mode)`: the file is a destination only when the mode writes."""

    def __call__(self, obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any], ok_dests: Any) -> Any:
        on_path = isinstance(obj, os.PathLike)
        position = 0 if on_path else 1
        mode = kwargs.get("mode", args[position] if len(args) > position else "r")
        if set("wax+").isdisjoint(str(mode)):
            return
        _check_if_path(obj if on_path else kwargs.get("file", args[0] if args else None), ok_dests)


# The names that these classes had before.
WritePolicy = AllowPolicy
PosWritePolicy = PosAllowPolicy
