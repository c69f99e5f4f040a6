"""Values as JSON holds them: what goes into a run and comes out of it, in another process or machine."""
from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import math
import os
import sys
import uuid
from dataclasses import fields, is_dataclass
from typing import Any

MAX_DEPTH = 200 # of containers in each other; json itself stops near Python's recursion limit


class NotJSON(TypeError):
    """A value that JSON cannot hold; the message and `.path` name it: `result["a"][3]`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.reason)


def to_json(value: Any, path: str = "result") -> Any:
    """`value` made of dict, list, str, int, float, bool and None alone.

    Dates and times become ISO 8601 text, timedelta seconds, Decimal, Fraction, UUID and paths text, enumerations their values, tuples,
    ranges, deques, views of dicts and sets lists (sets sorted), dataclasses and named tuples dicts, numpy scalars and arrays numbers
    and lists, a DataFrame a list of records, a Series the list of its values. NaN and infinities become None.
    path: how messages call the value. Raises NotJSON for anything else and for cycles.
    """
    return _plain(value, path, ())


def _plain(value: Any, path: str, above: tuple[int, ...]) -> Any:
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if id(value) in above:
        raise NotJSON(path, "contains itself")
    if len(above) >= MAX_DEPTH:
        raise NotJSON(path, f"is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, enum.Enum):
        return _plain(value.value, path, above)
    for base, plain in _CONTAINERS.items():
        if isinstance(value, base):
            return plain(value, path, (*above, id(value)))
    for base, plain in _SCALARS.items():
        if isinstance(value, base):
            return plain(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(inner, f"{path}.{name}", (*above, id(value))) for name, inner in named.items()}
    found, plain_value = _of_libraries(value, path)
    if not found:
        raise NotJSON(path, f"{kind.__module__}.{kind.__qualname__} cannot be told in JSON")
    return _plain(plain_value, path, (*above, id(value)))


def _dict(value: dict[Any, Any], path: str, above: tuple[int, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, inner in value.items():
        name = _key(key, path)
        if name in plain:
            raise NotJSON(path, f"has two keys that are written {name!r}")
        plain[name] = _plain(inner, f'{path}["{name}"]', above)
    return plain


def _key(key: Any, path: str) -> str:
    "A key as json writes it; dates, numbers of numpy and enumerations as their values are written."
    if isinstance(key, str):
        return str(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    try:
        plain = _plain(key, path, ())
    except NotJSON:
        plain = None
    if plain is None or isinstance(plain, (list, dict)):
        raise NotJSON(path, f"has a key that cannot be told in JSON: {key!r}")
    return str(plain)


def _list(value: Any, path: str, above: tuple[int, ...]) -> Any:
    if hasattr(value, "_fields") and hasattr(value, "_asdict"): # a named tuple
        return _dict(value._asdict(), path, above)
    return [_plain(inner, f"{path}[{i}]", above) for i, inner in enumerate(value)]


def _set(value: Any, path: str, above: tuple[int, ...]) -> list[Any]:
    plain = [_plain(inner, f"{path}{{...}}", above) for inner in value]
    return sorted(plain, key=lambda inner: (str(type(inner)), inner if isinstance(inner, (int, float, str)) else repr(inner)))


_CONTAINERS: dict[type, Any] = {dict: _dict, list: _list, tuple: _list, set: _set, frozenset: _set, range: _list, collections.deque: _list,
                                type({}.keys()): _list, type({}.values()): _list, type({}.items()): _list}
_SCALARS: dict[type, Any] = {
    bool: bool, str: lambda v: str.__str__(v), int: lambda v: int.__index__(v),
    float: lambda v: float(v) if math.isfinite(v) else None, datetime.timedelta: lambda v: v.total_seconds(),
    datetime.datetime: lambda v: None if v != v else v.isoformat(), datetime.date: lambda v: v.isoformat(), # pandas.NaT is a datetime
    datetime.time: lambda v: v.isoformat(), decimal.Decimal: str, fractions.Fraction: str, uuid.UUID: str, os.PathLike: os.fspath}


def _of_libraries(value: Any, path: str) -> tuple[bool, Any]:
    "(True, a simpler value) for what numpy, pandas and polars make; they are asked only when they are loaded."
    numpy, pandas, polars = (sys.modules.get(name) for name in ("numpy", "pandas", "polars"))
    if pandas is not None:
        if value is pandas.NaT or value is pandas.NA:
            return True, None
        if isinstance(value, pandas.DataFrame):
            return True, _records(value, path)
        if isinstance(value, (pandas.Series, pandas.Index)):
            return True, value.tolist()
    if polars is not None and isinstance(value, (polars.DataFrame, polars.Series)):
        return True, value.to_dicts() if isinstance(value, polars.DataFrame) else value.to_list()
    if numpy is not None and isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return True, None if numpy.isnat(value) else value.item() if not isinstance(value.item(), int) else str(value)
    if numpy is not None and isinstance(value, (numpy.generic, numpy.ndarray)):
        plain = value.tolist()
        if isinstance(value, numpy.generic) and isinstance(plain, numpy.generic):
            raise NotJSON(path, f"numpy.{type(value).__name__} cannot be told in JSON")
        return True, plain
    return False, None


def _records(frame: Any, path: str) -> list[Any]:
    "A DataFrame as a list of dicts; what the index says goes with it when it is more than a count."
    if type(frame.index).__name__ != "RangeIndex":
        try:
            frame = frame.reset_index()
        except ValueError as error: # a level of the index is called as a column is
            raise NotJSON(path, f"its index cannot become a column: {error}") from None
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise NotJSON(path, f"has columns of the same name: {names}")
    return [dict(zip(names, row)) for row in frame.itertuples(index=False, name=None)]
